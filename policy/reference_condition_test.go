package policy

import (
	"math/big"
	"math/rand/v2"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The slow evaluator of conditions: the tables of spec section 9.3, written down once more with other means. It knows
// well-formed values only, and the variable ${v}.

var operatorForm = regexp.MustCompile(`^(ForAnyValue:|ForAllValues:)?([A-Za-z]+?)(IfExists)?$`)

func slowHolds(written condition, c Context) bool {
	form := operatorForm.FindStringSubmatch(written.operator)
	prefix, name, ifExists := form[1], form[2], form[3] != ""
	positive := strings.Replace(name, "Not", "", 1)
	negated := positive != name
	values := c[strings.ToLower(written.key)]
	if name == operatorNull {
		return anyOf(written.values, func(value string) bool { return (value == "true") == (len(values) == 0) })
	}
	isListed := func(value string) bool {
		return anyOf(written.values, func(listed string) bool { return slowCompare(positive, listed, value, c) })
	}
	passes := func(value string) bool { return isListed(value) != negated }
	switch {
	case len(values) == 0 && ifExists:
		return true
	case prefix == "ForAllValues:":
		return !anyOf(values, func(value string) bool { return !passes(value) })
	case prefix == "ForAnyValue:":
		return anyOf(values, passes)
	case negated: // NOR
		return !anyOf(values, isListed)
	}
	return anyOf(values, isListed)
}

func anyOf(values []string, f func(string) bool) bool {
	for _, value := range values {
		if f(value) {
			return true
		}
	}
	return false
}

func slowCompare(operator, listed, value string, c Context) bool {
	v, valued := "", len(c["v"]) == 1
	if valued {
		v = c["v"][0]
	}
	text := func(listed string) string { return strings.ReplaceAll(listed, "${v}", v) }
	like := func(pattern, text string) bool {
		all, ok := patternSymbols(pattern, v, valued)
		return ok && slowMatch(all, symbols(text))
	}
	unknown := !valued && strings.Contains(listed, "${v}")
	switch operator {
	case "StringEquals":
		return !unknown && text(listed) == value
	case "StringEqualsIgnoreCase":
		return !unknown && fold(text(listed)) == fold(value)
	case "StringLike":
		return like(listed, value)
	case "ArnEquals", "ArnLike":
		return slowARN(listed, value, like)
	case "Bool":
		return fold(listed) == fold(value)
	case "BinaryEquals":
		return listed == value
	case "IpAddress":
		return slowContains(listed, value)
	}
	comparison, operator := 0, operator
	if o, ok := strings.CutPrefix(operator, "Numeric"); ok {
		a, _ := new(big.Rat).SetString(value)
		b, _ := new(big.Rat).SetString(listed)
		comparison, operator = a.Cmp(b), o
	} else {
		a, err1 := time.Parse(time.RFC3339, value)
		b, err2 := time.Parse(time.RFC3339, listed)
		if err1 != nil || err2 != nil {
			panic("not a date")
		}
		comparison, operator = a.Compare(b), strings.TrimPrefix(operator, "Date")
	}
	switch operator {
	case "Equals":
		return comparison == 0
	case "LessThan":
		return comparison < 0
	case "LessThanEquals":
		return comparison <= 0
	case "GreaterThan":
		return comparison > 0
	case "GreaterThanEquals":
		return comparison >= 0
	}
	panic("no such operator")
}

func fold(text string) string { return strings.ToLower(text) }

func slowARN(listed, value string, like func(pattern, text string) bool) bool {
	if listed == "*" {
		return true
	}
	patterns, parts := strings.SplitN(listed, ":", 6), strings.SplitN(value, ":", 6)
	if len(patterns) != 6 || len(parts) != 6 {
		return false
	}
	for i := range patterns {
		if !like(patterns[i], parts[i]) {
			return false
		}
	}
	return true
}

func slowContains(listed, value string) bool {
	if !strings.Contains(listed, "/") {
		return net.ParseIP(listed).Equal(net.ParseIP(value))
	}
	_, network, err := net.ParseCIDR(listed)
	return err == nil && network.Contains(net.ParseIP(value))
}

// TestConditionsAgainstReference asks both about conditions put together at random.
func TestConditionsAgainstReference(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 3))
	holds := 0
	for range 20_000 {
		written, c := randomCondition(r)
		compiled, err := written.compile(true)
		if err != nil {
			t.Fatalf("%+v: %v", written, err)
		}
		want := slowHolds(written, c)
		for _, effect := range []Effect{Allow, Deny} {
			if got := compiled.holds(&Request{Context: c}, effect); got != want {
				t.Fatalf("%+v, context %v: got %t", written, c, got)
			}
		}
		if want {
			holds++
		}
	}
	if holds < 5_000 || holds > 15_000 {
		t.Errorf("%d of 20,000 hold", holds)
	}
}

// randomCondition is a condition on key k, and a context that may have it.
func randomCondition(r *rand.Rand) (condition, Context) {
	names := make([]string, 0, len(operators))
	for name := range operators {
		names = append(names, name)
	}
	name := pick(r, sorted(names))
	listed, asked := valuesFor(name)
	written := condition{operator: name, key: pick(r, []string{"k", "K"}), values: some(r, listed, 3)}
	if name != operatorNull {
		written.operator = pick(r, []string{"", "", forAllValues, forAnyValue}) + name + pick(r, []string{"", "", "IfExists"})
	}
	c := Context{}
	if r.IntN(5) > 0 {
		c["k"] = some(r, asked, 3)
	}
	if r.IntN(3) > 0 {
		c["v"] = []string{"b"}
	}
	return written, c
}

// valuesFor are values that an operator may list, and values that it may be asked about. Many meet.
func valuesFor(operator string) (listed, asked []string) {
	switch {
	case strings.HasPrefix(operator, "Numeric"):
		return same("0", "1", "-1", "1.0", "1.5", "-1.5", "0.1", "10", "9", "007", "100000000000000000000.5", "-0")
	case strings.HasPrefix(operator, "Date"):
		return same("2026-11-22T12:00:00Z", "2026-11-22T13:00:00+01:00", "2026-11-22T12:00:00.5Z", "2025-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z")
	case strings.HasPrefix(operator, "Arn"):
		return []string{"*", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/b", "arn:*:s3:::?", "arn:aws:iam::1:role/${v}", "arn:aws:s3:*:*:*:b"},
			[]string{"arn:aws:iam::1:role/b", "arn:aws:iam::1:role/a/b", "arn:aws:s3:::b", "arn:aws:s3:::x:b", "b", "arn:aws:iam::1"}
	case strings.HasSuffix(operator, "IpAddress"):
		return []string{"10.0.0.0/8", "10.1.2.3", "10.1.0.0/16", "2001:db8::/32", "2001:db8::1", "0.0.0.0/0"},
			[]string{"10.1.2.3", "10.2.2.3", "11.1.1.1", "2001:db8::1", "2001:db9::1"}
	case operator == "Bool", operator == operatorNull:
		return same("true", "false")
	case operator == "BinaryEquals":
		return same("AA==", "AQ==", "QmluYXJ5")
	case strings.HasSuffix(operator, "Like"):
		return []string{"a*", "*b", "?", "a?b*", "${v}", "*${v}*", "b", "${*}"}, []string{"a", "b", "ab", "axb", "axbc", "*", ""}
	}
	return []string{"a", "b", "B", "${v}", "x${v}", "*", "é"}, []string{"a", "b", "xb", "A", "*", "É", ""}
}

func same(values ...string) (listed, asked []string) { return values, values }
