package iam

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	allowGet   = `{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}`
	denySecret = `{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
 {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret*"}]}`
)

// verdicts is a summary of simulated results: decision, statements, missing keys, in a line each.
func verdicts(out *SimulationOutput) string {
	var lines []string
	for _, r := range out.EvaluationResults {
		line := fmt.Sprintf("%s %s: %s", r.EvalActionName, r.EvalResourceName, r.EvalDecision)
		for _, m := range r.MatchedStatements {
			line += fmt.Sprintf(" %s@%d/%d", m.SourcePolicyId, m.StartPosition.Line, m.StartPosition.Column)
		}
		missing := r.MissingContextValues
		for _, specific := range r.ResourceSpecificResults {
			missing = append(missing, specific.MissingContextValues...)
		}
		if len(missing) > 0 {
			line += " missing " + strings.Join(missing, ",")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// The recording of aws-iam section 15.2.
func TestSimulateCustomPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	document := `{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}`
	in := &SimulateCustomPolicyInput{PolicyInputList: []string{document}, SimulationInput: SimulationInput{
		ActionNames: []string{"s3:PutObject", "s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::b/k"},
	}}
	matched := []MatchedStatement{{"PolicyInputList.1", "IAM Policy", StatementPosition{1, 41}, StatementPosition{1, 113}}}
	result := func(action, decision string, matched []MatchedStatement) EvaluationResult {
		return EvaluationResult{
			EvalActionName: action, EvalResourceName: "arn:aws:s3:::b/k", EvalDecision: decision, MatchedStatements: matched,
			MissingContextValues: []string{}, EvalDecisionDetails: map[string]string{},
			ResourceSpecificResults: []ResourceSpecificResult{{
				EvalResourceName: "arn:aws:s3:::b/k", EvalResourceDecision: decision, MatchedStatements: matched, MissingContextValues: []string{},
			}},
		}
	}
	want := &SimulationOutput{EvaluationResults: []EvaluationResult{
		result("s3:PutObject", "allowed", matched), result("s3:GetObject", "implicitDeny", []MatchedStatement{}),
	}}
	if diff := cmp.Diff(want, must(w.SimulateCustomPolicy(t.Context(), w.root(account), in))(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in.ResourceArns, in.ActionNames = nil, in.ActionNames[:1]
	want = &SimulationOutput{EvaluationResults: []EvaluationResult{{
		EvalActionName: "s3:PutObject", EvalResourceName: "*", EvalDecision: "allowed", MatchedStatements: matched, MissingContextValues: []string{},
	}}}
	if diff := cmp.Diff(want, must(w.SimulateCustomPolicy(t.Context(), w.root(account), in))(t)); diff != "" {
		t.Errorf("without a resource (-want +got):\n%s", diff)
	}
}

func TestSimulateCustomPolicyDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		withMFA  = `{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}}`
		ownKeys  = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}}`
		alice    = "arn:aws:iam::111111111111:user/alice"
		k        = "arn:aws:s3:::b/k"
		forAlice = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "` + alice + `"}, "Action": "s3:*", "Resource": "*"}}`
		trust    = `{"Statement": {"Effect": "Allow", "Principal": {"AWS": "` + alice + `"}, "Action": "sts:AssumeRole"}}`
		role     = "arn:aws:iam::111111111111:role/r"
		assume   = `{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}`
		scp      = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`
		noS3     = `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}`
	)
	get := []string{"s3:GetObject"}
	mfa := func(value string) []ContextEntry {
		return []ContextEntry{{"AWS:multifactorauthpresent", []string{value}, "boolean"}}
	}
	for name, test := range map[string]struct {
		policies []string
		in       SimulationInput
		levels   []OrganizationLevel
		want     string
	}{
		"each action and resource": {
			[]string{denySecret, allowGet},
			SimulationInput{ActionNames: []string{"s3:GetObject", "s3:PutObject"}, ResourceArns: []string{k, "arn:aws:s3:::b/secret", "*"}},
			nil,
			"s3:GetObject arn:aws:s3:::b/k: allowed PolicyInputList.1@1/17 PolicyInputList.2@1/16\n" +
				"s3:GetObject arn:aws:s3:::b/secret: explicitDeny PolicyInputList.1@2/3\n" +
				"s3:GetObject *: allowed PolicyInputList.1@1/17\n" +
				"s3:PutObject arn:aws:s3:::b/k: allowed PolicyInputList.1@1/17\n" +
				"s3:PutObject arn:aws:s3:::b/secret: explicitDeny PolicyInputList.1@2/3\n" +
				"s3:PutObject *: allowed PolicyInputList.1@1/17",
		},
		"no policy":             {nil, SimulationInput{ActionNames: get}, nil, "s3:GetObject *: implicitDeny"},
		"a key is missing":      {[]string{withMFA}, SimulationInput{ActionNames: get}, nil, "s3:GetObject *: implicitDeny missing aws:MultiFactorAuthPresent"},
		"a key is there":        {[]string{withMFA}, SimulationInput{ActionNames: get, ContextEntries: mfa("true")}, nil, "s3:GetObject *: allowed PolicyInputList.1@1/16"},
		"with another value":    {[]string{withMFA}, SimulationInput{ActionNames: get, ContextEntries: mfa("false")}, nil, "s3:GetObject *: implicitDeny"},
		"a variable is missing": {[]string{ownKeys}, SimulationInput{ActionNames: get, ResourceArns: []string{"arn:aws:s3:::b/alice/k"}}, nil, "s3:GetObject arn:aws:s3:::b/alice/k: implicitDeny missing aws:username"},
		"a variable has a value": {
			[]string{ownKeys},
			SimulationInput{ActionNames: get, ResourceArns: []string{"arn:aws:s3:::b/alice/k"}, ContextEntries: []ContextEntry{{"aws:username", []string{"alice"}, "string"}}},
			nil,
			"s3:GetObject arn:aws:s3:::b/alice/k: allowed PolicyInputList.1@1/41",
		},
		"the boundary allows": {
			[]string{denySecret},
			SimulationInput{ActionNames: get, ResourceArns: []string{k}, PermissionsBoundaryPolicyInputList: []string{allowGet}},
			nil,
			"s3:GetObject arn:aws:s3:::b/k: allowed PolicyInputList.1@1/17 PermissionsBoundaryPolicyInputList.1@1/16",
		},
		"the boundary does not": {
			[]string{denySecret},
			SimulationInput{ActionNames: []string{"s3:PutObject"}, ResourceArns: []string{k}, PermissionsBoundaryPolicyInputList: []string{allowGet}},
			nil,
			"s3:PutObject arn:aws:s3:::b/k: implicitDeny",
		},
		"a resource policy names the caller": {
			nil,
			SimulationInput{ActionNames: get, ResourceArns: []string{k}, ResourcePolicy: forAlice, CallerArn: alice},
			nil,
			"s3:GetObject arn:aws:s3:::b/k: allowed ResourcePolicy@1/41",
		},
		"a resource policy names another": {
			nil,
			SimulationInput{ActionNames: get, ResourceArns: []string{k}, ResourcePolicy: forAlice, CallerArn: "arn:aws:iam::111111111111:user/bob"},
			nil,
			"s3:GetObject arn:aws:s3:::b/k: implicitDeny",
		},
		"another account's resource policy alone": {
			nil,
			SimulationInput{ActionNames: get, ResourceArns: []string{k}, ResourcePolicy: forAlice, CallerArn: alice, ResourceOwner: "arn:aws:iam::222222222222:root"},
			nil,
			"s3:GetObject arn:aws:s3:::b/k: implicitDeny",
		},
		"both accounts": {
			[]string{allowGet},
			SimulationInput{ActionNames: get, ResourceArns: []string{k}, ResourcePolicy: forAlice, CallerArn: alice, ResourceOwner: "arn:aws:iam::222222222222:root"},
			nil,
			"s3:GetObject arn:aws:s3:::b/k: allowed ResourcePolicy@1/41 PolicyInputList.1@1/16",
		},
		"the owner's policy is missing": {
			[]string{denySecret},
			SimulationInput{ActionNames: get, ResourceArns: []string{k}, ResourceOwner: "arn:aws:iam::222222222222:root"},
			nil,
			"s3:GetObject arn:aws:s3:::b/k: implicitDeny",
		},
		"nobody in particular": {
			[]string{scp},
			SimulationInput{ActionNames: []string{"sqs:SendMessage"}, ResourceArns: []string{"arn:aws:sqs:us-east-1:222222222222:q"}},
			nil,
			"sqs:SendMessage arn:aws:sqs:us-east-1:222222222222:q: allowed PolicyInputList.1@1/41",
		},
		"somebody of another account": {
			[]string{scp},
			SimulationInput{ActionNames: []string{"sqs:SendMessage"}, ResourceArns: []string{"arn:aws:sqs:us-east-1:222222222222:q"}, CallerArn: alice},
			nil,
			"sqs:SendMessage arn:aws:sqs:us-east-1:222222222222:q: implicitDeny",
		},
		"a trust policy": {
			[]string{assume},
			SimulationInput{ActionNames: []string{"sts:AssumeRole"}, ResourceArns: []string{role}, ResourcePolicy: trust, CallerArn: alice},
			nil,
			"sts:AssumeRole arn:aws:iam::111111111111:role/r: allowed ResourcePolicy@1/16 PolicyInputList.1@1/16",
		},
		"a trust policy for another": {
			[]string{assume},
			SimulationInput{ActionNames: []string{"sts:AssumeRole"}, ResourceArns: []string{role}, ResourcePolicy: trust, CallerArn: "arn:aws:iam::111111111111:user/bob"},
			nil,
			"sts:AssumeRole arn:aws:iam::111111111111:role/r: implicitDeny",
		},
		"an organisation allows": {
			[]string{allowGet},
			SimulationInput{ActionNames: get, ResourceArns: []string{k}},
			[]OrganizationLevel{{[]string{scp}}, {[]string{scp}}},
			"s3:GetObject arn:aws:s3:::b/k: allowed PolicyInputList.1@1/16",
		},
		"an organisation denies": {
			[]string{denySecret},
			SimulationInput{ActionNames: get, ResourceArns: []string{"arn:aws:s3:::b/secret"}},
			[]OrganizationLevel{{[]string{scp}}, {[]string{scp, noS3}}},
			"s3:GetObject arn:aws:s3:::b/secret: implicitDeny",
		},
		"a level is silent": {
			[]string{allowGet},
			SimulationInput{ActionNames: get, ResourceArns: []string{k}},
			[]OrganizationLevel{{[]string{scp}}, {}},
			"s3:GetObject arn:aws:s3:::b/k: implicitDeny",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := must(w.SimulateCustomPolicy(t.Context(), w.root(account), &SimulateCustomPolicyInput{test.policies, test.levels, test.in}))(t)
			if diff := cmp.Diff(test.want, verdicts(out)); diff != "" || out.IsTruncated {
				t.Errorf("truncated %v (-want +got):\n%s", out.IsTruncated, diff)
			}
		})
	}
}

// What a result says beside its decision.
func TestSimulationDetails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		all     = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`
		k       = "arn:aws:s3:::b/k"
		owner   = "arn:aws:iam::222222222222:root"
		forRoot = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": "*"}}`
	)
	yes, no := &PermissionsBoundaryDecisionDetail{true}, &PermissionsBoundaryDecisionDetail{false}
	simulate := func(in SimulationInput, levels ...OrganizationLevel) EvaluationResult {
		in.ActionNames = []string{"s3:PutObject"}
		out := must(w.SimulateCustomPolicy(t.Context(), w.root(account), &SimulateCustomPolicyInput{[]string{all}, levels, in}))(t)
		if len(out.EvaluationResults) != 1 {
			t.Fatalf("%d results", len(out.EvaluationResults))
		}
		return out.EvaluationResults[0]
	}
	for name, test := range map[string]struct {
		got                EvaluationResult
		boundary           *PermissionsBoundaryDecisionDetail
		organization       *OrganizationsDecisionDetail
		details, specifics map[string]string
	}{
		"a resource":     {simulate(SimulationInput{ResourceArns: []string{k}}), nil, nil, map[string]string{}, nil},
		"no resource":    {simulate(SimulationInput{}), nil, nil, nil, nil},
		"boundary":       {simulate(SimulationInput{PermissionsBoundaryPolicyInputList: []string{all}}), yes, nil, nil, nil},
		"other boundary": {simulate(SimulationInput{PermissionsBoundaryPolicyInputList: []string{allowGet}, ResourceArns: []string{k}}), no, nil, map[string]string{}, nil},
		"across accounts": {
			simulate(SimulationInput{
				ResourceArns: []string{k}, ResourceOwner: owner, PermissionsBoundaryPolicyInputList: []string{allowGet},
				ResourcePolicy: forRoot, CallerArn: "arn:aws:iam::111111111111:user/alice",
			}),
			no, nil,
			map[string]string{"IAM Policy": "allowed", "Permissions Boundary Policy": "implicitDeny", "Resource Policy": "allowed"},
			map[string]string{"IAM Policy": "allowed", "Permissions Boundary Policy": "implicitDeny", "Resource Policy": "allowed"},
		},
		"across accounts, no resource": {simulate(SimulationInput{ResourceOwner: owner}), nil, nil, map[string]string{"IAM Policy": "allowed"}, nil},
		"an organisation": {
			simulate(SimulationInput{ResourceArns: []string{k}}, OrganizationLevel{[]string{all}}),
			nil, &OrganizationsDecisionDetail{true},
			map[string]string{},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.got
			if diff := cmp.Diff(test.boundary, got.PermissionsBoundaryDecisionDetail); diff != "" {
				t.Errorf("boundary (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.organization, got.OrganizationsDecisionDetail); diff != "" {
				t.Errorf("organisation (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.details, got.EvalDecisionDetails); diff != "" {
				t.Errorf("details (-want +got):\n%s", diff)
			}
			if got.EvalResourceName == "*" {
				if got.ResourceSpecificResults != nil {
					t.Errorf("specific results: %+v", got.ResourceSpecificResults)
				}
				return
			}
			specific := got.ResourceSpecificResults[0]
			if diff := cmp.Diff(test.specifics, specific.EvalDecisionDetails); diff != "" {
				t.Errorf("details of the resource (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.boundary, specific.PermissionsBoundaryDecisionDetail); diff != "" {
				t.Errorf("boundary of the resource (-want +got):\n%s", diff)
			}
		})
	}
	denied := simulate(SimulationInput{ResourceArns: []string{k}}, OrganizationLevel{[]string{strings.Replace(all, "Allow", "Deny", 1)}})
	want := EvaluationResult{
		EvalActionName: "s3:PutObject", EvalResourceName: k, EvalDecision: "implicitDeny", MatchedStatements: []MatchedStatement{},
		MissingContextValues: []string{}, OrganizationsDecisionDetail: &OrganizationsDecisionDetail{false},
	}
	if diff := cmp.Diff(want, denied); diff != "" {
		t.Errorf("an organisation that denies (-want +got):\n%s", diff)
	}
}

func TestSimulationRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AWSMessagesOnly = true
	const alice = "arn:aws:iam::111111111111:user/alice"
	long := `{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "` + strings.Repeat("*", 120_000) + `"}}`
	entry := func(kind string, values ...string) SimulationInput {
		return SimulationInput{ContextEntries: []ContextEntry{{"aws:key", values, kind}}}
	}
	for name, test := range map[string]struct {
		in       SimulationInput
		policies []string
		want     string
	}{
		"a wildcard": {SimulationInput{ActionNames: []string{"s3:Get*"}}, nil, "ActionNames are not in a valid format: s3:Get*."},
		"no service": {SimulationInput{ActionNames: []string{"GetObject"}}, nil, "ActionNames are not in a valid format: GetObject."},
		"no action":  {SimulationInput{ActionNames: []string{"s3:GetObject", "s3:"}}, nil, "ActionNames are not in a valid format: s3:."},
		"no ARN":     {SimulationInput{ResourceArns: []string{"arn:aws:s3:::b", "bucket"}}, nil, "ResourceNames are not in a valid ARN format: bucket."},
		"two boundaries": {
			SimulationInput{PermissionsBoundaryPolicyInputList: []string{allowGet, allowGet}},
			nil,
			"PermissionsBoundaryPolicyInputList must have only one policy.",
		},
		"an EC2 scenario":       {SimulationInput{ResourceHandlingOption: "EC2-VPC-EBS"}, nil, "ResourceHandlingOption is not supported."},
		"a malformed policy":    {SimulationInput{}, []string{allowGet, "{}"}, "Syntax errors in policy."},
		"a malformed boundary":  {SimulationInput{PermissionsBoundaryPolicyInputList: []string{"{}"}}, nil, "Syntax errors in policy."},
		"a resource policy":     {SimulationInput{ResourcePolicy: allowGet, CallerArn: alice}, nil, "Missing required field Principal"},
		"nobody to compare":     {SimulationInput{ResourcePolicy: `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}`}, nil, "CallerArn is required with ResourcePolicy."},
		"a trust policy for s3": {SimulationInput{ResourcePolicy: `{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}`, CallerArn: alice}, nil, "The trust policy in ResourcePolicy says nothing of s3:GetObject."},
		"a role that calls":     {SimulationInput{CallerArn: "arn:aws:iam::111111111111:role/r"}, nil, "Invalid Entity Arn: arn:aws:iam::111111111111:role/r does not clearly define entity type and name."},
		"an owner":              {SimulationInput{ResourceOwner: "123456789012"}, nil, "'123456789012' is not a valid as a Resource Owner."},
		"a user that owns":      {SimulationInput{ResourceOwner: alice}, nil, "'" + alice + "' is not a valid as a Resource Owner."},
		"too many policies":     {SimulationInput{}, slices.Repeat([]string{long}, 9), "The policies of one request must have no more than 1048576 bytes together."},
		"a key without a type":  {entry("", "x"), nil, "ContextEntries must have ContextKeyName and ContextKeyType."},
		"a type without a key":  {SimulationInput{ContextEntries: []ContextEntry{{"", []string{"x"}, "string"}}}, nil, "ContextEntries must have ContextKeyName and ContextKeyType."},
		"no value":              {entry("string"), nil, "ContextKeyValues of aws:key must have one value of type string."},
		"two values":            {entry("boolean", "true", "false"), nil, "ContextKeyValues of aws:key must have one value of type boolean."},
		"no number":             {entry("numericList", "1", "-2.5", "x"), nil, "ContextKeyValues of aws:key is not of type numericList: x."},
		"no truth":              {entry("boolean", "${aws:username}"), nil, "ContextKeyValues of aws:key is not of type boolean: ${aws:username}."},
		"no address":            {entry("ip", "10.0.0.0/8"), nil, "ContextKeyValues of aws:key is not of type ip: 10.0.0.0/8."},
		"no base64":             {entry("binary", "\x00"), nil, "ContextKeyValues of aws:key is not of type binary: \x00."},
		"no date":               {entry("date", "2026-13-01"), nil, "ContextKeyValues of aws:key is not of type date: 2026-13-01."},
		"a quote":               {entry("date", `2026-01-01"]}`), nil, `ContextKeyValues of aws:key is not of type date: 2026-01-01"]}.`},
		"a key twice": {
			SimulationInput{ContextEntries: []ContextEntry{{"aws:key", []string{"x"}, "string"}, {"AWS:Key", []string{"x"}, "string"}}},
			nil,
			"ContextKeyName AWS:Key is there more than once.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := test.in
			if in.ActionNames == nil {
				in.ActionNames = []string{"s3:GetObject"}
			}
			check(t, answer(w.SimulateCustomPolicy(t.Context(), w.root(account), &SimulateCustomPolicyInput{PolicyInputList: test.policies, SimulationInput: in})),
				"400 InvalidInput: "+test.want)
		})
	}
	in := &SimulateCustomPolicyInput{
		OrderedOrganizationPolicyInputList: []OrganizationLevel{{[]string{"{}"}}}, SimulationInput: SimulationInput{ActionNames: []string{"s3:GetObject"}},
	}
	check(t, answer(w.SimulateCustomPolicy(t.Context(), w.root(account), in)), "400 InvalidInput: Syntax errors in policy.")
	in.OrderedOrganizationPolicyInputList = []OrganizationLevel{{slices.Repeat([]string{long}, 9)}}
	check(t, answer(w.SimulateCustomPolicy(t.Context(), w.root(account), in)),
		"400 InvalidInput: The policies of one request must have no more than 1048576 bytes together.")
}

func TestContextEntryTypes(t *testing.T) {
	t.Parallel()
	for kind, values := range map[string][]string{
		"string": {"", "x", "\x00", "é漢"}, "numeric": {"1", "-1.5", "0"}, "boolean": {"true", "FALSE"},
		"ip": {"10.0.0.1", "2001:db8::1"}, "binary": {"AAE=", ""}, "date": {"2026-01-02T03:04:05Z", "2026-01-02", "1767323045"},
	} {
		list := ContextEntry{"aws:key", values, kind + "List"}
		if err := list.check(); err != nil {
			t.Errorf("%v: %v", list, err)
		}
		if err := (&ContextEntry{"aws:key", nil, kind + "List"}).check(); err != nil {
			t.Errorf("no %s at all: %v", kind, err)
		}
		for _, value := range values {
			if err := (&ContextEntry{"aws:key", []string{value}, kind}).check(); err != nil {
				t.Errorf("%s %q: %v", kind, value, err)
			}
		}
	}
}
