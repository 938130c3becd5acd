package policy

import (
	"encoding/binary"
	"strings"
)

// A pattern is a text with wildcards and variables. Most are plain, or plain but for a star at the end, and are matched
// by their literal alone. Of the others, pieces has all.
type pattern struct {
	begin, mask uint64 // a text can match only if beginning(text)&mask is begin
	literal     string
	star        bool // anything may follow the literal
	pieces      *pieces
}

// pieces are a pattern cut at its stars. The head is at the beginning of a text that matches, the tail at its end, and
// the middle between them in its order, each piece at the first place where it fits. To take the first place is never
// wrong, as it leaves the most for the pieces that follow. So a match goes over the text once, forward, and never back.
type pieces struct {
	variables bool // there are some
	head      piece
	star      bool // false: the head is all of it
	middle    []piece
	tail      piece
}

// A piece is what is between two stars.
type piece struct {
	literal string // all of it, when there are no parts
	parts   []part // when it has a ? or a variable
	finder  finder // of a piece of the middle that a plain search is not good enough for
}

// beginning is the first eight bytes of a text as a number. Bytes that are not there are zero.
func beginning(text string) uint64 {
	var first [8]byte
	copy(first[:], text)
	return binary.LittleEndian.Uint64(first[:])
}

// may says whether a text that begins like this can match.
func (p *pattern) may(begin uint64) bool { return begin&p.mask == p.begin }

func (p *piece) empty() bool { return p.parts == nil && p.literal == "" }

// match says whether the pattern, with its variables replaced, is the text. What a variable stands for has no wildcards.
func (p *pattern) match(text string, l lookup) bool {
	switch {
	case p.pieces != nil:
		return p.pieces.opened(l).match(text, l)
	case p.star:
		return strings.HasPrefix(text, p.literal)
	}
	return text == p.literal
}

func (p *pieces) match(text string, l lookup) bool {
	rest, ok := p.head.cutPrefix(text, l)
	if !ok || !p.star {
		return ok && rest == ""
	}
	if rest, ok = p.tail.cutSuffix(rest, l); !ok {
		return false
	}
	for i := range p.middle {
		if rest, ok = p.middle[i].cut(rest, l); !ok {
			return false
		}
	}
	return true
}

func (p *piece) cutPrefix(text string, l lookup) (rest string, ok bool) {
	if p.parts == nil {
		return strings.CutPrefix(text, p.literal)
	}
	for i := range p.parts {
		if text, ok = p.parts[i].cutPrefix(text, l); !ok {
			return "", false
		}
	}
	return text, true
}

func (p *piece) cutSuffix(text string, l lookup) (rest string, ok bool) {
	if p.parts == nil {
		return strings.CutSuffix(text, p.literal)
	}
	for i := len(p.parts) - 1; i >= 0; i-- {
		if text, ok = p.parts[i].cutSuffix(text, l); !ok {
			return "", false
		}
	}
	return text, true
}

// hasVariable says whether the pattern is more than text and wildcards.
func (p *pattern) hasVariable() bool { return p.pieces != nil && hasVariable(p.pieces.head.parts) }

// equalFold says whether the pattern, which has no wildcards, is the text but for case. With a variable that may be
// anything it may be every text: that is more than it need be, and never less.
func (p *pattern) equalFold(text string, l lookup) bool {
	if p.pieces == nil {
		return strings.EqualFold(p.literal, text)
	}
	var b strings.Builder
	for i := range p.pieces.head.parts {
		next := &p.pieces.head.parts[i]
		value, ok := next.text, true
		if next.kind == variable {
			if l.open(next) {
				return true
			}
			value, ok = l.value(next)
		}
		if !ok {
			return false
		}
		b.WriteString(value)
	}
	return strings.EqualFold(b.String(), text)
}
