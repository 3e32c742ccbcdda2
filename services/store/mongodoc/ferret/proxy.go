package ferret

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// proxy stands between driver and server. It passes one command at a time, and it can
// cut the connection instead of handing over the reply to a write: the write has then
// happened, and its client cannot know.
type proxy struct {
	listener net.Listener
	server   string // address
	one      sync.Mutex
	cutting  atomic.Bool
	cuts     atomic.Int64
	dice     *rand.Rand // guarded by one
	all      sync.WaitGroup
}

// cutShare is the share of replies to writes that are cut while cutting is on.
const cutShare = 0.08

func newProxy(server string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, server: server, dice: rand.New(rand.NewPCG(5, 5))}
	p.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			p.all.Go(func() { p.serve(c) })
		}
	})
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// close waits for the connections to end; the client closes them.
func (p *proxy) close() error {
	err := p.listener.Close()
	p.all.Wait()
	return err
}

func (p *proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	for err == nil {
		err = p.pass(client, server)
	}
	_ = errors.Join(client.Close(), server.Close()) // one of them is gone already
}

// pass hands over one command and its reply.
func (p *proxy) pass(client, server io.ReadWriter) error {
	command, err := readMessage(client)
	if err != nil {
		return err
	}
	p.one.Lock()
	defer p.one.Unlock()
	if _, err := server.Write(command); err != nil {
		return err
	}
	reply, err := readMessage(server)
	if err != nil {
		return err
	}
	if p.cutting.Load() && isWrite(command) && p.dice.Float64() < cutShare {
		p.cuts.Add(1)
		return errors.New("cut")
	}
	_, err = client.Write(reply)
	return err
}

// readMessage reads one message of the wire protocol: its length in the first 4 bytes.
func readMessage(r io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head)
	if n < 16 || n > 48<<20 {
		return nil, fmt.Errorf("message of %d bytes", n)
	}
	m := append(head, make([]byte, n-4)...)
	_, err := io.ReadFull(r, m[4:])
	return m, err
}

// isWrite looks at the first key of the command's document: header 16 bytes, flags 4,
// section kind 1, then BSON (OP_MSG).
func isWrite(m []byte) bool {
	const opMsg, body = 2013, 21
	if len(m) < body || binary.LittleEndian.Uint32(m[12:]) != opMsg {
		return false
	}
	first, err := bson.Raw(m[body:]).IndexErr(0)
	if err != nil {
		return false
	}
	switch first.Key() {
	case "insert", "update", "findAndModify":
		return true
	}
	return false
}
