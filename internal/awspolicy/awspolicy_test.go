package awspolicy

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/daypass/daypass/policy"
)

func TestPolicies(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`^ANPA[A-Z2-7]{17}$`)
	ids := map[string]bool{}
	for _, p := range All() {
		if _, err := policy.Parse(policy.ManagedPolicy, p.Document); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if size := policy.Size(p.Document); size > 6144 {
			t.Errorf("%s has %d characters", p.Name, size)
		}
		if found, ok := ByARN("arn:aws:iam::aws:policy" + p.Path + p.Name); !ok || found != p {
			t.Errorf("%s by its ARN: %+v", p.Name, found)
		}
		if !id.MatchString(p.ID) || ids[p.ID] {
			t.Errorf("%s has the id %s", p.Name, p.ID)
		}
		ids[p.ID] = true
		if p.Description == "" || p.DefaultVersionID != "v1" || !p.UpdatedAt.After(p.CreatedAt) {
			t.Errorf("%s: %+v", p.Name, p)
		}
	}
	files, err := fs.Glob(documents, "documents/*")
	if err != nil {
		t.Fatal(err)
	}
	var names, inFiles []string
	for _, p := range All() {
		names = append(names, p.Name)
	}
	for _, file := range files {
		inFiles = append(inFiles, strings.TrimSuffix(path.Base(file), ".json"))
	}
	if !slices.Equal(names, inFiles) {
		t.Errorf("policies %v, documents %v", names, inFiles)
	}
	if !slices.IsSorted(names) {
		t.Errorf("not by name: %v", names)
	}
}

func TestByARN(t *testing.T) {
	t.Parallel()
	for _, arn := range []string{
		"", "AdministratorAccess", "arn:aws:iam::aws:policy/administratoraccess", "arn:aws:iam::aws:policy/AdministratorAccess/",
		"arn:aws:iam::111111111111:policy/AdministratorAccess",
	} {
		if p, ok := ByARN(arn); ok {
			t.Errorf("%q is %s", arn, p.Name)
		}
	}
}

func TestAllIsACopy(t *testing.T) {
	t.Parallel()
	All()[0].Document = ""
	if p := All()[0]; p.Document == "" {
		t.Errorf("%s was changed from outside", p.Name)
	}
}

