package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// cmdletClient is daypass under the cmdlet's name, with somebody's credentials.
type cmdletClient struct {
	t       *testing.T
	server  *server
	program string
	user    credentials
}

func (c cmdletClient) command(words ...string) *exec.Cmd {
	command := exec.Command(c.program, append([]string{"-EndpointUrl", c.server.endpoint}, words...)...)
	command.Env = clientEnvironment(c.user)
	return command
}

// sessions are those of a call that has to succeed, in JSON.
func (c cmdletClient) sessions(stdin string, words ...string) []credentials {
	c.t.Helper()
	command := c.command(append(words, "-OutputFormat", "json")...)
	if stdin != "" {
		command.Stdin = strings.NewReader(stdin)
	}
	var sessions []credentials
	for decoder := json.NewDecoder(strings.NewReader(output(c.t, command))); ; {
		var session struct {
			credentials
			Expiration time.Time
		}
		if err := decoder.Decode(&session); err == io.EOF {
			return sessions
		} else if err != nil {
			c.t.Fatal(err)
		}
		c.keep(session.credentials)
		sessions = append(sessions, session.credentials)
	}
}

// keep has the server keep a session's secrets.
func (c cmdletClient) keep(session credentials) {
	c.t.Helper()
	c.server.secret("a session's secret access key", session.SecretAccessKey)
	c.server.secret("a session token", session.SessionToken)
}

// refused makes a call that has to end with an exit code and this one line.
func (c cmdletClient) refused(code int, text string, words ...string) {
	c.t.Helper()
	var stdout, stderr strings.Builder
	command := c.command(words...)
	command.Stdout, command.Stderr = &stdout, &stderr
	_ = command.Run() // the exit code is what counts
	line, _, _ := strings.Cut(stderr.String(), "\n")
	if got := command.ProcessState.ExitCode(); got != code || line != "Get-STSSessionToken: "+text || stdout.Len() > 0 {
		c.t.Errorf("%q ended with %d and\n%s%s\nwant %d and %s", words, got, &stdout, &stderr, code, text)
	}
}

func TestCmdlet(t *testing.T) {
	t.Parallel()
	s := start(t, config{})
	program := filepath.Join(t.TempDir(), "get-stssessiontoken.EXE")
	if err := os.Symlink(binary, program); err != nil {
		t.Fatal(err)
	}
	const serial = "GAHT11112222"
	alice := cmdletClient{t: t, server: s, program: program, user: s.createUser("alice")}
	code := s.enableHOTP("alice", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", serial)

	for _, session := range append(
		alice.sessions("", "3600", serial, code()),
		alice.sessions("", "-tok:"+code(), "-ser", serial, "-Duration", "900")...,
	) {
		s.wantARN(session, userARN("alice"))
		if err := s.listsUsers(session); err == nil || !strings.Contains(err.Error(), "not authorized to perform: iam:ListUsers") {
			t.Errorf("with MFA alice may call IAM, and not list users: %v", err)
		}
	}
	if got := len(alice.sessions("900\r\n1000\n")); got != 2 {
		t.Errorf("%d sessions for two durations", got)
	}

	spent := code()
	alice.sessions("", "-SerialNumber", serial, "-TokenCode", spent)
	alice.refused(254, strings.TrimSpace(wrongCodeText)+" ", "-SerialNumber", serial, "-TokenCode", spent)
	alice.refused(254, wrongDeviceText, "-SerialNumber", "arn:aws:iam::"+accountID+":mfa/nobody", "-TokenCode", "123456")
	alice.refused(252, "A parameter cannot be found that matches parameter name 'Verbose'.", "-Verbose")

	export := exec.Command(binary, "export", "--format", "powershell", "--serial-number", serial, "--token-code", code(),
		"--endpoint-url", s.endpoint)
	export.Env = append(clientEnvironment(alice.user), "HOME="+t.TempDir())
	printed := output(t, export)
	wantPowerShell(t, "what daypass export prints", printed)
	found := regexp.MustCompile(`(?m)^\$env:AWS_SECRET_ACCESS_KEY = '(.+)'\n\$env:AWS_SESSION_TOKEN = '(.+)'$`).FindStringSubmatch(printed)
	if found == nil {
		t.Fatalf("no session:\n%s", printed)
	}
	alice.keep(credentials{SecretAccessKey: found[1], SessionToken: found[2]})

	t.Run("table", func(t *testing.T) { alice.in(t).showsTable() })
	t.Run("credentials", func(t *testing.T) { alice.in(t).takesCredentials() })
}

func (c cmdletClient) in(t *testing.T) cmdletClient {
	c.t = t
	return c
}

// showsTable reads the table of the documentation, whole and on a console.
func (c cmdletClient) showsTable() {
	t := c.t
	whole := regexp.MustCompile(`^AccessKeyId +Expiration +SecretAccessKey +SessionToken
----------- +---------- +--------------- +------------
(ASIA\w{16}) \d+/\d+/\d{4} \d+:\d\d:\d\d [AP]M (\S{40}) (\S{100,})$`)
	text := output(t, c.command())
	found := whole.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no table, or not a whole one:\n%s", text)
	}
	session := credentials{AccessKeyId: found[1], SecretAccessKey: found[2], SessionToken: found[3]}
	c.keep(session)
	c.server.wantARN(session, userARN("alice"))

	console := c.onConsole("stty cols 100; ")
	text = strings.ReplaceAll(output(t, console), "\r\n", "\n")
	cut := regexp.MustCompile(`^AccessKeyId {14}Expiration {15}SecretAccessKey {10}SessionToken
-{11} {14}-{10} {15}-{15} {10}-{12}
ASIA\w{16} {5}.{24} \S{21}\.\.\. \S{21}\.\.\.$`)
	if !cut.MatchString(text) {
		t.Errorf("no table of the console's width:\n%s", text)
	}
}

