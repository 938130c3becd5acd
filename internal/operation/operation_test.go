package operation_test

import (
	"context"
	"errors"
	"io"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/sts"
)

// TestRows checks what no compiler sees: that the tags of every input and output struct can be read, and that a secret
// member is marked wherever one is.
func TestRows(t *testing.T) {
	t.Parallel()
	for o := range operation.NewTable(nil, nil, &sts.Service{}, &iam.Service{}).All() {
		if err := query.CheckInput(o.Input); err != nil {
			t.Errorf("%s: %v", o.Name, err)
		}
		if err := query.CheckOutput(o.Output); err != nil {
			t.Errorf("%s: %v", o.Name, err)
		}
		for i := range o.Input.NumField() {
			field := o.Input.Field(i)
			isSecret := strings.Contains(field.Name, "Code") || strings.HasSuffix(field.Name, "Password") && field.Type.Kind() == reflect.String
			if isSecret && field.Tag.Get("secret") != "true" {
				t.Errorf("%s: the member %s is not marked secret", o.Name, field.Name)
			}
		}
	}
}

// TestAdmission holds spec sections 3.5, 5.3, 5.9 and 6: which credentials may try which operations, whatever policies say.
func TestAdmission(t *testing.T) {
	t.Parallel()
	log := audit.New(nopCloser{io.Discard})
	t.Cleanup(func() { _ = log.Close() })
	table := operation.NewTable(log, nil, &sts.Service{}, &iam.Service{})
	const (
		session = "AccessDenied: Cannot call ACTION with session credentials"
		hidden  = "InvalidClientTokenId: The security token included in the request is invalid"
		assumes = "AccessDenied: Roles may not be assumed by root accounts."
	)
	noMFA, mfa := &aws.Session{}, &aws.Session{MFAAuthenticatedAt: time.Unix(1, 0)}
	callers := []struct {
		kind    aws.PrincipalType
		session *aws.Session
		iam     string
		other   map[string]string // by STS action; "" is all that are not named
	}{
		{aws.UserPrincipal, nil, "", nil},
		{aws.RootPrincipal, nil, "", map[string]string{"AssumeRole": assumes}},
		{aws.UserPrincipal, noMFA, hidden, map[string]string{"": session, "AssumeRole": "", "GetCallerIdentity": ""}},
		{aws.UserPrincipal, mfa, "", map[string]string{"": session, "AssumeRole": "", "GetCallerIdentity": ""}},
		{aws.RootPrincipal, mfa, "", map[string]string{"": session, "AssumeRole": assumes, "GetCallerIdentity": ""}},
		{aws.RolePrincipal, noMFA, "", map[string]string{"GetSessionToken": session, "GetFederationToken": session}},
		{aws.FederatedPrincipal, noMFA, hidden, map[string]string{"": session, "GetCallerIdentity": ""}},
		{aws.AssumedRootPrincipal, noMFA, "", map[string]string{
			"GetSessionToken": session, "GetFederationToken": session, "AssumeRole": assumes,
		}},
		{aws.DelegatedPrincipal, noMFA, hidden, map[string]string{"": session, "GetCallerIdentity": ""}},
	}
	for o := range table.All() {
		for _, c := range callers {
			call := aws.Call{Caller: aws.Caller{Principal: aws.Principal{Type: c.kind, AccountID: "123456789012"}, Session: c.session}}
			want, named := c.other[o.Action()]
			switch {
			case o.Admits == operation.NoCredentials:
				want = ""
			case strings.HasPrefix(o.Name, "iam:"):
				want = c.iam
				if c.kind == aws.DelegatedPrincipal && reads.MatchString(o.Action()) {
					want = ""
				}
			case !named:
				want = c.other[""]
			}
			if got := admission(t, table, call, o); got != strings.ReplaceAll(want, "ACTION", o.Action()) {
				t.Errorf("%s by %+v: got %q, want %q", o.Name, c, got, want)
			}
		}
	}
}

var reads = regexp.MustCompile("^(Get|List|Simulate)")

// admission returns the refusal of admission, or "" for an operation that got beyond it: a user without policies is then
// refused by authorisation, or by the missing parameters and services.
func admission(t *testing.T, table *operation.Table, call aws.Call, o *operation.Operation) (text string) {
	t.Helper()
	defer func() {
		if recover() != nil {
			text = "" // it ran, and found no store
		}
	}()
	_, refusal := table.Invoke(context.Background(), call, o, nil)
	if refusal == nil || refusal.Code == aws.ValidationError || strings.Contains(refusal.Message, "not authorized") {
		return ""
	}
	return string(refusal.Code) + ": " + refusal.Message
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// failingSink can't be written.
type failingSink struct{}

func (failingSink) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }
func (failingSink) Close() error              { return nil }

// TestNothingUnrecorded shows that nothing is done while the audit log can't be written.
func TestNothingUnrecorded(t *testing.T) {
	t.Parallel()
	log := audit.New(failingSink{})
	t.Cleanup(func() { _ = log.Close() })
	table := operation.NewTable(log, nil, &sts.Service{}, &iam.Service{})
	o, refusal := table.Find("sts", "GetCallerIdentity", "2011-06-15", true)
	if refusal != nil {
		t.Fatal(refusal)
	}
	call := aws.Call{Caller: aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: "123456789012"}}}
	for log.Err() == nil { // the first line is taken; the failure to write it comes to light a moment later
		if result, _ := table.Invoke(context.Background(), call, o, nil); result == nil && log.Err() == nil {
			t.Fatal("refused although the log has not failed yet")
		}
	}
	result, refusal := table.Invoke(context.Background(), call, o, nil)
	if result != nil || refusal == nil || refusal.Code != aws.InternalFailure {
		t.Errorf("got %v, %v with a log that can't be written", result, refusal)
	}
	if strings.Contains(refusal.Message, "space") {
		t.Errorf("the client reads %q", refusal.Message)
	}
}

// TestFind holds spec section 1.4: a service, an action and a version together name an operation.
func TestFind(t *testing.T) {
	t.Parallel()
	table := operation.NewTable(nil, nil, nil, nil)
	tests := []struct {
		service, action, version string
		given                    bool
		want                     string
	}{
		{"sts", "GetSessionToken", "2011-06-15", true, ""},
		{"iam", "GetSessionToken", "2011-06-15", true, "Could not find operation GetSessionToken for version 2011-06-15"},
		{"sts", "getsessiontoken", "2011-06-15", true, "Could not find operation getsessiontoken for version 2011-06-15"},
		{"sts", "GetSessionToken", "", false, "Could not find operation GetSessionToken for version NO_VERSION_SPECIFIED"},
		{"sts", "GetSessionToken", "NO_VERSION_SPECIFIED", true, "Could not find operation GetSessionToken for version NO_VERSION_SPECIFIED"},
		{"sts", "", "2011-06-15", true, "Could not find operation  for version 2011-06-15"},
	}
	for _, tt := range tests {
		o, refusal := table.Find(tt.service, tt.action, tt.version, tt.given)
		if tt.want == "" && (o == nil || refusal != nil) {
			t.Errorf("%s %s: not found: %v", tt.service, url.QueryEscape(tt.action), refusal)
		}
		if tt.want != "" && (refusal == nil || refusal.Message != tt.want || refusal.Code != aws.InvalidAction) {
			t.Errorf("%s %s: got %v, want %s", tt.service, tt.action, refusal, tt.want)
		}
	}
}
