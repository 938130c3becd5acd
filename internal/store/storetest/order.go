package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// spellings are names whose order by bytes differs from that of any dictionary.
var spellings = []string{"+", ",", "-", ".", "0", "10", "9", "=", "@", "_", "a", "a-b", "a.b", "a_b", "aB", "ab-", "b", "é", "z", "日本"}

// testOrder holds that lists come in the order of bytes.
func testOrder(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		for i, name := range shuffled(spellings) {
			if err := tx.InsertUser(ctx, user(fmt.Sprint("AIDB", i), "/", name)); err != nil {
				return err
			}
			if err := tx.InsertMFADevice(ctx, hardware(accountA, "H"+name), []byte("seed")); err != nil {
				return err
			}
			err := errors.Join(
				changed(1)(tx.AssignMFADevice(ctx, store.AssignMFADeviceParams{SerialNumber: "H" + name, UserID: "AIDA1", LastStep: 1})),
				tx.InsertAccessKey(ctx, accessKey("K"+name, "AIDA1"), "secret"), // all of one instant
			)
			if err != nil {
				return err
			}
		}
		older := accessKey("Kzz", "AIDA1")
		older.CreatedAt = at(0)
		return tx.InsertAccessKey(ctx, older, "secret")
	})
	h.view(t, func(tx *store.Tx) error {
		users, err := tx.Users(ctx, everyUser())
		names := []string{"alice"}
		for _, name := range spellings {
			names = append(names, store.NameKey(name))
		}
		slices.Sort(names)
		equal(t, names, nameKeys(users))

		devices, err2 := tx.UserMFADevices(ctx, "AIDA1")
		equal(t, sortedWith("H", spellings), serials(devices))

		keys, err3 := tx.UserAccessKeys(ctx, "AIDA1")
		equal(t, append([]string{"Kzz"}, sortedWith("K", spellings)...), accessKeyIDs(keys))
		return errors.Join(err, err2, err3)
	})
}

// testPages holds that a list read page by page is the list, and that a range of paths is the paths with a prefix.
func testPages(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	paths := []string{"/", "/a/", "/a/b/", "/a-b/", "/A/", "/ab/", "/b/"}
	h.update(t, func(tx *store.Tx) error {
		for i, name := range shuffled(spellings) {
			if err := tx.InsertUser(ctx, user(fmt.Sprint("AIDB", i), paths[i%len(paths)], name)); err != nil {
				return err
			}
			if err := tx.InsertMFADevice(ctx, virtual("v"+name), []byte("seed")); err != nil {
				return err
			}
			if i%2 > 0 {
				continue
			}
			assign := store.AssignMFADeviceParams{SerialNumber: serial("v" + name), UserID: "AIDA1", LastStep: 1}
			if err := changed(1)(tx.AssignMFADevice(ctx, assign)); err != nil {
				return err
			}
		}
		return tx.InsertMFADevice(ctx, hardware(accountA, "GAHT1"), []byte("seed")) // not a virtual one
	})
	h.view(t, func(tx *store.Tx) error {
		all, err := tx.Users(ctx, everyUser())
		if err != nil {
			return err
		}
		for _, prefix := range []string{"/", "/a", "/a/", "/A", "/b/", "/c"} {
			var want []string
			for _, u := range all {
				if strings.HasPrefix(u.Path, prefix) {
					want = append(want, u.NameKey)
				}
			}
			var got []string
			page := everyUser()
			page.PathFrom, page.PathTo, page.MaxItems = prefix, prefix[:len(prefix)-1]+string(prefix[len(prefix)-1]+1), 3
			for {
				users, err := tx.Users(ctx, page)
				if err != nil {
					return err
				}
				got = append(got, nameKeys(users)...)
				if len(users) < 3 {
					break
				}
				page.AfterNameKey = users[2].NameKey
			}
			equal(t, want, got)
		}

		var assigned, unassigned, either []string
		page := store.VirtualMFADevicesParams{AccountID: accountA, MaxItems: 4}
		for {
			devices, err := tx.VirtualMFADevices(ctx, page)
			if err != nil {
				return err
			}
			either = append(either, serials(devices)...)
			for _, d := range devices {
				if d.UserID == "" {
					unassigned = append(unassigned, d.SerialNumber)
				} else {
					assigned = append(assigned, d.SerialNumber)
				}
			}
			if len(devices) < 4 {
				break
			}
			page.AfterSerialNumber = devices[3].SerialNumber
		}
		equal(t, len(spellings)+1, len(either))
		equal(t, true, slices.IsSorted(either))
		got, err := tx.AssignedVirtualMFADevices(ctx, store.AssignedVirtualMFADevicesParams{AccountID: accountA, MaxItems: 1000})
		equal(t, assigned, serials(got))
		got, err2 := tx.UnassignedVirtualMFADevices(ctx, store.UnassignedVirtualMFADevicesParams{AccountID: accountA, MaxItems: 1000})
		equal(t, unassigned, serials(got))
		n, err3 := tx.CountVirtualMFADevices(ctx, accountA)
		equal(t, int64(len(either)), n)
		n, err4 := tx.CountVirtualMFADevices(ctx, accountB)
		equal(t, int64(0), n)
		return errors.Join(err, err2, err3, err4)
	})
}

func everyUser() store.UsersParams {
	return store.UsersParams{AccountID: accountA, PathFrom: "/", PathTo: "0", MaxItems: 1000}
}

// shuffled returns names in an order that is neither theirs nor its reverse.
func shuffled(names []string) []string {
	var mixed []string
	for _, first := range []int{1, 0} {
		for i := first; i < len(names); i += 2 {
			mixed = append(mixed, names[i])
		}
	}
	return mixed
}

func sortedWith(prefix string, names []string) (sorted []string) {
	for _, name := range names {
		sorted = append(sorted, prefix+name)
	}
	slices.Sort(sorted)
	return sorted
}

func nameKeys(users []store.User) (keys []string) {
	for _, u := range users {
		keys = append(keys, u.NameKey)
	}
	return keys
}

func serials(devices []store.MFADevice) (serials []string) {
	for _, d := range devices {
		serials = append(serials, d.SerialNumber)
	}
	return serials
}
