"""Which service and operation a request is for: credential scope, then target, action, or method and path."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.shapes.dialect import DIALECTS
from emulator.shapes.model import SERVICES, model

_VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts", "2016-11-15": "ec2"}
_METHODS = {
    "json": {"POST"},
    "query": {"GET", "POST"},
    "ec2": {"GET", "POST"},
    "rest-json": {"GET", "POST", "PUT", "DELETE"},
}
_TARGETS = {"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail"}
_LIKE = {"target": "logs", "action": "sts", "path": "mq"}


def service_of(scope: str, headers: Mapping[str, str], form: Mapping[str, str]) -> str:
    """The service: the credential scope's, or, for an unsigned request, the one that it is written for."""
    if scope in SERVICES:
        return scope
    if "x-amz-target" in headers:
        return _TARGETS.get(headers["x-amz-target"].rpartition(".")[0], _LIKE["target"])
    if "Action" in form:
        return _VERSIONS.get(form.get("Version", ""), _LIKE["action"])
    return _LIKE["path"]


def operation_of(service: str, method: str, path: str, headers: Mapping[str, str], form: Mapping[str, str]) -> str:
    """The operation that is asked of a service, as spelt; empty when the request names none.

    Raises the service's own error for another API version: an SDK of another time must not be half understood.
    """
    of = model(service)
    if method not in _METHODS[of.protocol]:
        return ""
    if of.protocol == "json":
        target, prefix = headers.get("x-amz-target", ""), f"{of.target_prefix}."
        return target.removeprefix(prefix) if target.startswith(prefix) else ""
    if of.protocol in {"query", "ec2"}:
        name, version = form.get("Action", ""), form.get("Version", "")
        if of.protocol == "query" and version != of.api_version:
            raise DIALECTS[service].unknown_operation(name, version)
        return name
    for operation in of.by_method[method]:
        if operation.uri.fullmatch(path):
            return operation.name
    return ""
