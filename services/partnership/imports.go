package partnership

import "slices"

// RowChange says what a row of an imported table does to the record it stands for.
type RowChange string

// The changes of a row. A student who is no longer in the file is marked as gone, not
// deleted; other kinds have no gone rows: what a file leaves out stays.
const (
	RowNew       RowChange = "new"
	RowChanged   RowChange = "changed"
	RowGone      RowChange = "gone"
	RowUnchanged RowChange = "unchanged"
)

// Words gives the change in the users' language.
func (c RowChange) Words() string {
	return map[RowChange]string{RowNew: "新增", RowChanged: "有变化", RowGone: "文件里已没有", RowUnchanged: "无变化"}[c]
}

// RowChanges counts what the rows of a file change.
type RowChanges struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Gone      int `json:"gone"`
	Unchanged int `json:"unchanged"`
}

// Add counts one more.
func (c *RowChanges) Add(what RowChange) {
	switch what {
	case RowNew:
		c.New++
	case RowChanged:
		c.Changed++
	case RowGone:
		c.Gone++
	case RowUnchanged:
		c.Unchanged++
	}
}

// Writes is how many records are written.
func (c *RowChanges) Writes() int { return c.New + c.Changed + c.Gone }

// ImportState is where an import stands.
type ImportState string

// reading -> ready -> writing -> committed -> undoing -> undone. A file that cannot be
// taken is refused until its headings are mapped; one that nobody writes is dropped. One
// that is stopped while it is read is dropped, while it is written undone.
const (
	ImportReading   ImportState = "reading"
	ImportReady     ImportState = "ready"
	ImportRefused   ImportState = "refused"
	ImportWriting   ImportState = "writing"
	ImportCommitted ImportState = "committed"
	ImportUndoing   ImportState = "undoing"
	ImportUndone    ImportState = "undone"
	ImportDropped   ImportState = "dropped"
)

// Words gives the state in the users' language.
func (s ImportState) Words() string {
	return map[ImportState]string{ImportReading: "正在检查", ImportReady: "待确认", ImportRefused: "不能读取", ImportWriting: "正在写入", ImportCommitted: "已写入",
		ImportUndoing: "正在撤销", ImportUndone: "已撤销", ImportDropped: "已放弃"}[s]
}

// Busy reports whether work is under way that ends by itself.
func (s ImportState) Busy() bool {
	return s == ImportReading || s == ImportWriting || s == ImportUndoing
}

// ColumnUse says which column of a file holds which field. Field is empty for a heading
// nobody knows, and "-" for one that is left out on purpose.
type ColumnUse struct {
	Header string `json:"header"`
	Field  string `json:"field,omitempty"`
}

// ImportBatch is one import (导入批次): the file, what it would do, what it did.
type ImportBatch struct {
	Record  `json:",inline"`
	Kind    string      `json:"kind"`
	File    string      `json:"file"`
	By      string      `json:"by"` // account
	Role    Role        `json:"role,omitempty"`
	Party   string      `json:"party,omitempty"`  // whose import it is; empty for district and operator
	Region  string      `json:"region,omitempty"` // of a district whose import it is
	School  string      `json:"school,omitempty"` // whose rows these are, where the file has no school column
	State   ImportState `json:"state"`
	Steps   []Step      `json:"steps,omitempty"`
	Partial bool        `json:"partial,omitempty"` // write the good rows although some are bad

	Size     int64       `json:"size,omitempty"`     // bytes of the upload kept; 0 = none kept
	Progress int         `json:"progress,omitempty"` // of the work under way, thousandths
	Rows     int         `json:"rows"`
	Bad      int         `json:"bad"`
	Changes  RowChanges  `json:"changes"`
	Columns  []ColumnUse `json:"columns,omitempty"`
	Missing  []string    `json:"missing,omitempty"` // required columns that no heading matches
	Why      string      `json:"why,omitempty"`     // of a refusal
	Report   Sealed      `json:"report,omitempty"`  // problems and changes in words, which may hold personal texts
}

// Move changes the state, or refuses in words.
func (b *ImportBatch) Move(to ImportState, by Actor, now Stamp, from ...ImportState) error {
	if !slices.Contains(from, b.State) {
		return Refuse(ErrConflict, "这次导入现在是“%s”，不能做这一步，请刷新后再看", b.State.Words())
	}
	b.Steps = append(b.Steps, Step{At: now, Actor: by.Account, From: string(b.State), To: string(to)})
	b.State, b.Progress = to, 0
	return nil
}

// UploadPart is a piece of an uploaded file, sealed, kept until the import is over.
// Record.ID is the import's id, "/" and the number of the piece.
type UploadPart struct {
	Record `json:",inline"`
	Import string `json:"import"`
	Data   Sealed `json:"data"`
}

// HeadingMemory keeps which heading a party used for which field of a kind of table.
// Record.ID is "party|kind".
type HeadingMemory struct {
	Record  `json:",inline"`
	Columns []ColumnUse `json:"columns"`
}

// Undo is a record as it was before an import changed it. Record.ID is the import's id,
// ":" and the record's.
type Undo struct {
	Record `json:",inline"`
	Import string `json:"import"`
	Doc    string `json:"doc"`
	Before string `json:"before,omitempty"` // the record as JSON; empty if the import made it
	After  string `json:"after"`            // digest of what the import wrote, to see whether it was changed since
}
