package server

import (
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/auditsink"
	"github.com/daypass/daypass/internal/certs"
	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/limit"
)

// configFile is a configuration file: what it has beside these parts is an error.
type configFile struct {
	Gateway gateway.Config `yaml:"gateway"`
	Extauth extauth.Config `yaml:"extauth"`
	Audit   auditConfig    `yaml:"audit"`
	Limits  limit.Config   `yaml:"limits"`
	TLS     certs.Config   `yaml:"tls"`
}

// auditConfig is the part about the log and where else its lines go.
type auditConfig struct {
	audit.Config `yaml:",inline"`

	Sinks []auditsink.Config `yaml:"sinks"`
}

// Validate refuses what makes no sense.
func (c *auditConfig) Validate() error {
	return errors.Join(c.Config.Validate(), auditsink.Validate(c.Sinks))
}

// ReadFile sets what a configuration file is about: Gateway, Extauth, Limits, TLS, AuditRotation and AuditSinks. A name in it that
// nobody knows is an error.
func (c *Config) ReadFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	parsed, err := parseConfigFile(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	c.Gateway, c.Extauth, c.Limits, c.TLS = parsed.Gateway, parsed.Extauth, parsed.Limits, parsed.TLS
	c.AuditRotation, c.AuditSinks = parsed.Audit.Rotate, parsed.Audit.Sinks
	return nil
}

func parseConfigFile(r io.Reader) (configFile, error) {
	decoder := yaml.NewDecoder(r)
	decoder.KnownFields(true)
	var f configFile
	if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return configFile{}, err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return configFile{}, errors.New("there is more than one document")
	}
	for _, validate := range []func() error{f.Gateway.Validate, f.Extauth.Validate, f.Audit.Validate, f.Limits.Validate, f.TLS.Validate} {
		if err := validate(); err != nil {
			return configFile{}, err
		}
	}
	return f, nil
}
