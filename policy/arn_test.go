package policy

import (
	"errors"
	"testing"
)

func TestResource(t *testing.T) {
	t.Parallel()
	c := Context{"aws:username": {"alice"}, "colon": {"a:b"}, "star": {"*"}}
	for _, test := range []struct {
		name              string
		pattern, resource string
		want              bool
	}{
		{"everything", "*", "arn:aws:s3:::bucket", true},
		{"everything, and an action without a resource", "*", "*", true},
		{"everything, and what is no ARN", "*", "bucket", true},
		{"an ARN, and an action without a resource", "arn:aws:s3:::*", "*", false},
		{"stars alone are no ARN's star", "arn:*:s3:*:*:*", "*", false},
		{"equal", "arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/key", true},
		{"case-sensitive", "arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/Key", false},
		{"another service", "arn:aws:s3:::x", "arn:aws:sqs:::x", false},
		{"star", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/key", true},
		{"star crosses slashes", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b/c", true},
		{"star may be nothing", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/", true},
		{"star needs what is before it", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket", false},
		{"question mark", "arn:aws:s3:::bucket-?/k?y", "arn:aws:s3:::bucket-1/kéy", true},
		{"account", "arn:aws:iam::*:user/alice", "arn:aws:iam::123456789012:user/alice", true},
		{"account in part", "arn:aws:iam::1234*:user/alice", "arn:aws:iam::123456789012:user/alice", true},
		{"region and account", "arn:aws:dynamodb:eu-*:*:table/t", "arn:aws:dynamodb:eu-west-1:123456789012:table/t", true},
		{"another region", "arn:aws:dynamodb:eu-*:*:table/t", "arn:aws:dynamodb:us-east-1:123456789012:table/t", false},
		{"partition", "arn:aws*:s3:::b", "arn:aws-cn:s3:::b", true},
		{"no star takes a colon", "arn:aws:sns:*:111122223333:finance/*", "arn:aws:sns:us-east-2:999999999999:store/abc:111122223333:finance/x", false},
		{"nor is one star two fields", "arn:aws:s3:*:bucket", "arn:aws:s3:::bucket", false},
		{"colons of the resource are its own", "arn:aws:logs:*:*:log-group:*:stream", "arn:aws:logs:eu-west-1:123456789012:log-group:a:b:stream", true},
		{"a star at the end takes them", "arn:aws:logs:*:*:*", "arn:aws:logs:eu-west-1:123456789012:log-group:a", true},
		{"missing fields are stars", "arn:aws:sqs", "arn:aws:sqs:eu-west-1:123456789012:queue", true},
		{"missing fields, another service", "arn:aws:sqs", "arn:aws:sns:eu-west-1:123456789012:topic", false},
		{"an ARN that is too short", "arn:aws:s3:::*", "arn:aws:s3::", false},
		{"an ARN that is too short, stars", "arn:aws:s3:*:*:*", "arn:aws:s3::", false},
		{"variable", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::123456789012:user/alice", true},
		{"variable, someone else", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::123456789012:user/bob", false},
		{"variable without a value", "arn:aws:iam::*:user/${aws:userid}", "arn:aws:iam::123456789012:user/", false},
		{"default", "arn:aws:iam::*:user/${aws:userid, 'nobody'}", "arn:aws:iam::123456789012:user/nobody", true},
		{"a colon in a value is text", "arn:aws:sqs:::${colon}", "arn:aws:sqs:::a:b", true},
		{"a star in a value is text", "arn:aws:sqs:::${star}", "arn:aws:sqs:::anything", false},
		{"a star that is text", "arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false},
		{"before the fifth colon, a variable is text", "arn:aws:sqs:${star}::q", "arn:aws:sqs:*::q", false},
	} {
		p, err := compileResource(test.pattern, true)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		a := cutParts(test.resource)
		if got := p.match(test.resource, &a, where(c)); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}

func TestResourceRefusals(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]error{
		"":                        errARNParts,
		"bucket":                  errARNParts,
		"**":                      errARNParts,
		"arn:aws":                 errARNParts,
		"arn:aws:*":               errService,
		"arn:aws:s?:::b":          errService,
		"arn:aws:s3:::b/${":       errVariableOpen,
		"arn:aws:s3:::b/${*x}":    errVariableName,
		"arn:aws:s3:::b/${x, 'y}": errVariableDefault,
	} {
		if _, err := compileResource(pattern, true); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", pattern, err, want)
		}
	}
	if _, err := compileResource("arn:aws:s3:::b/${", false); err != nil {
		t.Errorf("in 2008, ${ is text: %v", err)
	}
}

func TestARNOperator(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::123456789012:role/team/ops"
	c := Context{"role": {role}, "account": {"123456789012"}, "inject": {"123456789012:role/team/ops"}, "part": {"aws:iam"}, "name": {"ops"}}
	for _, test := range []struct {
		name, pattern, arn string
		want               bool
	}{
		{"equal", role, role, true},
		{"case-sensitive", role, "arn:aws:iam::123456789012:role/team/Ops", false},
		{"star", "arn:aws:iam::*:role/*", role, true},
		{"star in the service", "arn:*:*:*:*:role/*", role, true},
		{"question marks", "arn:aws:i?m::123456789???:role/*", role, true},
		{"AWS's example", "arn:aws:sns:*:111122223333:finance/*", "arn:aws:sns:us-east-2:999999999999:store/abc:111122223333:finance/x", false},
		{"everything", "*", role, true},
		{"everything, and what is no ARN", "*", "ops", true},
		{"what is no ARN", "arn:*:*:*:*:*", "ops", false},
		{"a whole ARN", "${role}", role, true},
		{"a whole ARN, another", "${role}", "arn:aws:iam::123456789012:role/ops", false},
		{"a whole ARN, none", "${nobody}", role, false},
		{"a whole ARN, by default", "${nobody, '" + role + "'}", role, true},
		{"a value that is no ARN", "${name}", "ops", false},
		{"a part", "arn:aws:iam::${account}:role/*", role, true},
		{"a value stays in its part", "arn:aws:iam::${inject}:*", role + ":x", false},
		{"and moves none of the others", "arn:${part}:*:*:*:*", role, false},
	} {
		p, err := compileARN(test.pattern, true)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		a := cutParts(test.arn)
		if got := p.match(test.arn, &a, where(c)); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}

func TestARNOperatorRefusals(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{
		"", "ops", "**", "arn:aws:iam::*", "arn:aws:iam::${inject}", "a:${role}", "*${role}", "${role}*", "${*}",
		"arn:aws:s3:::${", "${a:b:c:d:e:f",
	} {
		if _, err := compileARN(pattern, true); err == nil {
			t.Errorf("%q is taken", pattern)
		}
	}
	if _, err := compileARN("${role}", false); err == nil {
		t.Error("in 2008, ${role} is text and no ARN")
	}
}
