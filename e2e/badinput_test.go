package e2e

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/daypass/daypass/e2e/model"
)

const (
	form     = "application/x-www-form-urlencoded"
	whoAmI   = "Action=GetCallerIdentity&Version=2011-06-15"
	maxBody  = 10_000_000                         // spec section 13
	docsPage = "https://aws.amazon.com/iam"       // spec section 1.1
	noSuch   = "Could not find operation NoSuch " // spec section 1.4
)

// Bad input gets the spec's answer at a bounded cost, and the server goes on as if nothing had been.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	tests := []struct {
		name     string
		request  request
		status   int
		location string
		want     []string // parts of the body; none at all means an empty body
	}{
		{name: "good", request: request{body: whoAmI}, status: 200, want: []string{"<Account>" + accountID}},
		{
			name: "no content type", request: request{body: whoAmI, contentType: "-"}, status: 302, location: docsPage,
		},
		{
			name: "PUT", request: request{method: "PUT", body: whoAmI}, status: 302, location: docsPage,
		},
		{
			name: "content type of a picture", request: request{body: whoAmI, contentType: "image/jpeg"}, status: 403, want: []string{"<html"},
		},
		{
			name: "no action", request: request{body: "Version=2011-06-15"}, status: 302, location: docsPage,
		},
		{
			name: "unknown action", request: request{body: "Action=NoSuch&Version=2011-06-15"},
			status: 400, want: []string{"<Code>InvalidAction</Code>", noSuch},
		},
		{
			name: "repeated action, the first good", request: request{body: whoAmI + "&Action=NoSuch"},
			status: 200, want: []string{"<Account>" + accountID},
		},
		{
			name: "repeated action, the first unknown", request: request{body: "Action=NoSuch&" + whoAmI},
			status: 400, want: []string{noSuch},
		},
		{
			name: "repeated parameter, only the first is looked at",
			request: request{
				body: "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=600&DurationSeconds=900",
			},
			status: 400, want: []string{"<Code>ValidationError</Code>", "600"},
		},
		{
			name: "no number", request: request{body: "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=soon"},
			status: 400, want: []string{"<Code>MalformedInput</Code>"},
		},
		{
			name: "not UTF-8", request: request{body: "Action=GetSessionToken&Version=2011-06-15&SerialNumber=%ff%fe%fd"},
			status: 400, want: []string{"<Code>MalformedInput</Code>"},
		},
		{
			name: "clock an hour slow", request: request{body: whoAmI, clock: -time.Hour},
			status: 403, want: []string{"<Code>SignatureDoesNotMatch</Code>", "Signature expired: "},
		},
		{
			name: "clock an hour fast", request: request{body: whoAmI, clock: time.Hour},
			status: 403, want: []string{"<Code>SignatureDoesNotMatch</Code>", "Signature not yet current: "},
		},
		{
			name: "largest body", request: request{body: padded(maxBody)}, status: 200, want: []string{"<Account>" + accountID},
		},
		{
			name: "body a byte too large", request: request{body: padded(maxBody + 1)}, status: 413,
		},
		{
			name: "body a byte too large, in chunks", request: request{body: padded(maxBody + 1), chunked: true}, status: 413,
		},
		{
			name: "unsigned", request: request{body: whoAmI, unsigned: true},
			status: 403, want: []string{"<Code>MissingAuthenticationToken</Code>"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			response, body := server.send(t, test.request)
			if response.StatusCode != test.status {
				t.Fatalf("status %d, want %d:\n%s", response.StatusCode, test.status, body)
			}
			if got := response.Header.Get("Location"); got != test.location {
				t.Errorf("Location %q, want %q", got, test.location)
			}
			if len(test.want) == 0 && body != "" {
				t.Errorf("body %q, want none", body)
			}
			for _, part := range test.want {
				if !strings.Contains(body, part) {
					t.Errorf("body\n%s\nwant it to hold %q", body, part)
				}
			}
		})
	}
}

