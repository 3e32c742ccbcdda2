package matching

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Criterion is one of the things that a score counts.
type Criterion int

// The criteria, in the order in which they are shown.
const (
	Alignment Criterion = iota
	Skills
	Distance
	Pay
	Overlap
	Beds
	Tutors
	Record
	Wish
	Green
	criteria // how many there are
)

// Key is the name of the criterion in stored data.
func (c Criterion) Key() string {
	return [criteria]string{"alignment", "skills", "distance", "pay", "overlap", "beds", "tutors", "record", "wish", "green"}[c]
}

// Words is the name of the criterion for people.
func (c Criterion) Words() string {
	return [criteria]string{"专业对口", "技能课程", "距离", "报酬", "时间", "住宿", "带教", "企业履约", "志愿", "绿色通道"}[c]
}

// Full is the score of a pair that is perfect in every respect, in hundredths of a
// point.
const Full = 10000

// Weights are the rules of a round. They are data, stored with every result.
type Weights struct {
	Max [criteria]int // hundredths of a point; they add up to Full

	NearShare    int // per cent of the alignment points for a near major
	TargetSkills int // shared skills that are enough even if the post lists more
	DutySkills   int // skills named in the text of the duties that are enough
	NearKM       int // distance with full points
	FarKM        int // distance from which there are none
	LowPay       int // per cent of the reference pay without points
	HighPay      int // per cent of the reference pay with full points
	BestTutor    int // students per tutor with full points
	WorstTutor   int // students per tutor from which there are none
	Wishes       int // places of the wish list that earn points
}

// DefaultWeights are those of a round that sets none. LowPay 80 follows
// 职业学校学生实习管理规定 (教职成〔2021〕4号), article 18: for 岗位实习 not below 80 % of the pay
// for the same post (相同岗位工资标准) or its lowest grade.
func DefaultWeights() Weights {
	return Weights{
		Max: [criteria]int{
			Alignment: 3000, Skills: 2000, Distance: 1200, Pay: 1200, Overlap: 700,
			Beds: 400, Tutors: 400, Record: 600, Wish: 300, Green: 200,
		},
		NearShare: 60, TargetSkills: 6, DutySkills: 3, NearKM: 5, FarKM: 100, LowPay: 80, HighPay: 120,
		BestTutor: 5, WorstTutor: 15, Wishes: 5,
	}
}

// Number is one number of the weights as people see it.
type Number struct {
	Key, Words, Unit string
	Points           bool // stored in hundredths of a point; all of these add up to Full
}

// Numbers lists the numbers of the weights in the order to show them.
func Numbers() []Number {
	out := make([]Number, 0, criteria+10)
	for c := range criteria {
		out = append(out, Number{c.Key(), c.Words(), "分", true})
	}
	return append(out, Number{"near_share", "相近专业得分", "%", false}, Number{"target_skills", "岗位技能覆盖几项满分", "项", false},
		Number{"duty_skills", "职责用到几项满分", "项", false}, Number{"near_km", "多近满分", "公里", false}, Number{"far_km", "多远没有分", "公里", false},
		Number{"low_pay", "报酬不到参考的多少没有分", "%", false}, Number{"high_pay", "报酬达到参考的多少满分", "%", false},
		Number{"best_tutor", "每位师傅带几人满分", "人", false}, Number{"worst_tutor", "每位师傅带几人没有分", "人", false}, Number{"wishes", "计分的志愿", "个", false})
}

// Show writes a number of the weights as people read it: points, or a whole number.
func (n Number) Show(stored int) string {
	if n.Points {
		return Points(stored)
	}
	return strconv.Itoa(stored)
}

// Changed says which of the stored numbers differ from the default, and how.
func Changed(stored map[string]int) []string {
	var out []string
	plain := DefaultWeights().Map()
	for _, n := range Numbers() {
		if v, ok := stored[n.Key]; ok && v != plain[n.Key] {
			out = append(out, n.Words+" "+n.Show(v)+" "+n.Unit)
		}
	}
	return out
}

// fields names every number of the weights as it is stored.
func (w *Weights) fields() map[string]*int {
	f := map[string]*int{
		"near_share": &w.NearShare, "target_skills": &w.TargetSkills, "duty_skills": &w.DutySkills, "near_km": &w.NearKM, "far_km": &w.FarKM,
		"low_pay": &w.LowPay, "high_pay": &w.HighPay, "best_tutor": &w.BestTutor, "worst_tutor": &w.WorstTutor, "wishes": &w.Wishes,
	}
	for c := range criteria {
		f[c.Key()] = &w.Max[c]
	}
	return f
}

// Map returns the weights as they are stored with a round.
func (w Weights) Map() map[string]int {
	out := make(map[string]int)
	for k, v := range w.fields() {
		out[k] = *v
	}
	return out
}

// WeightsOf returns the default weights with the given numbers in place of theirs,
// checked.
func WeightsOf(stored map[string]int) (Weights, error) {
	w := DefaultWeights()
	fields := w.fields()
	for _, k := range slices.Sorted(maps.Keys(stored)) {
		f, ok := fields[k]
		if !ok {
			return Weights{}, fmt.Errorf("没有叫 %q 的权重", k)
		}
		*f = stored[k]
	}
	return w, w.Check()
}

// Check returns an error in Chinese that names the number that breaks a rule.
func (w Weights) Check() error {
	sum := 0
	for c := range criteria {
		if w.Max[c] < 0 {
			return fmt.Errorf("“%s”的权重 %d 是负数", c.Words(), w.Max[c])
		}
		sum += w.Max[c]
	}
	switch {
	case sum != Full:
		return fmt.Errorf("各项权重合计 %d.%02d 分，应为 100 分", sum/100, sum%100)
	case w.NearShare < 0 || w.NearShare > 100:
		return fmt.Errorf("相近专业的比例 %d%% 应在 0 至 100 之间", w.NearShare)
	case w.TargetSkills < 1 || w.DutySkills < 1:
		return fmt.Errorf("技能满分所需的项数 %d 和 %d 应不少于 1", w.TargetSkills, w.DutySkills)
	case w.NearKM < 0 || w.FarKM <= w.NearKM || w.FarKM > 20000:
		return fmt.Errorf("距离 %d 和 %d 公里应是从小到大的两个数，最大 20000", w.NearKM, w.FarKM)
	case w.LowPay < 0 || w.HighPay <= w.LowPay || w.HighPay > 1000:
		return fmt.Errorf("报酬比例 %d%% 和 %d%% 应是从小到大的两个数，最大 1000", w.LowPay, w.HighPay)
	case w.BestTutor < 1 || w.WorstTutor <= w.BestTutor || w.WorstTutor > 1000:
		return fmt.Errorf("每位师傅带 %d 人和 %d 人应是从小到大的两个数，最大 1000", w.BestTutor, w.WorstTutor)
	case w.Wishes < 1:
		return fmt.Errorf("计分的志愿数 %d 应不少于 1", w.Wishes)
	}
	return nil
}
