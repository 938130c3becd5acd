package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/s3"
)

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
