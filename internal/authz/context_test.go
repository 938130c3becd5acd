package authz

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

var (
	now   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	alice = aws.Principal{Type: aws.UserPrincipal, AccountID: "123456789012", ID: "AIDAALICE", Path: "/team/", Name: "alice"}
	root  = aws.Principal{Type: aws.RootPrincipal, AccountID: "123456789012", ID: "123456789012"}
)

// always are the keys that every request has, whoever calls.
func always() policy.Context {
	return policy.Context{
		"aws:currenttime": {"2026-01-02T03:04:05Z"}, "aws:epochtime": {"1767323045"}, "aws:securetransport": {"false"},
		"aws:viaawsservice": {"false"}, "aws:principalisawsservice": {"false"}, "aws:requestedregion": {"us-east-1"},
		"aws:useragent": {"aws-cli/2"}, "aws:sourceip": {"192.0.2.7"}, "aws:principalaccount": {"123456789012"},
	}
}

// TestContextOfCallers holds the table of spec section 4: what is there, what is false and what is absent.
func TestContextOfCallers(t *testing.T) {
	t.Parallel()
	user := policy.Context{
		"aws:principalarn": {"arn:aws:iam::123456789012:user/team/alice"}, "aws:userid": {"AIDAALICE"},
		"aws:username": {"alice"}, "aws:principaltype": {"User"}, "aws:principaltag/costcenter": {"42"},
	}
	tests := []struct {
		name   string
		caller aws.Caller
		tags   []store.Tag
		want   []policy.Context
	}{
		{"a long-term key has no MFA keys", aws.Caller{Principal: alice}, costCenter, []policy.Context{user}},
		{
			"a session without MFA says false",
			aws.Caller{Principal: alice, Session: &aws.Session{IssuedAt: now.Add(-time.Minute)}},
			costCenter,
			[]policy.Context{user, {"aws:multifactorauthpresent": {"false"}, "aws:tokenissuetime": {"2026-01-02T03:03:05Z"}}},
		},
		{
			"a session with MFA says how old it is",
			aws.Caller{Principal: alice, Session: &aws.Session{IssuedAt: now.Add(-time.Minute), MFAAuthenticatedAt: now.Add(-time.Minute)}},
			costCenter,
			[]policy.Context{user, {
				"aws:multifactorauthpresent": {"true"}, "aws:tokenissuetime": {"2026-01-02T03:03:05Z"}, "aws:multifactorauthage": {"60"},
			}},
		},
		{"root has no user name", aws.Caller{Principal: root}, nil, []policy.Context{
			{"aws:principalarn": {"arn:aws:iam::123456789012:root"}, "aws:userid": {"123456789012"}, "aws:principaltype": {"Account"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := always()
			for _, more := range tt.want {
				for key, values := range more {
					want[key] = values
				}
			}
			if diff := cmp.Diff(want, newFacts(callOf(tt.caller), tt.tags).whole(policy.Context{})); diff != "" {
				t.Errorf("context (-want +got):\n%s", diff)
			}
		})
	}
}

var costCenter = []store.Tag{{TagKey: "CostCenter", TagValue: "42"}}

func callOf(c aws.Caller) aws.Call {
	return aws.Call{Caller: c, Now: now, SourceIP: netip.MustParseAddr("192.0.2.7"), UserAgent: "aws-cli/2", Region: "us-east-1"}
}

// TestContextOfRequests holds where a key comes from: the transport, the resource, the parameters. What is true of the
// caller can't be said otherwise by a parameter.
func TestContextOfRequests(t *testing.T) {
	t.Parallel()
	call := callOf(aws.Caller{Principal: alice})
	call.SecureTransport, call.Referer = true, "https://example.com/"
	call.SourceIP = netip.MustParseAddr("fe80::1%eth0")
	resource := target{
		arn: "arn:aws:iam::123456789012:user/bob", tags: []store.Tag{{TagKey: "Team", TagValue: "red"}}, entity: true,
		boundaryARN: "arn:aws:iam::123456789012:policy/fence",
	}
	given := map[string][]string{"aws:requesttag/team": {"blue"}, "aws:tagkeys": {"Team"}, "aws:principalarn": {"forged"}}
	got := newFacts(call, nil).whole(requestContext(resource, given))
	want := policy.Context{
		"aws:securetransport": {"true"}, "aws:referer": {"https://example.com/"}, "aws:sourceip": {"fe80::1"},
		"aws:resourceaccount": {"123456789012"}, "aws:resourcetag/team": {"red"}, "iam:resourcetag/team": {"red"},
		"iam:permissionsboundary": {"arn:aws:iam::123456789012:policy/fence"},
		"aws:requesttag/team":     {"blue"}, "aws:tagkeys": {"Team"}, "aws:principalarn": {alice.ARN()},
	}
	for key, values := range want {
		if diff := cmp.Diff(values, got[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	// The boundary in a request takes the place of the one that is there (aws-iam section 16).
	got = requestContext(resource, map[string][]string{"iam:permissionsboundary": {"new"}})
	if diff := cmp.Diff([]string{"new"}, got["iam:permissionsboundary"]); diff != "" {
		t.Errorf("boundary (-want +got):\n%s", diff)
	}
}

// TestSuffix holds the texts of spec section 5.6.
func TestSuffix(t *testing.T) {
	t.Parallel()
	tests := []struct {
		outcome policy.Outcome
		kind    policy.Kind
		want    string
	}{
		{policy.ImplicitDeny, policy.KindIdentity, " because no identity-based policy allows the iam:GetUser action"},
		{policy.ExplicitDeny, policy.KindIdentity, " with an explicit deny in an identity-based policy"},
		{policy.ImplicitDeny, policy.KindBoundary, " because no permissions boundary allows the iam:GetUser action"},
		{policy.ExplicitDeny, policy.KindBoundary, " with an explicit deny in a permissions boundary"},
		{policy.ImplicitDeny, policy.KindSession, " because no session policy allows the iam:GetUser action"},
		{policy.ExplicitDeny, policy.KindSession, " with an explicit deny in a session policy"},
		{policy.ImplicitDeny, policy.KindResource, " because no resource-based policy allows the iam:GetUser action"},
		{policy.ExplicitDeny, policy.KindResource, " with an explicit deny in a resource-based policy"},
		{policy.ImplicitDeny, policy.KindTrust, " because no role trust policy allows the iam:GetUser action"},
		{policy.ExplicitDeny, policy.KindTrust, " with an explicit deny in the role trust policy"},
		{policy.ImplicitDeny, policy.KindServiceControl, " with an explicit deny in a service control policy"},
		{policy.ExplicitDeny, policy.KindServiceControl, " with an explicit deny in a service control policy"},
		{policy.ExplicitDeny, policy.KindResourceControl, " with an explicit deny in a resource control policy"},
	}
	for _, tt := range tests {
		if got := (policy.Decision{Outcome: tt.outcome, Kind: tt.kind}).Denial("iam:GetUser"); got != tt.want {
			t.Errorf("outcome %d, kind %d: got %q, want %q", tt.outcome, tt.kind, got, tt.want)
		}
	}
}
