package gateway

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"os"

	"github.com/daypass/daypass/internal/s3"
	"github.com/daypass/daypass/sigv4"
)

// maxFormFile is the largest file of a form. S3 takes 5 GiB; here it is on disk for a while, since nothing says how long it
// is before all of it is there.
const maxFormFile = 1 << 30

// performForm takes an upload with an HTML form (spec aws-services section 3.3), which becomes a PutObject.
func (s *s3Request) performForm(ctx context.Context) error {
	form, err := s.readForm()
	if err != nil {
		return err
	}
	if err := s.authenticateForm(ctx, form); err != nil {
		return err
	}
	if s.named, err = form.Call(); err != nil {
		return err
	}
	s.tell()
	if err := s.authorize(ctx); err != nil {
		return err
	}
	response, err := s.forwardForm(ctx, form)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if response.StatusCode >= 300 {
		return s.answer(ctx, response)
	}
	return s.answerForm(form, response)
}

var errUnsigned = &s3.Error{Code: "AccessDenied", Message: "Access Denied"}

// readForm reads as far as the file. Nothing else that is sent as a form is taken without a signature.
func (s *s3Request) readForm() (*s3.Form, error) {
	r := s.r
	if r.ContentLength < 0 {
		return nil, &s3.Error{Code: "MissingContentLength", Message: "You must provide the Content-Length HTTP header."}
	}
	named, err := s3.Parse(s.request().S3(s.call.Now), s.upstream.S3)
	if err != nil {
		return nil, err
	}
	switch {
	case named.Presigned:
		return nil, errTwoMechanisms
	case named.Body != s3.FormBody:
		return nil, errUnsigned
	}
	s.hurry()
	defer s.unhurried()
	return named.ReadForm(&rollingBody{s.exchange})
}

func (s *s3Request) authenticateForm(ctx context.Context, form *s3.Form) (err error) {
	if _, ok := form.Field("policy"); !ok {
		return errUnsigned
	}
	if s.signature, err = sigv4.ParseS3Form(form.Field); err != nil {
		return err
	}
	candidate, err := s.identifyCaller(ctx, &s.signature)
	if err != nil {
		return err
	}
	return candidate.Verify(s.signature.DeclaredPayload(), &s.call)
}

// forwardForm sends the file once all of it is there.
func (s *s3Request) forwardForm(ctx context.Context, form *s3.Form) (*http.Response, error) {
	if err := s.enter(s.verified); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "daypass-form-*")
	if err != nil {
		return nil, err
	}
	defer file.Close()           //nolint:errcheck // nobody reads it again
	defer os.Remove(file.Name()) //nolint:errcheck // what can be done is done
	hash, limit := sha256.New(), min(maxFormFile, s.named.Limit)
	size, err := io.Copy(io.MultiWriter(file, hash), io.LimitReader(form.File, limit+1))
	switch {
	case err != nil:
		return nil, err
	case size > limit:
		return nil, tooLarge(size, limit)
	}
	up := s.named.Rebuild()
	o := &outgoing{method: up.Method, path: up.Target, header: up.Header, release: func() {}}
	if size > 0 {
		o.body, o.length = io.NewSectionReader(file, 0, size), size
	}
	o.sign = func(r *sigv4.Request) error {
		return s.upstream.signer.SignS3(r, s.Now(), sigv4.PayloadHash([sha256.Size]byte(hash.Sum(nil))))
	}
	return s.send(ctx, o)
}

// answerForm makes the answer that the form asks for.
func (s *s3Request) answerForm(form *s3.Form, response *http.Response) error {
	reply := form.Reply(response.Header.Get("Etag"), s.address())
	header := s.w.Header()
	for _, name := range []string{"Etag", "X-Amz-Version-Id"} {
		if values := response.Header[name]; values != nil {
			header[name] = values
		}
	}
	if reply.Location != "" {
		header.Set("Location", reply.Location)
	}
	return s.reply(reply.Status, reply.Body)
}
