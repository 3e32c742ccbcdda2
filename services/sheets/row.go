package sheets

// Row is one good row: typed values by field. A field that was empty or has no
// column is absent.
type Row struct {
	Line   int            `json:"line"`
	Values map[string]any `json:"values"` // see Type for the Go type of each
	bind   *Binding
}

// Has reports whether the field was filled.
func (r Row) Has(field string) bool { _, ok := r.Values[field]; return ok }

// Text returns a text, code or day (2006-01-02), "" if absent.
func (r Row) Text(field string) string { v, _ := r.Values[field].(string); return v }

// Texts returns the values of a column that holds a list.
func (r Row) Texts(field string) []string { v, _ := r.Values[field].([]string); return v }

// Count returns a whole number, 0 if absent.
func (r Row) Count(field string) int { v, _ := r.Values[field].(int); return v }

// Number returns a number, 0 if absent.
func (r Row) Number(field string) float64 { v, _ := r.Values[field].(float64); return v }

// Share returns a percentage as a share from 0 to 1, 0 if absent.
func (r Row) Share(field string) float64 { v, _ := r.Values[field].(float64); return v }

// Fen returns an amount of money in fen, 0 if absent.
func (r Row) Fen(field string) int64 { v, _ := r.Values[field].(int64); return v }

// Bool returns a yes or no, false if absent.
func (r Row) Bool(field string) bool { v, _ := r.Values[field].(bool); return v }

// header is the heading of a field as the file writes it.
func (r Row) header(field string) string { return r.bind.headerOf(field) }
