"""Topics behind the gateway, told by boto3.

Usage: topics.py ENDPOINT ACCOUNT, with the key of bob in the environment, who may publish to the topic orders. It prints
each secret it got to know on a line of its own; the caller searches the server's outputs for them.
"""

from daypass import ACCOUNT, client, refused, secret


def arn(topic):
    return f"arn:aws:sns:us-east-1:{ACCOUNT}:{topic}"


session = client("sts").get_session_token()["Credentials"]
secret(session["SecretAccessKey"]), secret(session["SessionToken"])
denied = f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: SNS:Publish on resource: {arn('secrets')} because no "
for who in None, session:
    sns = client("sns", who)
    message = {"Message": "späte Lieferung & mehr = 100 %", "Subject": "a+b c", "MessageAttributes": {
        "blob": {"DataType": "Binary", "BinaryValue": bytes(range(256))}, "size": {"DataType": "Number", "StringValue": "7"}}}
    assert sns.publish(TopicArn=arn("orders"), **message)["MessageId"]
    refused("AuthorizationError", denied, sns.publish, TopicArn=arn("secrets"), **message)
    entries = [{"Id": str(n), "Message": message["Message"]} for n in range(10)]
    assert len(sns.publish_batch(TopicArn=arn("orders"), PublishBatchRequestEntries=entries)["Successful"]) == 10
    refused("AuthorizationError", denied, sns.publish_batch, TopicArn=arn("secrets"), PublishBatchRequestEntries=entries)
    assert sns.get_topic_attributes(TopicArn=arn("orders"))["Attributes"]["TopicArn"] == arn("orders")
