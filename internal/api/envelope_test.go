package api_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/testenv"
)

// TestEnvelope holds what is judged before authentication (spec sections 1.1, 1.4 and 13): none of these requests is
// signed, and none needs to be.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		name, method, target, contentType, body string
		wantStatus                              int
		wantLocation, wantBody                  string
	}{
		{"HEAD", "HEAD", "/", "", "", 302, "https://aws.amazon.com/iam", ""},
		{"PUT", "PUT", "/", form, whoAmI, 302, "https://aws.amazon.com/iam", ""},
		{"OPTIONS", "OPTIONS", "/", "", "", 302, "https://aws.amazon.com/iam", ""},
		{"a content type that is no form", "POST", "/", "image/jpeg", whoAmI, 403, "", "<html>"},
		{"JSON", "POST", "/", "application/json", "{}", 403, "", "<html>"},
		{"two content types in one", "POST", "/", form + ", text/plain", whoAmI, 403, "", "<html>"},
		{"multipart form", "POST", "/", "multipart/form-data; boundary=x", "", 403, "", "<html>"},
		{"two content types", "POST", "/", "TWICE", whoAmI, 403, "", "<html>"},
		{"empty content type", "POST", "/", " ", whoAmI, 403, "", "<html>"},
		{"unsigned", "POST", "/", form, whoAmI, 403, "", "<Code>MissingAuthenticationToken</Code>"},
		{"unsigned GET", "GET", "/?" + whoAmI, "", "", 403, "", "<Code>MissingAuthenticationToken</Code>"},
		{"unsigned and empty", "GET", "/", "", "", 403, "", "<Code>MissingAuthenticationToken</Code>"},
		{"another path", "POST", "/sts", form, whoAmI, 404, "", ""},
		{"a path that leads back", "POST", "/a/../", form, whoAmI, 403, "", "<Code>MissingAuthenticationToken</Code>"},
		{"double slashes", "POST", "//", form, whoAmI, 403, "", "<Code>MissingAuthenticationToken</Code>"},
		{"a path above the root", "POST", "/..", form, whoAmI, 400, "", ""},
		{"an escaped path above the root", "POST", "/%2e%2e/", form, whoAmI, 400, "", ""},
		{"a path above the root as it was sent", "POST", "/a%2Fb/../..", form, whoAmI, 400, "", ""},
		{"a path that is another when decoded", "POST", "/%2e%2e%2f%2e/a/..", form, whoAmI, 400, "", ""},
		{"a bad escape in the query", "GET", "/?Action=%zz", "", "", 400, "", "<Message>Illegal hex character in escape % pattern: %zz</Message>"},
		{"half an escape in the query", "GET", "/?Action=%4", "", "", 400, "", "<Message>Incomplete trailing escape % sequence</Message>"},
		{"a body that is too large", "POST", "/", form, strings.Repeat("x", 10_000_001), 413, "", ""},
	}
	s := newStory(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, tt.target, strings.NewReader(tt.body))
			if tt.contentType == "TWICE" {
				r.Header["Content-Type"] = []string{form, form}
			} else if tt.contentType != "" {
				r.Header.Set("Content-Type", strings.TrimSpace(tt.contentType))
			}
			response, body := s.env.Do(r)
			if response.StatusCode != tt.wantStatus || response.Header.Get("Location") != tt.wantLocation {
				t.Errorf("got %d %q, want %d %q", response.StatusCode, response.Header.Get("Location"), tt.wantStatus, tt.wantLocation)
			}
			if tt.wantBody == "" && body != "" || !strings.Contains(body, tt.wantBody) {
				t.Errorf("body %q, want %q", body, tt.wantBody)
			}
			if response.Header["x-amzn-RequestId"] == nil || response.Header["x-amz-sts-extended-request-id"] == nil {
				t.Errorf("request ids are missing: %v", response.Header)
			}
		})
	}
}

