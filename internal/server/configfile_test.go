package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/limit"
)

const goodConfig = `
gateway:
  upstreams:
    s3:
      url: https://minio.example.com:9000/
      region: us-east-1
      credentials: {env: MINIO}
      account: "123456789012"
      hosts: [s3.example.com, localhost]
      timeout: 5s
      dotSegments: true
    dynamodb:
      url: http://10.0.0.1
      region: eu-west-1
      credentials: {env: _Dynamo_1}
`

func TestReadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(goodConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	var c Config
	err := c.ReadFile(path)
	want := gateway.Config{Upstreams: map[string]gateway.Upstream{
		"s3": {
			URL: "https://minio.example.com:9000/", Region: "us-east-1", Credentials: gateway.Credentials{Env: "MINIO"}, Account: "123456789012",
			Hosts: []string{"s3.example.com", "localhost"}, Timeout: 5 * time.Second, DotSegments: true,
		},
		"dynamodb": {URL: "http://10.0.0.1", Region: "eu-west-1", Credentials: gateway.Credentials{Env: "_Dynamo_1"}},
	}}
	if diff := cmp.Diff(want, c.Gateway); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if err := c.ReadFile(path + ".missing"); !os.IsNotExist(err) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("x: 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.ReadFile(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
		t.Error(err)
	}
	if c, err := parseConfigFile(strings.NewReader("")); err != nil || len(c.Gateway.Upstreams) > 0 {
		t.Error(c, err)
	}
}

func TestGatewayConfigErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ old, becomes, want string }{
		{"gateway:", "gate:", "field gate not found"},
		{"region: us-east-1", "regions: us-east-1", "field regions not found"},
		{"env: MINIO", "env: MINIO, file: x", "field file not found"},
		{"timeout: 5s", "timeout: soon", "cannot unmarshal"},
		{"    dynamodb:", "    s3:", "already defined"},
		{"\ngateway:", "---\na: 1\n---\ngateway:", "field a not found"},
		{"env: _Dynamo_1}\n", "env: _Dynamo_1}\n---\n{}\n", "more than one document"},
		{"    dynamodb:", "    sts:", "gateway.upstreams.sts: this service is answered here"},
		{"    dynamodb:", "    iam:", "this service is answered here"},
		{"    dynamodb:", "    dynamoDB:", "no service that is signed under this name"},
		{"    s3:", "    sqs:", "hosts and dotSegments are for s3 only"},
		{"localhost]", "localhost:9000]", `"localhost:9000" in hosts is not the name of a host`},
		{"localhost]", "-a]", "is not the name of a host"},
		{"localhost]", `""]`, "is not the name of a host"},
		{"localhost]", "a..b]", "is not the name of a host"},
		{"      region: us-east-1\n", "", "region is missing"},
		{"region: us-east-1", "region: us/east", "region is missing or none"},
		{"      credentials: {env: MINIO}\n", "", "credentials.env is missing"},
		{"env: MINIO", "env: MINIO-1", "credentials.env is missing or no name"},
		{"env: MINIO", "env: DAYPASS_MINIO", "must not begin with DAYPASS"},
		{`"123456789012"`, `"12345678901"`, "account is not 12 digits"},
		{"timeout: 5s", "timeout: -1s", "timeout is negative"},
		{"http://10.0.0.1", "ftp://10.0.0.1", "url must begin with http:// or https://"},
		{"http://10.0.0.1", "10.0.0.1", "url must begin with http:// or https://"},
		{"http://10.0.0.1", "http://", "url must begin with http:// or https:// and a host"},
		{"http://10.0.0.1", `"http://%zz"`, "url can't be read"},
		{"http://10.0.0.1", "http://key:secret@10.0.0.1", "and nothing else"},
		{"http://10.0.0.1", "http://10.0.0.1/path", "and nothing else"},
		{"http://10.0.0.1", `"http://10.0.0.1?a"`, "and nothing else"},
		{"http://10.0.0.1", `"http://10.0.0.1?"`, "and nothing else"},
		{"http://10.0.0.1", `"http://10.0.0.1#a"`, "and nothing else"},
	} {
		text := strings.Replace(goodConfig, tt.old, tt.becomes, 1)
		if text == goodConfig {
			t.Errorf("%q is not in the configuration", tt.old)
		}
		if _, err := parseConfigFile(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.becomes, err, tt.want)
		}
	}
}

func TestAuditConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       audit.Config
		fault      string // in the error
	}{
		{"nothing", "", audit.Config{}, ""},
		{"others' parts", "gateway: {upstreams: {}}\nextauth: {http: \":1\", services: {dynamodb: {region: x}}}\n", audit.Config{}, ""},
		{"rotation", "audit: {rotate: {size: 256MiB, age: 24h, keep: 30}}", audit.Config{Rotate: audit.Rotation{Size: 256 << 20, Age: 24 * time.Hour, Keep: 30}}, ""},
		{"size in KiB", "audit: {rotate: {size: 1KiB}}", audit.Config{Rotate: audit.Rotation{Size: 1024}}, ""},
		{"size in GiB", "audit: {rotate: {size: 2GiB}}", audit.Config{Rotate: audit.Rotation{Size: 2 << 30}}, ""},
		{"size without a unit", "audit: {rotate: {size: 1000}}", audit.Config{}, "no size"},
		{"size of nothing", "audit: {rotate: {size: 0MiB}}", audit.Config{}, "no size"},
		{"negative size", "audit: {rotate: {size: -1MiB}}", audit.Config{}, "no size"},
		{"size that overflows", "audit: {rotate: {size: 9000000000GiB}}", audit.Config{}, "no size"},
		{"size that is a list", "audit: {rotate: {size: [1MiB]}}", audit.Config{}, "no size"},
		{"negative age", "audit: {rotate: {age: -1h}}", audit.Config{}, "age is negative"},
		{"negative number", "audit: {rotate: {size: 1MiB, keep: -1}}", audit.Config{}, "keep is negative"},
		{"number without a rotation", "audit: {rotate: {keep: 1}}", audit.Config{}, "needs size or age"},
		{"slip", "audit: {rotation: {}}", audit.Config{}, "rotation not found"},
		{"two documents", "audit: {}\n---\naudit: {}\n", audit.Config{}, "more than one document"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseConfigFile(strings.NewReader(test.text))
			if diff := cmp.Diff(test.want, got.Audit.Config); test.fault == "" && (err != nil || diff != "") {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			if test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
				t.Errorf("%v, want %q", err, test.fault)
			}
		})
	}
}

func TestExtauthConfig(t *testing.T) {
	t.Parallel()
	got, err := parseConfigFile(strings.NewReader(`
gateway: { upstreams: { s3: { url: "http://127.0.0.1:9000", region: us-east-1, credentials: { env: MINIO } } } }
extauth:
  http: :8078
  grpc: 192.0.2.1:8079
  services:
    s3: { region: us-east-1, hosts: [s3.example.com], virtualHosts: true, dotSegments: true, account: "210987654321" }
    dynamodb: { region: eu-west-1 }
`))
	want := extauth.Config{HTTP: "127.0.0.1:8078", GRPC: "192.0.2.1:8079", Services: map[string]extauth.Service{
		"s3":       {Region: "us-east-1", Account: "210987654321", Hosts: []string{"s3.example.com"}, VirtualHosts: true, DotSegments: true},
		"dynamodb": {Region: "eu-west-1"},
	}}
	if diff := cmp.Diff(want, got.Extauth); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if got, err := parseConfigFile(strings.NewReader("")); err != nil || cmp.Diff(extauth.Config{}, got.Extauth) != "" {
		t.Errorf("nothing: %v, %v", got, err)
	}
}

func TestExtauthConfigErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"{http: '8078', services: {dynamodb: {region: x}}}", "address and a port"},
		{"{http: 'localhost:', services: {dynamodb: {region: x}}}", "address and a port"},
		{"{http: ':1'}", "no service that may be asked for"},
		{"{services: {dynamodb: {region: x}}}", "no address to ask at"},
		{"{http: ':1', services: {sts: {}}}", "daypass itself"},
		{"{http: ':1', services: {nothing: {}}}", "no service that is signed"},
		{"{http: ':1', services: {s3: {}}}", "hosts is missing"},
		{"{http: ':1', services: {sqs: {virtualHosts: true}}}", "for s3 only"},
		{"{http: ':1', services: {sqs: {}}}", "region is missing"},
		{"{http: ':1', services: {sqs: {region: x, account: '1'}}}", "12 digits"},
		{"{http: ':1', services: {sqs: {url: 'http://x'}}}", "field url not found"},
	} {
		if _, err := parseConfigFile(strings.NewReader("extauth: " + test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.text, err)
		}
	}
}

func TestLimitsConfig(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("limits: {requests: {account: 5/s}, failures: {address: off}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var c Config
	err := c.ReadFile(path)
	want := limit.Config{Requests: limit.Requests{Account: limit.Rate{N: 5, Per: time.Second}}, Failures: limit.Failures{Address: limit.Off}}
	if diff := cmp.Diff(want, c.Limits); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, text := range []string{"limits: {requests: {user: 5/s}}", "limits: {failures: {block: 1ms}}", "limits: {requests: 5/s}"} {
		if c, err := parseConfigFile(strings.NewReader(text)); err == nil {
			t.Errorf("%s: %+v", text, c)
		}
	}
}
