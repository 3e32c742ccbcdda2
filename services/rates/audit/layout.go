package audit

import (
	"strings"
)

// cell is one published number, with the way to it as a reader would name it.
type cell struct {
	t        *table
	rec      *record
	m        *measure
	raw      string
	n        number
	row, col string
}

// record is the numbers that belong together: one row of a long table, one row and one
// year of a wide one, one column of a table whose indicators run down.
type record struct {
	t      *table
	school string
	year   int
	label  string // without school and year
	parent string // the label's first part where it has several
	kind   rowKind
	order  int

	schoolTotal bool // its school is 合计 or 全区: the sum of the schools

	cells []*cell           // by measure; nil where the table says nothing
	texts map[string]string // what stands in text columns right of the numbers, by header
}

// table is a block understood.
type table struct {
	sheet, title string
	name         string // how findings call it
	measures     []*measure
	records      []*record
	names        map[string][]string // text columns by header, for spellings
	indicators   bool                // measures run down the rows
	links        map[*measure]linked
	samples      map[*measure][]*cell // people asked, where it stands in a column of its own beside the years
}

// newTable reads a block. It returns nil if there is nothing to check in it.
func newTable(b *block) *table {
	t := &table{sheet: b.sheet, title: b.title, name: b.sheet, names: map[string][]string{}}
	cols := b.columns()
	values := 0
	for _, c := range cols {
		if c.kind == colValue {
			values++
		}
	}
	for i, c := range cols {
		if c.kind == colLabel || c.kind == colText {
			for _, r := range b.rows {
				if v := strings.TrimSpace(r.raw[i]); !isMissing(fold(v)) {
					t.names[c.head] = append(t.names[c.head], v)
				}
			}
		}
	}
	if values > 0 {
		b.fillDown(cols)
		if t.indicators = b.indicators(cols); t.indicators {
			t.readDown(b, cols)
		} else {
			t.readAcross(b, cols)
			t.grandTotals()
		}
	}
	if len(t.records) == 0 && len(t.names) == 0 {
		return nil
	}
	return t
}

// fillDown repeats the names that a merged cell leaves blank when saved as CSV.
func (b *block) fillDown(cols []column) {
	leaf := -1
	for i, c := range cols {
		if c.kind == colLabel {
			leaf = i
		}
	}
	for i, c := range cols {
		if i == leaf || c.kind != colLabel && c.kind != colSchool && c.kind != colYear {
			continue
		}
		carry := ""
		for _, r := range b.rows {
			switch {
			case r.cells[i] != "":
				carry = r.cells[i]
			case leaf < 0 || r.cells[leaf] != "":
				r.cells[i] = carry
			}
		}
	}
}

// indicators reports that the rows name measures (毕业生数, 就业率 …) and the columns years
// or schools.
func (b *block) indicators(cols []column) bool {
	for _, c := range cols {
		if c.kind == colValue && c.m.name != "" && c.m.role != surveyed && (c.m.role != noRole || c.m.rate || c.m.mean) {
			return false
		}
		if c.kind == colUnit {
			return true
		}
	}
	known, rows, rates, totals := 0, 0, 0, 0
	for _, r := range b.rows {
		rows++
		label := b.leafLabel(r, cols)
		m := meaning(label, "")
		if m.role != noRole || m.rate || m.mean {
			known++
		}
		if m.rate || m.mean || m.ratio {
			rates++
		}
		if isTotal(label) == total {
			totals++
		}
	}
	if totals > 0 && rates == 0 { // the rows are parts of one whole: 本市就业, 外省就业, 合计
		return false
	}
	return rows > 0 && known*2 >= rows
}

func (b *block) leafLabel(r dataRow, cols []column) string {
	label := ""
	for i, c := range cols {
		if c.kind == colLabel && r.cells[i] != "" {
			label = r.cells[i]
		}
	}
	return label
}

