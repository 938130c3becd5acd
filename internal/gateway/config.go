package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awsmodel"
)

// Config says what stands behind the gateway.
type Config struct {
	// Upstreams are the backends by the name of their service in the credential scope.
	Upstreams map[string]Upstream `yaml:"upstreams"`
}

// Upstream is a backend.
type Upstream struct {
	URL         string      `yaml:"url"`    // http or https, a host and perhaps a port
	Region      string      `yaml:"region"` // that requests to the gateway and to the backend are signed for
	Credentials Credentials `yaml:"credentials"`
	// Account owns the resources of the backend; empty: the management account.
	Account string `yaml:"account"`
	// Hosts are the names of the gateway as S3, without a port. A bucket is in the path of a request to such a name, or before
	// it: bucket.s3.example.com. Empty: localhost, 127.0.0.1 and [::1].
	Hosts []string `yaml:"hosts"`
	// Timeout is how long the backend may make no progress: take nothing of a request, or say nothing; 0: 60 seconds.
	Timeout time.Duration `yaml:"timeout"`
	// DotSegments lets keys of S3 with the segments "." and ".." pass, which a backend with a file system may resolve.
	DotSegments bool `yaml:"dotSegments"`
}

// Credentials are those that the backend knows the gateway by.
type Credentials struct {
	// Env names them in the environment: Env_ACCESS_KEY_ID, Env_SECRET_ACCESS_KEY and perhaps Env_SESSION_TOKEN.
	Env string `yaml:"env"`
}

// Validate refuses what no backend or client could be served with.
func (c *Config) Validate() error {
	for service, u := range c.Upstreams {
		if err := u.validate(service); err != nil {
			return fmt.Errorf("gateway.upstreams.%s: %w", service, err)
		}
	}
	return nil
}

func (u *Upstream) validate(service string) error {
	switch _, modelled := awsmodel.Find(service); {
	case service == "sts" || service == "iam":
		return errors.New("this service is answered here")
	case service == serviceS3:
		if err := checkHosts(u.Hosts); err != nil {
			return err
		}
	case !modelled:
		return errors.New("there is no service that is signed under this name")
	case len(u.Hosts) > 0 || u.DotSegments:
		return errors.New("hosts and dotSegments are for s3 only")
	}
	switch {
	case !regionName.MatchString(u.Region):
		return errors.New("region is missing or none")
	case !environmentName.MatchString(u.Credentials.Env):
		return errors.New("credentials.env is missing or no name for the environment")
	case strings.HasPrefix(u.Credentials.Env, "DAYPASS"):
		return errors.New("credentials.env must not begin with DAYPASS: such variables are daypass's own")
	case u.Account != "" && !aws.IsAccountID(u.Account):
		return errors.New("account is not 12 digits")
	case u.Timeout < 0:
		return errors.New("timeout is negative")
	}
	_, err := u.address()
	return err
}

var (
	regionName      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	hostName        = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
)

// checkHosts refuses what no Host header could ever match.
func checkHosts(hosts []string) error {
	for _, host := range hosts {
		if !hostName.MatchString(host) {
			return fmt.Errorf("%q in hosts is not the name of a host; it has no port", host)
		}
	}
	return nil
}

// address is where the backend is: a scheme and a host, nothing else, so that nothing can be mixed up with a request's own.
func (u *Upstream) address() (*url.URL, error) {
	address, err := url.Parse(u.URL)
	switch {
	case err != nil:
		return nil, errors.New("url can't be read")
	case address.Scheme != "http" && address.Scheme != "https", address.Host == "":
		return nil, errors.New("url must begin with http:// or https:// and a host")
	case address.User != nil, strings.Trim(address.Path, "/") != "", address.ForceQuery, address.RawQuery != "", address.Fragment != "":
		return nil, errors.New("url must have a host, and perhaps a port, and nothing else")
	}
	return address, nil
}
