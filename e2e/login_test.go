package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// daypass runs a client command of daypass in the home. It has no terminal.
func (h home) daypass(arguments ...string) (string, error) {
	return h.run(exec.CommandContext(h.t.Context(), binary, arguments...), "")
}

// TestLogin has every client use the session of one daypass login: through credential_process, its environment, or the
// endpoint of daypass exec.
func TestLogin(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	const seed, serial = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", "GAHT87654321"
	alice := server.createUser("alice")
	code := server.enableHOTP("alice", seed, serial)
	server.allow("alice", "sts:AssumeRole", "iam:ListMFADevices")
	server.createRole("careful", wholeAccount, needsMFA)

	h := newHome(t, server)
	h.writeKey("alice", alice)
	// The SDK for Go runs in this process, whose home is another.
	process := fmt.Sprintf("env HOME=%[1]s AWS_CONFIG_FILE=%[1]s/config AWS_SHARED_CREDENTIALS_FILE=%[1]s/credentials AWS_ENDPOINT_URL=%[2]s %[3]s",
		h.dir, server.endpoint, binary)
	h.writeProfiles(map[string][]string{
		"alice":     {"region = " + region},
		"alice-mfa": {"credential_process = " + process + " credential-process --profile alice"},
		"by-client": {"role_arn = " + roleARN("careful"), "source_profile = alice-mfa"},
		"by-us":     {"role_arn = " + roleARN("careful"), "source_profile = alice", "role_session_name = run-17"},
	})
	// IAM tells the serial number.
	told, err := h.daypass("login", "--profile", "alice", "--token-code", code())
	if err != nil || !strings.Contains(told, ", with "+serial+", in ") {
		t.Fatalf("%s%v", told, err)
	}

	// The session is one with MFA: the role wants that.
	for name, client := range h.clients() {
		t.Run(name, func(t *testing.T) {
			profileTest{profile: "by-client", arn: sessionARN("careful", "")}.run(t, h, client)
		})
	}
	for name, who := range h.withoutProfile() {
		if got, err := h.daypass(append([]string{"exec", "--server", "--profile", "by-us", "--"}, who...)...); got != sessionARN("careful", "run-17") || err != nil {
			t.Errorf("%s behind the endpoint: %q, %v", name, got, err)
		}
	}
	whoAmI := `eval "$(` + binary + ` export --profile by-us)"; exec ` + binary + ` whoami`
	got, err := h.run(exec.CommandContext(t.Context(), "sh", "-c", whoAmI), "")
	if !strings.Contains(got, sessionARN("careful", "run-17")) || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// withoutProfile are programs that print who they are.
func (h home) withoutProfile() map[string][]string {
	programs := map[string][]string{
		"boto3": {needBoto3(h.t), "-B", "boto3/whoami.py"},
	}
	for version, path := range installedCLIs(h.t) {
		programs["AWS CLI "+version] = []string{path, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"}
	}
	return programs
}

// TestEnroll has a user get a device from daypass, whose codes are those of everybody else's authenticator.
func TestEnroll(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	alice := server.createUser("alice")
	server.allow("alice", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices")
	h := newHome(t, server)
	h.writeKey("alice", alice)
	h.writeProfiles(map[string][]string{"alice": {"region = " + region}})
	file := filepath.Join(h.dir, "seed")
	told, err := h.daypass("mfa", "enroll", "--profile", "alice", "--seed-file", file)
	if want := "enabled: arn:aws:iam::" + accountID + ":mfa/alice"; told != want || err != nil {
		t.Fatalf("%q, %v", told, err)
	}
	seed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	server.secret("a seed", strings.TrimSpace(string(seed)))
	_, current, coming := threeCodes(t, strings.TrimSpace(string(seed)), steady(cliMargin))
	if got, err := h.daypass("mfa", "code", "--seed-file", file); got != current || err != nil {
		t.Errorf("the code is %q, %v; oathtool says %q", got, err, current)
	}
	// The codes up to this step enabled the device: the next is for the session.
	server.secret("a token code", coming)
	if told, err := h.run(exec.CommandContext(t.Context(), binary, "login", "--profile", "alice"), coming); err != nil {
		t.Errorf("%s%v", told, err)
	}
}
