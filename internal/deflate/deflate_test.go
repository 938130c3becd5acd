package deflate_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/deflate"
)

func TestBounds(t *testing.T) {
	t.Parallel()
	raw := make([]byte, 1<<20)
	deflated := deflate.Compress(raw)
	if len(deflated) > len(raw)/500 {
		t.Errorf("a megabyte of zeros becomes %d bytes", len(deflated))
	}
	if got, err := deflate.Decompress(deflated, len(raw)); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("Decompress = %d bytes, %v", len(got), err)
	}
	if got, err := deflate.Decompress(deflated, len(raw)-1); got != nil || !errors.Is(err, deflate.ErrTooLarge) {
		t.Errorf("one byte more than the limit: Decompress = %d bytes, %v", len(got), err)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	raw := make([]byte, 1<<16)
	deflated := deflate.Compress(raw)
	for n := range deflated {
		if got, err := deflate.Decompress(deflated[:n], len(raw)); err == nil {
			t.Errorf("%d of %d bytes: Decompress = %d bytes", n, len(deflated), len(got))
		}
	}
	if got, err := deflate.Decompress(deflated, len(raw)); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("uncut: Decompress = %d bytes, %v", len(got), err)
	}
}
