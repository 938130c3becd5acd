package e2e

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkcredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

func TestGoSDK(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	ctx := t.Context()
	alice := enrol(t, server, "alice")
	stsOfAlice := server.sts(alice.credentials)

	const minimum = 2048
	answer, err := stsOfAlice.GetSessionToken(ctx, &sts.GetSessionTokenInput{
		DurationSeconds:         aws.Int32(900),
		SerialNumber:            aws.String(alice.serial),
		TokenCode:               aws.String(alice.code),
		MinimumSessionTokenSize: aws.Int32(minimum),
	})
	if err != nil {
		t.Fatal(err)
	}
	session := server.credentialsOf(answer.Credentials)
	if got := len(session.SessionToken); got < minimum || int(aws.ToInt32(answer.SessionTokenSize)) != got {
		t.Errorf("the token has %d bytes and the answer says %d, want at least %d", got, aws.ToInt32(answer.SessionTokenSize), minimum)
	}
	if percent := aws.ToInt32(answer.SessionTokenUtilization); percent < 1 || percent > 100 {
		t.Errorf("SessionTokenUtilization = %d, want a percentage", percent)
	}

	_, err = stsOfAlice.GetSessionToken(ctx, &sts.GetSessionTokenInput{
		SerialNumber: aws.String(alice.serial), TokenCode: aws.String(alice.code),
	})
	wantRefusal(t, err, "AccessDenied", wrongCodeText)
	_, err = stsOfAlice.GetSessionToken(ctx, &sts.GetSessionTokenInput{MinimumSessionTokenSize: aws.Int32(4097)})
	wantRefusal(t, err, "ValidationError", "Value '4097' at 'minimumSessionTokenSize' failed to satisfy constraint: Member must have value less than or equal to 4096")

	_, err = stsOfAlice.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(600)})
	wantRefusal(t, err, "ValidationError", "Value '600' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900")

	for _, who := range []credentials{alice.credentials, session} {
		identity, err := server.sts(who).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := aws.ToString(identity.Arn), "arn:aws:iam::"+accountID+":user/alice"; got != want {
			t.Errorf("Arn = %q, want %q", got, want)
		}
	}

	_, err = server.iam(session).ListUsers(ctx, &iam.ListUsersInput{})
	wantRefusal(t, err, "AccessDenied", "iam:ListUsers")
	_, err = server.iam(server.root).GetUser(ctx, &iam.GetUserInput{UserName: aws.String("nobody")})
	if _, ok := errors.AsType[*iamtypes.NoSuchEntityException](err); !ok {
		t.Errorf("error is %v, want the SDK's NoSuchEntityException", err)
	}
	_, err = server.iam(server.root).CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("Alice")})
	if _, ok := errors.AsType[*iamtypes.EntityAlreadyExistsException](err); !ok {
		t.Errorf("error is %v, want the SDK's EntityAlreadyExistsException", err)
	}
}

// wantRefusal checks the code and a part of the message of a refused call.
func wantRefusal(t *testing.T, err error, code, text string) {
	t.Helper()
	refusal, ok := errors.AsType[smithy.APIError](err)
	if !ok || refusal.ErrorCode() != code || !strings.Contains(refusal.ErrorMessage(), text) {
		t.Errorf("error is %v, want %s: %s", err, code, text)
	}
}

// user is an IAM user with an access key and an enabled virtual MFA device.
type user struct {
	name string
	credentials
	serial, seed string
	spent        string // the code that enabled the device last
	code         string // the next code: not spent, and valid for a minute at least
}

// enrol makes a user ready for an MFA session.
func enrol(t *testing.T, server *server, name string) user {
	t.Helper()
	ctx, root := t.Context(), server.iam(server.root)
	if _, err := root.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}); err != nil {
		t.Fatal(err)
	}
	key, err := root.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		t.Fatal(err)
	}
	device, err := root.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: &name})
	if err != nil {
		t.Fatal(err)
	}
	seed := string(device.VirtualMFADevice.Base32StringSeed)
	before, current, coming := threeCodes(t, seed, steady(5*time.Second))
	u := user{
		name: name,
		credentials: credentials{
			AccessKeyId:     aws.ToString(key.AccessKey.AccessKeyId),
			SecretAccessKey: aws.ToString(key.AccessKey.SecretAccessKey),
		},
		serial: aws.ToString(device.VirtualMFADevice.SerialNumber),
		seed:   seed,
		spent:  current,
		code:   coming,
	}
	server.secret("a secret access key", u.SecretAccessKey)
	server.secret("a seed", u.seed)
	for _, code := range []string{before, u.spent, u.code} {
		server.secret("a token code", code)
	}
	if _, err := root.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: &name, SerialNumber: &u.serial, AuthenticationCode1: &before, AuthenticationCode2: &u.spent,
	}); err != nil {
		t.Fatal(err)
	}
	return u
}

// credentialsOf returns what a session signs with, and has the server keep it secret.
func (s *server) credentialsOf(session *ststypes.Credentials) credentials {
	s.t.Helper()
	c := credentials{
		AccessKeyId:     aws.ToString(session.AccessKeyId),
		SecretAccessKey: aws.ToString(session.SecretAccessKey),
		SessionToken:    aws.ToString(session.SessionToken),
	}
	s.secret("a session's secret access key", c.SecretAccessKey)
	s.secret("a session token", c.SessionToken)
	return c
}

func (s *server) sts(c credentials) *sts.Client {
	return sts.New(sts.Options{
		BaseEndpoint: &s.endpoint, Region: region, Credentials: c.provider(), RetryMaxAttempts: 1, HTTPClient: s.config.TLS.client(),
	})
}

func (s *server) iam(c credentials) *iam.Client {
	return iam.New(iam.Options{
		BaseEndpoint: &s.endpoint, Region: region, Credentials: c.provider(), RetryMaxAttempts: 1, HTTPClient: s.config.TLS.client(),
	})
}

func (c credentials) provider() aws.CredentialsProvider {
	return sdkcredentials.NewStaticCredentialsProvider(c.AccessKeyId, c.SecretAccessKey, c.SessionToken)
}
