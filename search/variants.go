package search

func simplify(r rune) rune { return r }
