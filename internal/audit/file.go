package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// Options say where a log is written, and how.
type Options struct {
	Path string    // of the file that is written; the others have names made of it
	Key  tink.AEAD // makes the seals of the chain
	// Known are the heads that somebody remembers, by their logs. A chain that does not reach its own is not gone on with.
	Known    map[string]uint64
	Rotation Rotation
	// Feeds are the names of those that get every line. No file is removed that one of them has yet to read.
	Feeds []string
	Now   func() time.Time
}

// Rotation says when the log begins a new file. The zero Rotation is never.
type Rotation struct {
	Size Size          `yaml:"size"` // of a file that ends it; 0: none
	Age  time.Duration `yaml:"age"`  // of a file's first line that ends it, when the next comes; 0: none
	Keep int           `yaml:"keep"` // how many rotated files stay; 0: all
}

// file is the log in the file system: the file that lines are appended to, and the chain beside it.
type file struct {
	Options
	lock *os.File // the directory; held while the log is open

	log   *os.File
	chain *os.File  // nil for what is no regular file: that has no chain
	last  link      // what the chain says, or is about to say
	owed  []byte    // of the chain, what could not be written yet
	began time.Time // when the first line of the file was written, where that counts; zero: there is none
	kept  uint64    // the first entry of the oldest file that is kept

	synced Head

	generation uint64              // counts the files that were begun, from 1
	positions  map[string]position // of the feeds, as they are on the disk
}

// openFile opens a log, and its directory against other servers.
func openFile(o Options) (_ *file, err error) {
	f := &file{Options: o, generation: 1}
	if f.lock, err = os.Open(filepath.Dir(o.Path)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if tryLock(f.lock) != nil {
		return nil, fmt.Errorf("another server writes to %s; each needs a data directory of its own", filepath.Dir(o.Path))
	}
	if err := f.readPositions(); err != nil {
		return nil, err
	}
	info, err := os.Stat(o.Path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		f.log, err = appending(o.Path)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		err = f.resume()
	}
	if err != nil {
		return f, err
	}
	return f, f.placeFeeds()
}

func appending(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
}

// resume goes on with what is there. It mends what a process left that died at any moment. What only a hand or a lost disk
// explains is put aside as it is, for Verify to find, and a new file begun.
func (f *file) resume() error {
	if err := f.closeFiles(); err != nil {
		return err
	}
	size, hasLog, err := sizeOf(f.Path)
	if err != nil {
		return err
	}
	ends, err := readEnds(f.Path+chainSuffix, f.Key)
	switch {
	case errors.Is(err, fs.ErrNotExist) && size > 0: // older than chains are, or its chain is gone
		return errors.Join(f.begin(newHead()), f.recover())
	case errors.Is(err, fs.ErrNotExist):
		return f.beginNext()
	case err != nil && !errors.Is(err, errForged):
		return err
	case !hasLog && ends.last.End == 0: // a beginning that was cut short
		return errors.Join(os.Remove(f.Path+chainSuffix), f.beginNext())
	case err == nil && hasLog && size >= ends.last.End && ends.last.Sequence >= f.Known[ends.last.Log]:
		return f.goOn(ends)
	}
	return errors.Join(f.putAside(), f.beginNext())
}

func sizeOf(path string) (size int64, ok bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return info.Size(), true, nil
}

// goOn opens both files, after the chain's last whole entry.
func (f *file) goOn(ends chainEnds) (err error) {
	f.last, f.kept = ends.last, ends.first.Oldest
	if f.chain, err = appending(f.Path + chainSuffix); err != nil {
		return err
	}
	if err := f.chain.Truncate(ends.end); err != nil {
		return err
	}
	if f.log, err = appending(f.Path); err != nil {
		return err
	}
	return f.recover()
}

// recover adds to the chain what the log has beyond it, and ends the line that a dying process cut.
func (f *file) recover() error {
	if err := endLine(f.log); err != nil {
		return err
	}
	info, err := f.log.Stat()
	if err != nil {
		return err
	}
	f.began = firstTime(f.log)
	if info.Size() == f.last.End {
		return nil
	}
	hasher := f.last.hasher()
	if _, err := io.Copy(hasher, io.NewSectionReader(f.log, f.last.End, info.Size()-f.last.End)); err != nil {
		return err
	}
	f.add(link{Head: f.last.after(hasher), End: info.Size(), Recovered: true})
	return f.settle()
}

func endLine(log *os.File) error {
	info, err := log.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var last [1]byte
	if _, err := log.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = log.Write([]byte{'\n'})
	return err
}

// firstTime is the time in the first line of a log; zero when there is none.
func firstTime(log *os.File) time.Time {
	line, err := bufio.NewReader(io.NewSectionReader(log, 0, maxLine)).ReadBytes('\n')
	var r Record
	if err != nil || json.Unmarshal(line, &r) != nil {
		return time.Time{}
	}
	return r.EventTime
}

// beginNext begins a file that goes on where the newest rotated one ends. When that can't be told, or is not as far as
// somebody remembers, a new chain begins, which Verify notices.
func (f *file) beginNext() error {
	all, err := parts(f.Path)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return f.begin(newHead())
	}
	newest, err := readEnds(all[len(all)-2].path+chainSuffix, f.Key)
	if err != nil || newest.last.Sequence < f.Known[newest.last.Log] {
		return f.begin(newHead())
	}
	f.kept = newest.first.Oldest
	if err := f.prune(all[:len(all)-1]); err != nil {
		return err
	}
	return f.begin(newest.last.Head)
}

