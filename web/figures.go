package web

import (
	"strconv"

	"sunmao/services/partnership"
)

// smallGroup is the number of people below which a percent says little: one person
// moves it by ten points or more. The count is shown all the same, with a note.
const smallGroup = 10

// figureCell is one rate in words: never a percent without what it was made of.
type figureCell struct {
	Has      bool
	Name     string
	Key      string
	Percent  string // 24.19%
	Fraction string // 514/2125
	Value    string // 24.19, for pictures and bars; empty when there is none
	Bar      float64
	Version  string
	CutOff   string
	Small    bool
	Sample   bool
	Hidden   bool
	Rows     string // address of the rows behind it
	Odd      bool   // above 100 %: the published counts contradict each other
}

func cellOf(f *partnership.Figure) figureCell {
	if f == nil {
		return figureCell{Percent: "—"}
	}
	c := figureCell{Has: true, Name: f.Name, Key: f.Rate, Version: f.Version, CutOff: day(f.CutOff), Sample: f.Sample, Hidden: f.Hidden, Rows: rowsURL(f),
		Small: f.Denominator > 0 && f.Denominator < smallGroup, Fraction: number(f.Numerator) + "/" + number(f.Denominator)}
	switch {
	case f.Hidden:
		c.Percent, c.Fraction = "人数过少，不公布", ""
	case f.Percent != "":
		c.Percent, c.Value = f.Percent+"%", f.Percent
		if n, err := strconv.ParseFloat(f.Percent, 64); err == nil {
			c.Bar, c.Odd = n, n > 100
		}
	case f.Amount != "":
		c.Percent = f.Amount + " " + f.Unit
	default:
		c.Percent = "—"
	}
	if c.Small {
		c.Percent += " *"
	}
	return c
}

// mainRates are the rates that pages put first, in this order.
func mainRates() []string {
	return []string{"direct_employment", "alignment_school", "alignment", "progression", "destination"}
}
