package authz_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/policy"
)

const (
	photo   = "arn:aws:s3:::photos/cat.jpg"
	writes  = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`
	getAll  = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`
	denyAll = `{"Effect":"Deny","Action":"*","Resource":"*"}`
	session = stsARN + "assumed-role/r/me"
	fedARN  = stsARN + "federated-user/fed"
)

// bucketWorld is a world with a role r, and a bucket photos that stands somewhere else.
type bucketWorld struct {
	*world
	authorizer *authz.Authorizer
	roleID     string
}

func newBucketWorld(t *testing.T) *bucketWorld {
	w := newWorld(t)
	w.role("r", trusting(aliceARN))
	w.foreignRoot()
	w.root("CreatePolicy", "PolicyName", "fence", "PolicyDocument", document(writes))
	return &bucketWorld{w, authz.New(w.Store), field(w.root("GetRole", "RoleName", "r"), "RoleId")}
}

func (w *bucketWorld) user() aws.Caller {
	return aws.Caller{Principal: aws.Principal{Type: aws.UserPrincipal, AccountID: testenv.AccountID, ID: aliceID, Path: "/", Name: "alice"}}
}

func (w *bucketWorld) roleSession(s aws.Session) aws.Caller {
	s.IssuedAt = w.Now
	return aws.Caller{
		Principal: aws.Principal{
			Type: aws.RolePrincipal, AccountID: testenv.AccountID, ID: w.roleID, Path: "/", Name: "r", SessionName: "me",
		},
		Session: &s,
	}
}

func (w *bucketWorld) federated(s aws.Session) aws.Caller {
	c := w.user()
	c.Type, c.SessionName, s.IssuedAt, c.Session = aws.FederatedPrincipal, "fed", w.Now, &s
	return c
}

func (w *bucketWorld) delegated(s aws.Session) aws.Caller {
	c := w.user()
	c.Type, c.SessionName, s.IssuedAt, c.Session = aws.DelegatedPrincipal, "request-1", w.Now, &s
	return c
}

func rootCaller() aws.Caller {
	return aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: testenv.AccountID, ID: testenv.AccountID}}
}

