package sheets

import (
	"strings"
)

// lookUp checks a code's shape and asks the catalogue.
func lookUp(look Lookup, text, noun string, minLen, maxLen int) (any, error) {
	s := strings.ToUpper(strings.TrimSpace(narrow(text)))
	if look == nil {
		isCode := strings.Trim(s, "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
		if isCode && (len(s) < minLen || len(s) > maxLen) {
			return nil, wrong("", "%s不是%s代码", short(text), noun)
		}
		return s, nil
	}
	code, nearest, ok := look(s)
	if ok {
		return code, nil
	}
	if s != strings.TrimSpace(text) { // a name may hold full-width signs on purpose
		if code, _, ok := look(strings.TrimSpace(text)); ok {
			return code, nil
		}
	}
	if len(nearest) > 0 {
		return nil, wrong("相近的有 "+strings.Join(nearest, "、"), "没有%s %s", noun, short(text))
	}
	return nil, wrong("", "没有%s %s", noun, short(text))
}

func (im *Import) creditCode(text string) (any, error) {
	s := strings.ToUpper(strings.ReplaceAll(narrow(strings.TrimSpace(text)), " ", ""))
	check := im.opt.Lookups.CreditCode
	if check == nil {
		check = checkCreditCode
	}
	if err := check(s); err != nil {
		return nil, wrong("", "%s：%s", short(text), err)
	}
	return s, nil
}

// checkCreditCode verifies a unified social credit code 统一社会信用代码 by GB
// 32100-2015: 18 characters without I, O, S, V, Z; the last is 31 minus the sum of
// the others weighted by powers of 3, modulo 31.
func checkCreditCode(code string) error {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if lostDigits(code) {
		return wrong("", "Excel 把代码存成了数字，末尾几位已经丢失；请把这一列设为文本后重填")
	}
	if len(code) != 18 {
		return wrong("", "有 %d 位，应是 18 位", len([]rune(code)))
	}
	sum, weight := 0, 1
	for i := range 18 {
		v := strings.IndexByte(alphabet, code[i])
		if v < 0 {
			return wrong("", "第 %d 位不能是 %q，代码里没有字母 I、O、S、V、Z", i+1, code[i])
		}
		if i == 17 {
			if want := alphabet[(31-sum%31)%31]; code[17] != want {
				return wrong("", "校验码不对，末位应是 %c；多半是抄错了某一位", want)
			}
			break
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return nil
}

// lostDigits recognises a long number that a spreadsheet has rounded to 15 digits.
func lostDigits(s string) bool { return strings.Contains(s, "E+") }

// parseID verifies an ID number by GB 11643-1999: a date of birth that exists and
// the check character of ISO 7064 MOD 11-2.
func parseID(text string, demo bool) (any, error) {
	s := strings.ToUpper(strings.ReplaceAll(narrow(strings.TrimSpace(text)), " ", ""))
	switch {
	case lostDigits(s):
		return nil, wrong("", "Excel 把号码存成了数字，末尾几位已经丢失；请把这一列设为文本后重填")
	case len(s) != 18 || strings.Trim(s[:17], "0123456789") != "":
		return nil, wrong("", "不是 18 位身份证号")
	case s[:2] == "99" && !demo:
		return nil, wrong("", "地区码不存在")
	}
	if _, err := parseDate(s[6:14]); err != nil {
		return nil, wrong("", "身份证号里的出生日期不存在")
	}
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(s[i]-'0') * weight
	}
	if want := "10X98765432"[sum%11]; s[17] != want {
		return nil, wrong("", "身份证号的校验码不对，多半是抄错了某一位")
	}
	return s, nil
}
