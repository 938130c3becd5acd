package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// debianCLI is the AWS CLI v2 of Debian's package awscli, which may not be the first aws on the path.
const debianCLI = "/usr/bin/aws"

// cliMargin is for the slowness of the CLI: a call takes a second, and several on a busy machine.
const cliMargin = 15 * time.Second

// The texts that AWS answers with; tools match on them (spec sections 2.1 and 3.4).
const (
	wrongCodeText    = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
	wrongDeviceText  = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
	invalidTokenText = "The security token included in the request is invalid"
)

// cli is the AWS CLI with somebody's credentials.
type cli struct {
	t           *testing.T
	server      *server
	path        string
	credentials credentials
}

// reply is what the tests read of the CLI's answers.
type reply struct {
	Account, Arn, UserId string
	AccessKey            credentials
	VirtualMFADevice     struct{ SerialNumber string }
	Credentials          struct {
		credentials
		Expiration time.Time
	}
}

func TestAWSCLI(t *testing.T) {
	t.Parallel()
	for version, path := range installedCLIs(t) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			server := start(t, config{})
			root := cli{t: t, server: server, path: path, credentials: server.root}

			t.Run("MFA session", func(t *testing.T) { mfaSession(root.in(t)) })
			t.Run("refusals", func(t *testing.T) { refusals(root.in(t)) })
			t.Run("hardware tokens", func(t *testing.T) { hardwareTokens(root.in(t)) })
		})
	}
}

// installedCLIs finds Debian's v2, and as a bonus a v1 on the path.
func installedCLIs(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{"v2": need(t, debianCLI)}
	if path, err := exec.LookPath("aws"); err == nil && path != debianCLI {
		if version := output(t, exec.Command(path, "--version")); strings.HasPrefix(version, "aws-cli/1.") {
			found["v1"] = path
		}
	}
	return found
}

// mfaSession is what the README shows: from nothing to a session that proves MFA, as a user does it.
func mfaSession(root cli) {
	t := root.t
	png := filepath.Join(t.TempDir(), "qr.png")
	root.run("iam", "create-user", "--user-name", "alice")
	alice := root.as(root.run("iam", "create-access-key", "--user-name", "alice").AccessKey)
	serial := root.run("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", "alice",
		"--outfile", png, "--bootstrap-method", "QRCodePNG").VirtualMFADevice.SerialNumber
	if want := "arn:aws:iam::" + accountID + ":mfa/alice"; serial != want {
		t.Errorf("serial number %q, want %q", serial, want)
	}
	seed := enrolmentSeed(root, readQR(t, png), "alice")

	before, current, coming := threeCodes(t, seed, steady(cliMargin))
	wrong := wrongCode(before, current, coming)
	root.secret("a token code", before, current, coming, wrong)
	root.run("iam", "enable-mfa-device", "--user-name", "alice", "--serial-number", serial,
		"--authentication-code1", before, "--authentication-code2", current)

	withMFA := func(code string) []string {
		return []string{"sts", "get-session-token", "--duration-seconds", "3600", "--serial-number", serial, "--token-code", code}
	}
	alice.refused("AccessDenied", wrongCodeText, withMFA(wrong)...)
	alice.refused("AccessDenied", wrongCodeText, withMFA(current)...) // spent to enable the device
	asked := time.Now().Truncate(time.Second)
	answer := alice.run(withMFA(coming)...)
	if lives := answer.Credentials.Expiration.Sub(asked); lives < time.Hour || lives > time.Hour+patience {
		t.Errorf("the session lives for %v, want an hour", lives)
	}
	alice.refused("AccessDenied", wrongCodeText, withMFA(coming)...) // accepted once, ever

	session := alice.as(answer.Credentials.credentials)
	if got, want := session.whoAmI(), alice.whoAmI(); got != want {
		t.Errorf("the session is %v, want the user itself: %v", got, want)
	}
	// With MFA the session may call IAM, where only root has permissions yet.
	session.refused("AccessDenied", "arn:aws:iam::"+accountID+":user/alice is not authorized to perform: iam:ListUsers", "iam", "list-users")
	session.refused("AccessDenied", "Cannot call GetSessionToken with session credentials", "sts", "get-session-token")
}

