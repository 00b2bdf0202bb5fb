"""botocore serialises, we read: what comes out is what went in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import botocore.session
import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.model import OperationModel, Shape
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.services import SERVICES
from emulator.shapes.check import compile_check
from emulator.shapes.model import model
from emulator.shapes.plain_json import Checked
from emulator.shapes.read import Wire, reader

SESSION = botocore.session.get_session()
MODELS = {name: SESSION.get_service_model(name) for name in ("ec2", "iam", "logs", "mq", "sts")}
BUILT = {service.name: sorted(service.operations) for service in SERVICES}

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
INSTANTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
FULLEST = datetime.fromtimestamp(1_790_000_000, UTC)
DEEPEST = 6
"""Levels of nesting that are filled; shapes that contain themselves end there."""


def with_input(service: str, names: list[str]) -> list[OperationModel]:
    operations = [MODELS[service].operation_model(name) for name in names]
    return [operation for operation in operations if operation.input_shape and operation.input_shape.members]


def wire(operation: OperationModel, params: dict[str, Any]) -> Wire:
    """The request that a client would send, as the gateway hands it on."""
    model = operation.service_model
    request = create_serializer(model.protocol, include_validation=False).serialize_to_request(params, operation)
    prepare_request_dict(request, "https://example.com")
    sent = create_request_object(request).prepare()
    url, body = urlsplit(sent.url), sent.body or b""
    body = body.encode() if isinstance(body, str) else body
    query = parse_qsl(url.query, keep_blank_values=True)
    form = parse_qsl(body.decode(), keep_blank_values=True) if model.protocol in {"ec2", "query"} else []
    return Wire(method=sent.method, path=url.path, query=query, form=form, body=body)


def plain(value: Any) -> Any:
    """Instants as seconds, which is how the emulator has them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value


def read_back(operation: OperationModel, params: dict[str, Any]) -> Any:
    return reader(operation.service_model.service_name, operation.name)(wire(operation, params))


def values(shape: Shape, protocol: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that the protocol can carry. A form cannot tell an empty list or structure from none."""
    is_form = protocol in {"ec2", "query"}
    if shape.type_name == "structure":
        members = {} if depth > DEEPEST else dict(shape.members)
        drawn = {name: member_values(member, protocol, depth + 1) for name, member in members.items()}
        path = {name: drawn.pop(name) for name, member in members.items() if member.serialization.get("location") == "uri"}
        strategy: st.SearchStrategy[Any] = st.fixed_dictionaries(path, optional=drawn)
        return strategy.filter(bool) if is_form and depth and members else strategy
    if shape.type_name == "list":
        least = 1 if protocol == "ec2" or (is_form and depth > 1) else 0
        return st.lists(values(shape.member, protocol, depth + 1), min_size=least, max_size=2)
    if shape.type_name == "map":
        return st.dictionaries(TEXT, values(shape.value, protocol, depth + 1), min_size=int(is_form), max_size=2)
    return SCALARS[shape.type_name]


def member_values(shape: Shape, protocol: str, depth: int) -> st.SearchStrategy[Any]:
    """A member of a path is never empty, a list in a query string has texts."""
    place = shape.serialization.get("location")
    if place == "uri":
        return TEXT.filter(bool)
    if place == "querystring" and shape.type_name == "list":
        return st.lists(TEXT, min_size=1, max_size=2)
    return values(shape, protocol, depth)


SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT,
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "timestamp": INSTANTS,
    "blob": st.binary(max_size=8),
}


@pytest.mark.parametrize("service", sorted(MODELS))
def test_requests_of_the_operations_that_are_built(service: str) -> None:
    _check(service, BUILT[service], examples=60)


@pytest.mark.parametrize("service", sorted(MODELS))
def test_requests_of_all_other_operations(service: str) -> None:
    _check(service, sorted(set(MODELS[service].operation_names) - set(BUILT[service])), examples=40)


def _check(service: str, names: list[str], *, examples: int) -> None:
    operations = with_input(service, names)

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(operations))
        params = data.draw(values(operation.input_shape, MODELS[service].protocol))
        found = read_back(operation, params)
        assert found == plain(params)
        if isinstance(found, Checked):
            of = model(service)
            assert not compile_check(of, of.operations[operation.name].input)(found)

    if operations:
        check()


# every operation of the models, with every member ------------------------------------------------------------------


def fullest(shape: Shape, depth: int = 0) -> Any:
    """A value with every member in it, two items in every list, and something different in each text."""
    if shape.type_name == "structure":
        return {name: fullest(member, depth + 1) for name, member in shape.members.items() if depth < DEEPEST or name == "Key"}
    if shape.type_name == "list":
        return [fullest(shape.member, depth + 1), fullest(shape.member, depth + 1)] if depth < DEEPEST else []
    if shape.type_name == "map":
        return {"key &=": fullest(shape.value, depth + 1), "other": fullest(shape.value, depth + 1)}
    return {
        "string": f"a b&c=d/{shape.name}+é%",
        "boolean": True,
        "integer": 7,
        "long": 2**40,
        "float": 1.5,
        "double": 0.1,
        "timestamp": FULLEST,
        "blob": b"\x00\xff",
    }[shape.type_name]


def pruned(value: Any) -> Any:
    """Without what a form cannot carry: empty lists and structures."""
    if isinstance(value, dict):
        kept = {key: pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ({}, [])}
    return [item for item in map(pruned, value) if item not in ({}, [])] if isinstance(value, list) else value


@pytest.mark.parametrize("service", sorted(MODELS))
def test_every_operation_with_every_member(service: str) -> None:
    for operation in with_input(service, MODELS[service].operation_names):
        params = fullest(operation.input_shape)
        if MODELS[service].protocol in {"ec2", "query"}:
            params = pruned(params)
        assert read_back(operation, params) == plain(params), operation.name
