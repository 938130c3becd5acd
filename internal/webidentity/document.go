package webidentity

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// CacheTime is how long anybody may keep a document.
const CacheTime = 5 * time.Minute

// What follows the uuid in the path of an issuer's documents.
const (
	discoveryPath = "/.well-known/openid-configuration"
	keysPath      = "/.well-known/jwks.json"
)

// Document returns the document at a path, as it was requested, below Path: the discovery document of an issuer, or its public
// keys. Where there is none it returns ErrDisabled: an account that has disabled its issuer is not told from one that never was.
func (i *Issuers) Document(ctx context.Context, path string, now time.Time) ([]byte, error) {
	rest, ok := strings.CutPrefix(path, Path)
	if !ok || len(rest) < uuidLength {
		return nil, ErrDisabled
	}
	uuid, name := rest[:uuidLength], rest[uuidLength:]
	if !isUUID(uuid) || name != discoveryPath && name != keysPath {
		return nil, ErrDisabled
	}
	is, err := i.ofUUID(ctx, uuid, now)
	switch {
	case err != nil:
		return nil, err
	case name == keysPath:
		return is.publicKeys(now)
	}
	return json.Marshal(i.discovery(is))
}

const uuidLength = 36

// isUUID reports whether s can be one of ours. What anybody on the network sends is not looked up in a database otherwise.
func isUUID(s string) bool {
	for i, c := range []byte(s) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (c == '-') || !hyphen && !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return false
		}
	}
	return len(s) == uuidLength
}

// discovery is the discovery document. AWS's has no response types, which OpenID Connect Discovery requires.
type discovery struct {
	Issuer        string   `json:"issuer"`
	JWKSURI       string   `json:"jwks_uri"`
	Subjects      []string `json:"subject_types_supported"`
	ResponseTypes []string `json:"response_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	Claims        []string `json:"claims_supported"`
}

func (i *Issuers) discovery(is *issuer) discovery {
	return discovery{
		Issuer:        i.url(is.uuid),
		JWKSURI:       i.url(is.uuid) + keysPath,
		Subjects:      []string{"public"},
		ResponseTypes: []string{"id_token"},
		Algorithms:    []string{RS256, ES384},
		Claims:        []string{"sub", "iss", "aud", "exp", "iat", "jti", namespace},
	}
}

// publicKeys is the JWK set: keys that sign, keys that soon will, and keys whose last tokens may still be about.
func (is *issuer) publicKeys(now time.Time) ([]byte, error) {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, k := range is.keys {
		if k.published(now) {
			set.Keys = append(set.Keys, k.jwk)
		}
	}
	return json.Marshal(set)
}
