// Package enforce is what the doors to services other than STS and IAM do alike: it authenticates a request, has it
// authorised, and says in the service's own words what is wrong with it. It forwards nothing and records nothing.
//
// S3 is spoken by package s3, every other service by package awsmodel.
package enforce

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/s3"
	"github.com/daypass/daypass/sigv4"
)

// ServiceS3 is the one service that package awsmodel does not speak.
const ServiceS3 = "s3"

// Judge decides on requests. It is safe for concurrent use.
type Judge struct {
	Authenticator *authn.Authenticator
	Authorizer    *authz.Authorizer
	Now           func() time.Time
}

// Service is a service as the operator describes it.
type Service struct {
	Name    string // in the credential scope
	Account string // owner of its resources
	Region  string // the one that they are in
	Model   *awsmodel.Service
	S3      s3.Config
}

// Request is a request as it came over the wire.
type Request struct {
	Method, Host, Target string
	Header               map[string][]string // by canonical name, without Host
	TLSVersion           string              // as s3:TlsVersion has it; empty: not known, or none
}

func (r *Request) signed() sigv4.Request {
	return sigv4.Request{Method: r.Method, URI: r.Target, Host: r.Host, Header: r.Header}
}

// S3 is the request for package s3.
func (r *Request) S3(now time.Time) s3.Request {
	return s3.Request{Method: r.Method, Host: r.Host, Target: r.Target, Header: r.Header, TLSVersion: r.TLSVersion, Now: now}
}

// Identify tells who a request claims to be from, and completes the call as far as that is believed.
func (j *Judge) Identify(ctx context.Context, s *Service, signature *sigv4.Signature, call *aws.Call) (authn.Candidate, error) {
	// The region of a scope says where the resources are that policies decide on: there is no other than the service's.
	return j.Authenticator.IdentifyFor(ctx, signature, sigv4.Expect{Services: []string{s.Name}, Regions: []string{s.Region}}, call)
}

// AuthenticateS3 tells who signed a request to S3, and returns the key that the request's body is checked with.
func (j *Judge) AuthenticateS3(ctx context.Context, s *Service, r *Request, call *aws.Call, signature *sigv4.Signature) (*sigv4.SigningKey, error) {
	var err error
	if *signature, err = sigv4.ParseS3(r.signed()); err != nil {
		return nil, err
	}
	candidate, err := j.Identify(ctx, s, signature, call)
	if err != nil {
		return nil, err
	}
	defer call.Laps.Begin("verify")()
	return candidate.SigningKey(), candidate.Verify(signature.DeclaredPayload(), call)
}

// Authenticate tells who signed a request to another service. It calls body when the key is known to be good, not before.
func (j *Judge) Authenticate(
	ctx context.Context, s *Service, r *Request, call *aws.Call, body func(*authn.Candidate) ([]byte, error),
) error {
	signature, err := sigv4.Parse(r.signed())
	if err != nil {
		return err
	}
	identify := func() (authn.Candidate, error) { return j.Identify(ctx, s, &signature, call) }
	_, err = authn.Authenticate(call, j.Now, identify, body)
	return err
}

// AllowedS3 asks for a permission on a bucket or an object. S3 quotes its ARN.
func (j *Judge) AllowedS3(ctx context.Context, service *Service, call aws.Call, p s3.Permission) error {
	unknown := s3.UnknownKeys
	if call.SecureTransport {
		unknown = unknownOverTLS
	}
	policies, err := j.Authorizer.ResourcePolicies(ctx, call.Now, service.Account, ServiceS3, bucketOf(p.Resource))
	if err != nil {
		return err
	}
	return j.Authorizer.AuthorizeOn(ctx, call, aws.Permission{
		Action:   p.Action,
		Resource: aws.Resource{ARN: p.Resource, Text: `"` + p.Resource + `"`},
		Context:  p.Context,
	}, authz.Resource{AccountID: service.Account, Policies: policies, Unknown: unknown})
}

// unknownOverTLS has the version of TLS, too, which a proxy does not tell. Where it is known, it is in the context.
var unknownOverTLS = append(slices.Clone(s3.UnknownKeys), "s3:tlsversion")

// S3Parameters are what the audit log says of a request to S3, in CloudTrail's words.
type S3Parameters struct {
	BucketName string
	Key        string
	VersionId  string
	Objects    []S3Object // of DeleteObjects
}

// S3Object is an object, or a version of it.
type S3Object struct {
	Key       string
	VersionId string
}

// bucketOf is the bucket of an ARN of S3; empty for requests that are about none.
func bucketOf(arn string) string {
	path, ok := strings.CutPrefix(arn, "arn:aws:s3:::")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(path, "/")
	return name
}

// KeptS3 refuses to have a backend decide what daypass decides: a bucket's policy is set with daypass's command, and access
// control lists are disabled, as AWS disables them in new buckets. A backend's own would decide nothing of what comes through a
// door, and might open what does not. It comes after AllowedS3.
func KeptS3(named *s3.Call) error {
	switch named.Operation {
	case "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "GetBucketPolicyStatus":
		return &s3.Error{Code: "NotImplemented", Message: "The policy of a bucket is not set or read by way of S3 here."}
	}
	switch {
	case !named.SetsACL():
		return nil
	case named.Operation == "CreateBucket":
		return &s3.Error{
			Code: "InvalidBucketAclWithObjectOwnership", Message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
		}
	}
	return &s3.Error{Code: "AccessControlListNotSupported", Message: "The bucket does not allow ACLs"}
}

// Allowed asks for a permission on a resource of another service.
func (j *Judge) Allowed(ctx context.Context, service *Service, call aws.Call, p awsmodel.Permission) error {
	p.Action = service.Model.ActionText(p.Action)
	return j.Authorizer.AuthorizeOn(ctx, call, p.Permission, authz.Resource{
		AccountID: service.Account, Alias: p.Alias, Pattern: p.Pattern, Unknown: p.Unknown,
	})
}

// Reads says whether an operation's name is one of those that change nothing.
func Reads(operation string) bool {
	for _, verb := range []string{"Get", "List", "Describe", "BatchGet", "TransactGet", "Query", "Scan", "Lookup"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}
