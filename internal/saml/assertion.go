package saml

import (
	"crypto/sha1" //nolint:gosec // AWS's name qualifier is one. Nothing is trusted because of it.
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/daypass/daypass/internal/aws"
)

const (
	bearer     = "urn:oasis:names:tc:SAML:2.0:cm:bearer" //nolint:gosec // a name, no credential
	nameFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
	// unspecified is the format of a name that comes without one.
	unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	// maxAge is AWS's limit (spec section 5.8).
	maxAge = 5 * time.Minute
	// skew is how far the provider's clock may be ahead.
	skew = time.Minute
)

// Assertion is what a provider says of somebody, verified.
type Assertion struct {
	ID      string
	Issuer  string // the provider's entityID
	Subject string // the NameID
	// SubjectType is the NameID's format as AWS tells it: persistent, transient or another name of SAML 2.0, else the whole.
	SubjectType string
	Recipient   string // one of Expect's

	IssueInstant time.Time
	// NotOnOrAfter is when the assertion has lost its force for good. It must be remembered until then.
	NotOnOrAfter time.Time
	// SessionNotOnOrAfter is when sessions must end that are made of the assertion; zero when it does not say.
	SessionNotOnOrAfter time.Time

	Claims
	mapped map[string][]string // attributes that condition keys stand for, by key
}

func errAudience(cause error) *aws.Error {
	return aws.Errorf(aws.InvalidIdentityToken, "Response does not contain the required audience.").Because(cause)
}

// errNotAuthorized is AWS's answer to an assertion without a NameID, as to a role that does not trust it.
func errNotAuthorized(cause error) *aws.Error {
	return aws.Errorf(aws.AccessDenied, "Not authorized to perform sts:AssumeRoleWithSAML").Because(cause)
}

// NameQualifier is what AWS tells persistent subjects of several providers apart by (spec section 5.8).
func NameQualifier(issuer, accountID, provider string) string {
	sum := sha1.Sum([]byte(issuer + accountID + "/" + provider)) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Context returns the condition keys that trust policies see (spec section 4). The provider is the one with this name in this
// account. The keys are in small letters.
func (a *Assertion) Context(accountID, provider string) map[string][]string {
	c := map[string][]string{
		"saml:aud":           {a.Recipient},
		"saml:iss":           {a.Issuer},
		"saml:sub":           {a.Subject},
		"saml:sub_type":      {a.SubjectType},
		"saml:namequalifier": {NameQualifier(a.Issuer, accountID, provider)},
		"saml:doc":           {accountID + "/" + provider},
	}
	for key, values := range a.mapped {
		c[key] = slices.Clone(values)
	}
	return c
}

// readAssertion reads and judges a verified assertion.
func readAssertion(now time.Time, e *etree.Element, issuer string, expect Expect) (*Assertion, error) {
	a := &Assertion{ID: attribute(e, "ID"), Issuer: issuer}
	if a.ID == "" || len(a.ID) > maxID {
		return nil, errInvalid(fmt.Errorf("the assertion's ID has %d characters", len(a.ID)))
	}
	if version := attribute(e, "Version"); version != "2.0" {
		return nil, errInvalid(fmt.Errorf("the assertion has version %q", version))
	}
	from, err := only(e, assertionSpace, "Issuer")
	if err != nil {
		return nil, errInvalid(err)
	}
	if err := checkIssuer(from, issuer); err != nil {
		return nil, err
	}
	v := validity{now: now}
	if err := v.conditions(e, expect); err != nil {
		return nil, err
	}
	if err := a.readSubject(e, &v, expect); err != nil {
		return nil, err
	}
	if err := a.readStatements(e, now); err != nil {
		return nil, err
	}
	if a.IssueInstant, a.NotOnOrAfter, err = v.judge(e); err != nil {
		return nil, err
	}
	if err := a.readAttributes(e); err != nil {
		return nil, err
	}
	return a, nil
}

// readSubject takes who it is about, and checks the one way in which AWS lets it be presented: by whoever has it, at the
// recipient, for a while.
func (a *Assertion) readSubject(e *etree.Element, v *validity, expect Expect) error {
	subject, err := only(e, assertionSpace, "Subject")
	if err != nil {
		return errNotAuthorized(err)
	}
	confirmation, err := only(subject, assertionSpace, "SubjectConfirmation")
	if err != nil {
		return errInvalid(err)
	}
	if method := attribute(confirmation, "Method"); method != bearer {
		return errInvalid(fmt.Errorf("the subject is confirmed by %q", method))
	}
	data, err := only(confirmation, assertionSpace, "SubjectConfirmationData")
	if err != nil {
		return errInvalid(err)
	}
	if attribute(data, "NotBefore") != "" || attribute(data, "NotOnOrAfter") == "" {
		return errInvalid(errors.New("the SubjectConfirmationData must have a NotOnOrAfter and no NotBefore"))
	}
	if err := v.until(data, "NotOnOrAfter"); err != nil {
		return err
	}
	if a.Recipient = attribute(data, "Recipient"); !slices.Contains(expect.Recipients, a.Recipient) {
		return errAudience(fmt.Errorf("the recipient is %q", a.Recipient))
	}
	return a.readName(subject)
}

func (a *Assertion) readName(subject *etree.Element) error {
	name, err := only(subject, assertionSpace, "NameID")
	if err != nil {
		return errNotAuthorized(err)
	}
	if a.Subject, err = text(name); err != nil {
		return errInvalid(err)
	}
	if a.Subject == "" {
		return errNotAuthorized(errors.New("the NameID is empty"))
	}
	if strings.TrimSpace(a.Subject) != a.Subject {
		return errInvalid(errors.New("there is white space around the NameID"))
	}
	format := attribute(name, "Format")
	if format == "" {
		format = unspecified
	}
	a.SubjectType = strings.TrimPrefix(format, nameFormat)
	return nil
}

// readStatements takes until when the provider's session lasts: until the first of them ends, when there are several.
func (a *Assertion) readStatements(e *etree.Element, now time.Time) error {
	statements := children(e, assertionSpace, "AuthnStatement")
	if len(statements) == 0 {
		return errInvalid(errors.New("there is no AuthnStatement"))
	}
	for _, statement := range statements {
		end, err := instant(statement, "SessionNotOnOrAfter")
		if err != nil {
			return err
		}
		if !end.IsZero() && (a.SessionNotOnOrAfter.IsZero() || end.Before(a.SessionNotOnOrAfter)) {
			a.SessionNotOnOrAfter = end
		}
	}
	if !a.SessionNotOnOrAfter.IsZero() && !now.Before(a.SessionNotOnOrAfter) {
		return errExpired(fmt.Errorf("the provider's session ended at %v", a.SessionNotOnOrAfter))
	}
	return nil
}
