package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// Verification is what became of a log.
type Verification struct {
	Files, Lines int
	Last         Head // where the log ends; zero when it has nothing
	// Findings are what can't be unless somebody has changed the files, or a disk has lost what was written.
	Findings []string
	// Notes are what the chain can't vouch for, and a server that was killed leaves behind.
	Notes []string
	// Elsewhere are the heads of logs that have left nothing here.
	Elsewhere []Head
}

// Verify holds the log at a path to its chain, and that to the heads that somebody remembers. A server may write to it
// meanwhile. An error says that the files could not be read.
func Verify(path string, key tink.AEAD, heads []Head) (Verification, error) {
	for {
		before, err := parts(path)
		if err != nil {
			return Verification{}, err
		}
		v := verifier{key: key, heads: map[Head]bool{}, logs: map[string]bool{}}
		for _, head := range heads {
			v.heads[head] = false
		}
		for i, p := range before {
			if err := v.file(p.path, i == len(before)-1); err != nil {
				return Verification{}, err
			}
		}
		after, err := parts(path)
		if err != nil {
			return Verification{}, err
		}
		if len(after) > 0 && after[len(after)-1] == before[len(before)-1] { // else a file was rotated under our eyes
			v.finish(path, heads)
			return v.Verification, nil
		}
	}
}

type verifier struct {
	Verification
	key   tink.AEAD
	heads map[Head]bool   // whether they were met
	logs  map[string]bool // whose chains are here

	oldest link // the first entry of the first file
	newest link // the first entry of the last file
}

func (v *verifier) find(format string, args ...any) {
	v.Findings = append(v.Findings, fmt.Sprintf(format, args...))
}

func (v *verifier) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// file verifies one file of the log. The current one may grow meanwhile.
func (v *verifier) file(path string, current bool) error {
	name := filepath.Base(path)
	chain, err := os.Open(path + chainSuffix) // before the log, which is written first
	if err == nil {
		defer chain.Close() //nolint:errcheck // it is only read
	}
	log, logErr := os.Open(path)
	if logErr == nil {
		defer log.Close() //nolint:errcheck // it is only read
	}
	noChain, noLog := errors.Is(err, fs.ErrNotExist), errors.Is(logErr, fs.ErrNotExist)
	switch {
	case noChain && noLog:
		if !current {
			return nil // rotated files are known by their being there
		}
		v.find("%s is missing", name)
		return nil
	case noChain:
		v.find("%s has no chain: %s is missing", name, name+chainSuffix)
		return nil
	case noLog:
		v.find("%s is missing, while its chain is there", name)
		log = nil
	case err != nil || logErr != nil:
		return errors.Join(err, logErr)
	}
	v.Files++
	f := fileVerifier{verifier: v, name: name, current: current}
	if log != nil {
		info, err := log.Stat()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is no regular file and has no chain", path)
		}
		f.file, f.size, f.log = log, info.Size(), bufio.NewReaderSize(log, block)
	}
	return f.run(bufio.NewReaderSize(chain, 64<<10))
}

// fileVerifier goes through a file and its chain side by side.
type fileVerifier struct {
	*verifier
	name    string
	current bool
	file    *os.File
	log     *bufio.Reader // of the file; nil when it is missing, or read to its end
	size    int64
	at      int64 // in the log
	line    int   // the number of whole lines before that
	bad     int   // the first line of a run of blocks that are not what was written; 0: none
}

func (f *fileVerifier) run(chain *bufio.Reader) error {
	lines := lineReader{buffer: chain}
	for n := 1; ; n++ {
		text, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		l, err := readLink(text, f.key)
		if err != nil {
			f.find("line %d of %s %s", n, f.name+chainSuffix, err)
			return nil
		}
		if n == 1 {
			f.first(l)
		} else if goOn, err := f.next(l); err != nil || !goOn {
			return err
		}
		f.meet(l.Head)
	}
	return f.end()
}

