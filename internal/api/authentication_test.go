package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

const (
	whoAmI  = "Action=GetCallerIdentity&Version=2011-06-15"
	invalid = "The security token included in the request is invalid"
)

// refusal is the code and the message of an error in XML.
func refusal(body string) string { return element(body, "Code") + ": " + element(body, "Message") }

// TestRefusedCredentials holds rows 10 to 16 of spec section 2.1 and the recordings of section 13: what is wrong with
// the credentials is told in AWS's order, and a signature is looked at last.
func TestRefusedCredentials(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	alice, session, mfa := s.keys["alice"], s.keys["alice/session"], s.keys["alice/mfa"]
	with := func(k testenv.Key, change func(*testenv.Key)) testenv.Key {
		change(&k)
		return k
	}
	tests := []struct {
		name string
		key  testenv.Key
		want string
	}{
		{"unknown key", with(alice, func(k *testenv.Key) { k.AccessKeyID = "AKIANOSUCHKEYATALL22" }), "InvalidClientTokenId: " + invalid + "."},
		{"empty key id", with(alice, func(k *testenv.Key) { k.AccessKeyID = "" }), "InvalidClientTokenId: " + invalid + "."},
		{"key id in lower case", with(alice, func(k *testenv.Key) { k.AccessKeyID = strings.ToLower(k.AccessKeyID) }), "InvalidClientTokenId: " + invalid + "."},
		{"key id of odd bytes", with(alice, func(k *testenv.Key) { k.AccessKeyID = "AKIA%00\xffALICEALICEALICE" }), "InvalidClientTokenId: " + invalid + "."},
		{"wrong secret", with(alice, func(k *testenv.Key) { k.SecretAccessKey += "x" }), "SignatureDoesNotMatch: " + mismatch},
		{"another user's secret", with(alice, func(k *testenv.Key) { k.SecretAccessKey = s.keys["bob"].SecretAccessKey }), "SignatureDoesNotMatch: " + mismatch},
		{"empty secret", with(alice, func(k *testenv.Key) { k.SecretAccessKey = "" }), "SignatureDoesNotMatch: " + mismatch},
		{"session without its token", with(session, func(k *testenv.Key) { k.SessionToken = "" }), "InvalidClientTokenId: " + invalid + "."},
		{"session with another session's token", with(session, func(k *testenv.Key) { k.SessionToken = mfa.SessionToken }), "InvalidClientTokenId: " + invalid + "."},
		{"both wrong: token before signature", with(session, func(k *testenv.Key) { k.SessionToken = mfa.SessionToken; k.SecretAccessKey = "x" }), "InvalidClientTokenId: " + invalid + "."},
		{"session with a forged token", with(session, func(k *testenv.Key) { k.SessionToken = "AAAA" + k.SessionToken[4:] }), "InvalidClientTokenId: " + invalid},
		{"session with a changed token", with(session, func(k *testenv.Key) { k.SessionToken = k.SessionToken[:60] + flip(k.SessionToken[60:]) }), "InvalidClientTokenId: " + invalid},
		{"session with garbage for a token", with(session, func(k *testenv.Key) { k.SessionToken = "not base64 !" }), "InvalidClientTokenId: " + invalid},
		{"session with a huge token", with(session, func(k *testenv.Key) { k.SessionToken = strings.Repeat("A", 8192) }), "InvalidClientTokenId: " + invalid},
		{"session with a wrong secret", with(session, func(k *testenv.Key) { k.SecretAccessKey = alice.SecretAccessKey }), "SignatureDoesNotMatch: " + mismatch},
		{"long-term key with a session token", with(alice, func(k *testenv.Key) { k.SessionToken = session.SessionToken }), "InvalidClientTokenId: " + invalid + "."},
		{"long-term key with garbage for a token", with(alice, func(k *testenv.Key) { k.SessionToken = "garbage" }), "InvalidClientTokenId: " + invalid},
		{"session's secret under the long-term key", with(alice, func(k *testenv.Key) { k.SecretAccessKey = session.SecretAccessKey }), "SignatureDoesNotMatch: " + mismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			response, body := s.env.Do(s.env.Request(tt.key, "sts", whoAmI))
			if got := refusal(body); got != tt.want || response.StatusCode != http.StatusForbidden {
				t.Errorf("got %d %s\nwant 403 %s", response.StatusCode, got, tt.want)
			}
		})
	}
}

const mismatch = "The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// flip changes the first character of base64 text.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

