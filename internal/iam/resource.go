package iam

import (
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// userResource is the user that a call is about: the caller when userName is empty or the caller's. The path of any other
// user is not known before it is looked up, and authorisation comes before existence: such a user is asked about as if
// its path were "/" (aws-iam section 16).
func userResource(call aws.Call, userName string) aws.Resource {
	caller := call.Caller
	switch {
	case userName == "" && caller.Type == aws.RootPrincipal:
		return aws.Resource{ARN: caller.ARN(), Text: caller.ARN()}
	case userName == "":
		return aws.Resource{ARN: caller.ARN(), Text: "user null" + caller.Name} // AWS prints an absent path as null
	case caller.Type == aws.UserPrincipal && store.NameKey(userName) == store.NameKey(caller.Name):
		return aws.Resource{ARN: caller.ARN(), Text: "user " + userName}
	default:
		return aws.Resource{ARN: aws.IAMARN(caller.AccountID, "user", "/", userName), Text: "user " + userName}
	}
}

// arnResource is a resource that AccessDenied calls by its ARN.
func arnResource(arn string) aws.Resource { return aws.Resource{ARN: arn, Text: arn} }

// listResource is asked about by actions that list all resources of a kind: only a policy for "*" allows those.
func listResource(call aws.Call, kind string) aws.Resource {
	return aws.Resource{ARN: "*", Text: aws.IAMARN(call.Caller.AccountID, kind, "/", "")}
}
