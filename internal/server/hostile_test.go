//go:build !race

// The race detector would take most of the time, and of what is measured.

package server_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// hostileForms are what malformed requests are made of: one for each kind of thing that is parsed.
var hostileForms = []string{
	"Action=GetSessionToken&Version=2011-06-15&DurationSeconds=900&SerialNumber=arn:aws:iam::123456789012:mfa/alice&TokenCode=123456",
	"Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=me&Tags.member.1.Key=a&Tags.member.1.Value=b" +
		"&Policy=%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22*%22%2C%22Resource%22%3A%22*%22%7D%7D",
	"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=me" +
		"&WebIdentityToken=eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiYSIsInN1YiI6ImIifQ.",
	"Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/r&PrincipalArn=arn:aws:iam::123456789012:saml-provider/p" +
		"&SAMLAssertion=PHNhbWxwOlJlc3BvbnNlIHhtbG5zOnNhbWxwPSJ1cm46b2FzaXM6bmFtZXM6dGM6U0FNTDoyLjA6cHJvdG9jb2wiLz4=",
	"Action=DecodeAuthorizationMessage&Version=2011-06-15&EncodedMessage=AAAA",
	"Action=CreateUser&Version=2010-05-08&UserName=a&Path=/b/&Tags.member.1.Key=a&Tags.member.1.Value=b",
	"Action=CreateSAMLProvider&Version=2010-05-08&Name=p&SAMLMetadataDocument=%3Cmd%3AEntityDescriptor%20xmlns%3Amd%3D%22urn%3Aoasis%22%2F%3E",
	"Action=SimulateCustomPolicy&Version=2010-05-08&ActionNames.member.1=s3:GetObject&PolicyInputList.member.1=%7B%22Statement%22%3A%5B%5D%7D" +
		"&ContextEntries.member.1.ContextKeyName=aws:SourceIp&ContextEntries.member.1.ContextKeyType=ip&ContextEntries.member.1.ContextKeyValues.member.1=::1",
	"Action=ListUsers&Version=2010-05-08&Marker=AAAA&MaxItems=1",
	"Action=PutRolePolicy&Version=2010-05-08&RoleName=r&PolicyName=p&PolicyDocument=%7B%7D",
	"Action=ResyncMFADevice&Version=2010-05-08&UserName=alice&SerialNumber=GAHT12345678&AuthenticationCode1=000000&AuthenticationCode2=111111",
}

// hostileBits are what is put into requests, beside bytes that are changed, left out and said twice.
var hostileBits = []string{
	"\r\n", "\n", "\x00", "\xff\xfe", "%", "%zz", "%00", "&&&&", "=", ".member.99999999999", ".member.-1", "'\"<>", "\u2028", "{\"a\":[[[[", "../", "//", ";",
	"\r\nContent-Length: 5\r\n", "\r\nTransfer-Encoding: chunked\r\n", "\r\nExpect: 100-continue\r\n", "\r\nX-Amz-Security-Token: AAAA\r\n",
	"\r\nAuthorization: AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=;;, Signature=\r\n", "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=-1",
	"\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n", "99999999999999999999", strings.Repeat("A", 9000),
}

// mutilate changes a text in a few places.
func mutilate(random *rand.Rand, text []byte) []byte {
	text = slices.Clone(text)
	for range 1 + random.IntN(4) {
		at := random.IntN(len(text) + 1)
		end := min(len(text), at+random.IntN(40))
		switch random.IntN(5) {
		case 0:
			text = slices.Insert(text, at, []byte(hostileBits[random.IntN(len(hostileBits))])...)
		case 1:
			text = slices.Delete(text, at, end)
		case 2:
			text = slices.Insert(text, at, slices.Clone(text[at:end])...)
		case 3:
			text = text[:max(at, 1)]
		default:
			if at < len(text) {
				text[at] ^= byte(1 + random.IntN(255))
			}
		}
	}
	return text
}

// hostileRequest is a malformed request: one in two is mutilated as it goes over the wire, the others are well formed and signed, with a
// body that is mutilated.
func hostileRequest(random *rand.Rand) ([]byte, error) {
	wire := random.IntN(2) == 0
	body := []byte(hostileForms[random.IntN(len(hostileForms))])
	if !wire {
		body = mutilate(random, body)
	}
	service, target := "sts", "/"
	switch {
	case bytes.Contains(body, []byte("2010-05-08")):
		service = "iam"
	case random.IntN(8) == 0:
		service, target = "s3", "/bucket/key"
	case random.IntN(8) == 0:
		service = "dynamodb"
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://daypass.test"+target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	signer := sigv4.Signer{
		AccessKeyID: testenv.Root.AccessKeyID, SecretAccessKey: testenv.Root.SecretAccessKey, Region: "us-east-1", Service: service,
	}
	request := sigv4.Request{Method: r.Method, URI: target, Host: r.Host, Header: r.Header}
	if err := signer.Sign(&request, testenv.Start, sigv4.PayloadOf(body)); err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	if err := r.Write(&raw); err != nil {
		return nil, err
	}
	if wire {
		return mutilate(random, raw.Bytes()), nil
	}
	return raw.Bytes(), nil
}

