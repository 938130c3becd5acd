package sessiontoken_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/sessiontoken"
)

var issued = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func userClaims() sessiontoken.Claims {
	return sessiontoken.Claims{
		AccessKeyID:     "ASIARZPUZDIKA2222222",
		SecretAccessKey: "c2VjcmV0K3NlY3JldC9zZWNyZXQrc2VjcmV0LzAx",
		PrincipalType:   aws.UserPrincipal,
		AccountID:       "123456789012",
		PrincipalID:     "AIDAALICEALICEALICEA2",
		Session: aws.Session{
			IssuingKeyID: "AKIAALICEALICEALICEA",
			IssuedAt:     issued,
			ExpiresAt:    issued.Add(12 * time.Hour),
		},
	}
}

func mfaClaims() sessiontoken.Claims {
	c := userClaims()
	c.MFAAuthenticatedAt = issued
	return c
}

func rootClaims() sessiontoken.Claims {
	c := userClaims()
	c.PrincipalType, c.AccountID, c.PrincipalID = aws.RootPrincipal, "000000000001", "000000000001"
	c.IssuingKeyID = strings.Repeat("K", 128) // as long as an operator may choose root's
	return c
}

// roleClaims are of a session that has everything a session can have.
func roleClaims() sessiontoken.Claims {
	c := userClaims()
	c.PrincipalType, c.PrincipalID, c.SessionName = aws.RolePrincipal, "AROAROLEROLEROLEROLE2", "deploy"
	c.IssuingKeyID, c.OriginKeyID = "ASIARZPUZDIKA2222223", "AKIAALICEALICEALICEA"
	c.SourceIdentity = "alice"
	c.FederatedProvider = "arn:aws:iam::123456789012:oidc-provider/issuer.example"
	c.Policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`
	c.PolicyARNs = []string{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::123456789012:policy/p"}
	c.Tags = []aws.Tag{{Key: "Team", Value: "red"}, {Key: "empty"}}
	c.TransitiveTagKeys = []string{"Team"}
	c.Context = []aws.Tag{{Key: "saml:sub", Value: "someone"}}
	return c
}

func federatedClaims() sessiontoken.Claims {
	c := userClaims()
	c.PrincipalType, c.SessionName = aws.FederatedPrincipal, "bob"
	c.PolicyARNs = []string{"arn:aws:iam::123456789012:policy/p"} // too short to be compressed
	return c
}

func delegatedClaims() sessiontoken.Claims {
	c := userClaims()
	c.PrincipalType, c.SessionName, c.InvokedBy = aws.DelegatedPrincipal, "0b6c1b1e-6a3e-4a53-9d4f-0d5a2f6b7c8d", "210987654321"
	c.Policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`
	return c
}

func newHandle(t testing.TB) *keyset.Handle {
	t.Helper()
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	return handle
}

func ringOf(t testing.TB, handle *keyset.Handle) *sessiontoken.Ring {
	t.Helper()
	ring, err := sessiontoken.NewRing(handle)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func seal(t testing.TB, ring *sessiontoken.Ring, c sessiontoken.Claims, minSize int) string {
	t.Helper()
	token, err := ring.Seal(c, minSize)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// wantClaims opens a token and compares what it says.
func wantClaims(t testing.TB, ring *sessiontoken.Ring, token string, want sessiontoken.Claims) {
	t.Helper()
	got, err := ring.Open(token)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	elsewhere := userClaims()
	elsewhere.IssuedAt = issued.In(time.FixedZone("", 7200))
	tests := []struct {
		name         string
		claims, want sessiontoken.Claims
	}{
		{"user", userClaims(), userClaims()},
		{"user with MFA", mfaClaims(), mfaClaims()},
		{"root", rootClaims(), rootClaims()},
		{"role", roleClaims(), roleClaims()},
		{"federated user", federatedClaims(), federatedClaims()},
		{"delegated session", delegatedClaims(), delegatedClaims()},
		{"time of another zone", elsewhere, userClaims()},
	}
	for _, test := range tests {
		for _, minSize := range []int{0, 1000, sessiontoken.MaxSize} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				wantClaims(t, ring, seal(t, ring, test.claims, minSize), test.want)
			})
		}
	}
}

func TestPlainTokenIsSmall(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	for name, c := range map[string]sessiontoken.Claims{"user": userClaims(), "MFA": mfaClaims(), "root": rootClaims()} {
		if n := len(seal(t, ring, c, 0)); n >= 400 {
			t.Errorf("%s: the token has %d bytes", name, n)
		}
	}
}

