package e2e

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

func userARN(name string) string { return "arn:aws:iam::" + accountID + ":user/" + name }
func roleARN(name string) string { return "arn:aws:iam::" + accountID + ":role/" + name }

func sessionARN(role, session string) string {
	return "arn:aws:sts::" + accountID + ":assumed-role/" + role + "/" + session
}

// notAuthorized is how a refused AssumeRole reads, whatever the reason (spec section 5.6).
func notAuthorized(caller, role string) string {
	return "User: " + caller + " is not authorized to perform: sts:AssumeRole on resource: " + roleARN(role)
}

const (
	wholeAccount = `{"AWS":"arn:aws:iam::` + accountID + `:root"}`
	needsMFA     = `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`
)

func principal(arn string) string { return fmt.Sprintf(`{"AWS":%q}`, arn) }

// trust is a policy that lets a principal do something with a role, on a condition if there is one.
func trust(principal, condition string, actions ...string) string {
	if condition == "" {
		condition = "{}"
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":%s,"Action":%s,"Condition":%s}]}`,
		principal, listOf(actions), condition)
}

func allowing(actions ...string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%s,"Resource":"*"}]}`, listOf(actions))
}

func listOf(values []string) string {
	list, err := json.Marshal(values)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return string(list)
}

// createUser makes a user with an access key.
func (s *server) createUser(name string) credentials {
	s.t.Helper()
	root := s.iam(s.root)
	if _, err := root.CreateUser(s.t.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
		s.t.Fatal(err)
	}
	key, err := root.CreateAccessKey(s.t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		s.t.Fatal(err)
	}
	s.secret("a secret access key", aws.ToString(key.AccessKey.SecretAccessKey))
	return credentials{AccessKeyId: aws.ToString(key.AccessKey.AccessKeyId), SecretAccessKey: aws.ToString(key.AccessKey.SecretAccessKey)}
}

// deleteUser deletes a user, whose key and inline policy go first.
func (s *server) deleteUser(name string, key credentials) {
	s.t.Helper()
	root, ctx := s.iam(s.root), s.t.Context()
	_, err := root.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &name, AccessKeyId: &key.AccessKeyId})
	if err == nil {
		_, err = root.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &name, PolicyName: aws.String("allow")})
	}
	if _, absent := errors.AsType[*iamtypes.NoSuchEntityException](err); absent || err == nil {
		_, err = root.DeleteUser(ctx, &iam.DeleteUserInput{UserName: &name})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// allow gives a user an inline policy for actions on everything.
func (s *server) allow(name string, actions ...string) {
	s.t.Helper()
	if _, err := s.iam(s.root).PutUserPolicy(s.t.Context(), &iam.PutUserPolicyInput{
		UserName: &name, PolicyName: aws.String("allow"), PolicyDocument: aws.String(allowing(actions...)),
	}); err != nil {
		s.t.Fatal(err)
	}
}

// createRole makes a role for two hours that whom it trusts may assume with tags and a source identity.
func (s *server) createRole(name, principal, condition string) {
	s.t.Helper()
	s.createTrustingRole(name, trust(principal, condition, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"))
}

func (s *server) createTrustingRole(name, trust string) {
	s.t.Helper()
	if _, err := s.iam(s.root).CreateRole(s.t.Context(), &iam.CreateRoleInput{
		RoleName: &name, AssumeRolePolicyDocument: &trust, MaxSessionDuration: aws.Int32(7200),
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) putRolePolicy(role, name, document string) {
	s.t.Helper()
	if _, err := s.iam(s.root).PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{
		RoleName: &role, PolicyName: &name, PolicyDocument: &document,
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) deleteRolePolicy(role, name string) {
	s.t.Helper()
	if _, err := s.iam(s.root).DeleteRolePolicy(s.t.Context(), &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &name}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) deleteRole(name string) {
	s.t.Helper()
	if _, err := s.iam(s.root).DeleteRole(s.t.Context(), &iam.DeleteRoleInput{RoleName: &name}); err != nil {
		s.t.Fatal(err)
	}
}

// enableHOTP gives a user a hardware token and returns what shows its next code. It needs no clock, so a test may ask for
// as many codes as it likes.
func (s *server) enableHOTP(name, seed, serial string) (next func() string) {
	s.t.Helper()
	s.importTokens(serial + ",hotp," + seed)
	counter := 0
	next = func() string {
		code := hotp(s.t, seed, counter)
		s.secret("a token code", code)
		counter++
		return code
	}
	first, second := next(), next()
	if _, err := s.iam(s.root).EnableMFADevice(s.t.Context(), &iam.EnableMFADeviceInput{
		UserName: &name, SerialNumber: &serial, AuthenticationCode1: &first, AuthenticationCode2: &second,
	}); err != nil {
		s.t.Fatal(err)
	}
	return next
}

// assume makes a call of AssumeRole, by the provider that programs use, and returns the session's credentials.
func (s *server) assume(who credentials, role string, change ...func(*stscreds.AssumeRoleOptions)) (credentials, error) {
	change = append([]func(*stscreds.AssumeRoleOptions){func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "e2e" }}, change...)
	got, err := stscreds.NewAssumeRoleProvider(s.sts(who), roleARN(role), change...).Retrieve(s.t.Context())
	if err != nil {
		return credentials{}, err
	}
	s.secret("a session's secret access key", got.SecretAccessKey)
	s.secret("a session token", got.SessionToken)
	return credentials{AccessKeyId: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken}, nil
}

// session is assume where a refusal ends the test.
func (s *server) session(who credentials, role string, change ...func(*stscreds.AssumeRoleOptions)) credentials {
	s.t.Helper()
	c, err := s.assume(who, role, change...)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// wantARN checks who GetCallerIdentity says somebody is.
func (s *server) wantARN(who credentials, want string) {
	s.t.Helper()
	if got := s.identityOf(who).ARN; got != want {
		s.t.Errorf("the session is %q, want %q", got, want)
	}
}

// listsUsers and readsUser make a call that is judged by the caller's policies.
func (s *server) listsUsers(who credentials) error {
	_, err := s.iam(who).ListUsers(s.t.Context(), &iam.ListUsersInput{})
	return err
}

func (s *server) readsUser(who credentials, name string) error {
	_, err := s.iam(who).GetUser(s.t.Context(), &iam.GetUserInput{UserName: &name})
	return err
}

func (s *server) wantSuccess(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Error(err)
	}
}

// TestRoles is AssumeRole as a program has it from the SDK for Go, and its refusals above all.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := start(t, config{})
	alice := s.createUser("alice")
	s.allow("alice", "sts:*")
	s.createRole("worker", wholeAccount, "")
	s.putRolePolicy("worker", "work", allowing("iam:ListUsers", "iam:GetUser", "sts:*"))

	for name, story := range map[string]func(*server, credentials){
		"callers":          roleCallers,
		"trust":            roleTrust,
		"MFA":              roleMFA,
		"lives":            roleLives,
		"session policies": roleSessionPolicies,
		"tags":             roleTags,
		"source identity":  roleSourceIdentity,
		"sizes":            roleSizes,
	} {
		t.Run(name, func(t *testing.T) { story(s.in(t), alice) })
	}
}

// in returns the same server for a subtest.
func (s *server) in(t *testing.T) *server {
	again := *s
	again.t = t
	return &again
}

// roleCallers are who may call AssumeRole, and what its session is and may call.
func roleCallers(s *server, alice credentials) {
	session := s.session(alice, "worker")
	if !strings.HasPrefix(session.AccessKeyId, "ASIA") {
		s.t.Errorf("AccessKeyId is %q", session.AccessKeyId)
	}
	s.wantARN(session, sessionARN("worker", "e2e"))
	s.wantSuccess(s.listsUsers(session))
	wantRefusal(s.t, s.listsUsers(alice), "AccessDenied", "because no identity-based policy allows the iam:ListUsers action")

	_, err := s.sts(session).GetSessionToken(s.t.Context(), &sts.GetSessionTokenInput{})
	wantRefusal(s.t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	_, err = s.sts(session).GetFederationToken(s.t.Context(), &sts.GetFederationTokenInput{Name: aws.String("fred")})
	wantRefusal(s.t, err, "AccessDenied", "Cannot call GetFederationToken with session credentials")
	_, err = s.assume(s.root, "worker")
	wantRefusal(s.t, err, "AccessDenied", "Roles may not be assumed by root accounts.")
	_, err = s.assume(s.createUser("idle"), "worker") // the account is trusted, the user is given nothing
	wantRefusal(s.t, err, "AccessDenied", notAuthorized(userARN("idle"), "worker"))

	mixed := session
	mixed.SessionToken = s.session(alice, "worker").SessionToken
	s.wantEnded(mixed)
}

// roleTrust are the conditions of a trust policy, and whom it means by a name.
func roleTrust(s *server, alice credentials) {
	bob := s.createUser("bob")
	s.createRole("bobs", principal(userARN("bob")), "")
	s.createRole("partner", wholeAccount, `{"StringEquals":{"sts:ExternalId":"partner-7"}}`)
	externalID := func(id string) func(*stscreds.AssumeRoleOptions) {
		return func(o *stscreds.AssumeRoleOptions) { o.ExternalID = &id }
	}
	s.session(bob, "bobs") // trusted by name: nobody has to allow it
	s.session(alice, "partner", externalID("partner-7"))

	// Whoever may not assume a role does not learn whether it is there.
	for role, change := range map[string][]func(*stscreds.AssumeRoleOptions){
		"bobs": nil, "nobody": nil, "Worker": nil, "partner": {externalID("partner-8")},
	} {
		_, err := s.assume(alice, role, change...)
		wantExactly(s.t, err, "AccessDenied", notAuthorized(userARN("alice"), role))
	}

	// The user who is made again under a trusted name is somebody else.
	s.deleteUser("bob", bob)
	_, err := s.assume(s.createUser("bob"), "bobs")
	wantExactly(s.t, err, "AccessDenied", notAuthorized(userARN("bob"), "bobs"))
}

// wantExactly is wantRefusal where not a letter may be added.
func wantExactly(t *testing.T, err error, code, text string) {
	t.Helper()
	wantRefusal(t, err, code, text)
	if refusal, ok := errors.AsType[smithy.APIError](err); ok && refusal.ErrorMessage() != text {
		t.Errorf("message is %q, want %q", refusal.ErrorMessage(), text)
	}
}

// roleMFA is MFA that a trust policy asks for: a code in the call, or a session that was begun with one.
func roleMFA(s *server, _ credentials) {
	const seed, serial = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "GAHT11111111"
	mia := s.createUser("mia")
	s.allow("mia", "sts:AssumeRole")
	next := s.enableHOTP("mia", seed, serial)
	s.createRole("careful", wholeAccount, needsMFA)
	s.putRolePolicy("careful", "work", allowing("iam:GetUser"))
	s.putRolePolicy("careful", "with-mfa", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":`+needsMFA+`}]}`)
	withCode := func(code string) func(*stscreds.AssumeRoleOptions) {
		return func(o *stscreds.AssumeRoleOptions) {
			o.SerialNumber = aws.String(serial)
			o.TokenProvider = func() (string, error) { return code, nil }
		}
	}

	_, err := s.assume(mia, "careful")
	wantExactly(s.t, err, "AccessDenied", notAuthorized(userARN("mia"), "careful"))
	code := next()
	session := s.session(mia, "careful", withCode(code))
	_, err = s.assume(mia, "careful", withCode(code))
	wantRefusal(s.t, err, "AccessDenied", wrongCodeText)

	// The role's session tells nothing of the MFA that it took to get it.
	s.wantSuccess(s.readsUser(session, "mia"))
	wantRefusal(s.t, s.listsUsers(session), "AccessDenied", "because no identity-based policy allows the iam:ListUsers action")

	begin := func(input *sts.GetSessionTokenInput) credentials {
		answer, err := s.sts(mia).GetSessionToken(s.t.Context(), input)
		if err != nil {
			s.t.Fatal(err)
		}
		return s.credentialsOf(answer.Credentials)
	}
	code = next()
	s.session(begin(&sts.GetSessionTokenInput{SerialNumber: aws.String(serial), TokenCode: &code}), "careful")
	_, err = s.assume(begin(&sts.GetSessionTokenInput{}), "careful")
	wantExactly(s.t, err, "AccessDenied", notAuthorized(userARN("mia"), "careful"))
}

