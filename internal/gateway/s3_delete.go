package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/s3"
)

// maxDeleteReply bounds the reply about a thousand objects, with keys of 1,024 bytes and a message each.
const maxDeleteReply = 8 << 20

// refusedObjects are what the audit log says of the objects that DeleteObjects was refused.
type refusedObjects struct {
	AccessDenied []enforce.S3Object
}

// deleteObjects decides on each object by itself: those that may not be deleted are in the reply, and nowhere else (spec
// aws-services section 2.4).
func (s *s3Request) deleteObjects(ctx context.Context) error {
	refusals, err := s.refusedObjects(ctx)
	if err != nil {
		return err
	}
	var reply []byte
	if up, ok := s.named.RebuildDelete(refusals); ok {
		response, err := s.forward(ctx, up)
		if err != nil {
			return err
		}
		defer response.Body.Close() //nolint:errcheck // it was only read
		if response.StatusCode != http.StatusOK {
			return s.answer(ctx, response)
		}
		if reply, err = io.ReadAll(io.LimitReader(response.Body, maxDeleteReply)); err != nil {
			return upstreamError{err}
		}
	}
	merged, ok := s.named.Delete.Merge(reply, refusals)
	if !ok {
		return upstreamError{errors.New("the backend's reply to DeleteObjects can't be read")}
	}
	return s.reply(http.StatusOK, merged)
}

// refusedObjects decides, and tells the audit log.
func (s *s3Request) refusedObjects(ctx context.Context) (refusals []s3.Refusal, err error) {
	parameters, refused := &enforce.S3Parameters{BucketName: s.named.Bucket}, &refusedObjects{}
	s.event.Request, s.event.Result = parameters, refused
	for i, object := range s.named.Delete.Objects {
		told := enforce.S3Object{Key: object.Key, VersionId: object.VersionID}
		parameters.Objects = append(parameters.Objects, told)
		ok, err := s.allAllowed(ctx, object.Permissions)
		if err != nil {
			return nil, err
		}
		if !ok {
			refused.AccessDenied = append(refused.AccessDenied, told)
			refusals = append(refusals, s3.Refusal{Index: i, Error: &s3.Error{Code: "AccessDenied", Message: "Access Denied"}})
		}
	}
	return refusals, nil
}

// allAllowed is authorize for one object of several: that it is refused is no error.
func (s *s3Request) allAllowed(ctx context.Context, permissions []s3.Permission) (bool, error) {
	for _, p := range permissions {
		err := s.allowed(ctx, p)
		if refusal, ok := errors.AsType[*aws.Error](err); ok && refusal.Code == aws.AccessDenied {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// reply answers with a document of our making.
func (s *s3Request) reply(status int, document []byte) error {
	if err := s.record(nil); err != nil {
		return err
	}
	header := s.identify()
	if len(document) > 0 {
		header.Set("Content-Type", s3.ContentType)
	}
	if status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(document)))
	}
	s.begin(status)
	_, _ = s.w.Write(document) //nolint:gosec // XML, and what is the client's in it escaped
	return nil
}
