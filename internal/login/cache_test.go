package login

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"github.com/daypass/daypass/internal/client"
)

var morning = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func someSession(profile string) Session {
	return Session{
		Key:    Key{Profile: profile, AccessKeyID: "AKIA" + profile, Endpoint: "http://127.0.0.1:8077"},
		Device: "arn:aws:iam::123456789012:mfa/alice", AccessKeyID: "ASIA" + profile, SecretKey: "secret",
		SessionToken: strings.Repeat("token", 40), Issued: morning, Expiration: morning.Add(12 * time.Hour),
	}
}

func testCache(t *testing.T) *Cache {
	t.Helper()
	c, err := openCache(filepath.Join(t.TempDir(), "caches", "daypass"), false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func keep(t *testing.T, c *Cache, s Session, now time.Time) {
	t.Helper()
	if err := c.keep(s, now); err != nil {
		t.Fatal(err)
	}
}

func expectKept(t *testing.T, c *Cache, k Key, want Session) {
	t.Helper()
	got, err := c.session(k)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got)\n%s", diff)
	}
}

// A session is for exactly what it was asked for with.
func TestCacheKeys(t *testing.T) {
	t.Parallel()
	c := testCache(t)
	s := someSession("alice")
	keep(t, c, s, morning)
	expectKept(t, c, s.Key, s)
	for _, change := range []func(*Key){
		func(k *Key) { k.Profile = "bob" },
		func(k *Key) { k.AccessKeyID = "AKIAbob" },
		func(k *Key) { k.Endpoint = "" },
		func(k *Key) { k.SerialNumber = s.Device },
		func(k *Key) { k.Profile, k.AccessKeyID = k.Profile+k.AccessKeyID, "" },
	} {
		other := s.Key
		change(&other)
		expectKept(t, c, other, Session{})
	}
	if found, ok, err := c.Find("ASIAalice"); found != s || !ok || err != nil {
		t.Errorf("found %t, %v", ok, err)
	}
	if _, ok, err := c.Find("ASIAbob"); ok || err != nil {
		t.Errorf("found %t, %v", ok, err)
	}
}

func TestCacheModes(t *testing.T) {
	t.Parallel()
	c := testCache(t)
	keep(t, c, someSession("alice"), morning)
	if err := c.spend(device{"", "x"}, spent{"123456", morning}); err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{}
	err := filepath.WalkDir(filepath.Dir(c.dir), func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		name, _, _ := strings.Cut(entry.Name(), "-")
		modes[name] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{"caches": fs.ModeDir | 0o700, "daypass": fs.ModeDir | 0o700, "session": 0o600, "spent": 0o600}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Errorf("modes (-want +got)\n%s", diff)
	}
}

// What others may have made, or may read, is no place for a session.
func TestCacheOfOthers(t *testing.T) {
	t.Parallel()
	s := someSession("alice")
	tests := []struct {
		name  string
		spoil func(dir, file string) error
		err   string
	}{
		{"directory open to others", func(dir, _ string) error { return os.Chmod(dir, 0o750) }, "is open to others: its mode is 0750"},
		{"directory is a link", func(dir, _ string) error {
			return firstError(os.Rename(dir, dir+".real"), os.Symlink(dir+".real", dir))
		}, "is no directory"},
		{"directory is a link to nowhere", func(dir, _ string) error {
			return firstError(os.RemoveAll(dir), os.Symlink(dir+".nowhere", dir))
		}, "is no directory"},
		{"directory is a file", func(dir, _ string) error {
			return firstError(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600))
		}, "not a directory"},
		{"file open to others", func(_, file string) error { return os.Chmod(file, 0o640) }, "is open to others: its mode is 0640"},
		{"file is a link", func(_, file string) error {
			return firstError(os.Rename(file, file+".real"), os.Symlink(file+".real", file))
		}, "is no regular file"},
		{"file is a directory", func(_, file string) error {
			return firstError(os.Remove(file), os.Mkdir(file, 0o700))
		}, "is no regular file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := testCache(t)
			keep(t, c, s, morning)
			if err := test.spoil(c.dir, filepath.Join(c.dir, nameOf(sessionPrefix, s.Key))); err != nil {
				t.Fatal(err)
			}
			c, err := openCache(c.dir, false)
			if err == nil {
				_, err = c.session(s.Key)
			}
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%v, want %q", err, test.err)
			}
		})
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestForeignOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	c := testCache(t)
	if err := os.Chown(c.dir, 1234, 1234); err != nil {
		t.Fatal(err)
	}
	if _, err := openCache(c.dir, false); err == nil || !strings.HasSuffix(err.Error(), "belongs to somebody else") || client.Hint(err) == "" {
		t.Errorf("%v", err)
	}
}

