package policy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// searchable is how many positions a piece may have to be searched by trying it everywhere. That compares no byte of the
// text with more than so many positions. A longer piece has a finder.
const searchable = 64

// prepare makes a finder for a long piece of the middle, unless it is known only with a request.
func (p *piece) prepare() {
	parts := p.all()
	switch {
	case hasVariable(parts) || positions(parts) <= searchable:
	case p.parts == nil:
		p.finder = newLiteralFinder(p.literal)
	default:
		p.finder = newWildFinder(parts)
	}
}

func hasVariable(parts []part) bool {
	return slices.ContainsFunc(parts, func(p part) bool { return p.kind == variable })
}

// positions is how many positions parts without variables take in a text, in bytes at least: one for each byte of a
// literal, and one for each ?.
func positions(parts []part) (n int) {
	for i := range parts {
		n += parts[i].positions()
	}
	return n
}

func (p *part) positions() int {
	if p.kind == anyCharacter {
		return 1
	}
	return len(p.text)
}

// cut takes from a text all up to the first place where the piece fits, that place included.
func (p *piece) cut(text string, l lookup) (rest string, ok bool) {
	switch {
	case p.finder != nil:
		return p.finder.cut(text)
	case p.parts == nil:
		_, rest, ok = strings.Cut(text, p.literal)
		return rest, ok
	case !hasVariable(p.parts):
		return p.try(text)
	}
	resolved, ok := p.resolve(len(text), l)
	if !ok {
		return "", false
	}
	resolved.prepare()
	return resolved.cut(text, l)
}

// try is cut for a short piece: it tries each place.
func (p *piece) try(text string) (rest string, ok bool) {
	for {
		if rest, ok = p.cutPrefix(text, lookup{}); ok || text == "" {
			return rest, ok
		}
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
}

// resolve replaces the variables of a piece. It fails when one has no value, and when the piece has become longer than
// the text to search: no work is done for a value that is too long to be there.
func (p *piece) resolve(longest int, l lookup) (piece, bool) {
	var resolved partList
	length := 0
	for _, next := range p.parts {
		if next.kind == variable {
			value, ok := l.value(&next)
			if !ok {
				return piece{}, false
			}
			next = part{kind: literal, text: value}
		}
		if length += next.positions(); length > longest {
			return piece{}, false
		}
		resolved.add(next)
	}
	return newPiece(resolved.take()), true
}
