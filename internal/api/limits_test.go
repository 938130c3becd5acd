package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

func limits(c limit.Config) testenv.Option { return func(s *server.Config) { s.Limits = c } }

// from is a request as it comes from an address.
func from(address string, r *http.Request) *http.Request {
	r.RemoteAddr = address + ":4711"
	return r
}

func (s *story) who(t *testing.T, key testenv.Key) (status int, refused string) {
	t.Helper()
	status, body := s.env.Call(key, "sts", "GetCallerIdentity")
	return status, refusal(body)
}

func TestRequestsAreLimited(t *testing.T) {
	t.Parallel()
	s := newStory(t, limits(limit.Config{
		Requests: limit.Requests{Account: limit.Rate{N: 20, Per: time.Second}, Key: limit.Rate{N: 6, Per: time.Second}},
	}))
	const throttled = "Throttling: Rate exceeded"
	s.env.Now = s.env.Now.Add(time.Second) // what made the story does not count any more
	good := func(name string) (n int) {
		for range 20 {
			status, refused := s.who(t, s.keys[name])
			if status == http.StatusOK {
				n++
			} else if status != http.StatusBadRequest || refused != throttled {
				t.Fatal(name, status, refused)
			}
		}
		return n
	}
	forged := s.keys["bob"]
	forged.SecretAccessKey = "x"
	for range 50 { // whoever knows the id of a key takes nothing from it, or from its account
		if status, refused := s.who(t, forged); status != http.StatusForbidden || !strings.HasPrefix(refused, "SignatureDoesNotMatch: ") {
			t.Fatal(status, refused)
		}
	}
	for _, tt := range []struct {
		key  string
		want int
	}{{"alice", 6}, {"alice/session", 0}, {"alice/mfa", 0}, {"bob", 6}, {"root", 6}, {"member", 6}} {
		if n := good(tt.key); n != tt.want {
			t.Errorf("%s: %d, want %d", tt.key, n, tt.want)
		}
	}
	_, s.keys["carol"] = s.env.AddUser("carol")
	if n := good("carol"); n != 2 { // of the account's 20
		t.Errorf("carol: %d, want 2", n)
	}
	s.env.Now = s.env.Now.Add(time.Second)
	if n := good("alice/session"); n != 6 {
		t.Errorf("a second later: %d", n)
	}
	s.env.Close()
	log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"errorCode":"Throttling","errorMessage":"Rate exceeded"`, `"reason":"the access key, with the sessions that were asked for with it, has sent too many requests"`,
		`"reason":"the account has sent too many requests"`, `"userName":"carol"`,
	} {
		if !strings.Contains(string(log), want) {
			t.Errorf("the audit log has no %s", want)
		}
	}
}

// The answer to who sends too much has the form that the client asked for.
func TestThrottlingInJSON(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, limits(limit.Config{Requests: limit.Requests{Key: limit.Rate{N: 1, Per: time.Second}}}))
	for want := range 2 {
		r := env.Request(testenv.Root, "sts", whoAmI)
		r.Header.Set("Accept", "application/json")
		if _, body := env.Do(r); strings.Contains(body, `{"Error":{"Code":"Throttling","Message":"Rate exceeded","Type":"Sender"},"RequestId":`) != (want == 1) {
			t.Error(body)
		}
	}
}

// blocking is a server that blocks an address after ten failures, for a minute.
func blocking(t *testing.T) *story {
	t.Helper()
	return newStory(t, limits(limit.Config{
		Requests: limit.Requests{Account: limit.Off, Key: limit.Off},
		Failures: limit.Failures{Address: limit.Rate{N: 10, Per: time.Minute}, Block: time.Minute},
	}))
}

const attacker = "198.51.100.7"

func TestFailuresBlock(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(*story) *http.Request{
		"wrong signatures": func(s *story) *http.Request {
			return s.env.Request(testenv.Key{AccessKeyID: s.keys["alice"].AccessKeyID, SecretAccessKey: "x"}, "sts", whoAmI)
		},
		"unknown keys": func(s *story) *http.Request {
			return s.env.Request(testenv.Key{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: "x"}, "sts", whoAmI)
		},
		"forged session tokens": func(s *story) *http.Request {
			key := s.keys["alice/session"]
			key.SessionToken = "x" + key.SessionToken[1:]
			return s.env.Request(key, "sts", whoAmI)
		},
		"no signatures": func(*story) *http.Request { return unsigned("POST", "/", whoAmI) },
		"no protocol":   func(*story) *http.Request { return httptest.NewRequest(http.MethodPut, "/x/../y", http.NoBody) },
		"bad web identity tokens": func(*story) *http.Request {
			return unsigned("POST", "/", webIdentity+"xxxx")
		},
		"large bodies": func(*story) *http.Request { return unsigned("POST", "/", webIdentity+strings.Repeat("x", 200<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := blocking(t)
			for i := range 11 {
				if _, body := s.env.Do(from(attacker, bad(s))); strings.Contains(body, "Throttling") {
					t.Fatal(i, body)
				}
			}
			// From now on nothing of a request is looked at, whoever sent it: not even its body is read.
			body := &stingyBody{T: t}
			unread := from(attacker, s.env.Request(s.keys["alice"], "sts", whoAmI))
			unread.Body = io.NopCloser(body)
			response, text := s.env.Do(unread)
			if response.StatusCode != http.StatusBadRequest || refusal(text) != "Throttling: Rate exceeded" || body.reads > 0 {
				t.Error(response.StatusCode, text)
			}
			for range 1000 {
				s.env.Do(from(attacker, bad(s)))
			}
			if response, text := s.env.Do(from("198.51.100.8", s.env.Request(s.keys["alice"], "sts", whoAmI))); response.StatusCode != http.StatusOK {
				t.Error("another address:", text)
			}
			s.env.Now = s.env.Now.Add(time.Minute)
			if response, text := s.env.Do(from(attacker, s.env.Request(s.keys["alice"], "sts", whoAmI))); response.StatusCode != http.StatusOK {
				t.Error("a minute later:", text)
			}
			s.env.Close()
			log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			// Eleven failures, one good request, and one line that tells of a thousand.
			if n := strings.Count(string(log), `"sourceIPAddress":"`+attacker+`"`); n != 13 {
				t.Errorf("the audit log has %d lines of the attacker", n)
			}
			for _, want := range []string{
				`"eventSource":"daypass.amazonaws.com","eventName":"BlockSourceAddress"`, `"errorCode":"Throttling"`,
				`"reason":"requests from 198.51.100.7/32 were refused unread from 2026-01-02T03:04:05Z to 2026-01-02T03:05:05Z: 1001 so far"`,
			} {
				if !strings.Contains(string(log), want) {
					t.Errorf("the audit log has no %s", want)
				}
			}
		})
	}
}

// What the server is to blame for, and what somebody known is refused, blocks nobody.
func TestWhatDoesNotBlock(t *testing.T) {
	t.Parallel()
	s := blocking(t)
	for range 50 {
		if status, body := s.env.Call(s.keys["alice"], "iam", "ListUsers"); status != http.StatusForbidden || !strings.Contains(body, "AccessDenied") {
			t.Fatal(status, body)
		}
		if status, body := s.env.Call(s.keys["alice"], "sts", "NoSuchAction"); status != http.StatusBadRequest || !strings.Contains(body, "InvalidAction") {
			t.Fatal(status, body)
		}
	}
}

// Who shares an address with an attacker goes on, once the key was good there.
func TestNeighbourOfAttacker(t *testing.T) {
	t.Parallel()
	s := blocking(t)
	ask := func(name string) int {
		response, _ := s.env.Do(from(attacker, s.env.Request(s.keys[name], "sts", whoAmI)))
		return response.StatusCode
	}
	if ask("alice") != http.StatusOK || ask("alice/session") != http.StatusOK {
		t.Fatal("alice is refused before anything has happened")
	}
	for range 20 {
		s.env.Do(from(attacker, unsigned("POST", "/", whoAmI)))
	}
	if ask("alice") != http.StatusOK || ask("alice/session") != http.StatusOK {
		t.Error("alice suffers for a neighbour")
	}
	if ask("bob") != http.StatusBadRequest {
		t.Error("an address that is blocked is of use to try keys")
	}
	// In a presigned request, too, it is the key that counts.
	presigned := httptest.NewRequest(http.MethodGet, "/?"+whoAmI+"&X-Amz-Credential="+s.keys["alice"].AccessKeyID+"%2F20260102%2Fus-east-1%2Fsts%2Faws4_request", http.NoBody)
	if _, body := s.env.Do(from(attacker, presigned)); strings.Contains(body, "Throttling") {
		t.Error(body)
	}
}
