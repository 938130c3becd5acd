package iam

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
)

// entityNames is what ListEntitiesForPolicy answers on as many pages as it takes.
func entityNames(w *world, in ListEntitiesForPolicyInput) string {
	w.t.Helper()
	var names []string
	for {
		out := must(w.ListEntitiesForPolicy(w.t.Context(), w.root(account), &in))(w.t)
		if out.PolicyGroups == nil || out.PolicyUsers == nil || out.PolicyRoles == nil {
			w.t.Errorf("a list is missing: %+v", out)
		}
		if n := len(out.PolicyGroups) + len(out.PolicyUsers) + len(out.PolicyRoles); in.MaxItems != 0 && (n > int(in.MaxItems) || out.IsTruncated && n < int(in.MaxItems)) {
			w.t.Errorf("%d entities on a page of %d, truncated: %v", n, in.MaxItems, out.IsTruncated)
		}
		for _, g := range out.PolicyGroups {
			names = append(names, g.GroupName)
		}
		for _, r := range out.PolicyRoles {
			names = append(names, r.RoleName)
		}
		for _, u := range out.PolicyUsers {
			names = append(names, u.UserName)
		}
		if !out.IsTruncated {
			return strings.Join(names, " ")
		}
		in.Marker = out.Marker
	}
}

func TestListEntitiesForPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn, other := w.policy(account, "", "p").Arn, w.policy(account, "", "other").Arn
	byKind := map[aws.ResourceType]attachments{}
	for _, a := range w.attachments() {
		byKind[a.kind] = a
	}
	for _, e := range []struct {
		kind           aws.ResourceType
		path, name     string
		attached, uses string // as permissions policy, as boundary
	}{
		{aws.GroupResource, "/", "gB", arn, ""},
		{aws.GroupResource, "/team/", "ga", arn, ""},
		{aws.GroupResource, "/", "g-other", other, ""},
		{aws.UserResource, "/", "uC", arn, other},
		{aws.UserResource, "/team/", "ub", "", arn},
		{aws.UserResource, "/", "uA", arn, arn},
		{aws.UserResource, "/", "u-none", "", ""},
		{aws.RoleResource, "/team/x/", "ra", "", arn},
		{aws.RoleResource, "/", "rb", arn, ""},
	} {
		w.entity(account, e.kind, e.path, e.name, e.uses)
		if e.attached != "" {
			check(t, verdict(byKind[e.kind].attach(w.root(account), e.name, e.attached)), "ok")
		}
		if e.attached == arn {
			check(t, verdict(byKind[e.kind].attach(w.root(account), e.name, readOnly)), "ok")
		}
	}
	w.entity(foreign, aws.UserResource, "/", "mallory", arn)
	check(t, verdict(byKind[aws.UserResource].attach(w.root(foreign), "mallory", readOnly)), "ok")
	for _, test := range []struct {
		name string
		in   ListEntitiesForPolicyInput
		want string
	}{
		{"all", ListEntitiesForPolicyInput{}, "ga gB ra rb uA ub uC"},
		{"groups", ListEntitiesForPolicyInput{EntityFilter: "Group"}, "ga gB"},
		{"roles", ListEntitiesForPolicyInput{EntityFilter: "Role"}, "ra rb"},
		{"users", ListEntitiesForPolicyInput{EntityFilter: "User"}, "uA ub uC"},
		{"policies", ListEntitiesForPolicyInput{EntityFilter: "LocalManagedPolicy"}, ""},
		{"AWS's policies", ListEntitiesForPolicyInput{EntityFilter: "AWSManagedPolicy"}, ""},
		{"a path", ListEntitiesForPolicyInput{PathPrefix: "/team/"}, "ga ra ub"},
		{"attached", ListEntitiesForPolicyInput{PolicyUsageFilter: "PermissionsPolicy"}, "ga gB rb uA uC"},
		{"bounded", ListEntitiesForPolicyInput{PolicyUsageFilter: "PermissionsBoundary"}, "ra uA ub"},
		{"bounded users", ListEntitiesForPolicyInput{PolicyUsageFilter: "PermissionsBoundary", EntityFilter: "User"}, "uA ub"},
		{"bounded groups", ListEntitiesForPolicyInput{PolicyUsageFilter: "PermissionsBoundary", EntityFilter: "Group"}, ""},
		{"one of AWS's", ListEntitiesForPolicyInput{PolicyArn: readOnly}, "ga gB rb uA uC"},
		{"one of AWS's that nobody has", ListEntitiesForPolicyInput{PolicyArn: "arn:aws:iam::aws:policy/SecurityAudit"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.in.PolicyArn == "" {
				test.in.PolicyArn = arn
			}
			for _, test.in.MaxItems = range []int32{0, 1, 2, 3, 7, 1000} {
				if got := entityNames(w, test.in); got != test.want {
					t.Errorf("MaxItems %d: %s, want %s", test.in.MaxItems, got, test.want)
				}
			}
		})
	}
}

func TestListEntitiesForPolicyMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	check(t, verdict(w.attachments()[0].attach(w.root(account), "alice", readOnly)), "ok")
	got := must(w.ListEntitiesForPolicy(t.Context(), w.root(account), &ListEntitiesForPolicyInput{PolicyArn: readOnly}))(t)
	want := &ListEntitiesForPolicyOutput{PolicyGroups: []PolicyGroup{}, PolicyUsers: []PolicyUser{{"alice", alice.UserId}}, PolicyRoles: []PolicyRole{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ListEntitiesForPolicy (-want +got):\n%s", diff)
	}
	check(t, answer(w.ListEntitiesForPolicy(t.Context(), w.root(account), &ListEntitiesForPolicyInput{PolicyArn: readOnly, Marker: "12345678user/alice"})),
		"400 ValidationError: Invalid Marker.")
}
