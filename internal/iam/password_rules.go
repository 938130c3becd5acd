package iam

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

const (
	symbols = "!@#$%^&*()_+-=[]{}|'"
	// Of accounts without a password policy of their own.
	defaultMinimumPasswordLength = 8
	defaultPasswordKinds         = 3
)

// passwordKinds are the kinds of character that a password may be asked to have.
var passwordKinds = []struct {
	name, characters string
	required         func(store.PasswordPolicy) bool
}{
	{"uppercase character", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", func(p store.PasswordPolicy) bool { return p.RequireUppercase != 0 }},
	{"lowercase character", "abcdefghijklmnopqrstuvwxyz", func(p store.PasswordPolicy) bool { return p.RequireLowercase != 0 }},
	{"number", "0123456789", func(p store.PasswordPolicy) bool { return p.RequireNumbers != 0 }},
	{"symbol", symbols, func(p store.PasswordPolicy) bool { return p.RequireSymbols != 0 }},
}

// passwordRules are what an account asks of passwords. They can be compared.
type passwordRules struct {
	custom store.PasswordPolicy // zero when the account has none of its own
	alias  string               // of the account, if it has one
}

func passwordRulesOf(ctx context.Context, tx *store.Tx, accountID string) (passwordRules, error) {
	custom, err := tx.PasswordPolicy(ctx, accountID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return passwordRules{}, err
	}
	account, err := tx.Account(ctx, accountID)
	return passwordRules{custom, account.Alias}, err
}

// check refuses a password that breaks a rule: the first it breaks (aws-iam section 6).
func (r passwordRules) check(password string) error {
	if r.custom == (store.PasswordPolicy{}) {
		return r.checkDefault(password)
	}
	if err := checkPasswordLength(password, int(r.custom.MinimumLength)); err != nil {
		return err
	}
	for _, kind := range passwordKinds {
		if kind.required(r.custom) && !strings.ContainsAny(password, kind.characters) {
			return aws.Errorf(aws.PasswordPolicyViolation, "Password should have at least one %s", kind.name)
		}
	}
	return nil
}

func (r passwordRules) checkDefault(password string) error {
	if err := checkPasswordLength(password, defaultMinimumPasswordLength); err != nil {
		return err
	}
	kinds := 0
	for _, kind := range passwordKinds {
		if strings.ContainsAny(password, kind.characters) {
			kinds++
		}
	}
	if kinds < defaultPasswordKinds {
		return aws.Errorf(aws.PasswordPolicyViolation,
			"Password should have characters of at least three kinds: uppercase characters, lowercase characters, numbers, symbols")
	}
	if strings.EqualFold(password, r.alias) {
		return aws.Errorf(aws.PasswordPolicyViolation, "Password should not be the account's alias")
	}
	return nil
}

func checkPasswordLength(password string, minimum int) error {
	if utf8.RuneCountInString(password) < minimum {
		return aws.Errorf(aws.PasswordPolicyViolation, "Password should have a minimum length of %d", minimum)
	}
	return nil
}
