// Queues and topics behind the gateway, told by the AWS SDK for JavaScript.
//
// Usage: messages.mjs URL URL, with the URLs of the queues orders and secrets, and the key of bob in the environment,
// who may use the former and the topic of its name. It prints each secret it got to know on a line of its own; the caller
// searches the server's outputs for them. It knows ENDPOINT by AWS_ENDPOINT_URL alone: the SDK then goes where a queue's URL says.

import assert from "node:assert/strict";
import { PublishBatchCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityBatchCommand, DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageBatchCommand,
  SendMessageCommand, SQSClient,
} from "@aws-sdk/client-sqs";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";

const [orders, secrets] = process.argv.slice(2);
const endpoint = process.env.AWS_ENDPOINT_URL;
assert.equal(new URL(orders).origin, endpoint);
const account = new URL(orders).pathname.split("/")[1];
const secret = (value) => { console.log(value); return value; };
const settings = (credentials) => ({ credentials, maxAttempts: 1 });
const caller = `arn:aws:iam::${account}:user/bob`;
const refused = (call, name, action, resource) => assert.rejects(call, {
  name,
  message: `User: ${caller} is not authorized to perform: ${action} on resource: arn:aws:${action.split(":")[0].toLowerCase()}:us-east-1:${account}:${resource}`
    + ` because no identity-based policy allows the ${action} action`,
});

const { Credentials } = await new STSClient(settings()).send(new GetSessionTokenCommand({}));
const session = {
  accessKeyId: Credentials.AccessKeyId, secretAccessKey: secret(Credentials.SecretAccessKey), sessionToken: secret(Credentials.SessionToken),
};
for (const credentials of [undefined, session]) {
  const sqs = new SQSClient(settings(credentials));
  assert.equal((await sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }))).QueueUrl, orders);
  const MessageBody = "späte Lieferung & <mehr> 100 % + 1";
  const MessageAttributes = { blob: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255, 128]) } };
  const Entries = ["a", "b"].map((Id) => ({ Id, MessageBody }));
  await sqs.send(new SendMessageCommand({ QueueUrl: orders, MessageBody, MessageAttributes })); // the SDK checks its MD5
  assert.equal((await sqs.send(new SendMessageBatchCommand({ QueueUrl: orders, Entries }))).Successful.length, 2);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl: orders, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"],
  }));
  assert.deepEqual(Messages.map((message) => message.Body), [MessageBody, MessageBody, MessageBody]);
  assert.deepEqual(Messages[0].MessageAttributes.blob.BinaryValue, MessageAttributes.blob.BinaryValue);
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl: orders, ReceiptHandle }));
  await refused(sqs.send(new SendMessageCommand({ QueueUrl: secrets, MessageBody })), "AccessDenied", "sqs:sendmessage", "secrets");
  await refused(sqs.send(new SendMessageBatchCommand({ QueueUrl: secrets, Entries })), "AccessDenied", "sqs:sendmessage", "secrets");
  await refused(sqs.send(new ChangeMessageVisibilityBatchCommand({
    QueueUrl: orders, Entries: [{ Id: "a", ReceiptHandle: Messages[0].ReceiptHandle, VisibilityTimeout: 9 }],
  })), "AccessDenied", "sqs:changemessagevisibility", "orders");

  const sns = new SNSClient(settings(credentials));
  const topic = (name) => `arn:aws:sns:us-east-1:${account}:${name}`;
  assert((await sns.send(new PublishCommand({ TopicArn: topic("orders"), Message: MessageBody, MessageAttributes }))).MessageId);
  const PublishBatchRequestEntries = [{ Id: "1", Message: MessageBody }];
  await sns.send(new PublishBatchCommand({ TopicArn: topic("orders"), PublishBatchRequestEntries }));
  const forbidden = { TopicArn: topic("secrets"), PublishBatchRequestEntries };
  await refused(sns.send(new PublishBatchCommand(forbidden)), "AuthorizationErrorException", "SNS:Publish", "secrets");
}
