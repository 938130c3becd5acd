package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// maxSealingKey is far more than a Tink key set takes.
const maxSealingKey = 64 << 10

// SealingKey is where the sealing key of a database is: SealingKeyFile, SealingKeyText or SealingKeyKMS.
type SealingKey interface {
	// String names the place, and tells nothing of the key.
	String() string
	// open returns the key, for a database that may be new.
	open(ctx context.Context, s *Store, isNew bool, now time.Time) (sealingKey, error)
	// renew returns a key to seal a database with that is sealed with another one now.
	renew(ctx context.Context) (sealingKey, error)
}

// sealingKey is a sealing key that is open.
type sealingKey struct {
	key     tink.AEAD
	id      uint32
	source  string
	wrapped []byte // by a KMS, for the database to keep; nil where that does not keep it
}

func newSealingKey(handle *keyset.Handle, source SealingKey) (sealingKey, error) {
	key, err := aead.New(handle)
	return sealingKey{key: key, id: handle.KeysetInfo().GetPrimaryKeyId(), source: source.String()}, err
}

// SealingKeyFile is a file that nobody but its owner can read or write. It is made with a new database, and for a rewrap.
type SealingKeyFile string

// String is the path.
func (f SealingKeyFile) String() string { return string(f) }

// open opens the file. When it is not there and the database is new it is created; a database that has key sets was sealed with
// the file that is missing, and a new one would open nothing.
func (f SealingKeyFile) open(ctx context.Context, s *Store, isNew bool, _ time.Time) (sealingKey, error) {
	if err := s.checkNotWrapped(ctx); err != nil {
		return sealingKey{}, err
	}
	if isNew {
		return f.renew(ctx)
	}
	handle, err := openSealingKey(f.String())
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the sealing key file %s is missing, and this database can't be opened without it: put it back", f)
	}
	if err != nil {
		return sealingKey{}, err
	}
	return newSealingKey(handle, f)
}

func (f SealingKeyFile) renew(context.Context) (sealingKey, error) {
	handle, err := openSealingKey(f.String())
	if errors.Is(err, fs.ErrNotExist) {
		if err := createSealingKey(f.String()); err != nil {
			return sealingKey{}, fmt.Errorf("create the sealing key file %s: %w", f, err)
		}
		handle, err = openSealingKey(f.String())
	}
	if err != nil {
		return sealingKey{}, err
	}
	return newSealingKey(handle, f)
}

// SealingKeyText is what a sealing key file holds, kept elsewhere. Only an operator can make one.
type SealingKeyText struct {
	Name string // of the place
	Read func(context.Context) ([]byte, error)
}

// String is the name.
func (t SealingKeyText) String() string { return t.Name }

func (t SealingKeyText) open(ctx context.Context, s *Store, _ bool, _ time.Time) (sealingKey, error) {
	if err := s.checkNotWrapped(ctx); err != nil {
		return sealingKey{}, err
	}
	return t.renew(ctx)
}

func (t SealingKeyText) renew(ctx context.Context) (sealingKey, error) {
	text, err := t.Read(ctx)
	if err != nil {
		return sealingKey{}, fmt.Errorf("the sealing key in %s: %w", t, err)
	}
	handle, err := parseSealingKey(bytes.NewReader(text))
	if err != nil {
		return sealingKey{}, fmt.Errorf("the sealing key in %s %w", t, err)
	}
	return newSealingKey(handle, t)
}

func openSealingKey(path string) (*keyset.Handle, error) {
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
	handle, err := parseSealingKey(f)
	if err != nil {
		return nil, fmt.Errorf("the sealing key file %s %w", path, err)
	}
	return handle, nil
}

// parseSealingKey reads a Tink key set of JSON. Its error continues a sentence, and quotes nothing of what could not be read.
func parseSealingKey(r io.Reader) (*keyset.Handle, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(io.LimitReader(r, maxSealingKey)))
	if err != nil {
		return nil, errors.New("holds no Tink key set: put back the one that was made with this database")
	}
	return handle, nil
}

// newSealingKeyset makes the key set of a sealing key.
func newSealingKeyset() (*keyset.Handle, error) {
	return keyset.NewHandle(aead.XAES256GCM192BitNonceKeyTemplate())
}

// createSealingKey writes the file whole or not at all: under another name, then linked to its own, which fails when
// another process was faster. That one's file is as good.
func createSealingKey(path string) error {
	handle, err := newSealingKeyset()
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

// sweep removes what a process left that was killed while it made the file.
func (f SealingKeyFile) sweep() error {
	dir := filepath.Dir(f.String())
	entries, err := os.ReadDir(dir) // and no Glob, which would take a directory's name for a pattern
	for _, entry := range entries {
		if left, _ := filepath.Match(unfinishedSealingKeys(f.String()), entry.Name()); !left {
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
