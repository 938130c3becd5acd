package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	c := Context{
		"aws:username": {"alice"}, "aws:principaltag/team": {"red"}, "empty": {""}, "none": {}, "several": {"a", "b"},
		"star": {"*"}, "question": {"a?c"}, "self": {"${aws:username}"}, "broken": {"a\xff"}, "é": {"é"},
	}
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"*", "", true},
		{"*", "anything at all", true},
		{"**", "", true},
		{"?", "", false},
		{"?", "a", true},
		{"?", "ab", false},
		{"??", "ab", true},
		{"*?", "", false},
		{"?*", "a", true},
		{"abc", "abc", true},
		{"abc", "abcd", false},
		{"abc", "ab", false},
		{"abc", "ABC", false},
		{"Get*", "GetObject", true},
		{"Get*", "Get", true},
		{"Get*", "Ge", false},
		{"*Object", "GetObject", true},
		{"*Object", "GetObjectAcl", false},
		{"*Object*", "GetObjectAcl", true},
		{"a*a", "a", false}, // head and tail do not share
		{"a*a", "aa", true},
		{"ab*ba", "aba", false},
		{"a*b*c", "abc", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "acb", false},
		{"a*ab*b", "aab", false},
		{"*ab*ab*", "abab", true},
		{"*ab*ab*", "aba", false},
		{"*aab", "aaab", true}, // the first a is not the right one
		{"*a?b*", "aaxb", true},
		{"*a?b*", "ab", false},
		{"*a??b", "a1a2ab", true},
		{"f?o", "fo", false},
		{"f?o", "f*o", true},

		// long pieces
		{"*" + strings.Repeat("ab", 40) + "b*", strings.Repeat("ab", 45) + "bb", true}, // the first places fit nearly
		{"*" + strings.Repeat("ab", 40) + "aab*", strings.Repeat("ab", 120) + "aab", true},
		{"*" + strings.Repeat("a", 100) + "b*", strings.Repeat("a", 150) + "b", true},
		{"*" + strings.Repeat("a", 100) + "b*", strings.Repeat("a", 99) + "b", false},
		{"*" + strings.Repeat("aab", 40) + "aaab*", strings.Repeat("aab", 100) + "aaab", true},
		{"*" + strings.Repeat("ab", 40) + "?b*", strings.Repeat("ab", 45) + "bb", true},
		{"*" + strings.Repeat("a?", 40) + "b*", strings.Repeat("aé", 45) + "b", true},
		{"*" + strings.Repeat("a?", 40) + "b*", strings.Repeat("aé", 39) + "ab", false},
		{"*" + strings.Repeat("?", 65) + "*", strings.Repeat("é", 65), true},
		{"*" + strings.Repeat("?", 65) + "*", strings.Repeat("é", 64), false},

		// a ? is one character, and not one byte
		{"?", "é", true},
		{"??", "é", false},
		{"*??", "é", false},
		{"??*", "é", false},
		{"*??*", "é", false},
		{"?", "日", true},
		{"*日?語*", "x日本語x", true},
		{"*é?", "éé", true},
		{"?", "\xff", true}, // nor is a byte that is no UTF-8 less than a character
		{"??", "\xe6\x97", true},
		{"*?\u00e9", "\xc3\u00e9", true},

		// variables
		{"${aws:username}", "alice", true},
		{"${AWS:UserName}", "alice", true},
		{"${aws:username}", "bob", false},
		{"${aws:username}", "${aws:username}", false},
		{"home/${aws:username}/*", "home/alice/x", true},
		{"home/${aws:username}/*", "home/alicex/x", false},
		{"*/${aws:username}", "home/alice", true},
		{"*/${aws:username}/*", "home/bob/alice/x", true},
		{"*/${aws:username}/*", "home/bob/x", false},
		{"*/${aws:username}?${aws:principalTag/TEAM}/*", "x/alice-red/", true},
		{"${aws:principaltag/team}${aws:username}", "redalice", true},
		{"${empty}", "", true},
		{"a*${empty}*b", "ab", true},
		{"${nobody}", "", false},
		{"${nobody}", "${nobody}", false},
		{"*${nobody}*", "x", false},
		{"*${nobody}", "x", false},
		{"${none}", "", false},
		{"${several}", "a", false},
		{"${é}", "é", true},
		{"${É}", "é", true},
		{"${broken}", "a\xff", false},

		// what a variable stands for is only text
		{"${star}", "*", true},
		{"${star}", "anything", false},
		{"${star}*", "anything", false},
		{"*${star}*", "an*thing", true},
		{"*${star}*", "anything", false},
		{"${question}", "abc", false},
		{"${question}", "a?c", true},
		{"*${question}*", "abc", false},
		{"${self}", "alice", false},
		{"${self}", "${aws:username}", true},

		// defaults
		{"${nobody, 'somebody'}", "somebody", true},
		{"${nobody,'somebody'}", "somebody", true},
		{"${nobody, ''}", "", true},
		{"${nobody, '*'}", "x", false},
		{"${nobody, 'a}b, c'}/*", "a}b, c/x", true},
		{"${aws:username, 'somebody'}", "somebody", false},
		{"${aws:username, 'somebody'}", "alice", true},
		{"${none, 'd'}", "d", true},
		{"${several, 'a'}", "a", false},
		{"${broken, 'd'}", "d", false},

		// characters that mean something, as text
		{"${*}", "*", true},
		{"${*}", "x", false},
		{"${?}", "?", true},
		{"${?}", "x", false},
		{"${$}", "$", true},
		{"${$}{aws:username}", "${aws:username}", true},
		{"*${*}${?}*", "x*?", true},
		{"$", "$", true},
		{"$$", "$$", true},
		{"${aws:username}$", "alice$", true},
		{"{aws:username}", "{aws:username}", true},
	} {
		p, err := compilePattern(test.pattern, syntax{wildcards: true, variables: true})
		if err != nil {
			t.Errorf("%q: %v", test.pattern, err)
			continue
		}
		got := p.match(test.text, where(c))
		if got != test.want {
			t.Errorf("%q, text %q: got %t", test.pattern, test.text, got)
		}
		if got && !p.may(beginning(test.text)) {
			t.Errorf("%q matches %q and may not", test.pattern, test.text)
		}
	}
}

