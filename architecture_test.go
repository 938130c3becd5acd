package daypass_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/daypass/daypass/"

// tiers are all packages of the module. A package imports only packages of lower tiers; its tests may import any.
var tiers = [][]string{
	0: {"internal/aws", "internal/cmdlet", "internal/deflate", "internal/password", "internal/totp", "policy", "sigv4"},
	1: {
		"internal/authmessage", "internal/awsmodel", "internal/awspolicy", "internal/certs", "internal/client", "internal/credentialendpoint", "internal/door",
		"internal/kms", "internal/limit", "internal/oidc", "internal/query", "internal/s3", "internal/saml", "internal/samlrole", "internal/sessiontoken", "verifier",
	},
	2: {"internal/audit", "internal/awscli", "internal/login", "internal/store"},
	3: {"internal/authn", "internal/authz", "internal/sealingkey", "internal/store/pgtest", "internal/store/storetest", "internal/webidentity"},
	4: {"internal/enforce", "internal/iam", "internal/sts"},
	5: {"internal/extauth", "internal/operation"},
	6: {
		"internal/api", "internal/auditsink", "internal/extauth/envoy", "internal/extauth/subrequest", "internal/gateway", "internal/metrics",
		"internal/tracing", "internal/verifierapi",
	},
	7: {"internal/server"},
	8: {"bench", "cmd/daypass", "internal/testenv"},
}

// HTTP ends at operation.Invoke: from here to there a package knows Go values only.
const firstWithoutHTTP, lastWithoutHTTP = 3, 5

// clocks are the packages that may ask for the time, the gateway for the deadlines of connections, the verifier in
// others' programs. All others are given it.
var clocks = []string{"bench", "cmd/daypass", "internal/gateway", "internal/store/pgtest", "verifier"}

func tierOf(pkg string) (tier int, ok bool) {
	tier = slices.IndexFunc(tiers, func(packages []string) bool { return slices.Contains(packages, pkg) })
	return tier, tier >= 0
}

func TestArchitecture(t *testing.T) {
	t.Parallel()
	files := parseModule(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, fault := range faults(path.Dir(name), files[name]) {
			t.Errorf("%s: %s", name, fault)
		}
	}
	there := map[string]bool{}
	for name := range files {
		there[path.Dir(name)] = true
	}
	for tier, packages := range tiers {
		for _, pkg := range packages {
			if !there[pkg] {
				t.Errorf("tier %d has %s, which is not there", tier, pkg)
			}
		}
	}
}

// parseModule reads the Go files of this module that are no tests, under every build tag.
func parseModule(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skipped(name)
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		files[filepath.ToSlash(name)] = file
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// skipped is fs.SkipDir for what the go command takes for no part of the module.
func skipped(dir string) error {
	base := filepath.Base(dir)
	if dir == "." {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || base[0] == '.' || base[0] == '_' || base == "testdata" || base == "vendor" {
		return fs.SkipDir
	}
	return nil
}

// faults says what is wrong with a file of a package.
func faults(pkg string, file *ast.File) []string {
	tier, ok := tierOf(pkg)
	if !ok {
		return []string{pkg + " is in no tier"}
	}
	var found []string
	names := map[string]string{} // in the file, by what is imported under them
	for _, spec := range file.Imports {
		imported, name := importOf(spec)
		names[name] = imported
		found = append(found, importFaults(tier, imported, name)...)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				found = append(found, "has an init function: nothing happens before main")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				found = append(found, useFaults(pkg, names[x.Name]+"."+n.Sel.Name)...)
			}
		}
		return true
	})
	return found
}

func importOf(spec *ast.ImportSpec) (imported, name string) {
	imported, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic("internal error: the parser let an import pass: " + err.Error())
	}
	if spec.Name != nil {
		return imported, spec.Name.Name
	}
	return imported, path.Base(imported)
}

func importFaults(tier int, imported, name string) []string {
	var found []string
	if name == "." {
		found = append(found, "imports "+imported+" into its own names, which hides what it uses")
	}
	if pkg, ours := strings.CutPrefix(imported, module); ours {
		lower, known := tierOf(pkg)
		switch {
		case !known:
			found = append(found, "imports "+pkg+", which is in no tier")
		case lower >= tier:
			found = append(found, fmt.Sprintf("is in tier %d and imports %s of tier %d", tier, pkg, lower))
		}
	}
	switch imported {
	case "math/rand", "math/rand/v2":
		found = append(found, "imports "+imported+": nothing here may be guessed")
	case "net/http", "net/url", "encoding/xml":
		if firstWithoutHTTP <= tier && tier <= lastWithoutHTTP {
			found = append(found, "imports "+imported+": HTTP ends at operation.Invoke")
		}
	}
	return found
}

func useFaults(pkg, used string) []string {
	switch used {
	case "context.WithValue":
		return []string{"uses context.WithValue: pass it as an argument"}
	case "time.Now", "time.Since", "time.Until":
		if !slices.Contains(clocks, pkg) {
			return []string{"uses " + used + ": take the instant as a value"}
		}
	}
	return nil
}

// TestArchitectureFaults holds the test above to seeing what it looks for.
func TestArchitectureFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, pkg, source string
		want              []string
	}{
		{"lower tier", "internal/sts", `import "github.com/daypass/daypass/internal/authn"`, nil},
		{"same tier", "internal/sts", `import "github.com/daypass/daypass/internal/iam"`, []string{"is in tier 4 and imports internal/iam of tier 4"}},
		{"higher tier", "internal/aws", `import x "github.com/daypass/daypass/internal/api"`, []string{"is in tier 0 and imports internal/api of tier 6"}},
		{"of no tier", "internal/util", ``, []string{"internal/util is in no tier"}},
		{"import of no tier", "internal/api", `import "github.com/daypass/daypass/internal/util"`, []string{"imports internal/util, which is in no tier"}},
		{"HTTP at the door", "internal/api", `import "net/http"`, nil},
		{"HTTP below the door", "internal/operation", `import ("net/http"; "net/url"; "encoding/xml")`, []string{
			"imports net/http: HTTP ends at operation.Invoke",
			"imports net/url: HTTP ends at operation.Invoke",
			"imports encoding/xml: HTTP ends at operation.Invoke",
		}},
		{"guessable", "sigv4", `import ("math/rand"; r "math/rand/v2")`, []string{
			"imports math/rand: nothing here may be guessed", "imports math/rand/v2: nothing here may be guessed",
		}},
		{"dot", "sigv4", `import . "time"`, []string{"imports time into its own names, which hides what it uses"}},
		{"clock of a command", "cmd/daypass", `import "time"; var now = time.Now`, nil},
		{"clock", "internal/server", `import "time"; func f() { _ = time.Since(time.Now()) }`, []string{
			"uses time.Since: take the instant as a value", "uses time.Now: take the instant as a value",
		}},
		{"clock under another name", "internal/iam", `import clock "time"; var now = clock.Now`, []string{"uses time.Now: take the instant as a value"}},
		{"no clock", "internal/iam", `import "time"; type now struct{ Now time.Time }; func (n now) f() time.Time { return n.Now }`, nil},
		{"context", "internal/api", `import "context"; var f = context.WithValue`, []string{"uses context.WithValue: pass it as an argument"}},
		{"init", "sigv4", `func init() {}`, []string{"has an init function: nothing happens before main"}},
		{"no init", "sigv4", `type t struct{}; func (t) init() {}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x; "+test.source, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, faults(test.pkg, file)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