// attack sends a request on a connection of its own, and returns the status of the answer: 0 if none comes soon, as when the request says
// that there is more of it.
func (s *serving) attack(raw []byte) (int, error) {
	connection, err := net.Dial("tcp", s.address)
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	_ = connection.(*net.TCPConn).SetLinger(0) // else so many ports wait
	if err := connection.SetDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		return 0, err
	}
	if _, err := connection.Write(raw); err != nil {
		return 0, nil // it was enough for the server
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return 0, nil // nor has every request an answer
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close() // and may be cut short
	return response.StatusCode, nil
}

// TestMalformedRequests sends 100,000 malformed requests. The server has then as many goroutines as before and no more memory, is asked
// as ever, and has blamed itself for none.
func TestMalformedRequests(t *testing.T) { //nolint:paralleltest // it looks at all of the process
	if testing.Short() {
		t.Skip("100,000 requests")
	}
	const warm, all, clients = 10_000, 100_000, 128
	c := config(t)
	c.Limits.Failures.Address = limit.Off // else all but the first 300 are refused unread
	c.Limits.Requests = limit.Requests{Account: limit.Off, Key: limit.Off}
	c.Gateway = gateway.Config{Upstreams: map[string]gateway.Upstream{"s3": nowhere(t)}}
	s := serve(t, started(t, c))
	var next, answered, refused atomic.Int64
	send := func(until int64) {
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for n := next.Add(1); n <= until; n = next.Add(1) {
					raw, err := hostileRequest(rand.New(rand.NewPCG(uint64(n), 7)))
					if err != nil {
						t.Error(err)
						return
					}
					switch status, err := s.attack(raw); {
					case err != nil:
						t.Error(err)
						return
					case status == http.StatusInternalServerError:
						t.Errorf("request %d is answered with 500: %q", n, raw)
					case status >= 400:
						refused.Add(1)
						answered.Add(1)
					case status > 0:
						answered.Add(1)
					}
				}
			})
		}
		wg.Wait()
		next.Store(until)
	}
	send(warm)
	before := settled(t, 0)
	send(all)
	after := settled(t, before.goroutines)
	if after.heap > before.heap+1<<20 {
		t.Errorf("the heap had %d KiB after %d requests, and has %d KiB after %d", before.heap>>10, warm, after.heap>>10, all)
	}
	if answered.Load() < all/2 || refused.Load() < all/3 {
		t.Errorf("of %d only %d were answered, %d with a refusal", all, answered.Load(), refused.Load())
	}
	if log, err := os.ReadFile(c.AuditFile()); err != nil || bytes.Contains(log, []byte("InternalFailure")) || bytes.Count(log, []byte("\n")) < all/3 {
		t.Errorf("the audit log of %d bytes, %v, tells of a fault, or of too little", len(log), err)
	}
	if status, body := whoIs(t, s.Server, testenv.Root); status != http.StatusOK {
		t.Errorf("a good request is answered with %d %s", status, body)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// nowhere is a backend that nobody is.
func nowhere(t *testing.T) gateway.Upstream {
	t.Helper()
	t.Setenv("NOWHERE_ACCESS_KEY_ID", "AKIANOWHERE")
	t.Setenv("NOWHERE_SECRET_ACCESS_KEY", "nowhere")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return gateway.Upstream{URL: "http://" + address, Region: "us-east-1", Credentials: gateway.Credentials{Env: "NOWHERE"}}
}

type footprint struct {
	heap       uint64
	goroutines int
}

// settled is what the process has once nothing goes on in it. It waits for no more goroutines than these, unless that is 0.
func settled(t *testing.T, goroutines int) footprint {
	t.Helper()
	var now footprint
	fewer := func() bool {
		last := now.goroutines
		now.goroutines = runtime.NumGoroutine()
		return now.goroutines <= goroutines || goroutines == 0 && now.goroutines == last
	}
	for deadline := time.Now().Add(patience); !fewer(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines are left, there were %d\n%s", now.goroutines, goroutines, stacks[:runtime.Stack(stacks, true)])
		}
	}
	runtime.GC()
	runtime.GC() // what pools have goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	now.heap = m.HeapAlloc
	return now
}
