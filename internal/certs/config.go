package certs

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/crypto/acme/autocert"
)

// Config is the section tls of a configuration file. The certificate of files is a setting of its own.
type Config struct {
	ACME *ACMEConfig `yaml:"acme"`
}

// ACMEConfig says who orders which certificates from whom.
type ACMEConfig struct {
	Hosts []string `yaml:"hosts"` // that clients call the server by
	Email string   `yaml:"email"` // whom the authority may write to; empty: nobody
	// Directory is the address of the authority; empty: Let's Encrypt.
	Directory string `yaml:"directory"`
	// RootCAs is a PEM file of the authorities that the directory's own certificate may be from; empty: the system's.
	RootCAs string `yaml:"rootCAs"`
	// AcceptTermsOfService says that the operator has read and accepts the terms of the authority.
	AcceptTermsOfService bool `yaml:"acceptTermsOfService"`
}

// host is a name in lower case, as clients send it, with one dot at least: no authority vouches for others.
var host = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Validate refuses what no certificate could be ordered with, and completes the directory.
func (c *Config) Validate() error {
	if c.ACME == nil {
		return nil
	}
	if err := c.ACME.validate(); err != nil {
		return fmt.Errorf("tls.acme: %w", err)
	}
	return nil
}

func (a *ACMEConfig) validate() error {
	if len(a.Hosts) == 0 {
		return errors.New("hosts is missing: the names that clients call the server by")
	}
	for _, name := range a.Hosts {
		if _, err := netip.ParseAddr(name); err == nil || !host.MatchString(name) || len(name) > 253 {
			return fmt.Errorf("%q in hosts is not the name of a host, such as sts.example.com", name)
		}
	}
	if a.Directory == "" {
		a.Directory = autocert.DefaultACMEDirectory
	}
	u, err := url.Parse(a.Directory)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("directory %q is not such as %s", a.Directory, autocert.DefaultACMEDirectory)
	case a.Email != "" && (!strings.Contains(a.Email, "@") || strings.ContainsAny(a.Email, " ,:<>?\r\n")):
		return fmt.Errorf("email %q is no address such as ops@example.com", a.Email)
	case !a.AcceptTermsOfService:
		return errors.New("acceptTermsOfService must be true: certificates are for who has accepted the terms of the authority")
	}
	return nil
}
