package policy

// compiled is what a statement became when it was compiled.
type compiled struct {
	subjects   []subject
	actions    []pattern // in lower case
	resources  []arnPattern
	conditions []compiledCondition
}

// compile makes the statements of a policy ready for Evaluate. It refuses what Evaluate could not decide by.
func compile(p *Policy) *Error {
	for i := range p.statements {
		s := &p.statements[i]
		if err := s.compile(p.version == version2012); err != nil {
			bad := refusal(err)
			bad.Position = s.Start
			return bad
		}
	}
	return nil
}

func (s *Statement) compile(variables bool) error {
	c := compiled{}
	for _, p := range s.principals {
		c.subjects = append(c.subjects, compileSubject(p, (s.Effect == Deny) != s.notPrincipal))
	}
	for _, text := range s.actions {
		action, err := compilePattern(lower(text), syntax{wildcards: true})
		if err != nil {
			return err
		}
		c.actions = append(c.actions, action)
	}
	for _, text := range s.resources {
		resource, err := compileResource(text, variables)
		if err != nil {
			return err
		}
		c.resources = append(c.resources, resource)
	}
	for i := range s.conditions {
		condition, err := s.conditions[i].compile(variables)
		if err != nil {
			return err
		}
		c.conditions = append(c.conditions, condition)
	}
	s.compiled = c
	return nil
}

// lower folds what is ASCII. Actions have no other letters, and some of those turn into ASCII ones.
func lower(text string) string {
	folded := []byte(text)
	for i, c := range folded {
		if 'A' <= c && c <= 'Z' {
			folded[i] = c + ('a' - 'A')
		}
	}
	return string(folded)
}