func TestPatternSyntax(t *testing.T) {
	t.Parallel()
	c := Context{"v": {"value"}}
	for _, test := range []struct {
		name          string
		syntax        syntax
		pattern, text string
		want          bool
	}{
		{"2008: a variable is text", syntax{wildcards: true}, "${v}", "${v}", true},
		{"2008: a variable has no value", syntax{wildcards: true}, "${v}", "value", false},
		{"2008: what is no variable is text", syntax{wildcards: true}, "${", "${", true},
		{"2008: a star in braces is a star", syntax{wildcards: true}, "${*}", "${abc}", true},
		{"StringEquals: a star is text", syntax{variables: true}, "a*", "a*", true},
		{"StringEquals: a star matches no more", syntax{variables: true}, "a*", "ab", false},
		{"StringEquals: a question mark is text", syntax{variables: true}, "a?", "ab", false},
		{"StringEquals: variables are none the less", syntax{variables: true}, "${v}", "value", true},
		{"StringEquals: ${*} is a star", syntax{variables: true}, "${*}", "*", true},
	} {
		p, err := compilePattern(test.pattern, test.syntax)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := p.match(test.text, where(c)); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}

func TestPatternRefusals(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]error{
		"${":                    errVariableOpen,
		"a${aws:username":       errVariableOpen,
		"${}":                   errVariableName,
		"${ }":                  errVariableName,
		"${ aws:username}":      errVariableName,
		"${aws:username }":      errVariableName,
		"${**}":                 errVariableName,
		"${aws:user*}":          errVariableName,
		"${a${b}}":              errVariableName,
		"${'a'}":                errVariableName,
		"${*, 'a'}":             errVariableName,
		"${, 'a'}":              errVariableName,
		"${a,}":                 errVariableDefault,
		"${a, b}":               errVariableDefault,
		"${a, 'b}":              errVariableDefault,
		"${a, 'b'":              errVariableDefault,
		"${a, 'b'c}":            errVariableDefault,
		"${a, 'b', 'c'}":        errVariableDefault,
		"${a, \"b\"}":           errVariableDefault,
		"ok ${a} and then ${b,": errVariableDefault,
		"\xff":                  errNotUTF8,
	} {
		if _, err := compilePattern(pattern, syntax{wildcards: true, variables: true}); err != want {
			t.Errorf("%q: got %v, want %v", pattern, err, want)
		}
	}
}

// Whatever the pattern, the pieces of its middle read each character of the text once, together. To read one costs at
// most searchable comparisons in a short piece, a constant in a long literal, and a 64th of the positions of a long piece
// with a ?. Memory is linear in the pattern.
func TestMatchIsLinear(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"stars":           strings.Repeat("a*", 3000) + "b",
		"questions":       "*" + strings.Repeat("?", 3000) + "b*c",
		"both":            strings.Repeat("*a?", 3000) + "b",
		"long questions":  "*" + strings.Repeat("a?", 3000) + "b*",
		"long literal":    "*" + strings.Repeat("a", 10_000) + "b*",
		"wide characters": "*" + strings.Repeat("é?", 2000) + "b*",
		"all bytes":       "*?" + strings.Repeat(allCharacters(), 9) + "*b",
	} {
		p := mustCompile(t, text)
		for _, piece := range p.pieces.middle {
			checkCost(t, name, &piece)
		}
		for _, long := range []string{strings.Repeat("a", 20_000), strings.Repeat("ab", 10_000), strings.Repeat("é", 10_000)} {
			if p.match(long+"x", lookup{}) {
				t.Errorf("%s: matches", name)
			}
		}
	}
}

