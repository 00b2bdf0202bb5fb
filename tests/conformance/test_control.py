"""What is under /_emulator/, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from emulator.config import Config
from emulator.server import Server
from tests.conformance.conftest import Clients, Control
from tests.conformance.wire import Keys

ROLE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
PASSWORD = "correct-horse-battery"


@pytest.fixture
def server() -> Iterator[Server]:
    """An emulator of the test's own at AWS's pace: these tests move its clock and empty it."""
    with Server(Config(port=0, pace="real")) as served:
        yield served


@pytest.fixture
def journal(control: Control) -> Callable[..., list[dict[str, Any]]]:
    def entries(**chosen: Any) -> list[dict[str, Any]]:
        answer = control("GET", "journal", params=chosen)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["entries"])

    return entries


Journal = Callable[..., list[dict[str, Any]]]


def create_broker(mq: Any, name: str = "orders") -> str:
    made = mq.create_broker(
        BrokerName=name,
        DeploymentMode="SINGLE_INSTANCE",
        EngineType="RABBITMQ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        Users=[{"Username": "orders", "Password": PASSWORD}],
    )
    return str(made["BrokerId"])


def refusal(answer: requests.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()) == ["error"]
    return answer.status_code, answer.json()["error"]


# Health and reset --------------------------------------------------------------------------------------------------


def test_health(control: Control) -> None:
    answer = control("GET", "health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "version": version("mq-emulator"),
        "services": ["cloudtrail", "ec2", "iam", "logs", "mq", "sts"],
        "pace": "real",
        "bounds": {
            "journalEntries": {"kept": 0, "most": 20_000, "dropped": 0},
            "logBytes": {"kept": 0, "most": 268_435_456, "droppedEvents": 0},
        },
    }


def test_reset_empties_every_account(control: Control, client: Clients, journal: Journal) -> None:
    iam, logs, mq = client("iam"), client("logs"), client("mq")
    iam.create_user(UserName="a")
    client("iam", keys=Keys("999988887777")).create_user(UserName="b")
    logs.create_log_group(logGroupName="g")
    create_broker(mq)

    answer = control("POST", "reset")
    assert (answer.status_code, answer.json()) == (200, {})

    assert journal() == []
    assert iam.list_users()["Users"] == []
    assert iam.list_roles()["Roles"] == []
    assert client("iam", keys=Keys("999988887777")).list_users()["Users"] == []
    assert logs.describe_log_groups()["logGroups"] == []
    assert mq.list_brokers()["BrokerSummaries"] == []
    assert control("GET", "clock").json()["nextTimer"] is None


def test_a_reset_account_has_its_default_network_again(control: Control, client: Clients) -> None:
    ec2 = client("ec2")
    before = ec2.describe_vpcs()["Vpcs"]
    control("POST", "reset")
    after = ec2.describe_vpcs()["Vpcs"]
    assert [vpc["IsDefault"] for vpc in after] == [True]
    assert before[0]["VpcId"] != after[0]["VpcId"]


# Clock -------------------------------------------------------------------------------------------------------------


def test_the_clock_shows_time_and_what_comes_next(control: Control, client: Clients) -> None:
    state = control("GET", "clock").json()
    assert list(state) == ["now", "frozen", "pace", "nextTimer"]
    assert (state["frozen"], state["pace"], state["nextTimer"]) == (False, "real", None)
    create_broker(client("mq"))
    state = control("GET", "clock").json()
    assert state["nextTimer"] > state["now"]


def test_advancing_makes_what_is_due_happen(control: Control, client: Clients) -> None:
    mq = client("mq")
    broker = create_broker(mq)
    assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "CREATION_IN_PROGRESS"
    answer = control("POST", "clock", json={"advance": 3600})
    assert answer.status_code == 200
    assert answer.json()["fired"] > 3
    assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"


def test_a_frozen_clock_moves_only_when_told(control: Control) -> None:
    frozen = control("POST", "clock", json={"freeze": True}).json()
    assert frozen["frozen"] is True
    assert control("GET", "clock").json()["now"] == frozen["now"]
    moved = control("POST", "clock", json={"advance": 0.5}).json()
    assert moved["now"] > frozen["now"]
    assert control("GET", "clock").json()["now"] == moved["now"]
    assert control("POST", "clock", json={"freeze": False}).json()["frozen"] is False


def test_another_pace(control: Control, client: Clients) -> None:
    assert control("POST", "clock", json={"pace": "instant"}).json()["pace"] == "instant"
    assert control("GET", "health").json()["pace"] == "instant"
    mq = client("mq")
    broker = create_broker(mq)
    assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"


def test_changes_of_the_clock_are_in_the_journal(control: Control, journal: Journal) -> None:
    control("POST", "clock", json={"advance": 60, "pace": "fast"})
    control("POST", "clock", json={})
    assert [(entry["kind"], entry["title"], entry["params"]) for entry in journal()] == [
        ("control", "clock", {"advance": 60.0, "pace": "fast"}),
        ("control", "clock", {}),
    ]


# Journal -----------------------------------------------------------------------------------------------------------


def test_the_journal_tells_who_did_what_and_by_which_right(client: Clients, account: str, journal: Journal) -> None:
    client("iam").create_user(UserName="a")
    (entry,) = journal()
    (decision,) = entry.pop("decisions")
    assert decision["decision"] == "allowed"
    assert (decision["action"], decision["resource"]) == ("iam:CreateUser", f"arn:aws:iam::{account}:user/a")
    assert entry.pop("at").endswith("Z")
    assert len(entry.pop("requestId")) == 36
    assert entry == {
        "id": 1,
        "kind": "call",
        "title": "iam:CreateUser",
        "parent": None,
        "subject": None,
        "account": account,
        "region": "us-east-1",
        "principal": f"arn:aws:iam::{account}:root",
        "via": None,
        "params": {"UserName": "a"},
        "outcome": "ok",
        "error": None,
    }


def test_the_journal_has_the_request_id_of_the_answer(client: Clients, journal: Journal) -> None:
    answers = [
        client("iam").list_users(),
        client("ec2").describe_vpcs(),
        client("logs").describe_log_groups(),
        client("mq").list_brokers(),
    ]
    with pytest.raises(ClientError) as refused:
        client("mq").describe_broker(BrokerId="b-1")
    answers.append(refused.value.response)
    assert [entry["requestId"] for entry in journal()] == [answer["ResponseMetadata"]["RequestId"] for answer in answers]


def test_the_journal_of_a_broker(control: Control, client: Clients, journal: Journal) -> None:
    mq = client("mq")
    first, second = create_broker(mq, "first"), create_broker(mq, "second")
    control("POST", "clock", json={"advance": 3600})
    entries = journal(broker=first)
    assert entries[0]["title"] == "mq:CreateBroker"
    assert {entry["subject"] for entry in entries} == {first}
    assert {"step", "state", "call"} <= {entry["kind"] for entry in entries}
    assert second not in json.dumps(entries)
    by_role = journal(broker=first, principal="AWSServiceRoleForAmazonMQ")
    assert "ec2:CreateVpcEndpoint" in {entry["title"] for entry in by_role}
    assert all("AWSServiceRoleForAmazonMQ" in entry["principal"] for entry in by_role)


def test_the_journal_of_denials(client: Clients, journal: Journal) -> None:
    iam = client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    with pytest.raises(ClientError):
        client("mq", keys=Keys(key["AccessKeyId"], key["SecretAccessKey"])).list_brokers()
    (entry,) = journal(decision="implicitDeny")
    assert (entry["title"], entry["outcome"]) == ("mq:ListBrokers", "denied")
    assert entry["error"]["code"] == "AccessDeniedException"
    assert journal(decision="explicitDeny") == []
    assert len(journal(decision="allowed")) == 2


def test_the_journal_of_an_account_and_from_a_place_on(client: Clients, account: str, journal: Journal) -> None:
    other = client("iam", keys=Keys("999988887777"))
    for name in ("a", "b", "c"):
        client("iam").create_user(UserName=name)
        other.create_user(UserName=name)
    assert [entry["account"] for entry in journal(account="999988887777")] == ["999988887777"] * 3
    assert [entry["id"] for entry in journal(after=4)] == [5, 6]
    assert [entry["id"] for entry in journal(after=1, limit=2)] == [2, 3]
    assert [entry["id"] for entry in journal(account=account, limit=1)] == [1]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"color": "red"}, "color: Extra inputs are not permitted"),
        ({"limit": "many"}, "limit: Input should be a valid integer, unable to parse string as an integer"),
        ({"limit": "0"}, "limit: Input should be greater than or equal to 1"),
        ({"after": "-1"}, "after: Input should be greater than or equal to 0"),
        ({"decision": "denied"}, "decision: Input should be 'allowed', 'implicitDeny' or 'explicitDeny'"),
    ],
)
def test_a_bad_question_to_the_journal(query: dict[str, str], error: str, control: Control) -> None:
    assert refusal(control("GET", "journal", params=query)) == (400, error)


def test_no_secret_is_in_the_journal(control: Control, client: Clients, account: str) -> None:
    iam = client("iam")
    iam.create_user(UserName="a")
    key = iam.create_access_key(UserName="a")["AccessKey"]
    create_broker(client("mq"))
    control("POST", "clock", json={"advance": 3600})
    session = control("POST", "service-session", json={"account": account}).json()
    text = control("GET", "journal").text
    assert "mq:CreateBroker" in text
    assert '"Password":"***"' in text.replace(" ", "")
    for secret in (PASSWORD, key["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"]):
        assert secret not in text


# Managed policies --------------------------------------------------------------------------------------------------


def test_a_managed_policy_is_edited_and_restored(control: Control, client: Clients, account: str, journal: Journal) -> None:
    own, other = client("iam"), client("iam", keys=Keys("999988887777"))

    def document(iam: Any = own) -> Any:
        policy = iam.get_policy(PolicyArn=ROLE_POLICY)["Policy"]
        return iam.get_policy_version(PolicyArn=ROLE_POLICY, VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]

    awss_own = document()
    mine = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}
    edit = {"account": account, "arn": ROLE_POLICY, "document": mine}
    assert control("PUT", "managed-policy", json=edit).status_code == 200
    assert document() == mine
    assert document(other) == awss_own

    for _ in range(2):
        assert control("PUT", "managed-policy", json=edit | {"document": None}).status_code == 200
        assert document() == awss_own
    edits = [entry for entry in journal() if entry["kind"] == "control"]
    assert [entry["title"] for entry in edits] == [f"edit policy {ROLE_POLICY}"] * 3
    assert json.loads(edits[0]["params"]["document"]) == mine


def test_an_edited_policy_decides(control: Control, client: Clients, account: str, journal: Journal) -> None:
    nothing = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}
    control("PUT", "managed-policy", json={"account": account, "arn": ROLE_POLICY, "document": nothing})
    mq = client("mq")
    broker = create_broker(mq)
    control("POST", "clock", json={"advance": 7200})
    assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "CREATION_FAILED"
    assert "ec2:CreateVpcEndpoint" in {entry["title"] for entry in journal(broker=broker, decision="implicitDeny")}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"arn": "arn:aws:iam::aws:policy/None"}, "NoSuchEntity: Policy arn:aws:iam::aws:policy/None was not found."),
        ({"account": "1"}, "account: String should match pattern '^\\d{12}$'"),
        ({"document": {"Version": "2012-10-17"}}, None),
        ({"document": {"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps", "Action": "*", "Resource": "*"}]}}, None),
        ({"document": "text"}, "document: Input should be an object"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_a_bad_edit(changes: dict[str, Any], error: str | None, control: Control, account: str, journal: Journal) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    edit = {"account": account, "arn": ROLE_POLICY, "document": document, **changes}
    status, text = refusal(control("PUT", "managed-policy", json=edit))
    assert status == 400
    assert error in {None, text}
    assert text.count("\n") == 0


# Organizations -----------------------------------------------------------------------------------------------------

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NO_BROKERS = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "mq:CreateBroker", "Resource": "*"}]}


def test_an_account_in_an_organization(control: Control, client: Clients, account: str, journal: Journal) -> None:
    """A service control policy binds the account's root user too."""
    levels = [{"FullAWSAccess": EVERYTHING}, {"FullAWSAccess": EVERYTHING, "NoBrokers": NO_BROKERS}]
    answer = control("PUT", "organization", json={"account": account, "service_control_policies": levels})
    assert (answer.status_code, answer.json()) == (200, {})
    mq = client("mq")
    mq.list_brokers()
    with pytest.raises(ClientError) as refused:
        create_broker(mq)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    message = refused.value.response["Error"]["Message"]
    assert message.endswith("with an explicit deny in a service control policy")
    create_broker(client("mq", keys=Keys("999988887777")))
    (entry,) = (entry for entry in journal() if entry["kind"] == "control")
    assert (entry["title"], entry["account"]) == ("organization", account)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"account": "1"}, "account: String should match pattern '^\\d{12}$'"),
        (
            {"service_control_policies": [{}]},
            "service_control_policies: Value error, each level must have at least one service control policy",
        ),
        ({"service_control_policies": {}}, "service_control_policies: Input should be a valid array"),
        ({"service_control_policies": [{"A": {"Version": "2012-10-17"}}]}, None),
        ({"resource_control_policies": {"A": {"Version": "2012-10-17"}}}, None),
        ({"management": "yes"}, "management: Input should be a valid boolean"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_a_bad_organization(changes: dict[str, Any], error: str | None, control: Control, account: str, journal: Journal) -> None:
    status, text = refusal(control("PUT", "organization", json={"account": account, **changes}))
    assert status == 400
    assert error in {None, text}
    assert journal() == []


# Denials that do not bind ------------------------------------------------------------------------------------------


def test_soft_mode_lets_through_and_says_so(client: Clients, account: str) -> None:
    with Server(Config(port=0, iam="soft")) as soft:
        iam = client("iam", endpoint_url=soft.url)
        iam.create_user(UserName="nobody")
        key = iam.create_access_key(UserName="nobody")["AccessKey"]
        nobody = client("mq", keys=Keys(key["AccessKeyId"], key["SecretAccessKey"]), endpoint_url=soft.url)
        headers = nobody.list_brokers()["ResponseMetadata"]["HTTPHeaders"]
        assert headers["x-mq-emulator-would-be-denied"] == "mq:ListBrokers"
        root = client("mq", endpoint_url=soft.url).list_brokers()
        assert "x-mq-emulator-would-be-denied" not in root["ResponseMetadata"]["HTTPHeaders"]


# Credentials of the service-linked role ----------------------------------------------------------------------------


def test_a_service_session_is_the_role(control: Control, client: Clients, account: str, journal: Journal) -> None:
    create_broker(client("mq"))
    given = control("POST", "service-session", json={"account": account, "region": "us-east-1"}).json()
    assert sorted(given) == ["AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken"]
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    who = client("sts", keys=keys).get_caller_identity()["Arn"]
    assert who == f"arn:aws:sts::{account}:assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ"
    assert client("ec2", keys=keys).describe_vpc_endpoints()["VpcEndpoints"] == []
    with pytest.raises(ClientError) as refused:
        client("ec2", keys=keys).describe_vpcs()
    assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"
    assert "credentials of AWSServiceRoleForAmazonMQ" in {entry["title"] for entry in journal(account=account)}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "account: Field required"),
        ({"account": 111122223333}, "account: Input should be a valid string"),
        ({"account": "111122223333"}, None),
        ({"account": "111122223333", "service": "ec2.amazonaws.com"}, "no service-linked role of ec2.amazonaws.com"),
        ({"account": "111122223333", "region": "mars-1"}, "region: Value error, AWS has no such Region"),
    ],
)
def test_no_service_session(body: dict[str, Any], error: str | None, control: Control) -> None:
    """The third is well-formed, but its account has no such role yet: AWS's own AccessDenied is passed on."""
    status, text = refusal(control("POST", "service-session", json=body))
    assert status == 400
    assert text == error if error else text.startswith("AccessDenied: ")


