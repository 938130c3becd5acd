package iam

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
)

// details reads all pages, and tells what is on each: u:NAME, g:NAME, r:NAME and p:ARN.
func (w *world) details(maxItems int32, filter ...string) []string {
	w.t.Helper()
	var pages []string
	in := &GetAccountAuthorizationDetailsInput{MaxItems: maxItems, Filter: filter}
	for {
		out := must(w.GetAccountAuthorizationDetails(w.t.Context(), w.root(account), in))(w.t)
		var names []string
		for _, d := range out.UserDetailList {
			names = append(names, "u:"+d.UserName)
		}
		for _, d := range out.GroupDetailList {
			names = append(names, "g:"+d.GroupName)
		}
		for _, d := range out.RoleDetailList {
			names = append(names, "r:"+d.RoleName)
		}
		for _, d := range out.Policies {
			names = append(names, "p:"+d.Arn)
		}
		pages = append(pages, strings.Join(names, " "))
		if out.IsTruncated != (out.Marker != "") || out.UserDetailList == nil || out.GroupDetailList == nil || out.RoleDetailList == nil || out.Policies == nil {
			w.t.Errorf("page %d: %+v", len(pages), out)
		}
		if !out.IsTruncated {
			return pages
		}
		if len(pages) > 100 {
			w.t.Fatal("the pages have no end")
		}
		in.Marker = out.Marker
	}
}

func TestAuthorizationDetailsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"bob", "Alice"} {
		w.user(account, name)
	}
	w.user(foreign, "theirs")
	w.group(account, "g")
	w.group(foreign, "theirs")
	w.role(account, "r1", trustingAWS("*"))
	w.role(account, "r2", trustingAWS("*"))
	w.role(foreign, "theirs", trustingAWS("*"))
	w.policy(account, "/x/", "p")
	w.policy(foreign, "/", "theirs")
	const aws1, aws2 = "arn:aws:iam::aws:policy/AdministratorAccess", readOnly
	must(w.AttachUserPolicy(t.Context(), w.root(account), &AttachUserPolicyInput{UserName: "bob", PolicyArn: aws2}))(t)
	must(w.PutRolePermissionsBoundary(t.Context(), w.root(account), &PutRolePermissionsBoundaryInput{RoleName: "r1", PermissionsBoundary: aws1}))(t)
	own := "p:arn:aws:iam::111111111111:policy/x/p"
	all := []string{"u:Alice", "u:bob", "g:g", "r:r1", "r:r2", own, "p:" + aws1, "p:" + aws2}
	for size := int32(1); size <= 9; size++ {
		var want []string
		for i := 0; i < len(all); i += int(size) {
			want = append(want, strings.Join(all[i:min(i+int(size), len(all))], " "))
		}
		if diff := cmp.Diff(want, w.details(size)); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
	}
	for filter, want := range map[string]string{
		"User": "u:Alice u:bob", "Group": "g:g", "Role": "r:r1 r:r2", "LocalManagedPolicy": own, "AWSManagedPolicy": "p:" + aws1 + " p:" + aws2,
	} {
		if diff := cmp.Diff([]string{want}, w.details(100, filter)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filter, diff)
		}
	}
	if diff := cmp.Diff([]string{"u:Alice u:bob", own}, w.details(2, "LocalManagedPolicy", "User", "User")); diff != "" {
		t.Errorf("two filters (-want +got):\n%s", diff)
	}
	out := must(w.GetAccountAuthorizationDetails(t.Context(), w.root(account), &GetAccountAuthorizationDetailsInput{MaxItems: 1}))(t)
	check(t, answer(w.GetAccountAuthorizationDetails(t.Context(), w.root(account), &GetAccountAuthorizationDetailsInput{
		Marker: out.Marker, Filter: []string{"User"},
	})), "400 ValidationError: Invalid Marker.")
}

// A page of large documents ends early, and nothing is lost by that.
func TestAuthorizationDetailsOfLargeDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	blank := strings.Repeat(" ", 131072-len(allowAll)) // white space does not count, and is three characters each in a reply
	var all []string
	for i := range 25 {
		in := &CreatePolicyInput{PolicyName: fmt.Sprintf("p%02d", i), PolicyDocument: allowAll + blank}
		all = append(all, "p:"+must(w.CreatePolicy(t.Context(), w.root(account), in))(t).Policy.Arn)
	}
	pages := w.details(1000)
	if len(pages) != 3 {
		t.Errorf("%d pages", len(pages))
	}
	if diff := cmp.Diff(strings.Join(all, " "), strings.Join(pages, " ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAuthorizationDetailsOfManagedPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(w.CreatePolicy(t.Context(), w.root(account), &CreatePolicyInput{
		PolicyName: "p", PolicyDocument: allowAll, Description: "about it", Tags: tags("a=1"),
	}))(t)
	const arn = "arn:aws:iam::111111111111:policy/p"
	w.version(arn, true)
	w.entity(account, aws.RoleResource, "/", "r", arn)
	must(w.AttachRolePolicy(t.Context(), w.root(account), &AttachRolePolicyInput{RoleName: "r", PolicyArn: readOnly}))(t)
	out := must(w.GetAccountAuthorizationDetails(t.Context(), w.root(account), &GetAccountAuthorizationDetailsInput{
		Filter: []string{"LocalManagedPolicy", "AWSManagedPolicy"},
	}))(t)
	own := out.Policies[0]
	want := ManagedPolicyDetail{w.getPolicy(arn), []PolicyVersion{
		{encodeDocument(allowAll), "v2", true, start}, {encodeDocument(allowAll), "v1", false, start},
	}}
	want.Tags = nil
	if diff := cmp.Diff(want, own); diff != "" || own.PermissionsBoundaryUsageCount != 1 || own.Description != "about it" {
		t.Errorf("the account's own (-want +got):\n%s", diff)
	}
	theirs := out.Policies[1]
	if theirs.AttachmentCount != 1 || len(theirs.PolicyVersionList) != 1 || !theirs.PolicyVersionList[0].IsDefaultVersion ||
		!strings.HasPrefix(theirs.PolicyVersionList[0].Document, "%7B") || theirs.Description == "" {
		t.Errorf("AWS's: %+v", theirs)
	}
}
