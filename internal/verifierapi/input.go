package verifierapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/sigv4"
)

// input is what a verifier asks for: whose key, and for which scope. The session token is empty when there was none.
type input struct {
	AccessKeyId  string
	SessionToken string `secret:"true"`
	Date         string // YYYYMMDD
	Region       string
	Service      string
}

var (
	errPath      = aws.Errorf(aws.InvalidAction, "The only path is /")
	errOperation = aws.Errorf(aws.InvalidAction, "The request must be a POST with the content type application/x-amz-json-1.1 and the X-Amz-Target %s", target)
)

// parse reads the request of a caller that is known. A member that is not known is an error.
func parse(r *http.Request, body []byte) (*input, error) {
	if r.RequestURI != "/" {
		return nil, errPath
	}
	media, _, err := mime.ParseMediaType(door.First(r.Header["Content-Type"]))
	targets := r.Header["X-Amz-Target"]
	if r.Method != http.MethodPost || err != nil || media != "application/x-amz-json-1.1" || len(targets) != 1 || targets[0] != target {
		return nil, errOperation
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	asked := &input{}
	if err := decoder.Decode(asked); err != nil {
		return nil, aws.Errorf(aws.MalformedInput, "The body is not what %s takes.", action).Because(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, aws.Errorf(aws.MalformedInput, "The body is not one JSON object.")
	}
	return asked, nil
}

// check judges the scope. Keys are lent for the days that a signature may be of now.
func (h *Handler) check(asked *input, call aws.Call) error {
	switch {
	case !aws.IsAccessKeyID(asked.AccessKeyId):
		return invalid("AccessKeyId")
	case !isName(asked.Region), len(h.Regions) > 0 && !slices.Contains(h.Regions, asked.Region):
		return invalid("Region")
	case !isName(asked.Service):
		return invalid("Service")
	case asked.Date != day(call.Now.Add(-sigv4.DefaultSkew)) && asked.Date != day(call.Now.Add(sigv4.DefaultSkew)):
		return aws.Errorf(aws.ValidationError, "Date must be the day of a signature that is made now.")
	case h.Own(asked.Service):
		return aws.Errorf(aws.ValidationError, "Signing keys of this service are lent to nobody: daypass answers for it itself.")
	}
	return nil
}

func invalid(member string) error {
	return aws.Errorf(aws.ValidationError, "Value at '%s' is missing or can't be one.", member)
}

func day(t time.Time) string { return t.UTC().Format("20060102") }

// isName wants 1 to 64 lower-case letters, digits and hyphens: nothing that means something in an ARN or a pattern.
func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
