// Package e2e drives a real daypass server with the clients that people use: the AWS CLI, boto3, the AWS SDKs for
// JavaScript and for Go, aws-vault and aws-iam-authenticator. Those who vouch for people are real, too: an OpenID Connect
// provider and a SAML identity provider. So are the services behind the gateway (gatewaybackend_test.go). Nothing here knows
// how the server works. Token codes come from oathtool and QR codes are read by zbarimg, so that a mistake of ours can't
// cancel itself out.
//
// What operators watch is watched by a real Prometheus (observability_test.go).
//
// S3 behind the gateway is versitygw, which checks signatures. Its clients are the AWS CLI, the AWS SDKs, boto3, minio-go,
// rclone, s3cmd and s3fs. DAYPASS_E2E_S3_MIB says how large the largest object is, in MiB: 1,024 when it is not set.
//
// The authority that issues certificates by ACME is Pebble (acme_test.go).
//
// Each test starts its own server (server_test.go), which is stopped and searched for leaked secrets at the test's end.
// A test whose client isn't on the machine is skipped; with CI=true it fails.
package e2e
