package catalogue

// Figures count how often the right answer stood among the first suggestions.
type Figures struct {
	Titles  int `json:"titles"`            // tried
	Skipped int `json:"skipped,omitempty"` // their code is not in the table
	Top1    int `json:"top1"`
	Top3    int `json:"top3"`
	Top5    int `json:"top5"`
	// Of the titles whose occupation some major's path names: those for which one of
	// the first three suggested majors is right, or of the same 专业类 as a right one.
	WithPath   int `json:"withPath"`
	MajorsTop3 int `json:"majorsTop3"`
}

func (f *Figures) add(g Figures) {
	f.Titles += g.Titles
	f.Skipped += g.Skipped
	f.Top1 += g.Top1
	f.Top3 += g.Top3
	f.Top5 += g.Top5
	f.WithPath += g.WithPath
	f.MajorsTop3 += g.MajorsTop3
}

// Evaluate tries Suggest and SuggestMajors on labelled titles. On titles that the
// model learnt from, the figures flatter; see Train for held-out ones.
func (c *Catalogue) Evaluate(titles []Labelled) Figures {
	return c.figures(c.suggester(), titles)
}

func (c *Catalogue) figures(s *suggester, titles []Labelled) Figures {
	var f Figures
	for _, l := range titles {
		want := c.classOf(l.Code)
		if want < 0 {
			f.Skipped++
			continue
		}
		f.Titles++
		ranked := s.rank(l.Title, "")
		for i, r := range ranked[:min(5, len(ranked))] {
			if r.class == want {
				f.Top5++
				if i < 3 {
					f.Top3++
				}
				if i < 1 {
					f.Top1++
				}
				break
			}
		}
		right := c.rightClasses(want)
		if len(right) == 0 {
			continue
		}
		f.WithPath++
		for _, m := range c.majorsOf(ranked, 3, func(Major) bool { return true }) {
			if right[m.Major.Class.Code] {
				f.MajorsTop3++
				break
			}
		}
	}
	return f
}
