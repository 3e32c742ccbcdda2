package sqlitedoc_test

import (
	"testing"

	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
	"sunmao/services/store/storetest"
)

func open(t testing.TB, dir string) *sqlitedoc.Backend {
	t.Helper()
	b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
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

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Config{
		Open:    func(t testing.TB) store.Backend { return open(t, t.TempDir()) },
		Docs:    700,
		Filters: 250,
		Writers: 12,
	})
}
