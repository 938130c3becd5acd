package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
)

var errFull = errors.New("no space left on device")

// disk is a sink with so much room.
type disk struct {
	mu     sync.Mutex
	data   bytes.Buffer
	room   int // bytes; below 0: without end
	closed int
}

func newDisk() *disk { return &disk{room: -1} }

func (d *disk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room < 0 || len(p) <= d.room {
		d.room -= min(max(d.room, 0), len(p))
		return d.data.Write(p)
	}
	n, _ := d.data.Write(p[:d.room])
	d.room = 0
	return n, errFull
}

func (d *disk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed++
	return nil
}

// limit gives the disk room for n more bytes; below 0: without end.
func (d *disk) limit(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = n
}

func (d *disk) text() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.data.String()
}

// event is one of many, told apart by its request id.
func event(id string) audit.Event {
	e := userEvent()
	e.Call.RequestID = id
	return e
}

func record(t *testing.T, l *audit.Log, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := l.Record(event(id)); err != nil {
			t.Fatal(err)
		}
	}
}

// wantLines holds the text to whole lines of these request ids, in this order.
func wantLines(t *testing.T, text string, ids ...string) {
	t.Helper()
	var got []string
	for line := range strings.Lines(text) {
		got = append(got, fmt.Sprint(parseLine(t, line)["requestID"]))
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func mustClose(t *testing.T, l *audit.Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// inBubble runs a test with a clock of its own. It fails when a goroutine of the log outlives its Close.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// A second is ample for anything that a log does by itself: the clock of a bubble moves when nothing else does.
func aSecond() { time.Sleep(time.Second) }

func TestLinesAreWritten(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDisk()
		l := audit.New(d)
		record(t, l, "1", "2")
		aSecond()
		wantLines(t, d.text(), "1", "2")
		record(t, l, "3")
		aSecond()
		wantLines(t, d.text(), "1", "2", "3")
		if err := l.Err(); err != nil {
			t.Errorf("Err = %v", err)
		}
		mustClose(t, l)
	})
}

func TestCloseFlushes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDisk()
		l := audit.New(d)
		record(t, l, "1", "2")
		mustClose(t, l)
		wantLines(t, d.text(), "1", "2")
		if d.closed != 1 {
			t.Errorf("the sink was closed %d times", d.closed)
		}
		if err := l.Record(event("3")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Record after Close: %v", err)
		}
		aSecond()
		wantLines(t, d.text(), "1", "2")
	})
}

func TestCloseOfUnusedLog(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDisk()
		mustClose(t, audit.New(d))
		if d.text() != "" || d.closed != 1 {
			t.Errorf("wrote %q and closed the sink %d times", d.text(), d.closed)
		}
	})
}

// Wherever in a line the room ends, a log says so, refuses what comes, and goes on where it stopped: what was refused may
// have been done before the log broke, so it is written too.
func TestFullDisk(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		line := len(lineOf(t, event("1")))
		for _, room := range []int{0, 1, line / 2, line - 1, line, line + 1, line + line/2, 2*line - 1} {
			testFullDisk(t, room)
		}
	})
}

func testFullDisk(t *testing.T, room int) {
	t.Helper()
	d := newDisk()
	d.limit(room)
	l := audit.New(d)
	record(t, l, "1", "2")
	aSecond()
	if err := l.Err(); !errors.Is(err, errFull) {
		t.Errorf("room for %d bytes: Err = %v", room, err)
	}
	if err := l.Record(event("refused")); !errors.Is(err, errFull) {
		t.Errorf("room for %d bytes: Record = %v", room, err)
	}
	time.Sleep(time.Minute)
	if l.Err() == nil || len(d.text()) != room {
		t.Errorf("room for %d bytes: a minute later %d are written and Err = %v", room, len(d.text()), l.Err())
	}
	d.limit(-1)
	aSecond()
	if err := l.Err(); err != nil {
		t.Errorf("room for %d bytes: Err = %v after there was more", room, err)
	}
	wantLines(t, d.text(), "1", "2", "refused")
	record(t, l, "3")
	mustClose(t, l)
	wantLines(t, d.text(), "1", "2", "refused", "3")
}

func TestCloseOfBrokenLog(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDisk()
		d.limit(10)
		l := audit.New(d)
		record(t, l, "1")
		aSecond()
		if err := l.Close(); !errors.Is(err, errFull) {
			t.Errorf("Close = %v", err)
		}
		if d.closed != 1 {
			t.Errorf("the sink was closed %d times", d.closed)
		}
	})
}

func TestCloseWritesWhatWasHeldUp(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDisk()
		d.limit(10)
		l := audit.New(d)
		record(t, l, "1", "2")
		aSecond()
		d.limit(-1)
		mustClose(t, l)
		wantLines(t, d.text(), "1", "2")
	})
}

