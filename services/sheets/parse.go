package sheets

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// value reads one cell. It returns nil for an empty cell of an optional column, or
// the sentences of what is wrong and what is allowed.
func (im *Import) value(c *Column, text string) (v any, what, allowed string) {
	if text == "" {
		if c.Required {
			return nil, "没有填", "必填；" + c.allowed()
		}
		return nil, "", ""
	}
	if !c.Many {
		return im.single(c, text)
	}
	list := []string{}
	for _, part := range splitList(text) {
		v, what, allowed := im.single(c, part)
		if what != "" {
			return nil, what, allowed
		}
		if s, ok := v.(string); ok && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list, "", ""
}

// splitList splits a cell that holds several values.
func splitList(text string) []string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("；;、|，,\n", r) })
	out := parts[:0]
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// JoinList writes several values into one cell so that they are read back.
func JoinList(values []string) string { return strings.Join(values, "；") }

func (im *Import) single(c *Column, text string) (v any, what, allowed string) {
	var err error
	switch c.Type {
	case Text:
		v, err = parseText(c, text)
	case Count:
		v, err = parseCount(c, text)
	case Number:
		v, err = parseNumber(c, text)
	case Money:
		v, err = parseMoney(c, text)
	case Percent:
		v, err = parsePercent(text)
	case Date:
		v, err = parseDate(text)
	case Enum:
		v, err = parseEnum(c, text)
	case Bool:
		v, err = parseBool(text)
	case Phone:
		v, err = parsePhone(text)
	case IDNumber:
		v, err = residentID(text, im.opt.Demo)
	case CreditCode:
		v, err = creditCode(text)
	case MajorCode:
		v, err = lookUp(im.opt.Lookups.Major, text, "专业", 6, 7)
	case RegionCode:
		v, err = lookUp(im.opt.Lookups.Region, text, "地区", 6, 6)
	case Occupation:
		v, err = lookUp(im.opt.Lookups.Occupation, text, "职业", 7, 10)
	case Industry:
		v, err = lookUp(im.opt.Lookups.Industry, text, "行业", 1, 5)
	}
	if err == nil {
		return v, "", ""
	}
	var bad *cellError
	if errors.As(err, &bad) {
		what, allowed = bad.what, bad.allowed
	} else {
		what = err.Error()
	}
	if allowed == "" {
		allowed = c.allowed()
	}
	return nil, what, allowed
}

// cellError is what is wrong with a cell; allowed is empty if the column says it.
type cellError struct{ what, allowed string }

func (e *cellError) Error() string { return e.what }

func wrong(allowed, what string, args ...any) error {
	return &cellError{fmt.Sprintf(what, args...), allowed}
}

// short quotes a cell in a message, cut to a readable length.
func short(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	if r := []rune(s); len(r) > 30 {
		s = string(r[:30]) + "…"
	}
	return "「" + s + "」"
}

// allowed is the sentence of what a column takes.
func (c *Column) allowed() string {
	s := c.rule()
	if c.Example != "" && c.Type != Enum && c.Type != Bool {
		s += "，例如 " + c.Example
	}
	return s
}

func (c *Column) rule() string {
	lo, hi := c.limits()
	switch c.Type {
	case Count:
		return fmt.Sprintf("%s 到 %s 的整数", plain(lo), plain(hi))
	case Number:
		return fmt.Sprintf("%s 到 %s 的数", plain(lo), plain(hi))
	case Money:
		_, unit := c.moneyUnit()
		return fmt.Sprintf("%s 到 %s %s，最多到分", plain(lo), plain(hi), unit)
	case Percent:
		return "0% 到 100%，带百分号"
	case Date:
		return "年-月-日"
	case Enum:
		return strings.Join(c.Allowed, "、")
	case Bool:
		return "是 或 否"
	case CreditCode:
		return "18 位统一社会信用代码"
	case MajorCode:
		return "专业目录里的 6 位代码或名称"
	case RegionCode:
		return "6 位行政区划代码或名称"
	case Occupation:
		return "职业分类大典编码，如 6-18-01-01"
	case Industry:
		return "GB/T 4754 行业代码或名称"
	case Phone:
		return "11 位手机号，或带区号的电话"
	case IDNumber:
		return "18 位身份证号"
	}
	return fmt.Sprintf("不超过 %s 个字", plain(hi))
}

