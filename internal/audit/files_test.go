package audit

import (
	"os"
	"path/filepath"
	"testing"
)

// A file that was found is opened, though the log is rotated before that: once, twice, or not yet to the end.
func TestPartIsRotatedMeanwhile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	begin := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	end := func(number int) {
		t.Helper()
		if err := os.Rename(path, rotatedPath(path, number)); err != nil {
			t.Fatal(err)
		}
	}
	begin("1")
	found, err := parts(path)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	for number, rotate := range []func(){func() {}, func() { end(1) }, func() { begin("2") }, func() { end(2); begin("3") }} {
		rotate()
		file, err := found[0].open()
		if err != nil {
			t.Fatal(number, err)
		}
		text := make([]byte, 2)
		if n, err := file.Read(text); err != nil || string(text[:n]) != "1" {
			t.Errorf("after %d steps the file with %q is opened: %v", number, text[:n], err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}
