"""We write, botocore parses: what comes out is what went in."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.shapes.model import model
from emulator.shapes.write import error_reply, writer
from emulator.values.errors import AwsError
from emulator.values.http import Reply
from tests.property.test_shapes_requests import BUILT, DEEPEST, MODELS, SCALARS, plain

REQUEST_ID = "59dbff89-35bd-4eac-99ed-be587EXAMPLE"
XML_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n\r<>&'\""),
    max_size=8,
)
JSON_TEXT = SCALARS["string"]
SECONDS = st.integers(0, 4_000_000_000).map(float)


def parsed(service: str, reply: Reply, shape: Shape | None) -> dict[str, Any]:
    response = {"status_code": reply.status, "headers": HeadersDict(reply.headers), "body": reply.body}
    answer: dict[str, Any] = create_parser(MODELS[service].protocol).parse(response, shape)
    return answer


def read_back(operation: OperationModel, result: dict[str, Any]) -> Any:
    service = operation.service_model.service_name
    answer = parsed(service, writer(service, operation.name)(result, REQUEST_ID), operation.output_shape)
    metadata = answer.pop("ResponseMetadata")
    assert metadata["RequestId"] == REQUEST_ID
    assert metadata["HTTPStatusCode"] == operation.http.get("responseCode", 200)
    return plain(answer)


def with_output(service: str, names: list[str]) -> list[OperationModel]:
    """Without the two that answer with a stream of events: a protocol of its own, and nothing here speaks it."""
    operations = [MODELS[service].operation_model(name) for name in names]
    return [operation for operation in operations if operation.output_shape and not operation.has_event_stream_output]


def values(shape: Shape, protocol: str, depth: int = 0) -> st.SearchStrategy[Any]:
    if shape.type_name == "structure":
        members = {} if depth > DEEPEST else shape.members
        optional = {name: values(member, protocol, depth + 1) for name, member in members.items()}
        least = 1 if depth and getattr(shape, "is_tagged_union", False) else 0
        strategy = st.fixed_dictionaries({}, optional=optional)
        return strategy.filter(lambda value: len(value) == least) if least else strategy
    if shape.type_name == "list":
        return st.lists(values(shape.member, protocol, depth + 1), max_size=2)
    text = XML_TEXT if protocol in {"ec2", "query"} else JSON_TEXT
    if shape.type_name == "map":
        return st.dictionaries(text, values(shape.value, protocol, depth + 1), max_size=2)
    if shape.type_name == "timestamp":
        return SECONDS
    return text if shape.type_name == "string" else SCALARS[shape.type_name]


@pytest.mark.parametrize("service", sorted(MODELS))
def test_results_of_the_operations_that_are_built(service: str) -> None:
    _check(service, BUILT[service], examples=60)


@pytest.mark.parametrize("service", sorted(MODELS))
def test_results_of_all_other_operations(service: str) -> None:
    _check(service, sorted(set(MODELS[service].operation_names) - set(BUILT[service])), examples=40)


def _check(service: str, names: list[str], *, examples: int) -> None:
    operations = with_output(service, names)

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(operations))
        result = data.draw(values(operation.output_shape, MODELS[service].protocol))
        assert read_back(operation, result) == result

    if operations:
        check()


# every operation of the models, with every member ------------------------------------------------------------------


def fullest(shape: Shape, depth: int = 0) -> Any:
    if shape.type_name == "structure":
        members = list(shape.members.items()) if depth < DEEPEST else []
        members = members[:1] if getattr(shape, "is_tagged_union", False) else members
        return {name: fullest(member, depth + 1) for name, member in members}
    if shape.type_name == "list":
        return [fullest(shape.member, depth + 1), fullest(shape.member, depth + 1)] if depth < DEEPEST else []
    if shape.type_name == "map":
        return {"key": fullest(shape.value, depth + 1), "<other>": fullest(shape.value, depth + 1)}
    return {
        "string": f"<a> & 'é' \"{shape.name}\"",
        "boolean": False,
        "integer": -7,
        "long": 2**40,
        "float": 1.5,
        "double": 1e-9,
        "timestamp": 1_790_000_000.0,
        "blob": b"\x00\xff",
    }[shape.type_name]


@pytest.mark.parametrize("service", sorted(MODELS))
def test_every_operation_with_every_member(service: str) -> None:
    for operation in with_output(service, MODELS[service].operation_names):
        result = fullest(operation.output_shape)
        assert read_back(operation, result) == result, operation.name


@pytest.mark.parametrize("service", sorted(MODELS))
def test_every_operation_with_nothing_to_say(service: str) -> None:
    for name in MODELS[service].operation_names:
        operation = MODELS[service].operation_model(name)
        if not operation.has_event_stream_output:
            assert read_back(operation, {}) == {}, name


@pytest.mark.parametrize("service", ["ec2", "mq"])
def test_milliseconds_survive(service: str) -> None:
    name, path = {"ec2": ("DescribeVpcEndpoints", "CreationTimestamp"), "mq": ("DescribeBroker", "Created")}[service]
    result: dict[str, Any] = {path: 1_790_000_000.125}
    if service == "ec2":
        result = {"VpcEndpoints": [result]}
    assert read_back(MODELS[service].operation_model(name), result) == result


def test_none_is_left_out() -> None:
    operation = MODELS["mq"].operation_model("DescribeBroker")
    assert read_back(operation, {"BrokerId": "b", "BrokerName": None}) == {"BrokerId": "b"}
    operation = MODELS["ec2"].operation_model("DescribeVpcs")
    assert read_back(operation, {"Vpcs": [], "NextToken": None}) == {"Vpcs": []}


def test_a_member_that_the_model_lacks_is_our_mistake() -> None:
    for service, name in (("mq", "DescribeBroker"), ("ec2", "DescribeVpcs"), ("iam", "GetRole"), ("logs", "DescribeLogGroups")):
        with pytest.raises(KeyError):
            writer(service, name)({"Nonsense": 1}, REQUEST_ID)


def test_what_xml_cannot_say_is_replaced() -> None:
    operation = MODELS["ec2"].operation_model("DescribeVpcs")
    read = read_back(operation, {"Vpcs": [{"VpcId": "a\x00b\x1fc\ud800\uffff"}]})
    assert read == {"Vpcs": [{"VpcId": "a\ufffdb\ufffdc\ufffd\ufffd"}]}


# errors ------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    service=st.sampled_from(sorted(MODELS)),
    message=XML_TEXT.filter(bool),
    status=st.sampled_from([None, 400, 403, 404, 500, 503]),
)
def test_errors_carry_code_and_message(service: str, message: str, status: int | None) -> None:
    reply = error_reply(service, AwsError("SomeFault", message, status=status), REQUEST_ID)
    answer = parsed(service, reply, None)
    assert answer["Error"]["Code"] == "SomeFault"
    assert answer["Error"]["Message"] == message
    assert answer["ResponseMetadata"]["RequestId"] == REQUEST_ID
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == (status or 400)


@pytest.mark.parametrize(("status", "kind"), [(400, "Sender"), (503, "Receiver")])
def test_query_errors_say_whose_fault_it_is(status: int, kind: str) -> None:
    reply = error_reply("iam", AwsError("Fault", "m", status=status), REQUEST_ID)
    assert parsed("iam", reply, None)["Error"]["Type"] == kind


@pytest.mark.parametrize("service", sorted(MODELS))
def test_modelled_errors_have_their_status_and_their_fields(service: str) -> None:
    for shape in MODELS[service].error_shapes:
        code = shape.error_code
        reply = error_reply(service, AwsError(code, "why"), REQUEST_ID)
        answer = parsed(service, reply, None)
        assert (answer["Error"]["Code"], answer["Error"]["Message"]) == (code, "why")
        wanted = _status(service, shape)
        assert reply.status == wanted, code


def _status(service: str, shape: Shape) -> int:
    """As the model has it; 500 for a fault of the service's own, else 400."""
    raw = model(service).shape(shape.name)
    return int(raw.get("error", {}).get("httpStatusCode") or (500 if raw.get("fault") else 400))


def test_fields_of_an_amazon_mq_error() -> None:
    error = AwsError("NotFoundException", "Can't find it.", ErrorAttribute="broker-id")
    reply = error_reply("mq", error, REQUEST_ID)
    shape = MODELS["mq"].shape_for_error_code("NotFoundException")
    answer = parsed("mq", reply, shape)
    assert (answer["ErrorAttribute"], answer["Message"]) == ("broker-id", "Can't find it.")
    assert reply.status == 404


def test_a_denial_before_amazon_mq_is_api_gateways() -> None:
    denied = error_reply("mq", AwsError("AccessDeniedException", "User: x is not authorized", status=403), REQUEST_ID)
    assert denied.body == b'{"Message":"User: x is not authorized"}'
    unsigned = error_reply(
        "mq", AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", status=403), "id"
    )
    assert unsigned.body == b'{"message":"Missing Authentication Token"}'
