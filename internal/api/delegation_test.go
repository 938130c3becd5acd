package api_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

const (
	vendor     = "321098765432"
	badTradeIn = "AccessDenied: The trade-in token is not valid."
	gone       = "InvalidClientTokenId: " + invalid + "."
)

// delegations is a story of two accounts: root, alice and bob are of the customer's, and vendor is the root of another.
type delegations struct{ *story }

func newDelegations(t *testing.T) delegations {
	t.Helper()
	s := delegations{newStory(t)}
	s.account(t, vendor, "vendor")
	s.call(t, http.StatusOK, "vendor", "iam", "CreatePolicy", "PolicyName", "all", "PolicyDocument", allowing("iam:*"))
	s.putPolicy(t, "alice", `{"Effect":"Allow","Action":"iam:*","Resource":"*"}`)
	return s
}

// account makes another account, whose root signs by its name.
func (s delegations) account(t *testing.T, id, name string) {
	t.Helper()
	account, err := server.CreateAccount(t.Context(), s.env.Store, id, name, s.env.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.keys[name] = testenv.Key{AccessKeyID: account.RootAccessKeyID, SecretAccessKey: account.RootSecretAccessKey}
	s.env.Now = s.env.Now.Add(2 * time.Second) // the server reads the change of another process within a second
}

func allowing(action string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`
}

// request makes a request of the vendor for all of IAM, for an hour.
func (s delegations) request(t *testing.T, workflow string, more ...string) (id string) {
	t.Helper()
	return element(s.call(t, http.StatusOK, "vendor", "iam", "CreateDelegationRequest", append([]string{
		"Description", "to look around", "RequestorWorkflowId", workflow, "NotificationChannel", "daypass:poll",
		"SessionDuration", "3600", "Permissions.PolicyTemplateArn", "arn:aws:iam::" + vendor + ":policy/all",
	}, more...)...), "DelegationRequestId")
}

// steps performs actions of one signer on a request, one after the other.
func (s delegations) steps(t *testing.T, signer, id string, actions ...string) {
	t.Helper()
	for _, action := range actions {
		s.call(t, http.StatusOK, signer, "iam", action, "DelegationRequestId", id)
	}
}

// delegated is a session of the vendor that acts for a user.
func (s delegations) delegated(t *testing.T, approver, workflow string) (id string) {
	t.Helper()
	id = s.request(t, workflow)
	s.steps(t, approver, id, "AssociateDelegationRequest", "AcceptDelegationRequest", "SendDelegationToken")
	s.keys["delegated"] = keyOf(s.call(t, http.StatusOK, "vendor", "sts", "GetDelegatedAccessToken", "TradeInToken", id))
	return id
}

func (s delegations) wants(t *testing.T, want, signer, service, action string, parameters ...string) {
	t.Helper()
	status, body := s.env.Call(s.keys[signer], service, action, parameters...)
	got := "ok"
	if status != http.StatusOK {
		got = refusal(body)
	}
	if got != want {
		t.Errorf("%s of %s: %s\nwant %s", action, signer, got, want)
	}
}

// Who is not concerned by a request can't tell it from one that does not exist, and can do nothing with it.
func TestDelegationIsNobodyElses(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	s.account(t, "345678901234", "stranger")
	none := "00000000-0000-4000-8000-000000000000"
	missing := func(id string) string {
		return "NoSuchEntity: The delegation request with ID " + id + " cannot be found."
	}

	meant := s.request(t, "meant", "OwnerAccountId", testenv.AccountID)
	open := s.request(t, "open to all")
	for _, action := range []string{
		"GetDelegationRequest", "AssociateDelegationRequest", "UpdateDelegationRequest", "AcceptDelegationRequest", "RejectDelegationRequest", "SendDelegationToken",
	} {
		if action == "AcceptDelegationRequest" { // of root
			continue
		}
		s.wants(t, missing(none), "stranger", "iam", action, "DelegationRequestId", none)
		s.wants(t, missing(meant), "stranger", "iam", action, "DelegationRequestId", meant)
	}
	s.wants(t, "AccessDenied: The delegation request with ID "+meant+" is meant for another account.", "vendor", "iam", "AssociateDelegationRequest", "DelegationRequestId", meant)
	s.wants(t, "ok", "stranger", "iam", "GetDelegationRequest", "DelegationRequestId", open)

	s.steps(t, "alice", open, "AssociateDelegationRequest", "UpdateDelegationRequest", "AcceptDelegationRequest")
	s.wants(t, missing(open), "stranger", "iam", "GetDelegationRequest", "DelegationRequestId", open)
	for _, action := range []string{"AssociateDelegationRequest", "UpdateDelegationRequest", "RejectDelegationRequest", "SendDelegationToken"} {
		s.wants(t, "AccessDenied: The delegation request with ID "+open+" belongs to another account.", "vendor", "iam", action, "DelegationRequestId", open)
	}
	if body := s.call(t, http.StatusOK, "vendor", "iam", "ListDelegationRequests"); strings.Contains(body, open) {
		t.Errorf("the vendor lists what the customer owns: %s", body)
	}
}

// What the owner's account notes for itself, and who is in it, is not told to whoever made the request.
func TestDelegationTellsTheVendorLittle(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	id := s.request(t, "workflow")
	s.steps(t, "alice", id, "AssociateDelegationRequest")
	s.call(t, http.StatusOK, "alice", "iam", "UpdateDelegationRequest", "DelegationRequestId", id, "Notes", "who are they?")
	for signer, want := range map[string]string{"alice": "who are they?", "vendor": ""} {
		body := s.call(t, http.StatusOK, signer, "iam", "GetDelegationRequest", "DelegationRequestId", id)
		if got := element(body, "Notes"); got != want || element(body, "RequestorName") != "vendor" {
			t.Errorf("%s reads the notes %q, want %q: %s", signer, got, want, body)
		}
		if strings.Contains(body, "user/alice") != (signer == "alice") {
			t.Errorf("%s reads %s", signer, body)
		}
	}
}

// A token is good for the account that made the request only, from when it was sent until the time is over, and unchanged.
func TestTradeIn(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	s.account(t, "345678901234", "stranger")
	id := s.request(t, "workflow")
	trade := func(want, signer, token string) {
		t.Helper()
		s.wants(t, want, signer, "sts", "GetDelegatedAccessToken", "TradeInToken", token)
	}
	trade(badTradeIn, "vendor", id)
	s.steps(t, "alice", id, "AssociateDelegationRequest")
	trade(badTradeIn, "vendor", id)
	s.steps(t, "alice", id, "AcceptDelegationRequest")
	trade(badTradeIn, "vendor", id)
	s.steps(t, "alice", id, "SendDelegationToken")
	trade("ok", "vendor", id)
	trade("ok", "vendor", id)
	for name, token := range map[string]string{
		"empty": "", "changed": id[:35] + flip(id[35:]), "upper case": strings.ToUpper(id), "longer": id + "0", "spaces": " " + id,
		"odd bytes": "'%é", "a session token": s.keys["alice/session"].SessionToken,
	} {
		if token == id {
			continue
		}
		if _, body := s.env.Call(s.keys["vendor"], "sts", "GetDelegatedAccessToken", "TradeInToken", token); refusal(body) != badTradeIn {
			t.Errorf("%s: %s", name, body)
		}
	}
	trade(badTradeIn, "stranger", id)
	trade(badTradeIn, "root", id)

	rejected := s.request(t, "rejected")
	s.steps(t, "alice", rejected, "AssociateDelegationRequest", "AcceptDelegationRequest", "RejectDelegationRequest")
	trade(badTradeIn, "vendor", rejected)

	s.env.Now = s.env.Now.Add(time.Hour)
	trade("ExpiredTradeInTokenException: The trade-in token provided in the request has expired and can no longer be exchanged for credentials.", "vendor", id)
	trade(badTradeIn, "stranger", id)
}

// The session has what was asked for and its approver may do, and of that nothing that lasts longer than itself.
func TestDelegatedSessionIsBounded(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	s.putPolicy(t, "bob", `{"Effect":"Allow","Action":"iam:*DelegationRequest*","Resource":"*"},`+
		`{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:username":"bob"}}},`+
		`{"Effect":"Deny","Action":"iam:GetGroup","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/bob"}}},`+
		`{"Effect":"Deny","Action":"iam:ListRoles","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`)
	s.delegated(t, "bob", "workflow")
	as := "User: arn:aws:sts::" + testenv.AccountID + ":delegated-session/bob/"
	denied := func(action string, parameters ...string) {
		t.Helper()
		status, body := s.env.Call(s.keys["delegated"], "iam", action, parameters...)
		if got := refusal(body); status != http.StatusForbidden || !strings.HasPrefix(got, "AccessDenied: "+as) {
			t.Errorf("%s: %d %s", action, status, body)
		}
	}
	s.wants(t, "ok", "delegated", "iam", "ListUsers")
	denied("GetGroup", "GroupName", "g")
	denied("ListRoles")
	for _, action := range []string{"CreateUser", "CreateAccessKey", "DeleteUser", "CreateRole", "PutUserPolicy", "GenerateCredentialReport", "AcceptDelegationRequest"} {
		s.wants(t, "InvalidClientTokenId: "+invalid, "delegated", "iam", action, "UserName", "bob")
	}
	for _, action := range []string{"AssumeRole", "GetSessionToken", "GetFederationToken", "GetWebIdentityToken", "GetDelegatedAccessToken", "GetAccessKeyInfo"} {
		s.wants(t, "AccessDenied: Cannot call "+action+" with session credentials", "delegated", "sts", action)
	}
	s.putPolicy(t, "bob", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	denied("ListUsers")
}

// A narrow request gives no more than it says to the session of an administrator, and a later version of the template changes
// nothing.
func TestTemplateIsSettledAtCreation(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	arn := "arn:aws:iam::" + vendor + ":policy/narrow"
	s.call(t, http.StatusOK, "vendor", "iam", "CreatePolicy", "PolicyName", "narrow", "PolicyDocument", allowing("iam:ListUsers"))
	id := s.request(t, "workflow", "Permissions.PolicyTemplateArn", arn)
	s.steps(t, "alice", id, "AssociateDelegationRequest", "AcceptDelegationRequest")
	s.call(t, http.StatusOK, "vendor", "iam", "CreatePolicyVersion", "PolicyArn", arn, "PolicyDocument", allowing("iam:*"), "SetAsDefault", "true")
	s.steps(t, "alice", id, "SendDelegationToken")
	s.keys["delegated"] = keyOf(s.call(t, http.StatusOK, "vendor", "sts", "GetDelegatedAccessToken", "TradeInToken", id))
	s.wants(t, "ok", "delegated", "iam", "ListUsers")
	if status, body := s.env.Call(s.keys["delegated"], "iam", "ListRoles"); status != http.StatusForbidden || !strings.Contains(body, "no session policy allows") {
		t.Errorf("the session has more than was asked for: %d %s", status, body)
	}
}

// Whatever ends the approver ends the session, at the next request, and no trade brings it back.
func TestDelegatedSessionEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end   func(*testing.T, delegations, string)
		trade string // what a trade is answered afterwards
	}{
		"the approver is deleted": {func(t *testing.T, s delegations, _ string) {
			s.call(t, http.StatusOK, "root", "iam", "DeleteUserPolicy", "UserName", "alice", "PolicyName", "p")
			s.call(t, http.StatusOK, "root", "iam", "DeactivateMFADevice", "UserName", "alice", "SerialNumber", testenv.Serial("alice"))
			s.call(t, http.StatusOK, "root", "iam", "DeleteAccessKey", "UserName", "alice", "AccessKeyId", s.keys["alice"].AccessKeyID)
			s.call(t, http.StatusOK, "root", "iam", "DeleteUser", "UserName", "alice")
			s.call(t, http.StatusOK, "root", "iam", "CreateUser", "UserName", "alice")
		}, badTradeIn},
		"the key that accepted is deactivated": {func(t *testing.T, s delegations, _ string) {
			s.call(t, http.StatusOK, "root", "iam", "UpdateAccessKey", "UserName", "alice", "AccessKeyId", s.keys["alice"].AccessKeyID, "Status", "Inactive")
		}, "ok"},
		"the approver is revoked": {func(t *testing.T, s delegations, _ string) {
			s.revoke(t, server.Revocation{Principal: "arn:aws:iam::" + testenv.AccountID + ":user/alice"})
		}, "ok"},
		"the request is revoked": {func(t *testing.T, s delegations, id string) {
			s.revoke(t, server.Revocation{Principal: "arn:aws:sts::" + testenv.AccountID + ":delegated-session/alice/" + id})
		}, "ok"},
		"the vendor's key is revoked": {func(t *testing.T, s delegations, _ string) {
			s.revoke(t, server.Revocation{AccessKeyID: s.keys["vendor"].AccessKeyID})
		}, "ok"},
		"the vendor's account is revoked": {func(t *testing.T, s delegations, _ string) {
			s.revoke(t, server.Revocation{AccountID: vendor})
		}, "ok"},
		"the account is revoked": {func(t *testing.T, s delegations, _ string) {
			s.revoke(t, server.Revocation{AccountID: testenv.AccountID})
		}, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newDelegations(t)
			id := s.delegated(t, "alice", "workflow")
			s.wants(t, "ok", "delegated", "iam", "ListUsers")
			test.end(t, s, id)
			s.wants(t, gone, "delegated", "sts", "GetCallerIdentity")
			s.env.Now = s.env.Now.Add(time.Minute)
			s.wants(t, test.trade, "vendor", "sts", "GetDelegatedAccessToken", "TradeInToken", id)
			if test.trade == "ok" {
				s.keys["again"] = keyOf(s.call(t, http.StatusOK, "vendor", "sts", "GetDelegatedAccessToken", "TradeInToken", id))
				s.wants(t, gone, "again", "sts", "GetCallerIdentity")
			}
		})
	}
}

