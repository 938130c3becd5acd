package login

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/client"
)

func TestFind(t *testing.T) { //nolint:paralleltest // the SDK reads the process's environment
	dir := t.TempDir()
	write := func(name, text string) {
		t.Setenv(map[string]string{"config": "AWS_CONFIG_FILE", "credentials": "AWS_SHARED_CREDENTIALS_FILE"}[name], filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("credentials", "[alice]\naws_access_key_id = AKIAALICE\naws_secret_access_key = s\n"+
		"[self]\naws_access_key_id = AKIASELF\naws_secret_access_key = s\n")
	write("config", `
[profile alice]
region = eu-central-1
endpoint_url = https://sts.example.com
mfa_serial = GAHTALICE
[profile deploy]
role_arn = arn:aws:iam::123456789012:role/deploy
source_profile = alice
[profile deeper]
role_arn = arn:aws:iam::123456789012:role/deeper
source_profile = deploy
mfa_serial = GAHTDEEPER
region = us-west-2
endpoint_url = https://other.example.com
[profile self]
role_arn = arn:aws:iam::123456789012:role/self
source_profile = self
[profile process]
credential_process = echo '{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"s"}'
[profile by-process]
role_arn = arn:aws:iam::123456789012:role/deploy
source_profile = process
[profile apart]
services = apart
[profile ignored]
services = apart
ignore_configured_endpoint_urls = true
[services apart]
s3 =
  endpoint_url = https://s3.example.com
elastic_beanstalk =
  endpoint_url = https://eb.example.com
sqs =
  other = https://sqs.example.com
x$(id) =
  endpoint_url = https://x.example.com
`)
	type found struct{ Profile, Key, Serial, Region, Endpoint, Roles string }
	find := func(profile string) found {
		t.Helper()
		s, err := Find(t.Context(), client.Options{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		key, err := s.Config.Credentials.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		roles := ""
		for _, r := range s.Roles {
			roles += r.RoleARN[len("arn:aws:iam::123456789012:role"):]
		}
		return found{s.Profile, key.AccessKeyID, s.SerialNumber, s.Config.Region, s.Endpoint(), roles}
	}
	for profile, want := range map[string]found{
		"alice":      {"alice", "AKIAALICE", "GAHTALICE", "eu-central-1", "https://sts.example.com", ""},
		"deploy":     {"alice", "AKIAALICE", "GAHTALICE", "eu-central-1", "https://sts.example.com", "/deploy"},
		"deeper":     {"alice", "AKIAALICE", "GAHTDEEPER", "us-west-2", "https://other.example.com", "/deploy/deeper"},
		"self":       {"self", "AKIASELF", "", "", "", "/self"},
		"process":    {"process", "AKIAPROCESS", "", "", "", ""},
		"by-process": {"process", "AKIAPROCESS", "", "", "", "/deploy"},
	} {
		if diff := cmp.Diff(want, find(profile)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", profile, diff)
		}
	}

	services := func(o client.Options, want map[string]string) {
		t.Helper()
		s, err := Find(t.Context(), o)
		if diff := cmp.Diff(want, s.ServiceEndpoints()); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	}
	services(client.Options{Profile: "alice"}, map[string]string{})
	services(client.Options{Profile: "apart"}, map[string]string{
		"AWS_ENDPOINT_URL_S3": "https://s3.example.com", "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK": "https://eb.example.com",
	})
	services(client.Options{Profile: "apart", EndpointURL: "https://one.example.com"}, nil)
	services(client.Options{Profile: "ignored"}, nil)
	t.Setenv("AWS_ENDPOINT_URL_S3", "https://mine.example.com") // which the command gets as it is
	services(client.Options{Profile: "apart"}, map[string]string{"AWS_ENDPOINT_URL_ELASTIC_BEANSTALK": "https://eb.example.com"})
	t.Setenv("AWS_ENDPOINT_URL", "https://all.example.com")
	services(client.Options{Profile: "apart"}, nil)
	t.Setenv("AWS_ENDPOINT_URL", "")

	has := func(want bool) {
		t.Helper()
		if got, err := DefaultHasCredentials(t.Context()); got != want || err != nil {
			t.Errorf("the default profile has credentials: %t, %v", got, err)
		}
	}
	has(false)
	// A key in the environment is before AWS_PROFILE, and behind a profile that is named.
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	t.Setenv("AWS_PROFILE", "alice")
	if got := find(""); got.Profile != "" || got.Key != "AKIAENV" || got.Serial != "" {
		t.Errorf("%v", got)
	}
	if got := find("alice"); got.Key != "AKIAALICE" {
		t.Errorf("%v", got)
	}
	write("config", "[default]\nregion = eu-central-1\n")
	has(false)
	write("config", "[default]\ncredential_process = false\n")
	has(true)
}
