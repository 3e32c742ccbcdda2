package rates

import (
	"slices"
	"strconv"
	"strings"
)

// Slot is where a cell of a report table is kept when somebody supplies it: the table and
// item of the published figure, and what may be written into it.
type Slot struct {
	Table, Item, Unit string
	Year              int
	Number, Whole     bool // Number: a decimal number; Whole: without decimals
}

// Tables of published figures that cells are kept in.
const (
	slotReported    = "reported"
	slotTraining    = "training"
	slotProgression = "progression"
)

// SlotOf finds the slot of the cell in a row and column of a table; ok is false for cells
// that the records decide.
func (t *Table) SlotOf(line, column int) (Slot, bool) {
	table, row, header := t.Key, t.Rows[line], t.Columns[column].Header
	year := func(s string) int {
		n, err := strconv.Atoi(strings.TrimSuffix(s, "年"))
		if err != nil {
			return 0
		}
		return n
	}
	if len(row) < 2 {
		return Slot{}, false
	}
	switch table {
	case "training":
		y := year(header)
		return Slot{slotTraining, row[0], "人天", y, true, true}, y != 0 && row[0] != totalRow
	case "progression":
		y := year(row[0])
		return Slot{slotProgression, header, "人", y, true, true}, y != 0 && slices.Contains(progressionPaths, header)
	}
	items, y := reportedItems[table], year(header)
	at := slices.IndexFunc(items, func(it item) bool { return it.name == row[1] })
	if at < 0 || y == 0 || row[column] != "" && !slices.Contains(t.Supplied, [2]int{line, column}) {
		return Slot{}, false
	}
	it := items[at]
	return Slot{slotReported, it.key, it.unit, y, it.unit != "", slices.Contains(additive, it.unit)}, true
}

// reportedItems are the lines of the tables in the national layout, by the tables' keys.
var reportedItems = map[string][]item{"cooperation": cooperationItems, "scorecard": scorecardItems, "satisfaction_national": satisfactionItems,
	"resources": resourceItems, "service": serviceItems, "policy": policyItems}
