//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/daypass/daypass/internal/testenv"
)

// sessionEnvironment is that of a user, alice, with an MFA device, at home beside a server. Variables tell a script the rest:
// ENDPOINT, KEY and SECRET of her access key, and CODE1, CODE2 and CODE3, which may be used in this order.
func sessionEnvironment(t testing.TB, home string) []string {
	t.Helper()
	e := testenv.New(t)
	e.Now = time.Now()
	id, key := e.AddUser("alice")
	e.AddMFADevice("alice", id)
	server := httptest.NewServer(e.Handler)
	t.Cleanup(server.Close)
	return []string{
		"HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "AWS_EC2_METADATA_DISABLED=true", "TZ=UTC",
		"PATH=" + os.Getenv("PATH"),
		"ENDPOINT=" + server.URL, "KEY=" + key.AccessKeyID, "SECRET=" + key.SecretAccessKey, "SERIAL=" + testenv.Serial("alice"),
		"ROOT_KEY=" + testenv.Root.AccessKeyID, "ROOT_SECRET=" + testenv.Root.SecretAccessKey,
		"CODE1=" + e.Code("alice", -1), "CODE2=" + e.Code("alice", 0), "CODE3=" + e.Code("alice", 1),
	}
}

// TestSessionScripts plays testdata/session/*.txtar, in what sessionEnvironment makes.
func TestSessionScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/session", RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, sessionEnvironment(env.T().(testing.TB), env.WorkDir)...)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"await": await, "capture": capture},
	})
}

// atHome is sessionEnvironment with the profile alice.
func atHome(t *testing.T) (environment []string, variable func(string) string) {
	t.Helper()
	home := t.TempDir()
	environment = sessionEnvironment(t, home)
	variable = func(name string) string {
		for _, setting := range environment {
			if value, ok := strings.CutPrefix(setting, name+"="); ok {
				return value
			}
		}
		t.Fatalf("there is no variable %s", name)
		return ""
	}
	configure := exec.CommandContext(t.Context(), "daypass", "configure", "--profile", "alice", "--endpoint-url", variable("ENDPOINT"),
		"--region", testenv.Region, "--access-key-id", variable("KEY"))
	configure.Env, configure.Stdin = environment, strings.NewReader(variable("SECRET")+"\n")
	if out, err := configure.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return environment, variable
}

// console is a program with a terminal of its own.
type console struct {
	t        *testing.T
	process  *exec.Cmd
	terminal *os.File

	mutex  sync.Mutex
	screen bytes.Buffer
	grown  chan struct{}
}

func onConsole(t *testing.T, environment []string, arguments ...string) *console {
	t.Helper()
	c := &console{t: t, process: exec.CommandContext(t.Context(), arguments[0], arguments[1:]...), grown: make(chan struct{}, 1)}
	c.process.Env = environment
	var err error
	if c.terminal, err = pty.Start(c.process); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.terminal.Close() })
	go func() {
		_, _ = io.Copy(c, c.terminal) // until nobody has the terminal open
	}()
	return c
}

func (c *console) Write(p []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	select {
	case c.grown <- struct{}{}:
	default:
	}
	return c.screen.Write(p)
}

func (c *console) text() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.screen.String()
}

// expect waits until the screen shows a text.
func (c *console) expect(text string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for !strings.Contains(c.text(), text) {
		select {
		case <-c.grown:
		case <-ctx.Done():
			c.t.Fatalf("the screen never showed %q:\n%s", text, c.text())
		}
	}
}

func (c *console) enter(keys string) {
	c.t.Helper()
	if _, err := c.terminal.WriteString(keys); err != nil {
		c.t.Fatal(err)
	}
}

// echoes tells whether what is typed is shown.
func (c *console) echoes() bool {
	c.t.Helper()
	mode, err := unix.IoctlGetTermios(int(c.terminal.Fd()), unix.TCGETS)
	if err != nil {
		c.t.Fatal(err)
	}
	return mode.Lflag&unix.ECHO != 0
}

func (c *console) exit() int {
	c.t.Helper()
	err := c.process.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return c.process.ProcessState.ExitCode()
}

