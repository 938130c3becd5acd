package verifierapi_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// env is a server with a verifier of the service orders, and a user whom it is asked about.
type env struct {
	*testenv.Env
	t        *testing.T
	verifier testenv.Key
	alice    testenv.Key
}

func newEnv(t *testing.T, options ...testenv.Option) *env {
	t.Helper()
	e := &env{Env: testenv.New(t, options...), t: t}
	_, e.verifier = e.AddUser("verifier")
	_, e.alice = e.AddUser("alice")
	e.allow("verifier", "arn:aws:daypass:us-east-1:123456789012:service/orders")
	return e
}

func (e *env) allow(user, resource string) {
	e.t.Helper()
	document := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"daypass:GetSigningKey","Resource":%q}}`, resource)
	status, body := e.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", user, "PolicyName", "p", "PolicyDocument", document)
	if status != http.StatusOK {
		e.t.Fatal(body)
	}
}

// question is what a verifier asks about a key, with some members changed: their names and values in turn.
func (e *env) question(key testenv.Key, changes ...string) string {
	members := map[string]string{
		"AccessKeyId": key.AccessKeyID, "Date": e.Now.Format("20060102"), "Region": "us-east-1", "Service": "orders",
	}
	if key.SessionToken != "" {
		members["SessionToken"] = key.SessionToken
	}
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = changes[i+1]
	}
	text, err := json.Marshal(members)
	if err != nil {
		e.t.Fatal(err)
	}
	return string(text)
}

func (e *env) request(as testenv.Key, body string) *http.Request {
	e.t.Helper()
	r := httptest.NewRequestWithContext(e.t.Context(), http.MethodPost, "/", strings.NewReader(body))
	r.Host = "daypass.test"
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "Daypass.GetSigningKey")
	e.Sign(r, as, "daypass", body)
	return r
}

func (e *env) want(r *http.Request, status int, text string) string {
	e.t.Helper()
	response, body := e.Do(r)
	if response.StatusCode != status || !strings.Contains(body, text) {
		e.t.Errorf("%d %s, want %d %s", response.StatusCode, body, status, text)
	}
	if status != http.StatusOK && strings.Contains(body, "SigningKey\":") {
		e.t.Errorf("a refusal has a key: %s", body)
	}
	return body
}

func TestGetSigningKey(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	body := e.want(e.request(e.verifier, e.question(e.alice)), 200, `"Arn":"arn:aws:iam::123456789012:user/alice"`)
	var answer struct{ SigningKey []byte }
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	scope := sigv4.Scope{Date: "20260102", Region: "us-east-1", Service: "orders", Terminator: "aws4_request"}
	if want := sigv4.DeriveKey(e.alice.SecretAccessKey, scope); string(answer.SigningKey) != string(want[:]) {
		t.Error("the key is not the scope's")
	}
	if strings.Contains(body, e.alice.SecretAccessKey) {
		t.Error("the answer has the secret")
	}
}

// What a thief of the verifier's credentials would ask for.
func TestRefusals(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.allow("verifier", "arn:aws:daypass:us-east-1:*:service/orders")
	_, wide := e.AddUser("wide")
	e.allow("wide", "*")
	_, narrow := e.AddUser("narrow")
	other, err := server.CreateAccount(t.Context(), e.Store, "210987654321", "other", e.Now)
	if err != nil {
		t.Fatal(err)
	}
	otherRoot := testenv.Key{AccessKeyID: other.RootAccessKeyID, SecretAccessKey: other.RootSecretAccessKey}
	unknown := testenv.Key{AccessKeyID: "AKIAIOSFODNN7EXAMPLE"}
	forged := testenv.Key{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SessionToken: "forged"}

	for _, tt := range []struct {
		name   string
		as     testenv.Key
		body   string
		status int
		text   string
	}{
		{"another service", e.verifier, e.question(e.alice, "Service", "invoices"), 403, "AccessDeniedException"},
		{"another region", e.verifier, e.question(e.alice, "Region", "eu-west-1"), 403, "on resource: arn:aws:daypass:eu-west-1:123456789012:service/orders"},
		{"sts", wide, e.question(e.alice, "Service", "sts"), 400, "lent to nobody"},
		{"iam", wide, e.question(e.alice, "Service", "iam"), 400, "lent to nobody"},
		{"this service", wide, e.question(e.alice, "Service", "daypass"), 400, "lent to nobody"},
		{"another case", wide, e.question(e.alice, "Service", "STS"), 400, "ValidationException"},
		{"another ARN in the service", wide, e.question(e.alice, "Service", "orders:*"), 400, "ValidationException"},
		{"a pattern", wide, e.question(e.alice, "Region", "*"), 400, "ValidationException"},
		{"tomorrow", wide, e.question(e.alice, "Date", "20260103"), 400, "Date must be"},
		{"yesterday", wide, e.question(e.alice, "Date", "20260101"), 400, "Date must be"},
		{"no date", wide, e.question(e.alice, "Date", ""), 400, "Date must be"},
		{"no permission", narrow, e.question(e.alice), 403, "because no identity-based policy allows the daypass:GetSigningKey action"},
		{"no permission, unknown key", narrow, e.question(unknown), 403, "because no identity-based policy allows"},
		{"another account, asked by the management account", e.verifier, e.question(otherRoot), 200, `"Account":"123456789012"`},
		{"the management account, asked by another", otherRoot, e.question(e.alice), 403, "AccessDeniedException"},
		{"its own account", otherRoot, e.question(otherRoot), 200, `"Arn":"arn:aws:iam::210987654321:root"`},
		{"an unknown key", e.verifier, e.question(unknown), 400, `"__type":"InvalidCredentialsException","reason":"UnrecognizedClientException"`},
		{"a forged session", e.verifier, e.question(forged), 400, `"reason":"UnrecognizedClientException"`},
		{"a secret for an id", e.verifier, e.question(testenv.Key{AccessKeyID: e.alice.SecretAccessKey}), 400, "AccessKeyId"},
		{"a stranger", unknown, e.question(e.alice), 403, `"__type":"UnrecognizedClientException"`},
		{"a member that is not known", e.verifier, e.question(e.alice, "Account", "1"), 400, "SerializationException"},
		{"no JSON", e.verifier, "Action=GetSigningKey", 400, "SerializationException"},
		{"two objects", e.verifier, e.question(e.alice) + "{}", 400, "SerializationException"},
		{"too much", e.verifier, strings.Repeat(" ", 70000), 400, "SerializationException"},
	} {
		t.Run(tt.name, func(t *testing.T) { //nolint:paralleltest // one server, whose test this is
			part := *e
			part.t = t
			part.want(e.request(tt.as, tt.body), tt.status, tt.text)
		})
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	body := e.question(e.alice)
	unsigned := e.request(e.verifier, body)
	unsigned.Header.Del("Authorization")
	e.want(unsigned, 403, "<html>") // no service is named: the AWS endpoint answers
	mismatch := e.verifier
	mismatch.SecretAccessKey += "x"
	e.want(e.request(mismatch, body), 403, "InvalidSignatureException")
	old := e.request(e.verifier, body)
	e.Now = e.Now.Add(16 * time.Minute)
	e.want(old, 403, "Signature expired")
	wrongTarget := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	wrongTarget.Header.Set("X-Amz-Target", "Daypass.GetSecret")
	e.Sign(wrongTarget, e.verifier, "daypass", body)
	e.want(wrongTarget, 400, "UnknownOperationException")
	path := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", strings.NewReader(body))
	e.Sign(path, e.verifier, "daypass", body)
	e.want(path, 400, "UnknownOperationException")
}

// Around midnight both days are those of signatures made now.
func TestMidnight(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.Now = time.Date(2026, 1, 3, 0, 10, 0, 0, time.UTC)
	e.want(e.request(e.verifier, e.question(e.alice, "Date", "20260102")), 200, "alice")
	e.want(e.request(e.verifier, e.question(e.alice, "Date", "20260103")), 200, "alice")
	e.Now = e.Now.Add(6 * time.Minute)
	e.want(e.request(e.verifier, e.question(e.alice, "Date", "20260102")), 400, "Date must be")
}

func TestRegions(t *testing.T) {
	t.Parallel()
	e := newEnv(t, func(c *server.Config) { c.Regions = []string{"us-east-1"} })
	_, wide := e.AddUser("wide")
	e.allow("wide", "*")
	e.want(e.request(wide, e.question(e.alice)), 200, "alice")
	e.want(e.request(wide, e.question(e.alice, "Region", "eu-west-1")), 400, "Region")
}

func TestAudit(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	body := e.want(e.request(e.verifier, e.question(e.alice)), 200, "SigningKey")
	token := testenv.Key{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SessionToken: "some-session-token"}
	e.want(e.request(e.verifier, e.question(token)), 400, "InvalidCredentials")
	e.Close()
	log, err := os.ReadFile(filepath.Join(e.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ SigningKey []byte }
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString(answer.SigningKey), string(answer.SigningKey), fmt.Sprintf("%x", answer.SigningKey),
		token.SessionToken, e.alice.SecretAccessKey,
	} {
		if strings.Contains(string(log), secret) {
			t.Errorf("the audit log has %q", secret)
		}
	}
	for _, want := range []string{
		`"eventSource":"daypass.amazonaws.com","eventName":"GetSigningKey"`,
		`"requestParameters":{"accessKeyId":"` + e.alice.AccessKeyID + `","date":"20260102","region":"us-east-1","service":"orders"}`,
		`"responseElements":{"arn":"arn:aws:iam::123456789012:user/alice","userId":"AIDAALICEALICEALICEA`,
		`"errorCode":"InvalidClientTokenId"`,
	} {
		if !strings.Contains(string(log), want) {
			t.Errorf("the audit log has no %s:\n%s", want, log)
		}
	}
}

// A key that is checked elsewhere is not used here.
func TestNoLastUse(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.want(e.request(e.verifier, e.question(e.alice)), 200, "alice")
	_, body := e.Call(testenv.Root, "iam", "GetAccessKeyLastUsed", "AccessKeyId", e.alice.AccessKeyID)
	if !strings.Contains(body, "<ServiceName>N/A</ServiceName>") {
		t.Error(body)
	}
}

func FuzzQuestion(f *testing.F) {
	e := &env{Env: testenv.New(f)}
	f.Add(`{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","Date":"20260102","Region":"us-east-1","Service":"orders"}`)
	f.Add(`{"Service":"sts"}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		part := &env{Env: e.In(t), t: t}
		response, text := part.Do(part.request(testenv.Root, body))
		if response.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%d %s", response.StatusCode, text)
		}
	})
}
