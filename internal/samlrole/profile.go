// Package samlrole signs a user in at a SAML identity provider, for credentials of a role that a profile names.
package samlrole

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"

	"gopkg.in/ini.v1"
)

// maxFile bounds, in bytes, the ini files that are read.
const maxFile = 1 << 20

// Profile is a SAML role profile. AWS's own tools keep such profiles in files of their own; here they are in the ini files
// of the other profiles, as
//
//	[staff]
//	saml_endpoint = https://adfs.example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices
//	role_arn = arn:aws:iam::123456789012:role/staff
//	user_identity = EXAMPLE\alice
//
// A role that several providers vouch for is written with the provider's ARN behind a comma.
type Profile struct {
	Endpoint     string // https, or http of this machine
	RoleARN      string
	UserIdentity string // may be empty
}

// Find looks for a SAML role profile in files, of which the first that has a profile of that name counts. A missing file
// has none. Other kinds of profiles are not found.
func Find(name string, files ...string) (p Profile, found bool, err error) {
	for _, file := range files {
		section, err := readSection(file, name)
		if err != nil {
			return Profile{}, false, err
		}
		if section == nil {
			continue
		}
		if !section.HasKey("saml_endpoint") {
			return Profile{}, false, nil
		}
		// Value, for String would replace what looks like a variable.
		p = Profile{
			Endpoint:     section.Key("saml_endpoint").Value(),
			RoleARN:      section.Key("role_arn").Value(),
			UserIdentity: section.Key("user_identity").Value(),
		}
		if err := p.check(); err != nil {
			return Profile{}, false, fmt.Errorf("profile %s in %s: %w", name, file, err)
		}
		return p, true, nil
	}
	return Profile{}, false, nil
}

// readSection is nil when there is no such file or no such profile in it.
func readSection(file, profile string) (*ini.Section, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes", file, maxFile)
	}
	parsed, err := ini.LoadSources(ini.LoadOptions{
		SpaceBeforeInlineComment: true, SkipUnrecognizableLines: true, AllowNestedValues: true, KeyValueDelimiters: "=",
	}, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, name := range []string{profile, "profile " + profile} {
		if parsed.HasSection(name) {
			return parsed.Section(name), nil
		}
	}
	return nil, nil
}

func (p Profile) check() error {
	if p.RoleARN == "" {
		return errors.New("role_arn is missing")
	}
	endpoint, err := url.Parse(p.Endpoint)
	switch {
	case err != nil:
		return fmt.Errorf("saml_endpoint: %w", err)
	case endpoint.Host == "" || endpoint.User != nil || endpoint.Scheme != "https" && !loopback(endpoint):
		return fmt.Errorf("saml_endpoint %s is no https address: the password would be sent in the clear", endpoint.Redacted())
	}
	return nil
}

func loopback(address *url.URL) bool {
	host := address.Hostname()
	return address.Scheme == "http" && (strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback())
}
