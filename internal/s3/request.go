package s3

import (
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// Request is a request as it came over the wire.
type Request struct {
	Method string
	Host   string              // the Host header, or :authority
	Target string              // the raw request target
	Header map[string][]string // by canonical name, or in lower case; without Host
	Now    time.Time           // when it came: condition keys tell the age of a signature and the days until a date
	// TLSVersion is as s3:TlsVersion has it; empty: not known, or none.
	TLSVersion string

	form *origin // of the form that the request stands for
}

// Config is what the operator says of the endpoint.
type Config struct {
	Bases       []string // host names of the endpoint; buckets are names below them
	Account     string   // owner of all buckets: what an expected bucket owner is compared with
	DotSegments bool     // let keys with the segments "." and ".." pass, which a backend with a file system may resolve
}

// Call is a request with one reading. It holds nothing of the request that is not understood.
type Call struct {
	Operation string // AWS's name, for example GetObject
	Method    string
	Bucket    string // "" for ListBuckets
	Key       string // decoded
	VersionID string
	Source    *Source // of a copy
	Presigned bool

	Body  Body
	Limit int64 // most bytes of the body

	// Permissions must all be granted, and one denial refuses the call. It is empty for DeleteObjects, where each of
	// Delete.Objects has its own, and for a form, whose Call has them.
	Permissions []Permission
	// IfSourceTagged must be granted too when the source of a copy has tags, which only the backend knows (section 2.2).
	IfSourceTagged []Permission

	Delete *Delete // of DeleteObjects, once the body is read

	inHost  bool
	sub     string
	query   map[string]string
	headers map[string]string
	body    []byte // canonical, once it is read
	origin  origin
	now     time.Time
	read    bool
	cfg     *Config
}

// Permission is an action on a resource, with the condition keys that the request fills. Several may share a Context:
// copy it before you add to it.
type Permission struct {
	Action   string
	Resource string // an ARN, or "*"
	Context  policy.Context
}

// UnknownKeys are how the condition keys begin, in lower case, that hang on what the backend stores (spec aws-services
// section 2.3): no Context has them.
var UnknownKeys = []string{"s3:existingobjecttag/", "s3:buckettag/", aws.KeyResourceTag, "iam:associatedresourcearn"}

// Parse names a request. An error is an *Error.
func Parse(r Request, cfg Config) (*Call, error) {
	c, err := parse(&r, &cfg)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func parse(r *Request, cfg *Config) (*Call, *Error) {
	path, rawQuery, err := splitTarget(r.Target)
	if err != nil {
		return nil, err
	}
	fromHost, err := hostBucket(r.Host, cfg.Bases)
	if err != nil {
		return nil, err
	}
	bucket, key, err := splitPath(path, fromHost, cfg)
	if err != nil {
		return nil, err
	}
	p, err := parseQuery(rawQuery)
	if err != nil {
		return nil, err
	}
	headers, err := gatherHeaders(r.Header, &p)
	if err != nil {
		return nil, err
	}
	o, err := find(r.Method, levelOf(bucket, key), &p, headers)
	if err != nil {
		return nil, err
	}
	if err := judge(o, &p, headers, cfg); err != nil {
		return nil, err
	}
	c := &Call{
		Operation: o.name, Method: r.Method, Bucket: bucket, Key: key, VersionID: p.values["versionId"], Presigned: p.presigned,
		Body: o.body, Limit: o.limit, sub: p.sub, query: p.values, now: r.Now, cfg: cfg, inHost: fromHost != "",
		origin: originOf(r, cfg, headers, &p),
	}
	if r.form != nil {
		c.origin = *r.form
	}
	if c.headers, err = passHeaders(headers, o); err != nil {
		return nil, err
	}
	return c, c.fill(o, cfg)
}

func levelOf(bucket, key string) level {
	switch {
	case bucket == "":
		return service
	case key == "":
		return bucketLevel
	}
	return objectLevel
}

// judge refuses what the operation does not have.
func judge(o *operation, p *parameters, headers map[string]string, cfg *Config) *Error {
	if o.body == FormBody {
		if err := checkForm(p, headers); err != nil {
			return err
		}
	}
	if o.refused != "" {
		return errFeature(o.refused)
	}
	if err := p.checkValues(o); err != nil {
		return err
	}
	if err := checkOwner(headers, cfg.Account); err != nil {
		return err
	}
	return checkPayload(headers, p, o)
}

// checkForm refuses a POST to a bucket that is no form, or has a signature beside the form's (spec aws-services 3.3).
func checkForm(p *parameters, headers map[string]string) *Error {
	kind, _, _ := strings.Cut(headers["content-type"], ";")
	if !strings.EqualFold(strings.Trim(kind, " \t"), "multipart/form-data") {
		return refuse("PreconditionFailed", "At least one of the pre-conditions you specified did not hold").
			with("Condition", "Bucket POST must be of the enclosure-type multipart/form-data")
	}
	if _, signed := headers["authorization"]; signed || p.presigned {
		return invalidArgument("Authorization", headers["authorization"], "Only one auth mechanism allowed; a form has its signature among its fields.")
	}
	return nil
}

// InHost reports whether the bucket is in Host, and not in the path.
func (c *Call) InHost() bool { return c.inHost }
