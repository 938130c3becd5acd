package sts_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

const member = "210987654321"

// samlWorld is a member account with a SAML provider, which a role trusts.
type samlWorld struct {
	*testenv.Env
	t        *testing.T
	root     testenv.Key
	provider *testenv.SAMLProvider
}

const (
	samlProviderARN = "arn:aws:iam::" + member + ":saml-provider/idp"
	samlRoleARN     = "arn:aws:iam::" + member + ":role/r"
)

// newSAMLWorld gives the provider's metadata an extension.
func newSAMLWorld(t *testing.T, extension string) *samlWorld {
	t.Helper()
	w := &samlWorld{Env: testenv.New(t), t: t, provider: testenv.NewSAMLProvider(t)}
	account, err := server.CreateAccount(t.Context(), w.Store, member, "", w.Now)
	if err != nil {
		t.Fatal(err)
	}
	w.root = testenv.Key{AccessKeyID: account.RootAccessKeyID, SecretAccessKey: account.RootSecretAccessKey}
	w.Now = w.Now.Add(time.Second)
	metadata := strings.Replace(w.provider.Metadata, "<md:IDPSSODescriptor", "<md:Extensions>"+extension+"</md:Extensions><md:IDPSSODescriptor", 1)
	w.iam("CreateSAMLProvider", "Name", "idp", "SAMLMetadataDocument", metadata)
	w.iam("CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", `{"Statement":{"Effect":"Allow","Principal":{"Federated":"`+samlProviderARN+
		`"},"Action":"sts:AssumeRoleWithSAML"}}`)
	return w
}

func (w *samlWorld) iam(action string, parameters ...string) {
	w.t.Helper()
	if status, body := w.Call(w.root, "iam", action, parameters...); status != http.StatusOK {
		w.t.Fatal(body)
	}
}

// send asks for a session without a signature, and returns the code of a refusal.
func (w *samlWorld) send(assertion string) string {
	w.t.Helper()
	form := url.Values{
		"Action": {"AssumeRoleWithSAML"}, "Version": {"2011-06-15"}, "RoleArn": {samlRoleARN}, "PrincipalArn": {samlProviderARN}, "SAMLAssertion": {assertion},
	}
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Host = "daypass.test"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, body := w.Do(r)
	return reply{response.StatusCode, body}.refusal()
}

func (w *samlWorld) signIn(p *testenv.SAMLProvider) string {
	w.t.Helper()
	return w.send(p.Response(w.Now, map[string][]string{"Role": {samlRoleARN + "," + samlProviderARN}, "RoleSessionName": {"alice"}}))
}

// TestSAMLProviderAsItIsNow shows that what is kept of a provider is not kept for longer than it is so.
func TestSAMLProviderAsItIsNow(t *testing.T) {
	t.Parallel()
	const gone = "InvalidIdentityToken: Specified provider doesn't exist."
	w := newSAMLWorld(t, "")
	check := func(name, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	status := func(status string) {
		t.Helper()
		if err := server.SetAccountStatus(t.Context(), w.Store, member, status); err != nil {
			t.Fatal(err)
		}
		w.Now = w.Now.Add(time.Second)
	}
	check("as it was made", w.signIn(w.provider), "")
	status(store.Suspended)
	check("of a disabled account", w.signIn(w.provider), gone)
	status(store.Active)
	check("of an account that is enabled again", w.signIn(w.provider), "")
	other := testenv.NewSAMLProvider(t)
	w.iam("UpdateSAMLProvider", "SAMLProviderArn", samlProviderARN, "SAMLMetadataDocument",
		strings.Replace(other.Metadata, testenv.SAMLIssuer, testenv.SAMLIssuer+"x", 1))
	check("of another name", w.signIn(w.provider), "InvalidIdentityToken: Issuer not present in specified provider")
	w.iam("DeleteSAMLProvider", "SAMLProviderArn", samlProviderARN)
	check("deleted", w.signIn(w.provider), gone)
}

// A request of a stranger must not cost what the largest metadata does.
func TestSAMLMetadataIsReadOnce(t *testing.T) { //nolint:paralleltest // allocations are counted
	w := newSAMLWorld(t, strings.Repeat(`<md:x a="b"/>`, 20_000))
	nonsense := strings.Repeat("A", 64)
	w.send(nonsense)
	if allocations := testing.AllocsPerRun(3, func() { w.send(nonsense) }); allocations > 5_000 {
		t.Errorf("%v allocations for a request that is nonsense", allocations)
	}
}
