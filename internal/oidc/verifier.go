package oidc

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// maxAge is how long after its issue a token is taken. AWS has such a bound (spec section 5.7); its figure is not known.
	maxAge = 24 * time.Hour
	// maxAhead is how far an issuer's clock may be ahead of ours. A token ends when it says, at our clock: AWS's text says so.
	maxAhead = 5 * time.Minute
)

// Config says how issuers are asked. The zero Config is the safe one.
type Config struct {
	// PrivateAddresses allows issuers at addresses that are not public: this machine, its network, a cloud's metadata.
	PrivateAddresses bool
	// RootCAs are the authorities whose certificates issuers may have; nil: the system's.
	RootCAs *x509.CertPool
	// Timeout bounds the time an issuer has to hand out its keys. 0: 5 seconds, as AWS.
	Timeout time.Duration
}

// Provider is a registered OpenID Connect provider.
type Provider struct {
	URL       string // as IAM keeps it: without "https://"
	ClientIDs []string
}

// Verifier verifies tokens and keeps the keys of their issuers. It is safe for concurrent use.
type Verifier struct{ cache *cache }

// New returns a Verifier that knows no issuer yet.
func New(c Config) *Verifier {
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Second
	}
	return &Verifier{cache: newCache(newFetcher(c).keys, c.Timeout)}
}

// Verify returns what the token says, once the provider's issuer is known to have said it, to one of the provider's
// clients, for this instant. A refusal is an *Error. Any other error is that of a context that ended.
func (v *Verifier) Verify(ctx context.Context, now time.Time, t *Token, p Provider) (Claims, error) {
	if p.URL == "" || t.ProviderURL() != p.URL {
		return Claims{}, NoProvider(t.Issuer())
	}
	claims := t.claims
	var err error
	if claims.Audience, err = t.audienceAmong(p.ClientIDs); err != nil {
		return Claims{}, err
	}
	if err := t.checkTimes(now); err != nil {
		return Claims{}, err
	}
	if err := v.checkSignature(ctx, now, t); err != nil {
		return Claims{}, err
	}
	return claims, nil
}

// audienceAmong finds the client that the token is for. One in aud must be registered. azp is whom the token was issued to,
// so it must be registered too; without it there may be one audience only (OpenID Connect Core 1.0 section 3.1.3.7).
func (t *Token) audienceAmong(clientIDs []string) (string, error) {
	wrong := invalidf("Incorrect token audience")
	registered := func(id string) bool { return slices.Contains(clientIDs, id) }
	i := slices.IndexFunc(t.claims.Audiences, registered)
	switch azp := t.claims.AuthorizedParty; {
	case i < 0:
		wrong.cause = fmt.Errorf("no client of the provider is among the audiences %q", t.claims.Audiences)
	case azp != "" && !registered(azp):
		wrong.cause = fmt.Errorf("the authorized party %q is no client of the provider", azp)
	case azp != "":
		return azp, nil
	case len(t.claims.Audiences) > 1:
		wrong.cause = errors.New("there are several audiences and no authorized party")
	default:
		return t.claims.Audiences[i], nil
	}
	return "", wrong
}

func (t *Token) checkTimes(now time.Time) error {
	seconds := now.Unix()
	switch ahead := seconds + int64(maxAhead/time.Second); {
	case seconds >= t.end:
		return &Error{Kind: Expired, Message: fmt.Sprintf(
			"Token expired: current date/time %d must be before the expiration date/time %d", seconds, t.end)}
	case seconds-t.issued > int64(maxAge/time.Second):
		return &Error{Kind: Expired, Message: fmt.Sprintf("Token too old: %d", seconds-t.issued)}
	case t.issued > ahead:
		return errClaim("iat", errors.New("the token was issued in the future"))
	case t.notBefore > ahead:
		return errClaim("nbf", errors.New("the token is not valid yet"))
	}
	return nil
}

// checkSignature asks the issuer once more when no key fits: it may have changed them. How often that happens is for the
// cache to say.
func (v *Verifier) checkSignature(ctx context.Context, now time.Time, t *Token) error {
	keys, err := v.cache.keys(ctx, now, t.Issuer())
	if err != nil {
		return err
	}
	if t.checkSignature(keys) == nil {
		return nil
	}
	if keys, err = v.cache.newerKeys(ctx, now, t.Issuer()); err != nil {
		return err
	}
	switch err := t.checkSignature(keys); {
	case err == nil:
		return nil
	case errors.Is(err, errKeyUnknown):
		return errNoKey(err)
	default:
		return &Error{Kind: Invalid, Message: "The signature of the ID Token is not valid", cause: err}
	}
}
