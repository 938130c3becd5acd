package e2e

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

const (
	unitFile = "../deploy/daypass.service"
	// exposure is what systemd-analyze may say of the unit at most, of 100.
	exposure = "20"
)

// unitIn returns a copy of the unit which runs the daypass of the tests.
func unitIn(t *testing.T) string {
	t.Helper()
	unit, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	const installed = "ExecStart=/usr/local/bin/daypass "
	if bytes.Count(unit, []byte(installed)) != 1 {
		t.Fatalf("the unit has no %s", installed)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(unitFile))
	if err := os.WriteFile(path, bytes.Replace(unit, []byte(installed), []byte("ExecStart="+binary+" "), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	analyze, unit := need(t, "systemd-analyze"), unitIn(t)
	if said, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
	if said, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold="+exposure, unit).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, said)
	}
}

// What the unit forbids the server does not do: it is watched at its work.
func TestSystemdUnitForbidsNothingNeeded(t *testing.T) {
	t.Parallel()
	strace := need(t, "strace")
	watched := filepath.Join(t.TempDir(), "calls")
	server := start(t, config{TLS: newKeyPair(t), Under: []string{strace, "-D", "-f", "-qq", "-o", watched}})
	alice := enrol(t, server, "alice")
	server.allow("alice", "iam:*")
	if err := server.listsUsers(alice.credentials); err != nil {
		t.Error(err)
	}
	server.stop()

	file, err := os.ReadFile(watched)
	if err != nil {
		t.Fatal(err)
	}
	calls := string(file)
	allowed := allowedCalls(t)
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^\d+ +(\w+)\(`).FindAllStringSubmatch(calls, -1) {
		used[match[1]] = true
	}
	for call := range used {
		if !allowed[call] && (call != "fchown" || os.Geteuid() != 0) { // which SQLite does as root, and the service is not root
			t.Errorf("the unit forbids %s", call)
		}
	}
	if !used["accept4"] || !used["fsync"] && !used["fdatasync"] {
		t.Errorf("too little was seen: %v", used)
	}
	for _, match := range regexp.MustCompile(`socket\((AF_\w+)`).FindAllStringSubmatch(calls, -1) {
		if !slices.Contains(strings.Fields(setting(t, "RestrictAddressFamilies")[0]), match[1]) {
			t.Errorf("the unit forbids a socket of %s", match[1])
		}
	}
	if match := regexp.MustCompile(`.*PROT_WRITE\|PROT_EXEC.*`).FindString(calls); match != "" {
		t.Errorf("the unit forbids memory that can be written and executed: %s", match)
	}
}

// setting returns the values that the unit gives to a name.
func setting(t *testing.T, name string) []string {
	t.Helper()
	unit, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, match := range regexp.MustCompile(`(?m)^`+name+`=(.*)$`).FindAllStringSubmatch(string(unit), -1) {
		values = append(values, match[1])
	}
	if len(values) == 0 {
		t.Fatalf("the unit has no %s", name)
	}
	return values
}

// allowedCalls are the system calls that the unit's filters leave.
func allowedCalls(t *testing.T) map[string]bool {
	t.Helper()
	allowed := map[string]bool{}
	set := func(name string, value bool) {
		for _, call := range callsOf(t, name) {
			allowed[call] = value
		}
	}
	set("@default", true)
	for _, filter := range setting(t, "SystemCallFilter") {
		names, forbidden := strings.CutPrefix(filter, "~")
		for _, name := range strings.Fields(names) {
			set(name, !forbidden)
		}
	}
	return allowed
}

// callsOf are the system calls of a set of systemd's.
func callsOf(t *testing.T, name string) []string {
	t.Helper()
	if !strings.HasPrefix(name, "@") {
		return []string{name}
	}
	var calls []string
	for line := range strings.Lines(output(t, exec.Command(need(t, "systemd-analyze"), "syscall-filter", "--no-pager", name))) {
		if member := strings.TrimSpace(line); member != "" && member != name && !strings.HasPrefix(member, "#") {
			calls = append(calls, callsOf(t, member)...)
		}
	}
	return calls
}

// image is what a Dockerfile makes, as a directory, and how it is run.
type image struct {
	root        string
	user        string
	environment []string
	command     []string
}

// buildImage does what a Dockerfile of two stages says, with this machine for the first stage's image.
func buildImage(t *testing.T, path string) image {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil || len(parsed.Warnings) > 0 || len(stages) != 2 || stages[1].BaseName != "scratch" {
		t.Fatalf("%v, %v, %d stages", err, parsed.Warnings, len(stages))
	}
	sent, err := os.ReadFile(path + ".dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	build := t.TempDir()
	src := filepath.Join(build, "src")
	if err := os.Mkdir(src, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, command := range stages[0].Commands {
		switch c := command.(type) {
		case *instructions.WorkdirCommand:
			if c.Path != "/src" {
				t.Fatalf("the build is in %s", c.Path)
			}
		case *instructions.CopyCommand:
			for _, source := range c.SourcePaths {
				if !slices.Contains(strings.Split(string(sent), "\n"), "!"+source) {
					t.Errorf("%s is copied and not sent to who builds the image", source)
				}
				destination := filepath.Join(src, c.DestPath)
				if strings.HasSuffix(c.DestPath, "/") {
					destination = filepath.Join(destination, source)
				}
				output(t, exec.Command("cp", "-a", "--no-target-directory", filepath.Join("..", source), destination))
			}
		case *instructions.RunCommand:
			run := exec.Command("sh", "-c", strings.ReplaceAll(strings.Join(c.CmdLine, " "), "/image", build+"/image"))
			run.Dir = src
			output(t, run)
		default:
			t.Fatalf("%s is not known to this test", command.Name())
		}
	}
	return finish(t, stages[1], build)
}

// finish makes the last stage.
func finish(t *testing.T, stage instructions.Stage, build string) image {
	t.Helper()
	made := image{root: t.TempDir()}
	for _, command := range stage.Commands {
		switch c := command.(type) {
		case *instructions.CopyCommand:
			source := c.SourcePaths[0]
			built := strings.HasPrefix(source, "/image")
			if built {
				source = build + source + "/."
			}
			destination := filepath.Join(made.root, c.DestPath)
			if err := os.MkdirAll(filepath.Dir(destination), 0o755); err != nil {
				t.Fatal(err)
			}
			switch {
			case c.Chown != "" && !built:
				t.Fatalf("%s of this machine would change its owner", source)
			case c.Chown != "":
				output(t, exec.Command("chown", "-R", c.Chown, source))
			}
			output(t, exec.Command("cp", "-a", source, destination))
		case *instructions.UserCommand:
			made.user = c.User
		case *instructions.EnvCommand:
			for _, variable := range c.Env {
				made.environment = append(made.environment, variable.String())
			}
		case *instructions.EntrypointCommand:
			made.command = append(made.command, c.CmdLine...)
		case *instructions.CmdCommand:
			made.command = append(made.command, c.CmdLine...)
		case *instructions.VolumeCommand, *instructions.ExposeCommand:
		default:
			t.Fatalf("%s is not known to this test", command.Name())
		}
	}
	return made
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		lacking(t, "only root can change its root directory")
	}
	made := buildImage(t, "../deploy/Dockerfile")
	if !regexp.MustCompile(`^[1-9]\d+:[1-9]\d+$`).MatchString(made.user) {
		t.Fatalf("the user is %q, and must be numbers other than root's", made.user)
	}
	for _, name := range []string{"daypass", "data", "tmp", "etc/ssl/certs/ca-certificates.crt"} {
		if _, err := os.Stat(filepath.Join(made.root, name)); err != nil {
			t.Error(err)
		}
	}
	address := freeAddress(t)
	inside := func(environment ...string) *exec.Cmd {
		var uid, gid uint32
		if _, err := fmt.Sscanf(made.user, "%d:%d", &uid, &gid); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(made.command[0], made.command[1:]...)
		command.Dir, command.Env = "/", append(made.environment, environment...)
		command.SysProcAttr = &syscall.SysProcAttr{Chroot: made.root, Credential: &syscall.Credential{Uid: uid, Gid: gid}}
		return command
	}
	if said, err := inside().CombinedOutput(); err == nil || !strings.Contains(string(said), "--insecure-http") {
		t.Errorf("it starts without TLS: %v\n%s", err, said)
	}

	pair := newKeyPair(t)
	for _, file := range []struct{ from, to string }{{pair.certificate, "tls.crt"}, {pair.key, "tls.key"}} {
		output(t, exec.Command("install", "-o", strings.Split(made.user, ":")[0], "-m", "0400", file.from, filepath.Join(made.root, file.to)))
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	server := inside("DAYPASS_LISTEN=:"+port, "DAYPASS_TLS_CERTIFICATE=/tls.crt", "DAYPASS_TLS_KEY=/tls.key")
	var stdout, stderr buffer
	server.Stdout, server.Stderr = &stdout, &stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() }) // when the test has failed
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		response, err := pair.client().Get("https://" + address + "/readyz")
		if err == nil {
			_ = response.Body.Close()
		}
		if err == nil && response.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it isn't ready: %v\n%s", err, &stderr)
		}
	}
	_ = server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Errorf("it ended with %v:\n%s", err, &stderr)
	}
	if info, err := os.Stat(filepath.Join(made.root, "data", "sealing.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the data directory has no sealing key of its own: %v", err)
	}
}
