package awsmodel

import "strings"

func ssm(n *naming) {
	switch n.op.name {
	case "PutParameter", "GetParameter", "DeleteParameter", "GetParameterHistory", "LabelParameterVersion", "UnlabelParameterVersion":
		n.on(n.parameter(n.text("Name")))
	case "GetParameters", "DeleteParameters":
		for _, name := range n.texts("Names") {
			n.on(n.parameter(name))
		}
	case "GetParametersByPath":
		n.context["ssm:recursive"] = []string{"false"}
		if string(n.in.members["Recursive"]) == "true" {
			n.context["ssm:recursive"] = []string{"true"}
		}
		n.parametersBelow(n.text("Path"))
	case "SendCommand":
		n.onARN(n.document("DocumentName"), false)
		n.commandTargets()
	case "StartSession":
		n.startSession()
	default:
		n.any()
	}
	if string(n.in.members["WithDecryption"]) == "true" {
		n.add("kms:Decrypt", n.arnOf("kms", n.region, n.account, "key/*"), true)
	}
	if n.text("Type") == "SecureString" && n.has("KeyId") {
		n.add("kms:Encrypt", n.arnOf("kms", n.region, n.account, "key/*"), true)
	}
}

// parameter is the resource of a parameter: its name without a slash in front, without a version or a label.
func (n *naming) parameter(name string) string {
	if resource, isARN := n.own(name, "ssm"); isARN {
		rest, ok := cutKind(resource, "parameter/")
		if !ok {
			n.fail(Malformed, "%q is no ARN of a parameter", name)
		}
		name = rest
	}
	if n.op.name == "GetParameter" || n.op.name == "GetParameters" { // no other takes a version or a label
		name, _, _ = strings.Cut(name, ":")
	}
	name = strings.TrimPrefix(name, "/")
	if strings.Contains("/"+name+"/", "//") {
		n.fail(Malformed, "%q is no name of a parameter", name)
	}
	if strings.HasPrefix(name, "aws/reference/") { // it stands for what another service keeps
		n.fail(Unsupported, "%q is a reference to another service", name)
	}
	return "parameter/" + n.plain(name, "/.-")
}

// parametersBelow is decided on the path alone, as AWS does, and on / everything.
func (n *naming) parametersBelow(path string) {
	path, _ = strings.CutPrefix(path, "/")
	if path == "" {
		n.onPattern("parameter/*")
		return
	}
	n.on(n.parameter(strings.TrimSuffix(path, "/")))
}

// document is the ARN of a document. Those of AWS have no account.
func (n *naming) document(member string) string {
	name := n.text(member)
	if resource, isARN := n.ownDocument(name); isARN {
		name = strings.TrimPrefix(resource, "document/")
	}
	account := n.account
	if strings.HasPrefix(name, "AWS-") || strings.HasPrefix(name, "AWSFleetManager-") || strings.HasPrefix(name, "Amazon") {
		account = ""
	}
	return n.arnOf("ssm", n.region, account, "document/"+n.plain(name, ".-"))
}

func (n *naming) ownDocument(name string) (resource string, isARN bool) {
	if resource, ok := cutKind(name, "arn:aws:ssm:"+n.region+"::"); ok {
		return resource, true
	}
	return n.own(name, "ssm")
}

// commandTargets are the instances of SendCommand: each that it names, or any when it chooses them by something else.
func (n *naming) commandTargets() {
	ids := n.texts("InstanceIds")
	others := false
	for _, target := range n.list(n.in.members, "Targets") {
		members := n.membersOf(target)
		if n.textOf(members, "Key") != "InstanceIds" {
			others = true
			continue
		}
		for _, value := range n.list(members, "Values") {
			id, ok := text(value)
			if !ok {
				n.fail(Malformed, "a target is no string")
			}
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		n.onARN(n.node(id), false)
	}
	if others || len(ids) == 0 {
		n.add(n.op.name, n.arnOf("ec2", n.region, n.account, "instance/*"), true)
		n.add(n.op.name, n.arn("managed-instance/*"), true)
	}
}

// node is an instance of EC2, or one that Systems Manager knows only.
func (n *naming) node(id string) string {
	if strings.HasPrefix(id, "mi-") {
		return n.arn("managed-instance/" + n.plain(id, "-"))
	}
	if !strings.HasPrefix(id, "i-") {
		n.fail(Unsupported, "%q is no instance that we know", id)
	}
	return n.arnOf("ec2", n.region, n.account, "instance/"+n.plain(id, "-"))
}

func (n *naming) startSession() {
	n.onARN(n.node(n.text("Target")), false)
	n.context["ssm:sessiondocumentaccesscheck"] = []string{"true"}
	if !n.has("DocumentName") {
		n.on("document/SSM-SessionManagerRunShell")
		return
	}
	n.onARN(n.document("DocumentName"), false)
}
