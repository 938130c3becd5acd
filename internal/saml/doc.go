// Package saml reads what SAML 2.0 identity providers write: their metadata, and the signed responses that people bring of
// them. Whatever it does not accept, the caller must not use: there is one reader, so that what was checked when a provider
// was made is what its assertions are checked by.
//
//	ParseMetadata  document             -> Metadata: the provider's name and certificates
//	Verify         response, Metadata   -> Assertion: who it is about, and what the provider lets them do
//
// A response goes through four hands, and none trusts the one before: the guard refuses what two parsers could read in two
// ways; the structure has each element once and at its place; package goxmldsig verifies the signature, in the one shape that
// is let through to it; and claims are read from the bytes that it returns as signed.
package saml
