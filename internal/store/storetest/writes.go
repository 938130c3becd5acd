package storetest

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// write is a call of the method of Tx that it is named after.
type write struct {
	name string
	call func(context.Context, *store.Tx) error
}

// writes has every write of Tx once, in an order in which each finds what it needs.
var writes = slices.Concat(
	[]write{
		{"InsertAccount", func(ctx context.Context, tx *store.Tx) error {
			return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountA, Management: 1})
		}},
		{"SetAccountAlias", func(ctx context.Context, tx *store.Tx) error {
			return changed(1)(tx.SetAccountAlias(ctx, store.SetAccountAliasParams{AccountID: accountA, Alias: "acme"}))
		}},
		{"InsertUser", func(ctx context.Context, tx *store.Tx) error { return tx.InsertUser(ctx, user("AIDA1", "/", "alice")) }},
		{"RenameUser", func(ctx context.Context, tx *store.Tx) error {
			return changed(1)(tx.RenameUser(ctx, store.RenameUserParams{UserID: "AIDA1", Path: "/", UserName: "bob", NameKey: "bob"}))
		}},
		{"SetUserBoundary", func(ctx context.Context, tx *store.Tx) error {
			return changed(1)(tx.SetUserBoundary(ctx, store.SetUserBoundaryParams{UserID: "AIDA1", BoundaryARN: boundary}))
		}},
	},
	credentialWrites, entityWrites, policyWrites, accountWrites, deploymentWrites, webIdentityWrites, delegationWrites, resourcePolicyWrites,
	[]write{
		{"PutAuditLog", func(ctx context.Context, tx *store.Tx) error {
			return tx.PutAuditLog(ctx, store.AuditLog{Log: "a", UpdatedAt: store.Time{Time: epoch}})
		}},
		{"DeleteUser", func(ctx context.Context, tx *store.Tx) error { return changed(1)(tx.DeleteUser(ctx, "AIDA1")) }},
	},
)

var credentialWrites = []write{
	{"InsertAccessKey", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertAccessKey(ctx, accessKey("AKIA1", "AIDA1"), "secret")
	}},
	{"SetAccessKeyStatus", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.SetAccessKeyStatus(ctx, store.SetAccessKeyStatusParams{AccessKeyID: "AKIA1", Status: store.Inactive}))
	}},
	{"TouchAccessKey", func(ctx context.Context, tx *store.Tx) error {
		return tx.TouchAccessKey(ctx, "AKIA1", epoch, "sts", "eu-west-1")
	}},
	{"DeleteAccessKey", func(ctx context.Context, tx *store.Tx) error { return changed(1)(tx.DeleteAccessKey(ctx, "AKIA1")) }},
	{"InsertMFADevice", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertMFADevice(ctx, virtual("alice"), []byte("seed"))
	}},
	{"AssignMFADevice", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.AssignMFADevice(ctx, store.AssignMFADeviceParams{SerialNumber: serial("alice"), UserID: "AIDA1", LastStep: 1}))
	}},
	{"BurnMFAStep", func(ctx context.Context, tx *store.Tx) error { return changed(1)(burn(ctx, tx, 2)) }},
	{"RecordWrongCode", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.RecordWrongCode(ctx, store.RecordWrongCodeParams{SerialNumber: serial("alice"), WrongCodes: 1}))
	}},
	{"ResyncMFADevice", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.ResyncMFADevice(ctx, store.ResyncMFADeviceParams{SerialNumber: serial("alice"), LastStep: 3}))
	}},
	{"UnassignMFADevice", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.UnassignMFADevice(ctx, store.UnassignMFADeviceParams{SerialNumber: serial("alice"), UserID: "AIDA1"}))
	}},
	{"DeleteMFADevice", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteMFADevice(ctx, serial("alice")))
	}},
	{"InsertLoginProfile", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertLoginProfile(ctx, store.InsertLoginProfileParams{UserID: "AIDA1", PasswordHash: "x"})
	}},
	{"RecordWrongPassword", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.RecordWrongPassword(ctx, store.RecordWrongPasswordParams{UserID: "AIDA1", WrongPasswords: 1}))
	}},
	{"SetPasswordReset", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.SetPasswordReset(ctx, store.SetPasswordResetParams{UserID: "AIDA1", ResetRequired: 1}))
	}},
	{"SetPassword", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.SetPassword(ctx, store.SetPasswordParams{UserID: "AIDA1", PasswordHash: "y"}))
	}},
	{"DeleteLoginProfile", func(ctx context.Context, tx *store.Tx) error { return changed(1)(tx.DeleteLoginProfile(ctx, "AIDA1")) }},
	{"InsertFormerPassword", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertFormerPassword(ctx, store.InsertFormerPasswordParams{UserID: "AIDA1", PasswordHash: "x"})
	}},
	{"DeleteFormerPasswords", func(ctx context.Context, tx *store.Tx) error {
		return tx.DeleteFormerPasswords(ctx, store.DeleteFormerPasswordsParams{UserID: "AIDA1", ChangedAt: at(1)})
	}},
	{"DeleteAllFormerPasswords", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteAllFormerPasswords(ctx, "AIDA1") }},
}

