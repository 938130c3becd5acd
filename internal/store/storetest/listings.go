package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// listing is a query that reads the names of an account page by page, within a range of paths.
type listing struct {
	name string
	has  func(i int) bool // whether the i-th entity belongs to it; nil: all do
	read func(context.Context, *store.Tx, window) ([]string, error)
}

// window is which names a page holds: those after a name, whose path is in [from, to).
type window struct {
	after, from, to string
	max             int32
}

var listings = []listing{
	{"users", nil, func(ctx context.Context, tx *store.Tx, w window) ([]string, error) {
		users, err := tx.Users(ctx, store.UsersParams{
			AccountID: accountA, AfterNameKey: w.after, PathFrom: w.from, PathTo: w.to, MaxItems: w.max,
		})
		return nameKeys(users), err
	}},
	{"groups", nil, func(ctx context.Context, tx *store.Tx, w window) ([]string, error) {
		groups, err := tx.Groups(ctx, store.GroupsParams{
			AccountID: accountA, AfterNameKey: w.after, PathFrom: w.from, PathTo: w.to, MaxItems: w.max,
		})
		return groupKeys(groups), err
	}},
	{"roles", nil, func(ctx context.Context, tx *store.Tx, w window) ([]string, error) {
		roles, err := tx.Roles(ctx, store.RolesParams{
			AccountID: accountA, AfterNameKey: w.after, PathFrom: w.from, PathTo: w.to, MaxItems: w.max,
		})
		return roleKeys(roles), err
	}},
	{"policies", nil, func(ctx context.Context, tx *store.Tx, w window) (keys []string, err error) {
		policies, err := tx.Policies(ctx, store.PoliciesParams{
			AccountID: accountA, AfterNameKey: w.after, PathFrom: w.from, PathTo: w.to, MaxItems: w.max,
		})
		for _, p := range policies {
			keys = append(keys, p.NameKey)
		}
		return keys, err
	}},
	{"users of a policy", attached, usersOf(adminARN, "")},
	{"users bounded by a policy", bounded, usersOf("", boundary)},
	{"users of a policy in either way", either, usersOf(adminARN, boundary)},
	{"users of no policy", never, usersOf("", "")},
	{"roles of a policy", attached, rolesOf(adminARN, "")},
	{"roles bounded by a policy", bounded, rolesOf("", boundary)},
	{"roles of a policy in either way", either, rolesOf(adminARN, boundary)},
	{"roles of no policy", never, rolesOf("", "")},
	{"groups of a policy", attached, groupsOf(adminARN)},
	{"groups of no policy", never, groupsOf("")},
}

// What testListings gives the i-th entity.
func attached(i int) bool { return i%2 == 0 }
func bounded(i int) bool  { return i%3 == 0 }
func either(i int) bool   { return attached(i) || bounded(i) }
func never(int) bool      { return false }

func usersOf(attachedARN, boundaryARN string) func(context.Context, *store.Tx, window) ([]string, error) {
	return func(ctx context.Context, tx *store.Tx, w window) ([]string, error) {
		users, err := tx.PolicyUsers(ctx, store.PolicyUsersParams{
			AccountID: accountA, AfterNameKey: w.after, PathFrom: w.from, PathTo: w.to, MaxItems: w.max,
			AttachedARN: attachedARN, BoundaryARN: boundaryARN,
		})
		return nameKeys(users), err
	}
}

func rolesOf(attachedARN, boundaryARN string) func(context.Context, *store.Tx, window) ([]string, error) {
	return func(ctx context.Context, tx *store.Tx, w window) ([]string, error) {
		roles, err := tx.PolicyRoles(ctx, store.PolicyRolesParams{
			AccountID: accountA, AfterNameKey: w.after, PathFrom: w.from, PathTo: w.to, MaxItems: w.max,
			AttachedARN: attachedARN, BoundaryARN: boundaryARN,
		})
		return roleKeys(roles), err
	}
}

