package matching

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// fit puts the numbers of a pair in words.
func (r *pair) fit(w *Weights) Fit {
	f := Fit{Points: r.points, Level: r.level, Version: Version}
	if r.refused != open {
		f.Refused, f.Cause = r.gateWords(), gates[r.refused]
		return f
	}
	f.Parts = make([]Part, criteria)
	for c := range criteria {
		why, raise := r.words(c, w)
		if r.got[c] == w.Max[c] {
			raise = ""
		}
		f.Parts[c] = Part{Criterion: c, Got: r.got[c], Of: w.Max[c], Why: why, Raise: raise}
	}
	byGot := slices.SortedStableFunc(slices.Values(f.Parts), func(a, b Part) int { return cmp.Compare(b.Got, a.Got) })
	for _, p := range byGot {
		if p.Got > 0 && p.Why != "" {
			f.Reasons = append(f.Reasons, p.Why)
		}
	}
	byGain := slices.SortedStableFunc(slices.Values(f.Parts), func(a, b Part) int { return cmp.Compare(b.Of-b.Got, a.Of-a.Got) })
	for _, p := range byGain {
		if p.Raise != "" {
			f.Raise = append(f.Raise, fmt.Sprintf("%s（最多可加 %s 分）", p.Raise, Points(p.Of-p.Got)))
		}
	}
	return f
}

// Points writes hundredths of a point: 8650 is 86.5.
func Points(hundredths int) string {
	sign := ""
	if hundredths < 0 {
		sign, hundredths = "-", -hundredths
	}
	switch {
	case hundredths%100 == 0:
		return fmt.Sprintf("%s%d", sign, hundredths/100)
	case hundredths%10 == 0:
		return fmt.Sprintf("%s%d.%d", sign, hundredths/100, hundredths/10%10)
	}
	return fmt.Sprintf("%s%d.%02d", sign, hundredths/100, hundredths%100)
}

func (r *pair) gateWords() string {
	p, s := r.post, r.seeker
	switch r.refused {
	case forbidden:
		return p.Forbidden
	case otherKind:
		return fmt.Sprintf("岗位招的是%s，这里要的是%s", p.Kind, s.Kind)
	case tooYoung:
		return fmt.Sprintf("岗位要求年满 %d 周岁，这里最小的只有 %d 周岁", p.MinAge, s.MinAge)
	case wrongMajor:
		return fmt.Sprintf("专业%s：%s不在岗位所需专业内，本校要求至少%s", r.level.Words(), or(s.MajorName, s.Major), s.MinLevel.Words())
	case noOverlap:
		return fmt.Sprintf("时间不重合：岗位 %s 至 %s，这里 %s 至 %s", p.From, p.To, s.From, s.To)
	case tooFarOff:
		return fmt.Sprintf("相距 %s 公里，超过了所定的 %g 公里", kilometres(r.metres), s.MaxKM)
	case tooLittlePay:
		return fmt.Sprintf("每月 %s 元，低于所定的 %s 元", yuan(p.PayFen), yuan(s.MinPayFen))
	}
	return ""
}

// words says why a criterion earned its points and what would raise it.
func (r *pair) words(c Criterion, w *Weights) (why, raise string) {
	p, s := r.post, r.seeker
	switch c {
	case Alignment:
		return fmt.Sprintf("专业%s（%s）", r.level.Words(), or(s.MajorName, s.Major)), "选对口专业的岗位，或由企业把该专业列入所需专业"
	case Skills:
		return r.skillWords(w)
	case Distance:
		return r.distanceWords(w)
	case Pay:
		return r.payWords(w)
	case Overlap:
		if !p.window.known || !s.window.known {
			return "起止日期没有写全", "写明起止日期"
		}
		return fmt.Sprintf("时间重合 %d 天，占所需 %d 天的 %d%%", r.overlap, s.window.days(), 100*r.overlap/s.window.days()),
			fmt.Sprintf("岗位时间覆盖 %s 至 %s", s.From, s.To)
	case Beds:
		switch {
		case !s.NeedsBeds:
			return "不需要住宿", ""
		case p.Lodging:
			return "提供住宿", ""
		}
		return "需要住宿而岗位不提供", "企业提供统一住宿"
	case Tutors:
		if p.Tutors <= 0 {
			return "没有写明带教师傅", "写明带教师傅人数"
		}
		return fmt.Sprintf("%d 位师傅带 %d 人", p.Tutors, p.Slots), fmt.Sprintf("每位师傅带的学生不超过 %d 人", w.BestTutor)
	case Record:
		return r.recordWords()
	case Wish:
		switch {
		case !r.wishStated:
			return "没有填报志愿", "学生把它填作第一志愿"
		case r.wishPlace == 0:
			return "不在志愿之内", "学生把它填作第一志愿"
		}
		return fmt.Sprintf("第 %d 志愿", r.wishPlace), "学生把它填作第一志愿"
	case Green:
		if s.Green {
			return "绿色通道优先", ""
		}
	}
	return "", ""
}

