package sigv4

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What X-Amz-Content-Sha256 may say beside a hash and UnsignedPayload (section 3.4 of the spec of AWS's services).
const (
	StreamingPayload                = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	StreamingPayloadTrailer         = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	StreamingUnsignedPayloadTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

	streamingV4A        = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
	streamingV4ATrailer = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"
)

// DeclaredPayload is the payload for Verify of what ParseS3 returned. It says what the client declares of its body, which
// S3Body then holds the body to. Of what Parse returned it verifies nothing.
func (s *Signature) DeclaredPayload() Payload { return Payload{text: s.ContentSHA256} }

// Chunked reports whether the body of a request to S3 comes in chunks (aws-chunked). S3 takes that of PutObject and
// UploadPart only.
func (s *Signature) Chunked() bool { return strings.HasPrefix(s.ContentSHA256, "STREAMING-") }

// checkS3 is Check by S3's rules (sections 3.1 and 3.2 of the spec of AWS's services): scope, time, payload, headers.
func (s *Signature) checkS3(now time.Time, e Expect) error {
	if err := s.checkS3Scope(e); err != nil {
		return err
	}
	if s.form {
		return nil
	}
	if err := s.checkS3Time(now, e.Skew); err != nil {
		return err
	}
	if err := s.checkContentSHA256(); err != nil {
		return err
	}
	return s.checkS3Headers()
}

func (s *Signature) checkS3Scope(e Expect) error {
	if region := s.Scope.Region; !isRegion(region) || len(e.Regions) > 0 && !slices.Contains(e.Regions, region) {
		want, quote := first(e.Regions).value, "'"
		if s.inFields() {
			quote = `"`
		}
		return s.malformed("the region "+quote+region+quote+" is wrong; expecting "+quote+want+quote, Detail{"Region", want})
	}
	if !slices.Contains(e.Services, s.Scope.Service) {
		return s.malformed(`incorrect service "` + s.Scope.Service + `". This endpoint belongs to "` + first(e.Services).value + `".`)
	}
	if s.Scope.Terminator != terminator {
		return s.malformed(`incorrect terminal "` + s.Scope.Terminator + `". This endpoint uses "` + terminator + `".`)
	}
	date := s.Scope.Date
	if !isDate(date) {
		return s.malformed(`incorrect date format "` + date + `". This date in the credential must be in the format "yyyyMMdd".`)
	}
	switch stamp := string(s.stamp[:8]); {
	case date == stamp:
		return nil
	case s.inFields():
		return s3Query(`Invalid credential date "` + date + `". This date is not the same as X-Amz-Date: "` + stamp + `".`)
	}
	return s.malformed("Invalid credential date. Date is not the same as X-Amz-Date.")
}

func isDate(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) == 8
}

func (s *Signature) checkS3Time(now time.Time, skew time.Duration) error {
	if skew == 0 {
		skew = DefaultSkew
	}
	early := s.Time.After(now.Add(skew))
	if !s.Presigned {
		if !early && !s.Time.Before(now.Add(-skew)) {
			return nil
		}
		return s3Refusal(http.StatusForbidden, "RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.",
			Detail{"RequestTime", string(s.stamp[:])}, Detail{"ServerTime", now.Format(extendedFormat)},
			Detail{"MaxAllowedSkewMilliseconds", strconv.FormatInt(skew.Milliseconds(), 10)})
	}
	if early {
		return s3Denied("Request is not valid yet")
	}
	if end := s.Time.Add(s.Expires); s.Expires == 0 || now.After(end) {
		return s3Denied("Request has expired", Detail{"X-Amz-Expires", strconv.FormatInt(int64(s.Expires/time.Second), 10)},
			Detail{"Expires", end.Format(extendedFormat)}, Detail{"ServerTime", now.Format(extendedFormat)})
	}
	return nil
}

