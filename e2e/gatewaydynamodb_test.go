package e2e

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// table is the ARN of a table in the region that the clients ask.
func table(name string) string {
	return "arn:aws:dynamodb:" + region + ":" + accountID + ":table/" + name
}

// ordersPolicy lets a user do with the table orders what the tests do, delete with MFA only, and count but not read all.
var ordersPolicy = fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem","dynamodb:UpdateItem","dynamodb:Query","dynamodb:BatchGetItem",
		"dynamodb:BatchWriteItem","dynamodb:PartiQLSelect","dynamodb:PartiQLInsert"],"Resource":%[1]q},
	{"Effect":"Allow","Action":"dynamodb:DeleteItem","Resource":%[1]q,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}},
	{"Effect":"Allow","Action":"dynamodb:Scan","Resource":%[1]q,"Condition":{"StringEquals":{"dynamodb:Select":"COUNT"}}},
	{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`, table("orders"))

// putUserPolicy gives a user one more inline policy.
func (s *server) putUserPolicy(user, name, document string) {
	s.t.Helper()
	if _, err := s.iam(s.root).PutUserPolicy(s.t.Context(), &iam.PutUserPolicyInput{
		UserName: &user, PolicyName: &name, PolicyDocument: &document,
	}); err != nil {
		s.t.Fatal(err)
	}
}

// getSession returns the credentials of GetSessionToken, with a token code if there is one.
func (s *server) getSession(who credentials, serial, code string) credentials {
	s.t.Helper()
	input := &sts.GetSessionTokenInput{}
	if code != "" {
		input.SerialNumber, input.TokenCode = &serial, &code
	}
	answer, err := s.sts(who).GetSessionToken(s.t.Context(), input)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.credentialsOf(answer.Credentials)
}

func (s *server) dynamodb(c credentials) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{BaseEndpoint: &s.endpoint, Region: region, Credentials: c.provider(), RetryMaxAttempts: 1})
}

// gatewayUser is somebody with a key and the sessions that the tests want.
type gatewayUser struct{ key, plain, mfa credentials }

// enrolUser makes a user with an inline policy and a hardware token.
func (g gateway) enrolUser(name, serial, policy string) gatewayUser {
	g.t.Helper()
	key := g.createUser(name)
	g.putUserPolicy(name, "work", policy)
	next := g.enableHOTP(name, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", serial)
	return gatewayUser{key, g.getSession(key, "", ""), g.getSession(key, serial, next())}
}

// startDynamoDB starts a gateway before dynalite, with the tables orders and secrets.
func startDynamoDB(t *testing.T) gateway {
	t.Helper()
	need(t, "oathtool")
	g := startGateway(t, backend{service: "dynamodb", url: startNodeBackend(t, "dynalite")})
	for _, name := range []string{"orders", "secrets"} {
		if _, err := g.dynamodb(g.root).CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName:            &name,
			AttributeDefinitions: []dynamodbtypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: "S"}},
			KeySchema:            []dynamodbtypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: "HASH"}},
			BillingMode:          dynamodbtypes.BillingModePayPerRequest,
		}); err != nil {
			t.Fatal(err)
		}
		waiter := dynamodb.NewTableExistsWaiter(g.dynamodb(g.root), func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = pause })
		if err := waiter.Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: &name}, patience); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// TestGatewayDynamoDB is dynalite behind the gateway, with the Go SDK before it.
func TestGatewayDynamoDB(t *testing.T) {
	t.Parallel()
	g := startDynamoDB(t)
	alice := g.enrolUser("alice", "GAHT33333333", ordersPolicy)
	g.createRole("reader", wholeAccount, "")
	g.putRolePolicy("reader", "work", fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":%q}]}`, table("orders")))
	for name, story := range map[string]func(gateway, gatewayUser){
		"items":    dynamoDBItems,
		"several":  dynamoDBSeveral,
		"roles":    dynamoDBRoles,
		"identity": dynamoDBIdentity,
	} {
		t.Run(name, func(t *testing.T) { story(g.in(t), alice) })
	}
}

