package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

const (
	discoveryName = "/.well-known/openid-configuration"
	keysName      = "/.well-known/jwks.json"
)

// enableIssuer makes the account an issuer and returns the path of that.
func enableIssuer(t *testing.T, env *testenv.Env) string {
	t.Helper()
	status, body := env.Call(testenv.Root, "iam", "EnableOutboundWebIdentityFederation")
	path := regexp.MustCompile(`<IssuerIdentifier>` + testenv.PublicURL + `(/oidc/[0-9a-f-]{36})</IssuerIdentifier>`).FindStringSubmatch(body)
	if status != http.StatusOK || path == nil {
		t.Fatalf("%d %s", status, body)
	}
	return path[1]
}

// fetch sends a request with a target exactly as it is given.
func fetch(env *testenv.Env, method, target string) (*http.Response, string) {
	r := httptest.NewRequest(method, "/", http.NoBody)
	r.RequestURI, r.URL = target, &url.URL{Opaque: target}
	return env.Do(r)
}

func TestIssuerDocuments(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	path := enableIssuer(t, env)
	for _, target := range []string{path + discoveryName, path + keysName, path + keysName + "?x=y", path + discoveryName + "?"} {
		response, body := fetch(env, http.MethodGet, target)
		if response.StatusCode != http.StatusOK || !json.Valid([]byte(body)) {
			t.Errorf("%s: %d %s", target, response.StatusCode, body)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got, want)
			}
		}
		head, _ := fetch(env, http.MethodHead, target)
		if head.StatusCode != http.StatusOK || head.ContentLength != int64(len(body)) {
			t.Errorf("HEAD %s: %d, length %d, want %d", target, head.StatusCode, head.ContentLength, len(body))
		}
	}
}

func TestNoIssuerDocuments(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	path := enableIssuer(t, env)
	uuid := strings.TrimPrefix(path, "/oidc/")
	check := func(method, target string, want int) {
		t.Helper()
		response, body := fetch(env, method, target)
		if response.StatusCode != want || strings.Contains(body, "kty") || strings.Contains(body, "issuer") {
			t.Errorf("%s %s: %d %s, want %d", method, target, response.StatusCode, body, want)
		}
		if cached := response.Header.Get("Cache-Control"); strings.Contains(cached, "max-age") {
			t.Errorf("%s %s: the refusal may be kept: %s", method, target, cached)
		}
	}
	for _, target := range []string{
		"/oidc/", path, path + "/", path + "//.well-known/jwks.json", path + "/../" + uuid + keysName, path + "/%2e%2e/" + uuid + keysName,
		"/oidc/00000000-0000-4000-8000-000000000000" + keysName, "/oidc/" + strings.ToUpper(uuid) + keysName,
		path + "/.well-known%2fjwks.json", path + "/.well-known/jwks.json/", path + ";x" + keysName, "/oidc/?" + uuid + keysName,
	} {
		check(http.MethodGet, target, http.StatusNotFound)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "PROPFIND"} {
		check(method, path+keysName, http.StatusMethodNotAllowed)
	}
	for _, target := range []string{"//oidc/" + uuid + keysName, "/x/.." + path + keysName, "/OIDC/" + uuid + keysName, "/./" + path + keysName} {
		if response, body := fetch(env, http.MethodGet, target); response.StatusCode == http.StatusOK {
			t.Errorf("%s: %s", target, body)
		}
	}
	if status, body := env.Call(testenv.Root, "iam", "DisableOutboundWebIdentityFederation"); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	check(http.MethodGet, path+keysName, http.StatusNotFound)
	check(http.MethodGet, path+discoveryName, http.StatusNotFound)
}

