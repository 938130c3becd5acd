// Package oidc verifies the web identity tokens of AssumeRoleWithWebIdentity (spec sections 4 and 5.7): JSON Web Tokens that
// an OpenID Connect issuer signed. Parse reads a token and knows what it claims; a Verifier fetches the issuer's keys and
// only then hands the claims out.
//
// A token's issuer is the registered provider's URL behind "https://", byte for byte: with the case it was registered in,
// and with a slash at the end only if the URL has one. OpenID Connect compares so, and whatever made two names one would
// let one issuer speak for another.
//
// Whoever may send a request can send a token, and whoever may create providers names the hosts that are asked. So nothing
// is fetched for a token that would be refused anyway, an issuer is asked seldom however many tokens come, and no address
// is dialled that is not a public one.
package oidc
