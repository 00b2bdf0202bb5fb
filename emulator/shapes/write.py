"""Results and errors into responses: one writer per operation, compiled from the service model at first use."""

from __future__ import annotations

import base64
import re
from binascii import b2a_base64
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from emulator.shapes.first_use import AtFirstUse
from emulator.shapes.json_text import dumps
from emulator.shapes.model import Model, Shape, model
from emulator.values.clock import iso8601
from emulator.values.errors import AwsError
from emulator.values.http import Reply

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_to_change = re.compile(f"[&<>\r]|{_NOT_XML.pattern}").search


Writer = Callable[[dict[str, Any], str], Reply]
_Xml = Callable[[Any, list[str]], None]
_Json = Callable[[Any], Any]


class Shown(dict[str, Any]):
    """A structure in the list of an answer that stays as it is, answer after answer: its XML is kept with it."""

    _written: tuple[_Xml | None, str] = (None, "")

    def xml(self, write: _Xml) -> str:
        """What ``write`` makes of it."""
        last, text = self._written
        if last is not write:
            out: list[str] = []
            write(self, out)
            text = "".join(out)
            self._written = (write, text)
        return text


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
    write = _xml(of, operation.output, str(wrapper)) if operation.output else None

    def run(result: dict[str, Any], request_id: str) -> Reply:
        out = [f'<{name}Response xmlns="{of.xml_namespace}">']
        if write:
            write(result, out)
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


def _xml(of: Model, shape: Shape, tag: str) -> _Xml:
    """The writer of a shape as elements of one name."""
    kind = shape["type"]
    if kind == "structure":
        return _xml_members(of, shape, tag)
    if kind == "list":
        return _xml_list(of, shape, tag)
    if kind == "map":
        return _xml_map(of, shape, tag)
    start, end = f"<{tag}>", f"</{tag}>"
    if kind == "string":
        return lambda value, out: out.append(f"{start}{_text(str(value))}{end}")
    if kind == "boolean":
        elements = {True: f"{start}true{end}", False: f"{start}false{end}"}
        return lambda value, out: out.append(elements[value])
    convert = _scalar(shape, "iso8601", millis=of.protocol == "ec2")
    return lambda value, out: out.append(f"{start}{convert(value)}{end}")


def _xml_members(of: Model, shape: Shape, tag: str = "") -> _Xml:
    """The writer of a structure's members, in an element if it has a name."""
    before, after = (f"<{tag}>", f"</{tag}>") if tag else ("", "")

    def member(name: str) -> tuple[str, str, _Xml | None]:
        reference = shape["members"][name]
        inner, tag = of.member(reference), reference.get("locationName", name)
        return f"<{tag}>", f"</{tag}>", None if inner["type"] == "string" else _xml(of, inner, tag)

    members = AtFirstUse(member)

    def run(value: Any, out: list[str]) -> None:
        put = out.append
        put(before)
        for name, item in value.items():
            start, end, write = members[name]
            if item is None:
                continue
            if write is not None:
                write(item, out)
            else:  # a string, as most members are: that costs no call
                text = str(item)
                put(f"{start}{_text(text) if _to_change(text) else text}{end}")
        put(after)

    return run


def _xml_list(of: Model, shape: Shape, tag: str) -> _Xml:
    if shape.get("flattened"):
        start, end, item = "", "", _xml(of, of.member(shape["member"]), tag)
    else:
        start, end = f"<{tag}>", f"</{tag}>"
        item = _xml(of, of.member(shape["member"]), shape["member"].get("locationName", "member"))

    def run(value: Any, out: list[str]) -> None:
        out.append(start)
        for entry in value:
            if type(entry) is Shown:
                out.append(entry.xml(item))
            else:
                item(entry, out)
        out.append(end)

    return run


def _xml_map(of: Model, shape: Shape, tag: str) -> _Xml:
    key = _xml(of, of.member(shape["key"]), shape["key"].get("locationName", "key"))
    item = _xml(of, of.member(shape["value"]), shape["value"].get("locationName", "value"))

    def run(value: Any, out: list[str]) -> None:
        out.append(f"<{tag}>")
        for name, entry in value.items():
            out.append("<entry>")
            key(name, out)
            item(entry, out)
            out.append("</entry>")
        out.append(f"</{tag}>")

    return run


def _text(text: str) -> str:
    """A bare carriage return would reach the client as a line feed: XML parsers make it one. Most texts stay as they are."""
    if not _to_change(text):
        return text
    return _NOT_XML.sub("\ufffd", text).translate(_ESCAPED)


# JSON --------------------------------------------------------------------------------------------------------------


def _json(of: Model, name: str) -> Writer:
    operation = of.operations[name]
    convert = _json_value(of, operation.output) if operation.output else None

    def run(result: dict[str, Any], request_id: str) -> Reply:
        # An operation without output answers with an empty body, as CloudWatch Logs does.
        body = dumps(convert(result)) if convert else b""
        return Reply(200, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": request_id}, body)

    return run


def _json_error(_of: Model, error: AwsError, status: int, request_id: str) -> Reply:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "x-amzn-RequestId": request_id,
        "x-amzn-ErrorType": error.code,
    }
    return Reply(status, headers, dumps({"__type": error.code, "message": error.message, **error.fields}))


def _rest(of: Model, name: str) -> Writer:
    operation = of.operations[name]
    convert = _json_value(of, operation.output) if operation.output else None

    def run(result: dict[str, Any], request_id: str) -> Reply:
        body = dumps(convert(result)) if convert else b""
        return Reply(operation.status, _gateway_headers(request_id), body)

    return run


def _rest_error(of: Model, error: AwsError, status: int, request_id: str) -> Reply:
    shape = of.errors.get(error.code)
    if shape is None:  # said by API Gateway, before the service
        body = {"Message" if status == 403 and error.message.startswith("User: ") else "message": error.message}
    else:
        body = _json_value(of, shape)({**error.fields, "Message": error.message})
    return Reply(status, {**_gateway_headers(request_id), "x-amzn-ErrorType": error.code}, dumps(body))


def _gateway_headers(request_id: str) -> dict[str, str]:
    """Amazon MQ's front is API Gateway; its two other ids are derived from the request's."""
    plain = request_id.replace("-", "")
    return {
        "Content-Type": "application/json",
        "x-amzn-requestid": request_id,
        "x-amz-apigw-id": b2a_base64(plain[:11].encode(), newline=False).decode(),
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
        item = _json_value(of, of.member(shape["member"]))
        return list if item is _as_it_is else lambda value: [item(entry) for entry in value]
    if kind == "map":
        convert = _json_value(of, of.member(shape["value"]))
        return lambda value: {key: convert(entry) for key, entry in value.items()}
    return _scalar(shape, "unixTimestamp", millis=True)


def _json_structure(of: Model, shape: Shape) -> _Json:
    def member(name: str) -> tuple[str, _Json]:
        reference = shape["members"][name]
        return reference.get("locationName", name), _json_value(of, of.member(reference))

    members = AtFirstUse(member)

    def run(value: Any) -> Any:
        result = {}
        for name, item in value.items():
            wire_name, convert = members[name]
            if item is not None:
                result[wire_name] = item if convert is _as_it_is else convert(item)
        return result

    return run


def _scalar(shape: Shape, timestamps: str, *, millis: bool) -> _Json:
    kind = shape["type"]
    if kind == "timestamp" and shape.get("timestampFormat", timestamps) == "iso8601":
        return partial(iso8601, millis=millis)
    if kind == "blob":
        return lambda value: base64.b64encode(value).decode()
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
