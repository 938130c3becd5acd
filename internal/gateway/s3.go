package gateway

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/s3"
	"github.com/daypass/daypass/sigv4"
)

// s3Request is a request to S3 that was authenticated and named.
type s3Request struct {
	*exchange
	signature sigv4.Signature
	named     *s3.Call
	body      *sigv4.Body
	document  []byte // of a DocumentBody
}

func (s *s3Request) perform(ctx context.Context) error {
	if err := s.check(); err != nil {
		return err
	}
	if isForm(s.r) {
		return s.performForm(ctx)
	}
	if err := s.authenticate(ctx); err != nil {
		return err
	}
	if err := s.name(); err != nil {
		return err
	}
	if err := s.refresh(ctx); err != nil {
		return err
	}
	if s.named.Delete != nil {
		return s.deleteObjects(ctx)
	}
	if err := s.authorize(ctx); err != nil {
		return err
	}
	response, err := s.forward(ctx, s.named.Rebuild())
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	return s.answer(ctx, response)
}

// authenticate tells who signed the request.
func (s *s3Request) authenticate(ctx context.Context) error {
	key, err := s.judge().AuthenticateS3(ctx, &s.upstream.Service, s.request(), &s.call, &s.signature)
	if err != nil {
		return err
	}
	s.body, err = s.signature.S3Body(key, &rollingBody{s.exchange}, s.r.ContentLength)
	return err
}

var errTwoMechanisms = &s3.Error{
	Code: "InvalidArgument",
	Message: "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the " +
		"Authorization header should be specified",
}

// name finds out what the request asks for, and reads the body where that says a part of it.
func (s *s3Request) name() (err error) {
	s.named, err = s3.Parse(s.request().S3(s.call.Now), s.upstream.S3)
	if err != nil {
		return err
	}
	s.tell()
	switch s.named.Body {
	case s3.NoBody:
		_, err = s.readAll(s.body, s.body.Length(), 0)
	case s3.FormBody: // it has a signature of its own
		return errTwoMechanisms
	case s3.DocumentBody:
		s.document, err = s.readAll(s.body, s.body.Length(), s.named.Limit)
	case s3.ReadBody:
		err = s.readBody()
	case s3.ObjectBody:
		if s.body.Length() > s.named.Limit {
			return tooLarge(s.body.Length(), s.named.Limit)
		}
	}
	return err
}

// refresh looks once more at who signed, after a body that decides. It may have taken a minute to arrive: what was good before
// may be revoked, expired or out of date by now.
func (s *s3Request) refresh(ctx context.Context) error {
	now := s.Now().UTC()
	if now.Sub(s.call.Now) < authn.StaleAfter {
		return nil
	}
	s.call.Now = now
	_, err := s.identifyCaller(ctx, &s.signature)
	return err
}

// tell tells the audit log what the request turned out to ask for.
func (s *s3Request) tell() {
	s.event.Action = s.named.Operation
	s.event.Request = &enforce.S3Parameters{BucketName: s.named.Bucket, Key: s.named.Key, VersionId: s.named.VersionID}
}

func (s *s3Request) readBody() error {
	text, err := s.readAll(s.body, s.body.Length(), s.named.Limit)
	if err != nil {
		return err
	}
	return s.named.Read(text)
}

func tooLarge(size, limit int64) error {
	return &s3.Error{Code: "EntityTooLarge", Message: "Your proposed upload exceeds the maximum allowed size", Details: []s3.Detail{
		{Name: "ProposedSize", Value: strconv.FormatInt(size, 10)},
		{Name: "MaxSizeAllowed", Value: strconv.FormatInt(limit, 10)},
	}}
}

// authorize asks for all that the request needs. Whether the source of a copy has tags only the backend knows: the caller has
// to be allowed to copy them in any case.
func (s *s3Request) authorize(ctx context.Context) error {
	for _, permissions := range [][]s3.Permission{s.named.Permissions, s.named.IfSourceTagged} {
		for _, p := range permissions {
			if err := s.allowed(ctx, p); err != nil {
				return err
			}
		}
	}
	return enforce.KeptS3(s.named)
}

// allowed asks for a permission on a bucket or an object.
func (s *s3Request) allowed(ctx context.Context, p s3.Permission) error {
	return s.judge().AllowedS3(ctx, &s.upstream.Service, s.call, p)
}

