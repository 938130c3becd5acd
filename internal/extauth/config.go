package extauth

import (
	"errors"
	"fmt"
	"net"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/enforce"
)

// Config says who may ask, and for which services. The zero Config is nobody.
type Config struct {
	HTTP string `yaml:"http"` // address and port for sub-requests; without an address: 127.0.0.1
	GRPC string `yaml:"grpc"` // address and port for Envoy's ext_authz; the same
	// Insecure allows addresses that are not loopback, though both doors speak no TLS and don't know who asks.
	Insecure bool               `yaml:"insecure"`
	Services map[string]Service `yaml:"services"`
}

// Service is a service behind a proxy, by its name in the credential scope.
type Service struct {
	Region string `yaml:"region"` // that the resources are in, and that requests are signed for
	// Account owns the resources of the service; empty: the management account.
	Account string `yaml:"account"`
	// Hosts are the names that clients call an S3 service by.
	Hosts []string `yaml:"hosts"`
	// VirtualHosts lets buckets be names below Hosts. The proxy must then pass on Host as it came, and the backend must find
	// the bucket there, too: else it takes the first part of a key for a bucket.
	VirtualHosts bool `yaml:"virtualHosts"`
	// DotSegments lets keys of S3 with the segments "." and ".." pass, which a backend with a file system may resolve.
	DotSegments bool `yaml:"dotSegments"`
}

// Validate refuses what nobody could ask with, and completes addresses that are a port only.
func (c *Config) Validate() error {
	for _, door := range []struct {
		name    string
		address *string
	}{{"http", &c.HTTP}, {"grpc", &c.GRPC}} {
		if err := loopback(door.address); err != nil {
			return fmt.Errorf("extauth.%s: %w", door.name, err)
		}
	}
	for name, s := range c.Services {
		if err := s.validate(name); err != nil {
			return fmt.Errorf("extauth.services.%s: %w", name, err)
		}
	}
	switch asked := c.HTTP != "" || c.GRPC != ""; {
	case !asked && c.Insecure:
		return errors.New("extauth: insecure is about an address to ask at: http, grpc")
	case asked && len(c.Services) == 0:
		return errors.New("extauth: there is an address and no service that may be asked for")
	case !asked && len(c.Services) > 0:
		return errors.New("extauth: there are services and no address to ask at: http, grpc")
	}
	return nil
}

// loopback completes an address that is a port only.
func loopback(address *string) error {
	if *address == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(*address)
	if err != nil || port == "" {
		return errors.New("it must be an address and a port, such as 127.0.0.1:8078")
	}
	if host == "" {
		*address = net.JoinHostPort("127.0.0.1", port)
	}
	return nil
}

func (s *Service) validate(name string) error {
	_, known := awsmodel.Find(name)
	isS3 := name == enforce.ServiceS3
	switch {
	case name == "sts" || name == "iam":
		return errors.New("this service is answered by daypass itself")
	case !isS3 && !known:
		return errors.New("there is no service that is signed under this name")
	case !isS3 && (len(s.Hosts) > 0 || s.VirtualHosts || s.DotSegments):
		return errors.New("hosts, virtualHosts and dotSegments are for s3 only")
	case isS3 && len(s.Hosts) == 0:
		return errors.New("hosts is missing: the names that clients call the service by")
	case s.Region == "":
		return errors.New("region is missing")
	case s.Account != "" && !aws.IsAccountID(s.Account):
		return errors.New("account is not 12 digits")
	}
	return nil
}
