package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/totp"
)

const (
	// maxCodes is how many codes a person is asked for. At the fifth that is wrong, daypass has the device wait.
	maxCodes = 3
	// codeLife is for how long a code may be accepted: its own step and one either way.
	codeLife = 90 * time.Second
	// maxDrift is how far a clock may be off before it is worth a word.
	maxDrift = 10 * time.Second
	// firstRegion is what requests are signed for where nothing names a region; STS at AWS is global there.
	firstRegion = "us-east-1"
)

// Login gets the sessions of a source.
type Login struct {
	Source
	Cache *Cache
	Now   func() time.Time

	// Duration is what a session is asked to last, from 15 minutes to 36 hours. Zero: what the service has for a default,
	// twelve hours, and one for root.
	Duration time.Duration
	// Renew has a code asked for though there is a session.
	Renew bool
	// Ask asks for a code. Nil: nobody is there.
	Ask func(ctx context.Context, prompt string) (string, error)
	// Once tells that there is one answer, which was known beforehand: nobody is asked again, and nothing is waited for.
	Once bool
	// Tell tells a person something.
	Tell func(format string, a ...any)
	// Wait returns at an instant, or when the context is done.
	Wait func(context.Context, time.Time) error
}

// Session is the session that is kept for the source, or a new one if that is not good any more. Processes that want one at
// the same time wait for one code together.
func (l *Login) Session(ctx context.Context) (Session, error) {
	key, err := l.key(ctx)
	if err != nil {
		return Session{}, err
	}
	if kept, err := l.kept(key); err != nil || !l.Renew && kept.Good(l.Now()) {
		return kept, err
	}
	service := l.sts()
	serial, err := l.look(ctx, service)
	if err != nil {
		return Session{}, err
	}
	return l.ask(ctx, service, key, serial)
}

// Kept is the session that is kept, good or not; none is the zero value.
func (l *Login) Kept(ctx context.Context) (Session, error) {
	key, err := l.key(ctx)
	if err != nil {
		return Session{}, err
	}
	return l.kept(key)
}

// kept is the session of a key; or one of the same device that was asked for where no profile named it, such as that of the
// source_profile of a role's profile with mfa_serial.
func (l *Login) kept(key Key) (Session, error) {
	session, err := l.Cache.session(key)
	if err != nil || key.SerialNumber == "" || session.Good(l.Now()) {
		return session, err
	}
	serial := key.SerialNumber
	key.SerialNumber = ""
	if found, err := l.Cache.session(key); err != nil || found.Device == serial && found.Expiration.After(session.Expiration) {
		return found, err
	}
	return session, nil
}

func (l *Login) key(ctx context.Context) (Key, error) {
	credentials, err := l.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return Key{}, client.WithHint(client.WithExitCode(fmt.Errorf("no credentials: %w", err), client.ExitConfiguration),
			"daypass configure writes a profile with an access key")
	}
	if credentials.SessionToken != "" {
		return Key{}, l.errTemporary()
	}
	return Key{Profile: l.Profile, AccessKeyID: credentials.AccessKeyID, Endpoint: l.Endpoint(), SerialNumber: l.SerialNumber}, nil
}

func (l *Login) errNobody() error {
	login := "daypass login"
	if l.Profile != "" {
		login += " --profile " + l.Profile
	}
	err := errors.New("there is no session, and no terminal to ask for a code on")
	return client.WithHint(client.WithExitCode(err, client.ExitConfiguration), "in a terminal: "+login)
}

// sts is a client that learns with its first call how far the clock is off, and signs accordingly from then on.
func (l *Login) sts() *sts.Client {
	return sts.NewFromConfig(l.Config, func(o *sts.Options) { o.Region = cmp.Or(o.Region, firstRegion) })
}

// look tries the key before anybody is asked for anything, and finds the device.
func (l *Login) look(ctx context.Context, service *sts.Client) (serialNumber string, err error) {
	identity, err := service.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	if server, ok := awsmiddleware.GetServerTime(identity.ResultMetadata); ok {
		l.compareClocks(server, l.Now())
	}
	return l.findDevice(ctx, aws.ToString(identity.Arn))
}

func (l *Login) compareClocks(server, own time.Time) {
	behind, word := server.Sub(own).Round(time.Second), "behind"
	if behind < 0 {
		behind, word = -behind, "ahead of"
	}
	if behind >= maxDrift {
		l.Tell("warning: this machine's clock is %v %s the server's: it is %s here and %s there. Codes and signatures go by the time.",
			behind, word, own.UTC().Format(time.RFC3339), server.UTC().Format(time.RFC3339))
	}
}

