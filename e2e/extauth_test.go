package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/daypass/daypass/sigv4"
)

// trusting is an S3 that believes whoever reaches it.
type trusting struct {
	mutex   sync.Mutex
	seen    []string // requests, with who they are from
	headers http.Header
}

func (b *trusting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	_, _ = io.Copy(io.Discard, r.Body)
	b.seen = append(b.seen, r.Method+" "+r.RequestURI+" "+r.Header.Get("X-Daypass-Principal-Arn")+" "+r.Header.Get("X-Daypass-Mfa"))
	b.headers = r.Header
	w.Header().Set("ETag", `"0"`)
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, "the object")
	}
}

func (b *trusting) last() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if len(b.seen) == 0 {
		return ""
	}
	return b.seen[len(b.seen)-1]
}

// startAsked starts a server that proxies may ask about S3 at 127.0.0.1.
func startAsked(t *testing.T) (s *server, overHTTP, overGRPC string) {
	t.Helper()
	overHTTP, overGRPC = freeAddress(t), freeAddress(t)
	file := filepath.Join(t.TempDir(), "daypass.yaml")
	text := "extauth:\n  http: " + overHTTP + "\n  grpc: " + overGRPC + "\n  services:\n    s3: { region: " + region + ", hosts: [127.0.0.1] }\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, config{Environment: []string{"DAYPASS_CONFIG=" + file}}), overHTTP, overGRPC
}

// startNginx starts nginx before a backend, as its configuration in testdata says.
func startNginx(t *testing.T, extauth, backend string) (address string) {
	t.Helper()
	path := need(t, "/usr/sbin/nginx")
	address = freeAddress(t)
	dir := t.TempDir()
	fill := strings.NewReplacer("DIRECTORY", dir, "LISTEN", address, "EXTAUTH", extauth, "BACKEND", backend)
	for from, to := range map[string]string{"nginx.conf": "nginx.conf", "nginx-daypass.conf": "daypass.conf"} {
		text, err := os.ReadFile(filepath.Join("testdata", from))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, to), []byte(fill.Replace(string(text))), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var stderr buffer
	command := exec.Command(path, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait() // the state it leaves says nothing
		if t.Failed() {
			t.Log(stderr.String())
		}
	})
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pause) {
		if r, err := http.Get("http://" + address + "/"); err == nil {
			_ = r.Body.Close()
			return address
		}
	}
	t.Fatalf("nginx isn't ready:\n%s", &stderr)
	return ""
}

