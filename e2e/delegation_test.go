package e2e

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const vendorID = "210987654321"

// lookAround is a policy template: who may be looked at is a parameter.
const lookAround = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:GetUser","iam:ListUserPolicies"],` +
	`"Resource":"arn:aws:iam::*:user/@{userNames}"}}`

var exported = regexp.MustCompile(`(?m)^export (AWS_[A-Z_]+)=(\S+)$`)

// newVendor makes another account, of somebody who asks for access, with a policy template. It returns its root.
func newVendor(s *server) (root credentials, template string) {
	s.t.Helper()
	output, err := s.command("account", "create", vendorID, "--name", "Vendor").Output()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range exported.FindAllStringSubmatch(string(output), -1) {
		if m[1] == "AWS_ACCESS_KEY_ID" {
			root.AccessKeyId = m[2]
		} else {
			root.SecretAccessKey = m[2]
		}
	}
	s.secret("the vendor's root key", root.SecretAccessKey)
	policy, err := s.iam(root).CreatePolicy(s.t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("look-around"), PolicyDocument: aws.String(lookAround),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return root, aws.ToString(policy.Policy.Arn)
}

// newApprover makes a user who may take and accept requests, and look at users.
func newApprover(s *server, name string) credentials {
	s.t.Helper()
	ctx, root := s.t.Context(), s.iam(s.root)
	_, err := root.CreateUser(ctx, &iam.CreateUserInput{UserName: &name})
	_, err2 := root.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("approve"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:AssociateDelegationRequest","iam:AcceptDelegationRequest","iam:GetUser"],"Resource":"*"}}`,
	)})
	key, err3 := root.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})
	if err := errors.Join(err, err2, err3); err != nil {
		s.t.Fatal(err)
	}
	who := credentials{AccessKeyId: aws.ToString(key.AccessKey.AccessKeyId), SecretAccessKey: aws.ToString(key.AccessKey.SecretAccessKey)}
	s.secret("an access key", who.SecretAccessKey)
	return who
}

// A vendor asks, the customer looks, accepts and sends, and the vendor acts for the approver: with AWS's SDK, from end to end.
func TestDelegatedAccess(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	ctx := t.Context()
	vendor, template := newVendor(server)
	alice := newApprover(server, "alice")
	ofVendor, ofAlice := server.iam(vendor), server.iam(alice)

	ask := &iam.CreateDelegationRequestInput{
		Description: aws.String("to see who is there"), RequestorWorkflowId: aws.String("workflow-1"), OwnerAccountId: aws.String(accountID),
		NotificationChannel: aws.String("arn:aws:sns:us-east-1:" + vendorID + ":topic"), SessionDuration: aws.Int32(900),
		Permissions: &iamtypes.DelegationPermission{PolicyTemplateArn: &template, Parameters: []iamtypes.PolicyParameter{
			{Name: aws.String("userNames"), Type: iamtypes.PolicyParameterTypeEnumStringList, Values: []string{"alice", "nobody"}},
		}},
	}
	_, err := ofVendor.CreateDelegationRequest(ctx, ask)
	wantRefusal(t, err, "InvalidInput", "NotificationChannel must be daypass:poll")
	ask.NotificationChannel = aws.String("daypass:poll")
	request, err := ofVendor.CreateDelegationRequest(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	id := request.DelegationRequestId
	_, err = ofVendor.CreateDelegationRequest(ctx, ask)
	if _, ok := errors.AsType[*iamtypes.EntityAlreadyExistsException](err); !ok {
		t.Errorf("error is %v, want the SDK's EntityAlreadyExistsException", err)
	}

	_, err = ofAlice.AssociateDelegationRequest(ctx, &iam.AssociateDelegationRequestInput{DelegationRequestId: id})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := ofAlice.GetDelegationRequest(ctx, &iam.GetDelegationRequestInput{DelegationRequestId: id, DelegationPermissionCheck: true})
	if err != nil {
		t.Fatal(err)
	}
	r := shown.DelegationRequest
	if r.State != iamtypes.StateTypeAssigned || aws.ToString(r.RequestorId) != vendorID || aws.ToString(r.RequestorName) != "Vendor" ||
		len(r.Permissions.Parameters) != 1 || !strings.Contains(aws.ToString(r.PermissionPolicy), `["arn:aws:iam::*:user/alice","arn:aws:iam::*:user/nobody"]`) {
		t.Errorf("the request is %+v", r)
	}
	if shown.PermissionCheckStatus != iamtypes.PermissionCheckStatusTypeComplete || shown.PermissionCheckResult != iamtypes.PermissionCheckResultTypeDenied {
		t.Errorf("the check is %s: %s, want DENIED: alice may not list policies", shown.PermissionCheckStatus, shown.PermissionCheckResult)
	}
	_, err = ofAlice.AcceptDelegationRequest(ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: id})
	_, err2 := ofAlice.SendDelegationToken(ctx, &iam.SendDelegationTokenInput{DelegationRequestId: id})
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}

	seen, err := ofVendor.GetDelegationRequest(ctx, &iam.GetDelegationRequestInput{DelegationRequestId: id})
	if err != nil || seen.DelegationRequest.State != iamtypes.StateTypeFinalized {
		t.Fatalf("the vendor sees %+v, %v", seen, err)
	}
	traded, err := server.sts(vendor).GetDelegatedAccessToken(ctx, &sts.GetDelegatedAccessTokenInput{TradeInToken: id})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := aws.ToString(traded.AssumedPrincipal), "arn:aws:iam::"+accountID+":user/alice"; got != want {
		t.Errorf("AssumedPrincipal = %s, want %s", got, want)
	}
	if left := time.Until(aws.ToTime(traded.Credentials.Expiration)); left > 15*time.Minute || left < 10*time.Minute {
		t.Errorf("the session lives for %v, want 15 minutes", left)
	}
	actsForAlice(t, server, server.credentialsOf(traded.Credentials), aws.ToString(id))

	_, err = server.sts(alice).GetDelegatedAccessToken(ctx, &sts.GetDelegatedAccessTokenInput{TradeInToken: id})
	wantRefusal(t, err, "AccessDenied", "sts:GetDelegatedAccessToken")
	_, err = server.sts(server.root).GetDelegatedAccessToken(ctx, &sts.GetDelegatedAccessTokenInput{TradeInToken: id})
	wantRefusal(t, err, "AccessDenied", "The trade-in token is not valid.")
}