// TestSignedButOdd holds what is judged after authentication.
func TestSignedButOdd(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	alice := s.keys["alice"]
	tests := []struct {
		name       string
		body       string
		header     http.Header
		wantStatus int
		want       string
	}{
		{"a form that is not UTF-8", "Action=GetCallerIdentity&Version=2011-06-15&x=%ff", nil, 400, "MalformedInput"},
		{"a bad escape in the form", "Action=GetCallerIdentity%", nil, 400, "MalformedQueryString"},
		{"no content type: the body is no form", whoAmI, http.Header{"Content-Type": nil}, 302, ""},
		{"more parameters than anybody needs", whoAmI + strings.Repeat("&a=b", 10_001), nil, 400, "MalformedInput"},
		{"a body of exactly ten million bytes", whoAmI + "&x=" + strings.Repeat("x", 10_000_000-len(whoAmI)-3), nil, 200, ""},
		{"the S3 signer's header", whoAmI, http.Header{"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}}, 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for name, values := range tt.header {
				r.Header[name] = values
				if values == nil {
					delete(r.Header, name)
				}
			}
			s.env.Sign(r, alice, "sts", tt.body)
			response, body := s.env.Do(r)
			if response.StatusCode != tt.wantStatus || element(body, "Code") != tt.want {
				t.Errorf("got %d %.300s, want %d %s", response.StatusCode, body, tt.wantStatus, tt.want)
			}
		})
	}
}

// TestRedirectKeepsCredentials shows that a presigned request without an action is not sent on with its credentials.
func TestRedirectKeepsCredentials(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	session := s.keys["alice/session"]
	uri := presign(t, session, "/?Version=2011-06-15&Else=1")
	for _, spelled := range []string{uri, strings.Replace(uri, "X-Amz-Signature", "%58-%41mz-Signature", 1)} {
		r := httptest.NewRequest(http.MethodGet, spelled, http.NoBody)
		r.Host = "daypass.test"
		response, _ := s.env.Do(r)
		if got, want := response.Header.Get("Location"), "https://aws.amazon.com/iam?Version=2011-06-15&Else=1"; got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
	}
}

// brokenBody fails in the middle, as the body of a client does that went away.
type brokenBody struct{ sent bool }

func (b *brokenBody) Read(p []byte) (int, error) {
	if b.sent {
		return 0, io.ErrUnexpectedEOF
	}
	b.sent = true
	return copy(p, "Action=Get"), nil
}

// countingBody tells whether anybody has read it.
type countingBody struct{ reads int }

func (b *countingBody) Read([]byte) (int, error) {
	b.reads++
	return 0, errors.New("the body was read")
}

// TestBodyIsReadLast shows that a body costs nothing before the key is known to be good.
func TestBodyIsReadLast(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	unknown := testenv.Key{AccessKeyID: "AKIANOSUCHKEYATALL22", SecretAccessKey: "x"}
	for name, key := range map[string]testenv.Key{"unknown key": unknown, "session without token": {AccessKeyID: s.keys["alice/session"].AccessKeyID, SecretAccessKey: "x"}} {
		body := &countingBody{}
		signed := s.env.Request(key, "sts", whoAmI)
		signed.Body, signed.ContentLength = io.NopCloser(body), 1000
		if response, _ := s.env.Do(signed); response.StatusCode != http.StatusForbidden || body.reads != 0 {
			t.Errorf("%s: status %d after %d reads", name, response.StatusCode, body.reads)
		}
	}
	truncated := s.env.Request(s.keys["alice"], "sts", whoAmI)
	truncated.Body, truncated.ContentLength = io.NopCloser(&brokenBody{}), int64(len(whoAmI))
	if response, body := s.env.Do(truncated); response.StatusCode != http.StatusBadRequest || body != "" {
		t.Errorf("truncated body: %d %s", response.StatusCode, body)
	}
}

