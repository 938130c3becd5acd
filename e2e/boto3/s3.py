"""S3 behind the gateway, told by boto3: transfers in parts, checksums before and behind a body, listings, deletions, addresses.

Usage: s3.py ENDPOINT TLS-ENDPOINT AUTHORITY, with a session's credentials in the environment.
"""

import hashlib
import io
import os
import sys
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, secure, authority = sys.argv[1:]
config = Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
plain = boto3.client("s3", endpoint_url=endpoint, config=config)
over_tls = boto3.client("s3", endpoint_url=secure, verify=authority, config=config)
parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
data = os.urandom((17 << 20) + 11)
want = hashlib.sha256(data).hexdigest()


def check(client, key):
    got = io.BytesIO()
    client.download_fileobj("snakes", key, got, Config=parts)
    assert hashlib.sha256(got.getvalue()).hexdigest() == want, key


plain.create_bucket(Bucket="snakes")
for name, client in {"plain": plain, "tls": over_tls}.items():
    client.upload_fileobj(io.BytesIO(data), "snakes", name, Config=parts, ExtraArgs={"Metadata": {"colour": "green"}})
    check(client, name)
    for algorithm in "CRC32", "SHA1", "SHA256":
        key = f"{name} {algorithm}"
        client.put_object(Bucket="snakes", Key=key, Body=io.BytesIO(data), ChecksumAlgorithm=algorithm)
        answer = client.get_object(Bucket="snakes", Key=key, ChecksumMode="ENABLED")
        assert answer["Checksum" + algorithm], answer
        assert hashlib.sha256(answer["Body"].read()).hexdigest() == want, key

assert (got := plain.head_object(Bucket="snakes", Key="plain")["Metadata"]) == {"colour": "green"}, got

keys = [f"many/{n:04}" for n in range(60)]
for key in keys:
    plain.put_object(Bucket="snakes", Key=key, Body=key.encode())
pages = plain.get_paginator("list_objects_v2").paginate(Bucket="snakes", Prefix="many/", PaginationConfig={"PageSize": 7})
assert [o["Key"] for page in pages for o in page["Contents"]] == keys

address = plain.generate_presigned_url("get_object", Params={"Bucket": "snakes", "Key": "many/0001"}, ExpiresIn=60)
assert urllib.request.urlopen(address).read() == b"many/0001"
try:
    urllib.request.urlopen(address.replace("0001", "0002"))
except urllib.error.HTTPError as error:
    assert error.code == 403 and b"<Code>SignatureDoesNotMatch</Code>" in error.read()
else:
    raise AssertionError("an altered address was accepted")

form = plain.generate_presigned_post("snakes", "forms/${filename}", Conditions=[["starts-with", "$key", "forms/"]], ExpiresIn=60)
boundary = "boundary-of-the-form"
fields = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form["fields"].items())
file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\nby form\r\n--{boundary}--\r\n'
request = urllib.request.Request(form["url"], (fields + file).encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"})
assert urllib.request.urlopen(request).status == 204
assert plain.get_object(Bucket="snakes", Key="forms/f.txt")["Body"].read() == b"by form"

boto3.resource("s3", endpoint_url=endpoint, config=config).Bucket("snakes").objects.all().delete()
assert plain.list_objects_v2(Bucket="snakes")["KeyCount"] == 0
plain.delete_bucket(Bucket="snakes")
try:
    plain.list_objects_v2(Bucket="snakes")
except ClientError as error:
    assert error.response["Error"]["Code"] == "NoSuchBucket", error
else:
    raise AssertionError("the bucket is still there")
