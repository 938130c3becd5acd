// Package awscli is the command line of the AWS CLI, version 2, for the operations of STS: its parameters, what it prints in
// each of its formats, its errors and its exit codes.
package awscli

import (
	"strings"
	"unicode"
)

// Kind is the type of a shape.
type Kind int

// The kinds that STS has.
const (
	String Kind = iota
	Integer
	Timestamp
	List
	Structure
)

func (k Kind) String() string {
	return [...]string{"string", "integer", "timestamp", "list", "structure"}[k]
}

// Shape is the type of a parameter or of something in an answer.
type Shape struct {
	Kind    Kind
	Min     int      // of an integer, of a string's length in characters, or of the number of elements
	Element *Shape   // of a list
	Members []Member // of a structure, in AWS's order, which that of the CLI's answers is
}

// Member is one of a structure.
type Member struct {
	Name     string
	Shape    *Shape
	Required bool   // in a request
	Doc      string // of a request, a sentence
}

// description is what AWS's model tells of an operation.
type description struct {
	input, output *Shape // structures
	doc           string
}

func (s *Shape) member(name string) *Member {
	for i := range s.Members {
		if s.Members[i].Name == name {
			return &s.Members[i]
		}
	}
	return nil
}

func (s *Shape) memberNames() []string {
	names := make([]string, len(s.Members))
	for i, m := range s.Members {
		names[i] = m.Name
	}
	return names
}

// kebab is how the AWS CLI spells a name of AWS: GetSessionToken is get-session-token, SAMLAssertion is saml-assertion.
func kebab(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		starts := i > 0 && unicode.IsUpper(r) &&
			(!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if starts {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
