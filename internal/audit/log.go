// Package audit writes one event for each request, refusals included, in CloudTrail's form, as one line of JSON.
//
// Lines are written by a goroutine of their own, a few milliseconds after the request at most, so that requests under
// load share a write. When a line can't be written the log is broken, and says so to whoever is about to act: nothing is
// done that can't be recorded.
package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	// writeDelay is how long a line waits for others to share its write.
	writeDelay = 5 * time.Millisecond
	// retryDelay is how long a broken log waits before it tries again.
	retryDelay = 200 * time.Millisecond
	// maxPending bounds the memory of lines that wait; beyond it a request waits for the write.
	maxPending = 4 << 20
)

// Log is an audit log. It is safe for concurrent use.
type Log struct {
	sink io.WriteCloser

	mu      sync.Mutex
	pending bytes.Buffer
	err     error // why the last write failed
	closed  bool

	wake    chan struct{}
	stopped chan struct{}
}

// Open appends to the audit file, which only its owner may read.
func Open(path string) (*Log, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return New(file), nil
}

// New returns a log that writes to the sink, and closes it in the end.
func New(sink io.WriteCloser) *Log {
	l := &Log{sink: sink, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	go l.run()
	return l
}

// Err says why nothing can be recorded now; nil when all is well.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Record takes an event. It fails when the log is broken or closed.
func (l *Log) Record(e Event) error {
	r := e.record()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return os.ErrClosed
	case l.err != nil:
		return l.err
	}
	if err := json.NewEncoder(&l.pending).Encode(r); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	if l.pending.Len() > maxPending {
		return l.write()
	}
	select {
	case l.wake <- struct{}{}:
	default: // the writer has been woken already
	}
	return nil
}

// Close writes what waits and closes the sink.
func (l *Log) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	close(l.wake)
	<-l.stopped
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.write()
	if closeErr := l.sink.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (l *Log) run() {
	defer close(l.stopped)
	for range l.wake {
		time.Sleep(writeDelay)
		l.mu.Lock()
		err := l.write()
		closed := l.closed
		l.mu.Unlock()
		for err != nil && !closed {
			time.Sleep(retryDelay)
			l.mu.Lock()
			err = l.write()
			closed = l.closed
			l.mu.Unlock()
		}
	}
}

// write empties the buffer into the sink. What a failed write left over stays, so that no line is cut in two.
func (l *Log) write() error {
	_, l.err = l.pending.WriteTo(l.sink)
	if l.err != nil {
		l.err = fmt.Errorf("audit log: %w", l.err)
	}
	return l.err
}
