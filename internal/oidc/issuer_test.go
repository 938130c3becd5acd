package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // registers the hashes
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// noon is when the tests are.
var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// The keys of the tests. To make RSA keys takes long.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(2048) })
	otherRSA = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(2048) })
	weakRSA  = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(1024) })
	p256     = sync.OnceValue(func() *ecdsa.PrivateKey { return newEC(elliptic.P256()) })
	p384     = sync.OnceValue(func() *ecdsa.PrivateKey { return newEC(elliptic.P384()) })
	p521     = sync.OnceValue(func() *ecdsa.PrivateKey { return newEC(elliptic.P521()) })
)

func newRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func newEC(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

type object = map[string]any

// with returns a copy of an object with other members; nil removes one.
func with(o object, changes object) object {
	changed := object{}
	for name, value := range o {
		changed[name] = value
	}
	for name, value := range changes {
		if changed[name] = value; value == nil {
			delete(changed, name)
		}
	}
	return changed
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwk is the public half of a key as an issuer publishes it.
func jwk(t testing.TB, private any, members object) object {
	t.Helper()
	switch private := private.(type) {
	case *rsa.PrivateKey:
		return with(object{"kty": "RSA", "n": encode(private.N.Bytes()), "e": encode(big.NewInt(int64(private.E)).Bytes())}, members)
	case *ecdsa.PrivateKey:
		point, err := private.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		size := len(point) / 2
		return with(object{
			"kty": "EC", "crv": private.Curve.Params().Name, "x": encode(point[1 : 1+size]), "y": encode(point[1+size:]),
		}, members)
	}
	t.Fatalf("a key of type %T", private)
	return nil
}

// sign makes a token, whatever the header says: the key decides how. The claims may be text, to say what no object can.
func sign(t testing.TB, key any, header object, claims any) string {
	t.Helper()
	text, isText := claims.(string)
	if !isText {
		text = toJSON(t, claims)
	}
	return signText(t, key, toJSON(t, header), text)
}

func toJSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func signText(t testing.TB, key any, header, claims string) string {
	t.Helper()
	input := encode([]byte(header)) + "." + encode([]byte(claims))
	hash := crypto.SHA256
	for algorithm, other := range map[string]crypto.Hash{"384": crypto.SHA384, "512": crypto.SHA512} {
		if strings.Contains(header, algorithm+`"`) {
			hash = other
		}
	}
	h := hash.New()
	h.Write([]byte(input))
	digest := h.Sum(nil)
	var signature []byte
	var err error
	switch key := key.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(nil, key, hash, digest)
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		r, s, err = ecdsa.Sign(rand.Reader, key, digest)
		if err == nil {
			size := (key.Curve.Params().BitSize + 7) / 8
			signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		}
	case []byte:
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(input))
		signature = mac.Sum(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + encode(signature)
}

// issuer is an OpenID Connect issuer with a server of its own.
type issuer struct {
	server   *httptest.Server
	requests atomic.Int64

	mu        sync.Mutex
	keys      []object
	header    http.Header
	discovery object // other members of the discovery document
	handler   http.HandlerFunc
}

func newIssuer(t testing.TB, keys ...object) *issuer {
	t.Helper()
	i := &issuer{keys: keys}
	i.server = httptest.NewUnstartedServer(http.HandlerFunc(i.serve))
	i.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	i.server.StartTLS()
	t.Cleanup(i.server.Close)
	return i
}

func (i *issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.requests.Add(1)
	i.mu.Lock()
	keys, handler := i.keys, i.handler
	discovery := with(object{"issuer": i.url(), "jwks_uri": i.url() + "/keys"}, i.discovery)
	for name, values := range i.header {
		w.Header()[name] = values
	}
	i.mu.Unlock()
	switch {
	case handler != nil:
		handler(w, r)
	case r.URL.Path == "/.well-known/openid-configuration":
		writeJSON(w, discovery)
	case r.URL.Path == "/keys":
		writeJSON(w, object{"keys": keys})
	default:
		http.NotFound(w, r)
	}
}

// writeJSON answers with a document. Who stops reading, does so because it is too long.
func writeJSON(w http.ResponseWriter, document object) {
	if text, err := json.Marshal(document); err == nil {
		_, _ = w.Write(text)
	}
}

func (i *issuer) change(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

func (i *issuer) url() string { return i.server.URL }

func (i *issuer) provider() Provider {
	return Provider{URL: strings.TrimPrefix(i.url(), scheme), ClientIDs: []string{"sts.amazonaws.com", "app", "web"}}
}

// fetches is how often the keys were fetched, each time with two requests.
func (i *issuer) fetches() int64 { return i.requests.Load() / 2 }

func (i *issuer) config() Config {
	pool := x509.NewCertPool()
	pool.AddCert(i.server.Certificate())
	return Config{PrivateAddresses: true, RootCAs: pool}
}

// claims are good ones.
func (i *issuer) claims() object {
	return object{
		"iss": i.url(), "sub": "system:serviceaccount:default:app", "aud": "sts.amazonaws.com",
		"iat": noon.Unix() - 60, "exp": noon.Unix() + 600,
	}
}
