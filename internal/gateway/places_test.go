package gateway_test

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/testenv"
)

// from connects to the gateway from an address of the loopback network.
func (g *gate) from(address string) (net.Conn, *bufio.Reader) {
	g.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	conn, err := dialer.DialContext(g.t.Context(), "tcp", g.address)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = conn.Close() })
	return conn, bufio.NewReader(conn)
}

// Who knows a key id and no secret can keep others from the same network waiting, for a while, and nobody else.
func TestPlacesOfStrangers(t *testing.T) {
	t.Parallel()
	g := newGate(t, "dynamodb", allowAll)
	item := func(declared bool) request {
		r := dynamo("PutItem", `{"TableName":"t","Item":{"k":{"S":"`+strings.Repeat("x", 100<<10)+`"}}}`).withDefaults()
		if declared {
			r.header["X-Amz-Content-Sha256"] = fmt.Sprintf("%x", sha256.Sum256([]byte(r.body)))
		}
		return r
	}
	// The server says to go on when it begins to read, which is when a request has its place.
	const shares = 4
	stranger := item(true)
	stranger.key = g.user
	stranger.key.SecretAccessKey = strings.Repeat("x", 40)
	stranger.unsigned = map[string]string{"Expect": "100-continue"}
	var strangers [shares]net.Conn
	var answers [shares]*bufio.Reader
	for i := range shares {
		strangers[i], answers[i] = g.from("127.0.0.1")
		_, _ = io.WriteString(strangers[i], head(g.sign(stranger), len(stranger.body)))
		if line, err := answers[i].ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
			t.Fatal(line, err)
		}
		_, _ = answers[i].ReadString('\n')
	}
	send := func(r request, address string) *bufio.Reader {
		conn, in := g.from(address)
		go io.WriteString(conn, head(g.sign(r), len(r.body))+r.body) //nolint:errcheck // the answer tells
		return in
	}
	g.ok(next("POST", send(item(true), "127.0.0.1")))
	g.ok(next("POST", send(dynamo("ListTables", "{}").withDefaults(), "127.0.0.1")))
	g.ok(next("POST", send(item(false), "127.0.0.2")))

	waiting := send(item(false), "127.0.0.1")
	for i, conn := range strangers {
		_, _ = io.WriteString(conn, stranger.body)
		if a := next("POST", answers[i]); a.status != 400 || a.code() != "InvalidSignatureException" {
			t.Error(a)
		}
	}
	g.ok(next("POST", waiting))
	if got := len(g.backend.requests()); got != 4 {
		t.Error(got)
	}
}

// One who waits for a place in vain reads his service's own 503, and the places are there again for the next. Time is the
// bubble's: a minute takes no time.
func TestPlacesAllTaken(t *testing.T) {
	t.Parallel()
	for service, tt := range map[string]struct {
		r         request
		places    int
		busy, bad string
	}{
		"s3":       {deletion(strings.Repeat("<", 100<<10)), 16, "SlowDown", "MalformedXML"},
		"dynamodb": {dynamo("PutItem", strings.Repeat("{", 100<<10)), 4, "ServiceUnavailable", "SerializationException"},
	} {
		synctest.Test(t, func(t *testing.T) {
			upstream := gateway.Upstream{URL: "http://127.0.0.1:1", Region: testenv.Region, Credentials: gateway.Credentials{Env: "BACKEND"}}
			if service == "s3" {
				upstream.Hosts = []string{s3Host}
			}
			g := newDeafGate(t, &backend{service: service}, allowAll, upstream)
			var held []*io.PipeWriter
			ask := func() (*io.PipeWriter, chan *httptest.ResponseRecorder) {
				body, to := io.Pipe()
				r := tt.r.withDefaults()
				signed := g.sign(r)
				h := httptest.NewRequestWithContext(t.Context(), r.method, r.target, body)
				h.ContentLength, h.Host, h.Header = int64(len(r.body)), r.host, signed.Header
				answered := make(chan *httptest.ResponseRecorder, 1)
				go func() {
					w := httptest.NewRecorder()
					g.Handler.ServeHTTP(w, h)
					answered <- w
				}()
				return to, answered
			}
			var ends []chan *httptest.ResponseRecorder
			for range tt.places {
				to, answered := ask()
				if _, err := io.WriteString(to, tt.r.body[:1]); err != nil { // returns when it is read: there is a place
					t.Fatal(err)
				}
				held, ends = append(held, to), append(ends, answered)
			}
			check := func(w *httptest.ResponseRecorder, status int, code string) {
				t.Helper()
				if a := (answer{status: w.Code, body: w.Body.String()}); a.status != status || a.code() != code {
					t.Error(service, a)
				}
			}
			_, answered := ask()
			check(<-answered, http.StatusServiceUnavailable, tt.busy)
			for i, to := range held {
				_ = to.CloseWithError(errors.New("the client is gone"))
				<-ends[i]
			}
			to, answered := ask()
			_, _ = io.WriteString(to, tt.r.body)
			_ = to.Close()
			check(<-answered, http.StatusBadRequest, tt.bad)
		})
	}
}
