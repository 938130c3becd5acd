package login

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/zalando/go-keyring"

	"github.com/daypass/daypass/internal/client"
)

const (
	keyringService = "daypass"
	sessionPrefix  = "session-"
	maxCacheFile   = 64 << 10
)

// Cache keeps sessions between commands, and notes which token codes are spent. It is a directory that is its owner's alone;
// the sessions may be in the operating system's keyring instead.
type Cache struct {
	dir     string
	keyring bool
}

// OpenCache opens the cache of the user: daypass in $XDG_CACHE_HOME, ~/.cache, or wherever the operating system has caches.
// It makes the directory if there is none, and refuses one that others can look into.
func OpenCache(useKeyring bool) (*Cache, error) {
	caches, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	return openCache(filepath.Join(caches, "daypass"), useKeyring)
}

func openCache(dir string, useKeyring bool) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) { // a symbolic link that leads nowhere exists
		return nil, err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s, where sessions are kept, is no directory", dir)
	}
	if err := private(dir, info); err != nil {
		return nil, client.WithHint(err, "look what is in it, then: chmod 700 "+dir)
	}
	return &Cache{dir, useKeyring}, nil
}

// private refuses what belongs to others, or what they may read. Windows keeps caches apart without modes.
func private(path string, info fs.FileInfo) error {
	switch {
	case runtime.GOOS == "windows":
	case !owned(info):
		return fmt.Errorf("%s belongs to somebody else", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to others: its mode is %04o", path, info.Mode().Perm())
	}
	return nil
}

// Where says where the sessions are, for people.
func (c *Cache) Where() string {
	if c.keyring {
		return "the operating system's keyring"
	}
	return c.dir
}

// Key is what a session was asked for with. A session is used for the same key alone.
type Key struct {
	Profile      string // empty: the environment
	AccessKeyID  string // of the long-term key
	Endpoint     string // empty: AWS
	SerialNumber string // as configured; empty: the device was found
}

// nameOf is a file name that no two values share.
func nameOf(prefix string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("internal error: a key of the cache is no JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return prefix + hex.EncodeToString(sum[:16])
}

// session returns the session of a key, whether it is still good or not; none is the zero value.
func (c *Cache) session(k Key) (Session, error) {
	var s Session
	name := nameOf(sessionPrefix, k)
	if !c.keyring {
		return s, read(c, name, &s)
	}
	text, err := keyring.Get(keyringService, name)
	if errors.Is(err, keyring.ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, keyringError(err)
	}
	return s, decode([]byte(text), &s)
}

// keep is called while the device is locked.
func (c *Cache) keep(s Session, now time.Time) error {
	name := nameOf(sessionPrefix, s.Key)
	if c.keyring {
		text, err := json.Marshal(s) //nolint:gosec // the keyring is for secrets
		if err != nil {
			return err
		}
		return keyringError(keyring.Set(keyringService, name, string(text)))
	}
	return errors.Join(c.write(name, s), c.sweep(now))
}

func keyringError(err error) error {
	if err == nil {
		return nil
	}
	return client.WithHint(fmt.Errorf("the operating system's keyring: %w", err),
		"unlock the keyring, or leave --keyring and DAYPASS_KEYRING away to keep sessions in files")
}

// sweep removes sessions that have expired.
func (c *Cache) sweep(now time.Time) error {
	return c.each(func(path string, s Session) error {
		if s.Expiration.After(now) {
			return nil
		}
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// Find looks for the session that has an access key id. Sessions in a keyring are not found.
func (c *Cache) Find(accessKeyID string) (found Session, ok bool, err error) {
	err = c.each(func(_ string, s Session) error {
		if s.AccessKeyID == accessKeyID {
			found, ok = s, true
		}
		return nil
	})
	return found, ok, err
}

func (c *Cache) each(visit func(path string, s Session) error) error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), sessionPrefix) || strings.HasSuffix(entry.Name(), unfinished) {
			continue
		}
		var s Session
		if err := read(c, entry.Name(), &s); err != nil {
			return err
		}
		if err := visit(filepath.Join(c.dir, entry.Name()), s); err != nil {
			return err
		}
	}
	return nil
}

// device is what is known of an MFA device.
type device struct{ Endpoint, SerialNumber string }

// spent is the last code of a device that was accepted. It is worth nothing any more.
type spent struct {
	Code string
	At   time.Time
}

func (c *Cache) spent(d device) (spent, error) {
	var s spent
	return s, read(c, nameOf("spent-", d), &s)
}

func (c *Cache) spend(d device, s spent) error { return c.write(nameOf("spent-", d), s) }

// lock waits until no other process has locked the same thing. waiting is called if that takes a while.
func (c *Cache) lock(ctx context.Context, what any, waiting func()) (unlock func(), err error) {
	type locked struct {
		unlock func()
		err    error
	}
	done := make(chan locked, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(filepath.Join(c.dir, nameOf("lock-", what))).Lock()
		done <- locked{unlock, err}
	}()
	patience := time.NewTimer(time.Second)
	defer patience.Stop()
	for {
		select {
		case l := <-done:
			return l.unlock, l.err
		case <-patience.C:
			waiting()
		case <-ctx.Done():
			go func() { // whoever comes late closes the door
				if l := <-done; l.err == nil {
					l.unlock()
				}
			}()
			return nil, ctx.Err()
		}
	}
}

const unfinished = ".new"

// write replaces a file whole or not at all. A process that is killed meanwhile leaves a file that the next one removes.
func (c *Cache) write(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(c.dir, name), text, 0o600)
}

// decode leaves the value as it is when the text can't be understood: what is in the cache can be had again.
func decode[T any](text []byte, value *T) error {
	var decoded T
	if json.Unmarshal(text, &decoded) == nil {
		*value = decoded
	}
	return nil
}

// replaceFile writes a file under another name and then gives it its own. One process at a time may do so.
func replaceFile(path string, text []byte, mode fs.FileMode) error {
	temporary := path + unfinished
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return os.Rename(temporary, path)
}

// read leaves the value as it is when there is no such file, or none that can be understood: what is in it can be had again.
func read[T any](c *Cache, name string, value *T) error {
	path := filepath.Join(c.dir, name)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	} else {
		err = private(path, info)
	}
	if err != nil {
		return client.WithHint(err, "daypass makes no such files: look what it is, then remove it")
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) { // swept meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	text, err := io.ReadAll(io.LimitReader(f, maxCacheFile))
	if err != nil {
		return err
	}
	return decode(text, value)
}
