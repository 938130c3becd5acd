"""Replays the examples of IAM and STS that AWS publishes with its SDKs.

Usage: examples.py ENDPOINT ACCOUNT, with root's key in the environment, and with what a SAML identity provider says of itself
and of who has the example: SAML_METADATA and SAML_RESPONSE. Each example is called with its own input, and the
answer has to have the members and the values of its output: what differs is named here with the reason for it. What an
example presupposes is made before it. An example that is left out wants an action that daypass doesn't have, and the server
has to say so. The script prints each secret it got to know on a line of its own.
"""

import json
import os

from botocore.exceptions import ClientError

from daypass import ACCOUNT, secret, three_codes
from replay import Examples, clients, keep_secrets

LEFT_OUT = """
    AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile RemoveRoleFromInstanceProfile
    DeleteSigningCertificate UpdateSigningCertificate UploadSigningCertificate UploadServerCertificate
    GenerateOrganizationsAccessReport GetOrganizationsAccessReport
    GenerateServiceLastAccessedDetails GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities
    SetSecurityTokenServicePreferences
"""

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ALLOW_IAM = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}'
ALLOW_EC2 = ALLOW_IAM.replace("iam:", "ec2:")
TAGS = [{"Key": "Dept", "Value": "12345"}, {"Key": "Team", "Value": "Accounting"}]


def because(reason, places):
    return {place: reason for place in places.split()}


stands_for = {
    "<Stringified-JSON>": json.dumps(TRUST),
    "<URL-encoded-JSON>": TRUST,
}
examples = Examples(stands_for)
iam, replay = examples.root["iam"], examples.replay

for name in LEFT_OUT.split():
    examples.leave_out(name)

# Users.
division = "/division_abc/subdivision_xyz/"
for name in "Juan", "Anika":
    iam.create_user(UserName=name, Path=division + "engineering/")
replay("ListUsers", because(
    "nobody signs in to daypass with a password", "Users[0].PasswordLastUsed Users[1].PasswordLastUsed"))
replay("CreateUser")
replay("GetUser")
replay("TagUser")  # names are found in any case: anika is Anika
replay("UntagUser")
assert iam.list_user_tags(UserName="Anika")["Tags"] == [{"Key": "CostCenter", "Value": "12345"}]
iam.untag_user(UserName="Anika", TagKeys=["CostCenter"])
iam.tag_user(UserName="Anika", Tags=TAGS)
replay("ListUserTags")

# Access keys.
key = replay("CreateAccessKey")["AccessKey"]["AccessKeyId"]
stands_for["AKIAIOSFODNN7EXAMPLE"] = stands_for["AKIDPMS9RO4H3FEXAMPLE"] = key
replay("UpdateAccessKey")
assert iam.list_access_keys(UserName="Bob")["AccessKeyMetadata"][0]["Status"] == "Inactive"
replay("DeleteAccessKey")
assert iam.list_access_keys(UserName="Bob")["AccessKeyMetadata"] == []
iam.create_user(UserName="Alice")
replay("AttachUserPolicy")
keys = [iam.create_access_key(UserName="Alice")["AccessKey"] for _ in range(2)]
for key in keys:
    secret(key["SecretAccessKey"])
replay("ListAccessKeys")
alice = clients(keys[0])

# Passwords.
replay("CreateLoginProfile")
replay("UpdateLoginProfile")
replay("DeleteLoginProfile")
iam.create_login_profile(UserName="Anika", Password=secret("h]6EszR}vJ*m"))
replay("GetLoginProfile", because("younger than the example", "LoginProfile.PasswordResetRequired"))
iam.create_login_profile(UserName="Alice", Password=secret("3s0K_;xh4~8XXI"))
replay("ChangePassword", by=alice)
replay("UpdateAccountPasswordPolicy")
iam.update_account_password_policy(
    MinimumPasswordLength=8, RequireNumbers=True, RequireSymbols=True, MaxPasswordAge=90, HardExpiry=False,
    PasswordReusePrevention=12)
