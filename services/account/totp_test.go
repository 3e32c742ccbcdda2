package account

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"
)

// The SHA1 rows of the table in RFC 6238, appendix B, and the table of RFC 4226, appendix D.
func TestCodeAt_RFCVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := codeAt(secret, stepOf(time.Unix(at, 0)), 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	for step, want := range strings.Fields("755224 287082 359152 969429 338314 254676 287922 162583 399871 520489") {
		if got := codeAt(secret, int64(step), 6); got != want {
			t.Errorf("count %d: %s, want %s", step, got, want)
		}
	}
}

func TestMatchCode(t *testing.T) {
	raw := []byte("12345678901234567890")
	secret := base32.StdEncoding.EncodeToString(raw)
	now := time.Unix(1_800_000_000, 0)
	at := stepOf(now)
	code := func(step int64) string { return codeAt(raw, step, codeLen) }
	for _, tc := range []struct {
		name, secret, code string
		last               int64
		ok                 bool
	}{
		{"now", secret, code(at), 0, true},
		{"with a space in it", secret, code(at)[:3] + " " + code(at)[3:], 0, true},
		{"a step late", secret, code(at - 1), 0, true},
		{"a step early", secret, code(at + 1), 0, true},
		{"two steps late", secret, code(at - 2), 0, false},
		{"two steps early", secret, code(at + 2), 0, false},
		{"used already", secret, code(at), at, false},
		{"older than the one used", secret, code(at - 1), at, false},
		{"the next after the one used", secret, code(at + 1), at, true},
		{"empty", secret, "", 0, false},
		{"too long", secret, code(at) + "0", 0, false},
		{"a secret that is none", "1!", code(at), 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if step, ok := matchCode(tc.secret, tc.code, now, tc.last); ok != tc.ok || ok && step <= tc.last {
				t.Errorf("matchCode = %d, %v, want %v", step, ok, tc.ok)
			}
		})
	}
}

func TestOTPAuth(t *testing.T) {
	got := otpAuth("榫卯 荣昌", "wang", "ABC")
	want := "otpauth://totp/%E6%A6%AB%E5%8D%AF%20%E8%8D%A3%E6%98%8C:wang?algorithm=SHA1&digits=6&issuer=%E6%A6%AB%E5%8D%AF%20%E8%8D%A3%E6%98%8C&period=30&secret=ABC"
	if got != want {
		t.Errorf("otpAuth = %s\nwant      %s", got, want)
	}
}

func TestNewRecovery(t *testing.T) {
	codes, hashes := newRecovery()
	if len(codes) != recoveries || len(hashes) != recoveries || codes[0] == codes[1] || len(codes[0]) != 19 {
		t.Fatalf("codes %v", codes)
	}
	for i, c := range codes {
		if recoveryHash(c) != hashes[i] || recoveryHash(strings.ToLower(strings.ReplaceAll(c, "-", " "))) != hashes[i] {
			t.Errorf("code %d is not found by its hash as people type it", i)
		}
		if strings.Contains(hashes[i], strings.ReplaceAll(c, "-", "")) {
			t.Errorf("hash %d holds the code", i)
		}
	}
}
