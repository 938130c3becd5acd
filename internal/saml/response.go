package saml

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/daypass/daypass/internal/aws"
)

const (
	assertionSpace  = "urn:oasis:names:tc:SAML:2.0:assertion"
	encryptionSpace = "http://www.w3.org/2001/04/xmlenc#"
	success         = "urn:oasis:names:tc:SAML:2.0:status:Success"
	// maxEncoded and minEncoded bound the parameter SAMLAssertion (spec section 5.1).
	minEncoded, maxEncoded = 4, 100_000
	// maxID bounds what the memory of spent assertions must keep of one. Providers use some 40 characters.
	maxID = 256
)

// errInvalid is for what AWS's text is not known of. The cause says what is wrong.
func errInvalid(cause error) *aws.Error {
	return aws.Errorf(aws.InvalidIdentityToken, "Your request included an invalid SAML response.").Because(cause)
}

func errSignature(cause error) *aws.Error {
	return aws.Errorf(aws.InvalidIdentityToken, "Response signature invalid").Because(cause)
}

// Expect is whom a response must be meant for.
type Expect struct {
	Audiences  []string // the assertion's audience must be one of them
	Recipients []string // and the address that it was sent to one of these
}

// NewExpect returns AWS's names (spec section 5.8), by which providers know AWS as they are delivered, and the operator's
// own, each of which may stand for an audience and for a recipient.
func NewExpect(own ...string) Expect {
	const signIn = "https://signin.aws.amazon.com/saml"
	return Expect{
		Audiences:  append([]string{"urn:amazon:webservices", signIn}, own...),
		Recipients: append([]string{signIn}, own...),
	}
}

// Verify reads the parameter SAMLAssertion of AssumeRoleWithSAML (spec section 5.8): a response with one assertion, signed by
// the provider whose metadata is m, which expect is meant by and which is good now. What the assertion says is read from what
// was signed and nothing else. The error is an *aws.Error, whose cause says more to the operator.
//
// That the assertion was not seen before is the caller's to find out, by Issuer and ID, until NotOnOrAfter.
func Verify(now time.Time, encoded string, m *Metadata, expect Expect) (*Assertion, error) {
	response, err := parseResponse(encoded)
	if err != nil {
		return nil, err
	}
	if err := checkResponse(response, m.EntityID, expect); err != nil {
		return nil, err
	}
	if !m.ValidUntil.IsZero() && !now.Before(m.ValidUntil) {
		return nil, errSignature(errors.New("the provider's metadata has expired"))
	}
	verified, err := verifyAssertion(response, m.Certificates)
	if err != nil {
		return nil, errSignature(err)
	}
	return readAssertion(now, verified, m.EntityID, expect)
}

func parseResponse(encoded string) (*etree.Element, error) {
	if len(encoded) < minEncoded || len(encoded) > maxEncoded {
		return nil, errInvalid(fmt.Errorf("it has %d characters, which must be %d to %d", len(encoded), minEncoded, maxEncoded))
	}
	document, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, aws.Errorf(aws.InvalidIdentityToken, "Invalid base64 SAMLResponse").Because(err)
	}
	root, err := parseTree(string(document))
	if err == nil {
		err = checkStructure(root)
	}
	if err != nil {
		return nil, errInvalid(err)
	}
	return root, nil
}

// checkStructure refuses every document in which two readers could take different elements for the response, the assertion,
// or one of their signatures: each name is there once, at its place, in whatever name space.
func checkStructure(root *etree.Element) error {
	if !is(root, protocol, "Response") {
		return errors.New("it is no SAML 2.0 response")
	}
	seen := map[string]int{}
	ids := map[string]bool{}
	return walk(root, func(e *etree.Element) error {
		if e.NamespaceURI() == encryptionSpace || strings.HasPrefix(e.Tag, "Encrypted") {
			return errors.New("encrypted assertions are not accepted")
		}
		if err := checkPlace(root, e, seen); err != nil {
			return err
		}
		return checkIDs(e, ids)
	})
}

func checkPlace(root, e *etree.Element, seen map[string]int) error {
	name, good := e.Tag, false
	switch within := e.Parent(); e.Tag {
	case "Response":
		good = e == root
	case "Assertion":
		good = within == root && is(e, assertionSpace, "Assertion")
	case "Signature":
		inAssertion := within.Parent() == root && is(within, assertionSpace, "Assertion")
		good = (within == root || inAssertion) && is(e, dsig.Namespace, "Signature")
		name = within.Tag + " Signature"
	default:
		return nil
	}
	if !good {
		return fmt.Errorf("an element %s is where it does not belong", e.Tag)
	}
	if seen[name]++; seen[name] > 1 {
		return fmt.Errorf("there is more than one %s", name)
	}
	return nil
}

// checkIDs takes note of an element's IDs, as whoever looks for one might understand the word.
func checkIDs(e *etree.Element, seen map[string]bool) error {
	for _, a := range e.Attr {
		if a.Space == "xmlns" || !strings.EqualFold(a.Key, "id") {
			continue
		}
		if seen[a.Value] {
			return errors.New("two elements have the same ID")
		}
		seen[a.Value] = true
	}
	return nil
}

// checkResponse looks at what may not be signed. It can only refuse: what the assertion says is read later.
func checkResponse(response *etree.Element, issuer string, expect Expect) error {
	if version := attribute(response, "Version"); version != "2.0" {
		return errInvalid(fmt.Errorf("the response has version %q", version))
	}
	if err := checkStatus(response); err != nil {
		return err
	}
	if destination := attribute(response, "Destination"); destination != "" && !slices.Contains(expect.Recipients, destination) {
		return errAudience(fmt.Errorf("the response has the destination %q", destination))
	}
	assertion, err := only(response, assertionSpace, "Assertion")
	if err != nil {
		return errInvalid(err)
	}
	for _, e := range append(children(response, assertionSpace, "Issuer"), children(assertion, assertionSpace, "Issuer")...) {
		if err := checkIssuer(e, issuer); err != nil {
			return err
		}
	}
	return nil
}

func checkStatus(response *etree.Element) error {
	status, err := only(response, protocol, "Status")
	if err != nil {
		return errInvalid(err)
	}
	code, err := only(status, protocol, "StatusCode")
	if err != nil {
		return errInvalid(err)
	}
	if value := attribute(code, "Value"); value != success {
		return aws.Errorf(aws.IDPRejectedClaim, "The identity provider (IdP) reported that authentication failed.").
			Because(fmt.Errorf("the status is %q", value))
	}
	return nil
}

func checkIssuer(e *etree.Element, want string) error {
	issuer, err := trimmed(e)
	if err != nil {
		return errInvalid(err)
	}
	if issuer != want {
		return aws.Errorf(aws.InvalidIdentityToken, "Issuer not present in specified provider").
			Because(fmt.Errorf("the issuer is %q and the provider %q", issuer, want))
	}
	return nil
}
