package authz

import (
	"maps"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// requestContext has the condition keys that the resource and the request's own parameters fill. What is true of the call and
// its caller is told by facts.
func requestContext(t target, given map[string][]string) policy.Context {
	c := make(policy.Context, len(given)+1)
	t.fill(c)
	maps.Copy(c, given)
	return c
}

// maxReadings bounds what tags may cost that differ in the case of their keys alone.
const maxReadings = 64

// readings are the contexts that a request must be allowed in. There is one, unless tags differ in the case of their keys
// alone, which policies, MFA devices and providers may have: a condition key is the same in any case and has one value, so
// none of them may hide behind another, nor one combination of them behind another. It reports false when there are too
// many combinations to ask about each.
func readings(c policy.Context) ([]policy.Context, bool) {
	all := []policy.Context{c}
	for key, values := range c {
		if !isTag(key) || len(values) == 1 {
			continue
		}
		if len(all)*len(values) > maxReadings {
			return []policy.Context{c}, false
		}
		var more []policy.Context
		for _, reading := range all {
			for i := range values {
				reading = maps.Clone(reading)
				reading[key] = values[i : i+1]
				more = append(more, reading)
			}
		}
		all = more
	}
	return all, true
}

// storedSpelling adds the contexts in which the request names tags as they are stored. Tags of users and roles are the same
// in any case, and values of aws:TagKeys are not: a tag must not be changed or taken away by another spelling of its key.
func storedSpelling(contexts []policy.Context, t target) []policy.Context {
	given := contexts[0][aws.KeyTagKeys]
	if !t.entity || len(given) == 0 {
		return contexts
	}
	stored := slices.Clone(given)
	for i, key := range stored {
		for _, tag := range t.tags {
			if aws.SameTagKey(key, tag.TagKey) {
				stored[i] = tag.TagKey
			}
		}
	}
	if slices.Equal(stored, given) {
		return contexts
	}
	for _, c := range contexts {
		c = maps.Clone(c)
		c[aws.KeyTagKeys] = stored
		contexts = append(contexts, c)
	}
	return contexts
}

func isTag(key string) bool {
	return strings.HasPrefix(key, aws.KeyRequestTag) || strings.HasPrefix(key, aws.KeyResourceTag)
}
