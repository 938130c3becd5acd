package storetest

import (
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// testAliases holds that no two accounts have one alias, and that any number of them has none.
func testAliases(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	const accountC = "333333333333"
	h.update(t, func(tx *store.Tx) error { return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountC}) })
	set := func(account, alias string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return changed(1)(tx.SetAccountAlias(ctx, store.SetAccountAliasParams{AccountID: account, Alias: alias}))
		}
	}
	holds := func(want ...string) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			var got []string
			accounts, err := tx.Accounts(ctx)
			for _, a := range accounts {
				got = append(got, a.Alias)
				if a.Alias == "" {
					continue
				}
				named, err2 := tx.AccountByAlias(ctx, a.Alias)
				equal(t, a, named)
				err = errors.Join(err, err2)
			}
			equal(t, want, got)
			return err
		})
	}
	holds("", "", "")
	steps := []struct {
		account, alias string
		want           error
		aliases        []string
	}{
		{accountA, "acme", nil, []string{"acme", "", ""}},
		{accountB, "acme", store.ErrExists, []string{"acme", "", ""}},
		{accountA, "acme", nil, []string{"acme", "", ""}}, // its own
		{accountB, "acme-b", nil, []string{"acme", "acme-b", ""}},
		{accountB, "acme", store.ErrExists, []string{"acme", "acme-b", ""}},
		{accountA, "", nil, []string{"", "acme-b", ""}},
		{accountB, "acme", nil, []string{"", "acme", ""}}, // it is free again
		{accountB, "", nil, []string{"", "", ""}},
		{accountC, "acme", nil, []string{"", "", "acme"}},
	}
	for _, step := range steps {
		if err := h.Update(ctx, set(step.account, step.alias)); !errors.Is(err, step.want) {
			t.Errorf("%s of %s: %v, want %v", step.alias, step.account, err, step.want)
		}
		holds(step.aliases...)
	}
	h.absent(t, map[string]func(*store.Tx) error{
		"an alias in another case": func(tx *store.Tx) error { _, err := tx.AccountByAlias(ctx, "ACME"); return err },
		"one that had it":          func(tx *store.Tx) error { _, err := tx.AccountByAlias(ctx, "acme-b"); return err },
		"no alias":                 func(tx *store.Tx) error { _, err := tx.AccountByAlias(ctx, ""); return err },
	})
	h.update(t, func(tx *store.Tx) error {
		return changed(0)(tx.SetAccountAlias(ctx, store.SetAccountAliasParams{AccountID: "999999999999", Alias: "x"}))
	})
}

// testCredentialReports holds that an account has one report, the last, and that it comes back byte for byte.
func testCredentialReports(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.absent(t, map[string]func(*store.Tx) error{
		"report": func(tx *store.Tx) error { _, err := tx.CredentialReport(ctx, accountA); return err },
	})
	for _, r := range []store.CredentialReport{
		{AccountID: accountA, Content: []byte("user,arn\n"), GeneratedAt: at(1)},
		{AccountID: accountB, Content: []byte("of another account"), GeneratedAt: at(2)},
		{AccountID: accountA, Content: []byte{0, 0xff, '\\', '\n'}, GeneratedAt: at(3)},
		{AccountID: accountA, Content: []byte("older"), GeneratedAt: at(2)}, // the last one put, whenever it was made
	} {
		h.update(t, func(tx *store.Tx) error { return tx.PutCredentialReport(ctx, store.PutCredentialReportParams(r)) })
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.CredentialReport(ctx, r.AccountID)
			equal(t, r, got)
			return err
		})
	}
}

