// Package storetest is the contract that every database under internal/store meets: what the packages above may rely on,
// whichever database the operator chose.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

// Run runs the contract. newDatabase returns the options of a database that is new and empty.
func Run(t *testing.T, newDatabase func(t testing.TB) store.Options) {
	tests := []struct {
		name string
		test func(*testing.T, *harness)
	}{
		{"records", testRecords},
		{"constraints", testConstraints},
		{"case", testCase},
		{"order", testOrder},
		{"pages", testPages},
		{"times", testTimes},
		{"devices", testDevices},
		{"users", testUsers},
		{"groups", testGroups},
		{"members", testMembers},
		{"roles", testRoles},
		{"policies", testPolicies},
		{"inline policies", testInlinePolicies},
		{"attachments", testAttachments},
		{"boundaries", testBoundaries},
		{"login profiles", testLoginProfiles},
		{"former passwords", testFormerPasswords},
		{"password policies", testPasswordPolicies},
		{"OpenID Connect providers", testOIDCProviders},
		{"SAML providers", testSAMLProviders},
		{"account aliases", testAliases},
		{"management account", testManagementAccount},
		{"service control policies", testServiceControlPolicies},
		{"resource policies", testResourcePolicies},
		{"texts of resource policies", testResourcePolicyTexts},
		{"revocations", testRevocations},
		{"audit logs", testAuditLogs},
		{"assertions", testAssertions},
		{"credential reports", testCredentialReports},
		{"web identity", testWebIdentity},
		{"delegation", testDelegation},
		{"surveys", testSurvey},
		{"tags", testTags},
		{"names", testNames},
		{"references", testReferences},
		{"listings", testListings},
		{"texts", testTexts},
		{"texts that are not kept", testUnkeptTexts},
		{"great texts", testGreatTexts},
		{"sealing", testSealing},
		{"keysets", testKeysets},
		{"rotation", testRotation},
		{"rotation twice", testRotationTwice},
		{"withdrawal", testWithdrawal},
		{"rotation that is due", testDueRotation},
		{"reseal", testReseal},
		{"reseals at once", testResealAtOnce},
		{"rewrap", testRewrap},
		{"wrapped sealing key", testWrappedSealingKey},
		{"reopen", testReopen},
		{"first starts at once", testFirstStarts},
		{"burns", testBurns},
		{"write skew", testWriteSkew},
		{"last attachment", testLastAttachment},
		{"last member", testLastMember},
		{"versions at once", testVersions},
		{"one name", testOneName},
		{"counter", testCounter},
		{"uses at once", testUses},
		{"management accounts at once", testFirstAccount},
		{"isolation", testIsolation},
		{"failed statement", testFailedStatement},
		{"leaving", testLeaving},
		{"contexts", testContexts},
		{"views", testViews},
		{"generation", testGeneration},
		{"writes", testWrites},
		{"generation of others", testForeignGeneration},
		{"unknown access keys", testUnknownKeys},
		{"access keys in a flood", testKeysInFlood},
		{"access keys of others", testKeysOfOthers},
		{"access keys that are gone", testGoneKeys},
		{"many access keys", testManyKeys},
		{"access keys at once", testKeysAtOnce},
		{"close", testClose},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			options := newDatabase(t)
			test.test(t, &harness{Store: open(t, options), options: options, newDatabase: newDatabase})
		})
	}
}

// KeyFile returns a sealing key file for one test.
func KeyFile(t testing.TB) store.SealingKeyFile {
	return store.SealingKeyFile(filepath.Join(t.TempDir(), "sealing.key"))
}

// SQLite makes a database at path that has the schema and nothing else. The migrations take longer than most tests: those
// that are not about a first start begin with a copy of what they once made.
func SQLite(t testing.TB, path string) {
	t.Helper()
	file, err := migrated()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// migrated returns the file of such a database.
var migrated = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "daypass.db")
	// Open asks for the sealing key when the schema is up to date. Without one it writes no more.
	keyless := errors.New("no key")
	key := store.SealingKeyText{Name: "none", Read: func(context.Context) ([]byte, error) { return nil, keyless }}
	if _, err := store.Open(context.Background(), store.Options{URL: path, SealingKey: key}, epoch); !errors.Is(err, keyless) {
		return nil, fmt.Errorf("a store without a key: %w", err)
	}
	return os.ReadFile(path)
})

// harness is a store and short words for what the tests do with it.
type harness struct {
	*store.Store
	options     store.Options
	newDatabase func(t testing.TB) store.Options
}

const (
	accountA = "111111111111"
	accountB = "222222222222"
)

// epoch is the instant at which the tests happen. It has no fraction that a database would cut.
var epoch = time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)

func open(t *testing.T, options store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), options, epoch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (h *harness) update(t *testing.T, fn func(*store.Tx) error) {
	t.Helper()
	if err := h.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (h *harness) view(t *testing.T, fn func(*store.Tx) error) {
	t.Helper()
	if err := h.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// absent reads what is not there.
func (h *harness) absent(t *testing.T, reads map[string]func(*store.Tx) error) {
	t.Helper()
	for name, read := range reads {
		if err := h.View(t.Context(), read); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}

// seed makes both accounts, and in the first the user and the device that most tests start from.
func (h *harness) seed(t *testing.T) {
	t.Helper()
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertAccount(t.Context(), store.InsertAccountParams{AccountID: accountA, CreatedAt: at(0)}),
			tx.InsertAccount(t.Context(), store.InsertAccountParams{AccountID: accountB, CreatedAt: at(0)}),
			tx.InsertUser(t.Context(), user("AIDA1", "/", "alice")),
			tx.InsertMFADevice(t.Context(), virtual("alice"), []byte("seed of alice")),
		)
	})
}

// at is a number of seconds after the epoch.
func at(seconds int) store.Time {
	return store.Time{Time: epoch.Add(time.Duration(seconds) * time.Second)}
}

func user(id, path, name string) store.InsertUserParams { return userIn(accountA, id, path, name) }

func userIn(account, id, path, name string) store.InsertUserParams {
	return store.InsertUserParams{
		UserID: id, AccountID: account, Path: path, UserName: name, NameKey: store.NameKey(name), CreatedAt: at(1),
	}
}

func accessKey(id string, owner store.UserID) store.AccessKey {
	return store.AccessKey{
		AccessKeyID: id, AccountID: accountA, UserID: owner, Status: store.Active, CreatedAt: at(2),
	}
}

func serial(name string) string { return "arn:aws:iam::" + accountA + ":mfa/" + name }

func virtual(name string) store.MFADevice {
	return store.MFADevice{
		SerialNumber: serial(name), AccountID: accountA, Kind: store.Virtual, Algorithm: store.TOTP,
		Path: "/", DeviceName: name, NameKey: store.NameKey(name), CreatedAt: at(3),
	}
}

// hardware returns a device whose folded serial number is not that of another in the test.
func hardware(accountID, serial string) store.MFADevice {
	return store.MFADevice{
		SerialNumber: serial, AccountID: accountID, Kind: store.Hardware, Algorithm: store.HOTP,
		Path: "/", NameKey: store.NameKey(serial), CreatedAt: at(3),
	}
}

func equal(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// changed turns the result of an :execrows query into an error unless it changed want rows.
func changed(want int64) func(int64, error) error {
	return func(got int64, err error) error {
		if err == nil && got != want {
			return errors.New("another number of rows was changed than expected")
		}
		return err
	}
}
