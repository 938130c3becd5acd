package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// kubernetes is aws-iam-authenticator: kubectl's end, which makes tokens, and the cluster's, which verifies them. Both look
// for AWS, and the cluster's insists on it.
type kubernetes struct {
	t       *testing.T
	program string
	amazon  []string
}

// kubernetesIdentity is what the cluster learns about who sent a token.
type kubernetesIdentity struct {
	ARN, CanonicalARN, AccountID, UserID, SessionName, AccessKeyID, STSEndpoint string
}

// A token of aws-iam-authenticator is a presigned GetCallerIdentity (spec section 2.4). A cluster that asks daypass who
// made it gets the answer that it gets from AWS.
func TestIAMAuthenticator(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	eks := kubernetes{t: t, program: builtAuthenticator(t), amazon: server.asAmazon(t)}
	alice := enrol(t, server, "alice") // last: her code is good for a minute
	answer, err := server.sts(alice.credentials).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{
		SerialNumber: &alice.serial, TokenCode: &alice.code,
	})
	if err != nil {
		t.Fatal(err)
	}
	session := server.credentialsOf(answer.Credentials)
	want := server.identityOf(alice.credentials)

	token := eks.token(alice.credentials, "here")
	for name, token := range map[string]string{
		"key": token, "session": eks.token(session, "here"), "the AWS CLI's token": eks.cliToken(alice.credentials),
	} {
		if got := eks.verify("here", token); got.ARN != want.ARN || got.CanonicalARN != want.ARN ||
			got.UserID != want.UserID || got.AccountID != accountID || got.SessionName != "" {
			t.Errorf("%s: the cluster sees %+v, want %+v", name, got, want)
		}
	}
	eks.refuses("there", token, "SignatureDoesNotMatch") // the cluster's name is signed

	if _, err := server.iam(server.root).UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{
		UserName: &alice.name, AccessKeyId: &alice.AccessKeyId, Status: iamtypes.StatusTypeInactive,
	}); err != nil {
		t.Fatal(err)
	}
	eks.refuses("here", token, "InvalidClientTokenId")
}

// A cluster knows a role's sessions by the role, and a federated user by the whole name.
func TestIAMAuthenticatorRoles(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	alice := server.createUser("alice")
	server.allow("alice", "sts:AssumeRole", "sts:GetFederationToken")
	server.createRole("deploy", wholeAccount, "")
	eks := kubernetes{t: t, program: builtAuthenticator(t), amazon: server.asAmazon(t)}
	federated, err := server.sts(alice).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("fred")})
	if err != nil {
		t.Fatal(err)
	}
	fred := server.credentialsOf(federated.Credentials)

	identity := eks.verify("here", eks.token(alice, "here", roleARN("deploy")))
	if identity.ARN != sessionARN("deploy", "kubectl") || identity.CanonicalARN != roleARN("deploy") || identity.SessionName != "kubectl" {
		t.Errorf("the cluster sees %+v", identity)
	}
	identity = eks.verify("here", eks.cliToken(alice, "--role-arn", roleARN("deploy")))
	if identity.CanonicalARN != roleARN("deploy") || !strings.HasPrefix(identity.UserID, "AROA") {
		t.Errorf("the cluster sees %+v", identity)
	}
	identity = eks.verify("here", eks.token(fred, "here"))
	if identity.ARN != federatedARN || identity.UserID != accountID+":fred" {
		t.Errorf("the cluster sees %+v", identity)
	}
	token := eks.token(server.session(alice, "deploy"), "here")
	server.deleteRole("deploy")
	eks.refuses("here", token, "InvalidClientTokenId")
}

// identityOf returns how GetCallerIdentity sees somebody, named as Kubernetes names it.
func (s *server) identityOf(who credentials) kubernetesIdentity {
	s.t.Helper()
	identity, err := s.sts(who).GetCallerIdentity(s.t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		s.t.Fatal(err)
	}
	return kubernetesIdentity{ARN: aws.ToString(identity.Arn), UserID: aws.ToString(identity.UserId), AccountID: aws.ToString(identity.Account)}
}

// token returns what kubectl sends to a cluster.
func (k kubernetes) token(who credentials, arguments ...string) string {
	k.t.Helper()
	command := exec.Command(k.program, append([]string{"token"}, arguments...)...)
	command.Env = append(clientEnvironment(who), k.amazon...)
	return tokenIn(k.t, output(k.t, command))
}

// cliToken returns what kubectl sends when the AWS CLI makes its tokens.
func (k kubernetes) cliToken(who credentials, arguments ...string) string {
	k.t.Helper()
	command := exec.Command(need(k.t, debianCLI), append([]string{"eks", "get-token", "--cluster-name", "here"}, arguments...)...)
	command.Env = append(clientEnvironment(who), k.amazon...)
	return tokenIn(k.t, output(k.t, command))
}

// tokenIn returns the token in what kubectl reads.
func tokenIn(t *testing.T, execCredential string) string {
	t.Helper()
	var credential struct{ Status struct{ Token string } }
	if err := json.Unmarshal([]byte(execCredential), &credential); err != nil {
		t.Fatalf("%v:\n%s", err, execCredential)
	}
	return credential.Status.Token
}

// verify is what a cluster does with a token.
func (k kubernetes) verify(cluster, token string) kubernetesIdentity {
	k.t.Helper()
	var identity kubernetesIdentity
	out := output(k.t, k.verifier(cluster, token))
	if err := json.Unmarshal([]byte(out), &identity); err != nil {
		k.t.Fatalf("%v:\n%s", err, out)
	}
	if want := "sts." + region + ".amazonaws.com"; identity.STSEndpoint != want {
		k.t.Error(cmp.Diff(want, identity.STSEndpoint))
	}
	return identity
}

// refuses wants the cluster to get an error with this code.
func (k kubernetes) refuses(cluster, token, code string) {
	k.t.Helper()
	if out, err := k.verifier(cluster, token).CombinedOutput(); err == nil || !strings.Contains(string(out), code) {
		k.t.Errorf("the cluster is told %v, %s, want %s", err, out, code)
	}
}

// verifier knows nothing of who made the token: it has no credentials.
func (k kubernetes) verifier(cluster, token string) *exec.Cmd {
	command := exec.Command(k.program, "verify", cluster, token)
	command.Env = k.amazon
	return command
}

// builtAuthenticator builds the program from its own module, once, and returns its path.
func builtAuthenticator(t *testing.T) string {
	t.Helper()
	path, err := buildAuthenticator()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var buildAuthenticator = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "authenticator")
	command := exec.Command("go", "build", "-o", path, ".")
	command.Dir = "authenticator"
	command.Stderr = os.Stderr
	return path, command.Run()
})
