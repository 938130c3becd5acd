package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/sigv4"
)

const (
	// maxBody is the largest form body, in bytes (spec section 13).
	maxBody = 10_000_000
	// ordinaryBody is how many bytes a body may have without taking one of the places for large ones.
	ordinaryBody = 64 << 10
	// maxLargeBodies is how many large bodies may be in memory at the same time, and maxFromOne how many from one network. An
	// access key id, which is no secret, is enough to have a body read before its signature is judged.
	maxLargeBodies = 8
	maxFromOne     = 4

	// maxUnsignedBody is the largest body of a request without a signature: an assertion of 100,000 characters, escaped, and
	// what goes with it.
	maxUnsignedBody = 256 << 10

	formType      = "application/x-www-form-urlencoded"
	documentation = "https://aws.amazon.com/iam"
)

// checkEnvelope judges what AWS judges before authentication: path, method, content type and size.
func checkEnvelope(r *http.Request) error {
	// As it was sent and as it is decoded: neither reading may lead anywhere but to the root.
	depth, ok := pathDepth(r.URL.EscapedPath())
	decodedDepth, decodedOK := pathDepth(r.URL.Path)
	switch {
	case !ok || !decodedOK:
		return errBadPath
	case depth > 0 || decodedDepth > 0:
		return &bareError{status: http.StatusNotFound, reason: "the only path is /"}
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return &bareError{status: http.StatusFound, location: documentation, reason: "the method is neither GET nor POST"}
	case r.Method == http.MethodPost && r.Header["Content-Type"] != nil && !hasForm(r):
		return &bareError{
			status: http.StatusForbidden, html: "<html><body><h1>403 Forbidden</h1></body></html>\n",
			reason: "the content type is not application/x-www-form-urlencoded",
		}
	case r.ContentLength > maxBody:
		return errBodyTooLarge
	}
	return nil
}

var errBadPath = &bareError{status: http.StatusBadRequest, reason: "the path is malformed, or leads above the root"}

var errBodyTooLarge = &bareError{
	status: http.StatusRequestEntityTooLarge,
	reason: fmt.Sprintf("the body is larger than %d bytes", maxBody),
}

// pathDepth says how deep a path leads once its dots are resolved. It reports false when it leads above the root.
func pathDepth(path string) (depth int, ok bool) {
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			depth--
		default:
			depth++
		}
		if depth < 0 {
			return 0, false
		}
	}
	return depth, true
}

// hasForm reports whether the body is to be read as form parameters.
func hasForm(r *http.Request) bool {
	if r.Method != http.MethodPost || len(r.Header["Content-Type"]) > 1 {
		return false
	}
	switch contentType := door.First(r.Header["Content-Type"]); contentType {
	case formType, formType + "; charset=utf-8": // what AWS's clients send needs no parsing
		return true
	default:
		media, _, err := mime.ParseMediaType(contentType)
		return err == nil && media == formType
	}
}

// NewPlaces returns the places for large bodies of a Handler. Who finds none is told at once, and tries again.
func NewPlaces() *limit.Places { return limit.NewPlaces(maxLargeBodies, maxFromOne, 0) }

// place is that of a request among the large bodies, if it needs one, for as long as it is under way.
type place struct{ giveBack func() }

var errTooManyLargeBodies = aws.Errorf(aws.ServiceUnavailable, "Service is unable to handle request.").
	Because(fmt.Errorf("%d requests with bodies of more than %d bytes are under way, or %d from one network", maxLargeBodies, ordinaryBody, maxFromOne))

// enter makes room for the body of a request.
func (p *place) enter(among *limit.Places, r *http.Request, source netip.Addr) (err error) {
	if 0 <= r.ContentLength && r.ContentLength <= ordinaryBody {
		return nil
	}
	if p.giveBack, err = among.Enter(r.Context(), source); err != nil {
		return errTooManyLargeBodies
	}
	return nil
}

func (p *place) leave() {
	if p.giveBack != nil {
		p.giveBack()
	}
}

// isUnsigned reports whether a request claims to be from nobody.
func isUnsigned(err error) bool {
	e, ok := errors.AsType[*sigv4.Error](err)
	return ok && aws.Code(e.Code) == aws.MissingAuthenticationToken
}

// readBody reads the whole body of a request with a signature.
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength <= 0 {
		return readUpTo(r, maxBody)
	}
	body := make([]byte, r.ContentLength) // at most maxBody, and it has its place
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return nil, errBrokenBody(err)
	}
	return body, nil
}

// readUnsignedBody reads the whole body of a request without a signature, if there can be parameters in it. It takes memory
// as it arrives, not for a stranger's word that it will.
func readUnsignedBody(r *http.Request) ([]byte, error) {
	if !hasForm(r) {
		return nil, nil
	}
	return readUpTo(r, maxUnsignedBody)
}

func readUpTo(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, errBrokenBody(err)
	case int64(len(body)) > limit:
		return nil, errBodyTooLarge
	}
	return body, nil
}

func errBrokenBody(err error) *bareError {
	return &bareError{status: http.StatusBadRequest, reason: "the body could not be read: " + err.Error()}
}

// redirect is the answer to a request that names no action (spec section 1.1). Unlike AWS's it leaves out the parameters
// of a presigned request, for they are credentials and the address leads elsewhere.
func redirect(r *http.Request, rawQuery string) error {
	location := documentation
	if r.Method == http.MethodGet {
		var kept []string
		for parameter := range strings.SplitSeq(rawQuery, "&") {
			name, _, _ := strings.Cut(parameter, "=")
			name, err := url.QueryUnescape(name)
			if err == nil && !strings.HasPrefix(strings.ToLower(name), "x-amz-") {
				kept = append(kept, parameter)
			}
		}
		if query := strings.Join(kept, "&"); query != "" {
			location += "?" + query
		}
	}
	return &bareError{status: http.StatusFound, location: location, reason: "the request names no action"}
}

// bareError is an answer without an error envelope: AWS gives it to what does not look like a request of its protocol.
type bareError struct {
	status         int
	location, html string
	reason         string // for the audit log
}

func (b *bareError) Error() string { return b.reason }
