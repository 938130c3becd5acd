package e2e

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const federatedARN = "arn:aws:sts::" + accountID + ":federated-user/fred"

// TestFederation is GetFederationToken and GetAccessKeyInfo, with the AWS CLI (spec sections 5.9 and 5.10).
func TestFederation(t *testing.T) {
	t.Parallel()
	s := start(t, config{})
	root := cli{t: t, server: s, path: need(t, debianCLI), credentials: s.root}
	alice, idle := root.as(s.createUser("alice")), root.as(s.createUser("idle"))
	s.allow("alice", "sts:GetFederationToken", "sts:GetAccessKeyInfo", "sts:AssumeRole")
	s.createRole("worker", wholeAccount, "")

	call := []string{"sts", "get-federation-token", "--name", "fred"}
	idle.refused("AccessDenied", "User: "+userARN("idle")+" is not authorized to perform: sts:GetFederationToken on resource: "+federatedARN, call...)
	alice.tells(federatedARN+" "+accountID+":fred", "FederatedUser.[Arn, FederatedUserId]", call...)
	fred := alice.as(alice.run(append(call, "--policy", allowing("*"))...).Credentials.credentials)
	if got, want := fred.whoAmI(), accountID+" "+accountID+":fred "+federatedARN; got != want {
		t.Errorf("the session is %q, want %q", got, want)
	}
	// Such a session may not call IAM, nor STS but for the question who it is.
	fred.refused("InvalidClientTokenId", invalidTokenText, "iam", "list-users")
	fred.refused("AccessDenied", "Cannot call GetFederationToken with session credentials", call...)
	fred.refused("AccessDenied", "", "sts", "assume-role", "--role-arn", roleARN("worker"), "--role-session-name", "fred")

	key := alice.credentials.AccessKeyId
	alice.tells(accountID, "Account", "sts", "get-access-key-info", "--access-key-id", key)
	alice.tells(accountID, "Account", "sts", "get-access-key-info", "--access-key-id", fred.credentials.AccessKeyId)
	idle.refused("AccessDenied", "User: "+userARN("idle")+" is not authorized to perform: sts:GetAccessKeyInfo because no identity-based policy allows the sts:GetAccessKeyInfo action",
		"sts", "get-access-key-info", "--access-key-id", key)
}

// TestFederationLives is how long a federated user lives, by the SDK for Go.
func TestFederationLives(t *testing.T) {
	t.Parallel()
	s := start(t, config{})
	alice := s.createUser("alice")
	s.allow("alice", "sts:GetFederationToken")
	ask := func(who credentials, seconds *int32) (*sts.GetFederationTokenOutput, error) {
		return s.sts(who).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("fred"), DurationSeconds: seconds})
	}
	for name, test := range map[string]struct {
		who     credentials
		seconds *int32
		lives   time.Duration
	}{
		"user's default":       {alice, nil, 12 * time.Hour},
		"user's maximum":       {alice, aws.Int32(129600), 36 * time.Hour},
		"root's default":       {s.root, nil, time.Hour},
		"root's is cut to one": {s.root, aws.Int32(7200), time.Hour},
	} {
		asked := time.Now().Truncate(time.Second)
		answer, err := ask(test.who, test.seconds)
		if err != nil {
			t.Fatal(name, err)
		}
		s.credentialsOf(answer.Credentials)
		if lives := answer.Credentials.Expiration.Sub(asked); lives < test.lives || lives > test.lives+patience {
			t.Errorf("%s: the session lives for %v, want %v", name, lives, test.lives)
		}
	}
	_, err := ask(alice, aws.Int32(129601))
	wantRefusal(t, err, "ValidationError", "Member must have value less than or equal to 129600")
	_, err = s.sts(alice).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("fred"), Policy: aws.String("{")})
	if _, ok := errors.AsType[*ststypes.MalformedPolicyDocumentException](err); !ok {
		t.Errorf("error is %v, want the SDK's MalformedPolicyDocumentException", err)
	}

	// The user's end is the end of those that the user vouched for.
	answer, err := ask(alice, nil)
	if err != nil {
		t.Fatal(err)
	}
	fred := s.credentialsOf(answer.Credentials)
	s.wantARN(fred, federatedARN)
	s.deleteUser("alice", alice)
	s.wantEnded(fred)
}
