"""Roles and federated users, told by boto3.

Usage: roles.py ENDPOINT ACCOUNT, with root's key in the environment. It prints each secret it got to know on a line of its
own; the caller searches the server's outputs for them.
"""

import json
import secrets

from daypass import ACCOUNT, client, refused, secret, three_codes


def allow(*actions):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})


def key_of(name, *actions):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="allow", PolicyDocument=allow(*actions))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    secret(key["SecretAccessKey"])
    return key


def create_role(name, **condition):
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": condition}}
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]


def keep(answer):
    session = answer["Credentials"]
    secret(session["SecretAccessKey"]), secret(session["SessionToken"])
    return session


iam = client("iam")
alice = key_of("alice", "sts:AssumeRole", "sts:TagSession", "sts:GetFederationToken", "iam:GetUser")
sts = client("sts", alice)

# A role.
role = create_role("worker")
iam.put_role_policy(RoleName="worker", PolicyName="work", PolicyDocument=allow("iam:ListUsers", "iam:GetUser"))
call = {"RoleArn": role["Arn"], "RoleSessionName": "boto3"}
answer = sts.assume_role(**call, Policy=allow("iam:ListUsers"), Tags=[{"Key": "team", "Value": "red"}], TransitiveTagKeys=["team"])
session = keep(answer)
arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/boto3"
user_id = role["RoleId"] + ":boto3"
assert answer["AssumedRoleUser"] == {"AssumedRoleId": user_id, "Arn": arn}, answer
assert 0 < answer["PackedPolicySize"] <= 100, answer
identity = client("sts", session).get_caller_identity()
assert (identity["Arn"], identity["UserId"], identity["Account"]) == (arn, user_id, ACCOUNT), identity
assert [user["UserName"] for user in client("iam", session).list_users()["Users"]] == ["alice"]
refused("AccessDenied", "because no session policy allows the iam:GetUser action", client("iam", session).get_user, UserName="alice")

for policy in "{", '{"Version":"2012-10-17","Statement":{"Effect":"Permit","Action":"*","Resource":"*"}}':
    try:
        sts.assume_role(**call, Policy=policy)
        raise AssertionError(f"{policy} is taken for a policy")
    except sts.exceptions.MalformedPolicyDocumentException:
        pass
try:
    sts.assume_role(**call, Tags=[{"Key": f"tag{n}", "Value": secrets.token_hex(100)} for n in range(50)])
    raise AssertionError("more tags than a token holds are taken")
except sts.exceptions.PackedPolicyTooLargeException:
    pass

# MFA, which the trust policy asks for.
careful = {"RoleArn": create_role("careful", Bool={"aws:MultiFactorAuthPresent": "true"})["Arn"], "RoleSessionName": "boto3"}
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]
serial = device["SerialNumber"]
before, current, coming = three_codes(secret(device["Base32StringSeed"].decode()))
iam.enable_mfa_device(UserName="alice", SerialNumber=serial, AuthenticationCode1=before, AuthenticationCode2=current)
not_authorized = f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: sts:AssumeRole on resource: {careful['RoleArn']}"
refused("AccessDenied", not_authorized, sts.assume_role, **careful)
keep(sts.assume_role(**careful, SerialNumber=serial, TokenCode=coming))
wrong_code = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
refused("AccessDenied", wrong_code, sts.assume_role, **careful, SerialNumber=serial, TokenCode=coming)
refused("AccessDenied", wrong_code, sts.get_session_token, SerialNumber=serial, TokenCode=coming)

# A federated user has what the caller and the policy both allow.
answer = sts.get_federation_token(Name="fred", Policy=allow("iam:*"), DurationSeconds=900)
federated = keep(answer)
assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:fred", "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/fred"}, answer
identity = client("sts", federated).get_caller_identity()
assert (identity["Arn"], identity["UserId"]) == (f"arn:aws:sts::{ACCOUNT}:federated-user/fred", f"{ACCOUNT}:fred"), identity
refused("InvalidClientTokenId", "The security token included in the request is invalid", client("iam", federated).get_user, UserName="alice")
refused("AccessDenied", "", client("sts", federated).assume_role, **call)
for somebody in session, federated:
    refused("AccessDenied", "Cannot call GetFederationToken with session credentials", client("sts", somebody).get_federation_token, Name="fred")
