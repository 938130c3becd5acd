package e2e

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// callback is where the issuer's clients wait for their codes. The browser of these tests stops there.
const callback = "https://client.example.com/callback"

// issuer is npm's oidc-provider at a loopback address (node/issuer.mjs). Where it starts again, it has the same address and
// certificate, and other keys.
type issuer struct {
	t                *testing.T
	url, host        string // https://host:port, host:port
	certificate, key string // files
	transport        *http.Transport
	process          *exec.Cmd
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	needNode(t)
	pair := selfSigned(t, "127.0.0.1")
	address := freeAddress(t)
	i := &issuer{t: t, url: "https://" + address, host: address}
	i.certificate, i.key = writePEM(t, pair)
	i.transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: poolOf(t, pair)}}
	t.Cleanup(i.stop)
	i.launch()
	return i
}

func (i *issuer) launch() {
	i.t.Helper()
	i.process = exec.Command(needNode(i.t), "node/issuer.mjs", i.certificate, i.key, i.url)
	i.process.Env = []string{"PATH=" + os.Getenv("PATH")}
	var complaints buffer
	i.process.Stderr = &complaints
	stdout, err := i.process.StdoutPipe()
	if err == nil {
		err = i.process.Start()
	}
	if err != nil {
		i.t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		i.t.Fatalf("the issuer says %q, %v:\n%s", line, err, &complaints)
	}
}

func (i *issuer) stop() {
	i.transport.CloseIdleConnections()
	_ = i.process.Process.Kill() // it may be stopped already
	_ = i.process.Wait()
}

// idToken returns the ID token that a client of the issuer gets when somebody signs in there with a browser.
func (i *issuer) idToken(login, client string) string {
	i.t.Helper()
	code := i.signIn(login, client)
	request, err := http.NewRequestWithContext(i.t.Context(), http.MethodPost, i.url+"/token", strings.NewReader(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback},
	}.Encode()))
	if err != nil {
		i.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(client, client)
	response, err := i.transport.RoundTrip(request)
	if err != nil {
		i.t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	var tokens struct {
		IDToken string `json:"id_token"`
	}
	if err == nil {
		err = json.Unmarshal(body, &tokens)
	}
	if err != nil || tokens.IDToken == "" {
		i.t.Fatalf("the issuer answers %s, %v:\n%s", response.Status, err, body)
	}
	return tokens.IDToken
}

// signIn goes through the pages of the issuer and returns the code that it sends the client.
func (i *issuer) signIn(login, client string) string {
	i.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		i.t.Fatal(err)
	}
	browser := &http.Client{Transport: i.transport, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(i.url + "/auth?" + url.Values{
		"client_id": {client}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
	}.Encode())
	for _, prompt := range []string{"login", "consent"} {
		if err != nil {
			i.t.Fatal(err)
		}
		_ = page.Body.Close()
		page, err = browser.PostForm(page.Request.URL.String(), url.Values{
			"prompt": {prompt}, "login": {login}, "password": {"any"},
		})
	}
	if err != nil {
		i.t.Fatal(err)
	}
	_ = page.Body.Close()
	location, err := page.Location()
	if err != nil || location.Query().Get("code") == "" {
		i.t.Fatalf("the issuer sends %s to %v, %v", login, location, err)
	}
	return location.Query().Get("code")
}
