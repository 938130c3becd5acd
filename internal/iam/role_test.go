package iam

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// TestRole holds which members the reply of each action has (aws-iam section 9).
func TestRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	created := must(w.CreateRole(ctx, root, &CreateRoleInput{
		RoleName: "Deploy", Path: "/app//x/", AssumeRolePolicyDocument: trustingAWS("*"), Description: "d", MaxSessionDuration: 7200,
		PermissionsBoundary: readOnly, Tags: tags("Zone=1 dept="),
	}))(t).Role
	if !strings.HasPrefix(created.RoleId, "AROA") || len(created.RoleId) != 21 {
		t.Errorf("RoleId %q", created.RoleId)
	}
	base := Role{
		Path: "/app//x/", RoleName: "Deploy", RoleId: created.RoleId, Arn: "arn:aws:iam::111111111111:role/app//x/Deploy",
		CreateDate: start, AssumeRolePolicyDocument: encodeDocument(trustingAWS("*")),
	}
	with := func(change func(*Role)) Role { r := base; change(&r); return r }
	duration := func(seconds int64) *int64 { return &seconds }
	bounded := &PermissionsBoundary{PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: readOnly}
	for name, c := range map[string]struct{ got, want Role }{
		"CreateRole": {created, with(func(r *Role) { r.PermissionsBoundary, r.Tags = bounded, tags("Zone=1 dept=") })},
		"GetRole": {must(w.GetRole(ctx, root, &GetRoleInput{RoleName: "dEPLOY"}))(t).Role, with(func(r *Role) {
			r.Description, r.MaxSessionDuration, r.PermissionsBoundary = "d", duration(7200), bounded
			r.Tags, r.RoleLastUsed = tags("Zone=1 dept="), &RoleLastUsed{}
		})},
		"ListRoles": {must(w.ListRoles(ctx, root, &ListRolesInput{}))(t).Roles[0], with(func(r *Role) {
			r.Description, r.MaxSessionDuration = "d", duration(7200)
		})},
		"UpdateRoleDescription": {
			must(w.UpdateRoleDescription(ctx, root, &UpdateRoleDescriptionInput{RoleName: "deploy", Description: "e"}))(t).Role,
			with(func(r *Role) { r.Description = "e" }),
		},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	plain := w.role(account, "plain", trustingAWS("*"))
	if plain.Path != "/" || plain.PermissionsBoundary != nil || plain.Tags != nil {
		t.Errorf("a role without anything: %+v", plain)
	}
	read := must(w.GetRole(ctx, root, &GetRoleInput{RoleName: "plain"}))(t).Role
	if read.Description != "" || *read.MaxSessionDuration != 3600 || read.Tags != nil || read.PermissionsBoundary != nil {
		t.Errorf("GetRole of a role without anything: %+v", read)
	}
}

func TestCreateRoleRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role(account, "bob", trustingAWS("*"))
	w.role(foreign, "theirs", trustingAWS("*"))
	for _, test := range []struct {
		name string
		in   CreateRoleInput
		want string
	}{
		{"the name is taken", CreateRoleInput{RoleName: "bob"}, "409 EntityAlreadyExists: Role with name bob already exists."},
		{"in another case and path", CreateRoleInput{RoleName: "BOB", Path: "/x/"}, "409 EntityAlreadyExists: Role with name BOB already exists."},
		{
			"a boundary that is no policy",
			CreateRoleInput{RoleName: "x", PermissionsBoundary: "arn:aws:iam::111111111111:not_a_policy/invalid"},
			"400 InvalidInput: ARN arn:aws:iam::111111111111:not_a_policy/invalid is not valid.",
		},
		{
			"a boundary that does not exist",
			CreateRoleInput{RoleName: "x", PermissionsBoundary: "arn:aws:iam::111111111111:policy/p"},
			"404 NoSuchEntity: Scope ARN: arn:aws:iam::111111111111:policy/p does not exist or is not attachable.",
		},
		{
			"one tag key in two cases",
			CreateRoleInput{RoleName: "x", Tags: tags("a=1 A=2")},
			"400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		},
		{
			"a reserved tag",
			CreateRoleInput{RoleName: "x", Tags: tags("aws:a=1")},
			"400 InvalidInput: Tag keys and values that start with aws: are reserved for system use.",
		},
	} {
		test.in.AssumeRolePolicyDocument = trustingAWS("*")
		check(t, answer(w.CreateRole(t.Context(), w.root(account), &test.in)), test.want)
	}
	if got := roleNames(w, ""); got != "bob" {
		t.Errorf("roles after refusals: %s", got)
	}
}

