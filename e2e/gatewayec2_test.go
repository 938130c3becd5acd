package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// stopWithMFA is the example of the IAM User Guide, "Amazon EC2: Requires MFA (GetSessionToken) for specific EC2 operations".
const stopWithMFA = `{
	"Version": "2012-10-17",
	"Statement": [
		{"Sid": "AllowAllActionsForEC2", "Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
		{
			"Sid": "DenyStopAndTerminateWhenMFAIsNotPresent",
			"Effect": "Deny",
			"Action": ["ec2:StopInstances", "ec2:TerminateInstances"],
			"Resource": "*",
			"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": false}}
		}
	]
}`

// denied is how EC2 says that a policy denies an action on an instance.
func deniedInstance(caller, action, instance string) string {
	return fmt.Sprintf("You are not authorized to perform this operation. User: %s is not authorized to perform: ec2:%s on resource: "+
		"arn:aws:ec2:%s:%s:instance/%s with an explicit deny in an identity-based policy", caller, action, region, accountID, instance)
}

// answerEC2 is as much of EC2 as the CLI wants to read.
func answerEC2(w http.ResponseWriter, q received) {
	action, _, _ := strings.Cut(strings.TrimPrefix(q.Body, "Action="), "&")
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	_, _ = fmt.Fprintf(w, `<%[1]sResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>8f7724cf</requestId><instancesSet/><reservationSet/></%[1]sResponse>`, action)
}

// TestGatewayEC2 is the example for an MFA-protected API, with the clients that people use.
func TestGatewayEC2(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	g, backend := startRecorder(t, map[string]answer{"ec2": answerEC2})
	olga := g.enrolUser("olga", "GAHT44444444", stopWithMFA)
	g.createRole("operator", wholeAccount, "")
	g.putRolePolicy("operator", "work", stopWithMFA)
	g.putUserPolicy("olga", "assume", allowing("sts:AssumeRole"))
	role := g.session(olga.key, "operator")
	const first, second = "i-0123456789abcdef0", "i-0123456789abcdef1"
	as := func(who credentials) cli {
		return cli{t: t, server: g.server, path: need(t, debianCLI), credentials: who}
	}
	stop := []string{"ec2", "stop-instances", "--instance-ids", first, second}
	terminate := []string{"ec2", "terminate-instances", "--instance-ids", first}
	as(olga.plain).run("ec2", "describe-instances")
	if got := backend.asked(); len(got) != 1 || got[0].Body != "Action=DescribeInstances&Version=2016-11-15" {
		t.Errorf("the backend was asked %v", got)
	}
	as(olga.key).refused("UnauthorizedOperation", deniedInstance(userARN("olga"), "StopInstances", first), stop...)
	as(olga.plain).refused("UnauthorizedOperation", deniedInstance(userARN("olga"), "TerminateInstances", first), terminate...)
	// A role's session proves no MFA, whatever its caller had done.
	as(role).refused("UnauthorizedOperation", deniedInstance(sessionARN("operator", "e2e"), "StopInstances", first), stop...)
	backend.wantNothingAsked(t)
	as(olga.mfa).run(stop...)
	as(olga.mfa).run(terminate...)
	got := backend.asked()
	if len(got) != 2 || got[0].Body != "Action=StopInstances&Version=2016-11-15&InstanceId.1="+first+"&InstanceId.2="+second ||
		got[1].Body != "Action=TerminateInstances&Version=2016-11-15&InstanceId.1="+first {
		t.Errorf("with MFA the backend was asked %v", got)
	}
	t.Run("ambiguous", func(t *testing.T) { ambiguousForms(g.in(t), backend, olga.mfa) })
	t.Run("moto", motoEC2)
}

