package awsmodel

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const denied = "User: arn:aws:iam::123456789012:user/u is not authorized to perform: x"

func TestDenials(t *testing.T) {
	t.Parallel()
	id := [2]string{"X-Amzn-Requestid", "ID"}
	tests := []struct {
		signing  string
		protocol Protocol
		want     Reply
	}{
		{"dynamodb", JSON10, Reply{
			400,
			[][2]string{id, {"Content-Type", "application/x-amz-json-1.0"}, {"X-Amzn-Errortype", "AccessDeniedException"}},
			[]byte(`{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"` + denied + `"}`),
		}},
		{"kms", JSON11, Reply{
			400,
			[][2]string{id, {"Content-Type", "application/x-amz-json-1.1"}, {"X-Amzn-Errortype", "AccessDeniedException"}},
			[]byte(`{"__type":"AccessDeniedException","message":"` + denied + `"}`),
		}},
		{"sqs", JSON10, Reply{403, [][2]string{
			id, {"Content-Type", "application/x-amz-json-1.0"}, {"X-Amzn-Errortype", "AccessDeniedException"}, {"X-Amzn-Query-Error", "AccessDenied;Sender"},
		}, []byte(`{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"` + denied + `"}`)}},
		{"sqs", Query, Reply{403, [][2]string{id, {"Content-Type", "text/xml"}}, []byte(`<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">` +
			`<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>` + denied + `</Message></Error><RequestId>ID</RequestId></ErrorResponse>`)}},
		{"sns", Query, Reply{403, [][2]string{id, {"Content-Type", "text/xml"}}, []byte(`<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">` +
			`<Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>` + denied + `</Message></Error><RequestId>ID</RequestId></ErrorResponse>`)}},
		{"ec2", EC2, Reply{403, [][2]string{id, {"Content-Type", "text/xml;charset=UTF-8"}}, []byte(`<?xml version='1.0' encoding='UTF-8'?><Response><Errors><Error>` +
			`<Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation. ` + denied + `</Message></Error></Errors><RequestID>ID</RequestID></Response>`)}},
		{"lambda", RESTJSON, Reply{403, [][2]string{id, {"Content-Type", "application/json"}, {"X-Amzn-Errortype", "AccessDeniedException"}}, []byte(`{"Message":"` + denied + `"}`)}},
		{"route53", RESTXML, Reply{403, [][2]string{id, {"Content-Type", "text/xml"}}, []byte(`<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">` +
			`<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>` + denied + `</Message></Error><RequestId>ID</RequestId></ErrorResponse>`)}},
		{"monitoring", CBOR, Reply{403, [][2]string{
			id, {"Content-Type", "application/cbor"}, {"Smithy-Protocol", "rpc-v2-cbor"}, {"X-Amzn-Query-Error", "AccessDenied;Sender"},
		}, []byte("\xa2\x66__type\x75AccessDeniedException\x67message\x79\x00\x46" + denied)}},
	}
	for _, test := range tests {
		t.Run(test.signing+" "+string(test.protocol), func(t *testing.T) {
			t.Parallel()
			service, _ := Find(test.signing)
			got := service.Reply(test.protocol, service.Denied(test.protocol, denied), "ID", false)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if head := service.Reply(test.protocol, service.Denied(test.protocol, denied), "ID", true); head.Body != nil {
				t.Errorf("the answer to HEAD has a body: %s", head.Body)
			}
		})
	}
}

func TestRefusedCodes(t *testing.T) {
	t.Parallel()
	service, _ := Find("ec2")
	tests := []struct {
		refusal RefusalError
		want    Error
	}{
		{RefusalError{UnknownOperation, EC2, "r"}, Error{"InvalidAction", "r", 400}},
		{RefusalError{UnknownOperation, JSON10, "r"}, Error{"UnknownOperationException", "r", 400}},
		{RefusalError{Ambiguous, Query, "r"}, Error{"MalformedQueryString", "r", 400}},
		{RefusalError{Malformed, JSON11, "r"}, Error{"SerializationException", "r", 400}},
		{RefusalError{Foreign, EC2, "r"}, Error{"UnauthorizedOperation", "You are not authorized to perform this operation. r", 403}},
		{RefusalError{Unsupported, RESTJSON, "r"}, Error{"AccessDeniedException", "r", 403}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, service.Refused(&test.refusal)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestReplyEscapes(t *testing.T) {
	t.Parallel()
	service, _ := Find("sns")
	got := string(service.Reply(Query, Error{Code: "C", Message: `</Message><x a="b">` + "\x00"}, "ID", false).Body)
	want := `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>C</Code><Message>` +
		`&lt;/Message&gt;&lt;x a=&#34;b&#34;&gt;` + "\uFFFD" + `</Message></Error><RequestId>ID</RequestId></ErrorResponse>`
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestActionText(t *testing.T) {
	t.Parallel()
	for signing, want := range map[string]string{"sqs": "sqs:sendmessage", "sns": "SNS:Publish", "ec2": "ec2:RunInstances"} {
		service, _ := Find(signing)
		action := map[string]string{"sqs": "sqs:SendMessage", "sns": "sns:Publish", "ec2": "ec2:RunInstances"}[signing]
		if got := service.ActionText(action); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
