package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/testenv"
)

// fields are what a rule wants of a line: by its path each field has one of the values, or none when there are none.
type fields map[string][]string

func (f fields) match(line map[string]any) bool {
	for path, values := range f {
		value, ok := lookUp(line, path)
		if len(values) == 0 && ok || len(values) > 0 && !slices.Contains(values, value) {
			return false
		}
	}
	return true
}

// lookUp finds a text, or the text of a number or truth value. What is null is not there.
func lookUp(line map[string]any, path string) (string, bool) {
	var value any = line
	for name := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return "", false
		}
		value = object[name]
	}
	if text, ok := value.(string); ok {
		return text, true
	}
	text, err := json.Marshal(value)
	return string(text), err == nil && value != nil
}

// TestDetectionRules holds that rules which are written for CloudTrail find in our lines what they look for, and nothing
// else: what published ones select on, field by field.
func TestDetectionRules(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	var names []string
	call := func(name string, key testenv.Key, service, action string, parameters ...string) testenv.Key {
		_, body := s.env.Call(key, service, action, parameters...)
		names = append(names, name)
		return keyOf(body)
	}
	alice := s.keys["alice"]
	call("role made", testenv.Root, "iam", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument",
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}}`)
	call("alice permitted", testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "p",
		"PolicyDocument", `{"Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	call("role permitted", testenv.Root, "iam", "PutRolePolicy", "RoleName", "r", "PolicyName", "p",
		"PolicyDocument", `{"Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	const role = "arn:aws:iam::123456789012:role/r"
	serial := testenv.Serial("alice")
	call("session without MFA", alice, "sts", "GetSessionToken")
	call("session with MFA", alice, "sts", "GetSessionToken", "SerialNumber", serial, "TokenCode", s.env.Code("alice", 0))
	call("wrong code", alice, "sts", "GetSessionToken", "SerialNumber", serial, "TokenCode", "000000")
	call("session of root", testenv.Root, "sts", "GetSessionToken")
	ofRole := call("role", alice, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "me")
	call("role from role", ofRole, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "again")
	call("role of nobody", alice, "sts", "AssumeRole", "RoleArn", role+"x", "RoleSessionName", "me")
	call("deactivation refused", alice, "iam", "DeactivateMFADevice", "UserName", "alice", "SerialNumber", serial)
	call("deactivation", testenv.Root, "iam", "DeactivateMFADevice", "UserName", "alice", "SerialNumber", serial)
	call("deletion", testenv.Root, "iam", "DeleteVirtualMFADevice", "SerialNumber", serial)
	s.env.Close()
	log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	texts := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	lines := make([]map[string]any, len(names))
	for i := range lines {
		if err := json.Unmarshal(texts[len(texts)-len(names)+i], &lines[i]); err != nil {
			t.Fatal(err)
		}
	}

	sts, iam := []string{"sts.amazonaws.com"}, []string{"iam.amazonaws.com"}
	rules := []struct {
		name              string
		selection, filter fields // what is selected, and of that left out
		want              []string
	}{
		{
			"sessions of long-term keys",
			fields{"eventSource": sts, "eventName": {"GetSessionToken"}, "userIdentity.type": {"IAMUser"}},
			nil,
			[]string{"session without MFA", "session with MFA", "wrong code"},
		},
		{
			"sessions without MFA",
			fields{"eventSource": sts, "eventName": {"GetSessionToken"}, "requestParameters.serialNumber": nil, "errorCode": nil},
			nil,
			[]string{"session without MFA", "session of root"},
		},
		{
			"guessed codes",
			fields{"eventSource": sts, "eventName": {"GetSessionToken"}, "errorCode": {"AccessDenied"}},
			nil,
			[]string{"wrong code"},
		},
		{
			"roles assumed from roles",
			fields{
				"eventSource": sts, "eventName": {"AssumeRole"}, "userIdentity.type": {"AssumedRole"},
				"userIdentity.sessionContext.sessionIssuer.type": {"Role"},
			},
			nil,
			[]string{"role from role"},
		},
		{
			"roles without MFA",
			fields{"eventSource": sts, "eventName": {"AssumeRole"}, "errorCode": nil},
			fields{"userIdentity.sessionContext.attributes.mfaAuthenticated": {"true"}},
			[]string{"role", "role from role"},
		},
		{
			"roles that are tried",
			fields{"eventSource": sts, "eventName": {"AssumeRole", "AssumeRoleWithSAML"}, "errorCode": {"AccessDenied"}},
			nil,
			[]string{"role of nobody"},
		},
		{
			"MFA taken away",
			fields{"eventSource": iam, "eventName": {"DeactivateMFADevice", "DeleteVirtualMFADevice"}, "errorCode": nil},
			nil,
			[]string{"deactivation", "deletion"},
		},
		{
			"MFA of whom",
			fields{
				"eventName": {"DeactivateMFADevice"}, "requestParameters.userName": {"alice"},
				"requestParameters.serialNumber": {serial},
			},
			fields{"errorCode": {"AccessDenied"}},
			[]string{"deactivation"},
		},
		{
			"work of root",
			fields{"userIdentity.type": {"Root"}, "userIdentity.invokedBy": nil, "managementEvent": {"true"}},
			fields{"eventType": {"AwsServiceEvent"}},
			[]string{"role made", "alice permitted", "role permitted", "session of root", "deactivation", "deletion"},
		},
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for i, line := range lines {
				if rule.selection.match(line) && (rule.filter == nil || !rule.filter.match(line)) {
					got = append(got, names[i])
				}
			}
			if diff := cmp.Diff(rule.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
