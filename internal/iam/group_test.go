package iam

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

// group makes a group in an account.
func (w *world) group(accountID, name string) Group {
	w.t.Helper()
	return must(w.CreateGroup(w.t.Context(), w.root(accountID), &CreateGroupInput{GroupName: name}))(w.t).Group
}

// member adds a user of the account to a group.
func (w *world) member(groupName, userName string) {
	w.t.Helper()
	must(w.AddUserToGroup(w.t.Context(), w.root(account), &AddUserToGroupInput{GroupName: groupName, UserName: userName}))(w.t)
}

func (w *world) groupNames(in *ListGroupsInput) string {
	w.t.Helper()
	return namesOf(must(w.ListGroups(w.t.Context(), w.root(account), in))(w.t).Groups)
}

func (w *world) groupsOf(userName string) string {
	w.t.Helper()
	return namesOf(must(w.ListGroupsForUser(w.t.Context(), w.root(account), &ListGroupsForUserInput{UserName: userName}))(w.t).Groups)
}

func namesOf(groups []Group) string {
	var names []string
	for _, g := range groups {
		names = append(names, g.GroupName)
	}
	return strings.Join(names, " ")
}

func TestCreateGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	got := must(w.CreateGroup(ctx, root, &CreateGroupInput{GroupName: "Admins", Path: "/a//b/"}))(t).Group
	if !strings.HasPrefix(got.GroupId, "AGPA") || len(got.GroupId) != 21 {
		t.Errorf("GroupId %q", got.GroupId)
	}
	want := Group{
		Path: "/a//b/", GroupName: "Admins", GroupId: got.GroupId, Arn: "arn:aws:iam::111111111111:group/a//b/Admins", CreateDate: start,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CreateGroup (-want +got):\n%s", diff)
	}
	read := must(w.GetGroup(ctx, root, &GetGroupInput{GroupName: "aDMINS"}))(t)
	if diff := cmp.Diff(&GetGroupOutput{Group: want, Users: []User{}}, read); diff != "" {
		t.Errorf("GetGroup (-want +got):\n%s", diff)
	}
	create := func(in *CreateGroupInput) string { return answer(w.CreateGroup(ctx, root, in)) }
	check(t, create(&CreateGroupInput{GroupName: "ADMINS", Path: "/x/"}), "409 EntityAlreadyExists: Group with name ADMINS already exists.")
	w.user(account, "ops")
	check(t, create(&CreateGroupInput{GroupName: "ops"}), "ok") // names of users are no concern of groups
	w.group(foreign, "Admins")
	check(t, answer(w.GetGroup(ctx, w.root(foreign), &GetGroupInput{GroupName: "ops"})), "404 NoSuchEntity: The group with name ops cannot be found.")
}

func TestGroupQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for i := range maxGroups - 1 {
			name := fmt.Sprintf("g%d", i)
			if err := tx.InsertGroup(ctx, store.InsertGroupParams{GroupID: name, AccountID: account, Path: "/", GroupName: name, NameKey: name}); err != nil {
				return err
			}
		}
		return nil
	})
	w.group(account, "last")
	check(t, answer(w.CreateGroup(t.Context(), w.root(account), &CreateGroupInput{GroupName: "one-more"})),
		"409 LimitExceeded: Cannot exceed quota for GroupsPerAccount: 300")
	w.group(foreign, "one-more")
}

func TestListGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, g := range []string{"/ Charlie", "/a/ bob", "/ab/ Dora", "/ alice"} {
		path, name, _ := strings.Cut(g, " ")
		must(w.CreateGroup(t.Context(), w.root(account), &CreateGroupInput{GroupName: name, Path: path}))(t)
	}
	w.group(foreign, "mallory")
	for _, test := range []struct{ prefix, want string }{
		{"", "alice bob Charlie Dora"},
		{"/", "alice bob Charlie Dora"},
		{"/a", "bob Dora"},
		{"/a/", "bob"},
		{"/A", ""},
	} {
		check(t, w.groupNames(&ListGroupsInput{PathPrefix: test.prefix}), test.want)
	}
	out := must(w.ListGroups(t.Context(), w.root(account), &ListGroupsInput{PathPrefix: "/none"}))(t)
	if diff := cmp.Diff(&ListGroupsOutput{Groups: []Group{}}, out); diff != "" {
		t.Errorf("no groups (-want +got):\n%s", diff)
	}
}

