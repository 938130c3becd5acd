package certs_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/certs"
	"github.com/daypass/daypass/internal/testenv"
)

// kept is a certificate in files, and what was logged of it.
type kept struct {
	*certs.Files
	certificate, key string
	authority        *testenv.Authority
	log              *bytes.Buffer
}

func keep(t *testing.T) *kept {
	t.Helper()
	dir := t.TempDir()
	k := &kept{
		certificate: filepath.Join(dir, "tls.crt"), key: filepath.Join(dir, "tls.key"), authority: testenv.NewAuthority(t, time.Now()), log: new(bytes.Buffer),
	}
	chain, key := k.authority.Issue(t, "first.test")
	write(t, k.certificate, chain)
	write(t, k.key, key)
	k.open(t, time.Now)
	return k
}

func (k *kept) open(t *testing.T, now func() time.Time) {
	t.Helper()
	var err error
	if k.Files, err = certs.OpenFiles(k.certificate, k.key, now, slog.New(slog.NewTextHandler(k.log, nil))); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// looks are two, after which what has changed is in use.
func (k *kept) looks() {
	k.Look()
	k.Look()
}

// want has a client that trusts the authority call the server by a name.
func (k *kept) want(t *testing.T, name string) {
	t.Helper()
	if _, err := handshake(t, k.TLSConfig(), &tls.Config{RootCAs: k.authority.Roots, ServerName: name}); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// handshake returns what a client agrees on with a server.
func handshake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	served := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			err = errors.Join(tls.Server(conn, server).HandshakeContext(context.Background()), conn.Close())
		}
		served <- err
	}()
	dialer := tls.Dialer{Config: client}
	conn, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		<-served //nolint:errcheck // whether it noticed is not the question
		return tls.ConnectionState{}, err
	}
	state := conn.(*tls.Conn).ConnectionState()
	_ = conn.Close()
	return state, <-served
}

func TestFilesReplaced(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]func(t *testing.T, k *kept, chain, key []byte){
		"in place": func(t *testing.T, k *kept, chain, key []byte) {
			write(t, k.certificate, chain)
			write(t, k.key, key)
		},
		"by renaming": func(t *testing.T, k *kept, chain, key []byte) {
			for path, text := range map[string][]byte{k.certificate: chain, k.key: key} {
				write(t, path+".new", text)
				if err := os.Rename(path+".new", path); err != nil {
					t.Fatal(err)
				}
			}
		},
		"with the time of the old ones": func(t *testing.T, k *kept, chain, key []byte) {
			for path, text := range map[string][]byte{k.certificate: chain, k.key: key} {
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				write(t, path, text)
				if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := keep(t)
			k.want(t, "first.test")
			chain, key := k.authority.Issue(t, "second.test")
			replace(t, k, chain, key)
			k.looks()
			k.want(t, "second.test")
			if got := k.Names(); len(got) != 1 || got[0] != "second.test" {
				t.Errorf("the names are %q", got)
			}
		})
	}
}

// Kubernetes has a link to a directory, which it moves to a new one.
func TestFilesBehindLinks(t *testing.T) {
	t.Parallel()
	k := keep(t)
	dir := t.TempDir()
	version := func(number, host string) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(dir, number), 0o700); err != nil {
			t.Fatal(err)
		}
		chain, key := k.authority.Issue(t, host)
		write(t, filepath.Join(dir, number, "tls.crt"), chain)
		write(t, filepath.Join(dir, number, "tls.key"), key)
		link(t, number, filepath.Join(dir, "..data_tmp"))
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	version("..1", "one.test")
	k.certificate, k.key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	link(t, "..data/tls.crt", k.certificate)
	link(t, "..data/tls.key", k.key)
	k.open(t, time.Now)
	k.want(t, "one.test")
	version("..2", "two.test")
	if err := os.RemoveAll(filepath.Join(dir, "..1")); err != nil {
		t.Fatal(err)
	}
	k.looks()
	k.want(t, "two.test")
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// What is of no use leaves the old certificate in use, and is told once for each change.
func TestFilesOfNoUse(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, k *kept, chain, key []byte){
		"the certificate alone": func(t *testing.T, k *kept, chain, _ []byte) { write(t, k.certificate, chain) },
		"the key alone":         func(t *testing.T, k *kept, _, key []byte) { write(t, k.key, key) },
		"half a certificate": func(t *testing.T, k *kept, chain, key []byte) {
			write(t, k.certificate, chain[:200])
			write(t, k.key, key)
		},
		"half a chain": func(t *testing.T, k *kept, chain, key []byte) {
			write(t, k.certificate, chain[:len(chain)-100])
			write(t, k.key, key)
		},
		"a chain but for its last dash": func(t *testing.T, k *kept, chain, key []byte) {
			write(t, k.certificate, chain[:len(chain)-2])
			write(t, k.key, key)
		},
		"half a key": func(t *testing.T, k *kept, chain, key []byte) {
			write(t, k.certificate, chain)
			write(t, k.key, key[:100])
		},
		"nothing": func(t *testing.T, k *kept, _, _ []byte) {
			write(t, k.certificate, nil)
			write(t, k.key, nil)
		},
		"too much": func(t *testing.T, k *kept, chain, key []byte) {
			write(t, k.certificate, append(chain, make([]byte, 1<<20)...))
			write(t, k.key, key)
		},
		"no file": func(t *testing.T, k *kept, _, _ []byte) {
			if err := os.Remove(k.key); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := keep(t)
			chain, key := k.authority.Issue(t, "second.test")
			warnings := func() int { return strings.Count(k.log.String(), "is of no use") }
			k.Look()
			spoil(t, k, chain, key)
			k.Look()
			if warnings() != 0 {
				t.Errorf("who is still writing is blamed: %s", k.log)
			}
			k.Look()
			k.Look()
			if warnings() != 1 {
				t.Errorf("%d warnings: %s", warnings(), k.log)
			}
			k.want(t, "first.test")
			if _, err := certs.OpenFiles(k.certificate, k.key, time.Now, slog.New(slog.DiscardHandler)); err == nil {
				t.Error("a server starts with them")
			}

			write(t, k.certificate, chain)
			write(t, k.key, key)
			k.looks()
			k.want(t, "second.test")
			if strings.Contains(k.log.String(), string(key[30:60])) {
				t.Errorf("the log has the key: %s", k.log)
			}
		})
	}
}

