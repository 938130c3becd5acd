package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

// bucketPolicy lets principals, which are JSON, read what is in the bucket photos.
func bucketPolicy(principals string) string {
	return `{"Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": ` + principals + `, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*"}]}`
}

// storedBucketPolicy is the policy of photos as it is stored.
func storedBucketPolicy(t *testing.T, e *testenv.Env) (document string) {
	t.Helper()
	policies, err := server.BucketPolicies(t.Context(), e.Store, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range policies {
		document += p.Document
	}
	return document
}

func TestPutBucketPolicy(t *testing.T) {
	t.Parallel()
	const everybody = `"*"`
	with := func(replaced, by string) string { return strings.Replace(bucketPolicy(everybody), replaced, by, 1) }
	full := func(size int) string {
		return bucketPolicy(everybody) + strings.Repeat(" ", size-len(bucketPolicy(everybody)))
	}
	const resource = `"arn:aws:s3:::photos/*"`
	tests := map[string]struct{ bucket, document, want string }{
		"good":                       {"photos", bucketPolicy(everybody), ""},
		"of greatest size":           {"photos", full(20 << 10), ""},
		"the bucket itself":          {"photos", with(resource, `["arn:aws:s3:::photos", "arn:aws:s3:::photos/a/${aws:username}/*"]`), ""},
		"every action":               {"photos", with(`"s3:GetObject"`, `["*", "S3:Put*"]`), ""},
		"all but":                    {"photos", with(`"Resource"`, `"NotResource"`), ""},
		"federated user":             {"photos", bucketPolicy(`{"AWS": "arn:aws:sts::123456789012:federated-user/fed"}`), ""},
		"service":                    {"photos", bucketPolicy(`{"Service": "logging.s3.amazonaws.com"}`), ""},
		"too large":                  {"photos", full(20<<10 + 1), "the policy has 20481 bytes, and may have 20480"},
		"no bucket":                  {"", bucketPolicy(everybody), `"" can't be the name of a bucket`},
		"every bucket":               {"*", bucketPolicy(everybody), `"*" can't be the name of a bucket`},
		"an ARN":                     {"arn:aws:s3:::photos", bucketPolicy(everybody), "can't be the name of a bucket"},
		"an object":                  {"photos/a", bucketPolicy(everybody), "can't be the name of a bucket"},
		"upper case":                 {"Photos", bucketPolicy(everybody), "can't be the name of a bucket"},
		"another bucket":             {"photos2", bucketPolicy(everybody), "Policy has invalid resource (line 2, column 17: arn:aws:s3:::photos/*)"},
		"a bucket that begins so":    {"photos", with(resource, `"arn:aws:s3:::photos2"`), "Policy has invalid resource (line 2, column 17: arn:aws:s3:::photos2)"},
		"buckets that begin so":      {"photos", with(resource, `"arn:aws:s3:::photos*"`), "Policy has invalid resource (line 2, column 17"},
		"everything":                 {"photos", with(resource, `"*"`), "Policy has invalid resource (line 2, column 17: *)"},
		"the second is another's":    {"photos", with(resource, `["arn:aws:s3:::photos", "arn:aws:s3:::others/*"]`), "invalid resource (line 2, column 17: arn:aws:s3:::others/*)"},
		"all but another's":          {"photos", with(`"Resource": `+resource, `"NotResource": "arn:aws:s3:::others"`), "Policy has invalid resource (line 2"},
		"a variable for the bucket":  {"photos", with(resource, `"arn:aws:s3:::${aws:username}/*"`), "Policy has invalid resource"},
		"another service's resource": {"photos", with(resource, `"arn:aws:sqs:us-east-1:123456789012:photos"`), "Policy has invalid resource"},
		"another service's action":   {"photos", with("s3:GetObject", "sqs:SendMessage"), "Policy has invalid action (line 2, column 17: sqs:SendMessage)"},
		"any service's action":       {"photos", with("s3:GetObject", "*:GetObject"), "Policy has invalid action"},
		"no JSON":                    {"photos", "{\n  \"Version\"", "line 2, column "},
		"misspelt":                   {"photos", with("Effect", "Efect"), `(line 2, column 18: unknown element "Efect")`},
		"no principal":               {"photos", with(`"Principal": "*", `, ""), "Missing required field Principal (line 2, column 17)"},
		"no such user":               {"photos", bucketPolicy(`{"AWS": "arn:aws:iam::123456789012:user/nobody"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/nobody" (line 2, column 58)`},
		"no such role":               {"photos", bucketPolicy(`{"AWS": "arn:aws:iam::123456789012:role/none"}`), "Invalid principal in policy"},
		"a session of no role":       {"photos", bucketPolicy(`{"AWS": "arn:aws:sts::123456789012:assumed-role/none/me"}`), "Invalid principal in policy"},
		"no such account":            {"photos", bucketPolicy(`{"AWS": "000000000009"}`), "Invalid principal in policy"},
		"federated user of nobody's": {"photos", bucketPolicy(`{"AWS": "arn:aws:sts::000000000009:federated-user/fed"}`), "Invalid principal in policy"},
		"federated user in China":    {"photos", bucketPolicy(`{"AWS": "arn:aws-cn:sts::123456789012:federated-user/fed"}`), "Invalid principal in policy"},
		"federated user with a path": {"photos", bucketPolicy(`{"AWS": "arn:aws:sts::123456789012:federated-user/a/b"}`), "Invalid principal in policy"},
		"the id of nobody":           {"photos", bucketPolicy(`{"AWS": "AIDAIOSFODNN7EXAMPLEX"}`), "Invalid principal in policy"},
		"CloudFront":                 {"photos", bucketPolicy(`{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}`), "Invalid principal in policy"},
		"a canonical user":           {"photos", bucketPolicy(`{"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`), "Invalid principal in policy"},
		"a tag that nobody knows": {
			"photos", with(`"Resource"`, `"Condition": {"StringEquals": {"s3:existingObjectTag/secret": "true"}}, "Resource"`),
			`the value of "s3:existingObjectTag/secret" is not known here`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := testenv.New(t)
			owner, err := server.PutBucketPolicy(t.Context(), e.Store, "", test.bucket, test.document, e.Now)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %s", err, test.want)
				}
				if stored := storedBucketPolicy(t, e); stored != "" {
					t.Errorf("afterwards there is %s", stored)
				}
				return
			}
			if err != nil || owner != testenv.AccountID {
				t.Fatal(owner, err)
			}
			shown, err := server.BucketPolicy(t.Context(), e.Store, testenv.AccountID, test.bucket)
			if err != nil || shown != test.document {
				t.Errorf("%q, %v", shown, err)
			}
		})
	}
}

