package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Sessions live through a rotation of all keys on both servers of a database, and end on both when their key is withdrawn.
func TestRotateKeys(t *testing.T) {
	t.Parallel()
	database := postgres.Database(t)
	first := start(t, config{Database: database})
	second := start(t, config{Database: database, Beside: first})
	both := []*server{first, second}
	ctx := t.Context()
	keys := func(arguments ...string) string {
		t.Helper()
		output, err := first.command(append([]string{"keys"}, arguments...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("daypass keys %s: %v\n%s", strings.Join(arguments, " "), err, output)
		}
		return string(output)
	}
	session := func(of *server) credentials {
		t.Helper()
		answer, err := of.sts(of.root).GetSessionToken(ctx, &sts.GetSessionTokenInput{})
		if err != nil {
			t.Fatal(err)
		}
		return of.credentialsOf(answer.Credentials)
	}
	identity := func(at *server, as credentials) error {
		_, err := at.sts(as).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		return err
	}

	sessions := []credentials{session(first), session(second)}
	for _, set := range []string{"session-tokens", "rest", "audit-log"} {
		keys("rotate", set)
	}
	if shown := keys("list"); strings.Count(shown, "announced") != 2 {
		t.Errorf("daypass keys list:\n%s", shown)
	}
	sessions = append(sessions, session(first), session(second))
	for _, server := range both {
		for n, session := range sessions {
			if err := identity(server, session); err != nil {
				t.Errorf("session %d: %v", n, err)
			}
		}
	}

	keys("rotate", "--withdraw")
	for _, server := range both {
		for n, session := range sessions {
			for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
				err := identity(server, session)
				if err != nil {
					wantRefusal(t, err, "InvalidClientTokenId", invalidTokenText)
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("session %d lives on under a withdrawn key", n)
				}
			}
		}
	}
	for _, issuer := range both { // who knows of the new key by now
		fresh := session(issuer)
		for _, server := range both {
			if err := identity(server, fresh); err != nil {
				t.Errorf("a session under the new key: %v", err)
			}
		}
	}
}
