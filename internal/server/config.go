// Package server makes a running process of a configuration: store, audit log, doors, janitor, listener, and an orderly
// end.
package server

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
)

// Config is everything a server can be told.
type Config struct {
	Listen    string   // address and port of the endpoint
	DataDir   string   // holds the sealing key, the audit log and, by default, the database
	Database  string   // empty: SQLite in DataDir; otherwise sqlite:PATH or postgres://...
	AccountID string   // 12 digits; empty: generated at the first start
	Regions   []string // that a credential scope may name; empty: any
	// SessionsOutliveKeys keeps sessions alive when the key that asked for them is deactivated or deleted.
	SessionsOutliveKeys bool
	// AWSMessagesOnly keeps error texts to AWS's own.
	AWSMessagesOnly bool
	// EncodedAuthorizationMessages puts an encoded authorization message behind AccessDenied, for DecodeAuthorizationMessage.
	EncodedAuthorizationMessages bool
	// OIDCPrivateAddresses allows identity providers at addresses that are not public.
	OIDCPrivateAddresses bool
	// OIDCRootCAs are the authorities whose certificates identity providers may have; nil: the system's.
	OIDCRootCAs *x509.CertPool
	// SAMLAudiences are names of this server, beside AWS's, that SAML assertions may be meant for.
	SAMLAudiences []string
	// RootAccessKeyID and RootSecretAccessKey become the root key at the first start; both empty: generated.
	RootAccessKeyID     string
	RootSecretAccessKey string

	Now    func() time.Time
	Logger *slog.Logger
}

var secretPattern = regexp.MustCompile(`^[!-~]{20,128}$`)

// Validate says what is wrong with a configuration.
func (c *Config) Validate() error {
	if c.AccountID != "" && !aws.IsAccountID(c.AccountID) {
		return fmt.Errorf("account id %q is not 12 digits", c.AccountID)
	}
	if c.AWSMessagesOnly && c.EncodedAuthorizationMessages {
		return errors.New("encoded authorization messages are no part of AWS's texts: of --aws-messages-only and --encoded-authorization-messages choose one")
	}
	if c.RootAccessKeyID == "" && c.RootSecretAccessKey == "" {
		return nil
	}
	switch {
	case c.RootAccessKeyID == "" || c.RootSecretAccessKey == "":
		return fmt.Errorf("the root key needs both its access key id and its secret access key")
	case !aws.IsAccessKeyID(c.RootAccessKeyID):
		return fmt.Errorf("the root access key id must be 16 to 128 upper-case letters and digits")
	case c.RootAccessKeyID[:4] == aws.SessionKeyPrefix:
		return fmt.Errorf("the root access key id must not begin with %s, as the keys of sessions do", aws.SessionKeyPrefix)
	case !secretPattern.MatchString(c.RootSecretAccessKey):
		return fmt.Errorf("the root secret access key must be 20 to 128 printable ASCII characters without blanks")
	}
	return nil
}

func (c *Config) database() string {
	if c.Database != "" {
		return c.Database
	}
	return "sqlite:" + filepath.Join(c.DataDir, "daypass.db")
}

// databaseFile is the file of an SQLite database.
func (c *Config) databaseFile() (path string, ok bool) {
	return strings.TrimPrefix(c.database(), "sqlite:"), !strings.Contains(c.database(), "://")
}

func (c *Config) sealingKeyFile() string { return filepath.Join(c.DataDir, "sealing.key") }

// AuditFile is where the audit log is written.
func (c *Config) AuditFile() string { return filepath.Join(c.DataDir, "audit.jsonl") }
