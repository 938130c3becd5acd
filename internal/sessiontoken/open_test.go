package sessiontoken_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/sessiontoken"
)

// wantNotGenuine holds Open to refusing a token without a word about it.
func wantNotGenuine(t testing.TB, ring *sessiontoken.Ring, what, token string) {
	t.Helper()
	c, err := ring.Open(token)
	if !errors.Is(err, sessiontoken.ErrNotGenuine) || !reflect.ValueOf(c).IsZero() {
		t.Errorf("%s: Open = %+v, %v", what, c, err)
	}
}

func TestOneChangedByte(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	for _, minSize := range []int{0, 600} {
		token := seal(t, ring, mfaClaims(), minSize)
		for i := range token {
			changed := []byte(token)
			changed[i] = 'A'
			if token[i] == 'A' {
				changed[i] = 'B'
			}
			wantNotGenuine(t, ring, fmt.Sprintf("character %d of %d", i, len(token)), string(changed))
		}
		raw := decode(t, token)
		for i := range raw {
			for _, change := range []byte{1, 0x80, 0xff} {
				raw[i] ^= change
				wantNotGenuine(t, ring, fmt.Sprintf("byte %d of %d changed by %#x", i, len(raw), change), encode(raw))
				raw[i] ^= change
			}
		}
		wantClaims(t, ring, encode(raw), mfaClaims())
	}
}

func encode(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

func TestTruncated(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	token := seal(t, ring, userClaims(), 0)
	for n := range token {
		wantNotGenuine(t, ring, fmt.Sprintf("the first %d of %d characters", n, len(token)), token[:n])
	}
	raw := decode(t, token)
	for n := range raw {
		wantNotGenuine(t, ring, fmt.Sprintf("the first %d of %d bytes", n, len(raw)), encode(raw[:n]))
		wantNotGenuine(t, ring, fmt.Sprintf("the last %d of %d bytes", n, len(raw)), encode(raw[len(raw)-n:]))
	}
}

// One token has one spelling: what a proxy or a log has seen is what was meant.
func TestOtherSpellings(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	for remainder := range 3 {
		token := tokenWithPadding(t, ring, remainder)
		half := len(token) / 2
		for name, spelling := range map[string]string{
			"line feed at the end":          token + "\n",
			"carriage return at the end":    token + "\r",
			"line break before":             "\r\n" + token,
			"line break inside":             token[:half] + "\r\n" + token[half:],
			"blank before":                  " " + token,
			"blank at the end":              token + " ",
			"blank inside":                  token[:half] + " " + token[half:],
			"NUL at the end":                token + "\x00",
			"one character more":            token + "A",
			"four characters more":          token + "AAAA",
			"padding more":                  token + "=",
			"four of padding more":          token + "====",
			"twice":                         token + token,
			"padding inside":                token[:half] + "=" + token[half:],
			"URL-encoded":                   strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(token + "+")[:len(token)],
			"quoted":                        `"` + token + `"`,
			"another character that is odd": token[:half] + "é" + token[half+2:],
		} {
			wantNotGenuine(t, ring, name, spelling)
		}
		if urlSafe := strings.NewReplacer("+", "-", "/", "_").Replace(token); urlSafe != token {
			wantNotGenuine(t, ring, "URL alphabet", urlSafe)
		}
		if remainder > 0 {
			wantNotGenuine(t, ring, "without padding", strings.TrimRight(token, "="))
			wantNotGenuine(t, ring, "bits behind the end", withLooseBits(t, token))
		}
		wantClaims(t, ring, token, claimsOfAny(t, ring, token))
	}
}

// tokenWithPadding returns a token that ends with so many equals signs.
func tokenWithPadding(t *testing.T, ring *sessiontoken.Ring, padding int) string {
	t.Helper()
	for n := range 3 {
		c := userClaims()
		c.PrincipalID += strings.Repeat("A", n)
		if token := seal(t, ring, c, 0); strings.Count(token, "=") == padding {
			return token
		}
	}
	t.Fatalf("no token ends with %d equals signs", padding)
	return ""
}

// claimsOfAny opens a token of which only the principal id is not known.
func claimsOfAny(t *testing.T, ring *sessiontoken.Ring, token string) sessiontoken.Claims {
	t.Helper()
	got, err := ring.Open(token)
	if err != nil {
		t.Fatal(err)
	}
	want := userClaims()
	want.PrincipalID = got.PrincipalID
	return want
}

// withLooseBits sets the lowest bit of the last character, which is no part of any byte.
func withLooseBits(t *testing.T, token string) string {
	t.Helper()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	body := strings.TrimRight(token, "=")
	last := strings.IndexByte(alphabet, body[len(body)-1])
	loose := body[:len(body)-1] + string(alphabet[last|1]) + token[len(body):]
	if !slices.Equal(decode(t, token), decode(t, loose)) || loose == token {
		t.Fatalf("%s is no other spelling of %s", loose, token)
	}
	return loose
}

func TestSwappedHeader(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	other := userClaims()
	other.AccessKeyID = "ASIARZPUZDIKA3333333"
	mine, theirs := decode(t, seal(t, ring, userClaims(), 0)), decode(t, seal(t, ring, other, 0))
	const header = 1 + 10
	wantNotGenuine(t, ring, "the key id of another session", encode(slices.Concat(theirs[:header], mine[header:])))
	wantNotGenuine(t, ring, "the seal of another session", encode(slices.Concat(mine[:header], theirs[header:])))
	wantNotGenuine(t, ring, "no key id", encode(slices.Concat(mine[:1], mine[header:])))
	for version := range 256 {
		if version != int(mine[0]) {
			wantNotGenuine(t, ring, fmt.Sprintf("version %d", version), encode(slices.Concat([]byte{byte(version)}, mine[1:])))
		}
	}
}

func TestNoToken(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	for _, token := range []string{
		"", "A", "AQ==", "=", "null", "....", strings.Repeat("A", 15), strings.Repeat("A", 16), strings.Repeat("A", 4096), strings.Repeat("A", 1<<20),
		strings.Repeat("\n", 4096), "AQ" + strings.Repeat("A", 4094),
	} {
		wantNotGenuine(t, ring, fmt.Sprintf("%d bytes", len(token)), token)
	}
}
