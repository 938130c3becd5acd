package iam

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

func TestSimulatePrincipalPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.policyWorld()
	const (
		user  = "arn:aws:iam::111111111111:user/team/alice"
		group = "arn:aws:iam::111111111111:group/readers"
		role  = "arn:aws:iam::111111111111:role/app"
		k     = "arn:aws:s3:::b/k"
	)
	forAlice := `{"Statement": {"Effect": "Allow", "Principal": {"AWS": "` + alice.UserId + `"}, "Action": "s3:*", "Resource": "*"}}`
	for name, test := range map[string]struct {
		source string
		in     SimulationInput
		added  []string
		want   string
	}{
		"a user": {
			user,
			SimulationInput{ActionNames: []string{"s3:GetObject", "s3:PutObject", "sqs:SendMessage", "iam:GetUser"}},
			nil,
			"s3:GetObject *: allowed group_readers_get@1/16 bound@1/41\n" +
				"s3:PutObject *: allowed user_alice_put@1/16 bound@1/41\n" +
				"sqs:SendMessage *: explicitDeny readers-managed@1/41\n" +
				"iam:GetUser *: implicitDeny",
		},
		"with another boundary": {
			user,
			SimulationInput{
				ActionNames: []string{"s3:GetObject", "s3:PutObject"}, PermissionsBoundaryPolicyInputList: []string{strings.Replace(allowGet, "b/*", "*", 1)},
				ResourceArns: []string{k},
			},
			nil,
			"s3:GetObject arn:aws:s3:::b/k: allowed group_readers_get@1/16 PermissionsBoundaryPolicyInputList.1@1/16\n" +
				"s3:PutObject arn:aws:s3:::b/k: implicitDeny",
		},
		"with more policies": {
			user,
			SimulationInput{ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{k}},
			[]string{allowGet},
			"s3:GetObject arn:aws:s3:::b/k: allowed group_readers_get@1/16 PolicyInputList.1@1/16 bound@1/41",
		},
		"a resource policy for the user": {
			user,
			SimulationInput{ActionNames: []string{"s3:DeleteObject"}, ResourceArns: []string{k}, ResourcePolicy: forAlice},
			nil,
			"s3:DeleteObject arn:aws:s3:::b/k: allowed ResourcePolicy@1/16 bound@1/41",
		},
		"by somebody else": {
			user,
			SimulationInput{ActionNames: []string{"s3:DeleteObject"}, ResourceArns: []string{k}, ResourcePolicy: forAlice, CallerArn: "arn:aws:iam::111111111111:user/bob"},
			nil,
			"s3:DeleteObject arn:aws:s3:::b/k: implicitDeny",
		},
		"another account's resource": {
			user,
			SimulationInput{ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:us-east-1:222222222222:b"}},
			nil,
			"s3:GetObject arn:aws:s3:us-east-1:222222222222:b: implicitDeny",
		},
		"a group": {group, SimulationInput{ActionNames: []string{"s3:GetObject", "s3:PutObject"}}, nil, "s3:GetObject *: allowed group_readers_get@1/16\ns3:PutObject *: implicitDeny"},
		"a role":  {role, SimulationInput{ActionNames: []string{"sqs:SendMessage", "s3:GetObject"}}, nil, "sqs:SendMessage *: allowed role_app_send@1/16\ns3:GetObject *: implicitDeny"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &SimulatePrincipalPolicyInput{PolicySourceArn: test.source, PolicyInputList: test.added, SimulationInput: test.in}
			if diff := cmp.Diff(test.want, verdicts(must(w.SimulatePrincipalPolicy(t.Context(), w.root(account), in))(t))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	in := &SimulatePrincipalPolicyInput{PolicySourceArn: role, SimulationInput: SimulationInput{ActionNames: []string{"s3:GetObject"}, ResourcePolicy: forAlice}}
	check(t, answer(w.SimulatePrincipalPolicy(t.Context(), w.root(account), in)), "400 InvalidInput: CallerArn is required with ResourcePolicy.")
	in = &SimulatePrincipalPolicyInput{PolicySourceArn: user, SimulationInput: SimulationInput{ActionNames: []string{"s3:GetObject", "s3:PutObject"}, MaxItems: 1}}
	first := must(w.SimulatePrincipalPolicy(t.Context(), w.root(account), in))(t)
	in.Marker = first.Marker
	second := must(w.SimulatePrincipalPolicy(t.Context(), w.root(account), in))(t)
	if !first.IsTruncated || second.IsTruncated || second.EvaluationResults[0].EvalActionName != "s3:PutObject" {
		t.Errorf("pages: %+v, %+v", first, second)
	}
}

// policyWorld makes a user with a boundary and a group, and a role, with policies of every kind.
func (w *world) policyWorld() User {
	w.t.Helper()
	t, ctx, root := w.t, w.t.Context(), w.root(account)
	manage := func(name, document string) string {
		return must(w.CreatePolicy(ctx, root, &CreatePolicyInput{PolicyName: name, PolicyDocument: document}))(t).Policy.Arn
	}
	document := func(effect, action string) string {
		return `{"Version": "2012-10-17", "Statement": {"Effect": "` + effect + `", "Action": "` + action + `", "Resource": "*"}}`
	}
	inline := func(action string) string {
		return strings.Replace(document("Allow", action), `"Version": "2012-10-17", `, "", 1)
	}
	bound := manage("bound", document("Allow", "s3:*"))
	alice := must(w.CreateUser(ctx, root, &CreateUserInput{UserName: "alice", Path: "/team/", PermissionsBoundary: bound}))(t).User
	must(w.CreateGroup(ctx, root, &CreateGroupInput{GroupName: "readers"}))(t)
	must(w.AddUserToGroup(ctx, root, &AddUserToGroupInput{GroupName: "readers", UserName: "alice"}))(t)
	must(w.PutGroupPolicy(ctx, root, &PutGroupPolicyInput{GroupName: "readers", PolicyName: "get", PolicyDocument: inline("s3:GetObject")}))(t)
	must(w.AttachGroupPolicy(ctx, root, &AttachGroupPolicyInput{GroupName: "readers", PolicyArn: manage("readers-managed", document("Deny", "sqs:*"))}))(t)
	must(w.PutUserPolicy(ctx, root, &PutUserPolicyInput{UserName: "alice", PolicyName: "put", PolicyDocument: inline("s3:PutObject")}))(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		err := tx.InsertRole(ctx, store.InsertRoleParams{RoleID: "AROAAPP", AccountID: account, Path: "/", RoleName: "app", NameKey: "app"})
		if err != nil {
			return err
		}
		return nil
	})
	must(w.PutRolePolicy(ctx, root, &PutRolePolicyInput{RoleName: "app", PolicyName: "send", PolicyDocument: inline("sqs:SendMessage")}))(t)
	return alice
}

// The principal form refuses what the custom form does.
func TestSimulatePrincipalPolicyRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AWSMessagesOnly = true
	w.policyWorld()
	ctx, root := t.Context(), w.root(account)
	const group = "arn:aws:iam::111111111111:group/readers"
	simulate := func(in SimulationInput, documents ...string) string {
		in.ActionNames = append(in.ActionNames, "s3:GetObject")
		return answer(w.SimulatePrincipalPolicy(ctx, root, &SimulatePrincipalPolicyInput{group, documents, in}))
	}
	keys := func(documents ...string) string {
		return answer(w.GetContextKeysForPrincipalPolicy(ctx, root, &GetContextKeysForPrincipalPolicyInput{group, documents}))
	}
	const syntax = "400 InvalidInput: Syntax errors in policy."
	const tooLong = "400 InvalidInput: The policies of one request must have no more than 1048576 bytes together."
	long := slices.Repeat([]string{strings.Repeat(" ", 131_072)}, 9)
	for name, test := range map[string]struct{ got, want string }{
		"simulate a malformed policy": {simulate(SimulationInput{}, allowGet, "{}"), syntax},
		"simulate too much":           {simulate(SimulationInput{}, long...), tooLong},
		"a wildcard":                  {simulate(SimulationInput{ActionNames: []string{"s3:*"}}), "400 InvalidInput: ActionNames are not in a valid format: s3:*."},
		"a marker":                    {simulate(SimulationInput{Marker: "nonsense1"}), "400 ValidationError: Invalid Marker."},
		"keys of a malformed policy":  {keys(allowGet, "{}"), syntax},
		"keys of too much":            {keys(long...), tooLong},
		"nothing wrong":               {simulate(SimulationInput{}, allowGet), "ok"},
		"nor with keys":               {keys(allowGet), "ok"},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %s, want %s", name, test.got, test.want)
		}
	}
}

