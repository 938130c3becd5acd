package s3

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const maxKey = 1024 // bytes

// splitTarget returns the raw path and query. Only the origin form has one reading.
func splitTarget(target string) (path, query string, err *Error) {
	for i := range len(target) {
		if c := target[i]; c <= ' ' || c == 0x7f || c == '#' {
			return "", "", errURI(target)
		}
	}
	if !strings.HasPrefix(target, "/") {
		return "", "", errURI(target)
	}
	path, query, _ = strings.Cut(target, "?")
	return path, query, nil
}

// hostBucket returns the bucket that Host names, "" when it is a base itself (spec aws-services section 2.5). Host alone
// decides on the style.
func hostBucket(host string, bases []string) (string, *Error) {
	name := hostName(host)
	best := baseOf(name, bases)
	if best == "" {
		return "", refuse("InvalidRequest", "The Host header names neither this endpoint nor one of its buckets.").with("Host", host)
	}
	if name == best {
		return "", nil
	}
	bucket := strings.TrimSuffix(name, "."+best)
	return bucket, checkBucket(bucket)
}

// Names reports whether a Host header names this endpoint, or something below it, such as a bucket.
func (c *Config) Names(host string) (endpoint, below bool) {
	name := hostName(host)
	base := baseOf(name, c.Bases)
	return base != "" && name == base, base != "" && name != base
}

// baseOf is the longest base that a host name is, or ends with; "" when there is none.
func baseOf(name string, bases []string) string {
	best := ""
	for _, base := range bases {
		base = strings.ToLower(base)
		if (name == base || strings.HasSuffix(name, "."+base)) && len(base) > len(best) {
			best = base
		}
	}
	return best
}

// hostName is Host in lower case, without port and without one trailing dot; "" when the port is none.
func hostName(host string) string {
	name := strings.ToLower(host)
	if i := strings.LastIndexByte(name, ':'); i >= 0 && i > strings.IndexByte(name, ']') {
		if _, err := strconv.ParseUint(name[i+1:], 10, 16); err != nil {
			return ""
		}
		name = name[:i]
	}
	return strings.TrimSuffix(name, ".")
}

// splitPath takes a raw path apart into bucket and key.
func splitPath(path, fromHost string, cfg *Config) (bucket, key string, err *Error) {
	bucket, rawKey := fromHost, path[1:]
	if fromHost == "" {
		if path == "/" {
			return "", "", nil
		}
		rawBucket, rest, _ := strings.Cut(path[1:], "/")
		decoded, ok := unescape(rawBucket, false)
		if !ok {
			return "", "", errURI(path)
		}
		if err := checkBucket(decoded); err != nil {
			return "", "", err
		}
		bucket, rawKey = decoded, rest
	}
	key, ok := unescape(rawKey, false)
	if !ok {
		return "", "", errURI(path)
	}
	return bucket, key, checkKey(key, path, cfg.DotSegments)
}

// IsBucketName says whether there can be a general purpose bucket of the name.
func IsBucketName(name string) bool { return checkBucket(name) == nil }

// checkBucket holds to general purpose buckets. Prefixes and suffixes with a special meaning are refused.
func checkBucket(name string) *Error {
	good := 3 <= len(name) && len(name) <= 63 && !strings.Contains(name, "..")
	for i := range len(name) {
		c := name[i]
		inner := i > 0 && i < len(name)-1
		good = good && ('a' <= c && c <= 'z' || isDigit(c) || inner && (c == '.' || c == '-'))
	}
	if good {
		_, err := netip.ParseAddr(name)
		good = err != nil &&
			!hasAny(strings.HasPrefix, name, "xn--", "sthree-", "amzn-s3-demo-") &&
			!hasAny(strings.HasSuffix, name, "-s3alias", "--ol-s3", "--x-s3", ".mrap", "--table-s3")
	}
	if !good {
		return refuse("InvalidBucketName", "The specified bucket is not valid.").with("BucketName", name)
	}
	return nil
}

func hasAny(has func(string, string) bool, name string, affixes ...string) bool {
	return slices.ContainsFunc(affixes, func(affix string) bool { return has(name, affix) })
}

// checkKey refuses keys too long, and those that a backend with a file system may take for another one.
func checkKey(key, uri string, dotSegments bool) *Error {
	if len(key) > maxKey {
		return refuse("KeyTooLongError", "Your key is too long").with("Size", strconv.Itoa(len(key))).with("MaxSizeAllowed", strconv.Itoa(maxKey))
	}
	if !dotSegments && hasDotSegment(key) {
		return errURI(uri)
	}
	return nil
}

func hasDotSegment(key string) bool {
	if !strings.Contains(key, ".") {
		return false
	}
	for segment := range strings.FieldsFuncSeq(key, func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

func bucketARN(bucket string) string      { return "arn:aws:s3:::" + bucket }
func objectARN(bucket, key string) string { return "arn:aws:s3:::" + bucket + "/" + key }

// appendPath writes the canonical path of a bucket or an object, in path style.
func appendPath(b []byte, bucket, key string) []byte {
	b = append(append(b, '/'), bucket...)
	if key != "" {
		b = appendEscaped(append(b, '/'), key, true)
	}
	return b
}
