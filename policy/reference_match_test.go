package policy

import (
	"strings"
	"unicode/utf8"
)

// The slow matcher: what a pattern means, in as few words as possible. It works character by character on a table of
// len(pattern) times len(text) and knows one variable, ${v}.

type symbol struct {
	char int32 // of a text: its character, or a byte that is no UTF-8 as a negative number
	kind byte  // 0 for the character itself, else * or ?
}

func symbols(text string) (all []symbol) {
	for text != "" {
		char, size := utf8.DecodeRuneInString(text)
		if char == utf8.RuneError && size == 1 {
			char = -int32(text[0])
		}
		all, text = append(all, symbol{char: char}), text[size:]
	}
	return all
}

// patternSymbols reads a pattern. ok is false when ${v} has no value, so that nothing matches.
func patternSymbols(pattern, value string, valued bool) (all []symbol, ok bool) {
	for pattern != "" {
		switch {
		case strings.HasPrefix(pattern, "${v}"):
			if !valued || !utf8.ValidString(value) {
				return nil, false
			}
			all, pattern = append(all, symbols(value)...), pattern[4:]
		case strings.HasPrefix(pattern, "${*}"), strings.HasPrefix(pattern, "${?}"), strings.HasPrefix(pattern, "${$}"):
			all, pattern = append(all, symbol{char: int32(pattern[2])}), pattern[4:]
		case pattern[0] == '*', pattern[0] == '?':
			all, pattern = append(all, symbol{kind: pattern[0]}), pattern[1:]
		default:
			char, size := utf8.DecodeRuneInString(pattern)
			all, pattern = append(all, symbol{char: char}), pattern[size:]
		}
	}
	return all, true
}

func slowMatch(pattern, text []symbol) bool {
	reached := make([]bool, len(text)+1) // reached[i]: the pattern so far is the first i characters of the text
	reached[0] = true
	for _, p := range pattern {
		next := make([]bool, len(text)+1)
		for i := range reached {
			switch {
			case p.kind == '*':
				next[i] = reached[i] || i > 0 && next[i-1]
			case i > 0:
				next[i] = reached[i-1] && (p.kind == '?' || p == text[i-1])
			}
		}
		reached = next
	}
	return reached[len(text)]
}
