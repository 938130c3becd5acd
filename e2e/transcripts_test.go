package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "have the AWS CLI write those transcripts that are empty")

// TestAWSCLITranscripts holds cmd/daypass/testdata/sts to what the real AWS CLI prints. It takes half a second for a command
// line, so it is asked for the first of each answer; with -update, for those that are empty.
func TestAWSCLITranscripts(t *testing.T) {
	t.Parallel()
	if output := output(t, exec.Command(need(t, debianCLI), "--version")); !strings.HasPrefix(output, "aws-cli/2.") {
		lacking(t, "the AWS CLI is "+output)
	}
	files, err := filepath.Glob("../cmd/daypass/testdata/sts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	var archives []*txtar.Archive
	var runs []*replayed
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, archive)
		for i := range archive.Files {
			f := &archive.Files[i]
			if f.Name == "status" || f.Name == "answer" || *update && len(f.Data) > 0 {
				continue
			}
			runs = append(runs, &replayed{file: file, transcript: f, archive: archive})
			if !*update {
				break
			}
		}
	}
	replay(t, runs)
	for i, archive := range archives {
		if *update {
			if err := os.WriteFile(files[i], txtar.Format(archive), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// replayed is a run of the AWS CLI.
type replayed struct {
	file       string
	archive    *txtar.Archive
	transcript *txtar.File
	asked      string // the form that it sent
}

// replay runs the AWS CLI, and compares the transcripts or, to update them, writes them.
func replay(t *testing.T, runs []*replayed) {
	t.Helper()
	type command struct {
		Arguments   []string          `json:"arguments"`
		Environment map[string]string `json:"environment"`
	}
	var commands []command
	for _, r := range runs {
		server := httptest.NewServer(http.HandlerFunc(r.answer))
		t.Cleanup(server.Close)
		arguments := append([]string{"--endpoint-url", server.URL, "sts"}, splitArguments(t, r.transcript.Name)...)
		environment := map[string]string{"LANG": "C.UTF-8"}
		for _, setting := range clientEnvironment(credentials{AccessKeyId: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"}) {
			name, value, _ := strings.Cut(setting, "=")
			environment[name] = value
		}
		environment["AWS_MAX_ATTEMPTS"] = "2" // with 1 it says of every error that its retries, 0, were used up
		commands = append(commands, command{arguments, environment})
	}
	input, err := json.Marshal(commands)
	if err != nil {
		t.Fatal(err)
	}
	python := exec.Command("/usr/bin/python3", "awscli/replay.py")
	python.Stdin = bytes.NewReader(input)
	var results []struct {
		Code           int
		Stdout, Stderr string
	}
	if err := json.Unmarshal([]byte(output(t, python)), &results); err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		got := r.transcribe(results[i].Code, results[i].Stdout, results[i].Stderr)
		if *update {
			r.transcript.Data = []byte(got)
		} else if diff := cmp.Diff(string(r.transcript.Data), got); diff != "" {
			t.Errorf("%s: aws sts %s (-transcript +AWS CLI)\n%s", r.file, r.transcript.Name, diff)
		}
	}
}

func (r *replayed) answer(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.asked = string(body)
	status := http.StatusOK
	for _, f := range r.archive.Files {
		switch f.Name {
		case "status":
			status, err = strconv.Atoi(strings.TrimSpace(string(f.Data)))
			if err != nil {
				panic(http.ErrAbortHandler)
			}
		case "answer":
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(status)
			_, _ = w.Write(f.Data)
		}
	}
}

// transcribe says what was sent and what came of it, as the tests of cmd/daypass do. What differs on purpose is written as
// daypass says it: the program's name, and the usage that stands above a fault.
func (r *replayed) transcribe(code int, stdout, stderr string) string {
	var b strings.Builder
	if form, err := url.ParseQuery(r.asked); err == nil && r.asked != "" {
		fmt.Fprintf(&b, "[asked] %s\n", form.Encode())
	}
	if code != 0 {
		fmt.Fprintf(&b, "[exit] %d\n", code)
	}
	if _, fault, found := strings.Cut(stderr, "aws <command> <subcommand> help\n\n"); found {
		stderr = strings.TrimPrefix(strings.TrimRight(fault, "\n"), "aws: error: ") + "\n"
	}
	if stderr != "" {
		fmt.Fprintf(&b, "[stderr]\n%s", strings.ReplaceAll(stderr, `"aws configure"`, `"daypass configure"`))
	}
	b.WriteString(stdout)
	if text := b.String(); text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n') // which the files want
	}
	return b.String()
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

// TestDaypassBesideAWSCLI asks a server with both commands.
func TestDaypassBesideAWSCLI(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	aws := cli{t: t, server: server, path: need(t, debianCLI), credentials: server.root}
	daypass := aws
	daypass.path = binary
	for _, arguments := range []string{
		"sts get-caller-identity",
		"sts get-session-token --serial-number arn:aws:iam::" + accountID + ":mfa/nobody --token-code 123456",
	} {
		wantOut, wantErr, err := aws.exec(strings.Fields(arguments)...)
		wantErr = strings.Replace(wantErr, " (reached max retries: 0)", "", 1) // of AWS_MAX_ATTEMPTS=1
		gotOut, gotErr, ourErr := daypass.exec(strings.Fields(arguments)...)
		gotErr, hint, _ := strings.Cut(gotErr, "hint: ")
		if diff := cmp.Diff([]string{wantOut, wantErr, fmt.Sprint(err)}, []string{gotOut, gotErr, fmt.Sprint(ourErr)}); diff != "" {
			t.Errorf("%s (-aws +daypass)\n%s", arguments, diff)
		}
		if err != nil && !strings.Contains(hint, "daypass explain ") {
			t.Errorf("%s: hint %q", arguments, hint)
		}
	}
	session := daypass.as(daypass.run("sts", "get-session-token", "--duration-seconds", "900").Credentials.credentials)
	if got, want := session.whoAmI(), aws.whoAmI(); got != want {
		t.Errorf("the session is %v, want root itself: %v", got, want)
	}
}
