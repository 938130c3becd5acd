package sigv4

import (
	"strings"
	"time"
)

const algorithm = "AWS4-HMAC-SHA256"

// Signature is what a request claims of itself. Nothing in it is proven until Check and Verify have passed.
type Signature struct {
	// AccessKeyID and Scope are the five parts of the credential, whatever bytes they are. Both are empty when it has
	// not five parts, which Check refuses.
	AccessKeyID string
	Scope       Scope

	// SignedHeaders are the names of the headers that are signed, as sent: host;x-amz-date. See also Signs.
	SignedHeaders string

	// Time is the time of signing that the request gives, in UTC.
	Time time.Time

	// SessionToken is the header X-Amz-Security-Token in the header form and the parameter of that name in the
	// presigned form. HasSessionToken tells an empty one from none.
	SessionToken    string
	HasSessionToken bool

	// Presigned tells the query form from the header form.
	Presigned bool

	// ContentSHA256 and Expires are set by ParseS3 only. ContentSHA256 is what the client says of the payload, in the
	// header or parameter X-Amz-Content-Sha256, and UnsignedPayload when a presigned request does not say; a value that is
	// neither signed nor part of what is signed is not heeded. Expires is how long a presigned request is good for.
	ContentSHA256 string
	Expires       time.Duration

	s3, form    bool
	policy      string // of a form
	request     Request
	path, query string
	credential  string
	fiveParts   bool
	signature   string
	stamp       [len(basicFormat)]byte
}

// Scope is what a signature is good for, as the client wrote it: date (YYYYMMDD), region, service, terminator.
type Scope struct{ Date, Region, Service, Terminator string }

// terminator is the only terminator there is.
const terminator = "aws4_request"

// Parse reads the signature of a request (spec section 2.1, steps 1, 4 and 5 to 9) and judges nothing that needs a
// clock or a secret. The error is ErrPath or an *Error. r.Header must not change while the Signature is in use.
func Parse(r Request) (Signature, error) {
	s := Signature{request: r}
	var err error
	if s.path, s.query, err = r.split(); err != nil {
		return Signature{}, err
	}
	if err = checkPath(s.path, r.PathRule); err != nil {
		return Signature{}, err
	}
	parameters, err := parseQuery(s.query)
	if err != nil {
		return Signature{}, err
	}
	authorization := r.Header["Authorization"]
	var date string
	switch inHeader, inQuery := len(authorization) > 0, parameters.algorithm.present; {
	case inHeader && inQuery:
		err = &Error{Code: codeSignatureDoesNotMatch, reason: "signed in the Authorization header and in the query"}
	case len(authorization) > 1:
		err = &Error{Code: codeSignatureDoesNotMatch, reason: "more than one Authorization header"}
	case inHeader && parameters.token.present, inQuery && len(r.Header["X-Amz-Security-Token"]) > 0:
		// Of two places for the session token only one would be looked at.
		err = &Error{Code: codeSignatureDoesNotMatch, reason: "the session token is not where the signature is"}
	case inHeader:
		date, err = s.fromHeader(authorization[0])
	case inQuery:
		date, err = s.fromQuery(&parameters)
	default:
		err = refusef(codeMissingAuthenticationToken, msgMissingToken)
	}
	if err == nil {
		err = s.complete(date)
	}
	if err != nil {
		return Signature{}, err
	}
	return s, nil
}

const msgMissingToken = "Request is missing Authentication Token"

// complete is what both forms have in common: steps 8 and 9, and the parts of the credential.
func (s *Signature) complete(date string) error {
	if !s.Signs("host") && !s.Signs(":authority") {
		return refusef(codeSignatureDoesNotMatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	var ok bool
	if s.Time, s.stamp, ok = parseTime(date, !s.Presigned); !ok {
		return refusef(codeIncompleteSignature,
			"Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", date)
	}
	s.cutCredential()
	return nil
}

func (s *Signature) cutCredential() {
	if s.fiveParts = strings.Count(s.credential, "/") == 4; s.fiveParts {
		var rest string
		s.AccessKeyID, rest, _ = strings.Cut(s.credential, "/")
		s.Scope.Date, rest, _ = strings.Cut(rest, "/")
		s.Scope.Region, rest, _ = strings.Cut(rest, "/")
		s.Scope.Service, s.Scope.Terminator, _ = strings.Cut(rest, "/")
	}
}

// Signs reports whether the header called name (in lower case) is among the signed headers.
func (s *Signature) Signs(name string) bool {
	for rest, more := s.SignedHeaders, true; more; {
		var signed string
		if signed, rest, more = strings.Cut(rest, ";"); signed == name {
			return true
		}
	}
	return false
}

const (
	basicFormat    = "20060102T150405Z"
	extendedFormat = "2006-01-02T15:04:05Z"
)

// parseTime reads a time and returns it in the basic format too, the only one that the string to sign knows.
func parseTime(text string, extended bool) (t time.Time, stamp [len(basicFormat)]byte, ok bool) {
	switch {
	case len(text) == len(basicFormat):
		copy(stamp[:], text)
	case extended && len(text) == len(extendedFormat) &&
		text[4] == '-' && text[7] == '-' && text[13] == ':' && text[16] == ':':
		copy(stamp[:], text[:4]+text[5:7]+text[8:13]+text[14:16]+text[17:])
	default:
		return time.Time{}, stamp, false
	}
	t, ok = timeOf(&stamp)
	return t, stamp, ok
}

// timeOf reads a time in the basic format. It is here because there is one in every request, and time.Parse takes a
// quarter as long as the signature.
func timeOf(stamp *[len(basicFormat)]byte) (t time.Time, ok bool) {
	if stamp[8] != 'T' || stamp[15] != 'Z' {
		return time.Time{}, false
	}
	number := func(from, to int) (n int) {
		for _, c := range stamp[from:to] {
			if c < '0' || c > '9' {
				return -1
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(4, 6), number(6, 8)
	hour, minute, second := number(9, 11), number(11, 13), number(13, 15)
	if year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return time.Time{}, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	// Date takes a 13th month and a 31st of February for a later day.
	return t, t.Month() == time.Month(month) && t.Day() == day
}
