package aws

import (
	"errors"
	"fmt"
	"math/bits"
	"regexp"
	"strings"
	"testing"
	"testing/quick"
)

func TestAccountOfAccessKeyID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, id, account string // no account: refused
	}{
		{"spec section 8", "ASIAQNZGKIQY56JQ7WML", "029608264753"},
		{"even account", "ASIARZPUZDIKA2222222", "123456789012"},
		{"even account, last letter of its half", "ASIARZPUZDIKP2222222", "123456789012"},
		{"odd account", "ASIARZPUZDIKQ2222222", "123456789013"},
		{"odd account, last digit of its half", "ASIARZPUZDIK72222222", "123456789013"},
		{"account of zeros", "ASIAQAAAAAAAA7777777", "000000000000"},
		{"account one", "ASIAQAAAAAAAQ7777777", "000000000001"},
		{"long-term key", "AKIARZPUZDIKA2222222", "123456789012"},
		{"user id cut to 20", "AIDARZPUZDIKA2222222", "123456789012"},
		{"greatest account", idOf(t, 999_999_999_999), "999999999999"},
		{"one more than the greatest account", idOf(t, 1_000_000_000_000), ""},
		{"all ones", "AKIA7777777777777777", ""},
		{"of AWS's documentation", "AKIAIOSFODNN7EXAMPLE", ""},
		{"old, I", "AKIAIAAAAAAAAAAAAAAA", ""},
		{"old, J", "AKIAJAAAAAAAAAAAAAAA", ""},
		{"old, last letter of its half", "AKIAP777777777777777", ""},
		{"empty", "", ""},
		{"prefix alone", "ASIA", ""},
		{"19 characters", "ASIAQNZGKIQY56JQ7WM", ""},
		{"21 characters", "ASIAQNZGKIQY56JQ7WMLA", ""},
		{"lower case", "ASIAqnzgkiqy56jq7wml", ""},
		{"zero", "ASIAQNZGKIQY56JQ7WM0", ""},
		{"one", "ASIAQNZGKIQY56JQ7WM1", ""},
		{"eight", "ASIA8NZGKIQY56JQ7WML", ""},
		{"padding", "ASIAQNZGKIQY56JQ7WM=", ""},
		{"line break at the end", "ASIAQNZGKIQY56JQ7WM\n", ""},
		{"line breaks alone", "ASIA" + strings.Repeat("\n", 16), ""},
		{"line breaks behind the account", "ASIAQNZGKIQY" + strings.Repeat("\r\n", 4), ""},
		{"not ASCII", "ASIAQNZGKIQY56JQ7Wé", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := AccountOfAccessKeyID(test.id)
			if got != test.account || ok != (test.account != "") {
				t.Errorf("AccountOfAccessKeyID(%q) = %q, %v, want %q", test.id, got, ok, test.account)
			}
		})
	}
}

// idOf encodes an account by the words of spec section 8, character by character.
func idOf(t testing.TB, account uint64) string {
	t.Helper()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	head := 1<<39 + account/2
	if bits.Len64(head) > 40 {
		t.Fatalf("account %d does not fit", account)
	}
	id := "AKIA"
	for shift := 35; shift >= 0; shift -= 5 {
		id += string(alphabet[head>>shift&31])
	}
	return id + string(alphabet[account%2*16]) + "AAAAAAA"
}

func TestAccessKeyIDRoundTrip(t *testing.T) {
	t.Parallel()
	roundTrip := func(account uint64) error {
		accountID := fmt.Sprintf("%012d", account)
		for _, prefix := range []string{LongTermKeyPrefix, SessionKeyPrefix} {
			id, err := NewAccessKeyID(prefix, accountID)
			if err != nil {
				return err
			}
			if got, ok := AccountOfAccessKeyID(id); !ok || got != accountID {
				return fmt.Errorf("%s of account %s decodes to %q, %v", id, accountID, got, ok)
			}
			if want := idOf(t, account); !strings.HasPrefix(id, prefix) || id[4:12] != want[4:12] {
				return fmt.Errorf("%s of account %s does not begin like %s", id, accountID, want)
			}
		}
		if got, ok := AccountOfAccessKeyID(idOf(t, account)); !ok || got != accountID {
			return fmt.Errorf("%s decodes to %q, %v, not to %s", idOf(t, account), got, ok, accountID)
		}
		return nil
	}
	for _, account := range []uint64{0, 1, 2, 99_999_999_999, 100_000_000_000, 123_456_789_012, 549_755_813_887, 549_755_813_888, 999_999_999_998, 999_999_999_999} {
		if err := roundTrip(account); err != nil {
			t.Error(err)
		}
	}
	every := func(n uint64) bool {
		if err := roundTrip(n % 1_000_000_000_000); err != nil {
			t.Error(err)
			return false
		}
		return true
	}
	if err := quick.Check(every, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

func TestNewAccessKeyIDRefusesAccount(t *testing.T) {
	t.Parallel()
	for name, account := range map[string]string{
		"empty": "", "11 digits": "12345678901", "13 digits": "1234567890123", "letter": "12345678901a",
		"plus": "+12345678901", "minus": "-12345678901", "blank": " 12345678901", "underscore": "1_2345678901", "point": "1234567890.1",
	} {
		id, err := NewAccessKeyID(LongTermKeyPrefix, account)
		var refusal *Error
		if id != "" || !errors.As(err, &refusal) || refusal.Code != ValidationError {
			t.Errorf("%s: NewAccessKeyID = %q, %v", name, id, err)
		}
	}
}

func TestIsAccountID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"123456789012": true, "000000000000": true, "999999999999": true,
		"": false, "12345678901": false, "1234567890123": false, "12345678901a": false, "-12345678901": false,
		"12345678901\n": false, "１２３４": false, "12345678901/": false, "12345678901:": false,
	} {
		if IsAccountID(id) != want {
			t.Errorf("IsAccountID(%q) = %v", id, !want)
		}
	}
}

