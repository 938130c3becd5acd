package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answerForm answers a call by a form as if there were nothing to say.
func answerForm(w http.ResponseWriter, q received) {
	_, query, _ := strings.Cut(q.URI, "?")
	call, err := url.ParseQuery(q.Body + query)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult></%[1]sResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%[1]sResponse>`, call.Get("Action"))
}

// queueURL is how the backend calls the queue that the tests send to.
const queueURL = "http://127.0.0.1/" + accountID + "/orders"

// answerQueues is answerForm of a backend that says how it calls its queues.
func answerQueues(w http.ResponseWriter, q received) {
	if strings.HasPrefix(q.Body, "Action=GetQueueUrl&") {
		_, _ = fmt.Fprintf(w, "<GetQueueUrlResponse><GetQueueUrlResult><QueueUrl>%s</QueueUrl></GetQueueUrlResult></GetQueueUrlResponse>", queueURL)
		return
	}
	answerForm(w, q)
}

// recordedServices are those whose calls are compared with what arrives.
func recordedServices() map[string]answer {
	return map[string]answer{
		"secretsmanager": answering("application/x-amz-json-1.1", "{}"),
		"kms":            answering("application/x-amz-json-1.1", "{}"),
		"ssm":            answering("application/x-amz-json-1.1", "{}"),
		"logs":           answering("application/x-amz-json-1.1", "{}"),
		"lambda":         answering("application/json", "{}"),
		"sqs":            answerQueues,
		"monitoring":     answerForm,
	}
}

// clientsOwn are the headers that a client has for the one who checks its signature, or for nobody.
var clientsOwn = []string{
	"Accept-Encoding", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request", "Authorization", "Connection", "Content-Length", "User-Agent",
	"X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amzn-Trace-Id",
}

// meanings leaves of requests what a service goes by. The gateway has its own order for a query string, and no slash where the
// model has none.
func meanings(requests []received) []received {
	for i, r := range requests {
		path, query, _ := strings.Cut(r.URI, "?")
		parameters := strings.Split(query, "&")
		slices.Sort(parameters)
		requests[i].URI = strings.TrimSuffix(path, "/") + "?" + strings.Join(parameters, "&")
		for _, name := range clientsOwn {
			r.Header.Del(name)
		}
	}
	return requests
}

// TestGatewayServices compares what boto3 sends with what arrives behind the gateway: the same, letter by letter, but for the
// signature. Then it has nothing arrive.
func TestGatewayServices(t *testing.T) {
	t.Parallel()
	python := needBoto3(t)
	g, backend := startRecorder(t, recordedServices())
	eve, frank := g.createUser("eve"), g.createUser("frank")
	g.allow("eve", "*")
	tell := func(endpoint string, who credentials, more ...string) {
		command := exec.Command(python, "-B", "boto3/services.py", endpoint, accountID)
		command.Env = append(clientEnvironment(who), more...)
		output(t, command)
	}
	backend.expect(credentials{})
	tell(backend.URL, eve)
	sent := meanings(backend.asked())
	backend.expect(g.key)
	// From here on the gateway knows how the backend calls its queues, and need not ask.
	ask := raw{service: "sqs", header: http.Header{"Content-Type": {form}}, body: "Action=GetQueueUrl&QueueName=orders&Version=2012-11-05"}
	if status, body := g.raw(eve, ask); status != http.StatusOK || !strings.Contains(body, g.endpoint+"/"+accountID+"/orders<") {
		t.Errorf("%d %s", status, body)
	}
	backend.asked()
	for _, who := range []credentials{eve, g.getSession(eve, "", "")} {
		tell(g.endpoint, who)
		if diff := cmp.Diff(sent, meanings(backend.asked())); diff != "" || len(sent) < 20 {
			t.Errorf("%d requests were sent and others arrived (-sent +arrived):\n%s", len(sent), diff)
		}
	}
	tell(g.endpoint, frank, "ALLOWED=no")
	backend.wantNothingAsked(t)
	t.Run("cli", func(t *testing.T) { refusedToCLI(g.in(t), backend) })
	t.Run("queues", func(t *testing.T) { queuesByForm(g.in(t), backend) })
}

// refusedToCLI are refusals as the AWS CLI prints them, and calls of its that a policy allows.
func refusedToCLI(g gateway, backend *recorder) {
	grace := g.createUser("grace")
	g.putUserPolicy("grace", "work", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:%[1]s:%[2]s:secret:app/*"},
		{"Effect":"Allow","Action":"ssm:GetParameter","Resource":"arn:aws:ssm:%[1]s:%[2]s:parameter/app/*"},
		{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:app":"orders"}}},
		{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:%[1]s:%[2]s:function:orders"},
		{"Effect":"Allow","Action":"logs:CreateLogStream","Resource":"arn:aws:logs:%[1]s:%[2]s:log-group:/app/*"}]}`, region, accountID))
	as := cli{t: g.t, server: g.server, path: need(g.t, debianCLI), credentials: grace}
	const key = "1234abcd-12ab-34cd-56ef-1234567890ab"
	for _, call := range []struct {
		action, resource string // of the refusal
		refused, allowed []string
	}{
		{
			"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + region + ":" + accountID + ":secret:other/db",
			[]string{"secretsmanager", "get-secret-value", "--secret-id", "other/db"},
			[]string{"secretsmanager", "get-secret-value", "--secret-id", "app/db"},
		},
		{
			"ssm:GetParameter", "arn:aws:ssm:" + region + ":" + accountID + ":parameter/application/db",
			[]string{"ssm", "get-parameter", "--name", "/application/db"},
			[]string{"ssm", "get-parameter", "--name", "/app/db"},
		},
		{
			"kms:Encrypt", "arn:aws:kms:" + region + ":" + accountID + ":key/" + key,
			[]string{"kms", "encrypt", "--key-id", key, "--plaintext", "aGVsbG8=", "--encryption-context", "app=others"},
			[]string{"kms", "encrypt", "--key-id", key, "--plaintext", "aGVsbG8=", "--encryption-context", "app=orders"},
		},
		{
			"lambda:InvokeFunction", "arn:aws:lambda:" + region + ":" + accountID + ":function:orders:7",
			[]string{"lambda", "invoke", "--function-name", "orders", "--qualifier", "7", "/dev/null"},
			[]string{"lambda", "invoke", "--function-name", "orders", "/dev/null"},
		},
		{
			"logs:CreateLogStream", "arn:aws:logs:" + region + ":" + accountID + ":log-group:/apps/orders",
			[]string{"logs", "create-log-stream", "--log-group-name", "/apps/orders", "--log-stream-name", "x"},
			[]string{"logs", "create-log-stream", "--log-group-name", "/app/orders", "--log-stream-name", "x"},
		},
	} {
		as.refused("AccessDeniedException", "User: "+userARN("grace")+" is not authorized to perform: "+call.action+" on resource: "+call.resource, call.refused...)
		backend.wantNothingAsked(g.t)
		as.run(call.allowed...)
		if got := backend.asked(); len(got) != 1 {
			g.t.Errorf("aws %s: the backend was asked %v", strings.Join(call.allowed, " "), got)
		}
	}
}

