"""Calls of several services, told by boto3.

Usage: services.py ENDPOINT ACCOUNT, with somebody's key in the environment, for calls that the caller compares with what
arrives; with ALLOWED=no in the environment they all have to be refused, in the service's own way. Every call is the same
each time it is made.
"""

import json
import os

from botocore.exceptions import ClientError

from daypass import ACCOUNT, client

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
TEXT = 'späte "Lieferung" \\ \u2028 </x> & 100 % + 1'
BYTES = bytes(range(256))
ARN = "arn:aws:{}:us-east-1:" + ACCOUNT + ":{}"


def calls():
    secrets, kms, ssm, fn, logs, sqs, metrics = map(client, ("secretsmanager", "kms", "ssm", "lambda", "logs", "sqs", "cloudwatch"))
    secret, queue = ARN.format("secretsmanager", "secret:app/db-AbCdEf"), f"http://127.0.0.1/{ACCOUNT}/orders"
    denied = "AccessDeniedException"
    yield denied, "secretsmanager:GetSecretValue", secrets.get_secret_value, {"SecretId": "app/db"}
    yield denied, "secretsmanager:GetSecretValue", secrets.get_secret_value, {"SecretId": secret, "VersionStage": "AWSCURRENT"}
    yield denied, "secretsmanager:PutSecretValue", secrets.put_secret_value, {
        "SecretId": secret, "SecretString": TEXT, "ClientRequestToken": "0" * 32}
    yield denied, "kms:Encrypt", kms.encrypt, {"KeyId": KEY, "Plaintext": BYTES, "EncryptionContext": {"app": TEXT}}
    yield denied, "kms:Decrypt", kms.decrypt, {"KeyId": "alias/app", "CiphertextBlob": BYTES}
    yield denied, "ssm:GetParameter", ssm.get_parameter, {"Name": "/app/db/password", "WithDecryption": True}
    yield denied, "ssm:PutParameter", ssm.put_parameter, {"Name": "/app/text", "Value": TEXT, "Type": "String", "Overwrite": True}
    yield denied, "ssm:GetParametersByPath", ssm.get_parameters_by_path, {"Path": "/app", "Recursive": True, "MaxResults": 3}
    yield denied, "lambda:InvokeFunction", fn.invoke, {
        "FunctionName": "orders", "Qualifier": "live", "Payload": json.dumps({"text": TEXT}), "InvocationType": "Event", "ClientContext": "e30="}
    yield denied, "lambda:InvokeFunction", fn.invoke, {"FunctionName": ARN.format("lambda", "function:orders:$LATEST"), "Payload": BYTES}
    yield denied, "lambda:GetFunctionConfiguration", fn.get_function_configuration, {"FunctionName": "orders"}
    yield denied, "lambda:ListFunctions", fn.list_functions, {"MaxItems": 5, "FunctionVersion": "ALL"}
    yield denied, "lambda:UpdateFunctionCode", fn.update_function_code, {"FunctionName": "orders", "ZipFile": BYTES, "Publish": True}
    yield denied, "lambda:TagResource", fn.tag_resource, {"Resource": ARN.format("lambda", "function:orders"), "Tags": {"a b": TEXT}}
    yield denied, "lambda:DeleteFunction", fn.delete_function, {"FunctionName": "orders", "Qualifier": "7"}
    yield denied, "logs:CreateLogGroup", logs.create_log_group, {"logGroupName": "/app/orders"}
    yield denied, "logs:PutLogEvents", logs.put_log_events, {
        "logGroupName": "/app/orders", "logStreamName": "a b", "logEvents": [{"timestamp": 1767225600000, "message": TEXT}]}
    yield denied, "logs:FilterLogEvents", logs.filter_log_events, {"logGroupName": "/app/orders", "filterPattern": '{ $.a = "b" }', "limit": 3}
    yield "AccessDenied", "sqs:sendmessage", sqs.send_message, {
        "QueueUrl": queue, "MessageBody": TEXT, "MessageAttributes": {"b": {"DataType": "Binary", "BinaryValue": BYTES}}}
    yield "AccessDenied", "sqs:sendmessage", sqs.send_message_batch, {
        "QueueUrl": queue, "Entries": [{"Id": str(n), "MessageBody": TEXT} for n in range(3)]}
    yield "AccessDenied", "sqs:receivemessage", sqs.receive_message, {"QueueUrl": queue, "AttributeNames": ["All"], "MaxNumberOfMessages": 3}
    yield "AccessDenied", "cloudwatch:PutMetricData", metrics.put_metric_data, {
        "Namespace": "App/Orders", "MetricData": [{"MetricName": "a b", "Value": 1.5, "Dimensions": [{"Name": "x", "Value": TEXT}]}]}


for code, action, call, parameters in calls():
    try:
        call(**parameters)
    except ClientError as error:
        got = error.response["Error"]
        want = f"is not authorized to perform: {action} on resource: "
        assert os.environ.get("ALLOWED") == "no" and got["Code"] == code and want in got["Message"], (action, got)
        assert error.response["ResponseMetadata"]["RequestId"], error.response
    else:
        assert os.environ.get("ALLOWED") != "no", f"{action} is allowed"