// actsForAlice holds that a session may do what both alice may and the request asks for.
func actsForAlice(t *testing.T, server *server, session credentials, id string) {
	t.Helper()
	ctx, delegated := t.Context(), server.iam(session)
	if _, err := delegated.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("alice")}); err != nil {
		t.Error(err)
	}
	_, err := delegated.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: aws.String("alice")})
	wantRefusal(t, err, "AccessDenied", "no identity-based policy allows")
	_, err = delegated.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("somebody")})
	wantRefusal(t, err, "AccessDenied", "no session policy allows")
	identity, err := server.sts(session).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := aws.ToString(identity.Arn), "arn:aws:sts::"+accountID+":delegated-session/alice/"+id; got != want {
		t.Errorf("Arn = %s, want %s", got, want)
	}
}

// The AWS CLI tells the same story, where it is new enough to know these calls.
func TestDelegatedAccessCLI(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	vendor, template := newVendor(server)
	alice := newApprover(server, "alice")
	for version, path := range installedCLIs(t) {
		client := cli{t: t, server: server, path: path, credentials: vendor}
		if _, _, err := client.exec("iam", "create-delegation-request", "--generate-cli-skeleton"); err != nil {
			t.Logf("the AWS CLI %s knows no delegation requests", version)
			continue
		}
		stdout, stderr, err := client.exec("iam", "create-delegation-request", "--description", "to see who is there",
			"--requestor-workflow-id", "workflow-"+version, "--notification-channel", "daypass:poll", "--session-duration", "900",
			"--permissions", `{"PolicyTemplateArn":"`+template+`","Parameters":[{"Name":"userNames","Type":"string","Values":["alice"]}]}`)
		if err != nil {
			t.Fatal(err, stderr)
		}
		var request struct{ DelegationRequestId string }
		if err := json.Unmarshal([]byte(stdout), &request); err != nil {
			t.Fatal(err)
		}
		id := request.DelegationRequestId
		for _, step := range []string{"associate-delegation-request", "accept-delegation-request", "send-delegation-token"} {
			if _, stderr, err := client.as(alice).exec("iam", step, "--delegation-request-id", id); err != nil {
				t.Fatal(step, err, stderr)
			}
		}
		session := client.run("sts", "get-delegated-access-token", "--trade-in-token", id).Credentials.credentials
		client.as(session).run("iam", "get-user", "--user-name", "alice")
		client.as(session).refused("AccessDenied", "no session policy allows", "iam", "get-user", "--user-name", "bob")
	}
}
