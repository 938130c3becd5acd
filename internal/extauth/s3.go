package extauth

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/s3"
	"github.com/daypass/daypass/sigv4"
)

// s3Question is about a request to S3.
type s3Question struct {
	*exchange
	signature sigv4.Signature
	named     *s3.Call
}

func (s *s3Question) decide(ctx context.Context) error {
	key, err := s.Judge.AuthenticateS3(ctx, &s.service.Service, &s.request, s.call, &s.signature)
	if err != nil {
		return err
	}
	s.named, err = s3.Parse(s.request.S3(s.call.Now), s.service.S3)
	if err != nil {
		return err
	}
	s.event.Action = s.named.Operation
	s.event.Request = &enforce.S3Parameters{BucketName: s.named.Bucket, Key: s.named.Key, VersionId: s.named.VersionID}
	if err := s.checkSpelling(); err != nil {
		return err
	}
	if err := s.checkBody(key); err != nil {
		return err
	}
	if err := s.authorize(ctx); err != nil {
		return err
	}
	return enforce.KeptS3(s.named)
}

// authorize asks for all that the request needs. Of a request to delete several objects nothing can be taken out: it needs the
// permissions for each of them.
func (s *s3Question) authorize(ctx context.Context) error {
	needed := [][]s3.Permission{s.named.Permissions, s.named.IfSourceTagged}
	if s.named.Delete != nil {
		for _, object := range s.named.Delete.Objects {
			needed = append(needed, object.Permissions)
		}
	}
	for _, permissions := range needed {
		for _, p := range permissions {
			if err := s.Judge.AllowedS3(ctx, &s.service.Service, *s.call, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkSpelling wants the path as the gateway would write it, and no header in the query, which backends that check no
// signatures may not look for there.
func (s *s3Question) checkSpelling() error {
	path, query, _ := strings.Cut(s.question.Target, "?")
	canonical := s.named.Path()
	if below, ok := strings.CutPrefix(canonical, "/"+s.named.Bucket); ok && s.named.InHost() {
		if !s.service.virtualHosts {
			return unclearError("buckets are found in the path only")
		}
		canonical = below
	}
	if strings.TrimSuffix(path, "/") != strings.TrimSuffix(canonical, "/") || s.named.Key != "" && path != canonical {
		return unclearError("the path is not in its canonical form")
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if lower := strings.ToLower(name); !ends[name] && (strings.HasPrefix(lower, "x-amz-") && !idle[lower] || strings.Contains(lower, "%")) {
			return unclearError("a header must not be in the query")
		}
	}
	return nil
}

// ends are the parameters that end at the proxy, or say nothing.
var ends = set(append([]string{"X-Amz-Content-Sha256"}, StripParameters...)...)

// idle are headers that change nothing in what a request does.
var idle = set("x-amz-checksum-mode", "x-amz-sdk-checksum-algorithm", "x-amz-user-agent")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}

// emptyHash is the SHA-256 of nothing.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// checkBody judges the body, as far as it is seen and decides on anything. One that was not sent is what the client has
// signed of it: its hash, or that it is not signed.
func (s *s3Question) checkBody(key *sigv4.SigningKey) error {
	declared := s.signature.ContentSHA256
	body := s.question.Body
	switch {
	case s.named.Body == s3.FormBody:
		return unclearError("an upload by form has a signature of its own")
	case s.named.Body == s3.NoBody:
		if s.question.announcesBody() || declared != emptyHash && declared != sigv4.UnsignedPayload {
			return unclearError("the operation has no body, and the request has one")
		}
		return nil
	case !body.Whole && (s.named.Body == s3.ReadBody || s.signature.Chunked()):
		return errUnseen
	case !body.Whole:
		return nil
	}
	checked, err := s.signature.S3Body(key, bytes.NewReader(body.Bytes), int64(len(body.Bytes)))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(checked)
	if err != nil || s.named.Body != s3.ReadBody {
		return err
	}
	return s.named.Read(text)
}

func (s *s3Question) refusal(err error) (*Refusal, *aws.Error) {
	fault, status := enforce.S3Fault(err, &s.signature)
	if fault == nil {
		fault, status = enforce.InternalS3(), 500
	}
	if text, ok := errors.AsType[unclearError](err); ok {
		fault, status = &s3.Error{Code: "InvalidRequest", Message: "The request can't be decided on: " + string(text) + "."}, 400
		if text == errUnseen {
			fault.Code, status = "NotImplemented", 501
		}
	}
	r := Refusal(enforce.S3Reply(fault, status, s.question.Target, s.call.RequestID, s.question.Method == methodHead))
	return &r, enforce.Recorded(fault.Code, fault.Message, err)
}
