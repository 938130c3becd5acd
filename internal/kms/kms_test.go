package kms_test

import (
	"context"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/daypass/daypass/internal/kms"
	"github.com/daypass/daypass/internal/store"
)

const keyARN = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"

// vaultURI starts a Vault and names a key of it.
func vaultURI(t *testing.T, v *vault) string {
	t.Helper()
	server := httptest.NewTLSServer(v)
	t.Cleanup(server.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VAULT_CACERT", authority)
	t.Setenv("VAULT_ADDR", "https://vault.invalid") // the URI's counts
	t.Setenv("VAULT_TOKEN", v.token)
	return "hcvault://" + server.Listener.Addr().String() + "/transit/keys/daypass"
}

// awsURI starts an AWS KMS and names a key of it.
func awsURI(t *testing.T, a *awsKMS) string {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_KMS", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", a.accessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", a.secretAccessKey)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	return "aws-kms://" + keyARN
}

func newAWS(t *testing.T) *awsKMS {
	return &awsKMS{accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", keys: map[string][]byte{keyARN: newKey(t)}, t: t}
}

func open(t *testing.T, uri string) tink.AEADWithContext {
	t.Helper()
	key, err := kms.Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// roundTrip holds that what a service seals opens, under its own associated data alone.
func roundTrip(t *testing.T, uri string) []byte {
	t.Helper()
	key := open(t, uri)
	sealed, err := key.EncryptWithContext(t.Context(), []byte("secret"), []byte("place"))
	if err != nil {
		t.Fatal(err)
	}
	clear, err := key.DecryptWithContext(t.Context(), sealed, []byte("place"))
	if err != nil || string(clear) != "secret" {
		t.Errorf("%q, %v", clear, err)
	}
	for _, place := range []string{"elsewhere", ""} {
		if _, err := key.DecryptWithContext(t.Context(), sealed, []byte(place)); err == nil {
			t.Errorf("it opens under the associated data %q", place)
		}
	}
	return sealed
}

func TestVault(t *testing.T) { //nolint:paralleltest // the environment is the process's
	v := &vault{token: "s.token", keys: map[string][][]byte{"daypass": {newKey(t)}, "another": {newKey(t)}}}
	uri := vaultURI(t, v)
	sealed := roundTrip(t, uri)
	v.keys["daypass"] = append(v.keys["daypass"], newKey(t)) // rotated there
	if _, err := open(t, uri).DecryptWithContext(t.Context(), sealed, []byte("place")); err != nil {
		t.Errorf("an older version: %v", err)
	}
	roundTrip(t, uri)
	fails(t, strings.Replace(uri, "daypass", "another", 1), sealed, "message authentication failed")
	fails(t, strings.Replace(uri, "daypass", "none", 1), sealed, "encryption key not found")
	v.token = "s.renewed"
	fails(t, uri, sealed, "permission denied")
}

func TestAWS(t *testing.T) { //nolint:paralleltest // the environment is the process's
	a := newAWS(t)
	uri := awsURI(t, a)
	sealed := roundTrip(t, uri)
	another := strings.Replace(keyARN, "1111", "2222", 1)
	a.keys[another] = newKey(t)
	fails(t, "aws-kms://"+another, sealed, "IncorrectKeyException")
	fails(t, strings.Replace(uri, "1111", "3333", 1), sealed, "NotFoundException")
	fails(t, strings.Replace(uri, "eu-central-1", "eu-central-2", 1), sealed, "NotFoundException") // signed for the key's own region
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another")
	fails(t, uri, sealed, "InvalidSignatureException")
}

func fails(t *testing.T, uri string, sealed []byte, text string) {
	t.Helper()
	_, err := open(t, uri).DecryptWithContext(t.Context(), sealed, []byte("place"))
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v, which does not say %q", uri, err, text)
	}
}

func TestOpenRefusals(t *testing.T) { //nolint:paralleltest // the environment is the process's
	t.Setenv("VAULT_TOKEN", "")
	for uri, text := range map[string]string{
		"hcvault://":                             "is not such as",
		"hcvault:///transit/keys/x":              "is not such as",
		"hcvault://user@host/transit/keys/x":     "is not such as",
		"hcvault://host/transit/keys/x?y":        "is not such as",
		"hcvault://host/transit/keys/x":          "VAULT_TOKEN is not set",
		"aws-kms://":                             "is not such as",
		"aws-kms://alias/daypass":                "is not such as",
		"aws-kms://arn:aws:s3:eu-west-1:1:key/x": "is not such as",
		"aws-kms://arn:aws:kms::1:key/x":         "is not such as",
	} {
		if _, err := kms.Open(t.Context(), uri); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, which does not say %q", uri, err, text)
		}
	}
	t.Setenv("VAULT_TOKEN", "x")
	if _, err := kms.Open(t.Context(), "hcvault://host/transit/x"); err == nil || !strings.Contains(err.Error(), "malformed keyPath") {
		t.Errorf("a path without keys: %v", err)
	}
}

// A service that does not answer is an error in time, and nothing else is tried.
func TestUnreachable(t *testing.T) { //nolint:paralleltest // the environment is the process's
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VAULT_TOKEN", "x")
	awsURI(t, newAWS(t))
	t.Setenv("AWS_ENDPOINT_URL_KMS", "http://"+address)
	for _, uri := range []string{"hcvault://" + address + "/transit/keys/daypass", "aws-kms://" + keyARN} {
		options := store.Options{URL: filepath.Join(t.TempDir(), "daypass.db"), SealingKey: store.SealingKeyKMS{Name: uri, Key: open(t, uri)}}
		_, err := store.Open(t.Context(), options, time.Unix(1_800_000_000, 0))
		if err == nil || !strings.Contains(err.Error(), uri+" does not wrap a sealing key: ") || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%v", err)
		}
	}
}

