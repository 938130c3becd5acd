package audit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"time"
)

// pollInterval is how often a follower looks for new lines.
const pollInterval = 200 * time.Millisecond

// Follower reads the lines of a log that come after it was made.
type Follower struct {
	path   string
	filter Filter
	file   *os.File
	lines  lineReader
	ended  bool // the file was rotated before it was last read to its end: it gets no more
}

// Follow returns a follower, which the caller closes.
func Follow(path string, filter Filter) (*Follower, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	f := &Follower{path: path, filter: filter}
	f.begin(file)
	end, err := f.file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("audit log: %w", err), f.Close())
	}
	f.lines.read = end
	return f, nil
}

// begin begins to read a file of the log.
func (f *Follower) begin(file *os.File) {
	f.file, f.lines, f.ended = file, lineReader{buffer: bufio.NewReaderSize(file, maxLine)}, false
}

// Close ends the follower.
func (f *Follower) Close() error { return f.file.Close() }

// Backward yields the lines before those of Lines, the newest first.
func (f *Follower) Backward() iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		all, mine, err := f.locate()
		if err != nil {
			yield(Line{}, fmt.Errorf("audit log: %w", err))
			return
		}
		if !backward(f.file, f.lines.read, &f.filter, yield) {
			return
		}
		for i := mine - 1; i >= 0; i-- {
			if !backwardPart(all[i], &f.filter, yield) {
				return
			}
		}
	}
}

func backwardPart(p part, filter *Filter, yield func(Line, error) bool) bool {
	file, err := p.open()
	if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
		return true
	}
	var end int64
	if err == nil {
		defer file.Close() //nolint:errcheck // it is only read
		end, err = file.Seek(0, io.SeekEnd)
	}
	if err != nil {
		yield(Line{}, fmt.Errorf("audit log: %w", err))
		return false
	}
	return backward(file, end, filter, yield)
}

// Lines yields lines as they come, until ctx ends. An error is the last that it yields.
func (f *Follower) Lines(ctx context.Context) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for {
			text, err := f.next(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(Line{}, fmt.Errorf("audit log: %w", err))
				return
			}
			if r, ok := f.filter.match(text); ok && !yield(Line{text, r}, nil) {
				return
			}
		}
	}
}

// next waits for a line.
func (f *Follower) next(ctx context.Context) ([]byte, error) {
	for ctx.Err() == nil {
		text, err := f.lines.next()
		if !errors.Is(err, io.EOF) {
			return text, err
		}
		if err := f.rewind(); err != nil { // what has no line break may get one
			return nil, err
		}
		moved, err := f.advance()
		if err != nil {
			return nil, err
		}
		if !moved {
			select {
			case <-ctx.Done():
			case <-time.After(pollInterval):
			}
		}
	}
	return nil, ctx.Err()
}

// rewind goes back to the end of the last whole line.
func (f *Follower) rewind() error {
	_, err := f.file.Seek(f.lines.read, io.SeekStart)
	f.lines.buffer.Reset(f.file)
	return err
}

// advance is for when the file has been read to its end. It goes on to the next one when there is no more to come. It is false when
// there is nothing to read by now.
func (f *Follower) advance() (moved bool, err error) {
	all, mine, err := f.locate()
	switch {
	case err != nil || mine == len(all)-1:
		return false, err
	case !f.ended: // it may have been written to before it was rotated
		f.ended = true
		return true, nil
	}
	for _, p := range all[mine+1:] {
		next, err := p.open()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		old := f.file
		f.begin(next)
		return true, old.Close()
	}
	return false, nil
}

// locate finds the file being read among those of the log: -1 when it is gone, and older than all.
func (f *Follower) locate() (all []part, mine int, err error) {
	if all, err = parts(f.path); err != nil {
		return nil, 0, err
	}
	info, err := f.file.Stat()
	if err != nil {
		return nil, 0, err
	}
	for i, p := range slices.Backward(all) {
		other, err := p.stat()
		if err == nil && os.SameFile(info, other) {
			return all, i, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, 0, err
		}
	}
	return all, -1, nil
}
