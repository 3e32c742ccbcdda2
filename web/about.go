package web

import "net/http"

type aboutPage struct {
	page
	Built    bool
	Licences string // address of the licence texts of the bundles
}

func (s *Site) about(v *visit) error {
	return s.render(v, http.StatusOK, "about", &aboutPage{
		page:  page{Title: "关于", Crumbs: []link{{Label: "关于"}}, Narrow: true},
		Built: s.assets.built, Licences: s.assets.path("licences.txt")})
}

type glossaryPage struct {
	page
	Terms []term
}

func (s *Site) glossary(v *visit) error {
	return s.render(v, http.StatusOK, "glossary", &glossaryPage{
		page: page{Title: "名词与口径", Crumbs: []link{{Label: "名词与口径"}}}, Terms: terms()})
}
