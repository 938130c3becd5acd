package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ab", 100)
	for _, test := range []struct {
		pattern, glob string
		covers, meets bool
	}{
		{"", "", true, true},
		{"", "*", false, true},
		{"*", "", true, true},
		{"*", "*", true, true},
		{"*", "?", true, true},
		{"?", "?", true, true},
		{"?", "*", false, true},
		{"a", "?", false, true},
		{"?", "a", true, true},
		{"", "?", false, false},
		{"key/*", "key/*", true, true},
		{"key/*", "key/a*", true, true},
		{"key/*", "k*", false, true},
		{"key/a", "key/*", false, true},
		{"key/a", "key/*b", false, false},
		{"key/a*", "key/*b", false, true},
		{"alias/*", "key/*", false, false},
		{"*/index/*", "table/*", false, true},
		{"table/*", "table/*/index/*", true, true},
		{"table/*/index/x", "table/*/index/*", false, true},
		{"*a*", "*b*a*", true, true},
		{"*b*a*", "*a*", false, true},
		{"secret:x-??????", "secret:x-??????", true, true},
		{"secret:x-*", "secret:x-??????", true, true},
		{"secret:x-AbCdEf", "secret:x-??????", false, true},
		{"secret:x-AbCdEfg", "secret:x-??????", false, false},
		{"secret:x-?????", "secret:x-??????", false, false},
		{"secret:*-AbCdEf", "secret:x-y-??????", false, true},
		{"?*", "a*", true, true},
		{"*?", "a*", false, true}, // in truth it covers it
		{"?*", "*", false, true},
		{"é?", "é*", false, true},
		{"?*", "é*", true, true},
		{"*é", "*e", false, false},
		{"${v}", "*", false, true},
		{"${v}*", "val*", false, true},
		{"${v}*", "value*", true, true},
		{"${v}", "other*", false, false},
		{"${stars}x", "**x", false, true},
		{"${stars}x", "y*x", false, false}, // a value has no wildcards
		{"${*}", "?", false, true},
		{"${two}*", "*", false, false},
		{"*${none}*", "*", false, false},
		{"*${none, 'd'}*", "*d*", true, true},
		{"*", "*" + long, true, true},
		{"*" + long + "*", "*" + long + "*", true, true},
		{"*b" + long + "*", "*" + long + "*", false, true},
		{"a" + long, "*" + long, false, true},
		{long + "a", long + "*", false, true},
		{long + "b", long + "a*", false, false},
	} {
		c := Context{"v": {"value"}, "stars": {"*"}, "two": {"a", "b"}}
		p, g := mustCompile(t, test.pattern), newGlob(test.glob)
		if got := g.compare(p, where(c)); got != test.covers {
			t.Errorf("%s covers %s: got %t", test.pattern, test.glob, got)
		}
		if got := g.compare(p, where(c).maybe()); got != test.meets {
			t.Errorf("%s meets %s: got %t", test.pattern, test.glob, got)
		}
	}
}

// words are all words over an alphabet up to a length.
func words(alphabet string, longest int) (all []string) {
	all = []string{""}
	for begin := 0; longest > 0; longest-- {
		end := len(all)
		for _, word := range all[begin:end] {
			for _, letter := range alphabet {
				all = append(all, word+string(letter))
			}
		}
		begin = end
	}
	return all
}

// TestGlobAgainstTexts compares all short patterns by the texts that they match. c stands for what no pattern has.
func TestGlobAgainstTexts(t *testing.T) {
	t.Parallel()
	texts := words("abc", 6)
	patterns := words("ab*?", 4)
	matched := make([][]bool, len(patterns))
	for i, p := range patterns {
		all, _ := patternSymbols(p, "", false)
		for _, text := range texts {
			matched[i] = append(matched[i], slowMatch(all, symbols(text)))
		}
	}
	plain := strings.NewReplacer("*", "")
	covered, missed := 0, 0
	for j, text := range patterns {
		g := newGlob(text)
		for i := range patterns {
			p := mustCompile(t, patterns[i])
			covers, meets := true, false
			for k := range texts {
				covers = covers && (matched[i][k] || !matched[j][k])
				meets = meets || matched[i][k] && matched[j][k]
			}
			got := g.compare(p, lookup{})
			uncertain := strings.Contains(patterns[i], "?*") || strings.Contains(patterns[i], "*?")
			if got && !covers || !got && covers && !uncertain {
				t.Fatalf("%s covers %s: got %t", patterns[i], text, got)
			}
			if got {
				covered++
			} else if covers {
				missed++
			}
			short := len(plain.Replace(patterns[i]))+len(plain.Replace(text)) <= 6 // else what is of both may be longer
			if got := g.compare(p, lookup{may: true}); meets && !got || !meets && got && short {
				t.Fatalf("%s meets %s: got %t", patterns[i], text, got)
			}
		}
	}
	if covered < 1000 || missed > covered/4 {
		t.Errorf("%d covered, %d missed", covered, missed)
	}
}

