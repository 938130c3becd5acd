package auditsink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/audit"
)

const (
	defaultLagSize = 64 << 20
	defaultLagAge  = 10 * time.Minute
	defaultTimeout = 10 * time.Second
	defaultBatch   = 500
	maxBatch       = 1000
	// maxBatchSize is reached by the last line of a batch. With the longest line it stays below the 1 MB that many receivers
	// have as their limit.
	maxBatchSize = 512 << 10
)

// Config is a sink: one of Stdout, Syslog and Webhook, and what they have in common.
type Config struct {
	Stdout  *Stdout  `yaml:"stdout"`
	Syslog  *Syslog  `yaml:"syslog"`
	Webhook *Webhook `yaml:"webhook"`

	// Name is what messages and the file of the position call it; empty: stdout, syslog or webhook.
	Name string `yaml:"name"`
	// MaxLag is how far the sink may be behind before OnFailure decides.
	MaxLag Lag `yaml:"maxLag"`
	// OnFailure is refuse (also when empty), to refuse all requests until the sink has caught up, or drop, to leave out the
	// lines that are too much.
	OnFailure string `yaml:"onFailure"`
}

const (
	refuse = "refuse"
	drop   = "drop"
)

// Lag is how much of the log a sink has not taken.
type Lag struct {
	Size audit.Size    `yaml:"size"` // of the lines; 0: 64 MiB
	Age  time.Duration `yaml:"age"`  // of the oldest line; 0: 10 minutes
}

// Stdout is standard output: the lines as they are in the file.
type Stdout struct{}

// Syslog is a syslog server: one message of RFC 5424 for each line.
type Syslog struct {
	// Address is tcp://HOST:PORT with the framing of RFC 6587 (octet counting), tls://HOST:PORT as in RFC 5425, or
	// unix:///PATH, a datagram socket.
	Address  string        `yaml:"address"`
	Facility string        `yaml:"facility"` // empty: local0
	App      string        `yaml:"app"`      // APP-NAME, 1 to 48 printable ASCII characters; empty: daypass
	Timeout  time.Duration `yaml:"timeout"`  // of a connection's making, and of a batch; 0: 10 seconds
	TLS      TLS           `yaml:"tls"`
}

// Webhook is an HTTP server that is sent batches of lines with POST.
type Webhook struct {
	URL string `yaml:"url"` // https; or http to this machine itself
	// Format of a body is records (also when empty): {"Records":[...]} as in CloudTrail's files, or lines: a line each.
	Format        string        `yaml:"format"`
	Authorization Variable      `yaml:"authorization"` // the value of the header of that name
	SigningSecret Variable      `yaml:"signingSecret"` // whsec_ and 24 to 64 bytes in base64, as in Standard Webhooks
	Batch         int           `yaml:"batch"`         // lines in a request, 1000 at most; 0: 500
	Timeout       time.Duration `yaml:"timeout"`       // of a request; 0: 10 seconds
	TLS           TLS           `yaml:"tls"`
}

// Variable names an environment variable.
type Variable struct {
	Env string `yaml:"env"`
}

// TLS has the files for connections over TLS, in PEM.
type TLS struct {
	CA          string `yaml:"ca"`          // of the authorities that the sink's certificate may come from; empty: the system's
	Certificate string `yaml:"certificate"` // to show the sink; empty: none
	Key         string `yaml:"key"`
}

// Validate refuses what no sink can be made of. Files and the environment are left to Open.
func Validate(sinks []Config) error {
	names := map[string]bool{}
	for i := range sinks {
		c := &sinks[i]
		if err := c.validate(); err != nil {
			return fmt.Errorf("audit.sinks: number %d: %w", i+1, err)
		}
		if names[c.name()] {
			return fmt.Errorf("audit.sinks: two are called %s: give them names", c.name())
		}
		names[c.name()] = true
	}
	return nil
}

var sinkName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

func (c *Config) validate() error {
	kinds := 0
	for _, there := range []bool{c.Stdout != nil, c.Syslog != nil, c.Webhook != nil} {
		if there {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return errors.New("it is not one of stdout, syslog and webhook, such as stdout: {}")
	case c.Name != "" && !sinkName.MatchString(c.Name):
		return fmt.Errorf("name %q has other characters than a-z, 0-9 and dashes inside, or more than 32", c.Name)
	case c.MaxLag.Age < 0:
		return errors.New("maxLag.age is negative")
	case c.OnFailure != "" && c.OnFailure != refuse && c.OnFailure != drop:
		return fmt.Errorf("onFailure %q is neither refuse nor drop", c.OnFailure)
	case c.Syslog != nil:
		return c.Syslog.validate()
	case c.Webhook != nil:
		return c.Webhook.validate()
	}
	return nil
}

func (c *Config) name() string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Stdout != nil:
		return "stdout"
	case c.Syslog != nil:
		return "syslog"
	default:
		return "webhook"
	}
}

