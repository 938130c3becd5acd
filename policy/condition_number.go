package policy

import (
	"cmp"
	"fmt"
	"strings"
)

// numbers are the values of a Numeric operator.
type numbers struct {
	order  order
	values []number
}

func compileNumbers(o order) func([]string, bool) (matcher, error) {
	return func(values []string, _ bool) (matcher, error) {
		all, err := compileEach(values, func(value string) (number, error) {
			n, ok := parseNumber(value)
			if !ok {
				return n, fmt.Errorf("%s is not an integer or a decimal number", quote(value))
			}
			return n, nil
		})
		return numbers{o, all}, err
	}
}

func (n numbers) match(value string, _ lookup) (matched, understood bool) {
	number, ok := parseNumber(value)
	if !ok {
		return false, false
	}
	for i := range n.values {
		if ordered(number.compare(n.values[i]))&n.order != 0 {
			return true, true
		}
	}
	return false, true
}

// A number is an integer or decimal of any length, in its digits: so it is exact, and costs its length to compare. Zero
// has no digits and no sign.
type number struct {
	negative        bool
	whole, fraction string // without zeros at the outer ends
}

// parseNumber reads 10, -10, +1.50 or 0.5. Exponents are not taken: a few characters could be a number of any length.
func parseNumber(text string) (n number, ok bool) {
	text, n.negative = strings.CutPrefix(text, "-")
	if !n.negative {
		text = strings.TrimPrefix(text, "+")
	}
	whole, fraction, point := strings.Cut(text, ".")
	if whole == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return number{}, false
	}
	n.whole, n.fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	n.negative = n.negative && n.whole+n.fraction != ""
	return n, true
}

func (n number) compare(m number) int {
	switch {
	case n.negative && m.negative:
		return m.compareSize(n)
	case n.negative:
		return -1
	case m.negative:
		return 1
	}
	return n.compareSize(m)
}

// compareSize compares without the signs. A longer whole part is a greater one, as no zeros lead it.
func (n number) compareSize(m number) int {
	return cmp.Or(
		cmp.Compare(len(n.whole), len(m.whole)),
		strings.Compare(n.whole, m.whole),
		strings.Compare(n.fraction, m.fraction),
	)
}