var entityWrites = []write{
	{"InsertGroup", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertGroup(ctx, group(accountA, "AGPA1", "/", "admins"))
	}},
	{"RenameGroup", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.RenameGroup(ctx, store.RenameGroupParams{GroupID: "AGPA1", Path: "/", GroupName: "x", NameKey: "x"}))
	}},
	{"AddGroupMember", func(ctx context.Context, tx *store.Tx) error {
		return tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: "AGPA1", UserID: "AIDA1"})
	}},
	{"RemoveGroupMember", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.RemoveGroupMember(ctx, store.RemoveGroupMemberParams{GroupID: "AGPA1", UserID: "AIDA1"}))
	}},
	{"DeleteGroup", func(ctx context.Context, tx *store.Tx) error { return changed(1)(tx.DeleteGroup(ctx, "AGPA1")) }},
	{"InsertRole", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertRole(ctx, role(accountA, "AROA1", "/", "deploy"))
	}},
	{"UpdateRole", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.UpdateRole(ctx, store.UpdateRoleParams{RoleID: "AROA1", MaxSessionDuration: 7200}))
	}},
	{"SetRoleTrustPolicy", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.SetRoleTrustPolicy(ctx, store.SetRoleTrustPolicyParams{RoleID: "AROA1", TrustPolicy: "{}"}))
	}},
	{"SetRoleBoundary", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.SetRoleBoundary(ctx, store.SetRoleBoundaryParams{RoleID: "AROA1", BoundaryARN: boundary}))
	}},
	{"TouchRole", func(ctx context.Context, tx *store.Tx) error { return tx.TouchRole(ctx, "AROA1", epoch, "eu-west-1") }},
	{"DeleteRole", func(ctx context.Context, tx *store.Tx) error { return changed(1)(tx.DeleteRole(ctx, "AROA1")) }},
	{"InsertTag", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA1", TagKey: "k"})
	}},
	{"DeleteTag", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteTag(ctx, store.DeleteTagParams{ResourceID: "AIDA1", TagKey: "k"}))
	}},
	{"DeleteTags", func(ctx context.Context, tx *store.Tx) error { return tx.DeleteTags(ctx, "AIDA1") }},
}

// quiet are the writes of everyday requests, of the server about itself, and what removes rows without an effect: they
// change nothing of who may do what.
var quiet = []string{
	"BurnMFAStep", "DeleteExpiredAssertionUses", "DeleteExpiredDelegationRequests", "DeleteExpiredRevocations",
	"PutAuditLog", "RecordWrongCode", "RecordWrongPassword", "TouchAccessKey", "TouchRole", "UseAssertion",
}

// testWrites holds that each write but the quiet ones is seen in the generation, here and in another process, and that
// none was forgotten in that.
func testWrites(t *testing.T, h *harness) {
	ctx := t.Context()
	other := open(t, h.options)
	h.update(t, func(tx *store.Tx) error { return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountB}) })
	for i, w := range writes {
		now := epoch.Add(2 * maxAge * time.Duration(i))
		before, beforeThere := generation(t, h.Store, now), generation(t, other, now)
		h.update(t, func(tx *store.Tx) error { return w.call(ctx, tx) })
		grown := generation(t, h.Store, now) > before
		grownThere := generation(t, other, now.Add(maxAge)) > beforeThere
		if want := !slices.Contains(quiet, w.name); grown != want || grownThere != want {
			t.Errorf("%s: the generation grew: %t, elsewhere %t, want %t", w.name, grown, grownThere, want)
		}
	}
	var tested []string
	for _, w := range writes {
		tested = append(tested, w.name)
	}
	slices.Sort(tested)
	equal(t, writingMethods(), tested)
}

// maxAge is how long a change may go unseen by another process.
const maxAge = time.Second

// writingMethods are the methods of Tx that answer as :exec and :execrows do, in the order of their names.
func writingMethods() (names []string) {
	failure, count := reflect.TypeFor[error](), reflect.TypeFor[int64]()
	tx := reflect.TypeFor[*store.Tx]()
	for i := range tx.NumMethod() {
		m := tx.Method(i)
		exec := m.Type.NumOut() == 1 && m.Type.Out(0) == failure
		execRows := m.Type.NumOut() == 2 && m.Type.Out(0) == count && !strings.HasPrefix(m.Name, "Count")
		if exec || execRows {
			names = append(names, m.Name)
		}
	}
	return names
}
