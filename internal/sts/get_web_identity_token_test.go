package sts_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/storetest"
	"github.com/daypass/daypass/internal/sts"
	"github.com/daypass/daypass/internal/webidentity"
)

const account = "123456789012"

var now = time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)

// newService is the service with an account that is an issuer, and a user with tags.
func newService(t *testing.T) (s *sts.Service, issuer string) {
	t.Helper()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "daypass.db")
	storetest.SQLite(t, path)
	st, err := store.Open(ctx, store.Options{URL: path, SealingKey: storetest.KeyFile(t)}, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	s = &sts.Service{Store: st, Authorizer: authz.New(st), Issuers: webidentity.New(st, "https://sts.example")}
	err = st.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: account, Management: 1}),
			tx.InsertUser(ctx, store.InsertUserParams{UserID: "AIDAALICE", AccountID: account, Path: "/a/", UserName: "alice", NameKey: "alice"}),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDAALICE", TagKey: "Team", TagValue: "blue"}),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDAALICE", TagKey: "empty", TagValue: ""}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	if issuer, err = s.Issuers.Enable(ctx, account, now); err != nil {
		t.Fatal(err)
	}
	return s, issuer
}

func callOf(session *aws.Session) aws.Call {
	return aws.Call{Now: now, Region: "eu-west-1", Service: "sts", Caller: aws.Caller{
		Principal: aws.Principal{Type: aws.UserPrincipal, AccountID: account, ID: "AIDAALICE", Path: "/a/", Name: "alice"},
		Session:   session,
	}}
}

func input() *sts.GetWebIdentityTokenInput {
	return &sts.GetWebIdentityTokenInput{Audience: []string{"https://api.example"}, SigningAlgorithm: "ES384"}
}

func tag(key, value string) sts.Tag { return sts.Tag{Key: key, Value: &value} }

func claimsOf(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestWebIdentityClaims(t *testing.T) {
	t.Parallel()
	s, issuer := newService(t)
	const alice = "arn:aws:iam::123456789012:user/a/alice"
	identity := func(more map[string]any) map[string]any {
		claims := map[string]any{
			"aws_account": account, "source_region": "eu-west-1", "principal_id": alice,
			"principal_tags": map[string]any{"Team": "blue", "empty": ""},
		}
		for name, value := range more {
			claims[name] = value
		}
		return claims
	}
	root := callOf(nil)
	root.Caller.Principal = aws.Principal{Type: aws.RootPrincipal, AccountID: account, ID: account}
	tests := []struct {
		name     string
		call     aws.Call
		change   func(*sts.GetWebIdentityTokenInput)
		subject  string
		audience any
		lives    time.Duration
		identity map[string]any
	}{
		{"least", callOf(nil), func(*sts.GetWebIdentityTokenInput) {}, alice, "https://api.example", 300 * time.Second, identity(nil)},
		{
			"most", callOf(nil), func(in *sts.GetWebIdentityTokenInput) {
				in.Audience = []string{"a", "b", "a"}
				in.DurationSeconds = 3600
				in.Tags = []sts.Tag{tag("team", "red"), tag("aws:x", `"é<`)}
			},
			alice,
			[]any{"a", "b", "a"},
			time.Hour,
			identity(map[string]any{"request_tags": map[string]any{"team": "red", "aws:x": `"é<`}}),
		},
		{
			"root", root, func(*sts.GetWebIdentityTokenInput) {}, "arn:aws:iam::123456789012:root", "https://api.example", 300 * time.Second,
			map[string]any{"aws_account": account, "source_region": "eu-west-1", "principal_id": "arn:aws:iam::123456789012:root"},
		},
		{
			"session that ends with the token", callOf(&aws.Session{ExpiresAt: now.Truncate(time.Second).Add(300 * time.Second)}),
			func(*sts.GetWebIdentityTokenInput) {}, alice, "https://api.example", 300 * time.Second,
			identity(map[string]any{"original_session_exp": "2026-01-02T03:09:05Z"}),
		},
	}
	seen := map[any]bool{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := input()
			test.change(in)
			out, err := s.GetWebIdentityToken(t.Context(), test.call, in)
			if err != nil {
				t.Fatal(err)
			}
			issuedAt := now.Truncate(time.Second)
			claims := claimsOf(t, out.WebIdentityToken)
			if seen[claims["jti"]] {
				t.Error("another token has the same id")
			}
			seen[claims["jti"]] = true
			want := map[string]any{
				"iss": issuer, "sub": test.subject, "aud": test.audience, "jti": claims["jti"],
				"iat": float64(issuedAt.Unix()), "exp": float64(issuedAt.Add(test.lives).Unix()),
				"https://sts.amazonaws.com/": test.identity,
			}
			if diff := cmp.Diff(want, claims); diff != "" {
				t.Errorf("claims (-want +got)\n%s", diff)
			}
			if want := issuedAt.Add(test.lives); !out.Expiration.Equal(want) {
				t.Errorf("Expiration is %v, want %v", out.Expiration, want)
			}
		})
	}
}

