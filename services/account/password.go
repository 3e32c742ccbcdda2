package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ccojocar/zxcvbn-go"
	"golang.org/x/crypto/argon2"

	"sunmao/services/partnership"
)

// Cost of argon2id: the floor OWASP gives (2 passes, 19 MiB, one lane).
var floor = cost{passes: 2, memoryKB: 19 * 1024, lanes: 1}

const (
	keyLen  = 32
	saltLen = 16
	queue   = 64 // sign-ins that may wait for a place; one more is told to come back
)

type cost struct {
	passes, memoryKB uint32
	lanes            uint8
}

const (
	shortest = 12
	longestP = 128
)

// local are words that somebody who knows the platform would try first.
var local = []string{"sunmao", "rongchang", "榫卯", "荣昌", "jiaowei", "zhijiao", "admin", "district", "school", "company", "operator"}

// judged is how many characters at either end are judged: with more, a password made of signs
// that stand for letters would keep the server busy for seconds.
const judged = 16

// CheckPassword adds the reasons against a password: 12 to 128 characters, and not one that is
// found in fewer than 10^8 guesses, by zxcvbn (Wheeler 2016, USENIX Security) with its lists of
// 30,000 passwords from leaks, names, words, keyboard rows, repeats and dates, and with the
// login. There are no composition rules: length protects, rules make people write passwords
// down (ASVS 5.0, 6.2).
func CheckPassword(bad partnership.Invalid, login, password string) {
	text := []rune(password)
	if len(text) < shortest || len(text) > longestP {
		bad.Add("password", "密码应为 %d 到 %d 个字符，可以是一句话", shortest, longestP)
		return
	}
	known := append([]string{login}, local...)
	easy := func(part []rune) bool {
		return zxcvbn.PasswordStrength(strings.ToLower(string(part)), known).Score < 2
	}
	if easy(text[:min(judged, len(text))]) && easy(text[max(0, len(text)-judged):]) {
		bad.Add("password", "这个密码太好猜：常见密码、人名、键盘上的一排、日期、重复，或与账号名相近。请换一个，最好是只有您想得到的一句话")
	}
}

// hash waits for a place, so that many sign-ins at once cannot exhaust memory.
func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	if err := a.admit(ctx); err != nil {
		return "", err
	}
	defer a.leave()
	return hash(password, a.cost)
}

func (a *Accounts) matches(ctx context.Context, h, password string) (bool, error) {
	if err := a.admit(ctx); err != nil {
		return false, err
	}
	defer a.leave()
	return matches(h, password)
}

func (a *Accounts) admit(ctx context.Context) error {
	if a.waiting.Add(1) > queue {
		a.waiting.Add(-1)
		return partnership.Refuse(partnership.ErrUnavailable, "现在登录的人太多，请过几秒再试")
	}
	defer a.waiting.Add(-1)
	select {
	case a.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Accounts) leave() { <-a.hashing }

// hash returns the PHC string of a fresh salt and the password's argon2id key.
func hash(password string, c cost) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("password salt: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, c.passes, c.memoryKB, c.lanes, keyLen)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memoryKB, c.passes, c.lanes, b64(salt), b64(key)), nil
}

func matches(h, password string) (bool, error) {
	var v int
	var m, t uint32
	var p uint8
	parts := strings.Split(h, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("stored password hash has an unknown form")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &v); err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) > 1024 {
		return false, fmt.Errorf("stored password hash has an unknown form")
	}
	got := argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(want))) //nolint:gosec // bounded above
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
