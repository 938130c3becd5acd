package sts

import (
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
)

// Tag is a session tag. Its value may be empty.
type Tag struct {
	Key   string  `required:"true" minlen:"1" maxlen:"128" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
	Value *string `required:"true" minlen:"0" maxlen:"256" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"`
}

// reservedPrefix begins the tag keys and values, and the source identities, that are AWS's own.
const reservedPrefix = "aws:"

// maxTags is how many tags a session has at most. A request alone has no more; without a limit for what a chain of sessions
// gathers, each of its requests would cost more than the one before.
const maxTags = 50

// The texts of spec section 5.5.
var (
	errDuplicateTag = aws.Errorf(aws.InvalidParameterValue, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	errNotATag      = aws.Errorf(aws.InvalidParameterValue, "The specified transitive tag key must be included in the requested tags.")
	errInherited    = aws.Errorf(aws.InvalidParameterValue, "One of the specified transitive tag keys can't be set because it conflicts with "+
		"a transitive tag key from the calling session.")
	errTooManyTags = aws.Errorf(aws.ValidationError, "The number of session tags, those of the calling session included, exceeds the limit of %d.", maxTags)
	errReservedTag = aws.Errorf(aws.InvalidParameterValue, "Tag keys and values that start with aws: are reserved for system use.")
)

// sessionTags are the tags that a session is asked for with, and those that it inherits. Keys are the same in any case.
type sessionTags struct {
	tags       []aws.Tag
	transitive []string
	inherited  []aws.Tag
}

func newSessionTags(tags []Tag, transitive []string, caller aws.Caller) (t sessionTags, err error) {
	for _, tag := range tags {
		t.tags = append(t.tags, aws.Tag{Key: tag.Key, Value: *tag.Value})
	}
	t.transitive = transitive
	if caller.Session != nil {
		t.inherited = caller.Session.TransitiveTags()
	}
	return t, t.check()
}

func (t *sessionTags) check() error {
	if len(t.tags)+len(t.inherited) > maxTags {
		return errTooManyTags
	}
	for i, tag := range t.tags {
		switch {
		case isReserved(tag.Key) || isReserved(tag.Value):
			return errReservedTag
		case has(t.tags[:i], tag.Key):
			return errDuplicateTag
		}
	}
	for _, key := range t.transitive {
		if !has(t.tags, key) {
			return errNotATag
		}
	}
	for _, tag := range t.tags {
		if has(t.inherited, tag.Key) {
			return errInherited
		}
	}
	return nil
}

func isReserved(text string) bool {
	return len(text) >= len(reservedPrefix) && strings.EqualFold(text[:len(reservedPrefix)], reservedPrefix)
}

func has(tags []aws.Tag, key string) bool {
	return slices.ContainsFunc(tags, func(tag aws.Tag) bool { return aws.SameTagKey(tag.Key, key) })
}

// needPermission reports whether the session gets tags, of the request or of the calling session, and so needs
// sts:TagSession.
func (t *sessionTags) needPermission() bool { return len(t.tags)+len(t.inherited) > 0 }

// fill adds the condition keys of the tags that the request passes (spec section 4).
func (t *sessionTags) fill(context map[string][]string) {
	var keys []string
	for _, tag := range t.tags {
		context[aws.KeyRequestTag+aws.FoldTagKey(tag.Key)] = []string{tag.Value}
		keys = append(keys, tag.Key)
	}
	if len(keys) > 0 {
		context[aws.KeyTagKeys] = keys
	}
	if len(t.transitive) > 0 {
		context[keyTransitiveTagKeys] = t.transitive
	}
}

// give puts the tags on a session.
func (t *sessionTags) give(s *aws.Session) {
	s.Tags = append(slices.Clone(t.tags), t.inherited...)
	s.TransitiveTagKeys = slices.Clone(t.transitive)
	for _, tag := range t.inherited {
		s.TransitiveTagKeys = append(s.TransitiveTagKeys, tag.Key)
	}
}
