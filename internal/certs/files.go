package certs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

const (
	// interval is how often the files are looked at. They are read, not only dated: they may be links that now lead elsewhere,
	// and two writes may have the same time.
	interval = time.Second
	// maxFileSize is far more than any chain of certificates.
	maxFileSize = 1 << 20
)

// Files is a certificate and its key in PEM files, which may be replaced while the server runs.
type Files struct {
	certificate, key string
	logger           *slog.Logger
	now              func() time.Time

	current atomic.Pointer[tls.Certificate]
	seen    [sha256.Size]byte // a hash of what the last look found
	judged  bool              // that is in use, or was found to be of no use
}

// OpenFiles reads a certificate, which the rest of its chain may follow, and its key.
func OpenFiles(certificate, key string, now func() time.Time, logger *slog.Logger) (*Files, error) {
	f := &Files{certificate: certificate, key: key, logger: logger, now: now, judged: true}
	there := f.read()
	pair, err := there.parse()
	if err != nil {
		return nil, err
	}
	f.seen = there.hash()
	f.use(pair)
	return f, nil
}

// TLSConfig returns how to speak TLS with the certificate of the day.
func (f *Files) TLSConfig() *tls.Config {
	return serverConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.current.Load(), nil })
}

// Names are those that the certificate is for.
func (f *Files) Names() []string { return f.current.Load().Leaf.DNSNames }

// Keep uses what the files hold until ctx ends.
func (f *Files) Keep(ctx context.Context) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			f.look()
		}
	}
}

// look takes what is new once two looks in a row have found the same: who replaces one file after the other, or is still
// writing, is not done. What is of no use is logged once, and the certificate that was in use stays.
func (f *Files) look() {
	there := f.read()
	if seen := there.hash(); seen != f.seen {
		f.seen, f.judged = seen, false
		return
	}
	if f.judged {
		return
	}
	f.judged = true
	pair, err := there.parse()
	if err != nil {
		f.logger.Warn("the TLS certificate on the disk is of no use: the one before stays in use", "error", err)
		return
	}
	f.use(pair)
}

func (f *Files) use(pair *tls.Certificate) {
	f.current.Store(pair)
	leaf := pair.Leaf
	f.logger.Info("TLS certificate", "file", f.certificate, "names", leaf.DNSNames, "serial", leaf.SerialNumber.Text(16), "until", leaf.NotAfter)
	if now := f.now(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		f.logger.Warn("clients will refuse the TLS certificate: it is valid at another time", "from", leaf.NotBefore, "until", leaf.NotAfter)
	}
	if info, err := os.Stat(f.key); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		f.logger.Warn("everybody on this machine may open the key of the TLS certificate", "file", f.key, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
}

// contents are what the files hold, or why they can't be read.
type contents struct {
	certificate, key []byte
	err              error
}

func (f *Files) read() contents {
	certificate, err := readFile(f.certificate)
	if err != nil {
		return contents{err: fmt.Errorf("TLS certificate: %w", err)}
	}
	key, err := readFile(f.key)
	if err != nil {
		return contents{err: fmt.Errorf("TLS key: %w", err)}
	}
	return contents{certificate: certificate, key: key}
}

func (c contents) hash() [sha256.Size]byte {
	certificate, key := sha256.Sum256(c.certificate), sha256.Sum256(c.key)
	return sha256.Sum256(fmt.Appendf(nil, "%x %x %v", certificate, key, c.err))
}

// parse is tls.X509KeyPair, which leaves out what is cut off at the end of a chain.
func (c contents) parse() (*tls.Certificate, error) {
	if c.err != nil {
		return nil, c.err
	}
	whole := 0
	for block, rest := pem.Decode(c.certificate); block != nil; block, rest = pem.Decode(rest) {
		whole++
	}
	if whole != bytes.Count(c.certificate, []byte("-----BEGIN ")) {
		return nil, errors.New("TLS certificate: a part of it is cut off or broken")
	}
	pair, err := tls.X509KeyPair(c.certificate, c.key)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate and key: %w", err)
	}
	return &pair, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(text) > maxFileSize {
		err = fmt.Errorf("%s is larger than 1 MiB", path)
	}
	return text, err
}
