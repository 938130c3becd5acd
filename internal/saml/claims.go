package saml

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/daypass/daypass/internal/aws"
)

// attributes is what the names of AWS's attributes begin with.
const attributes = "https://aws.amazon.com/SAML/Attributes/"

// What a session may last by AWS's attribute SessionDuration.
const minDuration, maxDuration = 900, 43_200

// Claims are what AWS's attributes say (spec section 5.8).
type Claims struct {
	Roles             []Role // in the order of the assertion; there may be none
	RoleSessionName   string
	SessionDuration   time.Duration // zero when the assertion does not say
	Tags              []Tag         // in the order of the assertion. A key may come twice, in any case
	TransitiveTagKeys []string
	SourceIdentity    string // empty when there is none
}

// Role is a role that the provider lets the subject take. Neither ARN is known to exist.
type Role struct {
	ARN      string
	Provider string // the ARN of the provider that says so
}

// Tag is a session tag.
type Tag struct {
	Key, Value string
}

// May reports whether the provider lets the subject take the role through this provider.
func (c *Claims) May(roleARN, providerARN string) bool {
	for _, role := range c.Roles {
		if role.ARN == roleARN && role.Provider == providerARN {
			return true
		}
	}
	return false
}

// namePattern is that of session names and source identities.
var namePattern = regexp.MustCompile(`^[a-zA-Z_0-9+=,.@-]{2,64}$`)

func (a *Assertion) readAttributes(e *etree.Element) error {
	a.mapped = map[string][]string{}
	seen := map[string]bool{}
	for _, statement := range children(e, assertionSpace, "AttributeStatement") {
		for _, attr := range children(statement, assertionSpace, "Attribute") {
			name := attribute(attr, "Name")
			own, ok := strings.CutPrefix(name, attributes)
			var err error
			switch {
			case ok && seen[own] && own != "Role": // some providers write an attribute for each role
				err = fmt.Errorf("the attribute %s is there twice", own)
			case ok:
				seen[own] = true
				err = a.read(own, attr)
			default:
				err = a.readMapped(name, attr)
			}
			if err != nil {
				return errInvalid(err)
			}
		}
	}
	return a.check()
}

// read takes one of AWS's attributes. One that is not known is a misspelt one, most likely: it is refused.
func (c *Claims) read(name string, attr *etree.Element) (err error) {
	if key, ok := strings.CutPrefix(name, "PrincipalTag:"); ok {
		value, err := single(attr)
		c.Tags = append(c.Tags, Tag{key, value})
		return err
	}
	switch name {
	case "Role":
		err = c.readRoles(attr)
	case "RoleSessionName":
		c.RoleSessionName, err = single(attr)
	case "SessionDuration":
		err = c.readDuration(attr)
	case "TransitiveTagKeys":
		c.TransitiveTagKeys, err = values(attr)
	case "SourceIdentity":
		c.SourceIdentity, err = single(attr)
		if err == nil && c.SourceIdentity == "" {
			err = errors.New("the SourceIdentity is empty")
		}
	default:
		err = fmt.Errorf("the attribute %s is not known", name)
	}
	return err
}

// readRoles takes the pairs of a role and a provider, which may come in either order.
func (c *Claims) readRoles(attr *etree.Element) error {
	pairs, err := values(attr)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		first, second, _ := strings.Cut(strings.TrimSpace(pair), ",")
		first, second = strings.TrimSpace(first), strings.TrimSpace(second)
		if isARN(first, "saml-provider/") {
			first, second = second, first
		}
		if !isARN(first, "role/") || !isARN(second, "saml-provider/") {
			return errors.New("a value of Role is not a role's and a provider's ARN")
		}
		c.Roles = append(c.Roles, Role{first, second})
	}
	return nil
}

func isARN(s, kind string) bool {
	arn, ok := aws.ParseARN(s)
	return ok && arn.Service == "iam" && strings.HasPrefix(arn.Resource, kind) && !strings.Contains(s, ",")
}

func (c *Claims) readDuration(attr *etree.Element) error {
	value, err := single(attr)
	if err != nil {
		return err
	}
	seconds, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || seconds < minDuration || seconds > maxDuration {
		return fmt.Errorf("the SessionDuration is not %d to %d", minDuration, maxDuration)
	}
	c.SessionDuration = time.Duration(seconds) * time.Second
	return nil
}

// check has AWS's texts for what is missing or malformed.
func (c *Claims) check() error {
	if c.RoleSessionName == "" {
		return aws.Errorf(aws.InvalidIdentityToken, "RoleSessionName is required in AuthnResponse")
	}
	if !namePattern.MatchString(c.RoleSessionName) {
		return aws.Errorf(aws.InvalidIdentityToken, "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
	}
	identity := c.SourceIdentity
	if identity != "" && (!namePattern.MatchString(identity) || strings.HasPrefix(strings.ToLower(identity), "aws:")) {
		return aws.Errorf(aws.InvalidIdentityToken, `Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`)
	}
	return nil
}

// values returns the texts of an attribute.
func values(attr *etree.Element) ([]string, error) {
	var all []string
	for _, e := range children(attr, assertionSpace, "AttributeValue") {
		value, err := text(e)
		if err != nil {
			return nil, fmt.Errorf("%w, in the attribute %s", err, attribute(attr, "Name"))
		}
		all = append(all, value)
	}
	return all, nil
}

func single(attr *etree.Element) (string, error) {
	all, err := values(attr)
	if err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "", fmt.Errorf("the attribute %s has %d values and must have one", attribute(attr, "Name"), len(all))
	}
	return all[0], nil
}
