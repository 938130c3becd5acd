package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"
)

// pollInterval is how often a follower looks for new lines.
const pollInterval = 200 * time.Millisecond

// Follower reads the lines of a log that come after it was made.
type Follower struct {
	path   string
	filter Filter
	file   *os.File // nil while there is none
	lines  lineReader
}

// Follow returns a follower, which the caller closes.
func Follow(path string, filter Filter) (*Follower, error) {
	f := &Follower{path: path, filter: filter}
	if err := f.open(path); err != nil {
		return nil, err
	}
	end, err := f.file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("audit log: %w", err), f.Close())
	}
	f.lines.read = end
	return f, nil
}

func (f *Follower) open(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	f.file, f.lines = file, lineReader{buffer: bufio.NewReaderSize(file, maxLine)}
	return nil
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
			if !backwardPath(all[i].path, &f.filter, yield) {
				return
			}
		}
	}
}

func backwardPath(path string, filter *Filter, yield func(Line, error) bool) bool {
	file, err := os.Open(path)
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
		next, err := f.successor()
		if err != nil {
			return nil, err
		}
		if next == "" {
			select {
			case <-ctx.Done():
			case <-time.After(pollInterval):
			}
		}
		if err := f.goOn(next); err != nil {
			return nil, err
		}
	}
	return nil, ctx.Err()
}

// goOn reads on after the last whole line, in the next file if there is one. A file that was rotated gets no more.
func (f *Follower) goOn(next string) error {
	if err := f.rewind(); err != nil || next == "" {
		return err
	}
	// It may have been written to before it was rotated. What has no line break by now gets none.
	if rest, err := f.lines.buffer.Peek(maxLine); bytes.IndexByte(rest, '\n') >= 0 || !errors.Is(err, io.EOF) {
		return err
	}
	old := f.file
	if err := f.open(next); err != nil {
		return err
	}
	return old.Close()
}

// rewind goes back to the end of the last whole line.
func (f *Follower) rewind() error {
	_, err := f.file.Seek(f.lines.read, io.SeekStart)
	f.lines.buffer.Reset(f.file)
	return err
}

// successor is the file that follows the one being read; empty while that is the current one.
func (f *Follower) successor() (string, error) {
	all, mine, err := f.locate()
	if err != nil {
		return "", err
	}
	for _, p := range all[mine+1:] {
		_, ok, err := sizeOf(p.path)
		if err != nil || ok {
			return p.path, err
		}
	}
	return "", nil
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
	for i, p := range all {
		other, err := os.Stat(p.path)
		if err == nil && os.SameFile(info, other) {
			return all, i, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, 0, err
		}
	}
	return all, -1, nil
}
