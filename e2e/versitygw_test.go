package e2e

import (
	"crypto/rand"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// versitygw is an S3 that keeps objects as files. It knows one key, and checks signatures, hashes and checksums by itself.
type versitygw struct {
	t       *testing.T
	address string
	dir     string // buckets are its directories
	key     credentials
	process *exec.Cmd // nil when it was stopped
	output  *buffer
}

// startVersitygw starts one that is stopped when the test ends.
func startVersitygw(t *testing.T) *versitygw {
	t.Helper()
	dir := t.TempDir()
	v := &versitygw{
		t:       t,
		address: freeAddress(t),
		dir:     filepath.Join(dir, "objects"),
		key:     credentials{AccessKeyId: "BACKEND" + rand.Text()[:13], SecretAccessKey: rand.Text()},
		output:  new(buffer),
	}
	sidecar := filepath.Join(dir, "sidecar") // where metadata goes; not every file system has room for it in attributes
	for _, d := range []string{v.dir, sidecar} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	v.process = exec.Command(builtVersitygw(t), "--port", v.address, "--quiet", "--keep-alive", "--region", region, "posix", "--sidecar", sidecar, v.dir)
	v.process.Env = []string{"ROOT_ACCESS_KEY_ID=" + v.key.AccessKeyId, "ROOT_SECRET_ACCESS_KEY=" + v.key.SecretAccessKey}
	v.process.Stdout, v.process.Stderr = v.output, v.output
	if err := v.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.stop)
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		connection, err := net.Dial("tcp", v.address)
		if err == nil {
			_ = connection.Close()
			return v
		}
		if time.Now().After(deadline) {
			t.Fatalf("versitygw isn't ready after %v: %v\n%s", patience, err, v.output)
		}
	}
}

// stop ends it once it has dealt with the requests that it has begun.
func (v *versitygw) stop() {
	if v.process == nil {
		return
	}
	_ = v.process.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(patience, func() { _ = v.process.Process.Kill() })
	_ = v.process.Wait() // how a backend ends is not what we test
	late.Stop()
	v.process = nil
}

// files are the objects that it keeps, and what is left of unfinished ones.
func (v *versitygw) files() []string {
	v.t.Helper()
	var found []string
	err := filepath.WalkDir(v.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == ".vgwlocks" { // not a bucket
			return fs.SkipDir
		}
		if err == nil && !entry.IsDir() {
			found = append(found, strings.TrimPrefix(path, v.dir+"/"))
		}
		return err
	})
	if err != nil {
		v.t.Error(err)
	}
	return found
}

// builtVersitygw builds versitygw from its own module, once for all tests, and returns its path. Go's cache makes the
// next run's quick; install.sh fills it.
func builtVersitygw(t *testing.T) string {
	t.Helper()
	path, err := buildVersitygw()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var buildVersitygw = sync.OnceValues(func() (string, error) {
	command := exec.Command("go", "tool", "-n", "versitygw")
	command.Dir = "versitygw"
	command.Stderr = os.Stderr
	out, err := command.Output()
	return strings.TrimSpace(string(out)), err
})
