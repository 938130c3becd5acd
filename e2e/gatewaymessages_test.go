package e2e

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// fauxqsAccount is the one that fauxqs believes it is: nothing can change its mind.
const fauxqsAccount = "000000000000"

func messagesARN(service, name string) string {
	return "arn:aws:" + service + ":" + region + ":" + fauxqsAccount + ":" + name
}

func (s *server) sqs(c credentials) *sqs.Client {
	return sqs.New(sqs.Options{BaseEndpoint: &s.endpoint, Region: region, Credentials: c.provider(), RetryMaxAttempts: 1})
}

func (s *server) sns(c credentials) *sns.Client {
	return sns.New(sns.Options{BaseEndpoint: &s.endpoint, Region: region, Credentials: c.provider(), RetryMaxAttempts: 1})
}

// messages is a gateway before fauxqs, and what is in it.
type messages struct {
	gateway       // whose root is of fauxqs's account
	bob           credentials
	arn           string // bob's
	orders, other string // the URLs of queues
	topic         string
}

// startMessages starts a gateway before fauxqs, with two queues, two topics, and bob, who may use one of each.
func startMessages(t *testing.T) messages {
	t.Helper()
	url := startNodeBackend(t, "fauxqs")
	g := startGateway(t, backend{service: "sqs", url: url, account: fauxqsAccount},
		backend{service: "sns", url: url, account: fauxqsAccount})
	g.root = g.createAccount(fauxqsAccount)
	m := messages{gateway: g, arn: "arn:aws:iam::" + fauxqsAccount + ":user/bob", topic: messagesARN("sns", "orders")}
	m.bob = g.createUser("bob")
	g.putUserPolicy("bob", "work", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["sqs:SendMessage","sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueUrl"],"Resource":%q},
		{"Effect":"Allow","Action":["sns:Publish","sns:GetTopicAttributes"],"Resource":%[2]q},
		{"Effect":"Allow","Action":"sns:Subscribe","Resource":%[2]q,"Condition":{"StringEquals":{"sns:Protocol":"sqs","sns:Endpoint":%[1]q}}},
		{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`, messagesARN("sqs", "orders"), m.topic))
	m.orders, m.other = m.createQueue("orders"), m.createQueue("secrets")
	for _, name := range []string{"orders", "secrets"} {
		if _, err := g.sns(g.root).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m *messages) createQueue(name string) (url string) {
	m.t.Helper()
	made, err := m.sqs(m.root).CreateQueue(m.t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		m.t.Fatal(err)
	}
	return aws.ToString(made.QueueUrl)
}

// TestGatewayMessages is fauxqs behind the gateway, with the Go SDK before it.
func TestGatewayMessages(t *testing.T) {
	t.Parallel()
	m := startMessages(t)
	session := m.getSession(m.bob, "", "")
	for name, who := range map[string]credentials{"key": m.bob, "session": session} {
		t.Run(name, func(t *testing.T) {
			again := m
			again.gateway = m.in(t)
			useQueues(again, who)
			useTopics(again, who)
		})
	}
	t.Run("role", func(t *testing.T) {
		again := m
		again.gateway = m.in(t)
		senderRole(again)
	})
}

func useQueues(m messages, who credentials) {
	t, ctx, client := m.t, m.t.Context(), m.sqs(who)
	const text = "späte Lieferung & <mehr> 100 % + 1"
	denied := func(action, queue string) string {
		return notAllowed(m.arn, "sqs:"+action, messagesARN("sqs", queue))
	}
	url, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("orders")})
	if err != nil || aws.ToString(url.QueueUrl) != m.orders {
		t.Fatalf("the queue is %v, %v", url, err)
	}
	sent, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &m.orders, MessageBody: aws.String(text)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &m.orders, MaxNumberOfMessages: 10})
	if err != nil || len(got.Messages) != 1 || aws.ToString(got.Messages[0].Body) != text || aws.ToString(got.Messages[0].MessageId) != aws.ToString(sent.MessageId) {
		t.Fatalf("received %v, %v", got, err)
	}
	_, err = client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &m.orders, Entries: []sqstypes.DeleteMessageBatchRequestEntry{
		{Id: aws.String("1"), ReceiptHandle: got.Messages[0].ReceiptHandle},
	}})
	m.wantSuccess(err)

	entry := []sqstypes.SendMessageBatchRequestEntry{{Id: aws.String("1"), MessageBody: aws.String(text)}}
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &m.other, MessageBody: aws.String(text)})
	wantExactly(t, err, "AccessDenied", denied("sendmessage", "secrets"))
	_, err = client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &m.other, Entries: entry})
	wantExactly(t, err, "AccessDenied", denied("sendmessage", "secrets"))
	_, err = client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &m.other})
	wantExactly(t, err, "AccessDenied", denied("receivemessage", "secrets"))
	_, err = client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &m.orders})
	wantExactly(t, err, "AccessDenied", denied("purgequeue", "orders"))
	_, err = client.ListQueues(ctx, &sqs.ListQueuesInput{})
	wantExactly(t, err, "AccessDenied", notAllowed(m.arn, "sqs:listqueues", "*"))
	for _, foreign := range []string{
		strings.Replace(m.orders, fauxqsAccount, accountID, 1), m.orders + "/../secrets", m.orders + "%2f", "http://secrets@x/" + fauxqsAccount + "/orders",
	} {
		if _, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &foreign, MessageBody: aws.String(text)}); err == nil {
			t.Errorf("the queue %s is taken", foreign)
		}
	}
	none := strings.Replace(m.orders, "/orders", "/nothing", 1)
	_, err = m.sqs(m.root).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &none, MessageBody: aws.String(text)})
	if _, ok := errors.AsType[*sqstypes.QueueDoesNotExist](err); !ok {
		t.Errorf("error is %v, want the SDK's QueueDoesNotExist", err)
	}
}

func useTopics(m messages, who credentials) {
	t, ctx, client := m.t, m.t.Context(), m.sns(who)
	secrets := messagesARN("sns", "secrets")
	denied := func(action, topic string) string {
		return notAllowed(m.arn, "SNS:"+action, topic)
	}
	subscribe := func(protocol, endpoint string) error {
		_, err := client.Subscribe(ctx, &sns.SubscribeInput{
			TopicArn: &m.topic, Protocol: &protocol, Endpoint: &endpoint, Attributes: map[string]string{"RawMessageDelivery": "true"},
		})
		return err
	}
	m.wantSuccess(subscribe("sqs", messagesARN("sqs", "orders")))
	wantExactly(t, subscribe("sqs", messagesARN("sqs", "secrets")), "AuthorizationError", denied("Subscribe", m.topic))
	wantExactly(t, subscribe("https", "https://example.com/"), "AuthorizationError", denied("Subscribe", m.topic))

	const text = "späte Lieferung & <mehr> 100 % + 1"
	published, err := client.Publish(ctx, &sns.PublishInput{TopicArn: &m.topic, Message: aws.String(text), Subject: aws.String("a b")})
	if err != nil || aws.ToString(published.MessageId) == "" {
		t.Fatalf("published %v, %v", published, err)
	}
	got, err := m.sqs(who).ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &m.orders})
	if err != nil || len(got.Messages) != 1 || aws.ToString(got.Messages[0].Body) != text {
		t.Fatalf("the topic's queue has %v, %v", got, err)
	}
	_, err = m.sqs(who).DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &m.orders, ReceiptHandle: got.Messages[0].ReceiptHandle})
	m.wantSuccess(err)
	_, err = client.Publish(ctx, &sns.PublishInput{TopicArn: &secrets, Message: aws.String(text)})
	wantExactly(t, err, "AuthorizationError", denied("Publish", secrets))
	_, err = client.PublishBatch(ctx, &sns.PublishBatchInput{TopicArn: &secrets, PublishBatchRequestEntries: []snstypes.PublishBatchRequestEntry{
		{Id: aws.String("1"), Message: aws.String(text)},
	}})
	wantExactly(t, err, "AuthorizationError", denied("Publish", secrets))
	_, err = client.Publish(ctx, &sns.PublishInput{PhoneNumber: aws.String("+15555550100"), Message: aws.String(text)})
	wantExactly(t, err, "AuthorizationError", denied("Publish", "+15555550100"))
	_, err = client.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &m.topic})
	wantExactly(t, err, "AuthorizationError", denied("DeleteTopic", m.topic))
	_, err = m.sns(m.root).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(messagesARN("sns", "nothing"))})
	if _, ok := errors.AsType[*snstypes.NotFoundException](err); !ok {
		t.Errorf("error is %v, want the SDK's NotFoundException", err)
	}
}

// senderRole is a role that may send to every queue, and whose session may send to one.
func senderRole(m messages) {
	t, ctx := m.t, m.t.Context()
	name, arn := "sender", "arn:aws:iam::"+fauxqsAccount+":role/sender"
	if _, err := m.iam(m.root).CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: &name, AssumeRolePolicyDocument: aws.String(trust(principal(m.arn), "", "sts:AssumeRole")),
	}); err != nil {
		t.Fatal(err)
	}
	m.putRolePolicy(name, "work", allowing("sqs:SendMessage"))
	answer, err := m.sts(m.bob).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: &arn, RoleSessionName: aws.String("e2e"), Policy: aws.String(fmt.Sprintf(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":%q}]}`, messagesARN("sqs", "secrets"))),
	})
	if err != nil {
		t.Fatal(err)
	}
	client := m.sqs(m.credentialsOf(answer.Credentials))
	send := func(url string) error {
		_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("x")})
		return err
	}
	m.wantSuccess(send(m.other))
	wantExactly(t, send(m.orders), "AccessDenied", "User: "+aws.ToString(answer.AssumedRoleUser.Arn)+
		" is not authorized to perform: sqs:sendmessage on resource: "+messagesARN("sqs", "orders")+" because no session policy allows the sqs:sendmessage action")
	_, err = client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &m.other})
	wantRefusal(t, err, "AccessDenied", "because no identity-based policy allows the sqs:receivemessage action")
}

