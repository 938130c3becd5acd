package policy

import (
	"strings"
	"unicode/utf8"
)

// A glob is a text with the wildcards * and ?, of which there are two questions: whether a pattern covers it, matching
// every text that the glob stands for, and whether a pattern meets it, matching one of them. Both are answered by reading
// the pattern once, as a wildFinder reads a text: bit i of the state says that what was read covers, or meets, the first i
// symbols of the glob. To read a character moves all bits at once, 64 of them a step.
//
// To meet is exact. To cover is to cover in one way: a * of the glob lies under one * of the pattern. Where a pattern
// covers some of the texts in one way and the rest in another, for which it needs a ? beside a *, it is said not to cover:
// as *? does not cover a*.
type glob struct {
	begin, mask    uint64 // as a pattern's
	length         int    // in symbols
	literals       map[rune][]uint64
	star, question []uint64
	noStar, none   []uint64 // all symbols but stars, and no symbol
	state          []uint64
}

// longestEntry is how many bytes a pattern may have, its variables replaced, to be compared with a glob. No ARN is
// longer, and no value of a request must make the comparison so.
const longestEntry = 2048

// newGlob reads a text that has a wildcard at least.
func newGlob(text string) *glob {
	words := utf8.RuneCountInString(text)/64 + 1
	row := func() []uint64 { return make([]uint64, words) }
	g := &glob{star: row(), question: row(), noStar: row(), none: row(), state: row()}
	head := text[:max(0, strings.IndexAny(text, "*?"))]
	g.begin, g.mask = beginning(head), ^uint64(0)>>(64-8*min(8, len(head)))
	g.literals = map[rune][]uint64{'*': g.star, '?': g.question}
	for _, char := range text {
		if char == '*' && has(g.star, g.length) {
			continue // two in a row are one
		}
		if g.literals[char] == nil {
			g.literals[char] = row()
		}
		g.length++
		g.literals[char][g.length/64] |= 1 << (g.length % 64)
	}
	for w, star := range g.star {
		g.noStar[w] = ^star
	}
	delete(g.literals, '*')
	delete(g.literals, '?')
	return g
}

func has(bits []uint64, i int) bool { return bits[i/64]>>(i%64)&1 != 0 }

// compare says whether a pattern covers the glob or, when the question is whether it may match, whether it meets it. Of one
// that is too long it says what gives the caller less.
func (g *glob) compare(p *pattern, l lookup) bool {
	if (p.begin^g.begin)&p.mask&g.mask != 0 {
		return false
	}
	r := reading{glob: g, takesOne: g.none, takesAll: g.none, room: longestEntry}
	if l.may {
		r.takesOne, r.takesAll = g.question, g.star
	}
	clear(g.state)
	g.state[0] = 1 | 2&r.takesAll[0]
	if !r.pattern(p, l) {
		return false
	}
	if r.room < 0 {
		return l.may
	}
	return has(g.state, g.length)
}

// A reading is a pattern that is being compared with a glob.
type reading struct {
	*glob
	// takesOne and takesAll are the symbols of the glob that take any character, and any number of them: its wildcards, if
	// the two have to meet only, and none, if what they stand for has to be covered.
	takesOne, takesAll []uint64
	room               int // for further bytes of the pattern
}

// pattern reads a pattern. It fails when a variable has no value: the pattern then matches nothing.
func (r *reading) pattern(p *pattern, l lookup) bool {
	all := p.pieces
	if all == nil {
		all = &pieces{head: piece{literal: p.literal}, star: p.star}
	}
	ok := r.piece(&all.head, l)
	if !all.star {
		return ok
	}
	r.anything()
	for i := range all.middle {
		ok = ok && r.piece(&all.middle[i], l)
		r.anything()
	}
	return ok && r.piece(&all.tail, l)
}

func (r *reading) piece(p *piece, l lookup) bool {
	r.text(p.literal)
	for i := range p.parts {
		switch next := &p.parts[i]; next.kind {
		case literal:
			r.text(next.text)
		case anyCharacter:
			r.step(r.noStar)
		default:
			if l.open(next) {
				r.anything()
				continue
			}
			value, ok := l.value(next)
			if !ok {
				return false
			}
			r.text(value)
		}
	}
	return true
}

func (r *reading) text(text string) {
	if r.room -= len(text); r.room < 0 {
		return
	}
	for _, char := range text {
		symbols, ok := r.literals[char]
		if !ok {
			symbols = r.none
		}
		r.step(symbols)
	}
}

// step reads one character: one that some symbols are, or that any but a star may be.
func (r *reading) step(symbols []uint64) {
	var carry, closing uint64
	for w, old := range r.state {
		next := (old<<1|carry)&(symbols[w]|r.takesOne[w]) | old&r.takesAll[w]
		carry = old >> 63
		closing, next = next>>63, next|(next<<1|closing)&r.takesAll[w] // a star that follows may be empty
		r.state[w] = next
	}
}

// anything reads a star: it takes any number of symbols.
func (r *reading) anything() {
	reached := false
	for w, old := range r.state {
		switch {
		case reached:
			r.state[w] = ^uint64(0)
		case old != 0:
			r.state[w], reached = old|-old, true
		}
	}
}
