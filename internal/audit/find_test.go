package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFind looks for requests in files of many blocks, at every kind of place.
func TestFind(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&file, `{"eventName":"Get%d","requestParameters":{"userName":%q},"requestID":"id-%d"}`+"\n", i, strings.Repeat("x", i), i)
	}
	file.WriteString(`{"eventName":"Late","requestParameters":{"userName":"id-7"},"requestID":"late"}` + "\n")
	file.WriteString(`{"eventName":"Again","requestID":"late"}` + "\n" + `{"cut off`)
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 7, 499, 500, 1023, 1024, 1447, 1448, 1449, 2047, 2048, 2049, 2500, 2506, 2507, 2999} {
		record, err := Find(path, fmt.Sprintf("id-%d", i))
		if err != nil || record.EventName != fmt.Sprintf("Get%d", i) {
			t.Fatalf("id-%d: %+v, %v", i, record, err)
		}
	}
	if record, err := Find(path, "late"); err != nil || record.EventName != "Again" {
		t.Errorf("a request with two records: %+v, %v", record, err)
	}
	for _, absent := range []string{"id-3000", "id", "", `"`, "late\n"} {
		if record, err := Find(path, absent); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %+v, %v", absent, record, err)
		}
	}
	if _, err := Find(path+".none", "late"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
