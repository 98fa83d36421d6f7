package seal

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// prefix begins every sealed value.
const prefix = "sealed:1:"

// mailHead begins a sealed mail; then come the key's name, LF, nonce and
// ciphertext.
const mailHead = "ppn-sealed-mail 1 "

// Sealed tells whether a value is sealed.
func Sealed(s string) bool { return strings.HasPrefix(s, prefix) }

// box is the cipher that some data keys make together.
type box struct {
	aead  cipher.AEAD
	nonce []byte // key of the nonces
	names string
}

// box returns the cipher of the keys of these names, joined by "+". It is
// ErrGone if one of them is.
func (r *Ring) box(ctx context.Context, names string) (*box, error) {
	var secret []byte
	for name := range strings.SplitSeq(names, "+") {
		key, err := r.get(ctx, name)
		if err != nil {
			return nil, err
		}
		secret = append(secret, key...)
	}
	aead, err := newAEAD(secret, "ppn seal "+names)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, secret, nil, "ppn nonce "+names, keySize)
	return &box{aead, nonce, names}, err
}

func (b *box) seal(plain []byte) []byte {
	h := hmac.New(sha256.New, b.nonce)
	h.Write(plain)
	nonce := h.Sum(nil)[:b.aead.NonceSize()]
	return b.aead.Seal(nonce, nonce, plain, []byte(b.names))
}

// errSealed says that a sealed value is damaged or not of these keys.
var errSealed = errors.New("a sealed value does not open")

func (b *box) open(sealed []byte) ([]byte, error) {
	n := b.aead.NonceSize()
	if len(sealed) < n {
		return nil, errSealed
	}
	plain, err := b.aead.Open(nil, sealed[:n], sealed[n:], []byte(b.names))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

func (b *box) text(plain []byte) string {
	return prefix + b.names + ":" + base64.RawStdEncoding.EncodeToString(b.seal(plain))
}

// nameRunes are what names of keys are made of, and what joins them.
const nameRunes = "abcdefghijklmnopqrstuvwxyz0123456789-+"

// parse splits a sealed value.
func parse(s string) (names string, sealed []byte, err error) {
	names, data, ok := strings.Cut(strings.TrimPrefix(s, prefix), ":")
	if !ok || strings.ContainsFunc(names, func(r rune) bool { return !strings.ContainsRune(nameRunes, r) }) {
		return "", nil, errSealed
	}
	if sealed, err = base64.RawStdEncoding.DecodeString(data); err != nil {
		return "", nil, errSealed
	}
	return names, sealed, nil
}

// Mail seals a mail for the archive, under the key of its notice's words. A
// notice whose words were erased leaves no mail.
func (r *Ring) Mail(ctx context.Context, seq uint64, mail []byte) ([]byte, error) {
	err := r.ensure(ctx, TextKey(seq))
	if errors.Is(err, ErrGone) {
		return nil, nil
	}
	var b *box
	if err == nil {
		b, err = r.box(ctx, TextKey(seq))
	}
	if err != nil {
		return nil, fmt.Errorf("seal mail %d: %w", seq, err)
	}
	return append([]byte(mailHead+b.names+"\n"), b.seal(mail)...), nil
}

// SealedMail tells whether a mail of the archive is sealed, or was when it was
// erased.
func SealedMail(data []byte) bool {
	return len(data) == 0 || bytes.HasPrefix(data, []byte(mailHead))
}

// MailOf tells whether a sealed mail may be that of the notice at a sequence;
// to know it is, it has to be opened.
func MailOf(seq uint64, data []byte) bool {
	return len(data) == 0 || bytes.HasPrefix(data, []byte(mailHead+TextKey(seq)+"\n"))
}

// OpenMail returns the mail of a notice as it came. ErrGone says that it was
// erased. A mail that was never sealed is returned as it is.
func (r *Ring) OpenMail(ctx context.Context, seq uint64, data []byte) ([]byte, error) {
	switch {
	case !SealedMail(data):
		return data, nil
	case len(data) == 0:
		return nil, ErrGone
	case !MailOf(seq, data):
		return nil, fmt.Errorf("open mail %d: %w", seq, errSealed)
	}
	_, sealed, _ := bytes.Cut(data, []byte("\n"))
	b, err := r.box(ctx, TextKey(seq))
	if err != nil {
		return nil, fmt.Errorf("open mail: %w", err)
	}
	return b.open(sealed)
}
