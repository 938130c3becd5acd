package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/daypass/daypass/internal/client"
)

// TestTranscripts plays testdata/sts/*.txtar: an answer of a service, and what the AWS CLI makes of it under each of several
// command lines. The AWS CLI wrote them itself: `go test -run TestAWSCLITranscripts -update` in e2e fills in those that are
// empty.
func TestTranscripts(t *testing.T) {
	setClientEnvironment(t)
	files, err := filepath.Glob("testdata/sts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		service := newCannedService(t, archive)
		for _, f := range archive.Files {
			if f.Name == "status" || f.Name == "answer" {
				continue
			}
			t.Run(filepath.Base(file)+"/"+f.Name, func(t *testing.T) {
				got := service.transcript(splitArguments(t, f.Name))
				if diff := gocmp.Diff(string(f.Data), got); diff != "" {
					t.Errorf("(-AWS CLI +daypass)\n%s", diff)
				}
			})
		}
	}
}

// setClientEnvironment leaves a command nothing but these credentials.
func setClientEnvironment(t *testing.T) {
	t.Helper()
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "") // so that it comes back
			_ = os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_MAX_ATTEMPTS", "2") // of which no refusal here needs the second
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}

// cannedService gives every request one answer.
type cannedService struct {
	*httptest.Server
	asked string // the form of the last request
}

func newCannedService(t *testing.T, archive *txtar.Archive) *cannedService {
	t.Helper()
	parts := map[string]string{}
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	status, err := strconv.Atoi(strings.TrimSpace(cmp.Or(parts["status"], "200")))
	if err != nil {
		t.Fatal(err)
	}
	s := new(cannedService)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.asked = string(body)
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, parts["answer"])
	}))
	t.Cleanup(s.Close)
	return s
}

// transcript runs a command line, and says what was sent and what came of it.
func (s *cannedService) transcript(arguments []string) string {
	s.asked = ""
	root := newRootCommand()
	var stdout, stderr strings.Builder
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	arguments = append([]string{"--endpoint-url", s.URL, "sts"}, arguments...)
	code := 0
	spelled, err := spellOut(root, arguments)
	if err == nil {
		root.SetArgs(spelled)
		err = root.Execute()
	}
	if err != nil {
		code = client.ExitCode(err)
		stderr.WriteString(client.Message(err))
	}
	return transcript(s.asked, code, stdout.String(), stderr.String())
}

// transcript is the same for both commands: without our hints, and without the usage that is each one's own.
func transcript(asked string, code int, stdout, stderr string) string {
	var b strings.Builder
	if form, err := url.ParseQuery(asked); err == nil && asked != "" {
		fmt.Fprintf(&b, "[asked] %s\n", form.Encode())
	}
	if code != 0 {
		fmt.Fprintf(&b, "[exit] %d\n", code)
	}
	stderr, _, _ = strings.Cut(stderr, "hint: ")
	if _, fault, found := strings.Cut(stderr, "daypass: error: "); found {
		stderr = fault
	}
	if stderr != "" {
		fmt.Fprintf(&b, "[stderr]\n%s", stderr)
	}
	b.WriteString(stdout)
	if text := b.String(); text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n') // which the files want
	}
	return b.String()
}

// Whoever interrupts a call is not told of an error.
func TestInterruptedCall(t *testing.T) {
	setClientEnvironment(t)
	ctx, interrupt := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // before which the end of the connection would not be seen
		interrupt()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	root := newRootCommand()
	root.SetArgs([]string{"sts", "get-caller-identity", "--endpoint-url", server.URL})
	err := root.ExecuteContext(ctx)
	if got := client.Message(err); got != "\ninterrupted\n" || client.ExitCode(err) != client.ExitInterrupted {
		t.Errorf("exit code %d, message %q", client.ExitCode(err), got)
	}
}

// splitArguments reads a line as a shell does, with quotes of both kinds and no escapes.
func splitArguments(t *testing.T, line string) []string {
	t.Helper()
	var arguments []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		var argument strings.Builder
		for line != "" && line[0] != ' ' {
			end := strings.IndexAny(line, ` '"`)
			switch {
			case end < 0:
				end = len(line)
			case end == 0:
				end = strings.IndexByte(line[1:], line[0]) + 2
				if end == 1 {
					t.Fatalf("a quote is open: %s", line)
				}
				argument.WriteString(line[1 : end-1])
				line = line[end:]
				continue
			}
			argument.WriteString(line[:end])
			line = line[end:]
		}
		arguments = append(arguments, argument.String())
	}
	return arguments
}
