package awsmodel

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// SQS names its queues by URLs, and clients go where a URL says, whatever endpoint they were told. So a client is given URLs
// at the host that it asked. A backend is given those that it makes itself: some know a queue by the whole of its URL only.

// addressed are the operations of SQS that answer with the URLs of queues.
var addressed = nameSet("CreateQueue,GetQueueUrl,ListDeadLetterSourceQueues,ListQueues")

// HasAddresses reports whether the answer to a call has addresses, which Readdress is for.
func (s *Service) HasAddresses(c *Call) bool { return s.signingName == "sqs" && addressed[c.Operation] }

// queueElement is where an answer in XML has a queue's URL.
var queueElement = regexp.MustCompile(`<QueueUrl>([^<]*)</QueueUrl>`)

// Readdress puts the addresses by which a client finds resources, which are their names behind base, in the place of those in
// a backend's answer. It returns what is before the names in the backend's own, or nothing when there was none, and fails when
// the answer can't be read.
func (s *Service) Readdress(c *Call, answer []byte, base string) (_ []byte, own string, err error) {
	readdress := func(url string) string {
		name := queueName(url)
		if !isPlain(name, ".-") {
			err = fmt.Errorf("%q is no URL of a queue", url)
		}
		own = strings.TrimSuffix(url, name)
		return base + name
	}
	if c.Protocol == Query {
		text := queueElement.ReplaceAllStringFunc(string(answer), func(element string) string {
			return "<QueueUrl>" + escapeXML(readdress(queueElement.FindStringSubmatch(element)[1])) + "</QueueUrl>"
		})
		return []byte(text), own, err
	}
	members, refusal := parseObject(answer)
	if refusal != nil {
		return nil, "", errors.New(refusal.Reason) // not the client's fault
	}
	if url, ok := text(members["QueueUrl"]); ok {
		members["QueueUrl"] = marshal(readdress(url))
	}
	for _, name := range []string{"QueueUrls", "queueUrls"} {
		var urls []string
		if json.Unmarshal(members[name], &urls) != nil {
			continue
		}
		for i := range urls {
			urls[i] = readdress(urls[i])
		}
		members[name] = marshal(urls)
	}
	return marshal(members), own, err
}

// queueName is the name at the end of a queue's URL.
func queueName(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }

// Addressed is the name of the resource whose address the request has, checked; empty when it has none. Direct is for it.
func (c *Call) Addressed() string { return c.addressed }

// Direct puts the address by which the backend knows the resource in the place of the request's. A request that has that one
// already stays as it is, letter by letter.
func (c *Call) Direct(address string) { c.direct(address) }

// Locate makes a request that asks the backend for that address, as POST /. Its answer is that of GetQueueUrl, for Readdress.
func (c *Call) Locate() (located *Call, header map[string][]string) {
	located = &Call{Operation: "GetQueueUrl", Protocol: c.Protocol, Method: post, Path: "/"}
	if c.Protocol == Query {
		located.Body = []byte(encodeForm([]parameter{{"Action", located.Operation}, {"QueueName", c.addressed}, {"Version", "2012-11-05"}}))
		return located, map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}
	}
	located.Body = marshal(map[string]string{"QueueName": c.addressed})
	return located, map[string][]string{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"AmazonSQS." + located.Operation}}
}

// addressMembers notes the address in the members of a request to SQS.
func (c *Call) addressMembers(members map[string]json.RawMessage) {
	url, ok := text(members["QueueUrl"])
	if !ok {
		return
	}
	c.addressed = queueName(url)
	c.direct = func(address string) {
		if address == url {
			return
		}
		members["QueueUrl"] = marshal(address)
		c.Body = marshal(members)
	}
}

// addressForm is addressMembers for a form.
func (c *Call) addressForm(form []parameter) {
	for i := range form {
		if form[i].name != "QueueUrl" {
			continue
		}
		c.addressed = queueName(form[i].value)
		c.direct = func(address string) {
			if address == form[i].value {
				return
			}
			form[i].value = address
			if c.Method == get {
				c.Query = encodeForm(form)
			} else {
				c.Body = []byte(encodeForm(form))
			}
		}
	}
}
