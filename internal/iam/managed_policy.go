package iam

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// Quotas of managed policies (aws-iam sections 7 and 14).
const (
	maxPolicies         = 1500
	maxPolicyVersions   = 5
	maxPolicySize       = 6144 // characters that are no white space
	maxAttachedPolicies = 10
)

// awsAccount stands for the account in the ARN of an AWS-managed policy.
const awsAccount = "aws"

// managedPolicy is a managed policy: an account's own, or an AWS-managed one.
type managedPolicy struct {
	arn, id, name, path, description string
	defaultVersion                   string // v1
	createdAt, updatedAt             time.Time

	own store.Policy // zero for an AWS-managed policy
	aws awspolicy.Policy
}

func ownPolicy(p store.Policy) managedPolicy {
	return managedPolicy{
		arn: aws.IAMARN(p.AccountID, "policy", p.Path, p.PolicyName), id: p.PolicyID, name: p.PolicyName, path: p.Path,
		description: p.Description, defaultVersion: versionID(p.DefaultVersion),
		createdAt: p.CreatedAt.Time, updatedAt: p.UpdatedAt.Time, own: p,
	}
}

func awsPolicy(p awspolicy.Policy) managedPolicy {
	return managedPolicy{
		arn: p.ARN, id: p.ID, name: p.Name, path: p.Path, description: p.Description, defaultVersion: p.DefaultVersionID,
		createdAt: p.CreatedAt, updatedAt: p.UpdatedAt, aws: p,
	}
}

// isOwn tells an account's own policy from an AWS-managed one.
func (p managedPolicy) isOwn() bool { return p.own.PolicyID != "" }

// sortKey orders policies by name ignoring case. An account's own may have the name of one of AWS's.
func (p managedPolicy) sortKey() string { return policySortKey(p.arn) }

// policySortKey is the sort key of the policy with an ARN. Of an account's own policy it is the name key, so that it can
// be given to the database, and no name key is between the two policies of one name.
func policySortKey(arn string) string {
	_, name := policyPath(arn)
	if strings.HasPrefix(arn, aws.IAMARN(awsAccount, "policy", "/", "")) {
		return store.NameKey(name) + " aws"
	}
	return store.NameKey(name)
}

// policyPath takes path and name out of a policy's ARN.
func policyPath(arn string) (path, name string) {
	a, _ := aws.ParseARN(arn)
	slash := strings.LastIndexByte(a.Resource, '/') + 1
	return strings.TrimPrefix(a.Resource[:slash], "policy"), a.Resource[slash:]
}

// findPolicy finds a managed policy that an account may read and attach: its own, or an AWS-managed one. The ARN must be
// the stored one to the letter: it is what attachments are kept by. One that does not exist is store.ErrNotFound, for
// every action has its own text for it.
func findPolicy(ctx context.Context, tx *store.Tx, accountID, arn string) (managedPolicy, error) {
	if p, ok := awspolicy.ByARN(arn); ok {
		return awsPolicy(p), nil
	}
	row, err := authz.OwnPolicy(ctx, tx, accountID, arn)
	if err != nil {
		return managedPolicy{}, err
	}
	return ownPolicy(row), nil
}

// policyOr is findPolicy with the refusal for a policy that does not exist.
func policyOr(ctx context.Context, tx *store.Tx, accountID, arn string, refusal *aws.Error) (managedPolicy, error) {
	p, err := findPolicy(ctx, tx, accountID, arn)
	if errors.Is(err, store.ErrNotFound) {
		return managedPolicy{}, refusal
	}
	return p, err
}

// The two texts for a policy that does not exist (aws-iam section 7).
func errPolicyNotFound(arn string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "Policy %s was not found.", arn)
}

func errPolicyNotAttachable(arn string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "Policy %s does not exist or is not attachable.", arn)
}

// checkPolicyARN refuses what can name no managed policy of any account.
func checkPolicyARN(arn string) error {
	if !isPolicyARN(arn) {
		return aws.Errorf(aws.ValidationError, "ARN %s is not valid.", arn)
	}
	return nil
}

func isPolicyARN(arn string) bool {
	a, ok := aws.ParseARN(arn)
	owned := a.AccountID == awsAccount || aws.IsAccountID(a.AccountID)
	return ok && a.Partition == aws.Partition && a.Service == "iam" && a.Region == "" && owned &&
		strings.HasPrefix(a.Resource, "policy/") && !strings.ContainsFunc(a.Resource, notInARN)
}

// notInARN says which characters no path and no name has. A database may refuse to look for some of them.
func notInARN(c rune) bool { return c <= ' ' || c > '~' }

// checkOwnPolicyARN refuses to change the policies of AWS, and of other accounts: whether they exist is not said. cannot is
// what the action can't do with them, in AWS's words.
func checkOwnPolicyARN(call aws.Call, arn, cannot string) error {
	if err := checkPolicyARN(arn); err != nil {
		return err
	}
	if a, _ := aws.ParseARN(arn); a.AccountID != call.Caller.AccountID {
		return aws.Errorf(aws.AccessDenied, "Cannot %s outside your own account.", cannot)
	}
	return nil
}

// onPolicy asks about a managed policy. AccessDenied calls it by its ARN.
func onPolicy(arn string) []aws.Permission {
	return on(aws.Resource{ARN: arn, Text: "policy " + arn, Type: aws.ARNResource})
}

// checkManagedDocument refuses a document that no managed policy can have.
func (s *Service) checkManagedDocument(text string) error {
	if _, err := s.parseDocument(policy.ManagedPolicy, text); err != nil {
		return err
	}
	if policy.Size(text) > maxPolicySize {
		return errQuota("PolicySize", maxPolicySize)
	}
	return nil
}

const upperHex = "0123456789ABCDEF"

// encodeDocument encodes a policy document as replies have it: RFC 3986, every byte but the unreserved ones (aws-iam
// section 1).
func encodeDocument(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		}
	}
	return b.String()
}