replay("GetAccountPasswordPolicy", because("true where there is a MaxPasswordAge", "PasswordPolicy.ExpirePasswords"))
replay("DeleteAccountPasswordPolicy")

# Groups.
replay("CreateGroup")
replay("AddUserToGroup")
replay("RemoveUserFromGroup")
for name, path in ("Test", "product_1234/engineering/"), ("Managers", "product_1234/"):
    iam.create_group(GroupName=name, Path=division + path)
    iam.add_user_to_group(GroupName=name, UserName="Bob")
replay("ListGroupsForUser")
iam.update_group(GroupName="Admins", NewPath=division)
replay("ListGroups", because("the example's ARN lacks the example's own path", "Groups[0].Arn"))
replay("UpdateGroup")
iam.create_group(GroupName="Finance")
replay("AttachGroupPolicy")

# Roles.
replay("CreateRole")
replay("GetRole", because("nobody assumed it yet", "Role.RoleLastUsed.LastUsedDate Role.RoleLastUsed.Region"))
for name in "S3Access", "ReadOnlyRole", "taggedrole", "taggedrole1", "S3AccessForEC2Instances":
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
replay("AttachRolePolicy")
replay("TagRole")
replay("UntagRole")
assert iam.list_role_tags(RoleName="taggedrole")["Tags"] == [{"Key": "CostCenter", "Value": "12345"}]
iam.tag_role(RoleName="taggedrole1", Tags=TAGS)
replay("ListRoleTags")
replay("UpdateAssumeRolePolicy")

# Inline policies.
replay("PutGroupPolicy")
iam.delete_group_policy(GroupName="Admins", PolicyName="AllPerms")
for name in "AdminRoot", "KeyPolicy":
    iam.put_group_policy(GroupName="Admins", PolicyName=name, PolicyDocument=ALLOW_IAM)
replay("ListGroupPolicies")
iam.put_group_policy(GroupName="Admins", PolicyName="ExamplePolicy", PolicyDocument=ALLOW_IAM)
replay("DeleteGroupPolicy")
replay("PutRolePolicy")
iam.put_role_policy(RoleName="Test-Role", PolicyName="ExamplePolicy", PolicyDocument=ALLOW_IAM)
replay("DeleteRolePolicy")
replay("DeleteRole")
replay("PutUserPolicy")
iam.put_user_policy(UserName="Juan", PolicyName="ExamplePolicy", PolicyDocument=ALLOW_IAM)
replay("DeleteUserPolicy")
iam.create_user(UserName="ExampleUser01")
for name, document in ("ExampleIamPolicy", ALLOW_IAM), ("ExampleEc2Policy", ALLOW_EC2):
    arn = iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ExampleUser01", PolicyArn=arn)
iam.create_group(GroupName="AWSExampleGroup1")
iam.put_group_policy(GroupName="AWSExampleGroup1", PolicyName="ExampleGroup1Policy", PolicyDocument=ALLOW_IAM)
iam.add_user_to_group(GroupName="AWSExampleGroup1", UserName="ExampleUser01")
replay("ListPoliciesGrantingServiceAccess")

# Providers, and the account.
replay("CreateOpenIDConnectProvider")
replay("AddClientIDToOpenIDConnectProvider")
replay("CreateAccountAlias")
iam.create_account_alias(AccountAlias="exmaple-corporation")  # as AWS spells it
replay("ListAccountAliases")
iam.create_account_alias(AccountAlias="mycompany")
replay("DeleteAccountAlias")
replay("GetAccountSummary", {f"SummaryMap.{entry}": reason for entry, reason in {
    **because("another account", "Groups MFADevices MFADevicesInUse Policies PolicyVersionsInUse ServerCertificates Users"),
    **because("raised since the example", "GroupsQuota PoliciesQuota PolicySizeQuota"),
    **because("younger than the example", """AccountPasswordPresent AssumeRolePolicySizeQuota InstanceProfiles
        InstanceProfilesQuota Providers RolePolicySizeQuota Roles RolesQuota"""),
    **because("SetSecurityTokenServicePreferences is left out", "GlobalEndpointTokenVersion"),
}.items()})
replay("ListSigningCertificates", because("daypass has none", "Certificates"))

