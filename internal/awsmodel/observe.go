package awsmodel

import (
	"slices"
	"strings"
)

// streamActions of CloudWatch Logs are authorised on the stream.
var streamActions = []string{"CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents"}

func logs(n *naming) {
	groups := n.logGroups()
	switch {
	case strings.Contains(strings.ToUpper(n.text("queryString")), "SOURCE"):
		n.fail(Unsupported, "a query that chooses its log groups itself")
	case slices.Contains(streamActions, n.op.name):
		n.logStream(groups)
	case n.op.name == "DescribeLogGroups":
		n.add(n.op.name, n.arn("log-group:*"), false)
	case len(groups) > 0:
		for _, group := range groups {
			n.onGroup(group)
		}
	case n.has("resourceArn"):
		n.taggedLog()
	case n.op.name == "StartQuery", n.op.name == "StartLiveTail", n.op.name == "FilterLogEvents", n.op.name == "GetQueryResults",
		n.op.name == "StopQuery", n.op.name == "GetLogRecord", n.op.name == "GetLogGroupFields":
		n.onPattern("log-group:*") // which is known to the backend only
	default:
		n.any()
	}
}

// logGroups are the groups that the request names, by their names. One group by two members is refused.
func (n *naming) logGroups() []string {
	one, _ := n.firstOf("logGroupName", "logGroupIdentifier")
	if n.has("logGroupName") && n.has("logGroupIdentifier") {
		n.fail(Ambiguous, "the log group is named twice")
	}
	var given []string
	if one != "" {
		given = append(given, n.text(one))
	}
	given = append(append(given, n.texts("logGroupNames")...), n.texts("logGroupIdentifiers")...)
	for i, group := range given {
		if resource, isARN := n.own(strings.TrimSuffix(group, ":*"), "logs"); isARN {
			name, ok := cutKind(resource, "log-group:")
			if !ok {
				n.fail(Malformed, "%q is no ARN of a log group", group)
			}
			group = name
		}
		given[i] = n.plain(group, "./#-")
	}
	return given
}

// onGroup adds the operation on a log group, which policies name with and without :* at its end.
func (n *naming) onGroup(group string) {
	before := len(n.found)
	n.on("log-group:" + group)
	for i := before; i < len(n.found); i++ {
		if arn := n.found[i].Resource.ARN; arn != "*" {
			n.found[i].Alias = arn + ":*"
		}
	}
}

func (n *naming) logStream(groups []string) {
	stream := n.text("logStreamName")
	if len(groups) != 1 || stream == "" || len(stream) > 512 || strings.ContainsAny(stream, ":*?") || strings.ContainsFunc(stream, isControl) {
		n.fail(Malformed, "the request names not one log stream")
		return
	}
	n.on("log-group:" + groups[0] + ":log-stream:" + stream)
}

func (n *naming) taggedLog() {
	resource, isARN := n.own(strings.TrimSuffix(n.text("resourceArn"), ":*"), "logs")
	if group, ok := cutKind(resource, "log-group:"); isARN && ok {
		n.onGroup(group)
		return
	}
	n.on(resource)
}

// kinesis names streams. Records are read by an iterator that means something to the backend only.
func kinesis(n *naming) {
	switch {
	case n.has("StreamId"):
		n.fail(Unsupported, "a stream named by its id")
	case n.has("ConsumerARN"):
		n.given("ConsumerARN", "stream/")
	case n.has("ResourceARN"):
		n.given("ResourceARN", "stream/")
	case n.has("StreamARN"):
		resource, _ := n.own(n.text("StreamARN"), "kinesis")
		if n.has("StreamName") && resource != "stream/"+n.text("StreamName") {
			n.fail(Ambiguous, "the request names two streams")
		}
		n.given("StreamARN", "stream/")
	case n.has("StreamName"):
		n.on("stream/" + n.plain(n.text("StreamName"), ".-"))
	case n.op.hasTypes:
		n.onPattern("stream/*")
	default:
		n.any()
	}
}

func cloudWatch(n *naming) {
	n.setContext("cloudwatch:namespace", "Namespace")
	alarms, one := n.texts("AlarmNames"), n.text("AlarmName")
	if one != "" {
		alarms = append(alarms, one)
	}
	for _, alarm := range alarms {
		n.on("alarm:" + n.alarmName(alarm))
	}
	dashboards := n.texts("DashboardNames")
	if n.has("DashboardName") {
		dashboards = append(dashboards, n.text("DashboardName"))
	}
	for _, dashboard := range dashboards {
		n.add(n.op.name, n.arnOf("cloudwatch", "", n.account, "dashboard/"+n.plain(dashboard, "-")), false)
	}
	if len(alarms)+len(dashboards) == 0 {
		n.any()
	}
}

// alarmName may have blanks and nearly anything else.
func (n *naming) alarmName(name string) string {
	if name == "" || len(name) > 255 || strings.ContainsAny(name, "*?") || strings.ContainsFunc(name, isControl) {
		n.fail(Malformed, "%q is no name of an alarm that we take", name)
	}
	return name
}
