package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// aws-vault asks for its MFA session by itself, and assumes roles with it. It has no endpoint setting and talks to sts.amazonaws.com, so its way
// there leads through a proxy that ends TLS and passes the request on to daypass as it is.
func TestAWSVault(t *testing.T) {
	t.Parallel()
	program := builtAWSVault(t) // before there are codes, which don't wait for a build
	server := start(t, config{})
	alice := enrol(t, server, "alice")
	server.allow("alice", "sts:AssumeRole")
	server.createRole("deploy", wholeAccount, needsMFA)
	dir := t.TempDir()
	configuration := filepath.Join(dir, "config")
	if err := os.WriteFile(configuration, []byte("[profile alice]\nregion = "+region+"\nmfa_serial = "+alice.serial+
		"\n[profile deploy]\nregion = "+region+"\nsource_profile = alice\nmfa_serial = "+alice.serial+
		"\nrole_arn = "+roleARN("deploy")+"\nrole_session_name = vault\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environment := append(clientEnvironment(alice.credentials),
		"AWS_CONFIG_FILE="+configuration,
		"AWS_VAULT_BACKEND=file",
		"AWS_VAULT_FILE_DIR="+filepath.Join(dir, "keys"),
		"AWS_VAULT_FILE_PASSPHRASE=for this test only",
	)
	environment = append(environment, server.asAmazon(t)...)
	awsVault := func(arguments ...string) string {
		command := exec.Command(program, arguments...)
		command.Env = environment
		return output(t, command)
	}
	awsVault("add", "--env", "alice")
	environment = withoutKeys(environment)
	export := func(arguments ...string) credentials {
		session := credentialsIn(t, awsVault(append([]string{"export", "--format=json", "--duration=1h"}, arguments...)...))
		server.secret("a session token", session.SessionToken)
		return session
	}
	server.wantARN(export("--mfa-token="+alice.code, "alice"), userARN("alice"))
	server.wantARN(export("deploy"), sessionARN("deploy", "vault")) // by the session with MFA, which it kept
}

// withoutKeys is an environment in which a client has to get its key from elsewhere.
func withoutKeys(environment []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(variable string) bool {
		return strings.HasPrefix(variable, "AWS_ACCESS_KEY_ID=") || strings.HasPrefix(variable, "AWS_SECRET_ACCESS_KEY=")
	})
}

func credentialsIn(t *testing.T, exported string) credentials {
	t.Helper()
	var c credentials
	if err := json.Unmarshal([]byte(exported), &c); err != nil {
		t.Fatalf("%v:\n%s", err, exported)
	}
	return c
}

// builtAWSVault builds aws-vault from its own module and returns its path. Go's cache makes the second time quick.
func builtAWSVault(t *testing.T) string {
	t.Helper()
	command := exec.Command("go", "tool", "-n", "aws-vault")
	command.Dir = "awsvault"
	return output(t, command)
}

// asAmazon returns what has a client find the server where it looks for AWS: it needs no endpoint setting then.
func (s *server) asAmazon(t *testing.T) []string {
	t.Helper()
	proxy, authority := interceptor(t, s.endpoint)
	return []string{"HTTPS_PROXY=" + proxy, "SSL_CERT_FILE=" + authority, "AWS_CA_BUNDLE=" + authority}
}

// interceptor returns the address of a CONNECT proxy that answers for every host with what the endpoint says, and the file
// of the authority that its certificates are trusted by.
func interceptor(t *testing.T, endpoint string) (address, authority string) {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	amazon := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}})
	certificate := selfSigned(t, "iam.amazonaws.com", "sts.amazonaws.com", "sts."+region+".amazonaws.com")
	amazon.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	amazon.StartTLS()
	t.Cleanup(amazon.Close)
	authority, _ = writePEM(t, certificate)
	return tunnelTo(t, amazon.Listener.Addr().String()), authority
}

// tunnelTo returns the address of a CONNECT proxy that leads to one address, whichever it is asked for.
func tunnelTo(t *testing.T, address string) string {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
			return
		}
		tunnel(w, address)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// tunnel joins the client's connection with one to the address until either ends.
func tunnel(w http.ResponseWriter, address string) {
	server, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = server.Close()
		return
	}
	go func() {
		_, _ = io.Copy(server, buffered)
		_ = server.Close()
	}()
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
}

func selfSigned(t *testing.T, hosts ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return certify(t, key, hosts...)
}

// certify has a key sign a certificate for itself.
func certify(t *testing.T, key crypto.Signer, hosts ...string) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "daypass e2e"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	for _, host := range hosts {
		if address := net.ParseIP(host); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// writePEM returns files with a certificate and its key.
func writePEM(t *testing.T, c tls.Certificate) (certificate, key string) {
	t.Helper()
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
	pkcs8, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
		key:         {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// poolOf trusts one certificate.
func poolOf(t *testing.T, c tls.Certificate) *x509.CertPool {
	t.Helper()
	certificate, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return pool
}
