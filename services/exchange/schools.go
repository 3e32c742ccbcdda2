package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoSchool = partnership.Refuse(partnership.ErrNotFound, "没有这所学校，或者您无权查看。请从“学校”页重新打开")

// OverseenSchools lists the schools an officer answers for, by name: a district those of
// its region, the operator all.
func (x *Exchange) OverseenSchools(ctx context.Context, actor partnership.Actor, l List) ([]partnership.School, string, error) {
	if !actor.SeesAll() {
		return nil, "", partnership.Refuse(partnership.ErrForbidden, "学校由区教委和平台运维管理")
	}
	return x.schools.Page(ctx, store.Query{Where: within(actor, "region"), Sort: []store.Sort{store.Asc("name")}, After: l.After, Limit: l.limit()})
}

// OverseenSchool is a school that the officer answers for.
func (x *Exchange) OverseenSchool(ctx context.Context, actor partnership.Actor, id string) (partnership.School, error) {
	s, err := x.schools.Get(ctx, id)
	if err == nil && !actor.Oversees(s.Region) {
		err = errNoSchool
	}
	return s, known(err, errNoSchool)
}

// schoolKinds are the kinds of schools (学校类别), by the catalogue in which their majors stand.
var schoolKinds = map[string]catalogue.Level{"中职": catalogue.Secondary, "技工": catalogue.Technician, "高职": catalogue.College}

// SaveSchool registers a school, or changes what it is and which majors it offers; offered is
// a line for each: name or code, then in any order the first year of enrolment and the
// programme (学制). A district's schools lie in its region. Cohorts keep what they were
// registered with.
func (x *Exchange) SaveSchool(ctx context.Context, actor partnership.Actor, draft partnership.School, offered string) (partnership.School, error) {
	if !actor.SeesAll() {
		return draft, partnership.Refuse(partnership.ErrForbidden, "学校由区教委和平台运维登记")
	}
	if err := x.checkSchool(ctx, actor, &draft, offered); err != nil {
		return draft, err
	}
	if draft.ID == "" {
		draft.ID, draft.Suspended, draft.Steps, draft.Sample = x.newID(), false, nil, false
		if err := x.schools.Insert(ctx, &draft); err != nil {
			return draft, fmt.Errorf("create school: %w", err)
		}
		return draft, nil
	}
	old, err := x.OverseenSchool(ctx, actor, draft.ID)
	if err != nil {
		return draft, err
	}
	if draft.Rev != old.Rev {
		return draft, partnership.Refuse(partnership.ErrConflict, "学校信息刚被别人改过，您的修改没有保存。请返回重新打开")
	}
	draft.Record, draft.Suspended, draft.Steps, draft.Sample = old.Record, old.Suspended, old.Steps, old.Sample
	for i := range draft.Majors { // what the lines do not say
		m := &draft.Majors[i]
		if k := slices.IndexFunc(old.Majors, func(o partnership.OfferedMajor) bool { return o.Code == m.Code }); k >= 0 {
			m.Category = old.Majors[k].Category
		}
	}
	if err := x.schools.Replace(ctx, &draft); err != nil {
		return draft, fmt.Errorf("save school: %w", err)
	}
	return draft, nil
}

// checkSchool checks the fields and fills in the majors.
func (x *Exchange) checkSchool(ctx context.Context, actor partnership.Actor, s *partnership.School, offered string) error {
	bad := partnership.Invalid{}
	s.Name, s.Short, s.Authority = strings.TrimSpace(s.Name), strings.TrimSpace(s.Short), strings.TrimSpace(s.Authority)
	if n := len([]rune(s.Name)); n < 4 || n > 40 {
		bad.Add("name", "学校名称应为 4 到 40 个字，请写全称")
	}
	if len([]rune(s.Short)) > 12 {
		bad.Add("short", "简称最多 12 个字")
	}
	level, ok := schoolKinds[s.Kind]
	if !ok {
		bad.Add("kind", "请选择学校类别")
	}
	if n := len([]rune(s.Authority)); n < 2 || n > 40 {
		bad.Add("authority", "请写主管部门，如“区教育委员会”或“区人力资源和社会保障局”；实习向它备案")
	}
	if _, ok := x.cat().Region(s.Region); !ok {
		bad.Add("region", "请选择学校所在的区县")
	} else if !actor.Oversees(s.Region) {
		bad.Add("region", "这个区县不归您管，请由那里的教委登记")
	}
	if p := s.Point; p != nil && (p.Lng < 73 || p.Lng > 136 || p.Lat < 3 || p.Lat > 54) {
		bad.Add("lng", "经度应在 73 到 136、纬度应在 3 到 54 之间；不知道请两项都留空")
	}
	all, err := x.Schools(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].ID != s.ID && all[i].Name == s.Name {
			bad.Add("name", "已经登记了“%s”，请到“学校”页修改它", s.Name)
		}
	}
	s.Majors = x.readMajors(offered, level, bad)
	return bad.Err()
}

