package storetest

import (
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// A refused change, and the error that says which way it contradicts what is there.
type refusal struct {
	name string
	want error
	fn   func(*store.Tx) error
}

// refuses holds that each change is refused, and that nothing of the refused closure stays.
func (h *harness) refuses(t *testing.T, refusals []refusal) {
	ctx := t.Context()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			err := h.Update(ctx, func(tx *store.Tx) error {
				if err := tx.InsertUser(ctx, user("AIDA8", "/", "in the same closure")); err != nil {
					return err
				}
				return r.fn(tx)
			})
			if !errors.Is(err, r.want) {
				t.Errorf("%v, want %v", err, r.want)
			}
			h.absent(t, map[string]func(*store.Tx) error{
				"of the same closure": func(tx *store.Tx) error { _, err := tx.User(ctx, "AIDA8"); return err },
			})
		})
	}
}

// seedAll makes one record of each kind that IAM has, in the first account.
func (h *harness) seedAll(t *testing.T) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertGroup(ctx, group(accountA, "AGPA1", "/", "Admins")),
			tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: "AGPA1", UserID: "AIDA1"}),
			tx.InsertRole(ctx, role(accountA, "AROA1", "/", "Deploy")),
			tx.InsertPolicy(ctx, managed(accountA, "ANPA1", "/", "Read")),
			tx.InsertPolicyVersion(ctx, version("ANPA1", 1)),
			tx.InsertOIDCProvider(ctx, oidc(accountA, "x.example")),
			tx.InsertSAMLProvider(ctx, saml(accountA, "Corp")),
		)
	})
}

// testNames holds that names are unique in an account ignoring case, whatever the path and whether the name is new or an
// old one changed.
func testNames(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seedAll(t)
	h.update(t, func(tx *store.Tx) error { // the same names elsewhere, or of another kind, are others
		return errors.Join(
			tx.InsertUser(ctx, user("AIDA2", "/", "Admins")),
			tx.InsertGroup(ctx, group(accountA, "AGPA2", "/", "alice")),
			tx.InsertGroup(ctx, group(accountB, "AGPB1", "/", "Admins")),
			tx.InsertRole(ctx, role(accountB, "AROB1", "/", "Deploy")),
			tx.InsertPolicy(ctx, managed(accountB, "ANPB1", "/", "Read")),
			tx.InsertSAMLProvider(ctx, saml(accountB, "Corp")),
		)
	})
	renameUser := func(name string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return changed(1)(tx.RenameUser(ctx, store.RenameUserParams{
				UserID: "AIDA2", Path: "/x/", UserName: name, NameKey: store.NameKey(name),
			}))
		}
	}
	renameGroup := func(name string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return changed(1)(tx.RenameGroup(ctx, store.RenameGroupParams{
				GroupID: "AGPA2", Path: "/x/", GroupName: name, NameKey: store.NameKey(name),
			}))
		}
	}
	h.refuses(t, []refusal{
		{"a user's name to another's", store.ErrExists, renameUser("Alice")},
		{"a group's name to another's", store.ErrExists, renameGroup("aDMINS")},
		{"the same group id", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertGroup(ctx, group(accountA, "AGPA1", "/", "new"))
		}},
		{"the same group name", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertGroup(ctx, group(accountA, "AGPA3", "/x/", "ADMINS"))
		}},
		{"the same role id", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertRole(ctx, role(accountA, "AROA1", "/", "new"))
		}},
		{"the same role name", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertRole(ctx, role(accountA, "AROA2", "/x/", "DEPLOY"))
		}},
		{"the same policy id", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertPolicy(ctx, managed(accountA, "ANPA1", "/", "new"))
		}},
		{"the same policy name", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertPolicy(ctx, managed(accountA, "ANPA2", "/x/", "READ"))
		}},
		{"the same version", store.ErrExists, func(tx *store.Tx) error { return tx.InsertPolicyVersion(ctx, version("ANPA1", 1)) }},
		{"the same OpenID Connect provider", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertOIDCProvider(ctx, oidc(accountA, "x.example"))
		}},
		{"the same SAML provider", store.ErrExists, func(tx *store.Tx) error { return tx.InsertSAMLProvider(ctx, saml(accountA, "Corp")) }},
		{"the same SAML provider name", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertSAMLProvider(ctx, saml(accountA, "CORP")) // another ARN
		}},
	})
}

