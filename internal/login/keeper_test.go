package login

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/daypass/daypass/internal/testenv"
)

const anyRole = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole",` +
	`"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`

// withRole makes a role that wants MFA, and the login of a profile with it.
func (d *desk) withRole(names ...string) *Login {
	d.t.Helper()
	l := d.login()
	allow := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
	d.must(d.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "assume", "PolicyDocument", allow))
	for i, name := range names {
		trust := anyRole
		if i > 0 { // a session of a role is without MFA
			trust, _, _ = strings.Cut(anyRole, `,"Condition"`)
			trust += "}}"
		}
		d.must(d.Call(testenv.Root, "iam", "CreateRole", "RoleName", name, "AssumeRolePolicyDocument", trust))
		d.must(d.Call(testenv.Root, "iam", "PutRolePolicy", "RoleName", name, "PolicyName", "assume", "PolicyDocument", allow))
		l.Roles = append(l.Roles, Role{config.SharedConfig{Profile: name, RoleARN: "arn:aws:iam::123456789012:role/" + name}})
	}
	return l
}

func (d *desk) must(status int, body string) {
	d.t.Helper()
	if status != http.StatusOK {
		d.t.Fatal(body)
	}
}

func (d *desk) arnOf(c aws.Credentials) string {
	d.t.Helper()
	return d.arn(Session{AccessKeyID: c.AccessKeyID, SecretKey: c.SecretAccessKey, SessionToken: c.SessionToken})
}

// One code is for the session and for all roles that it assumes.
func TestRoles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.withRole("first", "second")
	l.Roles[1].RoleSessionName = "run-17"
	l.Roles[1].RoleDurationSeconds = aws.Duration(15 * time.Minute)
	d.answers = []func() string{d.shown(0)}
	c, err := l.Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.arnOf(c), "arn:aws:sts::123456789012:assumed-role/second/run-17"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if lives := c.Expires.Sub(d.now); lives != 15*time.Minute {
		t.Errorf("the role lives for %v", lives)
	}
	if _, err := l.Credentials(t.Context()); err != nil || len(d.asked) != 1 {
		t.Errorf("asked %d times, %v", len(d.asked), err)
	}
	l.Roles[1].RoleARN += "-not"
	if _, err := l.Credentials(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "profile second: ") {
		t.Errorf("%v", err)
	}
}

func (d *desk) retrieve(k *Keeper) aws.Credentials {
	d.t.Helper()
	c, err := k.Retrieve(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// A role is renewed from the session without a question; when the session comes to its end there is one.
func TestKeeper(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.withRole("deploy")
	l.Duration = 2 * time.Hour
	d.answers = []func() string{d.shown(0)}
	k, err := NewKeeper(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	first := d.retrieve(k)
	d.pass(50*time.Minute - time.Second)
	if again := d.retrieve(k); again != first {
		t.Error("the role is renewed too early")
	}
	d.pass(time.Second)
	second := d.retrieve(k)
	if second == first || !strings.HasPrefix(d.arnOf(second), "arn:aws:sts::123456789012:assumed-role/deploy/daypass-") {
		t.Error("the role is not renewed")
	}
	if len(d.asked) != 1 {
		t.Errorf("asked %d times", len(d.asked))
	}

	// At 1:51 the session is not good any more, and nobody answers for a while.
	answer := make(chan string)
	asking := make(chan struct{}, 8)
	l.Ask = func(ctx context.Context, _ string) (string, error) {
		asking <- struct{}{}
		select {
		case code := <-answer:
			return code, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	d.pass(time.Hour + time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	impatient := make(chan error, 1)
	go func() {
		_, err := k.Retrieve(ctx)
		impatient <- err
	}()
	<-asking
	cancel()
	if err := <-impatient; !errors.Is(err, context.Canceled) {
		t.Errorf("who asks for the dead role's successor waits for the person: %v", err)
	}
	patient := make(chan aws.Credentials, 2)
	for range 2 {
		go func() { patient <- d.retrieve(k) }()
	}
	answer <- d.Code("alice", 0)
	one, two := <-patient, <-patient
	if one != two || one == second {
		t.Error("those who waited have different credentials, or the old ones")
	}
	if len(asking) > 0 {
		t.Error("there was more than one question")
	}

	// The program ends while there is a question.
	d.pass(2 * time.Hour)
	ended := make(chan error, 1)
	go func() {
		_, err := k.Retrieve(t.Context())
		ended <- err
	}()
	<-asking
	k.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	k.Close()
}

// While the old session lives it is handed out, and the question is beside: clients give an endpoint two seconds.
func TestKeeperAsksInTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.login()
	d.answers = []func() string{d.shown(0)}
	k, err := NewKeeper(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	first := d.retrieve(k)
	answer, fail := make(chan string), make(chan error)
	l.Ask = func(context.Context, string) (string, error) {
		select {
		case code := <-answer:
			return code, nil
		case err := <-fail:
			return "", err
		}
	}
	d.pass(12*time.Hour - 5*time.Minute)
	for range 3 {
		if again := d.retrieve(k); again != first {
			t.Error("the old session is not handed out while it lives")
		}
	}
	answer <- d.Code("alice", 0)
	for d.retrieve(k) == first { // until the renewal is through
	}

	// Nobody is there when it ends: an error, and the next request asks again.
	d.pass(12 * time.Hour)
	refused := make(chan error)
	go func() {
		_, err := k.Retrieve(t.Context())
		refused <- err
	}()
	gone := errors.New("the terminal is gone")
	fail <- gone
	if err := <-refused; !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	fresh := make(chan aws.Credentials)
	go func() { fresh <- d.retrieve(k) }()
	answer <- d.Code("alice", 0)
	if c := <-fresh; c.Expires.Sub(d.clock()) != 12*time.Hour {
		t.Errorf("until %v", c.Expires)
	}
}

func TestGood(t *testing.T) {
	t.Parallel()
	for lives, margin := range map[time.Duration]time.Duration{
		12 * time.Hour: 10 * time.Minute, 40 * time.Minute: 10 * time.Minute, 16 * time.Minute: 4 * time.Minute,
	} {
		s := Session{Issued: morning, Expiration: morning.Add(lives)}
		if !s.Good(s.Expiration.Add(-margin-time.Second)) || s.Good(s.Expiration.Add(-margin)) || s.Good(s.Expiration) {
			t.Errorf("a session of %v is not good until %v before its end", lives, margin)
		}
	}
	if (Session{}).Good(morning) {
		t.Error("no session is good")
	}
}
