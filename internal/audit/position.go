package audit

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// position is where a feed stands, in a file beside the log: all before it was taken. It has a seal as the chain's entries
// have, so that nobody without the key can have a feed pass over lines.
type position struct {
	Feed string `json:"feed"`
	ID   string `json:"id"` // of the feed since its position was new: 26 letters and digits
	// Log and Begins tell the file of the log: its chain begins with this entry.
	Log    string `json:"log"`
	Begins uint64 `json:"begins"`
	Offset int64  `json:"offset"` // in that file
	Lines  uint64 `json:"lines"`  // of the log that the feed has passed since its position was new
}

// isIn reports whether the position is in the file whose chain begins with this entry.
func (p *position) isIn(first Head) bool { return p.Log == first.Log && p.Begins == first.Sequence }

func positionPath(path, feed string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "." + feed + ".position"
}

// readPositions reads where the feeds have got to. Those that are new get their positions from placeFeeds.
func (f *file) readPositions() error {
	f.positions = make(map[string]position, len(f.Feeds))
	for _, name := range f.Feeds {
		path := positionPath(f.Path, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		var p position
		if err := readSealed(bytes.TrimSuffix(text, []byte{'\n'}), &p, f.Key); err != nil || p.Feed != name {
			return fmt.Errorf("%s %w: where the sink %s stands is lost; %s", path, errForged, name, beginAnew)
		}
		f.positions[name] = p
	}
	return nil
}

const beginAnew = "remove that file to have the sink begin with what comes next, and look into the files of the log for what it has missed"

// placeFeeds gives the feeds that are new the end of the log, and makes sure that the log has the positions of the others.
func (f *file) placeFeeds() error {
	if len(f.Feeds) > 0 && f.chain == nil {
		return fmt.Errorf("%s is no regular file, so no sink can be fed from it", f.Path)
	}
	for _, name := range f.Feeds {
		p, known := f.positions[name]
		if known {
			if err := f.hasPosition(p); err != nil {
				return fmt.Errorf("%s: %w; %s", positionPath(f.Path, name), err, beginAnew)
			}
			continue
		}
		first := beginning(f.Path)
		end, _, err := sizeOf(f.Path)
		if err != nil {
			return err
		}
		p = position{Feed: name, ID: rand.Text(), Log: first.Log, Begins: first.Sequence, Offset: end}
		if err := f.savePosition(p); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) hasPosition(p position) error {
	path, err := f.pathOf(p)
	if err != nil {
		return err
	}
	size, _, err := sizeOf(path)
	if err == nil && size < p.Offset {
		err = fmt.Errorf("the sink %s has been fed %d bytes of %s, which now has %d: the log was cut", p.Feed, p.Offset, path, size)
	}
	return err
}

// pathOf finds the file that a position is in.
func (f *file) pathOf(p position) (string, error) {
	all, err := parts(f.Path)
	if err != nil {
		return "", err
	}
	for _, part := range all {
		if p.isIn(beginning(part.path)) {
			return part.path, nil
		}
	}
	return "", fmt.Errorf("the file of the log that the sink %s is to go on with is gone", p.Feed)
}

// beginning is what the first entry of a file's chain says, sealed or not; zero where there is none.
func beginning(path string) (first Head) {
	chain, err := os.Open(path + chainSuffix)
	if err != nil {
		return Head{}
	}
	defer chain.Close() //nolint:errcheck // it is only read
	if json.NewDecoder(chain).Decode(&first) != nil {
		return Head{}
	}
	return first
}

// savePosition forces a position to the disk.
func (f *file) savePosition(p position) error {
	text, err := appendSealed(nil, p, f.Key)
	if err != nil {
		return err
	}
	path := positionPath(f.Path, p.Feed)
	if err := writeSynced(path+".new", text); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	f.positions[p.Feed] = p
	return nil
}

func writeSynced(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// unneeded is how many of these files, the oldest first, no feed has yet to read.
func (f *file) unneeded(oldest []part) int {
	for i, part := range oldest {
		first := beginning(part.path)
		for _, p := range f.positions {
			if p.isIn(first) || p.Log == "" {
				return i
			}
		}
	}
	return len(oldest)
}
