package ferret

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"sunmao/search"
	"sunmao/services/catalogue"
	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
	"sunmao/services/store/mongodoc"
)

// TestDemo runs the whole demo on MongoDB's wire: it loads the district, settles it,
// runs a round, writes the snapshots, and the figures are those of the other backend.
func TestDemo(t *testing.T) {
	ctx := context.Background()
	cat, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := regulation.National()
	if err != nil {
		t.Fatal(err)
	}
	index, err := search.OpenMemory(exchange.IndexConfig(cat))
	if err != nil {
		t.Fatal(err)
	}
	defer index.Close() //nolint:errcheck // in memory
	// FerretDB reads a whole collection for each document, one command at a time: the
	// driver needs patience here.
	b, err := mongodoc.Open(ctx, "mongodb://"+serve(t).addr()+"/demo?timeoutMS=300000&serverSelectionTimeoutMS=300000&connectTimeoutMS=300000&heartbeatFrequencyMS=300000")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // the server ends with the test
	x := exchange.New(exchange.Config{Store: store.New(b, time.Now), Index: index, Catalogue: cat, Rules: rules,
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Key: bytes.Repeat([]byte{7}, 32)})
	lap := time.Now()
	took := func(what string) {
		t.Logf("%s: %.1f s", what, time.Since(lap).Seconds())
		lap = time.Now()
	}
	bundle, err := demo.District(cat, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Load(ctx, bundle); err != nil {
		t.Fatal(err)
	}
	took("load")
	if _, err := x.SettleAll(ctx); err != nil {
		t.Fatal(err)
	}
	took("settle")
	by := partnership.System("test")
	view, err := x.RunRound(ctx, by, partnership.Round{Owner: demo.Region, Mode: partnership.ModeAssign})
	if err != nil {
		t.Fatal(err)
	}
	if view.Round.Placed == 0 || view.Round.Verdict == "" {
		t.Errorf("round = %+v, want students placed and a verdict", view.Round)
	}
	took("round")
	if _, err := x.RefreshRates(ctx, demo.CutOff); err != nil {
		t.Fatal(err)
	}
	took("rates")
	figures, err := x.Rates(ctx, by, exchange.RateQuery{Year: 2025})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]int64{}
	for _, f := range figures {
		got[f.Group+" "+f.Rate] = [2]int64{f.Numerator, f.Denominator}
	}
	for key, want := range map[string][2]int64{
		"重庆市荣昌区职业教育中心 direct_employment": {514, 2125}, "重庆市荣昌区职业教育中心 alignment": {439, 514},
		"全区 progression": {1899, 2592}, "全区 direct_employment": {689, 2592},
	} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v", key, got[key], want)
		}
	}
}
