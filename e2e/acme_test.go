package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// acmeHost is what the certificate is for. Pebble's DNS server says of every name that it is here.
const acmeHost = "sts.daypass.example"

// pebble is an authority that speaks ACME, with its own DNS server.
type pebble struct {
	t          *testing.T
	directory  string   // its address
	management string   // where its root is
	trusted    *keyPair // its own certificate
	processes  []*exec.Cmd
	output     buffer
}

// startPebble starts an authority which comes to a port to see whose a host is, and whose certificates live for so long.
func startPebble(t *testing.T, port string, life time.Duration) *pebble {
	t.Helper()
	p := &pebble{t: t, trusted: newKeyPair(t)}
	listen, management, dns, control := freeAddress(t), freeAddress(t), freeAddress(t), freeAddress(t)
	p.directory, p.management = "https://"+listen+"/dir", "https://"+management
	configuration := filepath.Join(t.TempDir(), "pebble.json")
	text := fmt.Sprintf(`{"pebble": {"listenAddress": %q, "managementListenAddress": %q, "certificate": %q, "privateKey": %q,
		"httpPort": 1, "tlsPort": %s, "keyAlgorithm": "ecdsa", "retryAfter": {"authz": 1, "order": 1},
		"profiles": {"default": {"description": "of a test", "validityPeriod": %d}}}}`,
		listen, management, p.trusted.certificate, p.trusted.key, port, int(life.Seconds()))
	if err := os.WriteFile(configuration, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	p.run("pebble-challtestsrv", "-dnsserver", dns, "-management", control, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "")
	p.run("pebble", "-config", configuration, "-dnsserver", dns, "-strict")
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		response, err := p.trusted.client().Get(p.management + "/roots/0")
		if err == nil {
			_ = response.Body.Close()
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("pebble isn't ready: %v\n%s", err, &p.output)
		}
	}
}

// run starts a program of Pebble's module.
func (p *pebble) run(program string, arguments ...string) {
	p.t.Helper()
	find := exec.Command("go", "tool", "-n", program)
	find.Dir = "pebble"
	command := exec.Command(output(p.t, find), arguments...)
	command.Env = []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=20"} // percent of requests that must be repeated
	command.Stdout, command.Stderr = &p.output, &p.output
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.processes = append(p.processes, command)
}

func (p *pebble) stop() {
	for _, command := range slices.Backward(p.processes) {
		_ = command.Process.Signal(syscall.SIGKILL)
		_ = command.Wait() // how it ends is not what we test
	}
	p.processes = nil
}

// roots are those that its certificates are checked by.
func (p *pebble) roots() *x509.CertPool {
	p.t.Helper()
	response, err := p.trusted.client().Get(p.management + "/roots/0")
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	root, err := io.ReadAll(response.Body)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(root) {
		p.t.Fatalf("no root: %v %s", err, root)
	}
	return pool
}

// withCertificateFrom is the configuration of a server that orders its certificate there.
func (p *pebble) withCertificateFrom(hosts ...string) string {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "config.yaml")
	names, err := json.Marshal(hosts)
	if err != nil {
		p.t.Fatal(err)
	}
	text := fmt.Sprintf("tls:\n  acme:\n    hosts: %s\n    acceptTermsOfService: true\n    email: ops@daypass.example\n    directory: %s\n    rootCAs: %s\n",
		names, p.directory, p.trusted.certificate)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// ordering is a server that gets its certificate from an authority.
type ordering struct {
	*server
	roots *x509.CertPool
}

// startOrdering returns it before it has its certificate.
func startOrdering(t *testing.T, life time.Duration, hosts ...string) (*ordering, *pebble) {
	t.Helper()
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	p := startPebble(t, port, life)
	roots := p.roots()
	s := start(t, config{
		Address: address, TLS: &keyPair{roots: roots, host: hosts[0]},
		Environment: []string{"DAYPASS_CONFIG=" + p.withCertificateFrom(hosts...)},
	})
	return &ordering{s, roots}, p
}

