// Package kms opens keys of key management services, as something that encrypts and decrypts: of HashiCorp Vault's transit engine,
// which OpenBao has too, and of AWS KMS, through Tink's drivers. What links with this package links with the clients of those
// services.
package kms

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	awskmsapi "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	vaultPrefix = "hcvault://"
	awsPrefix   = "aws-kms://"
)

// A call of a service ends within callTime, with all its attempts.
const (
	callTime = 15 * time.Second
	attempts = 2
)

// Knows reports whether a text is to name a key of a service.
func Knows(uri string) bool {
	return strings.HasPrefix(uri, vaultPrefix) || strings.HasPrefix(uri, awsPrefix)
}

// Open returns the key that a URI names. Whether it is there shows when it is used; each use ends within 15 seconds.
//
//	hcvault://HOST[:PORT]/MOUNT/keys/NAME  over https; VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CACERT and others are as for Vault's tools
//	aws-kms://ARN                          of a key or an alias; credentials and endpoint are found as AWS's SDKs find them
//
// The service checks associated data: Vault as associated_data, AWS as the encryption context.
func Open(ctx context.Context, uri string) (tink.AEADWithContext, error) {
	open := openAWS
	if strings.HasPrefix(uri, vaultPrefix) {
		open = openVault
	}
	key, err := open(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", uri, err)
	}
	return key, nil
}

func openAWS(ctx context.Context, uri string) (tink.AEADWithContext, error) {
	arn := strings.TrimPrefix(uri, awsPrefix)
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "kms" || parts[3] == "" || parts[5] == "" {
		return nil, errors.New("it is not such as aws-kms://arn:aws:kms:us-east-1:123456789012:key/ID")
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(parts[3]), awsconfig.WithRetryMaxAttempts(attempts))
	if err != nil {
		return nil, err
	}
	key, err := awskms.NewAEADWithContext(ctx, arn, awskms.WithKMS(awskmsapi.NewFromConfig(config)))
	return timed{key}, err
}

// timed ends each call.
type timed struct{ key tink.AEADWithContext }

func (k timed) EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return k.key.EncryptWithContext(ctx, plaintext, associatedData)
}

func (k timed) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return k.key.DecryptWithContext(ctx, ciphertext, associatedData)
}

func openVault(_ context.Context, uri string) (tink.AEADWithContext, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("it is not such as hcvault://vault.example.com:8200/transit/keys/NAME")
	}
	config := api.DefaultConfig()
	if config.Error != nil {
		return nil, config.Error
	}
	config.Timeout, config.MaxRetries = callTime, attempts-1
	client, err := api.NewClient(config)
	if err != nil {
		return nil, err
	}
	if err := client.SetAddress("https://" + u.Host); err != nil { // whatever VAULT_ADDR says
		return nil, err
	}
	if client.Token() == "" {
		return nil, errors.New("VAULT_TOKEN is not set")
	}
	// The driver's NewClient would send the associated data as "context", which Vault heeds for derived keys alone.
	key, err := hcvault.NewAEAD(u.EscapedPath(), client.Logical())
	return vaultKey{key}, err
}

// vaultKey is a key whose client ends each call.
type vaultKey struct{ tink.AEAD }

func (k vaultKey) EncryptWithContext(_ context.Context, plaintext, associatedData []byte) ([]byte, error) {
	return k.Encrypt(plaintext, associatedData)
}

func (k vaultKey) DecryptWithContext(_ context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	return k.Decrypt(ciphertext, associatedData)
}
