"""Calls the examples of IAM and STS that botocore ships, and compares the answers with theirs."""

import re
from datetime import datetime, timedelta, timezone

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

from daypass import ACCOUNT, client, secret

# What only the server knows has a form instead of a value.
FORMS = {
    "UserId": r"AIDA[A-Z2-7]{17}|AROA[A-Z2-7]{17}:[\w+=,.@-]+|[0-9]{12}:[\w+=,.@-]+",
    "AssumedRoleId": r"AROA[A-Z2-7]{17}:[\w+=,.@-]+",
    "GroupId": "AGPA[A-Z2-7]{17}",
    "RoleId": "AROA[A-Z2-7]{17}",
    "AccessKeyId": "(AKIA|ASIA)[A-Z2-7]{16}",
    "SecretAccessKey": "[A-Za-z0-9+/]{40}",
    "SessionToken": ".{100,}",
}
SECRETS = "SecretAccessKey", "SessionToken", "Password", "OldPassword", "NewPassword"
# The members that say which one of a list it is.
NAMES = "UserName", "GroupName", "SerialNumber", "Key", "ServiceNamespace", "PolicyName"


def load():
    """Every example by its name: that of its action, with a number from the action's second example on."""
    loader = get_session().get_component("data_loader")
    for service in "iam", "sts":
        for action, examples in loader.load_service_model(service, "examples-1")["examples"].items():
            for n, example in enumerate(examples, 1):
                yield f"{action} {n}" if n > 1 else action, (service, action, example)


def clients(key=None):
    return {service: client(service, key) for service in ("iam", "sts")}


class Examples:
    def __init__(self, stands_for):
        """stands_for has what takes the place of a value in the examples; identifiers are added as the server makes them."""
        self.stands_for = stands_for
        self.left = dict(load())
        self.root = clients()

    def replay(self, name, differs=None, by=None):
        """Calls an example, as root or with somebody's clients. differs has a reason for each place that is different."""
        service, action, example = self.left.pop(name)
        answer = self._call(service, action, example, by or self.root)
        output = self._adapt(example.get("output") or {})
        if "IsTruncated" not in output:  # the older examples leave it out, AWS doesn't
            assert answer.pop("IsTruncated", False) is False, f"{name}: {answer}"
        found = dict(differences(output, answer))
        assert found.keys() == (differs or {}).keys(), f"{name} differs in {found}, explained is {differs}"
        return answer

    def input(self, name):
        """What an example sends."""
        return self.left[name][2]["input"]

    def refused(self, name, code):
        """Calls an example that the server has to refuse."""
        service, action, example = self.left.pop(name)
        try:
            answer = self._call(service, action, example, self.root)
        except ClientError as error:
            assert error.response["Error"]["Code"] == code, error
        else:
            raise AssertionError(f"{name} succeeded: {answer}")

    def leave_out(self, name):
        """Passes over an example whose action the server doesn't have."""
        service, action, example = self.left.pop(name)
        try:
            self._call(service, action, example, self.root)
        except ClientError as error:
            code = error.response["Error"]["Code"]
        else:
            code = "success"
        # An action that needs no signature asks for one as long as it isn't there.
        lacking = code in ("InvalidAction", "MissingAuthenticationToken")
        assert lacking, f"{name} is there now (it answers {code}): replay its example"

    def _call(self, service, action, example, caller):
        parameters = self._adapt(example.get("input") or {})
        keep_secrets(parameters)
        answer = getattr(caller[service], xform_name(action))(**parameters)
        keep_secrets(answer)
        del answer["ResponseMetadata"]
        return answer

    def _adapt(self, value):
        """Puts this server's names and identifiers into an example."""
        if isinstance(value, dict):
            return {name: self._adapt(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self._adapt(member) for member in value]
        if isinstance(value, str):
            return self.stands_for.get(value, value.replace("123456789012", ACCOUNT))
        return value


def keep_secrets(value):
    if isinstance(value, dict):
        for name, member in value.items():
            keep_secrets(member)
            if name in SECRETS:
                secret(member)


def differences(want, got, path=""):
    """Yields each place in an answer that is not as in the example, and what is there."""
    if isinstance(want, dict) and isinstance(got, dict):
        for name in sorted(want.keys() | got.keys()):
            place = f"{path}.{name}".lstrip(".")
            if name not in got:
                yield place, "missing"
            elif name not in want:
                yield place, f"{got[name]!r}, which the example doesn't have"
            else:
                yield from differences(want[name], got[name], place)
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        # The examples' lists are in no order.
        for i, pair in enumerate(zip(sorted(want, key=which), sorted(got, key=which))):
            yield from differences(*pair, f"{path}[{i}]")
    elif not agrees(want, got, path.rpartition(".")[2]):
        yield path, f"{got!r}, want {want!r}"


def which(member):
    return member if isinstance(member, str) else next((member[name] for name in NAMES if name in member), "")


def agrees(want, got, name):
    if name in FORMS:
        return re.fullmatch(FORMS[name], got) is not None
    if isinstance(got, datetime):
        return abs(got - datetime.now(timezone.utc)) < timedelta(hours=2)
    return got == want
