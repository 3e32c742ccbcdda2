package ferret

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// oplog emulates the change streams of a replica set over the writes that the proxy
// passes on, one by one, so in their true order. Tokens are positions. Like a server, it
// answers the opening of a stream with an empty batch, looks full documents up when they
// are asked for, and refuses a token that its log has moved past (once).
type oplog struct {
	client  *mongo.Client // to the server itself
	entries []entry
	streams map[int64]*stream
	opened  int
	lost    int
}

type entry struct{ ns, id string }

type stream struct {
	ns string
	at int // entries read
}

// loseAt is how many streams are opened before a token counts as too old.
const loseAt = 12

func (c command) ns() string {
	coll, _ := c.body.Lookup(c.name).StringValueOK()
	db, _ := c.body.Lookup("$db").StringValueOK()
	return db + "." + coll
}

// record notes the documents that a write may have touched.
func (o *oplog) record(c command) {
	switch c.name {
	case "insert":
		for _, d := range c.rows {
			o.note(c, d.Lookup("_id"))
		}
	case "update", "delete":
		for _, d := range c.rows {
			o.note(c, d.Lookup("q", "_id"))
		}
	case "findAndModify":
		o.note(c, c.body.Lookup("query", "_id"))
	}
}

func (o *oplog) note(c command, id bson.RawValue) {
	if s, ok := id.StringValueOK(); ok {
		o.entries = append(o.entries, entry{c.ns(), s})
	}
}

// answer replies to what the server does not know, and returns nil for all else.
func (o *oplog) answer(c command) []byte {
	switch c.name {
	case "hello":
		if strings.HasPrefix(c.ns(), "test") { // asked by mongodoc, not by the driver for itself
			return reply(c, bson.D{{Key: "isWritablePrimary", Value: true}, {Key: "setName", Value: "rs"}, {Key: "ok", Value: 1}})
		}
	case "aggregate":
		if open, ok := c.body.Lookup("pipeline", "0", "$changeStream").DocumentOK(); ok {
			return o.open(c, open)
		}
	case "getMore":
		if id, ok := c.body.Lookup("getMore").Int64OK(); ok && o.streams[id] != nil {
			return o.more(c, id, o.streams[id])
		}
	case "killCursors":
		if id, ok := c.body.Lookup("cursors", "0").Int64OK(); ok && o.streams[id] != nil {
			delete(o.streams, id)
			return reply(c, bson.D{{Key: "cursorsKilled", Value: bson.A{id}}, {Key: "ok", Value: 1}})
		}
	}
	return nil
}

func token(at int) bson.D { return bson.D{{Key: "_data", Value: strconv.Itoa(at)}} }

func (o *oplog) open(c command, asked bson.Raw) []byte {
	at := len(o.entries)
	if text, ok := asked.Lookup("resumeAfter", "_data").StringValueOK(); ok {
		at, _ = strconv.Atoi(text) // our own token
		if o.opened == loseAt && o.lost == 0 {
			o.lost++
			return reply(c, bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 286}, {Key: "codeName", Value: "ChangeStreamHistoryLost"},
				{Key: "errmsg", Value: "the resume point may no longer be in the oplog"}})
		}
	}
	o.opened++
	id := int64(1_000_000 + o.opened)
	o.streams[id] = &stream{c.ns(), at}
	return cursorReply(c, c.ns(), id, "firstBatch", bson.A{}, at)
}

func cursorReply(c command, ns string, id int64, batch string, events bson.A, at int) []byte {
	return reply(c, bson.D{{Key: "ok", Value: 1}, {Key: "cursor", Value: bson.D{
		{Key: "id", Value: id}, {Key: "ns", Value: ns}, {Key: batch, Value: events}, {Key: "postBatchResumeToken", Value: token(at)}}}})
}

func (o *oplog) more(c command, id int64, s *stream) []byte {
	limit, ok := c.body.Lookup("batchSize").AsInt64OK()
	if !ok {
		limit = 100
	}
	events := bson.A{}
	for ; s.at < len(o.entries) && len(events) < int(limit); s.at++ {
		e := o.entries[s.at]
		if e.ns != s.ns {
			continue
		}
		event := bson.D{{Key: "_id", Value: token(s.at + 1)}, {Key: "operationType", Value: "update"},
			{Key: "documentKey", Value: bson.D{{Key: "_id", Value: e.id}}}, {Key: "fullDocument", Value: nil}}
		db, coll, _ := strings.Cut(e.ns, ".")
		full, err := o.client.Database(db).Collection(coll).FindOne(context.Background(), bson.D{{Key: "_id", Value: e.id}}).Raw()
		if err == nil {
			event[3].Value = full
		} else if !errors.Is(err, mongo.ErrNoDocuments) {
			return reply(c, bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 1}, {Key: "errmsg", Value: err.Error()}})
		}
		events = append(events, event)
	}
	return cursorReply(c, s.ns, id, "nextBatch", events, s.at)
}

// reply makes the message that answers c.
func reply(c command, body bson.D) []byte {
	raw, err := bson.Marshal(body)
	if err != nil {
		panic(err) // made of plain values above
	}
	const opMsg, head = 2013, 21
	m := make([]byte, head, head+len(raw))
	binary.LittleEndian.PutUint32(m, uint32(head+len(raw)))
	binary.LittleEndian.PutUint32(m[8:], c.id)
	binary.LittleEndian.PutUint32(m[12:], opMsg)
	return append(m, raw...)
}
