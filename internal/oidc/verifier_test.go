package oidc

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
)

const (
	notJWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
	noKey  = "Couldn't retrieve verification key from your identity provider,  please reference " +
		"AssumeRoleWithWebIdentity documentation for requirements"
	notSigned   = "The signature of the ID Token is not valid"
	wrongAud    = "Incorrect token audience"
	unreachable = "The identity provider could not be reached"
)

func verify(ctx context.Context, v *Verifier, now time.Time, token string, p Provider) (Claims, error) {
	parsed, err := Parse(token)
	if err != nil {
		return Claims{}, err
	}
	return v.Verify(ctx, now, parsed, p)
}

// checkRefusal wants an *Error; an empty message wants none.
func checkRefusal(t testing.TB, err error, kind Kind, message string) {
	t.Helper()
	if message == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want %q", err, message)
	}
	if refusal.Kind != kind || refusal.Message != message {
		t.Errorf("got kind %d, %v; want kind %d, %q", refusal.Kind, refusal, kind, message)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	keys := map[string]any{
		"RS256": rsaKey(), "RS384": rsaKey(), "RS512": rsaKey(), "ES256": p256(), "ES384": p384(), "ES512": p521(),
	}
	i := newIssuer(t, jwk(t, rsaKey(), object{"kid": "rsa", "use": "sig"}), jwk(t, p256(), object{"kid": "ec", "alg": "ES256"}),
		jwk(t, p384(), object{"kid": "ec"}), jwk(t, p521(), object{"key_ops": []string{"verify"}, "kid": "ec"}))
	v := New(i.config())
	for algorithm, private := range keys {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			kid := "ec"
			if algorithm[0] == 'R' {
				kid = "rsa"
			}
			claims := with(i.claims(), object{
				"azp": "app", "aud": []string{"other", "web"}, "amr": []string{"pwd", "mfa"}, "jti": "1", "nbf": noon.Unix(),
				"https://aws.amazon.com/source_identity": "alice", "email": "a@example.com", "n": 1,
				"https://aws.amazon.com/tags": object{
					"principal_tags":      object{"Team": []string{"red"}, "Cost": "", "aws/x": "y"},
					"transitive_tag_keys": []string{"Team"},
				},
			})
			token := sign(t, private, object{"alg": algorithm, "kid": kid, "typ": "JWT", "x5t": "AAAA", "jku": "https://evil.example"}, claims)
			got, err := verify(t.Context(), v, noon, token, i.provider())
			if err != nil {
				t.Fatal(err)
			}
			want := Claims{
				Issuer: i.url(), Subject: "system:serviceaccount:default:app", Audience: "app", Audiences: []string{"other", "web"},
				AuthorizedParty: "app", AMR: []string{"pwd", "mfa"}, JTI: "1", IssuedAt: noon.Add(-time.Minute),
				ExpiresAt: noon.Add(10 * time.Minute), Tags: []Tag{{"Cost", ""}, {"Team", "red"}, {"aws/x", "y"}},
				TransitiveTagKeys: []string{"Team"}, SourceIdentity: "alice",
				Text: map[string]string{
					"iss": i.url(), "sub": "system:serviceaccount:default:app", "azp": "app", "jti": "1", "email": "a@example.com",
					"https://aws.amazon.com/source_identity": "alice",
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestClaims has one good token changed in one claim each time. What is refused must not have cost a fetch.
func TestClaims(t *testing.T) {
	t.Parallel()
	const (
		tags     = "https://aws.amazon.com/tags"
		identity = "https://aws.amazon.com/source_identity"
	)
	at := noon.Unix()
	bad := func(claim string) string { return "Invalid value of the claim: " + claim }
	tests := []struct {
		name    string
		change  object
		kind    Kind
		message string
	}{
		{"unchanged", object{}, 0, ""},
		{"one audience in a list", object{"aud": []string{"app"}}, 0, ""},
		{"short subject", object{"sub": "7"}, 0, ""},
		{"longest subject", object{"sub": strings.Repeat("é", 255)}, 0, ""},
		{"last second", object{"exp": at + 1}, 0, ""},
		{"oldest", object{"iat": at - 86400}, 0, ""},
		{"issuer's clock is ahead", object{"iat": at + 300, "nbf": at + 300}, 0, ""},
		{"flat tags", object{tags + "/principal_tags/a/b": "1", tags + "/transitive_tag_keys": []string{"a/b"}}, 0, ""},

		{"no issuer", object{"iss": nil}, Invalid, "Missing a required claim: iss"},
		{"no audience", object{"aud": nil}, Invalid, "Missing a required claim: aud"},
		{"no subject", object{"sub": nil}, Invalid, "Missing a required claim: sub"},
		{"no end", object{"exp": nil}, Invalid, "Missing a required claim: exp"},
		{"no issue", object{"iat": nil}, Invalid, "Missing a required claim: iat"},

		{"issuer is a list", object{"iss": []string{"x"}}, Invalid, bad("iss")},
		{"issuer with slash", object{"iss": "SLASH"}, Invalid, "No OpenIDConnect provider found in your account for SLASH"},
		{"issuer without scheme", object{"iss": "example.com"}, Invalid, "No OpenIDConnect provider found in your account for example.com"},
		{"other scheme", object{"iss": "HTTP"}, Invalid, "No OpenIDConnect provider found in your account for HTTP"},

		{"other audience", object{"aud": "other"}, Invalid, wrongAud},
		{"audience in another case", object{"aud": "APP"}, Invalid, wrongAud},
		{"audience as one string", object{"aud": "other app"}, Invalid, wrongAud},
		{"several audiences without party", object{"aud": []string{"app", "other"}}, Invalid, wrongAud},
		{"party is somebody else", object{"azp": "other"}, Invalid, wrongAud},
		{"only the party is registered", object{"aud": "other", "azp": "app"}, Invalid, wrongAud},
		{"no audience in the list", object{"aud": []string{}}, Invalid, bad("aud")},
		{"audience is a number", object{"aud": []any{"app", 1}}, Invalid, bad("aud")},
		{"audience is an object", object{"aud": object{"app": "app"}}, Invalid, bad("aud")},
		{"party is a list", object{"azp": []string{"app"}}, Invalid, bad("azp")},
		{"party is null", object{"azp": (*int)(nil)}, Invalid, bad("azp")},
		{"party is empty", object{"azp": ""}, Invalid, bad("azp")},

		{"empty subject", object{"sub": ""}, Invalid, bad("sub")},
		{"subject is a number", object{"sub": 7}, Invalid, bad("sub")},
		{"subject with a line end", object{"sub": "a\nb"}, Invalid, bad("sub")},
		{"subject too long", object{"sub": strings.Repeat("x", 256)}, Invalid, bad("sub")},

		{"expired", object{"exp": at}, Expired, "Token expired: current date/time 1788264000 must be before the expiration date/time 1788264000"},
		{"too old", object{"iat": at - 86401}, Expired, "Token too old: 86401"},
		{"issued in the future", object{"iat": at + 301}, Invalid, bad("iat")},
		{"not valid yet", object{"nbf": at + 301}, Invalid, bad("nbf")},
		{"end is a fraction", object{"exp": float64(at) + 0.5}, Invalid, bad("exp")},
		{"end is a string", object{"exp": "1788264600"}, Invalid, bad("exp")},
		{"end is huge", object{"exp": 1e300}, Invalid, bad("exp")},
		{"end is beyond the years", object{"exp": int64(253402300800)}, Invalid, bad("exp")},
		{"issue below 0", object{"iat": -1}, Invalid, bad("iat")},
		{"start is true", object{"nbf": true}, Invalid, bad("nbf")},

		{"methods as a string", object{"amr": "mfa"}, Invalid, bad("amr")},
		{"id is a number", object{"jti": 1}, Invalid, bad("jti")},
		{"identity is a list", object{identity: []string{"a"}}, Invalid, bad(identity)},
		{"tags are a list", object{tags: []string{"a"}}, Invalid, bad(tags)},
		{"tags are null", object{tags: (*int)(nil)}, Invalid, bad(tags)},
		{"tags with an unknown member", object{tags: object{"Principal_tags": object{}}}, Invalid, bad(tags)},
		{"tag with two values", object{tags: object{"principal_tags": object{"a": []string{"1", "2"}}}}, Invalid, bad(tags)},
		{"tag without a value", object{tags: object{"principal_tags": object{"a": []string{}}}}, Invalid, bad(tags)},
		{"tag is a number", object{tags: object{"principal_tags": object{"a": 1}}}, Invalid, bad(tags)},
		{"tag key with NUL", object{tags: object{"principal_tags": object{"a\x00": "1"}}}, Invalid, bad(tags)},
		{"principal tags are a list", object{tags: object{"principal_tags": []string{"a"}}}, Invalid, bad(tags)},
		{"transitive keys as a string", object{tags: object{"transitive_tag_keys": "a"}}, Invalid, bad(tags)},
		{"both forms of tags", object{tags: object{}, tags + "/principal_tags/a": "1"}, Invalid, bad(tags)},
		{"unknown flat tag", object{tags + "/principal_tags": object{"a": "1"}}, Invalid, bad(tags + "/principal_tags")},
	}
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			switch test.change["iss"] {
			case "SLASH":
				test.change["iss"] = i.url() + "/"
			case "HTTP":
				test.change["iss"] = strings.Replace(i.url(), "https", "http", 1)
			}
			if issuer, ok := test.change["iss"].(string); ok {
				test.message = test.message[:strings.LastIndex(test.message, " ")+1] + issuer
			}
			v := New(i.config())
			fetched := false
			fetch := v.cache.fetch
			v.cache.fetch = func(ctx context.Context, issuer string) (keySet, error) {
				fetched = true
				return fetch(ctx, issuer)
			}
			token := sign(t, p256(), object{"alg": "ES256", "kid": "1"}, with(i.claims(), test.change))
			_, err := verify(t.Context(), v, noon, token, i.provider())
			checkRefusal(t, err, test.kind, test.message)
			if fetched != (test.message == "") {
				t.Errorf("fetched: %t", fetched)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const claims = `{"iss":"https://i","sub":"s","aud":"a","exp":2,"iat":1}`
	const header = `{"alg":"ES256","kid":"1"}`
	good := signText(t, p256(), header, claims)
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	last := good[len(good)-1:]
	other := func(header, claims string) string { return signText(t, p256(), header, claims) }
	tests := []struct{ name, token string }{
		{"empty", ""},
		{"access token", "ya29.opaque"},
		{"two parts", parts[0] + "." + parts[1]},
		{"four parts", good + ".AA"},
		{"no signature", parts[0] + "." + parts[1] + "."},
		{"no payload", parts[0] + ".." + parts[2]},
		{"JSON form", `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`},
		{"blank before", " " + good},
		{"line end behind", good + "\n"},
		{"line end inside", good[:10] + "\r\n" + good[10:]},
		{"padding", parts[0] + "." + parts[1] + "=." + parts[2]},
		{"base64 of another alphabet", good + "+/"},
		{"bits that no byte has", good[:len(good)-1] + map[bool]string{true: "B", false: string(last[0] + 1)}[last == "A"]},
		{"too long", other(header, `{"iss":"https://i","sub":"s","aud":"a","exp":2,"iat":1,"x":"`+strings.Repeat("x", maxToken)+`"}`)},
		{"no algorithm", other(`{"kid":"1"}`, claims)},
		{"algorithm none", other(`{"alg":"none","kid":"1"}`, claims)},
		{"algorithm None", other(`{"alg":"None","kid":"1"}`, claims)},
		{"algorithm HS256", other(`{"alg":"HS256","kid":"1"}`, claims)},
		{"algorithm PS256", other(`{"alg":"PS256","kid":"1"}`, claims)},
		{"algorithm EdDSA", other(`{"alg":"EdDSA","kid":"1"}`, claims)},
		{"algorithm in another case", other(`{"alg":"es256","kid":"1"}`, claims)},
		{"algorithm is a list", other(`{"alg":["ES256"],"kid":"1"}`, claims)},
		{"algorithm twice", other(`{"alg":"ES256","alg":"ES256","kid":"1"}`, claims)},
		{"name of the algorithm in another case", other(`{"Alg":"ES256","kid":"1"}`, claims)},
		{"algorithm twice by an escape", other(`{"alg":"ES256","\u0061lg":"none","kid":"1"}`, claims)},
		{"critical", other(`{"alg":"ES256","kid":"1","crit":["b64"],"b64":false}`, claims)},
		{"nothing is critical", other(`{"alg":"ES256","kid":"1","crit":[]}`, claims)},
		{"payload as it is", other(`{"alg":"ES256","kid":"1","b64":false}`, claims)},
		{"key inside", other(`{"alg":"ES256","jwk":`+toJSON(t, jwk(t, p256(), nil))+`}`, claims)},
		{"key id is a number", other(`{"alg":"ES256","kid":1}`, claims)},
		{"key id is empty", other(`{"alg":"ES256","kid":""}`, claims)},
		{"logout token", other(`{"alg":"ES256","kid":"1","typ":"logout+jwt"}`, claims)},
		{"type is a number", other(`{"alg":"ES256","kid":"1","typ":1}`, claims)},
		{"header is a list", other(`["ES256"]`, claims)},
		{"header goes on", other(header+`{}`, claims)},
		{"claims are a list", other(header, `[]`)},
		{"claims are no JSON", other(header, `{"iss":"https://i",}`)},
		{"claims go on", other(header, claims+claims)},
		{"claims are no UTF-8", other(header, `{"iss":"https://i","sub":"`+"\xff"+`","aud":"a","exp":2,"iat":1}`)},
		{"subject twice", other(header, `{"iss":"https://i","sub":"s","sub":"root","aud":"a","exp":2,"iat":1}`)},
		{"tag twice", other(header, `{"iss":"https://i","sub":"s","aud":"a","exp":2,"iat":1,"x":[{"a":1,"a":2}]}`)},
		{"deep", other(header, `{"x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(test.token)
			checkRefusal(t, err, Invalid, notJWT)
		})
	}
	t.Run("half a character", func(t *testing.T) {
		t.Parallel()
		_, err := Parse(other(header, `{"iss":"https://i","sub":"\ud800","aud":"a","exp":2,"iat":1}`))
		checkRefusal(t, err, Invalid, "Invalid value of the claim: sub")
	})
	t.Run("exponent", func(t *testing.T) {
		t.Parallel()
		_, err := Parse(other(header, `{"iss":"https://i","sub":"s","aud":"a","exp":2e9,"iat":1}`))
		checkRefusal(t, err, Invalid, "Invalid value of the claim: exp")
	})
}

// TestKeys has tokens against keys that must not verify them, and some that do.
func TestKeys(t *testing.T) {
	t.Parallel()
	ec, ec384 := jwk(t, p256(), object{"kid": "1"}), jwk(t, p384(), object{"kid": "1"})
	rs := jwk(t, rsaKey(), object{"kid": "1"})
	modulus, err := base64.RawURLEncoding.DecodeString(rs["n"].(string))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		keys    []object
		private any
		header  object
		message string
	}{
		{"no key id, one key", []object{ec}, p256(), object{"alg": "ES256"}, ""},
		{"no key id, one key of the type", []object{rs, ec}, p256(), object{"alg": "ES256"}, ""},
		{"two keys of an id", []object{jwk(t, otherRSA(), object{"kid": "1"}), rs}, rsaKey(), object{"alg": "RS256", "kid": "1"}, ""},
		{
			"useless keys beside",
			[]object{{"kty": "OKP", "crv": "Ed25519", "x": "AA"}, {"kty": "oct", "k": "AA"}, {}, {"kty": "EC", "crv": "P-256"}, ec},
			p256(),
			object{"alg": "ES256", "kid": "1"},
			"",
		},
		{"certificates are not looked at", []object{with(ec, object{"x5c": []string{"nonsense"}, "x5t": "x"})}, p256(), object{"alg": "ES256", "kid": "1"}, ""},

		{"no key id, two keys", []object{jwk(t, otherRSA(), nil), jwk(t, rsaKey(), nil)}, rsaKey(), object{"alg": "RS256"}, noKey},
		{"no keys", nil, p256(), object{"alg": "ES256", "kid": "1"}, noKey},
		{"other id", []object{with(ec, object{"kid": "2"})}, p256(), object{"alg": "ES256", "kid": "1"}, noKey},
		{"id in another case", []object{with(ec, object{"kid": "A"})}, p256(), object{"alg": "ES256", "kid": "a"}, noKey},
		{"key without id", []object{with(ec, object{"kid": nil})}, p256(), object{"alg": "ES256", "kid": "1"}, noKey},
		{"id of another key", []object{rs, jwk(t, otherRSA(), object{"kid": "2"})}, otherRSA(), object{"alg": "RS256", "kid": "1"}, notSigned},
		{"signed by somebody else", []object{rs}, otherRSA(), object{"alg": "RS256", "kid": "1"}, notSigned},
		{"HMAC with the public key", []object{rs}, modulus, object{"alg": "HS256", "kid": "1"}, notJWT},
		{"HMAC as RSA", []object{rs}, modulus, object{"alg": "RS256", "kid": "1"}, notSigned},
		{"symmetric key published", []object{{"kty": "oct", "kid": "1", "k": encode(modulus)}}, modulus, object{"alg": "HS256", "kid": "1"}, notJWT},
		{"ES256 with P-384", []object{ec384}, p384(), object{"alg": "ES256", "kid": "1"}, noKey},
		{"ES384 with P-256", []object{ec}, p256(), object{"alg": "ES384", "kid": "1"}, noKey},
		{"RS256 with an EC key", []object{ec}, p256(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"ES256 with an RSA key", []object{rs}, rsaKey(), object{"alg": "ES256", "kid": "1"}, noKey},
		{"key of RS512 only", []object{with(rs, object{"alg": "RS512"})}, rsaKey(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"key of PS256", []object{with(rs, object{"alg": "PS256"})}, rsaKey(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"algorithm of the key is a number", []object{with(rs, object{"alg": 256})}, rsaKey(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"key for encryption", []object{with(rs, object{"use": "enc"})}, rsaKey(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"key for other operations", []object{with(rs, object{"key_ops": []string{"encrypt"}})}, rsaKey(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"private half is published", []object{with(ec, object{"d": "AA"})}, p256(), object{"alg": "ES256", "kid": "1"}, noKey},
		{"weak", []object{jwk(t, weakRSA(), object{"kid": "1"})}, weakRSA(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"huge", []object{{"kty": "RSA", "kid": "1", "e": "AQAB", "n": encode([]byte(strings.Repeat("\xff", 2048)))}}, rsaKey(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"exponent 1", []object{with(rs, object{"e": "AQ"})}, rsaKey(), object{"alg": "RS256", "kid": "1"}, noKey},
		{"even modulus", []object{with(rs, object{"n": encode([]byte(strings.Repeat("\xfe", 256)))})}, rsaKey(), object{"alg": "RS256", "kid": "1"}, notSigned},
		{"not on the curve", []object{with(ec, object{"x": ec["y"], "y": ec["x"]})}, p256(), object{"alg": "ES256", "kid": "1"}, noKey},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t, test.keys...)
			_, err := verify(t.Context(), New(i.config()), noon, sign(t, test.private, test.header, i.claims()), i.provider())
			checkRefusal(t, err, Invalid, test.message)
		})
	}
}

func TestTamperedToken(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	v := New(i.config())
	token := sign(t, p256(), object{"alg": "ES256", "kid": "1"}, i.claims())
	parts := strings.Split(token, ".")
	admin := strings.Split(sign(t, p256(), object{"alg": "ES256", "kid": "1"}, with(i.claims(), object{"sub": "admin"})), ".")
	for name, token := range map[string]string{
		"other claims":    parts[0] + "." + admin[1] + "." + parts[2],
		"other header":    encode([]byte(`{"alg":"ES256","kid":"1","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2],
		"zero signature":  parts[0] + "." + parts[1] + "." + encode(make([]byte, 64)),
		"short signature": parts[0] + "." + parts[1] + "." + encode(make([]byte, 8)),
	} {
		_, err := verify(t.Context(), v, noon, token, i.provider())
		t.Log(name)
		checkRefusal(t, err, Invalid, notSigned)
	}
}

func TestFloodOfUnknownKeys(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	v := New(i.config())
	flood := func(now time.Time, fetches int64) {
		t.Helper()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				token := sign(t, p256(), object{"alg": "ES256", "kid": "2"}, i.claims())
				_, err := verify(t.Context(), v, now, token, i.provider())
				checkRefusal(t, err, Invalid, noKey)
			})
		}
		group.Wait()
		if got := i.fetches(); got != fetches {
			t.Errorf("at %s there were %d fetches, want %d", now, got, fetches)
		}
	}
	flood(noon, 1)
	flood(noon.Add(minInterval-1), 1)
	flood(noon.Add(minInterval), 2)
	flood(noon.Add(minInterval+time.Second), 2)
	flood(noon.Add(minInterval-time.Second), 2) // a request that was on its way for longer
	flood(noon.Add(2*minInterval), 3)
}

func TestRotation(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	i.header = http.Header{"Cache-Control": {"max-age=600"}}
	v := New(i.config())
	check := func(now time.Time, key any, algorithm, kid, message string) {
		t.Helper()
		claims := with(i.claims(), object{"iat": now.Unix(), "exp": now.Unix() + 60})
		_, err := verify(t.Context(), v, now, sign(t, key, object{"alg": algorithm, "kid": kid}, claims), i.provider())
		checkRefusal(t, err, Invalid, message)
	}
	check(noon, p256(), "ES256", "1", "")
	i.change(func() { i.keys = append(i.keys, jwk(t, p384(), object{"kid": "2"})) })
	check(noon.Add(29*time.Second), p384(), "ES384", "2", noKey)
	check(noon.Add(30*time.Second), p384(), "ES384", "2", "")
	check(noon.Add(30*time.Second), p256(), "ES256", "1", "")
	i.change(func() { i.keys = i.keys[1:] })
	later := noon.Add(30*time.Second + 10*time.Minute)
	check(later.Add(-time.Second), p256(), "ES256", "1", "")
	check(later, p256(), "ES256", "1", noKey)
	check(later, p384(), "ES384", "2", "")
	i.change(func() { i.keys = []object{jwk(t, p521(), object{"kid": "2"})} }) // the same id, another key
	check(later.Add(30*time.Second), p521(), "ES512", "2", "")
	if got := i.fetches(); got != 4 {
		t.Errorf("there were %d fetches, want 4", got)
	}
}

func TestIssuerIsDown(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	i.header = http.Header{"Cache-Control": {"public, max-age=60"}}
	v := New(i.config())
	check := func(after time.Duration, message string, requests int64) {
		t.Helper()
		now := noon.Add(after)
		claims := with(i.claims(), object{"iat": now.Unix(), "exp": now.Unix() + 60})
		_, err := verify(t.Context(), v, now, sign(t, p256(), object{"alg": "ES256", "kid": "1"}, claims), i.provider())
		checkRefusal(t, err, Unreachable, message)
		if got := i.requests.Load(); got != requests {
			t.Errorf("after %s there were %d requests, want %d", after, got, requests)
		}
	}
	down := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	i.change(func() { i.handler = down })
	check(0, unreachable, 1)
	check(retryInterval-1, unreachable, 1)
	i.change(func() { i.handler = nil })
	start := retryInterval
	check(start, "", 3)
	i.change(func() { i.handler = down })
	check(start+time.Minute-1, "", 3)
	check(start+time.Minute, "", 4)
	check(start+time.Minute+minInterval-1, "", 4)
	check(start+time.Minute+minInterval, "", 5)
	check(start+time.Minute+maxStale-1, "", 6)
	check(start+time.Minute+maxStale, unreachable, 6)
	check(start+time.Minute+maxStale+retryInterval, unreachable, 7)
	i.change(func() { i.handler = nil })
	check(start+time.Minute+maxStale+2*retryInterval, "", 9)
}

// A key that an issuer may have made since it went down is neither accepted nor said to be wrong.
func TestUnknownKeyOfIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	v := New(i.config())
	known := sign(t, p256(), object{"alg": "ES256", "kid": "1"}, i.claims())
	unknown := sign(t, p384(), object{"alg": "ES384", "kid": "2"}, i.claims())
	_, err := verify(t.Context(), v, noon, known, i.provider())
	checkRefusal(t, err, 0, "")
	i.change(func() {
		i.handler = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	})
	for range 3 {
		_, err = verify(t.Context(), v, noon.Add(minInterval), unknown, i.provider())
		checkRefusal(t, err, Unreachable, unreachable)
		_, err = verify(t.Context(), v, noon.Add(minInterval), known, i.provider())
		checkRefusal(t, err, 0, "")
	}
	if got := i.requests.Load(); got != 3 {
		t.Errorf("there were %d requests, want 3", got)
	}
}

// A clock that was ahead and is set back must not keep keys for as long as it was wrong.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	v := New(i.config())
	future := noon.AddDate(1, 0, 0)
	for n, now := range []time.Time{future, noon} {
		claims := with(i.claims(), object{"iat": now.Unix(), "exp": now.Unix() + 60})
		if _, err := verify(t.Context(), v, now, sign(t, p256(), object{"alg": "ES256", "kid": "1"}, claims), i.provider()); err != nil {
			t.Error(err)
		}
		if got := i.fetches(); got != int64(n+1) {
			t.Errorf("%d fetches, want %d", got, n+1)
		}
	}
}

// The one who begins a fetch may go. Who waits for it has it, and nobody fetches twice.
func TestCallerGoes(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	v := New(i.config())
	started, release := make(chan struct{}), make(chan struct{})
	fetch := v.cache.fetch
	v.cache.fetch = func(ctx context.Context, issuer string) (keySet, error) {
		close(started)
		<-release
		return fetch(ctx, issuer)
	}
	token := sign(t, p256(), object{"alg": "ES256", "kid": "1"}, i.claims())
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := verify(ctx, v, noon, token, i.provider())
		gone <- err
	}()
	<-started
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	stayed := make(chan error)
	for range 10 {
		go func() {
			_, err := verify(t.Context(), v, noon, token, i.provider())
			stayed <- err
		}()
	}
	close(release)
	for range 10 {
		if err := <-stayed; err != nil {
			t.Error(err)
		}
	}
	if got := i.fetches(); got != 1 {
		t.Errorf("%d fetches, want 1", got)
	}
}

func TestReply(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial 10.0.0.1")
	tests := []struct {
		err  *Error
		want *aws.Error
	}{
		{NoProvider("https://i"), aws.Errorf(aws.InvalidIdentityToken, "No OpenIDConnect provider found in your account for https://i")},
		{errNoKey(cause), aws.Errorf(aws.InvalidIdentityToken, noKey).Because(cause)},
		{errUnreachable(cause), aws.Errorf(aws.IDPCommunicationError, unreachable).Because(cause)},
		{&Error{Kind: Expired, Message: "100%d"}, aws.Errorf(aws.ExpiredTokenException, "100%%d")},
	}
	for _, test := range tests {
		got := test.err.Reply()
		if got.Error() != test.want.Error() || !errors.Is(got.Unwrap(), test.want.Unwrap()) {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}
