package saml

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/beevik/etree"

	"github.com/daypass/daypass/internal/aws"
)

func errExpired(cause error) *aws.Error {
	return aws.Errorf(aws.ExpiredTokenException, "Response has expired").Because(cause)
}

// validity gathers when an assertion is good.
type validity struct {
	now time.Time
	end time.Time // the earliest of all; zero before there is one
}

// instant reads an attribute that holds a time. It is zero when the attribute is not there.
func instant(e *etree.Element, name string) (time.Time, error) {
	value := attribute(e, name)
	if value == "" {
		return time.Time{}, nil
	}
	t, err := parseTime(value)
	if err != nil {
		return time.Time{}, errInvalid(fmt.Errorf("the %s of the %s is no time", name, e.Tag))
	}
	return t, nil
}

func (v *validity) limit(end time.Time) {
	if !end.IsZero() && (v.end.IsZero() || end.Before(v.end)) {
		v.end = end
	}
}

func (v *validity) until(e *etree.Element, name string) error {
	end, err := instant(e, name)
	v.limit(end)
	return err
}

// conditions reads who an assertion is for, and when. A condition that is not known can't be met.
func (v *validity) conditions(e *etree.Element, expect Expect) error {
	found := children(e, assertionSpace, "Conditions")
	if len(found) == 0 {
		return errAudience(errors.New("there are no Conditions"))
	}
	if len(found) > 1 {
		return errInvalid(errors.New("there is more than one element Conditions"))
	}
	begin, err := instant(found[0], "NotBefore")
	if err != nil {
		return err
	}
	if v.now.Before(begin.Add(-skew)) {
		return errInvalid(fmt.Errorf("it is good from %v only", begin))
	}
	if err := v.until(found[0], "NotOnOrAfter"); err != nil {
		return err
	}
	return checkConditions(found[0], expect)
}

func checkConditions(conditions *etree.Element, expect Expect) error {
	restricted := false
	for _, condition := range conditions.ChildElements() {
		switch {
		case is(condition, assertionSpace, "AudienceRestriction"):
			if err := checkAudience(condition, expect); err != nil {
				return err
			}
			restricted = true
		case is(condition, assertionSpace, "OneTimeUse"): // as every assertion is
		case is(condition, assertionSpace, "ProxyRestriction"): // about assertions that others make of it
		default:
			return errInvalid(fmt.Errorf("the condition %s is not known", condition.Tag))
		}
	}
	if !restricted {
		return errAudience(errors.New("there is no AudienceRestriction"))
	}
	return nil
}

// checkAudience wants one of the audiences to be expected. Where there are several restrictions, each must hold.
func checkAudience(restriction *etree.Element, expect Expect) error {
	for _, e := range children(restriction, assertionSpace, "Audience") {
		audience, err := trimmed(e)
		if err != nil {
			return errInvalid(err)
		}
		if slices.Contains(expect.Audiences, audience) {
			return nil
		}
	}
	return errAudience(errors.New("the audience is none of those expected"))
}

// judge looks at when an assertion was issued, and returns it with when the assertion ends. What the provider set comes
// first: where the two differ, it is the shorter time.
func (v *validity) judge(e *etree.Element) (issued, end time.Time, err error) {
	if issued, err = instant(e, "IssueInstant"); err != nil {
		return issued, end, err
	}
	if issued.IsZero() || issued.After(v.now.Add(skew)) {
		return issued, end, errInvalid(errors.New("the assertion has no IssueInstant, or one in the future"))
	}
	if !v.now.Before(v.end) {
		return issued, end, errExpired(fmt.Errorf("it was good until %v", v.end))
	}
	v.limit(issued.Add(maxAge))
	if !v.now.Before(v.end) {
		return issued, end, aws.Errorf(aws.ExpiredTokenException, "Token must be redeemed within 5 minutes of issuance").
			Because(fmt.Errorf("it was issued at %v", issued))
	}
	return issued, v.end, nil
}
