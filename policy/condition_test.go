package policy

import (
	"strings"
	"testing"
)

// outcomes is what a condition on key k comes to, for an Allow and for a Deny.
type outcomes struct{ allow, deny bool }

var (
	yes   = outcomes{true, true}
	no    = outcomes{false, false}
	doubt = outcomes{false, true} // a value that is not understood decides
)

type conditionTest struct {
	operator string
	values   string // of the condition, with | between them; "" has none
	request  string // likewise; "-" is no key, "" is a key with no value
	want     outcomes
}

func split(values string) []string {
	if values == "" {
		return nil
	}
	return strings.Split(values, "|")
}

func testConditions(t *testing.T, tests []conditionTest) {
	t.Helper()
	for _, test := range tests {
		c := Context{"v": {"value"}, "yes": {"true"}, "several": {"a", "b"}}
		if test.request != "-" {
			c["k"] = split(test.request)
		}
		written := condition{operator: test.operator, key: "K", values: split(test.values)}
		if err := checkCondition(written); err != nil {
			t.Errorf("%s %q: %v", test.operator, test.values, err)
			continue
		}
		compiled, err := written.compile(true)
		if err != nil {
			t.Errorf("%s %q: %v", test.operator, test.values, err)
			continue
		}
		got := outcomes{compiled.holds(&Request{Context: c}, Allow), compiled.holds(&Request{Context: c}, Deny)}
		if got != test.want {
			t.Errorf("%s %q, request %q: got %v, want %v", test.operator, test.values, test.request, got, test.want)
		}
	}
}

func TestStringConditions(t *testing.T) {
	t.Parallel()
	testConditions(t, []conditionTest{
		{"StringEquals", "a", "a", yes},
		{"StringEquals", "a", "A", no},
		{"StringEquals", "a|b", "b", yes},
		{"StringEquals", "a|b", "c", no},
		{"StringEquals", "a*", "ab", no},
		{"StringEquals", "a*", "a*", yes},
		{"StringEquals", "${v}", "value", yes},
		{"StringEquals", "${nobody}", "", no},
		{"StringEquals", "${several}", "a", no},
		{"StringEquals", "${nobody, 'd'}", "d", yes},
		{"StringEquals", "", "a", no}, // no value matches nothing
		{"StringNotEquals", "a", "a", no},
		{"StringNotEquals", "a", "b", yes},
		{"StringNotEquals", "a|b", "b", no},
		{"StringNotEquals", "a|b", "c", yes},
		{"StringNotEquals", "${nobody}", "x", yes},
		{"StringNotEquals", "", "a", yes},
		{"StringEqualsIgnoreCase", "aB", "Ab", yes},
		{"StringEqualsIgnoreCase", "É", "é", yes},
		{"StringEqualsIgnoreCase", "a", "b", no},
		{"StringEqualsIgnoreCase", "x${V}x", "XVALUEX", yes},
		{"StringEqualsIgnoreCase", "${nobody}", "x", no},
		{"StringEqualsIgnoreCase", "a*", "ab", no},
		{"StringNotEqualsIgnoreCase", "a", "A", no},
		{"StringNotEqualsIgnoreCase", "a", "b", yes},
		{"StringNotEqualsIgnoreCase", "${nobody}", "x", yes},
		{"StringLike", "a*", "ab", yes},
		{"StringLike", "a*", "AB", no},
		{"StringLike", "a?", "ab", yes},
		{"StringLike", "*", "anything:at/all", yes},
		{"StringLike", "a*:c", "a:b:c", yes}, // unlike an ARN's
		{"StringLike", "${v}*", "values", yes},
		{"StringLike", "a${*}", "ab", no},
		{"StringLike", "x|a*", "ab", yes},
		{"StringNotLike", "a*", "ab", no},
		{"StringNotLike", "a*", "b", yes},
		{"StringNotLike", "a*|b*", "b", no},
	})
}

