package awsmodel

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
)

// Protocol is how a service is spoken to, and how it says no.
type Protocol string

// The protocols (aws-services section 1.2).
const (
	Query    Protocol = "query"
	EC2      Protocol = "ec2"
	JSON10   Protocol = "json1.0"
	JSON11   Protocol = "json1.1"
	RESTJSON Protocol = "rest-json"
	RESTXML  Protocol = "rest-xml"
	CBOR     Protocol = "cbor"
)

const get, post = "GET", "POST"

// Request is what a client sent, after its signature was verified.
type Request struct {
	Method   string
	RawPath  string // as it was sent: not decoded, not cleaned
	RawQuery string
	Header   map[string][]string // by canonical name, as http.Header has them
	Body     []byte

	Region    string // of the credential scope
	AccountID string // of the backend, never what the client says
}

// Call is a request with its one reading. What is forwarded is Method, Path, Query and Body of the Call, and of the headers of
// the Request Content-Type, the protocol's mark and those in Headers.
type Call struct {
	Operation string
	Protocol  Protocol
	Method    string
	Path      string // encoded; begins with a slash
	Query     string // encoded, sorted, without what a presigned URL adds
	Body      []byte // the request's own, until Direct changes an address in it
	// Headers are those of the operation's input: their names, or where a * follows, how their names begin.
	Headers []string
	// Permissions are all needed. There is at least one.
	Permissions []Permission

	addressed string
	direct    func(address string)
}

// Permission is an action on a resource. Its Context has the condition keys that the request fills.
type Permission struct {
	aws.Permission
	// Pattern reports that the resource is not known: it is one that Resource.ARN, with the wildcards of policies, covers.
	// An Allow must cover the pattern, and a Deny that meets it anywhere must refuse.
	Pattern bool
	// Alias is another name that policies use for the resource, or empty: an Allow of either suffices, a Deny of either
	// refuses.
	Alias string
	// Unknown are the condition keys, or with a colon or slash at the end their beginnings, that the resource or the request
	// may have and Context lacks. A Deny on one must refuse.
	Unknown []string
}

// Name says what a request means. The error is a *RefusalError.
func (s *Service) Name(r Request) (*Call, error) {
	p, call, refusal := s.name(&r)
	if refusal != nil {
		refusal.Protocol = p
		return nil, refusal
	}
	return call, nil
}

func (s *Service) name(r *Request) (Protocol, *Call, *RefusalError) {
	p := s.Protocol(*r)
	for _, name := range []string{"X-Amz-Target", "Content-Type", "Smithy-Protocol"} {
		if len(r.Header[name]) > 1 {
			return p, nil, refuse(Ambiguous, "the header %s comes twice", name)
		}
	}
	query, refusal := parseForm(r.RawQuery)
	if refusal != nil {
		return p, nil, refusal
	}
	query = slices.DeleteFunc(query, func(q parameter) bool { return slices.Contains(authParameters, q.name) })
	if refusal = checkMarks(r, query); refusal != nil {
		return p, nil, refusal
	}
	var call *Call
	switch {
	case !s.speaks(p):
		return p, nil, refuse(UnknownOperation, "%s does not speak %s", s.signingName, p)
	case p == CBOR:
		call, refusal = s.nameCBOR(r, query)
	case p == JSON10 || p == JSON11:
		call, refusal = s.nameJSON(r, p, query)
	case p == Query || p == EC2:
		call, refusal = s.nameForm(r, p, query)
	default:
		call, refusal = s.nameREST(r, query)
	}
	return p, call, refusal
}

// checkMarks refuses a request with the marks of two protocols: the backend may go by the other one.
func checkMarks(r *Request, query []parameter) *RefusalError {
	marks := 0
	for _, mark := range []bool{
		len(r.Header["Smithy-Protocol"]) > 0, len(r.Header["X-Amz-Target"]) > 0, isForm(r),
		slices.ContainsFunc(query, func(q parameter) bool { return q.name == "Action" }),
	} {
		if mark {
			marks++
		}
	}
	if marks > 1 {
		return refuse(Ambiguous, "the request names its operation in two ways")
	}
	return nil
}

// Protocol says which protocol a request seems to speak, going by its marks in the order smithy-protocol,
// X-Amz-Target, Action. It is for answers to what could not be read, too.
func (s *Service) Protocol(r Request) Protocol {
	switch {
	case len(r.Header["Smithy-Protocol"]) > 0:
		return CBOR
	case len(r.Header["X-Amz-Target"]) > 0:
		for _, m := range s.models {
			if p := m.jsonProtocol(); p != "" && m.targets(r.Header["X-Amz-Target"][0]) {
				return p
			}
		}
		return s.first(JSON10, JSON11)
	case isForm(&r), strings.HasPrefix(r.RawQuery, "Action="), strings.Contains(r.RawQuery, "&Action="):
		return s.first(Query, EC2)
	}
	for _, m := range s.models { // nothing but REST does without a mark
		if m.speaks(RESTJSON) || m.speaks(RESTXML) {
			return m.protocols[0]
		}
	}
	return s.models[0].protocols[0]
}

