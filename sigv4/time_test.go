package sigv4

import (
	"fmt"
	"testing"
	"time"
)

// TestTimeAgainstTimePackage holds timeOf to what time.Parse makes of the same text, over every value that a field of two
// digits can have.
func TestTimeAgainstTimePackage(t *testing.T) {
	t.Parallel()
	for _, format := range []string{
		"2024%02d28T010203Z", "202402%02dT010203Z", "202302%02dT010203Z", "200002%02dT010203Z", "190002%02dT010203Z", "202404%02dT010203Z",
		"20240131T%02d0203Z", "20240131T01%02d03Z", "20240131T0102%02dZ", "00%02d0131T010203Z", "%02d000131T010203Z",
	} {
		for n := range 100 {
			compareTimes(t, fmt.Sprintf(format, n))
		}
	}
	for _, text := range []string{
		"20240131T010203z", "20240131t010203Z", "20240131 010203Z", "2024013:T010203Z", "2024/131T010203Z", "+0240131T010203Z",
		"2024 131T010203Z", "20240131T01020-Z", "20240131T010203+", "\x00\x00\x00\x00\x00\x00\x00\x00T\x00\x00\x00\x00\x00\x00Z",
	} {
		compareTimes(t, text)
	}
}

func compareTimes(t *testing.T, text string) {
	t.Helper()
	want, err := time.Parse(basicFormat, text)
	got, stamp, ok := parseTime(text, false)
	if ok != (err == nil) || ok && !got.Equal(want) {
		t.Errorf("%q: got %v, %v, want %v, %v", text, got, ok, want, err)
	}
	if ok && string(stamp[:]) != text {
		t.Errorf("%q: stamp %s", text, stamp)
	}
	extended := text[:4] + "-" + text[4:6] + "-" + text[6:11] + ":" + text[11:13] + ":" + text[13:]
	if again, stamp, okAgain := parseTime(extended, true); okAgain != ok || ok && (!again.Equal(want) || string(stamp[:]) != text) {
		t.Errorf("%q: got %v, %s, %v", extended, again, stamp, okAgain)
	}
}
