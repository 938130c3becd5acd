package awsmodel

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	testRegion  = "eu-west-1"
	testAccount = "123456789012"
)

// row is a line of the table, read here without the package's own reader.
type row struct {
	signing, model, version, protocols, target string
	name, method, uri, fields                  string
}

func tableRows(t testing.TB) []row {
	t.Helper()
	var rows []row
	var model row
	for line := range strings.SplitSeq(strings.TrimSpace(table), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if header, ok := strings.CutPrefix(line, "@"); ok {
			f := strings.Fields(header)
			model = row{signing: f[0], model: f[1], version: f[2], protocols: f[4], target: f[5]}
			continue
		}
		r := model
		r.name, r.fields, _ = strings.Cut(line, "\t")
		if strings.HasPrefix(r.protocols, "rest-") {
			http, fields, _ := strings.Cut(r.fields, "\t")
			r.method, r.uri, _ = strings.Cut(http, " ")
			r.fields = fields
		}
		r.fields += "\t"
		rows = append(rows, r)
	}
	return rows
}

// request is one of the operation in a protocol. Required members are not in the table: it has none.
func (r row) request(protocol string) Request {
	q := Request{Method: "POST", RawPath: "/", Region: testRegion, AccountID: testAccount, Header: map[string][]string{}}
	switch protocol {
	case "json1.0", "json1.1":
		q.Header["X-Amz-Target"] = []string{r.target + "." + r.name}
		q.Header["Content-Type"] = []string{"application/x-amz-json-" + protocol[4:]}
		q.Body = []byte("{}")
	case "query", "ec2":
		q.Header["Content-Type"] = []string{"application/x-www-form-urlencoded; charset=utf-8"}
		q.Body = []byte("Action=" + r.name + "&Version=" + r.version)
	case "cbor":
		q.Header["Smithy-Protocol"] = []string{"rpc-v2-cbor"}
		q.Header["Content-Type"] = []string{"application/cbor"}
		q.RawPath = "/service/" + r.target + "/operation/" + r.name
		q.Body = []byte{0xa0}
	default:
		q.Method = r.method
		q.RawPath, q.RawQuery, _ = strings.Cut(r.uri, "?")
		for strings.Contains(q.RawPath, "{") {
			before, rest, _ := strings.Cut(q.RawPath, "{")
			label, after, _ := strings.Cut(rest, "}")
			value := "x%2F%20y"
			if strings.HasSuffix(label, "+") {
				value = "x/y/z"
			}
			q.RawPath = before + value + after
		}
	}
	return q
}

// TestEveryOperationIsNamed builds a request of every operation and protocol. What it needs is not asked: an empty input
// names no resource.
func TestEveryOperationIsNamed(t *testing.T) {
	t.Parallel()
	rows := tableRows(t)
	if len(rows) < 17_000 {
		t.Fatalf("the table has %d operations", len(rows))
	}
	for _, r := range rows {
		service, ok := Find(r.signing)
		if !ok {
			t.Fatalf("there is no service %s", r.signing)
		}
		for protocol := range strings.SplitSeq(r.protocols, ",") {
			r.checkNamed(t, service, protocol)
		}
	}
}

func (r row) checkNamed(t *testing.T, service *Service, protocol string) {
	t.Helper()
	request := r.request(protocol)
	got, refusal := service.operationsOf(&request)
	if refusal != nil {
		t.Errorf("%s %s in %s: %v", r.model, r.name, protocol, refusal)
		return
	}
	if !slices.ContainsFunc(got, func(op *operation) bool { return op.name == r.name && op.model.name == r.model }) {
		t.Errorf("%s %s in %s is named %s of %s", r.model, r.name, protocol, got[0].name, got[0].model.name)
	}
	if len(got) > 1 && got[0].name != got[1].name && r.signing != "lex" { // two of its APIs have the same request
		t.Errorf("%s %s in %s is also %s", r.model, r.name, protocol, got[1].name)
	}
	call, err := service.Name(request)
	var refused *RefusalError
	switch {
	case err != nil && !errors.As(err, &refused):
		t.Errorf("%s %s: %v is no RefusalError", r.model, r.name, err)
	case err == nil && len(call.Permissions) == 0:
		t.Errorf("%s %s needs nothing", r.model, r.name)
	case err != nil && rules[r.model] == nil && !strings.Contains(r.fields, "a=!\t"):
		t.Errorf("%s %s: %v", r.model, r.name, err)
	}
}

// operationsOf is what Name goes by, up to the resources.
func (s *Service) operationsOf(r *Request) ([]*operation, *RefusalError) {
	switch p := s.Protocol(*r); p {
	case JSON10, JSON11:
		target := r.Header["X-Amz-Target"][0]
		return s.find(target[strings.LastIndexByte(target, '.')+1:], func(m *model) bool { return m.targets(target) }), nil
	case Query, EC2:
		form, refusal := parseForm(string(r.Body))
		return s.find(form[0].value, func(m *model) bool { return m.version == form[1].value && m.speaks(p) }), refusal
	case CBOR:
		parts := strings.Split(r.RawPath, "/")
		return s.find(parts[4], func(m *model) bool { return m.target == parts[2] }), nil
	default:
	}
	parts, refusal := splitPath(r.RawPath)
	if refusal != nil {
		return nil, refusal
	}
	query, _ := parseForm(r.RawQuery)
	ops, _ := s.route(r, parts, query)
	if len(ops) == 0 {
		return nil, refuse(UnknownOperation, "no route")
	}
	return ops, nil
}