// forward sends what was understood.
func (s *s3Request) forward(ctx context.Context, up s3.Upstream) (*http.Response, error) {
	path, query := cutQuery(up.Target)
	o := &outgoing{method: up.Method, path: path, query: query, header: up.Header, text: up.Body}
	if s.named.Body == s3.DocumentBody {
		o.text = s.document
	}
	if s.named.Body == s3.ObjectBody && s.body.Length() > 0 {
		return s.forwardObject(ctx, o)
	}
	o.sign = func(r *sigv4.Request) error { return s.upstream.signer.SignS3(r, s.Now(), sigv4.PayloadOf(o.text)) }
	return s.send(ctx, o)
}

// forwardObject sends an object while it comes. A body that turns out to be wrong is broken off before its last byte, so that
// the backend has no object.
func (s *s3Request) forwardObject(ctx context.Context, o *outgoing) (*http.Response, error) {
	object := &objectBody{Reader: s.body, length: s.body.Length()}
	o.sign = func(r *sigv4.Request) error { return s.signObject(r, o, object) }
	o.release = func() { s.abandon(object) }
	response, err := s.send(ctx, o)
	if object.err != nil { // the client's fault, or the end of its connection
		err = object.err
	} else if err == nil && response.StatusCode < 300 && !object.complete() {
		err = upstreamError{errors.New("the backend took an object before it had all of it")}
	}
	if err != nil && response != nil {
		_ = response.Body.Close()
	}
	return response, err
}

// signObject signs for the backend. A body that the client has declared the hash of is sent as it is, and the backend checks
// it too; any other in signed chunks, with the checksum that the client sent behind it, if it did.
func (s *s3Request) signObject(r *sigv4.Request, o *outgoing, object *objectBody) (err error) {
	o.body, o.length = object, object.length
	if declared := s.signature.ContentSHA256; !s.signature.Chunked() && declared != sigv4.UnsignedPayload {
		return s.upstream.signer.SignS3(r, s.Now(), sigv4.PayloadText(declared))
	}
	trailer, _ := s.body.Trailer()
	o.body, o.length, err = s.upstream.signer.SignS3Chunks(r, s.Now(), object, object.length, trailer)
	return err
}

// answer passes the backend's answer on, unless it says more than the caller may know.
func (s *s3Request) answer(ctx context.Context, response *http.Response) error {
	if missing, ok := s.named.WhenMissing(); ok && response.StatusCode == http.StatusNotFound {
		if err := s.allowed(ctx, missing); err != nil {
			return err
		}
	}
	if err := s.checkAnswer(response); err != nil {
		return err
	}
	if s.named.Operation == "CompleteMultipartUpload" && response.StatusCode == http.StatusOK {
		if err := s.relocate(response); err != nil {
			return err
		}
	}
	if s.named.Operation != "GetObject" && s.r.Method != http.MethodHead { // whose bytes are nobody's to change
		response.Body = &concealed{ReadCloser: response.Body, key: []byte(s.upstream.signer.AccessKeyID), instead: []byte(s.upstream.Account)}
		response.Header.Del("Content-Length")
	}
	return s.pass(response)
}

// place is where a backend says that an object is: there, and not here.
var place = regexp.MustCompile(`<Location>[^<]*</Location>`)

// relocate puts the object's address here in the place of the backend's.
func (s *s3Request) relocate(response *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
	if err != nil {
		return upstreamError{err}
	}
	var here strings.Builder
	_ = xml.EscapeText(&here, []byte(s.address())) // a Builder takes everything
	text = place.ReplaceAllLiteral(text, []byte("<Location>"+here.String()+"</Location>"))
	response.Body = io.NopCloser(bytes.NewReader(text))
	response.Header.Del("Content-Length")
	return nil
}

// address is that of the object that was stored.
func (s *s3Request) address() string {
	host := s.r.Host
	if bucket, ok := strings.CutPrefix(strings.ToLower(host), s.named.Bucket+"."); ok {
		host = bucket
	}
	return s.origin(host) + (&url.URL{Path: "/" + s.named.Bucket + "/" + s.named.Key}).EscapedPath()
}
