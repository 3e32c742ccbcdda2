// Command train learns the table of occupations by post titles and writes
// tables/titles.model:
//
//	go run ./services/catalogue/train titles.csv services/catalogue/tables/titles.model
//
// The CSV has a header with the columns title and occ_code (further columns are
// ignored). It prints held-out figures of two kinds: learnt on one half and tried on the
// other, and tried on titles whose first character no learnt title begins with.
package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"

	"sunmao/services/catalogue"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: train TITLES.csv MODEL")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	titles, err := read(from)
	if err != nil {
		return err
	}
	c, err := catalogue.Load()
	if err != nil {
		return err
	}
	const seed = 1
	t := catalogue.Train(c, titles, seed)
	fmt.Printf("learnt %d titles, left out %d, %d bytes\n", t.Titles, t.Unknown, len(t.Model))
	for _, x := range []struct {
		what string
		f    catalogue.Figures
	}{{"held-out halves", t.HeldOut}, {"held-out first characters", t.Unlike}} {
		f := x.f
		fmt.Printf("%s: top1 %.3f top3 %.3f top5 %.3f of %d; majors top3 %.3f of %d\n", x.what,
			share(f.Top1, f.Titles), share(f.Top3, f.Titles), share(f.Top5, f.Titles), f.Titles,
			share(f.MajorsTop3, f.WithPath), f.WithPath)
	}
	return os.WriteFile(to, t.Model, 0o600)
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

func read(path string) ([]catalogue.Labelled, error) {
	f, err := os.Open(path) // #nosec G304 -- the file that the person named
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	title, code := slices.Index(head, "title"), slices.Index(head, "occ_code")
	if title < 0 || code < 0 {
		return nil, fmt.Errorf("%s: no column title or occ_code", path)
	}
	var out []catalogue.Labelled
	for {
		row, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, catalogue.Labelled{Title: row[title], Code: row[code]})
	}
}
