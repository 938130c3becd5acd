package s3

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

const (
	namespace   = "http://s3.amazonaws.com/doc/2006-03-01/"
	maxElements = 20_000
	maxDepth    = 12
)

// element has either text or children: no attributes, no prefix, no mixture.
type element struct {
	name     string
	text     string
	children []*element
}

// parseXML reads a document strictly: no document type, entities of its own, CDATA, comments, processing instructions,
// attributes but the name space of the root, or anything beside the root. What it accepts, every reader takes for the same.
func parseXML(body []byte) (*element, bool) {
	// Nothing but document types, CDATA and comments begins with these two bytes.
	if bytes.Contains(body, []byte("<!")) {
		return nil, false
	}
	body, ok := trimDeclaration(body)
	if !ok {
		return nil, false
	}
	r := xmlReader{decoder: xml.NewDecoder(bytes.NewReader(body))}
	for {
		token, err := r.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return r.root, r.root != nil && len(r.open) == 0
		}
		if err != nil || !r.take(token) {
			return nil, false
		}
	}
}

// trimDeclaration takes <?xml ...?> away, which may name no encoding but UTF-8.
func trimDeclaration(body []byte) ([]byte, bool) {
	if !bytes.HasPrefix(body, []byte("<?xml ")) {
		return body, true
	}
	declaration, rest, ok := bytes.Cut(body, []byte("?>"))
	if !ok {
		return nil, false
	}
	words := strings.Fields(strings.NewReplacer("'", `"`).Replace(string(declaration[len("<?xml"):])))
	for i, word := range words {
		switch strings.ToLower(word) {
		case `version="1.0"`, `encoding="utf-8"`, `standalone="yes"`, `standalone="no"`:
		default:
			return nil, false
		}
		if i > 2 {
			return nil, false
		}
	}
	return rest, true
}

type xmlReader struct {
	decoder  *xml.Decoder
	root     *element
	open     []*element
	elements int
}

func (r *xmlReader) take(token xml.Token) bool {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		return r.end(t)
	case xml.CharData:
		return r.data(string(t))
	}
	return false
}

func (r *xmlReader) start(t xml.StartElement) bool {
	r.elements++
	for _, a := range t.Attr {
		if r.root != nil || a.Name.Space != "" || a.Name.Local != "xmlns" || a.Value != namespace || len(t.Attr) > 1 {
			return false
		}
	}
	if t.Name.Space != "" || r.elements > maxElements || len(r.open) >= maxDepth {
		return false
	}
	e := &element{name: t.Name.Local}
	if len(r.open) == 0 {
		if r.root != nil {
			return false
		}
		r.root = e
	} else {
		parent := r.open[len(r.open)-1]
		if !isBlank(parent.text) {
			return false
		}
		parent.text = ""
		parent.children = append(parent.children, e)
	}
	r.open = append(r.open, e)
	return true
}

func (r *xmlReader) end(t xml.EndElement) bool {
	last := len(r.open) - 1
	if last < 0 || t.Name.Space != "" || t.Name.Local != r.open[last].name {
		return false
	}
	r.open = r.open[:last]
	return true
}

func (r *xmlReader) data(text string) bool {
	if len(r.open) == 0 {
		return isBlank(text)
	}
	e := r.open[len(r.open)-1]
	if e.children != nil {
		return isBlank(text)
	}
	e.text += text
	return true
}

func isBlank(s string) bool { return strings.Trim(s, " \t\r\n") == "" }

// only returns the text of the children, of which each has one of the names, no children, and is there once.
func (e *element) only(names ...string) (map[string]string, bool) {
	values := map[string]string{}
	for _, child := range e.children {
		_, twice := values[child.name]
		known := false
		for _, name := range names {
			known = known || name == child.name
		}
		if twice || !known || child.children != nil {
			return nil, false
		}
		values[child.name] = child.text
	}
	return values, e.children != nil || isBlank(e.text)
}

// child returns the one child of the name; nil when there is none. Of two, ok is false.
func (e *element) child(name string) (found *element, ok bool) {
	for _, child := range e.children {
		if child.name == name {
			if found != nil {
				return nil, false
			}
			found = child
		}
	}
	return found, true
}

// document writes the tree in its one form.
func (e *element) document() []byte {
	b := append([]byte(xml.Header), '<')
	b = append(append(b, e.name...), ` xmlns="`+namespace+`">`...)
	b = e.appendContent(b)
	return append(append(append(b, "</"...), e.name...), '>')
}

func (e *element) appendContent(b []byte) []byte {
	if e.children == nil {
		return appendText(b, e.text)
	}
	for _, child := range e.children {
		b = append(append(append(b, '<'), child.name...), '>')
		b = child.appendContent(b)
		b = append(append(append(b, "</"...), child.name...), '>')
	}
	return b
}
