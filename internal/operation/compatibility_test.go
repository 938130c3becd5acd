package operation_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/sts"
)

var update = flag.Bool("update", false, "write docs/compatibility.md")

const compatibilityFile = "../../docs/compatibility.md"

const compatibilityHead = `# Which actions are in

<!-- Made by the test of internal/operation, from its table and AWS's lists of actions: make generate. Do not edit. -->

An action that is not in answers as one that AWS does not know: 400 ` + "`InvalidAction`" + `. Where one that is in differs from AWS is
in [aws-divergences.md](aws-divergences.md). The lists of AWS's actions are those of its SDK for Go v2: ` +
	"`service/sts`" + ` v1.51.8 and
` + "`service/iam`" + ` v1.64.8.
`

// TestCompatibility holds docs/compatibility.md to the table. With -update, it writes the document.
func TestCompatibility(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(compatibilityHead)
	for _, service := range []string{"sts", "iam"} {
		describe(t, &b, service)
	}
	if *update {
		if err := os.WriteFile(compatibilityFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(compatibilityFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), b.String()); diff != "" {
		t.Errorf("docs/compatibility.md is stale: go test ./internal/operation -run TestCompatibility -update (-is +should be):\n%s", diff)
	}
}

// describe appends a service's section.
func describe(t *testing.T, b *strings.Builder, service string) {
	t.Helper()
	all := awsActions(t, service)
	var in []string
	for o := range operation.NewTable(nil, nil, &sts.Service{}, &iam.Service{}).All() {
		if name, action, _ := strings.Cut(o.Name, ":"); name == service {
			in = append(in, action)
			if !slices.Contains(all, action) {
				t.Errorf("AWS has no %s", o.Name)
			}
		}
	}
	slices.Sort(in)
	out := slices.DeleteFunc(slices.Clone(all), func(action string) bool { return slices.Contains(in, action) })
	fmt.Fprintf(b, "\n## %s: %d of %d\n\n", strings.ToUpper(service), len(in), len(all))
	fmt.Fprintf(b, "### In\n\n%s\n### Not in\n\n%s", paragraph(in), paragraph(out))
}

// awsActions are all actions that AWS's service has, sorted.
func awsActions(t *testing.T, service string) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + service + "_actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(text))
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("the list of %s's actions is not sorted, or has one twice", service)
	}
	return all
}

// paragraph is a list of names in lines of no more than 120 characters.
func paragraph(names []string) string {
	if len(names) == 0 {
		return "None.\n"
	}
	var b strings.Builder
	width := 0
	for i, name := range names {
		word := "`" + name + "`,"
		if i == len(names)-1 {
			word = "`" + name + "`."
		}
		switch {
		case i == 0:
		case width+1+len(word) > 120:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String() + "\n"
}