# MFA devices and sessions.
for name in "ExampleMFADevice", "Juan", "ExampleName":
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    secret(device["Base32StringSeed"].decode())
replay("DeleteVirtualMFADevice")
replay("ListVirtualMFADevices")
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="Alice")["VirtualMFADevice"]
before, current, coming = three_codes(secret(device["Base32StringSeed"].decode()))
iam.enable_mfa_device(
    UserName="Alice", SerialNumber=device["SerialNumber"], AuthenticationCode1=before, AuthenticationCode2=current)
stands_for["YourMFASerialNumber"], stands_for["123456"] = device["SerialNumber"], coming
replay("GetSessionToken", by=alice)
replay("GetCallerIdentity", by=alice)

# Roles' sessions and federated users.
CALLER_NAMES = "the example's caller has another name than its answer"
trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
for name, condition in ("demo", {"StringEquals": {"sts:ExternalId": "123ABC"}}), ("my-role-name", {}):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {**trust, "Condition": condition}}))
replay("AssumeRole", {
    **because(CALLER_NAMES, "AssumedRoleUser.Arn"), **because("of our own token", "PackedPolicySize")}, by=alice)
session = alice["sts"].assume_role(
    RoleArn=f"arn:aws:iam::{ACCOUNT}:role/my-role-name", RoleSessionName="my-role-session-name")["Credentials"]
keep_secrets(session)
replay("GetCallerIdentity 2", by=clients(session))
replay("GetFederationToken", {
    **because(CALLER_NAMES, "FederatedUser.Arn FederatedUser.FederatedUserId"),
    **because("of our own token", "PackedPolicySize")}, by=alice)
session = alice["sts"].get_federation_token(Name="my-federated-user-name")["Credentials"]
keep_secrets(session)
replay("GetCallerIdentity 3", by=clients(session))

# Whom others vouch for.
provider = iam.create_saml_provider(Name="SAML-test", SAMLMetadataDocument=os.environ["SAML_METADATA"])["SAMLProviderArn"]
iam.create_role(RoleName="TestSaml", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithSAML"}}))
stands_for[examples.input("AssumeRoleWithSAML")["SAMLAssertion"]] = secret(os.environ["SAML_RESPONSE"])
replay("AssumeRoleWithSAML", {
    **because("the example lacks the session's name", "AssumedRoleUser.Arn"),
    **because("another account", "NameQualifier"),
    **because("there is no policy", "PackedPolicySize")})
# Its token is none of OpenID Connect: it is from www.amazon.com, which vouched for people before there was that.
examples.refused("AssumeRoleWithWebIdentity", "ValidationError")

# A refusal tells its reasons to who may decode them.
iam.create_user(UserName="Idle")
key = iam.create_access_key(UserName="Idle")["AccessKey"]
keep_secrets(key)
try:
    clients(key)["iam"].list_users()
    raise AssertionError("nobody allows it")
except ClientError as error:
    stands_for["<encoded-message>"] = error.response["Error"]["Message"].split()[-1]
replay("DecodeAuthorizationMessage", because("the example's is not JSON, and about another refusal", "DecodedMessage"))

# The end of Bob.
for group in iam.list_groups_for_user(UserName="Bob")["Groups"]:
    iam.remove_user_from_group(GroupName=group["GroupName"], UserName="Bob")
iam.delete_user_policy(UserName="Bob", PolicyName="AllAccessPolicy")
replay("UpdateUser")
assert iam.get_user(UserName="Robert")["User"]["Arn"].endswith(":user/Robert")
iam.update_user(UserName="Robert", NewUserName="Bob")
replay("DeleteUser")

assert not examples.left, f"neither replayed nor left out: {list(examples.left)}"
