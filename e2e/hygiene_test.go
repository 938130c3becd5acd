package e2e

import (
	"encoding/base32"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// secret makes known what may not appear in anything that the server writes. What it is goes into the failure, the value
// does not.
func (s *server) secret(what, value string) {
	s.t.Helper()
	if value == "" {
		s.t.Fatalf("%s is empty", what)
	}
	s.secrets.mutex.Lock()
	defer s.secrets.mutex.Unlock()
	s.secrets.what[value] = what
}

// storedFiles returns what the data directory keeps beside the audit log: the database, the sealing key and what is in acme.
func (s *server) storedFiles() map[string]string {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.config.DataDir, "*"))
	if err != nil || len(paths) < 2 {
		s.t.Errorf("the data directory holds %q: %v", paths, err)
	}
	ordered, err := filepath.Glob(filepath.Join(s.config.DataDir, "acme", "*"))
	if err != nil {
		s.t.Error(err)
	}
	files := make(map[string]string)
	for _, path := range append(paths, ordered...) {
		if name := filepath.Base(path); strings.HasPrefix(name, "audit") || name == "acme" {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			s.t.Error(err)
		}
		files[filepath.Base(path)] = string(data)
	}
	return files
}

// secrets are what may not leave a server, or servers that share a database.
type secrets struct {
	mutex sync.Mutex
	what  map[string]string // by value
}

// in names the secrets that text holds. A token code is looked for as a word: six digits inside a longer number say
// nothing.
func (s *secrets) in(text string) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var found []string
	for value, what := range s.what {
		if sixDigits.MatchString(value) {
			if regexp.MustCompile(`\b` + value + `\b`).MatchString(text) {
				found = append(found, what)
			}
		} else if strings.Contains(text, value) {
			found = append(found, what)
		}
	}
	return found
}

// sealedIn names the secrets that can be read in a file that may hold them sealed only. Six digits prove nothing in a
// binary file; a seed may be there in base32 or as its bytes.
func (s *secrets) sealedIn(data string) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var found []string
	for value, what := range s.what {
		if sixDigits.MatchString(value) {
			continue
		}
		raw, err := base32.StdEncoding.DecodeString(value)
		if strings.Contains(data, value) || (err == nil && strings.Contains(data, string(raw))) {
			found = append(found, what)
		}
	}
	return found
}

var sixDigits = regexp.MustCompile(`^\d{6}$`)

// auditFiles returns the files of the audit log, and their chains.
func (s *server) auditFiles() map[string]string {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.config.DataDir, "audit*"))
	if err != nil || len(paths) < 2 {
		s.t.Errorf("the files of the audit log are %q: %v", paths, err)
	}
	files := make(map[string]string)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			s.t.Error(err)
		}
		files[filepath.Base(path)] = string(data)
	}
	return files
}

// searchOutputs looks for secrets, and for signs of a broken server, in the audit log, in the metrics and in what each process wrote.
// The first process may show the root key, once, on standard output.
func (s *server) searchOutputs() {
	s.t.Helper()
	outputs := s.auditFiles()
	for i, r := range s.runs {
		outputs["standard error"] += r.stderr.String()
		if i > 0 {
			outputs["standard output of a later start"] += r.stdout.String()
		}
	}
	outputs["what Prometheus is told"] = s.metrics
	for _, name := range []string{s.root.AccessKeyId, accountID} { // nor may anybody be named there
		if strings.Contains(s.metrics, name) {
			s.t.Errorf("the metrics have %s", name)
		}
	}
	outputs["standard output of the first start"] = strings.ReplaceAll(
		s.runs[0].stdout.String(), s.root.SecretAccessKey, "")

	for name, data := range s.storedFiles() {
		for _, what := range s.secrets.sealedIn(data) {
			s.t.Errorf("%s holds %s, unsealed", name, what)
		}
	}
	signs := []string{"panic:", "goroutine ", "DATA RACE"}
	if !s.config.Refuses {
		signs = append(signs, `"InternalFailure"`)
	}
	for name, text := range outputs {
		for _, what := range s.secrets.in(text) {
			s.t.Errorf("%s holds %s", name, what)
		}
		for _, bad := range signs {
			if strings.Contains(text, bad) {
				s.t.Errorf("%s holds %q:\n%s", name, bad, text)
			}
		}
	}
}

// The search has to be able to fail: every test relies on it.
func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	known := &secrets{what: map[string]string{"JBSWY3DPEHPK3PXP": "a seed", "123456": "a code"}}
	tests := []struct {
		name, text string
		want       int
	}{
		{"nothing", `{"eventName":"GetSessionToken","requestID":"00112345-6789"}`, 0},
		{"seed inside a word", `{"uri":"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&issuer=b"}`, 1},
		{"code as a word", `{"tokenCode":"123456"}`, 1},
		{"code inside a number", `{"size":11234567}`, 0},
		{"both", "JBSWY3DPEHPK3PXP TokenCode=123456&", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := known.in(test.text); len(got) != test.want {
				t.Errorf("found %q, want %d of them", got, test.want)
			}
		})
	}
	t.Run("the bytes of a seed", func(t *testing.T) {
		t.Parallel()
		if got := known.sealedIn("\x00Hello!\xde\xad\xbe\xef\x00"); len(got) != 1 {
			t.Errorf("found %q, want the seed", got)
		}
	})
}
