package e2e

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daypass/daypass/internal/store/pgtest"
)

// postgres is a real PostgreSQL, which starts with the first test that wants a database.
var postgres pgtest.Server

// Two servers on one database are one service: what one issues the other accepts, and what one spends the other refuses.
func TestTwoServersOnOnePostgreSQL(t *testing.T) {
	t.Parallel()
	database := postgres.Database(t)
	first := start(t, config{Database: database})
	second := start(t, config{Database: database, Beside: first})
	ctx := t.Context()
	alice := enrol(t, first, "alice")

	// One code, many requests at once, on both servers.
	var clients sync.WaitGroup
	var winner atomic.Pointer[sts.GetSessionTokenOutput]
	for i := range 16 {
		clients.Go(func() {
			server := []*server{first, second}[i%2]
			answer, err := server.sts(alice.credentials).GetSessionToken(ctx, &sts.GetSessionTokenInput{
				SerialNumber: &alice.serial, TokenCode: &alice.code,
			})
			switch {
			case err != nil:
				wantRefusal(t, err, "AccessDenied", wrongCodeText)
			case !winner.CompareAndSwap(nil, answer):
				t.Error("one code was accepted twice")
			}
		})
	}
	clients.Wait()
	if winner.Load() == nil {
		t.Fatal("nobody's code was accepted")
	}

	session := first.credentialsOf(winner.Load().Credentials)
	for _, server := range []*server{first, second} {
		if _, err := server.sts(session).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
			t.Errorf("the session at one of the servers: %v", err)
		}
	}

	// A revocation reaches the other server soon, though not at once: it keeps what it read for a moment.
	if _, err := first.iam(first.root).DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{
		UserName: &alice.name, AccessKeyId: &alice.AccessKeyId,
	}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		_, err := second.sts(alice.credentials).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			wantRefusal(t, err, "InvalidClientTokenId", invalidTokenText)
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a deleted key still works at the other server")
		}
	}
}
