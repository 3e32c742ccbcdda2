package exchange

import (
	"context"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// directionNamed is the direction of a word in a sheet.
func directionNamed(words string) partnership.Direction {
	for _, d := range partnership.Directions() {
		if d.Words() == words {
			return d
		}
	}
	return ""
}

// draftOf reads a row of the sheet 毕业去向登记.
func draftOf(r sheets.Row) OutcomeDraft {
	d := OutcomeDraft{Number: r.Text("student_no"), Year: r.Count("year"), Direction: directionNamed(r.Text("direction")), Through: r.Bool("through"), Employer: r.Text("employer"),
		Industry: r.Text("industry"), Occ: r.Text("occupation"), Region: r.Text("region"), PayFen: r.Fen("pay"), Major: r.Text("major"), Evidence: r.Texts("evidence")}
	if r.Has("aligned") {
		d.Label = map[bool]string{true: "对口", false: "不对口"}[r.Bool("aligned")]
	}
	return d
}

// outcomeTable takes in where the graduates of the actor's school went, one row each.
func (x *Exchange) outcomeTable(names *importNames) *recordTable[partnership.Outcome] {
	school := names.actor.Party
	return &recordTable[partnership.Outcome]{
		x: x, coll: x.outcomes, rec: (*partnership.Outcome).Rec, seen: map[string]bool{},
		key: func(_ context.Context, r sheets.Row, _ func(field, what, allowed string)) (string, error) {
			return r.Text("student_no"), nil
		},
		find: func(ctx context.Context, keys []string) (map[string]partnership.Outcome, error) {
			out := map[string]partnership.Outcome{}
			keys = slices.Compact(slices.Sorted(slices.Values(keys)))
			for o, err := range x.outcomes.Find(ctx, store.Query{Where: store.And(store.Field("school").Eq(school), store.Field("student").In(keys))}) {
				if err != nil {
					return nil, err
				}
				out[o.Student] = o
			}
			return out, nil
		},
		fill: func(ctx context.Context, o *partnership.Outcome, r sheets.Row, _ bool, bad func(field, what, allowed string)) error {
			d := draftOf(r)
			to, err := x.outcomeOf(ctx, school, &d)
			if err != nil {
				return tellInvalid(err, bad)
			}
			now := *o
			if err := x.restate(&now, to, names.actor); err != nil {
				bad("direction", strings.TrimSpace(sentence(err)), "与裁定一致，或删去这一行")
				return nil
			}
			if o.ID == "" {
				*o = now
				return nil
			}
			o.Amend(now, x.stamp())
			return nil
		},
		own: func(o partnership.Outcome) partnership.Outcome {
			o.Steps, o.Past, o.Since, o.AskBy, o.AlignWhy, o.AlignedBy = nil, nil, 0, "", nil, ""
			return o
		},
		words: map[string]string{"year": "毕业年份", "direction": "去向", "through": "是否贯通", "employer": "用人单位", "industry": "行业", "occ": "职业", "region": "工作地", "pay_fen": "月收入",
			"major": "专业", "school_label": "是否对口", "evidence": "佐证材料"},
		name: func(o *partnership.Outcome) string { return o.Student },
		used: func(_ context.Context, o *partnership.Outcome) (string, error) {
			if o.ByCompany != nil || o.ByGraduate != nil {
				return "已有用人单位或毕业生的答复", nil
			}
			return "", nil
		},
		restore: func(o *partnership.Outcome, old partnership.Outcome) { o.Amend(old, x.stamp()) },
		finish:  func(context.Context, []string) error { return nil },
	}
}

// ExportGraduates yields the outcomes of a list by the fields of the sheet 毕业去向登记:
// the school's own with numbers, which asks for a reason and is logged, others without.
func (x *Exchange) ExportGraduates(ctx context.Context, actor partnership.Actor, q GraduateQuery, reason string) (func(yield func(map[string]any, error) bool), error) {
	where, err := x.graduateFilter(ctx, actor, &q)
	if err != nil {
		return nil, err
	}
	if actor.Role == partnership.RoleSchool {
		n, err := x.outcomes.Count(ctx, where)
		if err != nil {
			return nil, err
		}
		if err := x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, School: actor.Party, Field: FieldExportRows, Count: int(n), Reason: reason}); err != nil {
			return nil, err
		}
	}
	return func(yield func(map[string]any, error) bool) {
		for o, err := range x.outcomes.Find(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("year"), store.Desc("_id")}}) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(outcomeCells(forReader(o, actor)), nil) {
				return
			}
		}
	}, nil
}

func outcomeCells(o partnership.Outcome) map[string]any {
	row := map[string]any{"student_no": o.Student, "year": o.Year, "major": o.Major, "direction": o.Direction.Words(), "through": o.Through, "employer": o.Employer, "industry": o.Industry,
		"occupation": o.Occ, "region": o.Region, "evidence": o.Evidence, "by_company": o.ByCompany.Words(), "by_graduate": o.ByGraduate.Words()}
	if o.PayFen > 0 {
		row["pay"] = o.PayFen
	}
	if o.Label != "" {
		row["aligned"] = answer(o.Label) == rates.Yes
	}
	return row
}
