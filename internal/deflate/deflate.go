// Package deflate makes bytes small, and large again within bounds.
package deflate

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// ErrTooLarge says that what was compressed is more than may be.
var ErrTooLarge = errors.New("what was compressed is too large")

// writers are kept because each takes more than half a megabyte.
var writers = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestCompression)
	if err != nil {
		panic("internal error: flate knows its own level: " + err.Error())
	}
	return w
}}

// Compress returns raw in the form of RFC 1951.
func Compress(raw []byte) []byte {
	w := writers.Get().(*flate.Writer)
	defer writers.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	_, _ = w.Write(raw) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// Decompress returns what Compress was given, if that has no more than limit bytes. It never makes more.
func Decompress(deflated []byte, limit int) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(deflated)), int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case len(raw) > limit:
		return nil, ErrTooLarge
	}
	return raw, nil
}
