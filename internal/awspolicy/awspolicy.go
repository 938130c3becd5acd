// Package awspolicy has the AWS-managed policies that people attach by their ARN without thinking. Their documents are
// written for the services that daypass answers for and those that it is to stand in front of, not copied from AWS:
// ReadOnlyAccess and SecurityAudit name those services only, and ReadOnlyAccess does not read the values of parameters.
package awspolicy

import (
	"embed"
	"slices"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
)

// Policy is an AWS-managed policy.
type Policy struct {
	ARN              string // arn:aws:iam::aws:policy/...
	ID               string // ANPA..., as AWS has it
	Name             string
	Path             string // begins and ends with a slash
	Description      string
	DefaultVersionID string // v1
	CreatedAt        time.Time
	UpdatedAt        time.Time // when the document was last changed here
	Document         string
}

//go:embed documents/*.json
var documents embed.FS

// policies are sorted by name. Whoever changes a document gives it the day of the change and, as attachments and clients
// rely on what a version says, the next version.
var policies = []Policy{
	newPolicy("AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK", "Provides full access to AWS services and resources.",
		"2015-02-06T18:39:46Z"),
	newPolicy("AmazonS3FullAccess", "ANPAIFIR6V6BVTRAHWINE", "Provides full access to all buckets via the AWS Management Console.",
		"2015-02-06T18:40:58Z"),
	newPolicy("AmazonS3ReadOnlyAccess", "ANPAIZTJ4DXE7G6AGAE6M", "Provides read only access to all buckets via the AWS Management Console.",
		"2015-02-06T18:40:59Z"),
	newPolicy("IAMFullAccess", "ANPAI7XKCFMBPM3QQRRVQ", "Provides full access to IAM via the AWS Management Console.",
		"2015-02-06T18:40:38Z"),
	newPolicy("IAMUserChangePassword", "ANPAJ4L4MM2A7QIEB56MS", "Provides the ability for an IAM user to change their own password.",
		"2016-11-15T00:25:16Z"),
	newPolicy("PowerUserAccess", "ANPAJYRXTHIB4FOVS3ZXS",
		"Provides full access to AWS services and resources, but does not allow management of Users and groups.",
		"2015-02-06T18:39:47Z"),
	newPolicy("ReadOnlyAccess", "ANPAILL3HVNFSB6DCOWYQ", "Provides read-only access to AWS services and resources.",
		"2015-02-06T18:39:48Z"),
	newPolicy("SecurityAudit", "ANPAIX2T3QCXHR2OGGCTO",
		"The security audit template grants access to read security configuration metadata. "+
			"It is useful for software that audits the configuration of an AWS account.",
		"2015-02-06T18:41:01Z"),
}

var byARN = func() map[string]Policy {
	index := make(map[string]Policy, len(policies))
	for _, p := range policies {
		index[p.ARN] = p
	}
	return index
}()

func newPolicy(name, id, description, createdAt string) Policy {
	document, err := documents.ReadFile("documents/" + name + ".json")
	if err != nil {
		panic("internal error: " + err.Error())
	}
	created, err := time.Parse(time.RFC3339, createdAt)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return Policy{
		ARN: aws.IAMARN("aws", "policy", "/", name), ID: id, Name: name, Path: "/", Description: description,
		DefaultVersionID: "v1", CreatedAt: created, UpdatedAt: time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC),
		Document: strings.TrimSpace(string(document)),
	}
}

//go:embed roottasks/*.json
var rootTasks embed.FS

// RootTaskPath is the path of the policies that bound sessions of AssumeRoot. They can be attached to nobody.
const RootTaskPath = "/root-task/"

// RootTask is the document of a policy that bounds a session of AssumeRoot, by its ARN (spec section 5.11).
func RootTask(arn string) (document string, ok bool) {
	name, ok := strings.CutPrefix(arn, aws.IAMARN("aws", "policy", RootTaskPath, ""))
	if !ok || strings.Contains(name, "/") {
		return "", false
	}
	text, err := rootTasks.ReadFile("roottasks/" + name + ".json")
	return strings.TrimSpace(string(text)), err == nil
}

// ByARN finds a policy by its ARN.
func ByARN(arn string) (Policy, bool) {
	p, ok := byARN[arn]
	return p, ok
}

// All returns every policy, by name.
func All() []Policy { return slices.Clone(policies) }
