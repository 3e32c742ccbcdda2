package sheets

import (
	"fmt"

	"sunmao/services/partnership"
)

// Problem is one thing wrong with a table, in words for the person who made it.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`    // as the person sees it: line of the CSV, row of the sheet; 1 is the first
	Column  string `json:"column"`  // the heading as written in the file
	What    string `json:"what"`    // what is wrong
	Allowed string `json:"allowed"` // what is allowed
}

// String prints "file:line: column: what is wrong: what is allowed".
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s: %s: %s", p.File, p.Line, p.Column, p.What, p.Allowed)
}

// Error makes a Problem usable as an error.
func (p Problem) Error() string { return p.String() }

// refuse is a file that cannot be read at all: partnership.Invalid under the field "file".
func refuse(name, what, allowed string) error {
	v := partnership.Invalid{}
	v.Add("file", "%s：%s。%s", name, what, allowed)
	return v
}

// refuseAt is refuse for a place inside the file.
func refuseAt(name string, line int, column, what, allowed string) error {
	v := partnership.Invalid{}
	v.Add("file", "%s", Problem{File: name, Line: line, Column: column, What: what, Allowed: allowed})
	return v
}
