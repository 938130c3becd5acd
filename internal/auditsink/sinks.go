// Package auditsink hands the lines of the audit log on: to standard output, to syslog, to a webhook.
//
// The log in the file system stays what counts. A sink is fed from it (see audit.Feed), in order, and gets every line at least
// once. While it can't take lines the log is its queue, which outlives the process; when the sink is further behind than it
// may be, either the server refuses to act, or lines are left out and counted.
package auditsink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/audit"
)

const (
	saveInterval  = time.Second            // between two savings of a position
	checkInterval = 250 * time.Millisecond // between two looks at how far a sink is behind
	faultPause    = time.Second            // before a log that can't be read is read again
)

// target is where lines go.
type target interface {
	// Send hands over a batch. It may be called again with one that was handed over, or a part of it, so it fails rather than
	// guess. It gives up by itself after a while.
	Send(ctx context.Context, b audit.Batch) error
	Close() error
}

// Options are what sinks need beside their configuration.
type Options struct {
	Stdout io.Writer
	Now    func() time.Time
	Logger *slog.Logger
}

// Sinks are the sinks of a log.
type Sinks struct {
	all    []*sink
	stop   chan struct{} // closed: hand over what is there, and end
	cancel context.CancelFunc
	done   sync.WaitGroup
	watch  sync.WaitGroup
}

// Stats are figures of a sink.
type Stats struct {
	Name      string
	Behind    int64         // bytes of the log that it has not taken; 0 while the log can't be read, which is a failure
	MaxBehind int64         // beyond which requests are refused or lines are left out
	Age       time.Duration // of the oldest line that it has been offered and not taken; 0: there is none
	MaxAge    time.Duration // beyond which, likewise
	Taken     uint64        // lines, since the start of the server
	Dropped   uint64        // lines that were left out, since then
	Failures  uint64        // attempts to read the log or to hand lines over that failed, since then
	Refusing  bool          // requests are refused because of it
}

// Open makes sinks of a log that was opened with their names as feeds. They do nothing before Start. The log's Err then
// speaks for them, too.
func Open(log *audit.Log, configs []Config, o Options) (*Sinks, error) {
	s := &Sinks{stop: make(chan struct{}), cancel: func() {}}
	for i, feed := range log.Feeds() {
		k, err := newSink(feed, &configs[i], o)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("audit.sinks: %s: %w", configs[i].name(), err), s.closeTargets())
		}
		s.all = append(s.all, k)
	}
	log.Guard(s.err)
	return s, nil
}

func (s *Sinks) closeTargets() error {
	var errs []error
	for _, k := range s.all {
		errs = append(errs, k.target.Close())
	}
	return errors.Join(errs...)
}

// err says which sink keeps the server from acting; nil: none does.
func (s *Sinks) err() error {
	for _, k := range s.all {
		if err := k.refusal.Load(); err != nil {
			return *err
		}
	}
	return nil
}

// Start begins to feed the sinks, until Close.
func (s *Sinks) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	for _, k := range s.all {
		k.check(ctx) // before the first request
		s.done.Go(func() { k.run(ctx, s.stop) })
		s.watch.Go(func() { k.watch(ctx) })
	}
}

