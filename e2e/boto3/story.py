"""The story of an MFA session, told by boto3. daypass's endpoint is the only setting that differs from AWS.

Usage: story.py ENDPOINT ACCOUNT, with root's key in the environment. It prints each secret it got to know on a line of its
own; the caller searches the server's outputs for them.
"""

import json
import subprocess
import time
import urllib.request
from urllib.parse import parse_qs, urlparse

from daypass import ACCOUNT, client, refused, secret, three_codes


def identity(sts):
    answer = sts.get_caller_identity()
    return answer["Account"], answer["UserId"], answer["Arn"]


iam = client("iam")
user = iam.create_user(UserName="alice", Path="/staff/")["User"]
assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/staff/alice", user
key = iam.create_access_key(UserName="alice")["AccessKey"]
secret(key["SecretAccessKey"])
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]
serial, seed = device["SerialNumber"], secret(device["Base32StringSeed"].decode())

qr = subprocess.run(["zbarimg", "--quiet", "--raw", "-"], input=device["QRCodePNG"], stdout=subprocess.PIPE, check=True)
address = urlparse(qr.stdout.decode().strip())
assert parse_qs(address.query)["secret"] == [seed], "the QR code holds another seed"

before, current, coming = three_codes(seed)
refused("InvalidAuthenticationCode", "Authentication code for device is not valid.", iam.enable_mfa_device,
        UserName="alice", SerialNumber=serial, AuthenticationCode1=current, AuthenticationCode2=before)
iam.enable_mfa_device(UserName="alice", SerialNumber=serial, AuthenticationCode1=before, AuthenticationCode2=current)
assert [d["SerialNumber"] for d in iam.list_mfa_devices(UserName="alice")["MFADevices"]] == [serial]
listed = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
assert [d["User"]["UserName"] for d in listed] == ["alice"] and "Base32StringSeed" not in listed[0], listed

sts = client("sts", key)
wrong_code = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
refused("AccessDenied", wrong_code, sts.get_session_token, SerialNumber=serial, TokenCode=current)
session = sts.get_session_token(SerialNumber=serial, TokenCode=coming, DurationSeconds=900)["Credentials"]
secret(session["SecretAccessKey"]), secret(session["SessionToken"])
refused("AccessDenied", wrong_code, sts.get_session_token, SerialNumber=serial, TokenCode=coming)
assert session["AccessKeyId"].startswith("ASIA") and 890 < session["Expiration"].timestamp() - time.time() <= 900, session

session_sts = client("sts", session)
assert identity(session_sts) == identity(sts) == (ACCOUNT, user["UserId"], user["Arn"]), identity(session_sts)
refused("AccessDenied", "is not authorized to perform: iam:ListUsers", client("iam", session).list_users)
refused("AccessDenied", "Cannot call GetSessionToken with session credentials", session_sts.get_session_token)
without_mfa = sts.get_session_token()["Credentials"]
secret(without_mfa["SecretAccessKey"]), secret(without_mfa["SessionToken"])
refused("InvalidClientTokenId", "The security token included in the request is invalid", client("iam", without_mfa).list_users)

# A presigned GetCallerIdentity proves who somebody is to a third party; EKS asks for JSON.
for presigner in sts, session_sts:
    url = presigner.generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["Content-Type"] == "text/xml", answer.headers
        assert f"<Arn>{user['Arn']}</Arn>" in answer.read().decode()
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": "application/json"})) as answer:
        assert answer.headers["Content-Type"].startswith("application/json"), answer.headers
        result = json.load(answer)["GetCallerIdentityResponse"]["GetCallerIdentityResult"]
        assert result == {"Account": ACCOUNT, "UserId": user["UserId"], "Arn": user["Arn"]}, result

# What is in use can't be deleted; once it is gone, so is the session.
refused("DeleteConflict", "Cannot delete entity, must", iam.delete_user, UserName="alice")
iam.deactivate_mfa_device(UserName="alice", SerialNumber=serial)
iam.delete_virtual_mfa_device(SerialNumber=serial)
iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
iam.delete_user(UserName="alice")
refused("InvalidClientTokenId", "The security token included in the request is invalid", session_sts.get_caller_identity)
