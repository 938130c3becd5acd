package awscli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFormats prints values as the formatters of the AWS CLI 2.9.19 did, which wrote testdata/formats.json of values that were
// made at random.
func TestFormats(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/formats.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Value             any
		YAML, Text, Table string
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, c := range cases {
		for format, want := range map[string]string{"yaml": c.YAML, "text": c.Text, "table": c.Table} {
			var b strings.Builder
			p := printer{format: format, title: "GetSessionToken", width: 80}
			if err := p.print(&b, c.Value); err != nil {
				t.Errorf("%s of %v: %v", format, c.Value, err)
			}
			if diff := cmp.Diff(want, b.String()); diff != "" {
				t.Errorf("%s of %v (-AWS CLI +daypass)\n%s", format, c.Value, diff)
			}
		}
	}
}

func TestTableRefusals(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{
		"rows of several lengths": []any{[]any{"a", "b"}, []any{"c"}},
		"objects and others":      []any{map[string]any{"a": "b"}, "c"},
	} {
		if err := (printer{format: "table", width: 80}).print(discard{}, value); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
