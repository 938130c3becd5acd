package audit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/daypass/daypass/internal/audit"
)

func newKey(t testing.TB) tink.AEAD {
	t.Helper()
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	key, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func options(t testing.TB, path string) audit.Options {
	t.Helper()
	return audit.Options{Path: path, Key: newKey(t), Now: func() time.Time { return at }}
}

// chained is a log in a directory of its own, with the key of its chain.
type chained struct {
	audit.Options

	t     *testing.T
	heads []audit.Head
}

func newChained(t *testing.T) *chained {
	t.Helper()
	return &chained{t: t, Options: options(t, filepath.Join(t.TempDir(), "audit.jsonl"))}
}

// write is a server that writes some lines, each by itself, and ends.
func (c *chained) write(ids ...string) {
	c.t.Helper()
	l, err := audit.Open(c.Options)
	if err != nil {
		c.t.Fatal(err)
	}
	defer mustClose(c.t, l)
	for _, id := range ids {
		record(c.t, l, id)
		c.await(`"requestID":"` + id + `"`)
	}
	head, err := l.Sync()
	if err != nil {
		c.t.Fatal(err)
	}
	c.heads = append(c.heads, head)
}

// await waits until the log has a text.
func (c *chained) await(text string) {
	c.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		for _, path := range c.files() {
			// A rotation may be under way.
			if log, err := os.ReadFile(path); err == nil && strings.Contains(string(log), text) {
				return
			}
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("waited in vain for %s", text)
		}
	}
}

// files are the files of the log but the chains, the current one last.
func (c *chained) files() []string {
	c.t.Helper()
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(c.Path), "audit-*.jsonl"))
	if err != nil {
		c.t.Fatal(err)
	}
	return append(paths, c.Path)
}

func (c *chained) verify() audit.Verification {
	c.t.Helper()
	v, err := audit.Verify(c.Path, c.Key, c.heads)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// edit changes the lines of a file.
func (c *chained) edit(path string, change func(lines []string) []string) {
	c.t.Helper()
	lines := change(slices.Collect(strings.Lines(readFile(c.t, path))))
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chained) remove(paths ...string) {
	c.t.Helper()
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			c.t.Fatal(err)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	c := newChained(t)
	c.write("1", "2")
	c.write()
	c.write("3")
	v := c.verify()
	if diff := cmp.Diff(audit.Verification{Files: 1, Lines: 3, Last: c.heads[2]}, v); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if v.Last.Sequence != 3 {
		t.Errorf("three writes have the number %d", v.Last.Sequence)
	}
}

// Whoever can write the files, and has not the key, is found out.
func TestVerifyFinds(t *testing.T) {
	t.Parallel()
	remove := func(n int) func([]string) []string {
		return func(lines []string) []string { return slices.Delete(lines, n, n+1) }
	}
	swap := func(lines []string) []string {
		lines[1], lines[2] = lines[2], lines[1]
		return lines
	}
	const rotated = "audit-000001.jsonl"
	tests := []struct {
		name   string
		tamper func(c *chained)
		want   string // in a finding
	}{
		{"changed line", func(c *chained) {
			c.edit(c.Path, func(lines []string) []string {
				lines[1] = strings.Replace(lines[1], "alice", "mallo", 1)
				return lines
			})
		}, "among the lines 2 to 2 of audit.jsonl"},
		{"removed line", func(c *chained) { c.edit(c.Path, remove(1)) }, "audit.jsonl"},
		{"lines in another order", func(c *chained) { c.edit(c.Path, swap) }, "among the lines 2 to 3 of audit.jsonl"},
		{"added line", func(c *chained) {
			c.edit(c.Path, func(lines []string) []string { return slices.Insert(lines, 1, lines[1]) })
		}, "audit.jsonl"},
		{"last line", func(c *chained) { c.edit(c.Path, remove(3)) }, "audit.jsonl is cut off: its chain goes on after line 3"},
		{"last line and its entry", func(c *chained) {
			c.edit(c.Path, remove(3))
			c.edit(c.Path+".chain", remove(4))
		}, "the end of audit.jsonl is cut off: the chain ends with write 5, and there was a write 6"},
		{"line and entry in the middle", func(c *chained) {
			c.edit(c.Path, remove(1))
			c.edit(c.Path+".chain", remove(2))
		}, "entries of audit.jsonl.chain are missing or not in order"},
		{"entries in another order", func(c *chained) {
			c.edit(c.Path, swap)
			c.edit(c.Path+".chain", swap)
		}, "entries of audit.jsonl.chain are missing or not in order"},
		{"chain of another's key", func(c *chained) {
			other := newChained(c.t)
			other.write("1", "2")
			c.edit(c.Path, func([]string) []string { return []string{readFile(c.t, other.Path)} })
			c.edit(c.Path+".chain", func([]string) []string { return []string{readFile(c.t, other.Path+".chain")} })
		}, "line 1 of audit.jsonl.chain is not what the server made"},
		{"entry that was changed", func(c *chained) {
			c.edit(c.Path+".chain", func(lines []string) []string {
				lines[1] = strings.Replace(lines[1], `"sequence":3`, `"sequence":4`, 1)
				return lines
			})
		}, "line 2 of audit.jsonl.chain is not what the server made"},
		{"no chain", func(c *chained) { c.remove(c.Path + ".chain") }, "audit.jsonl has no chain"},
		{"no log", func(c *chained) { c.remove(c.Path) }, "audit.jsonl is missing, while its chain is there"},
		{"neither", func(c *chained) { c.remove(c.Path, c.Path+".chain") }, "audit.jsonl is missing"},
		{"rotated file", func(c *chained) {
			path := filepath.Join(filepath.Dir(c.Path), rotated)
			c.remove(path, path+".chain")
		}, "the files with the writes 1 to 2 are missing"},
		{"rotated file that is longer", func(c *chained) {
			c.edit(filepath.Join(filepath.Dir(c.Path), rotated), func(lines []string) []string { return append(lines, lines[0]) })
		}, "audit-000001.jsonl has "},
		{"no chain, and a new start", func(c *chained) {
			c.remove(c.Path + ".chain")
			c.write()
		}, "a new chain begins with audit.jsonl"},
		{"end cut off, and a new start", func(c *chained) {
			c.edit(c.Path, remove(3))
			c.edit(c.Path+".chain", remove(4))
			c.Known = map[string]uint64{c.heads[1].Log: c.heads[1].Sequence}
			c.write("5")
		}, "a new chain begins with audit.jsonl"},
		{"lines cut off, and a new start", func(c *chained) {
			c.edit(c.Path, remove(3))
			c.write("5")
		}, "audit-000002.jsonl is cut off: its chain goes on after line 3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newChained(t)
			c.writeRotated()
			if v := c.verify(); len(v.Findings)+len(v.Notes) > 0 || v.Lines != 6 {
				t.Fatalf("before anything was done: %+v", v)
			}
			test.tamper(c)
			found := c.verify().Findings
			if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, test.want) }) {
				t.Errorf("%q are found, want %q", found, test.want)
			}
		})
	}
}

