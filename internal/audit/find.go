package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
		ARN            string `json:"arn"`
		AccessKeyID    string `json:"accessKeyId"`
		SessionContext *struct {
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

// findBlock is how much of a file is searched at a time.
const findBlock = 1 << 20

// Find returns the latest record of a request in an audit file. It searches from the end, for what is asked about has
// most often just happened.
func Find(path, requestID string) (Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return Record{}, fmt.Errorf("audit log: %w", err)
	}
	defer file.Close() //nolint:errcheck // it is only read
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return Record{}, fmt.Errorf("audit log: %w", err)
	}
	var rest []byte // the beginning of the lines that were read last
	for end > 0 {
		start := max(end-findBlock, 0)
		block := make([]byte, end-start, end-start+int64(len(rest)))
		if _, err := file.ReadAt(block, start); err != nil {
			return Record{}, fmt.Errorf("audit log: %w", err)
		}
		lines := append(block, rest...)
		if rest = nil; start > 0 {
			first := bytes.IndexByte(lines, '\n') + 1
			if first == 0 {
				first = len(lines)
			}
			rest, lines = lines[:first], lines[first:]
		}
		if record, ok := findIn(lines, requestID); ok {
			return record, nil
		}
		end = start
	}
	return Record{}, ErrNotFound
}

// findIn returns the last of some lines that is of the request.
func findIn(lines []byte, requestID string) (Record, bool) {
	id := []byte(`"` + requestID + `"`)
	for {
		at := bytes.LastIndex(lines, id)
		if at < 0 {
			return Record{}, false
		}
		line := lines[bytes.LastIndexByte(lines[:at], '\n')+1:]
		line, _, _ = bytes.Cut(line, []byte{'\n'})
		var record Record
		// A client may have sent the id of another request as a parameter of its own.
		if json.Unmarshal(line, &record) == nil && record.RequestID == requestID {
			return record, true
		}
		lines = lines[:at]
	}
}
