package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const webIdentity = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=me&WebIdentityToken="

// unsigned is a request without a signature.
func unsigned(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// TestUnsigned shows that a request without a signature is refused for that, whatever else is wrong with it, unless its
// action needs none.
func TestUnsigned(t *testing.T) {
	t.Parallel()
	const missing = "MissingAuthenticationToken: Request is missing Authentication Token"
	s := newStory(t)
	for name, tt := range map[string]struct {
		request *http.Request
		want    string // a prefix
	}{
		"an action that needs none":             {unsigned("POST", "/", webIdentity+"xxxx"), "InvalidIdentityToken: "},
		"in the query":                          {unsigned("GET", "/?"+webIdentity+"xxxx", ""), "InvalidIdentityToken: "},
		"bad parameters of one that needs none": {unsigned("POST", "/", webIdentity), "ValidationError: "},
		"an action that needs one":              {unsigned("POST", "/", whoAmI), missing},
		"AssumeRole":                            {unsigned("POST", "/", strings.Replace(webIdentity, "WithWebIdentity", "", 1)), missing},
		"another version":                       {unsigned("POST", "/", strings.Replace(webIdentity, "2011-06-15", "2010-05-08", 1)+"xxxx"), missing},
		"another case":                          {unsigned("POST", "/", strings.Replace(webIdentity, "AssumeRole", "assumeRole", 1)+"xxxx"), missing},
		"no action":                             {unsigned("POST", "/", "Version=2011-06-15"), missing},
		"no parameters":                         {unsigned("POST", "/", ""), missing},
		"no form":                               {unsigned("POST", "/", "%zz"), missing},
		"too many parameters":                   {unsigned("POST", "/", webIdentity+strings.Repeat("&a=b", 10_001)), missing},
		"a body that is too large":              {unsigned("POST", "/", webIdentity+strings.Repeat("x", 256<<10)), missing},
		"an algorithm of no signature":          {unsigned("POST", "/?X-Amz-Algorithm=none", whoAmI), missing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, body := s.env.Do(tt.request); !strings.HasPrefix(refusal(body), tt.want) {
				t.Errorf("got %s, want %s", refusal(body), tt.want)
			}
		})
	}
}

// stingyBody fails a test that gives it much room at once.
type stingyBody struct {
	*testing.T
	reads int
}

func (b *stingyBody) Read(p []byte) (int, error) {
	if b.reads++; len(p) > 4<<10 {
		b.Errorf("room for %d bytes before one has come", len(p))
	}
	return 0, io.ErrUnexpectedEOF
}

// TestUnsignedBodyTakesLittle shows what a stranger can make the server do with a body: nothing with one that is too large or
// no form, and to hold no more memory than was sent.
func TestUnsignedBodyTakesLittle(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for name, tt := range map[string]struct {
		method string
		length int64
		reads  int
		status int
	}{
		"ordinary":      {"POST", 64 << 10, 1, 400},
		"large":         {"POST", 256 << 10, 1, 400},
		"chunked":       {"POST", -1, 1, 400},
		"too large":     {"POST", 256<<10 + 1, 0, 403},
		"of a GET":      {"GET", 1000, 0, 403},
		"none":          {"POST", 0, 0, 403},
		"far too large": {"POST", 10_000_001, 0, 413},
	} {
		body := &stingyBody{T: t}
		r := unsigned(tt.method, "/", "")
		r.Body, r.ContentLength = io.NopCloser(body), tt.length
		if response, _ := s.env.Do(r); response.StatusCode != tt.status || body.reads != tt.reads {
			t.Errorf("%s: status %d after %d reads", name, response.StatusCode, body.reads)
		}
	}
}

// TestUnsignedSlowBody shows that what a slow body bears is judged when it has arrived.
func TestUnsignedSlowBody(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	r := unsigned("POST", "/", "")
	r.ContentLength = -1
	r.Body = io.NopCloser(&slowBody{text: webIdentity + "xxxx", while: func() { s.env.Now = s.env.Now.Add(55 * time.Second) }})
	s.env.Do(r)
	s.env.Close()
	log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	var last struct {
		EventName string
		EventTime time.Time
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	if last.EventName != "AssumeRoleWithWebIdentity" || !last.EventTime.Equal(s.env.Now) {
		t.Errorf("judged at %s, and arrived at %s", last.EventTime, s.env.Now)
	}
}

// TestUnsignedBodiesTakeTheirOwnTurns shows that strangers can't take the places of those who sign.
func TestUnsignedBodiesTakeTheirOwnTurns(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	const held = 8
	arrived, release, done := make(chan struct{}), make(chan struct{}), make(chan int)
	for i := range held {
		r := from(fmt.Sprintf("198.51.100.%d", i/4), unsigned("POST", "/", ""))
		r.ContentLength = 100_000
		r.Body = io.NopCloser(&slowBody{while: func() { arrived <- struct{}{}; <-release }})
		go func() {
			recorder := httptest.NewRecorder()
			s.env.Handler.ServeHTTP(recorder, r)
			done <- recorder.Code
		}()
	}
	for range held {
		<-arrived
	}
	if response, body := s.env.Do(unsigned("POST", "/", webIdentity+strings.Repeat("x", 100_000))); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more large body: %d %s", response.StatusCode, body)
	}
	if _, body := s.env.Do(unsigned("POST", "/", webIdentity+"xxxx")); !strings.HasPrefix(refusal(body), "InvalidIdentityToken: ") {
		t.Errorf("an ordinary body meanwhile: %s", body)
	}
	large := s.env.Request(s.keys["alice"], "sts", whoAmI+"&x="+strings.Repeat("x", 100_000))
	if response, body := s.env.Do(large); response.StatusCode != http.StatusOK {
		t.Errorf("a large body with a signature meanwhile: %d %s", response.StatusCode, body)
	}
	close(release)
	for range held {
		<-done
	}
}