// Whatever a signed request says, it is the caller's mistake: never an internal error.
func TestGarbageInEveryField(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	garbage := []string{
		"", "0", "-1", "%00", "%0d%0a", "%F0%9F%92%A9", "%ED%A0%80", "..%2F..%2Fetc%2Fpasswd", "%27+or+1%3D1--", "%25s%25n",
		"99999999999999999999", "arn%3Aaws%3Aiam%3A%3A" + accountID + "%3Amfa%2F", strings.Repeat("A", 300), strings.Repeat("%C3%A4", 5000),
	}
	for _, service := range []string{"sts", "iam"} {
		m, err := model.Load(service)
		if err != nil {
			t.Fatal(err)
		}
		for action := range m.Operations { // those that daypass doesn't have too
			for _, value := range garbage {
				body := "Action=" + action + "&Version=" + m.Metadata.APIVersion
				for member := range m.Input(action).Members {
					body += "&" + member + "=" + value + "&" + member + ".member.1=" + value
				}
				response, answer := server.send(t, request{service: service, body: body})
				if response.StatusCode >= 500 {
					t.Errorf("%.200s: status %d:\n%s", body, response.StatusCode, answer)
				}
			}
		}
	}
}

// request is a request for GetCallerIdentity and the like, with what is wrong about it.
type request struct {
	method, service, body string // POST and sts when empty
	contentType           string // a form when empty; "-" for none
	clock                 time.Duration
	unsigned, chunked     bool
}

// send signs a request as root and sends it, following no redirect.
func (s *server) send(t *testing.T, r request) (*http.Response, string) {
	t.Helper()
	method, service := r.method, r.service
	if method == "" {
		method = http.MethodPost
	}
	if service == "" {
		service = "sts"
	}
	q, err := http.NewRequestWithContext(t.Context(), method, s.endpoint+"/", strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if r.chunked {
		q.ContentLength = -1
	}
	switch r.contentType {
	case "":
		q.Header.Set("Content-Type", form)
	case "-":
	default:
		q.Header.Set("Content-Type", r.contentType)
	}
	if !r.unsigned {
		s.sign(t, q, service, r.body, time.Now().Add(r.clock))
	}
	response, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func (s *server) sign(t *testing.T, q *http.Request, service, body string, at time.Time) {
	t.Helper()
	hash := sha256.Sum256([]byte(body))
	root, err := s.root.provider().Retrieve(t.Context())
	if err == nil {
		err = v4.NewSigner().SignHTTP(t.Context(), root, q, hex.EncodeToString(hash[:]), service, region, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// padded is a good form of this many bytes.
func padded(size int) string {
	return whoAmI + "&Padding=" + strings.Repeat("x", size-len(whoAmI)-len("&Padding="))
}

// What no HTTP client would send.
func TestBadBytes(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	head := "POST / HTTP/1.1\r\nHost: " + server.address + "\r\nContent-Type: " + form + "\r\n"
	tests := []struct {
		name, bytes string
		hangUp      bool // after the bytes; otherwise the client waits for more, or for an answer
		status      int  // 0: the connection is closed without an answer, or with any error
	}{
		{name: "path above the root", bytes: "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", status: 400},
		{name: "path that climbs", bytes: "GET /a/../../b?" + whoAmI + " HTTP/1.1\r\nHost: a\r\n\r\n", status: 400},
		{name: "bad escape in the path", bytes: "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", status: 400},
		{name: "bad escape in the query", bytes: "GET /?" + whoAmI + "&a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", status: 400},
		{name: "huge header", bytes: head + "X-Padding: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", status: 431},
		{name: "no HTTP at all", bytes: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", status: 400},
		{name: "two lengths", bytes: head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", status: 400},
		{name: "truncated body", bytes: head + "Content-Length: 100\r\n\r\n" + whoAmI, hangUp: true},
		{name: "truncated header", bytes: head + "Content-Le", hangUp: true},
		{name: "slow header", bytes: head + "X-Slow: "},
		{name: "slow body", bytes: head + "Content-Length: 100\r\n\r\nA"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, body := exchange(t, server.address, test.bytes, test.hangUp)
			if test.status != 0 && status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if status >= 500 || (status > 0 && status < 400) {
				t.Errorf("status %d, want a refusal:\n%s", status, body)
			}
			if !server.ready() {
				t.Error("the server doesn't answer any more")
			}
		})
	}
}

// exchange sends bytes and returns the status and body of the answer, or 0 when the server closes the connection. It
// waits for either as long as the test may run: that the server does one of them is the point.
func exchange(t *testing.T, address, data string, hangUp bool) (status int, body string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(2 * time.Minute))
	go func() {
		_, _ = io.Copy(connection, strings.NewReader(data)) // the server may close before it has read all
		if hangUp {
			_ = connection.(*net.TCPConn).CloseWrite()
		}
	}()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Fatal("the server neither answers nor closes the connection")
	}
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(bytes.TrimSpace(answer))
}