// testSurvey holds what is read of a whole account at once: its keys, its devices and who has them.
func testSurvey(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	assign := func(serialNumber string, to store.UserID) store.AssignMFADeviceParams {
		return store.AssignMFADeviceParams{SerialNumber: serialNumber, UserID: to, EnabledAt: at(4), LastStep: 1}
	}
	elsewhere := accessKey("AKIAB", "AIDB1")
	elsewhere.AccountID = accountB
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, user("AIDA2", "/", "bob")),
			tx.InsertUser(ctx, userIn(accountB, "AIDB1", "/", "bob")),
			tx.InsertAccessKey(ctx, accessKey("AKIA2", "AIDA1"), "secret"),
			tx.InsertAccessKey(ctx, accessKey("AKIA1", ""), "secret"),
			tx.InsertAccessKey(ctx, accessKey("AKIA3", "AIDA2"), "secret"),
			tx.InsertAccessKey(ctx, elsewhere, "secret"),
			tx.InsertMFADevice(ctx, virtual("b1"), []byte("seed")),
			tx.InsertMFADevice(ctx, virtual("b2"), []byte("seed")),
			tx.InsertMFADevice(ctx, hardware(accountA, "GAHT1"), []byte("seed")),
			tx.InsertMFADevice(ctx, hardware(accountB, "GAHT2"), []byte("seed")),
			changed(1)(tx.AssignMFADevice(ctx, assign("GAHT1", "AIDA1"))),
			changed(1)(tx.AssignMFADevice(ctx, assign(serial("b1"), "AIDA2"))),
			changed(1)(tx.AssignMFADevice(ctx, assign(serial("b2"), "AIDA2"))),
			changed(1)(tx.AssignMFADevice(ctx, assign("GAHT2", "AIDB1"))),
		)
	})
	h.view(t, func(tx *store.Tx) error {
		keys, err := tx.AccountAccessKeys(ctx, accountA)
		equal(t, []string{"AKIA1", "AKIA2", "AKIA3"}, accessKeyIDs(keys))
		devices, err2 := tx.AssignedMFADevices(ctx, accountA)
		equal(t, []string{"GAHT1", serial("b1"), serial("b2")}, serials(devices))
		all, err3 := tx.CountMFADevices(ctx, accountA)
		equal(t, int64(4), all)
		assigned, err4 := tx.CountAssignedMFADevices(ctx, accountA)
		equal(t, int64(3), assigned)

		between := func(first, last string, want ...string) error {
			users, err := tx.VirtualMFADeviceUsers(ctx, store.VirtualMFADeviceUsersParams{
				AccountID: accountA, FirstSerialNumber: first, LastSerialNumber: last,
			})
			equal(t, want, nameKeys(users))
			return err
		}
		err5 := errors.Join(
			between(serial("b1"), serial("b2"), "bob"), // once, for two devices
			between(serial("b2"), serial("b2"), "bob"), // both ends belong to it
			between(serial("a"), serial("az")),         // a device that nobody has
			between("G", "H"),                          // hardware
		)
		return errors.Join(err, err2, err3, err4, err5)
	})
}

// testTags holds that a tag is deleted alone.
func testTags(t *testing.T, h *harness) {
	ctx := t.Context()
	tag := func(resource, key string) store.InsertTagParams {
		return store.InsertTagParams{ResourceID: resource, TagKey: key, TagValue: "v"}
	}
	k := store.DeleteTagParams{ResourceID: "AROA1", TagKey: "k"}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertTag(ctx, tag("AROA1", "k")), tx.InsertTag(ctx, tag("AROA1", "K")), tx.InsertTag(ctx, tag("AROA2", "k")),
			changed(1)(tx.DeleteTag(ctx, k)), changed(0)(tx.DeleteTag(ctx, k)),
		)
	})
	h.view(t, func(tx *store.Tx) error {
		tags, err := tx.Tags(ctx, "AROA1")
		equal(t, []store.Tag{{ResourceID: "AROA1", TagKey: "K", TagValue: "v"}}, tags)
		others, err2 := tx.Tags(ctx, "AROA2")
		equal(t, 1, len(others))
		return errors.Join(err, err2)
	})
}
