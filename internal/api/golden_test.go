package api_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

var update = flag.Bool("update", false, "write the answers into the golden files")

// TestGolden plays each file of testdata against a server of its own. A file is a story of requests and their answers:
//
//	-- alice sts --             who signs for which service; then maybe: json, get, as:NAME
//	Action=GetSessionToken      a parameter a line; Version is added unless a line gives it
//	TokenCode={code alice 1}    what alice's device shows one step from now
//	DelegationRequestId={id one}      of an answer before that was kept with id:one
//	WebIdentityToken={token good}, SAMLAssertion={saml good}   of the story's providers; see bearers_test.go
//	-- 403 text/xml --          status and content type
//	<ErrorResponse ...          the body, with what is random replaced by its name
//	-- clock --
//	30s                         moves the clock
//	-- control policy --
//	{"Statement": ...           bounds the other account
//
// The signers are root, alice and bob with their keys, and alice/session, alice/mfa and root/session with sessions of
// theirs, and whoever an answer before was kept as with as:NAME. Nobody does not sign. Alice and bob have a virtual MFA device each; hardware tokens GAHT12345678 (totp) and GAHT87654321 (hotp)
// belong to nobody. Member is the root of another account, 210987654321.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".txtar"), func(t *testing.T) {
			t.Parallel()
			newStory(t).play(t, file)
		})
	}
}

// TestEveryOperationHasGolden holds the table and the golden files together.
func TestEveryOperationHasGolden(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for o := range operation.NewTable(nil, nil, nil, nil).All() {
		service, action, _ := strings.Cut(o.Name, ":")
		want[filepath.Join("testdata", service, snake(action)+".txtar")] = true
	}
	for file := range want {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("operation without a golden file: %v", err)
		}
	}
	for _, service := range []string{"sts", "iam"} {
		files, err := filepath.Glob(filepath.Join("testdata", service, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !want[file] {
				t.Errorf("golden file without an operation: %s", file)
			}
		}
	}
}

var wordStart = regexp.MustCompile(`([a-z])([A-Z])|([A-Z])([A-Z][a-z])`)

func snake(action string) string {
	for range 2 { // a match takes the letters that the next would need: IDToOpen
		action = wordStart.ReplaceAllString(action, "${1}${3}_${2}${4}")
	}
	return strings.ToLower(action)
}

const memberID = "210987654321"

// story is a server with the principals that the golden files speak of.
type story struct {
	env     *testenv.Env
	keys    map[string]testenv.Key
	ids     map[string]string // of delegation requests
	bearers *bearers
}

