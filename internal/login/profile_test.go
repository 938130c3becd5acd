package login

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/client"
)

func TestSetInText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, before, section, want string }{
		{"empty file", "", "profile alice", "[profile alice]\na = 1\nb = 2\n"},
		{"no such section", "# mine\n[default]\na = 0", "profile alice", "# mine\n[default]\na = 0\n\n[profile alice]\na = 1\nb = 2\n"},
		{
			"replaced and added", "[profile alice]\n# about a\na=0 # old\nc = 3\n\n# about bob\n[profile bob]\na = 9\n", "profile alice",
			"[profile alice]\n# about a\na = 1\nc = 3\nb = 2\n\n# about bob\n[profile bob]\na = 9\n",
		},
		{"nested", "[profile alice]\ns3 =\n  a = nested\n[profile bob]\n", "profile alice", "[profile alice]\ns3 =\n  a = nested\na = 1\nb = 2\n[profile bob]\n"},
		{"names that begin alike", "[profile alice2]\nab = 0\n[profile alice]\nab = 0\n", "profile alice", "[profile alice2]\nab = 0\n[profile alice]\nab = 0\na = 1\nb = 2\n"},
		{"blanks in the header", "[ profile  alice ]\nb : 0\n", "profile alice", "[ profile  alice ]\nb : 0\na = 1\nb = 2\n"},
		{"default under its other name", "[profile default]\na = 0\n", "default", "[profile default]\na = 1\nb = 2\n"},
		{"Windows", "[x]\r\na = 0\r\n", "x", "[x]\r\na = 1\r\nb = 2\r\n"},
		{"twice: the last wins", "[x]\na = 0\n[x]\na = 0\n", "x", "[x]\na = 0\n[x]\na = 1\nb = 2\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := string(setInText([]byte(test.before), test.section, []Setting{{"a", "1"}, {"b", "2"}}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if again := string(setInText([]byte(got), test.section, []Setting{{"a", "1"}, {"b", "2"}})); again != got {
				t.Errorf("the second time it is\n%s", again)
			}
		})
	}
}

func TestSetRefusals(t *testing.T) {
	t.Parallel()
	f := Files{Config: filepath.Join(t.TempDir(), "config")}
	for _, test := range []struct {
		profile string
		setting Setting
	}{
		{"", Setting{"a", "1"}},
		{"a]b", Setting{"a", "1"}},
		{"a\nb", Setting{"a", "1"}},
		{"alice", Setting{"a", "1\n[default]"}},
		{"alice", Setting{"a", "1\r"}},
		{"alice", Setting{"a", "secret # more"}},
		{"alice", Setting{"a", " secret"}},
	} {
		err := f.SetConfig(t.Context(), testCache(t), test.profile, []Setting{test.setting})
		if err == nil || client.ExitCode(err) != client.ExitUsage || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", test, err)
		}
	}
	if _, err := os.Lstat(f.Config); !os.IsNotExist(err) {
		t.Errorf("the file is there: %v", err)
	}
}

// A file that is kept elsewhere stays there, and everybody's profile gets in.
func TestSetFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := Files{Config: filepath.Join(dir, "aws", "config")}
	elsewhere := filepath.Join(dir, "dotfiles")
	if err := firstError(os.WriteFile(elsewhere, []byte("# mine\n"), 0o644), os.Mkdir(filepath.Join(dir, "aws"), 0o700), os.Symlink(elsewhere, f.Config)); err != nil {
		t.Fatal(err)
	}
	c := testCache(t)
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			if err := f.SetConfig(t.Context(), c, name, []Setting{{"region", name}}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(string(text), "[profile "+name+"]\nregion = "+name+"\n") {
			t.Errorf("%s is not in\n%s", name, text)
		}
	}
	info, err := os.Lstat(elsewhere)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(f.Config); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestParseSeed(t *testing.T) {
	t.Parallel()
	const seed = "12345678901234567890"
	good := []string{
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq GEZD-GNBV-GY3T-QOJQ\n", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ====",
		"otpauth://totp/Amazon%20Web%20Services:alice@123456789012?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=x&algorithm=sha1&digits=6&period=30",
	}
	for _, text := range good {
		if got, err := ParseSeed(text); string(got) != seed || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	bad := []string{
		"", "1", "SECRET01", strings.Repeat("GEZDGNBV", 26), "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ", "otpauth://totp/x", "otpauth://%zz",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=60", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=8",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA256",
	}
	for _, text := range bad {
		if _, err := ParseSeed(text); err == nil || strings.Contains(err.Error(), "GEZDGNBV") || strings.Contains(err.Error(), "SECRET01") {
			t.Errorf("%q: %v", text, err)
		}
	}
	address := SeedAddress("123456789012", "alice", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	want := "otpauth://totp/Amazon%20Web%20Services:alice@123456789012?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Amazon%20Web%20Services"
	if address != want {
		t.Errorf("%s, want %s", address, want)
	}
}
