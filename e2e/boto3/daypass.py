"""What the scripts beside it share: clients of a daypass server, which is told by the first two arguments."""

import subprocess
import sys
import time

import boto3
from botocore.exceptions import ClientError

ENDPOINT, ACCOUNT = sys.argv[1:]


def client(service, key=None, make=boto3.client):
    """A client of the service with an access key or with a session's credentials, or with root's."""
    key = key or {}
    return make(
        service,
        endpoint_url=ENDPOINT,
        aws_access_key_id=key.get("AccessKeyId"),
        aws_secret_access_key=key.get("SecretAccessKey"),
        aws_session_token=key.get("SessionToken"),
    )


def secret(value):
    """Prints what the caller is to look for in the server's outputs."""
    print(value, flush=True)
    return value


def code(seed, at):
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))
    command = ["oathtool", "--totp", "--base32", "--now", now, seed]
    return secret(subprocess.check_output(command, text=True).strip())


def three_codes(seed):
    """The codes before, at and after the present, which won't get stale on their way."""
    if (left := 30 - time.time() % 30) < 5:
        time.sleep(left)
    now = time.time()
    return [code(seed, now + drift) for drift in (-30, 0, 30)]


def refused(want_code, want_text, call, **parameters):
    try:
        answer = call(**parameters)
    except ClientError as error:
        got = error.response["Error"]
        assert got["Code"] == want_code and want_text in got["Message"], got
        assert error.response["ResponseMetadata"]["RequestId"], error.response
    else:
        raise AssertionError(f"{call.__name__} succeeded: {answer}")
