package gateway_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// What the gateway signs with. No client may ever see it.
const (
	backendKey    = "AKIAGATEWAYSOWNKEY00"
	backendSecret = "the-gateways-own-secret-the-gateways-own"
	s3Host        = "s3.test"
)

func TestMain(m *testing.M) {
	must(os.Setenv("BACKEND_ACCESS_KEY_ID", backendKey))
	must(os.Setenv("BACKEND_SECRET_ACCESS_KEY", backendSecret))
	goleak.VerifyTestMain(m)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// backend is a service that knows nothing but the gateway's key. It checks every signature, keeps what is put whole, and
// remembers what it got.
type backend struct {
	*httptest.Server
	env     *testenv.Env
	service string

	mu      sync.Mutex
	objects map[string]string // by path
	got     []received
	arrived chan received    // the same, as they end
	answer  http.HandlerFunc // instead of its own, after the signature was checked
}

// received is a request as the backend got it.
type received struct {
	Method, Target, Host string
	Header               http.Header
	Body                 string
	Err                  error // the body is not what the signature says, or was broken off
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got := received{Method: r.Method, Target: r.RequestURI, Host: r.Host, Header: r.Header}
	body, err := b.verify(r)
	if err == nil {
		var text []byte
		text, err = io.ReadAll(body)
		got.Body = string(text)
	}
	got.Err = err
	path, _, _ := strings.Cut(r.RequestURI, "?")
	b.mu.Lock()
	b.got = append(b.got, got)
	answer := b.answer
	object, found := b.objects[path]
	if err == nil && r.Method == http.MethodPut && answer == nil {
		b.objects[path] = got.Body
	}
	b.mu.Unlock()
	b.arrived <- got
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusTeapot)
	case answer != nil:
		answer(w, r)
	case r.Method == http.MethodPut || b.service != "s3":
		w.Header().Set("Etag", `"etag"`)
	case !found && r.Method != http.MethodDelete:
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Amz-Delete-Marker", "true")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>")
	default:
		_, _ = io.WriteString(w, object)
	}
}

// verify holds a request to what the gateway promises: its own signature over all of it.
func (b *backend) verify(r *http.Request) (io.Reader, error) {
	request := sigv4.Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header}
	expect := sigv4.Expect{Services: []string{b.service}, Regions: []string{testenv.Region}}
	if b.service == "s3" {
		s, err := sigv4.ParseS3(request)
		if err != nil {
			return nil, err
		}
		if err := s.Check(b.env.Now, expect); err != nil {
			return nil, err
		}
		key := sigv4.DeriveKey(backendSecret, s.Scope)
		if s.AccessKeyID != backendKey || !s.Verify(&key, s.DeclaredPayload()) {
			return nil, fmt.Errorf("%s %s: the signature is not the gateway's", r.Method, r.RequestURI)
		}
		return s.S3Body(&key, r.Body, r.ContentLength)
	}
	s, err := sigv4.Parse(request)
	if err != nil {
		return nil, err
	}
	if err := s.Check(b.env.Now, expect); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	key := sigv4.DeriveKey(backendSecret, s.Scope)
	if s.AccessKeyID != backendKey || !s.Verify(&key, sigv4.PayloadOf(body)) {
		return nil, fmt.Errorf("%s %s: the signature is not the gateway's", r.Method, r.RequestURI)
	}
	return bytes.NewReader(body), nil
}

func (b *backend) requests() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

func (b *backend) stored() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.objects)
}

func (b *backend) answers(f http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = f
}

func (b *backend) put(path, object string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objects[path] = object
}

// gate is a server with a gateway, behind a real listener, and its backend.
type gate struct {
	*testenv.Env
	t       testing.TB
	address string
	backend *backend
	user    testenv.Key
}

// newGate has one backend, for a service, and a user whose policy has these statements.
func newGate(t testing.TB, service, statements string, options ...func(*gateway.Upstream)) *gate {
	t.Helper()
	b := &backend{service: service, objects: map[string]string{}, arrived: make(chan received, 1000)}
	b.Server = httptest.NewUnstartedServer(b)
	b.Config.ErrorLog = nil
	b.Start()
	t.Cleanup(b.Close)
	upstream := gateway.Upstream{URL: b.URL, Region: testenv.Region, Credentials: gateway.Credentials{Env: "BACKEND"}}
	if service == "s3" {
		upstream.Hosts = []string{s3Host}
	}
	for _, o := range options {
		o(&upstream)
	}
	g := newDeafGate(t, b, statements, upstream)
	b.env = g.Env
	front := httptest.NewServer(g.Handler)
	t.Cleanup(front.Close)
	g.address = front.Listener.Addr().String()
	return g
}