// TestSessionsEnd shows each of the ways in which a session ends.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options []testenv.Option
		end     func(t *testing.T, s *story)
		want    string
	}{
		{"a second before its expiration", nil, func(_ *testing.T, s *story) { s.env.Now = s.env.Now.Add(12*time.Hour - time.Second) }, ": "},
		{"at its expiration", nil, func(_ *testing.T, s *story) { s.env.Now = s.env.Now.Add(12 * time.Hour) }, "ExpiredToken: The security token included in the request is expired"},
		{"key deactivated", nil, deactivateAlice, "InvalidClientTokenId: " + invalid + "."},
		{"key deleted", nil, deleteAlicesKey, "InvalidClientTokenId: " + invalid + "."},
		{"user deleted", nil, deleteAlice, "InvalidClientTokenId: " + invalid + "."},
		{"user deleted and made again", nil, func(t *testing.T, s *story) {
			deleteAlice(t, s)
			s.must(t, "CreateUser", "UserName", "alice")
		}, "InvalidClientTokenId: " + invalid + "."},
		{"sessions outlive keys: deactivated", outlive, deactivateAlice, ": "},
		{"sessions outlive keys: deleted", outlive, deleteAlicesKey, ": "},
		{"sessions outlive keys: user deleted", outlive, deleteAlice, "InvalidClientTokenId: " + invalid + "."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, tt.options...)
			session := s.keys["alice/session"]
			if _, body := s.env.Do(s.env.Request(session, "sts", whoAmI)); refusal(body) != ": " {
				t.Fatalf("the session does not work: %s", body)
			}
			tt.end(t, s)
			if _, body := s.env.Do(s.env.Request(session, "sts", whoAmI)); refusal(body) != tt.want {
				t.Errorf("got %s, want %s", refusal(body), tt.want)
			}
		})
	}
}

// TestKeptSession shows that a session which was accepted a moment ago, and is kept open, gives nothing to who has only a part of it.
func TestKeptSession(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	session, other := s.keys["alice/session"], s.keys["root/session"]
	with := func(change func(k *testenv.Key)) testenv.Key {
		changed := session
		change(&changed)
		return changed
	}
	for _, key := range []testenv.Key{session, other} {
		if _, body := s.env.Do(s.env.Request(key, "sts", whoAmI)); refusal(body) != ": " {
			t.Fatalf("the session does not work: %s", body)
		}
	}
	for name, test := range map[string]struct {
		key  testenv.Key
		want string
	}{
		"with another's key id": {with(func(k *testenv.Key) { k.AccessKeyID = other.AccessKeyID }), "InvalidClientTokenId: " + invalid + "."},
		"with another's token":  {with(func(k *testenv.Key) { k.SessionToken = other.SessionToken }), "InvalidClientTokenId: " + invalid + "."},
		"with a changed token":  {with(func(k *testenv.Key) { k.SessionToken += "A" + k.SessionToken[:3] }), "InvalidClientTokenId: " + invalid},
		"without its token":     {with(func(k *testenv.Key) { k.SessionToken = "" }), "InvalidClientTokenId: " + invalid + "."},
		"without its secret":    {with(func(k *testenv.Key) { k.SecretAccessKey = other.SecretAccessKey }), "SignatureDoesNotMatch: "},
		"as it is":              {session, ": "},
	} {
		if _, body := s.env.Do(s.env.Request(test.key, "sts", whoAmI)); !strings.HasPrefix(refusal(body), test.want) {
			t.Errorf("%s: got %s, want %s", name, refusal(body), test.want)
		}
	}
}

var outlive = []testenv.Option{func(c *server.Config) { c.SessionsOutliveKeys = true }}

func (s *story) must(t *testing.T, action string, parameters ...string) {
	t.Helper()
	if status, body := s.env.Call(testenv.Root, "iam", action, parameters...); status != http.StatusOK {
		t.Fatalf("%s: %d %s", action, status, body)
	}
}

func deactivateAlice(t *testing.T, s *story) {
	t.Helper()
	s.must(t, "UpdateAccessKey", "UserName", "alice", "AccessKeyId", s.keys["alice"].AccessKeyID, "Status", "Inactive")
}

func deleteAlicesKey(t *testing.T, s *story) {
	t.Helper()
	s.must(t, "DeleteAccessKey", "UserName", "alice", "AccessKeyId", s.keys["alice"].AccessKeyID)
}

func deleteAlice(t *testing.T, s *story) {
	t.Helper()
	deleteAlicesKey(t, s)
	s.must(t, "DeactivateMFADevice", "UserName", "alice", "SerialNumber", testenv.Serial("alice"))
	s.must(t, "DeleteUser", "UserName", "alice")
}