func TestPrompt(t *testing.T) {
	t.Parallel()
	environment, variable := atHome(t)
	c := onConsole(t, environment, "daypass", "login", "--profile", "alice")
	c.expect("MFA code of " + variable("SERIAL") + ": ")
	if c.echoes() {
		t.Error("the code would be shown")
	}
	c.enter("12345\n")
	c.expect("A code is six digits.\r\nMFA code of ")
	c.enter(variable("CODE1") + "\n")
	c.expect("session until ")
	if code := c.exit(); code != 0 || strings.Contains(c.text(), variable("CODE1")) {
		t.Errorf("exit code %d\n%s", code, c.text())
	}
	if !c.echoes() {
		t.Error("the terminal shows no more what is typed")
	}
}

// A role whose profile names a device is asked for as the AWS CLI asks.
func TestRolePrompt(t *testing.T) {
	t.Parallel()
	environment, variable := atHome(t)
	config := filepath.Join(variable("HOME"), ".aws", "config")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	role := fmt.Sprintf("\n[profile deploy]\nrole_arn = arn:aws:iam::123456789012:role/none\nsource_profile = alice\nmfa_serial = %s\n"+
		"region = %s\nendpoint_url = %s\n", variable("SERIAL"), testenv.Region, variable("ENDPOINT"))
	if err := os.WriteFile(config, append(text, role...), 0o600); err != nil {
		t.Fatal(err)
	}
	c := onConsole(t, environment, "daypass", "sts", "get-caller-identity", "--profile", "deploy")
	c.expect("Enter MFA code for " + variable("SERIAL") + ": ")
	if c.echoes() {
		t.Error("the code would be shown")
	}
	c.enter(variable("CODE1") + "\n")
	c.expect("An error occurred (AccessDenied) when calling the AssumeRole operation")
	if code := c.exit(); code != 254 || strings.Contains(c.text(), variable("CODE1")) {
		t.Errorf("exit code %d\n%s", code, c.text())
	}

	alone := exec.CommandContext(t.Context(), "daypass", "sts", "get-caller-identity", "--profile", "deploy")
	alone.Env, alone.SysProcAttr = environment, &syscall.SysProcAttr{Setsid: true}
	out, err := alone.CombinedOutput()
	want := "\nEnter MFA code for " + variable("SERIAL") + ": there is no terminal to ask for it on\nhint: "
	if !strings.HasPrefix(string(out), want) || alone.ProcessState.ExitCode() != 253 {
		t.Errorf("without a terminal: %v\n%s", err, out)
	}
}

func TestInterruptedPrompt(t *testing.T) {
	t.Parallel()
	environment, _ := atHome(t)
	c := onConsole(t, environment, "daypass", "exec", "--profile", "alice", "--", "echo", "never")
	c.expect("MFA code of ")
	c.enter("\x03")
	if code := c.exit(); code != 130 || strings.Contains(c.text(), "never") {
		t.Errorf("exit code %d\n%s", code, c.text())
	}
	c.expect("daypass: interrupted")
	if !c.echoes() {
		t.Error("the terminal shows no more what is typed")
	}
}

// Ctrl-C at a program behind the endpoint is the program's alone, and once.
func TestInterruptedChild(t *testing.T) {
	t.Parallel()
	environment, variable := atHome(t)
	c := onConsole(t, environment, "daypass", "exec", "--server", "--token-code", variable("CODE1"), "--profile", "alice", "--",
		"sh", "-c", `n=0; trap 'n=$((n+1)); echo "interrupt $n"' INT; echo ready; read line; echo "got $n"; exit 7`)
	c.expect("ready")
	c.enter("\x03")
	c.expect("interrupt 1")
	c.enter("done\n")
	if code := c.exit(); code != 7 || strings.Contains(c.text(), "interrupt 2") {
		t.Errorf("exit code %d\n%s", code, c.text())
	}
}

