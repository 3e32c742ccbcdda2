package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"sunmao/services/partnership"
)

// Sealer seals personal texts with AES-256-GCM under a key derived from the master key.
// A sealed text is "s1.<key id>.<base64url of nonce, ciphertext and tag>". The place it
// belongs to (collection/id/field) is authenticated with it, so that a text copied into
// another document or field does not open.
type Sealer struct {
	aead  cipher.AEAD
	index []byte // key of the blind index
	id    string // tells which master key sealed a text
}

const sealForm = "s1"

// NewSealer derives the keys from a master key of 32 bytes.
func NewSealer(master []byte) (*Sealer, error) {
	if len(master) != 32 {
		return nil, partnership.Refuse(partnership.ErrUnavailable, "没有配置个人信息主密钥（SUNMAO_KEY），不能保存或查看学生个人信息，请联系平台运维")
	}
	derive := func(info string) ([]byte, error) { return hkdf.Key(sha256.New, master, nil, "sunmao "+info, 32) }
	key, err := derive("seal")
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	index, err := derive("blind index")
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	name, err := derive("key id")
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealer: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("sealer: %w", err)
	}
	return &Sealer{aead: aead, index: index, id: hex.EncodeToString(name[:4])}, nil
}

// Seal closes a text for its place; an empty text stays empty.
func (s *Sealer) Seal(place, text string) partnership.Sealed {
	if text == "" {
		return ""
	}
	return partnership.Sealed(sealForm + "." + s.id + "." + base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(text), []byte(place)))) // #nosec G407 -- the cipher draws the nonce itself
}

// Open returns the text that was sealed for this place.
func (s *Sealer) Open(place string, sealed partnership.Sealed) (string, error) {
	if sealed == "" {
		return "", nil
	}
	form, rest, _ := strings.Cut(string(sealed), ".")
	id, body, ok := strings.Cut(rest, ".")
	if !ok || form != sealForm {
		return "", fmt.Errorf("open %s: not a sealed text", place)
	}
	if id != s.id {
		return "", partnership.Refuse(partnership.ErrUnavailable, "这条个人信息是用另一把主密钥（编号 %s）加密的，现在的主密钥编号是 %s，请联系平台运维核对 SUNMAO_KEY", id, s.id)
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", place, err)
	}
	text, err := s.aead.Open(nil, nil, raw, []byte(place))
	if err != nil {
		return "", fmt.Errorf("open %s: %w", place, err)
	}
	return string(text), nil
}

// Blind is a keyed hash by which equal texts of one field are found without opening any.
func (s *Sealer) Blind(field, text string) string {
	if text == "" {
		return ""
	}
	m := hmac.New(sha256.New, s.index)
	m.Write([]byte(field + "\x00" + strings.ToUpper(strings.TrimSpace(text))))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}
