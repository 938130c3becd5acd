package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

const denyAll = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`

func TestPutServiceControlPolicy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ account, name, document, want string }{
		"good":               {before, "deny", denyAll, ""},
		"replaces":           {before, "FullAWSAccess", denyAll, ""},
		"of greatest size":   {before, "great", denyAll + strings.Repeat(" ", 5120-len(denyAll)), ""},
		"management account": {testenv.AccountID, "deny", denyAll, "is the management account: no service control policy bounds it"},
		"no such account":    {after, "deny", denyAll, "there is no account"},
		"no account id":      {"", "deny", denyAll, "not 12 digits"},
		"no name":            {before, "", denyAll, "the name of a policy"},
		"bad name":           {before, "a b", denyAll, "the name of a policy"},
		"long name":          {before, strings.Repeat("x", 129), denyAll, "the name of a policy"},
		"too large":          {before, "great", denyAll + strings.Repeat(" ", 5121-len(denyAll)), "has 5121 characters, and may have 5120"},
		"no JSON":            {before, "deny", "{\n\"Version\"", "line 2, column "},
		"with a principal":   {before, "deny", strings.Replace(denyAll, `"Action"`, `"Principal":"*","Action"`, 1), "line 1, column "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := testenv.New(t)
			ctx := t.Context()
			createAccount(t, e, before)
			err := server.PutServiceControlPolicy(ctx, e.Store, test.account, test.name, test.document, e.Now)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %s", err, test.want)
				}
				if policies, err := server.ServiceControlPolicies(ctx, e.Store, before); len(policies) != 1 || err != nil {
					t.Errorf("afterwards there are %v, %v", policies, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			p, err := server.ServiceControlPolicy(ctx, e.Store, test.account, test.name)
			if err != nil || p.Document != test.document {
				t.Errorf("%q, %v", p.Document, err)
			}
		})
	}
}

// An account has one policy at least and five at most.
func TestServiceControlPolicyCounts(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	ctx := t.Context()
	createAccount(t, e, before)
	put := func(name string) error {
		return server.PutServiceControlPolicy(ctx, e.Store, before, name, denyAll, e.Now)
	}
	remove := func(name string) error { return server.DeleteServiceControlPolicy(ctx, e.Store, before, name) }
	refused := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	refused(remove("FullAWSAccess"), "FullAWSAccess is the last service control policy of account 000000000001")
	for i := range 4 {
		if err := put(fmt.Sprint("p", i)); err != nil {
			t.Error(err)
		}
	}
	refused(put("p4"), "has 5 service control policies already")
	if err := put("p3"); err != nil {
		t.Errorf("replaced: %v", err)
	}
	for _, name := range []string{"FullAWSAccess", "p0", "p1", "p2"} {
		if err := remove(name); err != nil {
			t.Error(err)
		}
	}
	refused(remove("p3"), "p3 is the last")
	refused(remove("p2"), `has no service control policy "p2"`)
	refused(server.DeleteServiceControlPolicy(ctx, e.Store, testenv.AccountID, "FullAWSAccess"), "has no service control policy")
	refused(server.DeleteServiceControlPolicy(ctx, e.Store, after, "p"), "there is no account")
	_, err := server.ServiceControlPolicies(ctx, e.Store, after)
	refused(err, "there is no account")
}
