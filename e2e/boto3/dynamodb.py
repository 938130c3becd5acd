"""A table behind the gateway, told by boto3: the resource that programs use, and a role.

Usage: dynamodb.py ENDPOINT ACCOUNT, with the key of a user in the environment who may use the table orders and assume
the role reader, and the serial number and a code of that user's device in MFA_SERIAL and MFA_CODE. It prints each secret it
got to know on a line of its own; the caller searches the server's outputs for them.
"""

import os

import boto3

from daypass import ACCOUNT, client, refused, secret


def keep(answer):
    session = answer["Credentials"]
    secret(session["SecretAccessKey"]), secret(session["SessionToken"])
    return session


def arn(table):
    return f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}"


def denied(action, resource, caller=f"arn:aws:iam::{ACCOUNT}:user/bob"):
    return f"User: {caller} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"


sts = client("sts")
session = keep(sts.get_session_token())
for who in None, session:
    orders = client("dynamodb", who, boto3.resource).Table("orders")
    with orders.batch_writer() as batch:
        for n in range(30):  # more than a batch holds
            batch.put_item(Item={"id": f"boto3-{n}", "text": "ü" * n, "size": n, "bytes": bytes(range(n))})
    item = orders.get_item(Key={"id": "boto3-29"})["Item"]
    assert (item["text"], item["size"], item["bytes"].value) == ("ü" * 29, 29, bytes(range(29))), item
    assert orders.scan(Select="COUNT")["Count"] >= 30
    refused("AccessDeniedException", denied("dynamodb:Scan", arn("orders")), orders.scan)
    refused("AccessDeniedException", denied("dynamodb:DeleteItem", arn("orders")), orders.delete_item, Key={"id": "boto3-1"})
    service = client("dynamodb", who)
    refused("AccessDeniedException", denied("dynamodb:GetItem", arn("secrets")), service.get_item, TableName="secrets", Key={"id": {"S": "1"}})
    refused("AccessDeniedException", denied("dynamodb:BatchWriteItem", arn("secrets")), service.batch_write_item, RequestItems={
        table: [{"PutRequest": {"Item": {"id": {"S": "refused"}}}}] for table in ("orders", "secrets")})
    assert "Item" not in service.get_item(TableName="orders", Key={"id": {"S": "refused"}})

mfa = keep(sts.get_session_token(SerialNumber=os.environ["MFA_SERIAL"], TokenCode=os.environ["MFA_CODE"]))
orders = client("dynamodb", mfa, boto3.resource).Table("orders")
assert orders.delete_item(Key={"id": "boto3-1"}, ReturnValues="ALL_OLD")["Attributes"]["size"] == 1

answer = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/reader", RoleSessionName="boto3")
reader = client("dynamodb", keep(answer))
assert reader.get_item(TableName="orders", Key={"id": {"S": "boto3-3"}})["Item"]["size"] == {"N": "3"}
refused("AccessDeniedException", denied("dynamodb:PutItem", arn("orders"), answer["AssumedRoleUser"]["Arn"]), reader.put_item,
        TableName="orders", Item={"id": {"S": "1"}})
