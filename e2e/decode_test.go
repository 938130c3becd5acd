package e2e

import (
	"encoding/json"
	"errors"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// encodedMessages has a server put an encoded message behind its refusals.
const encodedMessages = "DAYPASS_ENCODED_AUTHORIZATION_MESSAGES=true"

// decodedMessage is what the test reads of a message (spec section 5.10).
type decodedMessage struct {
	Allowed, ExplicitDeny bool
	MatchedStatements     struct{ Items []struct{ Effect string } }
	Context               struct {
		Principal struct{ Name, ARN string }
		Action    string
	}
}

// TestDecodeAuthorizationMessage has one who may open the messages that come with refusals, and one who may not.
func TestDecodeAuthorizationMessage(t *testing.T) {
	t.Parallel()
	s := start(t, config{Environment: []string{encodedMessages}})
	root := cli{t: t, server: s, path: need(t, debianCLI), credentials: s.root}
	alice, idle := root.as(s.createUser("alice")), root.as(s.createUser("idle"))
	s.allow("alice", "sts:DecodeAuthorizationMessage")
	root.run("iam", "put-user-policy", "--user-name", "idle", "--policy-name", "deny", "--policy-document",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]}`)

	message := encodedMessageIn(t, s.listsUsers(idle.credentials))
	call := []string{"sts", "decode-authorization-message", "--encoded-message"}
	var got decodedMessage
	if text := alice.ask("DecodedMessage", append(call, message)...); json.Unmarshal([]byte(text), &got) != nil {
		t.Fatalf("the message says %s", text)
	}
	var want decodedMessage
	want.ExplicitDeny = true
	want.MatchedStatements.Items = []struct{ Effect string }{{"DENY"}}
	want.Context.Principal.Name, want.Context.Principal.ARN, want.Context.Action = "idle", userARN("idle"), "iam:ListUsers"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	idle.refused("AccessDenied", "User: "+userARN("idle")+" is not authorized to perform: sts:DecodeAuthorizationMessage because no identity-based policy allows the sts:DecodeAuthorizationMessage action",
		append(call, message)...)

	forged := []byte(message)
	forged[len(forged)/2] ^= 1 // 'A' and '@' apart, another character of the alphabet, or none of it
	for name, text := range map[string]string{"nobody's": "aGVsbG8gdGhlcmU", "changed": string(forged), "cut": message[:len(message)-8]} {
		_, err := s.sts(alice.credentials).DecodeAuthorizationMessage(t.Context(), &sts.DecodeAuthorizationMessageInput{EncodedMessage: aws.String(text)})
		if _, ok := errors.AsType[*ststypes.InvalidAuthorizationMessageException](err); !ok {
			t.Errorf("%s: error is %v, want the SDK's InvalidAuthorizationMessageException", name, err)
		}
	}
}

// encodedMessageIn returns the message in a refusal, which can't be read before it is decoded.
func encodedMessageIn(t *testing.T, err error) string {
	t.Helper()
	refusal, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("error is %v, want a refusal", err)
	}
	found := regexp.MustCompile(`Encoded authorization failure message: (\S+)$`).FindStringSubmatch(refusal.ErrorMessage())
	if found == nil {
		t.Fatalf("no message comes with %q", refusal.ErrorMessage())
	}
	return found[1]
}
