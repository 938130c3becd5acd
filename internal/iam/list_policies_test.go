package iam

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
)

// policyNames is what ListPolicies answers on as many pages as it takes. AWS's policies have a star.
func policyNames(w *world, in *ListPoliciesInput) string {
	w.t.Helper()
	var names []string
	request := *in
	for {
		out := must(w.ListPolicies(w.t.Context(), w.root(account), &request))(w.t)
		if request.MaxItems != 0 && (len(out.Policies) > int(request.MaxItems) || out.IsTruncated && len(out.Policies) < int(request.MaxItems)) {
			w.t.Errorf("%d policies on a page of %d, truncated: %v", len(out.Policies), request.MaxItems, out.IsTruncated)
		}
		for _, p := range out.Policies {
			if strings.HasPrefix(p.Arn, "arn:aws:iam::aws:") {
				p.PolicyName += "*"
			}
			names = append(names, p.PolicyName)
		}
		if !out.IsTruncated {
			return strings.Join(names, " ")
		}
		request.Marker = out.Marker
	}
}

func TestListPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(foreign, "", "theirs")
	attached := w.policy(account, "/team/", "Beta").Arn
	boundary := w.policy(account, "", "boundary").Arn
	w.policy(account, "/team/b/", "zeta")
	w.policy(account, "", "READONLYACCESS")
	w.policy(account, "", "alpha")
	w.entity(account, aws.UserResource, "/", "alice", boundary)
	w.entity(account, aws.GroupResource, "/", "admins", "")
	for _, a := range w.attachments()[:2] {
		name := map[aws.ResourceType]string{aws.UserResource: "alice", aws.GroupResource: "admins"}[a.kind]
		check(t, verdict(a.attach(w.root(account), name, attached)), "ok")
		check(t, verdict(a.attach(w.root(account), name, readOnly)), "ok")
	}
	const local = "alpha Beta boundary READONLYACCESS zeta"
	const fromAWS = "AdministratorAccess* AmazonS3FullAccess* AmazonS3ReadOnlyAccess* IAMFullAccess* IAMUserChangePassword* PowerUserAccess* ReadOnlyAccess* SecurityAudit*"
	const both = "AdministratorAccess* alpha AmazonS3FullAccess* AmazonS3ReadOnlyAccess* Beta boundary IAMFullAccess* IAMUserChangePassword* " +
		"PowerUserAccess* READONLYACCESS ReadOnlyAccess* SecurityAudit* zeta"
	for _, test := range []struct {
		name string
		in   ListPoliciesInput
		want string
	}{
		{"all", ListPoliciesInput{}, both},
		{"scope All", ListPoliciesInput{Scope: "All"}, both},
		{"scope Local", ListPoliciesInput{Scope: "Local"}, local},
		{"scope AWS", ListPoliciesInput{Scope: "AWS"}, fromAWS},
		{"a path", ListPoliciesInput{PathPrefix: "/team/"}, "Beta zeta"},
		{"a longer path", ListPoliciesInput{PathPrefix: "/team/b/"}, "zeta"},
		{"a path in another case", ListPoliciesInput{PathPrefix: "/Team/"}, ""},
		{"only attached", ListPoliciesInput{OnlyAttached: true}, "Beta ReadOnlyAccess*"},
		{"only attached, own", ListPoliciesInput{OnlyAttached: true, Scope: "Local"}, "Beta"},
		{"only attached, AWS's", ListPoliciesInput{OnlyAttached: true, Scope: "AWS"}, "ReadOnlyAccess*"},
		{"permissions policies", ListPoliciesInput{PolicyUsageFilter: "PermissionsPolicy"}, "Beta ReadOnlyAccess*"},
		{"boundaries", ListPoliciesInput{PolicyUsageFilter: "PermissionsBoundary"}, "boundary"},
		{"only attached as boundaries", ListPoliciesInput{PolicyUsageFilter: "PermissionsBoundary", OnlyAttached: true}, "boundary"},
		{"boundaries below a path", ListPoliciesInput{PolicyUsageFilter: "PermissionsBoundary", PathPrefix: "/team/"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, test.in.MaxItems = range []int32{0, 1, 2, 3, 5, 13, 1000} {
				if got := policyNames(w, &test.in); got != test.want {
					t.Errorf("MaxItems %d: %s\nwant %s", test.in.MaxItems, got, test.want)
				}
			}
		})
	}
}

func TestListPoliciesMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	created := must(w.CreatePolicy(t.Context(), w.root(account), &CreatePolicyInput{
		PolicyName: "p", Path: "/x/", PolicyDocument: allowAll, Description: "d", Tags: tags("a=1"),
	}))(t).Policy
	w.version(created.Arn, true)
	w.entity(account, aws.UserResource, "/", "alice", created.Arn)
	check(t, verdict(w.attachments()[0].attach(w.root(account), "alice", created.Arn)), "ok")
	got := must(w.ListPolicies(t.Context(), w.root(account), &ListPoliciesInput{Scope: "Local"}))(t)
	want := created
	want.DefaultVersionId, want.AttachmentCount, want.PermissionsBoundaryUsageCount, want.Tags = "v2", 1, 1, nil
	if diff := cmp.Diff(&ListPoliciesOutput{Policies: []Policy{want}}, got); diff != "" {
		t.Errorf("ListPolicies (-want +got):\n%s", diff)
	}
	none := must(w.ListPolicies(t.Context(), w.root(foreign), &ListPoliciesInput{Scope: "Local"}))(t)
	if diff := cmp.Diff(&ListPoliciesOutput{Policies: []Policy{}}, none); diff != "" {
		t.Errorf("no policies (-want +got):\n%s", diff)
	}
	for _, p := range must(w.ListPolicies(t.Context(), w.root(account), &ListPoliciesInput{Scope: "AWS"}))(t).Policies {
		if known, _ := awspolicy.ByARN(p.Arn); p.PolicyId != known.ID || p.Description != "" || p.Tags != nil || p.AttachmentCount != 0 {
			t.Errorf("one of AWS's: %+v", p)
		}
	}
}

func TestListPoliciesMarkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := must(w.ListPolicies(t.Context(), w.root(account), &ListPoliciesInput{MaxItems: 1}))(t)
	for _, test := range []struct {
		name      string
		accountID string
		in        ListPoliciesInput
		want      string
	}{
		{"the same list", account, ListPoliciesInput{Scope: "All", PathPrefix: "/", MaxItems: 7}, "ok"},
		{"another account", foreign, ListPoliciesInput{}, "400 ValidationError: Invalid Marker."},
		{"another scope", account, ListPoliciesInput{Scope: "AWS"}, "400 ValidationError: Invalid Marker."},
		{"another path", account, ListPoliciesInput{PathPrefix: "/a/"}, "400 ValidationError: Invalid Marker."},
		{"attached ones", account, ListPoliciesInput{OnlyAttached: true}, "400 ValidationError: Invalid Marker."},
		{"boundaries", account, ListPoliciesInput{PolicyUsageFilter: "PermissionsBoundary"}, "400 ValidationError: Invalid Marker."},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.in.Marker = first.Marker
			check(t, answer(w.ListPolicies(t.Context(), w.root(test.accountID), &test.in)), test.want)
		})
	}
}

// TestListAttachedAmongMany finds the one policy that is attached behind more than the database gives at once.
func TestListAttachedAmongMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for i := range 1001 {
			name := fmt.Sprintf("p%04d", i)
			if err := tx.InsertPolicy(ctx, store.InsertPolicyParams{PolicyID: name, AccountID: account, Path: "/", PolicyName: name, NameKey: name}); err != nil {
				return err
			}
		}
		return tx.AttachPolicy(ctx, store.AttachPolicyParams{
			EntityID: "AIDAALICE", PolicyARN: "arn:aws:iam::111111111111:policy/p1000", AccountID: account,
		})
	})
	for _, maxItems := range []int32{0, 1, 1000} {
		check(t, policyNames(w, &ListPoliciesInput{OnlyAttached: true, MaxItems: maxItems}), "p1000")
	}
	if all := strings.Fields(policyNames(w, &ListPoliciesInput{Scope: "Local", MaxItems: 1000})); len(all) != 1001 {
		t.Errorf("%d policies", len(all))
	}
	if out := must(w.ListPolicies(t.Context(), w.root(account), &ListPoliciesInput{}))(t); len(out.Policies) != 100 || !out.IsTruncated {
		t.Errorf("by default: %d policies, truncated %v", len(out.Policies), out.IsTruncated)
	}
}
