package iam

import (
	"context"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// Tag is a key and a value, which may be empty.
type Tag struct {
	Key   string  `required:"true" minlen:"1" maxlen:"128" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
	Value *string `required:"true" minlen:"0" maxlen:"256" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"`
}

// checkUserTags refuses what AWS's model cannot say: keys of users are the same in any case (aws-iam section 11).
func checkUserTags(tags []Tag) error {
	return checkTags(tags, strings.ToLower, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
}

// checkMFADeviceTags is the same for resources whose keys differ by case.
func checkMFADeviceTags(tags []Tag) error {
	return checkTags(tags, func(key string) string { return key }, "Duplicate tag keys found.")
}

func checkTags(tags []Tag, fold func(string) string, duplicate string) error {
	seen := make(map[string]bool, len(tags))
	for _, tag := range tags {
		if reserved(tag.Key) || reserved(*tag.Value) {
			return aws.Errorf(aws.InvalidInput, "Tag keys and values that start with aws: are reserved for system use.")
		}
		if seen[fold(tag.Key)] {
			return aws.Errorf(aws.InvalidInput, "%s", duplicate)
		}
		seen[fold(tag.Key)] = true
	}
	return nil
}

func reserved(s string) bool { return strings.HasPrefix(strings.ToLower(s), "aws:") }

func insertTags(ctx context.Context, tx *store.Tx, resourceID string, tags []Tag) error {
	for _, tag := range tags {
		if err := tx.InsertTag(ctx, store.InsertTagParams{
			ResourceID: resourceID, TagKey: tag.Key, TagValue: *tag.Value,
		}); err != nil {
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
