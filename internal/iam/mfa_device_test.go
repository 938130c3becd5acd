package iam

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

const (
	wrongCodes = "403 InvalidAuthenticationCode: Authentication code for device is not valid."
	inUse      = "409 EntityAlreadyExists: MFA Device is already in use."
)

func noDevice(serial string) string {
	return "404 NoSuchEntity: MFA Device with serial number " + serial + " does not exist."
}

func TestCreateVirtualMFADevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := &CreateVirtualMFADeviceInput{Path: "/a//b/", VirtualMFADeviceName: "alice+phone@home", Tags: tags("a=1 A=2")}
	got := must(w.CreateVirtualMFADevice(t.Context(), w.root(account), in))(t).VirtualMFADevice
	secret := string(got.Base32StringSeed)
	if !regexp.MustCompile(`^[A-Z2-7]{64}$`).MatchString(secret) {
		t.Errorf("Base32StringSeed %q", secret)
	}
	want := VirtualMFADevice{
		SerialNumber: "arn:aws:iam::111111111111:mfa/a//b/alice+phone@home", Base32StringSeed: got.Base32StringSeed,
		QRCodePNG: got.QRCodePNG, Tags: in.Tags,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkQRCode(t, got.QRCodePNG,
		"otpauth://totp/Amazon%20Web%20Services:alice+phone@home@111111111111?secret="+secret+"&issuer=Amazon%20Web%20Services")
	other := must(w.CreateVirtualMFADevice(t.Context(), w.root(account), &CreateVirtualMFADeviceInput{VirtualMFADeviceName: "x"}))(t)
	if bytes.Equal(other.VirtualMFADevice.Base32StringSeed, got.Base32StringSeed) {
		t.Error("two devices have one seed")
	}
}

// checkQRCode reads the picture as a phone would where zbarimg is installed; elsewhere it looks at the picture's form.
func checkQRCode(t *testing.T, picture []byte, want string) {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	if size := decoded.Bounds(); size.Dx() != size.Dy() || size.Dx() < 200 || size.Dx() > 1000 {
		t.Errorf("the QR code has %v pixels", size)
	}
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Log("zbarimg is not installed: the QR code was not read")
		return
	}
	file := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", file).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	if got := strings.TrimSuffix(string(read), "\n"); got != want {
		t.Errorf("the QR code says %q, want %q", got, want)
	}
}

func TestQRCodeOfTheLongestName(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("n", maxSerialNumber-len("arn:aws:iam::111111111111:mfa/"))
	address := enrolmentAddress(store.MFADevice{DeviceName: name}, strings.Repeat("a", 63), strings.Repeat("A", 64))
	checkQRCode(t, must(qrCode(address))(t), address)
}

func TestCreateVirtualMFADeviceRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.virtual(account, "phone")
	w.virtual(foreign, "phone")
	longest := strings.Repeat("n", maxSerialNumber-len("arn:aws:iam::111111111111:mfa/"))
	const exists = "409 EntityAlreadyExists: MFA device already exists."
	for _, test := range []struct {
		name string
		in   CreateVirtualMFADeviceInput
		want string
	}{
		{"the name is taken", CreateVirtualMFADeviceInput{VirtualMFADeviceName: "phone"}, exists},
		{"in another case", CreateVirtualMFADeviceInput{VirtualMFADeviceName: "Phone"}, exists},
		{"under another path", CreateVirtualMFADeviceInput{VirtualMFADeviceName: "phone", Path: "/x/"}, exists},
		{"the longest serial number", CreateVirtualMFADeviceInput{VirtualMFADeviceName: longest}, "ok"},
		{
			"a longer one",
			CreateVirtualMFADeviceInput{VirtualMFADeviceName: longest + "n"},
			"400 InvalidInput: The serial number of the MFA device would have more than 256 characters.",
		},
		{"one tag key twice", CreateVirtualMFADeviceInput{VirtualMFADeviceName: "x", Tags: tags("a=1 a=2")}, "400 InvalidInput: Duplicate tag keys found."},
		{
			"a reserved tag key",
			CreateVirtualMFADeviceInput{VirtualMFADeviceName: "x", Tags: tags("aws:a=1")},
			"400 InvalidInput: Tag keys and values that start with aws: are reserved for system use.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, answer(w.CreateVirtualMFADevice(t.Context(), w.root(account), &test.in)), test.want)
		})
	}
}

func TestVirtualMFADeviceQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for i := range maxVirtualMFADevices {
			name := fmt.Sprintf("d%d", i)
			device := store.MFADevice{SerialNumber: name, AccountID: account, Kind: store.Virtual, Algorithm: store.TOTP, NameKey: name}
			if err := tx.InsertMFADevice(ctx, device, []byte("seed")); err != nil {
				return err
			}
		}
		return nil
	})
	check(t, answer(w.CreateVirtualMFADevice(t.Context(), w.root(account), &CreateVirtualMFADeviceInput{VirtualMFADeviceName: "x"})),
		"409 LimitExceeded: Cannot exceed quota for VirtualMFADevicesPerAccount: 5000")
	w.virtual(foreign, "x")
}

func TestEnableMFADevice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		first, second int64 // against the step of now
		want          string
	}{
		{"previous and current", -1, 0, "ok"},
		{"current and next", 0, 1, "ok"},
		{"both a step late", -2, -1, "ok"},
		{"both too late", -3, -2, wrongCodes},
		{"both too early", 1, 2, wrongCodes},
		{"the same code twice", 0, 0, wrongCodes},
		{"in the wrong order", 0, -1, wrongCodes},
		{"not consecutive", -1, 1, wrongCodes},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice := w.user(account, "alice")
			phone := w.virtual(account, "phone")
			check(t, verdict(phone.enable("ALICE", test.first, test.second)), test.want)
			want := []MFADevice{}
			if test.want == "ok" {
				want = []MFADevice{{"alice", phone.serial, start}}
			}
			got := must(w.ListMFADevices(t.Context(), w.as(alice), &ListMFADevicesInput{}))(t).MFADevices
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the user's devices (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnableMFADeviceRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "alice")
	w.user(account, "bob")
	w.user(foreign, "mallory")
	phone, taken, foreignPhone := w.virtual(account, "phone"), w.virtual(account, "taken"), w.virtual(foreign, "phone")
	check(t, verdict(taken.enable("bob", 0, 1)), "ok")
	unknown := &device{w, "arn:aws:iam::111111111111:mfa/none", phone.seed, phone.counter}
	for _, test := range []struct {
		name     string
		userName string
		device   *device
		want     string
	}{
		{"unknown user", "nobody", phone, "404 NoSuchEntity: The user with name nobody cannot be found."},
		{"user of another account", "mallory", phone, "404 NoSuchEntity: The user with name mallory cannot be found."},
		{"unknown user and device", "nobody", unknown, "404 NoSuchEntity: The user with name nobody cannot be found."},
		{"unknown device", "alice", unknown, noDevice(unknown.serial)},
		{"device of another account", "alice", foreignPhone, noDevice(foreignPhone.serial)},
		{"another user's device", "alice", taken, inUse},
		{"the user's own device again", "bob", taken, inUse},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, verdict(test.device.enable(test.userName, 0, 1)), test.want)
		})
	}
	check(t, verdict(phone.enable("alice", 0, 1)), "ok")
}

func TestMFADeviceQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "alice")
	for i := range 7 {
		check(t, verdict(w.virtual(account, fmt.Sprintf("d%d", i)).enable("alice", 0, 1)), "ok")
	}
	token, ninth := w.hardware("GAHT12345678", store.TOTP), w.virtual(account, "ninth")
	check(t, verdict(token.enable("alice", 0, 1)), "ok")
	check(t, verdict(ninth.enable("alice", 0, 1)), "409 LimitExceeded: Cannot exceed quota for MFADevicesPerUser: 8")
	check(t, verdict(token.deactivate("alice")), "ok")
	check(t, verdict(ninth.enable("alice", 0, 1)), "ok")
}

