package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"
)

// ErrNotFound is returned for a request that the log does not have.
var ErrNotFound = errors.New("the audit log has no such request")

// Record is what the log says of one request, as far as it explains the answer.
type Record struct {
	EventTime       time.Time `json:"eventTime"`
	EventSource     string    `json:"eventSource"`
	EventName       string    `json:"eventName"`
	SourceIPAddress string    `json:"sourceIPAddress"`
	UserIdentity    struct {
		Type           string `json:"type"`
		PrincipalID    string `json:"principalId"`
		ARN            string `json:"arn"`
		AccessKeyID    string `json:"accessKeyId"`
		UserName       string `json:"userName"`
		SessionContext *struct {
			SessionIssuer struct {
				ARN      string `json:"arn"`
				UserName string `json:"userName"`
			} `json:"sessionIssuer"`
			Attributes struct {
				MFAAuthenticated string `json:"mfaAuthenticated"`
			} `json:"attributes"`
		} `json:"sessionContext"`
	} `json:"userIdentity"`
	ErrorCode           string `json:"errorCode"` // empty when the request succeeded
	ErrorMessage        string `json:"errorMessage"`
	AdditionalEventData struct {
		Reason string `json:"reason"` // beyond what the client was told
	} `json:"additionalEventData"`
	RequestID     string `json:"requestID"`
	EventCategory string `json:"eventCategory"` // Data for requests to services behind the gateway and those of proxies
	// RequestParameters are those that the client sent, or of a Data event what it is about.
	RequestParameters json.RawMessage `json:"requestParameters"`
}

// Line is a line of the log, and what it says.
type Line struct {
	Text   []byte // without its line break; good until the next line is read
	Record Record
}

// maxLine is more than any line of a log has. What is longer was not written by it, and is not read.
const maxLine = 1 << 20

// Filter chooses lines. Each member that is not zero has to fit.
type Filter struct {
	EventName   string
	User        string // a name, ARN or unique id of who called, or of the role of their session
	AccessKeyID string
	ErrorCode   string
	RequestID   string
	Since       time.Time
	Until       time.Time // the lines of that instant are left out
}

// match reads a line that fits.
func (f *Filter) match(text []byte) (r Record, ok bool) {
	for _, value := range []string{f.EventName, f.User, f.AccessKeyID, f.ErrorCode, f.RequestID} {
		if plain(value) && !bytes.Contains(text, []byte(value)) { // most lines need no more reading than this
			return Record{}, false
		}
	}
	if json.Unmarshal(text, &r) != nil {
		return Record{}, false
	}
	fits := func(want, got string) bool { return want == "" || want == got }
	return r, fits(f.EventName, r.EventName) && fits(f.AccessKeyID, r.UserIdentity.AccessKeyID) &&
		fits(f.ErrorCode, r.ErrorCode) && fits(f.RequestID, r.RequestID) && (f.User == "" || f.ofUser(&r)) &&
		!r.EventTime.Before(f.Since) && (f.Until.IsZero() || r.EventTime.Before(f.Until))
}

func (f *Filter) ofUser(r *Record) bool {
	identity := &r.UserIdentity
	if f.User == identity.UserName || f.User == identity.ARN || f.User == identity.PrincipalID {
		return true
	}
	s := identity.SessionContext
	return s != nil && (f.User == s.SessionIssuer.UserName || f.User == s.SessionIssuer.ARN)
}

// Find returns the latest record of a request in the log at a path.
func Find(path, requestID string) (Record, error) {
	if requestID == "" {
		return Record{}, ErrNotFound
	}
	for line, err := range Backward(path, Filter{RequestID: requestID}) {
		return line.Record, err
	}
	return Record{}, ErrNotFound
}

// Forward reads the lines of the log at a path that fit, the oldest first. An error is the last that it yields.
func Forward(path string, filter Filter) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		all, err := parts(path)
		if err != nil {
			yield(Line{}, err)
			return
		}
		for _, p := range all {
			if !forward(p, &filter, yield) {
				return
			}
		}
	}
}

func forward(p part, filter *Filter, yield func(Line, error) bool) bool {
	file, err := p.open()
	if errors.Is(err, fs.ErrNotExist) { // removed meanwhile, or not made yet
		return true
	}
	if err != nil {
		yield(Line{}, fmt.Errorf("audit log: %w", err))
		return false
	}
	defer file.Close() //nolint:errcheck // it is only read
	lines := lineReader{buffer: bufio.NewReaderSize(file, maxLine)}
	for {
		text, err := lines.next()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			yield(Line{}, fmt.Errorf("audit log: %w", err))
			return false
		}
		if r, ok := filter.match(text); ok && !yield(Line{text, r}, nil) {
			return false
		}
	}
}

// lineReader reads lines of bounded length. Those that are longer it leaves out.
type lineReader struct {
	buffer *bufio.Reader
	read   int64 // how many bytes of whole lines
}

// next returns a line without its line break; io.EOF where no whole line is.
func (l *lineReader) next() ([]byte, error) {
	long := 0
	for {
		text, err := l.buffer.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long += len(text)
		case err != nil:
			return nil, err
		case long > 0:
			l.read += int64(long + len(text))
			long = 0
		default:
			l.read += int64(len(text))
			return text[:len(text)-1], nil
		}
	}
}

// Backward reads the lines of the log at a path that fit, the newest first. An error is the last that it yields.
func Backward(path string, filter Filter) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		f, err := Follow(path, filter)
		if err != nil {
			yield(Line{}, err)
			return
		}
		defer f.Close() //nolint:errcheck // it is only read
		f.Backward()(yield)
	}
}

// block is how much of a file is searched at a time.
const block = 1 << 20

// backward yields those lines of a file that end before the offset, and fit.
func backward(file *os.File, end int64, filter *Filter, yield func(Line, error) bool) bool {
	var err error
	var rest []byte // the beginning of the lines that were read last
	for end > 0 && err == nil {
		start := max(end-block, 0)
		lines := make([]byte, end-start, end-start+int64(len(rest)))
		if _, err = file.ReadAt(lines, start); err != nil {
			break
		}
		lines = append(lines, rest...)
		if rest = nil; start > 0 {
			rest = lines[:bytes.IndexByte(lines, '\n')+1]
			if len(rest) == 0 {
				rest = lines[:min(len(lines), maxLine)]
			}
			lines = lines[len(rest):]
		}
		if !lastFirst(lines, filter, yield) {
			return false
		}
		end = start
	}
	if err != nil {
		yield(Line{}, fmt.Errorf("audit log: %w", err))
	}
	return err == nil
}

// lastFirst yields those of some lines that fit.
func lastFirst(lines []byte, filter *Filter, yield func(Line, error) bool) bool {
	for len(lines) > 0 {
		lines = bytes.TrimSuffix(lines, []byte{'\n'})
		at := bytes.LastIndexByte(lines, '\n') + 1
		if r, ok := filter.match(lines[at:]); ok && !yield(Line{lines[at:], r}, nil) {
			return false
		}
		lines = lines[:at]
	}
	return true
}
