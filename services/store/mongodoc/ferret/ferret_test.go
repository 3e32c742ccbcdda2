package ferret

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"sunmao/services/store"
	"sunmao/services/store/mongodoc"
	"sunmao/services/store/storetest"
)

// server starts FerretDB on loopback and returns its address.
func server(t *testing.T) string {
	t.Helper()
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/",
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return options.Client().ApplyURI(f.MongoDBURI()).Hosts[0]
}

// serve starts FerretDB with the proxy in front, which passes one command at a time.
func serve(t *testing.T) *proxy {
	t.Helper()
	p, err := newProxy(server(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// opener opens a new database each time.
func opener(p *proxy) func(testing.TB) store.Backend {
	var n atomic.Int64
	return func(t testing.TB) store.Backend {
		b, err := mongodoc.Open(t.Context(), fmt.Sprintf("mongodb://%s/test%d", p.addr(), n.Add(1)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
		return b
	}
}

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Config{Open: opener(serve(t)), Docs: 80, Filters: 80, Writers: 6})
}

func TestCutReplies(t *testing.T) {
	p := serve(t)
	storetest.Cut(t, storetest.Config{Open: opener(p)}, func(on bool) int64 {
		p.cutting.Store(on)
		return p.cuts.Load()
	})
}

// TestChangeStream runs the feed over change streams, which the proxy makes out of the
// writes it passes on: the driver's part and ours are real, the server's is emulated.
func TestChangeStream(t *testing.T) {
	p := serve(t)
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + p.server))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p.oplog = &oplog{client: client, streams: map[int64]*stream{}}
	storetest.Feed(t, storetest.Config{Open: opener(p), Writers: 4})
	if p.oplog.opened == 0 || p.oplog.lost == 0 {
		t.Errorf("%d change streams were opened, %d refused as too old", p.oplog.opened, p.oplog.lost)
	}
}
