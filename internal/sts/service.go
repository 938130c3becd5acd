// Package sts does what AWS Security Token Service does, one file per action. It sees Go values only: who calls and
// whether the call is allowed is settled before, and how the answer looks on the wire after. The actions that ask for a
// session of a role have the role's trust policy asked themselves: only they know of which role.
package sts

import (
	"github.com/daypass/daypass/internal/authmessage"
	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/oidc"
	"github.com/daypass/daypass/internal/sessiontoken"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/webidentity"
)

// Service performs the STS actions.
type Service struct {
	Store      *store.Store
	Tokens     *store.Keyring[*sessiontoken.Ring]
	Messages   *store.Keyring[*authmessage.Ring] // opens encoded authorization messages
	Authorizer *authz.Authorizer
	// WebIdentities verifies the tokens of OpenID Connect providers.
	WebIdentities *oidc.Verifier
	// Issuers sign the web identity tokens of accounts.
	Issuers *webidentity.Issuers
	// SAMLAudiences are names of this server, beside AWS's, that assertions may be meant for.
	SAMLAudiences []string
	// AWSMessagesOnly leaves out what daypass adds to AWS's texts: where a session policy is malformed, and how.
	AWSMessagesOnly bool
	MFA             authn.MFA // judges token codes

	samlProviders samlProviders
}
