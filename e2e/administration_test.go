package e2e

import (
	"encoding/base64"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

const trustEC2 = `{"Version":"2012-10-17","Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}]}`

// TestAdministration is what an administrator does with the AWS CLI beside users, keys and MFA devices, which TestForceMFA
// has: groups, roles, passwords, and the questions who is there and who may do what.
func TestAdministration(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	root := cli{t: t, server: server, path: need(t, debianCLI), credentials: server.root}
	root.run("iam", "create-user", "--user-name", "ana", "--tags", "Key=team,Value=red")

	administerGroup(root)
	administerRole(root)
	administerPasswords(root)
	readCredentialReport(root)
	root.tells("s3:GetObject allowed group_dev_read s3:PutObject implicitDeny None",
		"EvaluationResults[].[EvalActionName, EvalDecision, MatchedStatements[0].SourcePolicyId]",
		"iam", "simulate-principal-policy", "--policy-source-arn", "arn:aws:iam::"+accountID+":user/ana", "--action-names", "s3:GetObject", "s3:PutObject")
	root.tells("ana red dev /teams/ dev read deploy PowerUserAccess PowerUserAccess 1",
		`[UserDetailList[].[UserName, Tags[0].Value, GroupList[0]], GroupDetailList[].[Path, GroupName, GroupPolicyList[0].PolicyName],
			RoleDetailList[].[RoleName, AttachedManagedPolicies[0].PolicyName], Policies[].[PolicyName, AttachmentCount]]`,
		"iam", "get-account-authorization-details")
}

func administerGroup(root cli) {
	root.t.Helper()
	root.run("iam", "create-group", "--group-name", "dev", "--path", "/teams/")
	root.run("iam", "put-group-policy", "--group-name", "dev", "--policy-name", "read", "--policy-document", readPolicy)
	root.run("iam", "add-user-to-group", "--group-name", "dev", "--user-name", "ana")
}

func administerRole(root cli) {
	root.t.Helper()
	root.run("iam", "create-role", "--role-name", "deploy", "--assume-role-policy-document", trustEC2, "--max-session-duration", "7200")
	root.run("iam", "attach-role-policy", "--role-name", "deploy", "--policy-arn", boundaryARN)
	root.tells("arn:aws:iam::"+accountID+":role/deploy 7200 ec2.amazonaws.com",
		"Role.[Arn, MaxSessionDuration, AssumeRolePolicyDocument.Statement[0].Principal.Service]", "iam", "get-role", "--role-name", "deploy")
}

func administerPasswords(root cli) {
	root.t.Helper()
	const password = "correct-Horse-battery-9"
	root.secret("a password", password)
	root.run("iam", "update-account-password-policy", "--minimum-password-length", "20", "--require-symbols", "--max-password-age", "90")
	create := []string{"iam", "create-login-profile", "--user-name", "ana", "--password-reset-required", "--password"}
	root.refused("PasswordPolicyViolation", "Password should have a minimum length of 20", append(create, "too-short")...)
	root.tells("ana True", "LoginProfile.[UserName, PasswordResetRequired]", append(create, password)...)
}

func readCredentialReport(root cli) {
	root.t.Helper()
	root.tells("STARTED", "State", "iam", "generate-credential-report")
	content, err := base64.StdEncoding.DecodeString(root.ask("Content", "iam", "get-credential-report"))
	if err != nil {
		root.t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	if err != nil || len(rows) != 3 {
		root.t.Fatalf("%v: not a line for the columns, for root and for ana:\n%s", err, content)
	}
	for column, want := range map[string]string{"user": "ana", "password_enabled": "true", "password_last_used": "no_information", "mfa_active": "false"} {
		if i := slices.Index(rows[0], column); i < 0 || rows[2][i] != want {
			root.t.Errorf("%s is not %q:\n%s", column, want, content)
		}
	}
}

// tells makes a call whose answer has these words, as the query picks them.
func (c cli) tells(want, query string, arguments ...string) {
	c.t.Helper()
	if got := c.ask(query, arguments...); got != want {
		c.t.Errorf("aws %s tells %q, want %q", strings.Join(arguments, " "), got, want)
	}
}

// ask makes a call that has to succeed, and returns the words of its answer that the query picks.
func (c cli) ask(query string, arguments ...string) string {
	c.t.Helper()
	stdout, stderr, err := c.exec(append(arguments, "--output", "text", "--query", query)...)
	if err != nil {
		c.t.Fatalf("aws %s: %v\n%s", strings.Join(arguments, " "), err, stderr)
	}
	return strings.Join(strings.Fields(stdout), " ")
}
