package web

import (
	"net/http"
	"net/url"
	"strings"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type searchPage struct {
	page
	List   listing
	Hits   []hit
	Recent []link
	Saved  []savedRow
}

// savedRow is a saved search with how much is new in it.
type savedRow struct{ Key, URL, Name, New, Where string }

// search looks through everything the actor may find.
func (s *Site) search(v *visit) error {
	q, r, err := s.list(v, "/search")
	if err != nil {
		return err
	}
	p := &searchPage{page: page{Title: "搜索", Crumbs: []link{{Label: "搜索"}}, Query: q.query.Text}, List: s.shown(v, &q, r)}
	p.List.Empty = "换一个说法，少用几个词，或检查有没有错字。没找到的需求会记下来，供区教委征集岗位时参考。"
	if p.Hits, err = s.freshHits(v, r, q.query.Sort); err != nil {
		return err
	}
	if p.Recent, p.Saved, err = s.mySearches(v, maxSavedShown); err != nil {
		return err
	}
	return s.render(v, http.StatusOK, "search", p)
}

// maxSavedShown bounds the saved searches on one page, each of which is a query.
const maxSavedShown = 50

// mySearches are the actor's recent and saved searches.
func (s *Site) mySearches(v *visit, most int) ([]link, []savedRow, error) {
	all, err := s.exchange.Searches(v.ctx(), v.actor)
	if err != nil {
		return nil, nil, err
	}
	var recent []link
	for _, r := range all.Recent {
		recent = append(recent, link{URL: "/search?q=" + url.QueryEscape(r.Text), Label: r.Text})
	}
	var saved []savedRow
	for _, one := range all.Saved[:min(most, len(all.Saved))] {
		row := savedRow{Key: one.Key, URL: "/searches/" + url.PathEscape(one.Key), Name: one.Name}
		at, err := url.Parse(one.Path)
		if err != nil {
			continue
		}
		if row.Where = views[at.Path]; row.Where != "" {
			saved = append(saved, row)
			continue
		}
		q, err := s.readList(v, at.Path, at.Query())
		if err != nil {
			continue // the list is not there any more
		}
		n, err := s.exchange.NewSince(v.ctx(), v.actor, q.query, one.Seen)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case n >= 100:
			row.New = "99+"
		case n > 0:
			row.New = number(n)
		}
		row.Where = strings.TrimPrefix(q.label, "搜")
		saved = append(saved, row)
	}
	return recent, saved, nil
}

// views are pages of figures that can be saved under a name like a list.
var views = map[string]string{"/dashboard": "数据看板", "/charts": "供需与流向", "/rates": "就业指标"}

// saveSearch keeps a list with its filters under a name.
func (s *Site) saveSearch(v *visit) error {
	path := localPath(v.PostForm("path"))
	at, err := url.Parse(path)
	if err != nil {
		return partnership.Invalid{"path": {"这个检索的地址有误，请从列表页面保存"}}
	}
	if _, err := s.readList(v, at.Path, at.Query()); err != nil && views[at.Path] == "" {
		return partnership.Invalid{"path": {"只有列表和数据看板可以保存"}}
	}
	if err := s.exchange.SaveSearch(v.ctx(), v.actor, v.PostForm("name"), path); err != nil {
		return err
	}
	v.flash("已保存，在“搜索”页的常用检索里可以直接打开")
	return redirectTo(v, path)
}

// openSearch opens a saved search and counts what is there as seen.
func (s *Site) openSearch(v *visit) error {
	one, err := s.exchange.LookAt(v.ctx(), v.actor, v.Param("key"))
	if err != nil {
		return err
	}
	return redirectTo(v, localPath(one.Path))
}

// dropSearch deletes a saved search, or all recent ones.
func (s *Site) dropSearch(v *visit) error {
	if v.PostForm("recent") != "" {
		if err := s.exchange.ForgetRecent(v.ctx(), v.actor); err != nil {
			return err
		}
		v.flash("最近搜索已清空")
		return redirectTo(v, "/search")
	}
	if err := s.exchange.DropSearch(v.ctx(), v.actor, v.PostForm("key")); err != nil {
		return err
	}
	v.flash("常用检索已删除")
	return redirectTo(v, "/search")
}

type suggestPage struct {
	page
	Typed   string
	Options []suggestion
	Recent  bool // nothing typed yet: what was searched lately
}

// suggestion is one line of the box under the search field.
type suggestion struct{ URL, Text, Kind string }

// suggest answers the search field as its words are typed: titles that begin with them
// or contain them, also by pinyin and initials, then the things found. Without words it
// offers recent and saved searches. It is a part of a page.
func (s *Site) suggest(v *visit) error {
	p := &suggestPage{page: page{Title: "搜索"}, Typed: strings.TrimSpace(v.Query("q"))}
	if p.Typed == "" {
		all, err := s.exchange.Searches(v.ctx(), v.actor)
		if err != nil {
			return err
		}
		p.Recent = true
		for _, r := range all.Recent[:min(6, len(all.Recent))] {
			p.Options = append(p.Options, suggestion{"/search?q=" + url.QueryEscape(r.Text), r.Text, "最近"})
		}
		for _, one := range all.Saved[:min(4, len(all.Saved))] {
			p.Options = append(p.Options, suggestion{"/searches/" + url.PathEscape(one.Key), one.Name, "常用"})
		}
		return s.fragment(v, "suggest", p)
	}
	if r := []rune(p.Typed); len(r) > 100 {
		p.Typed = string(r[:100])
	}
	found, err := s.exchange.Complete(v.ctx(), v.actor, p.Typed, nil, 5)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	add := func(kind, id, text string) {
		if !seen[id] && len(p.Options) < 8 {
			seen[id] = true
			p.Options = append(p.Options, suggestion{pageOf(kind, id), text, exchange.KindWords(kind)})
		}
	}
	for _, f := range found {
		add(f.Kind, f.ID, f.Text)
	}
	r, err := s.exchange.Peek(v.ctx(), v.actor, search.Query{Text: p.Typed, Limit: 8, Plain: true, Sort: search.SortFit})
	if err != nil {
		return err
	}
	visible, err := s.exchange.Visible(v.ctx(), v.actor, r.Hits)
	if err != nil {
		return err
	}
	for _, h := range visible {
		add(h.Kind, h.ID, joinWords("，", h.Title, h.Company))
	}
	return s.fragment(v, "suggest", p)
}
