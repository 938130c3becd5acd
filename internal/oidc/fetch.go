package oidc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// A discovery document has some 4 KiB, a key up to 4 KiB with its certificates.
	maxDocument, maxKeySet = 64 << 10, 256 << 10
	maxHeader              = 64 << 10
	maxRedirects           = 3
	discoveryPath          = "/.well-known/openid-configuration"
)

var errRedirect = errors.New("the redirect is not followed")

// fetcher asks issuers for their keys.
type fetcher struct{ client *http.Client }

// newFetcher makes a client for hosts that strangers name. It asks no proxy: a proxy would dial in our place, and what it
// dials we can't see. No connection is kept, since an issuer is asked a few times an hour.
func newFetcher(c Config) fetcher {
	dialer := &net.Dialer{}
	if !c.PrivateAddresses {
		dialer.Control = refusePrivate
	}
	return fetcher{&http.Client{
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12},
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: checkRedirect,
	}}
}

func checkRedirect(next *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return fmt.Errorf("%w: there are more than %d", errRedirect, maxRedirects)
	}
	if err := checkURL(next.URL); err != nil {
		return fmt.Errorf("%w: %w", errRedirect, err)
	}
	return nil
}

func checkURL(u *url.URL) error {
	if u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("it is not an https URL of a host alone")
	}
	return nil
}

// keys gets the issuer's discovery document and the key set that it names. Both must come from where they are expected: the
// document names its issuer, and TLS vouches for the hosts.
func (f fetcher) keys(ctx context.Context, issuer string) (keySet, error) {
	text, _, err := f.get(ctx, strings.TrimSuffix(issuer, "/")+discoveryPath, maxDocument)
	if err != nil {
		return keySet{}, err
	}
	location, err := keySetURL(text, issuer)
	if err != nil {
		return keySet{}, errNoKey(fmt.Errorf("the discovery document of %s: %w", issuer, err))
	}
	text, header, err := f.get(ctx, location, maxKeySet)
	if err != nil {
		return keySet{}, err
	}
	keys, err := parseKeys(text)
	if err != nil {
		return keySet{}, errNoKey(fmt.Errorf("the key set at %s: %w", location, err))
	}
	return keySet{keys, lifetimeOf(header)}, nil
}

// keySetURL reads a discovery document (OpenID Connect Discovery 1.0 section 4.3).
func keySetURL(text []byte, issuer string) (string, error) {
	document, err := parseObject(text)
	if err != nil {
		return "", err
	}
	if document["issuer"] != issuer {
		return "", fmt.Errorf("it is of the issuer %q", document["issuer"])
	}
	location, ok := document["jwks_uri"].(string)
	if !ok {
		return "", errors.New("it has no jwks_uri")
	}
	return location, nil
}

// get reads a document that must be there and have a bounded length.
func (f fetcher) get(ctx context.Context, address string, limit int64) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err == nil {
		err = checkURL(request.URL)
	}
	if err != nil {
		return nil, nil, errNoKey(fmt.Errorf("the URL %q: %w", address, err))
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "daypass")
	response, err := f.client.Do(request)
	if err != nil {
		return nil, nil, errOfFetch(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if response.StatusCode != http.StatusOK {
		return nil, nil, errOfStatus(address, response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return nil, nil, errUnreachable(fmt.Errorf("reading %s: %w", address, err))
	case int64(len(text)) > limit:
		return nil, nil, errNoKey(fmt.Errorf("%s is longer than %d bytes", address, limit))
	}
	return text, response.Header, nil
}

// errOfFetch tells what is the issuer's fault from what may pass by itself.
func errOfFetch(err error) *Error {
	var certificate *tls.CertificateVerificationError
	if errors.Is(err, errPrivate) || errors.Is(err, errRedirect) || errors.As(err, &certificate) {
		return errNoKey(err)
	}
	return errUnreachable(err)
}

func errOfStatus(address string, status int) *Error {
	err := fmt.Errorf("%s answers %d", address, status)
	if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests {
		return errUnreachable(err)
	}
	return errNoKey(err)
}

// lifetimeOf is how long an answer may be kept, within our bounds.
func lifetimeOf(header http.Header) time.Duration {
	lifetime := defaultLifetime
	for directive := range strings.SplitSeq(strings.ToLower(header.Get("Cache-Control")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return minLifetime
		case "max-age":
			if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
				lifetime = time.Duration(seconds) * time.Second
			}
		}
	}
	return min(max(lifetime, minLifetime), maxLifetime)
}
