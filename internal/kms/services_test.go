package kms_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/daypass/daypass/sigv4"
)

func newKey(t *testing.T) []byte {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return key
}

func seal(key, plaintext, associated []byte) []byte {
	return gcm(key).Seal(nil, nil, plaintext, associated)
}

func unseal(key, sealed, associated []byte) ([]byte, error) {
	return gcm(key).Open(nil, nil, sealed, associated)
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// vault is a Vault with a transit engine, as far as it is asked here: tokens, versions of keys, associated data. For keys that are
// not derived it does not heed "context", as Vault does not.
type vault struct {
	token string
	keys  map[string][][]byte // by name, their versions
}

// ServeHTTP makes it a server.
func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, data, err := v.answer(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	answer := map[string]any{"data": data}
	if err != nil {
		answer = map[string]any{"errors": []string{err.Error()}}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (v *vault) answer(r *http.Request) (status int, data map[string]string, err error) {
	var in struct {
		Plaintext  []byte `json:"plaintext"`
		Ciphertext string `json:"ciphertext"`
		Associated []byte `json:"associated_data"`
	}
	if r.Header.Get("X-Vault-Token") != v.token {
		return http.StatusForbidden, nil, errors.New("permission denied")
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return http.StatusBadRequest, nil, err
	}
	verb, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/transit/"), "/")
	versions, ok := v.keys[name]
	if r.Method != http.MethodPut || !ok {
		return http.StatusBadRequest, nil, errors.New("encryption key not found")
	}
	if verb == "encrypt" {
		sealed := seal(versions[len(versions)-1], in.Plaintext, in.Associated)
		return http.StatusOK, map[string]string{"ciphertext": fmt.Sprintf("vault:v%d:%s", len(versions), base64.StdEncoding.EncodeToString(sealed))}, nil
	}
	parts := strings.Split(in.Ciphertext, ":")
	if verb != "decrypt" || len(parts) != 3 {
		return http.StatusBadRequest, nil, errors.New("invalid ciphertext")
	}
	version, err := strconv.Atoi(strings.TrimPrefix(parts[1], "v"))
	if err != nil || version < 1 || version > len(versions) {
		return http.StatusBadRequest, nil, errors.New("cipher: message authentication failed")
	}
	sealed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return http.StatusBadRequest, nil, err
	}
	clear, err := unseal(versions[version-1], sealed, in.Associated)
	if err != nil {
		return http.StatusBadRequest, nil, err
	}
	return http.StatusOK, map[string]string{"plaintext": base64.StdEncoding.EncodeToString(clear)}, nil
}

// awsKMS is AWS KMS, as far as it is asked here: signatures, keys, encryption contexts.
type awsKMS struct {
	accessKeyID, secretAccessKey string
	keys                         map[string][]byte // by ARN
	replay                       bool              // answer each Decrypt with what was encrypted last
	last                         []byte
	t                            *testing.T
}

// ServeHTTP makes it a server.
func (a *awsKMS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		a.t.Error(err)
	}
	answer, code := a.answer(r, body)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if code != "" {
		w.WriteHeader(http.StatusBadRequest)
		answer = map[string]any{"__type": code, "message": code}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// signed reports whether the signature is right, for the service and the region of the key.
func (a *awsKMS) signed(r *http.Request, body []byte, region string) bool {
	s, err := sigv4.Parse(sigv4.Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header})
	if err != nil || s.AccessKeyID != a.accessKeyID || s.Scope.Service != "kms" || s.Scope.Region != region {
		return false
	}
	key := sigv4.DeriveKey(a.secretAccessKey, s.Scope)
	return s.Verify(&key, sigv4.PayloadOf(body))
}

func (a *awsKMS) answer(r *http.Request, body []byte) (answer map[string]any, code string) {
	var in struct {
		KeyID          string `json:"KeyId"`
		Plaintext      []byte
		CiphertextBlob []byte
		Context        map[string]string `json:"EncryptionContext"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, "SerializationException"
	}
	if parts := strings.Split(in.KeyID, ":"); len(parts) != 6 || !a.signed(r, body, parts[3]) {
		return nil, "InvalidSignatureException"
	}
	key, ok := a.keys[in.KeyID]
	if !ok {
		return nil, "NotFoundException"
	}
	context, err := json.Marshal(in.Context) // by name, sorted
	if err != nil {
		return nil, "SerializationException"
	}
	switch r.Header.Get("X-Amz-Target") {
	case "TrentService.Encrypt":
		if len(in.Plaintext) > 4096 { // as AWS
			return nil, "ValidationException"
		}
		a.last = slices.Clone(in.Plaintext)
		blob := append([]byte(in.KeyID+"|"), seal(key, in.Plaintext, context)...)
		return map[string]any{"KeyId": in.KeyID, "CiphertextBlob": blob}, ""
	case "TrentService.Decrypt":
		if a.replay {
			return map[string]any{"KeyId": in.KeyID, "Plaintext": a.last}, ""
		}
		name, sealed, _ := bytes.Cut(in.CiphertextBlob, []byte("|"))
		if string(name) != in.KeyID {
			return nil, "IncorrectKeyException"
		}
		clear, err := unseal(key, sealed, context)
		if err != nil {
			return nil, "InvalidCiphertextException"
		}
		return map[string]any{"KeyId": in.KeyID, "Plaintext": clear}, ""
	}
	return nil, "UnknownOperationException"
}