// queuesByForm is SQS's Query protocol, by hand: with the queue in the path as third-party clients send it.
func queuesByForm(g gateway, backend *recorder) {
	const version = "&Version=2012-11-05"
	heidi := g.createUser("heidi")
	g.putUserPolicy("heidi", "work", fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:%s:%s:orders"}]}`, region, accountID))
	orders, secrets := "/"+accountID+"/orders", "/"+accountID+"/secrets"
	send := "Action=SendMessage&MessageBody=a+b%20c%2B" + version
	formHeader := http.Header{"Content-Type": {form}}
	for _, r := range []raw{
		{path: orders, body: send},
		{body: send + "&QueueUrl=" + url.QueryEscape(queueURL)},
		{path: orders, method: http.MethodGet, query: "Action=SendMessage&MessageBody=a%20b&Version=2012-11-05"},
	} {
		r.service = "sqs"
		if r.method == "" {
			r.header = formHeader
		}
		status, body := g.raw(heidi, r)
		got := backend.asked()
		if status != http.StatusOK || !strings.Contains(body, "<SendMessageResult>") || len(got) != 1 || got[0].Body != r.body || !strings.HasPrefix(got[0].URI, r.path) {
			g.t.Errorf("%d %s\nthe backend was asked %+v", status, body, got)
		}
	}
	presigned := raw{service: "sqs", path: orders, method: http.MethodGet, query: "Action=SendMessage&MessageBody=a%20b&Version=2012-11-05", presigned: true}
	status, body := g.raw(heidi, presigned)
	got := backend.asked()
	if status != http.StatusOK || len(got) != 1 || got[0].URI != orders+"?"+presigned.query {
		g.t.Errorf("presigned: %d %s\nthe backend was asked %+v", status, body, got)
	}
	late, moved := presigned, presigned
	late.clock, moved.path = -2*time.Minute, secrets
	for name, r := range map[string]raw{
		"presigned, too late":         late,
		"presigned for another queue": moved,
		"another queue":               {path: secrets, body: send},
		"another queue in the form":   {path: orders, body: send + "&QueueUrl=" + secrets},
		"dots":                        {path: orders + "/../secrets", body: send},
		"escaped dots":                {path: orders + "%2F..%2Fsecrets", body: send},
		"another's account":           {path: "/999999999999/orders", body: send},
		"another action":              {path: orders, body: "Action=PurgeQueue" + version},
		"a batch to another":          {path: secrets, body: "Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=1&SendMessageBatchRequestEntry.1.MessageBody=x" + version},
		"JSON and a form":             {path: orders, body: send, header: http.Header{"Content-Type": {form}, "X-Amz-Target": {"AmazonSQS.SendMessage"}}},
	} {
		r.service = "sqs"
		if r.header == nil {
			r.header = formHeader
		}
		if status, body := g.raw(heidi, r); status != http.StatusForbidden && status != http.StatusBadRequest {
			g.t.Errorf("%s: %d %s", name, status, body)
		} else if name == "another queue" && !strings.Contains(body, `<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>AccessDenied</Code>`) {
			g.t.Errorf("the refusal reads %s", body)
		}
		backend.wantNothingAsked(g.t)
	}
}