// Who asks for documents that there are not has the address refused, also at the endpoint, and the documents count as nothing.
func TestIssuerDocumentsAreLimited(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, func(c *server.Config) { c.Limits.Failures.Address = limit.Rate{N: 4, Per: time.Minute} })
	path := enableIssuer(t, env)
	ask := func(from, method, target string) *http.Response {
		r := httptest.NewRequest(method, target, http.NoBody)
		r.RemoteAddr = from
		response, _ := env.Do(r)
		return response
	}
	const attacker, neighbour = "192.0.2.7:4711", "192.0.2.8:4711"
	for range 20 {
		if got := ask(attacker, http.MethodGet, path+keysName).StatusCode; got != http.StatusOK {
			t.Fatalf("a document: %d", got)
		}
	}
	for i := range 8 {
		method, want := http.MethodGet, http.StatusNotFound
		if i%2 == 1 {
			method, want = http.MethodPost, http.StatusMethodNotAllowed
		}
		if i > 4 {
			want = http.StatusTooManyRequests
		}
		if got := ask(attacker, method, "/oidc/00000000-0000-4000-8000-000000000000"+keysName).StatusCode; got != want {
			t.Errorf("request %d for no document: %d, want %d", i, got, want)
		}
	}
	blocked := ask(attacker, http.MethodGet, path+keysName)
	if blocked.StatusCode != http.StatusTooManyRequests || blocked.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a document during the block: %d %v", blocked.StatusCode, blocked.Header)
	}
	if got := ask(attacker, http.MethodGet, "/").StatusCode; got != http.StatusBadRequest { // Throttling
		t.Errorf("the endpoint during the block: %d", got)
	}
	for _, target := range []string{"/readyz", "/healthz"} {
		if got := ask(attacker, http.MethodGet, target).StatusCode; got != http.StatusOK {
			t.Errorf("%s during the block: %d: a balancer with the address would take the server for dead", target, got)
		}
	}
	if got := ask(neighbour, http.MethodGet, path+keysName).StatusCode; got != http.StatusOK {
		t.Errorf("another address: %d", got)
	}
	env.Close()
	log, err := os.ReadFile(filepath.Join(env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), `"eventName":"BlockSourceAddress"`) || strings.Contains(string(log), "192.0.2.8") {
		t.Errorf("the log has not the block, and nothing else of it:\n%s", log)
	}
}

// A token is a credential: neither it nor a private key is in the log, and the log has who asked for it.
func TestTokensAreNotRecorded(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	path := enableIssuer(t, env)
	var tokens []string
	for _, algorithm := range []string{"RS256", "ES384"} {
		_, body := env.Call(testenv.Root, "sts", "GetWebIdentityToken", "Audience.member.1", "https://api.example", "SigningAlgorithm", algorithm)
		token := regexp.MustCompile(`<WebIdentityToken>(.+)</WebIdentityToken>`).FindStringSubmatch(body)
		if token == nil {
			t.Fatal(body)
		}
		tokens = append(tokens, token[1])
	}
	fetch(env, http.MethodGet, path+keysName)
	env.Close()
	log, err := os.ReadFile(filepath.Join(env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), `"eventName":"GetWebIdentityToken"`) || !strings.Contains(string(log), "https://api.example") {
		t.Errorf("the log does not tell of the token:\n%s", log)
	}
	for _, token := range tokens {
		if strings.Contains(string(log), strings.Split(token, ".")[2]) {
			t.Error("the log has a token's signature")
		}
	}
	if lines := strings.Count(string(log), "\n"); lines != 3 {
		t.Errorf("the log has %d lines, want those of the three actions:\n%s", lines, log)
	}
}

func TestNoIssuerWithoutPublicURL(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, func(c *server.Config) { c.PublicURL = "" })
	status, body := env.Call(testenv.Root, "iam", "EnableOutboundWebIdentityFederation")
	if status != http.StatusBadRequest || !strings.Contains(body, "--public-url") {
		t.Errorf("%d %s", status, body)
	}
	status, body = env.Call(testenv.Root, "sts", "GetWebIdentityToken", "Audience.member.1", "x", "SigningAlgorithm", "RS256")
	if status != http.StatusForbidden || !strings.Contains(body, "OutboundWebIdentityFederationDisabledException") {
		t.Errorf("%d %s", status, body)
	}
}
