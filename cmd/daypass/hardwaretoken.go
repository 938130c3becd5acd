package main

import (
	"bufio"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// hardwareToken is one line of an import.
type hardwareToken struct {
	serialNumber string
	algorithm    string
	seed         []byte
}

// serialPattern is IAM's for serial numbers, but for the comma, which ends the column.
var serialPattern = regexp.MustCompile(`^[A-Za-z0-9_+=/:.@-]{9,256}$`)

const (
	minSeed = 16 // bytes: RFC 4226 section 4, R6
	maxSeed = 64
)

// parseTokens reads all lines or none. Its errors name the line and never show a seed.
func parseTokens(r io.Reader) ([]hardwareToken, error) {
	var tokens []hardwareToken
	lines := bufio.NewScanner(r)
	n := 1
	for ; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		token, err := parseToken(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		tokens = append(tokens, token)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	if len(tokens) == 0 {
		return nil, errors.New("no tokens to import")
	}
	return tokens, nil
}

func parseToken(line string) (hardwareToken, error) {
	fields := strings.Split(line, ",")
	if len(fields) != 3 {
		return hardwareToken{}, errors.New("want SERIAL,ALGORITHM,SEED")
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	t := hardwareToken{serialNumber: fields[0], algorithm: strings.ToLower(fields[1])}
	switch {
	case !serialPattern.MatchString(t.serialNumber):
		return hardwareToken{}, errors.New("the serial number must be 9 to 256 characters of A-Z a-z 0-9 _ + = / : . @ -")
	case strings.HasPrefix(t.serialNumber, "arn:"):
		return hardwareToken{}, errors.New("the serial number must not be an ARN: those name virtual devices")
	case t.algorithm != store.TOTP && t.algorithm != store.HOTP:
		return hardwareToken{}, errors.New("the algorithm must be totp or hotp")
	}
	text := strings.TrimRight(strings.ToUpper(strings.ReplaceAll(fields[2], " ", "")), "=")
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(seed) < minSeed || len(seed) > maxSeed {
		return hardwareToken{}, fmt.Errorf("the seed must be base32 of %d to %d bytes", minSeed, maxSeed)
	}
	t.seed = seed
	return t, nil
}

func (t *hardwareToken) device(accountID string, now time.Time) store.MFADevice {
	return store.MFADevice{
		SerialNumber: t.serialNumber,
		AccountID:    accountID,
		Kind:         store.Hardware,
		Algorithm:    t.algorithm,
		Path:         "/",
		DeviceName:   t.serialNumber,
		NameKey:      t.serialNumber,
		CreatedAt:    store.Time{Time: now},
	}
}
