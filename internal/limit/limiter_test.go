package limit_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/limit"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	aliceKey = "AKIAALICEALICEALICE1"
	bobKey   = "AKIABOBBOBBOBBOBBOB1"
)

// from is a call at the start, from an address, with a key of an account.
func from(address, keyID string) *aws.Call {
	call := &aws.Call{Now: start, SourceIP: netip.MustParseAddr(address), Service: "sts"}
	call.Caller = aws.Caller{Principal: aws.Principal{Type: aws.UserPrincipal, AccountID: "123456789012"}, AccessKeyID: keyID}
	return call
}

func admits(l *limit.Limiter, call *aws.Call) bool {
	return l.Admit(call, func() string { return call.Caller.AccessKeyID }) == nil
}

func rate(n int64, per time.Duration) limit.Rate { return limit.Rate{N: n, Per: per} }

func TestRequests(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Config{
		Requests: limit.Requests{Account: rate(5, time.Second), Key: rate(3, time.Second)},
		Data:     limit.Requests{Account: rate(7, time.Second), Key: limit.Off},
	})
	take := func(change func(*aws.Call), n int) (taken int, err error) {
		for range n {
			call := from("192.0.2.1", aliceKey)
			change(call)
			if refused := l.Take(call); refused == nil {
				taken++
			} else if err == nil {
				err = refused
			}
		}
		return taken, err
	}
	for _, tt := range []struct {
		name   string
		change func(*aws.Call)
		taken  int
		why    string
	}{
		{"a key", func(*aws.Call) {}, 3, "the access key, with the sessions"},
		{"a session that it asked for", func(c *aws.Call) {
			c.Caller.AccessKeyID, c.Caller.Session = "ASIA1", &aws.Session{IssuingKeyID: aliceKey}
		}, 0, "the access key"},
		{"one further on, in another account", func(c *aws.Call) {
			c.Caller.AccountID, c.Caller.Session = "210987654321", &aws.Session{IssuingKeyID: "ASIA1", OriginKeyID: aliceKey}
		}, 0, "the access key"},
		{"another key of the account", func(c *aws.Call) { c.Caller.AccessKeyID = bobKey }, 2, "the account has sent"},
		{"from elsewhere", func(c *aws.Call) { c.Caller.AccessKeyID, c.SourceIP = "AKIA3", netip.MustParseAddr("2001:db8::1") }, 0, "the account has sent"},
		{"another account", func(c *aws.Call) { c.Caller.AccountID, c.Caller.AccessKeyID = "210987654321", "AKIA4" }, 3, "the access key"},
		{"another service", func(c *aws.Call) { c.Service = "iam" }, 3, "the access key"},
		{"data", func(c *aws.Call) { c.Service = "s3" }, 7, "the account has sent"},
		{"a second later", func(c *aws.Call) { c.Now = start.Add(time.Second) }, 3, "the access key"},
	} {
		taken, err := take(tt.change, 10)
		var refusal *aws.Error
		if taken != tt.taken || !errors.As(err, &refusal) || refusal.Code != aws.Throttling || refusal.Message != "Rate exceeded" || refusal.Status() != 400 {
			t.Errorf("%s: %d, %v", tt.name, taken, err)
		} else if why := refusal.Unwrap().Error(); len(why) < len(tt.why) || why[:len(tt.why)] != tt.why {
			t.Errorf("%s: %s", tt.name, why)
		}
	}
}

// refuse has n requests like a call refused, before it is known who sent them.
func refuse(l *limit.Limiter, call *aws.Call, n int) {
	unknown := *call
	unknown.Caller.Principal = aws.Principal{}
	for range n {
		l.Refused(&unknown, 403)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Config{Failures: limit.Failures{Address: rate(10, time.Minute), Block: time.Minute}})
	const attacker = "192.0.2.1"
	for _, address := range []string{attacker, "2001:db8:1:2::1"} {
		refuse(l, from(address, ""), 10)
		if !admits(l, from(address, "")) {
			t.Errorf("%s is blocked after as many as it may", address)
		}
		refuse(l, from(address, ""), 1)
		if err := l.Admit(from(address, ""), func() string { return "" }); !errors.Is(err, limit.ErrBlocked) {
			t.Errorf("%s is not blocked: %v", address, err)
		}
	}
	for address, want := range map[string]bool{
		attacker: false, "192.0.2.2": true, "2001:db8:1:2:ffff::9": false, "2001:db8:1:2::1%eth0": false, "2001:db8:1:3::1": true, "::ffff:192.0.2.2": true,
	} {
		if got := admits(l, from(address, aliceKey)); got != want {
			t.Errorf("%s is admitted: %t", address, got)
		}
	}
	call := from(attacker, "")
	if call.Now = start.Add(time.Minute); !admits(l, call) {
		t.Error("it is blocked for more than a minute")
	}
	if refuse(l, call, 1); admits(l, call) {
		t.Error("it gets ten more at once")
	}
}

