package iam

import (
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	const no = "400 PasswordPolicyViolation: "
	const kinds = no + "Password should have characters of at least three kinds: uppercase characters, lowercase characters, numbers, symbols"
	standard := passwordRules{alias: "acme-prod-1"}
	custom := func(change func(*store.PasswordPolicy)) passwordRules {
		p := store.PasswordPolicy{AccountID: account, MinimumLength: 6}
		change(&p)
		return passwordRules{custom: p, alias: "acme-prod-1"}
	}
	upper := custom(func(p *store.PasswordPolicy) { p.RequireUppercase = 1 })
	lower := custom(func(p *store.PasswordPolicy) { p.RequireLowercase = 1 })
	number := custom(func(p *store.PasswordPolicy) { p.RequireNumbers = 1 })
	symbol := custom(func(p *store.PasswordPolicy) { p.RequireSymbols = 1 })
	for _, test := range []struct {
		name     string
		rules    passwordRules
		password string
		want     string
	}{
		{"default, short", standard, "Aa1!Aa1", no + "Password should have a minimum length of 8"},
		{"default, three kinds", standard, "aaaaAA11", "ok"},
		{"default, three others", standard, "aaaa-+11", "ok"},
		{"default, two kinds", standard, "aaaaaa11", kinds},
		{"default, two kinds and letters of no kind", standard, "aaaaaa11\u00c9\u00e9\u00b2 .", kinds},
		{"default, the alias", standard, "acme-prod-1", no + "Password should not be the account's alias"},
		{"default, the alias in another case", standard, "ACME-Prod-1", no + "Password should not be the account's alias"},
		{"default, more than the alias", standard, "acme-prod-12", "ok"},
		{"default, no alias", passwordRules{}, "acme-prod-1", "ok"},
		{"custom, short", custom(func(*store.PasswordPolicy) {}), "12345", no + "Password should have a minimum length of 6"},
		{"custom, characters not bytes", custom(func(*store.PasswordPolicy) {}), "\u00e9\u00e9\u00e9", no + "Password should have a minimum length of 6"},
		{"custom, plain", custom(func(*store.PasswordPolicy) {}), "aaaaaa", "ok"},
		{"custom, the alias", custom(func(*store.PasswordPolicy) {}), "acme-prod-1", "ok"},
		{"no uppercase", upper, "aaaaa1-", no + "Password should have at least one uppercase character"},
		{"uppercase of another alphabet", upper, "aaaaa\u00c9", no + "Password should have at least one uppercase character"},
		{"uppercase", upper, "aaaaaZ", "ok"},
		{"no lowercase", lower, "AAAAA1-", no + "Password should have at least one lowercase character"},
		{"lowercase", lower, "AAAAAz", "ok"},
		{"no number", number, "AAAaaa-", no + "Password should have at least one number"},
		{"number", number, "AAAaa0", "ok"},
		{"no symbol", symbol, "AAAaaa1 .,;:?/<>~`\"\\", no + "Password should have at least one symbol"},
		{"symbol", symbol, "AAAaa'", "ok"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			check(t, verdict(test.rules.check(test.password)), test.want)
		})
	}
	for _, c := range strings.Split("! @ # $ % ^ & * ( ) _ + - = [ ] { } | '", " ") {
		check(t, verdict(symbol.check("aaaaa"+c)), "ok")
	}
}

// Each account has a policy of its own.
func TestPasswordPolicyOfAnotherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setPolicy(UpdateAccountPasswordPolicyInput{MinimumPasswordLength: 20})
	const none = "404 NoSuchEntity: The Password Policy with domain name 222222222222 cannot be found."
	check(t, answer(w.GetAccountPasswordPolicy(t.Context(), w.root(foreign), &GetAccountPasswordPolicyInput{})), none)
	check(t, answer(w.DeleteAccountPasswordPolicy(t.Context(), w.root(foreign), &DeleteAccountPasswordPolicyInput{})),
		"404 NoSuchEntity: The account policy with name PasswordPolicy cannot be found.")
	w.user(foreign, "alice")
	in := &CreateLoginProfileInput{UserName: "alice", Password: first}
	check(t, answer(w.CreateLoginProfile(t.Context(), w.root(foreign), in)), "ok")
	w.user(account, "alice")
	check(t, answer(w.CreateLoginProfile(t.Context(), w.root(account), in)),
		"400 PasswordPolicyViolation: Password should have a minimum length of 20")
	check(t, answer(w.DeleteAccountPasswordPolicy(t.Context(), w.root(account), &DeleteAccountPasswordPolicyInput{})), "ok")
	check(t, answer(w.CreateLoginProfile(t.Context(), w.root(account), in)), "ok")
}