// TestPresigned shows that a presigned request lives for 15 minutes, whatever X-Amz-Expires says (spec section 2.4),
// may be replayed meanwhile, and is covered by its signature whole.
func TestPresigned(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	get := func(t *testing.T, uri string, after time.Duration) string {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, uri, http.NoBody)
		r.Host = "daypass.test"
		s.env.Now = testenv.Start.Add(after)
		_, body := s.env.Do(r)
		return refusal(body)
	}
	for _, expires := range []time.Duration{0, time.Minute, time.Hour, 1000 * time.Hour} {
		for _, key := range []string{"alice", "alice/mfa"} {
			uri := presignFor(t, s.keys[key], "/?"+whoAmI, expires)
			for _, after := range []time.Duration{0, 0, 15 * time.Minute} {
				if got := get(t, uri, after); got != ": " {
					t.Errorf("%s, expires %s, after %s: %s", key, expires, after, got)
				}
			}
			if got := get(t, uri, 15*time.Minute+time.Second); !strings.HasPrefix(got, "SignatureDoesNotMatch: Signature expired: 20260102T030405Z is now earlier than") {
				t.Errorf("%s, expires %s: after 15 minutes and a second got %s", key, expires, got)
			}
		}
	}
	uri := presign(t, s.keys["alice/session"], "/?"+whoAmI)
	tampered := map[string]string{
		"a parameter added":            uri + "&DurationSeconds=900",
		"a parameter put in front":     strings.Replace(uri, "/?", "/?Action=GetSessionToken&", 1),
		"the action changed":           strings.Replace(uri, "GetCallerIdentity", "GetSessionToken", 1),
		"expires changed":              strings.Replace(uri, "X-Amz-Expires=60", "X-Amz-Expires=61", 1),
		"the session token left out":   cutParameter(uri, "X-Amz-Security-Token"),
		"the signature left out":       cutParameter(uri, "X-Amz-Signature"),
		"another session's token":      strings.Replace(uri, url.QueryEscape(s.keys["alice/session"].SessionToken), url.QueryEscape(s.keys["alice/mfa"].SessionToken), 1),
		"an Authorization header, too": uri,
	}
	for name, changed := range tampered {
		r := httptest.NewRequest(http.MethodGet, changed, http.NoBody)
		r.Host = "daypass.test"
		if strings.HasPrefix(name, "an Authorization") {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x")
		}
		s.env.Now = testenv.Start
		if response, body := s.env.Do(r); response.StatusCode < 400 {
			t.Errorf("%s: accepted: %s", name, body)
		}
	}
}

func presign(t *testing.T, k testenv.Key, uri string) string {
	t.Helper()
	return presignFor(t, k, uri, time.Minute)
}

func presignFor(t *testing.T, k testenv.Key, uri string, expires time.Duration) string {
	t.Helper()
	r := sigv4.Request{Method: http.MethodGet, URI: uri, Host: "daypass.test", Header: http.Header{}}
	signer := sigv4.Signer{
		AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken,
		Region: testenv.Region, Service: "sts",
	}
	if err := signer.Presign(&r, testenv.Start, expires, sigv4.PayloadOf(nil)); err != nil {
		t.Fatal(err)
	}
	return r.URI
}

func cutParameter(uri, name string) string {
	before, rest, _ := strings.Cut(uri, "&"+name+"=")
	_, after, more := strings.Cut(rest, "&")
	if more {
		after = "&" + after
	}
	return before + after
}

// TestOneCodeOneWinner sends one code at the same time through many requests, for two actions' worth of them.
func TestOneCodeOneWinner(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	const attempts = 32
	form := url.Values{
		"Action": {"GetSessionToken"}, "Version": {"2011-06-15"},
		"SerialNumber": {testenv.Serial("bob")}, "TokenCode": {s.env.Code("bob", 0)},
	}.Encode()
	results := make(chan int, attempts)
	for range attempts {
		r := s.env.Request(s.keys["bob"], "sts", form)
		go func() {
			recorder := httptest.NewRecorder()
			s.env.Handler.ServeHTTP(recorder, r)
			results <- recorder.Code
		}()
	}
	codes := map[int]int{}
	for range attempts {
		codes[<-results]++
	}
	if codes[http.StatusOK] != 1 || codes[http.StatusForbidden] != attempts-1 {
		t.Errorf("status codes %v: want one 200 and %d 403", codes, attempts-1)
	}
}

