package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// maxSealingKeyFile is far more than a Tink key set takes.
const maxSealingKeyFile = 64 << 10

// openOrCreateSealingKey opens the file. When it is not there and the database is new it is created; a database that
// has key sets was sealed with the file that is missing, and a new one would open nothing.
func openOrCreateSealingKey(path string, newDatabase bool) (tink.AEAD, error) {
	key, err := openSealingKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if !newDatabase {
		return nil, fmt.Errorf("the sealing key file %s is missing, and this database can't be opened without it: put it back", path)
	}
	if err := createSealingKey(path); err != nil {
		return nil, fmt.Errorf("create the sealing key file %s: %w", path, err)
	}
	return openSealingKey(path)
}

func openSealingKey(path string) (tink.AEAD, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := checkPrivate("sealing key file", path, info); err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(io.LimitReader(f, maxSealingKeyFile)))
	if err != nil {
		// Without the cause: it may quote what it could not read.
		return nil, fmt.Errorf("the sealing key file %s holds no Tink key set: put back the one that was made with this database", path)
	}
	return aead.New(handle)
}

// createSealingKey writes the file whole or not at all: under another name, then linked to its own, which fails when
// another process was faster. That one's file is as good.
func createSealingKey(path string) error {
	handle, err := keyset.NewHandle(aead.XAES256GCM192BitNonceKeyTemplate())
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, unfinishedSealingKeys(path)) // mode 0600, O_EXCL
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // what stays is swept
	err = insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(f))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	err = os.Link(f.Name(), path)
	if _, statErr := os.Stat(path); err != nil && statErr != nil { // else another start was faster, and may have swept ours
		return err
	}
	return syncDirectory(dir)
}

// unfinishedSealingKeys is the pattern of names that a key has before its file is whole.
func unfinishedSealingKeys(path string) string { return filepath.Base(path) + ".*.new" }

// sweepSealingKeys removes what a process left that was killed while it made the file.
func sweepSealingKeys(path string) error {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir) // and no Glob, which would take a directory's name for a pattern
	for _, entry := range entries {
		if left, _ := filepath.Match(unfinishedSealingKeys(path), entry.Name()); !left {
			continue
		}
		if removeErr := os.Remove(filepath.Join(dir, entry.Name())); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	return err
}

// syncDirectory makes the names in a directory durable. Windows keeps them without being asked, and can't be asked.
func syncDirectory(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
