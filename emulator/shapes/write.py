"""Results and errors into responses: one writer per operation, compiled from the service model at first use."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from emulator.shapes.model import Model, Shape, model
from emulator.values.clock import iso8601
from emulator.values.errors import AwsError

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TO_CHANGE = re.compile(f"[&<>\r]|{_NOT_XML.pattern}")


@dataclass(frozen=True)
class Reply:
    """An HTTP response without its server."""

    status: int
    headers: dict[str, str]
    body: bytes


Writer = Callable[[dict[str, Any], str], Reply]
_Xml = Callable[[Any, list[str], str], None]
_Json = Callable[[Any], Any]


@cache
def writer(service: str, operation: str) -> Writer:
    """The function from (result, request id) to the reply. A result member that the model lacks is a KeyError: our mistake."""
    of = model(service)
    return {"query": _query, "ec2": _ec2, "json": _json, "rest-json": _rest}[of.protocol](of, operation)


def error_reply(service: str, error: AwsError, request_id: str) -> Reply:
    """The protocol's error envelope. Status: the error's own, else the model's, else 400."""
    of = model(service)
    shape = of.errors.get(error.code)
    modelled = shape.get("error", {}).get("httpStatusCode") if shape else None
    status = error.status or modelled or (500 if shape and shape.get("fault") else 400)
    return {"query": _query_error, "ec2": _ec2_error, "json": _json_error, "rest-json": _rest_error}[of.protocol](
        of, error, status, request_id
    )


# XML ---------------------------------------------------------------------------------------------------------------


def _query(of: Model, name: str) -> Writer:
    operation = of.operations[name]
    wrapper = operation.raw.get("output", {}).get("resultWrapper")
    write = _xml(of, operation.output) if operation.output else None

    def run(result: dict[str, Any], request_id: str) -> Reply:
        out = [f'<{name}Response xmlns="{of.xml_namespace}">']
        if write:
            write(result, out, str(wrapper))
        out.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>")
        return Reply(200, {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}, "".join(out).encode())

    return run


def _query_error(of: Model, error: AwsError, status: int, request_id: str) -> Reply:
    fault = "Receiver" if status >= 500 else "Sender"
    body = (
        f'<ErrorResponse xmlns="{of.xml_namespace}"><Error><Type>{fault}</Type><Code>{error.code}</Code>'
        f"<Message>{_text(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Reply(status, {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}, body.encode())


def _ec2(of: Model, name: str) -> Writer:
    operation = of.operations[name]
    members = _xml_members(of, operation.output) if operation.output else None

    def run(result: dict[str, Any], request_id: str) -> Reply:
        out = [
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}Response xmlns="{of.xml_namespace}/">'
            f"<requestId>{request_id}</requestId>"
        ]
        if members:
            members(result, out)
        else:
            out.append("<return>true</return>")
        out.append(f"</{name}Response>")
        return Reply(200, _ec2_headers(request_id), "".join(out).encode())

    return run


def _ec2_headers(request_id: str) -> dict[str, str]:
    return {
        "Content-Type": "text/xml;charset=UTF-8",
        "x-amzn-requestid": request_id,
        "cache-control": "no-cache, no-store",
        "Server": "AmazonEC2",
    }


def _ec2_error(_of: Model, error: AwsError, status: int, request_id: str) -> Reply:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{error.code}</Code>'
        f"<Message>{_text(error.message)}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
    )
    return Reply(status, _ec2_headers(request_id), body.encode())


def _xml(of: Model, shape: Shape) -> _Xml:
    kind = shape["type"]
    if kind == "structure":
        members = _xml_members(of, shape)

        def structure(value: Any, out: list[str], tag: str) -> None:
            out.append(f"<{tag}>")
            members(value, out)
            out.append(f"</{tag}>")

        return structure
    if kind == "list":
        return _xml_list(of, shape)
    if kind == "map":
        return _xml_map(of, shape)
    if kind == "string":
        return _xml_string
    convert = _scalar(shape, "iso8601", millis=of.protocol == "ec2")

    def scalar(value: Any, out: list[str], tag: str) -> None:
        text = convert(value)
        out.append(f"<{tag}>{str(text).lower() if isinstance(text, bool) else text}</{tag}>")

    return scalar


def _xml_string(value: Any, out: list[str], tag: str) -> None:
    out.append(f"<{tag}>{_text(str(value))}</{tag}>")


def _xml_members(of: Model, shape: Shape) -> Callable[[Any, list[str]], None]:
    writers: dict[str, tuple[str, _Xml]] = {}

    def run(value: Any, out: list[str]) -> None:
        for name, item in value.items():
            if name not in writers:
                reference = shape["members"][name]
                writers[name] = (reference.get("locationName", name), _xml(of, of.member(reference)))
            if item is not None:
                tag, write = writers[name]
                write(item, out, tag)

    return run


