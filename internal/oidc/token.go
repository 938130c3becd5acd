package oidc

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxToken is the length AWS's model allows (spec section 5.1).
const maxToken = 20_000

// scheme is that of every issuer. IAM keeps a provider's URL without it.
const scheme = "https://"

// Token is a token as it came: what it says is a claim of whoever sent it, and only Verifier.Verify makes it more.
type Token struct {
	jws         *jose.JSONWebSignature
	algorithm   jose.SignatureAlgorithm
	keyID       string // empty: the token names no key
	claims      Claims
	notBefore   int64 // seconds since 1970; 0: the token does not say
	issued, end int64
}

// Issuer is the claim iss, which nothing has verified yet. It is for looking up the provider, and for a refusal.
func (t *Token) Issuer() string { return t.claims.Issuer }

// ProviderURL is what IAM keeps of the URL of a provider with this issuer, the part behind "https://". It is empty, and no
// provider's, for an issuer that is no such URL.
func (t *Token) ProviderURL() string {
	url, ok := strings.CutPrefix(t.claims.Issuer, scheme)
	if !ok {
		return ""
	}
	return url
}

// Parse reads a token and checks all that needs no clock, no provider and no key. The error is an *Error.
func Parse(token string) (*Token, error) {
	header, payload, err := split(token)
	if err != nil {
		return nil, errNotJWT("%w", err)
	}
	t := &Token{}
	if err := t.readHeader(header); err != nil {
		return nil, errNotJWT("the header of the token: %w", err)
	}
	if t.jws, err = jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{t.algorithm}); err != nil {
		return nil, errNotJWT("%w", err)
	}
	claims, err := parseObject(payload)
	if err != nil {
		return nil, errNotJWT("the claims of the token: %w", err)
	}
	if err := t.readClaims(claims); err != nil {
		return nil, err
	}
	return t, nil
}

// split takes the compact form apart. Package base64 would skip line ends, and take bits that no byte has.
func split(token string) (header, payload []byte, err error) {
	if len(token) > maxToken {
		return nil, nil, fmt.Errorf("the token is longer than %d characters", maxToken)
	}
	if strings.ContainsAny(token, "\r\n") {
		return nil, nil, errors.New("the token has line ends")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, fmt.Errorf("the token has %d parts, not 3", len(parts))
	}
	decoded := make([][]byte, len(parts))
	for i, part := range parts {
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return nil, nil, fmt.Errorf("part %d of the token: %w", i+1, err)
		}
		if len(decoded[i]) == 0 {
			return nil, nil, fmt.Errorf("part %d of the token is empty", i+1)
		}
	}
	return decoded[0], decoded[1], nil
}

// readHeader refuses what would change how the token is to be read. Members that only point at keys (jku, x5u, x5c) are
// not looked at, since keys come from the registered issuer alone; a key in the token itself is refused, because nobody
// needs one whom we trust.
func (t *Token) readHeader(text []byte) error {
	header, err := parseObject(text)
	if err != nil {
		return err
	}
	for _, name := range []string{"b64", "crit", "jwk"} {
		if _, there := header[name]; there {
			return fmt.Errorf("it has %s", name)
		}
	}
	algorithm, _ := header["alg"].(string)
	t.algorithm = jose.SignatureAlgorithm(algorithm)
	if !slices.Contains(algorithms, t.algorithm) {
		return fmt.Errorf("its algorithm %q is none of %q", algorithm, algorithms)
	}
	if err := checkType(header); err != nil {
		return err
	}
	keyID, there := header["kid"]
	if t.keyID, _ = keyID.(string); there && t.keyID == "" {
		return errors.New("its kid is no string, or empty")
	}
	return nil
}

// checkType refuses tokens that issuers sign for other purposes, such as logging somebody out. JOSE is SPIFFE's word.
func checkType(header map[string]any) error {
	value, there := header["typ"]
	if !there {
		return nil
	}
	name, _ := value.(string)
	switch strings.TrimPrefix(strings.ToLower(name), "application/") {
	case "jwt", "at+jwt", "jose":
		return nil
	}
	return fmt.Errorf("its type %q is none of JWT, at+jwt, JOSE", name)
}