func checkCost(t *testing.T, name string, p *piece) {
	t.Helper()
	parts := p.parts
	if parts == nil {
		parts = []part{{kind: literal, text: p.literal}}
	}
	length := positions(parts)
	switch f := p.finder.(type) {
	case nil:
		if length > searchable {
			t.Errorf("%s: a piece of %d positions has no finder", name, length)
		}
	case *literalFinder:
		checkLiteralFinder(t, name, f)
	case *wildFinder:
		if f.length != length || f.words != (length+63)/64 || len(f.any) != f.words {
			t.Errorf("%s: %d words for %d positions", name, f.words, length)
		}
		if len(f.fits) > (256+1)*f.words {
			t.Errorf("%s: %d words of memory for %d positions", name, len(f.fits), length)
		}
	}
}

// checkLiteralFinder looks at what keeps read linear: each border is shorter than what it stands for, so that every round
// in read gives back what an earlier byte had added.
func checkLiteralFinder(t *testing.T, name string, f *literalFinder) {
	t.Helper()
	for i, border := range f.borders {
		if border > i || f.literal[:border] != f.literal[i+1-border:i+1] {
			t.Fatalf("%s: border %d of %d bytes", name, border, i+1)
		}
	}
}

// allCharacters has each character that a document may have.
func allCharacters() string {
	var b strings.Builder
	for char := ' '; char <= 0xFF; char++ {
		if !strings.ContainsRune("*?$", char) {
			b.WriteRune(char)
		}
	}
	return b.String()
}

// No value of a variable can make a match long or big.
func TestMatchWithLongValues(t *testing.T) {
	t.Parallel()
	long := mustCompile(t, "*${v}?${v}*").pieces.middle[0]
	if _, ok := long.resolve(20, where(Context{"v": {strings.Repeat("a", 10)}})); ok {
		t.Error("a piece of 21 positions is looked for in 20 bytes")
	}
	if _, ok := long.resolve(21, where(Context{"v": {strings.Repeat("a", 10)}})); !ok {
		t.Error("a piece of 21 positions is not looked for in 21 bytes")
	}
	for value, count := range map[string]int{"a": 1 << 19, "日本": 1 << 15, "ab": 1 << 17} {
		value = strings.Repeat(value, count)
		c := Context{"v": {value}}
		p := mustCompile(t, "*x${v}${v}*${v}?*")
		if p.match(strings.Repeat("a", 100_000), where(c)) {
			t.Error("matches")
		}
		if p := mustCompile(t, "*x${v}${v}*${v}*"); !p.match("--x"+value+value+"?"+value+value, where(c)) {
			t.Error("does not match")
		}
	}
}

// Patterns and texts of few letters meet more often, and in more ways, than those of many.
func TestMatchAgainstReference(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 9))
	word := func(alphabet []string, most int) string {
		var b strings.Builder
		for range r.IntN(most + 1) {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	matched := 0
	for range 15_000 {
		pattern := word([]string{"a", "a", "b", "é", "*", "*", "?", "${v}", "${*}", strings.Repeat("ab", 40)}, 9)
		text := word([]string{"a", "a", "b", "é", "*", "\xc3", "\xa9", strings.Repeat("ab", 40)}, 9)
		value := word([]string{"a", "b", "*", "?", "é", strings.Repeat("ab", 20), "\xff"}, 2)
		matched += compareMatch(t, pattern, text, value, r.IntN(8) > 0)
	}
	if matched < 500 {
		t.Errorf("only %d matched", matched)
	}
}

// compareMatch counts 1 when the pattern matches.
func compareMatch(t *testing.T, pattern, text, value string, valued bool) int {
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
	want, got := ok && slowMatch(all, symbols(text)), p.match(text, where(c))
	if got != want {
		t.Fatalf("%q, text %q, ${v} = %q (%t): got %t", pattern, text, value, valued, got)
	}
	if !got {
		return 0
	}
	if !p.may(beginning(text)) {
		t.Fatalf("%q matches %q and may not", pattern, text)
	}
	return 1
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][3]string{
		{"", "", ""},
		{"*a?b*", "aaxb", ""},
		{"home/${v}/*", "home/alice/x", "alice"},
		{"*${v}?*${*}", "xab*", "a"},
		{"*??", "é", ""},
		{"*?" + strings.Repeat("ab", 70) + "*", "xx" + strings.Repeat("ab", 71), "b"},
		{"${v}", "\xff", "\xff"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, pattern, text, value string) {
		if len(pattern) > 500 || len(text) > 500 {
			return
		}
		if _, err := compilePattern(pattern, syntax{wildcards: true, variables: true}); err != nil {
			return
		}
		rest := strings.NewReplacer("${v}", "", "${*}", "", "${?}", "", "${$}", "").Replace(pattern)
		if strings.Contains(rest, "${") {
			return // a variable that the reference does not know
		}
		compareMatch(t, pattern, text, value, true)
	})
}

func ExampleEvaluate() {
	p, err := Parse(ManagedPolicy, `{
		"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}
	}`)
	if err != nil {
		panic(err)
	}
	decision := Evaluate(
		&Policies{Identity: []Source{{ID: "home", Policy: p}}},
		&Request{
			Principal: Principal{Type: User, Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/alice"},
			Action:    "s3:GetObject",
			Resource:  "arn:aws:s3:::home/alice/report.pdf",
			Context:   Context{"aws:username": {"alice"}},
		})
	fmt.Println(decision.Outcome == Allowed, decision.Source.ID)
	// Output: true home
}
