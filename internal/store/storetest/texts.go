package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// kept are texts that mean something to a database, to SQL or to whoever reads it, and that are nothing but text here.
var kept = []string{
	"", " ", " a ", "a\n", "\r\n\t", "\x01\x1f\x7f", "\u0080\u00a0\u00ff", "\ufeff", "\ufffd", "\ufffe\uffff", "\u2028", "\U0010ffff",
	`\`, `\\`, `\'`, `\x41`, `\000`, `\u0000`, `E'\n'`, `'`, `''`, `'; drop table users; --`, `"`, "`", "$1", "?1", ":a", "@a", "$$", "--", "/*",
	"%", "_", "*", "NULL", "0", "1e3", "0x10", "{}", "é", "e\u0301", "É", "ß", "ss", "ı", "I", "i", "日本", "\U0001f511",
}

// unkept are texts that PostgreSQL can't keep.
var unkept = map[string]string{
	"U+0000":               "\x00",
	"U+0000 in the middle": "a\x00b",
	"U+0000 at the end":    "a\x00",
	"no UTF-8":             "\xff",
	"a cut character":      "a\xc3",
	"an overlong form":     "\xc0\x80",
	"a surrogate":          "\xed\xa0\x80",
	"beyond Unicode":       "\xf4\x90\x80\x80",
}

// testTexts holds that a text comes back as it was, equals no other one, and has its place in the order of bytes.
func testTexts(t *testing.T, h *harness) {
	ctx := t.Context()
	h.update(t, func(tx *store.Tx) error {
		for _, text := range shuffled(kept) {
			err := errors.Join(
				tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA1", TagKey: text, TagValue: text}),
				tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: "AIDA1", PolicyName: text, Document: text}),
				tx.InsertTag(ctx, store.InsertTagParams{ResourceID: text, TagKey: "k", TagValue: text}),
			)
			if err != nil {
				return fmt.Errorf("%q: %w", text, err)
			}
		}
		return nil
	})
	h.view(t, func(tx *store.Tx) error {
		var wanted []store.Tag
		for _, text := range slices.Sorted(slices.Values(kept)) {
			wanted = append(wanted, store.Tag{ResourceID: "AIDA1", TagKey: text, TagValue: text})
		}
		tags, err := tx.Tags(ctx, "AIDA1")
		equal(t, wanted, tags)
		for _, text := range kept {
			inline, err2 := tx.InlinePolicy(ctx, store.InlinePolicyParams{EntityID: "AIDA1", PolicyName: text})
			equal(t, store.InlinePolicy{EntityID: "AIDA1", PolicyName: text, Document: text}, inline)
			tags, err3 := tx.Tags(ctx, text)
			equal(t, []store.Tag{{ResourceID: text, TagKey: "k", TagValue: text}}, tags)
			err = errors.Join(err, err2, err3)
		}
		return err
	})
}

// testUnkeptTexts holds that a text which not every database can keep is kept by none: it is not written, whatever the
// column, and no row is found by it.
func testUnkeptTexts(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seedAll(t)
	for name, text := range unkept {
		u, device := user("AIDA2", "/", text), virtual("b")
		device.DeviceName = text
		for what, fn := range map[string]func(*store.Tx) error{
			"insert":          func(tx *store.Tx) error { return tx.InsertUser(ctx, u) },
			"insert a device": func(tx *store.Tx) error { return tx.InsertMFADevice(ctx, device, []byte("seed")) },
			"insert an owner": func(tx *store.Tx) error {
				return tx.InsertAccessKey(ctx, accessKey("AKIA1", store.UserID(text)), "secret")
			},
			"upsert": func(tx *store.Tx) error {
				return tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: "AIDA1", PolicyName: "p", Document: text})
			},
			"update": func(tx *store.Tx) error {
				_, err := tx.SetRoleTrustPolicy(ctx, store.SetRoleTrustPolicyParams{RoleID: "AROA1", TrustPolicy: text})
				return err
			},
			"quiet update": func(tx *store.Tx) error {
				_, err := tx.RecordWrongCode(ctx, store.RecordWrongCodeParams{SerialNumber: text, WrongCodes: 1})
				return err
			},
			"delete": func(tx *store.Tx) error { _, err := tx.DeleteRole(ctx, text); return err },
			"list": func(tx *store.Tx) error {
				_, err := tx.UserAccessKeys(ctx, store.UserID(text))
				return err
			},
			"hide": func(tx *store.Tx) error { _, _ = tx.Tags(ctx, text); return nil },
		} {
			err := h.Update(ctx, fn)
			known := errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrInUse)
			if err == nil || known || !strings.Contains(err.Error(), "U+0000") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		h.update(t, func(tx *store.Tx) error { // who finds nothing goes on
			_, err := tx.SAMLProvider(ctx, text)
			_, err2 := tx.InlinePolicy(ctx, store.InlinePolicyParams{EntityID: "AIDA1", PolicyName: text})
			if !errors.Is(err, store.ErrNotFound) || !errors.Is(err2, store.ErrNotFound) {
				t.Errorf("%s: %v, %v, want ErrNotFound", name, err, err2)
			}
			return errors.Join(tx.InsertTag(ctx, store.InsertTagParams{ResourceID: name, TagKey: "k"}), tx.DeleteTags(ctx, name))
		})
	}
	h.view(t, func(tx *store.Tx) error {
		n, err := tx.CountUsers(ctx, accountA)
		equal(t, int64(1), n)
		inline, err2 := tx.InlinePolicies(ctx, "AIDA1")
		equal(t, 0, len(inline))
		role, err3 := tx.Role(ctx, "AROA1")
		equal(t, "{}", role.TrustPolicy)
		return errors.Join(err, err2, err3)
	})
}