// Who is of a disabled account acts for nobody in another.
func TestDisabledVendorActsForNobody(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	s.delegated(t, "alice", "workflow")
	for _, step := range []struct{ status, want string }{{store.Active, "ok"}, {store.Suspended, gone}, {store.Active, "ok"}} {
		if err := server.SetAccountStatus(t.Context(), s.env.Store, vendor, step.status); err != nil {
			t.Fatal(err)
		}
		s.env.Now = s.env.Now.Add(2 * time.Second)
		s.wants(t, step.want, "delegated", "iam", "ListUsers")
	}
}

// Of two accounts, the customer's may be disabled here: the vendor is the management account.
func TestDisabledAccountDelegatesNothing(t *testing.T) {
	t.Parallel()
	s := delegations{newStory(t)}
	s.account(t, "345678901234", "customer")
	s.keys["vendor"] = s.keys["root"]
	s.call(t, http.StatusOK, "customer", "iam", "CreateUser", "UserName", "carol")
	s.keys["carol"] = keyOf(s.call(t, http.StatusOK, "customer", "iam", "CreateAccessKey", "UserName", "carol"))
	s.call(t, http.StatusOK, "customer", "iam", "PutUserPolicy", "UserName", "carol", "PolicyName", "p", "PolicyDocument", allowing("*"))
	id := s.request(t, "workflow", "Permissions.PolicyTemplateArn", "arn:aws:iam::aws:policy/AdministratorAccess")
	s.steps(t, "carol", id, "AssociateDelegationRequest", "AcceptDelegationRequest", "SendDelegationToken")
	s.keys["delegated"] = keyOf(s.call(t, http.StatusOK, "vendor", "sts", "GetDelegatedAccessToken", "TradeInToken", id))
	s.wants(t, "ok", "delegated", "iam", "ListUsers")
	for _, step := range []struct{ status, session, trade string }{{store.Suspended, gone, badTradeIn}, {store.Active, "ok", "ok"}} {
		if err := server.SetAccountStatus(t.Context(), s.env.Store, "345678901234", step.status); err != nil {
			t.Fatal(err)
		}
		s.env.Now = s.env.Now.Add(2 * time.Second)
		s.wants(t, step.session, "delegated", "iam", "ListUsers")
		s.wants(t, step.trade, "vendor", "sts", "GetDelegatedAccessToken", "TradeInToken", id)
	}
}

