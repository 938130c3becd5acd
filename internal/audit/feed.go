package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// linger is how long a feed lets lines gather before it reads them.
const linger = 20 * time.Millisecond

// Feed reads the lines of a log for somebody who must get all of them, in order, and remembers on the disk how far that is:
// the queue of what waits is the log itself. Its methods but Behind are for one goroutine.
type Feed struct {
	log      *Log
	follower Follower
	at       position      // of what is done; read and set under log.writing
	current  uint64        // the generation of the log's file when the one that is read was it
	taken    uint64        // lines that Next has returned and Done has not heard of
	wake     chan struct{} // the log has new lines
}

// Batch is some lines in a row.
type Batch struct {
	Feed  string   // an id of the feed, which is another when it has begun anew
	First uint64   // the number of the first line, counted from 1 since the feed began
	Lines [][]byte // JSON objects without line breaks
}

// Last is the number of the last line.
func (b *Batch) Last() uint64 { return b.First + uint64(len(b.Lines)) - 1 }

// openFeed opens a feed where it stands. The log is not written yet.
func openFeed(l *Log, name string) (*Feed, error) {
	f := &Feed{log: l, follower: Follower{path: l.file.Path}, at: l.file.positions[name], wake: make(chan struct{}, 1)}
	path, err := l.file.pathOf(f.at)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f.follower.begin(file)
	f.follower.lines.read = f.at.Offset
	return f, f.follower.rewind()
}

// Next returns the lines after those that are done: as many as there are, and no more than fit. Size is reached by the last
// line at most, which may be as long as a line can be. While there is none Next waits, until ctx ends, or stop is closed:
// then it returns io.EOF.
func (f *Feed) Next(ctx context.Context, stop <-chan struct{}, lines, size int) (Batch, error) {
	for {
		stopping := isClosed(stop)
		batch, err := f.gather(lines, size)
		if err != nil || len(batch.Lines) > 0 {
			return batch, err
		}
		moved, err := f.advance()
		switch {
		case err != nil:
			return Batch{}, fmt.Errorf("audit log: %w", err)
		case moved:
		case stopping:
			return Batch{}, io.EOF
		case !f.wait(ctx, stop):
			return Batch{}, ctx.Err()
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// wait waits for lines, and is false when ctx has ended.
func (f *Feed) wait(ctx context.Context, stop <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-stop:
	case <-time.After(pollInterval):
	case <-f.wake:
		select {
		case <-ctx.Done():
			return false
		case <-stop:
		case <-time.After(linger):
		}
	}
	return true
}

// gather reads what the file has.
func (f *Feed) gather(lines, size int) (Batch, error) {
	batch := Batch{Feed: f.at.ID, First: f.at.Lines + 1}
	for bytes := 0; len(batch.Lines) < lines && bytes < size; {
		text, err := f.follower.lines.next()
		if err == io.EOF { //nolint:errorlint // as the reader returns it
			text, err = f.rest()
		}
		if err != nil {
			return Batch{}, err
		}
		if text == nil {
			break
		}
		text = object(nil).line(text)
		batch.Lines, bytes = append(batch.Lines, text), bytes+len(text)
	}
	f.taken = uint64(len(batch.Lines))
	return batch, nil
}

// rest is what is behind the last whole line of a file that gets no more: a line that was cut. Nil: there is nothing, or it
// may get more.
func (f *Feed) rest() ([]byte, error) {
	if err := f.follower.rewind(); err != nil || !f.follower.ended {
		return nil, err
	}
	rest, err := io.ReadAll(io.LimitReader(f.follower.lines.buffer, maxLine))
	if err != nil || len(rest) == 0 {
		return nil, err
	}
	f.follower.lines.read += int64(len(rest))
	return rest, nil
}

// line is a line as it goes on. What is no JSON object is quoted in one: it is for the reader to judge, but it must not
// break what it is put into.
func (o object) line(text []byte) object {
	if len(text) > 0 && text[0] == '{' && json.Valid(text) {
		return append(o, text...)
	}
	return o.open().text("eventType", "DaypassUnreadableLine").text("line", string(text)).close()
}

// advance goes on to the next file when there is no more to come. It is false when there are no more lines by now.
func (f *Feed) advance() (moved bool, err error) {
	f.log.writing.Lock() // no rotation meanwhile
	defer f.log.writing.Unlock()
	if f.isCurrent() {
		return false, nil
	}
	before := f.follower.file
	if moved, err = f.follower.advance(); err != nil {
		return false, err
	}
	if !f.follower.ended && !moved {
		f.current = f.log.file.generation
	}
	if file := f.follower.file; file != before {
		first := beginning(file.Name())
		f.at.Log, f.at.Begins, f.at.Offset = first.Log, first.Sequence, 0
	}
	return moved, nil
}

// isCurrent tells without a look into the directory that the file is the log's.
func (f *Feed) isCurrent() bool { return f.current == f.log.file.generation }

// Done says that the lines of the last Next are taken.
func (f *Feed) Done() {
	f.log.writing.Lock()
	defer f.log.writing.Unlock()
	f.at.Offset = f.follower.lines.read
	f.at.Lines += f.taken
	f.taken = 0
}

// Save forces to the disk how far the feed is, and before it the log: a loss of power leaves no position that the log does
// not reach.
func (f *Feed) Save() error {
	at := f.at
	if _, err := f.log.Sync(); err != nil {
		return err
	}
	f.log.writing.Lock()
	defer f.log.writing.Unlock()
	if at == f.log.file.positions[at.Feed] {
		return nil
	}
	if err := f.log.file.savePosition(at); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return nil
}

// Behind is how many bytes of the log are not done.
func (f *Feed) Behind() (int64, error) {
	f.log.writing.Lock()
	defer f.log.writing.Unlock()
	if f.isCurrent() {
		return f.log.file.last.End - f.at.Offset, nil
	}
	all, mine, err := f.follower.locate()
	if err != nil {
		return 0, fmt.Errorf("audit log: %w", err)
	}
	behind := -f.at.Offset
	for _, part := range all[max(mine, 0):] {
		size, _, err := sizeOf(part.path)
		if err != nil {
			return 0, fmt.Errorf("audit log: %w", err)
		}
		behind += size
	}
	return behind, nil
}
