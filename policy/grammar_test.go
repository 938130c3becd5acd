package policy

import (
	"errors"
	"testing"
)

// of2012 is a document with these statements. The functions below make statements that are good but for one element.
func of2012(statements string) string {
	return `{"Version":"2012-10-17","Statement":` + statements + `}`
}

func with(action, resource string) string {
	return of2012(`{"Effect":"Allow",` + action + `,` + resource + `}`)
}

func on(resource string) string { return with(`"Action":"s3:ListBucket"`, `"Resource":`+resource) }

func doing(action string) string { return with(`"Action":`+action, `"Resource":"arn:aws:s3:::b"`) }

func onlyIf(condition string) string {
	return with(`"Action":"s3:ListBucket"`, `"Resource":"arn:aws:s3:::b","Condition":`+condition)
}

const (
	iamKinds = `IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, ` +
		`instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.`
	good = `"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"`
)

// recorded are documents that AWS was seen to judge, for CreatePolicy and, from "live" on, for PutUserPolicy. An empty
// message is a document that was accepted. Names of resources are shortened.
var recorded = []struct{ name, document, message string }{
	{"no JSON", `This is not a json document`, textSyntax},
	{"no version", `{"Statement":{` + good + `}}`, textVersion},
	{"old version", `{"Version":"2008-10-17","Statement":{` + good + `}}`, textVersion},
	{"other version", `{"Version":"2013-10-17","Statement":{` + good + `}}`, textSyntax},
	{"no statement", `{"Version":"2012-10-17"}`, textSyntax},
	{"statement is a string", of2012(`["afd"]`), textSyntax},
	{"unknown element", `{"Version":"2012-10-17","Statement":{` + good + `},"Extra field":"value"}`, textSyntax},
	{"unknown element of a statement", of2012(`{` + good + `,"Extra field":"value"}`), textSyntax},
	{"id is an array", `{"Version":"2012-10-17","Id":["x"],"Statement":{` + good + `}}`, textSyntax},
	{"id is an object", `{"Version":"2012-10-17","Id":{},"Statement":{` + good + `}}`, textSyntax},
	{"other effect", of2012(`{"Effect":"invalid","Action":"s3:ListBucket","Resource":"*"}`), textSyntax},
	{"action without vendor", doing(`"invalid"`), textNoVendor},
	{"empty NotAction", with(`"NotAction":""`, `"Resource":"*"`), textNoVendor},
	{"blank in the vendor", doing(`"a a:ListBucket"`), "Vendor a a is not valid"},
	{"two colons", doing(`"s3:List:Bucket"`), textColons},
	{"two colons in the second statement", of2012(`[{` + good + `},{"Effect":"Allow","Action":"s:3s:ListBucket","Resource":"*"}]`), textColons},
	{"resource without colon", on(`"invalid resource"`), `Resource invalid resource must be in ARN format or "*".`},
	{"empty resources", of2012(`[{"Sid":"A","Effect":"Allow","Action":"account:x","Resource":"","Condition":{"StringEquals":{"account:r":"a"}}},{"Sid":"B","Effect":"Allow","Action":"account:y","Resource":""}]`), `Resource  must be in ARN format or "*".`},
	{"resource before action", with(`"Action":"s:3:ListBucket"`, `"Resource":"sdfsadf"`), `Resource sdfsadf must be in ARN format or "*".`},
	{"resource in an array", on(`["adf"]`), `Resource adf must be in ARN format or "*".`},
	{"empty resource", on(`""`), `Resource  must be in ARN format or "*".`},
	{"one field", with(`"NotAction":"s3s:x"`, `"Resource":"a:bsdf"`), `Partition "bsdf" is not valid for resource "arn:bsdf:*:*:*:*".`},
	{"two fields", with(`"NotAction":"s3s:x"`, `"Resource":"a:b:cadfsdf"`), `Partition "b" is not valid for resource "arn:b:cadfsdf:*:*:*".`},
	{"many fields", with(`"NotAction":"s3s:x"`, `"Resource":"a:b:c:d:e:f:g:h"`), `Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".`},
	{"no arn", on(`"aws:s3:::example"`), `Partition "s3" is not valid for resource "arn:s3:::example:*".`},
	{"partition before legacy", on(`["arn:error:s3:::example","arn:error:s3::example"]`), `Partition "error" is not valid for resource "arn:error:s3:::example".`},
	{"no statements", of2012(`[]`), textSyntax},
	{"no resource", of2012(`{"Effect":"Allow","Action":"s3:ListBucket"}`), textNoResources},
	{"no resources", on(`[]`), textNoResources},
	{"no resource and a bad action", of2012(`{"Effect":"Allow","Action":"invalid"}`), textNoResources},
	{"no action", of2012(`{"Effect":"Allow","Resource":"arn:aws:s3:::b"}`), textNoActions},
	{"no effect", of2012(`{"Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}`), textSyntax},
	{"effect alone", of2012(`{"Effect":"Allow"}`), textNoActions},
	{"no actions", doing(`[]`), textNoActions},
	{"no action in the first statement", of2012(`[{"Effect":"Deny"},{` + good + `}]`), textNoActions},
	{"other kind of IAM", on(`"arn:aws:iam:::example"`), iamKinds},
	{"four colons", on(`"arn:aws:s3::example"`), textLegacy},
	{"four colons and no action", of2012(`{"Effect":"Allow","Resource":"arn:aws:s3::example"}`), textLegacy},
	{"partition alone", on(`"arn:aws"`), textResourceVendor},
	{"resource is an object", on(`{"a":"arn:aws:s3:::b"}`), textSyntax},
	{"object among resources", of2012(`{"Effect":"Deny","Action":"s3:ListBucket","Resource":["adfdf",{}]}`), textSyntax},
	{"Resource and empty NotResource", with(`"NotAction":"s3:x"`, `"Resource":"arn:aws:s3:::b","NotResource":[]`), textSyntax},
	{"array among actions", doing(`[[]]`), textSyntax},
	{"NotAction and empty Action", with(`"NotAction":"s3s:x","Action":[]`, `"Resource":"*"`), textSyntax},
	{"action is an object", doing(`{}`), textSyntax},
	{"condition is an array", onlyIf(`[]`), textSyntax},
	{"condition is a string", onlyIf(`"a"`), textSyntax},
	{"operator is a string", onlyIf(`{"a":"b"}`), textSyntax},
	{"known operator is a string", onlyIf(`{"DateGreaterThan":"b"}`), textSyntax},
	{"operator is an array", onlyIf(`{"DateGreaterThan":[]}`), textSyntax},
	{"value is an object", onlyIf(`{"DateGreaterThan":{"a":{}}}`), textSyntax},
	{"value is an object, no action", of2012(`{"Effect":"Allow","Resource":"*","Condition":{"DateGreaterThan":{"a":{}}}}`), textSyntax},
	{"unknown operator", onlyIf(`{"x":{"a":"1"}}`), textSyntax},
	{"ForAnyValue with two colons", onlyIf(`{"ForAnyValue::StringEqualsIfExists":{"a":"asf"}}`), textSyntax},
	{"array of conditions", onlyIf(`[{"ForAllValues:StringEquals":{"aws:TagKeys":"Department"}}]`), textSyntax},
	{"region in an ARN of IAM", on(`"arn:aws:iam:us-east-1::example"`), "IAM resource arn:aws:iam:us-east-1::example cannot contain region information."},
	{"region in an ARN of S3", on(`"arn:aws:s3:us-east-1::example"`), "Resource arn:aws:s3:us-east-1::example can not contain region information."},
	{"sid is an object", of2012(`{"Sid":{},` + good + `}`), textSyntax},
	{"sid is an array", of2012(`{"Sid":[],` + good + `}`), textSyntax},
	{"same sid, no action", of2012(`[{"Sid":"sdf",` + good + `},{"Sid":"sdf","Effect":"Allow"}]`), textSidUnique},
	{"same sid, no version", `{"Statement":[{"Sid":"sdf",` + good + `},{"Sid":"sdf","Effect":"Allow"}]}`, textVersion},
	{"Action and NotAction", with(`"NotAction":"s3:x","Action":"iam:dsf"`, `"Resource":"*"`), textSyntax},
	{"Resource and NotResource", with(`"Action":"s3:x"`, `"Resource":"*","NotResource":"*"`), textSyntax},
	{"effect denY", of2012(`{"Effect":"denY","Action":"s3:x","Resource":"*"}`), textLegacy},
	{"date", onlyIf(`{"DateGreaterThan":{"a":"sdfdsf"}}`), textLegacy},
	{"date, no version", `{"Statement":{` + good + `,"Condition":{"DateGreaterThan":{"a":"sdfdsf"}}}}`, textVersion},
	{"effect denY, no version", `{"Statement":{"Effect":"denY","Action":"s3:x","Resource":"*"}}`, textVersion},
	{"date, no action", of2012(`{"Effect":"Allow","Condition":{"DateGreaterThan":{"a":"sdfdsf"}}}`), textLegacy},
	{"empty service, many colons", with(`"NotAction":"s3:x"`, `"Resource":"arn:aws::::example"`), textLegacy},
	{"effect allow", of2012(`{"Effect":"allow","Resource":"arn:aws:s3:us-east-1::example"}`), textLegacy},
	{"effect aLLow, same sid", of2012(`[{"Sid":"sdf","Effect":"aLLow","Action":"s3:x","Resource":"*"},{"Sid":"sdf","Effect":"Allow"}]`), textLegacy},
	{"four colons in NotResource", with(`"Action":"s3:x"`, `"NotResource":"arn:aws:s3::example"`), textLegacy},
	{"month 13", onlyIf(`{"DateLessThanEquals":{"a":"234-13"}}`), textLegacy},
	{"offset of one digit", onlyIf(`{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.593194+1"}}`), textLegacy},
	{"ten digits of a second", onlyIf(`{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.1999999999+10:59"}}`), textLegacy},
	{"second 2^63", onlyIf(`{"DateLessThan":{"a":"9223372036854775808"}}`), textLegacy},
	{"date before partition", with(`"Action":"s3:x"`, `"Resource":"arn:error:s3:::b","Condition":{"DateGreaterThan":{"a":"sdfdsf"}}`), textLegacy},
	{"empty service", on(`"arn:aws::fdsasf"`), textLegacy},

	{"array of resources", on(`["arn:aws:s3:::b"]`), ""},
	{"blanks in the action", doing(`"iam: asdf safdsf af "`), ""},
	{"ARN and asterisk", on(`["arn:aws:s3:::b","*"]`), ""},
	{"every action", doing(`"*"`), ""},
	{"array of statements", of2012(`[{` + good + `}]`), ""},
	{"dates", with(`"Action":"service-prefix:action-name"`, `"Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2017-07-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2017-12-31T23:59:59Z"}}`), ""},
	{"other service", doing(`"fsx:ListBucket"`), ""},
	{"user", on(`"arn:aws:iam:::user/example"`), ""},
	{"unknown service", on(`"arn:aws:s33:::example"`), ""},
	{"one field behind the partition", on(`"arn:aws:fdsasf"`), ""},
	{"empty condition", onlyIf(`{}`), ""},
	{"ForAllValues", onlyIf(`{"ForAllValues:StringEquals":{"aws:TagKeys":"Department"}}`), ""},
	{"region", on(`"arn:aws:cloudwatch:us-east-1::example"`), ""},
	{"unknown service, hyphen", on(`"arn:aws:invalid-service:::example"`), ""},
	{"unknown service with region", on(`"arn:aws:invalid-service:us-east-1::example"`), ""},
	{"operator without key", onlyIf(`{"DateGreaterThan":{}}`), ""},
	{"key without value", onlyIf(`{"DateGreaterThan":{"a":[]}}`), ""},
	{"unknown operator without key", onlyIf(`{"a":{}}`), ""},
	{"two unknown operators without key", onlyIf(`{"x":{},"y":{}}`), ""},
	{"sid", of2012(`{"Sid":"dsfsdfsdfsdfsdfsadfsd",` + good + `}`), ""},
	{"NotAction", with(`"NotAction":"s3:ListBucket"`, `"Resource":"arn:aws:s3:::b"`), ""},
	{"NotResource", of2012(`{"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::HRBucket/Payroll","arn:aws:s3:::HRBucket/Payroll/*"]}`), ""},
	{"id", `{"Version":"2012-10-17","Id":"sdfsdfsdf","Statement":{` + good + `}}`, ""},
	{"long vendor", doing(`"aaaaaadsfdsafsadfsadfaaaaa:ListBucket"`), ""},
	{"hyphen in the vendor", doing(`"s3-s:ListBucket"`), ""},
	{"dot in the vendor", doing(`"s3.s:ListBucket"`), ""},
	{"NotAction and NotResource", with(`"NotAction":"s3:ListBucket"`, `"NotResource":"*"`), ""},
	{"one sid", of2012(`[{"Sid":"sdf",` + good + `},{` + good + `}]`), ""},
	{"two empty sids", of2012(`[{"Sid":"",` + good + `},{"Sid":"",` + good + `}]`), ""},
	{"date 01T", onlyIf(`{"DateGreaterThan":{"a":"01T"}}`), ""},
	{"IfExists, key without vendor", onlyIf(`{"StringEqualsIfExists":{"a":"asf"}}`), ""},
	{"ForAnyValue and IfExists", onlyIf(`{"ForAnyValue:StringEqualsIfExists":{"a":"asf"}}`), ""},
	{"date with fraction", onlyIf(`{"DateLessThanEquals":{"a":"2016-12-13T21:20:37.593194+00:00"}}`), ""},
	{"date with short hour", onlyIf(`{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.593194+23"}}`), ""},
	{"negative epoch", onlyIf(`{"DateLessThan":{"a":"-292275054"}}`), ""},
	{"variable", on(`"arn:aws:iam::*:user/${aws:username}"`), ""},
	{"words for fields", on(`"arn:aws:ec2:region:account-id:instance/*"`), ""},
	{"asterisks for fields", on(`"arn:aws:rds:region:*:*"`), ""},

	{"live: empty object", `{}`, textSyntax},
	{"live: statement null", of2012(`null`), textSyntax},
	{"live: number for action", doing(`123`), textSyntax},
	{"live: empty vendor", doing(`":GetObject"`), "Vendor  is not valid"},
	{"live: blank behind the vendor", doing(`"iam :Get"`), "Vendor iam  is not valid"},
	{"live: no partition", on(`"s3::example/*"`), `Partition "" is not valid for resource "arn::example/*:*:*:*".`},
	{"live: legacy before partition", on(`"arn:awss3::example/*"`), textLegacy},
	{"live: unknown partition", on(`"arn:aws2:s3:::example/*"`), `Partition "aws2" is not valid for resource "arn:aws2:s3:::example/*".`},
	{"live: principal", of2012(`{"Principal":"*",` + good + `}`), textHasPrincipal},
	{"live: NotPrincipal", of2012(`{"NotPrincipal":"*",` + good + `}`), textHasPrincipal},
	{"live: principal alone", of2012(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}}`), textHasPrincipal},
	{"live: sid with a hyphen", of2012(`{"Sid":"a-b",` + good + `}`), textSidForm},
	{"live: wildcard for the service", on(`"arn:aws:*:*:123456789012:*"`), textResourceVendor},
	{"live: wildcard for the kind", on(`"arn:aws:iam::123456789012:*/cdk-*"`), iamKinds},
	{"live: variable for the account", on(`"arn:aws:s3:us-east-1:${aws:PrincipalAccount}:x"`), textLegacy},
	{"live: placeholder for the account", on(`"arn:aws:ssm:REGION:<ACCOUNT_ID>:parameter/x"`), textLegacy},
}

func TestRecorded(t *testing.T) {
	t.Parallel()
	for _, test := range recorded {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantMessage(t, ManagedPolicy, test.document, test.message)
		})
	}
}

// wantMessage parses a document. An empty message says that it is accepted.
func wantMessage(t *testing.T, g Grammar, document, message string) {
	t.Helper()
	p, err := Parse(g, document)
	var refused *Error
	switch {
	case message == "" && err != nil:
		t.Errorf("%s\nis refused: %v", document, err)
	case message == "":
		if p.Text() != document || p.Grammar() != g {
			t.Errorf("%s\nis kept as %d, %s", document, p.Grammar(), p.Text())
		}
	case err == nil:
		t.Errorf("%s\nis accepted", document)
	case !errors.As(err, &refused) || refused.Message != message:
		t.Errorf("%s\ngot  %v\nwant %s", document, err, message)
	case p != nil:
		t.Error("a policy with an error")
	}
}

func TestIdentityGrammars(t *testing.T) {
	t.Parallel()
	old, none := `{"Version":"2008-10-17","Statement":{`+good+`}}`, `{"Statement":{`+good+`}}`
	for _, test := range []struct {
		name     string
		grammar  Grammar
		document string
		message  string
	}{
		{"inline, 2008", InlinePolicy, old, ""},
		{"inline, no version", InlinePolicy, none, ""},
		{"session, 2008", SessionPolicy, old, ""},
		{"session, no version", SessionPolicy, none, ""},
		{"session with a principal", SessionPolicy, of2012(`{"Principal":"*",` + good + `}`), textHasPrincipal},
		{"inline, other version", InlinePolicy, `{"Version":"2012-10-18","Statement":{` + good + `}}`, textSyntax},
		{"service control, 2008", ServiceControlPolicy, old, textVersion},
		{"service control with a principal", ServiceControlPolicy, of2012(`{"Principal":"*",` + good + `}`), textHasPrincipal},
		{"service control, all elements", ServiceControlPolicy, of2012(`{"Effect":"Allow","NotAction":"s3:*Get*","NotResource":"arn:aws:s3:::b","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`), ""},
		{"full access", ServiceControlPolicy, with(`"Action":"*"`, `"Resource":"*"`), ""},

		// Not known from AWS; refused because it cannot be understood.
		{"three colons", ManagedPolicy, on(`"arn:aws:ec2:us-east-1"`), textLegacy},
		{"foo for arn", ManagedPolicy, on(`"foo:aws:s3:::b"`), `Resource foo:aws:s3:::b must be in ARN format or "*".`},
		{"wildcard in the service", ManagedPolicy, on(`"arn:aws:s?:::b"`), textResourceVendor},
		{"wildcard in the vendor", ManagedPolicy, doing(`"s3*:Get"`), "Vendor s3* is not valid"},
		{"region of no access point", ManagedPolicy, on(`"arn:aws:s3:us-east-1:123456789012:b"`), "Resource arn:aws:s3:us-east-1:123456789012:b can not contain region information."},
		{"IAM alone", ManagedPolicy, on(`"arn:aws:iam"`), "IAM resource arn:aws:iam cannot contain region information."},
		{"number for the principal", ManagedPolicy, of2012(`{"Principal":1,` + good + `}`), textSyntax},
		// Not known from AWS; accepted because it can.
		{"every service", ManagedPolicy, doing(`"*:Get*"`), ""},
		{"every partition", ManagedPolicy, on(`"arn:*:s3:::b"`), ""},
		{"partitions", ManagedPolicy, on(`["arn:aws-cn:s3:::b","arn:aws-us-gov:s3:::b","arn:aws-iso:s3:::b","arn:aws-iso-b:s3:::b","arn:aws-iso-e:s3:::b","arn:aws-iso-f:s3:::b","arn:aws-eusc:s3:::b"]`), ""},
		{"what has a region in S3", ManagedPolicy, on(`["arn:aws:s3:us-east-1:123456789012:accesspoint/a","arn:aws:s3:*:*:job/*","arn:aws:s3:*:*:storage-lens/*","arn:aws:s3:*:*:storage-lens-group/*","arn:aws:s3:*:*:access-grants/default","arn:aws:s3:us-west-2:123456789012:async-request/mrap/*"]`), ""},
		{"root", ManagedPolicy, on(`"arn:aws:iam::123456789012:root"`), ""},
		{"all of IAM", ManagedPolicy, on(`"arn:aws:iam::123456789012:*"`), ""},
		{"numbers and booleans without quotes", ManagedPolicy, onlyIf(`{"Bool":{"aws:MultiFactorAuthPresent":true},"NumericLessThan":{"aws:MultiFactorAuthAge":[3600,1.5]}}`), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantMessage(t, test.grammar, test.document, test.message)
		})
	}
}

