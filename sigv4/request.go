package sigv4

import (
	"net/http"
	"strings"
)

// Request is what a signature covers, as it came over the wire.
type Request struct {
	Method string
	URI    string // the request target: path and query, or a whole http or https URL; never decoded or cleaned
	Host   string // the Host header, or :authority; Header's own Host is not looked at

	// Header holds the other headers under the keys that net/http gives them. A header that a proxy or
	// the HTTP server takes out (net/http does so with Transfer-Encoding) makes the signature fail if it was signed.
	Header http.Header

	PathRule PathRule
}

// PathRule is how the path enters the canonical request (spec section 2.3).
type PathRule uint8

const (
	// NormalizedPath is the rule of every service but S3: "." and ".." are resolved, empty segments dropped, and the
	// segments are escaped as they stand, so that what was escaped on the wire is escaped twice.
	NormalizedPath PathRule = iota
	// RawPath is the rule of S3: no segment is touched and the path is escaped once. Escapes on the wire are brought to
	// the one form AWS uses; an escaped slash stays apart from a slash.
	RawPath
)

// split returns the path and the query of the target.
func (r *Request) split() (path, query string, err error) {
	target := r.URI
	if !strings.HasPrefix(target, "/") {
		scheme, rest, ok := strings.Cut(target, "://")
		if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return "", "", ErrPath
		}
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			return "/", "", nil
		}
		target = rest[end:]
	}
	path, query, _ = strings.Cut(target, "?")
	if path == "" {
		path = "/"
	}
	return path, query, nil
}

// values returns the values of the header called name, which is in lower case.
func (r *Request) values(name string) []string {
	var key [64]byte
	if len(name) > len(key) {
		return r.Header[http.CanonicalHeaderKey(name)]
	}
	upper := true
	for i := range len(name) {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper = c == '-'
		key[i] = c
	}
	return r.Header[string(key[:len(name)])]
}

// checkPath refuses what AWS refuses in step 1. Only the normalising services resolve "..".
func checkPath(path string, rule PathRule) error {
	if path == "/" {
		return nil
	}
	if badEscape(path) >= 0 {
		return ErrPath
	}
	if rule == RawPath {
		return nil
	}
	depth := 0
	for rest, more := path, true; more; {
		var segment string
		switch segment, rest, more = strings.Cut(rest, "/"); segment {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return ErrPath
			}
		default:
			depth++
		}
	}
	return nil
}
