package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// The test binary runs itself again as one of these, to be killed.
const (
	childVariable = "DAYPASS_STORE_TEST_CHILD"
	childWrites   = "writes"  // inserts accounts and prints each that was acknowledged, until it is killed
	childOpens    = "opens"   // opens a store and closes it
	childRewraps  = "rewraps" // changes the sealing key there and back, until it is killed
)

// child does what the environment asks, in the directory that is the working directory.
func child(task string) error {
	ctx := context.Background()
	if task == childRewraps {
		return rewraps(ctx)
	}
	s, err := store.Open(ctx, inDirectory("."), epoch)
	if err != nil {
		return err
	}
	if task == childOpens {
		return s.Close()
	}
	var output sync.Mutex
	for writer := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(os.Getpid(), "-", writer, "-", i)
				if err := insertAccount(ctx, s, id); err != nil {
					panic(err)
				}
				output.Lock()
				fmt.Println(id)
				output.Unlock()
			}
		}()
	}
	select {}
}

func startChild(t *testing.T, task, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+task)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

func inDirectory(dir string) store.Options {
	return store.Options{URL: filepath.Join(dir, "daypass.db"), SealingKey: store.SealingKeyFile(filepath.Join(dir, "sealing.key"))}
}

// What Update answered is there after SIGKILL; and what is there and was not answered is whole.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("short: no child processes")
	}
	dir := t.TempDir()
	var acknowledged []string
	for range 3 { // each finds the file as the one before left it
		cmd, lines := startChild(t, childWrites, dir)
		for n := 0; n < 200 && lines.Scan(); n++ {
			acknowledged = append(acknowledged, lines.Text())
		}
		must(t, cmd.Process.Kill())
		for lines.Scan() {
			acknowledged = append(acknowledged, lines.Text())
		}
		_ = cmd.Wait() // killed
	}
	if len(acknowledged) < 600 {
		t.Fatalf("%d acknowledged", len(acknowledged))
	}
	s := open(t, inDirectory(dir))
	must(t, s.View(t.Context(), func(tx *store.Tx) error {
		for _, id := range acknowledged {
			if _, err := tx.Account(t.Context(), id); err != nil {
				t.Errorf("account %s: %v", id, err)
			}
		}
		integrity, err := tx.Text(t.Context(), "pragma integrity_check")
		if integrity != "ok" {
			t.Errorf("integrity check: %s", integrity)
		}
		return err
	}))
}

// A first start that is killed at any moment leaves what the next start finishes, and nothing else.
func TestKilledWhileOpening(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("short: no child processes")
	}
	killed := 0
	for i := range 24 {
		dir := t.TempDir()
		cmd, _ := startChild(t, childOpens, dir)
		timer := time.AfterFunc(time.Duration(i)*4*time.Millisecond, func() { _ = cmd.Process.Kill() })
		if cmd.Wait() != nil {
			killed++
		}
		timer.Stop()
		must(t, open(t, inDirectory(dir)).Close())
		must(t, open(t, inDirectory(dir)).Close())
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		must(t, err)
		if len(left) != 2 {
			t.Errorf("left: %s", strings.Join(left, " "))
		}
	}
	if killed == 0 {
		t.Error("no start was killed on the way: this machine is too fast for the test")
	}
}

// A server and an administrator's command may use one file.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("short: no child processes")
	}
	dir := t.TempDir()
	s := open(t, inDirectory(dir))
	cmd, lines := startChild(t, childWrites, dir)
	var theirs []string
	for i := 0; i < 100 && lines.Scan(); i++ {
		theirs = append(theirs, lines.Text())
		must(t, insertAccount(t.Context(), s, fmt.Sprint(i)))
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	if len(theirs) < 100 {
		t.Fatalf("%d by the other process", len(theirs))
	}
	must(t, s.View(t.Context(), func(tx *store.Tx) error {
		for i, id := range theirs {
			_, mineErr := tx.Account(t.Context(), fmt.Sprint(i))
			_, theirsErr := tx.Account(t.Context(), id)
			if mineErr != nil || theirsErr != nil {
				t.Errorf("account %d: %v; account %s: %v", i, mineErr, id, theirsErr)
			}
		}
		return nil
	}))
}

// What a killed first start left of a sealing key is swept when the next first start succeeds, and only then.
func TestUnfinishedSealingKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unfinished := filepath.Join(dir, "sealing.key.123.new")
	must(t, os.WriteFile(unfinished, []byte("{"), 0o600))
	unrelated := filepath.Join(dir, "sealing.key.bak")
	must(t, os.WriteFile(unrelated, nil, 0o600))
	must(t, open(t, inDirectory(dir)).Close())
	if _, err := os.Stat(unfinished); err == nil {
		t.Error("the unfinished key is still there")
	}
	if _, err := os.Stat(unrelated); err != nil {
		t.Error(err)
	}
}