func TestNumericConditions(t *testing.T) {
	t.Parallel()
	const huge = "100000000000000000000000000000000000000000000000000"
	testConditions(t, []conditionTest{
		{"NumericEquals", "10", "10", yes},
		{"NumericEquals", "10", "10.000", yes},
		{"NumericEquals", "10", "+0010", yes},
		{"NumericEquals", "-0", "0.0", yes},
		{"NumericEquals", "-1", "1", no},
		{"NumericEquals", "1|2", "2", yes},
		{"NumericEquals", "0.1", "0.10", yes},
		{"NumericEquals", "0.1", "0.1000000000000000055511151231257827", no}, // as float64 they are one
		{"NumericEquals", "9007199254740993", "9007199254740992", no},        // these too
		{"NumericEquals", huge, huge + "1", no},
		{"NumericNotEquals", "10", "10.0", no},
		{"NumericNotEquals", "10", "11", yes},
		{"NumericLessThan", "10", "9.999", yes},
		{"NumericLessThan", "10", "10", no},
		{"NumericLessThan", "10", "9", yes}, // and not by letter
		{"NumericLessThan", "-10", "-11", yes},
		{"NumericLessThan", "-10", "-9", no},
		{"NumericLessThan", "0", "-0.5", yes},
		{"NumericLessThan", "5|50", "40", yes},
		{"NumericLessThanEquals", "10", "10", yes},
		{"NumericLessThanEquals", "10", "10.1", no},
		{"NumericGreaterThan", "10", "10.01", yes},
		{"NumericGreaterThan", "10", "10", no},
		{"NumericGreaterThan", "-2", "-1.5", yes},
		{"NumericGreaterThan", "-2", "1", yes},
		{"NumericGreaterThan", "1", huge, yes},
		{"NumericGreaterThanEquals", "10", "10", yes},
		{"NumericGreaterThanEquals", "10", "9", no},
		{"NumericGreaterThan", "10", "many", doubt},
		{"NumericGreaterThan", "10", "1e9", doubt},
		{"NumericNotEquals", "10", "many", doubt},
		{"NumericLessThanIfExists", "10", "many", doubt},
		{"NumericLessThan", "10", "many|5", yes}, // 5 is enough
		{"NumericLessThan", "10", "5|many", yes},
		{"NumericLessThan", "10", "many|50", doubt},
		{"ForAllValues:NumericLessThan", "10", "5|many", doubt},
		{"ForAllValues:NumericLessThan", "10", "many|50", no},
		{"ForAnyValue:NumericNotEquals", "10", "many|10", doubt},
	})
}

func TestBoolConditions(t *testing.T) {
	t.Parallel()
	testConditions(t, []conditionTest{
		{"Bool", "true", "true", yes},
		{"Bool", "true", "True", yes},
		{"Bool", "TRUE", "true", yes},
		{"Bool", "true", "false", no},
		{"Bool", "false", "false", yes},
		{"Bool", "true|false", "false", yes},
		{"Bool", "true", "yes", doubt},
		{"Bool", "false", "1", doubt},
		{"Bool", "${yes}", "TRUE", yes},
		{"Bool", "${yes}", "false", no},
		{"Bool", "${nobody}", "true", no},
		{"Bool", "true", "-", no},
		{"Bool", "false", "-", no},
		{"BoolIfExists", "false", "-", yes},
		{"BoolIfExists", "false", "true", no},
		{"Bool", "", "true", no},
	})
}

func TestNullConditions(t *testing.T) {
	t.Parallel()
	testConditions(t, []conditionTest{
		{"Null", "true", "-", yes},
		{"Null", "true", "", yes}, // a key without values is absent
		{"Null", "true", "a", no},
		{"Null", "false", "a", yes},
		{"Null", "false", "a|b", yes},
		{"Null", "False", "a", yes},
		{"Null", "false", "-", no},
		{"Null", "false", "", no},
		{"Null", "true|false", "-", yes},
		{"Null", "true|false", "a", yes},
		{"Null", "", "-", no},
		{"Null", "", "a", no},
	})
}

