package iam

import (
	"slices"
	"strings"
	"testing"
)

func TestGetContextKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AWSMessagesOnly = true
	w.policyWorld()
	ctx, root := t.Context(), w.root(account)
	const (
		one = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}/${*}",
			"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringLike": {"AWS:UserName": "*"}}}}`
		two = `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"aws:multifactorauthpresent": "true", "s3:prefix": "true"}}}}`
	)
	keys := func(documents ...string) string {
		out := must(w.GetContextKeysForCustomPolicy(ctx, root, &GetContextKeysForCustomPolicyInput{documents}))(t)
		if out.ContextKeyNames == nil {
			t.Error("an empty list is left out")
		}
		return strings.Join(out.ContextKeyNames, " ")
	}
	for _, test := range []struct{ got, want string }{
		{keys(), ""},
		{keys(allowGet), ""},
		{keys(one), "aws:username aws:MultiFactorAuthPresent"},
		{keys(two, one), "aws:multifactorauthpresent s3:prefix aws:username"},
	} {
		check(t, test.got, test.want)
	}
	check(t, answer(w.GetContextKeysForCustomPolicy(ctx, root, &GetContextKeysForCustomPolicyInput{[]string{"[]"}})),
		"400 InvalidInput: Syntax errors in policy.")
	check(t, answer(w.GetContextKeysForCustomPolicy(ctx, root, &GetContextKeysForCustomPolicyInput{slices.Repeat([]string{strings.Repeat(" ", 131_072)}, 9)})),
		"400 InvalidInput: The policies of one request must have no more than 1048576 bytes together.")

	must(w.PutUserPolicy(ctx, root, &PutUserPolicyInput{UserName: "alice", PolicyName: "one", PolicyDocument: one}))(t)
	must(w.PutGroupPolicy(ctx, root, &PutGroupPolicyInput{GroupName: "readers", PolicyName: "two", PolicyDocument: two}))(t)
	bound := must(w.CreatePolicy(ctx, root, &CreatePolicyInput{PolicyName: "keyed", PolicyDocument: strings.ReplaceAll(one, "aws:username", "aws:userid")}))(t)
	must(w.PutUserPermissionsBoundary(ctx, root, &PutUserPermissionsBoundaryInput{UserName: "alice", PermissionsBoundary: bound.Policy.Arn}))(t)
	for arn, want := range map[string]string{
		"user/team/alice": "aws:username aws:MultiFactorAuthPresent s3:prefix aws:userid aws:SourceIp",
		"group/readers":   "aws:multifactorauthpresent s3:prefix aws:SourceIp",
		"role/app":        "aws:SourceIp",
	} {
		added := strings.Replace(two, `"aws:multifactorauthpresent": "true", "s3:prefix"`, `"aws:SourceIp"`, 1)
		out := must(w.GetContextKeysForPrincipalPolicy(ctx, root, &GetContextKeysForPrincipalPolicyInput{"arn:aws:iam::111111111111:" + arn, []string{added}}))(t)
		check(t, strings.Join(out.ContextKeyNames, " "), want)
	}
}
