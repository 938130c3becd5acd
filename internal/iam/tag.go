package iam

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// Tag is a key and a value, which may be empty.
type Tag struct {
	Key   string  `required:"true" minlen:"1" maxlen:"128" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
	Value *string `required:"true" minlen:"0" maxlen:"256" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"`
}

// tagKeys says which tag keys of a resource are one key (aws-iam section 11).
type tagKeys int

const (
	ignoringCase tagKeys = iota + 1 // of users and roles
	exactCase                       // of policies, MFA devices and identity providers
)

func (k tagKeys) fold(key string) string {
	if k == ignoringCase {
		return aws.FoldTagKey(key)
	}
	return key
}

// checkTags refuses what AWS's model cannot say. putTags does it too; actions call it before, so that a request with a bad
// tag is refused whatever is stored.
func (k tagKeys) checkTags(tags []Tag) error {
	seen := make(map[string]bool, len(tags))
	for _, tag := range tags {
		if reserved(tag.Key) || reserved(*tag.Value) {
			return aws.Errorf(aws.InvalidInput, "Tag keys and values that start with aws: are reserved for system use.")
		}
		key := k.fold(tag.Key)
		if seen[key] {
			return k.errDuplicate()
		}
		seen[key] = true
	}
	return nil
}

func (k tagKeys) errDuplicate() *aws.Error {
	if k == ignoringCase {
		return aws.Errorf(aws.InvalidInput, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	}
	return aws.Errorf(aws.InvalidInput, "Duplicate tag keys found.")
}

func reserved(s string) bool { return strings.HasPrefix(strings.ToLower(s), "aws:") }

// putTags adds tags to a resource, new or not: a user, role or policy by its unique id, an MFA device by its serial
// number, a provider by its ARN. A tag takes the place of one with the same key, and brings its own spelling of it.
func (k tagKeys) putTags(ctx context.Context, tx *store.Tx, resourceID string, tags []Tag) error {
	if err := k.checkTags(tags); err != nil || len(tags) == 0 {
		return err
	}
	keys := make([]string, len(tags))
	for i, tag := range tags {
		keys[i] = tag.Key
	}
	if err := k.removeTags(ctx, tx, resourceID, keys); err != nil {
		return err
	}
	others, err := tx.Tags(ctx, resourceID)
	if err != nil {
		return err
	}
	if len(others)+len(tags) > maxTags {
		return aws.Errorf(aws.LimitExceeded, "The number of tags has reached the maximum limit.")
	}
	for _, tag := range tags {
		if err := tx.InsertTag(ctx, store.InsertTagParams{ResourceID: resourceID, TagKey: tag.Key, TagValue: *tag.Value}); err != nil {
			return err
		}
	}
	return nil
}

// removeTags takes the tags with these keys from a resource. That it has no such tag is no error.
func (k tagKeys) removeTags(ctx context.Context, tx *store.Tx, resourceID string, keys []string) error {
	folded := make(map[string]bool, len(keys))
	for _, key := range keys {
		folded[k.fold(key)] = true
	}
	tags, err := tx.Tags(ctx, resourceID)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if !folded[k.fold(tag.TagKey)] {
			continue
		}
		if _, err := tx.DeleteTag(ctx, store.DeleteTagParams{ResourceID: resourceID, TagKey: tag.TagKey}); err != nil {
			return err
		}
	}
	return nil
}

// tagsOf returns the tags of a resource by key, byte by byte (aws-iam section 2.4); nil if it has none.
func tagsOf(ctx context.Context, tx *store.Tx, resourceID string) ([]Tag, error) {
	rows, err := tx.Tags(ctx, resourceID)
	var tags []Tag
	for _, row := range rows {
		tags = append(tags, Tag{Key: row.TagKey, Value: &row.TagValue})
	}
	return tags, err
}

// TagPage is one page of a resource's tags: the output of the actions that list them embeds it.
type TagPage struct {
	Tags        []Tag
	IsTruncated bool
	Marker      string
}

// tagsPage reads a page of the tags of a resource, by key, byte by byte. Keys may have characters that no marker may have,
// so the marker has a hash of the last key, and is invalid once that tag is gone.
func tagsPage(ctx context.Context, tx *store.Tx, p page, resourceID string) (TagPage, error) {
	tags, err := tagsOf(ctx, tx, resourceID)
	if err != nil {
		return TagPage{}, err
	}
	if p.after != "" {
		last := slices.IndexFunc(tags, func(t Tag) bool { return keyHash(t.Key) == p.after })
		if last < 0 {
			return TagPage{}, errInvalidMarker
		}
		tags = tags[last+1:]
	}
	if len(tags) <= p.limit {
		return TagPage{Tags: append([]Tag{}, tags...)}, nil // an empty element rather than none
	}
	return TagPage{Tags: tags[:p.limit], IsTruncated: true, Marker: p.markerOf(keyHash(tags[p.limit-1].Key))}, nil
}

func keyHash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// asGiven are the tags in the reply to the creation of what has them: in the order given, and left out when there are none.
func asGiven(tags []Tag) []Tag {
	if len(tags) == 0 {
		return nil
	}
	return tags
}