// ask asks for codes until one is accepted, alone among all processes that want one of the device.
func (l *Login) ask(ctx context.Context, service *sts.Client, key Key, serialNumber string) (_ Session, err error) {
	d := device{key.Endpoint, serialNumber}
	unlock, err := l.Cache.lock(ctx, d, func() { l.Tell("Another daypass asks for a code of %s. Waiting for it.", serialNumber) })
	if err != nil {
		return Session{}, err
	}
	defer unlock()
	if kept, err := l.kept(key); err != nil || !l.Renew && kept.Good(l.Now()) {
		return kept, err
	}
	for n := 1; ; n++ {
		code, err := l.code(ctx, d)
		if err != nil {
			return Session{}, err
		}
		session, err := l.get(ctx, service, key, d, code)
		if err == nil || n == maxCodes || l.Once || !client.IsWrongCode(err) {
			return session, l.explain(ctx, err, serialNumber)
		}
		if err := l.waitForNext(ctx, "The code was not accepted: mistyped, or used already."); err != nil {
			return Session{}, err
		}
	}
}

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// code is one that may be good: six digits, and not known to be spent.
func (l *Login) code(ctx context.Context, d device) (string, error) {
	if l.Ask == nil { // and nobody else was asked meanwhile
		return "", l.errNobody()
	}
	last, err := l.Cache.spent(d)
	if err != nil {
		return "", err
	}
	if !l.Once && totp.StepAt(last.At) == totp.StepAt(l.Now()) {
		l.Tell("The code that the device shows now is used already. The next one comes in %v.", l.untilNext())
	}
	for {
		code, err := l.Ask(ctx, "MFA code of "+d.SerialNumber+": ")
		switch {
		case err != nil:
			return "", err
		case l.Once:
			return code, l.checkGiven(last, code)
		case !sixDigits.MatchString(code):
			l.Tell("A code is six digits.")
		case l.isSpent(last, code):
			if err := l.waitForNext(ctx, "This code is used already."); err != nil {
				return "", err
			}
		default:
			return code, nil
		}
	}
}

func (l *Login) isSpent(last spent, code string) bool {
	return code == last.Code && l.Now().Sub(last.At) < codeLife
}

func (l *Login) checkGiven(last spent, code string) error {
	switch {
	case !sixDigits.MatchString(code):
		return client.WithExitCode(errors.New("a token code is six digits"), client.ExitUsage)
	case l.isSpent(last, code):
		return client.WithHint(client.WithExitCode(errors.New("the code is used already: each is accepted once"), client.ExitService),
			fmt.Sprintf("the next one comes in %v", l.untilNext()))
	}
	return nil
}

const stepLength = 30 * time.Second

func (l *Login) nextStep() time.Time {
	return time.Unix((totp.StepAt(l.Now())+1)*int64(stepLength/time.Second), 0)
}
func (l *Login) untilNext() time.Duration { return l.nextStep().Sub(l.Now()).Round(time.Second) }

func (l *Login) waitForNext(ctx context.Context, why string) error {
	l.Tell("%s Waiting for the next one, %v.", why, l.untilNext())
	return l.Wait(ctx, l.nextStep())
}

// get spends a code.
func (l *Login) get(ctx context.Context, service *sts.Client, key Key, d device, code string) (Session, error) {
	in := &sts.GetSessionTokenInput{SerialNumber: aws.String(d.SerialNumber), TokenCode: aws.String(code)}
	if l.Duration != 0 {
		in.DurationSeconds = aws.Int32(int32(l.Duration / time.Second)) //nolint:gosec // 36 hours at most, or the service says no
	}
	at := l.Now()
	// No second attempt by itself: if the first was lost on its way back, the code is spent.
	out, err := service.GetSessionToken(ctx, in, func(o *sts.Options) { o.RetryMaxAttempts = 1 })
	if err != nil {
		return Session{}, err
	}
	got := out.Credentials
	session := Session{
		Key: key, Device: d.SerialNumber, Issued: at, Expiration: aws.ToTime(got.Expiration),
		AccessKeyID: aws.ToString(got.AccessKeyId), SecretKey: aws.ToString(got.SecretAccessKey), SessionToken: aws.ToString(got.SessionToken),
	}
	return session, errors.Join(l.Cache.spend(d, spent{code, at}), l.Cache.keep(session, at))
}
