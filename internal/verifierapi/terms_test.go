package verifierapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

const vendor = "321098765432"

// account makes another account and returns its root's key.
func (e *env) account(id string) testenv.Key {
	e.t.Helper()
	account, err := server.CreateAccount(e.t.Context(), e.Store, id, "account"+id, e.Now)
	if err != nil {
		e.t.Fatal(err)
	}
	e.Now = e.Now.Add(2 * time.Second) // the server reads the change of another process within a second
	return testenv.Key{AccessKeyID: account.RootAccessKeyID, SecretAccessKey: account.RootSecretAccessKey}
}

func (e *env) call(key testenv.Key, service, action string, parameters ...string) string {
	e.t.Helper()
	status, body := e.Call(key, service, action, parameters...)
	if status != http.StatusOK {
		e.t.Fatalf("%s: %d %s", action, status, body)
	}
	return body
}

func element(body, name string) string {
	_, rest, _ := strings.Cut(body, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return text
}

// delegated is a session of another account that acts for alice, with all that she may do.
func (e *env) delegated() testenv.Key {
	e.t.Helper()
	requestor := e.account(vendor)
	e.call(testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "all", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	e.call(requestor, "iam", "CreatePolicy", "PolicyName", "all", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	id := element(e.call(requestor, "iam", "CreateDelegationRequest", "Description", "to look around", "RequestorWorkflowId", "workflow",
		"NotificationChannel", "daypass:poll", "SessionDuration", "3600", "Permissions.PolicyTemplateArn", "arn:aws:iam::"+vendor+":policy/all"),
		"DelegationRequestId")
	for _, action := range []string{"AssociateDelegationRequest", "AcceptDelegationRequest", "SendDelegationToken"} {
		e.call(e.alice, "iam", action, "DelegationRequestId", id)
	}
	body := e.call(requestor, "sts", "GetDelegatedAccessToken", "TradeInToken", id)
	return testenv.Key{
		AccessKeyID: element(body, "AccessKeyId"), SecretAccessKey: element(body, "SecretAccessKey"), SessionToken: element(body, "SessionToken"),
	}
}

// Who acts for somebody borrows no keys, not for those that the one may: a key is good for more than the session is.
func TestDelegatedSessionsDoNotAsk(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	session := e.delegated()
	e.want(e.request(e.alice, e.question(e.verifier)), 200, "user/verifier")
	for name, subject := range map[string]testenv.Key{"another's": e.verifier, "the approver's": e.alice, "its own": session, "nobody's": {AccessKeyID: "AKIAIOSFODNN7EXAMPLE"}} {
		t.Log(name)
		e.want(e.request(session, e.question(subject)), 403, `"__type":"AccessDeniedException","message":"Cannot call GetSigningKey with session credentials"`)
	}
}

// A delegated session that a verifier asks about is bounded by what its approver accepted.
func TestDelegatedSessionsAreTold(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	session := e.delegated()
	e.allow("verifier", "arn:aws:daypass:us-east-1:*:service/orders")
	body := e.want(e.request(e.verifier, e.question(session)), 200, "SigningKey")
	var answer struct {
		Principal struct{ Type, Arn string }
		Policies  struct {
			HasSession bool
			Session    []struct{ Document string }
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Principal.Type != "User" || answer.Principal.Arn != "arn:aws:iam::123456789012:user/alice" {
		t.Errorf("it acts for %+v", answer.Principal)
	}
	if !answer.Policies.HasSession || len(answer.Policies.Session) == 0 {
		t.Errorf("nothing bounds it: %+v", answer.Policies)
	}
}

// The verifier is told of service control policies, each as a level of its own, and of a change at the next question.
func TestServiceControlPolicies(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	const id = "210987654321"
	root := e.account(id)
	e.allow("verifier", "arn:aws:daypass:us-east-1:*:service/orders")
	told := func(key testenv.Key) (names [][]string, documents string) {
		var answer struct {
			Policies struct {
				ServiceControl [][]struct{ Id, Grammar, Document string }
			}
		}
		if err := json.Unmarshal([]byte(e.want(e.request(e.verifier, e.question(key)), 200, "SigningKey")), &answer); err != nil {
			t.Fatal(err)
		}
		for _, level := range answer.Policies.ServiceControl {
			var of []string
			for _, p := range level {
				of = append(of, p.Grammar+" "+p.Id)
				documents += p.Document
			}
			names = append(names, of)
		}
		return names, documents
	}
	if got, _ := told(e.alice); got != nil {
		t.Errorf("the management account has %q", got)
	}
	before, _ := told(root)
	if diff := cmp.Diff([][]string{{"ServiceControlPolicy FullAWSAccess"}}, before); diff != "" {
		t.Error(diff)
	}
	const document = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"orders:*","Resource":"*"}}`
	if err := server.PutServiceControlPolicy(t.Context(), e.Store, id, "NoOrders", document, e.Now); err != nil {
		t.Fatal(err)
	}
	e.Now = e.Now.Add(2 * time.Second)
	after, documents := told(root)
	if diff := cmp.Diff([][]string{{"ServiceControlPolicy FullAWSAccess", "ServiceControlPolicy NoOrders"}}, after); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(documents, document) {
		t.Errorf("the policy is not told: %s", documents)
	}
}