// testReferences holds that nothing refers to what is not there, and that what is referred to is not deleted.
func testReferences(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seedAll(t)
	profile := func(userID string) store.InsertLoginProfileParams {
		return store.InsertLoginProfileParams{UserID: userID, PasswordHash: "x", CreatedAt: at(1), ChangedAt: at(1)}
	}
	former := func(userID string) store.InsertFormerPasswordParams {
		return store.InsertFormerPasswordParams{UserID: userID, PasswordHash: "x", ChangedAt: at(1)}
	}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, user("AIDA2", "/", "has a password")),
			tx.InsertLoginProfile(ctx, profile("AIDA2")),
			tx.InsertUser(ctx, user("AIDA3", "/", "had a password")),
			tx.InsertFormerPassword(ctx, former("AIDA3")),
		)
	})
	const nobody, nowhere = "AIDA9", "999999999999"
	h.refuses(t, []refusal{
		{"another password", store.ErrExists, func(tx *store.Tx) error { return tx.InsertLoginProfile(ctx, profile("AIDA2")) }},
		{"a former password of the same instant", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertFormerPassword(ctx, former("AIDA3"))
		}},
		{"a group of no account", store.ErrInUse, func(tx *store.Tx) error { return tx.InsertGroup(ctx, group(nowhere, "AGPA9", "/", "x")) }},
		{"a role of no account", store.ErrInUse, func(tx *store.Tx) error { return tx.InsertRole(ctx, role(nowhere, "AROA9", "/", "x")) }},
		{"a policy of no account", store.ErrInUse, func(tx *store.Tx) error { return tx.InsertPolicy(ctx, managed(nowhere, "ANPA9", "/", "x")) }},
		{"a version of no policy", store.ErrInUse, func(tx *store.Tx) error { return tx.InsertPolicyVersion(ctx, version("ANPA9", 1)) }},
		{"an attachment in no account", store.ErrInUse, func(tx *store.Tx) error {
			return tx.AttachPolicy(ctx, store.AttachPolicyParams{EntityID: "AIDA1", PolicyARN: adminARN, AccountID: nowhere})
		}},
		{"nobody in a group", store.ErrInUse, func(tx *store.Tx) error {
			return tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: "AGPA1", UserID: nobody})
		}},
		{"a user in no group", store.ErrInUse, func(tx *store.Tx) error {
			return tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: "AGPA9", UserID: "AIDA1"})
		}},
		{"a password of nobody", store.ErrInUse, func(tx *store.Tx) error { return tx.InsertLoginProfile(ctx, profile(nobody)) }},
		{"a former password of nobody", store.ErrInUse, func(tx *store.Tx) error { return tx.InsertFormerPassword(ctx, former(nobody)) }},
		{"a password policy of no account", store.ErrInUse, func(tx *store.Tx) error {
			return tx.PutPasswordPolicy(ctx, store.PutPasswordPolicyParams{AccountID: nowhere})
		}},
		{"a report of no account", store.ErrInUse, func(tx *store.Tx) error {
			return tx.PutCredentialReport(ctx, store.PutCredentialReportParams{AccountID: nowhere, Content: []byte("x")})
		}},
		{"an OpenID Connect provider of no account", store.ErrInUse, func(tx *store.Tx) error {
			return tx.InsertOIDCProvider(ctx, oidc(nowhere, "x.example"))
		}},
		{"a SAML provider of no account", store.ErrInUse, func(tx *store.Tx) error { return tx.InsertSAMLProvider(ctx, saml(nowhere, "x")) }},
		{"delete a group with a user", store.ErrInUse, func(tx *store.Tx) error { return changed(1)(tx.DeleteGroup(ctx, "AGPA1")) }},
		{"delete a user in a group", store.ErrInUse, func(tx *store.Tx) error { return changed(1)(tx.DeleteUser(ctx, "AIDA1")) }},
		{"delete a user with a password", store.ErrInUse, func(tx *store.Tx) error { return changed(1)(tx.DeleteUser(ctx, "AIDA2")) }},
		{"delete a user with a former password", store.ErrInUse, func(tx *store.Tx) error {
			return changed(1)(tx.DeleteUser(ctx, "AIDA3"))
		}},
		{"delete a policy with a version", store.ErrInUse, func(tx *store.Tx) error { return changed(1)(tx.DeletePolicy(ctx, "ANPA1")) }},
	})
	h.update(t, func(tx *store.Tx) error { // and all of it goes once nothing refers to it
		return errors.Join(
			changed(1)(tx.RemoveGroupMember(ctx, store.RemoveGroupMemberParams{GroupID: "AGPA1", UserID: "AIDA1"})),
			changed(1)(tx.DeleteGroup(ctx, "AGPA1")),
			changed(1)(tx.DeleteUser(ctx, "AIDA1")),
			changed(1)(tx.DeleteLoginProfile(ctx, "AIDA2")),
			changed(1)(tx.DeleteUser(ctx, "AIDA2")),
			tx.DeleteAllFormerPasswords(ctx, "AIDA3"),
			changed(1)(tx.DeleteUser(ctx, "AIDA3")),
			changed(1)(tx.DeletePolicyVersion(ctx, store.DeletePolicyVersionParams{PolicyID: "ANPA1", Version: 1})),
			changed(1)(tx.DeletePolicy(ctx, "ANPA1")),
		)
	})
}
