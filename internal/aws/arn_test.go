package aws

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseARN(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     ARN
		ok       bool
	}{
		{"user", "arn:aws:iam::123456789012:user/a/b", ARN{"aws", "iam", "", "123456789012", "user/a/b"}, true},
		{"root", "arn:aws:iam::123456789012:root", ARN{"aws", "iam", "", "123456789012", "root"}, true},
		{"region", "arn:aws:sqs:eu-west-1:123456789012:queue", ARN{"aws", "sqs", "eu-west-1", "123456789012", "queue"}, true},
		{"no account", "arn:aws:s3:::bucket/key", ARN{"aws", "s3", "", "", "bucket/key"}, true},
		{"other partition", "arn:aws-cn:iam::123456789012:root", ARN{"aws-cn", "iam", "", "123456789012", "root"}, true},
		{"colons in the resource", "arn:aws:logs:r:1:log-group:g:*", ARN{"aws", "logs", "r", "1", "log-group:g:*"}, true},
		{"nothing but colons", "arn:::::", ARN{}, true},
		{"resource of a colon", "arn::::::", ARN{Resource: ":"}, true},
		{"empty", "", ARN{}, false},
		{"star", "*", ARN{}, false},
		{"five parts", "arn:aws:iam::123456789012", ARN{}, false},
		{"six parts of something else", "urn:aws:iam::123456789012:root", ARN{}, false},
		{"upper case", "ARN:aws:iam::123456789012:root", ARN{}, false},
		{"blank before", " arn:aws:iam::123456789012:root", ARN{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := ParseARN(test.in)
			if diff := cmp.Diff(test.want, got); diff != "" || ok != test.ok {
				t.Errorf("ParseARN(%q) reports %v, want %v\n(-want +got)\n%s", test.in, ok, test.ok, diff)
			}
		})
	}
}

func TestARNsOfIAM(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want, got string }{
		{"user", "arn:aws:iam::123456789012:user/alice", IAMARN("123456789012", "user", "/", "alice")},
		{"user with a path", "arn:aws:iam::123456789012:user/a/b/alice", IAMARN("123456789012", "user", "/a/b/", "alice")},
		{"device", "arn:aws:iam::123456789012:mfa/alice", IAMARN("123456789012", "mfa", "/", "alice")},
		{"root", "arn:aws:iam::123456789012:root", RootARN("123456789012")},
		{
			"root as a principal", "arn:aws:iam::123456789012:root",
			Principal{Type: RootPrincipal, AccountID: "123456789012", ID: "123456789012"}.ARN(),
		},
		{
			"user as a principal", "arn:aws:iam::123456789012:user/a/alice",
			Principal{Type: UserPrincipal, AccountID: "123456789012", ID: "AIDAX", Path: "/a/", Name: "alice"}.ARN(),
		},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: %s, want %s", test.name, test.got, test.want)
		}
	}
}

// FuzzParseARN holds ParseARN to losing nothing, and to refusing only what lacks a part.
func FuzzParseARN(f *testing.F) {
	for _, seed := range []string{
		"", "*", "arn", "arn:::::", "arn:aws:iam::123456789012:user/alice", "arn:aws:sts::1:assumed-role/a:b/c", "ARN:a:b:c:d:e", "a:rn:::::", "arn:\xff:\n::\x00:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		arn, ok := ParseARN(s)
		if want := strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= 5; ok != want {
			t.Fatalf("ParseARN(%q) reports %v", s, ok)
		}
		if !ok {
			return
		}
		if arn.String() != s {
			t.Errorf("ParseARN(%q).String() = %q", s, arn.String())
		}
		if strings.Contains(arn.Partition+arn.Service+arn.Region+arn.AccountID, ":") {
			t.Errorf("a part before the resource has a colon: %+v", arn)
		}
	})
}