// ambiguousForms have two readings, of which a policy might see one and the backend the other.
func ambiguousForms(g gateway, backend *recorder, who credentials) {
	const stop = "Action=StopInstances&Version=2016-11-15&InstanceId.1=i-1"
	for name, r := range map[string]raw{
		"an instance twice":          {body: stop + "&InstanceId.1=i-2"},
		"an instance twice, escaped": {body: stop + "&Instance%49d.1=i-2"},
		"an instance in the query":   {body: stop, query: "InstanceId.1=i-2"},
		"a number in two forms":      {body: stop + "&InstanceId.01=i-2"},
		"an action twice":            {body: stop + "&Action=DescribeInstances"},
		"an action in the query":     {body: stop, query: "Action=DescribeInstances"},
		"a semicolon":                {body: stop + ";InstanceId.2=i-2"},
		"a bad escape":               {body: stop + "&InstanceId.2=%zz"},
		"a wildcard":                 {body: stop + "*"},
		"no form":                    {body: stop, header: http.Header{"Content-Type": {"text/plain"}}},
		"a target, too":              {body: stop, header: http.Header{"X-Amz-Target": {"DynamoDB_20120810.ListTables"}}},
		"a parameter of none":        {body: stop + "&Instance.1=i-2"},
		"another path":               {body: stop, path: "/a"},
		"an unknown action":          {body: "Action=StopEverything&Version=2016-11-15"},
		"an unknown version":         {body: "Action=StopInstances&Version=2006-01-01&InstanceId.1=i-1"},
	} {
		r.service = "ec2"
		if r.header == nil {
			r.header = http.Header{"Content-Type": {form}}
		}
		status, body := g.raw(who, r)
		if status < 400 || status >= 500 || !strings.Contains(body, "<Response><Errors><Error><Code>") && name != "a target, too" {
			g.t.Errorf("%s: %d %s", name, status, body)
		}
		backend.wantNothingAsked(g.t)
	}
}

// motoEC2 is the same example with instances that run and stop, where the machine has moto: it can't be installed by us.
func motoEC2(t *testing.T) {
	url := startMoto(t)
	if url == "" {
		t.Log("there is no moto here")
		return
	}
	g := startGateway(t, backend{service: "ec2", url: url}, backend{service: "sqs", url: url})
	olga := g.enrolUser("olga", "GAHT55555555", stopWithMFA)
	as := func(who credentials) cli {
		return cli{t: t, server: g.server, path: need(t, debianCLI), credentials: who}
	}
	text := func(who credentials, arguments ...string) string {
		t.Helper()
		stdout, stderr, err := as(who).exec(append(arguments, "--output", "text")...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", arguments, err, stderr)
		}
		return strings.TrimSpace(stdout)
	}
	instance := text(olga.plain, "ec2", "run-instances", "--image-id", "ami-12c6146b", "--query", "Instances[0].InstanceId")
	state := func() string {
		return text(olga.plain, "ec2", "describe-instances", "--instance-ids", instance, "--query", "Reservations[0].Instances[0].State.Name")
	}
	as(olga.plain).refused("UnauthorizedOperation", deniedInstance(userARN("olga"), "StopInstances", instance), "ec2", "stop-instances", "--instance-ids", instance)
	if got := state(); got != "running" {
		t.Errorf("without MFA the instance is %s, want running", got)
	}
	as(olga.mfa).run("ec2", "stop-instances", "--instance-ids", instance)
	if got := state(); got != "stopped" {
		t.Errorf("with MFA the instance is %s, want stopped", got)
	}

	// Debian's CLI speaks to SQS by its Query protocol.
	g.putUserPolicy("olga", "queue", fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:CreateQueue","sqs:SendMessage","sqs:ReceiveMessage"],"Resource":"arn:aws:sqs:%s:%s:orders"}]}`, region, accountID))
	queue := text(olga.plain, "sqs", "create-queue", "--queue-name", "orders", "--query", "QueueUrl")
	as(olga.plain).run("sqs", "send-message", "--queue-url", queue, "--message-body", "späte Lieferung & mehr")
	if got := text(olga.plain, "sqs", "receive-message", "--queue-url", queue, "--query", "Messages[0].Body"); got != "späte Lieferung & mehr" {
		t.Errorf("received %q", got)
	}
	as(olga.plain).refused("AccessDenied", notAllowed(userARN("olga"), "sqs:createqueue", "arn:aws:sqs:"+region+":"+accountID+":secrets"),
		"sqs", "create-queue", "--queue-name", "secrets")
}

// startMoto starts moto's server, until the test's end, and returns its URL; empty where the machine has none.
func startMoto(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil {
		return ""
	}
	address := freeAddress(t)
	host, port, _ := strings.Cut(address, ":")
	command := exec.Command(path, "-H", host, "-p", port)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "AWS_DEFAULT_REGION=" + region, "MOTO_EC2_LOAD_DEFAULT_AMIS=false"}
	if err := command.Start(); err != nil {
		return ""
	}
	exited := make(chan struct{})
	go func() {
		_ = command.Wait() // it is killed
		close(exited)
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-exited
	})
	for deadline := time.Now().Add(2 * patience); time.Now().Before(deadline); time.Sleep(pause) {
		select {
		case <-exited: // a shim for a moto that isn't there
			return ""
		default:
		}
		response, err := http.Get("http://" + address + "/moto-api/")
		if err == nil {
			_ = response.Body.Close()
			return "http://" + address
		}
	}
	t.Error("moto does not answer")
	return ""
}
