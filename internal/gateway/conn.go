package gateway

import (
	"context"
	"io"
	"net"
)

// sentPart is how much of a body is sent at once. A signed chunk of ours has room in it; twice as much gains next to nothing,
// and with a client's chunk that is held would be more than a request may take.
const sentPart = 40 << 10

// upstreamConn is a connection to a backend.
type upstreamConn struct{ net.Conn }

// ReadFrom sends a body: net/http leaves that to the connection.
func (c *upstreamConn) ReadFrom(body io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{c.Conn}, struct{ io.Reader }{body}, make([]byte, sentPart))
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &upstreamConn{conn}, nil
}
