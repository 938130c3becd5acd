package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modernc.org/sqlite is compiled for one version of modernc.org/libc; another one that some dependency asks for would be
// linked without a word.
func TestSQLiteHasItsOwnLibc(t *testing.T) {
	t.Parallel()
	modules := map[string]struct{ Version, GoMod string }{}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-json", "modernc.org/sqlite", "modernc.org/libc").Output()
	must(t, err)
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var m struct{ Path, Version, GoMod string }
		must(t, decoder.Decode(&m))
		modules[m.Path] = struct{ Version, GoMod string }{m.Version, m.GoMod}
	}
	goMod, err := os.ReadFile(modules["modernc.org/sqlite"].GoMod)
	must(t, err)
	required := regexp.MustCompile(`(?m)^\s*(?:require )?modernc\.org/libc (v\S+)`).FindSubmatch(goMod)
	if required == nil {
		t.Fatal("modernc.org/sqlite names no libc")
	}
	if got, want := modules["modernc.org/libc"].Version, string(required[1]); got != want {
		t.Errorf("modernc.org/libc is %s; modernc.org/sqlite %s wants %s", got, modules["modernc.org/sqlite"].Version, want)
	}
}

// sqlc's output belongs to its input: make generate records the sums of both.
func TestGeneratedCodeIsFresh(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	recorded, err := os.ReadFile(filepath.Join(root, "tools", "generated.sha256"))
	must(t, err)
	want := map[string]string{}
	for line := range strings.Lines(string(recorded)) {
		if sum, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok { // the last line is sqlc's version
			want[name] = sum
		}
	}
	got := map[string]string{}
	for _, pattern := range []string{
		"sqlc.yaml", "internal/store/migrations/*.sql", "internal/store/queries/*.sql",
		"internal/store/sqlc_*.go", "internal/store/*_gen.go",
	} {
		names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			must(t, err)
			relative, err := filepath.Rel(root, name)
			must(t, err)
			sum := sha256.Sum256(content)
			got[filepath.ToSlash(relative)] = hex.EncodeToString(sum[:])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run make generate (-recorded +found)\n%s", diff)
	}
}
