package catalogue

import (
	"strings"

	"sunmao/services/partnership"
)

// creditAlphabet is the 31 characters of GB 32100-2015: no I, O, S, V, Z.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// CreditCode checks a unified social credit code (统一社会信用代码, GB 32100-2015):
// 18 characters of the standard's alphabet, the third to eighth digits as of an administrative
// code, the last a check character (weights 3^i mod 31). It returns the code in
// capitals, or a partnership.Invalid on the field credit_code that says which rule fails and what is allowed.
func CreditCode(s string) (string, error) {
	code := strings.ToUpper(fold(s))
	if code == "" {
		return "", refuse("credit_code", "没有填统一社会信用代码；应为18位数字或大写字母")
	}
	if n := len([]rune(code)); n != 18 {
		return "", refuse("credit_code", "统一社会信用代码“%s”有%d位，应为18位", s, n)
	}
	var v [18]int
	for i, r := range []rune(code) {
		at := strings.IndexRune(creditAlphabet, r)
		if at < 0 {
			return "", refuse("credit_code", "统一社会信用代码第%d位“%c”不在允许的字符里；只用数字和除 I、O、S、V、Z 以外的大写字母", i+1, r)
		}
		v[i] = at
	}
	for i := 2; i < 8; i++ {
		if v[i] > 9 {
			return "", refuse("credit_code", "统一社会信用代码第3至8位是登记机关的行政区划，应全为数字，第%d位是“%c”", i+1, code[i])
		}
	}
	sum, weight := 0, 1
	for _, x := range v[:17] {
		sum += x * weight
		weight = weight * 3 % 31
	}
	if want := creditAlphabet[(31-sum%31)%31]; code[17] != want {
		return "", refuse("credit_code", "统一社会信用代码“%s”的校验码不对：末位是“%c”，按前17位应为“%c”；请对照营业执照逐位核对", code, code[17], want)
	}
	return code, nil
}

// ResidentID checks a resident identity number (公民身份号码, GB 11643-1999): 17 digits and
// a check character, a date that exists. Whether the region exists is not looked at. It
// returns the number in capitals, or a partnership.Invalid on the field id_number. The sentence never repeats the number: it is personal data.
func ResidentID(s string) (string, error) {
	id := strings.ToUpper(fold(s))
	if n := len([]rune(id)); n != 18 {
		return "", refuse("id_number", "身份证号有%d位，应为18位", n)
	}
	sum, weights := 0, [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	for i := range 17 {
		if id[i] < '0' || id[i] > '9' {
			return "", refuse("id_number", "身份证号前17位应全为数字，第%d位不是", i+1)
		}
		sum += int(id[i]-'0') * weights[i]
	}
	if len(id) != 18 {
		return "", refuse("id_number", "身份证号末位应为数字或字母 X")
	}
	month, day := 10*int(id[10]-'0')+int(id[11]-'0'), 10*int(id[12]-'0')+int(id[13]-'0')
	year := 0
	for _, d := range id[6:10] {
		year = year*10 + int(d-'0')
	}
	if year < 1900 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return "", refuse("id_number", "身份证号第7至14位不是存在的日期；应为年月日，如20090501")
	}
	if id[17] != "10X98765432"[sum%11] {
		return "", refuse("id_number", "身份证号的校验码不对，请逐位核对")
	}
	return id, nil
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// refuse says what is wrong with one field.
func refuse(field, format string, args ...any) error {
	v := partnership.Invalid{}
	v.Add(field, format, args...)
	return v.Err()
}
