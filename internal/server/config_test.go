package server_test

import (
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/server"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	const id, secret = "AKIARZPUZDIKAROOTKEY", "root-secret-root-secret"
	tests := []struct {
		name   string
		config server.Config
		want   string // a part of what is wrong; empty: nothing
	}{
		{"nothing given", server.Config{}, ""},
		{"account", server.Config{AccountID: "000000000001"}, ""},
		{"account of 11 digits", server.Config{AccountID: "12345678901"}, "account id"},
		{"account of 13 digits", server.Config{AccountID: "1234567890123"}, "account id"},
		{"account with dashes", server.Config{AccountID: "1234-5678-90"}, "account id"},
		{"encoded messages", server.Config{EncodedAuthorizationMessages: true}, ""},
		{"encoded messages and AWS's alone", server.Config{EncodedAuthorizationMessages: true, AWSMessagesOnly: true}, "choose one"},
		{"root key", server.Config{RootAccessKeyID: id, RootSecretAccessKey: secret}, ""},
		{"root key without a secret", server.Config{RootAccessKeyID: id}, "needs both"},
		{"secret without a root key", server.Config{RootSecretAccessKey: secret}, "needs both"},
		{"shortest root key", server.Config{RootAccessKeyID: "ROOT567890123456", RootSecretAccessKey: secret[:20]}, ""},
		{"longest root key", server.Config{RootAccessKeyID: strings.Repeat("R", 128), RootSecretAccessKey: strings.Repeat("~", 128)}, ""},
		{"root key too short", server.Config{RootAccessKeyID: id[:15], RootSecretAccessKey: secret}, "access key id must be"},
		{"root key too long", server.Config{RootAccessKeyID: strings.Repeat("R", 129), RootSecretAccessKey: secret}, "access key id must be"},
		{"root key in lower case", server.Config{RootAccessKeyID: strings.ToLower(id), RootSecretAccessKey: secret}, "access key id must be"},
		{"root key with a slash", server.Config{RootAccessKeyID: id + "/A", RootSecretAccessKey: secret}, "access key id must be"},
		{"root key with a line break", server.Config{RootAccessKeyID: id + "\n", RootSecretAccessKey: secret}, "access key id must be"},
		{"root key of a session", server.Config{RootAccessKeyID: "ASIARZPUZDIKAROOTKEY", RootSecretAccessKey: secret}, "must not begin with ASIA"},
		{"secret too short", server.Config{RootAccessKeyID: id, RootSecretAccessKey: secret[:19]}, "secret access key must be"},
		{"secret too long", server.Config{RootAccessKeyID: id, RootSecretAccessKey: strings.Repeat("~", 129)}, "secret access key must be"},
		{"secret with a blank", server.Config{RootAccessKeyID: id, RootSecretAccessKey: secret + " x"}, "secret access key must be"},
		{"secret with a line break", server.Config{RootAccessKeyID: id, RootSecretAccessKey: secret + "\n"}, "secret access key must be"},
		{"secret that is not ASCII", server.Config{RootAccessKeyID: id, RootSecretAccessKey: secret + "é"}, "secret access key must be"},
		{"SAML audiences", server.Config{SAMLAudiences: []string{"https://a", "b"}}, ""},
		{"an empty SAML audience", server.Config{SAMLAudiences: []string{"https://a", ""}}, "may be meant for is empty"},
		{"public URL", server.Config{PublicURL: "https://sts.example.com"}, ""},
		{"public URL with a port", server.Config{PublicURL: "https://10.0.0.1:8443"}, ""},
		{"public URL of an IPv6 address", server.Config{PublicURL: "https://[2001:db8::1]"}, ""},
		{"http on this machine", server.Config{PublicURL: "http://127.0.0.1:8077"}, ""},
		{"http on this machine, by name", server.Config{PublicURL: "http://localhost:8077"}, ""},
		{"http on this machine, IPv6", server.Config{PublicURL: "http://[::1]:8077"}, ""},
		{"http to others", server.Config{PublicURL: "http://sts.example.com"}, "must begin with https://"},
		{"http to what begins like this machine", server.Config{PublicURL: "http://localhost.example.com"}, "must begin with https://"},
		{"another scheme", server.Config{PublicURL: "ftp://sts.example.com"}, "must begin with https://"},
		{"no scheme", server.Config{PublicURL: "sts.example.com"}, "is not such as"},
		{"no host", server.Config{PublicURL: "https://"}, "is not such as"},
		{"a port alone", server.Config{PublicURL: "https://:8443"}, "is not such as"},
		{"a path", server.Config{PublicURL: "https://example.com/sts"}, "is not such as"},
		{"a slash", server.Config{PublicURL: "https://example.com/"}, "is not such as"},
		{"a query", server.Config{PublicURL: "https://example.com?x"}, "is not such as"},
		{"a fragment", server.Config{PublicURL: "https://example.com#x"}, "is not such as"},
		{"a user", server.Config{PublicURL: "https://me@example.com"}, "is not such as"},
		{"upper case", server.Config{PublicURL: "https://Example.com"}, "is not such as"},
		{"a line break", server.Config{PublicURL: "https://example.com\n"}, "is not such as"},
		{"no URL", server.Config{PublicURL: "https://exa mple.com"}, "is not such as"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.config.Validate()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("Validate = %v, want %q", err, test.want)
			}
			if given := test.config.RootSecretAccessKey; err != nil && given != "" && strings.Contains(err.Error(), given) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}
