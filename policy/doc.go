// Package policy is the policy language of AWS IAM: it parses and checks documents, compiles them once, and decides
// requests as AWS decides them.
//
// Parse turns a document into a Policy, which never changes. Evaluate is a pure function of the policies that apply and
// the request: it returns the decision and why. Nothing that is not understood is ever skipped: what Parse accepts,
// Evaluate has the meaning of, and everything else is refused on the way in.
//
//	p, err := policy.Parse(policy.ManagedPolicy, document)
//	...
//	decision := policy.Evaluate(&policy.Policies{Identity: []policy.Source{{ID: "admins", Policy: p}}}, &policy.Request{
//		Principal: policy.Principal{Type: policy.User, Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/alice"},
//		Action:    "s3:GetObject",
//		Resource:  "arn:aws:s3:::bucket/key",
//	})
//
// A document that is refused gets AWS's text for it, in AWS's order of checks; Error adds what is wrong and where:
//
//	Syntax errors in policy. (line 4, column 7: unknown element "Efect")
//
// Reading takes time and memory linear in the document, and matching is linear in pattern and text: neither can be made to
// blow up.
package policy