// newDeafGate is newGate without listeners.
func newDeafGate(t testing.TB, b *backend, statements string, upstream gateway.Upstream) *gate {
	t.Helper()
	g := &gate{t: t, backend: b}
	g.Env = testenv.New(t, testenv.Gateway(gateway.Config{Upstreams: map[string]gateway.Upstream{b.service: upstream}}), func(c *server.Config) {
		if _, ok := t.(*testing.F); ok { // which must not log from within
			c.Logger = slog.New(slog.DiscardHandler)
		}
	})
	_, g.user = g.AddUser("alice")
	g.allow(statements)
	return g
}

// allow gives the user a policy with these statements and no others.
func (g *gate) allow(statements string) {
	g.t.Helper()
	status, body := g.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "p",
		"PolicyDocument", `{"Version":"2012-10-17","Statement":[`+statements+`]}`)
	if status != http.StatusOK {
		g.t.Fatal(body)
	}
}

const (
	allowAll   = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	emptyHash  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	queryForm  = "application/x-www-form-urlencoded; charset=utf-8"
	objectText = "all of the object"
)

// request is what a client sends. What is empty has a default.
type request struct {
	method, target, host string
	header               map[string]string // signed
	unsigned             map[string]string // added after signing
	body                 string
	payload              string // X-Amz-Content-Sha256; empty: the hash of the body
	key                  testenv.Key
	service, region      string
	presign              time.Duration // in the query form, for so long
	spoil                func(*sigv4.Request)
}

type answer struct {
	status int
	header http.Header
	body   string
	closed bool  // the connection is not to be used again
	err    error // of reading the body
}

func (a answer) code() string {
	var e struct {
		Code  string
		Error struct{ Code string }
		Errs  struct{ Error struct{ Code string } } `xml:"Errors"`
	}
	if xml.Unmarshal([]byte(a.body), &e) == nil {
		return e.Code + e.Error.Code + e.Errs.Error.Code
	}
	var j struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal([]byte(a.body), &j)
	return j.Type[strings.LastIndexByte(j.Type, '#')+1:]
}

// sign makes the head of a request, and the signature that its chunks begin with.
func (g *gate) sign(r request) (signed sigv4.Request) {
	g.t.Helper()
	if r.key.AccessKeyID == "" {
		r.key = g.user
	}
	signer := sigv4.Signer{
		AccessKeyID: r.key.AccessKeyID, SecretAccessKey: r.key.SecretAccessKey, SessionToken: r.key.SessionToken,
		Region: r.region, Service: r.service,
	}
	if signer.Region == "" {
		signer.Region = testenv.Region
	}
	if signer.Service == "" {
		signer.Service = g.backend.service
	}
	signed = sigv4.Request{Method: r.method, URI: r.target, Host: r.host, Header: http.Header{}}
	for name, value := range r.header {
		signed.Header[http.CanonicalHeaderKey(name)] = []string{value}
	}
	payload := sigv4.PayloadOf([]byte(r.body))
	if r.payload != "" {
		payload = sigv4.PayloadText(r.payload)
	}
	var err error
	switch {
	case r.presign != 0:
		signed.PathRule = sigv4.RawPath
		err = signer.Presign(&signed, g.Now, r.presign, sigv4.PayloadText(sigv4.UnsignedPayload))
	case signer.Service == "s3":
		err = signer.SignS3(&signed, g.Now, payload)
	default:
		err = signer.Sign(&signed, g.Now, payload)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	if r.spoil != nil {
		r.spoil(&signed)
	}
	for name, value := range r.unsigned {
		signed.Header[http.CanonicalHeaderKey(name)] = append(signed.Header[http.CanonicalHeaderKey(name)], value)
	}
	return signed
}

func (r request) withDefaults() request {
	if r.method == "" {
		r.method = http.MethodGet
	}
	if r.target == "" {
		r.target = "/"
	}
	if r.host == "" {
		r.host = s3Host
	}
	return r
}

// head is a request up to its body. Framing headers are the caller's if it names any.
func head(signed sigv4.Request, length int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", signed.Method, signed.URI, signed.Host)
	for name, values := range signed.Header {
		for _, value := range values {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	if signed.Header["Content-Length"] == nil && signed.Header["Transfer-Encoding"] == nil {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	return b.String() + "\r\n"
}

func (g *gate) do(r request) answer {
	g.t.Helper()
	r = r.withDefaults()
	return g.raw(r.method, head(g.sign(r), len(r.body))+r.body)
}

// raw sends bytes and reads the answer.
func (g *gate) raw(method, text string) answer {
	g.t.Helper()
	conn := g.dial()
	defer conn.Close()
	go io.WriteString(conn, text) //nolint:errcheck // the gateway may stop reading
	return g.read(method, conn)
}

func (g *gate) dial() net.Conn {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.address)
	if err != nil {
		g.t.Fatal(err)
	}
	return conn
}

func (g *gate) read(method string, conn net.Conn) answer {
	g.t.Helper()
	return next(method, bufio.NewReader(conn))
}

// next reads the next answer on a connection.
func next(method string, in *bufio.Reader) answer {
	response, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return answer{err: err}
	}
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body), response.Close, err}
}

