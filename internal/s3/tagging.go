package s3

import "strings"

type tag struct{ key, value string }

// parseTagging reads the value of x-amz-tagging: the query string of a URL, without a name twice.
func parseTagging(header string) ([]tag, bool) {
	var tags []tag
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(header, "&") {
		if pair == "" {
			continue
		}
		rawKey, rawValue, _ := strings.Cut(pair, "=")
		key, ok := unescape(rawKey, true)
		value, valueOK := unescape(rawValue, true)
		if !ok || !valueOK || key == "" || seen[key] || strings.Contains(pair, ";") {
			return nil, false
		}
		seen[key] = true
		tags = append(tags, tag{key, value})
	}
	return tags, true
}

func formatTagging(tags []tag) string {
	var b []byte
	for i, t := range tags {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(appendEscaped(b, t.key, false), '=')
		b = appendEscaped(b, t.value, false)
	}
	return string(b)
}
