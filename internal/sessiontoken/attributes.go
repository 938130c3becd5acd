package sessiontoken

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/deflate"
)

// The attributes of a session are what can make its token large: session policies, tags, condition keys. Most sessions
// have none. They are five lists, one after the other, each the count of its strings and the strings, each preceded by its
// length; a tag is two strings. Long ones are compressed, each token's alone.

const (
	// minDeflated is from how many bytes on it is tried to compress attributes.
	minDeflated = 128
	// maxAttributes bounds them before compression: what is larger never fits a token, and what is inflated is never more.
	maxAttributes = 64 << 10
)

// appendAttributes appends the field that holds the attributes, if there are any.
func appendAttributes(dst []byte, s *aws.Session) ([]byte, error) {
	if !s.HasPolicies() && len(s.Tags)+len(s.TransitiveTagKeys)+len(s.Context) == 0 {
		return dst, nil
	}
	var policies []string
	if s.Policy != "" {
		policies = []string{s.Policy}
	}
	var raw []byte
	for _, list := range [][]string{policies, s.PolicyARNs, flat(s.Tags), s.TransitiveTagKeys, flat(s.Context)} {
		raw = appendList(raw, list)
	}
	if len(raw) > maxAttributes {
		return nil, &TooLargeError{Size: len(raw)}
	}
	field := fieldAttributes
	if len(raw) >= minDeflated {
		if deflated := deflate.Compress(raw); len(deflated) < len(raw) {
			field, raw = fieldDeflatedAttributes, deflated
		}
	}
	return protowire.AppendBytes(protowire.AppendTag(dst, field, protowire.BytesType), raw), nil
}

// PackedSize is how many bytes of a session's token its policies and tags take.
func PackedSize(s *aws.Session) int {
	packed, _ := appendAttributes(nil, &aws.Session{
		Policy: s.Policy, PolicyARNs: s.PolicyARNs, Tags: s.Tags, TransitiveTagKeys: s.TransitiveTagKeys,
	}) // too many have no token
	return tokenEncoding.EncodedLen(len(packed))
}

func appendList(dst []byte, list []string) []byte {
	dst = protowire.AppendVarint(dst, uint64(len(list)))
	for _, s := range list {
		dst = protowire.AppendString(dst, s)
	}
	return dst
}

func flat(tags []aws.Tag) []string {
	var list []string
	for _, tag := range tags {
		list = append(list, tag.Key, tag.Value)
	}
	return list
}

// setAttributes reads what appendAttributes wrote, and nothing else.
func (c *Claims) setAttributes(raw []byte) bool {
	var lists [5][]string
	for i := range lists {
		var ok bool
		if lists[i], raw, ok = consumeList(raw); !ok {
			return false
		}
	}
	policies, tags, context := lists[0], lists[2], lists[4]
	if len(raw) > 0 || len(policies) > 1 || len(tags)%2 != 0 || len(context)%2 != 0 {
		return false
	}
	if len(policies) == 1 {
		c.Policy = policies[0]
	}
	c.PolicyARNs, c.TransitiveTagKeys = lists[1], lists[3]
	c.Tags, c.Context = paired(tags), paired(context)
	return true
}

func consumeList(raw []byte) (list []string, rest []byte, ok bool) {
	count, n := protowire.ConsumeVarint(raw)
	if n < 0 || count > uint64(len(raw)) {
		return nil, nil, false
	}
	raw = raw[n:]
	for range count {
		s, n := protowire.ConsumeString(raw)
		if n < 0 {
			return nil, nil, false
		}
		list, raw = append(list, s), raw[n:]
	}
	return list, raw, true
}

func paired(list []string) []aws.Tag {
	var tags []aws.Tag
	for i := 0; i < len(list); i += 2 {
		tags = append(tags, aws.Tag{Key: list[i], Value: list[i+1]})
	}
	return tags
}

func (c *Claims) inflateAttributes(deflated []byte) bool {
	raw, err := deflate.Decompress(deflated, maxAttributes)
	return err == nil && c.setAttributes(raw)
}
