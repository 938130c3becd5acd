package s3

import (
	"slices"
	"strings"
)

const maxParameters = 100

// authParameters are the query parameters of a presigned request, in their exact case. They end at the gateway.
var authParameters = set("X-Amz-Algorithm X-Amz-Content-Sha256 X-Amz-Credential X-Amz-Date X-Amz-Expires X-Amz-Security-Token " +
	"X-Amz-Signature X-Amz-SignedHeaders")

// presignedMarks are the parameters of which one alone makes a request a presigned one (spec aws-services section 1.5).
var presignedMarks = set("X-Amz-Algorithm X-Amz-Credential X-Amz-Expires X-Amz-Signature X-Amz-SignedHeaders")

// subresources choose an operation. All but uploadId and list-type have no value.
var subresources = set("abac accelerate acl analytics annotation attributes cors delete encryption intelligent-tiering inventory legal-hold " +
	"lifecycle list-type location logging metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable metrics " +
	"notification object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication requestPayment " +
	"restore retention select session tagging torrent uploadId uploads versioning versions website")

// parameters are the query of a request, sorted apart.
type parameters struct {
	sub       string            // the one subresource
	values    map[string]string // of the operation, sub's own among them when it has one
	auth      map[string]string // of the signature
	hoisted   map[string]string // headers that travel in the query of a presigned URL, by name in lower case
	presigned bool
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		m[word] = true
	}
	return m
}

// parseQuery reads the raw query strictly: no name twice, in no case, and one subresource at most (spec aws-services 2.8).
func parseQuery(query string) (parameters, *Error) {
	var p parameters
	if query == "" {
		return p, nil
	}
	if strings.Contains(query, ";") || strings.Count(query, "&") > maxParameters {
		return p, errURI("?" + query)
	}
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, ok := unescape(rawName, true)
		value, valueOK := unescape(rawValue, true)
		if !ok || !valueOK || !isVisible(name) {
			return p, errURI("?" + query)
		}
		if lower := strings.ToLower(name); seen[lower] {
			return p, invalidArgument(name, value, "A query parameter must not occur twice.")
		} else {
			seen[lower] = true
		}
		if err := p.add(name, value); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *parameters) add(name, value string) *Error {
	switch {
	case authParameters[name]:
		p.presigned = p.presigned || presignedMarks[name]
		put(&p.auth, name, value)
	case beginsWithAmz(name) && len(name) > len(amz):
		put(&p.hoisted, strings.ToLower(name), value)
	case name == "x-id": // says nothing that method and subresource do not say
	case name == "AWSAccessKeyId" || name == "Signature":
		return refuse("InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
	case subresources[name]:
		return p.choose(name, value)
	default:
		put(&p.values, name, value)
	}
	return nil
}

func (p *parameters) choose(name, value string) *Error {
	if p.sub != "" {
		return refuse("InvalidArgument", "Conflicting query string parameters: %s, %s", min(p.sub, name), max(p.sub, name)).
			with("ArgumentName", "ResourceType").with("ArgumentValue", name)
	}
	p.sub = name
	switch {
	case name == "uploadId":
		if !isToken(value) {
			return invalidArgument(name, value, "The upload ID is not valid.")
		}
		put(&p.values, name, value)
	case name == "list-type":
		if value != "2" {
			return invalidArgument(name, value, "Invalid List Type specified in Request")
		}
		put(&p.values, name, value)
	case value != "":
		return invalidArgument(name, value, "A subresource must not have a value.")
	}
	return nil
}

func put(m *map[string]string, name, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[name] = value
}

// isToken holds ids that a backend gave out to what has one reading in a URL, in XML and in a header.
func isToken(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte("-._~+/=", s[i]) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 1024
}

// checkValues refuses parameters that the operation does not have, and values that have no meaning or several.
func (p *parameters) checkValues(o *operation) *Error {
	for name, value := range p.values {
		if !o.query[name] && name != p.sub {
			return invalidArgument(name, value, "The query parameter does not belong to the operation %s.", o.name)
		}
		if err := checkValue(name, value); err != nil {
			return err
		}
	}
	for _, name := range o.required {
		if _, ok := p.values[name]; !ok {
			return refuse("InvalidArgument", "The operation %s requires the parameter %s.", o.name, name).with("ArgumentName", name)
		}
	}
	return nil
}

func checkValue(name, value string) *Error {
	switch name {
	case "versionId":
		if value == "" {
			return invalidArgument(name, value, "Version id cannot be the empty string")
		}
		if !isToken(value) {
			return invalidArgument(name, value, "Invalid version id specified")
		}
	case "partNumber":
		if n, ok := number(value); !ok || n < 1 || n > 10000 {
			return invalidArgument(name, value, "Part number must be an integer between 1 and 10000, inclusive")
		}
	case "max-keys", "max-uploads", "max-parts", "max-buckets":
		if _, ok := number(value); !ok {
			return invalidArgument(name, value, "Provided %s not an integer or within integer range", name)
		}
	case "select-type":
		if value != "2" {
			return invalidArgument(name, value, "The select type is not valid.")
		}
	case "encoding-type":
		if value != "url" {
			return invalidArgument(name, value, "Invalid Encoding Method specified in Request")
		}
	}
	return nil
}

// number reads an integer from 0 to 2147483647 in its shortest form.
func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
		if n > 1<<31-1 {
			return 0, false
		}
	}
	return n, s != "" && (s[0] != '0' || s == "0")
}

// appendQuery writes the canonical query: names sorted, a subresource without a sign of equality.
func appendQuery(b []byte, sub string, values map[string]string) []byte {
	names := make([]string, 0, len(values)+1)
	for name := range values {
		names = append(names, name)
	}
	if _, ok := values[sub]; sub != "" && !ok {
		names = append(names, sub)
	}
	slices.Sort(names)
	separator := byte('?')
	for _, name := range names {
		b = appendEscaped(append(b, separator), name, false)
		if value, ok := values[name]; ok {
			b = appendEscaped(append(b, '='), value, false)
		}
		separator = '&'
	}
	return b
}