// TestRegions holds the --region setting (spec section 2.2): a scope may name no other, but IAM's global one.
func TestRegions(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	configured := testenv.New(t, func(c *server.Config) { c.Regions = []string{"eu-central-1"} })
	tests := []struct {
		env                   *testenv.Env
		region, service, want string
	}{
		{s.env, "us-east-1", "sts", ": "},
		{s.env, "mars-north-1", "sts", ": "},
		{configured, "eu-central-1", "sts", ": "},
		{configured, "eu-central-1", "iam", ": "},
		{configured, "us-east-1", "iam", ": "},
		{configured, "us-east-1", "sts", "SignatureDoesNotMatch: Credential should be scoped to a valid region. "},
		{configured, "eu-central-2", "iam", "SignatureDoesNotMatch: Credential should be scoped to a valid region. "},
		{s.env, "us-east-1", "s3", "SignatureDoesNotMatch: Credential should be scoped to correct service: 'sts'. "},
	}
	for _, tt := range tests {
		body := whoAmI
		if tt.service == "iam" {
			body = "Action=ListUsers&Version=2010-05-08"
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Host = "daypass.test"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		signed := sigv4.Request{Method: r.Method, URI: "/", Host: r.Host, Header: r.Header}
		signer := sigv4.Signer{AccessKeyID: testenv.Root.AccessKeyID, SecretAccessKey: testenv.Root.SecretAccessKey, Region: tt.region, Service: tt.service}
		if err := signer.Sign(&signed, tt.env.Now, sigv4.PayloadOf([]byte(body))); err != nil {
			t.Fatal(err)
		}
		if _, got := tt.env.Do(r); refusal(got) != tt.want {
			t.Errorf("%s in %s: got %s, want %s", tt.service, tt.region, refusal(got), tt.want)
		}
	}
}

// TestOrderOfChecks gives requests several faults, and holds which of them AWS tells (spec sections 2.1 and 13).
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	deactivate := func() {
		s.must(t, "UpdateAccessKey", "UserName", "bob", "AccessKeyId", s.keys["bob"].AccessKeyID, "Status", "Inactive")
	}
	deactivate()
	wrongSecret := func(k testenv.Key) testenv.Key { k.SecretAccessKey = "wrong"; return k }
	foreignToken := func(k testenv.Key) testenv.Key { k.SessionToken = s.keys["alice/mfa"].SessionToken; return k }
	noToken := func(k testenv.Key) testenv.Key { k.SessionToken = ""; return k }
	withToken := func(k testenv.Key) testenv.Key { k.SessionToken = "garbage"; return k }
	unknown := func(k testenv.Key) testenv.Key { k.AccessKeyID = "AKIANOSUCHKEYATALL22"; return k }
	const expired, full, bare = "ExpiredToken: The security token included in the request is expired",
		"InvalidClientTokenId: " + invalid + ".", "InvalidClientTokenId: " + invalid
	tests := []struct {
		name    string
		key     testenv.Key
		service string
		late    time.Duration // of the server's clock against the signature
		age     time.Duration // of the session
		want    string
	}{
		{"inactive key, wrong signature", wrongSecret(s.keys["bob"]), "sts", 0, 0, full},
		{"expired session, wrong signature", wrongSecret(s.keys["alice/session"]), "sts", 0, 13 * time.Hour, expired},
		{"expired session, another's token", foreignToken(s.keys["alice/session"]), "sts", 0, 13 * time.Hour, full},
		{"expired session, no token", noToken(s.keys["alice/session"]), "sts", 0, 13 * time.Hour, full},
		{"unknown key, garbage for a token", withToken(unknown(s.keys["alice"])), "sts", 0, 0, bare},
		{"late, wrong service, unknown key", unknown(s.keys["alice"]), "s3", time.Hour, 0, "SignatureDoesNotMatch: Signature expired: "},
		{"wrong service, unknown key, wrong signature", wrongSecret(unknown(s.keys["alice"])), "s3", 0, 0, "SignatureDoesNotMatch: Credential should be scoped to correct service: 'sts'. "},
		{"wrong service, expired session", s.keys["alice/session"], "s3", 0, 13 * time.Hour, "SignatureDoesNotMatch: Credential should be scoped to correct service: 'sts'. "},
	}
	for _, tt := range tests {
		s.env.Now = testenv.Start.Add(tt.age)
		r := s.env.Request(tt.key, tt.service, whoAmI)
		s.env.Now = s.env.Now.Add(tt.late)
		if _, body := s.env.Do(r); !strings.HasPrefix(refusal(body), tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, refusal(body), tt.want)
		}
	}
}

