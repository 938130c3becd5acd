package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

func TestBootstrapGenerates(t *testing.T) {
	t.Parallel()
	c := config(t)
	s := open(t, c)
	defer shut(t, s)
	account := bootstrap(t, s)
	if !account.Created || !aws.IsAccountID(account.ID) {
		t.Errorf("the account is %q, created: %v", account.ID, account.Created)
	}
	if owner, ok := aws.AccountOfAccessKeyID(account.RootAccessKeyID); owner != account.ID || !ok || !strings.HasPrefix(account.RootAccessKeyID, "AKIA") {
		t.Errorf("the root key %s is of account %q, want %s", account.RootAccessKeyID, owner, account.ID)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9+/]{40}$`).MatchString(account.RootSecretAccessKey) {
		t.Error("the secret of the root key has another form")
	}
	root := testenv.Key{AccessKeyID: account.RootAccessKeyID, SecretAccessKey: account.RootSecretAccessKey}
	if status, body := whoIs(t, s, root); status != http.StatusOK || !strings.Contains(body, "arn:aws:iam::"+account.ID+":root") {
		t.Errorf("the root key is answered %d %s", status, body)
	}
}

func TestBootstrapTakesGivenRootKey(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.AccountID, c.RootAccessKeyID, c.RootSecretAccessKey = testenv.AccountID, testenv.Root.AccessKeyID, testenv.Root.SecretAccessKey
	s := open(t, c)
	defer shut(t, s)
	// Whoever gave the secret knows it: it is not to be shown.
	want := server.Account{ID: testenv.AccountID, Created: true, RootAccessKeyID: testenv.Root.AccessKeyID}
	if diff := cmp.Diff(want, bootstrap(t, s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if status, body := whoIs(t, s, testenv.Root); status != http.StatusOK {
		t.Errorf("the root key is answered %d %s", status, body)
	}
}

func TestBootstrapAgain(t *testing.T) {
	t.Parallel()
	c := config(t)
	first := open(t, c)
	created := bootstrap(t, first)
	if diff := cmp.Diff(server.Account{ID: created.ID}, bootstrap(t, first)); diff != "" {
		t.Errorf("once more in the same process (-want +got)\n%s", diff)
	}
	shut(t, first)

	// The root key is of the first start only, and a later one changes nothing.
	other := testenv.Key{AccessKeyID: "AKIAANOTHERROOTKEYAA", SecretAccessKey: "another-secret-another-secret"}
	c.AccountID, c.RootAccessKeyID, c.RootSecretAccessKey = created.ID, other.AccessKeyID, other.SecretAccessKey
	second := open(t, c)
	defer shut(t, second)
	if diff := cmp.Diff(server.Account{ID: created.ID}, bootstrap(t, second)); diff != "" {
		t.Errorf("at the second start (-want +got)\n%s", diff)
	}
	if status, body := whoIs(t, second, other); status != http.StatusForbidden {
		t.Errorf("another root key is answered %d %s", status, body)
	}
	root := testenv.Key{AccessKeyID: created.RootAccessKeyID, SecretAccessKey: created.RootSecretAccessKey}
	if status, body := whoIs(t, second, root); status != http.StatusOK {
		t.Errorf("the root key of the first start is answered %d %s", status, body)
	}
}

func TestBootstrapRefusesOtherAccount(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.AccountID = "111111111111"
	first := open(t, c)
	bootstrap(t, first)
	shut(t, first)
	c.AccountID = "222222222222"
	second := open(t, c)
	defer shut(t, second)
	account, err := second.Bootstrap(t.Context())
	if err == nil || !strings.Contains(err.Error(), "111111111111") || !strings.Contains(err.Error(), "222222222222") {
		t.Errorf("Bootstrap = %v", err)
	}
	if account != (server.Account{}) {
		t.Errorf("Bootstrap returns the account %s all the same", account.ID)
	}
}

// Servers that start at once on a new database agree on one account; the one that made it shows the root key.
func TestBootstrapAtOnce(t *testing.T) {
	t.Parallel()
	c := config(t)
	accounts := make([]server.Account, 4)
	servers := make([]*server.Server, len(accounts))
	for i := range servers {
		own := c
		if i > 0 {
			own = config(t)
			beside(t, c.DataDir)(&own)
		}
		servers[i] = open(t, own)
		defer shut(t, servers[i])
	}
	var group sync.WaitGroup
	for i, s := range servers {
		group.Go(func() {
			var err error
			if accounts[i], err = s.Bootstrap(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	created := 0
	for _, account := range accounts {
		if account.ID != accounts[0].ID {
			t.Errorf("one server has account %s, another %s", account.ID, accounts[0].ID)
		}
		if account.Created {
			created++
		}
		if account.Created != (account.RootSecretAccessKey != "") {
			t.Errorf("created: %v, shows a secret: %v", account.Created, account.RootSecretAccessKey != "")
		}
	}
	if created != 1 {
		t.Errorf("%d servers have created the account", created)
	}
}
