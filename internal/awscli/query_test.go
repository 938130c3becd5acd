package awscli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAskedKeys(t *testing.T) {
	t.Parallel()
	tests := []struct {
		query string
		want  [][]string
	}{
		{"a.b", nil},
		{"{b: x, a: y}", [][]string{{"b", "a"}}},
		{"{b:x,a:{d:x,c:y}}", [][]string{{"d", "c"}, {"b", "a"}}},
		{"[].{b: x[0:2], a: y[?z == '{c: d}']}", [][]string{{"b", "a"}}},
		{`{"b c": x, "a\u00e9": y}`, [][]string{{"b c", "aé"}}},
		{"{b: `{\"x\": 1}`, a: join(':', {d: y, c: z}.*)}", [][]string{{"d", "c"}, {"b", "a"}}},
	}
	for _, test := range tests {
		_, got, err := compileQuery(test.query)
		if err != nil {
			t.Errorf("%s: %v", test.query, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.query, diff)
		}
	}
}

// TestBadQueries has queries at which the library panics.
func TestBadQueries(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"@()", "Arn\u0080"} {
		search, _, err := compileQuery(text)
		if err == nil {
			_, err = search("a")
		}
		if err == nil || !strings.Contains(err.Error(), "the query can't be understood: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("{b: x[0:2], a: y[?z == '{c: d}']}")
	f.Add("{\"b c\": `{\"x\": 1}`}")
	f.Fuzz(func(_ *testing.T, text string) {
		search, asked, err := compileQuery(text)
		if err != nil {
			return
		}
		value, err := search(map[string]any{"a": "b", "c": map[string]any{"d": float64(1)}})
		if err != nil {
			return
		}
		for _, format := range Formats {
			p := printer{format: format, order: order{asked: asked}, title: "Title", width: 80}
			_ = p.print(discard{}, value) // a table may not be able to show it
		}
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
