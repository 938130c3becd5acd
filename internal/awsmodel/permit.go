package awsmodel

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
)

// maxPermissions bounds what one request can have decided. AWS's own limits are lower where they are known.
const maxPermissions = 2_000

// input is what a request says. Of members, form and query there is one; labels go with query or members.
type input struct {
	members map[string]json.RawMessage
	json    bool
	form    map[string]string
	labels  map[string]string
	query   []parameter
	parts   []string // of a REST path, decoded
	path    string   // of a Query request
	method  string
	opaque  bool // there is a body that was not read
}

// naming derives the permissions of one request. After the first fault nothing it finds counts.
type naming struct {
	op              *operation
	in              *input
	region, account string
	found           []Permission
	seen            map[string]bool // what found has
	context         map[string][]string
	passedTo        map[int]string // the service that gets the role of an iam:PassRole in found, where AWS says which
	fault           *RefusalError
}

// rules are the services known in depth, by model.
var rules = map[string]func(*naming){
	"apigateway": apiGateway, "apigatewayv2": apiGateway, "cloudwatch": cloudWatch, "dynamodb": dynamoDB, "dynamodbstreams": dynamoDBStreams,
	"ec2": ec2, "kinesis": kinesis, "kms": kms, "lambda": lambda, "logs": logs, "secretsmanager": secretsManager, "sns": sns,
	"sqs": sqs, "ssm": ssm,
}

// permit finds what the operations need. There are several when models have the same request: all are needed.
func (c *Call) permit(s *Service, r *Request, ops []*operation, in *input) (*Call, *RefusalError) {
	n := &naming{in: in, region: r.Region, account: r.AccountID, seen: map[string]bool{}, context: map[string][]string{}, passedTo: map[int]string{}}
	for _, op := range ops {
		n.op = op
		if op.actions == "!" {
			return nil, refuse(Unsupported, "the action of %s:%s is not known", s.signingName, op.name)
		}
		rule, inDepth := rules[op.model.name]
		if !inDepth {
			rule = (*naming).any
		}
		rule(n)
		n.passRoles()
	}
	n.tellUnknown()
	if n.fault == nil && len(n.found) == 0 {
		n.fail(Unsupported, "the resource of %s:%s is not known", s.signingName, c.Operation)
	}
	c.Permissions = n.found
	return c, n.fault
}

// tellUnknown says what nobody can tell of the permissions that were found: what a service's own keys hold that the request
// does not fill, the tags of resources and, where they were not looked for, those that the request gives.
func (n *naming) tellUnknown() {
	_, inDepth := rules[n.op.model.name]
	givesTags := len(n.context[aws.KeyTagKeys]) == 0 && (!inDepth || strings.Contains(n.op.name, "Tag"))
	for i := range n.found {
		prefix, _, _ := strings.Cut(n.found[i].Action, ":")
		unknown := []string{strings.ToLower(prefix) + ":", aws.KeyResourceTag}
		if givesTags {
			unknown = append(unknown, aws.KeyRequestTag, aws.KeyTagKeys)
		}
		n.found[i].Unknown = unknown
		if service := n.passedTo[i]; service != "" {
			n.found[i].Context = maps.Clone(n.context)
			n.found[i].Context["iam:passedtoservice"] = []string{service}
		}
	}
}

func (n *naming) fail(kind Kind, format string, args ...any) {
	if n.fault == nil {
		n.fault = refuse(kind, format, args...)
	}
}

// any is for operations whose resource is not derived: "*", exactly so where the action has no resource types.
func (n *naming) any() {
	for action := range strings.SplitSeq(n.op.actions, ",") {
		n.add(action, "*", n.op.hasTypes)
	}
}

// on adds the operation's own actions on a resource of its service.
func (n *naming) on(resource string) { n.onARN(n.arn(resource), false) }

// onPattern is on, for a resource that is one of those the pattern covers.
func (n *naming) onPattern(pattern string) { n.onARN(n.arn(pattern), true) }

// onARN is on, for a whole ARN. Of an action without resource types AWS asks for "*". That is wanted then, and the resource
// too, so that nobody need know this to deny it.
func (n *naming) onARN(arn string, pattern bool) {
	if !n.op.hasTypes {
		n.any()
	}
	for action := range strings.SplitSeq(n.op.actions, ",") {
		n.add(action, arn, pattern)
	}
}

