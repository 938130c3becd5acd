package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/audit"
)

// fed is a log with one feed, called siem.
func fed(t *testing.T) *chained {
	t.Helper()
	c := newChained(t)
	c.Feeds = []string{"siem"}
	return c
}

func (c *chained) open() *audit.Log {
	c.t.Helper()
	l, err := audit.Open(c.Options)
	if err != nil {
		c.t.Fatal(err)
	}
	return l
}

// ended is a channel that is closed.
func ended() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// take takes what a feed has, in batches of at most so many lines, and tells the request ids.
func take(t *testing.T, f *audit.Feed, lines int) (ids []string) {
	t.Helper()
	for {
		batch, err := f.Next(t.Context(), ended(), lines, 1<<20)
		if errors.Is(err, io.EOF) {
			return ids
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range batch.Lines {
			ids = append(ids, fmt.Sprint(parseLine(t, string(line)+"\n")["requestID"]))
		}
		f.Done()
	}
}

func numbers(from, to int) (ids []string) {
	for i := from; i <= to; i++ {
		ids = append(ids, fmt.Sprint(i))
	}
	return ids
}

func wantIDs(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func save(t *testing.T, f *audit.Feed) {
	t.Helper()
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
}

func wantBehind(t *testing.T, f *audit.Feed, atLeast, atMost int64) {
	t.Helper()
	if got, err := f.Behind(); err != nil || got < atLeast || got > atMost {
		t.Errorf("the feed is %d bytes behind, want %d to %d: %v", got, atLeast, atMost, err)
	}
}

// A feed gets each line once and in order, through rotations and restarts, and after a kill again what it had not saved.
func TestFeed(t *testing.T) {
	t.Parallel()
	c := fed(t)
	c.Feeds = nil
	c.write("old")
	c.Feeds = []string{"siem"}
	c.write() // now the feed begins
	c.Rotation.Size = 2500
	c.write(numbers(1, 20)...)

	l := c.open()
	f := l.Feeds()[0]
	batch, err := f.Next(t.Context(), nil, 3, 1<<20)
	if err != nil || batch.First != 1 || batch.Last() != 3 {
		t.Fatalf("%d to %d: %v", batch.First, batch.Last(), err)
	}
	id := batch.Feed
	f.Done()
	save(t, f)
	wantIDs(t, take(t, f, 7), numbers(4, 20)...)
	wantBehind(t, f, 0, 0)
	mustClose(t, l) // without having saved

	c.write("21")
	l = c.open()
	f = l.Feeds()[0]
	wantBehind(t, f, 10000, 20000)
	batch, err = f.Next(t.Context(), nil, 1000, 1)
	if err != nil || batch.Feed != id || batch.First != 4 || len(batch.Lines) != 1 {
		t.Fatalf("%s, %d: %v", batch.Feed, batch.First, err)
	}
	wantIDs(t, take(t, f, 1), numbers(5, 21)...)
	record(t, l, "22")
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, take(t, f, 1), "22")
	save(t, f)
	mustClose(t, l)
	l = c.open()
	wantIDs(t, take(t, l.Feeds()[0], 1))
	mustClose(t, l)
	if v := c.verify(); len(v.Findings) > 0 {
		t.Errorf("%+v", v)
	}
}

// Lines that are not done come again.
func TestFeedNotDone(t *testing.T) {
	t.Parallel()
	c := fed(t)
	c.write("1", "2")
	l := c.open()
	if batch, err := l.Feeds()[0].Next(t.Context(), nil, 10, 1<<20); err != nil || len(batch.Lines) != 2 {
		t.Fatal(batch, err)
	}
	save(t, l.Feeds()[0])
	mustClose(t, l)
	l = c.open()
	wantIDs(t, take(t, l.Feeds()[0], 10), "1", "2")
	mustClose(t, l)
}

// A feed that waits is woken by a line, by the end of its context and by being stopped.
func TestFeedWaits(t *testing.T) {
	t.Parallel()
	c := fed(t)
	l := c.open()
	defer mustClose(t, l)
	f := l.Feeds()[0]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan error)
	next := func(stop chan struct{}) {
		_, err := f.Next(ctx, stop, 10, 1<<20)
		got <- err
	}
	go next(nil)
	record(t, l, "1")
	if err := <-got; err != nil {
		t.Error(err)
	}
	f.Done()
	stop := make(chan struct{})
	go next(stop)
	close(stop)
	if err := <-got; !errors.Is(err, io.EOF) {
		t.Errorf("stopped: %v", err)
	}
	go next(nil)
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// No file is removed that a feed has yet to read, in this life of the server or the next.
func TestFeedKeepsFiles(t *testing.T) {
	t.Parallel()
	c := fed(t)
	c.Rotation = audit.Rotation{Size: 1, Keep: 2}
	c.write(numbers(1, 9)...)
	if got := len(c.files()); got != 10 {
		t.Errorf("there are %d files, want 9 that the feed needs and the current one", got)
	}
	c.write("10")
	l := c.open()
	f := l.Feeds()[0]
	wantIDs(t, take(t, f, 1), numbers(1, 10)...)
	save(t, f)
	mustClose(t, l)
	c.write("11")
	if got := len(c.files()); got != 3 {
		t.Errorf("there are %d files, want 3", got)
	}
	if v := c.verify(); len(v.Findings) > 0 {
		t.Errorf("%+v", v)
	}
	l = c.open()
	wantIDs(t, take(t, l.Feeds()[0], 1), "11")
	mustClose(t, l)
}

// What is put aside because somebody has changed it is fed all the same, and a cut line is quoted.
func TestFeedOfChangedFiles(t *testing.T) {
	t.Parallel()
	c := fed(t)
	c.write("1", "2")
	c.edit(c.Path+".chain", func(lines []string) []string { return append(lines, "forged\n") })
	c.edit(c.Path, func(lines []string) []string { return append(lines, "no JSON\x1b[2J\n", `{"cut":"`) })
	c.write("3")
	l := c.open()
	defer mustClose(t, l)
	var got []string
	f := l.Feeds()[0]
	for len(got) < 5 {
		batch, err := f.Next(t.Context(), ended(), 1, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(batch.Lines[0]))
		f.Done()
	}
	wantBehind(t, f, 0, 0)
	if diff := cmp.Diff([]string{
		`{"eventType":"DaypassUnreadableLine","line":"no JSON\u001b[2J"}`,
		`{"eventType":"DaypassUnreadableLine","line":"{\"cut\":\""}`,
	}, got[2:4]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	wantLines(t, got[0]+"\n"+got[1]+"\n"+got[4]+"\n", "1", "2", "3")
}

// Nothing of what a client says gets out of its line.
func TestFeedOfHostileText(t *testing.T) {
	t.Parallel()
	c := fed(t)
	l := c.open()
	defer mustClose(t, l)
	e := event("1\n<0>1 - - - - - - forged")
	e.Call.UserAgent = "x\r\n{\"eventName\":\"Forged\"}\n\x00\x1b]0;\x07\u2028\xff\x7f"
	if err := l.Record(e); err != nil {
		t.Fatal(err)
	}
	batch, err := l.Feeds()[0].Next(t.Context(), nil, 10, 1<<20)
	if err != nil || len(batch.Lines) != 1 || bytes.ContainsFunc(batch.Lines[0], func(r rune) bool { return r < ' ' || r == '\u2028' }) {
		t.Errorf("%q, %v", batch.Lines, err)
	}
}

func TestFeedRefuses(t *testing.T) {
	t.Parallel()
	positionOf := func(c *chained, feed string) string {
		return filepath.Join(filepath.Dir(c.Path), "audit."+feed+".position")
	}
	tests := []struct {
		name   string
		change func(c *chained)
		want   string // in the error; empty: there is none
	}{
		{"nothing", func(*chained) {}, ""},
		{"position that was changed", func(c *chained) {
			c.edit(positionOf(c, "siem"), func(lines []string) []string {
				return []string{strings.Replace(lines[0], `"lines":0`, `"lines":1`, 1)}
			})
		}, "audit.siem.position is not what the server made with this key: where the sink siem stands is lost; remove that file"},
		{"position that was cut", func(c *chained) {
			c.edit(positionOf(c, "siem"), func([]string) []string { return nil })
		}, "is not what the server made"},
		{"position of another feed", func(c *chained) {
			c.Feeds = append(c.Feeds, "other")
			c.write()
			if err := os.Rename(positionOf(c, "other"), positionOf(c, "siem")); err != nil {
				c.t.Fatal(err)
			}
		}, "is not what the server made"},
		{"entry of the chain as a position", func(c *chained) {
			c.edit(positionOf(c, "siem"), func([]string) []string {
				entry, _, _ := strings.Cut(readFile(c.t, c.Path+".chain"), "\n")
				return []string{entry}
			})
		}, "is not what the server made"},
		{"position of another key", func(c *chained) { c.Key = newKey(c.t); c.remove(c.Path, c.Path+".chain") }, "is not what the server made"},
		{"log that was cut", func(c *chained) {
			l := c.open()
			take(c.t, l.Feeds()[0], 10)
			save(c.t, l.Feeds()[0])
			mustClose(c.t, l)
			c.edit(c.Path, func(lines []string) []string { return lines[:1] })
		}, "the log was cut"},
		{"log that is gone", func(c *chained) { c.remove(c.Path, c.Path+".chain") }, "the file of the log that the sink siem is to go on with is gone"},
		{"position that was removed", func(c *chained) { c.remove(positionOf(c, "siem")) }, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := fed(t)
			c.t = t
			c.write("1", "2")
			test.change(c)
			l, err := audit.Open(c.Options)
			if err == nil {
				mustClose(t, l)
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	t.Run("no regular file", func(t *testing.T) {
		t.Parallel()
		o := options(t, os.DevNull)
		o.Feeds = []string{"siem"}
		if _, err := audit.Open(o); err == nil { // by whoever may write beside it, for what it is
			t.Error("it is fed from")
		}
	})
}

// A guard speaks where the log itself has nothing to say.
func TestGuard(t *testing.T) {
	t.Parallel()
	l := audit.New(newDisk())
	defer mustClose(t, l)
	var guard error
	l.Guard(func() error { return guard })
	if err := l.Err(); err != nil {
		t.Error(err)
	}
	guard = errFull
	if err := l.Err(); !errors.Is(err, errFull) {
		t.Error(err)
	}
	record(t, l, "what is refused is recorded")
}
