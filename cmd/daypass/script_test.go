package main

import (
	"flag"
	"os"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

// patience is how long a script waits for a server. Only a broken one comes near it.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	asCommand := func() {
		// Away from the terminal that the tests are run on, or else some commands would ask there. Whoever has a terminal of
		// its own, made for a test, leads a session already, and this fails.
		_, _ = syscall.Setsid()
		os.Exit(run())
	}
	testscript.Main(m, map[string]func(){"daypass": asCommand, "Get-STSSessionToken": asCommand})
}

// TestScripts plays testdata/*.txtar. Beside testscript's commands there is
//
//	await FILE PATTERN    waits until a file holds a match of the pattern
//	capture NAME FILE PATTERN
//	                      sets an environment variable to the pattern's first group in a file
//
// Servers run as background commands, with their log in a file so that a script can wait for a line of it.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"await": await, "capture": capture},
	})
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE PATTERN")
	}
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && pattern.Match(text) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("waited in vain for %s in %s: %s %v", args[1], args[0], text, err)
		}
	}
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: capture NAME FILE PATTERN")
	}
	match := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(match) != 2 {
		ts.Fatalf("%s has no match of %s", args[1], args[2])
	}
	ts.Setenv(args[0], match[1])
}
