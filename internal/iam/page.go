package iam

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/daypass/daypass/internal/aws"
)

const (
	defaultMaxItems = 100
	markerSumLength = 8
)

var errInvalidMarker = aws.Errorf(aws.ValidationError, "Invalid Marker.")

// page is one page of a list that is sorted by a key: the items whose key follows after, limit at most.
type page struct {
	list  string // names the list; a marker of one list is invalid in every other
	after string
	limit int
}

// newPage reads Marker and MaxItems, empty and 0 when the request has none (aws-iam section 2.4). The list is named by the
// operation and whatever decides what is in the list.
func newPage(marker string, maxItems int32, list ...string) (page, error) {
	p := page{limit: defaultMaxItems}
	for _, s := range list {
		p.list += s + "\n"
	}
	if maxItems != 0 {
		p.limit = int(maxItems)
	}
	if marker == "" {
		return p, nil
	}
	if len(marker) > markerSumLength {
		p.after = marker[markerSumLength:]
	}
	if p.after == "" || p.markerOf(p.after) != marker {
		return page{}, errInvalidMarker
	}
	return p, nil
}

// markerOf is the key behind a checksum. The key is not encoded: a serial number in base64 is longer than a marker may be.
// Nothing depends on a marker being secret or unforgeable: it selects among items that the caller may list anyway.
func (p page) markerOf(key string) string {
	sum := sha256.Sum256([]byte(p.list + key))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:markerSumLength] + key
}

// pathEnd is behind every path that begins with a prefix: no path has a character that great. With the prefix itself it
// bounds what the store reads.
func pathEnd(prefix string) string { return prefix + "\x7f" }

// fetch is how many items after p.after are to be read: one more than the page holds, to see whether it is the last.
func (p page) fetch() int32 { return int32(p.limit) + 1 } //nolint:gosec // at most 1000, from MaxItems

// cut returns the page of the items, which are sorted by key, and the marker of the next page, empty if there is none.
func cut[T any](p page, items []T, key func(T) string) (onPage []T, marker string) {
	items = slices.DeleteFunc(items, func(item T) bool { return key(item) <= p.after })
	if len(items) <= p.limit {
		return items, ""
	}
	items = items[:p.limit]
	return items, p.markerOf(key(items[p.limit-1]))
}
