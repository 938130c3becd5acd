package auditsink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/audit"
)

// facilities are RFC 5424's, by the names that syslog servers have for them.
var facilities = map[string]int{
	"kern": 0, "user": 1, "mail": 2, "daemon": 3, "auth": 4, "syslog": 5, "lpr": 6, "news": 7, "uucp": 8, "cron": 9, "authpriv": 10, "ftp": 11,
	"audit": 13, "local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20, "local5": 21, "local6": 22, "local7": 23,
}

const (
	severityInformational = 6
	// maxSequence is RFC 5424's for sequenceId, after which it begins with 1 again.
	maxSequence = 1<<31 - 1
	// datagramBuffer lets the longest line into a datagram. Linux gives twice what is asked for, up to twice 208 KiB.
	datagramBuffer = 1 << 20
)

// syslog sends lines to a syslog server, which never answers. What its kernel has taken counts as taken.
type syslog struct {
	network, address string
	tls              *tls.Config // nil: without
	timeout          time.Duration
	now              func() time.Time
	prefix           string // <PRI>1
	origin           string // HOSTNAME APP-NAME PROCID MSGID

	conn *connection // nil: none
	last []byte      // the messages that were sent last
}

func newSyslog(c *Syslog, now func() time.Time) (*syslog, error) {
	u, err := c.address()
	if err != nil {
		return nil, err
	}
	s := &syslog{
		network: "tcp", address: u.Host, timeout: orDefault(c.Timeout, defaultTimeout), now: now,
		prefix: fmt.Sprintf("<%d>1 ", facilities[c.facility()]*8+severityInformational),
		origin: fmt.Sprintf(" %s %s %d audit ", hostname(), c.app(), os.Getpid()),
	}
	switch u.Scheme {
	case "unix":
		s.network, s.address = "unixgram", u.Path
	case "tls":
		s.tls, err = c.TLS.config(u.Hostname())
	}
	return s, err
}

var printable = regexp.MustCompile(`^[!-~]{1,255}$`)

// hostname is HOSTNAME, which is "-" where the system's name is none that a message may have.
func hostname() string {
	if name, err := os.Hostname(); err == nil && printable.MatchString(name) {
		return name
	}
	return "-"
}

// appendMessage appends a message of RFC 5424 with a line as its MSG, which has no byte order mark: it is JSON. The
// sequenceId is the number of the line, TIMESTAMP that of the request.
func (s *syslog) appendMessage(dst []byte, number uint64, line []byte) []byte {
	dst = append(dst, s.prefix...)
	dst = writtenAt(line, s.now).UTC().AppendFormat(dst, time.RFC3339)
	dst = append(dst, s.origin...)
	dst = append(dst, `[meta sequenceId="`...)
	dst = strconv.AppendUint(dst, (number-1)%maxSequence+1, 10)
	dst = append(dst, `"] `...)
	return append(dst, line...)
}

func (s *syslog) Send(ctx context.Context, b audit.Batch) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if s.network == "unixgram" {
		return s.sendDatagrams(ctx, b)
	}
	text := make([]byte, 0, maxBatchSize)
	for i, line := range b.Lines {
		message := s.appendMessage(nil, b.First+uint64(i), line)
		text = append(strconv.AppendInt(text, int64(len(message)), 10), ' ')
		text = append(text, message...)
	}
	if s.conn != nil && s.conn.gone.Load() {
		s.hangUp()
	}
	if s.conn == nil {
		if err := s.dial(ctx); err != nil {
			return err
		}
		// What was sent last may have been lost with the connection before.
		if err := s.conn.write(ctx, s.last); err != nil {
			return s.broken(err)
		}
	}
	if err := s.conn.write(ctx, text); err != nil {
		return s.broken(err)
	}
	s.last = text
	return nil
}

func (s *syslog) sendDatagrams(ctx context.Context, b audit.Batch) error {
	if s.conn == nil {
		if err := s.dial(ctx); err != nil {
			return err
		}
	}
	for i, line := range b.Lines {
		if err := s.conn.write(ctx, s.appendMessage(nil, b.First+uint64(i), line)); err != nil {
			return s.broken(err)
		}
	}
	return nil
}

func (s *syslog) dial(ctx context.Context) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, s.network, s.address)
	if err != nil {
		return err
	}
	if datagrams, ok := conn.(*net.UnixConn); ok {
		if err := datagrams.SetWriteBuffer(datagramBuffer); err != nil {
			return errors.Join(err, conn.Close())
		}
	}
	if s.tls != nil {
		secured := tls.Client(conn, s.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return errors.Join(err, conn.Close())
		}
		conn = secured
	}
	s.conn = &connection{Conn: conn}
	if s.network != "unixgram" {
		go s.conn.listen()
	}
	return nil
}

func (s *syslog) broken(err error) error {
	s.hangUp()
	return err
}

func (s *syslog) hangUp() {
	_ = s.conn.Close() // whatever it says, it is of no more use
	s.conn = nil
}

func (s *syslog) Close() error {
	if s.conn == nil {
		return nil
	}
	return s.conn.Close()
}

// connection is one to a syslog server.
type connection struct {
	net.Conn

	gone atomic.Bool // the server has ended it
}

// listen notices the end of a connection, on which nothing ever comes. Without that the first batch after it would be
// lost: a write fails only when the other side has answered the one before.
func (c *connection) listen() {
	var some [64]byte
	for {
		if _, err := c.Read(some[:]); err != nil {
			c.gone.Store(true)
			return
		}
	}
}

var longAgo = time.Unix(1, 0)

// write writes all of it, and fails when ctx ends before that.
func (c *connection) write(ctx context.Context, text []byte) error {
	stop := context.AfterFunc(ctx, func() { _ = c.SetWriteDeadline(longAgo) })
	defer stop()
	if _, err := c.Write(text); err != nil {
		return err
	}
	return nil
}
