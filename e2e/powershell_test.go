package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/cmdlet"
)

// wantPowerShell parses what is said to be PowerShell. The place is where it is from: a file, or a program's output.
func wantPowerShell(t *testing.T, place, text string) {
	t.Helper()
	if faults := powerShell(t, text); faults != "" {
		t.Errorf("%s is no PowerShell: %s\n%s", place, faults, text)
	}
}

// powerShell runs node/powershell.mjs. V8's second compiler takes minutes for the grammar, and node waits for it to end.
func powerShell(t *testing.T, text string, arguments ...string) string {
	t.Helper()
	command := exec.Command(needNode(t), append([]string{"--liftoff-only", "node/powershell.mjs"}, arguments...)...)
	command.Stdin = strings.NewReader(text)
	return output(t, command)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPowerShellParses(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../powershell/*")
	if err != nil || len(files) < 2 {
		t.Fatalf("the module's files are %q: %v", files, err)
	}
	for _, file := range files {
		wantPowerShell(t, file, read(t, file))
	}
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```powershell\n(.*?)^```$")
	var shown []string
	for _, file := range append(documents, "../README.md") {
		for _, match := range block.FindAllStringSubmatch(read(t, file), -1) {
			shown = append(shown, match[1])
		}
	}
	if len(shown) == 0 {
		t.Error("no document shows how to use the module")
	}
	wantPowerShell(t, "what the documents show", strings.Join(shown, "\n"))

	for _, broken := range []string{"$env:X = 'it's'", "if ($a { }", "function f {"} {
		if powerShell(t, broken) == "" {
			t.Errorf("%s passes for PowerShell", broken)
		}
	}
}

// declared is how the module declares a parameter.
type declared struct {
	Name, Type string
	Attributes []string
}

// TestPowerShellParameters holds the module's parameters to the command's.
func TestPowerShellParameters(t *testing.T) {
	t.Parallel()
	var got, want []declared
	module := powerShell(t, read(t, "../powershell/Daypass.psm1"), cmdlet.Name)
	if err := json.Unmarshal([]byte(module), &got); err != nil {
		t.Fatalf("%v in %s", err, module)
	}
	for _, p := range cmdlet.Parameters() {
		if p.Name != "OutputFormat" { // a function returns objects
			want = append(want, declaration(p))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the module and the command differ (-command +module)\n%s", diff)
	}
	help := read(t, "../powershell/Daypass.psm1")
	for _, p := range want {
		if !strings.Contains(help, "\n    .PARAMETER "+p.Name+"\n") {
			t.Errorf("the module's help does not tell of %s", p.Name)
		}
	}
}

// declaration is how a module has to declare one of the command's parameters.
func declaration(p cmdlet.Parameter) declared {
	var how []string
	if p.Position > 0 {
		how = append(how, fmt.Sprintf("Position = %d", p.Position-1)) // the help counts from 1
	}
	if p.Pipeline {
		how = append(how, "ValueFromPipeline = $true")
	}
	attributes := []string{"Parameter(" + strings.Join(how, ", ") + ")"}
	if p.Alias != "" {
		attributes = append(attributes, "Alias('"+p.Alias+"')")
	}
	switch {
	case p.Max != 0:
		attributes = append(attributes, fmt.Sprintf("ValidateRange(%d, %d)", p.Min, p.Max))
	case p.Pattern != "":
		attributes = append(attributes, "ValidatePattern('"+p.Pattern+"')")
	default:
		attributes = append(attributes, "ValidateNotNullOrEmpty()")
	}
	return declared{Name: p.Name, Type: map[string]string{
		"System.Int32":                              "int",
		"System.String":                             "string",
		"Amazon.Runtime.AWSCredentials":             "object", // a type only where the AWS SDK is loaded
		"System.Management.Automation.PSCredential": "pscredential",
	}[p.Type], Attributes: slices.Clip(attributes)}
}
