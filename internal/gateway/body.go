package gateway

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/limit"
)

// patience is how long a client may be silent while it sends an object, or take nothing of an answer, and how long it may
// take for a body that has to be in memory.
const patience = time.Minute

// The server's own deadlines are for requests that are small. Connections without deadlines are a test's: that there is none
// to set is no error.

// unhurried lifts the server's deadline for reading. It would also end an answer that takes longer: net/http reads on while a
// handler writes, and takes a deadline for the client's end.
func (e *exchange) unhurried() {
	e.bodyBy = time.Time{}
	_ = e.control.SetReadDeadline(time.Time{})
}

// hurry gives the client some time for all of a body.
func (e *exchange) hurry() {
	e.bodyBy = time.Now().Add(patience)
	_ = e.control.SetReadDeadline(e.bodyBy)
}

func (e *exchange) readWithin(d time.Duration) { _ = e.control.SetReadDeadline(time.Now().Add(d)) }

func (e *exchange) writeWithin(d time.Duration) { _ = e.control.SetWriteDeadline(time.Now().Add(d)) }

// rollingBody is the request's body, whose sender may take any time as long as it goes on sending.
type rollingBody struct{ *exchange }

func (b *rollingBody) Read(p []byte) (int, error) {
	if b.bodyBy.IsZero() {
		b.readWithin(patience)
	}
	n, err := b.r.Body.Read(p)
	if err != nil {
		b.drained.Store(err == io.EOF)
		b.unhurried()
	}
	return n, err
}

// rollingWriter is the answer, whose reader may take any time as long as it goes on reading. It hides io.ReaderFrom, which
// would go around the deadlines.
type rollingWriter struct{ *exchange }

func (b *rollingWriter) Write(p []byte) (int, error) {
	b.writeWithin(patience)
	return b.w.Write(p)
}

// lingering is how long a client that was refused may go on sending before it is cut off.
const lingering = 5 * time.Second

const (
	// maxLargeBodies is how many bodies of more than ordinaryBody bytes may be in memory at the same time, of requests whose
	// signature is known to be right. As many may be on their way of requests whose signature needs the body: a key id is no
	// secret, so whoever knows one can hold their places, but from one network no more than maxFromOne.
	maxLargeBodies = 16
	maxFromOne     = 4
	ordinaryBody   = 64 << 10
)

var errBodyTooLarge = errors.New("the body is larger than the operation's may be")

// isLarge reports whether a body of this length, which is negative where it is not known, needs a place.
func isLarge(length int64) bool { return length < 0 || length > ordinaryBody }

// enter gets a place for a large body, which is the request's until its end, or until it gets one elsewhere.
func (e *exchange) enter(p *limit.Places) error {
	leave, err := p.Enter(e.r.Context(), e.call.SourceIP)
	if err != nil {
		return err
	}
	e.leave()
	e.leavePlace = leave
	return nil
}

func (e *exchange) leave() {
	if e.leavePlace != nil {
		e.leavePlace()
	}
}

// readAll reads a body of a request whose signature is right, and that has to be in memory, up to a limit.
func (e *exchange) readAll(body io.Reader, length, limit int64) ([]byte, error) {
	return e.readAllIn(e.verified, body, length, limit)
}

// readAllIn is readAll with a place among these. All of the body has to come within patience: who sends it byte by byte must not
// keep its place from others.
func (e *exchange) readAllIn(p *limit.Places, body io.Reader, length, limit int64) ([]byte, error) {
	if length > limit {
		return nil, errBodyTooLarge
	}
	if isLarge(length) {
		if err := e.enter(p); err != nil {
			return nil, err
		}
	}
	e.hurry()
	defer e.unhurried()
	if length >= 0 {
		text := make([]byte, length)
		if _, err := io.ReadFull(body, text); err != nil {
			return nil, endedEarly(err)
		}
		return text, expectEnd(body)
	}
	text, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = errBodyTooLarge
	}
	return text, err
}

func endedEarly(err error) error {
	if err == io.EOF { //nolint:errorlint // a refusal may wrap it
		return io.ErrUnexpectedEOF
	}
	return err
}

// expectEnd reads to the end, where a body that is checked says whether all is well.
func expectEnd(body io.Reader) error {
	var one [1]byte
	n, err := io.ReadFull(body, one[:])
	switch {
	case n > 0:
		return errBodyTooLarge
	case err == io.EOF: // a refusal may wrap it
		return nil
	}
	return err
}

var errAbandoned = errors.New("gateway: nobody wants the rest of the body")

// objectBody is an object on its way to the backend. It knows how far it got and why no further.
type objectBody struct {
	io.Reader
	length    int64
	passed    atomic.Int64
	abandoned atomic.Bool
	err       error // may be read once the sender has let go
}

func (b *objectBody) Read(p []byte) (int, error) {
	if b.abandoned.Load() {
		return 0, errAbandoned
	}
	n, err := b.Reader.Read(p)
	b.passed.Add(int64(n))
	if err != nil && err != io.EOF && !b.abandoned.Load() { // a refusal may wrap it
		b.err = err
	}
	return n, err
}

// complete says that all of it is known to be right and was passed on.
func (b *objectBody) complete() bool { return b.passed.Load() == b.length }

// sentBody is what net/http reads of a body that is sent. It goes on reading while, and after, the answer is there: the
// body must not be touched any more once the handler has returned.
type sentBody struct {
	mu    sync.Mutex
	from  io.Reader
	watch *watch
	over  bool
}

func (b *sentBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return 0, errAbandoned
	}
	b.watch.pause() // it is the client's turn
	defer b.watch.resume()
	return b.from.Read(p)
}

// Close does nothing: the body is the server's to close.
func (b *sentBody) Close() error { return nil }

// end waits for a Read under way, which whoever calls has to interrupt, and lets no other begin.
func (b *sentBody) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
}

// abandon ends the reading of a client's body of which not all was passed on. The connection can't be used after it.
func (e *exchange) abandon(b *objectBody) {
	if b.complete() {
		return
	}
	b.abandoned.Store(true)
	if e.drained.Load() {
		return
	}
	_ = e.control.SetReadDeadline(time.Now())
	e.w.Header().Set("Connection", "close")
}