// writeRotated writes two lines into a file that is rotated, and four into the current one.
func (c *chained) writeRotated() {
	c.t.Helper()
	c.Rotation.Size = 0
	c.write("1")
	info, err := os.Stat(c.Path)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Rotation.Size = audit.Size(info.Size() + 1)
	c.write("2")
	c.Rotation.Size = 0
	c.write("3", "4", "5", "6")
	c.heads = c.heads[1:]
}

// A server that was killed leaves a cut line, lines without an entry and a cut entry. The next start mends that, and
// Verify tells of it without calling it wrong.
func TestVerifyAfterKill(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(c *chained){
		"cut line": func(c *chained) {
			c.edit(c.Path, func(lines []string) []string { return append(lines, `{"eventVersion":"1.11","userId`) })
		},
		"line without an entry": func(c *chained) {
			c.edit(c.Path, func(lines []string) []string { return append(lines, lines[0]) })
		},
		"cut entry": func(c *chained) {
			c.edit(c.Path+".chain", func(lines []string) []string {
				lines[2] = lines[2][:50]
				return lines
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChained(t)
			c.write("1", "2")
			c.heads = nil // the database is not that quick
			leave(c)
			c.write("3")
			v := c.verify()
			if len(v.Findings) > 0 || len(v.Notes) != 1 || !strings.Contains(v.Notes[0], "were found there at a start") {
				t.Errorf("%+v", v)
			}
		})
	}
}

// A log that is older than chains are gets one.
func TestLogWithoutChain(t *testing.T) {
	t.Parallel()
	c := newChained(t)
	if err := os.WriteFile(c.Path, []byte(lineOf(t, event("1"))), 0o600); err != nil {
		t.Fatal(err)
	}
	c.write("2")
	v := c.verify()
	if len(v.Findings) > 0 || len(v.Notes) != 1 || v.Lines != 2 {
		t.Errorf("%+v", v)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	c := newChained(t)
	c.Rotation = audit.Rotation{Size: 1, Keep: 3}
	var ids []string
	for i := range 8 {
		ids = append(ids, fmt.Sprint(i))
	}
	c.write(ids[:5]...)
	c.write(ids[5:]...)
	if got := len(c.files()); got != 4 {
		t.Errorf("%d files", got)
	}
	if v := c.verify(); len(v.Findings)+len(v.Notes) > 0 || v.Files != 4 || v.Lines != 3 {
		t.Errorf("%+v", v)
	}
	var got []string
	for line, err := range audit.Forward(c.Path, audit.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, line.Record.RequestID)
	}
	if diff := cmp.Diff(ids[5:], got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	c.remove(c.files()[0])
	if len(c.verify().Findings) == 0 {
		t.Error("a rotated file is missing, and nothing is found")
	}
}

func TestRotationByAge(t *testing.T) {
	t.Parallel()
	c := newChained(t)
	now := at
	c.Now = func() time.Time { return now }
	c.Rotation.Age = time.Hour
	c.write("1", "2")
	now = now.Add(time.Hour)
	c.write("3") // which ends the file
	c.write("4")
	if got := len(c.files()); got != 2 {
		t.Errorf("%d files", got)
	}
	wantLines(t, readFile(t, c.Path), "4")
	if v := c.verify(); len(v.Findings)+len(v.Notes) > 0 {
		t.Errorf("%+v", v)
	}
}

// Wherever between two steps of a rotation a server dies, the next start goes on without a gap.
func TestRotationCutShort(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string]int{"before the chain is renamed": 1, "before the new chain": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChained(t)
			c.write("1", "2")
			rotated := filepath.Join(filepath.Dir(c.Path), "audit-000001.jsonl")
			for _, suffix := range []string{"", ".chain"}[:steps] {
				if err := os.Rename(c.Path+suffix, rotated+suffix); err != nil {
					t.Fatal(err)
				}
			}
			c.write("3")
			if v := c.verify(); len(v.Findings)+len(v.Notes) > 0 || v.Files != 2 || v.Lines != 3 {
				t.Errorf("%+v", v)
			}
		})
	}
}