func TestMembership(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.group(account, "Ops")
	w.group(account, "admins")
	w.boundaryPolicy(account)
	in := &CreateUserInput{UserName: "Alice", PermissionsBoundary: boundaryARN, Tags: tags("a=1")}
	must(w.CreateUser(ctx, root, in))(t)
	w.user(account, "bob")
	w.member("ops", "alice")
	w.member("Ops", "Alice") // again
	w.member("ops", "bob")
	w.member("admins", "alice")
	members := must(w.GetGroup(ctx, root, &GetGroupInput{GroupName: "ops"}))(t).Users
	if len(members) != 2 || members[0].UserName != "Alice" || members[1].UserName != "bob" || members[0].Tags != nil || members[0].PermissionsBoundary != nil {
		t.Errorf("members: %+v", members)
	}
	check(t, w.groupsOf("alice"), "admins Ops")
	check(t, w.groupsOf("bob"), "Ops")

	remove := func(group, user string) string {
		return answer(w.RemoveUserFromGroup(ctx, root, &RemoveUserFromGroupInput{GroupName: group, UserName: user}))
	}
	check(t, remove("OPS", "ALICE"), "ok")
	check(t, remove("ops", "alice"), "ok") // no member any more
	check(t, w.groupsOf("alice"), "admins")
	check(t, remove("admins", "alice"), "ok")
	out := must(w.ListGroupsForUser(ctx, root, &ListGroupsForUserInput{UserName: "alice"}))(t)
	if diff := cmp.Diff(&ListGroupsForUserOutput{Groups: []Group{}}, out); diff != "" {
		t.Errorf("in no group (-want +got):\n%s", diff)
	}
}

func TestMembershipRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.group(account, "ops")
	w.group(foreign, "theirs")
	w.user(account, "alice")
	w.user(foreign, "mallory")
	const noUser, noGroup = "404 NoSuchEntity: The user with name %s cannot be found.", "404 NoSuchEntity: The group with name %s cannot be found."
	for _, test := range []struct{ name, group, user, want string }{
		{"neither", "any-group", "any-user", fmt.Sprintf(noUser, "any-user")},
		{"no group", "any-group", "alice", fmt.Sprintf(noGroup, "any-group")},
		{"no user", "ops", "any-user", fmt.Sprintf(noUser, "any-user")},
		{"another account's group", "theirs", "alice", fmt.Sprintf(noGroup, "theirs")},
		{"another account's user", "ops", "mallory", fmt.Sprintf(noUser, "mallory")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			check(t, answer(w.AddUserToGroup(ctx, w.root(account), &AddUserToGroupInput{GroupName: test.group, UserName: test.user})), test.want)
			check(t, answer(w.RemoveUserFromGroup(ctx, w.root(account), &RemoveUserFromGroupInput{GroupName: test.group, UserName: test.user})), test.want)
		})
	}
	check(t, answer(w.ListGroupsForUser(ctx, w.root(account), &ListGroupsForUserInput{UserName: "mallory"})), fmt.Sprintf(noUser, "mallory"))
	check(t, answer(w.GetGroup(ctx, w.root(account), &GetGroupInput{GroupName: "theirs"})), fmt.Sprintf(noGroup, "theirs"))
}

// Of any number of calls at once, ten get the user into a group.
func TestGroupsPerUserQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "alice")
	const groups = maxUserGroups + 3
	for i := range groups {
		w.group(account, fmt.Sprintf("g%02d", i))
	}
	answers := make([]string, groups)
	var wait sync.WaitGroup
	for i := range groups {
		wait.Go(func() {
			in := &AddUserToGroupInput{GroupName: fmt.Sprintf("g%02d", i), UserName: "alice"}
			answers[i] = answer(w.AddUserToGroup(t.Context(), w.root(account), in))
		})
	}
	wait.Wait()
	counts := map[string]int{}
	for _, a := range answers {
		counts[a]++
	}
	want := map[string]int{"ok": maxUserGroups, "409 LimitExceeded: Cannot exceed quota for GroupsPerUser: 10": groups - maxUserGroups}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	first, _, _ := strings.Cut(w.groupsOf("alice"), " ")
	w.member(first, "alice") // in it already: no quota stands in the way
}

func TestUpdateGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	ops := must(w.CreateGroup(ctx, root, &CreateGroupInput{GroupName: "ops", Path: "/team/"}))(t).Group
	w.group(account, "admins")
	w.group(foreign, "theirs")
	w.user(account, "alice")
	w.member("ops", "alice")
	for _, test := range []struct {
		name     string
		in       UpdateGroupInput
		want     string
		wantPath string // and the name
	}{
		{"nothing", UpdateGroupInput{GroupName: "ops"}, "ok", "/team/ops"},
		{"the name", UpdateGroupInput{GroupName: "ops", NewGroupName: "Ops2"}, "ok", "/team/Ops2"},
		{"the path", UpdateGroupInput{GroupName: "OPS2", NewPath: "/"}, "ok", "/Ops2"},
		{"to a name that is taken", UpdateGroupInput{GroupName: "ops2", NewGroupName: "ADMINS"}, "409 EntityAlreadyExists: Group with name ADMINS already exists.", "/Ops2"},
		{"both", UpdateGroupInput{GroupName: "ops2", NewGroupName: "theirs", NewPath: "/x/"}, "ok", "/x/theirs"},
		{"a name that is free again", UpdateGroupInput{GroupName: "ops"}, "404 NoSuchEntity: The group with name ops cannot be found.", "/x/theirs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, answer(w.UpdateGroup(ctx, root, &test.in)), test.want)
			got := must(w.ListGroupsForUser(ctx, root, &ListGroupsForUserInput{UserName: "alice"}))(t).Groups
			want := ops
			want.Path, want.GroupName = test.wantPath[:strings.LastIndexByte(test.wantPath, '/')+1], test.wantPath[strings.LastIndexByte(test.wantPath, '/')+1:]
			want.Arn = "arn:aws:iam::111111111111:group" + test.wantPath
			if diff := cmp.Diff([]Group{want}, got); diff != "" {
				t.Errorf("the member's group (-want +got):\n%s", diff)
			}
		})
	}
	check(t, answer(w.UpdateGroup(ctx, w.root(foreign), &UpdateGroupInput{GroupName: "admins", NewPath: "/x/"})),
		"404 NoSuchEntity: The group with name admins cannot be found.")
}

func TestDeleteGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	ops := w.group(account, "ops")
	w.group(foreign, "theirs")
	w.user(account, "alice")
	w.member("ops", "alice")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AttachPolicy(ctx, store.AttachPolicyParams{EntityID: ops.GroupId, PolicyARN: "arn:aws:iam::aws:policy/P", AccountID: account}); err != nil {
			return err
		}
		return tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: ops.GroupId, PolicyName: "p", Document: "{}"})
	})
	del := func(name string) string { return answer(w.DeleteGroup(ctx, root, &DeleteGroupInput{GroupName: name})) }
	const noGroup = "404 NoSuchEntity: The group with name %s cannot be found."
	check(t, del("nothing"), fmt.Sprintf(noGroup, "nothing"))
	check(t, del("theirs"), fmt.Sprintf(noGroup, "theirs"))
	check(t, del("ops"), "409 DeleteConflict: Cannot delete entity, must detach all policies first.")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.DetachPolicy(ctx, store.DetachPolicyParams{EntityID: ops.GroupId, PolicyARN: "arn:aws:iam::aws:policy/P"})
		return err
	})
	check(t, del("ops"), "409 DeleteConflict: Cannot delete entity, must delete policies first.")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.DeleteInlinePolicy(ctx, store.DeleteInlinePolicyParams{EntityID: ops.GroupId, PolicyName: "p"})
		return err
	})
	check(t, del("ops"), "409 DeleteConflict: Cannot delete entity, must remove users from group first.")
	must(w.RemoveUserFromGroup(ctx, root, &RemoveUserFromGroupInput{GroupName: "ops", UserName: "alice"}))(t)
	check(t, del("OPS"), "ok")
	check(t, del("ops"), fmt.Sprintf(noGroup, "ops"))
	if again := w.group(account, "ops"); again.GroupId == ops.GroupId {
		t.Error("a new group got the id of the old one")
	}
}