// testGreatTexts holds that the greatest texts that AWS takes are kept whole, and that the longest keys fit in an index.
func testGreatTexts(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seedAll(t)
	document, metadata := strings.Repeat("ÿ", 131_072), strings.Repeat("<é/>", 2_500_000) // of 10,000,000 characters
	path, name, wide := "/"+unlike(510)+"/", unlike(128), strings.Repeat("\U0001f511", 128)
	arn := "arn:aws:iam::" + accountA + ":policy" + path + name
	h.update(t, func(tx *store.Tx) error {
		v, provider, longest := version("ANPA1", 2), saml(accountA, name), virtual(name)
		v.Document, provider.Metadata = document, metadata
		longest.SerialNumber, longest.Path = serial(path+name), path
		return errors.Join(
			tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: "AIDA1", PolicyName: name, Document: document}),
			tx.InsertPolicyVersion(ctx, v),
			changed(1)(tx.SetRoleTrustPolicy(ctx, store.SetRoleTrustPolicyParams{RoleID: "AROA1", TrustPolicy: document})),
			tx.InsertSAMLProvider(ctx, provider),
			tx.PutCredentialReport(ctx, store.PutCredentialReportParams{AccountID: accountA, Content: []byte(metadata)}),
			tx.InsertOIDCProvider(ctx, oidc(accountA, unlike(255))),
			tx.InsertUser(ctx, user("AIDA2", path, name)),
			tx.InsertPolicy(ctx, managed(accountA, "ANPA2", path, name)),
			tx.AttachPolicy(ctx, attach("AIDA1", arn)),
			tx.InsertMFADevice(ctx, longest, []byte("seed")),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: oidcARN + unlike(255), TagKey: wide, TagValue: wide + wide}),
		)
	})
	same := func(what, want, got string) {
		t.Helper()
		if want != got { // no diff of megabytes
			t.Errorf("%s: %d bytes came back of %d", what, len(got), len(want))
		}
	}
	h.view(t, func(tx *store.Tx) error {
		inline, err := tx.InlinePolicy(ctx, store.InlinePolicyParams{EntityID: "AIDA1", PolicyName: name})
		same("inline policy", document, inline.Document)
		v, err2 := tx.PolicyVersion(ctx, store.PolicyVersionParams{PolicyID: "ANPA1", Version: 2})
		same("policy", document, v.Document)
		role, err3 := tx.Role(ctx, "AROA1")
		same("trust policy", document, role.TrustPolicy)
		provider, err4 := tx.SAMLProvider(ctx, samlARN+name)
		same("metadata", metadata, provider.Metadata)
		report, err5 := tx.CredentialReport(ctx, accountA)
		same("report", metadata, string(report.Content))
		n, err6 := tx.CountPolicyAttachments(ctx, store.CountPolicyAttachmentsParams{AccountID: accountA, PolicyARN: arn})
		equal(t, int64(1), n)
		return errors.Join(err, err2, err3, err4, err5, err6)
	})
}

// unlike returns n characters that no database can compress much.
func unlike(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		sum := sha256.Sum256([]byte{byte(i)})
		b.WriteString(hex.EncodeToString(sum[:]))
	}
	return b.String()[:n]
}