# Events inside a broker --------------------------------------------------------------------------------------------


def test_an_event_inside_a_broker(control: Control, client: Clients, account: str, journal: Journal) -> None:
    mq = client("mq")
    broker = create_broker(mq)
    control("POST", "clock", json={"advance": 600})
    asked = {"account": account, "broker": broker, "event": "memory alarm"}
    assert control("POST", "broker-event", json=asked).json() == {}
    shown = mq.describe_broker(BrokerId=broker)
    assert [row["ActionRequiredCode"] for row in shown["ActionsRequired"]] == ["RABBITMQ_MEMORY_ALARM"]
    with pytest.raises(ClientError, match="RABBITMQ_MEMORY_ALARM"):
        mq.reboot_broker(BrokerId=broker)
    told = [entry for entry in journal(broker=broker) if entry["kind"] == "control"]
    assert [entry["title"] for entry in told] == ["memory alarm"]
    control("POST", "broker-event", json={**asked, "event": "memory alarm cleared"})
    assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"event": "earthquake"}, "there is no event 'earthquake': memory alarm, memory alarm cleared, disk alarm"),
        ({"event": "disk alarm"}, "NotFoundException: Cannot find broker ID [b-1]"),
        ({"region": "mars-1"}, "region: Value error, AWS has no such Region"),
        ({"event": None}, "event: Input should be a valid string"),
    ],
)
def test_no_such_event(changes: dict[str, Any], error: str, control: Control, account: str, journal: Journal) -> None:
    status, text = refusal(
        control("POST", "broker-event", json={"account": account, "broker": "b-1", "event": "disk alarm"} | changes)
    )
    assert status == 400
    assert text.startswith(error)
    assert journal() == []