// The texts are on the wire: each is here a second time, as AWS sends it.
func TestTexts(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		textSyntax:               "Syntax errors in policy.",
		textVersion:              "Policy document must be version 2012-10-17 or greater.",
		textLegacy:               "The policy failed legacy parsing",
		textSidUnique:            "Statement IDs (SID) in a single policy must be unique.",
		textSidForm:              "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
		textNoActions:            "Policy statement must contain actions.",
		textNoResources:          "Policy statement must contain resources.",
		textHasPrincipal:         "Policy document should not specify a principal.",
		textNoVendor:             "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
		textColons:               "Actions/Condition can contain only one colon.",
		textResourceVendor:       "Resource vendor must be fully qualified and cannot contain regexes.",
		textControlPolicy:        "The provided policy document does not meet the requirements of the specified policy type.",
		textMissingPrincipal:     "Missing required field Principal",
		textNotPrincipal:         "Allow with NotPrincipal is not allowed.",
		textNobody:               "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!",
		textTrustJSON:            "This policy contains invalid Json",
		textTrustSyntax:          "Syntax error in policy.",
		textTrustVersion:         "The policy must contain a valid version string",
		textTrustStatement:       "Could not parse the policy: Statement is empty!",
		textTrustSid:             "The Statement Ids in the policy are not unique",
		textTrustNoEffect:        "Missing required field Effect",
		textTrustEmptyPrincipal:  "Missing required field Principal cannot be empty!",
		textTrustPrincipalObject: "Principal must be a JSON object.",
		textTrustNotPrincipal:    "AssumeRole policy must not contain NotPrincipal field.",
		textTrustNoAction:        "Missing required field Action",
		textTrustAction:          "AssumeRole policy may only specify STS AssumeRole actions.",
		textTrustResource:        "Has prohibited field Resource",
		textTrustNotResource:     "AssumeRole policy must not contain resources.",
		textTrustCognito:         "A condition block must be present for the Cognito provider",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestUnknownGrammar(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a grammar that is none checks nothing")
		}
	}()
	_, _ = Parse(0, on(`"*"`))
}
