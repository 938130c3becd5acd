package sessiontoken_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/daypass/daypass/internal/sessiontoken"
)

// forge seals what it is given, by the words of the package's documentation and with the ring's own keys: what a newer
// or a broken daypass might do.
func forge(t testing.TB, handle *keyset.Handle, plain []byte) string {
	t.Helper()
	primitive, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	// Version 1, then the 16 characters of userClaims' access key id as 80 bits.
	header := []byte{1, 0x8e, 0x5f, 0x4c, 0x8d, 0x0a, 0x06, 0xb5, 0xad, 0x6b, 0x5a}
	sealed, err := primitive.Encrypt(plain, slices.Concat([]byte("daypass session token"), header))
	if err != nil {
		t.Fatal(err)
	}
	return encode(slices.Concat(header, sealed))
}

// sized precedes claims by their length.
func sized(claims []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(claims))), claims...)
}

// The fields of the claims, numbered as they are for good.
func number(field protowire.Number, n uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), n)
}

func text(field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, field, protowire.BytesType), s)
}

func fields(t testing.TB) [][]byte {
	t.Helper()
	c := mfaClaims()
	at := func(field protowire.Number, when time.Time) []byte { return number(field, uint64(when.Unix())) }
	return [][]byte{
		number(1, 2),
		text(2, string(decode(t, c.SecretAccessKey))),
		number(3, 123456789012),
		text(4, c.PrincipalID),
		text(5, c.IssuingKeyID),
		at(6, c.IssuedAt),
		at(7, c.ExpiresAt),
		at(8, c.MFAAuthenticatedAt),
	}
}