func groupsOf(attachedARN string) func(context.Context, *store.Tx, window) ([]string, error) {
	return func(ctx context.Context, tx *store.Tx, w window) ([]string, error) {
		groups, err := tx.PolicyGroups(ctx, store.PolicyGroupsParams{
			AccountID: accountA, AfterNameKey: w.after, PathFrom: w.from, PathTo: w.to, MaxItems: w.max, AttachedARN: attachedARN,
		})
		return groupKeys(groups), err
	}
}

func roleKeys(roles []store.Role) (keys []string) {
	for _, r := range roles {
		keys = append(keys, r.NameKey)
	}
	return keys
}

// listed are the paths of the entities that the listings are about. Between "/a/" and "/a0" is what begins with "/a/".
var listed = []string{"/", "/a/", "/a/~/", "/a-/", "/a0/", "/A/", "/b/"}

// testListings holds that every listing is in the order of bytes, knows its range of paths and its account only, and is the
// same page by page as at once.
func testListings(t *testing.T, h *harness) {
	ctx := t.Context()
	names := shuffled(spellings)
	h.seedListings(t, names)
	ranges := [][2]string{{"/", "0"}, {"/a/", "/a0"}, {"/a/", "/a0/"}, {"/a", "/b"}, {"/a", "/b/"}, {"/b/", "/b/"}, {"/b/", "/b0"}, {"/c", "/d"}, {"b", "a"}}
	h.view(t, func(tx *store.Tx) error {
		for _, l := range listings {
			for _, paths := range ranges {
				var want []string
				for i, name := range names {
					path := listed[i%len(listed)]
					if (l.has == nil || l.has(i)) && path >= paths[0] && path < paths[1] {
						want = append(want, store.NameKey(name))
					}
				}
				slices.Sort(want)
				for _, size := range []int{1, 3, 1000} {
					var got []string
					for w := (window{from: paths[0], to: paths[1], max: int32(size)}); ; w.after = got[len(got)-1] {
						page, err := l.read(ctx, tx, w)
						if err != nil {
							return fmt.Errorf("%s: %w", l.name, err)
						}
						got = append(got, page...)
						if len(page) < size {
							break
						}
					}
					if !slices.Equal(want, got) {
						t.Errorf("%s in %q by %d: %q, want %q", l.name, paths, size, got, want)
					}
				}
			}
			none, err := l.read(ctx, tx, window{from: "/", to: "0", max: 0})
			if err != nil || len(none) > 0 {
				t.Errorf("%s: a page of none holds %q (%v)", l.name, none, err)
			}
		}
		return nil
	})
}

// seedListings makes a user, a group, a role and a policy of each name, and the like in the other account.
func (h *harness) seedListings(t *testing.T, names []string) {
	t.Helper()
	ctx := t.Context()
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountA}),
			tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountB}),
		)
	})
	for _, account := range []string{accountB, accountA} {
		h.update(t, func(tx *store.Tx) error {
			for i, name := range names {
				if err := insertOfEach(ctx, tx, account, i, name); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func insertOfEach(ctx context.Context, tx *store.Tx, account string, i int, name string) error {
	id := fmt.Sprint(account, i)
	path := listed[i%len(listed)]
	u, r := userIn(account, "AIDA"+id, path, name), role(account, "AROA"+id, path, name)
	if bounded(i) {
		u.BoundaryARN, r.BoundaryARN = boundary, boundary
	}
	err := errors.Join(
		tx.InsertUser(ctx, u),
		tx.InsertRole(ctx, r),
		tx.InsertGroup(ctx, group(account, "AGPA"+id, path, name)),
		tx.InsertPolicy(ctx, managed(account, "ANPA"+id, path, name)),
	)
	for _, entity := range []string{"AIDA" + id, "AROA" + id, "AGPA" + id} {
		arn := readARN // another policy
		if attached(i) {
			arn = adminARN
		}
		err = errors.Join(err, tx.AttachPolicy(ctx, store.AttachPolicyParams{EntityID: entity, PolicyARN: arn, AccountID: account}))
	}
	return err
}
