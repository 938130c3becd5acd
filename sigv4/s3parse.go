package sigv4

import (
	"net/http"
	"strings"
	"time"
)

// ParseS3 is Parse by the rules of S3 (sections 1.5, 3.1 and 3.2 of the spec of AWS's services): the path as it is, no
// part or parameter twice, X-Amz-Expires required of the presigned form, S3's own refusals. The error is an *S3Error, and
// wraps ErrUnsigned if the request has no signature of any kind. Check and Verify follow S3's rules for what ParseS3
// returns:
//
//	signature, err := sigv4.ParseS3(request)
//	err = signature.Check(now, expect)
//	key := sigv4.DeriveKey(secret, signature.Scope)
//	if !signature.Verify(&key, signature.DeclaredPayload()) { return signature.S3Mismatch() }
//	body, err := signature.S3Body(&key, r.Body, r.ContentLength)
//
// It does not judge the path beyond its escapes: ".." and empty segments are the key's own, and whether a key is good is
// the caller's to say.
func ParseS3(r Request) (Signature, error) {
	r.PathRule = RawPath
	s := Signature{request: r, s3: true}
	if !isTarget(r.URI) {
		return Signature{}, s3BadURI()
	}
	s.path, s.query, _ = strings.Cut(r.URI, "?")
	if badEscape(s.path) >= 0 {
		return Signature{}, s3BadURI()
	}
	p, err := parseS3Query(s.query)
	if err != nil {
		return Signature{}, err
	}
	var date string
	authorization := r.Header["Authorization"]
	switch inHeader := len(authorization) > 0; {
	case len(authorization) > 1, inHeader && (p.marked || p.version2 || p.token.present):
		err = s3OneMechanism(authorization[0])
	case inHeader:
		date, err = s.fromS3Header(authorization[0])
	case p.marked:
		date, err = s.fromS3Query(&p)
	case p.version2:
		err = s3Mechanism()
	default:
		err = &S3Error{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Access Denied", cause: ErrUnsigned}
	}
	if err == nil {
		err = s.completeS3(date)
	}
	if err != nil {
		return Signature{}, err
	}
	return s, nil
}

// isTarget reports whether a request target has an absolute path and nothing that a URL can't hold (section 6).
func isTarget(uri string) bool {
	for i := range len(uri) {
		if c := uri[i]; c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	return strings.HasPrefix(uri, "/")
}

// s3Parameters are those of a query that make up a presigned signature at S3.
type s3Parameters struct {
	parameters
	expires, contentSHA256 optional
	marked, version2       bool // signed in the query; by Signature Version 2
	repeated               bool
}

func parseS3Query(query string) (p s3Parameters, err error) {
	if strings.Count(query, "&") >= MaxParameters {
		return p, s3BadURI()
	}
	for query != "" {
		var parameter string
		parameter, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(parameter, "=")
		if badEscape(name) >= 0 || badEscape(value) >= 0 {
			return p, s3BadURI()
		}
		name = unescape(name)
		p.version2 = p.version2 || name == "AWSAccessKeyId" || name == "Signature"
		wanted := p.field(name)
		if wanted == nil {
			continue
		}
		p.repeated = p.repeated || wanted.present
		*wanted = optional{unescape(value), true}
	}
	p.marked = p.algorithm.present || p.credential.present || p.signature.present || p.signedHeaders.present || p.expires.present
	return p, nil
}

func (p *s3Parameters) field(name string) *optional {
	switch name {
	case "X-Amz-Expires":
		return &p.expires
	case "X-Amz-Content-Sha256":
		return &p.contentSHA256
	}
	return p.parameters.field(name)
}

// fromS3Header reads the header form and returns the date of the request as it was sent.
func (s *Signature) fromS3Header(authorization string) (date string, err error) {
	requestDate := first(s.request.Header["X-Amz-Date"])
	if !requestDate.present {
		requestDate = first(s.request.Header["Date"])
	}
	if !requestDate.present {
		return "", s3Denied(msgS3Date)
	}
	word, rest, ok := strings.Cut(authorization, " ")
	switch {
	case !ok || word == "" || rest == "" || rest[0] == ' ':
		return "", s3Argument("Authorization header is invalid -- one and only one ' ' (space) required", "Authorization", authorization)
	case word == "AWS", word == algorithmV4A:
		return "", s3Mechanism()
	case word != algorithm:
		return "", s3Argument("Unsupported Authorization Type", "Authorization", authorization)
	}
	if err := s.fromParts(rest); err != nil {
		return "", err
	}
	token := first(s.request.Header["X-Amz-Security-Token"])
	s.SessionToken, s.HasSessionToken = token.value, token.present
	s.ContentSHA256 = first(s.request.Header["X-Amz-Content-Sha256"]).value
	return requestDate.value, nil
}

const (
	algorithmV4A   = "AWS4-ECDSA-P256-SHA256"
	msgS3Algorithm = `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`
	msgS3Date      = "AWS authentication requires a valid Date or x-amz-date header"
)

// fromParts reads the three parts of an Authorization header: each is there once, and nothing else is.
func (s *Signature) fromParts(rest string) error {
	var credential, signedHeaders, signature optional
	for more := true; more; {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		key, value, ok := strings.Cut(strings.Trim(part, " \t"), "=")
		var wanted *optional
		switch key {
		case "Credential":
			wanted = &credential
		case "SignedHeaders":
			wanted = &signedHeaders
		case "Signature":
			wanted = &signature
		}
		if !ok || wanted == nil || wanted.present {
			return s.malformed("the authorization header requires three components: Credential, SignedHeaders, and Signature.")
		}
		*wanted = optional{value, true}
	}
	switch {
	case !credential.present:
		return s.malformed("missing Credential.")
	case !signedHeaders.present:
		return s.malformed("missing SignedHeaders.")
	case !signature.present:
		return s.malformed("missing Signature.")
	}
	s.credential, s.SignedHeaders, s.signature = credential.value, signedHeaders.value, signature.value
	return nil
}

// fromS3Query reads the presigned form and returns the date of the request as it was sent.
func (s *Signature) fromS3Query(p *s3Parameters) (date string, err error) {
	s.Presigned = true
	switch {
	case p.version2:
		return "", s3Mechanism()
	case p.repeated, !p.algorithm.present, !p.credential.present, !p.signature.present, !p.date.present,
		!p.signedHeaders.present, !p.expires.present:
		return "", s3Query("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, " +
			"X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	case p.algorithm.value == algorithmV4A:
		return "", s3Mechanism()
	case p.algorithm.value != algorithm:
		return "", s3Query(msgS3Algorithm)
	}
	if s.Expires, err = parseExpires(p.expires.value); err != nil {
		return "", err
	}
	s.credential, s.signature, s.SignedHeaders = p.credential.value, p.signature.value, p.signedHeaders.value
	s.SessionToken, s.HasSessionToken = p.token.value, p.token.present
	s.ContentSHA256 = UnsignedPayload
	if header := first(s.request.Header["X-Amz-Content-Sha256"]); header.present && s.Signs("x-amz-content-sha256") {
		s.ContentSHA256 = header.value
	}
	if p.contentSHA256.present {
		s.ContentSHA256 = p.contentSHA256.value
	}
	return p.date.value, nil
}

// maxExpires is S3's week.
const maxExpires = 604800

func parseExpires(text string) (time.Duration, error) {
	digits, negative := strings.CutPrefix(text, "-")
	seconds := 0
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, s3Query("X-Amz-Expires should be a number")
		}
		seconds = min(seconds*10+int(c-'0'), maxExpires+1)
	}
	switch {
	case digits == "":
		return 0, s3Query("X-Amz-Expires should be a number")
	case negative:
		return 0, s3Query("X-Amz-Expires must be non-negative")
	case seconds > maxExpires:
		return 0, s3Query("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	return time.Duration(seconds) * time.Second, nil
}

// completeS3 is what both forms have in common: the time and the parts of the credential.
func (s *Signature) completeS3(date string) error {
	var ok bool
	if s.Time, s.stamp, ok = parseTime(date, false); !ok && !s.inFields() {
		// A Date header is as HTTP has it, for a client that sends no X-Amz-Date.
		if t, err := time.Parse(http.TimeFormat, date); err == nil {
			s.Time, s.stamp, ok = parseTime(t.UTC().Format(basicFormat), false)
		}
	}
	switch {
	case !ok && s.inFields():
		return s3Query(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	case !ok:
		return s3Denied(msgS3Date)
	}
	s.cutCredential()
	switch {
	case !s.fiveParts:
		return s.malformed(`the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`)
	case s.AccessKeyID == "":
		return s.malformed("a non-empty Access Key (AKID) must be provided in the credential.")
	}
	return nil
}
