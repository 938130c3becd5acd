package e2e

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// keyPair is a certificate that a server speaks TLS with, and who trusts it. The nil keyPair is plain HTTP.
type keyPair struct {
	certificate, key string // PEM files; none when the server orders them itself
	roots            *x509.CertPool
	host             string // that the certificate is for; that of the address when empty
}

// newKeyPair is for the address of the servers, and for hosts.
func newKeyPair(t *testing.T, hosts ...string) *keyPair {
	t.Helper()
	c := selfSigned(t, append([]string{"localhost", "127.0.0.1"}, hosts...)...)
	k := &keyPair{roots: poolOf(t, c)}
	k.certificate, k.key = writePEM(t, c)
	return k
}

func (k *keyPair) scheme() string {
	if k == nil {
		return "http://"
	}
	return "https://"
}

func (k *keyPair) flags() []string {
	if k == nil || k.certificate == "" {
		return nil
	}
	return []string{"--tls-certificate", k.certificate, "--tls-key", k.key}
}

func (k *keyPair) client() *http.Client {
	if k == nil {
		return http.DefaultClient
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: k.roots, ServerName: k.host}, DisableKeepAlives: true}}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	pair := newKeyPair(t)
	server := start(t, config{TLS: pair})
	if shown, want := server.runs[0].stdout.String(), "AWS_ENDPOINT_URL=https://localhost:"; !strings.Contains(shown, want) {
		t.Errorf("the first start shows no %s:\n%s", want, shown)
	}

	t.Run("AWS CLI", func(t *testing.T) {
		path := need(t, debianCLI)
		call := func(environment []string, arguments ...string) (string, error) {
			command := exec.Command(path, append([]string{"--endpoint-url", server.endpoint, "sts", "get-caller-identity"}, arguments...)...)
			command.Env = append(clientEnvironment(server.root), environment...)
			text, err := command.CombinedOutput()
			return string(text), err
		}
		want := "arn:aws:iam::" + accountID + ":root"
		for name, answer := range map[string]func() (string, error){
			"AWS_CA_BUNDLE": func() (string, error) { return call([]string{"AWS_CA_BUNDLE=" + pair.certificate}) },
			"--ca-bundle":   func() (string, error) { return call(nil, "--ca-bundle", pair.certificate) },
		} {
			if text, err := answer(); err != nil || !strings.Contains(text, want) {
				t.Errorf("%s: %v\n%s", name, err, text)
			}
		}
		if text, err := call(nil); err == nil || !strings.Contains(text, "SSL") {
			t.Errorf("who does not trust the certificate: %v\n%s", err, text)
		}
	})

	t.Run("Go SDK", func(t *testing.T) {
		alice := enrol(t, server, "alice")
		answer, err := server.sts(alice.credentials).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{
			SerialNumber: aws.String(alice.serial), TokenCode: aws.String(alice.code),
		})
		if err != nil {
			t.Fatal(err)
		}
		server.wantARN(server.credentialsOf(answer.Credentials), userARN("alice"))
	})

	t.Run("daypass", func(t *testing.T) {
		command := exec.Command(binary, "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
		command.Env = append(clientEnvironment(server.root), "AWS_ENDPOINT_URL="+server.endpoint, "AWS_CA_BUNDLE="+pair.certificate)
		if got, want := output(t, command), "arn:aws:iam::"+accountID+":root"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})

	t.Run("old versions", func(t *testing.T) {
		for version, accepted := range map[uint16]bool{
			tls.VersionTLS13: true, tls.VersionTLS12: true, tls.VersionTLS11: false, tls.VersionTLS10: false,
		} {
			conn, err := tls.Dial("tcp", server.address, &tls.Config{RootCAs: pair.roots, MinVersion: version, MaxVersion: version})
			if (err == nil) != accepted {
				t.Errorf("%s: %v", tls.VersionName(version), err)
			}
			if err == nil {
				_ = conn.Close()
			}
		}
	})

	t.Run("without TLS", func(t *testing.T) {
		response, err := http.Get("http://" + server.address + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "HTTP request to an HTTPS server") ||
			response.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s %v %s", response.Status, response.Header, body)
		}
	})

	t.Run("Strict-Transport-Security", func(t *testing.T) {
		for _, path := range []string{"/", "/healthz", "/nothing"} {
			response, err := pair.client().Get(server.endpoint + path)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if got := response.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
				t.Errorf("%s of %s: %q", response.Status, path, got)
			}
		}
	})
}