const readsBucket = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::buck/*"},
	{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::buck/secret/*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`

// TestNginx is the AWS CLI against a backend behind nginx, which asks daypass.
func TestNginx(t *testing.T) {
	t.Parallel()
	need(t, "/usr/sbin/nginx")
	s, overHTTP, _ := startAsked(t)
	behind := new(trusting)
	origin := httptest.NewServer(behind)
	defer origin.Close()
	address := startNginx(t, overHTTP, strings.TrimPrefix(origin.URL, "http://"))

	root := cli{t: t, server: s, path: need(t, debianCLI), credentials: s.root}
	root.run("iam", "create-group", "--group-name", "staff")
	root.run("iam", "put-group-policy", "--group-name", "staff", "--policy-name", "buck", "--policy-document", readsBucket)
	root.run("iam", "put-group-policy", "--group-name", "staff", "--policy-name", "mfa", "--policy-document",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*MFADevice","Resource":"*"}}`)
	alice := root.member("alice")
	const arn = "arn:aws:iam::" + accountID + ":user/alice"

	file := filepath.Join(t.TempDir(), "object")
	get := func(key string) []string {
		return []string{"s3api", "get-object", "--bucket", "buck", "--key", key, "--endpoint-url", "http://" + address, file}
	}
	alice.run(get("a key/ü")...)
	if text, err := os.ReadFile(file); string(text) != "the object" {
		t.Errorf("%q, %v", text, err)
	}
	if seen := behind.last(); seen != "GET /buck/a%20key/%C3%BC "+arn+" false" {
		t.Errorf("the backend saw %q", seen)
	}
	for _, name := range []string{"Authorization", "X-Amz-Security-Token", "X-Amz-Date"} {
		if behind.headers.Get(name) != "" {
			t.Errorf("the backend sees %s", name)
		}
	}
	alice.run("s3api", "put-object", "--bucket", "buck", "--key", "k", "--body", file, "--endpoint-url", "http://"+address)
	if seen := behind.last(); seen != "PUT /buck/k "+arn+" false" {
		t.Errorf("the backend saw %q", seen)
	}
	alice.refused("AccessDenied", "s3:GetObject", "s3api", "get-object", "--bucket", "other", "--key", "k", "--endpoint-url", "http://"+address, file)
	alice.refused("AccessDenied", "with an explicit deny", get("secret/k")...)
	alice.withMFA("alice").run(get("secret/k")...)
	if seen := behind.last(); seen != "GET /buck/secret/k "+arn+" true" {
		t.Errorf("the backend saw %q", seen)
	}
	forge(t, alice, address, behind)
}

// forge tries what a client could say in nginx's or daypass's place.
func forge(t *testing.T, alice cli, address string, behind *trusting) {
	t.Helper()
	before := behind.last()
	signer := sigv4.Signer{
		AccessKeyID: alice.credentials.AccessKeyId, SecretAccessKey: alice.credentials.SecretAccessKey, Region: region, Service: "s3",
	}
	for _, test := range []struct {
		name, target, header, value string
		status                      int
	}{
		{"another target", "/buck/secret/k", "X-Original-URI", "/buck/k", http.StatusForbidden},
		{"another method", "/buck/secret/k", "X-Original-Method", "PUT", http.StatusForbidden},
		{"another principal", "/buck/k", "X-Daypass-Principal-Arn", "arn:aws:iam::" + accountID + ":root", http.StatusBadRequest},
		{"a path that nginx folds", "/other/../buck/k", "X-Original-URI", "/buck/k", http.StatusBadRequest},
		{"the door itself", "/-daypass", "X-Original-URI", "/buck/k", http.StatusNotFound},
		{"the refusal", "/s3/refusal", "X-Original-URI", "/buck/k", http.StatusBadRequest},
	} {
		signed := sigv4.Request{Method: http.MethodGet, URI: test.target, Host: address, Header: http.Header{}, PathRule: sigv4.RawPath}
		if err := signer.SignS3(&signed, time.Now(), sigv4.PayloadOf(nil)); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodGet, "http://"+address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = "//" + address + test.target
		r.Header = signed.Header
		r.Header.Set(test.header, test.value)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != test.status {
			t.Errorf("%s: %s\n%s", test.name, response.Status, text)
		}
	}
	if seen := behind.last(); seen != before {
		t.Errorf("the backend saw %q", seen)
	}
}

// TestEnvoy asks as Envoy does.
func TestEnvoy(t *testing.T) {
	t.Parallel()
	s, _, overGRPC := startAsked(t)
	connection, err := grpc.NewClient(overGRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	signer := sigv4.Signer{AccessKeyID: s.root.AccessKeyId, SecretAccessKey: s.root.SecretAccessKey, Region: region, Service: "s3"}
	signed := sigv4.Request{Method: http.MethodGet, URI: "/buck/k", Host: "127.0.0.1", Header: http.Header{}, PathRule: sigv4.RawPath}
	if err := signer.SignS3(&signed, time.Now(), sigv4.PayloadOf(nil)); err != nil {
		t.Fatal(err)
	}
	headers := &corev3.HeaderMap{}
	for name, values := range signed.Header {
		headers.Headers = append(headers.Headers, &corev3.HeaderValue{Key: strings.ToLower(name), RawValue: []byte(values[0])})
	}
	http := &authv3.AttributeContext_HttpRequest{Method: signed.Method, Path: signed.URI, Host: signed.Host, HeaderMap: headers}
	ask := &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
			SocketAddress: &corev3.SocketAddress{Address: "127.0.0.1"},
		}}},
		Request:           &authv3.AttributeContext_Request{Http: http},
		ContextExtensions: map[string]string{"service": "s3"},
	}}
	client := authv3.NewAuthorizationClient(connection)
	answer, err := client.Check(context.Background(), ask)
	if err != nil || len(answer.GetOkResponse().GetHeaders()) != 5 || answer.GetStatus().GetCode() != 0 {
		t.Errorf("%v, %v", answer, err)
	}
	http.Path = "/buck/other"
	answer, err = client.Check(context.Background(), ask)
	if err != nil || !strings.Contains(answer.GetDeniedResponse().GetBody(), "SignatureDoesNotMatch") || answer.GetStatus().GetCode() == 0 {
		t.Errorf("%v, %v", answer, err)
	}
}