func (s delegations) revoke(t *testing.T, r server.Revocation) {
	t.Helper()
	if _, err := server.RevokeSessions(t.Context(), s.env.Store, r, s.env.Now); err != nil {
		t.Fatal(err)
	}
	s.env.Now = s.env.Now.Add(2 * time.Second)
}

// No other ARN than that of a delegated session ends one.
func TestRevokedDelegationIsNamedExactly(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	id := s.delegated(t, "alice", "workflow")
	unsent := s.request(t, "unsent")
	for _, arn := range []string{
		"arn:aws:sts::" + testenv.AccountID + ":delegated-session/bob/" + id,
		"arn:aws:sts::" + testenv.AccountID + ":delegated-session/" + id,
		"arn:aws:sts::" + vendor + ":delegated-session/alice/" + id,
		"arn:aws:sts:us-east-1:" + testenv.AccountID + ":delegated-session/alice/" + id,
		"arn:aws:sts::" + testenv.AccountID + ":delegated-session/alice/" + unsent,
		"arn:aws:sts::" + testenv.AccountID + ":delegated-session/alice/\x00",
	} {
		if row, err := server.RevokeSessions(t.Context(), s.env.Store, server.Revocation{Principal: arn}, s.env.Now); err == nil {
			t.Errorf("%s: %v", arn, row)
		}
	}
}

