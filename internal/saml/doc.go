// Package saml reads what SAML 2.0 identity providers write. Whatever it does not accept, the caller must not use: there is
// one reader, so that what was checked when a provider was made is what its assertions are checked by.
package saml