// readAcross reads a table whose measures stand in the header.
func (t *table) readAcross(b *block, cols []column) {
	byName := map[string]*measure{}
	of := make([]*measure, len(cols))
	for i := range cols {
		c := &cols[i]
		if c.kind != colValue {
			continue
		}
		if c.m.name == "" { // only a year above it: the title says what is counted
			_, title := takeYear(b.title)
			unit := c.m.unit
			c.m = meaning(title, unit)
		}
		key := c.m.name + "|" + c.m.unit
		if byName[key] == nil {
			m := c.m
			m.index = len(t.measures)
			byName[key] = &m
			t.measures = append(t.measures, &m)
		}
		of[i] = byName[key]
	}
	titleYear, _ := takeYear(b.title)
	titleSchool := schoolIn(b.title)
	if titleSchool == "" {
		titleSchool = schoolIn(b.sheet)
	}
	for _, r := range b.rows {
		base := t.base(b, r, cols)
		if base == nil {
			continue
		}
		if base.year == 0 {
			base.year = titleYear
		}
		if base.school == "" {
			base.school = titleSchool
		}
		byKey := map[string]*record{}
		for i := range cols {
			c := &cols[i]
			if c.kind != colValue {
				continue
			}
			key := c.school + "|" + c.entity + "|" + itoa(c.year)
			rec := byKey[key]
			if rec == nil {
				rec = base.with(c)
				rec.cells = make([]*cell, len(t.measures))
				byKey[key] = rec
				t.add(rec)
			}
			if rec.cells[of[i].index] == nil {
				rec.cells[of[i].index] = t.cell(rec, of[i], r.raw[i], r.cells[i], base.name(b, r, cols), c.head)
			}
		}
	}
}

// base reads what a row says about itself: school, year, label.
func (t *table) base(b *block, r dataRow, cols []column) *record {
	rec := &record{t: t}
	var labels []string
	any := false
	for i, c := range cols {
		v := r.cells[i]
		switch c.kind {
		case colSchool:
			rec.school = v
		case colYear:
			rec.year, _ = takeYear(v)
		case colLabel:
			if v != "" && (len(labels) == 0 || labels[len(labels)-1] != v) {
				labels = append(labels, v)
			}
		case colValue:
			any = any || v != ""
		case colText:
			if rec.texts == nil {
				rec.texts = map[string]string{}
			}
			rec.texts[c.head] = v
		case colIgnore, colUnit:
			if v != "" && isTotal(v) != item { // 合计 written into the number column
				labels = append(labels, v)
			}
		}
	}
	if len(labels) == 1 && labelYear.MatchString(labels[0]) {
		if y, rest := takeYear(labels[0]); y > 0 {
			rec.year, labels[0] = y, rest
		}
	}
	if sec := r.section; sec != "" {
		if y, rest := takeYear(sec); y > 0 && rec.year == 0 {
			rec.year, sec = y, rest
		}
		if schoolish(sec) && rec.school == "" {
			rec.school = sec
		} else if sec != "" {
			labels = append([]string{sec}, labels...)
		}
	}
	if rec.school != "" && isTotal(rec.school) != item {
		rec.schoolTotal = true
	}
	rec.label = strings.Join(labels, "/")
	if len(labels) > 1 {
		rec.parent = labels[0]
	}
	for _, l := range labels {
		if k := isTotal(l); k > rec.kind {
			rec.kind = k
		}
	}
	if !any || isNote(strings.Join(labels, "")) {
		return nil
	}
	return rec
}

// with makes the record of one group of columns.
func (r *record) with(c *column) *record {
	n := *r
	if c.year > 0 {
		n.year = c.year
	}
	if c.school != "" {
		n.school = c.school
		n.schoolTotal = isTotal(c.school) != item
	}
	if c.entity != "" {
		if n.label == "" {
			n.label = c.entity
		} else {
			n.label += "@" + c.entity
		}
	}
	return &n
}

// name is how a finding names the row: what stands in its label columns, in order.
func (r *record) name(b *block, row dataRow, cols []column) string {
	var parts []string
	if row.section != "" {
		parts = append(parts, row.section)
	}
	for i, c := range cols {
		switch c.kind {
		case colSchool, colYear, colLabel:
			if v := row.cells[i]; v != "" && (len(parts) == 0 || parts[len(parts)-1] != v) {
				parts = append(parts, v)
			}
		case colIgnore, colUnit, colText, colValue:
			if v := row.cells[i]; c.kind != colValue && v != "" && isTotal(v) != item {
				parts = append(parts, v)
			}
		}
	}
	return strings.Join(parts, " ")
}

func (t *table) add(r *record) {
	r.t, r.order = t, len(t.records)
	t.records = append(t.records, r)
}