// roleLives is how long a session lives, and what ends it before.
func roleLives(s *server, alice credentials) {
	ask := func(who credentials, seconds int32) (*sts.AssumeRoleOutput, error) {
		return s.sts(who).AssumeRole(s.t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String(roleARN("worker")), RoleSessionName: aws.String("e2e"), DurationSeconds: &seconds,
		})
	}
	asked := time.Now().Truncate(time.Second)
	answer, err := ask(alice, 7200)
	if err != nil {
		s.t.Fatal(err)
	}
	if lives := answer.Credentials.Expiration.Sub(asked); lives < 2*time.Hour || lives > 2*time.Hour+patience {
		s.t.Errorf("the session lives for %v, want two hours", lives)
	}
	session := s.credentialsOf(answer.Credentials)
	_, err = ask(alice, 7201)
	wantRefusal(s.t, err, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	_, err = ask(session, 3601)
	wantRefusal(s.t, err, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	_, err = ask(alice, 43201)
	wantRefusal(s.t, err, "ValidationError", "Member must have value less than or equal to 43200")

	// The console's way to revoke: a Deny for whatever was issued before now.
	s.putRolePolicy("worker", "AWSRevokeOlderSessions", fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":%q}}}]}`,
		time.Now().Add(time.Second).UTC().Format(time.RFC3339)))
	wantRefusal(s.t, s.listsUsers(session), "AccessDenied", denied)
	s.deleteRolePolicy("worker", "AWSRevokeOlderSessions")
	s.wantSuccess(s.listsUsers(session))

	// A role's end is its sessions' end, and the end of the trust in it.
	s.createRole("brief", wholeAccount, "")
	s.createRole("after", principal(roleARN("brief")), "")
	session = s.session(alice, "brief")
	s.session(session, "after")
	s.deleteRole("brief")
	s.wantEnded(session)
	_, err = s.assume(alice, "brief")
	wantExactly(s.t, err, "AccessDenied", notAuthorized(userARN("alice"), "brief"))
	s.createRole("brief", wholeAccount, "")
	s.wantEnded(session)
	_, err = s.assume(s.session(alice, "brief"), "after")
	wantExactly(s.t, err, "AccessDenied", notAuthorized(sessionARN("brief", "e2e"), "after"))
}