// add adds a permission once. An action without a prefix is the service's own.
func (n *naming) add(action, arn string, pattern bool) {
	if !strings.Contains(action, ":") {
		action = n.op.model.prefix + ":" + action
	}
	key := action + " " + arn
	if pattern {
		key = action + " ~" + arn
	}
	switch {
	case n.seen[key]:
	case len(n.found) == maxPermissions:
		n.fail(Unsupported, "the request names more than %d resources", maxPermissions)
	default:
		n.seen[key] = true
		n.found = append(n.found, Permission{
			Permission: aws.Permission{Action: action, Resource: aws.Resource{ARN: arn, Text: arn}, Context: n.context}, Pattern: pattern,
		})
	}
}

// passRole wants iam:PassRole for a role that a service gets. Which service does is filled where AWS documents it for all that
// the request may be; else only the backend could tell.
func (n *naming) passRole(arn string, pattern bool, service string) {
	before := len(n.found)
	if n.add("iam:PassRole", arn, pattern); len(n.found) > before {
		n.passedTo[before] = service
	}
}

func (n *naming) arn(resource string) string {
	return n.arnOf(n.op.model.prefix, n.region, n.account, resource)
}

func (n *naming) arnOf(service, region, account, resource string) string {
	return aws.ARN{Partition: aws.Partition, Service: service, Region: region, AccountID: account, Resource: resource}.String()
}

// hiddenRoles are operations whose roles are in what they name, such as a task definition.
var hiddenRoles = nameSet("CreateService,CreateTaskSet,RunTask,StartTask,UpdateService")

// passRoles wants iam:PassRole for each role that the input names by its ARN, at whatever depth. iam-data does not know
// of every action that passes a role: of those it says nothing about, members count that have a role in their name.
//
// Where it does say so, any role may be meant when none is named, when one is named by something else than its ARN, and
// when the input was not read.
func (n *naming) passRoles() {
	prefix := aws.IAMARN(n.account, "role", "/", "")
	hidden := n.op.model.name == "ecs" && hiddenRoles[n.op.name]
	passes := hidden || n.op.passesRole && n.op.model.name != "lambda" // whose Role is an ARN or absent
	named, unknown := false, hidden || n.in.opaque
	if !passes && !n.in.mentions(":role/") {
		return
	}
	n.in.each(func(name, value string) {
		ofRole := strings.Contains(strings.ToLower(name), "role")
		entry := n.in.form != nil && strings.HasSuffix(name, ".value") // of a map, whose key may say that it is a role
		switch {
		case !passes && !ofRole && !entry:
		case strings.HasPrefix(value, prefix) && isPlain(value[len(prefix):], "/+=,.@-"):
			n.add("iam:PassRole", value, false)
			named = true
		case !entry && strings.HasPrefix(value, "arn:") && strings.Contains(value, ":role/"):
			n.fail(Foreign, "%q is no role of this account", value)
		case value != "" && ofRole:
			unknown = true
		}
	})
	if passes && (!named || unknown) {
		n.add("iam:PassRole", prefix+"*", true)
	}
}

// mentions reports whether the text may be in the input. Members with escapes may have any text.
func (in *input) mentions(text string) bool {
	for _, value := range in.members {
		if bytes.Contains(value, []byte(text)) || bytes.IndexByte(value, '\\') >= 0 {
			return true
		}
	}
	return len(in.form)+len(in.query)+len(in.labels) > 0
}

// each calls f for every string of the input, with the name of the member that it is in.
func (in *input) each(f func(name, value string)) {
	for name, value := range in.form {
		f(name, value)
	}
	for name, value := range in.members {
		eachString(name, value, f)
	}
	for _, q := range in.query {
		f(q.name, q.value)
	}
	for name, value := range in.labels {
		f(name, value)
	}
}

// has reports whether the request has a member, in whatever form.
func (n *naming) has(name string) bool {
	if value, ok := n.in.members[name]; ok {
		return string(value) != "null"
	}
	if _, ok := n.in.labels[name]; ok {
		return true
	}
	if slices.ContainsFunc(n.in.query, func(q parameter) bool { return q.name == name }) {
		return true
	}
	for key := range n.in.form {
		if key == name || strings.HasPrefix(key, name+".") {
			return true
		}
	}
	return false
}

// text is a member that is one string; empty when there is none.
func (n *naming) text(name string) string {
	if value, ok := n.in.labels[name]; ok {
		return value
	}
	if value, ok := n.in.form[name]; ok {
		return value
	}
	for _, q := range n.in.query {
		if q.name == name {
			return q.value
		}
	}
	return n.textOf(n.in.members, name)
}

