package e2e

import (
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	accountID = "123456789012"
	region    = "us-east-1"

	// patience is how long a server may take to start or to stop. Only a broken one comes near it.
	patience = 30 * time.Second
	// pause is how long to wait before looking again.
	pause = 20 * time.Millisecond
)

// binary is the daypass that TestMain built.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "daypass-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "daypass")
	build := exec.Command("go", "build", "-o", binary, "./cmd/daypass")
	build.Dir = ".."
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building daypass:", err)
		return 1
	}
	defer postgres.Stop()
	return m.Run()
}

// credentials are what a client signs with, named as AWS names them in its replies.
type credentials struct {
	AccessKeyId, SecretAccessKey, SessionToken string
}

// config is what a test wants to be different about its server.
type config struct {
	Environment []string // of the program, where daypass reads its flags from, too

	Address  string   // host:port; a free one when empty
	DataDir  string   // a new one when empty
	Database string   // SQLite in the data directory when empty
	Under    []string // a program, with its arguments, that starts the server
	OwnRoot  bool     // the server makes root's key itself, instead of getting it from the test
	Beside   *server  // a server on the same database, whose sealing key and root this one shares
	Stdout   *os.File // where standard output goes; a buffer when nil
	TLS      *keyPair // the endpoint speaks TLS with it; plain HTTP when nil
	Refuses  bool     // the test has it refuse requests with InternalFailure
	Issuer   bool     // accounts can issue web identity tokens, below the endpoint of the server or of the one beside it
}

// server is a daypass server and what the test knows about it. It can be killed and launched again: its address and its
// data stay.
type server struct {
	t          *testing.T
	config     config
	address    string // host:port
	endpoint   string // http://host:port, or https
	operations string // host:port for operators
	metrics    string // what it told Prometheus in the end
	root       credentials

	process *exec.Cmd // nil when none runs
	exited  chan struct{}
	runs    []*run

	secrets *secrets
}

// run is what one process of a server wrote.
type run struct{ stdout, stderr buffer }

// buffer can be read while the process still writes.
type buffer struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// start returns a ready server whose root key the test knows. When the test ends, the server is stopped and what it
// wrote is searched for things that have no place there.
func start(t *testing.T, c config) *server {
	t.Helper()
	if c.DataDir == "" {
		c.DataDir = filepath.Join(t.TempDir(), "data")
	}
	address := c.Address
	if address == "" {
		address = freeAddress(t)
	}
	s := &server{
		t:          t,
		config:     c,
		address:    address,
		endpoint:   c.TLS.scheme() + address,
		operations: freeAddress(t),
		root: credentials{
			AccessKeyId:     "AKIARZPUZDIKE2EROOTK", // encodes accountID
			SecretAccessKey: (rand.Text() + rand.Text())[:40],
		},
		secrets: &secrets{what: make(map[string]string)},
	}
	if c.Beside != nil {
		s.join(c.Beside)
	}
	t.Cleanup(func() {
		if s.process != nil {
			s.metrics = s.scrape()
			s.stop()
		}
		s.searchOutputs()
	})
	s.launch()
	if c.OwnRoot {
		s.root = s.shownRoot()
	}
	s.secret("root's secret access key", s.root.SecretAccessKey)
	return s
}

