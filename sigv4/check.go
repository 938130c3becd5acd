package sigv4

import (
	"slices"
	"strings"
	"time"
)

// DefaultSkew is how far apart the time of a signature and the server's may be at STS and IAM.
const DefaultSkew = 15 * time.Minute

// Expect is what a server wants of a signature's time and scope.
type Expect struct {
	// Services are those that the scope may name, and the first is the one that AWS's refusal asks for. None named,
	// none accepted.
	Services []string
	// Regions are those that the scope may name. None named, any region will do that is not empty.
	Regions []string
	// Skew bounds the distance of times either way; 0 is DefaultSkew.
	Skew time.Duration
}

// Check judges the time of a signature and then its credential scope (spec sections 2.1, steps 10 to 13, and 2.2). Its
// error is an *Error. The bounds belong to the accepted times, and fractions of a second of now don't count.
//
// Of what ParseS3 returned it judges the credential scope, the time (of a presigned request: X-Amz-Date less the skew to
// X-Amz-Date and X-Amz-Expires), the declared payload, and that Host and every x-amz-* header is signed and there once.
// Its error is then an *S3Error.
func (s *Signature) Check(now time.Time, e Expect) error {
	now = now.UTC().Truncate(time.Second)
	if s.s3 {
		return s.checkS3(now, e)
	}
	if err := s.checkTime(now, e.Skew); err != nil {
		return err
	}
	if !s.fiveParts {
		return refusef(codeIncompleteSignature,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", s.credential)
	}
	return s.checkScope(e)
}

func (s *Signature) checkTime(now time.Time, skew time.Duration) error {
	if skew == 0 {
		skew = DefaultSkew
	}
	if bound := now.Add(-skew); s.Time.Before(bound) {
		return refusef(codeSignatureDoesNotMatch, "Signature expired: %s is now earlier than %s (%s - %d min.)",
			string(s.stamp[:]), bound.Format(basicFormat), now.Format(basicFormat), skew/time.Minute)
	}
	if bound := now.Add(skew); s.Time.After(bound) {
		return refusef(codeSignatureDoesNotMatch, "Signature not yet current: %s is still later than %s (%s + %d min.)",
			string(s.stamp[:]), bound.Format(basicFormat), now.Format(basicFormat), skew/time.Minute)
	}
	return nil
}

// isRegion reports whether a name can be a region's: 1 to 64 letters, digits, hyphens and underscores.
func isRegion(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

// checkScope sends all that is wrong in one message. Its sentences end in a space, as AWS's do.
func (s *Signature) checkScope(e Expect) error {
	var message strings.Builder
	if !isRegion(s.Scope.Region) || len(e.Regions) > 0 && !slices.Contains(e.Regions, s.Scope.Region) {
		message.WriteString("Credential should be scoped to a valid region. ")
	}
	if !slices.Contains(e.Services, s.Scope.Service) {
		message.WriteString("Credential should be scoped to correct service: '" + first(e.Services).value + "'. ")
	}
	if s.Scope.Terminator != terminator {
		message.WriteString("Credential should be scoped with a valid terminator: '" + terminator + "', not '" +
			s.Scope.Terminator + "'. ")
	}
	if date := string(s.stamp[:8]); s.Scope.Date != date {
		message.WriteString("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			s.Scope.Date + "' != '" + date + "', from '" + string(s.stamp[:]) + "'.")
	}
	if message.Len() > 0 {
		return &Error{Code: codeSignatureDoesNotMatch, Message: message.String()}
	}
	return nil
}
