package e2e

import (
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// step is how long a TOTP code is current.
const step = 30 * time.Second

// need returns the path of a program, or ends the test: it is skipped, or fails where everything has to be there.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		lacking(t, err.Error())
	}
	return path
}

func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("with CI=true everything has to be there: %s", what)
	}
	t.Skipf("make test installs what is lacking: %s", what)
}

// totp returns the code of a seed at an instant, as oathtool sees it.
func totp(t *testing.T, seed string, at time.Time) string {
	t.Helper()
	return output(t, exec.Command(need(t, "oathtool"),
		"--totp", "--base32", "--now", at.UTC().Format("2006-01-02 15:04:05 UTC"), seed))
}

// steady returns the present, once its step will last for the given time: so that codes that are made for it don't get
// stale on the way.
func steady(margin time.Duration) time.Time {
	if left := step - time.Since(time.Now().Truncate(step)); left < margin {
		time.Sleep(left)
	}
	return time.Now()
}

// threeCodes returns the codes before, at and after an instant. The first two enable a device; the third is valid then
// already, for one step of drift is accepted either way.
func threeCodes(t *testing.T, seed string, now time.Time) (before, current, coming string) {
	t.Helper()
	return totp(t, seed, now.Add(-step)), totp(t, seed, now), totp(t, seed, now.Add(step))
}

// hotp returns the code of a seed for a counter, as oathtool sees it.
func hotp(t *testing.T, seed string, counter int) string {
	t.Helper()
	return output(t, exec.Command(need(t, "oathtool"),
		"--hotp", "--base32", "--counter", strconv.Itoa(counter), seed))
}

// wrongCode returns a code that none of the given ones is.
func wrongCode(codes ...string) string {
	for n := 0; ; n++ {
		code := strings.Repeat(strconv.Itoa(n), 6)
		if !strings.Contains(strings.Join(codes, " "), code) {
			return code
		}
	}
}

// readQR returns the otpauth address in a PNG file, as zbarimg sees it.
func readQR(t *testing.T, png string) *url.URL {
	t.Helper()
	address, err := url.Parse(output(t, exec.Command(need(t, "zbarimg"), "--quiet", "--raw", png)))
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// output runs a command that has to succeed and returns what it prints.
func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, out, &stderr)
	}
	return strings.TrimSpace(string(out))
}
