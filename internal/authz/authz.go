// Package authz answers the second question: may the caller do this?
//
// Until the policy engine is here, nobody but root has any permission: root may do everything in its account, and every
// other principal is refused as one without a policy.
package authz

import (
	"fmt"

	"github.com/daypass/daypass/internal/aws"
)

// Authorize returns nil when the caller may perform the action (such as iam:CreateUser) on the resource, and AccessDenied
// with AWS's text otherwise (spec section 5.6, aws-iam section 16).
func Authorize(call aws.Call, action string, resource aws.Resource) error {
	if call.Caller.Type == aws.RootPrincipal {
		return nil
	}
	on := ""
	if resource.Text != "" {
		on = " on resource: " + resource.Text
	}
	return aws.Errorf(aws.AccessDenied, "User: %s is not authorized to perform: %s%s because no identity-based policy allows the %s action",
		call.Caller.ARN(), action, on, action).Because(fmt.Errorf("no policy allows %s on %s", action, resource.ARN))
}
