package authz_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/daypass/daypass/internal/authmessage"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

func source(t *testing.T, grammar policy.Grammar, statement string) policy.Source {
	t.Helper()
	p, err := policy.Parse(grammar, document(statement))
	if err != nil {
		t.Fatal(err)
	}
	return policy.Source{ID: "p", Policy: p}
}

// TestEncodedMessage shows what a message tells of a resource of the caller's account, and what it keeps of another's.
func TestEncodedMessage(t *testing.T) {
	t.Parallel()
	const own, other = "123456789012", "210987654321"
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	ring, err := authmessage.NewRing(handle)
	if err != nil {
		t.Fatal(err)
	}
	call := aws.Call{Now: time.Unix(1_800_000_000, 0), Caller: aws.Caller{Principal: aws.Principal{
		Type: aws.UserPrincipal, AccountID: own, ID: "AIDAALICEALICEALICEAA", Path: "/", Name: "alice",
	}}}
	deny := func(sid, rest string) string {
		return `{"Sid":"` + sid + `","Effect":"Deny","Action":"s3:*","Resource":"*"` + rest + `}`
	}
	policies := policy.Policies{
		Identity:       []policy.Source{source(t, policy.InlinePolicy, deny("identity", ""))},
		Session:        []policy.Source{source(t, policy.SessionPolicy, deny("session", ""))},
		HasSession:     true,
		Resource:       []policy.Source{source(t, policy.ResourcePolicy, deny("resource", `,"Principal":"*"`))},
		ServiceControl: [][]policy.Source{{source(t, policy.ServiceControlPolicy, deny("control", ""))}},
	}
	boundary := source(t, policy.ManagedPolicy, deny("boundary", ""))
	policies.Boundary = &boundary
	all := []string{"aws:principaltag/a", "aws:requesttag/a", "aws:resourcetag/a", "aws:userid", "s3:existingobjecttag/a"}
	tests := []struct {
		name, account    string
		statements, keys []string
	}{
		{"own account", "", []string{"boundary", "identity", "resource", "session"}, all},
		{"own account by name", own, []string{"boundary", "identity", "resource", "session"}, all},
		{"another account", other, []string{"boundary", "identity", "session"}, []string{"aws:principaltag/a", "aws:requesttag/a", "aws:userid"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			request := policy.Request{
				Principal: policy.Principal{Type: policy.User, Account: own, ARN: call.Caller.ARN(), ID: call.Caller.ID},
				Action:    "s3:GetObject", Resource: "arn:aws:s3:::bucket/key", ResourceAccount: tt.account,
				Context: policy.Context{
					"aws:userid": {"x"}, "aws:principaltag/a": {"x"}, "aws:requesttag/a": {"x"}, "aws:resourcetag/a": {"x"}, "s3:existingobjecttag/a": {"x"},
				},
			}
			message, err := authz.EncodedMessage(ring, call, &policies, &request)
			if err != nil {
				t.Fatal(err)
			}
			text, err := ring.Open(message, own, call.Now)
			if err != nil {
				t.Fatal(err)
			}
			if stranger, err := ring.Open(message, other, call.Now); err == nil {
				t.Errorf("the resource's account reads %s", stranger)
			}
			statements, keys := told(t, text)
			if diff := cmp.Diff(tt.statements, statements); diff != "" {
				t.Error("statements", diff)
			}
			if diff := cmp.Diff(tt.keys, keys); diff != "" {
				t.Error("keys", diff)
			}
			if len(request.Context) != 5 || !strings.Contains(text, `"explicitDeny":true`) {
				t.Errorf("%v %s", request.Context, text)
			}
		})
	}
	if message, err := authz.EncodedMessage(ring, aws.Call{Now: call.Now}, &policies, &policy.Request{}); err == nil {
		t.Errorf("nobody has a message: %s", message)
	}
}

// told are the ids of the statements and the condition keys that a decoded message tells.
func told(t *testing.T, text string) (statements, keys []string) {
	t.Helper()
	var decoded struct {
		MatchedStatements struct {
			Items []struct{ StatementID string }
		}
		Context struct {
			Conditions struct{ Items []struct{ Key string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		t.Fatal(err)
	}
	for _, s := range decoded.MatchedStatements.Items {
		statements = append(statements, s.StatementID)
	}
	for _, c := range decoded.Context.Conditions.Items {
		keys = append(keys, c.Key)
	}
	slices.Sort(statements)
	return statements, keys
}
