package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// views is how often the server has looked into its database.
func (s *serving) views(t *testing.T, operations string) int {
	t.Helper()
	const name = `daypass_store_duration_seconds_count{work="view"} `
	for _, line := range s.lines(t, operations, "daypass_store_duration_seconds_count") {
		if text, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no %s", name)
	return 0
}

// TestUnknownKeysInFlood attacks as a botnet does, which no limit of an address holds up: each request from a network of its own and
// with an access key id of its own. The database hears nothing of it, and keys come and go as ever.
func TestUnknownKeysInFlood(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64 // seconds
	c := config(t)
	c.OperationsListen = "127.0.0.1:0"
	c.Now = func() time.Time { return testenv.Start.Add(time.Duration(passed.Load()) * time.Second) }
	s, log := operated(t, c)
	operations := log.address(t, "--operations-listen")
	other := config(t)
	beside(t, c.DataDir)(&other)
	second := open(t, other)
	t.Cleanup(func() { shut(t, second) })

	call := func(server *server.Server, key testenv.Key, service, action string, parameters url.Values) (int, string) {
		t.Helper()
		return answer(t, server.Handler(), signed(t, "http://"+s.address, key, service, action, parameters))
	}
	create := func(server *server.Server) testenv.Key {
		t.Helper()
		status, body := call(server, testenv.Root, "iam", "CreateAccessKey", url.Values{"UserName": {"alice"}})
		if status != http.StatusOK {
			t.Fatal(status, body)
		}
		return testenv.Key{AccessKeyID: element(body, "AccessKeyId"), SecretAccessKey: element(body, "SecretAccessKey")}
	}
	remove := func(server *server.Server, key testenv.Key) {
		t.Helper()
		status, body := call(server, testenv.Root, "iam", "DeleteAccessKey", url.Values{"UserName": {"alice"}, "AccessKeyId": {key.AccessKeyID}})
		if status != http.StatusOK {
			t.Fatal(status, body)
		}
	}
	works := func(key testenv.Key, want bool) {
		t.Helper()
		status, body := call(s.Server, key, "sts", "GetCallerIdentity", nil)
		if want != (status == http.StatusOK) || !want && !strings.Contains(body, "InvalidClientTokenId") {
			t.Errorf("%s: %d %s", key.AccessKeyID, status, body)
		}
	}
	bots := 0
	flood := func(n int) (views int) {
		t.Helper()
		before := s.views(t, operations)
		for range n {
			bots++
			bot := testenv.Key{AccessKeyID: fmt.Sprintf("AKIABOTNET%010d", bots), SecretAccessKey: "x"}
			r := signed(t, "http://"+s.address, bot, "sts", "GetCallerIdentity", nil)
			r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:4711", bots>>16, bots>>8&0xff, bots&0xff)
			if status, body := answer(t, s.Handler(), r); status != http.StatusForbidden || !strings.Contains(body, "InvalidClientTokenId") {
				t.Fatal(status, body)
			}
		}
		return s.views(t, operations) - before
	}

	if status, body := call(s.Server, testenv.Root, "iam", "CreateUser", url.Values{"UserName": {"alice"}}); status != http.StatusOK {
		t.Fatal(status, body)
	}
	const others = 10 // looks at most: the metrics', and what a server does by itself
	if views := flood(1000); views > 100+others {
		t.Errorf("the first 1,000 requests look into the database %d times", views)
	}
	if views := flood(3000); views > others {
		t.Errorf("3,000 requests look into the database %d times", views)
	}
	key := create(s.Server)
	works(key, true)
	flood(1)
	works(key, true)
	remove(s.Server, key)
	works(key, false)
	if views := flood(1000); views > others {
		t.Errorf("after changes 1,000 requests look into the database %d times", views)
	}
	foreign := create(second)
	passed.Add(1)
	flood(200)
	works(foreign, true)
	remove(second, foreign)
	passed.Add(1)
	flood(200)
	works(foreign, false)
	works(testenv.Root, true)
}