// first is the first of the protocols that the service speaks, or else the first.
func (s *Service) first(protocols ...Protocol) Protocol {
	for _, p := range protocols {
		if s.speaks(p) {
			return p
		}
	}
	return protocols[0]
}

func (s *Service) speaks(p Protocol) bool {
	return slices.ContainsFunc(s.models, func(m *model) bool { return m.speaks(p) })
}

func (m *model) jsonProtocol() Protocol {
	for _, p := range []Protocol{JSON10, JSON11} {
		if m.speaks(p) {
			return p
		}
	}
	return ""
}

// targets reports whether an X-Amz-Target is for this model. The operation follows the last dot.
func (m *model) targets(target string) bool {
	dot := strings.LastIndexByte(target, '.')
	return dot >= 0 && m.target == target[:dot]
}

func isForm(r *Request) bool { return mediaType(r) == "application/x-www-form-urlencoded" }

// mediaType is the content type, without the only parameter that says nothing new.
func mediaType(r *Request) string {
	if len(r.Header["Content-Type"]) == 0 {
		return ""
	}
	media, parameter, has := strings.Cut(r.Header["Content-Type"][0], ";")
	if has && !strings.EqualFold(strings.TrimSpace(parameter), "charset=utf-8") {
		return r.Header["Content-Type"][0]
	}
	return strings.ToLower(strings.TrimSpace(media))
}

// find returns the operation in each model that passes.
func (s *Service) find(name string, pass func(*model) bool) []*operation {
	var ops []*operation
	for _, m := range s.models {
		if op, ok := m.operations[name]; ok && pass(m) {
			ops = append(ops, op)
		}
	}
	return ops
}

func (s *Service) nameJSON(r *Request, p Protocol, query []parameter) (*Call, *RefusalError) {
	target := r.Header["X-Amz-Target"]
	if len(target) == 0 {
		return nil, refuse(UnknownOperation, "the request has no X-Amz-Target")
	}
	ops := s.find(target[0][strings.LastIndexByte(target[0], '.')+1:], func(m *model) bool { return m.targets(target[0]) && m.speaks(p) })
	switch {
	case len(ops) == 0:
		return nil, refuse(UnknownOperation, "%s has no operation %q", s.signingName, target[0])
	case r.Method != post || r.RawPath != "/" || len(query) > 0:
		return nil, refuse(Malformed, "the request is not POST / without a query string")
	case mediaType(r) != "application/x-amz-"+strings.Replace(string(p), "json", "json-", 1):
		return nil, refuse(Malformed, "the content type is not the protocol's")
	}
	members, refusal := parseObject(r.Body)
	if refusal != nil {
		return nil, refusal
	}
	if refusal = checkMembers(ops[0], members); refusal != nil {
		return nil, refusal
	}
	call := &Call{Operation: ops[0].name, Protocol: p, Method: post, Path: "/", Body: r.Body}
	if s.signingName == "sqs" {
		call.addressMembers(members)
	}
	return call.permit(s, r, ops, &input{members: members, json: true})
}

// checkMembers holds the members at the top to the model's names. Where those are not known, no two may differ in case
// only: there are backends that take one for the other.
func checkMembers(op *operation, members map[string]json.RawMessage) *RefusalError {
	folded := make(map[string]bool, len(members))
	for name := range members {
		lower := strings.ToLower(name)
		if folded[lower] {
			return refuse(Ambiguous, "the member %q comes twice", name)
		}
		folded[lower] = true
		if op.members != nil && !op.members[name] {
			return refuse(Malformed, "%s has no member %q", op.name, name)
		}
	}
	return nil
}

