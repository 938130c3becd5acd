// A table behind the gateway, told by the AWS SDK for JavaScript, whose only setting is AWS_ENDPOINT_URL.
//
// Usage: dynamodb.mjs ENDPOINT ACCOUNT, with the endpoint in AWS_ENDPOINT_URL and the key of a user in the environment who may
// use the table orders and assume the role reader, and the serial number and a code of that user's device in MFA_SERIAL and
// MFA_CODE. It prints each secret it got to know on a line of its own; the caller searches the server's outputs for them.

import assert from "node:assert/strict";
import {
  BatchWriteItemCommand, DeleteItemCommand, DynamoDBClient, ExecuteStatementCommand, GetItemCommand, PutItemCommand, ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";

const [, account] = process.argv.slice(2);

const secret = (value) => { console.log(value); return value; };
const settings = (credentials) => ({ credentials, maxAttempts: 1 });
const keep = ({ Credentials: { AccessKeyId, SecretAccessKey, SessionToken } }) => ({
  accessKeyId: AccessKeyId, secretAccessKey: secret(SecretAccessKey), sessionToken: secret(SessionToken),
});
const arn = (table) => `arn:aws:dynamodb:us-east-1:${account}:table/${table}`;
const refused = (call, action, resource, caller = `arn:aws:iam::${account}:user/bob`) => assert.rejects(call, (error) => {
  assert.equal(error.name, "AccessDeniedException");
  assert.equal(error.message,
    `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`);
  assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
  return true;
});
const Key = { id: { S: "node" } };
const put = (TableName) => ({ Put: { TableName, Item: Key } });

const sts = new STSClient(settings());
const session = keep(await sts.send(new GetSessionTokenCommand({})));
for (const credentials of [undefined, session]) {
  const db = new DynamoDBClient(settings(credentials));
  const Item = { ...Key, text: { S: "</x> \u2028 ü" }, list: { L: [{ NULL: true }, { BOOL: false }, { B: new Uint8Array([0, 255]) }] } };
  await db.send(new PutItemCommand({ TableName: "orders", Item }));
  assert.deepEqual((await db.send(new GetItemCommand({ TableName: "orders", Key }))).Item, Item);
  assert((await db.send(new ScanCommand({ TableName: "orders", Select: "COUNT" }))).Count >= 1);
  await refused(db.send(new ScanCommand({ TableName: "orders" })), "dynamodb:Scan", arn("orders"));
  await refused(db.send(new DeleteItemCommand({ TableName: "orders", Key })), "dynamodb:DeleteItem", arn("orders"));
  await refused(db.send(new GetItemCommand({ TableName: "secrets", Key })), "dynamodb:GetItem", arn("secrets"));
  await refused(db.send(new TransactWriteItemsCommand({ TransactItems: [put("orders"), put("secrets")] })), "dynamodb:PutItem", arn("secrets"));
  await refused(db.send(new BatchWriteItemCommand({
    RequestItems: { orders: [{ PutRequest: { Item } }], secrets: [{ PutRequest: { Item } }] },
  })), "dynamodb:BatchWriteItem", arn("secrets"));
  await refused(db.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "secrets"` })), "dynamodb:PartiQLSelect", arn("secrets"));
}

const { MFA_SERIAL, MFA_CODE } = process.env;
const mfa = keep(await sts.send(new GetSessionTokenCommand({ SerialNumber: MFA_SERIAL, TokenCode: MFA_CODE })));
const remover = new DynamoDBClient(settings(mfa));
await remover.send(new DeleteItemCommand({ TableName: "orders", Key }));
assert.equal((await remover.send(new GetItemCommand({ TableName: "orders", Key }))).Item, undefined);
await remover.send(new PutItemCommand({ TableName: "orders", Item: Key }));

const answer = await sts.send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/reader`, RoleSessionName: "node" }));
const role = keep(answer);
const { Arn } = await new STSClient(settings(role)).send(new GetCallerIdentityCommand({}));
assert.equal(Arn, answer.AssumedRoleUser.Arn);
const reader = new DynamoDBClient(settings(role));
assert.deepEqual((await reader.send(new GetItemCommand({ TableName: "orders", Key }))).Item.id, Key.id);
await refused(reader.send(new PutItemCommand({ TableName: "orders", Item: Key })), "dynamodb:PutItem", arn("orders"), Arn);
