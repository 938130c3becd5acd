package oidc

import (
	"errors"
	"slices"
	"testing"
)

func FuzzParseToken(f *testing.F) {
	claims := object{
		"iss": "https://i", "sub": "s", "aud": []string{"a"}, "exp": 2, "iat": 1, "amr": []string{"mfa"},
		tagsClaim: object{principalTags: object{"k": []string{"v"}}, transitiveTagKeys: []string{"k"}},
	}
	f.Add(sign(f, p256(), object{"alg": "ES256", "kid": "1"}, claims))
	f.Add(sign(f, rsaKey(), object{"alg": "RS256", "typ": "at+jwt"}, claims))
	f.Add(sign(f, p256(), object{"alg": "none"}, claims))
	f.Add(signText(f, p256(), `{"alg":"ES256","jwk":{"kty":"EC"}}`, `{"iss":1}`))
	f.Add("..")
	k, ok := parseKey(jwk(f, p384(), nil))
	if !ok {
		f.Fatal("no key")
	}
	f.Fuzz(func(t *testing.T, token string) {
		parsed, err := Parse(token)
		var refusal *Error
		if err != nil {
			if !errors.As(err, &refusal) || refusal.Reply().Message == "" {
				t.Fatalf("got %v", err)
			}
			return
		}
		if !slices.Contains(algorithms, parsed.algorithm) || parsed.Issuer() == "" || parsed.claims.Subject == "" || len(parsed.claims.Audiences) == 0 {
			t.Errorf("took %+v", parsed)
		}
		if parsed.checkSignature([]key{k}) == nil {
			t.Error("nobody has signed this")
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(toJSON(f, object{"keys": []object{jwk(f, p256(), object{"alg": "ES256"}), jwk(f, rsaKey(), object{"use": "sig"})}})))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AA","e":"AA"},{"kty":"EC","crv":"P-256","x":"","y":""}]}`))
	token := sign(f, p256(), object{"alg": "ES256"}, object{"iss": "https://i", "sub": "s", "aud": "a", "exp": 2, "iat": 1})
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := parseKeys(text)
		if err != nil {
			return
		}
		for _, k := range keys {
			if len(k.algorithms) == 0 {
				t.Errorf("a key for nothing: %+v", k)
			}
		}
		parsed, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		_ = parsed.checkSignature(keys) // must not panic
	})
}