def _xml_list(of: Model, shape: Shape) -> _Xml:
    item_tag = shape["member"].get("locationName", "member")
    is_flat = bool(shape.get("flattened"))
    item: list[_Xml] = []

    def run(value: Any, out: list[str], tag: str) -> None:
        if not item:
            item.append(_xml(of, of.member(shape["member"])))
        if not is_flat:
            out.append(f"<{tag}>")
        for entry in value:
            item[0](entry, out, tag if is_flat else item_tag)
        if not is_flat:
            out.append(f"</{tag}>")

    return run


def _xml_map(of: Model, shape: Shape) -> _Xml:
    key = _xml(of, of.member(shape["key"]))
    item = _xml(of, of.member(shape["value"]))
    key_tag, value_tag = shape["key"].get("locationName", "key"), shape["value"].get("locationName", "value")

    def run(value: Any, out: list[str], tag: str) -> None:
        out.append(f"<{tag}>")
        for name, entry in value.items():
            out.append("<entry>")
            key(name, out, key_tag)
            item(entry, out, value_tag)
            out.append("</entry>")
        out.append(f"</{tag}>")

    return run


def _text(text: str) -> str:
    """A bare carriage return would reach the client as a line feed: XML parsers make it one. Most texts stay as they are."""
    if not _TO_CHANGE.search(text):
        return text
    return _NOT_XML.sub("\ufffd", text).translate(_ESCAPED)


# JSON --------------------------------------------------------------------------------------------------------------


def _json(of: Model, name: str) -> Writer:
    operation = of.operations[name]
    convert = _json_value(of, operation.output) if operation.output else None

    def run(result: dict[str, Any], request_id: str) -> Reply:
        # An operation without output answers with an empty body, as CloudWatch Logs does.
        body = _dump(convert(result)) if convert else b""
        return Reply(200, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": request_id}, body)

    return run


def _json_error(_of: Model, error: AwsError, status: int, request_id: str) -> Reply:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "x-amzn-RequestId": request_id,
        "x-amzn-ErrorType": error.code,
    }
    return Reply(status, headers, _dump({"__type": error.code, "message": error.message, **error.fields}))


def _rest(of: Model, name: str) -> Writer:
    operation = of.operations[name]
    convert = _json_value(of, operation.output) if operation.output else None

    def run(result: dict[str, Any], request_id: str) -> Reply:
        body = _dump(convert(result)) if convert else b""
        return Reply(operation.status, _gateway_headers(request_id), body)

    return run


def _rest_error(of: Model, error: AwsError, status: int, request_id: str) -> Reply:
    shape = of.errors.get(error.code)
    if shape is None:  # said by API Gateway, before the service
        body = {"Message" if status == 403 and error.message.startswith("User: ") else "message": error.message}
    else:
        body = _json_value(of, shape)({**error.fields, "Message": error.message})
    return Reply(status, {**_gateway_headers(request_id), "x-amzn-ErrorType": error.code}, _dump(body))


def _gateway_headers(request_id: str) -> dict[str, str]:
    """Amazon MQ's front is API Gateway; its two other ids are derived from the request's."""
    plain = request_id.replace("-", "")
    return {
        "Content-Type": "application/json",
        "x-amzn-requestid": request_id,
        "x-amz-apigw-id": base64.urlsafe_b64encode(plain[:11].encode()).decode().rstrip("=") + "=",
        "x-amzn-trace-id": f"Root=1-{plain[:8]}-{plain[8:32]}",
        "cache-control": "no-cache; no-store, must-revalidate, private",
        "expires": "0",
        "pragma": "no-cache",
    }


def _json_value(of: Model, shape: Shape) -> _Json:
    kind = shape["type"]
    if kind == "structure":
        return _json_structure(of, shape)
    if kind == "list":
        item: list[_Json] = []

        def listed(value: Any) -> Any:
            if not item:
                item.append(_json_value(of, of.member(shape["member"])))
            return [item[0](entry) for entry in value]

        return listed
    if kind == "map":
        convert = _json_value(of, of.member(shape["value"]))
        return lambda value: {key: convert(entry) for key, entry in value.items()}
    return _scalar(shape, "unixTimestamp", millis=True)


def _json_structure(of: Model, shape: Shape) -> _Json:
    writers: dict[str, tuple[str, _Json]] = {}

    def run(value: Any) -> Any:
        result = {}
        for name, item in value.items():
            if name not in writers:
                reference = shape["members"][name]
                writers[name] = (reference.get("locationName", name), _json_value(of, of.member(reference)))
            if item is not None:
                wire_name, convert = writers[name]
                result[wire_name] = convert(item)
        return result

    return run


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _scalar(shape: Shape, timestamps: str, *, millis: bool) -> _Json:
    kind = shape["type"]
    if kind == "timestamp":
        if shape.get("timestampFormat", timestamps) == "iso8601":
            return lambda value: iso8601(value, millis=millis)
        return lambda value: value
    if kind == "blob":
        return lambda value: base64.b64encode(value).decode()
    return lambda value: value
