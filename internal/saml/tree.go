package saml

import (
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// Trees are read with these functions, and not by etree's own paths: those take a name for the same in any name space.

func is(e *etree.Element, space, tag string) bool {
	return e.Tag == tag && e.NamespaceURI() == space
}

func children(e *etree.Element, space, tag string) []*etree.Element {
	var found []*etree.Element
	for _, child := range e.ChildElements() {
		if is(child, space, tag) {
			found = append(found, child)
		}
	}
	return found
}

// only is for the elements of which there must be one.
func only(e *etree.Element, space, tag string) (*etree.Element, error) {
	found := children(e, space, tag)
	if len(found) != 1 {
		return nil, fmt.Errorf("the %s has %d elements %s and must have one", e.Tag, len(found), tag)
	}
	return found[0], nil
}

// attribute returns the value of an attribute in no name space, and "" when there is none.
func attribute(e *etree.Element, name string) string {
	for _, a := range e.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value
		}
	}
	return ""
}

// text returns the whole of an element that has text and nothing else. What a part of it may mean to one reader, it must
// not mean to another.
func text(e *etree.Element) (string, error) {
	var b strings.Builder
	for _, token := range e.Child {
		data, ok := token.(*etree.CharData)
		if !ok {
			return "", fmt.Errorf("the %s has more than text in it", e.Tag)
		}
		b.WriteString(data.Data)
	}
	return b.String(), nil
}

// trimmed is text of a kind for which white space around it means nothing.
func trimmed(e *etree.Element) (string, error) {
	t, err := text(e)
	return strings.Trim(t, "\t\r\n "), err
}

// walk visits an element and all below it.
func walk(e *etree.Element, visit func(*etree.Element) error) error {
	if err := visit(e); err != nil {
		return err
	}
	for _, child := range e.ChildElements() {
		if err := walk(child, visit); err != nil {
			return err
		}
	}
	return nil
}

// parseTree reads a document into a tree, after the guard has let it pass.
func parseTree(document string) (*etree.Element, error) {
	// Comments, sections of literal text and declarations. No provider is known to write any, and with them two readers may
	// see two texts where there is one. In what is well-formed the two characters stand for nothing else.
	if strings.Contains(document, "<!") {
		return nil, errors.New("there is a comment, a CDATA section or a document type declaration")
	}
	if err := check(document, responseBounds); err != nil {
		return nil, err
	}
	d := etree.NewDocument()
	if err := d.ReadFromString(document); err != nil {
		return nil, err
	}
	return d.Root(), nil
}
