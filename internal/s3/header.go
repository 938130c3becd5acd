package s3

import (
	"encoding/base64"
	"slices"
	"strings"
)

const (
	amz  = "x-amz-"
	meta = "x-amz-meta-"
)

// authHeaders end at the gateway, which authenticates by them and signs anew.
var authHeaders = set("x-amz-content-sha256 x-amz-date x-amz-decoded-content-length x-amz-security-token x-amz-trailer x-amz-user-agent")

// checked headers are judged here and have no meaning for a backend: its accounts are not ours, and a checksum header
// names its algorithm itself.
var checkedHeaders = set("x-amz-expected-bucket-owner x-amz-source-expected-bucket-owner x-amz-sdk-checksum-algorithm")

// effective are the headers that change what a write does. Where an operation does not have them, dropping them would do
// something else than the client asked for.
var effectiveHeaders = set("content-range if-match if-modified-since if-none-match if-unmodified-since")

// algorithms are the checksums that exist, by the end of their header's name.
var algorithms = []string{"crc32", "crc32c", "crc64nvme", "md5", "sha1", "sha256", "sha512", "xxhash128", "xxhash3", "xxhash64"}

// gatherHeaders unites headers and query (spec aws-services section 2.3, end). What the S3 API does not know, and a backend
// can't take for S3's, is left out.
func gatherHeaders(header map[string][]string, p *parameters) (map[string]string, *Error) {
	all := map[string]string{} // a request has few of them
	for key, values := range header {
		name, known := knownHeaders[key]
		if !known {
			if !beginsWithAmz(key) {
				continue
			}
			name = strings.ToLower(key)
		}
		if _, twice := all[name]; twice || len(values) != 1 {
			return nil, invalidArgument(name, strings.Join(values, ","), "A header must not occur twice.")
		}
		value := strings.Trim(values[0], " \t")
		if !cleanHeader(key, value) {
			return nil, invalidArgument(name, "", "The header has characters that headers must not have.")
		}
		all[name] = value
	}
	_, hasAuthorization := all["authorization"]
	if p.presigned && hasAuthorization {
		return nil, invalidArgument("Authorization", all["authorization"], "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "+
			"Signature query string parameter or the Authorization header should be specified")
	}
	return all, hoist(all, p)
}

// beginsWithAmz reports whether a name in any case begins with x-amz-.
func beginsWithAmz(name string) bool {
	return len(name) >= len(amz) && strings.EqualFold(name[:len(amz)], amz)
}

func hoist(all map[string]string, p *parameters) *Error {
	if !p.presigned && p.auth != nil {
		return invalidArgument("Authorization", all["authorization"], "The query parameters of presigned requests are incomplete.")
	}
	for name, value := range p.hoisted {
		switch _, twice := all[name]; {
		case !p.presigned:
			return invalidArgument(name, value, "The query parameter belongs to presigned requests only.")
		case twice:
			return invalidArgument(name, value, "The header is in the query too.")
		case authHeaders[name]:
			return invalidArgument(name, value, "The query parameter is not supported in this spelling.")
		case !cleanHeader(name, value) || strings.Trim(value, " \t") != value:
			return invalidArgument(name, "", "The header has characters that headers must not have.")
		}
		all[name] = value
	}
	if _, ok := p.auth["X-Amz-Content-Sha256"]; ok && all["x-amz-content-sha256"] != "" {
		return invalidArgument("x-amz-content-sha256", all["x-amz-content-sha256"], "The header is in the query too.")
	}
	return nil
}

