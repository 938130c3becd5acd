package server_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// TestCreateRootKey loses the root key and makes others.
func TestCreateRootKey(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	answers := func(k testenv.Key) int {
		e.Now = e.Now.Add(2 * time.Second) // what another process changed is seen within a second
		status, _ := e.Call(k, "sts", "GetCallerIdentity")
		return status
	}
	create := func(replace bool) testenv.Key {
		t.Helper()
		account, err := server.CreateRootKey(t.Context(), e.Store, "", e.Now, replace)
		if err != nil || account.ID != testenv.AccountID {
			t.Fatal(account.ID, err)
		}
		return testenv.Key{AccessKeyID: account.RootAccessKeyID, SecretAccessKey: account.RootSecretAccessKey}
	}
	second := create(false)
	if got := []int{answers(testenv.Root), answers(second)}; got[0] != http.StatusOK || got[1] != http.StatusOK {
		t.Errorf("with two keys: %v", got)
	}
	if _, err := server.CreateRootKey(t.Context(), e.Store, "", e.Now, false); !errors.Is(err, server.ErrRootKeys) {
		t.Errorf("a third key: %v", err)
	}
	third := create(true)
	if got := []int{answers(testenv.Root), answers(second), answers(third)}; got[0] != http.StatusForbidden || got[1] != http.StatusForbidden || got[2] != http.StatusOK {
		t.Errorf("after all were replaced: %v", got)
	}
}
