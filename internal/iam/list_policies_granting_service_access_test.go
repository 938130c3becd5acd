package iam

import (
	"fmt"
	"strings"
	"testing"
)

func TestPoliciesGrantingServiceAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "alice")
	w.user(foreign, "theirs")
	const s3 = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`
	const deny = `{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
	must(w.PutUserPolicy(t.Context(), w.root(account), &PutUserPolicyInput{UserName: "alice", PolicyName: "own", PolicyDocument: s3}))(t)
	must(w.PutUserPolicy(t.Context(), w.root(account), &PutUserPolicyInput{UserName: "alice", PolicyName: "never", PolicyDocument: deny}))(t)
	w.role(account, "r", trustingAWS("*"))
	must(w.AttachRolePolicy(t.Context(), w.root(account), &AttachRolePolicyInput{RoleName: "r", PolicyArn: readOnly}))(t)
	// The default version is what counts.
	arn := w.policy(account, "/", "p").Arn
	must(w.CreatePolicyVersion(t.Context(), w.root(account), &CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: s3, SetAsDefault: true}))(t)
	must(w.AttachUserPolicy(t.Context(), w.root(account), &AttachUserPolicyInput{UserName: "alice", PolicyArn: arn}))(t)
	list := func(arn string, services ...string) string {
		out, err := w.ListPoliciesGrantingServiceAccess(t.Context(), w.root(account), &ListPoliciesGrantingServiceAccessInput{
			Arn: arn, ServiceNamespaces: services,
		})
		if err != nil {
			return verdict(err)
		}
		var entries []string
		for _, e := range out.PoliciesGrantingServiceAccess {
			entries = append(entries, fmt.Sprint(e))
		}
		return strings.Join(entries, " ")
	}
	const own = "arn:aws:iam::111111111111:"
	for _, test := range []struct{ got, want string }{
		{list(own+"user/alice", "s3", "iam", "s3"), "{s3 [{own INLINE  USER alice} {p MANAGED " + arn + "  }]} {iam []} " +
			"{s3 [{own INLINE  USER alice} {p MANAGED " + arn + "  }]}"},
		{list(own+"role/r", "iam"), "{iam [{ReadOnlyAccess MANAGED " + readOnly + "  }]}"},
		{list(own+"user/ALICE", "s3"), "404 NoSuchEntity: The user with name ALICE cannot be found."},
		{list("arn:aws:iam::222222222222:user/theirs", "s3"), "404 NoSuchEntity: The user with name theirs cannot be found."},
		{list(own+"root", "s3"), "400 InvalidInput: Invalid Entity Arn: arn:aws:iam::111111111111:root does not clearly define entity type and name."},
	} {
		check(t, test.got, test.want)
	}
}

func TestPoliciesGrantingServiceAccessPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "alice")
	in := &ListPoliciesGrantingServiceAccessInput{Arn: "arn:aws:iam::111111111111:user/alice"}
	for i := range 200 {
		in.ServiceNamespaces = append(in.ServiceNamespaces, fmt.Sprintf("s%d", 199-i))
	}
	var got []string
	for pages := 1; ; pages++ {
		out := must(w.ListPoliciesGrantingServiceAccess(t.Context(), w.root(account), in))(t)
		for _, e := range out.PoliciesGrantingServiceAccess {
			got = append(got, e.ServiceNamespace)
		}
		if in.Marker = out.Marker; !out.IsTruncated {
			if pages != 2 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	check(t, strings.Join(got, " "), strings.Join(in.ServiceNamespaces, " "))
	in.Marker = "012345678x"
	check(t, answer(w.ListPoliciesGrantingServiceAccess(t.Context(), w.root(account), in)), "400 ValidationError: Invalid Marker.")
}