// manyRoles makes roles r0000, r0001 and so on, behind the service's back.
func manyRoles(w *world, n int) {
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			name := fmt.Sprintf("r%04d", i)
			if err := tx.InsertRole(ctx, store.InsertRoleParams{
				RoleID: "AROA" + name, AccountID: account, Path: "/", RoleName: name, NameKey: name, TrustPolicy: trustingAWS(account),
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestCreateRoleQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manyRoles(w, maxRoles-1)
	w.role(account, "last", trustingAWS("*"))
	check(t, answer(w.CreateRole(t.Context(), w.root(account), &CreateRoleInput{RoleName: "one-more", AssumeRolePolicyDocument: trustingAWS("*")})),
		"409 LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000")
	w.role(foreign, "one-more", trustingAWS("*"))
	must(w.DeleteRole(t.Context(), w.root(account), &DeleteRoleInput{RoleName: "last"}))(t)
	w.role(account, "one-more", trustingAWS("*"))
}

func TestListRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, r := range []string{"/ Charlie", "/a/ bob", "/ab/ Dora", "/~/ eve", "/ alice"} {
		path, name, _ := strings.Cut(r, " ")
		must(w.CreateRole(t.Context(), w.root(account), &CreateRoleInput{RoleName: name, Path: path, AssumeRolePolicyDocument: trustingAWS("*")}))(t)
	}
	w.role(foreign, "mallory", trustingAWS("*"))
	for _, test := range []struct{ prefix, want string }{
		{"", "alice bob Charlie Dora eve"},
		{"/a", "bob Dora"},
		{"/a/", "bob"},
		{"/~", "eve"},
		{"/A", ""},
		{"/\x7f", ""},
	} {
		if got := roleNames(w, test.prefix); got != test.want {
			t.Errorf("PathPrefix %q: %q, want %q", test.prefix, got, test.want)
		}
	}
	out := must(w.ListRoles(t.Context(), w.root(account), &ListRolesInput{PathPrefix: "/none"}))(t)
	if diff := cmp.Diff(&ListRolesOutput{Roles: []Role{}}, out); diff != "" {
		t.Errorf("no roles (-want +got):\n%s", diff)
	}
}

func TestListRolesPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manyRoles(w, 250)
	var names []string
	marker := ""
	for range 3 {
		out := must(w.ListRoles(t.Context(), w.root(account), &ListRolesInput{Marker: marker}))(t)
		for _, role := range out.Roles {
			names = append(names, role.RoleName)
		}
		if marker = out.Marker; out.IsTruncated != (marker != "") {
			t.Errorf("truncated %v, marker %q", out.IsTruncated, marker)
		}
	}
	if len(names) != 250 || !slices.IsSorted(names) || marker != "" {
		t.Errorf("%d roles, marker %q", len(names), marker)
	}
	first := must(w.ListRoles(t.Context(), w.root(account), &ListRolesInput{MaxItems: 1}))(t)
	for _, in := range []ListRolesInput{{Marker: first.Marker, PathPrefix: "/x"}, {Marker: "x" + first.Marker}} {
		check(t, answer(w.ListRoles(t.Context(), w.root(account), &in)), "400 ValidationError: Invalid Marker.")
	}
	check(t, answer(w.ListRoles(t.Context(), w.root(foreign), &ListRolesInput{Marker: first.Marker})), "400 ValidationError: Invalid Marker.")
}

func roleNames(w *world, prefix string) string {
	var names []string
	for _, r := range must(w.ListRoles(w.t.Context(), w.root(account), &ListRolesInput{PathPrefix: prefix}))(w.t).Roles {
		names = append(names, r.RoleName)
	}
	return strings.Join(names, " ")
}

func TestUpdateRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.role(account, "r", trustingAWS("*"))
	for _, test := range []struct {
		in       UpdateRoleInput
		describe string
		seconds  int64
	}{
		{UpdateRoleInput{Description: text("a"), MaxSessionDuration: 43200}, "a", 43200},
		{UpdateRoleInput{}, "a", 43200},
		{UpdateRoleInput{Description: text("b")}, "b", 43200},
		{UpdateRoleInput{MaxSessionDuration: 3600}, "b", 3600},
		{UpdateRoleInput{Description: text("")}, "", 3600},
	} {
		test.in.RoleName = "R"
		out := must(w.UpdateRole(ctx, root, &test.in))(t)
		if out == nil {
			t.Error("no result: AWS sends an empty one")
		}
		role := must(w.GetRole(ctx, root, &GetRoleInput{RoleName: "r"}))(t).Role
		if role.Description != test.describe || *role.MaxSessionDuration != test.seconds {
			t.Errorf("%+v: description %q, %d seconds", test.in, role.Description, *role.MaxSessionDuration)
		}
	}
	must(w.UpdateRole(ctx, root, &UpdateRoleInput{RoleName: "r", MaxSessionDuration: 7200}))(t)
	must(w.UpdateRoleDescription(ctx, root, &UpdateRoleDescriptionInput{RoleName: "r", Description: "c"}))(t)
	if role := must(w.GetRole(ctx, root, &GetRoleInput{RoleName: "r"}))(t).Role; role.Description != "c" || *role.MaxSessionDuration != 7200 {
		t.Errorf("after UpdateRoleDescription: %+v", role)
	}
}

func TestDeleteRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	role := must(w.CreateRole(ctx, root, &CreateRoleInput{
		RoleName: "r", AssumeRolePolicyDocument: trustingAWS("*"), Tags: tags("a=1"), PermissionsBoundary: readOnly,
	}))(t).Role
	must(w.PutRolePolicy(ctx, root, &PutRolePolicyInput{RoleName: "r", PolicyName: "p", PolicyDocument: allowAll}))(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		return tx.AttachPolicy(ctx, store.AttachPolicyParams{EntityID: role.RoleId, PolicyARN: readOnly, AccountID: account})
	})
	del := func(call aws.Call) string {
		return answer(w.DeleteRole(ctx, call, &DeleteRoleInput{RoleName: "R"}))
	}
	check(t, del(w.root(foreign)), "404 NoSuchEntity: The role with name R cannot be found.")
	check(t, del(root), "409 DeleteConflict: Cannot delete entity, must detach all policies first.")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.DetachPolicy(ctx, store.DetachPolicyParams{EntityID: role.RoleId, PolicyARN: readOnly})
		return err
	})
	check(t, del(root), "409 DeleteConflict: Cannot delete entity, must delete policies first.")
	if left := must(w.ListRoleTags(ctx, root, &ListRoleTagsInput{RoleName: "r"}))(t).Tags; len(left) != 1 {
		t.Errorf("tags after refusals: %v", left)
	}
	must(w.DeleteRolePolicy(ctx, root, &DeleteRolePolicyInput{RoleName: "r", PolicyName: "p"}))(t)
	check(t, del(root), "ok")
	check(t, del(root), "404 NoSuchEntity: The role with name R cannot be found.")
	again := w.role(account, "r", trustingAWS("*"))
	read := must(w.GetRole(ctx, root, &GetRoleInput{RoleName: "r"}))(t).Role
	if again.RoleId == role.RoleId || read.Tags != nil || read.PermissionsBoundary != nil {
		t.Errorf("made again: %+v", read)
	}
	w.change(func(ctx context.Context, tx *store.Tx) error {
		left, err := tx.Tags(ctx, role.RoleId)
		if len(left) > 0 {
			t.Errorf("tags that nobody has: %v", left)
		}
		return err
	})
}

func TestRoleTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.role(account, "r", trustingAWS("*"))
	tag := func(s string) string {
		return answer(w.TagRole(ctx, root, &TagRoleInput{RoleName: "R", Tags: tags(s)}))
	}
	list := func() (text string) {
		for _, tag := range must(w.ListRoleTags(ctx, root, &ListRoleTagsInput{RoleName: "r"}))(t).Tags {
			text += tag.Key + "=" + *tag.Value + " "
		}
		return text
	}
	check(t, list(), "")
	check(t, tag("CostCenter=1 b= Zone=x"), "ok")
	check(t, tag("costcenter=2"), "ok")
	check(t, list(), "Zone=x b= costcenter=2 ")
	check(t, tag("x=1 X=2"), "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	check(t, list(), "Zone=x b= costcenter=2 ")
	check(t, answer(w.UntagRole(ctx, root, &UntagRoleInput{RoleName: "R", TagKeys: []string{"ZONE", "none"}})), "ok")
	check(t, list(), "b= costcenter=2 ")
	var many strings.Builder
	for i := range 48 {
		fmt.Fprintf(&many, "k%d=v ", i)
	}
	check(t, tag(many.String()), "ok")
	check(t, tag("one-more="), "409 LimitExceeded: The number of tags has reached the maximum limit.")
	check(t, tag("K1=new"), "ok")
}

func TestRoleBoundary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.role(account, "r", trustingAWS("*"))
	boundary := func() string {
		if b := must(w.GetRole(ctx, root, &GetRoleInput{RoleName: "r"}))(t).Role.PermissionsBoundary; b != nil {
			return b.PermissionsBoundaryType + " " + b.PermissionsBoundaryArn
		}
		return ""
	}
	put := func(arn string) string {
		return answer(w.PutRolePermissionsBoundary(ctx, root, &PutRolePermissionsBoundaryInput{RoleName: "R", PermissionsBoundary: arn}))
	}
	del := func() string {
		return answer(w.DeleteRolePermissionsBoundary(ctx, root, &DeleteRolePermissionsBoundaryInput{RoleName: "R"}))
	}
	check(t, del(), "404 NoSuchEntity: The permissions boundary of the role with name r cannot be found.")
	check(t, put(readOnly), "ok")
	check(t, boundary(), "Policy "+readOnly)
	check(t, put("arn:aws:iam::aws:policy/AdministratorAccess"), "ok")
	check(t, put("arn:aws:iam::222222222222:policy/p"), "404 NoSuchEntity: Scope ARN: arn:aws:iam::222222222222:policy/p does not exist or is not attachable.")
	check(t, boundary(), "Policy arn:aws:iam::aws:policy/AdministratorAccess")
	check(t, del(), "ok")
	check(t, boundary(), "")
}

// Of those who make a role of one name at the same time, one does.
func TestCreateRoleRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var group sync.WaitGroup
	answers := make([]string, 8)
	for i := range answers {
		group.Go(func() {
			answers[i] = answer(w.CreateRole(t.Context(), w.root(account), &CreateRoleInput{
				RoleName: "r", AssumeRolePolicyDocument: trustingAWS("*"), Tags: tags(fmt.Sprintf("winner=%d", i)),
			}))
		})
	}
	group.Wait()
	winner := slices.Index(answers, "ok")
	for i, got := range answers {
		if i != winner {
			check(t, got, "409 EntityAlreadyExists: Role with name r already exists.")
		}
	}
	role := must(w.GetRole(t.Context(), w.root(account), &GetRoleInput{RoleName: "r"}))(t).Role
	if diff := cmp.Diff(tags(fmt.Sprintf("winner=%d", winner)), role.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// Two updates of one role at the same time lose nothing of each other.
func TestUpdateRoleRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.role(account, "r", trustingAWS("*"))
	var group sync.WaitGroup
	for _, in := range []UpdateRoleInput{{Description: text("d")}, {MaxSessionDuration: 7200}} {
		in.RoleName = "r"
		group.Go(func() {
			check(t, answer(w.UpdateRole(ctx, root, &in)), "ok")
		})
	}
	group.Wait()
	if role := must(w.GetRole(ctx, root, &GetRoleInput{RoleName: "r"}))(t).Role; role.Description != "d" || *role.MaxSessionDuration != 7200 {
		t.Errorf("%q, %d seconds", role.Description, *role.MaxSessionDuration)
	}
}

