package saml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// What bounds the work of a document beside its length. Metadata has some hundred elements, and about ten levels.
const (
	maxDepth    = 100
	maxElements = 100_000
)

// guard hands on the raw tokens of a document and refuses what package xml lets pass: a document type with whatever it
// declares, processing instructions, text or a second element beside the root, attributes that can be mistaken for each
// other.
type guard struct {
	raw      *xml.Decoder
	depth    int
	elements int // seen so far
}

// Token is for xml.NewTokenDecoder, which checks that elements end, and resolves name spaces.
func (g *guard) Token() (xml.Token, error) {
	token, err := g.raw.RawToken()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case xml.StartElement:
		err = g.start(t)
	case xml.EndElement:
		g.depth--
	case xml.CharData:
		if g.depth == 0 && strings.Trim(string(t), "\t\r\n ") != "" {
			err = errors.New("there is text outside the root element")
		}
	case xml.ProcInst:
		if t.Target != "xml" || g.elements > 0 {
			err = errors.New("there is a processing instruction")
		}
	case xml.Directive:
		err = errors.New("there is a document type declaration")
	}
	if err != nil {
		return nil, err // beside a token, package xml would overlook the error
	}
	return token, nil
}

func (g *guard) start(e xml.StartElement) error {
	if g.depth == 0 && g.elements > 0 {
		return errors.New("there is more than one root element")
	}
	if g.elements++; g.elements > maxElements {
		return fmt.Errorf("there are more than %d elements", maxElements)
	}
	if g.depth++; g.depth > maxDepth {
		return fmt.Errorf("elements are nested deeper than %d", maxDepth)
	}
	seen := make(map[string]bool, len(e.Attr))
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" {
			continue
		}
		// Package xml does not tell entityID from x:entityID where a struct says nothing of a name space.
		if seen[a.Name.Local] {
			return fmt.Errorf("the element %s has two attributes %s", e.Name.Local, a.Name.Local)
		}
		seen[a.Name.Local] = true
	}
	return nil
}