// TestEveryRequestIsRecorded counts: one request, one line, whatever became of it; and no line shows a secret.
func TestEveryRequestIsRecorded(t *testing.T) {
	t.Parallel()
	s := newStory(t) // three sessions
	code := s.env.Code("alice", 0)
	requests := []*http.Request{
		httptest.NewRequest(http.MethodPut, "/", http.NoBody),
		httptest.NewRequest(http.MethodPost, "/..", http.NoBody),
		httptest.NewRequest(http.MethodGet, "/", http.NoBody),
		s.env.Request(testenv.Key{AccessKeyID: "AKIANOSUCHKEYATALL22", SecretAccessKey: "x"}, "sts", whoAmI),
		s.env.Request(s.keys["alice"], "sts", "Action=Nonsense&Version=2011-06-15"),
		s.env.Request(s.keys["alice"], "sts", "Version=2011-06-15"),
		s.env.Request(s.keys["alice"], "sts", "Action=GetSessionToken&Version=2011-06-15&SerialNumber="+testenv.Serial("alice")+"&TokenCode="+code),
		s.env.Request(s.keys["alice"], "sts", "Action=GetSessionToken&Version=2011-06-15&SerialNumber=bad&TokenCode="+code[:5]),
		s.env.Request(s.keys["alice"], "iam", "Action=ListUsers&Version=2010-05-08"),
		s.env.Request(testenv.Root, "iam", "Action=CreateAccessKey&Version=2010-05-08&UserName=alice"),
		s.env.Request(testenv.Root, "iam", "Action=CreateVirtualMFADevice&Version=2010-05-08&VirtualMFADeviceName=x"),
	}
	secrets := []string{code, `"` + code[:5], "'" + code[:5] + "'", testenv.Root.SecretAccessKey, s.keys["alice"].SecretAccessKey}
	for _, key := range s.keys {
		if key.SessionToken != "" {
			secrets = append(secrets, key.SessionToken, key.SecretAccessKey)
		}
	}
	for _, r := range requests {
		_, body := s.env.Do(r)
		for _, name := range []string{"SecretAccessKey", "SessionToken", "Base32StringSeed", "QRCodePNG"} {
			if secret := element(body, name); secret != "" {
				secrets = append(secrets, secret)
			}
		}
	}
	s.env.Close()
	log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(string(log), "\n"), 3+len(requests); got != want {
		t.Errorf("%d lines for %d requests:\n%s", got, want, log)
	}
	for _, secret := range secrets {
		if strings.Contains(string(log), secret) {
			t.Errorf("the audit log shows the secret %q:\n%s", secret, log)
		}
	}
}

// TestMisplacedSecrets sends secrets where something else belongs. AWS tells back what it can't read, to the client: the
// log must not keep it.
func TestMisplacedSecrets(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	session := s.keys["alice/session"]
	const secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY01" // without a slash, as half of all are
	header := func(authorization string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(whoAmI))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Amz-Date", "20260102T030405Z")
		r.Header.Set("Authorization", authorization)
		return r
	}
	for _, r := range []*http.Request{
		s.env.Request(testenv.Key{AccessKeyID: secret, SecretAccessKey: "AKIAALICEALICEALICEA"}, "sts", whoAmI),
		header(session.SessionToken),
		header("AWS4-HMAC-SHA256 " + session.SecretAccessKey),
		header("AWS4-HMAC-SHA256 Credential=" + session.SecretAccessKey + "/x/20260102/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=x"),
	} {
		if response, _ := s.env.Do(r); response.StatusCode < 400 {
			t.Errorf("status %d", response.StatusCode)
		}
	}
	s.env.Close()
	log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, misplaced := range []string{secret, session.SessionToken, session.SecretAccessKey} {
		if strings.Contains(string(log), misplaced) {
			t.Errorf("the audit log has the secret %q:\n%s", misplaced, log)
		}
	}
}

// TestLittleEcho shows that neither answers nor the log grow with what a hostile request holds.
func TestLittleEcho(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	hostile := strings.Repeat("<", 1_000_000)
	_, body := s.env.Do(s.env.Request(s.keys["alice"], "sts", "Version=x&Action="+hostile))
	if len(body) > 64<<10 {
		t.Errorf("an answer of %d bytes to an action of %d", len(body), len(hostile))
	}
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Authorization", hostile[:30_000])
	r.Header.Set("User-Agent", hostile[:30_000])
	if _, body := s.env.Do(r); len(body) > 64<<10 {
		t.Errorf("an answer of %d bytes to a header of 30,000", len(body))
	}
	s.env.Close()
	if info, err := os.Stat(filepath.Join(s.env.DataDir, "audit.jsonl")); err != nil || info.Size() > 64<<10 {
		t.Errorf("the audit log has %d bytes (%v)", info.Size(), err)
	}
}
