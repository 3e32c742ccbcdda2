package sheets

import (
	"errors"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
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

// creditCode checks a 统一社会信用代码 and returns it in capitals.
func creditCode(text string) (any, error) {
	if lostDigits(text) {
		return nil, wrong("", "Excel 把代码存成了数字，末尾几位已经丢失；请把这一列设为文本后重填")
	}
	code, err := catalogue.CreditCode(text)
	if err != nil {
		return nil, wrong("", "%s", sentence(err, "credit_code"))
	}
	return code, nil
}

// sentence takes the words for a field out of an error of bad input.
func sentence(err error, field string) string {
	var bad partnership.Invalid
	if errors.As(err, &bad) && len(bad[field]) > 0 {
		return strings.Join(bad[field], "；")
	}
	return err.Error()
}

// lostDigits recognises a long number that a spreadsheet has rounded to 15 digits.
func lostDigits(s string) bool { return strings.Contains(strings.ToUpper(s), "E+") }

// residentID checks a 身份证号. Its sentences never repeat the number. Regions 99xxxx
// do not exist; only demo data may use them.
func residentID(text string, demo bool) (any, error) {
	if lostDigits(text) {
		return nil, wrong("", "Excel 把号码存成了数字，末尾几位已经丢失；请把这一列设为文本后重填")
	}
	id, err := catalogue.ResidentID(text)
	if err != nil {
		return nil, wrong("", "%s", sentence(err, "id_number"))
	}
	if strings.HasPrefix(id, "99") && !demo {
		return nil, wrong("", "身份证号的地区码不存在")
	}
	return id, nil
}
