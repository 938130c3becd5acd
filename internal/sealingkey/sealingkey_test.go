package sealingkey_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/sealingkey"
	"github.com/daypass/daypass/internal/store"
)

var now = time.Unix(1_800_000_000, 0)

// deployment is a database and what its sealing key file holds.
type deployment struct {
	url, file string
	text      []byte
}

func newDeployment(t *testing.T) deployment {
	t.Helper()
	dir := t.TempDir()
	d := deployment{url: filepath.Join(dir, "daypass.db"), file: filepath.Join(dir, "sealing.key")}
	if err := d.open(t, "file:"+d.file); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.text, err = os.ReadFile(d.file); err != nil {
		t.Fatal(err)
	}
	return d
}

// open opens the database with the sealing key at a place, and closes it.
func (d deployment) open(t *testing.T, place string) error {
	t.Helper()
	key, err := sealingkey.Parse(t.Context(), place)
	if err != nil {
		return err
	}
	s, err := store.Open(t.Context(), store.Options{URL: d.url, SealingKey: key}, now)
	if err != nil {
		return err
	}
	return s.Close()
}

func (d deployment) refuses(t *testing.T, place string, texts ...string) {
	t.Helper()
	err := d.open(t, place)
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, which does not say %q", place, err, text)
		}
	}
	if err != nil && strings.Contains(err.Error(), string(d.text[:20])) {
		t.Errorf("%s: the error shows the key: %v", place, err)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	if err := d.open(t, d.file); err != nil { // without a scheme
		t.Error(err)
	}
	d.refuses(t, "file:"+d.file+".none", "is missing")
	if err := os.Chmod(d.file, 0o640); err != nil {
		t.Fatal(err)
	}
	d.refuses(t, "file:"+d.file, "has mode 0640")
}

func TestEnvironment(t *testing.T) { //nolint:paralleltest // the environment is the process's
	d, other := newDeployment(t), newDeployment(t)
	for name, text := range map[string]string{
		"as it is": string(d.text), "base64": base64.StdEncoding.EncodeToString(d.text), "with a line break": string(d.text) + "\n",
		"base64 with one": base64.StdEncoding.EncodeToString(d.text) + "\n",
	} {
		t.Setenv("SEALING_KEY", text)
		if err := d.open(t, "env:SEALING_KEY"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, ok := os.LookupEnv("SEALING_KEY"); ok {
			t.Errorf("%s: programs that are started would inherit it", name)
		}
	}
	d.refuses(t, "env:SEALING_KEY", "the environment variable SEALING_KEY", "is not set")
	for _, text := range []string{"", "{}", string(d.text[:len(d.text)-10])} {
		t.Setenv("SEALING_KEY", text)
		d.refuses(t, "env:SEALING_KEY", "the environment variable SEALING_KEY holds no Tink key set")
	}
	t.Setenv("SEALING_KEY", string(other.text))
	d.refuses(t, "env:SEALING_KEY", "the environment variable SEALING_KEY", "does not open the key set")
}

func TestCommand(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	script := func(text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "command:sh " + path
	}
	for _, place := range []string{
		"command:cat " + d.file, "command:  base64   " + d.file, script("cat '" + d.file + "'; echo done >&2"),
	} {
		if err := d.open(t, place); err != nil {
			t.Errorf("%s: %v", place, err)
		}
	}
	for place, text := range map[string]string{
		"command:":                "nothing behind the colon",
		"command: ":               "a command without a program",
		"command:no-such-program": "executable file not found",
		"command:cat $HOME/none":  "$HOME/none", // no shell has seen it
		script("cat '" + d.file + "'; sleep 3 &"): "WaitDelay", // something else may still print
		"command:true":                         "the output of true holds no Tink key set",
		script("echo locked >&2; exit 3"):      "exit status 3: locked",
		script("cat '" + d.file + "'; exit 1"): "exit status 1",
		script("head -c 70000 /dev/zero"):      "longer than 65536 bytes",
	} {
		if text != "" {
			d.refuses(t, place, text)
		}
	}
	err := d.open(t, script("head -c 5000 /dev/zero | tr '\\0' x >&2; exit 1"))
	if err == nil || len(err.Error()) > 3000 {
		t.Errorf("%d bytes of complaint are passed on", len(err.Error()))
	}
}

func TestParseRefusals(t *testing.T) {
	t.Parallel()
	for place, text := range map[string]string{
		"":                       "is empty",
		"file:":                  "nothing behind the colon",
		"env:":                   "nothing behind the colon",
		"https://example.com/":   "begins with https://, which is none of",
		"gcp-kms://projects/x":   "begins with gcp-kms://",
		"aws-kms://alias/x":      "aws-kms://alias/x: it is not such as",
		"hcvault://host/transit": "",
	} {
		if _, err := sealingkey.Parse(t.Context(), place); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v, which does not say %q", place, err, text)
		}
	}
}
