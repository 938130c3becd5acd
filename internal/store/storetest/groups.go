package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// testGroups takes a group through its life.
func testGroups(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertGroup(ctx, group(accountA, "AGPA1", "/", "Admins")),
			tx.InsertGroup(ctx, group(accountB, "AGPA2", "/", "admins")),
		)
	})
	want := store.Group{
		GroupID: "AGPA1", AccountID: accountA, Path: "/", GroupName: "Admins", NameKey: "admins", CreatedAt: at(1),
	}
	holds := func(name string) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			byID, err := tx.Group(ctx, "AGPA1")
			equal(t, want, byID)
			named, err2 := groupByName(ctx, tx, name)
			equal(t, want, named)
			n, err3 := tx.CountGroups(ctx, accountA)
			equal(t, int64(1), n)
			return errors.Join(err, err2, err3)
		})
	}
	holds("aDMINS")
	rename := func(path, name string) {
		t.Helper()
		h.update(t, func(tx *store.Tx) error {
			return changed(1)(tx.RenameGroup(ctx, store.RenameGroupParams{
				GroupID: "AGPA1", Path: path, GroupName: name, NameKey: store.NameKey(name),
			}))
		})
		want.Path, want.GroupName, want.NameKey = path, name, store.NameKey(name)
		holds(name)
	}
	rename("/team/", "ADMINS") // its own name in another case
	rename("/", "Operators")
	h.absent(t, map[string]func(*store.Tx) error{
		"the old name": func(tx *store.Tx) error { _, err := groupByName(ctx, tx, "admins"); return err },
		"another id":   func(tx *store.Tx) error { _, err := tx.Group(ctx, "agpa1"); return err },
	})
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DeleteGroup(ctx, "AGPA1")),
			changed(0)(tx.DeleteGroup(ctx, "AGPA1")),
			changed(0)(tx.RenameGroup(ctx, store.RenameGroupParams{GroupID: "AGPA1", GroupName: "x", NameKey: "x"})),
		)
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"deleted": func(tx *store.Tx) error { _, err := groupByName(ctx, tx, "operators"); return err },
	})
}

// testMembers holds that a user is in a group once, however often it is added, and that both lists of the membership are
// sorted by name.
func testMembers(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	member := func(groupID, userID string) store.AddGroupMemberParams {
		return store.AddGroupMemberParams{GroupID: groupID, UserID: userID}
	}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, user("AIDA2", "/", "Zoe")),
			tx.InsertUser(ctx, user("AIDA3", "/", "bob")),
			tx.InsertGroup(ctx, group(accountA, "AGPA1", "/", "z")),
			tx.InsertGroup(ctx, group(accountA, "AGPA2", "/", "A")),
			tx.InsertGroup(ctx, group(accountA, "AGPA3", "/", "nobody's")),
			tx.AddGroupMember(ctx, member("AGPA1", "AIDA2")),
			tx.AddGroupMember(ctx, member("AGPA1", "AIDA1")),
			tx.AddGroupMember(ctx, member("AGPA2", "AIDA1")),
			tx.AddGroupMember(ctx, member("AGPA1", "AIDA1")), // again
		)
	})
	h.update(t, func(tx *store.Tx) error { return tx.AddGroupMember(ctx, member("AGPA2", "AIDA1")) })
	members := func(groupID string, want ...string) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			users, err := tx.GroupUsers(ctx, store.GroupUsersParams{GroupID: groupID, MaxItems: 1000})
			equal(t, want, nameKeys(users))
			after := ""
			for _, name := range want {
				page, err2 := tx.GroupUsers(ctx, store.GroupUsersParams{GroupID: groupID, AfterNameKey: after, MaxItems: 1})
				equal(t, []string{name}, nameKeys(page))
				after, err = name, errors.Join(err, err2)
			}
			n, err2 := tx.CountGroupUsers(ctx, groupID)
			equal(t, int64(len(want)), n)
			return errors.Join(err, err2)
		})
	}
	groups := func(userID string, want ...string) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			groups, err := tx.UserGroups(ctx, userID)
			equal(t, want, groupKeys(groups))
			return err
		})
	}
	members("AGPA1", "alice", "zoe")
	members("AGPA2", "alice")
	members("AGPA3")
	groups("AIDA1", "a", "z")
	groups("AIDA2", "z")
	groups("AIDA3")

	remove := store.RemoveGroupMemberParams{GroupID: "AGPA1", UserID: "AIDA1"}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.RemoveGroupMember(ctx, remove)),
			changed(0)(tx.RemoveGroupMember(ctx, remove)),
		)
	})
	members("AGPA1", "zoe")
	groups("AIDA1", "a")
}

func group(account, id, path, name string) store.InsertGroupParams {
	return store.InsertGroupParams{
		GroupID: id, AccountID: account, Path: path, GroupName: name, NameKey: store.NameKey(name), CreatedAt: at(1),
	}
}

func groupByName(ctx context.Context, tx *store.Tx, name string) (store.Group, error) {
	return tx.GroupByName(ctx, store.GroupByNameParams{AccountID: accountA, NameKey: store.NameKey(name)})
}

func groupKeys(groups []store.Group) (keys []string) {
	for _, g := range groups {
		keys = append(keys, g.NameKey)
	}
	return keys
}
