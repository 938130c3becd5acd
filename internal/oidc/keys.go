package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// algorithms are those of AWS (spec section 5.7).
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

const (
	// maxKeys is how many keys of a type a set may have.
	maxKeys = 100
	// minRSABits is the least that is secure. go-jose reads none above 4,096.
	minRSABits = 2048
)

// key is a key of an issuer, and what it may be used for: a key that is used with an algorithm it was not made for can be
// forged with.
type key struct {
	id         string
	algorithms []jose.SignatureAlgorithm
	public     any
}

// parseKeys reads a JSON Web Key Set. Keys that are no use here are left out, as RFC 7517 section 5 has it.
func parseKeys(text []byte) ([]key, error) {
	set, err := parseObject(text)
	if err != nil {
		return nil, err
	}
	members, ok := set["keys"].([]any)
	if !ok {
		return nil, errors.New("it has no list of keys")
	}
	counts := map[any]int{}
	var keys []key
	for _, member := range members {
		object, ok := member.(map[string]any)
		if !ok {
			return nil, errors.New("a key is not an object")
		}
		if kind, ok := object["kty"].(string); ok && (kind == "RSA" || kind == "EC") {
			if counts[kind]++; counts[kind] > maxKeys {
				return nil, fmt.Errorf("there are more than %d keys of the type %s", maxKeys, kind)
			}
			if k, ok := parseKey(object); ok {
				keys = append(keys, k)
			}
		}
	}
	return keys, nil
}

// parseKey reads a key for signatures. One whose private half was published is no key any more.
func parseKey(object map[string]any) (k key, ok bool) {
	if _, private := object["d"]; private || !isForSignatures(object) {
		return key{}, false
	}
	if id, there := object["kid"]; there {
		if k.id, ok = id.(string); !ok {
			return key{}, false
		}
	}
	if k.public, ok = parsePublic(object); !ok {
		return key{}, false
	}
	k.algorithms = algorithmsOf(k.public)
	if name, there := object["alg"]; there {
		text, _ := name.(string)
		only := jose.SignatureAlgorithm(text)
		if !slices.Contains(k.algorithms, only) {
			return key{}, false
		}
		k.algorithms = []jose.SignatureAlgorithm{only}
	}
	return k, len(k.algorithms) > 0
}

func isForSignatures(object map[string]any) bool {
	if use, there := object["use"]; there && use != "sig" {
		return false
	}
	operations, there := object["key_ops"]
	list, _ := operations.([]any)
	return !there || slices.Contains(list, any("verify"))
}

// parsePublic has go-jose read the numbers of the key, and nothing beside them: certificates tell us nothing.
func parsePublic(object map[string]any) (public any, ok bool) {
	numbers := map[string]any{}
	for _, name := range []string{"kty", "n", "e", "crv", "x", "y"} {
		if value, there := object[name]; there {
			numbers[name] = value
		}
	}
	text, err := json.Marshal(numbers)
	if err != nil {
		return nil, false
	}
	var parsed jose.JSONWebKey
	if err := parsed.UnmarshalJSON(text); err != nil {
		return nil, false
	}
	return parsed.Key, true
}

// algorithmsOf are those that a key may be used with; none for a key that is too weak.
func algorithmsOf(public any) []jose.SignatureAlgorithm {
	switch public := public.(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() >= minRSABits {
			return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512}
		}
	case *ecdsa.PublicKey:
		switch public.Curve {
		case elliptic.P256():
			return []jose.SignatureAlgorithm{jose.ES256}
		case elliptic.P384():
			return []jose.SignatureAlgorithm{jose.ES384}
		case elliptic.P521():
			return []jose.SignatureAlgorithm{jose.ES512}
		}
	}
	return nil
}

// keysFor are those that the token may be signed with. A token that names no key is taken only where there is no choice.
func (t *Token) keysFor(all []key) []key {
	var found []key
	for _, k := range all {
		if (t.keyID == "" || t.keyID == k.id) && slices.Contains(k.algorithms, t.algorithm) {
			found = append(found, k)
		}
	}
	if t.keyID == "" && len(found) > 1 {
		return nil
	}
	return found
}

// Why no key verifies a token.
var (
	errKeyUnknown = errors.New("the issuer has no such key for this algorithm")
	errNotSigned  = errors.New("the signature is not the key's")
)

// checkSignature says whether one of the keys made the token's signature.
func (t *Token) checkSignature(all []key) error {
	keys := t.keysFor(all)
	if len(keys) == 0 {
		return errKeyUnknown
	}
	for _, k := range keys {
		if _, err := t.jws.Verify(k.public); err == nil {
			return nil
		}
	}
	return errNotSigned
}