func TestBinaryConditions(t *testing.T) {
	t.Parallel()
	testConditions(t, []conditionTest{
		{"BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", yes},
		{"BinaryEquals", "AA==", "AQ==", no},
		{"BinaryEquals", "AA==|AQ==", "AQ==", yes},
		{"BinaryEquals", "AA==", "AA", doubt},
		{"BinaryEquals", "AA==", "AB==", doubt}, // bits that say nothing
		{"BinaryEquals", "AA==", "-", no},
	})
}

func TestAddressConditions(t *testing.T) {
	t.Parallel()
	testConditions(t, []conditionTest{
		{"IpAddress", "203.0.113.0/24", "203.0.113.255", yes},
		{"IpAddress", "203.0.113.0/24", "203.0.114.0", no},
		{"IpAddress", "203.0.113.7/24", "203.0.113.9", yes},
		{"IpAddress", "203.0.113.7", "203.0.113.7", yes},
		{"IpAddress", "203.0.113.7", "203.0.113.8", no},
		{"IpAddress", "0.0.0.0/0", "8.8.8.8", yes},
		{"IpAddress", "0.0.0.0/0", "2001:db8::1", no},
		{"IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678:ffff::1", yes},
		{"IpAddress", "2001:db8::1", "2001:db8:0:0::1", yes},
		{"IpAddress", "2001:db8::1", "2001:db8::2", no},
		{"IpAddress", "::/0", "10.0.0.1", no},
		{"IpAddress", "10.0.0.0/8|2001:db8::/32", "2001:db8::9", yes},
		{"IpAddress", "10.0.0.0/8", "::ffff:10.1.2.3", yes}, // one address, two spellings
		{"IpAddress", "::ffff:10.0.0.0/104", "10.1.2.3", yes},
		{"IpAddress", "::ffff:10.0.0.0/104", "11.1.2.3", no},
		{"IpAddress", "::ffff:10.1.2.3", "10.1.2.3", yes},
		{"IpAddress", "::ffff:0:0/96", "8.8.8.8", yes},
		{"IpAddress", "fe80::/10", "fe80::1%eth0", yes},
		{"NotIpAddress", "fe80::/10", "fe80::1%eth0", no},
		{"NotIpAddress", "203.0.113.0/24", "203.0.113.1", no},
		{"NotIpAddress", "203.0.113.0/24", "198.51.100.1", yes},
		{"NotIpAddress", "203.0.113.0/24|198.51.100.0/24", "198.51.100.1", no},
		{"NotIpAddress", "10.0.0.0/8", "::ffff:10.1.2.3", no},
		{"IpAddress", "10.0.0.0/8", "ec2.amazonaws.com", doubt},
		{"NotIpAddress", "10.0.0.0/8", "ec2.amazonaws.com", doubt},
		{"NotIpAddress", "10.0.0.0/8", "10.0.0.1:443", doubt},
		{"IpAddress", "10.0.0.0/8", "010.0.0.1", doubt},
		{"NotIpAddress", "10.0.0.0/8", "-", yes},
		{"IpAddress", "10.0.0.0/8", "-", no},
	})
}

