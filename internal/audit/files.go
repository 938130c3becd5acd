package audit

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// chainSuffix is what the name of a file's chain has behind the file's own.
const chainSuffix = ".chain"

// part is one of the files of a log. Rotated ones have a number in their name, in the order in which they were written;
// the current one has the number that it will get.
type part struct {
	path    string
	number  int
	becomes string // the path of the current one after its rotation; empty: it is a rotated one
}

// open opens a file of the log for reading. The current one may have been rotated since it was found, and another have its name.
func (p part) open() (*os.File, error) {
	file, err := os.Open(p.path)
	if p.becomes == "" {
		return file, err
	}
	rotated, rotatedErr := os.Open(p.becomes)
	if errors.Is(rotatedErr, fs.ErrNotExist) {
		return file, err
	}
	if err == nil {
		rotatedErr = errors.Join(rotatedErr, file.Close())
	}
	return rotated, rotatedErr
}

func (p part) stat() (fs.FileInfo, error) {
	file, err := p.open()
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	return info, errors.Join(err, file.Close())
}

// parts returns the files of the log at a path, the oldest first and the current one last, which need not be there.
func parts(path string) ([]part, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	var found []part
	for _, entry := range entries {
		if n, ok := rotatedNumber(path, strings.TrimSuffix(entry.Name(), chainSuffix)); ok {
			found = append(found, part{path: rotatedPath(path, n), number: n})
		}
	}
	slices.SortFunc(found, func(a, b part) int { return cmp.Compare(a.number, b.number) })
	found = slices.Compact(found) // a file, and its chain
	current := 1
	if len(found) > 0 {
		current = found[len(found)-1].number + 1
	}
	return append(found, part{path, current, rotatedPath(path, current)}), nil
}

// rotatedPath names the file that a log leaves as its nth: audit-000001.jsonl beside audit.jsonl.
func rotatedPath(path string, n int) string {
	extension := filepath.Ext(path)
	return fmt.Sprintf("%s-%06d%s", strings.TrimSuffix(path, extension), n, extension)
}

func rotatedNumber(path, name string) (n int, ok bool) {
	extension := filepath.Ext(path)
	digits, ok := strings.CutPrefix(name, strings.TrimSuffix(filepath.Base(path), extension)+"-")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSuffix(digits, extension))
	return n, err == nil && n > 0 && filepath.Base(rotatedPath(path, n)) == name
}