// Names are those of the sinks.
func Names(sinks []Config) []string {
	names := make([]string, len(sinks))
	for i := range sinks {
		names[i] = sinks[i].name()
	}
	return names
}

// orDefault is a setting, or what it is when it was left out.
func orDefault[T comparable](setting, otherwise T) T {
	var zero T
	if setting == zero {
		return otherwise
	}
	return setting
}

// printableName is what RFC 5424 lets APP-NAME be.
var printableName = regexp.MustCompile(`^[!-~]{1,48}$`)

func (s *Syslog) validate() error {
	if _, err := s.address(); err != nil {
		return err
	}
	if _, known := facilities[s.facility()]; !known {
		return fmt.Errorf("syslog.facility %q is none, such as local0 or auth", s.Facility)
	}
	if !printableName.MatchString(s.app()) {
		return errors.New("syslog.app is not 1 to 48 printable ASCII characters without blanks")
	}
	if s.Timeout < 0 {
		return errors.New("syslog.timeout is negative")
	}
	if !strings.HasPrefix(s.Address, "tls:") && s.TLS != (TLS{}) {
		return errors.New("syslog.tls is for addresses that begin with tls://")
	}
	return s.TLS.validate("syslog.tls")
}

func (s *Syslog) facility() string { return orDefault(s.Facility, "local0") }
func (s *Syslog) app() string      { return orDefault(s.App, "daypass") }

func (s *Syslog) address() (*url.URL, error) {
	u, err := url.Parse(s.Address)
	if err != nil {
		return nil, errors.New("syslog.address can't be read")
	}
	switch {
	case u.Scheme == "udp":
		return nil, errors.New("syslog.address: UDP loses messages without a word; use tcp, tls or unix, or a relay on this machine")
	case u.Scheme == "unix" && u.Scheme+"://"+u.Path == s.Address && strings.HasPrefix(u.Path, "/"):
		return u, nil
	case (u.Scheme == "tcp" || u.Scheme == "tls") && u.Hostname() != "" && u.Port() != "" && u.Scheme+"://"+u.Host == s.Address:
		return u, nil
	}
	return nil, fmt.Errorf("syslog.address %q is not such as tls://logs.example.com:6514, tcp://127.0.0.1:514 or unix:///dev/log", s.Address)
}

func (w *Webhook) validate() error {
	u, err := url.Parse(w.URL)
	switch {
	case err != nil:
		return errors.New("webhook.url can't be read")
	case u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("webhook.url must begin with https:// and a host")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("webhook.url must begin with https://, or lead to this machine itself")
	case u.User != nil:
		return errors.New("webhook.url has a user or a password: use authorization, which is read from the environment")
	case u.Fragment != "":
		return errors.New("webhook.url has a fragment, which is never sent")
	case w.Format != "" && w.Format != "records" && w.Format != "lines":
		return fmt.Errorf("webhook.format %q is neither records nor lines", w.Format)
	case w.Batch < 0 || w.Batch > maxBatch:
		return fmt.Errorf("webhook.batch is not 1 to %d", maxBatch)
	case w.Timeout < 0:
		return errors.New("webhook.timeout is negative")
	case u.Scheme == "http" && w.TLS != (TLS{}):
		return errors.New("webhook.tls is for a url that begins with https://")
	}
	if err := w.Authorization.validate("webhook.authorization"); err != nil {
		return err
	}
	if err := w.SigningSecret.validate("webhook.signingSecret"); err != nil {
		return err
	}
	return w.TLS.validate("webhook.tls")
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (v Variable) validate(setting string) error {
	switch {
	case v.Env == "":
		return nil
	case !environmentName.MatchString(v.Env):
		return fmt.Errorf("%s.env is no name for the environment", setting)
	case strings.HasPrefix(v.Env, "DAYPASS"):
		return fmt.Errorf("%s.env must not begin with DAYPASS: such variables are daypass's own", setting)
	}
	return nil
}

// value is what the environment has; empty where no variable is named.
func (v Variable) value() (string, error) {
	value := os.Getenv(v.Env)
	if v.Env != "" && value == "" {
		return "", fmt.Errorf("the environment has no %s", v.Env)
	}
	return value, nil
}

func (t TLS) validate(setting string) error {
	if (t.Certificate == "") != (t.Key == "") {
		return fmt.Errorf("%s needs both certificate and key, or neither", setting)
	}
	return nil
}

// config reads the files.
func (t TLS) config(host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s has no certificate in PEM", t.CA)
		}
	}
	if t.Certificate != "" {
		own, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{own}
	}
	return c, nil
}
