package aws

import "strings"

// Partition is the only partition daypass serves.
const Partition = "aws"

// GlobalRegion is the region of AWS's global services, of which IAM is one: clients sign for it wherever they are.
const GlobalRegion = "us-east-1"

// ARN is an Amazon Resource Name taken apart. Resource is all that follows the fifth colon, and may hold colons itself.
type ARN struct {
	Partition, Service, Region, AccountID, Resource string
}

// ParseARN splits s into its six parts. It reports false when there are fewer, or when the first is not "arn".
func ParseARN(s string) (ARN, bool) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return ARN{}, false
	}
	return ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}, true
}

func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.AccountID + ":" + a.Resource
}

// IAMARN names an IAM resource of an account: kind is user, mfa, policy and so on; path begins and ends with a slash.
func IAMARN(accountID, kind, path, name string) string {
	return ARN{Partition: Partition, Service: "iam", AccountID: accountID, Resource: kind + path + name}.String()
}

// OIDCProviderARN names an OpenID Connect provider. url is without its scheme: its path is a part of the name.
func OIDCProviderARN(accountID, url string) string {
	return IAMARN(accountID, "oidc-provider", "/", url)
}

// STSARN names a session that STS issued.
func STSARN(accountID, resource string) string {
	return ARN{Partition: Partition, Service: "sts", AccountID: accountID, Resource: resource}.String()
}

// RootARN names the root of an account.
func RootARN(accountID string) string {
	return IAMARN(accountID, "root", "", "")
}