// bomb is a megabyte of zeros, compressed.
func bomb(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDocumentedForm(t *testing.T) {
	t.Parallel()
	handle := newHandle(t)
	ring := ringOf(t, handle)
	claims := sized(slices.Concat(fields(t)...))
	wantClaims(t, ring, forge(t, handle, claims), mfaClaims())
	wantClaims(t, ring, forge(t, handle, append(claims, 0, 0, 0)), mfaClaims())
	wantClaims(t, ring, forge(t, handle, sized(slices.Concat(fields(t)[:7]...))), userClaims())
}

// An older node must not take a newer token for less than it says: what is not exactly what Seal writes is refused, even
// when the seal is good.
func TestMalformedClaims(t *testing.T) {
	t.Parallel()
	handle := newHandle(t)
	ring := ringOf(t, handle)
	join := func(f [][]byte) []byte { return sized(slices.Concat(f...)) }
	with := func(i int, field []byte) []byte {
		f := fields(t)
		f[i] = field
		return join(f)
	}
	whole := slices.Concat(fields(t)...)
	tests := map[string][]byte{
		"nothing":                        {},
		"half a length":                  {0},
		"no claims":                      {0, 0},
		"length beyond the end":          append([]byte{0, byte(len(whole) + 1)}, whole...),
		"length far beyond the end":      append([]byte{0xff, 0xff}, whole...),
		"length too short by one":        append([]byte{0, byte(len(whole) - 1)}, whole...),
		"padding counted as claims":      sized(append(slices.Clone(whole), 0, 0)),
		"unknown field at the end":       join(append(fields(t), number(16, 1))),
		"unknown text at the end":        join(append(fields(t), text(16, "arn:aws:iam::aws:policy/ReadOnlyAccess"))),
		"user with a session name":       join(append(fields(t), text(9, "deploy"))),
		"role without a session name":    with(0, number(1, 3)),
		"federated user without a name":  with(0, number(1, 4)),
		"root without its task policy":   with(0, number(1, 5)),
		"delegated without a policy":     sized(slices.Concat(number(1, 6), slices.Concat(fields(t)[1:]...), text(9, "id"), text(15, "210987654321"))),
		"delegated by nobody":            sized(slices.Concat(number(1, 6), slices.Concat(fields(t)[1:]...), text(9, "id"), text(12, "\x01\x02{}\x00\x00\x00\x00"))),
		"delegated without a name":       sized(slices.Concat(number(1, 6), slices.Concat(fields(t)[1:]...), text(12, "\x01\x02{}\x00\x00\x00\x00"), text(15, "210987654321"))),
		"user by a delegate":             join(append(fields(t), text(15, "210987654321"))),
		"principal type of the future":   with(0, number(1, 7)),
		"empty source identity":          join(append(fields(t), text(10, ""))),
		"source identity of a number":    join(append(fields(t), number(10, 1))),
		"four lists of attributes":       join(append(fields(t), text(12, "\x00\x00\x00\x00"))),
		"six lists of attributes":        join(append(fields(t), text(12, "\x00\x00\x00\x00\x00\x00"))),
		"two session policies":           join(append(fields(t), text(12, "\x02\x01a\x01b\x00\x00\x00\x00"))),
		"half a tag of the session":      join(append(fields(t), text(12, "\x00\x00\x01\x01k\x00\x00"))),
		"list longer than it is":         join(append(fields(t), text(12, "\x00\x7f\x00\x00\x00"))),
		"endless list":                   join(append(fields(t), text(12, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"))),
		"attributes not compressed":      join(append(fields(t), text(13, "\x00\x00\x00\x00\x00"))),
		"attributes that inflate":        join(append(fields(t), text(13, bomb(t)))),
		"unknown field of a high number": join(append(fields(t), number(protowire.MaxValidNumber, 1))),
		"field 0":                        join(append([][]byte{{0, 1}}, fields(t)...)),
		"repeated number":                join(slices.Insert(fields(t), 6, fields(t)[5])),
		"repeated text":                  join(slices.Insert(fields(t), 4, fields(t)[3])),
		"repeated at the end":            join(append(fields(t), fields(t)[6])),
		"half a tag":                     append(sized(append(slices.Clone(whole), 0x80)), 0),
		"half a number":                  sized(whole[:len(whole)-1]),
		"text longer than the claims":    sized(append(slices.Clone(whole[:2]), 0x12, 0x7f, 'x')),
		"endless number":                 with(7, append([]byte{0x40}, []byte(strings.Repeat("\xff", 11))...)),
		"principal type of text":         with(0, text(1, "2")),
		"secret of a number":             with(1, number(2, 1)),
		"account of text":                with(2, text(3, "123456789012")),
		"principal id of a number":       with(3, number(4, 1)),
		"expiration of text":             with(6, text(7, "1")),
		"MFA time of text":               with(7, text(8, "1")),
		"principal type of 32 bits":      with(0, protowire.AppendFixed32(protowire.AppendTag(nil, 1, protowire.Fixed32Type), 2)),
		"issue of 64 bits":               with(5, protowire.AppendFixed64(protowire.AppendTag(nil, 6, protowire.Fixed64Type), 1)),
		"group":                          with(7, protowire.AppendTag(protowire.AppendTag(nil, 8, protowire.StartGroupType), 8, protowire.EndGroupType)),
		"principal type 0":               with(0, number(1, 0)),
		"empty secret":                   with(1, text(2, "")),
		"empty principal id":             with(3, text(4, "")),
		"empty issuing key":              with(4, text(5, "")),
	}
	names := []string{"principal type", "secret", "account", "principal id", "issuing key", "issue", "expiration"}
	for i, name := range names { // but not the last: a session may be without MFA
		tests["without "+name] = join(slices.Delete(fields(t), i, i+1))
	}
	for i := range len(names) {
		f := fields(t)
		f[i], f[i+1] = f[i+1], f[i]
		tests["out of order: "+names[i]+" behind its follower"] = join(f)
	}
	for name, plain := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c, err := ring.Open(forge(t, handle, plain)); err == nil || !reflect.ValueOf(c).IsZero() {
				t.Errorf("Open = %+v, %v", c, err)
			}
		})
	}
}

// A genuine token that is longer than any may be is refused before anything is done with it.
func TestGenuineButTooLong(t *testing.T) {
	t.Parallel()
	handle := newHandle(t)
	ring := ringOf(t, handle)
	plain := sized(slices.Concat(fields(t)...))
	const overhead = 11 + 5 + 24 + 16 // header, Tink's prefix, nonce, tag
	fit := append(plain, make([]byte, sessiontoken.MaxSize/4*3-overhead-len(plain))...)
	if token := forge(t, handle, fit); len(token) != sessiontoken.MaxSize {
		t.Fatalf("the longest token has %d bytes", len(token))
	}
	wantClaims(t, ring, forge(t, handle, fit), mfaClaims())
	wantNotGenuine(t, ring, "one byte too long", forge(t, handle, append(fit, 0)))
}