// enrolmentSeed checks an otpauth address as a phone reads it, and returns its seed.
func enrolmentSeed(root cli, address *url.URL, name string) string {
	root.t.Helper()
	if address.Scheme != "otpauth" || address.Host != "totp" {
		root.t.Errorf("the QR code holds an address of %s://%s, want otpauth://totp", address.Scheme, address.Host)
	}
	if want := "/Amazon Web Services:" + name + "@" + accountID; address.Path != want {
		root.t.Errorf("the QR code is labelled %q, want %q", address.Path, want)
	}
	seed := address.Query().Get("secret")
	root.secret("a seed", seed)
	return seed
}

// refusals are the other ways to be turned away.
func refusals(root cli) {
	root.run("iam", "create-user", "--user-name", "bob")
	bob := root.as(root.run("iam", "create-access-key", "--user-name", "bob").AccessKey)

	session := bob.as(bob.run("sts", "get-session-token").Credentials.credentials)
	if got, want := session.whoAmI(), bob.whoAmI(); got != want {
		root.t.Errorf("the session is %v, want the user itself: %v", got, want)
	}
	// Without MFA a session may not call IAM at all; this refusal looks like a bad token.
	session.refused("InvalidClientTokenId", invalidTokenText, "iam", "list-users")

	const somebodyElses = "arn:aws:iam::" + accountID + ":mfa/alice"
	bob.refused("AccessDenied", wrongDeviceText,
		"sts", "get-session-token", "--serial-number", somebodyElses, "--token-code", "123456")
	bob.refused("AccessDenied", wrongDeviceText,
		"sts", "get-session-token", "--serial-number", "arn:aws:iam::"+accountID+":mfa/nobody", "--token-code", "123456")
	bob.refused("ValidationError", `Value '12345x' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*`,
		"sts", "get-session-token", "--serial-number", somebodyElses, "--token-code", "12345x")
	bob.refused("AccessDenied", "not authorized to perform: iam:CreateUser",
		"iam", "create-user", "--user-name", "carol")
	root.refused("NoSuchEntity", "The user with name nobody cannot be found.",
		"iam", "get-user", "--user-name", "nobody")
	root.refused("EntityAlreadyExists", "User with name BOB already exists.",
		"iam", "create-user", "--user-name", "BOB")

	forged := bob
	forged.credentials.SecretAccessKey = strings.Repeat("x", 40)
	forged.refused("SignatureDoesNotMatch", "The request signature we calculated does not match", "sts", "get-caller-identity")

	key := bob.credentials.AccessKeyId
	if answer := root.run("sts", "get-access-key-info", "--access-key-id", key); answer.Account != accountID {
		root.t.Errorf("account of bob's key is %q, want %s", answer.Account, accountID)
	}
	root.run("iam", "update-access-key", "--user-name", "bob", "--access-key-id", key, "--status", "Inactive")
	bob.refused("InvalidClientTokenId", invalidTokenText, "sts", "get-caller-identity")
}

