package server_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

// The accounts of the tests beside testenv.AccountID, the management account: one that sorts before it and one after.
const before, after = "000000000001", "999999999999"

// createAccount makes an account whose root key nobody needs.
func createAccount(t *testing.T, e *testenv.Env, id string) {
	t.Helper()
	if _, err := server.CreateAccount(t.Context(), e.Store, id, "", e.Now); err != nil {
		t.Fatal(err)
	}
}

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	ctx := t.Context()
	account, err := server.CreateAccount(ctx, e.Store, before, "Build & test", e.Now)
	if err != nil || account.ID != before || !account.Created {
		t.Fatal(account.ID, err)
	}
	if owner, ok := aws.AccountOfAccessKeyID(account.RootAccessKeyID); owner != before || !ok {
		t.Errorf("its root key %s is of account %q", account.RootAccessKeyID, owner)
	}
	chosen, err := server.CreateAccount(ctx, e.Store, "", "", e.Now)
	if err != nil || !aws.IsAccountID(chosen.ID) {
		t.Errorf("an account with an id of its own choice: %q, %v", chosen.ID, err)
	}
	err = e.Store.View(ctx, func(tx *store.Tx) error {
		got, err := tx.Account(ctx, before)
		want := store.Account{AccountID: before, AccountName: "Build & test", CreatedAt: store.Time{Time: e.Now}, Status: store.Active}
		policies, err2 := tx.ServiceControlPolicies(ctx, before)
		if diff := cmp.Diff(want, got); diff != "" || len(policies) != 1 || policies[0].PolicyName != "FullAWSAccess" {
			t.Errorf("(-want +got)\n%s\nservice control policies: %v", diff, policies)
		}
		management, err3 := server.AccountID(ctx, tx)
		unbounded, err4 := tx.ServiceControlPolicies(ctx, management)
		if management != testenv.AccountID || len(unbounded) != 0 {
			t.Errorf("the management account is %s, with the service control policies %v", management, unbounded)
		}
		keys, err5 := tx.RootAccessKeys(ctx, before)
		if len(keys) != 1 || keys[0].AccessKeyID != account.RootAccessKeyID {
			t.Errorf("the account has the root keys %v", keys)
		}
		return errors.Join(err, err2, err3, err4, err5)
	})
	if err != nil {
		t.Error(err)
	}
	for _, refused := range []struct{ id, name, want string }{
		{before, "", "account 000000000001 exists already"},
		{testenv.AccountID, "", "exists already"},
		{"12345678901", "", "not 12 digits"},
		{after, "a\tb", "printable ASCII"},
		{after, strings.Repeat("x", 51), "printable ASCII"},
	} {
		account, err := server.CreateAccount(ctx, e.Store, refused.id, refused.name, e.Now)
		if err == nil || !strings.Contains(err.Error(), refused.want) || account != (server.Account{}) {
			t.Errorf("%s, %q: %v", refused.id, refused.name, err)
		}
	}
}

func TestCreateAccountBeforeTheFirstStart(t *testing.T) {
	t.Parallel()
	c := config(t)
	shut(t, open(t, c))
	st, err := server.OpenExistingStore(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := server.CreateAccount(t.Context(), st, "", "", c.Now()); !errors.Is(err, server.ErrNoAccount) {
		t.Errorf("CreateAccount = %v", err)
	}
}

// Whoever creates accounts at once does not get more of them than there may be.
func TestCreateAccountLimit(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	ctx := t.Context()
	err := e.Store.Update(ctx, func(tx *store.Tx) error {
		for range 997 {
			if err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: aws.NewAccountID()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	refused := make(chan error, 8)
	for range cap(refused) {
		group.Go(func() {
			if _, err := server.CreateAccount(ctx, e.Store, "", "", e.Now); err != nil {
				refused <- err
			}
		})
	}
	group.Wait()
	close(refused)
	if len(refused) != 6 {
		t.Errorf("%d were refused of %d", len(refused), cap(refused))
	}
	for err := range refused {
		if err.Error() != "there are 1000 accounts already" {
			t.Error(err)
		}
	}
}

func TestSetAccountStatus(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	ctx := t.Context()
	createAccount(t, e, before)
	statusOf := func(id string) (status string) {
		err := e.Store.View(ctx, func(tx *store.Tx) error {
			account, err := tx.Account(ctx, id)
			status = account.Status
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return status
	}
	for _, status := range []string{store.Suspended, store.Suspended, store.Active} {
		if err := server.SetAccountStatus(ctx, e.Store, before, status); err != nil || statusOf(before) != status {
			t.Errorf("%s, want %s: %v", statusOf(before), status, err)
		}
	}
	for id, want := range map[string]string{
		testenv.AccountID: "it is always active", after: "there is no account 999999999999", "x\x00": "not 12 digits",
	} {
		if err := server.SetAccountStatus(ctx, e.Store, id, store.Suspended); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if status := statusOf(testenv.AccountID); status != store.Active {
		t.Errorf("the management account is %s", status)
	}
}

func TestCreateRootKeyOfAccount(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	createAccount(t, e, before)
	account, err := server.CreateRootKey(t.Context(), e.Store, before, e.Now, true)
	if err != nil || account.ID != before {
		t.Error(account.ID, err)
	}
	account, err = server.CreateRootKey(t.Context(), e.Store, "", e.Now, true)
	if err != nil || account.ID != testenv.AccountID {
		t.Error(account.ID, err)
	}
	if _, err := server.CreateRootKey(t.Context(), e.Store, after, e.Now, false); err == nil || err.Error() != "there is no account "+after {
		t.Error(err)
	}
}
