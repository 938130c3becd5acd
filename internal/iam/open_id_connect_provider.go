package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// Quotas of OpenID Connect providers (aws-iam sections 12 and 14).
const (
	maxOIDCProviders   = 100
	maxOIDCClientIDs   = 100
	maxOIDCThumbprints = 5
)

const oidcScheme = "https://"

// oidcAddress is what may follow the scheme of a provider's URL: a host, a port, a path. A query or a fragment is not a part
// of an issuer's name, and what could be a pattern must not stand in an ARN.
var oidcAddress = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?` +
	`(:[0-9]{1,5})?(/[A-Za-z0-9._~!&'()+,;=:@%/-]*)?$`)

// oidcProviderARN names the provider of a URL. The path is a part of its name.
func oidcProviderARN(accountID, url string) string {
	return aws.OIDCProviderARN(accountID, strings.TrimPrefix(url, oidcScheme))
}

func errNoOIDCProvider(arn string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "OpenIDConnect Provider not found for arn %s", arn)
}

// oidcProvider finds a provider of the caller's account.
func oidcProvider(ctx context.Context, tx *store.Tx, call aws.Call, arn string) (store.OIDCProvider, error) {
	provider, err := tx.OIDCProvider(ctx, arn)
	if errors.Is(err, store.ErrNotFound) || err == nil && provider.AccountID != call.Caller.AccountID {
		return store.OIDCProvider{}, errNoOIDCProvider(arn)
	}
	return provider, err
}

// changeOIDCProvider reads a provider, has change work on its lists, and writes them back.
func (s *Service) changeOIDCProvider(ctx context.Context, call aws.Call, arn string, change func(*oidcLists) error) error {
	return s.update(ctx, func(tx *store.Tx) error {
		provider, err := oidcProvider(ctx, tx, call, arn)
		if err != nil {
			return err
		}
		lists, err := oidcListsOf(provider)
		if err != nil {
			return err
		}
		if err := change(&lists); err != nil {
			return err
		}
		_, err = tx.UpdateOIDCProvider(ctx, store.UpdateOIDCProviderParams{
			ProviderARN: provider.ProviderARN, ClientIds: encodeList(lists.clientIDs), Thumbprints: encodeList(lists.thumbprints),
		})
		return err
	})
}

// oidcLists are what a provider's tokens and certificates are compared with. A client id is there once.
type oidcLists struct{ clientIDs, thumbprints []string }

func newOIDCLists(clientIDs, thumbprints []string) (lists oidcLists, err error) {
	if err := lists.setThumbprints(thumbprints); err != nil {
		return oidcLists{}, err
	}
	return lists, lists.addClientIDs(clientIDs...)
}

func oidcListsOf(p store.OIDCProvider) (lists oidcLists, err error) {
	if lists.clientIDs, err = decodeList(p.ClientIds); err == nil {
		lists.thumbprints, err = decodeList(p.Thumbprints)
	}
	if err != nil {
		return oidcLists{}, fmt.Errorf("iam: the lists of %s: %w", p.ProviderARN, err)
	}
	return lists, nil
}

func (l *oidcLists) addClientIDs(ids ...string) error {
	for _, id := range ids {
		if !slices.Contains(l.clientIDs, id) {
			l.clientIDs = append(l.clientIDs, id)
		}
		if len(l.clientIDs) > maxOIDCClientIDs {
			return errQuota("ClientIdsPerOpenIdConnectProvider", maxOIDCClientIDs)
		}
	}
	return nil
}

// setThumbprints refuses more than AWS takes. Its text says one less than it takes.
func (l *oidcLists) setThumbprints(thumbprints []string) error {
	if len(thumbprints) > maxOIDCThumbprints {
		return aws.Errorf(aws.InvalidInput, "Thumbprint list must contain fewer than %d entries.", maxOIDCThumbprints)
	}
	l.thumbprints = thumbprints
	return nil
}

func encodeList(list []string) string {
	if list == nil {
		list = []string{}
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic("internal error: strings have a form in JSON: " + err.Error())
	}
	return string(text)
}

func decodeList(text string) ([]string, error) {
	var list []string
	err := json.Unmarshal([]byte(text), &list)
	return list, err
}
