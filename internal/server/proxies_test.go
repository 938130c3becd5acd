package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

const (
	onlyOffice = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}}`
	notOutside = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"},` +
		`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}`
)

// Policies, the audit log and the limits go by where a trusted proxy says that a client is, and by nothing that a client says.
func TestTrustedProxy(t *testing.T) {
	t.Parallel()
	const office, outside, proxy, stranger = "203.0.113.9", "198.51.100.7", "10.0.0.1:4711", "198.51.100.8:4711"
	for name, policy := range map[string]string{"allowed only in the office": onlyOffice, "denied outside of it": notOutside} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := testenv.New(t, func(c *server.Config) { c.TrustedProxies = []string{"10.0.0.1"} })
			_, alice := e.AddUser("alice")
			if status, body := e.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "p", "PolicyDocument", policy); status != http.StatusOK {
				t.Fatal(body)
			}
			ask := func(peer string, said ...string) int {
				r := e.Request(alice, "iam", "Action=ListUsers&Version=2010-05-08")
				r.RemoteAddr = peer
				if len(said) > 0 {
					r.Header["X-Forwarded-For"] = said
				}
				response, _ := e.Do(r)
				return response.StatusCode
			}
			for _, tt := range []struct {
				peer string
				said []string
				want int
			}{
				{proxy, []string{office}, http.StatusOK},
				{proxy, []string{outside}, http.StatusForbidden},
				{proxy, []string{office + ", " + outside}, http.StatusForbidden},
				{proxy, []string{office, outside}, http.StatusForbidden},
				{proxy, []string{office + ", 10.0.0.1, " + outside}, http.StatusForbidden},
				{proxy, []string{office + ", x"}, http.StatusForbidden},
				{proxy, []string{""}, http.StatusForbidden},
				{proxy, nil, http.StatusForbidden},
				{stranger, []string{office}, http.StatusForbidden},
			} {
				if got := ask(tt.peer, tt.said...); got != tt.want {
					t.Errorf("%s %q: %d, want %d", tt.peer, tt.said, got, tt.want)
				}
			}
			e.Close()
			log, err := os.ReadFile(filepath.Join(e.DataDir, "audit.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			for address, want := range map[string]int{office: 1, outside: 4, "10.0.0.1": 1, "198.51.100.8": 1} {
				if n := strings.Count(string(log), `"sourceIPAddress":"`+address+`"`); n != want {
					t.Errorf("the audit log has %s %d times, want %d", address, n, want)
				}
			}
		})
	}
}

// Behind a trusted proxy it is an attacker who is blocked, and not the proxy.
func TestFailuresBehindProxy(t *testing.T) {
	t.Parallel()
	e := testenv.New(t, func(c *server.Config) {
		c.TrustedProxies = []string{"10.0.0.0/28"}
		c.Limits.Failures = limit.Failures{Address: limit.Rate{N: 3, Per: time.Minute}}
	})
	ask := func(said string, key testenv.Key) int {
		r := e.Request(key, "sts", "Action=GetCallerIdentity&Version=2011-06-15")
		r.RemoteAddr = "10.0.0.1:4711"
		r.Header.Set("X-Forwarded-For", said)
		response, _ := e.Do(r)
		return response.StatusCode
	}
	forged := testenv.Key{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: "x"}
	for i := range 10 { // who pretends to be another each time is the same
		want := http.StatusForbidden
		if i > 3 {
			want = http.StatusBadRequest
		}
		if got := ask("203.0.113."+string(rune('0'+i))+", 198.51.100.7", forged); got != want {
			t.Errorf("%d: %d, want %d", i, got, want)
		}
	}
	if got := ask("198.51.100.8", testenv.Root); got != http.StatusOK {
		t.Errorf("another client: %d", got)
	}
}

func TestUntrustedProxies(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.TrustedProxies = []string{"0.0.0.0/0"}
	if s, err := server.New(t.Context(), c); err == nil || s != nil {
		t.Error("everybody is trusted")
	}
}
