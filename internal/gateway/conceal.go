package gateway

import (
	"bytes"
	"io"
)

// concealed is a backend's document in which the access key that the backend knows the gateway by reads as something else:
// versitygw and others name the owner of what they list by it.
type concealed struct {
	io.ReadCloser
	key, instead []byte
	text         []byte // what was read
	ready        int    // so much of it can't be a part of the key
	err          error
}

func (c *concealed) Read(p []byte) (int, error) {
	for c.ready == 0 {
		if c.err != nil {
			return 0, c.err
		}
		c.fill()
	}
	n := copy(p, c.text[:c.ready])
	c.text, c.ready = c.text[n:], c.ready-n
	return n, nil
}

// fill reads more. What may be the beginning of the key is held back until what follows is there.
func (c *concealed) fill() {
	var more [4 << 10]byte
	n, err := c.ReadCloser.Read(more[:])
	c.text, c.err = bytes.ReplaceAll(append(c.text, more[:n]...), c.key, c.instead), err
	c.ready = len(c.text)
	if err != nil {
		return
	}
	for held := min(len(c.key)-1, len(c.text)); held > 0; held-- {
		if bytes.HasSuffix(c.text, c.key[:held]) {
			c.ready -= held
			return
		}
	}
}