func TestARNConditions(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::123456789012:role/ops"
	testConditions(t, []conditionTest{
		{"ArnEquals", role, role, yes},
		{"ArnEquals", "arn:aws:iam::*:role/*", role, yes}, // the same as ArnLike
		{"ArnLike", "arn:aws:iam::*:role/*", role, yes},
		{"ArnLike", "arn:aws:iam::*:user/*|arn:aws:iam::*:role/*", role, yes},
		{"ArnLike", "arn:aws:iam::*:user/*", role, no},
		{"ArnLike", "arn:aws:iam::*:user/*", "ops", no},
		{"ArnLike", "*", role, yes},
		{"ArnNotEquals", "arn:aws:iam::*:role/*", role, no},
		{"ArnNotLike", "arn:aws:iam::*:user/*", role, yes},
		{"ArnNotLike", "arn:aws:iam::*:user/*", "ops", yes}, // what is no ARN is certainly none of these
		{"ArnNotLike", "arn:aws:iam::*:user/*", "-", yes},
		{"ArnLike", "arn:aws:iam::123456789012:role/${v}", "arn:aws:iam::123456789012:role/value", yes},
		{"ArnNotLike", "${nobody}", role, yes},
	})
}

// What happens without a value, and with several, is the same for all operators.
func TestAbsentKeys(t *testing.T) {
	t.Parallel()
	for operator, value := range oneValueEach() {
		negated := strings.Contains(operator, "Not")
		want := map[string]outcomes{
			operator:                                no,
			operator + "IfExists":                   yes,
			"ForAllValues:" + operator:              yes,
			"ForAnyValue:" + operator:               no,
			"ForAllValues:" + operator + "IfExists": yes,
			"ForAnyValue:" + operator + "IfExists":  yes,
		}
		if negated {
			want[operator] = yes
		}
		for name, outcome := range want {
			testConditions(t, []conditionTest{{name, value, "-", outcome}, {name, value, "", outcome}})
		}
	}
}

// oneValueEach is a value for each operator but Null.
func oneValueEach() map[string]string {
	values := map[string]string{}
	for name := range operators {
		switch {
		case strings.HasPrefix(name, "Numeric"):
			values[name] = "1"
		case strings.HasPrefix(name, "Date"):
			values[name] = "2026-11-22"
		case strings.HasPrefix(name, "Arn"):
			values[name] = "arn:aws:iam::123456789012:role/ops"
		case strings.HasSuffix(name, "IpAddress"):
			values[name] = "10.0.0.0/8"
		case name == "Bool":
			values[name] = "true"
		case name != operatorNull:
			values[name] = "AA=="
		}
	}
	return values
}

func TestSeveralValues(t *testing.T) {
	t.Parallel()
	testConditions(t, []conditionTest{
		{"StringEquals", "a|b", "a|x", yes}, // without a prefix, some value
		{"StringEquals", "a|b", "x|y", no},
		{"StringNotEquals", "a|b", "x|a", no}, // negated, every value
		{"StringNotEquals", "a|b", "x|y", yes},
		{"ForAnyValue:StringEquals", "a|b", "x|a", yes},
		{"ForAnyValue:StringEquals", "a|b", "x|y", no},
		{"ForAllValues:StringEquals", "a|b", "a|b", yes},
		{"ForAllValues:StringEquals", "a|b", "b", yes},
		{"ForAllValues:StringEquals", "a|b", "a|x", no},
		{"ForAnyValue:StringNotEquals", "a|b", "a|x", yes},
		{"ForAnyValue:StringNotEquals", "a|b", "a|b", no},
		{"ForAllValues:StringNotEquals", "a|b", "x|y", yes},
		{"ForAllValues:StringNotEquals", "a|b", "x|a", no},
		{"ForAllValues:StringLike", "a*", "a1|a2", yes},
		{"ForAnyValue:StringLikeIfExists", "a*", "b", no},
		{"ForAllValues:StringEquals", "", "a", no},
		{"ForAnyValue:StringNotEquals", "", "a", yes},
		{"ForAnyValue:ArnLike", "arn:aws:iam::*:role/*", "x|arn:aws:iam::1:role/y", yes},
		{"ForAllValues:Bool", "true", "true|true", yes},
	})
}

func TestConditionRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ operator, values, message string }{
		{"a", "b", textSyntax},
		{"a", "", textSyntax},
		{"", "b", textSyntax},
		{"stringEquals", "a", textSyntax},
		{"StringEqualsifexists", "a", textSyntax},
		{"ForAnyValue::StringEquals", "a", textSyntax},
		{"ForAnyvalue:StringEquals", "a", textSyntax},
		{"ForAnyValue:ForAllValues:StringEquals", "a", textSyntax},
		{"IfExists", "a", textSyntax},
		{"ForAllValues:", "a", textSyntax},
		{"StringEqualsIfExistsIfExists", "a", textSyntax},
		{"NullIfExists", "true", textSyntax},
		{"ForAnyValue:Null", "true", textSyntax},
		{"BinaryNotEquals", "AA==", textSyntax},
		{"NumericEquals", "", ""},
		{"NumericEquals", "ten", textSyntax},
		{"NumericEquals", "1|ten", textSyntax},
		{"NumericEquals", " 1", textSyntax},
		{"NumericEquals", "1.", textSyntax},
		{"NumericEquals", ".5", textSyntax},
		{"NumericEquals", "--1", textSyntax},
		{"NumericEquals", "+-1", textSyntax},
		{"NumericEquals", "1.2.3", textSyntax},
		{"NumericEquals", "1e3", textSyntax},
		{"NumericEquals", "0x10", textSyntax},
		{"NumericEquals", "${v}", textSyntax},
		{"DateEquals", "tomorrow", textLegacy},
		{"DateEquals", "${v}", textLegacy},
		{"Bool", "yes", textSyntax},
		{"Bool", "true ", textSyntax},
		{"Bool", "${v", textSyntax},
		{"Null", "${v}", textSyntax},
		{"Null", "maybe", textSyntax},
		{"BinaryEquals", "A", textSyntax},
		{"BinaryEquals", "AA", textSyntax},
		{"IpAddress", "10.0.0.0/33", textSyntax},
		{"IpAddress", "10.0.0.0/255.0.0.0", textSyntax},
		{"IpAddress", "10.0.0", textSyntax},
		{"IpAddress", "10.*", textSyntax},
		{"IpAddress", "*", textSyntax},
		{"IpAddress", "${v}", textSyntax},
		{"IpAddress", "fe80::1%eth0", textSyntax},
		{"IpAddress", "fe80::%eth0/64", textSyntax},
		{"ArnEquals", "ops", textSyntax},
		{"ArnLike", "arn:aws:iam::*", textSyntax},
		{"StringEquals", "${", ""}, // it is text in 2008
		{"StringEquals", "\xff", textSyntax},
	} {
		err := checkCondition(condition{operator: test.operator, key: "k", values: split(test.values)})
		switch {
		case test.message == "" && err != nil:
			t.Errorf("%s %q: %v", test.operator, test.values, err)
		case test.message != "" && err == nil:
			t.Errorf("%s %q is taken", test.operator, test.values)
		case test.message != "" && (err.Message != test.message || err.Detail == ""):
			t.Errorf("%s %q: %v", test.operator, test.values, err)
		}
	}
}

// Variables are text in a document of 2008, and a fault in one is a fault only where it is a variable.
func TestConditionVersions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, value string
		variables   bool
		want        bool // it compiles
	}{
		{"a fault, 2012", "${v", true, false},
		{"a fault, 2008", "${v", false, true},
		{"a variable, 2012", "${v}", true, true},
		{"a variable, 2008", "${v}", false, true},
	} {
		c := condition{operator: "StringEquals", key: "k", values: []string{test.value}}
		compiled, err := c.compile(test.variables)
		if (err == nil) != test.want {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if err == nil && compiled.holds(&Request{Context: Context{"k": {test.value}, "v": {"x"}}}, Allow) == test.variables {
			t.Errorf("%s: the text matches itself only in 2008", test.name)
		}
	}
	b := condition{operator: "Bool", key: "k", values: []string{"${v}"}}
	if _, err := b.compile(false); err == nil {
		t.Error("in 2008, ${v} is neither true nor false")
	}
}
