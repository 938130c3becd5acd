package client_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daypass/daypass/internal/client"
)

const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`

// atHome gives the process a home of its own, with a configuration file, and credentials.
func atHome(t *testing.T, config string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, name := range os.Environ() {
		if name, _, _ = strings.Cut(name, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "the-secret")
	t.Setenv("AWS_SESSION_TOKEN", "the-token")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, "credentials"))
	if err := os.WriteFile(filepath.Join(home, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// call asks who the caller is.
func call(t *testing.T, o client.Options) error {
	t.Helper()
	config, err := o.Config(t.Context())
	if err != nil {
		return err
	}
	_, err = sts.NewFromConfig(config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	return client.ServiceError(err)
}

func expect(t *testing.T, err error, text string, code int) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) || client.ExitCode(err) != code {
		t.Errorf("error %v, exit code %d; want %q and %d", err, client.ExitCode(err), text, code)
	}
}

func TestTLS(t *testing.T) {
	atHome(t, "")
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(identity)) }))
	t.Cleanup(server.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, call(t, client.Options{EndpointURL: server.URL}), "SSL validation failed for "+server.URL, client.ExitOther)
	expect(t, call(t, client.Options{EndpointURL: server.URL, CABundle: bundle + ".not"}), "the CA bundle: ", client.ExitConfiguration)
	for name, o := range map[string]client.Options{
		"bundle": {EndpointURL: server.URL, CABundle: bundle}, "any": {EndpointURL: server.URL, NoVerifySSL: true},
	} {
		if err := call(t, o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadTimeout(t *testing.T) {
	atHome(t, "")
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(done) })
	timeout := 10 * time.Millisecond
	expect(t, call(t, client.Options{EndpointURL: server.URL, ReadTimeout: &timeout}), "Read timeout on endpoint URL: ", client.ExitOther)
}

func TestNoSignRequest(t *testing.T) {
	atHome(t, "")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = w.Write([]byte(identity))
	}))
	t.Cleanup(server.Close)
	expect(t, call(t, client.Options{EndpointURL: server.URL}), "An error occurred (400) when calling the GetCallerIdentity operation: Bad Request", client.ExitService)
	if err := call(t, client.Options{EndpointURL: server.URL, NoSignRequest: true}); err != nil {
		t.Error(err)
	}
}

// What one shows to others for help gives nobody a session.
func TestDebugKeepsSecrets(t *testing.T) {
	atHome(t, "")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(identity)) }))
	t.Cleanup(server.Close)
	var log strings.Builder
	if err := call(t, client.Options{EndpointURL: server.URL, Debug: &log}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"POST / HTTP/1.1", "X-Amz-Security-Token: ***", "Authorization: ***", "HTTP/1.1 200 OK"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, &log)
		}
	}
	for _, secret := range []string{"the-token", "the-secret", "Signature="} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, &log)
		}
	}
}

func TestConfigurationErrors(t *testing.T) {
	atHome(t, "[profile alice]\noutput = text\n[profile broken]\nrole_arn = arn:aws:iam::123456789012:role/x\n")
	expect(t, call(t, client.Options{Profile: "nobody"}), "The config profile (nobody) could not be found", client.ExitOther)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_SESSION_TOKEN", "")
	err := call(t, client.Options{})
	expect(t, err, "Unable to locate credentials.", client.ExitConfiguration)
	if hint := client.Hint(err); !strings.Contains(hint, "daypass configure") {
		t.Errorf("hint %q", hint)
	}
	expect(t, call(t, client.Options{Profile: "broken"}), "Unable to locate credentials.", client.ExitConfiguration)
}

func TestSetting(t *testing.T) {
	atHome(t, "[default]\noutput = table\n[profile alice]\noutput = text\ns3 =\n  output = nested\n")
	for profile, want := range map[string]string{"": "table", "default": "table", "alice": "text", "nobody": ""} {
		if got, err := (client.Options{Profile: profile}).Setting("output"); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", profile, got, err, want)
		}
	}
	t.Setenv("AWS_PROFILE", "alice")
	if got, err := (client.Options{}).Setting("output"); err != nil || got != "text" {
		t.Errorf("$AWS_PROFILE: %q, %v", got, err)
	}
}
