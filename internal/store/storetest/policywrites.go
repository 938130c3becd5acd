package storetest

import (
	"context"

	"github.com/daypass/daypass/internal/store"
)

var policyWrites = []write{
	{"InsertPolicy", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertPolicy(ctx, managed(accountA, "ANPA1", "/", "read"))
	}},
	{"InsertPolicyVersion", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertPolicyVersion(ctx, version("ANPA1", 2))
	}},
	{"UpdatePolicy", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.UpdatePolicy(ctx, store.UpdatePolicyParams{PolicyID: "ANPA1", DefaultVersion: 2, LastVersion: 2}))
	}},
	{"DeletePolicyVersion", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeletePolicyVersion(ctx, store.DeletePolicyVersionParams{PolicyID: "ANPA1", Version: 2}))
	}},
	{"DeletePolicyVersions", func(ctx context.Context, tx *store.Tx) error { return tx.DeletePolicyVersions(ctx, "ANPA1") }},
	{"DeletePolicy", func(ctx context.Context, tx *store.Tx) error { return changed(1)(tx.DeletePolicy(ctx, "ANPA1")) }},
	{"AttachPolicy", func(ctx context.Context, tx *store.Tx) error { return tx.AttachPolicy(ctx, attach("AIDA1", adminARN)) }},
	{"DetachPolicy", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DetachPolicy(ctx, store.DetachPolicyParams{EntityID: "AIDA1", PolicyARN: adminARN}))
	}},
	{"PutInlinePolicy", func(ctx context.Context, tx *store.Tx) error {
		return tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: "AIDA1", PolicyName: "p", Document: "{}"})
	}},
	{"DeleteInlinePolicy", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteInlinePolicy(ctx, store.DeleteInlinePolicyParams{EntityID: "AIDA1", PolicyName: "p"}))
	}},
}

var accountWrites = []write{
	{"PutPasswordPolicy", func(ctx context.Context, tx *store.Tx) error {
		return tx.PutPasswordPolicy(ctx, store.PutPasswordPolicyParams{AccountID: accountA})
	}},
	{"DeletePasswordPolicy", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeletePasswordPolicy(ctx, accountA))
	}},
	{"PutCredentialReport", func(ctx context.Context, tx *store.Tx) error {
		return tx.PutCredentialReport(ctx, store.PutCredentialReportParams{AccountID: accountA, Content: []byte("x")})
	}},
	{"InsertOIDCProvider", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertOIDCProvider(ctx, oidc(accountA, "x.example"))
	}},
	{"UpdateOIDCProvider", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.UpdateOIDCProvider(ctx, store.UpdateOIDCProviderParams{ProviderARN: oidcARN + "x.example"}))
	}},
	{"DeleteOIDCProvider", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteOIDCProvider(ctx, oidcARN+"x.example"))
	}},
	{"InsertSAMLProvider", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertSAMLProvider(ctx, saml(accountA, "corp"))
	}},
	{"UpdateSAMLProvider", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.UpdateSAMLProvider(ctx, store.UpdateSAMLProviderParams{ProviderARN: samlARN + "corp"}))
	}},
	{"DeleteSAMLProvider", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteSAMLProvider(ctx, samlARN+"corp"))
	}},
}
