package gateway

import (
	"net/http"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/door"
)

// ServiceOf is the service that a request says it is signed for, before anything is checked: the fourth field of the
// credential scope, or S3 for a form with a file, whose signature is in its body. It only chooses who looks at the request;
// whoever does checks that the scope is its own.
func ServiceOf(r *http.Request) string {
	if service := scopedService(r); service != "" || !isForm(r) {
		return service
	}
	return serviceS3
}

// scopedService is the service that a credential scope names.
func scopedService(r *http.Request) string {
	credential := door.Credential(r.Header, r.RequestURI)
	if strings.Count(credential, "/") != 4 {
		return ""
	}
	credential = credential[:strings.LastIndexByte(credential, '/')]
	return credential[strings.LastIndexByte(credential, '/')+1:]
}

// isVersion2 reports whether a request is signed as S3's clients did it before Signature Version 4. The other services had a
// Version 2 of their own, in which an Action is signed; STS refuses that.
func isVersion2(r *http.Request) bool {
	if slices.ContainsFunc(r.Header["Authorization"], func(header string) bool { return strings.HasPrefix(header, "AWS ") }) {
		return true
	}
	_, query, _ := strings.Cut(r.RequestURI, "?")
	given := map[string]bool{}
	for parameter := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		given[name] = true
	}
	return given["AWSAccessKeyId"] && given["Signature"] && !given["Action"]
}

// isForm reports whether a request is an upload with an HTML form: nobody but S3 takes any.
func isForm(r *http.Request) bool {
	kind, _, _ := strings.Cut(door.First(r.Header["Content-Type"]), ";")
	return r.Method == http.MethodPost && strings.EqualFold(strings.TrimSpace(kind), "multipart/form-data") && len(r.Header["Authorization"]) == 0
}
