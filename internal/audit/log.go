// Package audit writes one event for each request, refusals included, in CloudTrail's form, as one line of JSON.
//
// Lines are written by a goroutine of their own, a few milliseconds after the request at most, so that requests under
// load share a write. When a line can't be written the log is broken, and says so to whoever is about to act: nothing is
// done that can't be recorded.
package audit

import (
	"errors"
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
	// Observe, if there is one, is told of every event, and why it was not recorded if it was not. It is set before the first.
	Observe func(e Event, err error)

	sink io.WriteCloser
	file *file // the sink, when it is one

	feeds []*Feed      // of the file, by the order of Options.Feeds
	guard func() error // see Guard

	mu      sync.Mutex
	pending []byte // whole lines
	err     error  // why the last write failed
	closed  bool
	stats   Stats

	writing sync.Mutex // held over writes, so that mu need not be; taken before mu
	batch   []byte     // what is being written, or is left of what could not be

	wake    chan struct{}
	stopped chan struct{}
}

// Open appends to the log in the file system, which only its owner may read. One process at a time may have it open.
func Open(o Options) (*Log, error) {
	file, err := openFile(o)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	l := newLog(file)
	l.file = file
	for _, name := range o.Feeds {
		feed, err := openFeed(l, name)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("audit log: %w", err), l.closeFeeds(), file.Close())
		}
		l.feeds = append(l.feeds, feed)
	}
	go l.run()
	return l, nil
}

func (l *Log) closeFeeds() error {
	var err error
	for _, feed := range l.feeds {
		err = errors.Join(err, feed.follower.Close())
	}
	return err
}

// Feeds are those of the options, in their order. They end with the log.
func (l *Log) Feeds() []*Feed { return l.feeds }

// Guard has Err ask somebody else, too. It is called before the log is used.
func (l *Log) Guard(err func() error) { l.guard = err }

// New returns a log that writes to the sink, and closes it in the end.
func New(sink io.WriteCloser) *Log {
	l := newLog(sink)
	go l.run()
	return l
}

func newLog(sink io.WriteCloser) *Log {
	return &Log{sink: sink, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
}

// Sync forces to the disk what is written by now, and returns the head of the chain that is on the disk. The zero Head is
// that of a log that has no chain.
func (l *Log) Sync() (Head, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.file == nil {
		return Head{}, nil
	}
	if err := l.file.sync(); err != nil {
		return Head{}, fmt.Errorf("audit log: %w", err)
	}
	return l.file.synced, nil
}

// Err says why nothing may be done now, for it can't be recorded; nil when all is well.
func (l *Log) Err() error {
	l.mu.Lock()
	err := l.err
	l.mu.Unlock()
	if err == nil && l.guard != nil {
		return l.guard()
	}
	return err
}

// Flush writes what waits.
func (l *Log) Flush() error { return l.write() }

// Record takes an event. It fails when the log is broken or closed; a broken one writes the event all the same once it
// can, as far as there is memory for what waits.
func (l *Log) Record(e Event) error {
	err := l.record(&e)
	if l.Observe != nil {
		l.Observe(e, err)
	}
	return err
}

func (l *Log) record(e *Event) error {
	full, err := l.add(e)
	if err != nil || !full {
		return err
	}
	return l.write()
}

// add puts a line where the writer finds it, and reports whether too much waits there.
func (l *Log) add(e *Event) (full bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return false, os.ErrClosed
	case l.err != nil && len(l.pending) > maxPending:
		return false, l.err
	}
	l.pending = append(e.appendTo(l.pending), '\n')
	l.stats.Lines++
	if l.err != nil {
		return false, l.err // the line waits all the same: what it tells of may have been done before the log broke
	}
	select {
	case l.wake <- struct{}{}:
	default: // the writer has been woken already
	}
	return len(l.pending) > maxPending, nil
}

// Close writes what waits and closes the sink.
func (l *Log) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	close(l.wake)
	<-l.stopped
	return errors.Join(l.write(), l.closeFeeds(), l.sink.Close())
}

func (l *Log) run() {
	defer close(l.stopped)
	for range l.wake {
		time.Sleep(writeDelay)
		for l.write() != nil && !l.isClosed() {
			time.Sleep(retryDelay)
		}
	}
}

func (l *Log) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// write writes what waits, while further lines may be added. What a failed write left over stays and goes first, so that
// no line is cut in two.
func (l *Log) write() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	if len(l.batch) == 0 {
		l.batch, l.pending = l.pending, l.batch
	} else {
		l.batch, l.pending = append(l.batch, l.pending...), l.pending[:0]
	}
	l.mu.Unlock()

	n, err := l.sink.Write(l.batch)
	l.batch = l.batch[:copy(l.batch, l.batch[n:])]
	if n > 0 {
		l.wakeFeeds()
	}
	if err != nil {
		err = fmt.Errorf("audit log: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
	l.stats.Written += uint64(n) //nolint:gosec // no Write returns less than 0
	if err != nil {
		l.stats.Failures++
	}
	return err
}

func (l *Log) wakeFeeds() {
	for _, feed := range l.feeds {
		select {
		case feed.wake <- struct{}{}:
		default: // it has been woken already
		}
	}
}

// Stats are what a Log has done since it was opened.
type Stats struct {
	Lines    uint64 // that it has taken
	Written  uint64 // bytes
	Failures uint64 // of writes
	Waiting  int    // bytes that are not yet with their write
	Broken   bool   // the last write failed
}

// Stats tells what the log has done.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	stats := l.stats
	stats.Waiting, stats.Broken = len(l.pending), l.err != nil
	return stats
}
