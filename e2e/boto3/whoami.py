"""Prints who a profile is, or who the environment says. A question for a token code is answered by standard input.

Usage: whoami.py [PROFILE]
"""

import sys

import boto3

print(boto3.Session(profile_name=next(iter(sys.argv[1:]), None)).client("sts").get_caller_identity()["Arn"])