// What can't be understood is as if it were not there: the next login writes over it.
func TestCacheNonsense(t *testing.T) {
	t.Parallel()
	s := someSession("alice")
	for _, text := range []string{"", "{", "null", `{"Expiration": 1}`, `[]`, strings.Repeat("x", maxCacheFile+1)} {
		c := testCache(t)
		if err := os.WriteFile(filepath.Join(c.dir, nameOf(sessionPrefix, s.Key)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		expectKept(t, c, s.Key, Session{})
		keep(t, c, s, morning)
		expectKept(t, c, s.Key, s)
	}
}

func TestCacheSweep(t *testing.T) {
	t.Parallel()
	c := testCache(t)
	old, young := someSession("alice"), someSession("bob")
	young.Expiration = young.Expiration.Add(time.Second)
	keep(t, c, old, morning)
	keep(t, c, young, old.Expiration)
	if _, err := os.Lstat(filepath.Join(c.dir, nameOf(sessionPrefix, old.Key))); !os.IsNotExist(err) {
		t.Errorf("the session that has expired is still there: %v", err)
	}
	expectKept(t, c, young.Key, young)
}

const writerVariable = "DAYPASS_TEST_WRITER"

// writeForever is another process, which is killed.
func writeForever(dir string) {
	c, err := openCache(dir, false)
	for err == nil {
		if err = c.keep(someSession("alice"), morning); err == nil {
			_, err = fmt.Println("written")
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// A process that is killed while it writes leaves a session that is whole, and the next one can write.
func TestKilledWriter(t *testing.T) {
	t.Parallel()
	c := testCache(t)
	s := someSession("alice")
	for i := range 4 {
		writer := exec.CommandContext(t.Context(), os.Args[0])
		writer.Env = append(os.Environ(), writerVariable+"="+c.dir)
		out, err := writer.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range i + 1 {
			lines.Scan()
		}
		_ = writer.Process.Kill()
		_ = writer.Wait()
		if lines.Text() != "written" {
			t.Fatalf("the writer wrote %q, %v", lines.Text(), lines.Err())
		}
		expectKept(t, c, s.Key, s)
	}
	// As if it had been killed just before the file got its name.
	left := filepath.Join(c.dir, nameOf(sessionPrefix, s.Key)+unfinished)
	if err := os.WriteFile(left, []byte(`{"SecretKey": "sec`), 0o600); err != nil {
		t.Fatal(err)
	}
	expectKept(t, c, s.Key, s)
	if _, _, err := c.Find("x"); err != nil {
		t.Error(err)
	}
	keep(t, c, s, morning)
	if _, err := os.Lstat(left); !os.IsNotExist(err) {
		t.Errorf("what the killed process left is still there: %v", err)
	}
}

func TestKeyring(t *testing.T) { //nolint:paralleltest // the keyring is the process's
	keyring.MockInit()
	c := testCache(t)
	c.keyring = true
	s := someSession("alice")
	expectKept(t, c, s.Key, Session{})
	keep(t, c, s, morning)
	expectKept(t, c, s.Key, s)
	if entries, err := os.ReadDir(c.dir); err != nil || len(entries) > 0 {
		t.Errorf("there are files: %v, %v", entries, err)
	}
	if err := KeepSeed("serial", "GEZDGNBV"); err != nil {
		t.Fatal(err)
	}
	if seed, err := KeptSeed("serial"); seed != "GEZDGNBV" || err != nil {
		t.Errorf("%q, %v", seed, err)
	}
	if err := ForgetSeed("serial"); err != nil {
		t.Fatal(err)
	}
	if _, err := KeptSeed("serial"); err == nil || client.Hint(err) == "" {
		t.Errorf("%v", err)
	}
	keyring.MockInitWithError(fs.ErrPermission)
	if _, err := c.session(s.Key); err == nil || !strings.HasPrefix(err.Error(), "the operating system's keyring: ") || client.Hint(err) == "" {
		t.Errorf("%v", err)
	}
}
