package server_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

// revocable makes what the tests revoke the sessions of: a user and a role with paths, and one more account.
func revocable(t *testing.T) *testenv.Env {
	t.Helper()
	e := testenv.New(t)
	ctx := t.Context()
	createAccount(t, e, before)
	at := store.Time{Time: e.Now}
	err := e.Store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, store.InsertUserParams{
				UserID: "AIDAREVOKED", AccountID: testenv.AccountID, Path: "/team/", UserName: "Bob", NameKey: "bob", CreatedAt: at,
			}),
			tx.InsertRole(ctx, store.InsertRoleParams{
				RoleID: "AROAREVOKED", AccountID: before, Path: "/ci/", RoleName: "Deploy", NameKey: "deploy", TrustPolicy: "{}", CreatedAt: at,
			}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRevokeSessionsSubjects(t *testing.T) {
	t.Parallel()
	e := revocable(t)
	const member, management = before, testenv.AccountID
	sessionOf := func(accountID string) string {
		id, err := aws.NewAccessKeyID(aws.SessionKeyPrefix, accountID)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	ours, foreign := sessionOf(member), sessionOf(after)
	principal := func(text string) server.Revocation { return server.Revocation{Principal: text} }
	type subject struct{ kind, id string }
	nobody := subject{}
	tests := map[string]struct {
		revocation server.Revocation
		want       subject
	}{
		"user":                     {principal("arn:aws:iam::" + management + ":user/team/Bob"), subject{store.RevokedPrincipal, "AIDAREVOKED"}},
		"user by id":               {principal("AIDAREVOKED"), subject{store.RevokedPrincipal, "AIDAREVOKED"}},
		"role":                     {principal("arn:aws:iam::" + member + ":role/ci/Deploy"), subject{store.RevokedPrincipal, "AROAREVOKED"}},
		"role by id":               {principal("AROAREVOKED"), subject{store.RevokedPrincipal, "AROAREVOKED"}},
		"role session":             {principal("arn:aws:sts::" + member + ":assumed-role/Deploy/run@1"), subject{store.RevokedPrincipal, "AROAREVOKED:run@1"}},
		"role session by id":       {principal("AROAREVOKED:run@1"), subject{store.RevokedPrincipal, "AROAREVOKED:run@1"}},
		"root":                     {principal("arn:aws:iam::" + member + ":root"), subject{store.RevokedPrincipal, member}},
		"root by id":               {principal(member), subject{store.RevokedPrincipal, member}},
		"session key":              {server.Revocation{AccessKeyID: ours}, subject{store.RevokedAccessKey, ours}},
		"root key":                 {server.Revocation{AccessKeyID: testenv.Root.AccessKeyID}, subject{store.RevokedAccessKey, testenv.Root.AccessKeyID}},
		"account":                  {server.Revocation{AccountID: member}, subject{store.RevokedAccount, member}},
		"everything":               {server.Revocation{}, subject{store.RevokedAll, ""}},
		"unknown user":             {principal("arn:aws:iam::" + management + ":user/team/alice9"), nobody},
		"user of another account":  {principal("arn:aws:iam::" + member + ":user/team/Bob"), nobody},
		"user without its path":    {principal("arn:aws:iam::" + management + ":user/Bob"), nobody},
		"user in another case":     {principal("arn:aws:iam::" + management + ":user/team/bob"), nobody},
		"unknown id":               {principal("AIDAUNKNOWN"), nobody},
		"unknown role":             {principal("AROAUNKNOWN"), nobody},
		"session of a user":        {principal("AIDAREVOKED:run"), nobody},
		"session of unknown role":  {principal("AROAUNKNOWN:run"), nobody},
		"session without a name":   {principal("AROAREVOKED:"), nobody},
		"session with a bad name":  {principal("AROAREVOKED:a b"), nobody},
		"session ARN with a path":  {principal("arn:aws:sts::" + member + ":assumed-role/ci/Deploy/run"), nobody},
		"session ARN in a region":  {principal("arn:aws:sts:us-east-1:" + member + ":assumed-role/Deploy/run"), nobody},
		"session ARN, other case":  {principal("arn:aws:sts::" + member + ":assumed-role/deploy/run"), nobody},
		"session ARN without name": {principal("arn:aws:sts::" + member + ":assumed-role/Deploy"), nobody},
		"group":                    {principal("arn:aws:iam::" + management + ":group/Bob"), nobody},
		"unknown root":             {principal("arn:aws:iam::" + after + ":root"), nobody},
		"unknown account id":       {principal(after), nobody},
		"a name":                   {principal("Bob"), nobody},
		"NUL":                      {principal("AIDA\x00"), nobody},
		"no access key id":         {server.Revocation{AccessKeyID: "asia"}, nobody},
		"key of nobody here":       {server.Revocation{AccessKeyID: foreign}, nobody},
		"key of no account":        {server.Revocation{AccessKeyID: "AKIAIIIIIIIIIIIIIIII"}, nobody},
		"unknown account":          {server.Revocation{AccountID: after}, nobody},
		"no account id":            {server.Revocation{AccountID: "x"}, nobody},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row, err := server.RevokeSessions(t.Context(), e.Store, test.revocation, e.Now)
			if (err == nil) != (test.want != nobody) {
				t.Fatalf("%v, %v", row, err)
			}
			if got := (subject{row.Kind, row.Subject}); err == nil && got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestRevokeSessionsInstants(t *testing.T) {
	t.Parallel()
	const second, tick = time.Second, time.Microsecond
	start := testenv.Start.Truncate(second)
	tests := map[string]struct {
		now, before time.Duration // before < 0: not given
		want        time.Duration
		refused     string
	}{
		"now":                     {now: 0, before: -1, want: second},
		"now, within a second":    {now: tick, before: -1, want: 2 * second},
		"now, at a second's end":  {now: second - tick, before: -1, want: 2 * second},
		"before":                  {now: 10 * second, before: 5 * second, want: 5 * second},
		"before, within a second": {now: 10 * second, before: 5*second + tick, want: 5 * second},
		"before now":              {now: 10*second + 5*tick, before: 10*second + 5*tick, want: 10 * second},
		"in the future":           {now: 10 * second, before: 10*second + tick, refused: "is in the future"},
		"too long ago":            {now: 37 * time.Hour, before: 0, refused: "no session lives"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := testenv.New(t)
			ctx, now := t.Context(), start.Add(test.now)
			r := server.Revocation{}
			if test.before >= 0 {
				r.IssuedBefore = start.Add(test.before)
			}
			row, err := server.RevokeSessions(ctx, e.Store, r, now)
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Errorf("%v, want %s", err, test.refused)
				}
				return
			}
			if err != nil || !row.IssuedBefore.Equal(start.Add(test.want)) {
				t.Fatalf("issued before %s, want %s: %v", row.IssuedBefore, start.Add(test.want), err)
			}
			last := row.IssuedBefore.Add(36 * time.Hour) // when the last session that is revoked would expire
			holds(t, e.Store, last, row)
			if err := server.ForgetExpired(ctx, e.Store, last); err != nil {
				t.Error(err)
			}
			holds(t, e.Store, last, row)
			if err := server.ForgetExpired(ctx, e.Store, last.Add(time.Hour)); err != nil {
				t.Error(err)
			}
			holds(t, e.Store, now)
		})
	}
}

// A second command with an earlier time takes nothing back.
func TestRevokeSessionsTwice(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	row, err := server.RevokeSessions(t.Context(), e.Store, server.Revocation{}, e.Now)
	_, err2 := server.RevokeSessions(t.Context(), e.Store, server.Revocation{IssuedBefore: e.Now.Add(-time.Hour)}, e.Now)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	holds(t, e.Store, e.Now, row)
}

// An assertion that has expired at this server's clock may be good at another's, and spent a moment after it was judged.
func TestForgetExpiredKeepsAssertionUses(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	ctx, end := t.Context(), e.Now.Add(5*time.Minute)
	use := func() (first int64) {
		t.Helper()
		err := e.Store.Update(ctx, func(tx *store.Tx) (err error) {
			first, err = tx.UseAssertion(ctx, "issuer", "id", end)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	if use() != 1 {
		t.Fatal("the assertion was used before")
	}
	for _, test := range []struct {
		after time.Duration
		want  int64
	}{{0, 0}, {14 * time.Minute, 0}, {16 * time.Minute, 1}} {
		if err := server.ForgetExpired(ctx, e.Store, end.Add(test.after)); err != nil {
			t.Fatal(err)
		}
		if got := use(); got != test.want {
			t.Errorf("%v after the end it is used for the first time: %d, want %d", test.after, got, test.want)
		}
	}
}

func holds(t *testing.T, st *store.Store, now time.Time, want ...store.SessionRevocation) {
	t.Helper()
	err := st.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Revocations(t.Context(), store.Time{Time: now})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