// One server at a time writes to a directory.
func TestTwoLogs(t *testing.T) {
	t.Parallel()
	c := newChained(t)
	l, err := audit.Open(c.Options)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := audit.Open(c.Options); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("Open = %v, %v", other, err)
	}
	mustClose(t, l)
	c.write("1")
}

// A follower gets every line once, through rotations.
func TestFollow(t *testing.T) {
	t.Parallel()
	c := newChained(t)
	c.write("0")
	f, err := audit.Follow(c.Path, audit.Filter{EventName: "GetCallerIdentity"})
	if err != nil {
		t.Fatal(err)
	}
	c.Rotation.Size = 2000
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprint(i+1))
	}
	c.write(ids...)
	var got []string
	for line, err := range f.Lines(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, line.Record.RequestID); len(got) == len(ids) {
			break
		}
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// However often the log is rotated between two looks of those who follow it, and while they look, they get every line once: who
// reads the files, and the log's own feed.
func TestFollowManyRotations(t *testing.T) {
	t.Parallel()
	c := fed(t)
	c.write("0")
	c.Rotation.Size = 1
	l, ids := c.open(), numbers(1, 100)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var running sync.WaitGroup
	for range 8 {
		f, err := audit.Follow(c.Path, audit.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		running.Go(func() {
			var got []string
			for line, err := range f.Lines(ctx) {
				if err != nil {
					t.Error(err)
				}
				if got = append(got, line.Record.RequestID); line.Record.RequestID == ids[len(ids)-1] {
					break
				}
			}
			wantIDs(t, got, ids...)
		})
	}
	for _, id := range ids {
		if err := errors.Join(l.Record(event(id)), l.Flush()); err != nil {
			t.Error(err)
		}
	}
	wantIDs(t, take(t, l.Feeds()[0], 7), append([]string{"0"}, ids...)...)
	mustClose(t, l)
	running.Wait()
}

// A line that was cut for ever, at the end of a file that was put aside, holds up no follower.
func TestFollowPastCutLine(t *testing.T) {
	t.Parallel()
	c := newChained(t)
	c.write("1")
	f, err := audit.Follow(c.Path, audit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c.edit(c.Path+".chain", func(lines []string) []string { return append(lines, "forged\n") })
	log, err := os.OpenFile(c.Path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.WriteString(`{"cut":`); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	c.write("2")
	for line, err := range f.Lines(t.Context()) {
		if err != nil || line.Record.RequestID != "2" {
			t.Errorf("%s, %v", line.Text, err)
		}
		break
	}
}