// aws-vault speaks TLS with the server itself, to which the tunnel leads it.
func TestTLSAWSVault(t *testing.T) {
	t.Parallel()
	program := builtAWSVault(t) // before there are codes, which don't wait for a build
	pair := newKeyPair(t, "sts.amazonaws.com", "sts."+region+".amazonaws.com")
	server := start(t, config{TLS: pair})
	alice := enrol(t, server, "alice")
	dir := t.TempDir()
	configuration := filepath.Join(dir, "config")
	text := "[profile alice]\nregion = " + region + "\nmfa_serial = " + alice.serial + "\n"
	if err := os.WriteFile(configuration, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	environment := append(clientEnvironment(alice.credentials),
		"AWS_CONFIG_FILE="+configuration,
		"AWS_VAULT_BACKEND=file",
		"AWS_VAULT_FILE_DIR="+filepath.Join(dir, "keys"),
		"AWS_VAULT_FILE_PASSPHRASE=for this test only",
		"HTTPS_PROXY="+tunnelTo(t, server.address), "SSL_CERT_FILE="+pair.certificate, "AWS_CA_BUNDLE="+pair.certificate,
	)
	awsVault := func(environment []string, arguments ...string) string {
		command := exec.Command(program, arguments...)
		command.Env = environment
		return output(t, command)
	}
	awsVault(environment, "add", "--env", "alice")
	exported := awsVault(withoutKeys(environment), "export", "--format=json", "--duration=1h", "--mfa-token="+alice.code, "alice")
	session := credentialsIn(t, exported)
	server.secret("a session token", session.SessionToken)
	server.wantARN(session, userARN("alice"))
}

// A renewal under open connections: they stay, and new ones see the new certificate. What is of no use changes nothing.
func TestTLSRenewal(t *testing.T) {
	t.Parallel()
	pair := newKeyPair(t)
	server := start(t, config{TLS: pair})
	open := pair.client()
	open.Transport.(*http.Transport).DisableKeepAlives = false
	defer open.CloseIdleConnections()
	get := func(c *http.Client) (shown []byte, reused bool) {
		t.Helper()
		request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
		}), http.MethodGet, server.endpoint+"/readyz", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := c.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Error(response.Status)
		}
		return response.TLS.PeerCertificates[0].Raw, reused
	}
	log := &server.runs[0].stderr
	awaitLog := func(text string) {
		t.Helper()
		for deadline := time.Now().Add(patience); !strings.Contains(log.String(), text); time.Sleep(pause) {
			if time.Now().After(deadline) {
				t.Fatalf("no %q in the log:\n%s", text, log)
			}
		}
	}
	first, _ := get(open)

	next := newKeyPair(t)
	pair.roots.AddCert(next.leaf(t))
	move(t, next.certificate, pair.certificate) // and not its key
	awaitLog("the TLS certificate on the disk is of no use")
	if shown, _ := get(pair.client()); !bytes.Equal(shown, first) {
		t.Error("a certificate without its key is shown")
	}
	move(t, next.key, pair.key)
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		if shown, _ := get(pair.client()); !bytes.Equal(shown, first) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the new certificate isn't shown after %v", patience)
		}
	}
	if shown, reused := get(open); !reused || !bytes.Equal(shown, first) {
		t.Error("the open connection was closed")
	}
	if got := strings.Count(log.String(), "is of no use"); got != 1 {
		t.Errorf("the log has %d lines of one fault:\n%s", got, log)
	}
}

func (k *keyPair) leaf(t *testing.T) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(k.certificate, k.key)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// Nobody gets a server onto the network without TLS and without saying so.
func TestNoHTTPOnTheNetwork(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0"} {
		command := exec.Command(binary, "serve", "--data-dir", dir, "--listen", address)
		command.Env = []string{}
		text, err := command.CombinedOutput()
		if err == nil || !strings.Contains(string(text), "not a loopback address") || !strings.Contains(string(text), "--insecure-http") {
			t.Errorf("%s: %v\n%s", address, err, text)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the data directory was made: %v", err)
	}
}
