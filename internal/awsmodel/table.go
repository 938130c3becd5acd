package awsmodel

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// table has a line for each model, which begins with @, and after it a line for each of its operations.
//
//	@SIGNING-NAME MODEL API-VERSION IAM-PREFIX PROTOCOLS TARGET-PREFIX XML-NAMESPACE compatible
//	Operation	METHOD /path/{label}?constant=query	FIELD	FIELD ...
//
// A minus stands for what there is none of. The fields:
//
//	q=  members in the query string; + after a name: it may come more than once; *: any name
//	h=  members in headers; * after a name: it is a prefix
//	m=  members in the body, of services that are known in depth; nothing for none
//	b   the body is the caller's own bytes
//	a=  the actions when they are not the operation's name; ! none is known, ? the body says, @ the HTTP method
//	t=  the action has resource types; those of ec2 are named, ! after a name: it is required
//	p   AWS wants iam:PassRole too when the request names a role
//
// It is text, and not compressed: changes can be read, git compresses it, and a service's part is read in a millisecond.
//
//go:embed operations.txt
var table string

// sections finds the part of the table that is a service's. Nothing is read before the first call.
var sections = sync.OnceValue(func() map[string]func() *Service {
	texts := map[string][]string{}
	_, rest, _ := strings.Cut(table, "\n@")
	for rest != "" {
		var text string
		text, rest, _ = strings.Cut(rest, "\n@")
		signing, _, _ := strings.Cut(text, " ")
		texts[signing] = append(texts[signing], text)
	}
	services := make(map[string]func() *Service, len(texts))
	for signing, models := range texts {
		services[signing] = sync.OnceValue(func() *Service { return newService(signing, models) })
	}
	return services
})

// Service is all that is signed under one name: one API or several.
type Service struct {
	signingName string
	models      []*model
	routes      map[string][]*operation // by routeKey
}

// model is one of AWS's descriptions of an API.
type model struct {
	name, version, prefix, target, namespace string
	protocols                                []Protocol
	compatible                               bool // errors carry the code of the Query protocol
	operations                               map[string]*operation
}

type operation struct {
	model         *model
	name          string
	method        string
	template      []segment
	constants     []parameter
	query         map[string]bool // whether the name may come more than once
	anyQuery      bool
	headers       []string
	members       map[string]bool // nil when they are not known
	opaque        bool            // the body is the caller's own bytes
	actions       string
	hasTypes      bool
	types         map[string]bool // ec2: whether it is required
	passesRole    bool
	trailingSlash bool
	greedys       int
}

// Find returns the service of a signing name, which is the fourth field of a credential scope and compares exactly.
func Find(signingName string) (*Service, bool) {
	service, ok := sections()[signingName]
	if !ok {
		return nil, false
	}
	return service(), true
}

// SigningNames are the services there are.
func SigningNames() []string {
	names := make([]string, 0, len(sections()))
	for name := range sections() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// SigningName is what Find finds the service by.
func (s *Service) SigningName() string { return s.signingName }

func newService(signing string, texts []string) *Service {
	s := &Service{signingName: signing, routes: map[string][]*operation{}}
	for _, text := range texts {
		m := newModel(text)
		s.models = append(s.models, m)
		for _, op := range m.operations {
			if op.method != "" {
				key := op.routeKey()
				s.routes[key] = append(s.routes[key], op)
			}
		}
	}
	for _, ops := range s.routes { // maps have no order, and the first of equals gives a call its name
		slices.SortFunc(ops, func(a, b *operation) int {
			return strings.Compare(a.model.name+" "+a.name, b.model.name+" "+b.name)
		})
	}
	return s
}

func newModel(text string) *model {
	header, rest, _ := strings.Cut(text, "\n")
	f := strings.Split(header, " ")
	m := &model{
		name: f[1], version: f[2], prefix: f[3], target: f[5], namespace: strings.TrimPrefix(f[6], "-"),
		compatible: f[7] == "compatible", operations: map[string]*operation{},
	}
	for name := range strings.SplitSeq(f[4], ",") {
		m.protocols = append(m.protocols, Protocol(name))
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(rest, "\n"), "\n") {
		op := newOperation(m, line)
		m.operations[op.name] = op
	}
	return m
}

func newOperation(m *model, line string) *operation {
	fields := strings.Split(line, "\t")
	op := &operation{model: m, name: fields[0], actions: fields[0]}
	for _, field := range fields[1:] {
		if method, uri, ok := strings.Cut(field, " "); ok {
			op.setRoute(method, uri)
			continue
		}
		kind, value, _ := strings.Cut(field, "=")
		switch kind {
		case "q":
			op.setQuery(value)
		case "h":
			op.headers = strings.Split(value, ",")
		case "m":
			op.members = nameSet(value)
		case "b":
			op.opaque = true
		case "a":
			op.actions = value
		case "t":
			op.hasTypes = true
			op.types = typeSet(value)
		case "p":
			op.passesRole = true
		}
	}
	return op
}

func (op *operation) setQuery(names string) {
	op.query = map[string]bool{}
	for name := range strings.SplitSeq(names, ",") {
		if name == "*" {
			op.anyQuery = true
			continue
		}
		name, several := strings.CutSuffix(name, "+")
		op.query[name] = several
	}
}

func nameSet(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.SplitSeq(names, ",") {
		if name != "" {
			set[name] = true
		}
	}
	return set
}

func typeSet(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.SplitSeq(names, ",") {
		name, required := strings.CutSuffix(name, "!")
		set[name] = required
	}
	return set
}

func (m *model) speaks(p Protocol) bool { return slices.Contains(m.protocols, p) }
