package web

import (
	"encoding/json"
	"net/http"
)

// problem is the API's error document, application/problem+json (RFC 9457), in Chinese.
type problem struct {
	Type    string         `json:"type"`
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail"`
	Request string         `json:"request"` // number to give to the operator
	Errors  []problemField `json:"errors,omitempty"`
}

type problemField struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

func problemOf(f fault, request string) problem {
	p := problem{Type: "about:blank", Title: f.Title, Status: f.Status, Detail: f.Detail, Request: request}
	for _, name := range sortedKeys(f.Fields) {
		for _, sentence := range f.Fields[name] {
			p.Errors = append(p.Errors, problemField{name, sentence})
		}
	}
	return p
}

func (s *Site) problem(v *visit, f fault) {
	body, err := json.Marshal(problemOf(f, v.id))
	if err != nil { // plain strings and numbers: cannot happen
		v.Status(http.StatusInternalServerError)
		return
	}
	v.Data(f.Status, "application/problem+json; charset=utf-8", body)
}