// grandTotals takes the 总计 of a table whose schools have 小计 of their own out of the last
// school, under which it happens to stand.
func (t *table) grandTotals() {
	subtotals, totals := 0, 0
	for _, r := range t.records {
		switch {
		case r.kind == subtotal:
			subtotals++
		case r.kind == total && !r.schoolTotal:
			totals++
		}
	}
	schools := map[string]bool{}
	for _, r := range t.records {
		if !r.schoolTotal {
			schools[r.school] = true
		}
	}
	for _, r := range t.records {
		if r.kind == subtotal && totals == 0 && subtotals < len(t.records) && len(schools) <= 1 && r.parent == "" && t.onlySubtotal(r) {
			r.kind = total // the table has no other: 小计 is its 合计
		}
	}
	if subtotals == 0 || len(schools) < 2 {
		return
	}
	for _, r := range t.records {
		if r.kind == total && !r.schoolTotal {
			r.schoolTotal, r.school = true, ""
		}
	}
}

func (t *table) onlySubtotal(r *record) bool {
	for _, o := range t.records {
		if o != r && o.kind == subtotal && o.school == r.school && o.year == r.year {
			return false
		}
	}
	return true
}

func (t *table) cell(rec *record, m *measure, raw, folded, row, col string) *cell {
	n := parseNumber(folded)
	if !n.ok {
		return nil
	}
	return &cell{t: t, rec: rec, m: m, raw: strings.TrimSpace(raw), n: n, row: row, col: col}
}

// readDown reads a table whose measures run down the rows.
func (t *table) readDown(b *block, cols []column) {
	byName := map[string]*measure{}
	type key struct {
		school string
		col    int
	}
	byKey := map[key]*record{}
	titleYear, _ := takeYear(b.title)
	titleSchool := schoolIn(b.title)
	if titleSchool == "" {
		titleSchool = schoolIn(b.sheet)
	}
	var rows []*measure
	base := make([]*record, len(b.rows))
	for i, r := range b.rows {
		unit := ""
		for j, c := range cols {
			if c.kind == colUnit && isUnitWord(r.cells[j]) {
				unit = r.cells[j]
			}
		}
		base[i] = t.base(b, r, cols)
		label := b.leafLabel(r, cols)
		if unit == "" {
			for j, c := range cols {
				if c.kind == colValue && c.m.unit != "" {
					unit = cols[j].m.unit
				}
			}
		}
		m := meaning(label, unit)
		k := m.name + "|" + m.unit
		if byName[k] == nil {
			m.index = len(t.measures)
			byName[k] = &m
			t.measures = append(t.measures, &m)
		}
		rows = append(rows, byName[k])
	}
	for i, r := range b.rows {
		if base[i] == nil {
			continue
		}
		for j := range cols {
			c := &cols[j]
			if c.kind != colValue {
				continue
			}
			if c.m.role == surveyed {
				t.sample(rows[i], t.cell(base[i], rows[i], r.raw[j], r.cells[j], base[i].name(b, r, cols), c.head))
				continue
			}
			k := key{base[i].school, j}
			rec := byKey[k]
			if rec == nil {
				rec = (&record{t: t, school: base[i].school, year: titleYear}).with(c)
				if rec.school == "" {
					rec.school = titleSchool
				}
				if c.m.name != "" && !schoolish(c.m.name) && rec.label == "" {
					rec.label = c.m.name
					rec.kind = isTotal(c.m.name)
				} else if schoolish(c.m.name) {
					rec.school = c.m.name
				}
				rec.cells = make([]*cell, len(t.measures))
				byKey[k] = rec
				t.add(rec)
			}
			if rec.cells[rows[i].index] == nil {
				rec.cells[rows[i].index] = t.cell(rec, rows[i], r.raw[j], r.cells[j], base[i].name(b, r, cols), c.head)
			}
		}
	}
}

func (t *table) sample(m *measure, c *cell) {
	if t.samples == nil {
		t.samples = map[*measure][]*cell{}
	}
	if c != nil {
		t.samples[m] = append(t.samples[m], c)
	}
}

// schoolIn finds a school's name in a title.
func schoolIn(title string) string {
	i := -1
	for _, end := range []string{"学校", "职教中心", "教育中心", "技校", "职校", "学院", "职中", "职高"} {
		if j := strings.Index(title, end); j >= 0 {
			i = max(i, j+len(end))
		}
	}
	if i < 0 {
		return ""
	}
	name := title[:i]
	for _, sep := range []string{" ", ":", "表", "年度", "年"} {
		if j := strings.LastIndex(name, sep); j >= 0 && j+len(sep) < len(name) {
			name = name[j+len(sep):]
		}
	}
	name = strings.TrimLeft(name, "0123456789.-_、")
	if len([]rune(name)) < 4 {
		return ""
	}
	return name
}

func itoa(n int) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}
