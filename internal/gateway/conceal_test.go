package gateway

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestConcealed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                     "",
		"<ID>ABABC</ID>":       "<ID>1</ID>",
		"ABABABC ABABC":        "AB1 1",
		"ABAB":                 "ABAB",
		"ABABCABABC":           "11",
		"<Key>ABAB C</Key>ABA": "<Key>ABAB C</Key>ABA",
	} {
		for name, from := range map[string]io.Reader{
			"at once":      strings.NewReader(text),
			"byte by byte": iotest.OneByteReader(strings.NewReader(text)),
			"end with it":  iotest.DataErrReader(strings.NewReader(text)),
		} {
			got, err := io.ReadAll(&concealed{ReadCloser: io.NopCloser(from), key: []byte("ABABC"), instead: []byte("1")})
			if err != nil || string(got) != want {
				t.Errorf("%s, %s: %q, %v, want %q", text, name, got, err, want)
			}
		}
	}
}
