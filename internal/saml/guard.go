package saml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// bounds limit the work of a document beside its length.
type bounds struct {
	depth, elements int
	attributes      int // of one element, name space declarations among them
	prefixes        int // different ones that are declared
}

// metadataBounds are generous: metadata has some hundred elements, and about ten levels.
var metadataBounds = bounds{depth: 100, elements: 100_000, attributes: 100, prefixes: 100}

// responseBounds are near to what fits in a response, which anybody may send. Package goxmldsig gives up at 1,000 elements.
var responseBounds = bounds{depth: 30, elements: 900, attributes: 50, prefixes: 30}

// guard hands on the raw tokens of a document and refuses what package xml lets pass: a document type with whatever it
// declares, processing instructions, text or a second element beside the root, attributes that can be mistaken for each
// other.
type guard struct {
	document string
	raw      *xml.Decoder
	bounds   bounds
	depth    int
	elements int             // seen so far
	prefixes map[string]bool // declared so far
	name     string          // of the element that began last
}

func newGuard(document string, b bounds) *guard {
	return &guard{document: document, raw: xml.NewDecoder(strings.NewReader(document)), bounds: b, prefixes: map[string]bool{}}
}

// Token is for xml.NewTokenDecoder, which checks that elements end, and resolves name spaces.
func (g *guard) Token() (xml.Token, error) {
	from := g.raw.InputOffset()
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
		// Nobody needs to write a name in disguise. The five characters that XML has names for are no disguise.
		if g.name == "NameID" && strings.Contains(g.document[from:g.raw.InputOffset()], "&#") {
			err = errors.New("there is a character reference in a NameID")
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
	g.name = e.Name.Local
	if g.elements++; g.elements > g.bounds.elements {
		return fmt.Errorf("there are more than %d elements", g.bounds.elements)
	}
	if g.depth++; g.depth > g.bounds.depth {
		return fmt.Errorf("elements are nested deeper than %d", g.bounds.depth)
	}
	if len(e.Attr) > g.bounds.attributes {
		return fmt.Errorf("the element %s has more than %d attributes", e.Name.Local, g.bounds.attributes)
	}
	seen := make(map[string]bool, len(e.Attr))
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" {
			if g.prefixes[a.Name.Local] = true; len(g.prefixes) > g.bounds.prefixes {
				return fmt.Errorf("there are more than %d name space prefixes", g.bounds.prefixes)
			}
		}
		// Package xml does not tell entityID from x:entityID where a struct says nothing of a name space, and etree does not
		// tell ID from xmlns:ID.
		if seen[a.Name.Local] {
			return fmt.Errorf("the element %s has two attributes %s", e.Name.Local, a.Name.Local)
		}
		seen[a.Name.Local] = true
	}
	return nil
}

// check reads a document for nothing but to have it guarded.
func check(document string, b bounds) error {
	g := newGuard(document, b)
	d := xml.NewTokenDecoder(g)
	_, err := d.Token()
	return g.rest(d, err)
}

// rest reads what follows until the end of the document, unless there was an error before: what is behind the root is the
// guard's to judge as well. An error says where it is.
func (g *guard) rest(d *xml.Decoder, err error) error {
	for err == nil {
		_, err = d.Token()
	}
	if errors.Is(err, io.EOF) {
		if g.elements == 0 {
			return errors.New("there is no element")
		}
		return nil
	}
	line, _ := g.raw.InputPos()
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok { // its line is that of a decoder which sees no text
		err = errors.New(syntax.Msg)
	}
	return fmt.Errorf("line %d: %w", line, err)
}
