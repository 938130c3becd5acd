// Package awsmodel names the requests of AWS services other than S3, STS and IAM: which operation is meant, which actions
// on which resources its caller must be permitted, and how the service says no (aws-services sections 1, 4 and 5).
//
// It refuses what has two readings. What it names can be forwarded as Call says, and has one reading there.
package awsmodel