// TestBucketPolicyFollowsTheID renames who is in a policy, and makes them again.
func TestBucketPolicyFollowsTheID(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	ctx := t.Context()
	call := func(action string, parameters ...string) {
		t.Helper()
		if status, body := e.Call(testenv.Root, "iam", action, parameters...); status != http.StatusOK {
			t.Fatal(action, status, body)
		}
	}
	show := func(want string) {
		t.Helper()
		if got, err := server.BucketPolicy(ctx, e.Store, "", "photos"); err != nil || got != want {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
		}
	}
	const prefix = "arn:aws:iam::" + testenv.AccountID + ":"
	id, _ := e.AddUser("alice")
	call("CreateRole", "RoleName", "r", "AssumeRolePolicyDocument",
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}`)
	of := func(user string) string {
		return bucketPolicy(fmt.Sprintf(`{"AWS": [%q, %q, %q]}`, user, prefix+"role/r", "arn:aws:sts::"+testenv.AccountID+":assumed-role/r/me"))
	}
	if _, err := server.PutBucketPolicy(ctx, e.Store, "", "photos", of(prefix+"user/alice"), e.Now); err != nil {
		t.Fatal(err)
	}
	show(of(prefix + "user/alice"))
	if stored := storedBucketPolicy(t, e); !strings.Contains(stored, `["`+id+`", "AROA`) || strings.Contains(stored, "arn:aws:sts") {
		t.Errorf("stored by name: %s", stored)
	}
	call("UpdateUser", "UserName", "alice", "NewUserName", "alicia", "NewPath", "/x/")
	show(of(prefix + "user/x/alicia"))
	call("DeleteAccessKey", "UserName", "alicia", "AccessKeyId", keyOf(t, e, id))
	call("DeleteUser", "UserName", "alicia")
	show(of(id))
	call("CreateUser", "UserName", "alicia", "Path", "/x/")
	show(of(id))
}

func keyOf(t *testing.T, e *testenv.Env, userID string) (id string) {
	t.Helper()
	err := e.Store.View(t.Context(), func(tx *store.Tx) error {
		keys, err := tx.UserAccessKeys(t.Context(), store.UserID(userID))
		for _, key := range keys {
			id = key.AccessKeyID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestBucketPoliciesOfAccounts shows that each account has its own, and how they end.
func TestBucketPoliciesOfAccounts(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	ctx := t.Context()
	createAccount(t, e, before)
	put := func(account, bucket string) {
		t.Helper()
		document := strings.ReplaceAll(bucketPolicy(`"*"`), "photos", bucket)
		if _, err := server.PutBucketPolicy(ctx, e.Store, account, bucket, document, e.Now); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	put("", "photos")
	put(before, "videos")
	put(before, "audio")
	policies, err := server.BucketPolicies(ctx, e.Store, before)
	if err != nil || len(policies) != 2 || policies[0].Resource != "audio" || policies[1].Resource != "videos" {
		t.Errorf("%v, %v", policies, err)
	}
	const none = `has no policy for a bucket "videos"`
	_, err = server.BucketPolicy(ctx, e.Store, "", "videos")
	refused(err, none)
	_, err = server.DeleteBucketPolicy(ctx, e.Store, "", "videos")
	refused(err, none)
	if owner, err := server.DeleteBucketPolicy(ctx, e.Store, before, "videos"); owner != before || err != nil {
		t.Error(owner, err)
	}
	_, err = server.DeleteBucketPolicy(ctx, e.Store, before, "videos")
	refused(err, none)
	for _, account := range []string{after, "x"} {
		_, err = server.PutBucketPolicy(ctx, e.Store, account, "photos", bucketPolicy(`"*"`), e.Now)
		refused(err, "account")
		_, err = server.BucketPolicies(ctx, e.Store, account)
		refused(err, "account")
	}
}