// A session of a role accepts for the role. One that is bounded, or has tags, would pass on more than it has, or something else.
func TestRoleAccepts(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	const role = "arn:aws:iam::" + testenv.AccountID + ":role/Approver"
	s.putPolicy(t, "bob", `{"Effect":"Allow","Action":"sts:*","Resource":"*"}`)
	s.call(t, http.StatusOK, "root", "iam", "CreateRole", "RoleName", "Approver", "AssumeRolePolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Principal":{"AWS":"`+testenv.AccountID+`"}}}`)
	s.call(t, http.StatusOK, "root", "iam", "PutRolePolicy", "RoleName", "Approver", "PolicyName", "p", "PolicyDocument", allowing("iam:*"))
	assume := func(name string, more ...string) {
		s.keys[name] = keyOf(s.call(t, http.StatusOK, "bob", "sts", "AssumeRole", append([]string{"RoleArn", role, "RoleSessionName", name}, more...)...))
	}
	assume("plain")
	assume("bounded", "Policy", allowing("iam:*"))
	assume("tagged", "Tags.member.1.Key", "k", "Tags.member.1.Value", "v")
	id := s.request(t, "workflow")
	s.steps(t, "plain", id, "AssociateDelegationRequest")
	const bounded = "AccessDenied: Delegation requests may not be accepted by sessions with session policies or session tags."
	s.wants(t, bounded, "bounded", "iam", "AcceptDelegationRequest", "DelegationRequestId", id)
	s.wants(t, bounded, "tagged", "iam", "AcceptDelegationRequest", "DelegationRequestId", id)
	s.steps(t, "plain", id, "AcceptDelegationRequest", "SendDelegationToken")

	body := s.call(t, http.StatusOK, "vendor", "sts", "GetDelegatedAccessToken", "TradeInToken", id)
	s.keys["delegated"] = keyOf(body)
	if got := element(body, "AssumedPrincipal"); got != role {
		t.Errorf("AssumedPrincipal is %s, want %s", got, role)
	}
	s.wants(t, "ok", "delegated", "iam", "ListUsers")
	got := element(s.call(t, http.StatusOK, "delegated", "sts", "GetCallerIdentity"), "Arn")
	if want := "arn:aws:sts::" + testenv.AccountID + ":delegated-session/Approver/" + id; got != want {
		t.Errorf("the session is %s, want %s", got, want)
	}
	s.call(t, http.StatusOK, "root", "iam", "DeleteRolePolicy", "RoleName", "Approver", "PolicyName", "p")
	s.call(t, http.StatusOK, "root", "iam", "DeleteRole", "RoleName", "Approver")
	s.wants(t, gone, "delegated", "sts", "GetCallerIdentity")
}

// Of two who decide at the same time one does, and what comes of it is one of the states.
func TestDecisionsAtOnce(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	for i, actions := range [][2]string{
		{"AssociateDelegationRequest", "AssociateDelegationRequest"},
		{"AcceptDelegationRequest", "AcceptDelegationRequest"},
		{"AcceptDelegationRequest", "RejectDelegationRequest"},
		{"SendDelegationToken", "SendDelegationToken"},
		{"SendDelegationToken", "RejectDelegationRequest"},
	} {
		id := s.request(t, "workflow-"+string(rune('a'+i)))
		for _, before := range []string{"AssociateDelegationRequest", "AcceptDelegationRequest"} {
			if actions[0] == before {
				break
			}
			s.steps(t, "alice", id, before)
		}
		requests := [2]*http.Request{}
		for j, action := range actions {
			requests[j] = s.env.Request(s.keys["alice"], "iam", "Action="+action+"&Version=2010-05-08&DelegationRequestId="+id)
		}
		var statuses [2]int
		var done sync.WaitGroup
		for j, r := range requests {
			done.Go(func() {
				response, _ := s.env.Do(r)
				statuses[j] = response.StatusCode
			})
		}
		done.Wait()
		// An accepted request may be rejected: both then happened, in this order.
		both := actions == [2]string{"AcceptDelegationRequest", "RejectDelegationRequest"} && statuses == [2]int{200, 200}
		if !both && statuses != [2]int{200, 400} && statuses != [2]int{400, 200} {
			t.Errorf("%v: %v", actions, statuses)
		}
		state := element(s.call(t, http.StatusOK, "alice", "iam", "GetDelegationRequest", "DelegationRequestId", id), "State")
		if strings.HasPrefix(actions[1], "Reject") && statuses[1] == 200 && state != "REJECTED" {
			t.Errorf("%v: %v and %s", actions, statuses, state)
		}
	}
}

// The audit log tells who acted for whom, and holds no secret of the session.
func TestDelegationIsRecorded(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	id := s.delegated(t, "alice", "workflow")
	s.wants(t, "ok", "delegated", "iam", "ListUsers")
	s.env.Close()
	log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(log)
	for _, want := range []string{
		`"type":"IAMUser","principalId":"AIDAALICEALICEALICEAA:` + id + `","arn":"arn:aws:sts::` + testenv.AccountID + `:delegated-session/alice/` + id + `"`,
		`"invokedByDelegate":{"accountId":"` + vendor + `"}`,
		`"eventName":"GetDelegatedAccessToken"`,
		`"assumedPrincipal":"arn:aws:iam::` + testenv.AccountID + `:user/alice"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log has no %s", want)
		}
	}
	key := s.keys["delegated"]
	for _, secret := range []string{key.SecretAccessKey, key.SessionToken, `"tradeInToken"`} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// Requests that are over are forgotten, a week after they expired.
func TestDelegationRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	s := newDelegations(t)
	id := s.request(t, "workflow")
	for _, step := range []struct {
		after time.Duration
		want  error
	}{{8*24*time.Hour - time.Second, nil}, {8 * 24 * time.Hour, store.ErrNotFound}} {
		if err := server.ForgetExpired(t.Context(), s.env.Store, s.env.Now.Add(step.after)); err != nil {
			t.Fatal(err)
		}
		err := s.env.Store.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.DelegationRequest(context.Background(), id)
			return err
		})
		if !errors.Is(err, step.want) {
			t.Errorf("after %v: %v, want %v", step.after, err, step.want)
		}
	}
}
