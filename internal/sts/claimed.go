package sts

import (
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"

	"github.com/daypass/daypass/internal/aws"
)

// What identity providers claim is held to the constraints that parameters are held to (spec section 5.1).

const (
	maxTagKey         = 128
	maxTagValue       = 256
	minSourceIdentity = 2
	maxSourceIdentity = 64
)

var (
	tagPattern            = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	sourceIdentityPattern = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]*$`)
)

// claimedTags are session tags that an identity provider gives.
func claimedTags[T ~struct{ Key, Value string }](claimed []T, transitive []string) (sessionTags, error) {
	t := sessionTags{transitive: transitive}
	for _, tag := range claimed {
		t.tags = append(t.tags, aws.Tag(tag))
	}
	if len(t.tags) > maxTags || len(transitive) > maxTags {
		return t, fmt.Errorf("there are more than %d tags", maxTags)
	}
	for _, tag := range t.tags {
		if n := utf8.RuneCountInString(tag.Key); n < 1 || n > maxTagKey || utf8.RuneCountInString(tag.Value) > maxTagValue ||
			!tagPattern.MatchString(tag.Key) || !tagPattern.MatchString(tag.Value) {
			return t, errors.New("a tag has a key or a value that no tag can have")
		}
	}
	return t, t.check()
}

// checkSourceIdentity has the text of spec section 5.8.
func checkSourceIdentity(name string) error {
	if name == "" {
		return nil
	}
	if len(name) < minSourceIdentity || len(name) > maxSourceIdentity || !sourceIdentityPattern.MatchString(name) {
		return aws.Errorf(aws.InvalidIdentityToken, `Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`)
	}
	return nil
}

// lasting are the condition keys that stay with a session, of those that a claim or an assertion fills (spec section 4).
func lasting(context map[string][]string, keys ...string) []aws.Tag {
	var kept []aws.Tag
	for _, key := range keys {
		for _, value := range context[key] {
			if value != "" {
				kept = append(kept, aws.Tag{Key: key, Value: value})
			}
		}
	}
	return kept
}