// Who may be asked about: users, groups and roles of the caller's account, by their ARN to the letter.
func TestPolicySources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policyWorld()
	w.user(foreign, "mallory")
	for name, test := range map[string]struct{ arn, want string }{
		"another path":      {"arn:aws:iam::111111111111:user/alice", "404 NoSuchEntity: The user with name alice cannot be found."},
		"another case":      {"arn:aws:iam::111111111111:user/team/ALICE", "404 NoSuchEntity: The user with name ALICE cannot be found."},
		"no such user":      {"arn:aws:iam::111111111111:user/nobody", "404 NoSuchEntity: The user with name nobody cannot be found."},
		"no such group":     {"arn:aws:iam::111111111111:group/none", "404 NoSuchEntity: The group with name none cannot be found."},
		"group, other path": {"arn:aws:iam::111111111111:group/x/readers", "404 NoSuchEntity: The group with name readers cannot be found."},
		"no such role":      {"arn:aws:iam::111111111111:role/none", "404 NoSuchEntity: The role with name none cannot be found."},
		"another account":   {"arn:aws:iam::222222222222:user/mallory", "404 NoSuchEntity: The user with name mallory cannot be found."},
		"a session":         {"arn:aws:sts::111111111111:assumed-role/app/s", "400 InvalidInput: Invalid Entity Arn: arn:aws:sts::111111111111:assumed-role/app/s does not clearly define entity type and name."},
		"root":              {"arn:aws:iam::111111111111:root", "400 InvalidInput: Invalid Entity Arn: arn:aws:iam::111111111111:root does not clearly define entity type and name."},
		"a policy":          {"arn:aws:iam::111111111111:policy/bound", "400 InvalidInput: Invalid Entity Arn: arn:aws:iam::111111111111:policy/bound does not clearly define entity type and name."},
		"a path":            {"arn:aws:iam::111111111111:user/team/", "400 InvalidInput: Invalid Entity Arn: arn:aws:iam::111111111111:user/team/ does not clearly define entity type and name."},
		"no ARN":            {"twenty characters are enough", "400 InvalidInput: Invalid Entity Arn: twenty characters are enough does not clearly define entity type and name."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := SimulationInput{ActionNames: []string{"s3:GetObject"}}
			check(t, answer(w.SimulatePrincipalPolicy(t.Context(), w.root(account), &SimulatePrincipalPolicyInput{PolicySourceArn: test.arn, SimulationInput: in})), test.want)
			check(t, answer(w.GetContextKeysForPrincipalPolicy(t.Context(), w.root(account), &GetContextKeysForPrincipalPolicyInput{PolicySourceArn: test.arn})), test.want)
		})
	}
}

