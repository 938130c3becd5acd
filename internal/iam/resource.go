package iam

import (
	"cmp"
	"maps"

	"github.com/daypass/daypass/internal/aws"
)

// onUser asks about the user a call names, or about the caller when it names none (aws-iam sections 2.3 and 16).
func onUser(call aws.Call, userName string) []aws.Permission {
	caller := call.Caller
	switch {
	case userName == "" && caller.Type != aws.UserPrincipal: // root, or a session of a role, who is no user
		return onNew(caller.ARN())
	case userName == "": // AWS prints an absent path as null
		return on(aws.Resource{ARN: caller.ARN(), Text: "user null" + caller.Name, Type: aws.UserResource, Name: caller.Name})
	}
	return onEntity(call, aws.UserResource, userName)
}

// onGroup asks about the group a call names.
func onGroup(call aws.Call, groupName string) []aws.Permission {
	return onEntity(call, aws.GroupResource, groupName)
}

// onRole asks about the role a call names.
func onRole(call aws.Call, roleName string) []aws.Permission {
	return onEntity(call, aws.RoleResource, roleName)
}

// onEntity asks about an entity by its name. One that does not exist is asked about as if its path were "/", for
// authorisation comes before existence.
func onEntity(call aws.Call, kind aws.ResourceType, name string) []aws.Permission {
	return on(aws.Resource{
		ARN:  aws.IAMARN(call.Caller.AccountID, string(kind), "/", name),
		Text: string(kind) + " " + name,
		Type: kind,
		Name: name,
	})
}

// onRename asks about an entity as it is, and as it would be with another path or name: aws.Resource says where the rest of
// that comes from.
func onRename(call aws.Call, kind aws.ResourceType, name, newPath, newName string) []aws.Permission {
	renamed := aws.Resource{
		ARN:     aws.IAMARN(call.Caller.AccountID, string(kind), cmp.Or(newPath, "/"), cmp.Or(newName, name)),
		Text:    string(kind) + " " + cmp.Or(newName, name),
		Type:    kind,
		Name:    name,
		NewPath: newPath,
		NewName: newName,
	}
	return append(onEntity(call, kind, name), on(renamed)...)
}

// onARN asks about a resource that requests, and AccessDenied, call by its ARN or serial number.
func onARN(arn string) []aws.Permission {
	return on(aws.Resource{ARN: arn, Text: arn, Type: aws.ARNResource})
}

// onNew asks about what a request creates, or about root.
func onNew(arn string) []aws.Permission { return on(aws.Resource{ARN: arn, Text: arn}) }

// onAll is asked by actions that list all resources of a kind: only a policy for "*" allows those.
func onAll(call aws.Call, kind string) []aws.Permission {
	return on(aws.Resource{ARN: "*", Text: aws.IAMARN(call.Caller.AccountID, kind, "/", "")})
}

// onNothing is asked by actions that have no resource at all.
func onNothing() []aws.Permission { return on(aws.Resource{ARN: "*", Text: "*"}) }

func on(resource aws.Resource) []aws.Permission { return []aws.Permission{{Resource: resource}} }

// given adds a condition key that the request fills to all permissions.
func given(needed []aws.Permission, key string, values ...string) []aws.Permission {
	for i := range needed {
		context := maps.Clone(needed[i].Context)
		if context == nil {
			context = make(map[string][]string)
		}
		context[key] = values
		needed[i].Context = context
	}
	return needed
}

// givenTags adds aws:RequestTag and aws:TagKeys of the tags that a request passes.
func givenTags(needed []aws.Permission, tags []Tag) []aws.Permission {
	if len(tags) == 0 {
		return needed
	}
	keys, values := make([]string, len(tags)), make(map[string][]string)
	for i, tag := range tags {
		keys[i] = tag.Key
		key := aws.KeyRequestTag + aws.FoldTagKey(tag.Key)
		values[key] = append(values[key], *tag.Value) // two tags may differ in the case of their keys alone
	}
	for key := range values {
		needed = given(needed, key, values[key]...)
	}
	return given(needed, aws.KeyTagKeys, keys...)
}

// givenTagKeys adds aws:TagKeys of the tags that a request takes away.
func givenTagKeys(needed []aws.Permission, keys []string) []aws.Permission {
	if len(keys) == 0 {
		return needed
	}
	return given(needed, aws.KeyTagKeys, keys...)
}

// withTagging is for actions that create a resource with tags: who passes tags must be allowed to tag it, too.
func withTagging(needed []aws.Permission, action string, tags []Tag) []aws.Permission {
	if len(tags) == 0 {
		return needed
	}
	needed = givenTags(needed, tags)
	tagging := needed[0]
	tagging.Action = action
	return append(needed, tagging)
}
