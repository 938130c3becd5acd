package iam

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/saml"
	"github.com/daypass/daypass/internal/store"
)

// maxSAMLProviders is the quota of aws-iam section 14.
const maxSAMLProviders = 100

// samlEncryptionAllowed is the one AssertionEncryptionMode here: assertions may be encrypted, if there is a key to decrypt
// them with. There never is.
const samlEncryptionAllowed = "Allowed"

// samlYears is how long metadata is good that does not say it, as seen at AWS.
const samlYears = 100

func errNoSAMLProvider(arn string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "Manifest not found for arn %s", arn)
}

// samlProvider finds a provider of the caller's account.
func samlProvider(ctx context.Context, tx *store.Tx, call aws.Call, arn string) (store.SAMLProvider, error) {
	provider, err := tx.SAMLProvider(ctx, arn)
	if errors.Is(err, store.ErrNotFound) || err == nil && provider.AccountID != call.Caller.AccountID {
		return store.SAMLProvider{}, errNoSAMLProvider(arn)
	}
	return provider, err
}

// checkMetadata returns until when metadata is good that was given now. What could not be used is refused: it would only be
// missed at the first sign-in.
func checkMetadata(document string, now time.Time) (validUntil time.Time, err error) {
	metadata, err := saml.ParseMetadata(document)
	if err != nil {
		return time.Time{}, aws.Errorf(aws.InvalidInput, "The SAML metadata document is not valid: %s.", aws.Echo(err.Error()))
	}
	switch {
	case metadata.ValidUntil.IsZero():
		return now.AddDate(samlYears, 0, 0), nil
	case !metadata.ValidUntil.After(now):
		return time.Time{}, aws.Errorf(aws.InvalidInput, "The SAML metadata document has expired at %s.", metadata.ValidUntil.Format(time.RFC3339))
	}
	return metadata.ValidUntil, nil
}

// checkEncryption refuses what this server can't do: it decrypts no assertions, so it takes no key to do it with, and
// promises nothing of the kind.
func checkEncryption(mode, addPrivateKey string) error {
	if addPrivateKey != "" {
		return aws.Errorf(aws.InvalidInput, "AddPrivateKey is not supported: encrypted assertions are not accepted.")
	}
	if mode != "" && mode != samlEncryptionAllowed {
		return aws.Errorf(aws.InvalidInput, "AssertionEncryptionMode %s is not supported: encrypted assertions are not accepted.", mode)
	}
	return nil
}

// newSAMLProviderUUID returns an id in the form of AWS's.
func newSAMLProviderUUID() string {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails: it ends the process instead
	return "SAMLSP" + base32.StdEncoding.EncodeToString(raw[:])
}