// Padding holds for every size a client may ask for (spec section 12).
func TestEveryMinimumSize(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	want := mfaClaims()
	plain := len(seal(t, ring, want, 0))
	for minSize := range sessiontoken.MaxSize + 1 {
		token := seal(t, ring, want, minSize)
		if n, atLeast := len(token), max(minSize, plain); n < atLeast || n > atLeast+3 || n > sessiontoken.MaxSize {
			t.Errorf("minimum size %d: the token has %d bytes, without padding %d", minSize, n, plain)
		}
		wantClaims(t, ring, token, want)
	}
}

func TestNoMinimumSize(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	if plain, negative := seal(t, ring, userClaims(), 0), seal(t, ring, userClaims(), -1000); len(plain) != len(negative) {
		t.Errorf("%d bytes, with a negative minimum %d", len(plain), len(negative))
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	with := func(change func(*sessiontoken.Claims)) sessiontoken.Claims {
		c := userClaims()
		change(&c)
		return c
	}
	tests := []struct {
		name     string
		claims   sessiontoken.Claims
		minSize  int
		tooLarge bool
	}{
		{"minimum beyond the maximum", userClaims(), sessiontoken.MaxSize + 1, true},
		{"principal id beyond the maximum", with(func(c *sessiontoken.Claims) { c.PrincipalID = strings.Repeat("A", 4096) }), 0, true},
		{"principal id beyond 16 bits", with(func(c *sessiontoken.Claims) { c.PrincipalID = strings.Repeat("A", 1<<16) }), 0, true},
		{"long-term key", with(func(c *sessiontoken.Claims) { c.AccessKeyID = "AKIARZPUZDIKA2222222" }), 0, false},
		{"no key", with(func(c *sessiontoken.Claims) { c.AccessKeyID = "" }), 0, false},
		{"short key", with(func(c *sessiontoken.Claims) { c.AccessKeyID = "ASIARZPUZDIKA222222" }), 0, false},
		{"long key", with(func(c *sessiontoken.Claims) { c.AccessKeyID = "ASIARZPUZDIKA22222222" }), 0, false},
		{"key of another alphabet", with(func(c *sessiontoken.Claims) { c.AccessKeyID = "ASIARZPUZDIKA2222220" }), 0, false},
		{"key in lower case", with(func(c *sessiontoken.Claims) { c.AccessKeyID = "ASIArzpuzdika2222222" }), 0, false},
		{"secret that is not base64", with(func(c *sessiontoken.Claims) { c.SecretAccessKey = "secret secret" }), 0, false},
		{"account of letters", with(func(c *sessiontoken.Claims) { c.AccountID = "12345678901a" }), 0, false},
		{"account of 13 digits", with(func(c *sessiontoken.Claims) { c.AccountID = "1234567890123" }), 0, false},
		{"no account", with(func(c *sessiontoken.Claims) { c.AccountID = "" }), 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token, err := ring.Seal(test.claims, test.minSize)
			var tooLarge *sessiontoken.TooLargeError
			if token != "" || err == nil || errors.As(err, &tooLarge) != test.tooLarge || test.tooLarge && tooLarge.Size <= sessiontoken.MaxSize {
				t.Errorf("a token of %d bytes, %v, want one that is too large: %v", len(token), err, test.tooLarge)
			}
			if err != nil && strings.Contains(err.Error(), test.claims.SecretAccessKey) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

// What a client sees of a token tells it nothing but the version and the access key id that it has anyway.
func TestTokenHidesClaims(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	c := mfaClaims()
	raw := decode(t, seal(t, ring, c, 0))
	for name, hidden := range map[string][]byte{
		"secret as text":  []byte(c.SecretAccessKey),
		"secret as bytes": decode(t, c.SecretAccessKey),
		"principal id":    []byte(c.PrincipalID),
		"issuing key":     []byte(c.IssuingKeyID),
		"half the secret": decode(t, c.SecretAccessKey)[:15],
	} {
		if bytes.Contains(raw, hidden) {
			t.Errorf("the token shows the %s", name)
		}
	}
}

func TestSealsDiffer(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	const header = 1 + 10 + 5 // version, access key id, Tink's prefix
	a, b := decode(t, seal(t, ring, userClaims(), 0)), decode(t, seal(t, ring, userClaims(), 0))
	if len(a) != len(b) {
		t.Errorf("the same claims take %d and %d bytes", len(a), len(b))
	}
	if !bytes.Equal(a[:header], b[:header]) {
		t.Errorf("the headers differ: %x, %x", a[:header], b[:header])
	}
	const nonce = 24
	if bytes.Equal(a[header:header+nonce], b[header:header+nonce]) || bytes.Equal(a[header+nonce:], b[header+nonce:]) {
		t.Error("two seals of the same claims are alike")
	}
}

func decode(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
