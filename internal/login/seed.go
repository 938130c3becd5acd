package login

import (
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/zalando/go-keyring"

	"github.com/daypass/daypass/internal/client"
)

// keyringSeeds is the service under which the keyring has seeds, by serial number.
const keyringSeeds = "daypass MFA seed"

// maxSeed is the length in bytes of the longest seed that is taken for one.
const maxSeed = 128

// ParseSeed reads a seed as people have it: base32 in either case, with blanks and padding or without, or the otpauth address
// of a QR code. Codes are six digits of SHA-1 every 30 seconds; an address that says otherwise is refused.
func ParseSeed(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "otpauth:") {
		var err error
		if text, err = secretOf(text); err != nil {
			return nil, err
		}
	}
	text = strings.ToUpper(strings.TrimRight(strings.NewReplacer(" ", "", "-", "").Replace(text), "="))
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(seed) == 0 || len(seed) > maxSeed {
		return nil, errors.New("the seed is no base32 text") // without the cause, which may quote it
	}
	return seed, nil
}

func secretOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("the address of the seed can't be read")
	}
	query := u.Query()
	for name, want := range map[string]string{"algorithm": "SHA1", "digits": "6", "period": "30"} {
		if got := query.Get(name); got != "" && !strings.EqualFold(got, want) {
			return "", fmt.Errorf("the address of the seed has %s=%s, and AWS's codes have %s", name, got, want)
		}
	}
	if u.Host != "totp" {
		return "", errors.New("the address of the seed is not of the kind otpauth://totp/")
	}
	return query.Get("secret"), nil
}

// SeedAddress is what a QR code tells an authenticator app, in AWS's form.
func SeedAddress(account, device, seed string) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Amazon Web Services:" + device + "@" + account}
	return u.String() + "?secret=" + seed + "&issuer=Amazon%20Web%20Services"
}

// KeepSeed puts a seed into the operating system's keyring.
func KeepSeed(serialNumber, seed string) error {
	return keyringError(keyring.Set(keyringSeeds, serialNumber, seed))
}

// KeptSeed is the seed of a device in the keyring.
func KeptSeed(serialNumber string) (string, error) {
	seed, err := keyring.Get(keyringSeeds, serialNumber)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", client.WithHint(fmt.Errorf("the keyring has no seed of %s", serialNumber), "daypass mfa enroll --keyring keeps one there")
	}
	return seed, keyringError(err)
}

// ForgetSeed removes a seed from the keyring.
func ForgetSeed(serialNumber string) error {
	return keyringError(keyring.Delete(keyringSeeds, serialNumber))
}