func (s *Signature) checkContentSHA256() error {
	value := s.ContentSHA256
	switch value {
	case UnsignedPayload, StreamingPayload, StreamingPayloadTrailer, StreamingUnsignedPayloadTrailer:
		return nil
	case streamingV4A, streamingV4ATrailer:
		return s3Refusal(http.StatusNotImplemented, "NotImplemented", "The chunk encoding algorithm "+value+" is not supported.")
	}
	if isHash(value) {
		return nil
	}
	if !s.Presigned && len(s.request.Header["X-Amz-Content-Sha256"]) == 0 {
		return s3Refusal(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
	}
	return s3Argument("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "+
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "+
		"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.", "x-amz-content-sha256", value)
}

// isHash reports whether s is a SHA-256 as S3 takes it: 64 hex digits in lower case.
func isHash(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 64
}

// checkS3Headers wants Host and all x-amz-* headers signed, and each of them and of the signed headers to be there once:
// the signature can't tell two headers from one with a comma, and whoever gets the request next may.
func (s *Signature) checkS3Headers() error {
	signsHost, signed, repeated, previous := false, 0, "", ""
	for rest, more := s.SignedHeaders, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ";")
		if name <= previous || hasUpper(name) {
			return s.S3Mismatch() // Verify would say so too; here it bounds the work
		}
		previous = name
		signsHost = signsHost || name == "host" || name == ":authority"
		values := s.request.values(name)
		if len(values) > 1 {
			repeated = name
		}
		if len(values) > 0 && isAmz(name) && name != "x-amz-content-sha256" {
			signed++
		}
	}
	present := 0
	for key, values := range s.request.Header {
		if len(values) > 0 && mustBeSigned(key) {
			present++
		}
		if len(values) > 1 && isAmz(key) {
			repeated = max(repeated, strings.ToLower(key))
		}
	}
	if !signsHost || signed != present || !s.signsContentSHA256() {
		return s.headersNotSigned()
	}
	if repeated != "" {
		return s3Argument("A header that is signed must not be repeated", repeated, strings.Join(s.request.values(repeated), ","))
	}
	return s.checkOnePlace()
}

func isAmz(key string) bool { return len(key) > 6 && strings.EqualFold(key[:6], "x-amz-") }

// mustBeSigned is for the keys of http.Header. It leaves out the header that signsContentSHA256 is for.
func mustBeSigned(key string) bool {
	return isAmz(key) && key != "X-Amz-Content-Sha256"
}

// signsContentSHA256 reports whether the header X-Amz-Content-Sha256 is signed, or says no more than what is: the payload is
// part of what is signed, wherever it comes from.
func (s *Signature) signsContentSHA256() bool {
	header := first(s.request.Header["X-Amz-Content-Sha256"])
	return !header.present || header.value == s.ContentSHA256 || s.Signs("x-amz-content-sha256")
}

func (s *Signature) headersNotSigned() *S3Error {
	signed := map[string]bool{}
	for _, name := range strings.Split(s.SignedHeaders, ";") {
		signed[name] = true
	}
	var missing []string
	if !signed["host"] && !signed[":authority"] {
		missing = append(missing, "host")
	}
	for key := range s.request.Header {
		// A key that net/http would not make is one whose header the signature can't find.
		if mustBeSigned(key) && (!signed[strings.ToLower(key)] || key != http.CanonicalHeaderKey(key)) {
			missing = append(missing, strings.ToLower(key))
		}
	}
	if !s.signsContentSHA256() {
		missing = append(missing, "x-amz-content-sha256")
	}
	slices.Sort(missing)
	return s3Denied("There were headers present in the request which were not signed",
		Detail{"HeadersNotSigned", strings.Join(missing, ", ")})
}

// checkOnePlace refuses a presigned request with the token or the payload in a signed header that contradicts the query.
func (s *Signature) checkOnePlace() error {
	if !s.Presigned {
		return nil
	}
	if token := first(s.request.Header["X-Amz-Security-Token"]); token.present {
		return s3Argument("The session token of a presigned request must be in its query", "X-Amz-Security-Token", token.value)
	}
	if payload := first(s.request.Header["X-Amz-Content-Sha256"]); payload.present && payload.value != s.ContentSHA256 {
		return s3Argument("The header contradicts the parameter of the same name", "x-amz-content-sha256", payload.value)
	}
	return nil
}
