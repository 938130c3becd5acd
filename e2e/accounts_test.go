package e2e

import (
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	buildID     = "222222222222"
	deployInto  = "arn:aws:iam::" + buildID + ":role/deploy"
	deployedARN = "arn:aws:sts::" + buildID + ":assumed-role/deploy/alice"
)

// daypass runs a command of the operator's, which has to succeed.
func (s *server) daypass(arguments ...string) string {
	s.t.Helper()
	return output(s.t, s.command(arguments...))
}

// createAccount makes another account, and returns its root's key.
func (s *server) createAccount(id string) credentials {
	s.t.Helper()
	shown := s.daypass("account", "create", id, "--name", "build")
	key := regexp.MustCompile(`(?s)AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})\n.*AWS_SECRET_ACCESS_KEY=([A-Za-z0-9+/]{40})`).FindStringSubmatch(shown)
	if key == nil {
		s.t.Fatalf("no key is shown:\n%s", shown)
	}
	s.secret("a root's secret access key", key[2])
	return credentials{AccessKeyId: key[1], SecretAccessKey: key[2]}
}

// eventually repeats a call until it is refused or, without a code, succeeds: what the operator does reaches a server within
// a second.
func eventually(t *testing.T, code, text string, call func() error) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		err := call()
		if (err == nil) == (code == "") {
			if code != "" {
				wantRefusal(t, err, code, text)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v it is still %v, want %q", patience, err, code)
		}
	}
}

// TestAccounts is a role that people of another account use, what the operator can do about it, and a second server that
// heeds it.
func TestAccounts(t *testing.T) {
	t.Parallel()
	database := postgres.Database(t)
	s := start(t, config{Database: database})
	other := start(t, config{Database: database, Beside: s})
	alice := s.createUser("alice")
	s.allow("alice", "sts:AssumeRole")
	buildRoot := s.createAccount(buildID)
	createDeployRole(s, buildRoot)

	deployByProfile(s, alice)
	_, err := deploy(s, s.createUser("idle")) // trusted with the whole account, and allowed by nobody in it
	wantExactly(t, err, "AccessDenied", refusedDeploy("idle"))
	session, err := deploy(s, alice)
	if err != nil {
		t.Fatal(err)
	}
	s.wantSuccess(s.listsUsers(session))
	err = s.readsUser(session, "alice") // the role sees its own account, where nobody has that name
	wantRefusal(t, err, "NoSuchEntity", "The user with name alice cannot be found.")
	operateAccounts(s, other, session, buildRoot)
}

// createDeployRole makes a role in the other account that this one may use.
func createDeployRole(s *server, buildRoot credentials) {
	s.t.Helper()
	eventually(s.t, "", "", func() error { return s.listsUsers(buildRoot) })
	build, name := s.iam(buildRoot), "deploy"
	trustUs := trust(wholeAccount, `{"StringEquals":{"sts:ExternalId":"partner-7"}}`, "sts:AssumeRole")
	_, err := build.CreateRole(s.t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trustUs})
	if err == nil {
		_, err = build.PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{
			RoleName: &name, PolicyName: aws.String("work"), PolicyDocument: aws.String(allowing("iam:*")),
		})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func refusedDeploy(user string) string {
	return "User: " + userARN(user) + " is not authorized to perform: sts:AssumeRole on resource: " + deployInto
}

// deployByProfile has the AWS CLI assume the role.
func deployByProfile(s *server, alice credentials) {
	s.t.Helper()
	h := newHome(s.t, s)
	h.writeKey("alice", alice)
	profile := func(externalID string) []string {
		return []string{"role_arn = " + deployInto, "source_profile = alice", "external_id = " + externalID, "role_session_name = alice"}
	}
	h.writeProfiles(map[string][]string{"build": profile("partner-7"), "wrong": profile("partner-8")})
	aws := h.program(need(s.t, debianCLI), "sts", "get-caller-identity", "--query", "Arn", "--output", "text", "--profile")
	profileTest{profile: "build", arn: deployedARN}.run(s.t, h, aws)
	profileTest{profile: "wrong", refused: []string{"AccessDenied", refusedDeploy("alice")}}.run(s.t, h, aws)
}