func TestWebIdentityRefusals(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	var large []sts.Tag
	for i := range 50 {
		large = append(large, tag(fmt.Sprint("k", i), strings.Repeat("é", 256)))
	}
	elsewhere := callOf(nil)
	elsewhere.Caller.AccountID = "222222222222"
	tests := []struct {
		name string
		call aws.Call
		tags []sts.Tag
		want aws.Code
	}{
		{"a second beyond the session", callOf(&aws.Session{ExpiresAt: now.Truncate(time.Second).Add(299 * time.Second)}), nil, aws.SessionDurationEscalation},
		{"too many tags", callOf(nil), large, aws.JWTPayloadSizeExceeded},
		{"one tag twice", callOf(nil), []sts.Tag{tag("É", "1"), tag("é", "1")}, aws.InvalidParameterValue},
		{"an account that is no issuer", elsewhere, nil, aws.OutboundFederationDisabled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := input()
			in.Tags = test.tags
			_, err := s.GetWebIdentityToken(t.Context(), test.call, in)
			if refusal, ok := errors.AsType[*aws.Error](err); !ok || refusal.Code != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestWebIdentityPermissions(t *testing.T) {
	t.Parallel()
	in := input()
	in.Audience = []string{"a", "b"}
	self := aws.Resource{ARN: "arn:aws:sts::123456789012:self", Text: "arn:aws:sts::123456789012:self"}
	given := map[string][]string{
		"sts:identitytokenaudience": {"a", "b"}, "sts:signingalgorithm": {"ES384"}, "sts:durationseconds": {"300"},
	}
	want := []aws.Permission{{Resource: self, Context: given}}
	if diff := cmp.Diff(want, in.Permissions(callOf(nil))); diff != "" {
		t.Errorf("without tags (-want +got)\n%s", diff)
	}
	in.DurationSeconds = 60
	in.Tags = []sts.Tag{tag("Team", "x"), tag("team", "y")}
	given["sts:durationseconds"] = []string{"60"}
	given["aws:requesttag/team"] = []string{"x", "y"}
	given["aws:tagkeys"] = []string{"Team", "team"}
	want = append(want, aws.Permission{Action: "sts:TagGetWebIdentityToken", Resource: self, Context: given})
	if diff := cmp.Diff(want, in.Permissions(callOf(nil))); diff != "" {
		t.Errorf("with tags (-want +got)\n%s", diff)
	}
}

// TestWebIdentityTokenTagKeys shows that a token has no two tags that are one to policies: they would judge either.
func TestWebIdentityTokenTagKeys(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	value := "x"
	for second, want := range map[string]aws.Code{
		"ship": aws.InvalidParameterValue, "SHIP": aws.InvalidParameterValue, "sh\u0130p": aws.InvalidParameterValue, "\u017fhip": "",
	} {
		_, err := s.GetWebIdentityToken(t.Context(), callOf(nil), &sts.GetWebIdentityTokenInput{
			Audience: []string{"a"}, SigningAlgorithm: "ES384", Tags: []sts.Tag{{Key: "ship", Value: &value}, {Key: second, Value: &value}},
		})
		var got aws.Code
		if refusal, ok := errors.AsType[*aws.Error](err); ok {
			got = refusal.Code
		}
		if got != want {
			t.Errorf("%q: %v", second, err)
		}
	}
}
