package extauth

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConfig(t *testing.T) {
	t.Parallel()
	got, err := parseConfig(strings.NewReader(`
gateway: { upstreams: { s3: { url: "http://127.0.0.1:9000" } } }
extauth:
  http: :8078
  grpc: 192.0.2.1:8079
  services:
    s3: { region: us-east-1, hosts: [s3.example.com], virtualHosts: true, dotSegments: true, account: "210987654321" }
    dynamodb: { region: eu-west-1 }
`))
	want := Config{HTTP: "127.0.0.1:8078", GRPC: "192.0.2.1:8079", Services: map[string]Service{
		"s3":       {Region: "us-east-1", Account: "210987654321", Hosts: []string{"s3.example.com"}, VirtualHosts: true, DotSegments: true},
		"dynamodb": {Region: "eu-west-1"},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if got, err := parseConfig(strings.NewReader("")); err != nil || cmp.Diff(Config{}, got) != "" {
		t.Errorf("nothing: %v, %v", got, err)
	}
}

func TestParseConfigRefuses(t *testing.T) {
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
		if _, err := parseConfig(strings.NewReader("extauth: " + test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.text, err)
		}
	}
}