// TestGatewayMessagesClients are the SDK for JavaScript, boto3 and the AWS CLI before fauxqs. Debian's speak to SQS by its
// Query protocol, which fauxqs has not: they publish only.
func TestGatewayMessagesClients(t *testing.T) {
	t.Parallel()
	python, aws := needBoto3(t), need(t, debianCLI)
	m := startMessages(t)
	t.Run("node", func(t *testing.T) {
		command := exec.Command(need(t, "node"), "gateway/messages.mjs", m.orders, m.other)
		command.Env = append(clientEnvironment(m.bob), "AWS_ENDPOINT_URL="+m.endpoint)
		for _, value := range strings.Fields(output(t, command)) {
			m.secret("a secret of node", value)
		}
	})
	t.Run("boto3", func(t *testing.T) {
		command := exec.Command(python, "-B", "boto3/topics.py", m.endpoint, fauxqsAccount)
		command.Env = clientEnvironment(m.bob)
		for _, value := range strings.Fields(output(t, command)) {
			m.secret("a secret of boto3", value)
		}
	})
	t.Run("cli", func(t *testing.T) {
		bob := cli{t: t, server: m.server, path: aws, credentials: m.getSession(m.bob, "", "")}
		bob.run("sns", "publish", "--topic-arn", m.topic, "--message", "späte Lieferung & mehr")
		bob.refused("AuthorizationError", notAllowed(m.arn, "SNS:Publish", messagesARN("sns", "secrets")),
			"sns", "publish", "--topic-arn", messagesARN("sns", "secrets"), "--message", "x")
		bob.refused("AccessDenied", notAllowed(m.arn, "sqs:sendmessage", messagesARN("sqs", "secrets")),
			"sqs", "send-message", "--queue-url", m.other, "--message-body", "x")
	})
}
