package sessiontoken_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/sessiontoken"
)

// A key set and tokens that it sealed once: sessions outlive upgrades, so these must open for as long as there is version 1.
const (
	pinnedKeys = `{"primaryKeyId":810074326,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.XAesGcmKey",` +
		`"value":"EgIIDBog0oRx0ZpeHhGlgsF2u9R3+tipERRc//po0MQfxAvMs8g=","keyMaterialType":"SYMMETRIC"},` +
		`"status":"ENABLED","keyId":810074326,"outputPrefixType":"TINK"}]}`
	pinnedMFAToken = "AY5fTI0KBrWta1oBMEjA1pgpjvXsVej696Uzo8EV4tjzwTGs3mMY9dtegShtXQyEiqhBNsPMNdFqO3OOaFOH3CzqOKthAPwQ5MdBXmB7m62lkCbpn5hb" +
		"RlFy5UC1yeDQ03ECTDi1yu51zV8ZUIVR4nl7SvoKhaDxXIEj+YMyMv0e1+ioWRLwxCiieDfm7e9pAivKqleYT/ifXLAuqEf7QLep"
	pinnedPaddedToken = "AY5fTI0KBrWta1oBMEjA1lgb21rA+4/bcKX/BMzuRXq+whgc1r2cgoX0bTVUj9dzN9f9olh9FFv4elBxjCfPHeurGBM/oEDCk0OPp61JFRZplS8m" +
		"HQtWDZyk+CmMIwzhQn4hYsEyLoa92K1GV9QEkOoPpwEzfIDg43XVvN5SqnBj7sRtPBEVpnlxH805AOIGu3JG9J90v0kBkuoVh+z40qegGXXBB1WzU6q4FC60G91q" +
		"SKm6qb8UOln9ZrTPeFIHJCJk58NSwxkc9Dem3xgD6bfcuU1yVPcG7n9RhpJ6hmM6"
)

func pinnedRing(t testing.TB) *sessiontoken.Ring {
	t.Helper()
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(pinnedKeys)))
	if err != nil {
		t.Fatal(err)
	}
	return ringOf(t, handle)
}

func TestPinnedTokens(t *testing.T) {
	t.Parallel()
	ring := pinnedRing(t)
	wantClaims(t, ring, pinnedMFAToken, mfaClaims())
	wantClaims(t, ring, pinnedPaddedToken, userClaims())
}

// FuzzOpen holds a ring to opening what it has sealed, and nothing else.
func FuzzOpen(f *testing.F) {
	f.Add(pinnedMFAToken)
	f.Add(pinnedPaddedToken)
	f.Add(pinnedMFAToken + "\n")
	f.Add(pinnedMFAToken[:16] + pinnedPaddedToken[16:])
	f.Add(strings.Repeat("A", 4096))
	f.Add("AQ==")
	f.Add("")
	ring := pinnedRing(f)
	f.Fuzz(func(t *testing.T, token string) {
		switch token {
		case pinnedMFAToken:
			wantClaims(t, ring, token, mfaClaims())
		case pinnedPaddedToken:
			wantClaims(t, ring, token, userClaims())
		default:
			wantNotGenuine(t, ring, token, token)
		}
	})
}

// FuzzClaims holds the reader of claims, which an attacker never reaches, to refusing or reading, but not to falling over.
func FuzzClaims(f *testing.F) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(pinnedKeys)))
	if err != nil {
		f.Fatal(err)
	}
	whole := []byte{}
	for _, field := range fields(f) {
		whole = append(whole, field...)
	}
	f.Add(sized(whole))
	f.Add(append(sized(whole), 0, 0, 0))
	f.Add(sized(append(slices.Clone(whole), text(12, "\x01\x02{}\x00\x02\x01k\x01v\x01\x01k\x00")...)))
	f.Add(sized(append(slices.Clone(whole), text(13, bomb(f))...)))
	f.Add(sized(whole[:len(whole)-6]))
	f.Add([]byte{0xff, 0xff, 0x80})
	ring := ringOf(f, handle)
	f.Fuzz(func(t *testing.T, plain []byte) {
		c, err := ring.Open(forge(t, handle, plain))
		if err != nil {
			if !reflect.ValueOf(c).IsZero() {
				t.Errorf("Open = %+v, %v", c, err)
			}
			return
		}
		if c.AccessKeyID != userClaims().AccessKeyID || c.PrincipalType == 0 || c.SecretAccessKey == "" || c.AccountID == "" ||
			c.PrincipalID == "" || c.IssuingKeyID == "" && c.PrincipalType != aws.RolePrincipal || c.IssuedAt.IsZero() || c.ExpiresAt.IsZero() {
			t.Errorf("opened with less than everything: %+v", c)
		}
	})
}