func (n *naming) textOf(members map[string]json.RawMessage, name string) string {
	value, ok := members[name]
	if !ok || string(value) == "null" {
		return ""
	}
	t, ok := text(value)
	if !ok {
		n.fail(Malformed, "%s is no string", name)
	}
	return t
}

// texts is a member that is a list of strings.
func (n *naming) texts(name string) []string {
	if n.in.json {
		var list []string
		for _, value := range n.list(n.in.members, name) {
			t, ok := text(value)
			if !ok {
				n.fail(Malformed, "%s has what is no string", name)
			}
			list = append(list, t)
		}
		return list
	}
	var list []string
	for key, value := range n.in.form {
		if key == name || strings.HasPrefix(key, name+".") {
			list = append(list, value)
		}
	}
	slices.Sort(list)
	return list
}

// list is a member that is an array.
func (n *naming) list(members map[string]json.RawMessage, name string) []json.RawMessage {
	value, ok := members[name]
	if !ok || string(value) == "null" {
		return nil
	}
	list, ok := elements(value)
	if !ok {
		n.fail(Malformed, "%s is no list", name)
	}
	return list
}

// object is a member that is an object.
func (n *naming) object(members map[string]json.RawMessage, name string) map[string]json.RawMessage {
	value, ok := members[name]
	if !ok || string(value) == "null" {
		return nil
	}
	return n.membersOf(value)
}

func (n *naming) membersOf(value json.RawMessage) map[string]json.RawMessage {
	members, ok := membersOf(value)
	if !ok {
		n.fail(Malformed, "there is no object where one must be")
	}
	return members
}

// isPlain reports whether s is letters, digits, underscores and further only. A wildcard is never among them.
func isPlain(s, further string) bool {
	if s == "" || len(s) > 2048 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		known := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || strings.IndexByte(further, c) >= 0
		if !known {
			return false
		}
	}
	return true
}

// plain holds a name that goes into an ARN to the characters that it may have.
func (n *naming) plain(name, further string) string {
	if !isPlain(name, further) {
		n.fail(Malformed, "%q is no name of a resource", name)
	}
	return name
}

// own takes an ARN of this account apart. It reports false for what is no ARN; one of anybody else is a fault.
func (n *naming) own(arn, service string) (resource string, isARN bool) {
	return n.ownIn(arn, service, n.region)
}

func (n *naming) ownIn(arn, service, region string) (resource string, isARN bool) {
	if !strings.HasPrefix(strings.ToLower(arn), "arn:") {
		return "", false
	}
	a, ok := aws.ParseARN(arn)
	if !ok || a.Partition != aws.Partition || a.Service != service || a.Region != region || a.AccountID != n.account {
		n.fail(Foreign, "%q is not of this account and region", arn)
		return "", true
	}
	return n.plain(a.Resource, ".-/:+=@#$,"), true
}

// given is on, for the resource whose whole ARN the member is. Its resource begins with one of the kinds.
func (n *naming) given(member string, kinds ...string) {
	resource, isARN := n.own(n.text(member), n.op.model.prefix)
	if !isARN || !slices.ContainsFunc(kinds, func(kind string) bool { return strings.HasPrefix(resource, kind) }) {
		n.fail(Malformed, "%s is no ARN of what it must be", member)
	}
	n.on(resource)
}

// firstOf is the first of the members that the request has.
func (n *naming) firstOf(members ...string) (name string, ok bool) {
	for _, member := range members {
		if n.has(member) {
			return member, true
		}
	}
	return "", false
}

// setContext fills a condition key, in lower case, from a member that is one string.
func (n *naming) setContext(key, member string) {
	if value := n.text(member); value != "" {
		n.context[key] = []string{value}
	}
}

// tagged wants the action that tags what the request creates, and fills the keys of tags.
func (n *naming) tagged(action, resource string, pattern bool, tags map[string]string) {
	for key, value := range tags {
		n.context[aws.KeyRequestTag+strings.ToLower(key)] = []string{value}
		n.context[aws.KeyTagKeys] = append(n.context[aws.KeyTagKeys], key)
	}
	slices.Sort(n.context[aws.KeyTagKeys])
	n.add(action, n.arn(resource), pattern)
}

// tags reads a list of objects with Key and Value.
func (n *naming) tags(member string) map[string]string {
	tags := map[string]string{}
	for _, tag := range n.list(n.in.members, member) {
		members := n.membersOf(tag)
		tags[n.textOf(members, "Key")] = n.textOf(members, "Value")
	}
	return tags
}