// Whatever the database says when it fails, the client learns nothing of it.
func TestRoleInternalFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := w.root(account)
	for name, got := range map[string]string{
		"CreateRole":                    answer(w.CreateRole(ctx, root, &CreateRoleInput{AssumeRolePolicyDocument: trustingAWS("*")})),
		"GetRole":                       answer(w.GetRole(ctx, root, &GetRoleInput{})),
		"ListRoles":                     answer(w.ListRoles(ctx, root, &ListRolesInput{})),
		"UpdateRole":                    answer(w.UpdateRole(ctx, root, &UpdateRoleInput{})),
		"UpdateRoleDescription":         answer(w.UpdateRoleDescription(ctx, root, &UpdateRoleDescriptionInput{})),
		"UpdateAssumeRolePolicy":        answer(w.UpdateAssumeRolePolicy(ctx, root, &UpdateAssumeRolePolicyInput{PolicyDocument: trustingAWS("*")})),
		"DeleteRole":                    answer(w.DeleteRole(ctx, root, &DeleteRoleInput{})),
		"TagRole":                       answer(w.TagRole(ctx, root, &TagRoleInput{})),
		"UntagRole":                     answer(w.UntagRole(ctx, root, &UntagRoleInput{})),
		"ListRoleTags":                  answer(w.ListRoleTags(ctx, root, &ListRoleTagsInput{})),
		"PutRolePermissionsBoundary":    answer(w.PutRolePermissionsBoundary(ctx, root, &PutRolePermissionsBoundaryInput{})),
		"DeleteRolePermissionsBoundary": answer(w.DeleteRolePermissionsBoundary(ctx, root, &DeleteRolePermissionsBoundaryInput{})),
		"PutRolePolicy":                 answer(w.PutRolePolicy(ctx, root, &PutRolePolicyInput{PolicyDocument: allowAll})),
		"GetRolePolicy":                 answer(w.GetRolePolicy(ctx, root, &GetRolePolicyInput{})),
		"ListRolePolicies":              answer(w.ListRolePolicies(ctx, root, &ListRolePoliciesInput{})),
		"DeleteRolePolicy":              answer(w.DeleteRolePolicy(ctx, root, &DeleteRolePolicyInput{})),
	} {
		t.Run(name, func(t *testing.T) {
			check(t, got, "500 InternalFailure: An internal error has occurred.")
		})
	}
}

// A trust policy that can't be read is never shown, nor taken for another.
func TestUnreadableTrustPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.role(account, "r", trustingAWS("*"))
	w.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.SetRoleTrustPolicy(ctx, store.SetRoleTrustPolicyParams{RoleID: role.RoleId, TrustPolicy: `{"Statement":[]}`})
		return err
	})
	check(t, answer(w.GetRole(t.Context(), w.root(account), &GetRoleInput{RoleName: "r"})), "500 InternalFailure: An internal error has occurred.")
	check(t, answer(w.UpdateAssumeRolePolicy(t.Context(), w.root(account), &UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: trustingAWS("*")})), "ok")
	check(t, w.trustPolicy(account, "r"), trustingAWS("*"))
}

// Another account's roles do not exist.
func TestForeignRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	theirs := w.role(foreign, "theirs", trustingAWS("*"))
	for name, got := range map[string]string{
		"GetRole":                       answer(w.GetRole(ctx, root, &GetRoleInput{RoleName: "theirs"})),
		"UpdateRole":                    answer(w.UpdateRole(ctx, root, &UpdateRoleInput{RoleName: "theirs", Description: text("x")})),
		"UpdateRoleDescription":         answer(w.UpdateRoleDescription(ctx, root, &UpdateRoleDescriptionInput{RoleName: "theirs"})),
		"UpdateAssumeRolePolicy":        answer(w.UpdateAssumeRolePolicy(ctx, root, &UpdateAssumeRolePolicyInput{RoleName: "theirs", PolicyDocument: trustingAWS("*")})),
		"DeleteRole":                    answer(w.DeleteRole(ctx, root, &DeleteRoleInput{RoleName: "theirs"})),
		"TagRole":                       answer(w.TagRole(ctx, root, &TagRoleInput{RoleName: "theirs"})),
		"UntagRole":                     answer(w.UntagRole(ctx, root, &UntagRoleInput{RoleName: "theirs"})),
		"ListRoleTags":                  answer(w.ListRoleTags(ctx, root, &ListRoleTagsInput{RoleName: "theirs"})),
		"PutRolePermissionsBoundary":    answer(w.PutRolePermissionsBoundary(ctx, root, &PutRolePermissionsBoundaryInput{RoleName: "theirs", PermissionsBoundary: readOnly})),
		"DeleteRolePermissionsBoundary": answer(w.DeleteRolePermissionsBoundary(ctx, root, &DeleteRolePermissionsBoundaryInput{RoleName: "theirs"})),
	} {
		t.Run(name, func(t *testing.T) {
			check(t, got, "404 NoSuchEntity: The role with name theirs cannot be found.")
		})
	}
	still := must(w.GetRole(ctx, w.root(foreign), &GetRoleInput{RoleName: "theirs"}))(t).Role
	if still.RoleId != theirs.RoleId || still.Description != "" || still.PermissionsBoundary != nil {
		t.Errorf("changed from another account: %+v", still)
	}
}

