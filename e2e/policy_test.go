package e2e

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

const (
	// forceMFA is the policy that AWS publishes for users who manage their own MFA devices: without MFA it denies nearly
	// everything.
	forceMFA = "file://../policy/testdata/samples/managed/force-mfa.json"

	mayListUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListUsers","iam:GetUser"],"Resource":"*"}]}`
	denied       = "with an explicit deny in an identity-based policy"
)

// TestForceMFA is a user's life under the published policy, with the AWS CLI: made by root, enrolled by the user alone,
// refused without MFA, served with it, revoked, deleted, and made again.
func TestForceMFA(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	root := cli{t: t, server: server, path: need(t, debianCLI), credentials: server.root}
	const policyARN = "arn:aws:iam::" + accountID + ":policy/force-mfa"
	root.run("iam", "create-policy", "--policy-name", "force-mfa", "--policy-document", forceMFA)
	root.run("iam", "create-group", "--group-name", "staff")
	root.run("iam", "attach-group-policy", "--group-name", "staff", "--policy-arn", policyARN)
	root.run("iam", "put-group-policy", "--group-name", "staff", "--policy-name", "list", "--policy-document", mayListUsers)
	alice := root.member("alice")

	// Alice enrols without anybody's help, which the policy allows her, on her own device and herself alone.
	alice.refused("AccessDenied", denied, "iam", "list-users")
	session := alice.withMFA("alice")

	noMFA := alice.as(alice.run("sts", "get-session-token").Credentials.credentials)
	noMFA.refused("InvalidClientTokenId", invalidTokenText, "iam", "list-users")
	if names := session.userNames(); names != "alice" {
		t.Errorf("with MFA alice lists %q", names)
	}
	session.refused("AccessDenied", "because no identity-based policy allows the iam:CreateUser action", "iam", "create-user", "--user-name", "eve")

	_, err := server.iam(alice.credentials).ListUsers(t.Context(), &iam.ListUsersInput{MaxItems: aws.Int32(1)})
	explainsRefusal(t, server, err, "identity-based policy force-mfa ("+policyARN+") denies iam:ListUsers on *")

	// The console's way to revoke: a Deny for whatever was issued before now.
	root.run("iam", "put-user-policy", "--user-name", "alice", "--policy-name", "AWSRevokeOlderSessions", "--policy-document",
		fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":%q}}}]}`,
			time.Now().Add(time.Second).UTC().Format(time.RFC3339)))
	session.refused("AccessDenied", denied, "iam", "list-users")
	root.run("iam", "delete-user-policy", "--user-name", "alice", "--policy-name", "AWSRevokeOlderSessions")
	session.userNames()

	// The key that asked for the session takes it along.
	key := []string{"--user-name", "alice", "--access-key-id", alice.credentials.AccessKeyId}
	root.run(append([]string{"iam", "update-access-key", "--status", "Inactive"}, key...)...)
	session.refused("InvalidClientTokenId", invalidTokenText, "iam", "list-users")
	root.run(append([]string{"iam", "update-access-key", "--status", "Active"}, key...)...)
	session.userNames()

	for _, left := range []struct {
		text  string
		clean []string
	}{
		{"must delete access keys first", append([]string{"iam", "delete-access-key"}, key...)},
		{"must delete MFA device first", []string{"iam", "deactivate-mfa-device", "--user-name", "alice", "--serial-number", serialOf("alice")}},
		{"must remove users from group first", []string{"iam", "remove-user-from-group", "--group-name", "staff", "--user-name", "alice"}},
	} {
		root.refused("DeleteConflict", left.text, "iam", "delete-user", "--user-name", "alice")
		root.run(left.clean...)
	}
	root.run("iam", "delete-user", "--user-name", "alice")
	root.member("alice") // the same name, another user: the session of the first one is nobody's
	session.refused("InvalidClientTokenId", invalidTokenText, "sts", "get-caller-identity")
}

// member makes a user with an access key who is in the group of the staff.
func (c cli) member(name string) cli {
	c.t.Helper()
	c.run("iam", "create-user", "--user-name", name)
	c.run("iam", "add-user-to-group", "--group-name", "staff", "--user-name", name)
	return c.as(c.run("iam", "create-access-key", "--user-name", name).AccessKey)
}

func serialOf(name string) string { return "arn:aws:iam::" + accountID + ":mfa/" + name }

// withMFA makes and enables a device as the user, and returns the user's session.
func (c cli) withMFA(name string) cli {
	c.t.Helper()
	png := c.t.TempDir() + "/qr.png"
	c.run("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", name, "--outfile", png, "--bootstrap-method", "QRCodePNG")
	seed := enrolmentSeed(c, readQR(c.t, png), name)
	before, current, coming := threeCodes(c.t, seed, steady(cliMargin))
	c.secret("a token code", before, current, coming)
	c.run("iam", "enable-mfa-device", "--user-name", name, "--serial-number", serialOf(name),
		"--authentication-code1", before, "--authentication-code2", current)
	return c.as(c.run("sts", "get-session-token", "--serial-number", serialOf(name), "--token-code", coming).Credentials.credentials)
}

func (c cli) userNames() string {
	c.t.Helper()
	stdout, stderr, err := c.exec("iam", "list-users", "--query", "join(' ', Users[].UserName)")
	if err != nil {
		c.t.Errorf("list-users: %v\n%s", err, stderr)
	}
	return strings.Trim(stdout, "\"\n")
}

// explainsRefusal has the operator ask why a call was refused.
func explainsRefusal(t *testing.T, server *server, refused error, reason string) {
	t.Helper()
	response, ok := errors.AsType[*awshttp.ResponseError](refused)
	if !ok {
		t.Fatalf("error is %v, want a refusal", refused)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) { // the log is written a moment after the answer
		out, err := exec.Command(binary, "explain", "--data-dir", server.config.DataDir, response.ServiceRequestID()).CombinedOutput()
		if strings.Contains(string(out), reason) {
			return
		}
		if err == nil || time.Now().After(deadline) {
			t.Fatalf("explain: %v\n%s\nwant: %s", err, out, reason)
		}
	}
}