// onConsole runs the cmdlet on a pseudo-terminal of its own.
func (c cmdletClient) onConsole(before string, words ...string) *exec.Cmd {
	command := c.command()
	line := before + "exec '" + strings.Join(append(command.Args, words...), "' '") + "'"
	console := exec.Command(need(c.t, "script"), "-qec", line, "/dev/null")
	console.Env = append(command.Env, "SHELL=/bin/sh")
	return console
}

// takesCredentials gives them in all ways but the environment's own.
func (c cmdletClient) takesCredentials() {
	t, s, key := c.t, c.server, c.user
	c.user = credentials{}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("credentials", fmt.Sprintf("[default]\naws_access_key_id=AKIAXXXXXXXXXXXXXXXX\naws_secret_access_key=x\n"+
		"[alice]\naws_access_key_id=%s\naws_secret_access_key=%s\n", key.AccessKeyId, key.SecretAccessKey))

	for _, words := range [][]string{
		{"-AccessKey", key.AccessKeyId, "-SecretKey:" + key.SecretAccessKey},
		{"-ProfileName", "alice", "-ProfileLocation", file},
	} {
		for _, session := range c.sessions("", words...) {
			s.wantARN(session, userARN("alice"))
		}
	}
	c.refused(254, invalidTokenText+".", "-ProfileLocation", file)

	command := c.command("-Credential", "env:ALICE", "-OutputFormat", "json")
	command.Env = append(command.Env, "ALICE_ACCESS_KEY_ID="+key.AccessKeyId, "ALICE_SECRET_ACCESS_KEY="+key.SecretAccessKey)
	c.keep(replyIn(t, `{"Credentials":`+output(t, command)+`}`).Credentials.credentials)

	c.asksForSecret(key)
}

// asksForSecret types the secret of an access key.
func (c cmdletClient) asksForSecret(key credentials) {
	t := c.t
	console := c.onConsole("", "-Credential", key.AccessKeyId, "-OutputFormat", "json")
	var screen buffer
	console.Stdout = &screen
	keyboard, err := console.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := console.Start(); err != nil {
		t.Fatal(err)
	}
	prompt := "Secret access key of " + key.AccessKeyId + ": "
	for deadline := time.Now().Add(patience); !strings.Contains(screen.String(), prompt) && time.Now().Before(deadline); {
		time.Sleep(pause)
	}
	if _, err := io.WriteString(keyboard, key.SecretAccessKey+"\n"); err != nil {
		t.Error(err)
	}
	if err := console.Wait(); err != nil {
		t.Errorf("%v:\n%s", err, &screen)
	}
	_, shown, found := strings.Cut(screen.String(), prompt)
	if !found || strings.Contains(shown, key.SecretAccessKey) {
		t.Fatalf("no prompt, or one that shows what is typed:\n%s", &screen)
	}
	c.keep(replyIn(t, `{"Credentials":`+shown+`}`).Credentials.credentials)
}

// TestCmdletSAML signs in at an identity provider for a role, whose credentials then get no session: on AWS neither.
func TestCmdletSAML(t *testing.T) {
	t.Parallel()
	corp := newIDP(t, corpName)
	s, _ := startFederated(t, corp)
	response := corp.response([]string{"other", "staff"}, nil, nil)
	s.secret("a SAML response", response)
	const password = "the password of alice"
	page := http.NewServeMux()
	page.HandleFunc("POST /adfs/ls", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("UserName") == "alice" && r.PostFormValue("Password") == password {
			_, _ = fmt.Fprintf(w, `<form method="post" action="https://signin.aws.amazon.com/saml"><input type="hidden" name="SAMLResponse" value="%s"></form>`, response)
		}
	})
	provider := httptest.NewServer(page)
	t.Cleanup(provider.Close)
	file := filepath.Join(t.TempDir(), "profiles")
	if err := os.WriteFile(file, []byte("[staff]\nsaml_endpoint="+provider.URL+"/adfs/ls\nrole_arn="+roleARN("staff")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	for given, want := range map[string]string{
		password: "Get-STSSessionToken: Cannot call GetSessionToken with session credentials\n",
		"wrong":  "the user name or the password is wrong",
	} {
		client := cmdletClient{t: t, server: s, program: binary}
		command := client.command("-ProfileName", "staff", "-ProfileLocation", file, "-NetworkCredential", "env:CORP")
		command.Args = append([]string{binary, "Get-STSSessionToken"}, command.Args[1:]...)
		command.Env = append(command.Env, "CORP_USERNAME=alice", "CORP_PASSWORD="+given)
		if text, err := command.CombinedOutput(); err == nil || !strings.Contains(string(text), want) {
			t.Errorf("%v:\n%s\nwant %s", err, text, want)
		}
	}
}
