//go:build !race

// The race detector would take most of the time, and of what is measured.

package api_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/testenv"
)

// TestTime asks, of pairs of requests that are answered alike, whether the time that the answer takes tells them apart: 100,000
// requests, by turns in random order, with nothing between the test and the handler. What time may tell is in
// docs/threat-model.md.
func TestTime(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 requests")
	}
	s := newStory(t)
	trust := `{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + testenv.AccountID + `:user/bob"},"Action":"sts:AssumeRole"}}`
	if status, body := s.env.Call(testenv.Root, "iam", "CreateRole", "RoleName", "there", "AssumeRolePolicyDocument", trust); status != http.StatusOK {
		t.Fatal(status, body)
	}
	_, carol := s.env.AddUser("carol")
	if status, body := s.env.Call(testenv.Root, "iam", "UpdateAccessKey", "UserName", "carol", "AccessKeyId", carol.AccessKeyID, "Status", "Inactive"); status != http.StatusOK {
		t.Fatal(status, body)
	}
	for range 200 { // after the first 100 of a second no unknown id is looked up
		s.env.Do(s.env.Request(testenv.Key{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: "x"}, "sts", whoAmI))
	}
	const account = "arn:aws:iam::" + testenv.AccountID
	const role = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=sess&RoleArn=" + account + ":role/"
	const coded = "Action=GetSessionToken&Version=2011-06-15&SerialNumber=" + account + ":mfa/"
	alice, bob, session := s.keys["alice"], s.keys["bob"], s.keys["alice/session"]
	right, wrong := "&TokenCode="+s.env.Code("alice", 0), "&TokenCode="+s.env.Code("alice", 99)
	for range 5 { // the fifth wrong code makes the device wait, and this clock stands still
		s.env.Do(s.env.Request(bob, "sts", coded+"bob&TokenCode="+s.env.Code("bob", 99)))
	}
	for name, tt := range map[string]struct {
		a, b   func() *http.Request
		each   int
		answer string
	}{
		"a signature wrong at its first digit, at its last": {
			func() *http.Request { return wrongAt(s.env.Request(alice, "sts", whoAmI), 0) },
			func() *http.Request { return wrongAt(s.env.Request(alice, "sts", whoAmI), 63) },
			10_000, "SignatureDoesNotMatch",
		},
		"a wrong signature of root's key, of a user's": {
			func() *http.Request { return wrongAt(s.env.Request(testenv.Root, "sts", whoAmI), 9) },
			func() *http.Request { return wrongAt(s.env.Request(alice, "sts", whoAmI), 9) },
			10_000, "SignatureDoesNotMatch",
		},
		"a right code behind a wrong signature, a wrong code": {
			func() *http.Request { return wrongAt(s.env.Request(alice, "sts", coded+"alice"+right), 9) },
			func() *http.Request { return wrongAt(s.env.Request(alice, "sts", coded+"alice"+wrong), 9) },
			10_000, "SignatureDoesNotMatch",
		},
		"a session token wrong at its first sealed byte, near its last": {
			func() *http.Request { return s.env.Request(tokenWrongAt(session, 40), "sts", whoAmI) },
			func() *http.Request { return s.env.Request(tokenWrongAt(session, 160), "sts", whoAmI) },
			10_000, "InvalidClientTokenId",
		},
		"an inactive key, no key": {
			func() *http.Request { return s.env.Request(carol, "sts", whoAmI) },
			func() *http.Request {
				return s.env.Request(testenv.Key{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: "x"}, "sts", whoAmI)
			},
			10_000, "InvalidClientTokenId",
		},
		"a right code of a device that waits, a wrong one": {
			func() *http.Request { return s.env.Request(bob, "sts", coded+"bob&TokenCode="+s.env.Code("bob", 0)) },
			func() *http.Request { return s.env.Request(bob, "sts", coded+"bob&TokenCode="+s.env.Code("bob", 99)) },
			10_000, "AccessDenied",
		},
		"a role that does not trust the caller, no role": {
			func() *http.Request { return s.env.Request(alice, "sts", role+"there") },
			func() *http.Request { return s.env.Request(alice, "sts", role+"where") },
			200, "AccessDenied", // they take a while
		},
	} {
		t.Run(name, func(t *testing.T) {
			var took [2][]time.Duration
			for range tt.each {
				first := rand.IntN(2)
				for _, which := range []int{first, 1 - first} {
					r, w := []func() *http.Request{tt.a, tt.b}[which](), httptest.NewRecorder()
					began := time.Now()
					s.env.Handler.ServeHTTP(w, r)
					took[which] = append(took[which], time.Since(began))
					if !strings.Contains(w.Body.String(), "<Code>"+tt.answer+"</Code>") {
						t.Fatal(w.Body)
					}
				}
			}
			// Two samples of one and the same are further apart than the second term once in 100,000 times.
			got, admitted := advantage(took[0], took[1]), 0.05+2.5*math.Sqrt(2/float64(tt.each))
			if got > admitted {
				t.Errorf("one answer of each is told apart with an advantage of %.3f; want %.3f at most", got, admitted)
			}
		})
	}
}

// wrongAt changes a digit of the signature.
func wrongAt(r *http.Request, digit int) *http.Request {
	text := r.Header.Get("Authorization")
	r.Header.Set("Authorization", otherAt(text, len(text)-64+digit, '0', '1'))
	return r
}

func tokenWrongAt(k testenv.Key, at int) testenv.Key {
	k.SessionToken = otherAt(k.SessionToken, at, 'A', 'B')
	return k
}

// otherAt puts one of two bytes, that which is not there, into a text.
func otherAt(text string, at int, one, other byte) string {
	if text[at] == one {
		one = other
	}
	return text[:at] + string(one) + text[at+1:]
}

// advantage is how much better than by chance the best threshold tells samples of the two apart, from 0 for not at all to 1 for
// always: the statistic of Kolmogorov and Smirnov.
func advantage(a, b []time.Duration) float64 {
	type sample struct {
		time.Duration
		step float64
	}
	var all []sample
	for _, d := range a {
		all = append(all, sample{d, 1 / float64(len(a))})
	}
	for _, d := range b {
		all = append(all, sample{d, -1 / float64(len(b))})
	}
	slices.SortFunc(all, func(a, b sample) int { return cmp.Compare(a.Duration, b.Duration) })
	apart, most := 0.0, 0.0
	for i, s := range all {
		apart += s.step
		if i+1 == len(all) || all[i+1].Duration != s.Duration {
			most = max(most, math.Abs(apart))
		}
	}
	return most
}
