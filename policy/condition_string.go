package policy

// Strings and ARNs are matched as they are, so every value is understood.

// patterns are the values of StringEquals, whose stars are text, or StringLike.
type patterns []pattern

func compileStrings(values []string, variables bool) (matcher, error) {
	return compilePatterns(values, syntax{variables: variables})
}

func compileLike(values []string, variables bool) (matcher, error) {
	return compilePatterns(values, syntax{wildcards: true, variables: variables})
}

func compilePatterns(values []string, s syntax) (patterns, error) {
	return compileEach(values, func(value string) (pattern, error) { return compilePattern(value, s) })
}

func (p patterns) match(value string, l lookup) (matched, understood bool) {
	for i := range p {
		if p[i].match(value, l) {
			return true, true
		}
	}
	return false, true
}

// folded are the values of StringEqualsIgnoreCase. Case is that of Unicode.
type folded []pattern

func compileFolded(values []string, variables bool) (matcher, error) {
	p, err := compilePatterns(values, syntax{variables: variables})
	return folded(p), err
}

func (f folded) match(value string, l lookup) (matched, understood bool) {
	for i := range f {
		if f[i].equalFold(value, l) {
			return true, true
		}
	}
	return false, true
}

// arnPatterns are the values of ArnEquals and ArnLike, which are the same. A value that is no ARN matches only *.
type arnPatterns []arnPattern

func compileARNs(values []string, variables bool) (matcher, error) {
	p, err := compileEach(values, func(value string) (arnPattern, error) { return compileARN(value, variables) })
	return arnPatterns(p), err
}

func (p arnPatterns) match(value string, l lookup) (matched, understood bool) {
	a := cutParts(value)
	for i := range p {
		if p[i].match(value, &a, l) {
			return true, true
		}
	}
	return false, true
}
