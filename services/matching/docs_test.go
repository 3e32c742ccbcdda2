package matching

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocs: the tables of docs/matching.md are those of the code.
func TestDocs(t *testing.T) {
	b, err := os.ReadFile("../../docs/matching.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	w := DefaultWeights()
	for c := range criteria {
		if row := fmt.Sprintf("| `%s` | %s | %s |", c.Key(), c.Words(), Points(w.Max[c])); !strings.Contains(doc, row) {
			t.Errorf("docs/matching.md lacks %q", row)
		}
	}
	for _, row := range []string{
		fmt.Sprintf("| `near_share` | %d |", w.NearShare), fmt.Sprintf("| `target_skills` | %d |", w.TargetSkills), fmt.Sprintf("| `duty_skills` | %d |", w.DutySkills),
		fmt.Sprintf("| `near_km`, `far_km` | %d, %d |", w.NearKM, w.FarKM), fmt.Sprintf("| `low_pay`, `high_pay` | %d, %d |", w.LowPay, w.HighPay),
		fmt.Sprintf("| `best_tutor`, `worst_tutor` | %d, %d |", w.BestTutor, w.WorstTutor), fmt.Sprintf("| `wishes` | %d |", w.Wishes),
		"`" + Version + "`",
	} {
		if !strings.Contains(doc, row) {
			t.Errorf("docs/matching.md lacks %q", row)
		}
	}
}
