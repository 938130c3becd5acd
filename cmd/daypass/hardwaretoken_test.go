package main

import (
	"encoding/base32"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

const seedText = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890, of RFC 4226

var seed = []byte("12345678901234567890")

func TestParseTokens(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 256)
	tests := []struct {
		name, text string
		want       []hardwareToken
	}{
		{"one", "GAHT12345678,totp," + seedText, []hardwareToken{{"GAHT12345678", store.TOTP, seed}}},
		{
			"several, with a comment and a blank line",
			"# from the vendor\nGAHT12345678,totp," + seedText + "\n\nGAHT87654321,hotp," + seedText + "\n",
			[]hardwareToken{{"GAHT12345678", store.TOTP, seed}, {"GAHT87654321", store.HOTP, seed}},
		},
		{"line ends of Windows", "GAHT12345678,totp," + seedText + "\r\n\r\n", []hardwareToken{{"GAHT12345678", store.TOTP, seed}}},
		{"blanks around", "  GAHT12345678 , TOTP , " + seedText + "  ", []hardwareToken{{"GAHT12345678", store.TOTP, seed}}},
		{"seed in groups and lower case", "GAHT12345678,totp,gezd gnbv gy3t qojq gezd gnbv gy3t qojq", []hardwareToken{{"GAHT12345678", store.TOTP, seed}}},
		{"seed with padding", "GAHT12345678,totp,GEZDGNBVGY3TQOJQGEZDGNBVGY======", []hardwareToken{{"GAHT12345678", store.TOTP, seed[:16]}}},
		{"shortest serial number", "123456789,totp," + seedText, []hardwareToken{{"123456789", store.TOTP, seed}}},
		{"longest serial number", long + ",totp," + seedText, []hardwareToken{{long, store.TOTP, seed}}},
		{"every character of a serial number", "Az09_+=/:.@-,totp," + seedText, []hardwareToken{{"Az09_+=/:.@-", store.TOTP, seed}}},
		{"longest seed", "GAHT12345678,totp," + base32.StdEncoding.EncodeToString(make([]byte, 64)), []hardwareToken{{"GAHT12345678", store.TOTP, make([]byte, 64)}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseTokens(strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(hardwareToken{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseTokensRefuses(t *testing.T) {
	t.Parallel()
	const good = "GAHT12345678,totp," + seedText + "\n"
	seedOf := func(n int) string { return base32.StdEncoding.EncodeToString(make([]byte, n)) }
	tests := []struct {
		name, text, want string
	}{
		{"nothing", "", "no tokens"},
		{"comments alone", "# GAHT12345678,totp," + seedText + "\n\n", "no tokens"},
		{"one column", "GAHT12345678", "line 1: want SERIAL,ALGORITHM,SEED"},
		{"two columns", good + "GAHT12345678," + seedText, "line 2: want SERIAL,ALGORITHM,SEED"},
		{"four columns", good + good + "GAHT12345678,totp," + seedText + ",x", "line 3: want SERIAL,ALGORITHM,SEED"},
		{"lines are counted with blank ones", "\n#\n\nx," + seedText, "line 4: "},
		{"serial number too short", "GAHT1234,totp," + seedText, "line 1: the serial number must be"},
		{"serial number too long", strings.Repeat("A", 257) + ",totp," + seedText, "line 1: the serial number must be"},
		{"serial number with a blank", "GAHT 12345678,totp," + seedText, "line 1: the serial number must be"},
		{"serial number that is not ASCII", "GAHT1234567é,totp," + seedText, "line 1: the serial number must be"},
		{"byte order mark", "\ufeffGAHT12345678,totp," + seedText, "line 1: the serial number must be"},
		{"no serial number", ",totp," + seedText, "line 1: the serial number must be"},
		{"seed for a serial number", seedText + "!,totp,x", "line 1: the serial number must be"},
		{"ARN", "arn:aws:iam::123456789012:mfa/alice,totp," + seedText, "line 1: the serial number must not be an ARN"},
		{"no algorithm", "GAHT12345678,," + seedText, "line 1: the algorithm must be totp or hotp"},
		{"another algorithm", "GAHT12345678,sha256," + seedText, "line 1: the algorithm must be totp or hotp"},
		{"seed for an algorithm", "GAHT12345678," + seedText + ",totp", "line 1: the algorithm must be totp or hotp"},
		{"no seed", "GAHT12345678,totp,", "line 1: the seed must be base32"},
		{"seed that is not base32", "GAHT12345678,totp," + seedText[:31] + "1", "line 1: the seed must be base32"},
		{"seed in hexadecimal", "GAHT12345678,totp,3132333435363738393031323334353637383930", "line 1: the seed must be base32"},
		{"padding inside a seed", "GAHT12345678,totp," + seedText[:16] + "==" + seedText[16:], "line 1: the seed must be base32"},
		{"seed too short", "GAHT12345678,totp," + seedOf(15), "line 1: the seed must be base32"},
		{"seed too long", "GAHT12345678,totp," + seedOf(65), "line 1: the seed must be base32"},
		{"endless line", good + strings.Repeat("A", 1<<20), "line 2: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tokens, err := parseTokens(strings.NewReader(test.text))
			if tokens != nil || err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Fatalf("%d tokens, %v, want %s", len(tokens), err, test.want)
			}
			if strings.Contains(err.Error(), seedText[:8]) {
				t.Errorf("the error shows the seed: %v", err)
			}
		})
	}
}

func TestParseTokensFailsWithItsReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	r := io.MultiReader(strings.NewReader("GAHT12345678,totp,"+seedText+"\n"), iotest.ErrReader(broken))
	if tokens, err := parseTokens(r); tokens != nil || !errors.Is(err, broken) {
		t.Errorf("%d tokens, %v", len(tokens), err)
	}
}

func TestDeviceOfToken(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	token := hardwareToken{"Gaht12345678", store.HOTP, seed}
	want := store.MFADevice{
		SerialNumber: "Gaht12345678", AccountID: "123456789012", Kind: store.Hardware, Algorithm: store.HOTP,
		Path: "/", DeviceName: "Gaht12345678", NameKey: "Gaht12345678", CreatedAt: store.Time{Time: now},
	}
	if diff := cmp.Diff(want, token.device("123456789012", now)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzParseTokens holds the reader to whole tokens or a refusal that shows nothing of what it read.
func FuzzParseTokens(f *testing.F) {
	f.Add("GAHT12345678,totp," + seedText + "\n# x\n\nGAHT87654321, HOTP ," + strings.ToLower(seedText) + "\r\n")
	f.Add(",,\n")
	f.Add("arn:aws:iam::123456789012:mfa/x,totp,GEZDGNBVGY3TQOJQGEZDGNBVGY======")
	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := parseTokens(strings.NewReader(text))
		if (err == nil) != (len(tokens) > 0) {
			t.Fatalf("%d tokens, %v", len(tokens), err)
		}
		for _, token := range tokens {
			n := len(token.serialNumber)
			if n < 9 || n > 256 || strings.ContainsAny(token.serialNumber, ", \n") || strings.HasPrefix(token.serialNumber, "arn:") ||
				token.algorithm != store.TOTP && token.algorithm != store.HOTP || len(token.seed) < 16 || len(token.seed) > 64 {
				t.Errorf("accepted serial number %q, algorithm %q, a seed of %d bytes", token.serialNumber, token.algorithm, len(token.seed))
			}
		}
		if err != nil && (len(err.Error()) > 200 || strings.ContainsAny(err.Error(), "\n\x00")) {
			t.Errorf("the error is %q", err)
		}
	})
}
