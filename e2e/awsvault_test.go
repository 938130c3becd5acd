package e2e

import (
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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// aws-vault asks for its MFA session by itself. It has no endpoint setting and talks to sts.amazonaws.com, so its way
// there leads through a proxy that ends TLS and passes the request on to daypass as it is.
func TestAWSVault(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	alice := enrol(t, server, "alice")
	dir := t.TempDir()
	configuration := filepath.Join(dir, "config")
	if err := os.WriteFile(configuration, []byte("[profile alice]\nregion = "+region+"\nmfa_serial = "+alice.serial+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy, authority := interceptor(t, server.endpoint)
	environment := append(clientEnvironment(alice.credentials),
		"AWS_CONFIG_FILE="+configuration,
		"AWS_VAULT_BACKEND=file",
		"AWS_VAULT_FILE_DIR="+filepath.Join(dir, "keys"),
		"AWS_VAULT_FILE_PASSPHRASE=for this test only",
		"HTTPS_PROXY="+proxy,
		"SSL_CERT_FILE="+authority,
	)
	awsVault := func(arguments ...string) string {
		command := exec.Command(builtAWSVault(t), arguments...)
		command.Env = environment
		return output(t, command)
	}
	awsVault("add", "--env", "alice")
	environment = slices.DeleteFunc(environment, func(variable string) bool {
		return strings.HasPrefix(variable, "AWS_ACCESS_KEY_ID=") || strings.HasPrefix(variable, "AWS_SECRET_ACCESS_KEY=")
	})

	var session struct {
		credentials
		Expiration time.Time
	}
	exported := awsVault("export", "--format=json", "--duration=1h", "--mfa-token="+alice.code, "alice")
	if err := json.Unmarshal([]byte(exported), &session); err != nil {
		t.Fatalf("%v:\n%s", err, exported)
	}
	server.secret("a session token", session.SessionToken)
	identity, err := server.sts(session.credentials).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := aws.ToString(identity.Arn), "arn:aws:iam::"+accountID+":user/alice"; got != want {
		t.Errorf("aws-vault's session is %q, want %q", got, want)
	}
}

// builtAWSVault builds aws-vault from its own module and returns its path. Go's cache makes the second time quick.
func builtAWSVault(t *testing.T) string {
	t.Helper()
	command := exec.Command("go", "tool", "-n", "aws-vault")
	command.Dir = "awsvault"
	return output(t, command)
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
	certificate := selfSigned(t, "sts.amazonaws.com", "sts."+region+".amazonaws.com")
	amazon.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	amazon.StartTLS()
	t.Cleanup(amazon.Close)

	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
			return
		}
		tunnel(w, amazon.Listener.Addr().String())
	}))
	t.Cleanup(proxy.Close)

	authority = filepath.Join(t.TempDir(), "authority.pem")
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	if err := os.WriteFile(authority, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	return proxy.URL, authority
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
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "daypass e2e"},
		DNSNames:     hosts,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
