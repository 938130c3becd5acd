package policy

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse holds Parse against encoding/json: what it accepts is JSON, and means what another reader reads in it.
func FuzzParse(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(int(s.grammar), s.document)
	}
	for _, r := range recorded {
		f.Add(int(ManagedPolicy), r.document)
	}
	f.Fuzz(func(t *testing.T, grammar int, document string) {
		g := Grammar(grammar)
		if g < ManagedPolicy || g > ResourceControlPolicy {
			return
		}
		p, err := Parse(g, document)
		if err != nil {
			checkError(t, document, err)
			return
		}
		if !json.Valid([]byte(document)) {
			t.Fatal("accepted, and no JSON")
		}
		if got := readPlainly(t, document); !reflect.DeepEqual(got, summaries(p)) {
			t.Errorf("got  %v\nwant %v", summaries(p), got)
		}
		if got := p.MapPrincipals(func(_, value string) string { return value }); got != document {
			t.Errorf("mapping nothing changes it to %s", got)
		}
		again := p.MapPrincipals(func(kind, _ string) string { return map[string]string{"AWS": "AIDAJQABLZS4A3QDU576Q"}[kind] })
		if !json.Valid([]byte(again)) {
			t.Errorf("mapping makes it %s", again)
		}
		for i := range p.statements {
			s := &p.statements[i]
			if at(document, s.Start, -1) != '{' || at(document, s.End, -1) != '}' {
				t.Errorf("no braces before %v and %v", s.Start, s.End)
			}
		}
		for named := range p.Principals() {
			if at(document, named.Position, 0) != '"' {
				t.Errorf("no string at %v", named.Position)
			}
		}
	})
}

func checkError(t *testing.T, document string, err error) {
	t.Helper()
	var refused *Error
	switch {
	case !errors.As(err, &refused) || refused.Message == "":
		t.Errorf("refused with %v", err)
	case refused.Position.Line < 1 || refused.Position.Line > strings.Count(document, "\n")+1:
		t.Errorf("refused at %v", refused.Position)
	case refused.Position.Column < 1 || refused.Position.Column > utf8.RuneCountInString(document)+1:
		t.Errorf("refused at %v", refused.Position)
	}
}

// at is the character at a place of a document, or some characters from it.
func at(document string, place Position, from int) rune {
	return []rune(strings.Split(document, "\n")[place.Line-1])[place.Column-1+from]
}

// summary is what two readers of a statement must agree on.
type summary struct {
	Sid, Effect            string
	Actions, Resources     []string
	NotAction, NotResource bool
	Principals, Conditions int
}

func summaries(p *Policy) []summary {
	var all []summary
	for _, s := range p.statements {
		effect := map[Effect]string{Allow: "Allow", Deny: "Deny"}[s.Effect]
		all = append(all, summary{
			Sid: s.Sid, Effect: effect, Actions: s.actions, Resources: s.resources, NotAction: s.notAction, NotResource: s.notResource,
			Principals: len(s.principals), Conditions: len(s.conditions),
		})
	}
	return all
}

// readPlainly reads a document that was accepted as plainly as encoding/json lets one.
func readPlainly(t *testing.T, document string) []summary {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal([]byte(document), &whole); err != nil {
		t.Fatal(err)
	}
	statements, many := whole["Statement"].([]any)
	if !many {
		statements = []any{whole["Statement"]}
	}
	var all []summary
	for _, statement := range statements {
		s := statement.(map[string]any)
		sid, _ := s["Sid"].(string)
		one := summary{Sid: sid, Effect: s["Effect"].(string), Actions: []string{}, Resources: []string{}}
		for _, name := range []string{"Action", "NotAction"} {
			one.Actions = append(one.Actions, list(s[name])...)
		}
		for _, name := range []string{"Resource", "NotResource"} {
			one.Resources = append(one.Resources, list(s[name])...)
		}
		_, one.NotAction = s["NotAction"]
		_, one.NotResource = s["NotResource"]
		for _, name := range []string{"Principal", "NotPrincipal"} {
			if kinds, ok := s[name].(map[string]any); ok {
				for _, values := range kinds {
					one.Principals += len(list(values))
				}
			} else {
				one.Principals += len(list(s[name]))
			}
		}
		operators, _ := s["Condition"].(map[string]any)
		for _, keys := range operators {
			one.Conditions += len(keys.(map[string]any))
		}
		all = append(all, one)
	}
	return all
}

func list(value any) (all []string) {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		for _, one := range value {
			all = append(all, one.(string))
		}
	}
	return all
}
