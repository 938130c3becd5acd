package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// Verdict is how a Finding is to be taken.
type Verdict string

// The verdicts, from good to bad.
const (
	Fine    Verdict = "ok"
	Warning Verdict = "warning" // it works, or may be meant
	Failure Verdict = "failure" // it does not work, or is not safe
)

// Finding is what Examine says of one thing.
type Finding struct {
	Subject string
	Verdict Verdict
	Text    string
}

const (
	// examTimeout is how long others may take to answer.
	examTimeout = 5 * time.Second
	// clockTolerance is how far our clock may be from another server's: two more seconds, and revocations miss sessions.
	clockTolerance = 2 * time.Second
	// leastSpace is what a day's audit log of a busy server takes.
	leastSpace = 1 << 30
)

// examination collects findings.
type examination struct {
	config   Config
	findings []Finding
}

// Examine looks at all that a server of this configuration needs, whether one runs or not, and changes nothing. What can't be looked at
// because something before it is broken is left out.
func Examine(ctx context.Context, c Config) []Finding {
	e := &examination{config: c}
	if err := c.Validate(); err != nil {
		e.note("configuration", Failure, "%v", err)
	}
	e.dataDir()
	e.clock()
	if e.database(ctx) {
		e.keys(ctx)
	}
	e.server(ctx)
	e.backends(ctx)
	return e.findings
}

func (e *examination) note(subject string, v Verdict, format string, values ...any) {
	e.findings = append(e.findings, Finding{subject, v, fmt.Sprintf(format, values...)})
}

// dataDir looks at the directory and the files in it.
func (e *examination) dataDir() {
	const subject = "data directory"
	dir := e.config.DataDir
	if err := checkDataDir(dir); err != nil {
		e.note(subject, Failure, "%v", err)
		return
	}
	open := e.openFiles(dir)
	switch space, err := freeSpace(dir); {
	case len(open) > 0:
		e.note(subject, Failure, "others than the owner can read %s: chmod go= FILE", strings.Join(open, ", "))
	case err == nil && space < leastSpace:
		e.note(subject, Warning, "%s has %d MiB left: without room for the audit log every request is refused", dir, space>>20)
	default:
		e.note(subject, Fine, "%s", dir)
	}
}

// openFiles are the files of the directory that others can read and must not.
func (e *examination) openFiles(dir string) (names []string) {
	if runtime.GOOS == "windows" {
		return nil
	}
	for _, pattern := range []string{"sealing.key*", "daypass.db*", "audit*.jsonl*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			continue // the patterns are good
		}
		for _, file := range files {
			if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
				names = append(names, filepath.Base(file))
			}
		}
	}
	return names
}

// clock asks the kernel whether anything keeps the clock right. How right it is, server tells.
func (e *examination) clock() {
	const subject = "clock"
	switch synchronized, known := clockSynchronized(); {
	case !known:
		e.note(subject, Warning, "whether anything keeps it right is not known on this system")
	case !synchronized:
		e.note(subject, Warning, "nothing keeps it right, says the kernel: run chrony, systemd-timesyncd or their like, as codes and signatures are judged by it")
	default:
		e.note(subject, Fine, "kept right")
	}
}

// database looks at the schema, and reports whether the store may be opened without a change.
func (e *examination) database(ctx context.Context) bool {
	const subject = "database"
	if file, ok := e.config.databaseFile(); ok {
		if _, err := os.Stat(file); err != nil {
			e.note(subject, Failure, "%v", err)
			return false
		}
	}
	ctx, cancel := context.WithTimeout(ctx, examTimeout)
	defer cancel()
	switch current, known, err := store.Schema(ctx, e.config.database()); {
	case err != nil:
		e.note(subject, Failure, "%v", err)
	case current > known:
		e.note(subject, Failure, "its schema has version %d, and this daypass knows %d at most: run the newer daypass that wrote it", current, known)
	case current < known:
		e.note(subject, Warning, "its schema has version %d: this daypass brings it to %d when it starts", current, known)
	default:
		e.note(subject, Fine, "answers, schema version %d", current)
		return true
	}
	return false
}

// keys opens the key sets with the sealing key.
func (e *examination) keys(ctx context.Context) {
	st, err := OpenExistingStore(ctx, e.config)
	if err != nil {
		e.note("sealing key", Failure, "%v", err)
		return
	}
	defer st.Close() //nolint:errcheck // nothing was written
	sets, err := st.KeySets(ctx)
	if err != nil {
		e.note("sealing key", Failure, "%v", err)
		return
	}
	e.note("sealing key", Fine, "opens all %d key sets of the database", len(sets))
	for _, set := range sets {
		e.keySet(set)
	}
}

func (e *examination) keySet(set store.KeySet) {
	subject, now := "keys of "+KeySetName(set.Purpose), e.config.Now()
	sealer, ok := set.Sealer(now)
	_, byClock := tokenKeySets[set.Purpose]
	age := now.Sub(sealer.CreatedAt).Round(time.Hour)
	switch due := e.config.TokenKeyRotation; {
	case !ok:
		e.note(subject, Failure, "none of %d seals: is the clock right?", len(set.Keys))
	case byClock && due > 0 && age > due+2*expiryInterval+DefaultKeyAhead:
		e.note(subject, Warning, "the one that seals is %v old, and should have been replaced after %v: does a server run?", age, due)
	default:
		e.note(subject, Fine, "%d, the one that seals is %v old", len(set.Keys), age)
	}
}

// server asks the server whether it is ready, at its public address if there is one.
func (e *examination) server(ctx context.Context) {
	const subject = "server"
	address, client := e.config.PublicURL, &http.Client{Timeout: examTimeout}
	if address == "" {
		address = "http://" + reachable(e.config.Listen)
		if e.config.overTLS() {
			address = "https://" + reachable(e.config.Listen)
		}
		// That a certificate is for the name that clients use can't be seen from here.
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // nothing is sent
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/readyz", http.NoBody)
	if err != nil {
		e.note(subject, Failure, "%v", err)
		return
	}
	response, err := client.Do(request)
	if err != nil {
		e.note(subject, Warning, "nobody answers at %s: %v", address, unwrapURL(err))
		return
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		e.note(subject, Failure, "%s says that it is not ready: its log tells why", address)
		return
	}
	e.note(subject, Fine, "ready at %s", address)
	e.compareClocks(response.Header.Get("Date"))
}

// compareClocks sets our clock against the server's, which may run on another machine.
func (e *examination) compareClocks(date string) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return
	}
	if off := e.config.Now().Sub(theirs); off < -clockTolerance || off > clockTolerance+time.Second { // a Date has whole seconds
		e.note("clock", Failure, "it is %v from the server's: codes, signatures and revocations are judged by both", off.Round(time.Second))
	}
}

// backends connects to what stands behind the gateway.
func (e *examination) backends(ctx context.Context) {
	upstreams := e.config.Gateway.Upstreams
	names := make([]string, 0, len(upstreams))
	for name := range upstreams {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		subject := "backend of " + name
		address, err := dialAddress(upstreams[name].URL)
		if err == nil {
			err = dial(ctx, address)
		}
		if err != nil {
			e.note(subject, Failure, "%v", err)
			continue
		}
		e.note(subject, Fine, "takes connections at %s", address)
	}
}

func dial(ctx context.Context, address string) error {
	connection, err := (&net.Dialer{Timeout: examTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}

// dialAddress is the host and port of a URL.
func dialAddress(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", err
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme // a name that the dialer knows
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// reachable is an address that leads to a listener.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return listen
}

// unwrapURL leaves out the URL, which the text around has.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