func TestSimulationPermissions(t *testing.T) {
	t.Parallel()
	call := aws.Call{Caller: aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: account, ID: account}}}
	const user, foreignUser = "arn:aws:iam::111111111111:user/team/alice", "arn:aws:iam::222222222222:user/team/alice"
	asked := []aws.Permission{{Resource: aws.Resource{ARN: user, Text: user, Type: aws.UserResource, Name: "alice"}}}
	other := []aws.Permission{{Resource: aws.Resource{ARN: "no ARN", Text: "no ARN"}}}
	anything := []aws.Permission{{Resource: aws.Resource{ARN: "*", Text: "*"}}}
	for name, test := range map[string]struct {
		in interface {
			Permissions(aws.Call) []aws.Permission
		}
		want []aws.Permission
	}{
		"simulate a user":      {&SimulatePrincipalPolicyInput{PolicySourceArn: user}, asked},
		"keys of a user":       {&GetContextKeysForPrincipalPolicyInput{PolicySourceArn: user}, asked},
		"another account's":    {&SimulatePrincipalPolicyInput{PolicySourceArn: foreignUser}, []aws.Permission{{Resource: aws.Resource{ARN: foreignUser, Text: foreignUser}}}},
		"simulate nobody":      {&SimulatePrincipalPolicyInput{PolicySourceArn: "no ARN"}, other},
		"simulate policies":    {&SimulateCustomPolicyInput{}, anything},
		"keys of any policies": {&GetContextKeysForCustomPolicyInput{}, anything},
	} {
		if diff := cmp.Diff(test.want, test.in.Permissions(call)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
