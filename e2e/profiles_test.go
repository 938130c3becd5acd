package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// home is a directory with the configuration of AWS' clients, which is all that they are told, but for where daypass is:
// some have no setting for that in a profile, so a proxy leads them there.
type home struct {
	t      *testing.T
	server *server
	dir    string
	amazon []string
}

func newHome(t *testing.T, server *server) home {
	t.Helper()
	h := home{t: t, server: server, dir: t.TempDir(), amazon: server.asAmazon(t)}
	h.write("credentials", "")
	return h
}

// write makes a file in the home and returns its path.
func (h home) write(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// writeKey gives the profile of a name an access key.
func (h home) writeKey(name string, key credentials) {
	h.t.Helper()
	h.write("credentials", fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
		name, key.AccessKeyId, key.SecretAccessKey))
}

// writeProfiles writes profiles from lines of "key = value" by their names.
func (h home) writeProfiles(profiles map[string][]string) {
	h.t.Helper()
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		fmt.Fprintf(&text, "[profile %s]\n%s\n", name, strings.Join(profiles[name], "\n"))
	}
	h.write("config", text.String())
}

// environment is what a client is started with: no credentials.
func (h home) environment() []string {
	return append(slices.DeleteFunc(clientEnvironment(credentials{}), func(variable string) bool {
		return strings.HasPrefix(variable, "HOME=") || strings.HasPrefix(variable, "AWS_ACCESS_KEY_ID=") || strings.HasPrefix(variable, "AWS_SECRET_ACCESS_KEY=")
	}), append(h.amazon,
		"HOME="+h.dir,
		"AWS_CONFIG_FILE="+filepath.Join(h.dir, "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(h.dir, "credentials"),
		"AWS_ENDPOINT_URL="+h.server.endpoint, // for the SDK for JavaScript, which knows no proxy
	)...)
}

// profileClient makes a call with a profile, answers the question for a token code with the given one, and returns who the
// profile is.
type profileClient func(ctx context.Context, profile, code string) (arn string, err error)

// clients are all clients that know profiles.
func (h home) clients() map[string]profileClient {
	h.t.Helper()
	clients := map[string]profileClient{
		"boto3":              h.program(needBoto3(h.t), "-B", "boto3/whoami.py"),
		"SDK for JavaScript": h.program(needNode(h.t), "node/whoami.mjs"),
		"SDK for Go":         h.sdk,
	}
	for version, path := range installedCLIs(h.t) {
		clients["AWS CLI "+version] = h.program(path, "sts", "get-caller-identity", "--query", "Arn", "--output", "text", "--profile")
	}
	return clients
}

// program is a client that takes the profile as its last argument.
func (h home) program(name string, arguments ...string) profileClient {
	return func(ctx context.Context, profile, code string) (string, error) {
		return h.run(exec.CommandContext(ctx, name, append(slices.Clone(arguments), profile)...), code)
	}
}

// run starts a client in the home. It has no terminal, so that it reads the code from its standard input.
func (h home) run(command *exec.Cmd, code string, environment ...string) (string, error) {
	command.Env = append(h.environment(), environment...)
	command.Stdin = strings.NewReader(code + "\n")
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, &stderr)
	}
	return strings.TrimSpace(string(out)), nil
}

func (h home) sdk(ctx context.Context, profile, code string) (string, error) {
	loaded, err := awsconfig.LoadDefaultConfig(ctx,
		awsconfig.WithSharedConfigFiles([]string{filepath.Join(h.dir, "config")}),
		awsconfig.WithSharedCredentialsFiles([]string{filepath.Join(h.dir, "credentials")}),
		awsconfig.WithSharedConfigProfile(profile),
		awsconfig.WithBaseEndpoint(h.server.endpoint),
		awsconfig.WithRegion(region),
		awsconfig.WithAssumeRoleCredentialOptions(func(options *stscreds.AssumeRoleOptions) {
			options.TokenProvider = func() (string, error) { return code, nil }
		}))
	if err != nil {
		return "", err
	}
	identity, err := sts.NewFromConfig(loaded).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(identity.Arn), nil
}

// profileTest says who a profile is, or with which texts it is refused.
type profileTest struct {
	profile string
	arn     string // or the beginning of it, when it ends with the slash before a session's name
	refused []string
	code    func() string
}

