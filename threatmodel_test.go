package daypass_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest   = regexp.MustCompile("`([a-z0-9/]+)\\s((?:Test|Fuzz)[A-Za-z0-9]+)`")
	anyTestName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z][A-Za-z0-9]+`)
)

// TestThreatModel holds that each test that docs/threat-model.md names is there, and that it names one for each flaw.
func TestThreatModel(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	named := namedTest.FindAllStringSubmatch(string(text), -1)
	if len(named) < 50 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, n := range named {
		if !hasTest(t, n[1], n[2]) {
			t.Errorf("%s has no %s", n[1], n[2])
		}
	}
	_, flaws, _ := strings.Cut(string(text), "## Flaws of comparable systems")
	flaws, _, _ = strings.Cut(flaws, "\n## ")
	rows := 0
	for _, line := range strings.Split(flaws, "\n") {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| flaw ") {
			continue
		}
		cells := strings.Split(line, " | ")
		if rows++; len(cells) != 3 || anyTestName.FindString(cells[2]) == "" && !strings.Contains(cells[2], "see below") {
			t.Errorf("no test for: %s", cells[0])
		}
	}
	if rows < 20 {
		t.Errorf("only %d flaws", rows)
	}
}

// hasTest reports whether a package has a test or fuzz target of a name.
func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(pkg), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
