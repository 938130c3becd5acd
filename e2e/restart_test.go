package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// What was answered is there after the power went, and what was spent stays spent.
func TestKilledServerKeepsWhatItAnswered(t *testing.T) {
	t.Parallel()
	settings := filepath.Join(t.TempDir(), "daypass.yaml")
	if err := os.WriteFile(settings, []byte("audit: {rotate: {size: 8KiB}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := start(t, config{Environment: []string{"DAYPASS_CONFIG=" + settings}})
	ctx := t.Context()
	alice := enrol(t, server, "alice")
	session := func(code string) (*sts.GetSessionTokenOutput, error) {
		return server.sts(alice.credentials).GetSessionToken(ctx, &sts.GetSessionTokenInput{
			SerialNumber: &alice.serial, TokenCode: &code,
		})
	}
	answer, err := session(alice.code)
	if err != nil {
		t.Fatal(err)
	}
	issued := server.credentialsOf(answer.Credentials)
	server.kill()
	server.launch()
	_, err = session(alice.code)
	wantRefusal(t, err, "AccessDenied", wrongCodeText)
	if _, err := server.sts(issued).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
		t.Errorf("the session that was issued before the kill: %v", err)
	}

	// Clients that are in the middle of it when the server is killed.
	var clients sync.WaitGroup
	created := make([][]string, 4)
	enough := make(chan struct{}, len(created))
	for i := range created {
		clients.Go(func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("client%d-%d", i, n)
				if _, err := server.iam(server.root).CreateUser(ctx, &iam.CreateUserInput{UserName: &name}); err != nil {
					return // killed: this one wasn't answered
				}
				created[i] = append(created[i], name)
				if n == 10 {
					enough <- struct{}{}
				}
			}
		})
	}
	for range created {
		<-enough
	}
	server.kill()
	clients.Wait()
	server.launch()
	there := server.userNames()
	for _, name := range slices.Concat(created...) {
		if !slices.Contains(there, name) {
			t.Errorf("%s was answered and is gone", name)
		}
	}
	// The audit log has gone through that in many files, and nothing is wrong with them.
	if files := len(server.auditFiles()); files < 6 {
		t.Errorf("the audit log has %d files", files)
	}
	if output, err := server.command("audit", "verify").CombinedOutput(); err != nil {
		t.Errorf("daypass audit verify: %v\n%s", err, output)
	}
}

// userNames lists all users, page by page.
func (s *server) userNames() []string {
	s.t.Helper()
	var names []string
	pages := iam.NewListUsersPaginator(s.iam(s.root), &iam.ListUsersInput{MaxItems: aws.Int32(7)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, u := range page.Users {
			names = append(names, aws.ToString(u.UserName))
		}
	}
	return names
}

// The last use of a key is written down now and then, and at the latest when the server ends in an orderly way.
func TestStoppedServerKeepsLastUse(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	ctx := t.Context()
	alice := enrol(t, server, "alice")
	if _, err := server.sts(alice.credentials).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
		t.Fatal(err)
	}
	server.stop()
	server.launch()
	answer, err := server.iam(server.root).GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &alice.AccessKeyId})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(answer.AccessKeyLastUsed.ServiceName); got != "sts" {
		t.Errorf("alice's key was last used for %q, want sts", got)
	}
}

// The key that seals the secrets is for the server's user alone.
func TestReadableSealingKeyIsRefused(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	server.stop()
	if err := os.Chmod(filepath.Join(server.config.DataDir, "sealing.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	out, err := server.command("serve", "--listen", server.address).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "sealing.key") {
		t.Errorf("the server said %q and ended with %v, want it to refuse sealing.key", out, err)
	}
}