// A certificate that went back to what it was is no news of a fault.
func TestFilesBack(t *testing.T) {
	t.Parallel()
	k := keep(t)
	chain, err := os.ReadFile(k.certificate)
	if err != nil {
		t.Fatal(err)
	}
	write(t, k.certificate, []byte("x"))
	k.Look()
	write(t, k.certificate, chain)
	k.looks()
	k.want(t, "first.test")
	if strings.Contains(k.log.String(), "no use") {
		t.Error(k.log)
	}
}

func TestFilesKeep(t *testing.T) {
	t.Parallel()
	k := keep(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		k.Keep(ctx)
		close(ended)
	}()
	chain, key := k.authority.Issue(t, "second.test")
	write(t, k.certificate, chain)
	write(t, k.key, key)
	for deadline := time.Now().Add(30 * time.Second); k.Names()[0] != "second.test"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the files were not looked at")
		}
	}
	stop()
	<-ended
}

func TestFilesWarnings(t *testing.T) {
	t.Parallel()
	k := keep(t)
	if strings.Contains(k.log.String(), "WARN") {
		t.Errorf("nothing is wrong: %s", k.log)
	}
	for _, at := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		k.log.Reset()
		k.open(t, func() time.Time { return time.Now().Add(at) })
		if !strings.Contains(k.log.String(), "clients will refuse") {
			t.Errorf("%v from now: %s", at, k.log)
		}
	}
	k.log.Reset()
	if err := os.Chmod(k.key, 0o644); err != nil {
		t.Fatal(err)
	}
	k.open(t, time.Now)
	if !strings.Contains(k.log.String(), "everybody on this machine") {
		t.Error(k.log)
	}
	if _, err := certs.OpenFiles(k.key+".none", k.key, time.Now, slog.New(slog.DiscardHandler)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestVersionsAndProtocols(t *testing.T) {
	t.Parallel()
	k := keep(t)
	tests := []struct {
		name      string
		version   uint16
		protocols []string
		agreed    string
		fault     string // in the error
	}{
		{"TLS 1.3", tls.VersionTLS13, nil, "", ""},
		{"TLS 1.2", tls.VersionTLS12, nil, "", ""},
		{"TLS 1.1", tls.VersionTLS11, nil, "", "protocol version not supported"},
		{"TLS 1.0", tls.VersionTLS10, nil, "", "protocol version not supported"},
		{"HTTP/1.1 of both", tls.VersionTLS13, []string{"h2", "http/1.1"}, "http/1.1", ""},
		{"the authority's protocol", tls.VersionTLS13, []string{"acme-tls/1"}, "", "no application protocol"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			state, err := handshake(t, k.TLSConfig(), &tls.Config{
				RootCAs: k.authority.Roots, ServerName: "first.test", NextProtos: test.protocols, MinVersion: test.version, MaxVersion: test.version,
			})
			if test.fault != "" {
				if err == nil || !strings.Contains(err.Error(), test.fault) {
					t.Errorf("error %v, want %q", err, test.fault)
				}
				return
			}
			if err != nil || state.Version != test.version || state.NegotiatedProtocol != test.agreed {
				t.Errorf("version %x, protocol %q, %v", state.Version, state.NegotiatedProtocol, err)
			}
		})
	}
}
