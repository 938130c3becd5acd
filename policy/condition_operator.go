package policy

// An operator is a condition operator without prefix and suffix.
type operator struct {
	// compile makes a matcher of a condition's values. variables says whether the document may have policy variables:
	// the operators of strings, ARNs and booleans take them.
	compile func(values []string, variables bool) (matcher, error)
	negated bool
	alone   bool // there is no prefix and no IfExists
}

// operators are those of spec section 9.3. Their names are case-sensitive.
var operators = map[string]operator{
	"StringEquals":              {compile: compileStrings},
	"StringNotEquals":           {compile: compileStrings, negated: true},
	"StringEqualsIgnoreCase":    {compile: compileFolded},
	"StringNotEqualsIgnoreCase": {compile: compileFolded, negated: true},
	"StringLike":                {compile: compileLike},
	"StringNotLike":             {compile: compileLike, negated: true},

	"NumericEquals":            {compile: compileNumbers(equal)},
	"NumericNotEquals":         {compile: compileNumbers(equal), negated: true},
	"NumericLessThan":          {compile: compileNumbers(less)},
	"NumericLessThanEquals":    {compile: compileNumbers(less | equal)},
	"NumericGreaterThan":       {compile: compileNumbers(greater)},
	"NumericGreaterThanEquals": {compile: compileNumbers(greater | equal)},

	"DateEquals":            {compile: compileDates(equal)},
	"DateNotEquals":         {compile: compileDates(equal), negated: true},
	"DateLessThan":          {compile: compileDates(less)},
	"DateLessThanEquals":    {compile: compileDates(less | equal)},
	"DateGreaterThan":       {compile: compileDates(greater)},
	"DateGreaterThanEquals": {compile: compileDates(greater | equal)},

	"Bool":         {compile: compileBooleans},
	"BinaryEquals": {compile: compileBinaries},

	"IpAddress":    {compile: compileNetworks},
	"NotIpAddress": {compile: compileNetworks, negated: true},

	"ArnEquals":    {compile: compileARNs},
	"ArnLike":      {compile: compileARNs},
	"ArnNotEquals": {compile: compileARNs, negated: true},
	"ArnNotLike":   {compile: compileARNs, negated: true},

	operatorNull: {compile: compileNull, alone: true},
}

// An order is the outcome of a comparison, or several that will do.
type order uint8

const (
	less order = 1 << iota
	equal
	greater
)

// ordered is the order of what cmp.Compare and its like return.
func ordered(comparison int) order {
	switch {
	case comparison < 0:
		return less
	case comparison > 0:
		return greater
	}
	return equal
}

// compileEach compiles all values of a condition.
func compileEach[T any](values []string, compile func(string) (T, error)) ([]T, error) {
	compiled := make([]T, 0, len(values))
	for _, value := range values {
		v, err := compile(value)
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, v)
	}
	return compiled, nil
}