// slowBody lets time pass, and things happen, before its last byte.
type slowBody struct {
	text  string
	sent  bool
	while func()
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.sent {
		return 0, io.EOF
	}
	b.while()
	b.sent = true
	return copy(p, b.text), nil
}

// TestSlowBody shows that nothing which ends while a body is on its way is of use when it has arrived.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	withCode := func(s *story) string {
		return "Action=GetSessionToken&Version=2011-06-15&SerialNumber=" + url.QueryEscape(testenv.Serial("bob")) + "&TokenCode=" + s.env.Code("bob", -1)
	}
	tests := []struct {
		name, key string
		form      func(*story) string
		while     func(*testing.T, *story)
		want      string
	}{
		{"nothing happens", "alice", nil, func(*testing.T, *story) {}, ": "},
		{"the key is deactivated", "alice", nil, deactivateAlice, "InvalidClientTokenId: " + invalid + "."},
		{"the session's user is deleted", "alice/session", nil, deleteAlice, "InvalidClientTokenId: " + invalid + "."},
		{"a code goes out of date", "bob", withCode, func(*testing.T, *story) {}, "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. "},
		{"the signature expires", "alice", nil, func(_ *testing.T, s *story) { s.env.Now = s.env.Now.Add(15 * time.Minute) }, "SignatureDoesNotMatch: Signature expired: 20260102T030405Z is now earlier than 20260102T030500Z (20260102T032000Z - 15 min.)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			form := whoAmI
			if tt.form != nil {
				form = tt.form(s)
			}
			r := s.env.Request(s.keys[tt.key], "sts", form)
			r.Body = io.NopCloser(&slowBody{text: form, while: func() {
				tt.while(t, s)
				s.env.Now = s.env.Now.Add(55 * time.Second)
			}})
			if _, body := s.env.Do(r); refusal(body) != tt.want {
				t.Errorf("got %s, want %s", refusal(body), tt.want)
			}
		})
	}
}

// TestLargeBodiesTakeTurns shows that an access key id, which is no secret, can't fill the memory with bodies.
func TestLargeBodiesTakeTurns(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	const held, share = 8, 4
	arrived, release, done := make(chan struct{}), make(chan struct{}), make(chan int)
	for i := range held {
		r := from(fmt.Sprintf("198.51.100.%d", i/share), s.env.Request(s.keys["alice"], "sts", whoAmI))
		r.ContentLength = 5_000_000
		r.Body = io.NopCloser(&slowBody{while: func() { arrived <- struct{}{}; <-release }})
		go func() {
			recorder := httptest.NewRecorder()
			s.env.Handler.ServeHTTP(recorder, r)
			done <- recorder.Code
		}()
		if <-arrived; i == share-1 { // one network has all that it may, and others have theirs
			for address, want := range map[string]int{"198.51.100.0": http.StatusServiceUnavailable, "198.51.100.1": http.StatusOK} {
				large := from(address, s.env.Request(s.keys["alice"], "sts", whoAmI+"&x="+strings.Repeat("x", 100_000)))
				if response, body := s.env.Do(large); response.StatusCode != want {
					t.Errorf("%s: %d %s", address, response.StatusCode, body)
				}
			}
		}
	}
	nobody := s.env.Request(testenv.Key{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: "x"}, "sts", whoAmI+"&x="+strings.Repeat("x", 100_000))
	if response, body := s.env.Do(nobody); response.StatusCode != http.StatusForbidden {
		t.Errorf("who is nobody has asked for a place: %d %s", response.StatusCode, body)
	}
	large := s.env.Request(s.keys["alice"], "sts", whoAmI+"&x="+strings.Repeat("x", 100_000))
	if response, body := s.env.Do(large); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more large body: %d %s", response.StatusCode, body)
	}
	if response, body := s.env.Do(s.env.Request(s.keys["alice"], "sts", whoAmI)); response.StatusCode != http.StatusOK {
		t.Errorf("an ordinary body meanwhile: %d %s", response.StatusCode, body)
	}
	close(release)
	for range held {
		<-done
	}
	if response, body := s.env.Do(s.env.Request(s.keys["alice"], "sts", whoAmI+"&x="+strings.Repeat("x", 100_000))); response.StatusCode != http.StatusOK {
		t.Errorf("a large body afterwards: %d %s", response.StatusCode, body)
	}
}
