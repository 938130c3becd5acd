package awsmodel

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func jsonRequest(version, target, body string) Request {
	return Request{
		Method: "POST", RawPath: "/", Region: testRegion, AccountID: testAccount, Body: []byte(body),
		Header: map[string][]string{"X-Amz-Target": {target}, "Content-Type": {"application/x-amz-json-" + version}},
	}
}

func formRequest(body string) Request {
	return Request{
		Method: "POST", RawPath: "/", Region: testRegion, AccountID: testAccount, Body: []byte(body),
		Header: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
}

func restRequest(method, target, body string) Request {
	path, query, _ := strings.Cut(target, "?")
	r := Request{Method: method, RawPath: path, RawQuery: query, Region: testRegion, AccountID: testAccount, Body: []byte(body)}
	if body != "" {
		r.Header = map[string][]string{"Content-Type": {"application/json"}}
	}
	return r
}

// permissions prints them: ~ before a pattern, | before an alias. R and A stand for the region and the account.
func permissions(call *Call) []string {
	var lines []string
	for _, p := range call.Permissions {
		line := p.Action + " "
		if p.Pattern {
			line += "~"
		}
		line += p.Resource.ARN
		if p.Alias != "" {
			line += "|" + p.Alias
		}
		lines = append(lines, strings.NewReplacer(testRegion, "R", testAccount, "A").Replace(line))
	}
	slices.Sort(lines)
	return lines
}

// resourceTest is a request that is named with want, or refused with a Kind.
type resourceTest struct {
	name    string
	request Request
	want    []string
	refused string // a part of the reason; then kind is compared
	kind    Kind
}

func runResourceTests(t *testing.T, signing string, tests []resourceTest) {
	t.Helper()
	service, ok := Find(signing)
	if !ok {
		t.Fatalf("there is no service %s", signing)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			call, err := service.Name(test.request)
			if test.refused != "" {
				checkRefused(t, err, test.kind, test.refused)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, permissions(call)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func checkRefused(t *testing.T, err error, kind Kind, reason string) {
	t.Helper()
	var refusal *RefusalError
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if refusal.Kind != kind || !strings.Contains(refusal.Reason, reason) {
		t.Errorf("got kind %d: %s; want kind %d: %s", refusal.Kind, refusal.Reason, kind, reason)
	}
}

func dynamo(operation, body string) Request {
	return jsonRequest("1.0", "DynamoDB_20120810."+operation, body)
}

func TestDynamoDB(t *testing.T) {
	t.Parallel()
	const table = "arn:aws:dynamodb:R:A:table/"
	statement := func(s string) Request {
		return dynamo("ExecuteStatement", fmt.Sprintf(`{"Statement":%q}`, s))
	}
	runResourceTests(t, "dynamodb", []resourceTest{
		{name: "table", request: dynamo("GetItem", `{"TableName":"T","Key":{"id":{"S":"1"},"ID":{"S":"2"}}}`), want: []string{"dynamodb:GetItem " + table + "T"}},
		{name: "escaped name", request: dynamo("GetItem", `{"TableName":"\u0054"}`), want: []string{"dynamodb:GetItem " + table + "T"}},
		{name: "ARN", request: dynamo("GetItem", `{"TableName":"arn:aws:dynamodb:eu-west-1:123456789012:table/T"}`), want: []string{"dynamodb:GetItem " + table + "T"}},
		{name: "index", request: dynamo("Query", `{"TableName":"T","IndexName":"I"}`), want: []string{"dynamodb:Query " + table + "T/index/I"}},
		{name: "list", request: dynamo("ListTables", `{}`), want: []string{"dynamodb:ListTables *"}},
		{name: "batch get", request: dynamo("BatchGetItem", `{"RequestItems":{"A":{"Keys":[]},"B":{"Keys":[]}}}`), want: []string{
			"dynamodb:BatchGetItem " + table + "A", "dynamodb:BatchGetItem " + table + "B",
		}},
		{name: "batch write", request: dynamo("BatchWriteItem", `{"RequestItems":{"A":[],"arn:aws:dynamodb:eu-west-1:123456789012:table/B":[]}}`), want: []string{
			"dynamodb:BatchWriteItem " + table + "A", "dynamodb:BatchWriteItem " + table + "B",
		}},
		{name: "transaction", request: dynamo("TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"A"}},{"Delete":{"TableName":"B"}},{"Update":{"TableName":"A"}},{"ConditionCheck":{"TableName":"C"},"Put":null}]}`), want: []string{
			"dynamodb:ConditionCheckItem " + table + "C", "dynamodb:DeleteItem " + table + "B", "dynamodb:PutItem " + table + "A", "dynamodb:UpdateItem " + table + "A",
		}},
		{name: "reading transaction", request: dynamo("TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"A"}},{"Get":{"TableName":"B"}}]}`), want: []string{
			"dynamodb:GetItem " + table + "A", "dynamodb:GetItem " + table + "B",
		}},
		{name: "restore", request: dynamo("RestoreTableFromBackup", `{"TargetTableName":"N","BackupArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/T/backup/01"}`), want: []string{
			"dynamodb:RestoreTableFromBackup " + table + "N", "dynamodb:RestoreTableFromBackup " + table + "T/backup/01",
		}},
		{name: "created with tags", request: dynamo("CreateTable", `{"TableName":"T","Tags":[{"Key":"k","Value":"v"}]}`), want: []string{
			"dynamodb:CreateTable " + table + "T", "dynamodb:TagResource " + table + "T",
		}},
		{name: "records by iterator", request: jsonRequest("1.0", "DynamoDBStreams_20120810.GetRecords", `{"ShardIterator":"arn:aws:dynamodb:eu-west-1:123456789012:table/T/stream/L|1|x"}`), want: []string{
			"dynamodb:GetRecords ~" + table + "*/stream/*",
		}},
		{name: "stream", request: jsonRequest("1.0", "DynamoDBStreams_20120810.DescribeStream", `{"StreamArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/T/stream/2026-01-01T00:00:00.000"}`), want: []string{
			"dynamodb:DescribeStream " + table + "T/stream/2026-01-01T00:00:00.000",
		}},
		{name: "select", request: statement(`SELECT "from" FROM "T"."I" WHERE "id" = ?`), want: []string{"dynamodb:PartiQLSelect " + table + "T/index/I"}},
		{name: "insert", request: statement(`insert into T value {'id': 'it''s', 'x': ?}`), want: []string{"dynamodb:PartiQLInsert " + table + "T"}},
		{name: "update", request: statement(`UPDATE "T" SET a=1 WHERE id='x' RETURNING ALL OLD *`), want: []string{"dynamodb:PartiQLUpdate " + table + "T"}},
		{name: "delete", request: statement(`DELETE FROM T WHERE id='x'`), want: []string{"dynamodb:PartiQLDelete " + table + "T"}},
		{
			name: "statements of a transaction", request: dynamo("ExecuteTransaction", `{"TransactStatements":[{"Statement":"EXISTS(SELECT * FROM A WHERE id='1')"},{"Statement":"DELETE FROM B WHERE id='1'"}]}`),
			want: []string{"dynamodb:PartiQLSelect " + table + "A", "dynamodb:PartiQLDelete " + table + "B"},
		},

		// Attack 18.
		{name: "table of another account", request: dynamo("GetItem", `{"TableName":"arn:aws:dynamodb:eu-west-1:210987654321:table/T"}`), kind: Foreign, refused: "not of this account"},
		{name: "table of another region", request: dynamo("GetItem", `{"TableName":"arn:aws:dynamodb:us-east-1:123456789012:table/T"}`), kind: Foreign, refused: "not of this account"},
		{name: "ARN in capitals", request: dynamo("GetItem", `{"TableName":"ARN:aws:dynamodb:us-east-1:123456789012:table/T"}`), kind: Foreign, refused: "not of this account"},
		{name: "no ARN of a table", request: dynamo("GetItem", `{"TableName":"arn:aws:dynamodb:eu-west-1:123456789012:table/T/index/I"}`), kind: Malformed, refused: "no ARN of a table"},
		{name: "one of a batch is foreign", request: dynamo("BatchGetItem", `{"RequestItems":{"A":{},"arn:aws:dynamodb:eu-west-1:210987654321:table/T":{}}}`), kind: Foreign, refused: "not of this account"},
		{name: "wildcard", request: dynamo("GetItem", `{"TableName":"T*"}`), kind: Malformed, refused: "no name"},
		{name: "empty", request: dynamo("GetItem", `{"TableName":""}`), kind: Malformed, refused: "no name"},
		{name: "no string", request: dynamo("GetItem", `{"TableName":["T"]}`), kind: Malformed, refused: "no string"},
		{name: "empty transaction", request: dynamo("TransactWriteItems", `{"TransactItems":[]}`), kind: Unsupported, refused: "not known"},
		{name: "entry that we do not know", request: dynamo("TransactWriteItems", `{"TransactItems":[{"Upsert":{"TableName":"A"}}]}`), kind: Malformed, refused: "Upsert"},
		{name: "member without a name", request: dynamo("ListTables", `{"":1}`), kind: Malformed, refused: "no member"},
		{name: "member in another case", request: dynamo("GetItem", `{"tablename":"T"}`), kind: Malformed, refused: "tablename"},
		{name: "comment", request: statement("SELECT * FROM T --x\n WHERE a=1"), kind: Unsupported, refused: "statement"},
		{name: "comment in the name", request: statement("SELECT * FROM /* A */ T"), kind: Unsupported, refused: "statement"},
		{name: "two statements", request: statement("SELECT * FROM T; DELETE FROM U WHERE id=1"), kind: Unsupported, refused: "statement"},
		{name: "two statements without a semicolon", request: statement("DELETE FROM T WHERE id=1 DELETE FROM U"), kind: Unsupported, refused: "statement"},
		{name: "nested query", request: statement("SELECT * FROM T WHERE id IN (SELECT id FROM U)"), kind: Unsupported, refused: "statement"},
		{name: "query before the table", request: statement("SELECT (SELECT a FROM U) FROM T"), kind: Unsupported, refused: "statement"},
		{name: "join", request: statement("SELECT * FROM T, U"), kind: Unsupported, refused: "statement"},
		{name: "alias", request: statement("SELECT * FROM T AS U"), kind: Unsupported, refused: "statement"},
		{name: "insert of a query", request: statement("INSERT INTO T SELECT * FROM U"), kind: Unsupported, refused: "statement"},
		{name: "quote left open", request: statement(`SELECT * FROM "T`), kind: Unsupported, refused: "statement"},
		{name: "foreign table", request: statement(`SELECT * FROM "arn:aws:dynamodb:eu-west-1:210987654321:table/T"`), kind: Foreign, refused: "not of this account"},
		{name: "backslash", request: statement(`SELECT * FROM T WHERE a='\' OR b=' FROM U'`), kind: Unsupported, refused: "statement"},
	})
}

func TestSQS(t *testing.T) {
	t.Parallel()
	target := func(operation, body string) Request { return jsonRequest("1.0", "AmazonSQS."+operation, body) }
	onPath := func(path, body string) Request {
		r := formRequest(body)
		r.RawPath = path
		return r
	}
	const version = "&Version=2012-11-05"
	runResourceTests(t, "sqs", []resourceTest{
		{name: "JSON", request: target("SendMessage", `{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/q","MessageBody":"b"}`), want: []string{"sqs:SendMessage arn:aws:sqs:R:A:q"}},
		{name: "batch", request: target("SendMessageBatch", `{"QueueUrl":"http://localhost:4568/123456789012/q.fifo"}`), want: []string{"sqs:SendMessage arn:aws:sqs:R:A:q.fifo"}},
		{name: "deleting batch", request: target("DeleteMessageBatch", `{"QueueUrl":"http://h/123456789012/q"}`), want: []string{"sqs:DeleteMessage arn:aws:sqs:R:A:q"}},
		{name: "name", request: target("GetQueueUrl", `{"QueueName":"q"}`), want: []string{"sqs:GetQueueUrl arn:aws:sqs:R:A:q"}},
		{name: "list", request: target("ListQueues", `{}`), want: []string{"sqs:ListQueues *"}},
		{name: "Query by path", request: onPath("/123456789012/q", "Action=SendMessage&MessageBody=b"+version), want: []string{"sqs:SendMessage arn:aws:sqs:R:A:q"}},
		{name: "Query by member", request: formRequest("Action=SendMessage&QueueUrl=http%3A%2F%2Fh%2F123456789012%2Fq" + version), want: []string{"sqs:SendMessage arn:aws:sqs:R:A:q"}},
		{name: "Query batch", request: formRequest("Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=x&QueueUrl=http%3A%2F%2Fh%2F123456789012%2Fq" + version), want: []string{"sqs:SendMessage arn:aws:sqs:R:A:q"}},
		{name: "move", request: target("StartMessageMoveTask", `{"SourceArn":"arn:aws:sqs:eu-west-1:123456789012:dlq","DestinationArn":"arn:aws:sqs:eu-west-1:123456789012:q"}`), want: []string{
			"sqs:StartMessageMoveTask arn:aws:sqs:R:A:dlq", "sqs:ReceiveMessage arn:aws:sqs:R:A:dlq", "sqs:DeleteMessage arn:aws:sqs:R:A:dlq",
			"sqs:GetQueueAttributes arn:aws:sqs:R:A:dlq", "sqs:SendMessage arn:aws:sqs:R:A:q",
		}},
		{name: "two queues", request: onPath("/123456789012/q", "Action=SendMessage&QueueUrl=http%3A%2F%2Fh%2F123456789012%2Fother"+version), kind: Ambiguous, refused: "two queues"},
		{name: "queue of another account", request: target("SendMessage", `{"QueueUrl":"http://h/210987654321/q"}`), kind: Foreign, refused: "not of this account"},
		{name: "owner", request: target("GetQueueUrl", `{"QueueName":"q","QueueOwnerAWSAccountId":"210987654321"}`), kind: Foreign, refused: "another account"},
		{name: "query in the URL", request: target("SendMessage", `{"QueueUrl":"http://h/123456789012/q?x=/123456789012/r"}`), kind: Malformed, refused: "no URL"},
		{name: "longer path", request: target("SendMessage", `{"QueueUrl":"http://h/123456789012/q/r"}`), kind: Malformed, refused: "no URL"},
		{name: "user in the URL", request: target("SendMessage", `{"QueueUrl":"http://u@h/123456789012/q"}`), kind: Malformed, refused: "no URL"},
		{name: "no queue", request: target("SendMessage", `{}`), kind: Malformed, refused: "no queue"},
	})
}

func TestSNS(t *testing.T) {
	t.Parallel()
	form := func(pairs ...string) Request {
		values := url.Values{"Version": {"2010-03-31"}}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return formRequest(values.Encode())
	}
	const topic = "arn:aws:sns:eu-west-1:123456789012:t"
	runResourceTests(t, "sns", []resourceTest{
		{name: "publish", request: form("Action", "Publish", "TopicArn", topic, "Message", "m"), want: []string{"sns:Publish arn:aws:sns:R:A:t"}},
		{name: "batch", request: form("Action", "PublishBatch", "TopicArn", topic), want: []string{"sns:Publish arn:aws:sns:R:A:t"}},
		{name: "create", request: form("Action", "CreateTopic", "Name", "t"), want: []string{"sns:CreateTopic arn:aws:sns:R:A:t"}},
		{name: "phone", request: form("Action", "Publish", "PhoneNumber", "+15550100", "Message", "m"), want: []string{"sns:Publish +15550100"}},
		{name: "unsubscribe", request: form("Action", "Unsubscribe", "SubscriptionArn", topic+":6b0e71bd-7e97-4d97-80ce-4a0994e55286"), want: []string{"sns:Unsubscribe arn:aws:sns:R:A:t"}},
		{name: "endpoint", request: form("Action", "Publish", "TargetArn", "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/a/1", "Message", "m"), want: []string{"sns:Publish arn:aws:sns:R:A:endpoint/GCM/a/1"}},
		{name: "role of a subscription", request: form("Action", "Subscribe", "TopicArn", topic, "Protocol", "firehose",
			"Attributes.entry.1.key", "SubscriptionRoleArn", "Attributes.entry.1.value", "arn:aws:iam::123456789012:role/r"), want: []string{
			"sns:Subscribe arn:aws:sns:R:A:t", "iam:PassRole arn:aws:iam::A:role/r",
		}},
		{name: "two targets", request: form("Action", "Publish", "TopicArn", topic, "PhoneNumber", "+1"), kind: Ambiguous, refused: "target"},
		{name: "foreign", request: form("Action", "Publish", "TopicArn", "arn:aws:sns:eu-west-1:210987654321:t"), kind: Foreign, refused: "not of this account"},
	})
}

func TestEC2(t *testing.T) {
	t.Parallel()
	form := func(body string) Request { return formRequest(body + "&Version=2016-11-15") }
	const ec2 = "arn:aws:ec2:R:A:"
	runResourceTests(t, "ec2", []resourceTest{
		{name: "stop", request: form("Action=StopInstances&InstanceId.1=i-0a&InstanceId.2=i-0b"), want: []string{
			"ec2:StopInstances " + ec2 + "instance/i-0a", "ec2:StopInstances " + ec2 + "instance/i-0b",
		}},
		{name: "dry run", request: form("Action=TerminateInstances&InstanceId.1=i-0a&DryRun=true"), want: []string{"ec2:TerminateInstances " + ec2 + "instance/i-0a"}},
		{name: "start nothing", request: form("Action=StartInstances"), want: []string{"ec2:StartInstances ~" + ec2 + "instance/*"}},
		{name: "describe", request: form("Action=DescribeInstances&InstanceId.1=i-0a&Filter.1.Name=x&Filter.1.Value.1=y"), want: []string{"ec2:DescribeInstances *"}},
		{name: "volume", request: form("Action=AttachVolume&VolumeId=vol-1&InstanceId=i-1&Device=%2Fdev%2Fsdf"), want: []string{
			"ec2:AttachVolume " + ec2 + "volume/vol-1", "ec2:AttachVolume " + ec2 + "instance/i-1",
		}},
		{name: "snapshot", request: form("Action=DeleteSnapshot&SnapshotId=snap-1"), want: []string{"ec2:DeleteSnapshot arn:aws:ec2:R::snapshot/snap-1"}},
		{name: "tags", request: form("Action=CreateTags&ResourceId.1=i-1&ResourceId.2=vol-1&Tag.1.Key=k&Tag.1.Value=v"), want: []string{
			"ec2:CreateTags " + ec2 + "instance/i-1", "ec2:CreateTags " + ec2 + "volume/vol-1",
		}},
		{name: "tags of what we do not know", request: form("Action=CreateTags&ResourceId.1=foo-1&Tag.1.Key=k"), want: []string{"ec2:CreateTags ~*"}},
		{name: "run", request: form("Action=RunInstances&ImageId=ami-1&MinCount=1&MaxCount=1&InstanceType=t3.micro&SubnetId=subnet-1&SecurityGroupId.1=sg-1&KeyName=k" +
			"&IamInstanceProfile.Name=p&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v"), want: []string{
			"ec2:RunInstances arn:aws:ec2:R::image/ami-1", "ec2:RunInstances " + ec2 + "instance/*", "ec2:RunInstances " + ec2 + "network-interface/*",
			"ec2:RunInstances " + ec2 + "volume/*", "ec2:RunInstances " + ec2 + "subnet/subnet-1", "ec2:RunInstances " + ec2 + "security-group/sg-1",
			"ec2:RunInstances " + ec2 + "key-pair/k", "ec2:CreateTags " + ec2 + "instance/*", "iam:PassRole ~arn:aws:iam::A:role/*",
		}},
		{name: "group by name", request: form("Action=DeleteSecurityGroup&GroupName=g"), want: []string{"ec2:DeleteSecurityGroup ~*", "ec2:DeleteSecurityGroup ~" + ec2 + "security-group/*"}},
		{name: "id with a wildcard", request: form("Action=StopInstances&InstanceId.1=i-*"), kind: Malformed, refused: "no name"},
		{name: "id with a slash", request: form("Action=StopInstances&InstanceId.1=i-1%2Fx"), kind: Malformed, refused: "no name"},

		// Attack 7.
		{name: "twice", request: form("Action=StopInstances&InstanceId.1=i-a&InstanceId.1=i-b"), kind: Ambiguous, refused: "comes twice"},
		{name: "twice, one escaped", request: form("Action=StopInstances&InstanceId.1=i-a&InstanceId%2E1=i-b"), kind: Ambiguous, refused: "comes twice"},
		{name: "leading zero", request: form("Action=StopInstances&InstanceId.01=i-a"), kind: Malformed, refused: "InstanceId.01"},
		{name: "two actions", request: form("Action=DescribeInstances&Action=StopInstances"), kind: Ambiguous, refused: "comes twice"},
		{name: "in another case", request: form("Action=StopInstances&instanceid.1=i-a"), kind: Malformed, refused: "instanceid.1"},
		{name: "another version", request: formRequest("Action=StopInstances&Version=2010-01-01"), kind: UnknownOperation, refused: "no action"},
		{name: "semicolon", request: form("Action=StopInstances;InstanceId.1=i-a"), kind: Malformed, refused: "semicolon"},
		{name: "unknown action", request: form("Action=StopEverything"), kind: UnknownOperation, refused: "StopEverything"},
		{name: "action in another case", request: form("Action=stopinstances"), kind: UnknownOperation, refused: "stopinstances"},
	})
}

func TestLambda(t *testing.T) {
	t.Parallel()
	const function = "arn:aws:lambda:R:A:function:f"
	invoke := func(name, query string) Request {
		return restRequest("POST", "/2015-03-31/functions/"+name+"/invocations"+query, "")
	}
	runResourceTests(t, "lambda", []resourceTest{
		{name: "name", request: invoke("f", ""), want: []string{"lambda:InvokeFunction " + function}},
		{name: "qualifier", request: invoke("f", "?Qualifier=v1"), want: []string{"lambda:InvokeFunction " + function + ":v1"}},
		{name: "qualified name", request: invoke("f%3A%24LATEST", ""), want: []string{"lambda:InvokeFunction " + function + ":$LATEST"}},
		{name: "ARN", request: invoke("arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af%3A7", ""), want: []string{"lambda:InvokeFunction " + function + ":7"}},
		{name: "partial ARN", request: invoke("123456789012:function:f", ""), want: []string{"lambda:InvokeFunction " + function}},
		{name: "list", request: restRequest("GET", "/2015-03-31/functions", ""), want: []string{"lambda:ListFunctions *"}},
		{name: "create", request: restRequest("POST", "/2015-03-31/functions", `{"FunctionName":"f","Role":"arn:aws:iam::123456789012:role/r","Code":{"S3Bucket":"b","S3Key":"k"},"Layers":["arn:aws:lambda:eu-west-1:123456789012:layer:l:1"]}`), want: []string{
			"lambda:CreateFunction " + function, "iam:PassRole arn:aws:iam::A:role/r", "s3:GetObject arn:aws:s3:::b/k", "lambda:GetLayerVersion arn:aws:lambda:R:A:layer:l:1",
		}},
		{name: "layer", request: restRequest("GET", "/2018-10-31/layers/l/versions/3", ""), want: []string{"lambda:GetLayerVersion arn:aws:lambda:R:A:layer:l:3"}},
		{name: "layer by ARN", request: restRequest("GET", "/2018-10-31/layers?find=LayerVersion&Arn=arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Alayer%3Al%3A1", ""), want: []string{"lambda:GetLayerVersion arn:aws:lambda:R:A:layer:l:1"}},
		{name: "mapping", request: restRequest("DELETE", "/2015-03-31/event-source-mappings/14e0db71-0000", ""), want: []string{"lambda:DeleteEventSourceMapping arn:aws:lambda:R:A:event-source-mapping:14e0db71-0000"}},
		{name: "two qualifiers", request: invoke("f:1", "?Qualifier=2"), kind: Ambiguous, refused: "two qualifiers"},
		{name: "foreign", request: invoke("210987654321:function:f", ""), kind: Foreign, refused: "not of this account"},
		{name: "foreign role", request: restRequest("POST", "/2015-03-31/functions", `{"FunctionName":"f","Role":"arn:aws:iam::210987654321:role/r"}`), kind: Foreign, refused: "no role"},
		{name: "label with a slash", request: invoke("a%2Fb", ""), kind: Malformed, refused: "no name"},
		{name: "escaped twice", request: invoke("f%252e", ""), kind: Malformed, refused: "no name"},
		{name: "qualifier twice", request: invoke("f", "?Qualifier=1&Qualifier=2"), kind: Ambiguous, refused: "comes twice"},
		{name: "unknown parameter", request: invoke("f", "?qualifier=1"), kind: Malformed, refused: "qualifier"},
		{name: "dot segments", request: invoke("f/../g", ""), kind: Malformed, refused: "fold"},
		{name: "escaped dot segments", request: invoke("%2e%2e%2fg", ""), kind: Malformed, refused: "fold"},
		{name: "empty label", request: invoke("", ""), kind: Malformed, refused: "empty part"},
	})
}

func TestSecretsAndKeys(t *testing.T) {
	t.Parallel()
	kms := func(operation, body string) Request { return jsonRequest("1.1", "TrentService."+operation, body) }
	const key = "arn:aws:kms:R:A:key/"
	runResourceTests(t, "kms", []resourceTest{
		{name: "id", request: kms("Encrypt", `{"KeyId":"1234abcd","Plaintext":"eA=="}`), want: []string{"kms:Encrypt " + key + "1234abcd"}},
		{name: "ARN", request: kms("Encrypt", `{"KeyId":"arn:aws:kms:eu-west-1:123456789012:key/1234abcd"}`), want: []string{"kms:Encrypt " + key + "1234abcd"}},
		{name: "alias", request: kms("Encrypt", `{"KeyId":"alias/a"}`), want: []string{"kms:Encrypt ~" + key + "*"}},
		{name: "no key", request: kms("Decrypt", `{"CiphertextBlob":"eA=="}`), want: []string{"kms:Decrypt ~" + key + "*"}},
		{name: "both keys", request: kms("ReEncrypt", `{"SourceKeyId":"1","DestinationKeyId":"2"}`), want: []string{"kms:ReEncryptFrom " + key + "1", "kms:ReEncryptTo " + key + "2"}},
		{name: "alias created", request: kms("CreateAlias", `{"AliasName":"alias/a","TargetKeyId":"1"}`), want: []string{"kms:CreateAlias " + key + "1", "kms:CreateAlias arn:aws:kms:R:A:alias/a"}},
		{name: "alias moved", request: kms("UpdateAlias", `{"AliasName":"alias/a","TargetKeyId":"1"}`), want: []string{
			"kms:UpdateAlias " + key + "1", "kms:UpdateAlias ~" + key + "*", "kms:UpdateAlias arn:aws:kms:R:A:alias/a",
		}},
		{name: "create", request: kms("CreateKey", `{}`), want: []string{"kms:CreateKey *"}},
		{name: "foreign", request: kms("Encrypt", `{"KeyId":"arn:aws:kms:eu-west-1:210987654321:key/1"}`), kind: Foreign, refused: "not of this account"},
	})
	secret := func(operation, body string) Request {
		return jsonRequest("1.1", "secretsmanager."+operation, body)
	}
	runResourceTests(t, "secretsmanager", []resourceTest{
		{name: "by name", request: secret("GetSecretValue", `{"SecretId":"db/x"}`), want: []string{"secretsmanager:GetSecretValue ~arn:aws:secretsmanager:R:A:secret:db/x-??????"}},
		{name: "by ARN", request: secret("GetSecretValue", `{"SecretId":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"}`), want: []string{"secretsmanager:GetSecretValue arn:aws:secretsmanager:R:A:secret:db-AbCdEf"}},
		{name: "by partial ARN", request: secret("GetSecretValue", `{"SecretId":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"}`), want: []string{"secretsmanager:GetSecretValue ~arn:aws:secretsmanager:R:A:secret:db-??????"}},
		{name: "batch", request: secret("BatchGetSecretValue", `{"SecretIdList":["db"]}`), want: []string{
			"secretsmanager:BatchGetSecretValue *", "secretsmanager:GetSecretValue ~arn:aws:secretsmanager:R:A:secret:db-??????",
		}},
		{name: "filter", request: secret("BatchGetSecretValue", `{"Filters":[]}`), want: []string{
			"secretsmanager:BatchGetSecretValue *", "secretsmanager:ListSecrets *", "secretsmanager:GetSecretValue ~arn:aws:secretsmanager:R:A:secret:*",
		}},
		{name: "wildcards", request: secret("GetSecretValue", `{"SecretId":"d?"}`), kind: Malformed, refused: "no name"},
	})
}

func TestSSM(t *testing.T) {
	t.Parallel()
	ssm := func(operation, body string) Request { return jsonRequest("1.1", "AmazonSSM."+operation, body) }
	const parameter = "arn:aws:ssm:R:A:parameter/"
	runResourceTests(t, "ssm", []resourceTest{
		{name: "parameter", request: ssm("GetParameter", `{"Name":"/a/b"}`), want: []string{"ssm:GetParameter " + parameter + "a/b"}},
		{name: "version", request: ssm("GetParameter", `{"Name":"a:3"}`), want: []string{"ssm:GetParameter " + parameter + "a"}},
		{name: "several", request: ssm("GetParameters", `{"Names":["a","/b"]}`), want: []string{"ssm:GetParameters " + parameter + "a", "ssm:GetParameters " + parameter + "b"}},
		{name: "below", request: ssm("GetParametersByPath", `{"Path":"/a/"}`), want: []string{"ssm:GetParametersByPath " + parameter + "a"}},
		{name: "below all", request: ssm("GetParametersByPath", `{"Path":"/"}`), want: []string{"ssm:GetParametersByPath ~" + parameter + "*"}},
		{name: "decrypted", request: ssm("GetParameter", `{"Name":"a","WithDecryption":true}`), want: []string{"ssm:GetParameter " + parameter + "a", "kms:Decrypt ~arn:aws:kms:R:A:key/*"}},
		{name: "command", request: ssm("SendCommand", `{"DocumentName":"AWS-RunShellScript","InstanceIds":["i-1","mi-2"]}`), want: []string{
			"ssm:SendCommand arn:aws:ssm:R::document/AWS-RunShellScript", "ssm:SendCommand arn:aws:ec2:R:A:instance/i-1",
			"ssm:SendCommand arn:aws:ssm:R:A:managed-instance/mi-2",
		}},
		{name: "role", request: ssm("SendCommand", `{"DocumentName":"d","InstanceIds":["i-1"],"ServiceRoleArn":"arn:aws:iam::123456789012:role/r"}`), want: []string{
			"ssm:SendCommand arn:aws:ssm:R:A:document/d", "ssm:SendCommand arn:aws:ec2:R:A:instance/i-1", "iam:PassRole arn:aws:iam::A:role/r",
		}},
		{name: "session", request: ssm("StartSession", `{"Target":"i-1"}`), want: []string{
			"ssm:StartSession arn:aws:ec2:R:A:instance/i-1", "ssm:StartSession arn:aws:ssm:R:A:document/SSM-SessionManagerRunShell",
		}},
		{name: "version where there is none", request: ssm("DeleteParameter", `{"Name":"a:3"}`), kind: Malformed, refused: "no name"},
		{name: "empty part", request: ssm("GetParameter", `{"Name":"//a"}`), kind: Malformed, refused: "no name"},
		{name: "references below", request: ssm("GetParametersByPath", `{"Path":"/aws/reference/secretsmanager"}`), kind: Unsupported, refused: "another service"},
		{name: "reference", request: ssm("GetParameter", `{"Name":"/aws/reference/secretsmanager/x"}`), kind: Unsupported, refused: "another service"},
		{name: "wildcard", request: ssm("GetParameter", `{"Name":"/a/*"}`), kind: Malformed, refused: "no name"},
	})
}

func TestLogsKinesisAlarms(t *testing.T) {
	t.Parallel()
	logs := func(operation, body string) Request { return jsonRequest("1.1", "Logs_20140328."+operation, body) }
	const group = "arn:aws:logs:R:A:log-group:"
	runResourceTests(t, "logs", []resourceTest{
		{name: "group", request: logs("FilterLogEvents", `{"logGroupName":"/a/b"}`), want: []string{"logs:FilterLogEvents " + group + "/a/b|" + group + "/a/b:*"}},
		{name: "ARN", request: logs("FilterLogEvents", `{"logGroupIdentifier":"arn:aws:logs:eu-west-1:123456789012:log-group:g:*"}`), want: []string{"logs:FilterLogEvents " + group + "g|" + group + "g:*"}},
		{name: "stream", request: logs("PutLogEvents", `{"logGroupName":"g","logStreamName":"a/[$LATEST]b"}`), want: []string{"logs:PutLogEvents " + group + "g:log-stream:a/[$LATEST]b"}},
		{name: "groups", request: logs("DescribeLogGroups", `{}`), want: []string{"logs:DescribeLogGroups " + group + "*"}},
		{name: "query", request: logs("StartQuery", `{"logGroupNames":["a","b"],"queryString":"fields @message"}`), want: []string{
			"logs:StartQuery " + group + "a|" + group + "a:*", "logs:StartQuery " + group + "b|" + group + "b:*",
		}},
		{name: "results", request: logs("GetQueryResults", `{"queryId":"x"}`), want: []string{"logs:GetQueryResults ~" + group + "*"}},
		{name: "query with its own groups", request: logs("StartQuery", `{"logGroupName":"a","queryString":"source logGroups() | fields @message"}`), kind: Unsupported, refused: "chooses"},
		{name: "group twice", request: logs("FilterLogEvents", `{"logGroupName":"a","logGroupIdentifier":"b"}`), kind: Ambiguous, refused: "twice"},
	})
	kinesis := func(operation, body string) Request {
		return jsonRequest("1.1", "Kinesis_20131202."+operation, body)
	}
	runResourceTests(t, "kinesis", []resourceTest{
		{name: "name", request: kinesis("PutRecord", `{"StreamName":"s"}`), want: []string{"kinesis:PutRecord arn:aws:kinesis:R:A:stream/s"}},
		{name: "iterator", request: kinesis("GetRecords", `{"ShardIterator":"x"}`), want: []string{"kinesis:GetRecords ~arn:aws:kinesis:R:A:stream/*"}},
		{name: "no resource types", request: kinesis("UpdateShardCount", `{"StreamName":"s"}`), want: []string{"kinesis:UpdateShardCount *", "kinesis:UpdateShardCount arn:aws:kinesis:R:A:stream/s"}},
		{name: "two streams", request: kinesis("PutRecord", `{"StreamName":"s","StreamARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/t"}`), kind: Ambiguous, refused: "two streams"},
	})
	cbor := Request{
		Method: "POST", RawPath: "/service/GraniteServiceVersion20100801/operation/DeleteAlarms", Region: testRegion, AccountID: testAccount,
		Header: map[string][]string{"Smithy-Protocol": {"rpc-v2-cbor"}, "Content-Type": {"application/cbor"}}, Body: []byte("\xbf\x6aAlarmNames\x9f\x61a\x7f\x61b\x61c\xff\xff\xff"),
	}
	runResourceTests(t, "monitoring", []resourceTest{
		{name: "CBOR", request: cbor, want: []string{"cloudwatch:DeleteAlarms arn:aws:cloudwatch:R:A:alarm:a", "cloudwatch:DeleteAlarms arn:aws:cloudwatch:R:A:alarm:bc"}},
		{name: "JSON", request: jsonRequest("1.0", "GraniteServiceVersion20100801.DeleteAlarms", `{"AlarmNames":["a"]}`), want: []string{"cloudwatch:DeleteAlarms arn:aws:cloudwatch:R:A:alarm:a"}},
		{name: "Query", request: formRequest("Action=DeleteAlarms&AlarmNames.member.1=a&Version=2010-08-01"), want: []string{"cloudwatch:DeleteAlarms arn:aws:cloudwatch:R:A:alarm:a"}},
	})
}

func TestContext(t *testing.T) {
	t.Parallel()
	service, _ := Find("ec2")
	call, err := service.Name(formRequest("Action=RunInstances&Version=2016-11-15&ImageId=ami-1&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Cost&TagSpecification.1.Tag.1.Value=v"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"aws:requesttag/cost": {"v"}, "aws:tagkeys": {"Cost"}, "ec2:createaction": {"RunInstances"}}
	for _, p := range call.Permissions {
		if !maps.EqualFunc(want, p.Context, slices.Equal) {
			t.Errorf("%s has %v", p.Action, p.Context)
		}
	}
}

// The service that gets a role is filled where AWS says which it is. Elsewhere only the backend could tell.
func TestPassedToService(t *testing.T) {
	t.Parallel()
	function := `{"FunctionName":"f","Role":"arn:aws:iam::123456789012:role/r","Code":{"S3Bucket":"b","S3Key":"k"}}`
	subscription := "Action=Subscribe&TopicArn=arn:aws:sns:eu-west-1:123456789012:t&Protocol=firehose&Endpoint=e" +
		"&Attributes.entry.1.key=SubscriptionRoleArn&Attributes.entry.1.value=arn:aws:iam::123456789012:role/r&Version=2010-03-31"
	for _, test := range []struct {
		service string
		request Request
		want    []string
	}{
		{"lambda", restRequest("POST", "/2015-03-31/functions", function), []string{"lambda.amazonaws.com"}},
		{"ec2", formRequest("Action=AssociateIamInstanceProfile&IamInstanceProfile.Name=p&InstanceId=i-1&Version=2016-11-15"), []string{"ec2.amazonaws.com"}},
		{"sns", formRequest(subscription), nil},
	} {
		service, _ := Find(test.service)
		test.request.Region, test.request.AccountID = "eu-west-1", "123456789012"
		call, err := service.Name(test.request)
		if err != nil {
			t.Fatal(err)
		}
		roles := 0
		for _, p := range call.Permissions {
			got := p.Context["iam:passedtoservice"]
			switch {
			case p.Action != "iam:PassRole" && got != nil:
				t.Errorf("%s has a service", p.Action)
			case p.Action != "iam:PassRole":
				continue
			case !slices.Contains(p.Unknown, "iam:"):
				t.Errorf("%s: unknown are %q", test.service, p.Unknown)
			}
			roles++
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s: %s", test.service, diff)
			}
		}
		if roles != 1 {
			t.Errorf("%s: %d roles are passed", test.service, roles)
		}
	}
}