func TestRolePermissions(t *testing.T) {
	t.Parallel()
	call := aws.Call{Caller: aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: account, ID: account}}}
	role := aws.Resource{ARN: "arn:aws:iam::111111111111:role/r", Text: "role r", Type: aws.RoleResource, Name: "r"}
	created := aws.Resource{ARN: "arn:aws:iam::111111111111:role/x/r", Text: "arn:aws:iam::111111111111:role/x/r"}
	all := map[string][]string{"iam:permissionsboundary": {"b"}, "aws:requesttag/a": {"1"}, "aws:tagkeys": {"A"}}
	on := func(r aws.Resource, c map[string][]string) []aws.Permission {
		return []aws.Permission{{Resource: r, Context: c}}
	}
	for name, c := range map[string]struct {
		in interface {
			Permissions(aws.Call) []aws.Permission
		}
		want []aws.Permission
	}{
		"CreateRole": {&CreateRoleInput{RoleName: "r", Path: "/x/"}, on(created, nil)},
		"CreateRole with all": {
			&CreateRoleInput{RoleName: "r", Path: "/x/", PermissionsBoundary: "b", Tags: tags("A=1")},
			append(on(created, all), aws.Permission{Action: "iam:TagRole", Resource: created, Context: all}),
		},
		"GetRole":                       {&GetRoleInput{RoleName: "r"}, on(role, nil)},
		"ListRoles":                     {&ListRolesInput{PathPrefix: "/x"}, on(aws.Resource{ARN: "*", Text: "arn:aws:iam::111111111111:role/"}, nil)},
		"UpdateRole":                    {&UpdateRoleInput{RoleName: "r"}, on(role, nil)},
		"UpdateRoleDescription":         {&UpdateRoleDescriptionInput{RoleName: "r"}, on(role, nil)},
		"UpdateAssumeRolePolicy":        {&UpdateAssumeRolePolicyInput{RoleName: "r"}, on(role, nil)},
		"DeleteRole":                    {&DeleteRoleInput{RoleName: "r"}, on(role, nil)},
		"TagRole":                       {&TagRoleInput{RoleName: "r", Tags: tags("A=1")}, on(role, map[string][]string{"aws:requesttag/a": {"1"}, "aws:tagkeys": {"A"}})},
		"UntagRole":                     {&UntagRoleInput{RoleName: "r", TagKeys: []string{"A", "b"}}, on(role, map[string][]string{"aws:tagkeys": {"A", "b"}})},
		"ListRoleTags":                  {&ListRoleTagsInput{RoleName: "r"}, on(role, nil)},
		"PutRolePermissionsBoundary":    {&PutRolePermissionsBoundaryInput{RoleName: "r", PermissionsBoundary: "b"}, on(role, map[string][]string{"iam:permissionsboundary": {"b"}})},
		"DeleteRolePermissionsBoundary": {&DeleteRolePermissionsBoundaryInput{RoleName: "r"}, on(role, nil)},
		"PutRolePolicy":                 {&PutRolePolicyInput{RoleName: "r"}, on(role, nil)},
		"GetRolePolicy":                 {&GetRolePolicyInput{RoleName: "r"}, on(role, nil)},
		"ListRolePolicies":              {&ListRolePoliciesInput{RoleName: "r"}, on(role, nil)},
		"DeleteRolePolicy":              {&DeleteRolePolicyInput{RoleName: "r"}, on(role, nil)},
	} {
		if diff := cmp.Diff(c.want, c.in.Permissions(call)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
