package policy

// Parse reads a document, checks it by its grammar and compiles it. Whatever is not understood is refused. The error is
// an *Error.
func Parse(g Grammar, text string) (*Policy, error) {
	d, bad := read(text)
	if bad == nil {
		bad = g.check(d)
	} else if g == TrustPolicy && d == nil {
		bad.message = textTrustJSON
	}
	if bad != nil {
		return nil, bad.error(g, text)
	}
	p := d.policy(g, text)
	if err := compile(p); err != nil {
		if g == TrustPolicy && err.Message == textSyntax {
			err.Message = textTrustSyntax
		}
		return nil, err
	}
	return p, nil
}

// draft is a document that was read: every element is known and of its type, and nothing else is certain.
type draft struct {
	version    token
	id         token
	statements []*statementDraft
	names      []contextName
	// condition is the first fault in a condition that is not one of syntax: AWS reports it later.
	condition *fault
}

// contextName is a condition key, or what may be one: a policy variable, if the version has them.
type contextName struct {
	name     string
	variable bool
}

// statementDraft is a statement that was read. An offset is that of an element's key; it is 0 when it is not there.
type statementDraft struct {
	start, end        int // of its braces
	sid, effect       token
	action            int
	actions           []token
	notAction         bool
	resource          int
	resources         []token
	notResource       bool
	principal         int
	principals        []principal
	principalIsString bool
	principalKinds    []token
	notPrincipal      bool
	conditions        []condition
	conditionsAt      []int
}

// read reads a document of any grammar. The draft is nil when the text is no JSON at all.
func read(text string) (*draft, *fault) {
	if bad := checkText(text); bad != nil {
		return nil, bad
	}
	d := &draft{}
	r := &documentReader{reader{text: text}, d}
	return d, r.members(func(key token) (bad *fault) {
		switch key.text {
		case "Version":
			d.version, bad = r.string()
		case "Id":
			d.id, bad = r.string()
		case "Statement":
			bad = r.statements()
		default:
			bad = unknown(key)
		}
		return bad
	})
}

func unknown(key token) *fault {
	return &fault{detail: "unknown element " + quote(key.text), at: key.start}
}

// policy is the draft as a Policy that is not yet compiled.
func (d *draft) policy(g Grammar, text string) *Policy {
	p := &Policy{grammar: g, text: text, version: d.version.text, id: d.id.text, statements: make([]Statement, len(d.statements))}
	if !d.version.there() {
		p.version = version2008
	}
	at := lines{text: text}
	for i, s := range d.statements {
		p.statements[i] = s.statement(g)
		p.statements[i].Start = at.position(s.start + 1) // after the brace
		p.statements[i].End = at.position(s.end + 1)
	}
	p.contextKeys = d.contextKeys(p.version)
	return p
}

func (s *statementDraft) statement(g Grammar) Statement {
	effect := Deny
	if s.effect.text == effectAllow {
		effect = Allow
	}
	return Statement{
		Sid: s.sid.text, Effect: effect,
		principals: s.principals, notPrincipal: s.notPrincipal, hasPrincipal: g.hasPrincipal(),
		actions: texts(s.actions), notAction: s.notAction,
		resources: texts(s.resources), notResource: s.notResource, hasResource: g != TrustPolicy,
		conditions: s.conditions,
	}
}

func texts(tokens []token) []string {
	all := make([]string, len(tokens))
	for i, t := range tokens {
		all[i] = t.text
	}
	return all
}
