package awsmodel

import (
	"encoding/json"
	"strings"

	"github.com/daypass/daypass/internal/aws"
)

func lambda(n *naming) {
	n.setContext("lambda:principal", "Principal")
	n.setContext("lambda:functionurlauthtype", "FunctionUrlAuthType")
	switch {
	case n.op.name == "CreateEventSourceMapping", n.op.name == "UpdateEventSourceMapping", n.op.name == "ListEventSourceMappings":
		n.eventSource()
	case n.has("UUID"):
		n.on("event-source-mapping:" + n.plain(n.text("UUID"), "-"))
	case n.has("FunctionName"):
		n.on(n.function())
	case n.op.name == "GetLayerVersionByArn":
		n.given("Arn", "layer:")
	case n.has("LayerName"):
		n.layer()
	case n.has("Resource"):
		n.given("Resource", "function:", "event-source-mapping:", "code-signing-config:")
	default:
		n.any()
	}
	if n.op.name == "CreateFunction" || n.op.name == "UpdateFunctionConfiguration" {
		n.functionGets()
	}
	for _, member := range []string{"Code", "Content"} {
		n.codeIn(n.object(n.in.members, member))
	}
	n.codeIn(n.in.members)
}

// function is what a FunctionName means, which is a name, ACCOUNT:function:NAME or an ARN, each with a qualifier perhaps
// (aws-services section 5).
func (n *naming) function() string {
	given := n.text("FunctionName")
	name := given
	if resource, isARN := n.own(given, "lambda"); isARN {
		name = strings.TrimPrefix(resource, "function:")
		if name == resource {
			n.fail(Malformed, "%q is no ARN of a function", given)
		}
	} else if account, rest, ok := strings.Cut(given, ":function:"); ok {
		if account != n.account {
			n.fail(Foreign, "the function %q is not of this account", given)
		}
		name = rest
	}
	name, qualifier, qualified := strings.Cut(name, ":")
	if n.has("Qualifier") {
		if qualified && qualifier != n.text("Qualifier") {
			n.fail(Ambiguous, "the function has two qualifiers")
		}
		qualifier, qualified = n.text("Qualifier"), true
	}
	resource := "function:" + n.plain(name, "-")
	if qualified {
		resource += ":" + n.plain(qualifier, "$-.")
	}
	return resource
}

// eventSource names the mapping where the path does, and tells the function by a condition key.
func (n *naming) eventSource() {
	if n.has("FunctionName") {
		n.context["lambda:functionarn"] = []string{n.arn(n.function())}
	}
	if n.has("UUID") {
		n.on("event-source-mapping:" + n.plain(n.text("UUID"), "-"))
		return
	}
	n.any()
}

// layer is a layer or one of its versions.
func (n *naming) layer() {
	name := n.text("LayerName")
	if resource, isARN := n.own(name, "lambda"); isARN {
		name = strings.TrimPrefix(resource, "layer:")
	}
	resource := "layer:" + n.plain(name, "-")
	if n.has("VersionNumber") {
		resource += ":" + n.plain(n.text("VersionNumber"), "")
	}
	n.on(resource)
}

// functionGets wants what the caller gives a function: a role, and layers, which AWS reads for the caller.
func (n *naming) functionGets() {
	if role := n.text("Role"); role != "" {
		prefix := aws.IAMARN(n.account, "role", "/", "")
		if !strings.HasPrefix(role, prefix) {
			n.fail(Foreign, "%q is no role of this account", role)
			return
		}
		n.passRole(prefix+n.plain(role[len(prefix):], "/+=,.@-"), false, "lambda.amazonaws.com")
	}
	for _, layer := range n.texts("Layers") {
		n.context["lambda:layer"] = append(n.context["lambda:layer"], layer)
		resource, isARN := n.own(layer, "lambda")
		if !isARN || !strings.HasPrefix(resource, "layer:") {
			n.fail(Malformed, "%q is no ARN of a layer", layer)
		}
		n.add("GetLayerVersion", n.arn(resource), false)
	}
}

// codeIn wants the object that code is read from.
func (n *naming) codeIn(members map[string]json.RawMessage) {
	bucket, key := n.textOf(members, "S3Bucket"), n.textOf(members, "S3Key")
	if bucket == "" {
		return
	}
	action := "s3:GetObject"
	if n.textOf(members, "S3ObjectVersion") != "" {
		action = "s3:GetObjectVersion"
	}
	if strings.ContainsAny(key, "*?") || strings.ContainsFunc(key, isControl) {
		n.fail(Malformed, "%q is no name of an object that we take", key)
	}
	n.add(action, n.arnOf("s3", "", "", n.plain(bucket, ".-")+"/"+key), false)
}

// apiGateway has HTTP's methods for its actions and its paths for its resources (aws-services section 1.3). Policies of
// REST APIs and certificates of domains have actions of their own, which are wanted whenever they may be needed.
func apiGateway(n *naming) {
	for _, part := range n.in.parts {
		n.plain(part, ".-:+=@$/,")
	}
	path := "/" + strings.Join(n.in.parts, "/")
	n.add(n.in.method, n.arnOf("apigateway", n.region, "", path), false)
	switch n.op.name {
	case "CreateRestApi", "ImportRestApi", "PutRestApi", "UpdateRestApi", "ImportApi", "ReimportApi":
		n.add("UpdateRestApiPolicy", n.arnOf("apigateway", n.region, "", path), false)
	case "CreateDomainName", "UpdateDomainName":
		n.add("AddCertificateToDomain", n.arnOf("apigateway", n.region, "", path), false)
	}
}