type item = map[string]dynamodbtypes.AttributeValue

func itemOf(id, text string) item {
	return item{"id": &dynamodbtypes.AttributeValueMemberS{Value: id}, "text": &dynamodbtypes.AttributeValueMemberS{Value: text}}
}

func keyOf(id string) item { return item{"id": &dynamodbtypes.AttributeValueMemberS{Value: id}} }

// notAllowed is how a service says that no policy allows something.
func notAllowed(caller, action, resource string) string {
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %[2]s action", caller, action, resource)
}

// dynamoDBItems are the operations on one table.
func dynamoDBItems(g gateway, alice gatewayUser) {
	ctx, orders, secrets := g.t.Context(), aws.String("orders"), aws.String("secrets")
	const text = "späte Lieferung \" \\ \u2028 </x>"
	for _, who := range []credentials{alice.key, alice.plain, alice.mfa} {
		db := g.dynamodb(who)
		_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: orders, Item: itemOf("1", text)})
		g.wantSuccess(err)
		got, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: orders, Key: keyOf("1")})
		if err != nil {
			g.t.Fatal(err)
		}
		if value, ok := got.Item["text"].(*dynamodbtypes.AttributeValueMemberS); !ok || value.Value != text {
			g.t.Errorf("the item is %v", got.Item)
		}
		_, err = db.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(table("orders")), Key: keyOf("1")})
		if err != nil && strings.Contains(err.Error(), "AccessDenied") { // dynalite knows no ARNs of tables
			g.t.Errorf("a table by its ARN: %v", err)
		}
		_, err = db.GetItem(ctx, &dynamodb.GetItemInput{TableName: secrets, Key: keyOf("1")})
		wantExactly(g.t, err, "AccessDeniedException", notAllowed(userARN("alice"), "dynamodb:GetItem", table("secrets")))
		_, err = db.Scan(ctx, &dynamodb.ScanInput{TableName: orders})
		wantExactly(g.t, err, "AccessDeniedException", notAllowed(userARN("alice"), "dynamodb:Scan", table("orders")))
		_, err = db.Scan(ctx, &dynamodb.ScanInput{TableName: orders, Select: dynamodbtypes.SelectCount})
		g.wantSuccess(err)
		_, err = db.ListTables(ctx, &dynamodb.ListTablesInput{})
		wantExactly(g.t, err, "AccessDeniedException", notAllowed(userARN("alice"), "dynamodb:ListTables", "*"))
		_, err = db.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(strings.Replace(table("orders"), accountID, "999999999999", 1)), Key: keyOf("1")})
		wantRefusal(g.t, err, "AccessDeniedException", "")
	}
	remove := &dynamodb.DeleteItemInput{TableName: orders, Key: keyOf("1")}
	for _, who := range []credentials{alice.key, alice.plain} {
		_, err := g.dynamodb(who).DeleteItem(ctx, remove)
		wantExactly(g.t, err, "AccessDeniedException", notAllowed(userARN("alice"), "dynamodb:DeleteItem", table("orders")))
	}
	_, err := g.dynamodb(alice.mfa).DeleteItem(ctx, remove)
	g.wantSuccess(err)

	// The backend's own errors arrive as it made them.
	_, err = g.dynamodb(alice.mfa).PutItem(ctx, &dynamodb.PutItemInput{
		TableName: orders, Item: itemOf("1", "x"), ConditionExpression: aws.String("attribute_exists(id)"),
	})
	if _, ok := errors.AsType[*dynamodbtypes.ConditionalCheckFailedException](err); !ok {
		g.t.Errorf("error is %v, want the SDK's ConditionalCheckFailedException", err)
	}
	_, err = g.dynamodb(g.root).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("nothing")})
	if _, ok := errors.AsType[*dynamodbtypes.ResourceNotFoundException](err); !ok {
		g.t.Errorf("error is %v, want the SDK's ResourceNotFoundException", err)
	}
}

