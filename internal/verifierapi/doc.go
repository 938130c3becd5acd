// Package verifierapi is the door for services that check signatures themselves, with package verifier: it lends them signing
// keys.
//
// A signing key is good for one day, region and service. Who holds it can check signatures within that scope, and make them.
// So a verifier needs a permission for its own service, daypass:GetSigningKey on
//
//	arn:aws:daypass:REGION:ACCOUNT:service/NAME
//
// where ACCOUNT is that of the credentials to be checked, and the keys of services that this server itself answers for are
// lent to nobody.
//
// The protocol is AWS's JSON 1.1, at the path / of the endpoint, signed for the service daypass:
//
//	X-Amz-Target: Daypass.GetSigningKey
//	{"AccessKeyId": "...", "SessionToken": "...", "Date": "20261001", "Region": "...", "Service": "..."}
package verifierapi