func (p profileTest) run(t *testing.T, h home, client profileClient) {
	t.Helper()
	// Some clients keep a role's session in the home, by its role and its name.
	if err := os.RemoveAll(filepath.Join(h.dir, ".aws")); err != nil {
		t.Fatal(err)
	}
	code := "none was wanted"
	if p.code != nil {
		code = p.code()
	}
	arn, err := client(t.Context(), p.profile, code)
	switch {
	case p.refused == nil:
		if err != nil || arn != p.arn && (!strings.HasSuffix(p.arn, "/") || !strings.HasPrefix(arn, p.arn) || arn == p.arn) {
			t.Errorf("profile %s is %q, %v, want %s", p.profile, arn, err, p.arn)
		}
	case err == nil:
		t.Errorf("profile %s is %q, want a refusal", p.profile, arn)
	default:
		for _, text := range p.refused {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("profile %s is refused with\n%v\nwant %q", p.profile, err, text)
			}
		}
	}
}

// TestProfiles has every client assume roles as its users do: by profiles that name a role and a source (spec section 5.3).
func TestProfiles(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	const seed, serial = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", "GAHT87654321"
	alice := server.createUser("alice")
	code := server.enableHOTP("alice", seed, serial)
	server.allow("alice", "sts:AssumeRole")

	server.createRole("plain", wholeAccount, "")
	server.createRole("second", principal(roleARN("plain")), "")
	server.createRole("partner", wholeAccount, `{"StringEquals":{"sts:ExternalId":"partner-7"}}`)
	server.createRole("careful", wholeAccount, needsMFA)
	server.createRole("closed", principal(userARN("alice")), `{"StringEquals":{"sts:RoleSessionName":"somebody-else"}}`)
	server.putRolePolicy("plain", "chain", allowing("sts:AssumeRole"))

	h := newHome(t, server)
	h.writeKey("alice", alice)
	role := func(name, source string, more ...string) []string {
		return append([]string{"role_arn = " + roleARN(name), "source_profile = " + source}, more...)
	}
	h.writeProfiles(map[string][]string{
		"plain":          role("plain", "alice"),
		"named":          role("plain", "alice", "role_session_name = build-42", "duration_seconds = 900"),
		"too-long":       role("plain", "alice", "duration_seconds = 7201"),
		"chained":        role("second", "named", "role_session_name = deep"),
		"long-chain":     role("second", "named", "duration_seconds = 3601"),
		"not-chained":    role("second", "alice"),
		"partner":        role("partner", "alice", "external_id = partner-7"),
		"wrong-external": role("partner", "alice", "external_id = partner-8"),
		"no-external":    role("partner", "alice"),
		"careful":        role("careful", "alice", "mfa_serial = "+serial),
		"no-mfa":         role("careful", "alice"),
		"wrong-device":   role("careful", "alice", "mfa_serial = arn:aws:iam::"+accountID+":mfa/nobody"),
		"closed":         role("closed", "alice"),
		"nobody":         role("nobody", "alice"),
	})

	refused := func(name string) []string {
		return []string{"AccessDenied", notAuthorized(userARN("alice"), name)}
	}
	var lastCode string
	next := func() string {
		lastCode = code()
		return lastCode
	}
	tests := []profileTest{
		{profile: "plain", arn: sessionARN("plain", "")},
		{profile: "named", arn: sessionARN("plain", "build-42")},
		{profile: "too-long", refused: []string{"ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."}},
		{profile: "chained", arn: sessionARN("second", "deep")},
		{profile: "long-chain", refused: []string{"ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."}},
		{profile: "not-chained", refused: refused("second")},
		{profile: "partner", arn: sessionARN("partner", "")},
		{profile: "wrong-external", refused: refused("partner")},
		{profile: "no-external", refused: refused("partner")},
		{profile: "careful", arn: sessionARN("careful", ""), code: next},
		{profile: "careful", refused: []string{"AccessDenied", wrongCodeText}, code: func() string { return lastCode }},
		{profile: "no-mfa", refused: refused("careful")},
		{profile: "wrong-device", refused: []string{"AccessDenied", wrongDeviceText}, code: func() string { return "123456" }},
		{profile: "closed", refused: refused("closed")},
		{profile: "nobody", refused: refused("nobody")},
	}
	for name, client := range h.clients() {
		t.Run(name, func(t *testing.T) {
			for _, test := range tests {
				test.run(t, h, client)
			}
		})
	}
}
