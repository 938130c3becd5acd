package webidentity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/jwt"
)

// MaxLifetime is how long a token lives at most (spec section 5.1).
const MaxLifetime = time.Hour

// MaxPayloadSize is how many bytes the claims of a token may have.
const MaxPayloadSize = 14_984

// ErrPayloadSize is returned for claims of more than MaxPayloadSize.
var ErrPayloadSize = fmt.Errorf("the claims have more than %d bytes", MaxPayloadSize)

// namespace is the claim that AWS's own claims are nested under.
const namespace = "https://sts.amazonaws.com/"

// Claims are what a token says (spec section 5.11). The issuer adds itself.
type Claims struct {
	ID        string // a UUID
	Subject   string // the ARN of the principal
	Audience  []string
	IssuedAt  time.Time // whole seconds, as a token has them
	ExpiresAt time.Time
	// Identity has AWS's own claims, by their names: strings, and maps of tags.
	Identity map[string]any
}

// Sign returns the claims as a token that the account's issuer has signed: a JWS in its compact form. It fails with
// ErrDisabled and ErrPayloadSize.
func (i *Issuers) Sign(ctx context.Context, accountID, algorithm string, c Claims, now time.Time) (string, error) {
	if c.ExpiresAt.Sub(now) > MaxLifetime {
		return "", errors.New("internal error: a token that outlives the publication of its key")
	}
	is, err := i.ofAccount(ctx, accountID, now)
	if err != nil {
		return "", err
	}
	token, err := c.raw(i.url(is.uuid))
	if err != nil {
		return "", err
	}
	signer, ok := is.signer(algorithm, now)
	if !ok {
		return "", fmt.Errorf("the issuer of account %s has no key that signs with %q", accountID, algorithm)
	}
	return signer.SignAndEncode(token)
}

func (c *Claims) raw(issuer string) (*jwt.RawJWT, error) {
	kind := "JWT"
	options := &jwt.RawJWTOptions{
		TypeHeader:   &kind,
		JWTID:        &c.ID,
		Issuer:       &issuer,
		Subject:      &c.Subject,
		IssuedAt:     &c.IssuedAt,
		ExpiresAt:    &c.ExpiresAt,
		CustomClaims: map[string]any{namespace: c.Identity},
	}
	if len(c.Audience) == 1 {
		options.Audience = &c.Audience[0]
	} else {
		options.Audiences = c.Audience
	}
	token, err := jwt.NewRawJWT(options)
	if err != nil {
		return nil, err
	}
	payload, err := token.JSONPayload()
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer // Tink puts blanks into it as it likes
	if err := json.Compact(&compact, payload); err != nil {
		return nil, err
	}
	if compact.Len() > MaxPayloadSize {
		return nil, ErrPayloadSize
	}
	return token, nil
}