// A call that is abandoned ends.
func TestCancelled(t *testing.T) { //nolint:paralleltest // the environment is the process's
	a := newAWS(t)
	key := open(t, awsURI(t, a))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := key.EncryptWithContext(ctx, []byte("x"), nil); err == nil {
		t.Error("it was not abandoned")
	}
}

// A database whose sealing key a service has wrapped opens with that key of the service, and with the service's answer to no other
// question.
func TestStore(t *testing.T) { //nolint:paralleltest // the environment is the process's
	now := time.Unix(1_800_000_000, 0)
	v := &vault{token: "s.token", keys: map[string][][]byte{"daypass": {newKey(t)}, "another": {newKey(t)}}}
	a := newAWS(t)
	inVault, inAWS := vaultURI(t, v), awsURI(t, a)
	url := filepath.Join(t.TempDir(), "daypass.db")
	openStore := func(uri string) (*store.Store, error) {
		return store.Open(t.Context(), store.Options{URL: url, SealingKey: store.SealingKeyKMS{Name: uri, Key: open(t, uri)}}, now)
	}
	s, err := openStore(inVault)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rewrap(t.Context(), store.SealingKeyKMS{Name: inAWS, Key: open(t, inAWS)}, now); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := openStore(inVault); err == nil || !strings.Contains(err.Error(), "which "+inAWS+" has wrapped") {
		t.Errorf("the old service: %v, %v", s, err)
	}
	s, err = openStore(inAWS)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	a.replay = true // the service answers with what it was given last, whatever is asked
	roundTripOf(t, open(t, inAWS))
	if s, err := openStore(inAWS); err == nil || !strings.Contains(err.Error(), "is no sealing key") {
		t.Errorf("an answer for another ciphertext: %v, %v", s, err)
	}
}

func roundTripOf(t *testing.T, key tink.AEADWithContext) {
	t.Helper()
	if _, err := key.EncryptWithContext(t.Context(), []byte("something else"), []byte("place")); err != nil {
		t.Fatal(err)
	}
}
