package query

import (
	"strings"
	"testing"
)

// The patterns of AWS's model that the spec names.
var modelPatterns = []string{
	`[\w+=,.@-]+`, `[\w+=,.@-]*`, `[\w+=,.@:\/-]*`, `[\w]+`, `[\d]*`, `[\w+=/:,.@-]*`, `[\w._-]+`,
	`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, `\u002F[\u0021-\u007F]*`, `((/[A-Za-z0-9\.,\+@=_-]+)*)/`,
	`[\u0009\u000A\u000D\u0020-\u00FF]+`, `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`, `[\u0020-\u00FF]+`,
	`v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`, `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`, `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`,
	`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`,
}

func TestTranslatePattern(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`[\w+=,.@-]*`:                      `[\w+=,.@-]*`,
		`\u002F[\u0021-\u007F]*`:           `\x{002F}[\x{0021}-\x{007F}]*`,
		`[\uE000-\uFFFD\u10000-\u10FFFF]+`: `[\x{E000}-\x{FFFD}\x{1000}0-\x{10FF}FF]+`,
		`\p{L}[\p{Z}\-\]]`:                 `\p{L}[\p{Z}\-\]]`,
		`a.\.[.]`:                          `a[^\n\r\x{85}\x{2028}\x{2029}]\.[.]`,
		`\[[a]`:                            `\[[a]`,
	}
	for java, want := range tests {
		if got, err := translatePattern(java); got != want || err != nil {
			t.Errorf("%s becomes %s, %v; want %s", java, got, err, want)
		}
	}
}

func TestPatternMatches(t *testing.T) {
	t.Parallel()
	const alias = `^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`
	const path, arn = `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`
	tests := []struct {
		pattern, value string
		want           bool
	}{
		{`[\w]+`, "aZ09_", true},
		{`[\w]+`, "", false},
		{`[\w]*`, "", true},
		{`[\w]+`, "a\n", false},
		{`[\w]+`, "\na", false},
		{`[\w]+`, "é", false},
		{`[\d]*`, "٣", false},
		{`[\p{L}]+`, "éß漢", true},
		{`[\p{L}]+`, "é1", false},
		{path, "/", true},
		{path, "//", false},
		{path, "/a/", true},
		{path, "/a/b", false},
		{path, "x/", false},
		{path, "/a/\n", false},
		{path, "/" + strings.Repeat("a", maxEngine-2) + "/", true},
		{path, "/" + strings.Repeat("a", maxEngine-1) + "/", false},
		{arn, "a\t\n\ré\u1000\uE000\uFFFD", true},
		{arn, "🔑", false},
		{arn, "\x00", false},
		{arn, "\uFFFE", false},
		{alias, "abc", true},
		{alias, "a-b-9", true},
		{alias, "ab", false},
		{alias, "a--b", false},
		{alias, "a---b", false},
		{alias, "-ab", false},
		{alias, "ab-", false},
		{alias, "abC", false},
		{alias, "abc\n", false},
		{alias, strings.Repeat("a", 63), true},
		{alias, strings.Repeat("a", 64), false},
		{`[a-](-(?!-))*`, "-", true}, // not a class
		{`a|b`, "ab", false},
		{`a.c`, "a\u2028c", false},
		{`a.c`, "abc", true},
	}
	for _, tt := range tests {
		p, err := compilePattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.matches(tt.value); got != tt.want {
			t.Errorf("%s matches %q: %t", tt.pattern, tt.value, got)
		}
	}
}

// FuzzPattern compares the short cut for character classes with the regular expression engine.
func FuzzPattern(f *testing.F) {
	var patterns []*pattern
	classes := 0
	for _, text := range modelPatterns {
		p, err := compilePattern(text)
		if err != nil {
			f.Fatal(err)
		}
		if p.class {
			classes++
		}
		patterns = append(patterns, p)
	}
	if classes != 13 {
		f.Errorf("%d patterns are classes, want 13", classes)
	}
	for _, seed := range []string{"", "a", "/", "/a/", "é", "🔑", "\u1000", "F", "\uFFFD", "\xff", "v1.", "a\n", "\x7f", "\u0080"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > maxEngine {
			return
		}
		for _, p := range patterns {
			if got, want := p.matches(s), p.re.MatchString(s); got != want {
				t.Errorf("%s matches %q: %t, the engine says %t", p.text, s, got, want)
			}
		}
	})
}
