package auditsink

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/daypass/daypass/internal/audit"
)

// blockedAfter is how long a write to standard output may take before it counts as a failure. It goes on all the same.
const blockedAfter = 10 * time.Second

// stdout writes lines to a stream that may block for ever, and can't be told not to.
type stdout struct {
	w     io.Writer
	under *writing // that is under way, or has ended; nil: it was heard of
	torn  bool     // the last write has left a part of a line
}

// writing is the write of a batch.
type writing struct {
	first  uint64
	torn   bool
	result chan error // has room
}

func newStdout(w io.Writer) *stdout { return &stdout{w: w} }

func (s *stdout) Send(ctx context.Context, b audit.Batch) error {
	ctx, cancel := context.WithTimeout(ctx, blockedAfter)
	defer cancel()
	if under := s.under; under != nil {
		if err := s.wait(ctx); err != nil || under.first == b.First {
			return err
		}
	}
	var text []byte
	if s.torn {
		text = append(text, '\n')
	}
	for _, line := range b.Lines {
		text = append(append(text, line...), '\n')
	}
	s.under = &writing{b.First, s.torn, make(chan error, 1)}
	go s.under.write(s.w, text)
	return s.wait(ctx)
}

func (w *writing) write(to io.Writer, text []byte) {
	n, err := to.Write(text)
	if n > 0 {
		w.torn = !bytes.HasSuffix(text[:n], []byte{'\n'})
	}
	w.result <- err
}

// wait waits for the write that is under way.
func (s *stdout) wait(ctx context.Context) error {
	select {
	case err := <-s.under.result:
		s.torn, s.under = s.under.torn, nil
		return err
	case <-ctx.Done():
		return errors.New("standard output is blocked")
	}
}

func (s *stdout) Close() error { return nil }