// The memory for lines that wait is bounded: when much comes at once, Record waits for the sink itself.
func TestMuchAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDisk()
		l := audit.New(d)
		const events = 100
		for i := range events {
			if err := l.Record(large(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		// No time has passed.
		if n := len(d.text()); n < 5<<20 {
			t.Errorf("of 9 MiB only %d bytes are written", n)
		}
		mustClose(t, l)
		lines := strings.SplitAfter(d.text(), "\n")
		if len(lines) != events+1 || lines[events] != "" {
			t.Fatalf("%d lines, want %d", len(lines)-1, events)
		}
		for i, line := range lines[:events] {
			if !strings.Contains(line, fmt.Sprintf(`"requestID":"%d"`, i)) || !json.Valid([]byte(line)) {
				t.Errorf("line %d is not event %d, or not whole", i, i)
			}
		}
	})
}

// large is an event whose line takes some 92 KiB.
func large(id string) audit.Event {
	e := event(id)
	e.Request = &struct{ PolicyDocument string }{strings.Repeat("x", 92<<10)}
	return e
}

// A log that breaks under much at once heals like any other.
func TestMuchAtOnceOnFullDisk(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDisk()
		d.limit(0)
		l := audit.New(d)
		accepted := 0
		for accepted < 200 && l.Record(large(fmt.Sprint(accepted))) == nil {
			accepted++
		}
		if accepted == 200 || !errors.Is(l.Err(), errFull) {
			t.Fatalf("%d events are taken, Err = %v", accepted, l.Err())
		}
		d.limit(-1)
		aSecond()
		if err := l.Err(); err != nil {
			t.Errorf("Err = %v after there was room again", err)
		}
		mustClose(t, l)
		if n := strings.Count(d.text(), "\n"); n < accepted {
			t.Errorf("%d lines of %d that were taken", n, accepted)
		}
	})
}

func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	o := options(t, path)
	for i, id := range []string{"1", "2"} { // the second start goes on where the first ended
		l, err := audit.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		record(t, l, id)
		mustClose(t, l)
		wantLines(t, readFile(t, path), []string{"1", "2"}[:i+1]...)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("the file has mode %v", info.Mode())
	}
}

// A line that a dying process cut in two must not take the next one with it.
func TestFileThatEndsInsideLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(`{"eventVersion":"1.11","userId`), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := audit.Open(options(t, path))
	if err != nil {
		t.Fatal(err)
	}
	record(t, l, "1")
	mustClose(t, l)
	cut, rest, _ := strings.Cut(readFile(t, path), "\n")
	if cut != `{"eventVersion":"1.11","userId` {
		t.Errorf("the line that was cut is now %q", cut)
	}
	wantLines(t, rest, "1")
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"missing directory": filepath.Join(t.TempDir(), "missing", "audit.jsonl"),
		"directory":         t.TempDir(),
	} {
		if _, err := audit.Open(options(t, path)); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestConcurrentRecords(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := audit.Open(options(t, path))
	if err != nil {
		t.Fatal(err)
	}
	const writers, each = 8, 100
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				if err := l.Record(event(fmt.Sprintf("%d/%d", w, i))); err != nil {
					t.Error(err)
				}
				if err := l.Err(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	mustClose(t, l)
	next := map[int]int{}
	for line := range strings.Lines(readFile(t, path)) {
		var w, i int
		if _, err := fmt.Sscanf(fmt.Sprint(parseLine(t, line)["requestID"]), "%d/%d", &w, &i); err != nil {
			t.Fatal(err)
		}
		if next[w] != i {
			t.Errorf("writer %d: event %d comes where %d is due", w, i, next[w])
		}
		next[w] = i + 1
	}
	for w := range writers {
		if next[w] != each {
			t.Errorf("writer %d: %d events have arrived, want %d", w, next[w], each)
		}
	}
}

// Requests that are still being answered when the log closes are recorded or told that they are not.
func TestRecordWhileClosing(t *testing.T) {
	t.Parallel()
	d := newDisk()
	l := audit.New(d)
	var accepted []string
	started := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for i := 0; ; i++ {
			id := fmt.Sprint(i)
			if err := l.Record(event(id)); err != nil {
				if !errors.Is(err, os.ErrClosed) {
					t.Error(err)
				}
				return
			}
			accepted = append(accepted, id)
			if i == 10 {
				close(started)
			}
		}
	})
	<-started
	mustClose(t, l)
	group.Wait()
	wantLines(t, d.text(), accepted...)
}

var at = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)

// lineOf is what a log writes of one event.
func lineOf(t *testing.T, e audit.Event) string {
	t.Helper()
	d := newDisk()
	l := audit.New(d)
	if err := l.Record(e); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	return d.text()
}

func userEvent() audit.Event {
	return audit.Event{
		Call:     call(aws.Caller{Principal: alice(), AccessKeyID: "AKIAALICEALICEALICEA"}),
		Action:   "GetCallerIdentity",
		ReadOnly: true,
	}
}
