package enforce

import (
	"errors"
	"strings"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/s3"
	"github.com/daypass/daypass/sigv4"
)

// InternalText is what clients read of a fault that is the server's.
const InternalText = "We encountered an internal error. Please try again."

// S3Fault gives an error its name at S3 (aws-services section 3); nil if it is of no package that knows requests. The signature
// is the request's, as far as it was read.
func S3Fault(err error, signature *sigv4.Signature) (fault *s3.Error, status int) {
	if signing, ok := errors.AsType[*sigv4.S3Error](err); ok {
		fault = &s3.Error{Code: signing.Code, Message: signing.Message}
		for _, d := range signing.Details {
			fault.Details = append(fault.Details, s3.Detail(d))
		}
		return fault, signing.Status
	}
	fault, ok := errors.AsType[*s3.Error](err)
	if !ok {
		known, _ := errors.AsType[*aws.Error](err)
		fault = identityFault(known, signature)
	}
	if fault == nil {
		return nil, 0
	}
	return fault, fault.Status()
}

// S3Reply is a refusal as S3 writes it. An answer to HEAD has no body.
func S3Reply(fault *s3.Error, status int, target, requestID string, head bool) awsmodel.Reply {
	hostID := s3.HostID(requestID)
	r := awsmodel.Reply{Status: status, Header: [][2]string{
		{"Content-Type", s3.ContentType}, {s3.RequestIDHeader, requestID}, {s3.HostIDHeader, hostID},
	}}
	if !head {
		path, _, _ := strings.Cut(target, "?")
		r.Body = s3.AppendError(nil, fault, s3.Reply{Resource: path, RequestID: requestID, HostID: hostID})
	}
	return r
}

// InternalS3 is what S3 says of our own faults.
func InternalS3() *s3.Error { return &s3.Error{Code: "InternalError", Message: InternalText} }

// identityFault is for what packages authn and authz say; nil if they don't.
func identityFault(known *aws.Error, signature *sigv4.Signature) *s3.Error {
	if known == nil {
		return nil
	}
	token := []s3.Detail{{Name: "Token-0", Value: aws.Echo(signature.SessionToken)}}
	switch {
	case known.Code == aws.AccessDenied:
		return &s3.Error{Code: "AccessDenied", Message: known.Message}
	case known.Code == aws.Throttling:
		return &s3.Error{Code: "SlowDown", Message: "Please reduce your request rate."}
	case known.Code == aws.ExpiredToken:
		return &s3.Error{Code: "ExpiredToken", Message: "The provided token has expired.", Details: token}
	case known.Code == aws.SignatureDoesNotMatch:
		mismatch, _ := S3Fault(signature.S3Mismatch(), signature)
		return mismatch
	case known.Code == aws.InvalidClientTokenID && known.Message == authn.ErrTokenNotGenuine.Message:
		return &s3.Error{Code: "InvalidToken", Message: "The provided token is malformed or otherwise invalid.", Details: token}
	case known.Code == aws.InvalidClientTokenID:
		return &s3.Error{
			Code: "InvalidAccessKeyId", Message: "The AWS Access Key Id you provided does not exist in our records.",
			Details: []s3.Detail{{Name: "AWSAccessKeyId", Value: aws.Echo(signature.AccessKeyID)}},
		}
	}
	return nil
}

// Fault gives an error its name at another service (aws-services section 4).
func Fault(model *awsmodel.Service, p awsmodel.Protocol, err error) awsmodel.Error {
	if errors.Is(err, sigv4.ErrPath) {
		err = &awsmodel.RefusalError{Kind: awsmodel.Malformed, Protocol: p, Reason: "The path is malformed"}
	}
	if refusal, ok := errors.AsType[*awsmodel.RefusalError](err); ok {
		return model.Refused(refusal)
	}
	if _, ok := errors.AsType[*sigv4.Error](err); ok {
		err = authn.FromSignature(err)
	}
	known, ok := errors.AsType[*aws.Error](err)
	switch {
	case ok && known.Code == aws.AccessDenied:
		return model.Denied(p, known.Message)
	case ok && known.Code == aws.Throttling:
		return throttled(p)
	case ok && known.Status() < 500:
		return authenticationFault(p, known)
	}
	return Internal()
}

// Internal is what the other services say of our own faults.
func Internal() awsmodel.Error {
	return awsmodel.Error{Code: "InternalFailure", Message: InternalText, Status: 500}
}

// jsonCodes are what services that speak JSON or CBOR call failures of authentication.
var jsonCodes = map[aws.Code]string{
	aws.InvalidClientTokenID:       "UnrecognizedClientException",
	aws.ExpiredToken:               "ExpiredTokenException",
	aws.SignatureDoesNotMatch:      "InvalidSignatureException",
	aws.MissingAuthenticationToken: "MissingAuthenticationTokenException",
	aws.IncompleteSignature:        "IncompleteSignatureException",
}

// throttled is how a service says that there are too many requests. Its SDKs wait and try again.
func throttled(p awsmodel.Protocol) awsmodel.Error {
	switch p {
	case awsmodel.EC2:
		return awsmodel.Error{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: 503}
	case awsmodel.JSON10, awsmodel.JSON11, awsmodel.CBOR:
		return awsmodel.Error{Code: "ThrottlingException", Message: "Rate exceeded", Status: 400}
	case awsmodel.RESTJSON:
		return awsmodel.Error{Code: "TooManyRequestsException", Message: "Rate exceeded", Status: 429}
	case awsmodel.Query, awsmodel.RESTXML:
	}
	return awsmodel.Error{Code: string(aws.Throttling), Message: "Rate exceeded", Status: 400}
}

func authenticationFault(p awsmodel.Protocol, refusal *aws.Error) awsmodel.Error {
	fault := awsmodel.Error{Code: string(refusal.Code), Message: refusal.Message, Status: refusal.Status()}
	switch p {
	case awsmodel.EC2:
		return awsmodel.Error{Code: "AuthFailure", Message: "AWS was not able to validate the provided access credentials", Status: 401}
	case awsmodel.JSON10, awsmodel.JSON11, awsmodel.CBOR, awsmodel.RESTJSON:
		if code, ok := jsonCodes[refusal.Code]; ok {
			fault.Code = code
		}
		fault.Status = 400
		if p == awsmodel.RESTJSON {
			fault.Status = 403
		}
	case awsmodel.Query, awsmodel.RESTXML:
	}
	return fault
}

// Recorded is how the audit log knows a refusal: what the client is told and, for the operator, why.
func Recorded(code, message string, err error) *aws.Error {
	refusal := &aws.Error{Code: aws.Code(code), Message: message}
	if known, ok := errors.AsType[*aws.Error](err); ok {
		err = known.Unwrap()
	}
	if err != nil && !strings.HasSuffix(err.Error(), message) { // else it says no more than the client is told
		refusal = refusal.Because(err)
	}
	return refusal
}
