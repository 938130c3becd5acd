package iam

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
)

// lister reads one page of some list: the names of what is on it, and the marker of the next.
type lister func(call aws.Call, marker string, maxItems int32) (names []string, truncated bool, next string, err error)

func (w *world) listers() map[string]lister {
	ctx := w.t.Context()
	return map[string]lister{
		"ListUsers": func(call aws.Call, marker string, maxItems int32) (names []string, truncated bool, next string, err error) {
			out, err := w.ListUsers(ctx, call, &ListUsersInput{Marker: marker, MaxItems: maxItems})
			if err != nil {
				return nil, false, "", err
			}
			for _, u := range out.Users {
				names = append(names, u.UserName)
			}
			return names, out.IsTruncated, out.Marker, nil
		},
		"ListVirtualMFADevices": func(call aws.Call, marker string, maxItems int32) (names []string, truncated bool, next string, err error) {
			out, err := w.ListVirtualMFADevices(ctx, call, &ListVirtualMFADevicesInput{Marker: marker, MaxItems: maxItems})
			if err != nil {
				return nil, false, "", err
			}
			for _, d := range out.VirtualMFADevices {
				names = append(names, d.SerialNumber)
			}
			return names, out.IsTruncated, out.Marker, nil
		},
		"ListMFADevices": func(call aws.Call, marker string, maxItems int32) (names []string, truncated bool, next string, err error) {
			out, err := w.ListMFADevices(ctx, call, &ListMFADevicesInput{UserName: "u0", Marker: marker, MaxItems: maxItems})
			if err != nil {
				return nil, false, "", err
			}
			for _, d := range out.MFADevices {
				names = append(names, d.SerialNumber)
			}
			return names, out.IsTruncated, out.Marker, nil
		},
		"ListGroups": func(call aws.Call, marker string, maxItems int32) (names []string, truncated bool, next string, err error) {
			out, err := w.ListGroups(ctx, call, &ListGroupsInput{Marker: marker, MaxItems: maxItems})
			if err != nil {
				return nil, false, "", err
			}
			for _, g := range out.Groups {
				names = append(names, g.GroupName)
			}
			return names, out.IsTruncated, out.Marker, nil
		},
		"ListGroupsForUser": func(call aws.Call, marker string, maxItems int32) (names []string, truncated bool, next string, err error) {
			out, err := w.ListGroupsForUser(ctx, call, &ListGroupsForUserInput{UserName: "u0", Marker: marker, MaxItems: maxItems})
			if err != nil {
				return nil, false, "", err
			}
			for _, g := range out.Groups {
				names = append(names, g.GroupName)
			}
			return names, out.IsTruncated, out.Marker, nil
		},
		"GetGroup": func(call aws.Call, marker string, maxItems int32) (names []string, truncated bool, next string, err error) {
			out, err := w.GetGroup(ctx, call, &GetGroupInput{GroupName: "g0", Marker: marker, MaxItems: maxItems})
			if err != nil {
				return nil, false, "", err
			}
			for _, u := range out.Users {
				names = append(names, u.UserName)
			}
			return names, out.IsTruncated, out.Marker, nil
		},
		"ListAccessKeys": func(call aws.Call, marker string, maxItems int32) (names []string, truncated bool, next string, err error) {
			out, err := w.ListAccessKeys(ctx, call, &ListAccessKeysInput{UserName: "u0", Marker: marker, MaxItems: maxItems})
			if err != nil {
				return nil, false, "", err
			}
			for _, k := range out.AccessKeyMetadata {
				names = append(names, k.AccessKeyId)
			}
			return names, out.IsTruncated, out.Marker, nil
		},
	}
}

