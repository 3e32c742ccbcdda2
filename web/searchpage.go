package web

import (
	"net/http"

	"sunmao/search"
	"sunmao/services/exchange"
)

type searchPage struct {
	page
	List listing
	Hits []hit
}

// search looks through everything the actor may find.
func (s *Site) search(v *visit) error {
	all := []string{exchange.KindPost, exchange.KindCompany, exchange.KindBase, exchange.KindClass, exchange.KindMajor, exchange.KindCohort}
	q := readList("/search", v.Request.URL.Query(), all, []filterField{{name: search.KindField, title: "类型", words: exchange.KindWords}})
	if kinds := q.query.Filters[search.KindField]; len(kinds) > 0 {
		q.query.Kinds = kinds
	}
	r, err := s.find(v.ctx(), v, &q)
	if err != nil {
		return err
	}
	p := &searchPage{page: page{Title: "搜索", Crumbs: []link{{Label: "搜索"}}, Query: q.query.Text}, List: q.show(r), Hits: hitsOf(r.Hits)}
	p.List.Label, p.List.Placeholder = "搜全部内容", "岗位、企业、专业、基地、班级"
	p.List.Empty = "换一个说法，少用几个词，或检查有没有错字。没找到的需求会记下来，供区教委征集岗位时参考。"
	return s.render(v, http.StatusOK, "search", p)
}
