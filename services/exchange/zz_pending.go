package exchange

import (
	"iter"
	"slices"

	"sunmao/services/catalogue"
)

func synonymsOf(cat *catalogue.Catalogue) [][]string    { return nil }
func wordsOf(cat *catalogue.Catalogue) iter.Seq[string] { return slices.Values([]string{"数控"}) }
