package mongodoc_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/mongodoc"
	"sunmao/services/store/storetest"
)

// TestConformance runs against a real server when SUNMAO_TEST_MONGODB names one (a
// database that may be filled and is not emptied). Without one, the module ferret
// beside this package runs the same suite over the wire.
func TestConformance(t *testing.T) {
	uri := os.Getenv("SUNMAO_TEST_MONGODB")
	if uri == "" {
		t.Skip("SUNMAO_TEST_MONGODB names no server; ferret/ runs this suite against FerretDB")
	}
	n := 0
	storetest.Run(t, storetest.Config{Docs: 1000, Filters: 400, Writers: 16, Open: func(t testing.TB) store.Backend {
		n++
		b, err := mongodoc.Open(t.Context(), storetest.Database(uri, n))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
		return b
	}})
}

// TestOpen_Refused: no server, or no sense in the address. People read where it looked
// and what to do, and never the password.
func TestOpen_Refused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, uri, names, says string }{
		{"nobody there", "mongodb://sun:p%40ss-w0rd@" + dead + "/district?serverSelectionTimeoutMS=300", dead + "/district", "连接不上"},
		{"default database", "mongodb://sun:p%40ss-w0rd@" + dead + "/?serverSelectionTimeoutMS=300", dead + "/sunmao", "连接不上"},
		{"bad option", "mongodb://sun:p%40ss-w0rd@db1,db2/x?connectTimeoutMS=soon", "db1,db2", "地址不正确"},
		{"bad escape", "mongodb://sun:p@ss-w0rd%@db1/x", "db1", "地址不正确"},
		{"no scheme", "db1:27017/x p@ss-w0rd", "", "地址不正确"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := mongodoc.Open(t.Context(), tc.uri)
			if b != nil || !errors.Is(err, partnership.ErrUnavailable) {
				t.Fatalf("Open(%s) = %v, %v; want ErrUnavailable", tc.uri, b, err)
			}
			if text := err.Error(); !strings.Contains(text, tc.names) || !strings.Contains(text, tc.says) || strings.Contains(text, "ss-w0rd") {
				t.Errorf("Open(%s) says %q; want %q and %q, and no password", tc.uri, text, tc.names, tc.says)
			}
		})
	}
}
