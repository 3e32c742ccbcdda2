package ferret

import (
	"bytes"
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
	gone     atomic.Bool
	open     map[net.Conn]bool // guarded by one
	all      sync.WaitGroup
	oplog    *oplog // nil: the server has no change streams, as FerretDB has none
}

// cutShare is the share of replies to writes that are cut while cutting is on.
const cutShare = 0.08

func newProxy(server string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, server: server, dice: rand.New(rand.NewPCG(5, 5)), open: map[net.Conn]bool{}}
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

// goAway ends all connections and takes no more, until it comes back.
func (p *proxy) goAway(away bool) {
	p.gone.Store(away)
	p.one.Lock()
	defer p.one.Unlock()
	for c := range p.open {
		_ = c.Close()
	}
}

// keep notes a connection; it says whether the server is there.
func (p *proxy) keep(c net.Conn) bool {
	p.one.Lock()
	defer p.one.Unlock()
	p.open[c] = true
	return !p.gone.Load()
}

func (p *proxy) drop(c net.Conn) {
	p.one.Lock()
	defer p.one.Unlock()
	delete(p.open, c)
}

func (p *proxy) serve(client net.Conn) {
	defer p.drop(client)
	if !p.keep(client) {
		_ = client.Close()
		return
	}
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
	c := parse(command)
	if p.oplog != nil {
		if reply := p.oplog.answer(c); reply != nil {
			_, err := client.Write(reply)
			return err
		}
	}
	if _, err := server.Write(command); err != nil {
		return err
	}
	reply, err := readMessage(server)
	if err != nil {
		return err
	}
	if p.oplog != nil {
		p.oplog.record(c)
	}
	if p.cutting.Load() && c.isWrite() && p.dice.Float64() < cutShare {
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

// command is what the proxy understands of a message (OP_MSG).
type command struct {
	id   uint32 // of the request
	name string // "insert", "find", ...
	body bson.Raw
	rows []bson.Raw // documents, updates or deletes that travel beside the body
}

// parse reads an OP_MSG: header 16 bytes, flags 4, then sections, of kind 0 (a document)
// or kind 1 (length, name, documents). Anything else is a command without a name.
func parse(m []byte) command {
	const opMsg, sections = 2013, 20
	if len(m) < sections || binary.LittleEndian.Uint32(m[12:]) != opMsg {
		return command{}
	}
	c := command{id: binary.LittleEndian.Uint32(m[4:])}
	for rest := m[sections:]; len(rest) > 5; {
		n := int(binary.LittleEndian.Uint32(rest[1:]))
		if n < 5 || n > len(rest)-1 {
			return command{}
		}
		section := rest[1 : 1+n]
		if rest[0] == 0 {
			c.body = section
		} else {
			c.rows = documents(section[4+bytes.IndexByte(section[4:], 0)+1:])
		}
		rest = rest[1+n:]
	}
	if first, err := c.body.IndexErr(0); err == nil {
		c.name = first.Key()
	}
	return c
}

func documents(b []byte) []bson.Raw {
	var out []bson.Raw
	for len(b) > 4 {
		n := binary.LittleEndian.Uint32(b)
		out, b = append(out, b[:n]), b[n:]
	}
	return out
}

func (c command) isWrite() bool {
	return c.name == "insert" || c.name == "update" || c.name == "findAndModify"
}