# What none of the routes takes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"advance": -1}, "advance: Input should be greater than or equal to 0"),
        ({"advance": 1e9}, "advance: Input should be less than or equal to 34560000"),
        ({"advance": "60"}, "advance: Input should be a valid number"),
        ({"freeze": 1}, "freeze: Input should be a valid boolean"),
        ({"pace": "slow"}, "pace: Input should be 'real', 'fast' or 'instant'"),
        ({"speed": 2}, "speed: Extra inputs are not permitted"),
        ([], "body: Input should be an object"),
        (None, "body: Input should be an object"),
    ],
)
def test_a_bad_change_of_the_clock(body: Any, error: str, control: Control, journal: Journal) -> None:
    sent = {"data": json.dumps(body), "headers": {"Content-Type": "application/json"}}
    assert refusal(control("POST", "clock", **sent)) == (400, error)
    assert journal() == []


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b'{"advance": NaN}', b'{"advance": Infinity}', b"[" * 100_000])
def test_a_body_that_is_no_json(text: bytes, control: Control) -> None:
    status, _ = refusal(control("POST", "clock", data=text, headers={"Content-Type": "application/json"}))
    assert status == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
@pytest.mark.parametrize(("method", "path"), [("POST", "clock"), ("PUT", "managed-policy"), ("POST", "service-session")])
def test_a_body_that_a_web_page_could_send(kind: str, method: str, path: str, control: Control) -> None:
    answer = control(method, path, data=b'{"advance": 1}', headers={"Content-Type": kind})
    assert refusal(answer) == (400, "the Content-Type must be application/json")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "nothing"),
        ("GET", "journal/x"),
        ("GET", "reset"),
        ("POST", "health"),
        ("PUT", "clock"),
        ("DELETE", "journal"),
        ("POST", "nothing"),
    ],
)
def test_what_there_is_not(method: str, path: str, control: Control) -> None:
    assert refusal(control(method, path)) == (404, f"there is no {method} /_emulator/{path}")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "rebound.example.com"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "journal"), ("POST", "reset"), ("POST", "clock"), ("POST", "service-session")]
)
def test_pages_of_another_origin_are_refused(
    headers: dict[str, str], method: str, path: str, control: Control, client: Clients, account: str
) -> None:
    client("iam").create_user(UserName="a")
    answer = control(method, path, json={"account": account} if path == "service-session" else None, headers=headers)
    assert answer.status_code == 403
    assert len(client("iam").list_users()["Users"]) == 1
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_metric_filters_are_counted(control: Any, client: Any, server: Any, account: str) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    change = {"metricName": "Errors", "metricNamespace": "Broker", "metricValue": "1"}
    logs.put_metric_filter(logGroupName="g", filterName="errors", filterPattern="ERROR", metricTransformations=[change])
    now = int(server.world.clock.now() * 1000)
    events = [{"timestamp": now, "message": text} for text in ("ERROR one", "fine", "ERROR two")]
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
    shown = control("GET", "metric-filters", params={"account": account})
    (row,) = shown.json()["metricFilters"]
    assert (row["logGroupName"], row["filterName"], row["matches"]) == ("g", "errors", 2)
    assert control("GET", "metric-filters").status_code == 400