// first takes the entry that says what came before the file.
func (f *fileVerifier) first(l link) {
	switch previous := f.Last; {
	case previous.Log == "":
		f.oldest = l
	case l.Log != previous.Log:
		f.find("a new chain begins with %s: the one before was lost or not gone on with", f.name)
	case l.Sequence > previous.Sequence:
		f.find("the files before %s with the writes %d to %d are missing", f.name, previous.Sequence+1, l.Sequence)
	case l.Head != previous:
		f.find("%s does not go on where the file before it ends", f.name)
	}
	f.newest, f.Last, f.logs[l.Log] = l, l.Head, true
}

// next verifies what a write has added. It is false when there is no use in going on.
func (f *fileVerifier) next(l link) (bool, error) {
	if l.Log != f.Last.Log || l.Sequence != f.Last.Sequence+1 || l.End <= f.at && f.log != nil {
		f.find("entries of %s are missing or not in order: %d follows %d", f.name+chainSuffix, l.Sequence, f.Last.Sequence)
		return false, nil
	}
	if f.log != nil && l.End > f.size {
		info, err := f.file.Stat() // it may have grown
		if err != nil {
			return false, err
		}
		f.size = info.Size()
	}
	if f.log != nil && l.End > f.size {
		f.closeRun()
		f.find("%s is cut off: its chain goes on after line %d", f.name, f.line)
		f.log = nil
	}
	if f.log == nil { // only the chain can be followed
		f.Last = l.Head
		return true, nil
	}
	hasher := f.Last.hasher()
	counter := lineCounter{}
	if _, err := io.CopyN(io.MultiWriter(hasher, &counter), f.log, l.End-f.at); err != nil {
		return false, err
	}
	if f.Last.after(hasher) == l.Head {
		f.closeRun()
	} else if f.bad == 0 {
		f.bad = f.line + 1
	}
	if l.Recovered {
		f.note("lines %d to %d of %s were found there at a start, and not seen when they were written", f.line+1, f.line+counter.lines, f.name)
	}
	f.at, f.line, f.Last = l.End, f.line+counter.lines, l.Head
	f.Lines += counter.lines
	return true, nil
}

// closeRun tells of a run of blocks that ends here.
func (f *fileVerifier) closeRun() {
	if f.bad != 0 {
		f.find("among the lines %d to %d of %s one at least is not what was written", f.bad, max(f.line, f.bad), f.name)
		f.bad = 0
	}
}

func (f *fileVerifier) end() error {
	f.closeRun()
	if f.log == nil || f.at >= f.size {
		return nil
	}
	if !f.current {
		f.find("%s has %d bytes more than were written to it", f.name, f.size-f.at)
		return nil
	}
	f.note("the last %d bytes of %s are not in the chain yet", f.size-f.at, f.name)
	return nil
}

// meet notes that a head which somebody remembers is in the chain.
func (v *verifier) meet(h Head) {
	if _, known := v.heads[h]; known {
		v.heads[h] = true
	}
}

// finish holds the whole to what is remembered of it.
func (v *verifier) finish(path string, heads []Head) {
	if v.newest.Oldest < v.oldest.Sequence && v.newest.Log == v.oldest.Log {
		v.find("the files with the writes %d to %d are missing", v.newest.Oldest+1, v.oldest.Sequence)
	}
	for _, h := range heads {
		switch {
		case v.heads[h]:
		case !v.logs[h.Log]:
			v.Elsewhere = append(v.Elsewhere, h)
		case h.Log == v.Last.Log && h.Sequence > v.Last.Sequence:
			v.find("the end of %s is cut off: the chain ends with write %d, and there was a write %d", filepath.Base(path), v.Last.Sequence, h.Sequence)
		case h.Log == v.Last.Log && h.Sequence < v.newest.Oldest:
			// It was in a file that is not kept.
		default:
			v.find("write %d of the log %s is missing, or not the one that is remembered", h.Sequence, h.Log)
		}
	}
}

// lineCounter counts line breaks.
type lineCounter struct{ lines int }

func (c *lineCounter) Write(p []byte) (int, error) {
	for _, b := range p {
		if b == '\n' {
			c.lines++
		}
	}
	return len(p), nil
}