func TestConcurrentEnable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := w.virtual(account, "phone")
	const users = 8
	answers := make([]string, users)
	for i := range users {
		w.user(account, fmt.Sprintf("u%d", i))
	}
	var group sync.WaitGroup
	for i := range users {
		group.Go(func() { answers[i] = verdict(phone.enable(fmt.Sprintf("u%d", i), 0, 1)) })
	}
	group.Wait()
	counts := map[string]int{}
	for _, a := range answers {
		counts[a]++
	}
	if diff := cmp.Diff(map[string]int{"ok": 1, inUse: users - 1}, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The codes that enabled a device are spent for every call, and stay so when the device goes to another user.
func TestSpentCodesStaySpent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.user(account, "bob")
	phone := w.virtual(account, "phone")
	check(t, verdict(phone.enable("alice", -1, 0)), "ok")
	const spent = "403 AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. "
	check(t, answer(new(authn.MFA).TokenCode(t.Context(), w.Store, w.as(alice), phone.serial, phone.code(-1))), spent)
	check(t, answer(new(authn.MFA).TokenCode(t.Context(), w.Store, w.as(alice), phone.serial, phone.code(0))), spent)
	check(t, verdict(phone.resync("alice", -1, 0)), wrongCodes)
	check(t, verdict(phone.deactivate("alice")), "ok")
	check(t, verdict(phone.enable("bob", -1, 0)), wrongCodes)
	check(t, verdict(phone.enable("bob", 0, 1)), wrongCodes)
	w.now = w.now.Add(30 * time.Second)
	check(t, verdict(phone.enable("bob", -1, 0)), wrongCodes)
	check(t, verdict(phone.enable("bob", 0, 1)), "ok")
}

func TestWrongCodesMakeTheDeviceWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	phone := w.virtual(account, "phone")
	for range 4 {
		check(t, verdict(phone.enable("alice", 50, 51)), wrongCodes)
	}
	check(t, verdict(phone.enable("nobody", 50, 51)), "404 NoSuchEntity: The user with name nobody cannot be found.")
	check(t, verdict(phone.enable("alice", -1, 0)), "ok")
	check(t, verdict(phone.deactivate("alice")), "ok")

	for range 5 {
		check(t, verdict(phone.enable("alice", 50, 51)), wrongCodes)
	}
	w.now = w.now.Add(30*time.Second - time.Microsecond)
	check(t, verdict(phone.enable("alice", 0, 1)), wrongCodes)
	w.now = w.now.Add(time.Microsecond)
	check(t, verdict(phone.enable("alice", 0, 1)), "ok")

	for range 5 {
		check(t, verdict(phone.resync("alice", 500, 501)), wrongCodes)
	}
	w.now = w.now.Add(29 * time.Second)
	check(t, verdict(phone.resync("alice", 2, 3)), wrongCodes)
	check(t, answer(new(authn.MFA).TokenCode(t.Context(), w.Store, w.as(alice), phone.serial, phone.code(1))),
		"403 AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	w.now = w.now.Add(time.Second)
	check(t, verdict(phone.resync("alice", 2, 3)), "ok")
}

func TestResyncMFADevice(t *testing.T) {
	t.Parallel()
	for _, drift := range []int64{100, -100} {
		t.Run(fmt.Sprint(drift), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice := w.user(account, "alice")
			phone := w.virtual(account, "phone")
			token := func(after int64) string {
				return answer(new(authn.MFA).TokenCode(t.Context(), w.Store, w.as(alice), phone.serial, phone.code(after)))
			}
			const wrong = "403 AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. "
			check(t, verdict(phone.enable("alice", -1, 0)), "ok")
			w.now = w.now.Add(4 * time.Hour)
			check(t, token(drift), wrong)
			check(t, verdict(phone.resync("alice", drift, drift+2)), wrongCodes)
			check(t, verdict(phone.resync("alice", drift-1, drift)), "ok")
			check(t, token(drift), wrong) // spent by the resync
			check(t, token(0), wrong)     // what it would show with a right clock
			check(t, token(drift+1), "ok")
			w.now = w.now.Add(time.Hour)
			check(t, token(drift), "ok")
		})
	}
}

func TestResyncNeverGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	phone := w.virtual(account, "phone")
	check(t, verdict(phone.enable("alice", -1, 0)), "ok")
	w.now = w.now.Add(2 * time.Hour)
	check(t, answer(new(authn.MFA).TokenCode(t.Context(), w.Store, w.as(alice), phone.serial, phone.code(0))), "ok")
	check(t, verdict(phone.resync("alice", -2, -1)), wrongCodes)
	check(t, verdict(phone.resync("alice", -1, 0)), wrongCodes)
	check(t, verdict(phone.resync("alice", 0, 1)), wrongCodes)
	check(t, verdict(phone.resync("alice", 1, 2)), "ok")
	check(t, verdict(phone.resync("alice", 121, 122)), wrongCodes) // more than an hour ahead
	check(t, verdict(phone.resync("alice", 120, 121)), "ok")
}

// Resync and deactivation see a device under its own user's name only.
func TestDevicesOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.user(account, "bob")
	w.user(foreign, "mallory")
	phone, idle := w.virtual(account, "phone"), w.virtual(account, "idle")
	check(t, verdict(phone.enable("alice", 0, 1)), "ok")
	unknown := &device{w, "arn:aws:iam::111111111111:mfa/none", phone.seed, phone.counter}
	for _, test := range []struct {
		name     string
		userName string
		device   *device
		want     string
	}{
		{"unknown user", "nobody", phone, "404 NoSuchEntity: The user with name nobody cannot be found."},
		{"user of another account", "mallory", phone, "404 NoSuchEntity: The user with name mallory cannot be found."},
		{"unknown device", "alice", unknown, noDevice(unknown.serial)},
		{"another user's device", "bob", phone, noDevice(phone.serial)},
		{"nobody's device", "bob", idle, noDevice(idle.serial)},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, verdict(test.device.resync(test.userName, 2, 3)), test.want)
			check(t, verdict(test.device.deactivate(test.userName)), test.want)
			check(t, answer(w.GetMFADevice(t.Context(), w.root(account), &GetMFADeviceInput{
				UserName: test.userName, SerialNumber: test.device.serial,
			})), test.want)
		})
	}
	check(t, verdict(phone.deactivate("")), noDevice(phone.serial)) // root's own
	check(t, verdict(idle.deactivate("")), noDevice(idle.serial))
	check(t, answer(w.DeactivateMFADevice(t.Context(), w.root(foreign), &DeactivateMFADeviceInput{
		UserName: "mallory", SerialNumber: phone.serial,
	})), noDevice(phone.serial))
	check(t, answer(w.DeactivateMFADevice(t.Context(), w.as(alice), &DeactivateMFADeviceInput{SerialNumber: idle.serial})), noDevice(idle.serial))
	check(t, answer(w.DeactivateMFADevice(t.Context(), w.as(alice), &DeactivateMFADeviceInput{SerialNumber: phone.serial})), "ok")
	check(t, verdict(phone.deactivate("alice")), noDevice(phone.serial))
}

func TestHOTPDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	token := w.hardware("GAHT12345678", store.HOTP)
	token.counter = func() int64 { return 0 }
	code := func(counter int64) string {
		return answer(new(authn.MFA).TokenCode(t.Context(), w.Store, w.as(alice), token.serial, token.code(counter)))
	}
	const wrong = "403 AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. "
	check(t, verdict(token.enable("alice", 4, 6)), wrongCodes)
	check(t, verdict(token.enable("alice", 4, 5)), "ok")
	check(t, code(5), wrong)
	check(t, code(6), "ok")
	check(t, verdict(token.resync("alice", 5, 6)), wrongCodes)
	check(t, verdict(token.resync("alice", 6, 7)), wrongCodes)
	check(t, code(100), wrong) // beyond the look-ahead
	check(t, verdict(token.resync("alice", 100, 101)), "ok")
	check(t, code(101), wrong)
	check(t, code(102), "ok")
	check(t, verdict(token.deactivate("alice")), "ok")
	check(t, verdict(token.enable("alice", 101, 102)), wrongCodes)
	check(t, verdict(token.enable("alice", 103, 104)), "ok")
}

func TestDeleteVirtualMFADevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.user(account, "alice")
	token, foreignPhone := w.hardware("GAHT12345678", store.TOTP), w.virtual(foreign, "phone")
	in := &CreateVirtualMFADeviceInput{VirtualMFADeviceName: "tagged", Tags: tags("a=1")}
	tagged := must(w.CreateVirtualMFADevice(ctx, w.root(account), in))(t).VirtualMFADevice.SerialNumber
	phone := w.virtual(account, "phone")
	del := func(serial string) string {
		return answer(w.DeleteVirtualMFADevice(ctx, w.root(account), &DeleteVirtualMFADeviceInput{SerialNumber: serial}))
	}
	check(t, verdict(phone.enable("alice", 0, 1)), "ok")
	check(t, del("arn:aws:iam::111111111111:mfa/none"), noDevice("arn:aws:iam::111111111111:mfa/none"))
	check(t, del(token.serial), noDevice(token.serial))
	check(t, del(foreignPhone.serial), noDevice(foreignPhone.serial))
	check(t, del(phone.serial), "409 DeleteConflict: MFA VirtualDevice in use. Must deactivate first.")
	check(t, verdict(phone.deactivate("alice")), "ok")
	check(t, del(phone.serial), "ok")
	check(t, del(phone.serial), noDevice(phone.serial))
	check(t, verdict(phone.enable("alice", 2, 3)), noDevice(phone.serial))
	check(t, del(tagged), "ok")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		left, err := tx.Tags(ctx, tagged)
		if len(left) > 0 {
			t.Errorf("tags of the deleted device: %v", left)
		}
		return err
	})
	if again := w.virtual(account, "phone"); bytes.Equal(again.seed, phone.seed) {
		t.Error("a new device got the seed of the old one")
	}
}

func TestListVirtualMFADevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	in := &CreateVirtualMFADeviceInput{VirtualMFADeviceName: "b", Tags: tags("a=1")}
	idle := must(w.CreateVirtualMFADevice(t.Context(), w.root(account), in))(t).VirtualMFADevice.SerialNumber
	phone, token := w.virtual(account, "a"), w.hardware("GAHT12345678", store.TOTP)
	w.virtual(foreign, "c")
	w.now = w.now.Add(time.Minute)
	check(t, verdict(phone.enable("alice", 0, 1)), "ok")
	check(t, verdict(token.enable("alice", 0, 1)), "ok")
	assigned := VirtualMFADevice{SerialNumber: phone.serial, User: &alice, EnableDate: w.now}
	unassigned := VirtualMFADevice{SerialNumber: idle}
	for _, test := range []struct {
		status string
		want   []VirtualMFADevice
	}{
		{"", []VirtualMFADevice{assigned, unassigned}},
		{"Any", []VirtualMFADevice{assigned, unassigned}},
		{"Assigned", []VirtualMFADevice{assigned}},
		{"Unassigned", []VirtualMFADevice{unassigned}},
	} {
		t.Run(test.status, func(t *testing.T) {
			out := must(w.ListVirtualMFADevices(t.Context(), w.root(account), &ListVirtualMFADevicesInput{AssignmentStatus: test.status}))(t)
			if diff := cmp.Diff(&ListVirtualMFADevicesOutput{VirtualMFADevices: test.want}, out); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	check(t, verdict(phone.deactivate("alice")), "ok")
	out := must(w.ListVirtualMFADevices(t.Context(), w.root(account), &ListVirtualMFADevicesInput{AssignmentStatus: "Assigned"}))(t)
	if diff := cmp.Diff(&ListVirtualMFADevicesOutput{VirtualMFADevices: []VirtualMFADevice{}}, out); diff != "" {
		t.Errorf("after deactivation (-want +got):\n%s", diff)
	}
}

// Each device comes with its own user, whoever else has devices on the page or off it.
func TestListVirtualMFADevicesOfSeveralUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []VirtualMFADevice
	users := []User{w.user(account, "alice"), w.user(account, "bob"), w.user(account, "carol")}
	for i, owner := range []int{2, 0, 1, 0} {
		d := w.virtual(account, fmt.Sprintf("d%d", i))
		check(t, verdict(d.enable(users[owner].UserName, 0, 1)), "ok")
		want = append(want, VirtualMFADevice{SerialNumber: d.serial, User: &users[owner], EnableDate: start})
	}
	var got []VirtualMFADevice
	for marker := ""; ; {
		out := must(w.ListVirtualMFADevices(t.Context(), w.root(account), &ListVirtualMFADevicesInput{Marker: marker, MaxItems: 3}))(t)
		got = append(got, out.VirtualMFADevices...)
		if marker = out.Marker; marker == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListMFADevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	alice := w.user(account, "Alice")
	w.user(foreign, "mallory")
	phone, token := w.virtual(account, "phone"), w.hardware("GAHT12345678", store.TOTP)
	w.virtual(account, "idle")
	check(t, verdict(phone.enable("alice", 0, 1)), "ok")
	check(t, verdict(token.enable("alice", 0, 1)), "ok")
	want := []MFADevice{{"Alice", token.serial, start}, {"Alice", phone.serial, start}}
	for name, out := range map[string]*ListMFADevicesOutput{
		"by root":     must(w.ListMFADevices(ctx, w.root(account), &ListMFADevicesInput{UserName: "alice"}))(t),
		"by the user": must(w.ListMFADevices(ctx, w.as(alice), &ListMFADevicesInput{}))(t),
	} {
		if diff := cmp.Diff(&ListMFADevicesOutput{MFADevices: want}, out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	own := must(w.ListMFADevices(ctx, w.root(account), &ListMFADevicesInput{}))(t)
	if diff := cmp.Diff(&ListMFADevicesOutput{MFADevices: []MFADevice{}}, own); diff != "" {
		t.Errorf("root's own (-want +got):\n%s", diff)
	}
	check(t, answer(w.ListMFADevices(ctx, w.root(account), &ListMFADevicesInput{UserName: "nobody"})),
		"404 NoSuchEntity: The user with name nobody cannot be found.")
	check(t, answer(w.ListMFADevices(ctx, w.root(account), &ListMFADevicesInput{UserName: "mallory"})),
		"404 NoSuchEntity: The user with name mallory cannot be found.")
}

func TestGetMFADevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.user(account, "Alice"), w.user(account, "bob")
	phone, idle, foreignPhone := w.virtual(account, "phone"), w.virtual(account, "idle"), w.virtual(foreign, "phone")
	check(t, verdict(phone.enable("alice", 0, 1)), "ok")
	assigned := &GetMFADeviceOutput{"Alice", phone.serial, start}
	for _, test := range []struct {
		name             string
		call             aws.Call
		userName, serial string
		want             *GetMFADeviceOutput
		refusal          string
	}{
		{"root, by name", w.root(account), "alice", phone.serial, assigned, "ok"},
		{"the user itself", w.as(alice), "", phone.serial, assigned, "ok"},
		{"root, without a name", w.root(account), "", phone.serial, assigned, "ok"},
		{"root, nobody's device", w.root(account), "", idle.serial, &GetMFADeviceOutput{SerialNumber: idle.serial}, "ok"},
		{"another user", w.as(bob), "", phone.serial, nil, noDevice(phone.serial)},
		{"a user, nobody's device", w.as(bob), "", idle.serial, nil, noDevice(idle.serial)},
		{"unknown device", w.root(account), "", "GAHT00000000", nil, noDevice("GAHT00000000")},
		{"device of another account", w.root(account), "", foreignPhone.serial, nil, noDevice(foreignPhone.serial)},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := w.GetMFADevice(t.Context(), test.call, &GetMFADeviceInput{UserName: test.userName, SerialNumber: test.serial})
			check(t, verdict(err), test.refusal)
			if diff := cmp.Diff(test.want, out); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
