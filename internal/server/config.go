// Package server makes a running process of a configuration: store, audit log, doors, janitor, listener, and an orderly
// end.
package server

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/auditsink"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/certs"
	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/sealingkey"
	"github.com/daypass/daypass/internal/store"
)

// Config is everything a server can be told.
type Config struct {
	Listen   string // address and port of the endpoint
	DataDir  string // holds the sealing key, the audit log and, by default, the database
	Database string // empty: SQLite in DataDir; otherwise sqlite:PATH or postgres://...
	// SealingKey is where the sealing key is, as package sealingkey reads it; empty: in DataDir.
	SealingKey string
	AccountID  string   // 12 digits; empty: generated at the first start
	Regions    []string // that a credential scope may name; empty: any
	// PublicURL is how others reach the server, such as https://sts.example.com: the issuers of web identity tokens are below it.
	// Empty: no account can be an issuer.
	PublicURL string
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
	// Gateway says which services stand behind the server.
	Gateway gateway.Config
	// Extauth says which proxies may ask, and for which services.
	Extauth extauth.Config
	// TrustedProxies are the addresses and networks of proxies that say where requests come from.
	TrustedProxies []string
	// Limits says how much is too much.
	Limits limit.Config
	// TLSCertificate and TLSKey are PEM files of the endpoint's certificate, TLS says how to order one; neither: no TLS.
	TLSCertificate, TLSKey string
	TLS                    certs.Config
	// InsecureHTTP allows an endpoint without TLS at an address that is not loopback.
	InsecureHTTP bool
	// OperationsListen is the address and port of the metrics and of the health of the server; empty: nowhere.
	OperationsListen string
	// PprofListen is the address and port of the Go profiles of the process, on this machine; empty: nowhere.
	PprofListen string
	// Tracer is told of each request and of the parts of its time; nil: nobody wants to know.
	Tracer Tracer
	// AuditRotation says when the audit log begins a new file.
	AuditRotation audit.Rotation
	// AuditSinks get the lines of the audit log, too.
	AuditSinks []auditsink.Config
	// Stdout is for the sink of that name.
	Stdout io.Writer
	// TokenKeyRotation is how old a key that seals session tokens and encoded authorization messages becomes before it is replaced;
	// 0: it is not.
	TokenKeyRotation time.Duration
	// RootAccessKeyID and RootSecretAccessKey become the root key at the first start; both empty: generated.
	RootAccessKeyID     string
	RootSecretAccessKey string

	Now    func() time.Time
	Logger *slog.Logger
}

// Tracer is told of requests as they are recorded: err is why one was not. It must not wait for anything.
type Tracer interface {
	Request(e audit.Event, err error)
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
	if err := errors.Join(checkPublicURL(c.PublicURL), checkTokenKeyRotation(c.TokenKeyRotation)); err != nil {
		return err
	}
	if err := c.checkTLS(); err != nil {
		return err
	}
	if err := checkPprofListen(c.PprofListen); err != nil {
		return err
	}
	if slices.ContainsFunc(c.SAMLAudiences, func(name string) bool { return strings.TrimSpace(name) == "" }) {
		// An assertion that is meant for nobody would be meant for this server.
		return errors.New("a name that SAML assertions may be meant for is empty")
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

// checkPublicURL wants an origin as it is written in tokens, and compared there byte by byte. Only to this machine itself is
// http good enough: who can change the keys on their way can forge tokens.
func checkPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme+"://"+u.Host != text || u.Hostname() == "" || text != strings.ToLower(text):
		return fmt.Errorf("the public URL %q is not such as https://sts.example.com: scheme, host and maybe port in lower case, and nothing behind", text)
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("the public URL %q must begin with https://, or lead to this machine itself", text)
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
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

// sealingKey is where the sealing key is.
func (c *Config) sealingKey(ctx context.Context) (store.SealingKey, error) {
	if c.SealingKey == "" {
		return store.SealingKeyFile(filepath.Join(c.DataDir, "sealing.key")), nil
	}
	key, err := sealingkey.Parse(ctx, c.SealingKey)
	if err != nil {
		return nil, fmt.Errorf("the sealing key: %w", err)
	}
	return key, nil
}

// AuditFile is where the audit log is written; beside it are its chain and the files that it has left.
func (c *Config) AuditFile() string { return filepath.Join(c.DataDir, "audit.jsonl") }
