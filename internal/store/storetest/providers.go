package storetest

import (
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

const (
	oidcARN = "arn:aws:iam::" + accountA + ":oidc-provider/"
	samlARN = "arn:aws:iam::" + accountA + ":saml-provider/"
)

// testOIDCProviders takes an OpenID Connect provider through its life.
func testOIDCProviders(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertOIDCProvider(ctx, oidc(accountA, "b.example")),
			tx.InsertOIDCProvider(ctx, oidc(accountA, "B.example/Realm")),
			tx.InsertOIDCProvider(ctx, oidc(accountB, "b.example/other")),
		)
	})
	want := store.OIDCProvider(oidc(accountA, "b.example"))
	holds := func() {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.OIDCProvider(ctx, oidcARN+"b.example")
			equal(t, want, got)
			all, err2 := tx.OIDCProviders(ctx, accountA)
			equal(t, []store.OIDCProvider{store.OIDCProvider(oidc(accountA, "B.example/Realm")), want}, all)
			return errors.Join(err, err2)
		})
	}
	holds()
	update := store.UpdateOIDCProviderParams{ProviderARN: oidcARN + "b.example", ClientIds: `["b"]`, Thumbprints: `[]`}
	h.update(t, func(tx *store.Tx) error { return changed(1)(tx.UpdateOIDCProvider(ctx, update)) })
	want.ClientIds, want.Thumbprints = `["b"]`, `[]`
	holds()
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DeleteOIDCProvider(ctx, oidcARN+"b.example")),
			changed(0)(tx.DeleteOIDCProvider(ctx, oidcARN+"b.example")),
			changed(0)(tx.UpdateOIDCProvider(ctx, update)),
		)
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"deleted":         func(tx *store.Tx) error { _, err := tx.OIDCProvider(ctx, oidcARN+"b.example"); return err },
		"in another case": func(tx *store.Tx) error { _, err := tx.OIDCProvider(ctx, oidcARN+"b.example/realm"); return err },
	})
}

// testSAMLProviders takes a SAML provider through its life.
func testSAMLProviders(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertSAMLProvider(ctx, saml(accountA, "b")),
			tx.InsertSAMLProvider(ctx, saml(accountA, "C")),
			tx.InsertSAMLProvider(ctx, saml(accountB, "B")),
		)
	})
	want := store.SAMLProvider(saml(accountA, "b"))
	holds := func() {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.SAMLProvider(ctx, samlARN+"b")
			equal(t, want, got)
			all, err2 := tx.SAMLProviders(ctx, accountA)
			equal(t, []store.SAMLProvidersRow{
				{ProviderARN: samlARN + "C", CreatedAt: at(1), ValidUntil: at(100)},
				{ProviderARN: samlARN + "b", CreatedAt: at(1), ValidUntil: want.ValidUntil},
			}, all)
			return errors.Join(err, err2)
		})
	}
	holds()
	update := store.UpdateSAMLProviderParams{ProviderARN: samlARN + "b", Metadata: "<new/>", ValidUntil: at(200)}
	h.update(t, func(tx *store.Tx) error { return changed(1)(tx.UpdateSAMLProvider(ctx, update)) })
	want.Metadata, want.ValidUntil = "<new/>", at(200)
	holds()
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DeleteSAMLProvider(ctx, samlARN+"b")),
			changed(0)(tx.DeleteSAMLProvider(ctx, samlARN+"b")),
			changed(0)(tx.UpdateSAMLProvider(ctx, update)),
		)
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"deleted":         func(tx *store.Tx) error { _, err := tx.SAMLProvider(ctx, samlARN+"b"); return err },
		"in another case": func(tx *store.Tx) error { _, err := tx.SAMLProvider(ctx, samlARN+"c"); return err },
	})
}

func oidc(account, address string) store.InsertOIDCProviderParams {
	return store.InsertOIDCProviderParams{
		ProviderARN: "arn:aws:iam::" + account + ":oidc-provider/" + address, AccountID: account, Url: "https://" + address,
		ClientIds: `["a"]`, Thumbprints: `["00"]`, CreatedAt: at(1),
	}
}

func saml(account, name string) store.InsertSAMLProviderParams {
	return store.InsertSAMLProviderParams{
		ProviderARN: "arn:aws:iam::" + account + ":saml-provider/" + name, AccountID: account, ProviderName: name,
		NameKey: store.NameKey(name), ProviderUUID: "SAMLSP1", Metadata: "<metadata/>",
		CreatedAt: at(1), ValidUntil: at(100),
	}
}