// bucket gives photos of an account a policy, or none.
func (w *bucketWorld) bucket(owner, statements string) {
	w.t.Helper()
	var err error
	if statements == "" {
		err = w.Store.Update(w.t.Context(), func(tx *store.Tx) error {
			_, err := tx.DeleteResourcePolicy(w.t.Context(), store.DeleteResourcePolicyParams{AccountID: owner, Service: "s3", Resource: "photos"})
			return err
		})
	} else {
		_, err = server.PutBucketPolicy(w.t.Context(), w.Store, owner, "photos", document(statements), w.Now)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// get asks whether somebody may read a photo, and returns "ok" or why not.
func (w *bucketWorld) get(caller aws.Caller, owner string) string {
	w.t.Helper()
	w.settle()
	policies, err := w.authorizer.ResourcePolicies(w.t.Context(), w.Now, owner, "s3", "photos")
	if err != nil {
		w.t.Fatal(err)
	}
	return w.ask(caller, photo, authz.Resource{AccountID: owner, Policies: policies})
}

func (w *bucketWorld) ask(caller aws.Caller, arn string, on authz.Resource) string {
	w.t.Helper()
	w.settle()
	err := w.authorizer.AuthorizeOn(w.t.Context(), aws.Call{Now: w.Now, Caller: caller, Service: "s3"},
		aws.Permission{Action: "s3:GetObject", Resource: aws.Resource{ARN: arn}}, on)
	if err == nil {
		return "ok"
	}
	refused, ok := errors.AsType[*aws.Error](err)
	if !ok || refused.Code != aws.AccessDenied {
		w.t.Fatal(err)
	}
	_, why, _ := strings.Cut(refused.Message, "s3:GetObject")
	return why
}

// lets is a statement of the bucket's policy that lets a principal read.
func lets(who string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + who + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/*"}`
}

func keepsOut(who string) string { return strings.Replace(lets(who), "Allow", "Deny", 1) }

const (
	noIdentity = " because no identity-based policy allows the s3:GetObject action"
	noResource = " because no resource-based policy allows the s3:GetObject action"
	noBoundary = " because no permissions boundary allows the s3:GetObject action"
	noSession  = " because no session policy allows the s3:GetObject action"
	deniedThat = " with an explicit deny in a resource-based policy"
)

// TestBucketPolicies holds spec section 9.1: who may read an object, by the bucket's policy and their own.
func TestBucketPolicies(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	alice, plain := w.user(), w.roleSession(aws.Session{})
	narrow, wide := w.roleSession(aws.Session{Policy: document(writes)}), w.roleSession(aws.Session{Policy: document(getAll)})
	const ours, theirs, account = testenv.AccountID, foreigns, iamARN + "root"
	tests := []struct {
		name        string
		caller      aws.Caller
		own, bucket string // statements
		owner       string
		bounded     bool
		want        string
	}{
		{"nothing", alice, writes, "", ours, false, noIdentity},
		{"own policies", alice, getAll, "", ours, false, "ok"},
		{"own policies, bounded", alice, getAll, "", ours, true, noBoundary},
		{"a bucket for somebody else", alice, getAll, lets(roleR), ours, false, "ok"},
		{"the user", alice, writes, lets(aliceARN), ours, false, "ok"},
		{"the user, bounded", alice, writes, lets(aliceARN), ours, true, "ok"},
		{"the user, denied by own policies", alice, denyAll, lets(aliceARN), ours, false, " with an explicit deny in an identity-based policy"},
		{"the user, denied by the bucket", alice, getAll, lets(aliceARN) + "," + keepsOut(aliceARN), ours, false, deniedThat},
		{"everybody denied", alice, getAll, keepsOut("*"), ours, false, deniedThat},
		{"somebody else denied", alice, getAll, keepsOut(roleR), ours, false, "ok"},
		{"everybody", alice, writes, lets("*"), ours, false, "ok"},
		{"the account, and no policy", alice, writes, lets(account), ours, false, noIdentity},
		{"the account, and a policy", alice, getAll, lets(account), ours, false, "ok"},
		{"another account", alice, writes, lets(foreigns), ours, false, noIdentity},

		{"session: nothing", plain, writes, "", ours, false, noIdentity},
		{"session: the role's policies", plain, getAll, "", ours, false, "ok"},
		{"session: the role", plain, writes, lets(roleR), ours, false, "ok"},
		{"session: the role, bounded", plain, writes, lets(roleR), ours, true, noBoundary},
		{"session: the role, narrow", narrow, writes, lets(roleR), ours, false, noSession},
		{"session: the role, wide", wide, writes, lets(roleR), ours, false, "ok"},
		{"session: itself", plain, writes, lets(session), ours, false, "ok"},
		{"session: itself, bounded", plain, writes, lets(session), ours, true, "ok"},
		{"session: itself, narrow", narrow, writes, lets(session), ours, false, "ok"},
		{"session: another of the role", plain, writes, lets(stsARN + "assumed-role/r/you"), ours, false, noIdentity},
		{"session: who assumed it", plain, writes, lets(aliceARN), ours, false, noIdentity},
		{"session: the role denied", wide, getAll, keepsOut(roleR), ours, false, deniedThat},
		{"session: itself denied", wide, getAll, keepsOut(session), ours, false, deniedThat},
		{"session: the account, narrow", narrow, getAll, lets(account), ours, false, noSession},

		{"root", rootCaller(), writes, "", ours, false, "ok"},
		{"root, denied by the bucket", rootCaller(), writes, keepsOut(account), ours, false, deniedThat},
		{"root, and a user is let", rootCaller(), writes, lets(aliceARN), ours, false, "ok"},

		{"across: no bucket policy", alice, getAll, "", theirs, false, noResource},
		{"across: neither", alice, writes, "", theirs, false, noResource},
		{"across: the user, and no policy", alice, writes, lets(aliceARN), theirs, false, noIdentity},
		{"across: the user, and a policy", alice, getAll, lets(aliceARN), theirs, false, "ok"},
		{"across: the user, bounded", alice, getAll, lets(aliceARN), theirs, true, noBoundary},
		{"across: the user, denied", alice, getAll, lets(aliceARN) + "," + keepsOut(account), theirs, false, deniedThat},
		{"across: the account", alice, getAll, lets(testenv.AccountID), theirs, false, "ok"},
		{"across: their own account", alice, getAll, lets(foreigns), theirs, false, noResource},
		{"across: everybody, and no policy", alice, writes, lets("*"), theirs, false, noIdentity},
		{"across: everybody, and a policy", alice, getAll, lets("*"), theirs, false, "ok"},
		{"across: a role", plain, getAll, lets(roleR), theirs, false, "ok"},
		{"across: a role, and no policy", plain, writes, lets(roleR), theirs, false, noIdentity},
		{"across: a session", plain, getAll, lets(session), theirs, false, "ok"},
		{"across: a session, narrow", narrow, getAll, lets(session), theirs, false, noSession},
		{"across: root", rootCaller(), writes, "", theirs, false, noResource},
		{"across: root is let", rootCaller(), writes, lets(account), theirs, false, "ok"},
	}
	for _, tt := range tests {
		w.put("p", tt.own)
		w.let("r", tt.own)
		if tt.bounded {
			w.root("PutUserPermissionsBoundary", "UserName", "alice", "PermissionsBoundary", iamARN+"policy/fence")
			w.root("PutRolePermissionsBoundary", "RoleName", "r", "PermissionsBoundary", iamARN+"policy/fence")
		}
		w.bucket(tt.owner, tt.bucket)
		w.check(tt.name, w.get(tt.caller, tt.owner), tt.want)
		w.bucket(tt.owner, "")
		if tt.bounded {
			w.root("DeleteUserPermissionsBoundary", "UserName", "alice")
			w.root("DeleteRolePermissionsBoundary", "RoleName", "r")
		}
	}
}

// TestBucketsOfFederatedUsers holds spec section 5.9: without session policies a federated user has only what a resource
// policy gives its own ARN.
func TestBucketsOfFederatedUsers(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	bare, narrow, wide := w.federated(aws.Session{}), w.federated(aws.Session{Policy: document(writes)}), w.federated(aws.Session{Policy: document(getAll)})
	for _, tt := range []struct {
		name        string
		caller      aws.Caller
		own, bucket string
		owner, want string
	}{
		{"no bucket policy", bare, getAll, "", testenv.AccountID, noSession},
		{"itself", bare, writes, lets(fedARN), testenv.AccountID, "ok"},
		{"itself, narrow", narrow, writes, lets(fedARN), testenv.AccountID, "ok"},
		{"another name", bare, getAll, lets(stsARN + "federated-user/def"), testenv.AccountID, noSession},
		{"the same name elsewhere", bare, getAll, lets("arn:aws:sts::" + foreigns + ":federated-user/fed"), testenv.AccountID, noSession},
		{"the user it is of", bare, getAll, lets(aliceARN), testenv.AccountID, noSession},
		{"the account", bare, getAll, lets(iamARN + "root"), testenv.AccountID, noSession},
		{"the account, wide", wide, getAll, lets(iamARN + "root"), testenv.AccountID, "ok"},
		{"denied itself", wide, getAll, keepsOut(fedARN), testenv.AccountID, deniedThat},
		{"denied to the account", wide, getAll, lets(fedARN) + "," + keepsOut(iamARN+"root"), testenv.AccountID, deniedThat},
		{"the user is denied everything", bare, denyAll, lets(fedARN), testenv.AccountID, " with an explicit deny in an identity-based policy"},
		{"across, itself", bare, getAll, lets(fedARN), foreigns, noSession},
		{"across, itself, wide", wide, getAll, lets(fedARN), foreigns, "ok"},
		{"across, itself, wide, and the user may not", wide, writes, lets(fedARN), foreigns, noIdentity},
	} {
		w.put("p", tt.own)
		w.bucket(tt.owner, tt.bucket)
		w.check(tt.name, w.get(tt.caller, tt.owner), tt.want)
		w.bucket(tt.owner, "")
	}
}

// TestBucketsOfDelegatedSessions shows that who acts for alice has no more of a bucket that is hers than was asked for.
func TestBucketsOfDelegatedSessions(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	narrow, wide := w.delegated(aws.Session{Policy: document(writes)}), w.delegated(aws.Session{Policy: document(getAll)})
	of := func(statements ...string) aws.Caller {
		return w.delegated(aws.Session{Policy: document(strings.Join(statements, ","))})
	}
	assumedRoot := rootCaller()
	assumedRoot.Type, assumedRoot.Session = aws.AssumedRootPrincipal, &aws.Session{
		IssuedAt: w.Now, PolicyARNs: []string{"arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"},
	}
	for _, tt := range []struct {
		name        string
		caller      aws.Caller
		own, bucket string
		want        string
	}{
		{"alice is let, and nothing was asked for", narrow, getAll, lets(aliceARN), noSession},
		{"everybody is let, and nothing was asked for", narrow, getAll, lets("*"), noSession},
		{"alice is let, and it was asked for", wide, writes, lets(aliceARN), "ok"},
		{"alice may, and it was asked for", wide, getAll, "", "ok"},
		{"alice may not", wide, writes, "", noIdentity},
		{"what was asked for denies", of(getAll, denyAll), getAll, lets(aliceARN), " with an explicit deny in a session policy"},
		{"another object was asked for", of(strings.Replace(getAll, `"*"`, `"arn:aws:s3:::photos/dog.jpg"`, 1)), getAll, lets(aliceARN), noSession},
		{"no policy at all", w.delegated(aws.Session{}), getAll, lets(aliceARN), noSession},
		{"alice is denied", wide, getAll, keepsOut(aliceARN), deniedThat},
		{"a task of root's", assumedRoot, writes, lets("*"), noSession},
		{"a task of root's, and the account is let", assumedRoot, writes, lets(iamARN + "root"), noSession},
	} {
		w.put("p", tt.own)
		w.bucket(testenv.AccountID, tt.bucket)
		w.check(tt.name, w.get(tt.caller, testenv.AccountID), tt.want)
		w.bucket(testenv.AccountID, "")
	}
}

// TestServiceControlOfBuckets shows that a bucket's policy does not free an account of what bounds it.
func TestServiceControlOfBuckets(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	caller := aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: foreigns, ID: foreigns}}
	w.bucket(foreigns, lets("*"))
	w.bucket(testenv.AccountID, lets(foreigns))
	w.check("own bucket", w.get(caller, foreigns), "ok")
	w.check("another's", w.get(caller, testenv.AccountID), "ok")
	if err := server.PutServiceControlPolicy(t.Context(), w.Store, foreigns, "no", document(denyAll), w.Now); err != nil {
		t.Fatal(err)
	}
	const bounded = " with an explicit deny in a service control policy"
	w.check("own bucket, bounded", w.get(caller, foreigns), bounded)
	w.check("another's, bounded", w.get(caller, testenv.AccountID), bounded)
}

// TestMFAOfBuckets is the example of AWS's documentation: a bucket that is for whoever has given a code within the hour.
func TestMFAOfBuckets(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	w.put("p", getAll)
	w.bucket(testenv.AccountID, strings.TrimSuffix(keepsOut("*"), "}")+`,"Condition":{"Null":{"aws:MultiFactorAuthAge":true}}},`+
		strings.TrimSuffix(keepsOut("*"), "}")+`,"Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}}`)
	with := func(age time.Duration) aws.Caller {
		c := w.user()
		c.Session = &aws.Session{IssuedAt: w.Now.Add(-age), MFAAuthenticatedAt: w.Now.Add(-age)}
		return c
	}
	w.check("a key", w.get(w.user(), testenv.AccountID), deniedThat)
	w.check("a new session", w.get(with(time.Minute), testenv.AccountID), "ok")
	w.check("an old session", w.get(with(2*time.Hour), testenv.AccountID), deniedThat)
}

// TestAlias holds that an Allow of either name of a resource suffices, and that a Deny of either refuses.
func TestAlias(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	const name, alias = "arn:aws:kms:us-east-1:123456789012:key/1", "arn:aws:kms:us-east-1:123456789012:alias/a"
	statement := func(effect, resource string) string {
		return `{"Effect":"` + effect + `","Action":"s3:GetObject","Resource":"` + resource + `"}`
	}
	const denied = " with an explicit deny in an identity-based policy"
	for _, tt := range []struct{ name, own, want, wantAlone string }{
		{"neither", writes, noIdentity, noIdentity},
		{"the name", statement("Allow", name), "ok", "ok"},
		{"the alias", statement("Allow", alias), "ok", noIdentity},
		{"both", statement("Allow", name) + "," + statement("Allow", alias), "ok", "ok"},
		{"the name, the alias denied", statement("Allow", name) + "," + statement("Deny", alias), denied, "ok"},
		{"the alias, the name denied", statement("Allow", alias) + "," + statement("Deny", name), denied, denied},
		{"all, the alias denied", statement("Allow", "*") + "," + statement("Deny", alias), denied, "ok"},
	} {
		w.put("p", tt.own)
		w.check(tt.name, w.ask(w.user(), name, authz.Resource{AccountID: testenv.AccountID, Alias: alias}), tt.want)
		w.check(tt.name+", alone", w.ask(w.user(), name, authz.Resource{AccountID: testenv.AccountID}), tt.wantAlone)
	}
}

// TestPattern shows that what is known as a pattern must be allowed whole, and is refused when a Deny meets it.
func TestPattern(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	const pattern = "arn:aws:ec2:us-east-1:123456789012:instance/*"
	one := strings.Replace(getAll, `"*"`, `"arn:aws:ec2:us-east-1:123456789012:instance/i-1"`, 1)
	for _, tt := range []struct{ name, own, want string }{
		{"all", getAll, "ok"},
		{"one", one, noIdentity},
		{"all but one", getAll + "," + strings.Replace(one, "Allow", "Deny", 1), " with an explicit deny in an identity-based policy"},
	} {
		w.put("p", tt.own)
		w.check(tt.name, w.ask(w.user(), pattern, authz.Resource{AccountID: testenv.AccountID, Pattern: true}), tt.want)
	}
}

// TestUnreadableBucketPolicy shows that a policy which can't be read lets nobody in, and that it is found when it is changed.
func TestUnreadableBucketPolicy(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	w.put("p", getAll)
	for name, stored := range map[string]string{
		"no JSON": "{", "empty": "", "an identity policy": document(getAll), "a newer form": `{"Statement":{"Effect":"Perhaps"}}`,
	} {
		err := w.Store.Update(t.Context(), func(tx *store.Tx) error {
			return tx.PutResourcePolicy(t.Context(), store.PutResourcePolicyParams{
				AccountID: testenv.AccountID, Service: "s3", Resource: "photos", Document: stored,
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		policies, err := w.authorizer.ResourcePolicies(t.Context(), w.Now, testenv.AccountID, "s3", "photos")
		if err == nil || len(policies) > 0 {
			t.Errorf("%s: %v, %v", name, policies, err)
		}
	}
	w.bucket(testenv.AccountID, lets("*"))
	w.check("repaired", w.get(w.user(), testenv.AccountID), "ok")

	// Nor does one that was read as something else.
	p, err := policy.Parse(policy.InlinePolicy, document(getAll))
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]policy.Source{"none": {ID: "photos"}, "another grammar": {ID: "photos", Policy: p}} {
		w.check(name, w.ask(w.user(), photo, authz.Resource{AccountID: testenv.AccountID, Policies: []policy.Source{source}}), deniedThat)
	}
}

// TestBucketPolicyOfAnotherProcess shows that a change is in force within a second at a server that has read the policy.
func TestBucketPolicyOfAnotherProcess(t *testing.T) {
	t.Parallel()
	w := newBucketWorld(t)
	w.put("p", getAll)
	other, err := server.OpenExistingStore(t.Context(), server.Config{DataDir: w.DataDir, Now: func() time.Time { return w.Now }})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	here, there := w.authorizer, authz.New(other)
	may := func(a *authz.Authorizer, want string) {
		t.Helper()
		w.authorizer = a
		w.check("", w.get(w.user(), testenv.AccountID), want)
	}
	may(here, "ok")
	may(there, "ok")
	w.bucket(testenv.AccountID, keepsOut("*"))
	may(here, deniedThat)
	may(there, deniedThat)
	w.bucket(testenv.AccountID, "")
	may(there, "ok")
}
