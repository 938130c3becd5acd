package policy

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strings"
)

// Size is how many characters of a document count against the quotas (spec section 9.4): all but white space.
func Size(text string) int {
	size := 0
	for _, char := range text {
		if !strings.ContainsRune(" \t\r\n", char) {
			size++
		}
	}
	return size
}

// ContextKeys are the condition keys and policy variables of the document as they are written, each where it is first
// seen (aws-iam section 15.3). Keys that differ in case only are one key. ${*}, ${?} and ${$} are no variables, and a
// document of 2008 has none.
func (p *Policy) ContextKeys() []string { return slices.Clone(p.contextKeys) }

func (d *draft) contextKeys(version string) []string {
	var keys []string
	seen := map[string]bool{}
	for _, n := range d.names {
		folded := strings.ToLower(n.name)
		if n.variable && version != version2012 || seen[folded] {
			continue
		}
		seen[folded] = true
		keys = append(keys, n.name)
	}
	return keys
}

// AllowsService says whether a statement with Allow names an action of a service, such as iam. What a Deny takes away, and
// resources and conditions, are not looked at. NotAction names what it leaves of the service, if not all of it is listed.
func (p *Policy) AllowsService(namespace string) bool {
	for i := range p.statements {
		if s := &p.statements[i]; s.Effect == Allow && s.namesService(namespace) {
			return true
		}
	}
	return false
}

func (s *Statement) namesService(namespace string) bool {
	for _, action := range s.actions {
		vendor, name, _ := strings.Cut(action, ":")
		if action != "*" && vendor != "*" && !strings.EqualFold(vendor, namespace) {
			continue
		}
		if !s.notAction {
			return true
		}
		if action == "*" || name != "" && strings.Trim(name, "*") == "" {
			return false
		}
	}
	return s.notAction
}

// NamedPrincipal is a value of a Principal or NotPrincipal element.
type NamedPrincipal struct {
	Kind     string // AWS, Federated, Service, CanonicalUser, or "*" for the bare asterisk
	Value    string
	Position Position
}

// Principals are the values of all Principal and NotPrincipal elements, in the document's order.
func (p *Policy) Principals() iter.Seq[NamedPrincipal] {
	return func(yield func(NamedPrincipal) bool) {
		at := lines{text: p.text}
		for i := range p.statements {
			for _, named := range p.statements[i].principals {
				if !yield(NamedPrincipal{Kind: named.kind, Value: named.value, Position: at.position(named.start)}) {
					return
				}
			}
		}
	}
}

// MapPrincipals is the document with f's values in place of those of Principal and NotPrincipal elements, but for the bare
// asterisk. Everything else stays as it is, byte for byte. So IAM keeps the ids of users and roles and shows their ARNs.
func (p *Policy) MapPrincipals(f func(kind, value string) string) string {
	var mapped strings.Builder
	done := 0
	for i := range p.statements {
		for _, named := range p.statements[i].principals {
			if named.kind == "*" {
				continue
			}
			value := f(named.kind, named.value)
			if value == named.value {
				continue
			}
			mapped.WriteString(p.text[done:named.start])
			mapped.WriteString(quoteJSON(value))
			done = named.end
		}
	}
	mapped.WriteString(p.text[done:])
	return mapped.String()
}

func quoteJSON(value string) string {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("internal error: a string that is no JSON: " + err.Error())
	}
	return strings.TrimSuffix(quoted.String(), "\n")
}