// TestWhatThePoliciesAllow asks the engine: what the documents say must be what people expect of their names.
func TestWhatThePoliciesAllow(t *testing.T) {
	t.Parallel()
	const self, other = "arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:user/bob"
	for _, test := range []struct{ name, allowed, denied string }{
		{"AdministratorAccess", "iam:CreateUser s3:DeleteBucket organizations:LeaveOrganization", ""},
		{
			"PowerUserAccess", "s3:DeleteBucket sts:AssumeRole iam:ListRoles secretsmanager:GetSecretValue",
			"iam:CreateUser iam:ListUsers organizations:LeaveOrganization account:CloseAccount",
		},
		{
			"ReadOnlyAccess",
			"iam:GetUser iam:ListUsers iam:SimulatePrincipalPolicy iam:GenerateCredentialReport sts:GetCallerIdentity sts:GetAccessKeyInfo " +
				"s3:GetObject s3:ListBucket dynamodb:Query dynamodb:GetItem sqs:GetQueueAttributes sns:ListTopics ec2:DescribeInstances " +
				"ec2:GetConsoleOutput lambda:GetFunction kms:DescribeKey secretsmanager:DescribeSecret secretsmanager:ListSecrets " +
				"ssm:DescribeParameters logs:GetLogEvents logs:FilterLogEvents cloudwatch:GetMetricData",
			"secretsmanager:GetSecretValue secretsmanager:BatchGetSecretValue ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath " +
				"ssm:GetParameterHistory ec2:GetPasswordData kms:Decrypt kms:GenerateDataKey sts:AssumeRole sqs:ReceiveMessage " +
				"iam:CreateAccessKey iam:PassRole s3:PutObject dynamodb:PutItem lambda:InvokeFunction ssm:GetAccessToken sts:GetFederationToken",
		},
		{"IAMFullAccess", "iam:CreateUser iam:PassRole organizations:DescribeOrganization", "s3:GetObject sts:AssumeRole organizations:LeaveOrganization"},
		{"IAMUserChangePassword", "iam:ChangePassword iam:GetAccountPasswordPolicy", "iam:UpdateLoginProfile iam:CreateAccessKey"},
		{"AmazonS3FullAccess", "s3:DeleteBucket s3:GetObject s3-object-lambda:WriteGetObjectResponse", "iam:ListUsers"},
		{"AmazonS3ReadOnlyAccess", "s3:GetObject s3:ListAllMyBuckets s3:DescribeJob", "s3:PutObject s3:DeleteObject"},
		{
			"SecurityAudit",
			"iam:GetCredentialReport iam:GenerateCredentialReport iam:ListUsers s3:GetBucketPolicy s3:ListAllMyBuckets " +
				"kms:GetKeyPolicy secretsmanager:ListSecrets secretsmanager:ListSecretVersionIds lambda:GetPolicy ec2:DescribeSecurityGroups",
			"s3:GetObject dynamodb:GetItem dynamodb:Query secretsmanager:GetSecretValue ssm:GetParameter lambda:GetFunction " +
				"logs:GetLogEvents kms:Decrypt iam:CreateUser sqs:ReceiveMessage ec2:GetPasswordData",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for action := range strings.FieldsSeq(test.allowed) {
				if got := decide(t, test.name, action, self); got != policy.Allowed {
					t.Errorf("%s: %v", action, got)
				}
			}
			for action := range strings.FieldsSeq(test.denied) {
				if got := decide(t, test.name, action, self); got != policy.ImplicitDeny {
					t.Errorf("%s: %v", action, got)
				}
			}
		})
	}
	if got := decide(t, "IAMUserChangePassword", "iam:ChangePassword", other); got != policy.ImplicitDeny {
		t.Errorf("the password of another: %v", got)
	}
}

func decide(t *testing.T, name, action, resource string) policy.Outcome {
	t.Helper()
	p, ok := ByARN("arn:aws:iam::aws:policy/" + name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	parsed, err := policy.Parse(policy.ManagedPolicy, p.Document)
	if err != nil {
		t.Fatal(err)
	}
	return policy.Evaluate(&policy.Policies{Identity: []policy.Source{{ID: name, Policy: parsed}}}, &policy.Request{
		Principal: policy.Principal{Type: policy.User, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/alice", Name: "alice"},
		Action:    action,
		Resource:  resource,
		Context:   policy.Context{"aws:username": {"alice"}},
	}).Outcome
}

func TestRootTasks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"IAMAuditRootUserCredentials", "IAMCreateRootUserPassword", "IAMDeleteRootUserCredentials", "S3UnlockBucketPolicy", "SQSUnlockQueuePolicy",
	} {
		arn := "arn:aws:iam::aws:policy/root-task/" + name
		document, ok := RootTask(arn)
		if _, err := policy.Parse(policy.ManagedPolicy, document); !ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
		if _, attachable := ByARN(arn); attachable {
			t.Errorf("%s can be attached", name)
		}
	}
	for _, arn := range []string{
		"", "IAMAuditRootUserCredentials", "arn:aws:iam::aws:policy/IAMAuditRootUserCredentials", "arn:aws:iam::aws:policy/root-task/",
		"arn:aws:iam::aws:policy/root-task/../documents/AdministratorAccess", "arn:aws:iam::aws:policy/root-task/iamauditrootusercredentials",
		"arn:aws:iam::111111111111:policy/root-task/IAMAuditRootUserCredentials",
	} {
		if document, ok := RootTask(arn); ok || document != "" {
			t.Errorf("%q is a task", arn)
		}
	}
}
