package account

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // #nosec G505 -- RFC 6238 as authenticator apps speak it; HMAC-SHA1 is not broken
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Time-based one-time passwords 动态验证码 (RFC 6238, on RFC 4226): six digits of
// HMAC-SHA1 over the number of 30-second steps since 1970.
const (
	stepLen   = 30 * time.Second
	codeLen   = 6
	secretLen = 20 // bytes; RFC 4226, 4: 160 bits recommended
	drift     = 1  // steps that a clock may be off, either way
)

var secretText = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSecret returns a fresh secret as authenticator apps take it: base32.
func newSecret() string {
	raw := make([]byte, secretLen)
	_, _ = rand.Read(raw) // never fails, by its documentation
	return secretText.EncodeToString(raw)
}

func stepOf(t time.Time) int64 { return t.Unix() / int64(stepLen/time.Second) }

// codeAt is the code of a step, with n digits (RFC 4226, 5.3).
func codeAt(secret []byte, step int64, n int) string {
	var moving [8]byte
	binary.BigEndian.PutUint64(moving[:], uint64(step)) //nolint:gosec // a count of steps, not negative
	mac := hmac.New(sha1.New, secret)
	mac.Write(moving[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	number := uint64(binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff)
	mod := uint64(1)
	for range n {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", n, number%mod)
}

// matchCode returns the step that a code belongs to, if it is within the drift and
// later than the last one used: a code seen over a shoulder opens nothing twice.
func matchCode(secret, code string, now time.Time, last int64) (int64, bool) {
	raw, err := secretText.DecodeString(secret)
	code = strings.Join(strings.Fields(code), "")
	if err != nil || len(code) != codeLen {
		return 0, false
	}
	for step := stepOf(now) - drift; step <= stepOf(now)+drift; step++ {
		if step > last && hmac.Equal([]byte(codeAt(raw, step, codeLen)), []byte(code)) {
			return step, true
		}
	}
	return 0, false
}

// otpAuth is the address that an authenticator app on the same device opens.
func otpAuth(issuer, login, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {fmt.Sprint(codeLen)}, "period": {fmt.Sprint(int(stepLen / time.Second))}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// recoveries is how many recovery codes stand in for the app; each works once.
const recoveries = 10

// newRecovery returns recovery codes of 80 bits, in groups, and their hashes to store.
func newRecovery() (codes, hashes []string) {
	for range recoveries {
		raw := rand.Text()[:16]
		codes = append(codes, raw[:4]+"-"+raw[4:8]+"-"+raw[8:12]+"-"+raw[12:])
		hashes = append(hashes, recoveryHash(raw))
	}
	return codes, hashes
}

// recoveryHash is what is stored of a recovery code. The code is long and random, so a
// plain hash holds.
func recoveryHash(code string) string {
	return sessionID("recovery|" + strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code)))
}

// CodeOf is what an authenticator app with this secret shows at a time: for tools and
// tests that stand in for one.
func CodeOf(secret string, at time.Time) (string, error) {
	raw, err := secretText.DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("second step: %w", err)
	}
	return codeAt(raw, stepOf(at), codeLen), nil
}
