package iam

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

func (w *world) alias(accountID, alias string) string {
	return answer(w.CreateAccountAlias(w.t.Context(), w.root(accountID), &CreateAccountAliasInput{AccountAlias: alias}))
}

func (w *world) aliases(accountID string) []string {
	w.t.Helper()
	return must(w.ListAccountAliases(w.t.Context(), w.root(accountID), &ListAccountAliasesInput{}))(w.t).AccountAliases
}

func TestAccountAlias(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check(t, w.alias(foreign, "theirs"), "ok")
	check(t, w.alias(account, "ours"), "ok")
	check(t, w.alias(account, "theirs"), "409 EntityAlreadyExists: The account alias theirs already exists.")
	check(t, w.alias(account, "ours"), "409 EntityAlreadyExists: The account alias ours already exists.")
	check(t, w.alias(account, "ours-now"), "ok")
	check(t, w.alias(foreign, "ours"), "ok") // which is free again
	check(t, answer(w.DeleteAccountAlias(t.Context(), w.root(account), &DeleteAccountAliasInput{AccountAlias: "ours"})),
		"404 NoSuchEntity: The account alias ours cannot be found.")
	if diff := cmp.Diff([][]string{{"ours-now"}, {"ours"}}, [][]string{w.aliases(account), w.aliases(foreign)}); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
	check(t, answer(w.DeleteAccountAlias(t.Context(), w.root(account), &DeleteAccountAliasInput{AccountAlias: "ours-now"})), "ok")
	if diff := cmp.Diff([]string{}, w.aliases(account)); diff != "" {
		t.Errorf("no alias (-want +got):\n%s", diff)
	}
}

func TestAccountAliasRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := make([]string, 2)
	var wg sync.WaitGroup
	for i, id := range []string{account, foreign} {
		wg.Go(func() { got[i] = w.alias(id, "both") })
	}
	wg.Wait()
	slices.Sort(got)
	if diff := cmp.Diff([]string{"409 EntityAlreadyExists: The account alias both already exists.", "ok"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestQRCodeNamesTheAlias(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check(t, w.alias(account, "acme-prod"), "ok")
	out := must(w.CreateVirtualMFADevice(t.Context(), w.root(account), &CreateVirtualMFADeviceInput{VirtualMFADeviceName: "phone"}))(t)
	checkQRCode(t, out.VirtualMFADevice.QRCodePNG, "otpauth://totp/Amazon%20Web%20Services:phone@acme-prod?secret="+
		string(out.VirtualMFADevice.Base32StringSeed)+"&issuer=Amazon%20Web%20Services")
}

func (w *world) summary(accountID string) map[string]int64 {
	w.t.Helper()
	return must(w.GetAccountSummary(w.t.Context(), w.root(accountID), &GetAccountSummaryInput{}))(w.t).SummaryMap
}

func TestAccountSummary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := w.summary(foreign)
	var keys []string // in the words of aws-iam section 13
	for name := range strings.FieldsSeq(`AccessKeysPerUserQuota AccountAccessKeysPresent AccountMFAEnabled AccountPasswordPresent
		AccountSigningCertificatesPresent AssumeRolePolicySizeQuota AttachedPoliciesPerGroupQuota AttachedPoliciesPerRoleQuota
		AttachedPoliciesPerUserQuota GlobalEndpointTokenVersion GroupPolicySizeQuota Groups GroupsPerUserQuota GroupsQuota InstanceProfiles
		InstanceProfilesQuota MFADevices MFADevicesInUse Policies PoliciesQuota PolicySizeQuota PolicyVersionsInUse
		PolicyVersionsInUseQuota Providers RolePolicySizeQuota Roles RolesQuota ServerCertificates ServerCertificatesQuota
		SigningCertificatesPerUserQuota UserPolicySizeQuota Users UsersQuota VersionsPerPolicyQuota`) {
		keys = append(keys, name)
	}
	if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(want))); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	w.user(account, "alice")
	w.user(account, "bob")
	w.group(account, "g")
	w.key(w.root(account), "")
	w.key(w.root(account), "")
	arn := w.policy(account, "/", "p").Arn
	w.version(arn, false)
	w.entity(account, aws.RoleResource, "/", "r", "")
	d := w.virtual(account, "phone")
	if err := d.enable("alice", -1, 0); err != nil {
		t.Fatal(err)
	}
	w.virtual(account, "other")
	w.hardware("GAHT12345678", "totp")
	for name, n := range map[string]int64{
		"Users": 2, "Groups": 1, "Roles": 1, "Policies": 1, "PolicyVersionsInUse": 2, "MFADevices": 3, "MFADevicesInUse": 1,
		"AccountAccessKeysPresent": 1,
	} {
		if want[name] != 0 {
			t.Errorf("an empty account has %d %s", want[name], name)
		}
		want[name] = n
	}
	if diff := cmp.Diff(want, w.summary(account)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever the database says when it fails, the client learns nothing of it.
func TestAccountInternalFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.as(w.user(account, "alice"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := w.root(account)
	for name, got := range map[string]string{
		"CreateLoginProfile":             answer(w.CreateLoginProfile(ctx, root, &CreateLoginProfileInput{UserName: "alice", Password: first})),
		"GetLoginProfile":                answer(w.GetLoginProfile(ctx, root, &GetLoginProfileInput{UserName: "alice"})),
		"UpdateLoginProfile":             answer(w.UpdateLoginProfile(ctx, root, &UpdateLoginProfileInput{UserName: "alice"})),
		"UpdateLoginProfile's password":  answer(w.UpdateLoginProfile(ctx, root, &UpdateLoginProfileInput{UserName: "alice", Password: first})),
		"DeleteLoginProfile":             answer(w.DeleteLoginProfile(ctx, root, &DeleteLoginProfileInput{UserName: "alice"})),
		"ChangePassword":                 answer(w.ChangePassword(ctx, alice, &ChangePasswordInput{OldPassword: first, NewPassword: second})),
		"UpdateAccountPasswordPolicy":    answer(w.UpdateAccountPasswordPolicy(ctx, root, &UpdateAccountPasswordPolicyInput{})),
		"GetAccountPasswordPolicy":       answer(w.GetAccountPasswordPolicy(ctx, root, &GetAccountPasswordPolicyInput{})),
		"DeleteAccountPasswordPolicy":    answer(w.DeleteAccountPasswordPolicy(ctx, root, &DeleteAccountPasswordPolicyInput{})),
		"CreateAccountAlias":             answer(w.CreateAccountAlias(ctx, root, &CreateAccountAliasInput{AccountAlias: "alias"})),
		"DeleteAccountAlias":             answer(w.DeleteAccountAlias(ctx, root, &DeleteAccountAliasInput{AccountAlias: "alias"})),
		"ListAccountAliases":             answer(w.ListAccountAliases(ctx, root, &ListAccountAliasesInput{})),
		"GetAccountSummary":              answer(w.GetAccountSummary(ctx, root, &GetAccountSummaryInput{})),
		"GetAccountAuthorizationDetails": answer(w.GetAccountAuthorizationDetails(ctx, root, &GetAccountAuthorizationDetailsInput{})),
		"GenerateCredentialReport":       answer(w.GenerateCredentialReport(ctx, root, &GenerateCredentialReportInput{})),
		"GetCredentialReport":            answer(w.GetCredentialReport(ctx, root, &GetCredentialReportInput{})),
		"ListPoliciesGrantingServiceAccess": answer(w.ListPoliciesGrantingServiceAccess(ctx, root, &ListPoliciesGrantingServiceAccessInput{
			Arn: "arn:aws:iam::111111111111:user/alice",
		})),
	} {
		check(t, name+": "+got, name+": 500 InternalFailure: An internal error has occurred.")
	}
}

// What is stored and can't be read is a fault of the server, and never a right password.
func TestUnreadablePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertLoginProfile(ctx, store.InsertLoginProfileParams{UserID: alice.UserId, PasswordHash: first})
	})
	check(t, verdict(w.changePassword(alice, first, second)), "500 InternalFailure: An internal error has occurred.")
}