// shown is the certificate that a client sees who calls the server by a name.
func (o *ordering) shown(name string) (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", o.address, &tls.Config{RootCAs: o.roots, ServerName: name})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

func (o *ordering) awaitCertificate(name, but string) string {
	o.t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(pause) {
		certificate, err := o.shown(name)
		if err == nil && certificate.SerialNumber.String() != but {
			return certificate.SerialNumber.String()
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("no certificate for %s: %v\n%s", name, err, &o.runs[len(o.runs)-1].stderr)
		}
	}
}

func TestACME(t *testing.T) {
	t.Parallel()
	const second = "iam.daypass.example"
	server, authority := startOrdering(t, 24*time.Hour, acmeHost, second)
	serial := server.awaitCertificate(acmeHost, "")
	server.awaitCertificate(second, "")
	server.wantARN(server.root, "arn:aws:iam::"+accountID+":root")
	if text := server.runs[0].stdout.String(); !strings.Contains(text, "AWS_ENDPOINT_URL=https://"+acmeHost+":") {
		t.Errorf("the first start shows\n%s", text)
	}
	for _, name := range []string{"other.daypass.example", "daypass.example"} {
		if certificate, err := server.shown(name); err == nil {
			t.Errorf("%s gets %v", name, certificate.DNSNames)
		}
	}
	client := server.config.TLS.client()
	response, err := client.Get(server.endpoint + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.Header.Get("Strict-Transport-Security") == "" || response.ProtoMajor != 1 {
		t.Errorf("%s %v", response.Proto, response.Header)
	}
	// Who speaks the authority's protocol gets no HTTP.
	if conn, err := tls.Dial("tcp", server.address, &tls.Config{RootCAs: server.roots, ServerName: acmeHost, NextProtos: []string{"acme-tls/1"}}); err == nil {
		t.Errorf("without a challenge there is an answer: %v", conn.ConnectionState().PeerCertificates[0].Subject)
	}

	files, err := os.ReadDir(filepath.Join(server.config.DataDir, "acme"))
	if err != nil || len(files) != 3 { // the account, and a certificate for each host
		t.Errorf("%v, %v", files, err)
	}
	for _, file := range files {
		if info, err := file.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", file.Name(), info.Mode(), err)
		}
	}

	authority.stop()
	server.restart()
	if got := server.awaitCertificate(acmeHost, ""); got != serial {
		t.Errorf("after a restart without the authority the certificate is %s, and was %s", got, serial)
	}
}

func TestACMERenewal(t *testing.T) {
	t.Parallel()
	server, _ := startOrdering(t, 30*time.Second, acmeHost)
	first := server.awaitCertificate(acmeHost, "")
	server.awaitCertificate(acmeHost, first)
}

// An authority that refuses is told in the log, and the server waits before it asks again, however often clients come.
func TestACMERefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	p := startPebble(t, "1", time.Hour) // nobody is at that port
	address := freeAddress(t)
	command := exec.Command(binary, "serve", "--data-dir", dir, "--listen", address, "--config", p.withCertificateFrom(acmeHost))
	command.Env = []string{}
	var log buffer
	command.Stderr = &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() error {
		if ended {
			return nil
		}
		ended = true
		_ = command.Process.Signal(syscall.SIGTERM)
		return command.Wait()
	}
	defer end() //nolint:errcheck // when the test has failed
	const line = "no TLS certificate for a host yet"
	for deadline := time.Now().Add(2 * patience); !strings.Contains(log.String(), line); time.Sleep(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("no %q in the log:\n%s\n%s", line, &log, &p.output)
		}
	}
	orders := strings.Count(p.output.String(), "/order-plz")
	for range 20 {
		if conn, err := tls.Dial("tcp", address, &tls.Config{ServerName: acmeHost, InsecureSkipVerify: true}); err == nil {
			t.Errorf("there is a certificate: %v", conn.ConnectionState().PeerCertificates[0].Subject)
		}
	}
	if again := strings.Count(p.output.String(), "/order-plz"); orders == 0 || again != orders {
		t.Errorf("%d orders, and %d after clients came:\n%s", orders, again, &p.output)
	}
	if strings.Count(log.String(), line) != 1 || !strings.Contains(log.String(), `"again in"=2m0s`) {
		t.Errorf("the log says\n%s", &log)
	}
	if err := end(); err != nil {
		t.Errorf("the server ended with %v:\n%s", err, &log)
	}
}
