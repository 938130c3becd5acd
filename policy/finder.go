package policy

import "unicode/utf8"

// A finder finds a long piece of a pattern's middle.
type finder interface {
	// cut is piece.cut.
	cut(text string) (rest string, ok bool)
}

// A literalFinder finds a literal by Knuth, Morris and Pratt's method: it never goes back in the text.
type literalFinder struct {
	literal string
	// borders[i] is how much of the literal's beginning is known to be there, when i+1 bytes of it were and the next is
	// not.
	borders []int
}

func newLiteralFinder(literal string) *literalFinder {
	f := &literalFinder{literal: literal, borders: make([]int, len(literal))}
	for i, known := 1, 0; i < len(literal); i++ {
		known = f.read(known, literal[i])
		f.borders[i] = known
	}
	return f
}

// read says how much of the literal is there after one more byte.
func (f *literalFinder) read(known int, b byte) int {
	for f.literal[known] != b {
		if known == 0 {
			return 0
		}
		known = f.borders[known-1]
	}
	return known + 1
}

func (f *literalFinder) cut(text string) (rest string, ok bool) {
	known := 0
	for i := range len(text) {
		if known = f.read(known, text[i]); known == len(f.literal) {
			return text[i+1:], true
		}
	}
	return "", false
}

// A wildFinder finds a piece that has a ? by the shift-and method. The piece is a row of positions, one for each byte of
// a literal and one for each ?. Bit i of the state says that the bytes just read fit the positions up to i. To read a
// byte moves all bits at once, 64 of them a step.
type wildFinder struct {
	length int      // in positions
	words  int      // of 64 positions
	rows   [256]int // where the row of each byte begins in fits. The first row is of all bytes that fit nowhere
	fits   []uint64 // the positions a byte fits, words for each row
	any    []uint64 // the positions that are a ?
}

func newWildFinder(parts []part) *wildFinder {
	f := &wildFinder{length: positions(parts)}
	f.words = (f.length + 63) / 64
	f.fits, f.any = make([]uint64, f.words), make([]uint64, f.words)
	position := 0
	for _, p := range parts {
		if p.kind == anyCharacter {
			f.any[position/64] |= 1 << (position % 64)
			position++
			continue
		}
		for i := range len(p.text) {
			f.addRow(p.text[i])
			f.row(p.text[i])[position/64] |= 1 << (position % 64)
			position++
		}
	}
	return f
}

func (f *wildFinder) row(b byte) []uint64 { return f.fits[f.rows[b]:][:f.words] }

func (f *wildFinder) addRow(b byte) {
	if f.rows[b] == 0 {
		f.rows[b] = len(f.fits)
		f.fits = append(f.fits, make([]uint64, f.words)...)
	}
}

func (f *wildFinder) cut(text string) (rest string, ok bool) {
	state := make([]uint64, f.words)
	last, end := (f.length-1)/64, uint64(1)<<((f.length-1)%64)
	for i := 0; i < len(text); {
		_, size := utf8.DecodeRuneInString(text[i:])
		f.begin(state, text[i])
		for _, b := range []byte(text[i+1 : i+size]) {
			f.proceed(state, b)
		}
		if i += size; state[last]&end != 0 {
			return text[i:], true
		}
	}
	return "", false
}

// begin reads the first byte of a character, which may fit a ?, and may be the first that fits at all.
func (f *wildFinder) begin(state []uint64, b byte) {
	row, carry := f.row(b), uint64(1)
	for w, old := range state {
		state[w] = (old<<1 | carry) & (row[w] | f.any[w])
		carry = old >> 63
	}
}

// proceed reads a further byte of a character: a ? that has taken the character's first byte takes it too.
func (f *wildFinder) proceed(state []uint64, b byte) {
	row, carry := f.row(b), uint64(0)
	for w, old := range state {
		state[w] = (old<<1|carry)&row[w] | old&f.any[w]
		carry = old >> 63
	}
}