// join makes a server one more node of another: what they share beside the database is the sealing key.
func (s *server) join(other *server) {
	s.t.Helper()
	s.root, s.secrets = other.root, other.secrets
	key, err := os.ReadFile(filepath.Join(other.config.DataDir, "sealing.key"))
	if err == nil {
		err = os.Mkdir(s.config.DataDir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(s.config.DataDir, "sealing.key"), key, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// shownRoot reads root's key from what the first start shows.
func (s *server) shownRoot() credentials {
	s.t.Helper()
	id := regexp.MustCompile(`AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})\n`)
	secret := regexp.MustCompile(`AWS_SECRET_ACCESS_KEY=([A-Za-z0-9+/]{40})\n`)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pause) {
		shown := s.runs[0].stdout.String()
		if id.MatchString(shown) && secret.MatchString(shown) {
			return credentials{
				AccessKeyId:     id.FindStringSubmatch(shown)[1],
				SecretAccessKey: secret.FindStringSubmatch(shown)[1],
			}
		}
	}
	s.t.Fatalf("the first start shows no root key:\n%s", &s.runs[0].stdout)
	return credentials{}
}

// launch starts the process and waits until it is ready.
func (s *server) launch() {
	s.t.Helper()
	r := new(run)
	s.runs = append(s.runs, r)
	s.process = s.command(slices.Concat([]string{"serve", "--listen", s.address, "--operations-listen", s.operations, "--account-id", accountID}, s.publicURL(), s.config.TLS.flags())...)
	if under := s.config.Under; len(under) > 0 {
		s.process.Args = slices.Concat(under, s.process.Args)
		s.process.Path = under[0]
	}
	s.process.Stdout, s.process.Stderr = &r.stdout, &r.stderr
	if s.config.Stdout != nil {
		s.process.Stdout = s.config.Stdout
	}
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.exited = make(chan struct{})
	go func(p *exec.Cmd, exited chan struct{}) {
		_ = p.Wait() // the state it leaves is judged by who waits for exited
		close(exited)
	}(s.process, s.exited)

	deadline := time.After(patience)
	for !s.ready() {
		select {
		case <-s.exited:
			s.t.Fatalf("the server didn't start: %v\n%s%s", s.process.ProcessState, &r.stdout, &r.stderr)
		case <-deadline:
			s.t.Fatalf("the server isn't ready after %v", patience)
		case <-time.After(pause):
		}
	}
}

// publicURL is the flag that lets accounts be issuers.
func (s *server) publicURL() []string {
	switch {
	case !s.config.Issuer:
		return nil
	case s.config.Beside != nil:
		return []string{"--public-url", s.config.Beside.endpoint}
	}
	return []string{"--public-url", s.endpoint}
}

// scrape is what the server tells Prometheus.
func (s *server) scrape() string {
	s.t.Helper()
	response, err := http.Get("http://" + s.operations + "/metrics")
	if err != nil {
		s.t.Error(err)
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Errorf("the metrics: %s %v", response.Status, err)
	}
	return string(text)
}

func (s *server) ready() bool {
	response, err := s.config.TLS.client().Get(s.endpoint + "/readyz")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// stop asks the server to end as an operator does. It has to drain and to exit with 0.
func (s *server) stop() {
	s.t.Helper()
	s.end(syscall.SIGTERM)
	if code := s.process.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("the server exited with %d after SIGTERM:\n%s", code, &s.runs[len(s.runs)-1].stderr)
	}
	s.process = nil
}

// kill ends the server as a crash does: nothing it still holds in memory gets written.
func (s *server) kill() {
	s.t.Helper()
	s.end(syscall.SIGKILL)
	s.process = nil
}

// restart has the server forget all that it holds in memory.
func (s *server) restart() {
	s.t.Helper()
	s.stop()
	s.launch()
}

func (s *server) end(signal os.Signal) {
	s.t.Helper()
	_ = s.process.Process.Signal(signal) // it may have ended by itself: its exit code tells
	select {
	case <-s.exited:
	case <-time.After(patience):
		_ = s.process.Process.Kill()
		<-s.exited
		s.t.Errorf("the server still ran %v after %v", patience, signal)
	}
}

// importTokens hands hardware tokens to `daypass mfa import`, one line of serial,algorithm,seed each.
func (s *server) importTokens(lines ...string) {
	s.t.Helper()
	for _, line := range lines {
		_, seed, _ := strings.Cut(line, ",")
		_, seed, _ = strings.Cut(seed, ",")
		s.secret("the seed of a hardware token", seed)
	}
	command := s.command("mfa", "import")
	command.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if output, err := command.CombinedOutput(); err != nil {
		s.t.Fatalf("daypass mfa import: %v\n%s", err, output)
	}
}

// command returns a daypass command that works on the server's data.
func (s *server) command(arguments ...string) *exec.Cmd {
	arguments = append(arguments, "--data-dir", s.config.DataDir)
	if s.config.Database != "" {
		arguments = append(arguments, "--database", s.config.Database)
	}
	command := exec.Command(binary, arguments...)
	command.Env = append([]string{"TZ=Pacific/Chatham"}, s.config.Environment...) // a clock that nobody else has
	if !s.config.OwnRoot {
		command.Env = append(command.Env,
			"DAYPASS_ROOT_ACCESS_KEY_ID="+s.root.AccessKeyId,
			"DAYPASS_ROOT_SECRET_ACCESS_KEY="+s.root.SecretAccessKey)
	}
	return command
}

// freeAddress returns an address that stays free while a server is restarted: its port is below those that the system gives
// to clients (32768 and up on Linux).
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+(os.Getpid()+int(ports.Add(1)))%10000)
		if listener, err := net.Listen("tcp", address); err == nil {
			_ = listener.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// ports counts those that were tried, so that no two tests of a run try the same.
var ports atomic.Int32