// slowGlob is compare in as few words as possible, on a table.
func slowGlob(pattern, glob []symbol, meet bool) bool {
	table := make([][]bool, len(pattern)+1)
	for i := range table {
		table[i] = make([]bool, len(glob)+1)
		for j := range table[i] {
			left, up := i > 0 && table[i-1][j], j > 0 && table[i][j-1]
			both := i > 0 && j > 0 && table[i-1][j-1]
			switch {
			case i == 0 && j == 0:
				table[i][j] = true
				continue
			case i > 0 && pattern[i-1].kind == '*' && (left || up):
				table[i][j] = true
			case meet && j > 0 && glob[j-1].kind == '*' && (left || up):
				table[i][j] = true
			}
			if !both || pattern[i-1].kind == '*' || glob[j-1].kind == '*' {
				continue
			}
			p, g := pattern[i-1], glob[j-1]
			table[i][j] = table[i][j] || p == g || p.kind == '?' || meet && g.kind == '?'
		}
	}
	return table[len(pattern)][len(glob)]
}

func TestGlobAgainstReference(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 9))
	word := func(alphabet []string, most int) string { return strings.Join(some(r, alphabet, most), "") }
	counts := map[bool]int{}
	for range 20_000 {
		pattern := word([]string{"a", "a", "b", "é", "*", "*", "*", "?", "${v}", "${*}", strings.Repeat("ab", 40)}, 9)
		glob := word([]string{"a", "a", "b", "é", "*", "?", "?", "/", strings.Repeat("ab", 40), strings.Repeat("?", 70)}, 6)
		value := word([]string{"a", "b", "*", "?", "é", strings.Repeat("ab", 20), "\xff"}, 2)
		for _, meet := range []bool{false, true} {
			if compareGlob(t, pattern, glob, value, r.IntN(8) > 0, meet) {
				counts[meet]++
			}
		}
	}
	if counts[false] < 500 || counts[true] < 1000 {
		t.Error(counts)
	}
}

func compareGlob(t *testing.T, pattern, glob, value string, valued, meet bool) bool {
	t.Helper()
	p, err := compilePattern(pattern, syntax{wildcards: true, variables: true})
	if err != nil {
		t.Fatalf("%q: %v", pattern, err)
	}
	c := Context{}
	if valued {
		c["v"] = []string{value}
	}
	all, ok := patternSymbols(pattern, value, valued)
	globSymbols, _ := patternSymbols(glob, "", false)
	want, got := ok && slowGlob(all, globSymbols, meet), newGlob(glob).compare(&p, lookup{request: &Request{Context: c}, may: meet})
	if got != want {
		t.Fatalf("%q, glob %q, ${v} = %q (%t), meet %t: got %t", pattern, glob, value, valued, meet, got)
	}
	return got
}

// Values that somebody chose cannot make it slow: what they make too long is compared no further.
func TestGlobWithLongValues(t *testing.T) {
	t.Parallel()
	value := strings.Repeat("a", 1<<16)
	for _, text := range []string{"${v}", strings.Repeat("${v}", 1000), "a${v}b", "*${v}?"} {
		p, g := mustCompile(t, text), newGlob("a*")
		r := reading{glob: g, takesOne: g.none, takesAll: g.none, room: longestEntry}
		if r.pattern(p, where(Context{"v": {value}})); r.room >= 0 {
			t.Errorf("%.10s: there is room for %d", text, r.room)
		}
		if g.compare(p, where(Context{"v": {value}})) || !g.compare(p, where(Context{"v": {value}}).maybe()) {
			t.Errorf("%.10s: is not what gives less", text)
		}
	}
}

// FuzzGlob compares with texts that are made of the glob: what covers it matches each, and what matches one meets it.
func FuzzGlob(f *testing.F) {
	for _, pattern := range []string{"key/*", "*?a*", "${v}/*", "${*}", "é?*"} {
		f.Add(pattern, "key/*", "a", "b")
		f.Add(pattern, "?*/", "é", "x\xff")
	}
	f.Fuzz(func(t *testing.T, pattern, glob, value, filling string) {
		p, err := compilePattern(pattern, syntax{wildcards: true, variables: true})
		if err != nil || len(pattern)+len(glob)+len(value) > 2048 || strings.ToValidUTF8(glob, "") != glob {
			return
		}
		c := Context{"v": {value}}
		g := newGlob(glob)
		covers, meets := g.compare(&p, where(c)), g.compare(&p, where(c).maybe())
		if covers && !meets {
			t.Fatalf("%q covers %q and does not meet it", pattern, glob)
		}
		for _, star := range []string{"", "*", "?", value, filling, filling + value, fmt.Sprint(len(filling))} {
			text := strings.NewReplacer("*", star, "?", "x").Replace(glob)
			switch matches := p.match(text, where(c)); {
			case covers && !matches:
				t.Fatalf("%q covers %q, and does not match %q", pattern, glob, text)
			case matches && !meets && len(star) < 64:
				t.Fatalf("%q matches %q of %q, and does not meet it", pattern, text, glob)
			}
		}
	})
}