// cleanHeader reports whether a header can be sent on as it is, and comes back as it was.
func cleanHeader(name, value string) bool {
	for i := range len(name) {
		if !isAlphanumeric(name[i]) && strings.IndexByte("-_.", name[i]) < 0 {
			return false
		}
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// passHeaders picks the headers that the operation has. Unknown x-amz-* headers and those of other operations are refused:
// a backend may understand what is not understood here.
func passHeaders(all map[string]string, o *operation) (map[string]string, *Error) {
	pass := map[string]string{}
	for name, value := range all {
		switch {
		case name != meta && (o.headers[name] || strings.HasPrefix(name, meta) && o.headers[meta]):
			if !checkedHeaders[name] {
				pass[name] = value
			}
		case authHeaders[name]:
		case name == copySource || strings.HasPrefix(name, copySource+"-"):
			return nil, invalidArgument(copySource, all[copySource], "You can only specify a copy source header for copy requests.")
		case strings.HasPrefix(name, amz):
			return nil, errHeader(name)
		case effectiveHeaders[name] && o.method != "GET" && o.method != "HEAD":
			return nil, errHeader(name)
		}
	}
	for _, name := range booleans {
		if value, ok := pass[name]; ok {
			if pass[name] = strings.ToLower(value); pass[name] != "true" && pass[name] != "false" {
				return nil, invalidArgument(name, value, "The header must be true or false.")
			}
		}
	}
	removeChunked(pass)
	return pass, nil
}

// booleans are the headers that need further permissions when they are true.
var booleans = []string{"x-amz-bypass-governance-retention", "x-amz-bucket-object-lock-enabled"}

// removeChunked takes aws-chunked out of Content-Encoding: the body that goes on is the decoded one.
func removeChunked(pass map[string]string) {
	value, ok := pass["content-encoding"]
	if !ok {
		return
	}
	var codings []string
	for coding := range strings.SplitSeq(value, ",") {
		if coding = strings.Trim(coding, " \t"); coding != "" && !strings.EqualFold(coding, "aws-chunked") {
			codings = append(codings, coding)
		}
	}
	if pass["content-encoding"] = strings.Join(codings, ","); len(codings) == 0 {
		delete(pass, "content-encoding")
	}
}

// checkOwner compares the expected owners with the account that the buckets belong to (spec aws-services section 2.2).
func checkOwner(all map[string]string, account string) *Error {
	for _, name := range []string{"x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"} {
		owner, ok := all[name]
		switch {
		case !ok:
		case len(owner) != 12 || !isDigits(owner):
			return refuse("InvalidBucketOwnerAWSAccountID", "The value of the expected bucket owner parameter must be an AWS Account ID... [%s]", owner)
		case owner != account:
			return refuse("AccessDenied", "Access Denied")
		}
	}
	return nil
}

func isDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// checkPayload judges the headers that describe the body (spec aws-services sections 3.1 and 3.4).
func checkPayload(all map[string]string, p *parameters, o *operation) *Error {
	declared := all["x-amz-content-sha256"] + p.auth["X-Amz-Content-Sha256"]
	if strings.HasPrefix(declared, "STREAMING-") && o.body != ObjectBody {
		return refuse("InvalidRequest", "The value of x-amz-content-sha256 header is invalid.")
	}
	given := 0
	for _, algorithm := range algorithms {
		value, ok := all["x-amz-checksum-"+algorithm]
		if !ok {
			continue
		}
		given++
		// The checksum of a multipart object has the number of its parts at its end.
		sum, _, _ := strings.Cut(value, "-")
		if _, err := base64.StdEncoding.DecodeString(sum); err != nil || value == "" {
			return refuse("InvalidRequest", "Value for x-amz-checksum-%s header is invalid.", algorithm)
		}
	}
	if given > 1 {
		return refuse("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	trailer, announced := all["x-amz-trailer"]
	if algorithm, ok := strings.CutPrefix(strings.ToLower(trailer), "x-amz-checksum-"); announced && (!ok || !slices.Contains(algorithms, algorithm)) {
		return refuse("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
	}
	if _, ok := all["x-amz-sdk-checksum-algorithm"]; ok && given == 0 && !announced && all["content-md5"] == "" {
		return refuse("InvalidRequest", "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	}
	return nil
}
