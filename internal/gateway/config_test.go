package gateway

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/s3"
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

func TestReadConfig(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(goodConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(path)
	want := Config{Upstreams: map[string]Upstream{
		"s3": {
			URL: "https://minio.example.com:9000/", Region: "us-east-1", Credentials: Credentials{Env: "MINIO"}, Account: "123456789012",
			Hosts: []string{"s3.example.com", "localhost"}, Timeout: 5 * time.Second, DotSegments: true,
		},
		"dynamodb": {URL: "http://10.0.0.1", Region: "eu-west-1", Credentials: Credentials{Env: "_Dynamo_1"}},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := ReadConfig(path + ".missing"); !os.IsNotExist(err) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("x: 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadConfig(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
		t.Error(err)
	}
	if c, err := parseConfig(strings.NewReader("")); err != nil || len(c.Upstreams) > 0 {
		t.Error(c, err)
	}
}

func TestConfigErrors(t *testing.T) {
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
		if _, err := parseConfig(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.becomes, err, tt.want)
		}
	}
}

func TestConfigureErrors(t *testing.T) {
	t.Parallel()
	good := Upstream{URL: "http://localhost", Region: "us-east-1", Credentials: Credentials{Env: "TEST_THERE_IS_NONE"}}
	bad := good
	bad.Region = ""
	for want, u := range map[string]Upstream{
		"gateway.upstreams.sqs: the environment has no TEST_THERE_IS_NONE_ACCESS_KEY_ID": good,
		"gateway.upstreams.sqs: region is missing":                                       bad,
	} {
		if err := new(Handler).Configure(Config{Upstreams: map[string]Upstream{"sqs": u}}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Error(err)
		}
	}
}

// Without names of its own, S3 is where a server listens that was not told otherwise.
func TestDefaultHosts(t *testing.T) {
	t.Setenv("TEST_BACKEND_ACCESS_KEY_ID", "key")
	t.Setenv("TEST_BACKEND_SECRET_ACCESS_KEY", "secret")
	u, err := newUpstream("s3", Upstream{URL: "http://localhost", Region: "us-east-1", Credentials: Credentials{Env: "TEST_BACKEND"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"localhost:4566", "127.0.0.1:4566", "[::1]:4566"} {
		c, err := s3.Parse(s3.Request{Method: http.MethodGet, Host: host, Target: "/buck/key", Now: time.Now()}, u.S3)
		if err != nil || c.Bucket != "buck" {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := s3.Parse(s3.Request{Method: http.MethodGet, Host: "s3.example.com", Target: "/buck/key", Now: time.Now()}, u.S3); err == nil {
		t.Error("another host was taken for this one")
	}
}
