package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A compiledCondition is a condition ready to be asked. It says of each value of its key in a request whether it hits:
// whether it is one of the condition's values or, for a negated operator, none of them. Then either every value of the
// request has to hit, or some value.
//
//	StringEquals                  some value is one of the condition's
//	StringNotEquals               every value is none of them (spec section 9.2: NOR)
//	ForAnyValue:StringEquals      some value is one of them
//	ForAnyValue:StringNotEquals   some value is none of them
//	ForAllValues:StringEquals     every value is one of them
//	ForAllValues:StringNotEquals  every value is none of them
//
// AWS documents operators without a prefix for keys with one value only. For keys with several, they mean the above: so
// a further value in a request never lifts a Deny with a positive operator, and never gains an Allow with a negated one.
type compiledCondition struct {
	key     string // in lower case
	matcher matcher
	negated bool
	every   bool
	absent  bool // the outcome for a key without a value
}

// A matcher knows the values of a condition.
type matcher interface {
	// match says whether a value of a request is one of the condition's. understood is false when the operator can make
	// nothing of it: a word where there should be a number. A condition without values matches nothing.
	match(value string, l lookup) (matched, understood bool)
}

// holds says whether a condition holds in a request. When that hangs on what nobody can tell, or on a value that is not
// understood, it holds for a Deny and fails for an Allow: a caller who gets nonsense into a request gains nothing.
func (cc *compiledCondition) holds(r *Request, e Effect) bool {
	values := r.values(cc.key)
	switch {
	case r.unknown(cc.key):
		return e == Deny
	case len(values) == 0:
		return cc.absent
	}
	l := lookup{request: r, may: (e == Deny) != cc.negated}
	doubt := false
	for _, value := range values {
		matched, understood := cc.matcher.match(value, l)
		switch hit := matched != cc.negated; {
		case !understood:
			doubt = true
		case hit != cc.every:
			return hit
		}
	}
	if doubt {
		return e == Deny
	}
	return cc.every
}

// checkCondition refuses a condition whose operator or values cannot be understood. Whether ${ begins a variable hangs on
// the version of the document, which compile knows: here a value is good if it is good either way.
func checkCondition(c condition) *Error {
	_, err := c.compile(true)
	if err != nil {
		if _, err = c.compile(false); err == nil {
			return nil
		}
	}
	return refusal(err)
}

// refusal is an error of compiling as AWS puts it.
func refusal(err error) *Error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errDate):
		return &Error{Message: textLegacy, Detail: err.Error()}
	case errors.Is(err, errService):
		return &Error{Message: textResourceVendor}
	}
	return &Error{Message: textSyntax, Detail: err.Error()}
}

func (c *condition) compile(variables bool) (compiledCondition, error) {
	name, ifExists, prefix := cutOperator(c.operator)
	op, ok := operators[name]
	if !ok || op.alone && name != c.operator {
		return compiledCondition{}, fmt.Errorf("no such condition operator: %s", quote(c.operator))
	}
	m, err := op.compile(c.values, variables)
	if err != nil {
		return compiledCondition{}, err
	}
	compiled := compiledCondition{
		key:     strings.ToLower(c.key),
		matcher: m,
		negated: op.negated,
		every:   prefix == forAllValues || prefix == "" && op.negated,
	}
	compiled.absent = ifExists || compiled.every
	if name == operatorNull {
		compiled.absent = slices.ContainsFunc(c.values, isTrue)
	}
	return compiled, nil
}

const (
	forAllValues = "ForAllValues:"
	forAnyValue  = "ForAnyValue:"
	operatorNull = "Null"
)

// cutOperator takes an operator apart: ForAnyValue:StringLikeIfExists is ForAnyValue:, StringLike and IfExists.
func cutOperator(operator string) (name string, ifExists bool, prefix string) {
	name, ifExists = strings.CutSuffix(operator, "IfExists")
	for _, prefix := range []string{forAllValues, forAnyValue} {
		if name, ok := strings.CutPrefix(name, prefix); ok {
			return name, ifExists, prefix
		}
	}
	return name, ifExists, ""
}