func (r *pair) skillWords(w *Weights) (why, raise string) {
	need := len(r.post.skills)
	if need == 0 && r.post.duties == "" {
		return "岗位没有写明任务和技能", "企业写明岗位的任务和技能"
	}
	var said []string
	if need > 0 {
		said = append(said, fmt.Sprintf("岗位所需 %d 项技能，课程覆盖 %d 项", need, r.shared))
	}
	if r.told > 0 || need == 0 {
		said = append(said, fmt.Sprintf("岗位任务里写到课程中的 %d 项", r.told))
	}
	if need == 0 {
		return said[0], fmt.Sprintf("企业逐项写明所需技能，或课程里再有 %d 项岗位任务写到的技能", max(w.DutySkills-r.told, 0))
	}
	var missing []string
	for _, n := range r.post.skills {
		if len(missing) < 3 && !meets(r.seeker.skills, n) {
			missing = append(missing, n)
		}
	}
	return strings.Join(said, "；"), "补上" + strings.Join(missing, "、")
}

func (r *pair) distanceWords(w *Weights) (why, raise string) {
	if r.metres < 0 {
		return [...]string{"不在同一省份或没有写明地点", "同省", "同市", "同区县"}[r.nearness], "双方写明详细地址"
	}
	return fmt.Sprintf("相距 %s 公里", kilometres(r.metres)), fmt.Sprintf("选 %d 公里以内的岗位", w.NearKM)
}

func (r *pair) payWords(w *Weights) (why, raise string) {
	p := r.post
	switch {
	case p.PayFen <= 0:
		return "没有写明报酬", "企业写明报酬"
	case p.ReferenceFen <= 0:
		return fmt.Sprintf("每月 %s 元，没有可比的相同岗位工资", yuan(p.PayFen)), "企业写明相同岗位工资"
	}
	return fmt.Sprintf("每月 %s 元，为相同岗位参考 %s 元的 %d%%", yuan(p.PayFen), yuan(p.ReferenceFen), 100*min(p.PayFen, 1<<40)/p.ReferenceFen),
		fmt.Sprintf("报酬提高到 %s 元", yuan((min(p.ReferenceFen, 1<<40)*int64(w.HighPay)+99)/100))
}

func (r *pair) recordWords() (why, raise string) {
	h := r.post.History
	if h.Asked+h.Started+h.Promised == 0 {
		return "企业在平台上还没有往来记录", "企业及时答复并按约完成"
	}
	var said []string
	for _, x := range []struct {
		what      string
		good, all int
	}{{"次安排答复了 %d 次", h.Answered, h.Asked}, {"人实习完成了 %d 人", h.Completed, h.Started}, {"项承诺兑现了 %d 项", h.Kept, h.Promised}} {
		if x.all > 0 {
			said = append(said, fmt.Sprintf("%d "+x.what, x.all, x.good))
		}
	}
	return "企业以往 " + strings.Join(said, "，"), "企业及时答复并按约完成"
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func yuan(fen int64) string {
	if fen%100 == 0 {
		return fmt.Sprint(fen / 100)
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}

// kilometres rounds to tenths.
func kilometres(m int64) string {
	return fmt.Sprintf("%d.%d", (m+50)/1000, (m+50)%1000/100)
}
