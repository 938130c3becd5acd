package store_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/storetest"
)

// The sealing key is refused rather than replaced, and nothing changes on the disk.
func TestSealingKeyRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, path string)
		want   string
	}{
		{"missing", func(t *testing.T, path string) { must(t, os.Remove(path)) }, "is missing"},
		{"of another database", func(t *testing.T, path string) {
			other := newSQLite(t)
			open(t, other)
			key, err := os.ReadFile(other.SealingKey.String())
			must(t, err)
			must(t, os.WriteFile(path, key, 0o600))
		}, "does not open the key set"},
		{"empty", func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }, "holds no Tink key set"},
		{"cut", func(t *testing.T, path string) { must(t, os.Truncate(path, 40)) }, "holds no Tink key set"},
		{"too long", func(t *testing.T, path string) { must(t, os.Truncate(path, 1<<30)) }, "holds no Tink key set"},
		{"a directory", func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o700))
		}, "sealing.key"},
	}
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o604, 0o620, 0o602} {
		tests = append(tests, struct {
			name   string
			change func(t *testing.T, path string)
			want   string
		}{"mode " + mode.String(), func(t *testing.T, path string) { must(t, os.Chmod(path, mode)) }, "chmod 600 "})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			options := newSQLite(t)
			must(t, open(t, options).Close())
			test.change(t, options.SealingKey.String())
			before, beforeErr := os.Stat(options.SealingKey.String())
			refused(t, options, test.want, options.SealingKey.String())
			after, afterErr := os.Stat(options.SealingKey.String())
			if (beforeErr == nil) != (afterErr == nil) {
				t.Errorf("the file changed: %v, %v", beforeErr, afterErr)
			}
			if beforeErr == nil && (before.Size() != after.Size() || before.Mode() != after.Mode() || before.ModTime() != after.ModTime()) {
				t.Error("the file changed")
			}
		})
	}
}

// A key that is there before the database is the one that is used: a second node brings the first one's.
func TestSealingKeyBeforeTheDatabase(t *testing.T) {
	t.Parallel()
	first := newSQLite(t)
	open(t, first)
	second := store.Options{URL: newSQLite(t).URL, SealingKey: first.SealingKey}
	must(t, open(t, second).Close())
	second.SealingKey = storetest.KeyFile(t)
	refused(t, second, "is missing")
}

// An error about a key file quotes nothing of it.
func TestSealingKeyErrorsAreDiscreet(t *testing.T) {
	t.Parallel()
	options := newSQLite(t)
	must(t, os.WriteFile(options.SealingKey.String(), []byte(`{"hunter2": "hunter2"}`), 0o600))
	_, err := store.Open(t.Context(), options, epoch)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