// One process asks; the others, with a terminal or without, wait for it and have its session.
func TestRacingProcesses(t *testing.T) {
	t.Parallel()
	environment, variable := atHome(t)
	first := onConsole(t, environment, "daypass", "export", "--profile", "alice")
	first.expect("MFA code of ")
	second := onConsole(t, environment, "daypass", "export", "--profile", "alice")
	third := exec.CommandContext(t.Context(), "daypass", "export", "--profile", "alice")
	third.Env = environment
	var out bytes.Buffer
	third.Stdout, third.Stderr = &out, &out
	if err := third.Start(); err != nil {
		t.Fatal(err)
	}
	second.expect("Another daypass asks for a code of " + variable("SERIAL") + ". Waiting for it.")
	first.enter(variable("CODE1") + "\n")
	first.expect("export AWS_ENDPOINT_URL=")
	second.expect("export AWS_ENDPOINT_URL=")
	if a, b := first.exit(), second.exit(); a != 0 || b != 0 {
		t.Errorf("exit codes %d and %d", a, b)
	}
	if err := third.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	token := func(text string) string {
		_, text, _ = strings.Cut(strings.ReplaceAll(text, "\r", ""), "AWS_SESSION_TOKEN=")
		text, _, _ = strings.Cut(text, "\n")
		return text
	}
	want := token(first.text())
	if got := token(second.text()); want == "" || got != want || token(out.String()) != want {
		t.Errorf("they have different sessions:\n%s\n%s\n%s", first.text(), second.text(), &out)
	}
	if strings.Contains(second.text(), "MFA code of ") {
		t.Errorf("the second asks too:\n%s", second.text())
	}
}

// A signal to daypass alone reaches the program behind the endpoint.
func TestPassedSignal(t *testing.T) {
	t.Parallel()
	environment, variable := atHome(t)
	for _, test := range []struct {
		signal syscall.Signal
		code   string
		want   int
	}{{syscall.SIGINT, "CODE1", 41}, {syscall.SIGTERM, "CODE2", 42}, {syscall.SIGUSR1, "CODE3", 43}} {
		command := exec.CommandContext(t.Context(), "daypass", "exec", "--server", "--token-code", variable(test.code), "--profile", "alice", "--",
			"sh", "-c", `trap 'exit 41' INT; trap 'exit 42' TERM; trap 'exit 43' USR1; echo ready; while :; do read line; done`)
		command.Env = environment
		in, err := command.StdinPipe() // which is never written to
		if err != nil {
			t.Fatal(err)
		}
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		ready := make([]byte, len("ready\n"))
		if _, err := io.ReadFull(out, ready); err != nil {
			t.Fatal(err)
		}
		if err := command.Process.Signal(test.signal); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait()
		_ = in.Close()
		if got := command.ProcessState.ExitCode(); got != test.want {
			t.Errorf("%v: exit code %d, want %d", test.signal, got, test.want)
		}
	}
}

var awkward = []string{
	"", "plain", "it's", `"double"`, `back\slash`, `trailing\`, `\'`, "two\nlines", "tab\t", "$HOME `id` $(id) %PATH% !x", "a;b&c|d>e<f*g?[h]{i}~#",
	"\u2018curly\u2019\u201a\u201b", "é ", " blanks ", "-n", "'", "''", "\r",
}

func TestQuoting(t *testing.T) {
	t.Parallel()
	shells := map[string][]string{
		"env":  {"sh", "-c", `eval "$1"; printf '%s.' "$X"`, "sh"},
		"fish": {"fish", "--no-config", "-c", `echo $argv[1] | source; printf '%s.' $X`},
	}
	for format, shell := range shells {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(shell[0]); err != nil {
				t.Skipf("there is no %s", shell[0])
			}
			for _, value := range awkward {
				command := exec.CommandContext(t.Context(), shell[0], append(shell[1:len(shell):len(shell)], assignments[format]("X", value))...)
				out, err := command.Output()
				if got := string(out); got != value+"." || err != nil {
					t.Errorf("%q is read as %q, %v", value, got, err)
				}
			}
		})
	}
	// A PowerShell text ends at its first single quote of any kind that is not doubled.
	for _, value := range awkward {
		quoted := quotePowerShell(value)
		inner := quoted[1 : len(quoted)-1]
		for _, quote := range []string{"'", "\u2018", "\u2019", "\u201a", "\u201b"} {
			inner = strings.ReplaceAll(inner, quote+quote, fmt.Sprintf("<%x>", quote))
		}
		if strings.ContainsAny(inner, "'\u2018\u2019\u201a\u201b") {
			t.Errorf("%q ends in the midst: %s", value, quoted)
		}
	}
}
