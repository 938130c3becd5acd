package testenv

import "net"

// Pipes is a listener whose connections are in memory: time in them is a bubble's.
type Pipes chan net.Conn

// Accept returns the next connection that was sent, until the channel is closed.
func (p Pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

// Close does nothing: who has made the channel closes it.
func (p Pipes) Close() error { return nil }

// Addr is no address.
func (p Pipes) Addr() net.Addr { return &net.TCPAddr{} }
