package web

import (
	"maps"
	"net/url"
	"strings"

	"sunmao/services/exchange"
)

// cursorList is a list read straight from the store, page after page by cursor.
type cursorList struct {
	Path, Label, Placeholder string
	Query                    string
	State                    []option // choices of the state filter; empty for none
	More, First              string   // addresses of the next and the first page
	Empty                    string
}

// readCursor reads what the address asks of such a list.
func readCursor(v *visit, path string) (cursorList, exchange.List) {
	values := v.Request.URL.Query()
	l := cursorList{Path: path, Query: strings.TrimSpace(values.Get("q"))}
	if r := []rune(l.Query); len(r) > 100 {
		l.Query = string(r[:100])
	}
	return l, exchange.List{State: values.Get("state"), After: values.Get("after"), Limit: 50}
}

// states are the choices of the state filter with the current one chosen.
func (l *cursorList) states(now string, list []option) string {
	known := ""
	l.State = append([]option{{Label: "全部状态", Chosen: now == ""}}, list...)
	for i := range l.State {
		if l.State[i].Value == now && now != "" {
			l.State[i].Chosen, known = true, now
		}
	}
	return known
}

// pages sets the links to the next and the first page.
func (l *cursorList) pages(asked exchange.List, next string) {
	kept := url.Values{}
	if asked.State != "" {
		kept.Set("state", asked.State)
	}
	l.follow(kept, asked.After, next)
}

// follow sets the links to the next and the first page of a list with these filters.
func (l *cursorList) follow(kept url.Values, after, next string) {
	at := func(after string) string {
		u := maps.Clone(kept)
		if after != "" {
			u.Set("after", after)
		}
		if len(u) == 0 {
			return l.Path
		}
		return l.Path + "?" + u.Encode()
	}
	if next != "" {
		l.More = at(next)
	}
	if after != "" {
		l.First = at("")
	}
}