// dynamoDBSeveral are requests with more than one table, which are refused as a whole.
func dynamoDBSeveral(g gateway, alice gatewayUser) {
	ctx, db := g.t.Context(), g.dynamodb(alice.mfa)
	write := func(tables ...string) error {
		requests := map[string][]dynamodbtypes.WriteRequest{}
		for _, name := range tables {
			requests[name] = []dynamodbtypes.WriteRequest{{PutRequest: &dynamodbtypes.PutRequest{Item: itemOf("batch", name)}}}
		}
		_, err := db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: requests})
		return err
	}
	wantExactly(g.t, write("orders", "secrets"), "AccessDeniedException", notAllowed(userARN("alice"), "dynamodb:BatchWriteItem", table("secrets")))
	for _, name := range []string{"orders", "secrets"} {
		got, err := g.dynamodb(g.root).GetItem(ctx, &dynamodb.GetItemInput{TableName: &name, Key: keyOf("batch")})
		if err != nil || got.Item != nil {
			g.t.Errorf("%s has %v, %v after a refused batch", name, got.Item, err)
		}
	}
	g.wantSuccess(write("orders"))

	read := map[string]dynamodbtypes.KeysAndAttributes{"orders": {Keys: []item{keyOf("batch")}}}
	got, err := db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: read})
	if err != nil || len(got.Responses["orders"]) != 1 {
		g.t.Errorf("the batch holds %v, %v", got, err)
	}
	read["secrets"] = read["orders"]
	_, err = db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: read})
	wantExactly(g.t, err, "AccessDeniedException", notAllowed(userARN("alice"), "dynamodb:BatchGetItem", table("secrets")))
	dynamoDBTransactions(g, db)
	dynamoDBStatements(g, db)
}

// passedOn checks that a request was allowed: dynalite does not know the operation, and says so.
func passedOn(t *testing.T, err error) {
	t.Helper()
	refusal, ok := errors.AsType[smithy.APIError](err)
	if !ok || refusal.ErrorCode() != "UnknownOperationException" || strings.Contains(refusal.ErrorMessage(), "has no operation") {
		t.Errorf("error is %v, want the backend's own", err)
	}
}

func dynamoDBTransactions(g gateway, db *dynamodb.Client) {
	ctx := g.t.Context()
	put := func(name string) dynamodbtypes.TransactWriteItem {
		return dynamodbtypes.TransactWriteItem{Put: &dynamodbtypes.Put{TableName: &name, Item: itemOf("1", "x")}}
	}
	check := dynamodbtypes.TransactWriteItem{ConditionCheck: &dynamodbtypes.ConditionCheck{
		TableName: aws.String("orders"), Key: keyOf("1"), ConditionExpression: aws.String("attribute_exists(id)"),
	}}
	for _, test := range []struct {
		items  []dynamodbtypes.TransactWriteItem
		denied string
	}{
		{[]dynamodbtypes.TransactWriteItem{put("orders")}, ""},
		{[]dynamodbtypes.TransactWriteItem{put("orders"), put("secrets")}, notAllowed(userARN("alice"), "dynamodb:PutItem", table("secrets"))},
		{[]dynamodbtypes.TransactWriteItem{put("orders"), check}, notAllowed(userARN("alice"), "dynamodb:ConditionCheckItem", table("orders"))},
	} {
		_, err := db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: test.items, ClientRequestToken: aws.String("e2e")})
		if test.denied == "" {
			passedOn(g.t, err)
		} else {
			wantExactly(g.t, err, "AccessDeniedException", test.denied)
		}
	}
}

