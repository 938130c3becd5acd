package policy

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

const (
	ours   = "123456789012"
	theirs = "210987654321"
)

// Those who make requests in the tests.
var (
	alice = Principal{Type: User, Account: ours, ARN: "arn:aws:iam::" + ours + ":user/team/alice", ID: "AIDAALICEALICEALICEAL"}
	root  = Principal{Type: Root, Account: ours, ARN: "arn:aws:iam::" + ours + ":root"}
	ops   = Principal{
		Type: RoleSession, Account: ours, ID: "AROAOPSOPSOPSOPSOPSOP",
		ARN:     "arn:aws:sts::" + ours + ":assumed-role/ops/monday",
		RoleARN: "arn:aws:iam::" + ours + ":role/team/ops",
	}
	guest    = Principal{Type: FederatedUser, Account: ours, ARN: "arn:aws:sts::" + ours + ":federated-user/guest"}
	ec2      = Principal{Type: Service, Name: "ec2.amazonaws.com"}
	stranger = Principal{Type: Anonymous}
	google   = Principal{Type: WebIdentity, Name: "accounts.google.com"}
	github   = Principal{Type: WebIdentity, ARN: "arn:aws:iam::" + ours + ":oidc-provider/token.actions.githubusercontent.com"}
	saml     = Principal{Type: SAMLIdentity, ARN: "arn:aws:iam::" + ours + ":saml-provider/corp"}
)

// of is a principal like this one of another account.
func (p Principal) of(account string) Principal {
	p.Account = account
	p.ARN = strings.ReplaceAll(p.ARN, ours, account)
	p.RoleARN = strings.ReplaceAll(p.RoleARN, ours, account)
	return p
}

// document is a policy document with these statements.
func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// source is a policy with these statements. Its ID is the grammar's number: tests of what decided look at it.
func source(t testing.TB, g Grammar, statements ...string) Source {
	t.Helper()
	p, err := Parse(g, document(statements...))
	if err != nil {
		t.Fatalf("%v\n%s", err, document(statements...))
	}
	return Source{ID: fmt.Sprint(g), Policy: p}
}

// sources are what one policy with these statements comes to, or none.
func sources(t testing.TB, g Grammar, statements ...string) []Source {
	t.Helper()
	if len(statements) == 0 {
		return nil
	}
	return []Source{source(t, g, statements...)}
}

func request(p Principal, action, resource string) *Request {
	r := &Request{Principal: p, Action: action, Resource: resource, Context: Context{}}
	switch p.Type {
	case User:
		_, name, _ := strings.Cut(p.ARN, ":user/")
		r.Context["aws:username"] = []string{name[strings.LastIndex(name, "/")+1:]}
		r.Context["aws:principalarn"] = []string{p.ARN}
	case RoleSession:
		r.Context["aws:principalarn"] = []string{p.RoleARN}
	default:
	}
	return r
}

// with is the request with more context.
func (r *Request) with(c Context) *Request {
	more := *r
	more.Context = maps.Clone(r.Context)
	maps.Copy(more.Context, c)
	return &more
}

// about is the request with another action and resource.
func (r *Request) about(action, resource string) *Request {
	other := *r
	other.Action, other.Resource = action, resource
	return &other
}

// where is a lookup in a context.
func where(c Context) lookup { return lookup{request: &Request{Context: c}} }

// maybe is the lookup with the other question.
func (l lookup) maybe() lookup {
	l.may = true
	return l
}

func mustCompile(t testing.TB, text string) *pattern {
	t.Helper()
	p, err := compilePattern(text, syntax{wildcards: true, variables: true})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return &p
}