func (c *Column) limits() (lo, hi float64) {
	if c.Max > 0 {
		return c.Min, c.Max
	}
	switch c.Type {
	case Text:
		return 0, 500
	case Count, Number, Money:
		return c.Min, 1e9
	}
	return c.Min, c.Max
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func parseText(c *Column, text string) (any, error) {
	if _, hi := c.limits(); utf8.RuneCountInString(text) > int(hi) {
		return nil, wrong("", "有 %d 个字", utf8.RuneCountInString(text))
	}
	return text, nil
}

// digits prepares a number as people write it: full-width digits, grouping commas
// and a unit behind.
func digits(text string) string {
	s := strings.TrimSpace(narrow(text))
	for _, unit := range []string{"万元", "元/月", "元", "人", "名", "个", "天", "小时", "年", "级", "公斤", "kg", "次"} {
		if t, ok := strings.CutSuffix(s, unit); ok {
			s = strings.TrimSpace(t)
			break
		}
	}
	if strings.Contains(s, ",") && grouped(s) {
		s = strings.ReplaceAll(s, ",", "")
	}
	return s
}

// grouped reports whether the commas of s group digits by three.
func grouped(s string) bool {
	whole, _, _ := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	parts := strings.Split(whole, ",")
	for i, p := range parts {
		if i == 0 && (len(p) < 1 || len(p) > 3) || i > 0 && len(p) != 3 {
			return false
		}
	}
	return true
}

// decimal parses a plain decimal number; exponents, hexadecimal and Inf are not
// what people write.
func decimal(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "+-0123456789.") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

func inLimits(c *Column, v float64, text string) error {
	lo, hi := c.limits()
	switch {
	case v < 0 && lo >= 0:
		return wrong("", "%s 是负数", short(text))
	case v < lo:
		return wrong("", "%s 太小", short(text))
	case v > hi:
		return wrong("", "%s 太大", short(text))
	}
	return nil
}

func parseCount(c *Column, text string) (any, error) {
	v, ok := decimal(digits(text))
	if !ok {
		return nil, wrong("", "%s 不是整数", short(text))
	}
	if err := inLimits(c, v, text); err != nil {
		return nil, err
	}
	if v != math.Trunc(v) {
		return nil, wrong("", "%s 不是整数", short(text))
	}
	return int(v), nil
}

func parseNumber(c *Column, text string) (any, error) {
	v, ok := decimal(digits(text))
	if !ok {
		return nil, wrong("", "%s 不是数", short(text))
	}
	return v, inLimits(c, v, text)
}

// parseMoney reads an amount in the unit of its column, or in the one written behind it:
// 0.3万元 in a column of yuan is 3000.
func parseMoney(c *Column, text string) (any, error) {
	s := strings.TrimPrefix(strings.TrimSpace(narrow(text)), "¥")
	s = strings.TrimSpace(strings.TrimPrefix(s, "￥"))
	bare := strings.TrimSuffix(strings.TrimSuffix(s, "/月"), "元")
	wan := strings.HasSuffix(bare, "万")
	v, ok := decimal(digits(strings.TrimSuffix(bare, "万")))
	if !ok {
		return nil, wrong("", "%s 不是金额", short(text))
	}
	per, _ := c.moneyUnit()
	switch {
	case wan && per != 10_000:
		v *= 10_000 / per
	case !wan && bare != s && per != 1:
		v /= per
	}
	if err := inLimits(c, v, text); err != nil {
		return nil, err
	}
	scale := 100 * per
	fen := math.Round(v * scale)
	if math.Abs(fen-v*scale) > 1e-4+math.Abs(fen)*1e-12 { // more than what binary fractions lose
		return nil, wrong("", "%s 比分还小", short(text))
	}
	return int64(fen), nil
}

func parsePercent(text string) (any, error) {
	s := strings.TrimSpace(narrow(text))
	num, signed := strings.CutSuffix(s, "%")
	v, ok := decimal(strings.TrimSpace(num))
	switch {
	case !ok:
		return nil, wrong("", "%s 不是百分数", short(text))
	case v < 0:
		return nil, wrong("", "%s 是负数", short(text))
	case v > 100:
		return nil, wrong("", "%s 超过 100%%", short(text))
	case !signed && v > 0 && v <= 1:
		return nil, wrong("", "%s 看不出是百分之几", short(text))
	}
	return v / 100, nil
}

var dateForms = []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102", "2006-1-2 15:04:05", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006-01-02T15:04:05"}

func parseDate(text string) (any, error) {
	s := strings.ReplaceAll(strings.TrimSpace(narrow(text)), " 月", "月")
	for _, f := range dateForms {
		t, err := time.Parse(f, s)
		if err != nil {
			continue
		}
		if y := t.Year(); y < 1900 || y > 2100 {
			return nil, wrong("", "%s 的年份不对", short(text))
		}
		return t.Format(time.DateOnly), nil
	}
	return nil, wrong("", "%s 不是日期", short(text))
}

func parseEnum(c *Column, text string) (any, error) {
	s, grade := strings.TrimSpace(text), ""
	if c.Graded {
		s, grade = splitGrade(s)
	}
	v, err := enumValue(c, s)
	if err != nil {
		return nil, wrong("", "不认识 %s", short(text))
	}
	return v + grade, nil
}

// splitGrade takes the grade off 高处2级 or 高处（2 级）.
func splitGrade(s string) (name, grade string) {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune("() ", r) {
			return -1
		}
		return r
	}, narrow(s))
	body, ok := strings.CutSuffix(plain, "级")
	if n := len(body); ok && n > 1 && body[n-1] >= '1' && body[n-1] <= '9' {
		return body[:n-1], body[n-1:] + "级"
	}
	return s, ""
}

// Meaning is the value of an Enum column that a text stands for, the text itself if none.
func (c *Column) Meaning(text string) string {
	if v, err := enumValue(c, text); err == nil {
		return v
	}
	return text
}

func enumValue(c *Column, s string) (string, error) {
	folded := strings.ToLower(narrow(s))
	for _, a := range c.Allowed {
		if s == a || folded == strings.ToLower(narrow(a)) {
			return a, nil
		}
	}
	for _, k := range []string{s, folded, strings.ToUpper(folded)} {
		if a, ok := c.Means[k]; ok {
			return a, nil
		}
	}
	return "", wrong("", "不认识 %s", short(s))
}

func parseBool(text string) (any, error) {
	switch strings.ToLower(narrow(strings.TrimSpace(text))) {
	case "是", "有", "对", "√", "y", "yes", "true", "1", "提供":
		return true, nil
	case "否", "无", "没有", "不", "×", "n", "no", "false", "0", "不提供":
		return false, nil
	}
	return nil, wrong("", "%s 不是“是”或“否”", short(text))
}

func parsePhone(text string) (any, error) {
	s := strings.Map(func(r rune) rune {
		if r == ' ' {
			return -1
		}
		return r
	}, narrow(text))
	d := strings.ReplaceAll(strings.TrimPrefix(s, "+86"), "-", "")
	if len(d) < 7 || len(d) > 16 || strings.Trim(d, "0123456789") != "" {
		return nil, wrong("", "%s 不是电话号码", short(text))
	}
	return s, nil
}
