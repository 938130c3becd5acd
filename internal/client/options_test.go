package client_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/google/go-cmp/cmp"

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

// The SDK's own warnings are for nobody who types a command.
func TestQuiet(t *testing.T) {
	atHome(t, "")
	loaded, err := client.Options{}.Config(t.Context())
	if _, quiet := loaded.Logger.(logging.Nop); err != nil || !quiet {
		t.Errorf("%T %v", loaded.Logger, err)
	}
}

// What a command names comes before all that is configured, and before that all of it is to be ignored.
func TestEndpoint(t *testing.T) {
	atHome(t, "[default]\nendpoint_url = http://127.0.0.1:1\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(identity)) }))
	t.Cleanup(server.Close)
	for _, variable := range []string{"", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1"} {
		t.Run(variable, func(t *testing.T) {
			if name, value, ok := strings.Cut(variable, "="); ok {
				t.Setenv(name, value)
			}
			if err := call(t, client.Options{EndpointURL: server.URL}); err != nil {
				t.Error(err)
			}
		})
	}
}

// Roles of profiles are assumed where the profile's services are, too, and not at AWS.
func TestRoleEndpoint(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		action := r.FormValue("Action")
		asked = append(asked, action)
		if action == "GetCallerIdentity" {
			_, _ = w.Write([]byte(identity))
			return
		}
		_, _ = fmt.Fprintf(w, "<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"+
			"<SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></%[1]sResult></%[1]sResponse>", action)
	}))
	t.Cleanup(server.Close)
	role := "role_arn = arn:aws:iam::123456789012:role/r\n"
	place := "endpoint_url = " + server.URL + "\n"
	for _, test := range []struct {
		name, config, variable string
		options                client.Options
		action                 string
	}{
		{"profile", role + place + "source_profile = key\n", "", client.Options{}, "AssumeRole"},
		{"variable", role + "source_profile = key\n", "AWS_ENDPOINT_URL", client.Options{}, "AssumeRole"},
		{"variable of STS", role + "source_profile = key\n", "AWS_ENDPOINT_URL_STS", client.Options{}, "AssumeRole"},
		{"option", role + "source_profile = key\n", "", client.Options{EndpointURL: server.URL}, "AssumeRole"},
		{"web identity", role + place + "web_identity_token_file = TOKEN\n", "", client.Options{}, "AssumeRoleWithWebIdentity"},
	} {
		t.Run(test.name, func(t *testing.T) {
			token := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(token, []byte("token"), 0o600); err != nil {
				t.Fatal(err)
			}
			atHome(t, "[profile key]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = s\n[profile role]\n"+
				strings.ReplaceAll(test.config, "TOKEN", token))
			for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"} {
				t.Setenv(name, "") // for what it was to come back
				if err := os.Unsetenv(name); err != nil {
					t.Fatal(err)
				}
			}
			if test.variable != "" {
				t.Setenv(test.variable, server.URL)
			}
			asked = nil
			test.options.Profile = "role"
			if err := call(t, test.options); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.action, "GetCallerIdentity"}, asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An answer without an end is no reason to take all memory.
func TestEndlessAnswer(t *testing.T) {
	atHome(t, "")
	for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
		sent := make(chan int, 1)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, err := io.WriteString(w, "<Response><GetCallerIdentityResult><Account>")
			n := 0
			for block := strings.Repeat("1", 1<<20); err == nil && n < 100; n++ {
				_, err = io.WriteString(w, block)
			}
			sent <- n
		}))
		t.Cleanup(server.Close)
		if err := call(t, client.Options{EndpointURL: server.URL}); err == nil {
			t.Errorf("%d: it is taken", status)
		}
		if n := <-sent; n == 100 {
			t.Errorf("%d: it is read to its end", status)
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
	atHome(t, "[default]\noutput = table\n[profile alice]\noutput = text\ns3 =\n  output = nested\n"+
		"[profile verbatim]\nregion = us-east-1\noutput = %(region)s\n")
	for profile, want := range map[string]string{"": "table", "default": "table", "alice": "text", "verbatim": "%(region)s", "nobody": ""} {
		if got, err := (client.Options{Profile: profile}).Setting("output"); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", profile, got, err, want)
		}
	}
	t.Setenv("AWS_PROFILE", "alice")
	if got, err := (client.Options{}).Setting("output"); err != nil || got != "text" {
		t.Errorf("$AWS_PROFILE: %q, %v", got, err)
	}
}
