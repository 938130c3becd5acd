package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/s3"
)

// dropped are the headers of a backend's answer that are about its connection, or its own.
var dropped = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding",
	"Upgrade", "Set-Cookie", "Server", "Via", "X-Powered-By", "Date", "X-Amzn-Requestid", s3.RequestIDHeader, s3.HostIDHeader,
	"Location", "Alt-Svc", "Strict-Transport-Security",
}

// identify sets the headers by which an answer can be found again in the audit log.
func (e *exchange) identify() http.Header {
	header := e.w.Header()
	if e.upstream.Name == serviceS3 {
		header.Set(s3.RequestIDHeader, e.call.RequestID)
		header.Set(s3.HostIDHeader, s3.HostID(e.call.RequestID))
	} else {
		header["x-amzn-RequestId"] = []string{e.call.RequestID}
	}
	return header
}

// begin begins the answer. The server's deadline for it may have passed while the request's body came.
func (e *exchange) begin(status int) {
	e.answered = true
	e.writeWithin(patience)
	e.w.WriteHeader(status)
}

// refuseWith answers with an error. What is left of the request's body is not read, and the connection ends; a client that is
// still sending has some time to read the answer.
func (e *exchange) refuseWith(reply awsmodel.Reply) {
	if e.answered {
		panic(http.ErrAbortHandler)
	}
	if !e.drained.Load() && e.r.Body != http.NoBody {
		e.w.Header().Set("Connection", "close")
		e.readWithin(lingering)
	}
	for _, h := range reply.Header {
		e.w.Header().Set(h[0], h[1])
	}
	if e.r.Method != http.MethodHead { // which has no body to tell the length of
		e.w.Header().Set("Content-Length", strconv.Itoa(len(reply.Body)))
	}
	e.begin(reply.Status)
	_, _ = e.w.Write(reply.Body)
}

// leaks are the codes by which a backend says that it does not accept the gateway's own credentials. What it says with them
// must not reach a client: it shows the gateway's key.
var leaks = []string{
	"SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired",
	"RequestTimeTooSkewed", "RequestExpired", "AuthorizationHeaderMalformed", "AuthorizationQueryParametersError", "InvalidClientTokenId",
	"UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException", "AuthFailure",
	"MissingAuthenticationToken", "MissingAuthenticationTokenException", "XAmzContentSHA256Mismatch",
}

// denials are the codes by which a backend says that the gateway may not do something.
var denials = []string{
	"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "AuthorizationErrorException",
	"AllAccessDisabled", "AccountProblem",
}

// maxErrorBody is how long a backend's error may be.
const maxErrorBody = 64 << 10

// checkAnswer refuses an answer that is none for the client: a redirect to somewhere else, or the backend's trouble with the
// gateway. A backend that denies the gateway something denies it to everybody, and whom it denied it is not told. An error's
// body is in memory then.
func (e *exchange) checkAnswer(response *http.Response) error {
	status := response.StatusCode
	switch {
	case status < 200, status >= 300 && status < 400 && status != http.StatusNotModified:
		return upstreamError{fmt.Errorf("the backend answers %s", response.Status)}
	case status < 400:
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBody+1))
	switch {
	case err != nil:
		return upstreamError{err}
	case len(text) > maxErrorBody, response.Header["Content-Encoding"] != nil:
		return upstreamError{errors.New("the backend's error can't be read")}
	}
	code := answeredCode(response, text)
	if slices.Contains(leaks, code) || e.upstream.isIn(response.Header, text) {
		return upstreamError{fmt.Errorf("the backend does not accept the gateway's credentials: %s", code)}
	}
	e.event.Err = &aws.Error{Code: aws.Code(code)}
	if slices.Contains(denials, code) {
		return aws.Errorf(aws.AccessDenied, "Access Denied").Because(errors.New("the backend denies it to the gateway"))
	}
	if e.r.Method != http.MethodHead {
		response.Body = io.NopCloser(bytes.NewReader(text))
		response.Header.Del("Content-Length")
	}
	return nil
}

// isIn reports whether an answer shows the gateway's key or what it was to sign.
func (u *upstream) isIn(header http.Header, text []byte) bool {
	if bytes.Contains(text, []byte(u.signer.AccessKeyID)) || bytes.Contains(text, []byte("<StringToSign>")) {
		return true
	}
	for _, values := range header {
		if strings.Contains(strings.Join(values, " "), u.signer.AccessKeyID) {
			return true
		}
	}
	return false
}

// errorCode finds an error's code in XML and JSON.
var errorCode = regexp.MustCompile(`<Code>\s*([A-Za-z0-9.]{1,128})\s*</Code>|"__type"\s*:\s*"(?:[A-Za-z0-9._-]*#)?([A-Za-z0-9.]{1,128})`)

// answeredCode is the code of a backend's error, or its status where it has none that can be read. In CBOR, it is looked for
// among those that matter.
func answeredCode(response *http.Response, text []byte) string {
	if name := response.Header.Get("X-Amzn-Errortype"); name != "" {
		name, _, _ = strings.Cut(name, ":")
		return name[strings.LastIndexByte(name, '#')+1:]
	}
	if found := errorCode.FindSubmatch(text); found != nil {
		return string(found[1]) + string(found[2])
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/cbor") {
		for _, code := range slices.Concat(leaks, denials) {
			if bytes.Contains(text, []byte(code)) {
				return code
			}
		}
	}
	return strconv.Itoa(response.StatusCode)
}

// answerPart is how much of an answer is passed on at once.
const answerPart = 64 << 10

var buffers = sync.Pool{New: func() any { return new([answerPart]byte) }}

// spelled is a header's name as its service writes it. S3's clients show what follows x-amz-meta- as it comes.
func spelled(name string) string {
	if strings.HasPrefix(name, "X-Amz-Meta-") {
		return strings.ToLower(name)
	}
	return name
}

// pass records the request and passes the backend's answer on. One that ends too early breaks off the client's connection.
func (e *exchange) pass(response *http.Response) error {
	if err := e.record(e.event.Err); err != nil {
		return err
	}
	header := e.w.Header()
	header["Content-Type"] = nil // net/http would guess it
	for name, values := range response.Header {
		if !slices.Contains(dropped, name) && !names(response.Header["Connection"], name) {
			header[spelled(name)] = values
		}
	}
	e.identify()
	e.begin(response.StatusCode)
	buffer := buffers.Get().(*[answerPart]byte)
	defer buffers.Put(buffer)
	if _, err := io.CopyBuffer(&rollingWriter{e}, response.Body, buffer[:]); err != nil {
		e.logFailure("an answer was broken off", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// names reports whether a list in headers has a name.
func names(lists []string, name string) bool {
	for _, list := range lists {
		for item := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(item), name) {
				return true
			}
		}
	}
	return false
}
