package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatements(t *testing.T) {
	t.Parallel()
	const key = "arn:aws:s3:::bucket/home/alice/key"
	for _, test := range []struct {
		name      string
		statement string // without its effect
		action    string
		resource  string
		want      bool // it speaks of the request
	}{
		{"action", `"Action":"s3:GetObject","Resource":"*"`, "s3:GetObject", key, true},
		{"action in another case", `"Action":"S3:getobject","Resource":"*"`, "s3:GetObject", key, true},
		{"request in another case", `"Action":"s3:GetObject","Resource":"*"`, "S3:GETOBJECT", key, true},
		{"other action", `"Action":"s3:GetObject","Resource":"*"`, "s3:GetObjectAcl", key, false},
		{"one of several", `"Action":["s3:PutObject","s3:Get*"],"Resource":"*"`, "s3:GetObject", key, true},
		{"none of several", `"Action":["s3:PutObject","s3:List*"],"Resource":"*"`, "s3:GetObject", key, false},
		{"every action", `"Action":"*","Resource":"*"`, "s3:GetObject", key, true},
		{"every action of the service", `"Action":"s3:*","Resource":"*"`, "s3:GetObject", key, true},
		{"every action of another", `"Action":"sqs:*","Resource":"*"`, "s3:GetObject", key, false},
		{"star inside", `"Action":"s3:*Object","Resource":"*"`, "s3:GetObject", key, true},
		{"question mark", `"Action":"s3:?etObject","Resource":"*"`, "s3:GetObject", key, true},
		{"question mark is not nothing", `"Action":"s3:GetObject?","Resource":"*"`, "s3:GetObject", key, false},
		{"a variable is no part of an action", `"Action":"s3:${action}","Resource":"*"`, "s3:GetObject", key, false},
		{"NotAction", `"NotAction":"s3:GetObject","Resource":"*"`, "s3:GetObject", key, false},
		{"NotAction, another", `"NotAction":"s3:GetObject","Resource":"*"`, "iam:GetUser", key, true},
		{"NotAction, several", `"NotAction":["iam:*","s3:Get*"],"Resource":"*"`, "s3:GetObject", key, false},
		{"NotAction in another case", `"NotAction":"S3:GETOBJECT","Resource":"*"`, "s3:GetObject", key, false},

		{"resource", `"Action":"*","Resource":"arn:aws:s3:::bucket/home/alice/*"`, "s3:GetObject", key, true},
		{"one of several resources", `"Action":"*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]`, "s3:GetObject", key, true},
		{"other resource", `"Action":"*","Resource":"arn:aws:s3:::bucket"`, "s3:GetObject", key, false},
		{"no resource", `"Action":"*","Resource":"arn:aws:s3:::*"`, "s3:ListAllMyBuckets", "*", false},
		{"no resource, and *", `"Action":"*","Resource":"*"`, "s3:ListAllMyBuckets", "*", true},
		{"variable", `"Action":"*","Resource":"arn:aws:s3:::bucket/home/${aws:username}/*"`, "s3:GetObject", key, true},
		{"variable without a value", `"Action":"*","Resource":"arn:aws:s3:::bucket/home/${aws:userid}/*"`, "s3:GetObject", key, false},
		{"NotResource", `"Action":"*","NotResource":"arn:aws:s3:::bucket/*"`, "s3:GetObject", key, false},
		{"NotResource, another", `"Action":"*","NotResource":"arn:aws:s3:::other/*"`, "s3:GetObject", key, true},
		{"NotResource, several", `"Action":"*","NotResource":["arn:aws:s3:::other/*","arn:aws:s3:::bucket/*"]`, "s3:GetObject", key, false},
		{"NotResource *", `"Action":"*","NotResource":"*"`, "s3:GetObject", key, false},
		{"NotResource, and no resource", `"Action":"*","NotResource":"arn:aws:s3:::*"`, "s3:ListAllMyBuckets", "*", true},
		{"NotResource, variable without a value", `"Action":"*","NotResource":"arn:aws:s3:::bucket/home/${aws:userid}/*"`, "s3:GetObject", key, true},
		{"NotAction and NotResource", `"NotAction":"iam:*","NotResource":"arn:aws:s3:::other/*"`, "s3:GetObject", key, true},

		{"no condition", `"Action":"*","Resource":"*","Condition":{}`, "s3:GetObject", key, true},
		{"operator without a key", `"Action":"*","Resource":"*","Condition":{"StringEquals":{}}`, "s3:GetObject", key, true},
		{"unknown operator without a key", `"Action":"*","Resource":"*","Condition":{"a":{}}`, "s3:GetObject", key, true},
		{"key without a value", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":[]}}`, "s3:GetObject", key, false},
		{"negated, key without a value", `"Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:username":[]}}`, "s3:GetObject", key, true},
		{"key in another case", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"AWS:UserName":"alice"}}`, "s3:GetObject", key, true},
		{"tag in another case", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/TEAM":"red"}}`, "s3:GetObject", key, true},
		{"both keys", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice","aws:PrincipalTag/team":"red"}}`, "s3:GetObject", key, true},
		{"one key of two", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice","aws:PrincipalTag/team":"blue"}}`, "s3:GetObject", key, false},
		{"one operator of two", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice"},"StringLike":{"aws:PrincipalTag/team":"b*"}}`, "s3:GetObject", key, false},
		{"a key against another", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}`, "s3:GetObject", key, true},
		{"a number that is no string", `"Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":10}}`, "s3:GetObject", key, true},
		{"a word that is no string", `"Action":"*","Resource":"*","Condition":{"Null":{"aws:userid":true}}`, "s3:GetObject", key, true},
	} {
		c := Context{"aws:principaltag/team": {"red"}, "aws:resourcetag/team": {"red"}, "s3:max-keys": {"9"}}
		r := request(alice, test.action, test.resource).with(c)
		for effect, want := range map[string]Outcome{"Allow": Allowed, "Deny": ExplicitDeny} {
			if !test.want {
				want = ImplicitDeny
			}
			p := &Policies{Identity: sources(t, InlinePolicy, `{"Effect":"`+effect+`",`+test.statement+`}`)}
			if got := Evaluate(p, r); got.Outcome != want {
				t.Errorf("%s, %s: got %d, want %d", test.name, effect, got.Outcome, want)
			}
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	const statement = `"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/${aws:username}/*"}}`
	for _, test := range []struct {
		name, document, resource string
		want                     Outcome
	}{
		{"2012", `{"Version":"2012-10-17",` + statement, "arn:aws:s3:::bucket/alice/key", Allowed},
		{"2012, the text", `{"Version":"2012-10-17",` + statement, "arn:aws:s3:::bucket/${aws:username}/key", ImplicitDeny},
		{"2008", `{"Version":"2008-10-17",` + statement, "arn:aws:s3:::bucket/alice/key", ImplicitDeny},
		{"2008, the text", `{"Version":"2008-10-17",` + statement, "arn:aws:s3:::bucket/${aws:username}/key", Allowed},
		{"none", `{` + statement, "arn:aws:s3:::bucket/alice/key", ImplicitDeny},
		{"none, the text", `{` + statement, "arn:aws:s3:::bucket/${aws:username}/key", Allowed},
	} {
		p, err := Parse(InlinePolicy, test.document)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := Evaluate(&Policies{Identity: []Source{{Policy: p}}}, request(alice, "s3:GetObject", test.resource))
		if got.Outcome != test.want {
			t.Errorf("%s: got %d", test.name, got.Outcome)
		}
	}
}

// What Evaluate could not decide by is refused, with a place.
func TestCompileRefusals(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"resource":  `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/${aws:username"}`,
		"default":   `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/${aws:username, nobody}"}`,
		"condition": `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"a":"${"}}}`,
	} {
		_, err := Parse(ManagedPolicy, document(statement))
		bad, ok := err.(*Error)
		if !ok || bad.Message != textSyntax || bad.Detail == "" || bad.Position.Line != 1 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// forceMFA is "AWS: Allows MFA-authenticated IAM users to manage their own MFA device", as published.
const forceMFA = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AllowListActions",
            "Effect": "Allow",
            "Action": ["iam:ListUsers", "iam:ListVirtualMFADevices"],
            "Resource": "*"
        },
        {
            "Sid": "AllowUserToCreateVirtualMFADevice",
            "Effect": "Allow",
            "Action": ["iam:CreateVirtualMFADevice"],
            "Resource": "arn:aws:iam::*:mfa/*"
        },
        {
            "Sid": "AllowUserToManageTheirOwnMFA",
            "Effect": "Allow",
            "Action": ["iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"],
            "Resource": "arn:aws:iam::*:user/${aws:username}"
        },
        {
            "Sid": "AllowUserToDeactivateTheirOwnMFAOnlyWhenUsingMFA",
            "Effect": "Allow",
            "Action": ["iam:DeactivateMFADevice"],
            "Resource": ["arn:aws:iam::*:user/${aws:username}"],
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        },
        {
            "Sid": "BlockMostAccessUnlessSignedInWithMFA",
            "Effect": "Deny",
            "NotAction": [
                "iam:CreateVirtualMFADevice",
                "iam:EnableMFADevice",
                "iam:ListMFADevices",
                "iam:ListUsers",
                "iam:ListVirtualMFADevices",
                "iam:ResyncMFADevice"
            ],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
        }
    ]
}`

func TestForceMFA(t *testing.T) {
	t.Parallel()
	published, err := Parse(ManagedPolicy, forceMFA)
	if err != nil {
		t.Fatal(err)
	}
	everything := source(t, ManagedPolicy, `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	p := &Policies{Identity: []Source{{ID: "ForceMFA", Policy: published}, everything}}

	carol := Principal{Type: User, Account: ours, ARN: "arn:aws:iam::" + ours + ":user/carol"}
	plain := request(carol, "", "")
	callers := map[string]*Request{
		"long-term key":       plain,
		"session without MFA": plain.with(Context{"aws:multifactorauthpresent": {"false"}, "aws:tokenissuetime": {"2026-11-22T10:00:00Z"}}),
		"session with MFA":    plain.with(Context{"aws:multifactorauthpresent": {"true"}, "aws:tokenissuetime": {"2026-11-22T10:00:00Z"}}),
		"role session":        request(ops, "", "").with(Context{"aws:multifactorauthpresent": {"false"}}),
	}
	for _, test := range []struct {
		action, resource string
		withMFA, without Outcome
	}{
		{"iam:CreateUser", "arn:aws:iam::" + ours + ":user/dave", Allowed, ExplicitDeny},
		{"s3:GetObject", object, Allowed, ExplicitDeny},
		{"iam:DeactivateMFADevice", carol.ARN, Allowed, ExplicitDeny},
		{"iam:ListUsers", "*", Allowed, Allowed},
		{"iam:CreateVirtualMFADevice", "arn:aws:iam::" + ours + ":mfa/phone", Allowed, Allowed},
		{"iam:EnableMFADevice", carol.ARN, Allowed, Allowed},
	} {
		for name, caller := range callers {
			want := test.without
			if name == "session with MFA" {
				want = test.withMFA
			}
			got := Evaluate(p, caller.about(test.action, test.resource))
			if got.Outcome != want {
				t.Errorf("%s, %s: got %d, want %d", test.action, name, got.Outcome, want)
			}
			if want == ExplicitDeny && (got.Source.ID != "ForceMFA" || got.Statement.Sid != "BlockMostAccessUnlessSignedInWithMFA") {
				t.Errorf("%s, %s: denied by %+v", test.action, name, got)
			}
		}
	}
	own := &Policies{Identity: []Source{{Policy: published}}}
	for resource, want := range map[string]Outcome{carol.ARN: Allowed, "arn:aws:iam::" + ours + ":user/dave": ImplicitDeny} {
		if got := Evaluate(own, plain.about("iam:EnableMFADevice", resource)); got.Outcome != want {
			t.Errorf("EnableMFADevice of %s: got %d", resource, got.Outcome)
		}
	}
}

// TestPublishedPolicies are examples of AWS's user guide.
func TestPublishedPolicies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		statement string
		allowed   []*Request
		refused   []*Request
	}{
		"a home directory in S3": {
			`{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket",
				"Condition":{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}}},
			{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::bucket/home/${aws:username}","arn:aws:s3:::bucket/home/${aws:username}/*"]}`,
			[]*Request{
				request(alice, "s3:ListBucket", "arn:aws:s3:::bucket").with(Context{"s3:prefix": {""}}),
				request(alice, "s3:ListBucket", "arn:aws:s3:::bucket").with(Context{"s3:prefix": {"home/alice/a"}}),
				request(alice, "s3:PutObject", "arn:aws:s3:::bucket/home/alice/a/b"),
			},
			[]*Request{
				request(alice, "s3:ListBucket", "arn:aws:s3:::bucket"),
				request(alice, "s3:ListBucket", "arn:aws:s3:::bucket").with(Context{"s3:prefix": {"home/bob/"}}),
				request(alice, "s3:PutObject", "arn:aws:s3:::bucket/home/alice2/a"),
				request(ops, "s3:PutObject", "arn:aws:s3:::bucket/home//a"),
			},
		},
		"dates": {
			`{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-04-01T00:00:00Z"},
				"DateLessThan":{"aws:CurrentTime":"2020-06-30T23:59:59Z"}}}`,
			[]*Request{request(alice, "s3:GetObject", object).with(Context{"aws:currenttime": {"2020-05-01T00:00:00Z"}})},
			[]*Request{
				request(alice, "s3:GetObject", object).with(Context{"aws:currenttime": {"2020-07-01T00:00:00Z"}}),
				request(alice, "s3:GetObject", object),
			},
		},
		"all but some regions": {
			`{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1"]}}}`,
			[]*Request{
				request(alice, "ec2:RunInstances", "*").with(Context{"aws:requestedregion": {"eu-west-1"}}),
				request(alice, "iam:GetUser", "*").with(Context{"aws:requestedregion": {"us-east-1"}}),
			},
			[]*Request{
				request(alice, "ec2:RunInstances", "*").with(Context{"aws:requestedregion": {"us-east-1"}}),
				request(alice, "ec2:RunInstances", "*"),
			},
		},
		"only from some networks": {
			`{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}}`,
			[]*Request{
				request(alice, "s3:GetObject", object).with(Context{"aws:sourceip": {"192.0.2.9"}, "aws:viaawsservice": {"false"}}),
				request(alice, "s3:GetObject", object).with(Context{"aws:sourceip": {"198.51.100.1"}, "aws:viaawsservice": {"true"}}),
			},
			[]*Request{
				request(alice, "s3:GetObject", object).with(Context{"aws:sourceip": {"198.51.100.1"}, "aws:viaawsservice": {"false"}}),
				request(alice, "s3:GetObject", object).with(Context{"aws:sourceip": {"unknown"}, "aws:viaawsservice": {"false"}}),
			},
		},
		"tags that are named": {
			`{"Effect":"Allow","Action":["iam:TagUser"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/CostCenter":["A-123","B-456"]},
				"ForAllValues:StringEquals":{"aws:TagKeys":"CostCenter"}}}`,
			[]*Request{request(alice, "iam:TagUser", "*").with(Context{"aws:requesttag/costcenter": {"A-123"}, "aws:tagkeys": {"CostCenter"}})},
			[]*Request{
				request(alice, "iam:TagUser", "*").with(Context{"aws:requesttag/costcenter": {"A-124"}, "aws:tagkeys": {"CostCenter"}}),
				request(alice, "iam:TagUser", "*").with(Context{"aws:requesttag/costcenter": {"A-123"}, "aws:tagkeys": {"CostCenter", "Owner"}}),
			},
		},
		"sessions that are not too old": {
			`{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-22T09:00:00Z"}}}`,
			[]*Request{
				request(alice, "s3:GetObject", object).with(Context{"aws:tokenissuetime": {"2026-11-22T09:00:00Z"}}),
				request(alice, "s3:GetObject", object), // a long-term key
			},
			[]*Request{request(alice, "s3:GetObject", object).with(Context{"aws:tokenissuetime": {"2026-11-22T08:59:59Z"}})},
		},
	}
	for name, test := range tests {
		p := &Policies{Identity: sources(t, ManagedPolicy, test.statement)}
		for i, r := range test.allowed {
			if got := Evaluate(p, r); got.Outcome != Allowed {
				t.Errorf("%s, %d: got %+v", name, i, got)
			}
		}
		for i, r := range test.refused {
			if got := Evaluate(p, r); got.Outcome == Allowed {
				t.Errorf("%s, %d is allowed", name, i)
			}
		}
	}
}

// TestElements shows that a statement gives back its elements as they were written.
func TestElements(t *testing.T) {
	t.Parallel()
	p, err := Parse(InlinePolicy, `{"Statement":[
		{"Effect":"Allow","Action":["S3:Get*","s3:List*"],"Resource":"arn:aws:s3:::${aws:username}"},
		{"Effect":"Deny","NotAction":"iam:*","NotResource":["*"],"Condition":{
			"ForAllValues:StringLike":{"aws:TagKeys":["A","b*"]},"Bool":{"aws:SecureTransport":"false"}}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	type element struct {
		Values []string
		Not    bool
	}
	got := [][2]element{}
	for i := range p.Statements() {
		var e [2]element
		e[0].Values, e[0].Not = p.Statements()[i].Actions()
		e[1].Values, e[1].Not = p.Statements()[i].Resources()
		got = append(got, e)
	}
	want := [][2]element{
		{{[]string{"S3:Get*", "s3:List*"}, false}, {[]string{"arn:aws:s3:::${aws:username}"}, false}},
		{{[]string{"iam:*"}, true}, {[]string{"*"}, true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	conditions := []Condition{
		{"ForAllValues:StringLike", "aws:TagKeys", []string{"A", "b*"}},
		{"Bool", "aws:SecureTransport", []string{"false"}},
	}
	if diff := cmp.Diff(conditions, p.Statements()[1].Conditions()); diff != "" {
		t.Error(diff)
	}
}