func dynamoDBStatements(g gateway, db *dynamodb.Client) {
	ctx := g.t.Context()
	for statement, denied := range map[string]string{
		`SELECT * FROM "orders" WHERE id = '1'`:            "",
		`INSERT INTO "orders" VALUE {'id': 'SELECT'}`:      "",
		`SELECT * FROM "secrets" WHERE id = '"orders"'`:    notAllowed(userARN("alice"), "dynamodb:PartiQLSelect", table("secrets")),
		`SELECT * FROM "orders"."by-name" WHERE id = '1'`:  notAllowed(userARN("alice"), "dynamodb:PartiQLSelect", table("orders/index/by-name")),
		`DELETE FROM "orders" WHERE id = '1'`:              notAllowed(userARN("alice"), "dynamodb:PartiQLDelete", table("orders")),
		`UPDATE "orders" SET text = 'x' WHERE id = '1'`:    notAllowed(userARN("alice"), "dynamodb:PartiQLUpdate", table("orders")),
		`INSERT INTO "secrets" VALUE {'id': '1'}`:          notAllowed(userARN("alice"), "dynamodb:PartiQLInsert", table("secrets")),
		`SELECT * FROM "orders"; DELETE FROM "secrets"`:    "the statement is not one whose table can be told",
		`SELECT * FROM "orders", "secrets" WHERE id = '1'`: "the statement is not one whose table can be told",
		"SELECT * FROM /* \"orders\" */ \"secrets\"":       "",
		"SELECT * FROM \"orders\" -- \n, \"secrets\"":      "the statement is not one whose table can be told",
	} {
		_, err := db.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: &statement})
		switch {
		case strings.Contains(statement, "/*"): // read as of the table secrets, or not at all
			wantRefusal(g.t, err, "AccessDeniedException", "")
		case denied == "":
			passedOn(g.t, err)
		default:
			wantExactly(g.t, err, "AccessDeniedException", denied)
		}
	}
	_, err := db.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: []dynamodbtypes.BatchStatementRequest{
		{Statement: aws.String(`SELECT * FROM "orders" WHERE id = '1'`)}, {Statement: aws.String(`SELECT * FROM "secrets" WHERE id = '1'`)},
	}})
	wantExactly(g.t, err, "AccessDeniedException", notAllowed(userARN("alice"), "dynamodb:PartiQLSelect", table("secrets")))
}

// dynamoDBRoles are sessions of a role.
func dynamoDBRoles(g gateway, alice gatewayUser) {
	ctx := g.t.Context()
	get := &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: keyOf("1")}
	reader := g.session(alice.key, "reader")
	_, err := g.dynamodb(reader).GetItem(ctx, get)
	g.wantSuccess(err)
	_, err = g.dynamodb(reader).PutItem(ctx, &dynamodb.PutItemInput{TableName: get.TableName, Item: itemOf("1", "x")})
	wantExactly(g.t, err, "AccessDeniedException", notAllowed(sessionARN("reader", "e2e"), "dynamodb:PutItem", table("orders")))
	nothing := g.session(alice.key, "reader", func(o *stscreds.AssumeRoleOptions) { o.Policy = aws.String(allowing("dynamodb:ListTables")) })
	_, err = g.dynamodb(nothing).GetItem(ctx, get)
	wantRefusal(g.t, err, "AccessDeniedException", "because no session policy allows the dynamodb:GetItem action")
	g.createRole("brief", wholeAccount, "")
	g.putRolePolicy("brief", "work", allowing("dynamodb:*"))
	brief := g.session(alice.key, "brief")
	_, err = g.dynamodb(brief).GetItem(ctx, get)
	g.wantSuccess(err)
	g.deleteRolePolicy("brief", "work")
	g.deleteRole("brief")
	_, err = g.dynamodb(brief).GetItem(ctx, get)
	wantRefusal(g.t, err, "UnrecognizedClientException", "The security token included in the request is invalid")
}

