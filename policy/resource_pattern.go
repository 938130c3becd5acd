package policy

import (
	"strings"
	"unicode/utf8"
)

// A resourcePattern is the resource of a request that is known as a pattern only (Request.ResourcePattern).
type resourcePattern struct {
	open  bool   // it may stand for any text
	front string // as in an arn, when there are no wildcards in it
	parts [6]string
	globs [6]*glob // of the parts that have wildcards
}

// longestPattern is how many bytes a pattern of a request may have to be looked at closely. No ARN is longer.
const longestPattern = 2048

// newResourcePattern reads the pattern of a request. It is nil when there are no wildcards: the resource is known then.
func newResourcePattern(text string) *resourcePattern {
	if !strings.ContainsAny(text, "*?") {
		return nil
	}
	p := &resourcePattern{}
	a := cutParts(text)
	p.open = !a.valid || len(text) > longestPattern || !utf8.ValidString(text)
	copy(p.parts[:], a.parts[:])
	p.parts[5] = a.resource
	for i, part := range p.parts {
		if p.open {
			part = "*"
		}
		if strings.ContainsAny(part, "*?") {
			p.globs[i] = newGlob(part)
		}
	}
	if !p.open && !strings.ContainsAny(a.front, "*?") {
		p.front = a.front
	}
	return p
}

// compare says whether an entry of Resource covers the pattern or, when the question is whether it may match, whether it
// matches a resource of it. Both stay within the parts of the ARN, as a star of either takes no more than its part.
func (p *resourcePattern) compare(entry *arnPattern, l lookup) bool {
	switch {
	case entry.everything:
		return true
	case p.open && !l.may:
		return false
	case entry.parts == nil && p.front != "":
		return entry.front == p.front && p.comparePart(5, &entry.resource, l)
	}
	front := cutParts(entry.front)
	for i := range front.parts {
		part := &pattern{literal: front.parts[i]}
		if entry.parts != nil {
			part = &entry.parts[i]
		}
		if !p.comparePart(i, part, l) {
			return false
		}
	}
	return p.comparePart(5, &entry.resource, l)
}

func (p *resourcePattern) comparePart(i int, part *pattern, l lookup) bool {
	if p.globs[i] == nil {
		return part.match(p.parts[i], l)
	}
	return p.globs[i].compare(part, l)
}