// deploy assumes the role as a program does.
func deploy(s *server, who credentials) (credentials, error) {
	got, err := stscreds.NewAssumeRoleProvider(s.sts(who), deployInto, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.ExternalID = "alice", aws.String("partner-7")
	}).Retrieve(s.t.Context())
	return credentials{AccessKeyId: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken}, err
}

// operateAccounts has the operator bound an account, disable it, and end a role's sessions. Another server heeds it.
func operateAccounts(s, other *server, session, buildRoot credentials) {
	t := s.t
	t.Helper()
	lists := func() error { return other.listsUsers(session) }
	deny := newHome(t, s).write("scp.json", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]}`)
	s.daypass("account", "scp", "put", buildID, "no-lists", deny)
	for _, who := range []credentials{session, buildRoot} {
		eventually(t, "AccessDenied", "with an explicit deny in a service control policy", func() error { return other.listsUsers(who) })
	}
	s.daypass("account", "scp", "delete", buildID, "no-lists")
	eventually(t, "", "", lists)

	s.daypass("account", "disable", buildID)
	eventually(t, "InvalidClientTokenId", invalidTokenText, lists)
	s.daypass("account", "enable", buildID)
	eventually(t, "", "", lists)

	s.daypass("session", "revoke", "--principal", deployInto)
	eventually(t, "InvalidClientTokenId", invalidTokenText, lists)
	eventually(t, "InvalidClientTokenId", invalidTokenText, func() error { return s.listsUsers(session) })
	s.wantSuccess(s.listsUsers(s.root)) // nobody else's sessions or keys
}

// TestAssumeRoot has the management account take the root key of another account away, with the SDK for Go: no other client
// here is of the year of AssumeRoot.
func TestAssumeRoot(t *testing.T) {
	t.Parallel()
	s := start(t, config{})
	alice := s.createUser("alice")
	s.allow("alice", "sts:AssumeRoot")
	buildRoot := s.createAccount(buildID)
	eventually(t, "", "", func() error { return s.listsUsers(buildRoot) })

	_, err := s.assumeRoot(alice, "IAMAuditRootUserCredentials")
	wantRefusal(t, err, "AccessDenied", "is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::"+buildID+":root")
	if _, err := s.iam(s.root).EnableOrganizationsRootCredentialsManagement(t.Context(), &iam.EnableOrganizationsRootCredentialsManagementInput{}); err != nil {
		t.Fatal(err)
	}
	_, err = s.assumeRoot(s.createUser("idle"), "IAMAuditRootUserCredentials")
	wantRefusal(t, err, "AccessDenied", "because no identity-based policy allows the sts:AssumeRoot action")
	_, err = s.assumeRoot(alice, "IAMReadEverything")
	if err == nil {
		t.Error("a task that there is not is accepted")
	}

	audit, err := s.assumeRoot(alice, "IAMAuditRootUserCredentials")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := s.iam(audit).ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{})
	if err != nil || len(keys.AccessKeyMetadata) != 1 || aws.ToString(keys.AccessKeyMetadata[0].AccessKeyId) != buildRoot.AccessKeyId {
		t.Fatalf("the root's keys are %+v, %v", keys, err)
	}
	del := &iam.DeleteAccessKeyInput{AccessKeyId: &buildRoot.AccessKeyId}
	_, err = s.iam(audit).DeleteAccessKey(t.Context(), del) // not a part of the task
	wantRefusal(t, err, "AccessDenied", "iam:DeleteAccessKey")
	wantRefusal(t, s.listsUsers(audit), "AccessDenied", "iam:ListUsers")

	erase, err := s.assumeRoot(alice, "IAMDeleteRootUserCredentials")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.iam(erase).DeleteAccessKey(t.Context(), del); err != nil {
		t.Fatal(err)
	}
	s.wantEnded(buildRoot)
}

func (s *server) assumeRoot(who credentials, task string) (credentials, error) {
	answer, err := s.sts(who).AssumeRoot(s.t.Context(), &sts.AssumeRootInput{
		TargetPrincipal: aws.String(buildID),
		TaskPolicyArn:   &ststypes.PolicyDescriptorType{Arn: aws.String("arn:aws:iam::aws:policy/root-task/" + task)},
	})
	if err != nil {
		return credentials{}, err
	}
	return s.credentialsOf(answer.Credentials), nil
}
