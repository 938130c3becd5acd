package oidc

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxSubject is what OpenID Connect allows and AWS's reply has room for. AWS's model gives the reply a least length of
	// 6 too, but issuers with shorter subjects are known to be served, and no client checks replies.
	maxSubject = 255
	// maxSeconds is the end of the year 9999, the last that every form of a time can express.
	maxSeconds = 253_402_300_799
)

// AWS's own claims (spec section 5.7).
const (
	tagsClaim           = "https://aws.amazon.com/tags"
	principalTags       = "principal_tags"
	transitiveTagKeys   = "transitive_tag_keys"
	sourceIdentityClaim = "https://aws.amazon.com/source_identity"
)

// Tag is a session tag that the issuer gives.
type Tag struct{ Key, Value string }

// Claims are what the issuer says of the token's holder.
type Claims struct {
	Issuer  string // with "https://"
	Subject string
	// Audience is the registered client id that the token is for: azp when the token has one, else aud. It is the
	// condition key :aud.
	Audience string
	// Audiences is the claim aud. It is the condition key :oaud.
	Audiences       []string
	AuthorizedParty string // azp; empty: there is none
	AMR             []string
	JTI             string
	IssuedAt        time.Time
	ExpiresAt       time.Time
	// Tags are in the order of their keys, each key once. Whether keys, values and their number are what a session may have
	// is for the action to check, as for tags that come as parameters; so are the source identity and the transitive keys.
	Tags              []Tag
	TransitiveTagKeys []string
	SourceIdentity    string
	// Text has each claim at the top that is a string, by its name, those above included.
	Text map[string]string
}

// readClaims reads all claims that mean something here. One that is not of its form is an error: who wrote it meant
// something by it, which would be ignored.
func (t *Token) readClaims(object map[string]any) error {
	r := reader{object: object}
	c := &t.claims
	c.Issuer = r.text("iss", true)
	c.Audiences = r.audiences()
	c.Subject = r.text("sub", true)
	if utf8.RuneCountInString(c.Subject) > maxSubject {
		r.fail("sub", fmt.Errorf("it has more than %d characters", maxSubject))
	}
	t.end = r.seconds("exp", true)
	t.issued = r.seconds("iat", true)
	t.notBefore = r.seconds("nbf", false)
	c.IssuedAt, c.ExpiresAt = time.Unix(t.issued, 0).UTC(), time.Unix(t.end, 0).UTC()
	c.AuthorizedParty = r.text("azp", false)
	c.AMR = r.list("amr")
	c.JTI = r.text("jti", false)
	c.SourceIdentity = r.text(sourceIdentityClaim, false)
	r.tags(c)
	c.Text = map[string]string{}
	for name, value := range object {
		if text, ok := value.(string); ok && checkText(text) == nil {
			c.Text[name] = text
		}
	}
	if r.err != nil {
		return r.err
	}
	return nil
}

// reader reads claims and keeps the first error.
type reader struct {
	object map[string]any
	err    *Error
}

func (r *reader) fail(claim string, cause error) {
	if r.err == nil {
		r.err = errClaim(claim, cause)
	}
}

func (r *reader) find(claim string, required bool) (any, bool) {
	value, there := r.object[claim]
	if !there && required && r.err == nil {
		r.err = errMissing(claim)
	}
	return value, there
}

func (r *reader) text(claim string, required bool) string {
	value, there := r.find(claim, required)
	if !there {
		return ""
	}
	text, err := textOf(value)
	if err != nil {
		r.fail(claim, err)
	}
	return text
}

func (r *reader) list(claim string) []string {
	value, there := r.find(claim, false)
	if !there {
		return nil
	}
	list, err := listOf(value)
	if err != nil {
		r.fail(claim, err)
	}
	return list
}

// audiences reads aud, which is a string or a list of them.
func (r *reader) audiences() []string {
	value, there := r.find("aud", true)
	if !there {
		return nil
	}
	if _, one := value.(string); one {
		value = []any{value}
	}
	list, err := listOf(value)
	if err == nil && len(list) == 0 {
		err = errors.New("it is an empty list")
	}
	if err != nil {
		r.fail("aud", err)
	}
	return list
}

// seconds reads a time as AWS takes it: an integer, neither a fraction nor a string nor with an exponent.
func (r *reader) seconds(claim string, required bool) int64 {
	value, there := r.find(claim, required)
	if !there {
		return 0
	}
	number, _ := value.(json.Number)
	seconds, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || seconds < 0 || seconds > maxSeconds {
		r.fail(claim, errors.New("it is not an integer of seconds since 1970"))
		return 0
	}
	return seconds
}

func textOf(value any) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", errors.New("it is not a string")
	}
	if text == "" {
		return "", errors.New("it is empty")
	}
	return text, checkText(text)
}

// checkText refuses what two writers could mean differently, or a log or an XML document can't hold. Package json puts
// U+FFFD where an escape is half a character: two subjects would become one.
func checkText(text string) error {
	if strings.ContainsFunc(text, func(c rune) bool { return c == utf8.RuneError || unicode.IsControl(c) }) {
		return errors.New("it has control characters, or what is no character")
	}
	return nil
}

func listOf(value any) ([]string, error) {
	values, ok := value.([]any)
	if !ok {
		return nil, errors.New("it is not a list")
	}
	list := make([]string, len(values))
	for i, value := range values {
		text, err := textOf(value)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i+1, err)
		}
		list[i] = text
	}
	return list, nil
}

// tags reads the session tags, which stand in an object or, from issuers whose claims have no members, in claims of their
// own: https://aws.amazon.com/tags/principal_tags/Key. A token has one of the two forms.
func (r *reader) tags(c *Claims) {
	flat, tags := map[string]any{}, map[string]any{}
	for name, value := range r.object {
		member, ok := strings.CutPrefix(name, tagsClaim+"/")
		if !ok {
			continue
		}
		key, isTag := strings.CutPrefix(member, principalTags+"/")
		switch {
		case isTag:
			tags[key] = value
			flat[principalTags] = tags
		case member == transitiveTagKeys:
			flat[member] = value
		default:
			r.fail(name, errors.New("it is not known"))
		}
	}
	value, nested := r.object[tagsClaim]
	switch {
	case nested && len(flat) > 0:
		r.fail(tagsClaim, errors.New("the tags are there in both forms"))
	case nested:
		r.readTags(c, value)
	case len(flat) > 0:
		r.readTags(c, flat)
	}
}

func (r *reader) readTags(c *Claims, value any) {
	object, ok := value.(map[string]any)
	if !ok {
		r.fail(tagsClaim, errors.New("it is not an object"))
		return
	}
	var err error
	for name, value := range object {
		switch name {
		case principalTags:
			c.Tags, err = tagsOf(value)
		case transitiveTagKeys:
			c.TransitiveTagKeys, err = listOf(value)
		default:
			err = errors.New("it is not known")
		}
		if err != nil {
			r.fail(tagsClaim, fmt.Errorf("the member %q: %w", name, err))
			return
		}
	}
}

// tagsOf reads tags. A value is a string, or a list of one as AWS documents it.
func tagsOf(value any) ([]Tag, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("it is not an object")
	}
	tags := make([]Tag, 0, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value := object[key]
		if list, ok := value.([]any); ok && len(list) == 1 {
			value = list[0]
		}
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("the value of %q is neither a string nor a list of one", key)
		}
		if err := cmp.Or(checkText(key), checkText(text)); err != nil {
			return nil, fmt.Errorf("%q: %w", key, err)
		}
		tags = append(tags, Tag{Key: key, Value: text})
	}
	return tags, nil
}
