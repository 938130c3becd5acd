package testenv

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/daypass/daypass/internal/server"
)

// Issuer is an OpenID Connect issuer on the loopback address, for as long as a test.
type Issuer struct {
	URL    string
	server *httptest.Server
	key    *ecdsa.PrivateKey
	t      testing.TB
}

// NewIssuer starts an issuer, and returns the option by which a server may ask it for its keys.
func NewIssuer(t testing.TB) (*Issuer, Option) {
	t.Helper()
	i := &Issuer{key: ecKey(t, 1), t: t}
	i.server = httptest.NewTLSServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.server.Close)
	i.URL = i.server.URL
	authorities := x509.NewCertPool()
	authorities.AddCert(i.server.Certificate())
	return i, func(c *server.Config) { c.OIDCPrivateAddresses, c.OIDCRootCAs = true, authorities }
}

// ecKey returns the key of a number.
func ecKey(t testing.TB, n byte) *ecdsa.PrivateKey {
	t.Helper()
	raw := make([]byte, 32)
	raw[31] = n
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	var document any = map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys"}
	if r.URL.Path == "/keys" {
		document = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}}
	}
	if err := json.NewEncoder(w).Encode(document); err != nil {
		i.t.Error(err)
	}
}

// Token is a good token for the audience daypass at an instant, with other claims. A claim of nil is left out.
func (i *Issuer) Token(at time.Time, claims map[string]any) string { return i.sign(i.key, at, claims) }

// Forged is the same token, signed with another key under the same id.
func (i *Issuer) Forged(at time.Time, claims map[string]any) string {
	return i.sign(ecKey(i.t, 2), at, claims)
}

func (i *Issuer) sign(key *ecdsa.PrivateKey, at time.Time, claims map[string]any) string {
	i.t.Helper()
	all := map[string]any{"iss": i.URL, "sub": "alice", "aud": "daypass", "iat": at.Unix(), "exp": at.Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	payload, err := json.Marshal(all)
	if err != nil {
		i.t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		i.t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return token
}