// session gets a session of a user, with MFA if the user has a device of this name.
func (g *gate) session(key testenv.Key, device string, steps int64) testenv.Key {
	g.t.Helper()
	var parameters []string
	if device != "" {
		parameters = []string{"SerialNumber", testenv.Serial(device), "TokenCode", g.Code(device, steps)}
	}
	status, body := g.Call(key, "sts", "GetSessionToken", parameters...)
	var reply struct {
		Credentials struct{ AccessKeyId, SecretAccessKey, SessionToken string } `xml:"GetSessionTokenResult>Credentials"`
	}
	if err := xml.Unmarshal([]byte(body), &reply); err != nil || status != http.StatusOK {
		g.t.Fatal(status, body)
	}
	c := reply.Credentials
	return testenv.Key{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
}

// events are what the audit log says of the requests to the backend's service. The server is closed by it.
func (g *gate) events() (events []map[string]any) {
	g.t.Helper()
	g.Close()
	text, err := os.ReadFile(filepath.Join(g.DataDir, "audit.jsonl"))
	if err != nil {
		g.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var event map[string]any
		must(json.Unmarshal([]byte(line), &event))
		if event["eventSource"] == g.backend.service+".amazonaws.com" {
			events = append(events, event)
		}
	}
	return events
}

// refused checks that a request was refused, and that the backend heard nothing of it.
func (g *gate) refused(a answer, status int, code string) {
	g.t.Helper()
	if a.status != status || a.code() != code {
		g.t.Errorf("got %d %s %v, want %d %s", a.status, a.body, a.err, status, code)
	}
	if got := g.backend.requests(); len(got) > 0 {
		g.t.Errorf("the backend got %+v", got)
	}
	g.keepsSecret(a)
}

// keepsSecret checks that an answer does not show the gateway's key.
func (g *gate) keepsSecret(a answer) {
	g.t.Helper()
	if text := fmt.Sprint(a); strings.Contains(text, backendKey) || strings.Contains(text, backendSecret) {
		g.t.Errorf("the gateway's key is in %s", text)
	}
}

func (g *gate) ok(a answer) answer {
	g.t.Helper()
	if a.status != http.StatusOK || a.err != nil {
		g.t.Fatalf("got %d %s %v", a.status, a.body, a.err)
	}
	g.keepsSecret(a)
	return a
}

// chunked makes a body in signed chunks, with its request.
func (g *gate) chunked(r request, object string) (signed sigv4.Request, body string) {
	g.t.Helper()
	r = r.withDefaults()
	key := r.key
	if key.AccessKeyID == "" {
		key = g.user
	}
	signed = sigv4.Request{Method: r.method, URI: r.target, Host: r.host, Header: http.Header{}}
	signer := sigv4.Signer{
		AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey, SessionToken: key.SessionToken, Region: testenv.Region, Service: "s3",
	}
	encoded, length, err := signer.SignS3Chunks(&signed, g.Now, strings.NewReader(object), int64(len(object)), "")
	if err != nil {
		g.t.Fatal(err)
	}
	text, err := io.ReadAll(encoded)
	if err != nil || int64(len(text)) != length {
		g.t.Fatal(len(text), length, err)
	}
	return signed, string(text)
}

func itoa(n int) string { return strconv.Itoa(n) }
