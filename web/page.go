package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"

	"sunmao/services/partnership"
)

//go:embed templates/*.html
var templateFiles embed.FS

// page is what every page shows around its own matter. A handler gives title,
// crumbs and flags; render fills the rest from the visit.
type page struct {
	Title  string
	Crumbs []link
	Narrow bool // a form or a text: short lines
	Broad  bool // wide tables: printed across
	Charts bool // needs the chart script
	Wall   bool // the wall screen: no head, menu and foot
	Query  string

	District string
	Theme    string // light, dark or empty for the system's
	Large    bool   // large text
	Icon     string
	Styles   []string
	Scripts  []string
	Nav      []menu
	Actor    partnership.Actor
	Role     string
	Here     string // path and query of this page
	Token    string
	Flash    string
	Ongoing  []workRow // work of the person that runs, or ended unseen
	Demo     bool
	Version  string
	Printed  string
	Request  string
}

func (p *page) base() *page { return p }

type link struct {
	URL, Label string
	Here       bool
}

// paged is any page struct: they embed page.
type paged interface{ base() *page }

// templates are parsed once: each page file with the layout and the shared parts.
type templates map[string]*template.Template

func loadTemplates() (templates, error) {
	shared, err := template.New("layout.html").Funcs(template.FuncMap{"bar": bar, "dated": dated, "said": said, "few": few, "order": ordinal, "term": asTerm, "gloss": termOf}).
		ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	out := templates{}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		if name == "layout" || name == "parts" {
			continue
		}
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, "templates/"+f.Name())
		}
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// bar draws a share of a hundred. An SVG with attributes, because the content policy
// forbids inline style; it is decoration beside the number.
func bar(percent float64) template.HTML {
	w := min(100, max(0, percent))
	return template.HTML(fmt.Sprintf( // #nosec G203 -- only a number goes in
		`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width="%.2f" height="8"/></svg>`, w))
}

// ordinal counts from 一, as clauses are numbered: 0 is 一, at most 二十.
func ordinal(i int) string {
	digits := []rune("一二三四五六七八九十")
	switch {
	case i < 10:
		return string(digits[i])
	case i < 19:
		return "十" + string(digits[i-10])
	}
	return "二十"
}

// few joins the first three reasons for a table; the record's own page has them all.
func few(reasons []string) string {
	if len(reasons) > 3 {
		return fmt.Sprintf("%s 等 %d 项", strings.Join(reasons[:3], "；"), len(reasons))
	}
	return strings.Join(reasons, "；")
}

// render writes a page. It goes into a buffer first: a fault in a template becomes an
// error page, never half a page with status 200.
func (s *Site) render(v *visit, status int, name string, p paged) error {
	t, ok := s.templates[name]
	if !ok {
		return fmt.Errorf("no template %s", name)
	}
	s.fill(v, p.base())
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	v.Header("Cache-Control", "no-store")
	v.Data(status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// fragment writes a part of a page, which a script puts into one.
func (s *Site) fragment(v *visit, name string, p any) error {
	var b bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&b, "main", p); err != nil {
		return fmt.Errorf("part %s: %w", name, err)
	}
	v.Header("Cache-Control", "no-store")
	v.Data(http.StatusOK, "text/html; charset=utf-8", b.Bytes())
	return nil
}

func (s *Site) fill(v *visit, p *page) {
	now := s.now().In(partnership.Beijing)
	p.District, p.Version, p.Demo = s.district, s.version, len(s.demo) > 0
	p.Actor, p.Role = v.actor, v.actor.Role.Words()
	p.Icon, p.Styles, p.Scripts = s.assets.path("icon.svg"), s.assets.styles(), s.assets.scripts(p.Charts)
	p.Here = v.Request.URL.RequestURI()
	if v.Request.Method != http.MethodGet {
		p.Here = "/"
	}
	if !v.actor.Unready {
		p.Nav = menuFor(v.actor.Role, v.Request.URL.Path)
	}
	p.Ongoing = s.ongoing(v)
	p.Token, p.Flash, p.Request = v.formToken(), v.takeFlash(), v.id
	p.Printed = fmt.Sprintf("%d年%d月%d日 %02d:%02d", now.Year(), int(now.Month()), now.Day(), now.Hour(), now.Minute())
	if t := v.cookie(themeCookie); t == "light" || t == "dark" {
		p.Theme = t
	}
	p.Large = v.cookie(textCookie) == "large"
}
