//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// load is a closed loop over keep-alive connections: each sends its next request when the last is answered. One thread
// waits for all of them, for the load must cost less than any server: one that waits for its load has a cheaper life.
type load struct {
	epoll   int
	clients map[int]*client // by descriptor
}

// client is one connection.
type client struct {
	socket int
	answer []byte // as much of it as has come
}

const (
	answerSize = 16 << 10
	// wakefulness is many times what a server takes for an answer, unless it waits for its disk.
	wakefulness = 2 * time.Millisecond
	// patience ends a run that hangs.
	patience = 20 * time.Second
)

func newLoad(address string, connections int) (*load, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	l := &load{clients: map[int]*client{}}
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	for range connections {
		if err := l.connect(to); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	return l, nil
}

func (l *load) connect(to netip.AddrPort) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	l.clients[socket] = &client{socket: socket, answer: make([]byte, 0, answerSize)}
	return errors.Join(
		unix.Connect(socket, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}),
		unix.SetsockoptInt(socket, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, socket, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(socket)}),
	)
}

func (l *load) close() error {
	errs := []error{unix.Close(l.epoll)}
	for socket := range l.clients {
		errs = append(errs, unix.Close(socket))
	}
	return errors.Join(errs...)
}

// run sends all requests, checks every answer, and returns how long it took.
func (l *load) run(ctx context.Context, requests [][]byte, check func(answer []byte) error) (time.Duration, error) {
	began := time.Now()
	waiting := 0
	for _, c := range l.clients {
		if len(requests) > 0 {
			if err := c.send(requests[0]); err != nil {
				return 0, err
			}
			requests = requests[1:]
			waiting++
		}
	}
	events := make([]unix.EpollEvent, len(l.clients))
	for waiting > 0 {
		n, err := l.wait(ctx, events)
		if err != nil {
			return 0, err
		}
		for _, event := range events[:n] {
			c := l.clients[int(event.Fd)]
			switch whole, err := c.receive(); {
			case err != nil:
				return 0, err
			case !whole:
				continue
			}
			if err := check(c.answer); err != nil {
				return 0, err
			}
			if len(requests) == 0 {
				waiting--
				continue
			}
			if err := c.send(requests[0]); err != nil {
				return 0, err
			}
			requests = requests[1:]
		}
	}
	return time.Since(began), nil
}

// wait returns how many answers have come. It looks again and again for a while before it sleeps, since the server's CPU
// pays for waking the sleeper, and the slower a server is, the more often the load would sleep.
func (l *load) wait(ctx context.Context, events []unix.EpollEvent) (int, error) {
	timeout := time.Duration(0)
	for began := time.Now(); ; {
		n, err := unix.EpollWait(l.epoll, events, int(timeout/time.Millisecond))
		switch {
		case n > 0:
			return n, ctx.Err()
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case err != nil && !errors.Is(err, unix.EINTR):
			return 0, err
		case err == nil && timeout > 0:
			return 0, errors.New("no answer")
		case time.Since(began) > wakefulness:
			timeout = patience
		}
	}
}

func (c *client) send(request []byte) error {
	c.answer = c.answer[:0]
	n, err := unix.Write(c.socket, request)
	if err == nil && n < len(request) {
		err = errors.New("a request does not fit the socket")
	}
	return err
}

// receive takes what has come, and reports whether the answer is whole.
func (c *client) receive() (whole bool, err error) {
	n, err := unix.Read(c.socket, c.answer[len(c.answer):cap(c.answer)])
	if err != nil || n == 0 {
		return false, errors.Join(err, fmt.Errorf("the answer ends with %q", c.answer))
	}
	c.answer = c.answer[:len(c.answer)+n]
	head, body, found := bytes.Cut(c.answer, []byte("\r\n\r\n"))
	if !found {
		return false, nil
	}
	_, after, _ := bytes.Cut(head, []byte("\r\nContent-Length: "))
	digits, _, _ := bytes.Cut(after, []byte("\r\n"))
	length, err := strconv.Atoi(string(digits))
	return len(body) == length, err
}

// once sends one request on a connection of its own and returns the answer.
func once(ctx context.Context, address string, request []byte) (answer []byte, err error) {
	l, err := newLoad(address, 1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	_, err = l.run(ctx, [][]byte{request}, func(a []byte) error {
		answer = bytes.Clone(a)
		return nil
	})
	return answer, err
}
