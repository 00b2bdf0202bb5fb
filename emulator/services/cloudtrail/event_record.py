"""A call of the journal as a CloudTrail event: sections A.9 and B.4 of the behaviour reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, TypedDict

from emulator.engine.journal import Entry
from emulator.engine.organization import account_of
from emulator.engine.world import World
from emulator.services.cloudtrail.elements import elements
from emulator.services.cloudtrail.user_identity import user_identity, user_name
from emulator.shapes.model import model
from emulator.shapes.regions import partition
from emulator.values.clock import iso8601
from emulator.values.ids import Ids

VERSION = "1.11"
_SOURCES = {"mq": "amazonmq.amazonaws.com"}
"""Where the event source is not the service's name."""

_DATA = {"logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogRecord", "logs:PutLogEvents"}
"""Calls that the event history has not: the guide's list of logged operations lacks them."""

_READS = {"AssumeRole", "GetFederationToken", "GetSessionToken"}
"""What changes nothing in the account, although it answers with credentials (observed of AssumeRole)."""

_GLOBAL = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where the events of IAM are."""

_SERVER_ERRORS = {"InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"}
"""Of EC2, whose events say whose fault an error is (documented list of its API's errors)."""

_EC2_TYPES = {
    "vpc": "VPC",
    "subnet": "Subnet",
    "sg": "SecurityGroup",
    "eni": "NetworkInterface",
    "vpce": "VPCEndpoint",
    "igw": "InternetGateway",
    "rtb": "RouteTable",
    "acl": "NetworkAcl",
    "dopt": "DHCPOptions",
}
_EC2_ID = re.compile(rf"({'|'.join(_EC2_TYPES)})-[0-9a-f]{{8,17}}")
_NAMED_TYPES = {
    "UserName": "AWS::IAM::User",
    "GroupName": "AWS::IAM::Group",
    "RoleName": "AWS::IAM::Role",
    "RoleArn": "AWS::IAM::Role",
    "PolicyArn": "AWS::IAM::Policy",
    "InstanceProfileName": "AWS::IAM::InstanceProfile",
    "AccessKeyId": "AWS::IAM::AccessKey",
}
"""Members of IAM and STS that name a resource."""


def is_event(entry: Entry) -> bool:
    """Whether CloudTrail knows of it: a management call of AWS's that reached it, and that this emulator does not merely lack."""
    service, _, operation = entry.title.partition(":")
    is_call = entry.kind == "call" and entry.title not in _DATA and operation in model(service).operations
    has_arrived = entry.outcome != "lost" or bool(entry.decided)
    return is_call and has_arrived and (entry.error or {}).get("code") != "NotImplemented"


class LookupAttribute(TypedDict, total=False):
    AttributeKey: str
    AttributeValue: str


class Event:
    """One event, made when somebody asks for it."""

    def __init__(self, world: World, entry: Entry) -> None:
        self._world = world
        self.entry = entry
        self._service, _, self._name = entry.title.partition(":")
        if entry.who is None:
            raise ValueError(f"the entry {entry.id} of the journal is no call")
        self._who = entry.who
        self._by_service = entry.via or entry.who.invoked_by

    @property
    def region(self) -> str:
        if self._service != "iam":
            return self.entry.region
        return _GLOBAL.get(partition(self.entry.region) or "", self.entry.region)

    @cached_property
    def id(self) -> str:
        """The same each time, in a later process on the same data file too."""
        return Ids(f"event {self.entry.request_id}").uuid()

    @property
    def is_read(self) -> bool:
        operation = self._world.services[self._service].operations[self._name]
        return operation.is_reading or self._name in _READS

    @property
    def source(self) -> str:
        return _SOURCES.get(self._service, f"{self._service}.amazonaws.com")

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """Types and names, each once, in the order in which request and answer name them."""
        find = _ec2_resources if self._service == "ec2" else _named_resources
        found = dict.fromkeys(pair for part in (self.entry.params, self.entry.result or {}) for pair in find(part))
        return [{"ResourceType": kind, "ResourceName": name} for kind, name in found]

    def has(self, attribute: LookupAttribute) -> bool:
        """Whether it has the value of the attribute, exactly."""
        key, value = attribute["AttributeKey"], attribute["AttributeValue"]
        if key in {"ResourceType", "ResourceName"}:
            return any(resource[key] == value for resource in self.resources)
        return bool(self._facts[key] == value)

    def summary(self) -> dict[str, Any]:
        """The event as LookupEvents lists it, with the whole record as JSON text in it."""
        return self._facts | {"CloudTrailEvent": json.dumps(self.record(), ensure_ascii=False, separators=(",", ":"))}

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return {
            "EventId": self.id,
            "EventName": self._name,
            "ReadOnly": "true" if self.is_read else "false",
            "AccessKeyId": None if self._who.invoked_by else self._who.key_id or None,
            "EventTime": float(int(self.entry.at)),
            "EventSource": self.source,
            "Username": user_name(self._who),
            "Resources": self.resources,
        }

    def record(self) -> dict[str, Any]:
        """The record; keys in CloudTrail's order. Those that an event has not are left out, and elements are null."""
        entry = self.entry
        return {
            "eventVersion": VERSION,
            "userIdentity": user_identity(self._who, entry.via),
            "eventTime": iso8601(int(entry.at)),
            "eventSource": self.source,
            "eventName": self._name,
            "awsRegion": self.region,
            "sourceIPAddress": self._by_service or entry.source_ip or "AWS Internal",
            "userAgent": self._by_service or entry.user_agent or "AWS Internal",
            **self._error(),
            "requestParameters": elements(self._service, self._name, "input", entry.params),
            "responseElements": self._response(),
            "requestID": entry.request_id,
            "eventID": self.id,
            "readOnly": self.is_read,
            **self._assumed(),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": entry.account,
            "eventCategory": "Management",
        }

    def _error(self) -> dict[str, str]:
        if self.entry.error is None or self.entry.outcome == "lost":
            return {}  # that its client never heard of it is not known to the service
        code = self.entry.error["code"]
        if self._service == "ec2":
            code = f"{'Server' if code in _SERVER_ERRORS else 'Client'}.{code}"
        elif self._service == "iam" and code in model("iam").errors:
            code = f"{code}Exception"
        return {"errorCode": code, "errorMessage": self.entry.error["message"]}

    def _response(self) -> dict[str, Any] | None:
        if self.entry.result is None:
            return None
        told = elements(self._service, self._name, "output", self.entry.result)
        if self._service == "ec2":
            return {"requestId": self.entry.request_id, **(told or {"_return": True})}
        return told

    def _assumed(self) -> dict[str, Any]:
        """The role of an AssumeRole, the one resource that records themselves name here."""
        arn = str(self.entry.params.get("RoleArn", ""))
        account = account_of(arn)
        if self._name != "AssumeRole" or not account:  # of a request that was refused it may be anything
            return {}
        return {"resources": [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}]}


def _ec2_resources(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _ec2_resources(item)
    elif isinstance(value, str):
        found = _EC2_ID.fullmatch(value)
        if found:
            yield f"AWS::EC2::{_EC2_TYPES[found[1]]}", value


def _named_resources(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _named_resources(item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name in _NAMED_TYPES and isinstance(item, str):
                yield _NAMED_TYPES[name], item
            else:
                yield from _named_resources(item)