// Close hands over what the log has, as far as the sinks take it before ctx ends, and closes them. What is left over
// is for the next start.
func (s *Sinks) Close(ctx context.Context) error {
	close(s.stop)
	ended := make(chan struct{})
	go func() {
		s.done.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	s.cancel()
	s.watch.Wait()
	<-ended
	return s.closeTargets()
}

// Stats are the figures of all sinks.
func (s *Sinks) Stats() []Stats {
	stats := make([]Stats, len(s.all))
	for i, k := range s.all {
		behind, _ := k.feed.Behind()
		stats[i] = Stats{
			Name: k.name, Behind: behind, MaxBehind: int64(k.lag.Size), Age: k.age(), MaxAge: k.lag.Age,
			Taken: k.taken.Load(), Dropped: k.dropped.Load(), Failures: k.failures.Load(), Refusing: k.refusal.Load() != nil,
		}
	}
	return stats
}

// sink feeds one target.
type sink struct {
	name   string
	feed   *audit.Feed
	target target
	lines  int // of a batch at most
	lag    Lag
	drop   bool
	now    func() time.Time
	logger *slog.Logger

	oldest  atomic.Pointer[time.Time] // when the oldest line that is offered was written; nil: none is
	fault   atomic.Pointer[error]     // why the log can't be read
	refusal atomic.Pointer[error]     // why requests are refused

	taken, dropped, failures atomic.Uint64

	failing bool   // the last attempt failed
	left    uint64 // lines that were left out since it did
}

func newSink(feed *audit.Feed, c *Config, o Options) (*sink, error) {
	k := &sink{
		name: c.name(), feed: feed, lines: maxBatch, drop: c.OnFailure == drop, now: o.Now,
		lag: Lag{orDefault(c.MaxLag.Size, defaultLagSize), orDefault(c.MaxLag.Age, defaultLagAge)},
	}
	k.logger = o.Logger.With("sink", k.name)
	var err error
	switch {
	case c.Stdout != nil:
		k.target = newStdout(o.Stdout)
	case c.Syslog != nil:
		k.target, err = newSyslog(c.Syslog, o.Now)
	case c.Webhook != nil:
		k.lines = orDefault(c.Webhook.Batch, defaultBatch)
		k.target, err = newWebhook(c.Webhook, o.Now)
	}
	return k, err
}

// run feeds the target until ctx ends, or stop is closed and the target has all there is.
func (k *sink) run(ctx context.Context, stop <-chan struct{}) {
	due := time.NewTicker(saveInterval)
	defer due.Stop()
	for ctx.Err() == nil {
		batch, err := k.feed.Next(ctx, stop, k.lines, maxBatchSize)
		switch {
		case errors.Is(err, io.EOF):
			k.save(ctx)
			return
		case err != nil:
			k.cannotRead(ctx, err)
			continue
		}
		k.fault.Store(nil)
		if !k.deliver(ctx, batch) {
			break
		}
		k.feed.Done()
		k.oldest.Store(nil)
		select {
		case <-due.C:
			k.save(ctx)
		default:
		}
	}
	k.save(ctx)
}

func (k *sink) cannotRead(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	k.failures.Add(1)
	k.logger.ErrorContext(ctx, "a sink of the audit log can't be fed", "error", err)
	k.fault.Store(&err)
	pause(ctx, faultPause)
}

// save is not worth a retry: what is not saved is handed over again.
func (k *sink) save(ctx context.Context) {
	if err := k.feed.Save(); err != nil {
		k.logger.WarnContext(ctx, "how far a sink of the audit log is can't be saved", "error", err)
	}
}

// deliver offers a batch until it is taken, or left out because the sink is too far behind. It is false when ctx has ended
// before that.
func (k *sink) deliver(ctx context.Context, b audit.Batch) bool {
	written := writtenAt(b.Lines[0], k.now)
	k.oldest.Store(&written)
	for attempt := 0; ; attempt++ {
		err := k.target.Send(ctx, b)
		switch {
		case err == nil:
			k.took(ctx, b)
			return true
		case ctx.Err() != nil:
			return false
		}
		k.failed(ctx, err)
		if k.drop && k.overdue() != nil {
			k.leaveOut(ctx, b)
			return true
		}
		pause(ctx, backoff(attempt, err))
	}
}

const eventTime = `"eventTime":"`

// writtenAt is the time in a line, or now for what has none. Inside of strings quotes are escaped, so only a member can
// look like one.
func writtenAt(line []byte, now func() time.Time) time.Time {
	_, value, _ := bytes.Cut(line, []byte(eventTime))
	value, _, _ = bytes.Cut(value, []byte{'"'})
	at, err := time.Parse(time.RFC3339, string(value))
	if err != nil {
		return now()
	}
	return at
}

func (k *sink) took(ctx context.Context, b audit.Batch) {
	k.taken.Add(uint64(len(b.Lines)))
	if k.failing {
		k.logger.InfoContext(ctx, "a sink of the audit log takes lines again", "left_out", k.left)
	}
	k.failing, k.left = false, 0
}

func (k *sink) failed(ctx context.Context, err error) {
	k.failures.Add(1)
	if !k.failing {
		k.logger.WarnContext(ctx, "a sink of the audit log takes no lines; what comes waits in the log", "error", err)
	}
	k.failing = true
}

func (k *sink) leaveOut(ctx context.Context, b audit.Batch) {
	if k.left == 0 {
		k.logger.ErrorContext(ctx, "a sink of the audit log is too far behind: lines are left out", "first", b.First, "feed", b.Feed)
	}
	n := uint64(len(b.Lines))
	k.left += n
	k.dropped.Add(n)
}

// watch decides whether requests are refused, until ctx ends.
func (k *sink) watch(ctx context.Context) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			k.check(ctx)
		}
	}
}

func (k *sink) check(ctx context.Context) {
	if k.drop {
		return
	}
	err, before := k.overdue(), k.refusal.Load()
	switch {
	case err != nil && before == nil:
		k.logger.ErrorContext(ctx, "requests are refused until a sink of the audit log has caught up", "error", err)
	case err == nil && before != nil:
		k.logger.InfoContext(ctx, "a sink of the audit log has caught up: requests are answered")
	}
	if err == nil {
		k.refusal.Store(nil)
		return
	}
	k.refusal.Store(&err)
}

// overdue says in what way the sink is further behind than it may be.
func (k *sink) overdue() error {
	if fault := k.fault.Load(); fault != nil {
		return fmt.Errorf("audit log: the sink %s can't be fed: %w", k.name, *fault)
	}
	behind, err := k.feed.Behind()
	switch age := k.age(); {
	case err != nil:
		return err
	case behind > int64(k.lag.Size):
		return fmt.Errorf("audit log: the sink %s is %d bytes behind, more than maxLag.size", k.name, behind)
	case age > k.lag.Age:
		return fmt.Errorf("audit log: the sink %s is %s behind, more than maxLag.age", k.name, age)
	}
	return nil
}

func (k *sink) age() time.Duration {
	oldest := k.oldest.Load()
	if oldest == nil {
		return 0
	}
	return max(k.now().Sub(*oldest), 0)
}
