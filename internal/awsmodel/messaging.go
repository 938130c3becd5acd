package awsmodel

import "strings"

// sqsForm are the names that lists and maps have in SQS's Query protocol, of which its model says nothing any more.
var sqsForm = nameSet("AWSAccountId,ActionName,Attribute,AttributeName,ChangeMessageVisibilityBatchRequestEntry," +
	"DeleteMessageBatchRequestEntry,MessageAttribute,MessageAttributeName,MessageSystemAttribute,MessageSystemAttributeName," +
	"SendMessageBatchRequestEntry,Tag,TagKey")

// queueURL is the queue of a QueueUrl, or of the path of a Query request: /ACCOUNT/NAME, after any host. The host means
// nothing to the service, the account must be ours.
func (n *naming) queueURL(url string) string {
	path := url
	if !strings.HasPrefix(url, "/") {
		scheme, rest, _ := strings.Cut(url, "://")
		host, after, ok := strings.Cut(rest, "/")
		if scheme != "http" && scheme != "https" || !ok || !isPlain(host, ".-:[]") {
			n.fail(Malformed, "%q is no URL of a queue", url)
			return ""
		}
		path = "/" + after
	}
	account, name, ok := strings.Cut(path[1:], "/")
	if !ok || !isPlain(name, ".-") {
		n.fail(Malformed, "%q is no URL of a queue", url)
		return ""
	}
	if account != n.account {
		n.fail(Foreign, "the queue of %q is not of this account", url)
	}
	return name
}

// queue is the queue of a request, which has it in one place, or the same in several.
func (n *naming) queue() (name string, ok bool) {
	var names []string
	if n.in.path != "" && n.in.path != "/" {
		names = append(names, n.queueURL(n.in.path))
	}
	if n.has("QueueUrl") {
		names = append(names, n.queueURL(n.text("QueueUrl")))
	}
	if n.has("QueueName") {
		names = append(names, n.plain(n.text("QueueName"), ".-"))
	}
	for _, other := range names {
		if other != names[0] {
			n.fail(Ambiguous, "the request names two queues")
		}
	}
	if len(names) == 0 {
		return "", false
	}
	return names[0], true
}

// ownQueue is the queue that an ARN names.
func (n *naming) ownQueue(member string) string {
	resource, isARN := n.own(n.text(member), "sqs")
	if !isARN {
		n.fail(Malformed, "%s is no ARN", member)
	}
	return n.plain(resource, ".-")
}

func sqs(n *naming) {
	queue, named := n.queue()
	if owner := n.text("QueueOwnerAWSAccountId"); owner != "" && owner != n.account {
		n.fail(Foreign, "the queue is of another account")
	}
	switch n.op.name {
	case "StartMessageMoveTask":
		source := n.arn(n.ownQueue("SourceArn"))
		for _, action := range []string{"StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"} {
			n.add(action, source, false)
		}
		if n.has("DestinationArn") {
			n.add("SendMessage", n.arn(n.ownQueue("DestinationArn")), false)
			return
		}
		n.add("SendMessage", n.arn("*"), true) // back to the queues that the messages come from
	case "ListMessageMoveTasks":
		n.on(n.ownQueue("SourceArn"))
	case "CancelMessageMoveTask":
		n.onPattern("*") // the handle means something to the backend only
	case "ListQueues":
		n.any()
	default:
		if !named {
			n.fail(Malformed, "the request names no queue")
			return
		}
		n.on(queue)
		if n.op.name == "CreateQueue" && (n.has("tags") || n.has("Tag") || n.has("Tags")) {
			n.add("TagQueue", n.arn(queue), false)
		}
	}
}

func sns(n *naming) {
	n.setContext("sns:protocol", "Protocol")
	n.setContext("sns:endpoint", "Endpoint")
	member, ok := n.firstOf("TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn", "EndpointArn", "PlatformApplicationArn")
	switch {
	case n.op.name == "Publish" && n.publishTargets() != 1:
		n.fail(Ambiguous, "the message has not one target")
	case n.op.name == "Publish" && n.has("PhoneNumber"):
		n.add("Publish", n.plain(n.text("PhoneNumber"), "+"), false)
	case n.op.name == "CreateTopic":
		topic := n.plain(n.text("Name"), ".-")
		n.on(topic)
		if n.has("Tags") {
			n.add("TagResource", n.arn(topic), false)
		}
	case !ok:
		n.any()
	default:
		n.topic(member)
	}
}

func (n *naming) publishTargets() int {
	targets := 0
	for _, member := range []string{"TopicArn", "TargetArn", "PhoneNumber"} {
		if n.has(member) {
			targets++
		}
	}
	return targets
}

// topic is on, for the topic of a subscription too: that is what policies name.
func (n *naming) topic(member string) {
	resource, isARN := n.own(n.text(member), "sns")
	if !isARN {
		n.fail(Malformed, "%s is no ARN", member)
		return
	}
	if topic, subscription, ok := strings.Cut(resource, ":"); ok {
		if member != "SubscriptionArn" || !isPlain(subscription, "-") {
			n.fail(Malformed, "%s is no ARN of what it must be", member)
		}
		resource = topic
	}
	n.on(resource)
}
