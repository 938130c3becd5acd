// Package webidentity makes each account an OpenID Connect issuer of its own (spec section 5.11): it signs the tokens of
// GetWebIdentityToken and has the two documents with which anybody can check them.
//
// An issuer is a URL that ends in the uuid of its account. It has keys of two algorithms, RS256 and ES384, that no other
// account has: a relying party that has fetched the keys of one account can't be made to take the token of another, even if it
// forgets to compare the issuer.
//
// A private key leaves the database sealed, becomes a Tink key set here, and is never seen again: a Tink handle signs, and
// writes out its public half only.
package webidentity
