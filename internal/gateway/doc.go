// Package gateway is the door to services that know nothing of IAM: it authenticates their requests, names what they ask for,
// has it authorised, and passes on a request of its own making, signed with the backend's own credentials.
//
// A request is refused, or what goes on has one reading: bytes of the client are never forwarded as they came (spec
// aws-services sections 1 and 6). S3 is spoken by package s3, every other service by package awsmodel.
package gateway