// Whose key was good in a network is not cut off by what others there do; what is done with that key counts by itself.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Config{Failures: limit.Failures{Address: rate(10, time.Minute), Block: time.Minute}})
	good := from("192.0.2.1", aliceKey)
	if err := l.Take(good); err != nil {
		t.Fatal(err)
	}
	refuse(l, from("192.0.2.1", bobKey), 11)
	if admits(l, from("192.0.2.1", bobKey)) || admits(l, from("192.0.2.1", "")) {
		t.Error("strangers are admitted")
	}
	if !admits(l, good) {
		t.Error("who was good there is blocked")
	}
	refuse(l, from("192.0.2.9", bobKey), 11)
	if admits(l, from("192.0.2.9", aliceKey)) {
		t.Error("a key that was good elsewhere is admitted")
	}
	refuse(l, good, 10)
	if !admits(l, good) {
		t.Error("its own failures are counted with others'")
	}
	if refuse(l, good, 1); admits(l, good) {
		t.Error("who knows the id of a good key may fail as often as it likes")
	}
	// One good signature is no licence: the address stays blocked for all others, and so does the key's own count.
	if err := l.Take(good); err != nil || admits(l, good) {
		t.Error(err, "a good signature wipes out the bad ones")
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Config{Failures: limit.Failures{Address: rate(1, time.Minute), Block: time.Minute}})
	block := func(address string) {
		refuse(l, from(address, ""), 2)
		for range 3 {
			admits(l, from(address, ""))
		}
	}
	block("192.0.2.1")
	want := []limit.Block{{Network: netip.MustParsePrefix("192.0.2.1/32"), Began: start, Until: start.Add(time.Minute), Refused: 3}}
	if diff := cmp.Diff(want, l.Blocks(start), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if news := l.Blocks(start.Add(time.Minute)); news != nil {
		t.Error("told twice:", news)
	}
	admits(l, from("192.0.2.1", ""))
	want[0].Refused, want[0].Over = 4, true
	if diff := cmp.Diff(want, l.Blocks(start.Add(time.Minute+1)), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if news := l.Blocks(start.Add(time.Hour)); news != nil {
		t.Error("told twice:", news)
	}

	// An attacker with very many networks has a bounded number of lines, and none is lost in the counts.
	const many = 5000
	for i := range many {
		block(fmt.Sprintf("2001:db8:0:%x::1", i))
	}
	news := l.Blocks(start.Add(2 * time.Minute))
	var refused int64
	for _, b := range news {
		refused += b.Refused
	}
	if len(news) != 4097 || refused < 3*many {
		t.Errorf("%d blocks with %d refusals", len(news), refused)
	}
}

// TestFailuresOfOthers holds that nobody is blocked for what the server could not do, nor for refusals of callers who are known.
func TestFailuresOfOthers(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Config{Failures: limit.Failures{Address: rate(10, time.Minute), Block: time.Minute}})
	known := from("192.0.2.1", aliceKey)
	unknown := *known
	unknown.Caller.Principal = aws.Principal{}
	for range 20 {
		l.Refused(known, 403)
		l.Refused(&unknown, 500)
	}
	if !admits(l, from("192.0.2.1", "")) {
		t.Error("the address is blocked")
	}
}

func TestNoAllocations(t *testing.T) { //nolint:paralleltest // allocations are those of the process
	l := limit.New(limit.Config{})
	call, unknown := from("2001:db8::1", aliceKey), from("2001:db8::1", aliceKey)
	unknown.Caller.Principal = aws.Principal{}
	if n := testing.AllocsPerRun(100, func() { admits(l, call); _ = l.Take(call); l.Refused(unknown, 403) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkAdmitAndTake(b *testing.B) {
	l := limit.New(limit.Config{
		Requests: limit.Requests{Account: rate(1_000_000_000, time.Second), Key: rate(1_000_000_000, time.Second)},
	})
	call := from("192.0.2.1", aliceKey)
	b.ReportAllocs()
	for b.Loop() {
		if !admits(l, call) || l.Take(call) != nil {
			b.Fatal("refused")
		}
	}
}

func BenchmarkAdmitBlocked(b *testing.B) {
	l := limit.New(limit.Config{})
	call := from("192.0.2.1", aliceKey)
	refuse(l, call, 301)
	b.ReportAllocs()
	for b.Loop() {
		if admits(l, call) {
			b.Fatal("admitted")
		}
	}
}