// dynamoDBIdentity are credentials that are nobody's.
func dynamoDBIdentity(g gateway, alice gatewayUser) {
	get := &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: keyOf("1")}
	noToken, mixed, forged, withToken := alice.mfa, alice.mfa, alice.key, alice.key
	noToken.SessionToken = ""
	mixed.SessionToken = alice.plain.SessionToken
	forged.SecretAccessKey = strings.Repeat("x", 40)
	withToken.SessionToken = alice.mfa.SessionToken
	for name, test := range map[string]struct {
		who        credentials
		code, text string
	}{
		"session without its token":        {noToken, "UnrecognizedClientException", "The security token included in the request is invalid"},
		"session with another's token":     {mixed, "UnrecognizedClientException", "The security token included in the request is invalid"},
		"key with a token":                 {withToken, "UnrecognizedClientException", "The security token included in the request is invalid"},
		"nobody's key":                     {credentials{AccessKeyId: "AKIARZPUZDIKNOBODYSK", SecretAccessKey: "x"}, "UnrecognizedClientException", "The security token included in the request is invalid"},
		"the key that the backend knows":   {g.key, "UnrecognizedClientException", "The security token included in the request is invalid"},
		"somebody's key with wrong secret": {forged, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided."},
	} {
		_, err := g.dynamodb(test.who).GetItem(g.t.Context(), get)
		if err == nil {
			g.t.Errorf("%s is accepted", name)
		} else {
			wantRefusal(g.t, err, test.code, test.text)
		}
	}
	// A session that the operator ends, and a key that its owner does.
	session := g.getSession(alice.key, "", "")
	_, err := g.dynamodb(session).GetItem(g.t.Context(), get)
	g.wantSuccess(err)
	g.daypass("session", "revoke", "--access-key-id", session.AccessKeyId)
	eventually(g.t, "UnrecognizedClientException", "The security token included in the request is invalid", func() error {
		_, err := g.dynamodb(session).GetItem(g.t.Context(), get)
		return err
	})
}

// TestGatewayDynamoDBClients are boto3, the SDK for JavaScript and the AWS CLI before dynalite. They are told where the gateway
// is, and nothing else.
func TestGatewayDynamoDBClients(t *testing.T) {
	t.Parallel()
	python, path := needBoto3(t), need(t, debianCLI)
	g := startDynamoDB(t)
	bob := g.createUser("bob")
	g.putUserPolicy("bob", "work", ordersPolicy)
	const serial = "GAHT66666666"
	next := g.enableHOTP("bob", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", serial)
	g.createRole("reader", wholeAccount, "")
	g.putRolePolicy("reader", "work", fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":%q}]}`, table("orders")))
	for name, interpreter := range map[string][]string{
		"boto3": {python, "-B", "boto3/dynamodb.py"},
		"node":  {need(t, "node"), "gateway/dynamodb.mjs"},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(interpreter[0], append(interpreter[1:], g.endpoint, accountID)...)
			command.Env = append(clientEnvironment(bob), "AWS_ENDPOINT_URL="+g.endpoint, "MFA_SERIAL="+serial, "MFA_CODE="+next())
			for _, value := range strings.Fields(output(t, command)) {
				g.secret("a secret of "+name, value)
			}
		})
	}
	t.Run("cli", func(t *testing.T) {
		as := func(who credentials) cli { return cli{t: t, server: g.server, path: path, credentials: who} }
		item := []string{"dynamodb", "put-item", "--table-name", "orders", "--item", `{"id":{"S":"cli"},"text":{"S":"ü \"&"}}`}
		remove := []string{"dynamodb", "delete-item", "--table-name", "orders", "--key", `{"id":{"S":"cli"}}`}
		plain, reader := g.getSession(bob, "", ""), g.session(bob, "reader")
		as(plain).run(item...)
		as(plain).refused("AccessDeniedException", notAllowed(userARN("bob"), "dynamodb:DeleteItem", table("orders")), remove...)
		as(reader).refused("AccessDeniedException", notAllowed(sessionARN("reader", "e2e"), "dynamodb:PutItem", table("orders")), item...)
		as(g.getSession(bob, serial, next())).run(remove...)
	})
}