// hardwareTokens are brought in by the operator and named by the number on their back.
func hardwareTokens(root cli) {
	t := root.t
	const totpSeed, hotpSeed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"
	root.server.importTokens("GAHT12345678,totp,"+totpSeed, "GAHT87654321,hotp,"+hotpSeed)
	tests := []struct {
		user, serial string
		codes        func() (first, second, third string)
	}{
		{"tina", "GAHT12345678", func() (_, _, _ string) { return threeCodes(t, totpSeed, steady(cliMargin)) }},
		{"hugo", "GAHT87654321", func() (_, _, _ string) { return hotp(t, hotpSeed, 0), hotp(t, hotpSeed, 1), hotp(t, hotpSeed, 2) }},
	}
	for _, test := range tests {
		root.run("iam", "create-user", "--user-name", test.user)
		user := root.as(root.run("iam", "create-access-key", "--user-name", test.user).AccessKey)
		first, second, third := test.codes()
		root.secret("a token code", first, second, third)
		root.run("iam", "enable-mfa-device", "--user-name", test.user, "--serial-number", test.serial,
			"--authentication-code1", first, "--authentication-code2", second)
		spend := []string{"sts", "get-session-token", "--serial-number", test.serial, "--token-code", third}
		session := user.as(user.run(spend...).Credentials.credentials)
		if got, want := session.whoAmI(), user.whoAmI(); got != want {
			t.Errorf("the session is %v, want the user itself: %v", got, want)
		}
		user.refused("AccessDenied", wrongCodeText, spend...)
	}
}

// in returns the same client for a subtest.
func (c cli) in(t *testing.T) cli {
	c.t = t
	return c
}

// as returns the same client for somebody else, whose secrets the server has to keep.
func (c cli) as(who credentials) cli {
	c.t.Helper()
	c.secret("a secret access key", who.SecretAccessKey)
	if who.SessionToken != "" {
		c.secret("a session token", who.SessionToken)
	}
	c.credentials = who
	return c
}

func (c cli) secret(what string, values ...string) {
	c.t.Helper()
	for _, value := range values {
		c.server.secret(what, value)
	}
}

func (c cli) whoAmI() string {
	c.t.Helper()
	answer := c.run("sts", "get-caller-identity")
	return fmt.Sprint(answer.Account, " ", answer.UserId, " ", answer.Arn)
}

// run makes a call that has to succeed.
func (c cli) run(arguments ...string) reply {
	c.t.Helper()
	stdout, stderr, err := c.exec(arguments...)
	if err != nil {
		c.t.Fatalf("aws %s: %v\n%s", strings.Join(arguments, " "), err, stderr)
	}
	if stdout == "" {
		return reply{}
	}
	return replyIn(c.t, stdout)
}

func replyIn(t *testing.T, stdout string) reply {
	t.Helper()
	var answer reply
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		t.Fatalf("%v:\n%s", err, stdout)
	}
	return answer
}

// refused makes a call that the server has to refuse with this code and a message that holds this text.
func (c cli) refused(code, text string, arguments ...string) {
	c.t.Helper()
	stdout, stderr, err := c.exec(arguments...)
	if err == nil {
		c.t.Errorf("aws %s succeeded, want %s:\n%s", strings.Join(arguments, " "), code, stdout)
	} else if !strings.Contains(stderr, "("+code+")") || !strings.Contains(stderr, text) {
		c.t.Errorf("aws %s was refused with\n%s\nwant %s: %s", strings.Join(arguments, " "), stderr, code, text)
	}
}

func (c cli) exec(arguments ...string) (stdout, stderr string, err error) {
	command := c.command(arguments...)
	var out, errors strings.Builder
	command.Stdout, command.Stderr = &out, &errors
	err = command.Run()
	return out.String(), errors.String(), err
}

func (c cli) command(arguments ...string) *exec.Cmd {
	command := exec.Command(c.path, append([]string{"--endpoint-url", c.server.endpoint, "--output", "json"}, arguments...)...)
	command.Env = clientEnvironment(c.credentials)
	return command
}

// clientEnvironment is all that a client knows of its surroundings: nothing of this machine's own configuration.
func clientEnvironment(c credentials) []string {
	environment := []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=/nonexistent",
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=",
		"AWS_MAX_ATTEMPTS=1",
		"AWS_ACCESS_KEY_ID=" + c.AccessKeyId,
		"AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey,
	}
	if c.SessionToken != "" {
		environment = append(environment, "AWS_SESSION_TOKEN="+c.SessionToken)
	}
	return environment
}
