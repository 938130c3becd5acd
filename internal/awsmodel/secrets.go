package awsmodel

import (
	"maps"
	"slices"
	"strings"
)

// kms names keys. What an alias stands for is known to the backend only, so that any key may be meant.
func kms(n *naming) {
	if pairs := n.object(n.in.members, "EncryptionContext"); len(pairs) > 0 {
		names := slices.Sorted(maps.Keys(pairs))
		n.context["kms:encryptioncontextkeys"] = names
		for _, name := range names {
			n.context["kms:encryptioncontext:"+strings.ToLower(name)] = []string{n.textOf(pairs, name)}
		}
	}
	if operations := n.texts("Operations"); len(operations) > 0 {
		n.context["kms:grantoperations"] = operations
	}
	switch n.op.name {
	case "ReEncrypt":
		n.key("ReEncryptFrom", "SourceKeyId")
		n.key("ReEncryptTo", "DestinationKeyId")
	case "CreateAlias", "UpdateAlias":
		n.alias()
		n.key(n.op.name, "TargetKeyId")
		if n.op.name == "UpdateAlias" {
			n.onPattern("key/*") // the key it is taken from
		}
	case "DeleteAlias":
		n.alias()
		n.onPattern("key/*")
	case "CreateKey":
		n.any()
		if n.has("Tags") {
			n.add("TagResource", n.arn("key/*"), true)
		}
	case "ReplicateKey":
		n.key(n.op.name, "KeyId")
		n.add("CreateKey", "*", false)
	default:
		n.keyOrAny()
	}
}

func (n *naming) keyOrAny() {
	if n.op.hasTypes && n.op.members["KeyId"] {
		n.key(n.op.name, "KeyId")
		return
	}
	n.any()
}

func (n *naming) alias() {
	name, ok := cutKind(n.text("AliasName"), "alias/")
	if !ok {
		n.fail(Malformed, "AliasName is no alias")
	}
	n.on("alias/" + n.plain(name, "/-"))
}

// key adds an action on a key. Without a member, the key is in the ciphertext or the token.
func (n *naming) key(action, member string) {
	given := n.text(member)
	id := given
	if resource, isARN := n.own(given, "kms"); isARN {
		id = strings.TrimPrefix(resource, "key/")
	}
	switch {
	case given == "":
		n.add(action, n.arn("key/*"), true)
	case strings.HasPrefix(id, "alias/"):
		n.context["kms:requestalias"] = []string{n.plain(id, "/-")}
		n.add(action, n.arn("key/*"), true)
	default:
		n.add(action, n.arn("key/"+n.plain(id, "-")), false)
	}
}

// secretSuffix is what AWS adds to the name of a secret: six characters that the backend knows.
const secretSuffix = "-??????"

func secretsManager(n *naming) {
	n.setContext("secretsmanager:secretid", "SecretId")
	n.setContext("secretsmanager:versionid", "VersionId")
	n.setContext("secretsmanager:versionstage", "VersionStage")
	n.setContext("secretsmanager:name", "Name")
	n.setContext("secretsmanager:kmskeyid", "KmsKeyId")
	switch {
	case n.op.name == "BatchGetSecretValue":
		n.add(n.op.name, "*", false)
		for _, id := range n.texts("SecretIdList") {
			n.secret("GetSecretValue", id)
		}
		if n.has("Filters") || !n.has("SecretIdList") {
			n.add("ListSecrets", "*", false)
			n.add("GetSecretValue", n.arn("secret:*"), true)
		}
	case n.op.name == "CreateSecret":
		name := "secret:" + n.plain(n.text("Name"), "/+=.@-") + secretSuffix
		n.onPattern(name)
		if n.has("Tags") {
			n.tagged("TagResource", name, true, n.tags("Tags"))
		}
	case n.has("SecretId"):
		n.secret(n.op.name, n.text("SecretId"))
	default:
		n.any()
	}
	if function := n.text("RotationLambdaARN"); function != "" {
		resource, isARN := n.own(function, "lambda")
		if !isARN {
			n.fail(Malformed, "RotationLambdaARN is no ARN")
		}
		n.add("lambda:InvokeFunction", n.arnOf("lambda", n.region, n.account, resource), false)
	}
}

// secret adds an action on a secret, which is named by its name, its ARN, or its ARN without what AWS added. An ARN that
// could be whole is taken for whole.
func (n *naming) secret(action, id string) {
	resource, isARN := n.own(id, "secretsmanager")
	if !isARN {
		n.add(action, n.arn("secret:"+n.plain(id, "/+=.@-")+secretSuffix), true)
		return
	}
	name, ok := cutKind(resource, "secret:")
	if !ok {
		n.fail(Malformed, "SecretId is no ARN of a secret")
	}
	n.plain(name, "/+=.@-")
	if dash := len(name) - len(secretSuffix); dash > 0 && name[dash] == '-' && isPlain(name[dash+1:], "") {
		n.add(action, n.arn(resource), false)
		return
	}
	n.add(action, n.arn(resource+secretSuffix), true)
}
