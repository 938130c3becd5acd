"""Pages through what is too much for one answer: 2,500 users whom the caller made, and policies, groups and roles.

Usage: paginators.py ENDPOINT ACCOUNT, with root's key in the environment. The users are numbered from 0000: reader-NNNN with
the path /readers/ where 3 divides the number, Writer-NNNN with the path /writers/ otherwise. The script prints the secrets
it got to know.
"""

import json

import boto3

from daypass import client, refused, secret

COUNT = 2500
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}})

# In the order of names, whatever their case.
READERS = [f"reader-{n:04}" for n in range(COUNT) if n % 3 == 0]
WRITERS = [f"Writer-{n:04}" for n in range(COUNT) if n % 3]


def pages(action, result, size=None, **parameters):
    """The lists of an action's pages. MaxItems of the action is the paginator's PageSize."""
    config = {"PageSize": size} if size else {}
    return [page[result] for page in iam.get_paginator(action).paginate(PaginationConfig=config, **parameters)]


def check(found, want, size, member):
    got = [item[member] for page in found for item in page]
    assert got == want, f"{len(got)} of {len(want)} {member}s with pages of {size}, {len(set(got))} different ones"
    assert all(len(page) == (size or 100) for page in found[:-1]), f"pages of {[len(page) for page in found]}, not of {size}"


root = client("iam")
root.create_user(UserName="admin", Path="/admins/")
root.attach_user_policy(UserName="admin", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
key = root.create_access_key(UserName="admin")["AccessKey"]
secret(key["SecretAccessKey"])
iam = client("iam", key)

# None takes the API's own page of 100.
for size in None, 33, 999, 1000:
    check(pages("list_users", "Users", size), ["admin"] + READERS + WRITERS, size, "UserName")
for size in None, 7, 1000:
    check(pages("list_users", "Users", size, PathPrefix="/readers/"), READERS, size, "UserName")
check(pages("list_users", "Users", PathPrefix="/w"), WRITERS, None, "UserName")
assert pages("list_users", "Users", PathPrefix="/nobody/") == [[]]

# A paginator that stops goes on where it stopped.
start = iam.get_paginator("list_users").paginate(PaginationConfig={"MaxItems": 1234, "PageSize": 100}).build_full_result()
rest = iam.get_paginator("list_users").paginate(PaginationConfig={"StartingToken": start["NextToken"]}).build_full_result()
check([start["Users"] + rest["Users"]], ["admin"] + READERS + WRITERS, None, "UserName")
assert len(start["Users"]) == 1234

POLICIES = [f"{'Pp'[n % 2]}olicy-{n:02}" for n in range(20)]
GROUPS = [f"{'Gg'[n % 2]}roup-{n:02}" for n in range(20)]
ROLES = [f"{'Rr'[n % 2]}ole-{n:02}" for n in range(20)]
for n, (policy, group, role) in enumerate(zip(POLICIES, GROUPS, ROLES)):
    arn = iam.create_policy(PolicyName=policy, Path="/p/", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.create_group(GroupName=group)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    iam.put_role_policy(RoleName="Role-00", PolicyName=policy, PolicyDocument=ALLOW)
    iam.tag_role(RoleName="Role-00", Tags=[{"Key": policy, "Value": ""}])
    iam.add_user_to_group(GroupName="Group-00", UserName=WRITERS[19 - n])

for size in None, 7, 19, 20:
    check(pages("list_policies", "Policies", size, Scope="Local"), POLICIES, size, "PolicyName")
    check(pages("list_policies", "Policies", size, PathPrefix="/p/", OnlyAttached=True), POLICIES, size, "PolicyName")
    check(pages("list_groups", "Groups", size), GROUPS, size, "GroupName")
    check(pages("list_roles", "Roles", size), ROLES, size, "RoleName")
    check(pages("get_group", "Users", size, GroupName="Group-00"), WRITERS[:20], size, "UserName")
    assert sum(pages("list_role_policies", "PolicyNames", size, RoleName="Role-00"), []) == POLICIES
everything = sum(pages("list_policies", "Policies", 3), [])
assert len({policy["Arn"] for policy in everything}) == len(everything) > len(POLICIES), everything

# Four lists that are paged together: pages of 777 and of 13 end in the midst of them.
NAMES = {"UserDetailList": "UserName", "GroupDetailList": "GroupName", "RoleDetailList": "RoleName", "Policies": "PolicyName"}


def details(size, **parameters):
    paginator = iam.get_paginator("get_account_authorization_details")
    answer = paginator.paginate(PaginationConfig={"PageSize": size}, **parameters).build_full_result()
    return [[detail[name] for detail in answer[result]] for result, name in NAMES.items()]


assert details(777) == [["admin"] + READERS + WRITERS, GROUPS, ROLES, POLICIES + ["IAMFullAccess"]]
assert details(13, Filter=["Role", "LocalManagedPolicy", "Group"]) == [[], GROUPS, ROLES, POLICIES]

# boto3's resources are made of the same calls: those of a collection are its pages.
resource = client("iam", key, boto3.resource)
assert resource.CurrentUser().arn == resource.User("admin").arn
assert [user.name for user in resource.users.filter(PathPrefix="/readers/").page_size(99)] == READERS
assert [policy.policy_name for policy in resource.policies.filter(Scope="Local").limit(7)] == POLICIES[:7]
assert resource.AccountSummary().summary_map["Users"] == COUNT + 1
user, policy = resource.create_user(UserName="rita"), resource.Policy(arn)
policy.attach_user(UserName=user.name)
user.create_policy(PolicyName="inline", PolicyDocument=ALLOW)
assert [attached.arn for attached in user.attached_policies.all()] == [arn]
assert user.Policy("inline").policy_document == json.loads(ALLOW)
assert policy.default_version.document == json.loads(ALLOW)
pair = user.create_access_key_pair()
secret(pair.secret)
pair.deactivate()
assert [key.status for key in user.access_keys.all()] == ["Inactive"]
for left in *user.access_keys.all(), *user.policies.all():
    left.delete()
user.detach_policy(PolicyArn=arn)
user.delete()
refused("NoSuchEntity", "The user with name rita cannot be found.", user.load)