// pagedWorld has five users and groups in each account; the first user has two keys and five devices and is in all groups,
// and all users are in the first group. All is made in the same instant.
func pagedWorld(t *testing.T) *world {
	w := newWorld(t)
	for _, accountID := range []string{account, foreign} {
		for i := range 5 {
			w.user(accountID, fmt.Sprintf("u%d", i))
			w.group(accountID, fmt.Sprintf("g%d", i))
		}
	}
	for i := range 5 {
		w.member("g0", fmt.Sprintf("u%d", i))
		w.member(fmt.Sprintf("g%d", i), "u0")
	}
	w.key(w.root(account), "u0")
	w.key(w.root(account), "u0")
	for i := range 5 {
		check(t, verdict(w.virtual(account, fmt.Sprintf("d%d", i)).enable("u0", 0, 1)), "ok")
	}
	return w
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := pagedWorld(t)
	for name, list := range w.listers() {
		t.Run(name, func(t *testing.T) {
			for _, maxItems := range []int32{1, 2, 4} {
				all, _, _, err := list(w.root(account), "", 1000)
				if err != nil {
					t.Fatal(err)
				}
				var paged []string
				for marker, pages := "", 0; ; pages++ {
					names, truncated, next, err := list(w.root(account), marker, maxItems)
					if err != nil {
						t.Fatal(err)
					}
					if truncated != (next != "") || truncated && len(names) != int(maxItems) || len(names) == 0 || len(next) > 320 {
						t.Errorf("page %d of %d items: %v, truncated %v, next marker %q", pages, maxItems, names, truncated, next)
					}
					paged = append(paged, names...)
					if marker = next; marker == "" || pages > 10 {
						break
					}
				}
				if diff := cmp.Diff(all, paged); diff != "" || !slices.IsSorted(paged) && name != "ListAccessKeys" {
					t.Errorf("pages of %d against the whole list (-whole +pages):\n%s", maxItems, diff)
				}
			}
		})
	}
}

// A page goes on behind the marker's item even when that item is gone.
func TestPageAfterDeletedItem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"a", "b", "c"} {
		w.user(account, name)
	}
	first := must(w.ListUsers(t.Context(), w.root(account), &ListUsersInput{MaxItems: 2}))(t)
	must(w.DeleteUser(t.Context(), w.root(account), &DeleteUserInput{UserName: "b"}))(t)
	rest := must(w.ListUsers(t.Context(), w.root(account), &ListUsersInput{Marker: first.Marker}))(t)
	if len(rest.Users) != 1 || rest.Users[0].UserName != "c" || rest.IsTruncated {
		t.Errorf("after the marker: %+v", rest)
	}
}

func TestInvalidMarkers(t *testing.T) {
	t.Parallel()
	w := pagedWorld(t)
	const invalid = "400 ValidationError: Invalid Marker."
	verdictOf := func(_ []string, _ bool, _ string, err error) string { return verdict(err) }
	markers := map[string]string{}
	for name, list := range w.listers() {
		_, _, next, err := list(w.root(account), "", 1)
		if err != nil || next == "" {
			t.Fatalf("%s: marker %q, %v", name, next, err)
		}
		markers[name] = next
	}
	for name, list := range w.listers() {
		good := markers[name]
		check(t, verdictOf(list(w.root(account), good, 2)), "ok")
		for _, bad := range []string{"x", "asdfasdf", "asdfasdfu0", good[:8], good + "x", good[:len(good)-1], "A" + good, strings.ToUpper(good)} {
			if got := verdictOf(list(w.root(account), bad, 2)); got != invalid {
				t.Errorf("%s, marker %q: %s", name, bad, got)
			}
		}
		for other, marker := range markers {
			if got := verdictOf(list(w.root(account), marker, 2)); other != name && got != invalid {
				t.Errorf("%s with the marker of %s: %s", name, other, got)
			}
		}
		if got := verdictOf(list(w.root(foreign), good, 2)); got != invalid {
			t.Errorf("%s with the marker of another account: %s", name, got)
		}
	}
	check(t, answer(w.ListUsers(t.Context(), w.root(account), &ListUsersInput{PathPrefix: "/a", Marker: markers["ListUsers"]})), invalid)
	check(t, answer(w.ListVirtualMFADevices(t.Context(), w.root(account), &ListVirtualMFADevicesInput{
		AssignmentStatus: "Assigned", Marker: markers["ListVirtualMFADevices"],
	})), invalid)
	check(t, answer(w.ListAccessKeys(t.Context(), w.root(account), &ListAccessKeysInput{UserName: "u1", Marker: markers["ListAccessKeys"]})), invalid)
	check(t, answer(w.ListMFADevices(t.Context(), w.root(account), &ListMFADevicesInput{UserName: "u1", Marker: markers["ListMFADevices"]})), invalid)
}
