package iam

import (
	"testing"

	"github.com/daypass/daypass/policy"
)

func parsed(t *testing.T, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse(policy.InlinePolicy, text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCheckPermissions(t *testing.T) {
	t.Parallel()
	const (
		all         = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
		gets        = `{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}}`
		getObject   = `{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}}`
		notGets     = `{"Statement":{"Effect":"Allow","NotAction":"s3:Get*","Resource":"*"}}`
		conditional = `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}`
		denyKey     = `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}]}`
		denyOther   = `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}`
		onlyDenies  = `{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`
	)
	for _, test := range []struct {
		name, granted, boundary, asked string
		want                           string
	}{
		{"the same", gets, "", gets, checkAllowed},
		{"less", gets, "", getObject, checkAllowed},
		{"more", getObject, "", gets, checkDenied},
		{"all", all, "", all, checkAllowed},
		{"all of some", gets, "", all, checkDenied},
		{"not within the boundary", all, getObject, gets, checkDenied},
		{"within both", all, gets, getObject, checkAllowed},
		{"with a condition", conditional, "", gets, checkUnsure},
		{"all but some", all, "", notGets, checkUnsure},
		{"a Deny in the way", denyKey, "", getObject, checkDenied},
		{"a Deny that a pattern may meet", denyKey, "", gets, checkUnsure},
		{"a Deny elsewhere", denyOther, "", getObject, checkAllowed},
		{"nothing but Deny is asked for", getObject, "", onlyDenies, checkAllowed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			granted := policy.Policies{Identity: []policy.Source{{ID: "p", Policy: parsed(t, test.granted)}}}
			if test.boundary != "" {
				granted.Boundary = &policy.Source{ID: "b", Policy: parsed(t, test.boundary)}
			}
			principal := policy.Principal{Type: policy.User, Account: account, ARN: "arn:aws:iam::" + account + ":user/alice"}
			check(t, checkPermissions(&granted, principal, parsed(t, test.asked)), test.want)
		})
	}
}

// A session whose policy can't be read has no permission.
func TestCheckPermissionsOfUnreadable(t *testing.T) {
	t.Parallel()
	all := parsed(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	granted := policy.Policies{Identity: []policy.Source{{Policy: all}}, Session: []policy.Source{{}}, HasSession: true}
	check(t, checkPermissions(&granted, policy.Principal{Type: policy.User, Account: account}, all), checkDenied)
}