// programme is how schools write how long a major takes: 三年, 五年制, 3+2, 三年/3+4.
var programme = regexp.MustCompile(`^[\d一二三四五六]+(年制?|\+\d)(/[\d一二三四五六]+(年制?|\+\d))*$`)

// readMajors reads the majors of a school. A name that is only near one is asked back,
// never guessed.
func (x *Exchange) readMajors(text string, level catalogue.Level, bad partnership.Invalid) []partnership.OfferedMajor {
	var out []partnership.OfferedMajor
	for n, line := range strings.Split(text, "\n") {
		parts := strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，;；、", r) })
		if len(parts) == 0 {
			continue
		}
		r := x.cat().ResolveMajor(parts[0], level)
		if !r.Sure {
			near := ""
			for _, c := range r.Candidates[:min(3, len(r.Candidates))] {
				near += c.Major.Code + " " + c.Major.Name + "（" + string(c.Major.Level) + "）；"
			}
			bad.Add("majors", "第 %d 行“%s”：专业目录里没有完全一致的名称。相近的：%s请改写为六位代码", n+1, parts[0], cmp.Or(near, "没有；"))
			continue
		}
		o := partnership.OfferedMajor{Code: r.Major.Code, Name: r.Major.Name}
		for _, p := range parts[1:] {
			year, err := strconv.Atoi(strings.TrimSuffix(p, "年"))
			also := x.cat().ResolveMajor(p, level)
			switch {
			case also.Sure && also.Major.Code != o.Code:
				bad.Add("majors", "第 %d 行“%s”和“%s”不是同一个专业", n+1, parts[0], p)
			case also.Sure: // code and name
			case err == nil && year >= 1950 && year <= 2100:
				o.Since = year
			case programme.MatchString(p):
				o.Programme = p
			default: // the school's own wording
				o.Name = p
			}
		}
		if i := slices.IndexFunc(out, func(have partnership.OfferedMajor) bool { return have.Code == o.Code }); i >= 0 {
			bad.Add("majors", "第 %d 行“%s”：这个专业（%s）上面已经写过", n+1, parts[0], o.Code)
			continue
		}
		out = append(out, o)
	}
	if len(out) == 0 && len(bad["majors"]) == 0 {
		bad.Add("majors", "请写学校开设的专业，一行一个；班级批次、毕业去向和匹配都要用到")
	}
	return out
}

// OfferedLines writes the majors of a school as SaveSchool reads them.
func OfferedLines(majors []partnership.OfferedMajor) string {
	lines := make([]string, len(majors))
	for i, m := range majors {
		lines[i] = m.Code + " " + m.Name
		if m.Since > 0 {
			lines[i] += " " + strconv.Itoa(m.Since)
		}
		if m.Programme != "" {
			lines[i] += " " + m.Programme
		}
	}
	return strings.Join(lines, "\n")
}

// ActSchool suspends a school, so that none of its accounts can be used, or lets it in
// again. Its records stay as they are, and students on post are followed by the companies.
func (x *Exchange) ActSchool(ctx context.Context, actor partnership.Actor, id, verb, why string) (partnership.School, error) {
	if !actor.SeesAll() {
		return partnership.School{}, partnership.Refuse(partnership.ErrForbidden, "只有区教委和平台运维可以暂停学校")
	}
	s, err := x.schools.Edit(ctx, id, func(s *partnership.School) error {
		if !actor.Oversees(s.Region) {
			return errNoSchool
		}
		switch verb {
		case "suspend":
			return s.Suspend(actor, x.stamp(), why)
		case "resume":
			return s.Resume(actor, x.stamp())
		}
		return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
	})
	return s, known(err, errNoSchool)
}

// barredSchool says why the accounts of a school may not be used now.
func (x *Exchange) barredSchool(ctx context.Context, id string) (string, error) {
	s, err := x.schools.Get(ctx, id)
	switch {
	case errors.Is(err, partnership.ErrNotFound):
		return "", nil // an account made before its school
	case err != nil:
		return "", fmt.Errorf("school of an account: %w", err)
	case s.Suspended:
		return "贵校已被区教委暂停，账号暂时不能登录。请联系区教委了解原因", nil
	}
	return "", nil
}
