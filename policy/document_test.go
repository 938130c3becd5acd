package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustParse(t testing.TB, g Grammar, document string) *Policy {
	t.Helper()
	p, err := Parse(g, document)
	if err != nil {
		t.Fatalf("%s\n%v", document, err)
	}
	return p
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"":                       0,
		" \t\r\n":                0,
		`{ "Version": "a b" }`:   16,
		"{\"Id\":\"é\u00a0\"}\n": 11, // a no-break space counts
	} {
		if got := Size(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestContextKeys(t *testing.T) {
	t.Parallel()
	const statements = `[{"Effect":"Allow","Action":"s3:*",
		"Resource":["arn:aws:s3:::b/${aws:username}/${*}${?}${$}","arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}"],
		"Condition":{"StringLike":{"s3:prefix":["${aws:userid}/*","${AWS:UserName}"],"aws:SourceIp":"*"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}},
		{"Effect":"Deny","Condition":{"StringNotEquals":{"AWS:sourceip":"x","aws:PrincipalArn":[]}},"Action":"*","NotResource":"arn:aws:s3:::${s3:x}"}]`
	for _, test := range []struct {
		version string
		want    []string
	}{
		{"2012-10-17", []string{"aws:username", "aws:PrincipalTag/team", "s3:prefix", "aws:userid", "aws:SourceIp", "aws:MultiFactorAuthPresent", "aws:PrincipalArn", "s3:x"}},
		{"2008-10-17", []string{"s3:prefix", "aws:SourceIp", "aws:MultiFactorAuthPresent", "aws:PrincipalArn"}},
	} {
		// The version comes last: whether there are variables is known only then.
		p := mustParse(t, InlinePolicy, `{"Statement":`+statements+`,"Version":"`+test.version+`"}`)
		if diff := cmp.Diff(test.want, p.ContextKeys()); diff != "" {
			t.Errorf("%s: %s", test.version, diff)
		}
	}
	if got := mustParse(t, InlinePolicy, on(`"*"`)).ContextKeys(); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestAllowsService(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		statement string
		want      bool // of iam
	}{
		{`"Effect":"Allow","Action":"iam:GetUser"`, true},
		{`"Effect":"Allow","Action":"IAM:Get*"`, true},
		{`"Effect":"Allow","Action":["s3:Get*","iam:*"]`, true},
		{`"Effect":"Allow","Action":"*"`, true},
		{`"Effect":"Allow","Action":"*:*"`, true},
		{`"Effect":"Allow","Action":"s3:*"`, false},
		{`"Effect":"Allow","Action":"iamx:*"`, false},
		{`"Effect":"Deny","Action":"iam:*"`, false},
		{`"Effect":"Deny","NotAction":"s3:*"`, false},
		{`"Effect":"Allow","NotAction":"s3:*"`, true},
		{`"Effect":"Allow","NotAction":["iam:Get*","iam:List*"]`, true},
		{`"Effect":"Allow","NotAction":["s3:*","iam:**"]`, false},
		{`"Effect":"Allow","NotAction":"iam:"`, true},
		{`"Effect":"Allow","NotAction":"*"`, false},
		{`"Effect":"Allow","NotAction":"*:*"`, false},
		{`"Effect":"Allow","NotAction":"*:Get*"`, true},
	} {
		p := mustParse(t, InlinePolicy, of2012(`[{`+test.statement+`,"Resource":"*"},{"Effect":"Allow","Action":"sts:x","Resource":"*"}]`))
		if got := p.AllowsService("iam"); got != test.want {
			t.Errorf("%s: got %v", test.statement, got)
		}
	}
}

const mappable = `{ "Statement": [
	{"Effect":"Allow", "Principal":{"AWS" : ["arn:aws:iam::123456789012:user\/a", "123456789012"], "Service":"ec2.amazonaws.com"}, "Action":"sts:AssumeRole"},
	{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:role/b"},"Action":"sts:AssumeRole"} ] }`

func TestPrincipals(t *testing.T) {
	t.Parallel()
	p := mustParse(t, TrustPolicy, mappable)
	want := []NamedPrincipal{
		{"AWS", "arn:aws:iam::123456789012:user/a", Position{2, 43}},
		{"AWS", "123456789012", Position{2, 80}},
		{"Service", "ec2.amazonaws.com", Position{2, 107}},
		{"AWS", "arn:aws:iam::123456789012:role/b", Position{3, 38}},
	}
	if diff := cmp.Diff(want, slices.Collect(p.Principals())); diff != "" {
		t.Error(diff)
	}
	for range p.Principals() {
		break // what yields is told to stop
	}
	if got := slices.Collect(mustParse(t, InlinePolicy, on(`"*"`)).Principals()); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	bare := mustParse(t, ResourcePolicy, of2012(`{"Principal":"*",`+good+`}`))
	if got := slices.Collect(bare.Principals()); len(got) != 1 || got[0].Kind != "*" || got[0].Value != "*" {
		t.Errorf("got %v", got)
	}
}

func TestMapPrincipals(t *testing.T) {
	t.Parallel()
	p := mustParse(t, TrustPolicy, mappable)
	ids := map[string]string{
		"arn:aws:iam::123456789012:user/a": "AIDAJQABLZS4A3QDU576Q",
		"arn:aws:iam::123456789012:role/b": "AROAJQABLZS4A3QDU576Q",
	}
	stored := p.MapPrincipals(func(kind, value string) string {
		if id, ok := ids[value]; ok && kind == "AWS" {
			return id
		}
		return value
	})
	want := strings.NewReplacer(`arn:aws:iam::123456789012:user\/a`, "AIDAJQABLZS4A3QDU576Q", "arn:aws:iam::123456789012:role/b", "AROAJQABLZS4A3QDU576Q").Replace(mappable)
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Error(diff)
	}
	mustParse(t, TrustPolicy, stored)

	same := func(_, value string) string { return value }
	if got := p.MapPrincipals(same); got != mappable {
		t.Errorf("values that stay are written anew: %s", got)
	}
	quoted := p.MapPrincipals(func(string, string) string { return `<"\é` })
	if got := strings.Count(quoted, `"<\"\\é"`); got != 4 {
		t.Errorf("%d values in %s", got, quoted)
	}
	bare := mustParse(t, ResourcePolicy, of2012(`{"Principal":"*",`+good+`}`))
	if got := bare.MapPrincipals(func(string, string) string { return "x" }); got != bare.Text() {
		t.Errorf("the bare asterisk is mapped: %s", got)
	}
}
