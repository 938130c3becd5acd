// Package envoy is the door for Envoy's ext_authz over gRPC: envoy.service.auth.v3.Authorization.
//
// What Envoy says of a request is believed only as it says it under encode_raw_headers: otherwise two headers are told as one
// with a comma. Which service the request will go to is in the route's context_extensions.
package envoy

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"

	"github.com/daypass/daypass/internal/extauth"
)

const (
	// maxMessage is the largest question: a body of 4 MiB, and its headers.
	maxMessage = 4<<20 + 256<<10
	// maxHeader is of the question's own headers, which are Envoy's.
	maxHeader = 32 << 10
	// maxQuestions may be under way on one connection.
	maxQuestions      = 128
	connectionTimeout = 10 * time.Second // until one has begun
	idleTimeout       = 120 * time.Second
)

// NewServer returns a gRPC server that answers Envoy, and nobody else anything else.
func NewServer(d *extauth.Decider) *grpc.Server {
	s := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxHeaderListSize(maxHeader), grpc.MaxConcurrentStreams(maxQuestions),
		grpc.ConnectionTimeout(connectionTimeout), grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: idleTimeout}),
	)
	authv3.RegisterAuthorizationServer(s, &server{decider: d})
	return s
}

type server struct {
	authv3.UnimplementedAuthorizationServer
	decider *extauth.Decider
}

// Check answers one question. It never fails: Envoy may be told to let requests pass when it does.
func (s *server) Check(ctx context.Context, r *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	q, fault := question(r.GetAttributes())
	if fault != nil {
		return response(s.decider.Misasked(proxyOf(ctx), *fault)), nil //nolint:nilerr // the answer says it
	}
	return response(s.decider.Decide(ctx, q)), nil
}

// proxyOf is the address of who asks.
func proxyOf(ctx context.Context) netip.Addr {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return netip.Addr{}
	}
	address, _ := netip.ParseAddrPort(p.Addr.String()) // a socket's has none
	return address.Addr().Unmap()
}

// serviceExtension is the context extension that names the service.
const serviceExtension = "service"

func question(a *authv3.AttributeContext) (*extauth.Question, *extauth.MisaskedError) {
	r := a.GetRequest().GetHttp()
	source := a.GetSource().GetAddress().GetSocketAddress().GetAddress()
	address, err := netip.ParseAddr(source)
	switch {
	case a.GetContextExtensions()[serviceExtension] == "":
		return nil, misasked("context_extensions has no service")
	case r.GetHeaderMap() == nil:
		return nil, misasked("encode_raw_headers is not true")
	case r.GetMethod() == "" || r.GetPath() == "" || r.GetHost() == "":
		return nil, misasked("method, path or host is missing")
	case err != nil:
		return nil, misasked("the source is at no IP address")
	}
	q := &extauth.Question{
		Service: a.GetContextExtensions()[serviceExtension], Method: r.GetMethod(), Host: r.GetHost(), Target: r.GetPath(),
		SourceIP: address.Unmap(), SecureTransport: a.GetTlsSession() != nil,
	}
	var fault *extauth.MisaskedError
	if q.Header, fault = headers(r); fault != nil {
		return nil, fault
	}
	q.Body = body(r, q.Header)
	return q, nil
}

// headers are the client's, under the names that net/http would give them.
func headers(r *authv3.AttributeContext_HttpRequest) (http.Header, *extauth.MisaskedError) {
	header := http.Header{}
	pseudo := map[string]string{":method": r.GetMethod(), ":path": r.GetPath(), ":authority": r.GetHost()}
	for _, h := range r.GetHeaderMap().GetHeaders() {
		value := string(h.GetRawValue())
		if value == "" {
			value = h.GetValue()
		}
		name := strings.ToLower(h.GetKey())
		said, twice := pseudo[name]
		switch {
		case twice && value != said:
			return nil, misasked("%s has two values", name)
		case strings.HasPrefix(name, ":"), name == "host" && value == r.GetHost():
		default:
			name = http.CanonicalHeaderKey(name)
			header[name] = append(header[name], value)
		}
	}
	return header, nil
}

// partial is set by Envoy where it sends a body.
const partial = "X-Envoy-Auth-Partial-Body"

// body is what Envoy sent of the body. All of it is there if it has the length that was announced. Where none was, Envoy says
// whether it is all; where Envoy sends no body, that header would be the client's.
func body(r *authv3.AttributeContext_HttpRequest, header http.Header) extauth.Body {
	b := extauth.Body{Bytes: r.GetRawBody()}
	if len(b.Bytes) == 0 {
		b.Bytes = []byte(r.GetBody())
	}
	if length, announced := header["Content-Length"]; announced {
		b.Whole = slices.Equal(length, []string{strconv.Itoa(len(b.Bytes))})
	} else {
		b.Whole = len(b.Bytes) > 0 && slices.Equal(header[partial], []string{"false"})
	}
	delete(header, partial)
	return b
}

func misasked(format string, args ...any) *extauth.MisaskedError {
	e := extauth.MisaskedError(fmt.Sprintf(format, args...))
	return &e
}

func response(a extauth.Answer) *authv3.CheckResponse {
	if a.Refusal != nil {
		return refusal(a.Refusal)
	}
	return &authv3.CheckResponse{
		Status: &status.Status{Code: int32(codes.OK)},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{
			Headers: options(a.Principal), HeadersToRemove: extauth.StripHeaders, QueryParametersToRemove: extauth.StripParameters,
		}},
	}
}

func refusal(r *extauth.Refusal) *authv3.CheckResponse {
	text := string(r.Body)
	if !utf8.ValidString(text) { // CBOR: the message has no place for it
		text = ""
	}
	return &authv3.CheckResponse{
		Status: &status.Status{Code: int32(codes.PermissionDenied)},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
			Status:  &typev3.HttpStatus{Code: typev3.StatusCode(r.Status)}, //nolint:gosec // a status of HTTP
			Headers: options(r.Header), Body: text,
		}},
	}
}

// options are headers that take the place of the client's. In HTTP/2 their names are in lower case.
func options(headers [][2]string) []*corev3.HeaderValueOption {
	all := make([]*corev3.HeaderValueOption, len(headers))
	for i, h := range headers {
		all[i] = &corev3.HeaderValueOption{
			Header:       &corev3.HeaderValue{Key: strings.ToLower(h[0]), Value: h[1]},
			AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
		}
	}
	return all
}
