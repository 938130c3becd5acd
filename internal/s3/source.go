package s3

import "strings"

// Source is the object that a copy reads.
type Source struct{ Bucket, Key, VersionID string }

// parseSource reads [/]bucket/key[?versionId=v]: split first, then decoded once (spec aws-services section 2.6). A plus
// sign is taken for a blank, as S3 does, and sent on as %20, which is a blank to everybody.
func parseSource(raw string, cfg *Config) (*Source, *Error) {
	path, version, versioned := strings.Cut(raw, "?")
	path = strings.TrimPrefix(path, "/")
	rawBucket, rawKey, _ := strings.Cut(path, "/")
	bucket, bucketOK := unescape(rawBucket, true)
	key, keyOK := unescape(rawKey, true)
	switch {
	case !bucketOK || !keyOK:
		return nil, invalidArgument(copySource, raw, "Invalid copy source encoding")
	case checkBucket(bucket) != nil:
		return nil, invalidArgument(copySource, raw, "Invalid copy source bucket name")
	case key == "" || checkKey(key, raw, cfg.DotSegments) != nil:
		return nil, invalidArgument(copySource, raw, "Invalid copy source object key")
	case !versioned:
		return &Source{Bucket: bucket, Key: key}, nil
	}
	rawID, ok := strings.CutPrefix(version, "versionId=")
	id, idOK := unescape(rawID, false)
	if !ok || !idOK || !isToken(id) {
		return nil, invalidArgument(copySource, raw, "Invalid version id specified")
	}
	return &Source{Bucket: bucket, Key: key, VersionID: id}, nil
}

// header is the canonical form of the header. Backends differ in whether they take a slash at its beginning; all do
// without it.
func (s *Source) header() string {
	b := append([]byte(s.Bucket), '/')
	b = appendEscaped(b, s.Key, true)
	if s.VersionID != "" {
		b = appendEscaped(append(b, "?versionId="...), s.VersionID, false)
	}
	return string(b)
}
