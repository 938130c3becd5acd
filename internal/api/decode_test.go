package api_test

import (
	"encoding/json"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

const encodedMessagePrefix = ". Encoded authorization failure message: "

func withMessages(c *server.Config) { c.EncodedAuthorizationMessages = true }

// call performs an action of a signer, which must be answered with this status, and returns the body.
func (s *story) call(t *testing.T, status int, signer, service, action string, parameters ...string) string {
	t.Helper()
	got, body := s.env.Call(s.keys[signer], service, action, parameters...)
	if got != status {
		t.Fatalf("%s of %s: %d %s", action, signer, got, body)
	}
	return body
}

// refused performs an action of a signer, which must be refused with AWS's text and a message, and returns the message.
func (s *story) refused(t *testing.T, text, signer, service, action string, parameters ...string) string {
	t.Helper()
	message := element(s.call(t, http.StatusForbidden, signer, service, action, parameters...), "Message")
	plain, encoded, ok := strings.Cut(message, encodedMessagePrefix)
	if !ok || plain != text {
		t.Fatalf("%s of %s: %s\nwant %s and a message", action, signer, message, text)
	}
	return encoded
}

func (s *story) putPolicy(t *testing.T, user, statements string) {
	t.Helper()
	s.call(t, http.StatusOK, "root", "iam", "PutUserPolicy", "UserName", user, "PolicyName", "p",
		"PolicyDocument", `{"Version":"2012-10-17","Statement":[`+statements+`]}`)
}

const (
	mayDecode  = `{"Effect":"Allow","Action":"sts:DecodeAuthorizationMessage","Resource":"*"}`
	noDeletion = `{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Sid":"Keep","Effect":"Deny","Action":["iam:Delete*"],` +
		`"Resource":"arn:aws:iam::123456789012:user/*","Condition":{"StringEquals":{"aws:ResourceTag/env":"prod"}}}`
	deletionDenied = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:DeleteUser on resource: user bob" +
		" with an explicit deny in an identity-based policy"
)

// TestDecodeAuthorizationMessage shows a message from the refusal to the answer of DecodeAuthorizationMessage (spec section 5.10).
func TestDecodeAuthorizationMessage(t *testing.T) {
	t.Parallel()
	s := newStory(t, withMessages)
	s.call(t, http.StatusOK, "root", "iam", "TagUser", "UserName", "bob", "Tags.member.1.Key", "env", "Tags.member.1.Value", "prod")
	s.putPolicy(t, "alice", noDeletion)
	s.putPolicy(t, "bob", mayDecode)
	message := s.refused(t, deletionDenied, "alice", "iam", "DeleteUser", "UserName", "bob")

	const want = `{"allowed":false,"explicitDeny":true,"matchedStatements":{"items":[` +
		`{"statementId":"","effect":"ALLOW","principals":{"items":[{"value":"AIDAALICEALICEALICEAA"}]},"principalGroups":{"items":[]},` +
		`"actions":{"items":[{"value":"iam:*"}]},"resources":{"items":[{"value":"*"}]},"conditions":{"items":[]}},` +
		`{"statementId":"Keep","effect":"DENY","principals":{"items":[{"value":"AIDAALICEALICEALICEAA"}]},"principalGroups":{"items":[]},` +
		`"actions":{"items":[{"value":"iam:Delete*"}]},"resources":{"items":[{"value":"arn:aws:iam::123456789012:user/*"}]},` +
		`"conditions":{"items":[{"key":"aws:ResourceTag/env","values":{"items":[{"value":"prod"}]}}]}}]},"failures":{"items":[]},` +
		`"context":{"principal":{"id":"AIDAALICEALICEALICEAA","name":"alice","arn":"arn:aws:iam::123456789012:user/alice"},` +
		`"action":"iam:DeleteUser","resource":"arn:aws:iam::123456789012:user/bob","conditions":{"items":[`
	for _, signer := range []string{"root", "bob"} {
		text := html.UnescapeString(element(s.call(t, http.StatusOK, signer, "sts", "DecodeAuthorizationMessage", "EncodedMessage", message), "DecodedMessage"))
		if !strings.HasPrefix(text, want) || !strings.Contains(text, `{"key":"aws:resourcetag/env","values":{"items":[{"value":"prod"}]}}`) ||
			!json.Valid([]byte(text)) || strings.Contains(text, s.keys["alice"].SecretAccessKey) {
			t.Errorf("%s reads %s\nwant %s", signer, text, want)
		}
	}
	s.refused(t, "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: sts:DecodeAuthorizationMessage"+
		" because no identity-based policy allows the sts:DecodeAuthorizationMessage action",
		"alice", "sts", "DecodeAuthorizationMessage", "EncodedMessage", message)

	invalid := func(what, message string) {
		body := s.call(t, http.StatusBadRequest, "bob", "sts", "DecodeAuthorizationMessage", "EncodedMessage", message)
		if element(body, "Code") != "InvalidAuthorizationMessageException" || element(body, "Message") != "Message is not valid" {
			t.Errorf("%s: %s", what, body)
		}
	}
	invalid("changed", message[:100]+strings.Repeat("A", 10)+message[110:])
	invalid("a session token", s.keys["alice/session"].SessionToken)
	forged := s.keys["alice/session"]
	forged.SessionToken = message
	if status, body := s.env.Call(forged, "sts", "GetCallerIdentity"); status != http.StatusForbidden || element(body, "Code") != "InvalidClientTokenId" {
		t.Errorf("a message as session token: %d %s", status, body)
	}
	s.env.Now = s.env.Now.Add(36*time.Hour - time.Second)
	s.call(t, http.StatusOK, "bob", "sts", "DecodeAuthorizationMessage", "EncodedMessage", message)
	s.env.Now = s.env.Now.Add(time.Second)
	invalid("expired", message)
	s.wantUnrecorded(t, message)
}

// wantUnrecorded holds that the audit log has neither the message nor what it says, but the refusal with its reason.
func (s *story) wantUnrecorded(t *testing.T, message string) {
	t.Helper()
	s.env.Close()
	log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{message[:100], "matchedStatements", encodedMessagePrefix} {
		if strings.Contains(string(log), part) {
			t.Errorf("the audit log has %s", part)
		}
	}
	for _, part := range []string{`"errorMessage":"` + deletionDenied + `"`, "the message has expired", "the message is not genuine"} {
		if !strings.Contains(string(log), part) {
			t.Errorf("the audit log is without %s", part)
		}
	}
}

// TestMessageTellsNothing shows that a refused caller can't tell from a message whether there is a resource.
func TestMessageTellsNothing(t *testing.T) {
	t.Parallel()
	s := newStory(t, withMessages)
	s.call(t, http.StatusOK, "root", "iam", "CreateUser", "UserName", "carol", "Path", "/a/long/path/that/nobody/knows/",
		"Tags.member.1.Key", "env", "Tags.member.1.Value", strings.Repeat("prod", 60))
	const denied = " because no identity-based policy allows the iam:GetUser action"
	sizes := map[string]int{}
	for _, name := range []string{"alice", "carol", "nobody", strings.Repeat("x", 64)} {
		text := "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:GetUser on resource: user " + name + denied
		sizes[name] = len(s.refused(t, text, "alice", "iam", "GetUser", "UserName", name))
	}
	for name, size := range sizes {
		if size != 3072 {
			t.Errorf("%s: %d characters", name, size)
		}
	}
}

// TestNoMessage shows who gets none: whoever asks for a role, which may not be there, and everybody by default.
func TestNoMessage(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::123456789012:role/"
	s := newStory(t, withMessages)
	s.call(t, http.StatusOK, "root", "iam", "CreateRole", "RoleName", "there", "AssumeRolePolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":"sts:AssumeRole"}}`)
	answers := map[string]string{}
	for _, name := range []string{"there", "gone"} {
		body := s.call(t, http.StatusForbidden, "alice", "sts", "AssumeRole", "RoleArn", role+name, "RoleSessionName", "s1")
		answers[name] = strings.ReplaceAll(element(body, "Message"), name, "X")
	}
	const want = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: sts:AssumeRole on resource: " + role + "X"
	if diff := cmp.Diff(map[string]string{"there": want, "gone": want}, answers); diff != "" {
		t.Error(diff)
	}
	s = newStory(t)
	if body := s.call(t, http.StatusForbidden, "alice", "iam", "ListUsers"); strings.Contains(body, "Encoded") {
		t.Error(body)
	}
}

// TestMessageOfRoleSession shows the principal of a session, and that a role without the permission can't decode.
func TestMessageOfRoleSession(t *testing.T) {
	t.Parallel()
	s := newStory(t, withMessages)
	s.call(t, http.StatusOK, "root", "iam", "CreateRole", "RoleName", "worker", "AssumeRolePolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":"sts:AssumeRole"}}`)
	body := s.call(t, http.StatusOK, "bob", "sts", "AssumeRole", "RoleArn", "arn:aws:iam::123456789012:role/worker", "RoleSessionName", "s1")
	s.keys["worker"] = keyOf(body)
	const text = "User: arn:aws:sts::123456789012:assumed-role/worker/s1 is not authorized to perform: sts:DecodeAuthorizationMessage" +
		" because no identity-based policy allows the sts:DecodeAuthorizationMessage action"
	message := s.refused(t, text, "worker", "sts", "DecodeAuthorizationMessage", "EncodedMessage", "AQ")
	decoded := html.UnescapeString(element(s.call(t, http.StatusOK, "root", "sts", "DecodeAuthorizationMessage", "EncodedMessage", message), "DecodedMessage"))
	want := `"context":{"principal":{"id":"` + element(body, "AssumedRoleId") + `","arn":"arn:aws:sts::123456789012:assumed-role/worker/s1"},` +
		`"action":"sts:DecodeAuthorizationMessage","resource":"*","conditions":`
	if !strings.Contains(decoded, want) || strings.Contains(decoded, testenv.Root.SecretAccessKey) {
		t.Errorf("got %s\nwant %s", decoded, want)
	}
}