func (s *Service) nameForm(r *Request, p Protocol, query []parameter) (*Call, *RefusalError) {
	form, refusal := parseForm(string(r.Body))
	switch {
	case refusal != nil:
		return nil, refusal
	case r.Method == post && len(query) == 0 && isForm(r):
	case r.Method == get && len(r.Body) == 0 && !isForm(r):
		form = query
	default:
		return nil, refuse(Malformed, "the request is neither a GET with its parameters in the query string nor a POST with a form")
	}
	if refusal = checkNames(form); refusal != nil {
		return nil, refusal
	}
	in := &input{form: make(map[string]string, len(form)), path: r.RawPath}
	for _, f := range form {
		in.form[f.name] = f.value
	}
	ops := s.find(in.form["Action"], func(m *model) bool { return m.version == in.form["Version"] && m.speaks(p) })
	if len(ops) == 0 {
		return nil, refuse(UnknownOperation, "%s has no action %q in its version %q", s.signingName, in.form["Action"], in.form["Version"])
	}
	if r.RawPath != "/" && s.signingName != "sqs" {
		return nil, refuse(Malformed, "the path is not /")
	}
	delete(in.form, "Action")
	delete(in.form, "Version")
	for name := range in.form {
		top, _, _ := strings.Cut(name, ".")
		known := ops[0].members == nil || ops[0].members[top] || s.signingName == "sqs" && sqsForm[top]
		if !known {
			return nil, refuse(Malformed, "%s has no parameter %q", ops[0].name, name)
		}
	}
	slices.SortFunc(query, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	call := &Call{Operation: ops[0].name, Protocol: p, Method: r.Method, Path: r.RawPath, Query: encodeForm(query), Body: r.Body}
	if s.signingName == "sqs" {
		call.addressForm(form)
	}
	return call.permit(s, r, ops, in)
}

func (s *Service) nameCBOR(r *Request, query []parameter) (*Call, *RefusalError) {
	parts := strings.Split(r.RawPath, "/")
	if len(parts) != 5 || parts[0] != "" || parts[1] != "service" || parts[3] != "operation" {
		return nil, refuse(UnknownOperation, "the path is not /service/SERVICE/operation/OPERATION")
	}
	ops := s.find(parts[4], func(m *model) bool { return m.target == parts[2] && m.speaks(CBOR) })
	switch {
	case len(ops) == 0:
		return nil, refuse(UnknownOperation, "%s has no operation %q", s.signingName, parts[4])
	case r.Method != post || len(query) > 0 || !slices.Equal(r.Header["Smithy-Protocol"], []string{"rpc-v2-cbor"}):
		return nil, refuse(Malformed, "the request is not a POST of rpc-v2-cbor without a query string")
	case mediaType(r) != "application/cbor" && (len(r.Body) > 0 || mediaType(r) != ""):
		return nil, refuse(Malformed, "the content type is not the protocol's")
	}
	members := map[string]json.RawMessage{}
	if len(r.Body) > 0 {
		var refusal *RefusalError
		if members, refusal = parseCBOR(r.Body); refusal != nil {
			return nil, refusal
		}
	}
	if refusal := checkMembers(ops[0], members); refusal != nil {
		return nil, refusal
	}
	call := &Call{Operation: ops[0].name, Protocol: CBOR, Method: post, Path: r.RawPath, Body: r.Body}
	return call.permit(s, r, ops, &input{members: members, json: true})
}

func (s *Service) nameREST(r *Request, query []parameter) (*Call, *RefusalError) {
	parts, refusal := splitPath(r.RawPath)
	if refusal != nil {
		return nil, refusal
	}
	ops, labels := s.route(r, parts, query)
	if len(ops) == 0 {
		return nil, refuse(UnknownOperation, "%s has no operation for %s and this path", s.signingName, r.Method)
	}
	if refusal = checkQuery(ops, query); refusal != nil {
		return nil, refusal
	}
	in := &input{labels: labels, query: query, parts: parts, method: r.Method}
	if in.members, refusal = readBody(r, ops[0]); refusal != nil {
		return nil, refusal
	}
	in.json = in.members != nil
	in.opaque = len(r.Body) > 0 && in.members == nil
	slices.SortStableFunc(query, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	call := &Call{
		Operation: ops[0].name, Protocol: ops[0].model.protocols[0], Method: r.Method, Path: ops[0].path(parts), Query: encodeForm(query),
		Body: r.Body,
	}
	for _, op := range ops {
		call.Headers = append(call.Headers, op.headers...)
	}
	return call.permit(s, r, ops, in)
}

// checkQuery holds the query string to the names of the model.
func checkQuery(ops []*operation, query []parameter) *RefusalError {
	seen := map[string]bool{}
	for _, q := range query {
		known, several := false, false
		for _, op := range ops {
			list, has := op.query[q.name]
			constant := slices.ContainsFunc(op.constants, func(c parameter) bool { return c.name == q.name })
			known = known || has || op.anyQuery || constant
			several = several || (list || op.anyQuery && !has) && !constant
		}
		folded := strings.ToLower(q.name)
		switch {
		case !known:
			return refuse(Malformed, "%s has no query parameter %q", ops[0].name, q.name)
		case seen[folded] && !several:
			return refuse(Ambiguous, "the query parameter %q comes twice", q.name)
		}
		seen[folded] = true
	}
	return nil
}

// readBody reads the JSON of a REST request. Bodies that are the caller's own bytes or XML are left alone.
func readBody(r *Request, op *operation) (map[string]json.RawMessage, *RefusalError) {
	media := mediaType(r)
	switch {
	case op.opaque, len(r.Body) == 0:
		return nil, nil //nolint:nilnil // there is nothing to read
	case op.model.speaks(RESTXML):
		if media != "" && media != "application/xml" && media != "text/xml" {
			return nil, refuse(Malformed, "the content type is not the protocol's")
		}
		return nil, nil //nolint:nilnil // XML names no resource that we derive
	case media != "application/json":
		return nil, refuse(Malformed, "the content type is not the protocol's")
	}
	members, refusal := parseObject(r.Body)
	if refusal != nil {
		return nil, refusal
	}
	return members, checkMembers(op, members)
}