// wantEnded checks that credentials are nobody's.
func (s *server) wantEnded(session credentials) {
	s.t.Helper()
	_, err := s.sts(session).GetCallerIdentity(s.t.Context(), &sts.GetCallerIdentityInput{})
	wantRefusal(s.t, err, "InvalidClientTokenId", invalidTokenText)
}

// roleSessionPolicies are policies that the caller gives a session, which can only take away.
func roleSessionPolicies(s *server, alice credentials) {
	const noSessionPolicy = "because no session policy allows the iam:ListUsers action"
	inline := s.session(alice, "worker", func(o *stscreds.AssumeRoleOptions) { o.Policy = aws.String(allowing("iam:GetUser", "iam:CreateUser")) })
	s.wantSuccess(s.readsUser(inline, "alice"))
	wantRefusal(s.t, s.listsUsers(inline), "AccessDenied", noSessionPolicy)
	_, err := s.iam(inline).CreateUser(s.t.Context(), &iam.CreateUserInput{UserName: aws.String("eve")})
	wantRefusal(s.t, err, "AccessDenied", "because no identity-based policy allows the iam:CreateUser action")

	policy, err := s.iam(s.root).CreatePolicy(s.t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("read-a-user"), PolicyDocument: aws.String(allowing("iam:GetUser")),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	byARN := s.session(alice, "worker", func(o *stscreds.AssumeRoleOptions) {
		o.PolicyARNs = []ststypes.PolicyDescriptorType{{Arn: policy.Policy.Arn}}
	})
	s.wantSuccess(s.readsUser(byARN, "alice"))
	wantRefusal(s.t, s.listsUsers(byARN), "AccessDenied", noSessionPolicy)

	_, err = s.assume(alice, "worker", func(o *stscreds.AssumeRoleOptions) {
		o.PolicyARNs = make([]ststypes.PolicyDescriptorType, 11)
		for i := range o.PolicyARNs {
			o.PolicyARNs[i].Arn = policy.Policy.Arn
		}
	})
	if err == nil {
		s.t.Error("eleven session policies are accepted")
	}
	_, err = s.assume(alice, "worker", func(o *stscreds.AssumeRoleOptions) { o.Policy = aws.String(`{"Version":"2012-10-17"`) })
	if _, ok := errors.AsType[*ststypes.MalformedPolicyDocumentException](err); !ok {
		s.t.Errorf("error is %v, want the SDK's MalformedPolicyDocumentException", err)
	}
}

// roleTags are session tags, and those that chaining takes along.
func roleTags(s *server, alice credentials) {
	s.createRole("first", wholeAccount, "")
	s.createRole("next", principal(roleARN("first")), "")
	s.putRolePolicy("first", "work", allowing("sts:*"))
	for _, role := range []string{"first", "next"} {
		s.putRolePolicy(role, "red", `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}},
			{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/stage":"test"}}}]}`)
	}
	tagged := func(transitive []string, pairs ...string) func(*stscreds.AssumeRoleOptions) {
		return func(o *stscreds.AssumeRoleOptions) {
			for i := 0; i < len(pairs); i += 2 {
				o.Tags = append(o.Tags, ststypes.Tag{Key: &pairs[i], Value: &pairs[i+1]})
			}
			o.TransitiveTagKeys = transitive
		}
	}
	first := s.session(alice, "first", tagged([]string{"team"}, "team", "red", "stage", "test"))
	s.wantSuccess(s.listsUsers(first))
	s.wantSuccess(s.readsUser(first, "alice"))
	next := s.session(first, "next")
	s.wantSuccess(s.listsUsers(next))
	wantRefusal(s.t, s.readsUser(next, "alice"), "AccessDenied", "because no identity-based policy allows the iam:GetUser action")

	for _, refusal := range []struct {
		who        credentials
		role, text string
		change     func(*stscreds.AssumeRoleOptions)
	}{
		{alice, "first", "The specified transitive tag key must be included in the requested tags.", tagged([]string{"team"})},
		{alice, "first", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", tagged(nil, "team", "red", "Team", "blue")},
		{first, "next", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.", tagged(nil, "TEAM", "blue")},
	} {
		_, err := s.assume(refusal.who, refusal.role, refusal.change)
		wantRefusal(s.t, err, "InvalidParameterValue", refusal.text)
	}
	// Who may assume a role may not tag its session without more ado.
	s.createTrustingRole("untagged", trust(wholeAccount, "", "sts:AssumeRole"))
	_, err := s.assume(alice, "untagged", tagged(nil, "team", "red"))
	wantRefusal(s.t, err, "AccessDenied", "is not authorized to perform: sts:TagSession on resource: "+roleARN("untagged"))
}

// roleSourceIdentity is the name that a chain of roles keeps.
func roleSourceIdentity(s *server, alice credentials) {
	s.createRole("named", wholeAccount, "")
	s.createRole("named-next", principal(roleARN("named")), `{"StringEquals":{"aws:SourceIdentity":"alice.source"}}`)
	s.putRolePolicy("named", "work", allowing("sts:*"))
	source := func(name string) func(*stscreds.AssumeRoleOptions) {
		return func(o *stscreds.AssumeRoleOptions) { o.SourceIdentity = &name }
	}
	named := s.session(alice, "named", source("alice.source"))
	s.session(named, "named-next")
	_, err := s.assume(named, "named-next", source("somebody.else"))
	wantRefusal(s.t, err, "AccessDenied", "")
	_, err = s.assume(s.session(alice, "named"), "named-next")
	wantExactly(s.t, err, "AccessDenied", notAuthorized(sessionARN("named", "e2e"), "named-next"))
}

// roleSizes is what an answer says about the size of its token, and what does not fit in one (spec section 12).
func roleSizes(s *server, alice credentials) {
	input := &sts.AssumeRoleInput{
		RoleArn: aws.String(roleARN("worker")), RoleSessionName: aws.String("e2e"),
		Policy: aws.String(allowing("iam:GetUser")), MinimumSessionTokenSize: aws.Int32(3000),
	}
	answer, err := s.sts(alice).AssumeRole(s.t.Context(), input)
	if err != nil {
		s.t.Fatal(err)
	}
	s.credentialsOf(answer.Credentials)
	if got := len(aws.ToString(answer.Credentials.SessionToken)); got < 3000 || got > 4096 || int(aws.ToInt32(answer.SessionTokenSize)) != got {
		s.t.Errorf("the token has %d bytes and the answer says %d, want at least 3000", got, aws.ToInt32(answer.SessionTokenSize))
	}
	if percent := aws.ToInt32(answer.SessionTokenUtilization); percent < 1 || percent > 100 {
		s.t.Errorf("SessionTokenUtilization = %d, want a percentage", percent)
	}
	for n := range 50 {
		var value strings.Builder
		for range 9 { // nothing that could be packed
			value.WriteString(rand.Text())
		}
		input.Tags = append(input.Tags, ststypes.Tag{Key: aws.String(fmt.Sprint("tag", n)), Value: aws.String(value.String())})
	}
	_, err = s.sts(alice).AssumeRole(s.t.Context(), input)
	if _, ok := errors.AsType[*ststypes.PackedPolicyTooLargeException](err); !ok {
		s.t.Errorf("error is %v, want the SDK's PackedPolicyTooLargeException", err)
	}
}