func newStory(t *testing.T, options ...testenv.Option) *story {
	t.Helper()
	b, asksIssuer := newBearers(t)
	s := &story{env: testenv.New(t, append(options, asksIssuer)...), keys: map[string]testenv.Key{"root": testenv.Root}, ids: map[string]string{}, bearers: b}
	for _, name := range []string{"alice", "bob"} {
		id, key := s.env.AddUser(name)
		s.keys[name] = key
		s.env.AddMFADevice(name, id)
	}
	member, err := server.CreateAccount(t.Context(), s.env.Store, memberID, "member", s.env.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.keys["member"] = testenv.Key{AccessKeyID: member.RootAccessKeyID, SecretAccessKey: member.RootSecretAccessKey}
	s.env.AddHardwareToken("GAHT12345678", store.TOTP, "")
	s.env.AddHardwareToken("GAHT87654321", store.HOTP, "")
	s.keys["root/session"] = s.session(t, "root")
	s.keys["alice/session"] = s.session(t, "alice")
	s.keys["alice/mfa"] = s.session(t, "alice", "SerialNumber", testenv.Serial("alice"), "TokenCode", s.env.Code("alice", -1))
	return s
}

func (s *story) session(t *testing.T, name string, parameters ...string) testenv.Key {
	t.Helper()
	status, body := s.env.Call(s.keys[name], "sts", "GetSessionToken", parameters...)
	if status != http.StatusOK {
		t.Fatalf("session of %s: %d %s", name, status, body)
	}
	return keyOf(body)
}

func keyOf(body string) testenv.Key {
	return testenv.Key{
		AccessKeyID:     element(body, "AccessKeyId"),
		SecretAccessKey: element(body, "SecretAccessKey"),
		SessionToken:    element(body, "SessionToken"),
	}
}

// keep makes a signer of the credentials in an answer, if an option gives it a name, and remembers a delegation request.
func (s *story) keep(options []string, body string) {
	for _, option := range options {
		if name, ok := strings.CutPrefix(option, "as:"); ok {
			s.keys[name] = keyOf(body)
		}
		if name, ok := strings.CutPrefix(option, "id:"); ok {
			s.ids[name] = element(body, "DelegationRequestId")
		}
	}
}

func element(body, name string) string {
	_, rest, _ := strings.Cut(body, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return text
}

func (s *story) play(t *testing.T, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var played []txtar.File
	for i := 0; i < len(archive.Files); i++ {
		section := archive.Files[i]
		played = append(played, section)
		if section.Name == "clock" {
			s.moveClock(t, string(section.Data))
			continue
		}
		if section.Name == "control policy" {
			if err := server.PutServiceControlPolicy(t.Context(), s.env.Store, memberID, "FullAWSAccess", string(section.Data), s.env.Now); err != nil {
				t.Fatal(err)
			}
			continue
		}
		answer := s.perform(t, section)
		played = append(played, answer)
		if i+1 < len(archive.Files) && isAnswer(archive.Files[i+1]) {
			i++
			want := archive.Files[i]
			if diff := cmp.Diff(want.Name+"\n"+string(want.Data), answer.Name+"\n"+string(answer.Data)); diff != "" && !*update {
				t.Errorf("answer to %q\n%s(-want +got):\n%s", section.Name, section.Data, diff)
			}
		} else if !*update {
			t.Errorf("%q has no answer in the golden file", section.Name)
		}
	}
	if *update {
		archive.Files = played
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func isAnswer(f txtar.File) bool {
	_, err := strconv.Atoi(strings.Fields(f.Name)[0])
	return err == nil
}

func (s *story) moveClock(t *testing.T, text string) {
	t.Helper()
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	s.env.Now = s.env.Now.Add(d)
}

func (s *story) perform(t *testing.T, section txtar.File) txtar.File {
	t.Helper()
	words := strings.Fields(section.Name)
	if len(words) < 2 {
		t.Fatalf("section %q: want a signer and a service", section.Name)
	}
	key, known := s.keys[words[0]]
	if !known && words[0] != "nobody" {
		t.Fatalf("section %q: no such signer", section.Name)
	}
	form := s.form(t, words[1], string(section.Data))
	r := s.request(key, words[1], form, words[2:])
	if words[0] == "nobody" {
		r.Header.Del("Authorization")
	}
	response, body := s.env.Do(r)
	s.keep(words[2:], body)
	if response.Header["x-amzn-RequestId"] == nil {
		t.Errorf("the answer to %q has no request id", section.Name)
	}
	name := strconv.Itoa(response.StatusCode) + " " + response.Header.Get("Content-Type")
	if location := response.Header.Get("Location"); location != "" {
		name += " " + location
	}
	if body != "" && !strings.HasSuffix(body, "\n") {
		body += "\n" // as the format of the golden file has it
	}
	host := strings.TrimPrefix(s.bearers.issuer.URL, "https://")
	body = strings.NewReplacer(host, "issuer.test", url.QueryEscape(host), "issuer.test").Replace(body)
	return txtar.File{Name: strings.TrimSpace(name), Data: []byte(scrub(body))}
}

func (s *story) request(key testenv.Key, service, form string, options []string) *http.Request {
	r := s.env.Request(key, service, form)
	for _, option := range options {
		switch option {
		case "get":
			r = httptest.NewRequest(http.MethodGet, "/?"+form, http.NoBody)
			r.Host = "daypass.test"
			s.env.Sign(r, key, service, "")
		case "json":
			r.Header.Set("Accept", "application/json")
		}
	}
	return r
}

var versions = map[string]string{"sts": "2011-06-15", "iam": "2010-05-08"}

func (s *story) form(t *testing.T, service, text string) string {
	t.Helper()
	var parameters []string
	hasVersion := false
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		hasVersion = hasVersion || name == "Version" || name == "NoVersion"
		if name != "NoVersion" {
			parameters = append(parameters, url.QueryEscape(name)+"="+url.QueryEscape(s.expand(t, value)))
		}
	}
	if !hasVersion {
		parameters = append(parameters, "Version="+versions[service])
	}
	return strings.Join(parameters, "&")
}

var placeholder = regexp.MustCompile(`\{(\w+) ([\w]+)(?: (-?\d+))?\}`)

func (s *story) expand(t *testing.T, value string) string {
	t.Helper()
	value = strings.ReplaceAll(value, "issuer.test", strings.TrimPrefix(s.bearers.issuer.URL, "https://"))
	return placeholder.ReplaceAllStringFunc(value, func(text string) string {
		m := placeholder.FindStringSubmatch(text)
		n, _ := strconv.ParseInt(m[3], 10, 64)
		switch m[1] {
		case "code":
			return s.env.Code(m[2], n)
		case "counter":
			return testenv.CounterCode(m[2], n)
		case "token":
			return s.bearers.token(t, m[2], s.env.Now)
		case "saml":
			return s.bearers.assertion(t, m[2], s.env.Now)
		case "id":
			return s.ids[m[2]]
		case "provider":
			return map[string]string{"url": s.bearers.issuer.URL, "metadata": s.bearers.idp.Metadata}[m[2]]
		case "repeat":
			return strings.Repeat(m[2], int(n))
		}
		t.Fatalf("unknown placeholder %s", text)
		return ""
	})
}

// random is what differs from run to run, with the name it gets instead.
var random = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`), "REQUEST-ID"},
	{regexp.MustCompile(`ASIARZPUZDIK[A-P][A-Z2-7]{7}`), "ASIARZPUZDIK-RANDOM"},
	{regexp.MustCompile(`ASIATCH6YDSY[Q-Z2-7][A-Z2-7]{7}`), "ASIATCH6YDSY-RANDOM"}, // of the member account
	{regexp.MustCompile(`(<SecretAccessKey>|"SecretAccessKey":")[A-Za-z0-9+/]{40}`), "${1}RANDOM"},
	{regexp.MustCompile(`(<SessionToken>|"SessionToken":")[A-Za-z0-9+/=]{100,}`), "${1}RANDOM"},
	{regexp.MustCompile(`(<WebIdentityToken>|"WebIdentityToken":")eyJ[\w-]+\.[\w-]+\.[\w-]{100,}`), "${1}RANDOM"},
	{regexp.MustCompile(`(<Base32StringSeed>)[A-Za-z0-9+/=]{40,}`), "${1}RANDOM"},
	{regexp.MustCompile(`(<SAMLProviderUUID>SAMLSP)[A-Z2-7]{16}`), "${1}-RANDOM"},
	{regexp.MustCompile(`(<QRCodePNG>)[A-Za-z0-9+/=]{100,}`), "${1}RANDOM"},
}

var (
	uniqueID = regexp.MustCompile(`(AKIA|AIDA|AGPA|AROA|ANPA)[A-Z2-7]{16,17}`)
	ownID    = regexp.MustCompile(`ROOTKEY$|ALICEALICE|BOBBOB|EXAMPLE$|NOSUCHKEY`) // of the story and its requests
)

func scrub(body string) string {
	body = uniqueID.ReplaceAllStringFunc(body, func(id string) string {
		if ownID.MatchString(id) {
			return id
		}
		return id[:4] + "-RANDOM"
	})
	for _, r := range random {
		body = r.pattern.ReplaceAllString(body, r.name)
	}
	return body
}
