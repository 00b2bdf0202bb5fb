"""Service models without botocore's code."""

from __future__ import annotations

import botocore.session
import pytest

from emulator.shapes import model as module
from emulator.shapes.model import SERVICES, Model, data_file, model


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_model_is_botocores(service: str) -> None:
    theirs = botocore.session.get_session().get_service_model(service)
    ours = Model(service, set(theirs.operation_names))
    assert (ours.protocol, ours.api_version) == (theirs.protocol, theirs.api_version)
    assert sorted(ours.operations) == sorted(theirs.operation_names)
    for name, operation in ours.operations.items():
        wanted = theirs.operation_model(name)
        assert operation.method == wanted.http["method"]
        assert operation.status == wanted.http.get("responseCode", 200)
        assert set(operation.input["members"]) == set(wanted.input_shape.members if wanted.input_shape else {})
        assert (operation.output is None) == (wanted.output_shape is None)
    assert set(ours.errors) >= {shape.error_code for shape in theirs.error_shapes}


def test_what_was_not_expected_is_read_when_it_is_asked_for() -> None:
    few, all_of_it = Model("mq", {"CreateUser"}), Model("mq", set(model("mq").operations))
    for name in ("CreateUser", "CreateBroker"):
        assert few.operations[name].raw == all_of_it.operations[name].raw
        assert few.operations[name].input == all_of_it.operations[name].input
    assert few.shape("BrokerSummary") == all_of_it.shape("BrokerSummary")
    assert few.errors == all_of_it.errors


def test_no_documentation_is_kept() -> None:
    of = model("mq")
    shape = of.operations["CreateBroker"].input
    assert "documentation" not in {*shape, *shape["members"]["BrokerName"]}


def test_a_path_matches_as_it_was_sent() -> None:
    operation = model("mq").operations["DescribeUser"]
    match = operation.uri.fullmatch("/v1/brokers/b-1/users/a%2Fb")
    assert match is not None
    assert dict(zip(operation.uri_names, match.groups(), strict=True)) == {"broker-id": "b-1", "username": "a%2Fb"}
    assert operation.uri.fullmatch("/v1/brokers/b-1/users/a/b") is None
    assert operation.uri.fullmatch("/v1/brokers/b-1/users/") is None
    assert operation.uri.fullmatch("/v1/brokers/b-1/users/a/") is not None


def test_data_files_may_be_packed_or_not() -> None:
    assert data_file("endpoints.json").startswith(b"{")
    assert data_file("ec2", "2016-11-15", "service-2.json").startswith(b"{")


def test_without_botocore_there_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    with pytest.raises(RuntimeError, match="botocore is not installed"):
        data_file("endpoints.json")
