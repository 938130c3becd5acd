package policy

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// syntax says what means something in a pattern.
type syntax struct{ wildcards, variables bool }

var errNotUTF8 = errors.New("the text is not UTF-8")

func compilePattern(text string, s syntax) (pattern, error) {
	if !utf8.ValidString(text) {
		return pattern{}, errNotUTF8
	}
	cut, err := cutAtStars(text, s)
	if err != nil {
		return pattern{}, err
	}
	all := newPieces(cut)
	p := pattern{literal: all.head.literal, star: all.star}
	if all.head.parts != nil || all.star && (len(all.middle) > 0 || !all.tail.empty()) {
		p.pieces = all
	}
	p.expect()
	return p, nil
}

// expect sets how a text has to begin. Most texts begin otherwise, and are told by that without a look at more of them.
func (p *pattern) expect() {
	start := p.literal
	if p.pieces != nil && p.pieces.head.parts != nil && p.pieces.head.parts[0].kind == literal {
		start = p.pieces.head.parts[0].text
	}
	p.begin = beginning(start)
	p.mask = ^uint64(0)
	if n := len(start); n < 8 && (p.star || p.pieces != nil) {
		p.mask = 1<<(8*n) - 1
	}
}

// newPieces makes pieces of their parts. There is a star between two.
func newPieces(cut [][]part) *pieces {
	all := &pieces{head: newPiece(cut[0]), star: len(cut) > 1, tail: newPiece(cut[len(cut)-1])}
	for _, parts := range cut[1:max(1, len(cut)-1)] {
		if len(parts) > 0 {
			m := newPiece(parts)
			m.prepare()
			all.middle = append(all.middle, m)
		}
	}
	all.variables = slices.ContainsFunc(cut, hasVariable)
	return all
}

// cutAtStars returns the parts of each piece of a pattern. There is one piece more than there are stars.
func cutAtStars(text string, s syntax) (cut [][]part, err error) {
	var piece partList
	for text != "" {
		switch {
		case s.wildcards && text[0] == '*':
			cut = append(cut, piece.take())
			text = text[1:]
		case s.wildcards && text[0] == '?':
			piece.add(part{kind: anyCharacter})
			text = text[1:]
		case s.variables && strings.HasPrefix(text, "${"):
			v, rest, err := parseVariable(text)
			if err != nil {
				return nil, err
			}
			piece.add(v)
			text = rest
		default:
			piece.literal = append(piece.literal, text[0])
			text = text[1:]
		}
	}
	return append(cut, piece.take()), nil
}

// A partList collects the parts of a piece, and makes one part of literals that meet.
type partList struct {
	parts   []part
	literal []byte // is not yet a part
}

func (l *partList) add(p part) {
	if p.kind == literal {
		l.literal = append(l.literal, p.text...)
		return
	}
	l.parts = append(l.take(), p)
}

// take returns what was collected, and begins anew.
func (l *partList) take() []part {
	parts := l.parts
	if len(l.literal) > 0 {
		parts = append(parts, part{kind: literal, text: string(l.literal)})
	}
	l.parts, l.literal = nil, l.literal[:0]
	return parts
}

// all are the parts of a piece; it is the way back from newPiece.
func (p *piece) all() []part {
	if p.parts == nil && p.literal != "" {
		return []part{{kind: literal, text: p.literal}}
	}
	return p.parts
}

func newPiece(parts []part) piece {
	switch {
	case len(parts) == 0:
		return piece{}
	case len(parts) == 1 && parts[0].kind == literal:
		return piece{literal: parts[0].text}
	}
	return piece{parts: parts}
}
