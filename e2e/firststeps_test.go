package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What the first start prints is there to be pasted into a shell, and leads to a session. It is printed once.
func TestFirstSteps(t *testing.T) {
	t.Parallel()
	need(t, "aws")
	server := start(t, config{OwnRoot: true})
	settings, setUp, enable, session := firstSteps(t, server.runs[0].stdout.String())
	shell := shell{t: t, dir: t.TempDir(), settings: settings}

	shell.run(setUp) // prints alice's key, and leaves qr.png
	seed := readQR(t, filepath.Join(shell.dir, "qr.png")).Query().Get("secret")
	server.secret("a seed", seed)
	before, current, coming := threeCodes(t, seed, steady(cliMargin))
	shell.run(strings.NewReplacer("CODE1", before, "CODE2", current).Replace(enable))

	// The session is alice's, with the key that was printed for her. Another one is as good.
	alice := replyIn(t, shell.run("aws iam create-access-key --user-name alice")).AccessKey
	shell.settings += "export AWS_ACCESS_KEY_ID=" + alice.AccessKeyId + " AWS_SECRET_ACCESS_KEY=" + alice.SecretAccessKey + "\n"
	answer := replyIn(t, shell.run(strings.ReplaceAll(session, "CODE", coming)))
	if lives := time.Until(answer.Credentials.Expiration); lives < time.Hour-patience || lives > time.Hour {
		t.Errorf("the session lives for %v, want an hour", lives)
	}

	server.stop()
	server.launch()
	server.stop()
	second := server.runs[1].stdout.String() + server.runs[1].stderr.String()
	for what, part := range map[string]string{"id": server.root.AccessKeyId, "secret": server.root.SecretAccessKey[:12]} {
		if strings.Contains(second, part) {
			t.Errorf("the second start shows the %s of root's key:\n%s", what, second)
		}
	}
}

// firstSteps takes apart what the first start prints: the settings, how to make a user with a device, how to enable the
// device, and how to get a session.
func firstSteps(t *testing.T, shown string) (settings, setUp, enable, session string) {
	t.Helper()
	for line := range strings.Lines(shown) {
		switch {
		case strings.HasPrefix(line, "export ") || strings.HasPrefix(line, "alias "):
			settings += line
		case strings.Contains(line, "enable-mfa-device"):
			enable += line
		case strings.Contains(line, "get-session-token"):
			session += line
		case strings.HasPrefix(line, "aws "):
			setUp += line
		}
	}
	for _, part := range []string{settings, setUp, enable, session} {
		if part == "" {
			t.Fatalf("a part is missing in what the first start shows:\n%s", shown)
		}
	}
	return settings, setUp, enable, session
}

// shell is where a user pastes.
type shell struct {
	t             *testing.T
	dir, settings string
}

func (s shell) run(lines string) string {
	s.t.Helper()
	command := exec.Command("bash", "-e")
	command.Dir = s.dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER="}
	// A shell that reads a script knows aliases only when told to.
	command.Stdin = strings.NewReader("shopt -s expand_aliases\n" + s.settings + lines)
	return output(s.t, command)
}