// TestFreshIdentifiers draws many of each kind: each has its form, they differ, and every place of the random part takes
// every character it may, so that no bit of it stands still. By chance two of one kind are alike once in some 10^5 runs,
// and what fails the test once in more than 10^10.
func TestFreshIdentifiers(t *testing.T) {
	t.Parallel()
	const base32, base64 = `[A-Z2-7]`, `[A-Za-z0-9+/]`
	tests := []struct {
		name   string
		fresh  func() (string, error)
		form   string
		random int // where the random part begins
		values int // how many characters its last place takes
	}{
		{"access key of an even account", accessKeyID("AKIA", "123456789012"), `AKIARZPUZDIK[A-P]` + base32 + `{7}`, 13, 32},
		{"access key of an odd account", accessKeyID("AKIA", "123456789013"), `AKIARZPUZDIK[Q-Z2-7]` + base32 + `{7}`, 13, 32},
		{"session key", accessKeyID("ASIA", "000000000000"), `ASIAQAAAAAAA[A-P]` + base32 + `{7}`, 13, 32},
		{"user", plain(func() string { return NewUniqueID(UserIDPrefix) }), `AIDA` + base32 + `{17}`, 4, 32},
		{"secret", plain(NewSecretAccessKey), base64 + `{40}`, 0, 64},
		{"account", plain(NewAccountID), `[1-9][0-9]{11}`, 1, 10},
		{"request", plain(NewRequestID), `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`, 24, 16},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			form := regexp.MustCompile("^" + test.form + "$")
			seen := map[string]bool{}
			places := map[int]map[byte]bool{}
			const n = 3000
			for range n {
				id, err := test.fresh()
				if err != nil || !form.MatchString(id) {
					t.Fatalf("%q, %v", id, err)
				}
				seen[id] = true
				for place := test.random; place < len(id); place++ {
					if places[place] == nil {
						places[place] = map[byte]bool{}
					}
					places[place][id[place]] = true
				}
			}
			if len(seen) < n-1 {
				t.Errorf("only %d of %d differ", len(seen), n)
			}
			for place, characters := range places {
				if len(characters) != test.values {
					t.Errorf("place %d has taken %d characters, want %d", place, len(characters), test.values)
				}
			}
		})
	}
}

// The ninth character of an access key id holds the account's lowest bit, and four that are random.
func TestNinthCharacter(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]string{"123456789012": "ABCDEFGHIJKLMNOP", "123456789013": "QRSTUVWXYZ234567"} {
		got := map[byte]bool{}
		for range 1000 {
			id, err := NewAccessKeyID(SessionKeyPrefix, account)
			if err != nil {
				t.Fatal(err)
			}
			got[id[12]] = true
		}
		for _, c := range []byte(want) {
			if !got[c] {
				t.Errorf("the ninth character of account %s is never %c", account, c)
			}
		}
		if len(got) != len(want) {
			t.Errorf("the ninth character of account %s takes %d values, want %d", account, len(got), len(want))
		}
	}
}

func accessKeyID(prefix, account string) func() (string, error) {
	return func() (string, error) { return NewAccessKeyID(prefix, account) }
}

func plain(fresh func() string) func() (string, error) {
	return func() (string, error) { return fresh(), nil }
}

// FuzzAccountOfAccessKeyID holds the decoder to the encoding: what it accepts is what the account it names would get.
func FuzzAccountOfAccessKeyID(f *testing.F) {
	for _, seed := range []string{
		"", "ASIAQNZGKIQY56JQ7WML", "AKIAIOSFODNN7EXAMPLE", "AKIA7777777777777777", "ASIAQAAAAAAAQ7777777", "AKIA\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		account, ok := AccountOfAccessKeyID(id)
		if !ok {
			if account != "" {
				t.Errorf("%q is refused and has account %q", id, account)
			}
			return
		}
		if len(id) != 20 || !IsAccountID(account) || strings.Trim(id[4:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Fatalf("%q decodes to %q", id, account)
		}
		again, err := NewAccessKeyID(id[:4], account)
		if err != nil || again[:12] != id[:12] {
			t.Errorf("%q decodes to %q, which has ids like %q, %v", id, account, again, err)
		}
	})
}