// begin begins a file after the head. The chain comes first: a log without one is not ours.
func (f *file) begin(head Head) (err error) {
	if head.Sequence == 0 {
		f.kept = 0
	}
	f.last = link{Head: head, Oldest: f.kept}
	text, err := appendSealed(nil, f.last, f.Key)
	if err != nil {
		return err
	}
	if f.chain, err = appending(f.Path + chainSuffix); err != nil {
		return err
	}
	if _, err := f.chain.Write(text); err != nil {
		return err
	}
	f.began, f.owed = time.Time{}, nil
	f.generation++
	f.log, err = appending(f.Path)
	return err
}

// prune removes the oldest of the rotated files that are too many.
func (f *file) prune(rotated []part) error {
	if f.Rotation.Keep == 0 || len(rotated) <= f.Rotation.Keep {
		return nil
	}
	surplus := f.unneeded(rotated[:len(rotated)-f.Rotation.Keep])
	if surplus == 0 {
		return nil
	}
	ends, err := readEnds(rotated[surplus].path+chainSuffix, f.Key)
	if err != nil {
		return nil //nolint:nilerr // what was tampered with stays, and what is before it, too
	}
	for _, old := range rotated[:surplus] {
		for _, path := range []string{old.path, old.path + chainSuffix} {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	f.kept = ends.first.Sequence
	return nil
}

// Write appends whole lines, or what a failed write left of them, and an entry to the chain.
func (f *file) Write(p []byte) (n int, err error) {
	if f.log == nil { // a rotation has failed half-way
		if err := f.resume(); err != nil {
			return 0, err
		}
	}
	if len(p) > 0 {
		n, err = f.log.Write(p)
	}
	if f.chain == nil {
		return n, err
	}
	if n > 0 {
		hasher := f.last.hasher()
		hasher.Write(p[:n])
		f.add(link{Head: f.last.after(hasher), End: f.last.End + int64(n)})
		if f.Rotation.Age > 0 && f.began.IsZero() {
			f.began = f.Now()
		}
	}
	if err := errors.Join(err, f.settle()); err != nil {
		return n, err
	}
	if bytes.HasSuffix(p, []byte{'\n'}) && f.due() {
		return n, f.rotate()
	}
	return n, nil
}

// add takes an entry that is to be written to the chain.
func (f *file) add(l link) {
	text, err := appendSealed(f.owed, l, f.Key)
	if err != nil {
		panic("internal error: an entry of the audit log's chain can't be sealed: " + err.Error())
	}
	f.last, f.owed = l, text
}

// settle writes what the chain is owed.
func (f *file) settle() error {
	if len(f.owed) == 0 {
		return nil
	}
	n, err := f.chain.Write(f.owed)
	f.owed = f.owed[:copy(f.owed, f.owed[n:])]
	return err
}

func (f *file) due() bool {
	r := f.Rotation
	return r.Size > 0 && f.last.End >= int64(r.Size) || r.Age > 0 && f.Now().Sub(f.began) >= r.Age
}

func (f *file) rotate() error {
	if err := errors.Join(f.sync(), f.closeFiles(), f.putAside()); err != nil {
		return err
	}
	return f.beginNext()
}

// putAside gives the files the names of rotated ones. The log comes first: a chain that is left alone finds the one that
// it belongs to.
func (f *file) putAside() error {
	all, err := parts(f.Path)
	if err != nil {
		return err
	}
	number := all[len(all)-1].number
	_, hasLog, err := sizeOf(f.Path)
	_, paired, err2 := sizeOf(rotatedPath(f.Path, number-1) + chainSuffix)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	if !hasLog && number > 1 && !paired {
		number--
	}
	for _, suffix := range []string{"", chainSuffix} {
		err := os.Rename(f.Path+suffix, rotatedPath(f.Path, number)+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// sync forces to the disk what is written.
func (f *file) sync() error {
	if f.chain == nil {
		return nil
	}
	if err := f.log.Sync(); err != nil || len(f.owed) > 0 {
		return err
	}
	if err := f.chain.Sync(); err != nil {
		return err
	}
	f.synced = f.last.Head
	return nil
}

func (f *file) closeFiles() error {
	var err error
	for _, open := range []**os.File{&f.log, &f.chain} {
		if *open != nil {
			err = errors.Join(err, (*open).Close())
			*open = nil
		}
	}
	return err
}

// Close closes the log, and lets other servers have it.
func (f *file) Close() error {
	return errors.Join(f.sync(), f.closeFiles(), f.lock.Close())
}
