"""The users of ActiveMQ brokers: what is pending, what a boot makes of it, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.mq.broker_users import BrokerUser
from tests.conftest import Ask
from tests.services.mq_worlds import ACTIVEMQ, CREATION, PASSWORD, make_broker


@pytest.fixture
def broker(world: World, ask: Ask) -> str:
    return make_broker(world, ask)


def described(ask: Ask, broker: str, name: str) -> dict[str, Any]:
    return ask("mq:DescribeUser", BrokerId=broker, Username=name)


def changes(ask: Ask, broker: str) -> dict[str, str | None]:
    return {row["Username"]: row["PendingChange"] for row in ask("mq:ListUsers", BrokerId=broker)["Users"]}


def reboot(world: World, ask: Ask, broker: str) -> None:
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)


def test_a_users_life(world: World, ask: Ask, broker: str) -> None:
    asked = {"Username": "second", "Password": PASSWORD, "ConsoleAccess": True, "Groups": ["admins", "users"]}
    assert ask("mq:CreateUser", BrokerId=broker, **asked) == {}
    assert changes(ask, broker) == {"admin": None, "second": "CREATE"}
    assert described(ask, broker, "second") == {
        "BrokerId": broker,
        "Username": "second",
        "ConsoleAccess": False,
        "Groups": [],
        "ReplicationUser": False,
        "Pending": {"PendingChange": "CREATE", "ConsoleAccess": True, "Groups": ["admins", "users"]},
    }
    shown = ask("mq:DescribeBroker", BrokerId=broker)["Users"]
    assert shown == [{"Username": "admin", "PendingChange": None}, {"Username": "second", "PendingChange": "CREATE"}]

    reboot(world, ask, broker)
    assert described(ask, broker, "second") | {"Groups": ["admins", "users"], "ConsoleAccess": True, "Pending": None} == (
        described(ask, broker, "second")
    )
    assert ask("mq:UpdateUser", BrokerId=broker, Username="second", Groups=["users"]) == {}
    assert described(ask, broker, "second")["Pending"] == {"PendingChange": "UPDATE", "ConsoleAccess": True, "Groups": ["users"]}
    assert described(ask, broker, "second")["Groups"] == ["admins", "users"]
    ask("mq:UpdateUser", BrokerId=broker, Username="second", ConsoleAccess=False, Password="another-good-password")
    reboot(world, ask, broker)
    user = described(ask, broker, "second")
    assert (user["Groups"], user["ConsoleAccess"], user["Pending"]) == (["users"], False, None)

    assert ask("mq:DeleteUser", BrokerId=broker, Username="second") == {}
    assert described(ask, broker, "second")["Pending"] == {"PendingChange": "DELETE"}
    with pytest.raises(AwsError, match=r"ConflictException: User \[second\] is pending deletion"):
        ask("mq:UpdateUser", BrokerId=broker, Username="second", ConsoleAccess=True)
    reboot(world, ask, broker)
    assert changes(ask, broker) == {"admin": None}


def test_passwords_are_kept_nowhere(world: World, ask: Ask, broker: str) -> None:
    ask("mq:CreateUser", BrokerId=broker, Username="second", Password="a-secret-of-the-second")
    ask("mq:UpdateUser", BrokerId=broker, Username="second", Password="a-secret-of-the-second")
    assert "a-secret-of" not in str(list(world.store.find(BrokerUser)))
    assert "a-secret-of" not in str([entry.to_json() for entry in world.journal.select()])


def test_a_user_that_never_came_to_be_goes_at_once(ask: Ask, broker: str) -> None:
    ask("mq:CreateUser", BrokerId=broker, Username="second", Password=PASSWORD)
    ask("mq:UpdateUser", BrokerId=broker, Username="second", ConsoleAccess=True)
    assert described(ask, broker, "second")["Pending"]["PendingChange"] == "CREATE"
    ask("mq:DeleteUser", BrokerId=broker, Username="second")
    assert changes(ask, broker) == {"admin": None}


def test_changes_during_creation_are_made_by_the_first_boot(world: World, ask: Ask) -> None:
    broker = ask("mq:CreateBroker", **ACTIVEMQ)["BrokerId"]
    world.advance(10)
    ask("mq:CreateUser", BrokerId=broker, Username="second", Password=PASSWORD)
    ask("mq:CreateUser", BrokerId=broker, Username="third", Password=PASSWORD)
    ask("mq:DeleteUser", BrokerId=broker, Username="third")
    assert changes(ask, broker) == {"admin": "CREATE", "second": "CREATE"}
    world.advance(CREATION)
    assert changes(ask, broker) == {"admin": None, "second": None}


def test_replication_users(world: World, ask: Ask, broker: str) -> None:
    ask("mq:CreateUser", BrokerId=broker, Username="copy", Password=PASSWORD, ReplicationUser=True)
    assert described(ask, broker, "copy")["ReplicationUser"] is False
    reboot(world, ask, broker)
    assert described(ask, broker, "copy")["ReplicationUser"] is True
    for action, asked in (
        ("UpdateUser", {"Username": "copy", "ConsoleAccess": True}),
        ("CreateUser", {"Username": "other", "Password": PASSWORD, "ConsoleAccess": True, "ReplicationUser": True}),
    ):
        with pytest.raises(AwsError) as refused:
            ask(f"mq:{action}", BrokerId=broker, **asked)
        assert refused.value.message == (
            "Replication user couldn't have console access. "
            "[replicationUser] and [consoleAccess] are mutually exclusive parameters."
        )
        assert refused.value.fields == {}


REFUSED: list[Any] = [
    ("CreateUser", {"Username": "a"}, "BadRequestException", "The username must be 2-100 characters", "username"),
    ("CreateUser", {"Password": "short"}, "BadRequestException", "The password must be at least 12", "password"),
    ("CreateUser", {"Groups": ["g g"]}, "BadRequestException", "A group must be 2-100 characters", "groups"),
    ("CreateUser", {"Groups": ["gg"] * 21}, "BadRequestException", "at most 20 groups", "groups"),
    ("CreateUser", {"Username": "admin"}, "ConflictException", "User named [admin] already exists.", "username"),
    ("UpdateUser", {"Username": "admin", "Password": "short"}, "BadRequestException", "The password must", "password"),
    ("UpdateUser", {"Username": "admin", "Groups": ["g"]}, "BadRequestException", "A group must be", "groups"),
    ("UpdateUser", {}, "NotFoundException", "User [second] can't be found.", "username"),
    ("DescribeUser", {"Password": None}, "NotFoundException", "User [second] can't be found.", "username"),
    ("DeleteUser", {"Password": None}, "NotFoundException", "User [second] can't be found.", "username"),
]
"""Operation, changes to a good request, and how it is refused: code, a part of the text, errorAttribute."""


@pytest.mark.parametrize(("action", "asked", "code", "text", "attribute"), REFUSED)
def test_refused(ask: Ask, broker: str, action: str, asked: dict[str, Any], code: str, text: str, attribute: str) -> None:
    given = {"Username": "second", "Password": PASSWORD} | asked
    with pytest.raises(AwsError) as refused:
        ask(f"mq:{action}", BrokerId=broker, **{name: value for name, value in given.items() if value is not None})
    assert refused.value.code == code
    assert text in refused.value.message
    assert refused.value.fields == {"ErrorAttribute": attribute}


def test_a_broker_has_room_for_so_many(ask: Ask, broker: str) -> None:
    for number in range(249):
        ask("mq:CreateUser", BrokerId=broker, Username=f"user{number}", Password=PASSWORD)
    with pytest.raises(AwsError, match="at most 250 users"):
        ask("mq:CreateUser", BrokerId=broker, Username="one-more", Password=PASSWORD)


def test_listing_goes_page_by_page(ask: Ask, broker: str) -> None:
    for number in range(6):
        ask("mq:CreateUser", BrokerId=broker, Username=f"user{number}", Password=PASSWORD)
    first = ask("mq:ListUsers", BrokerId=broker, MaxResults=5)
    rest = ask("mq:ListUsers", BrokerId=broker, MaxResults=5, NextToken=first["NextToken"])
    assert (first["BrokerId"], first["MaxResults"], rest["NextToken"]) == (broker, 5, None)
    assert [row["Username"] for row in first["Users"] + rest["Users"]] == ["admin", *(f"user{number}" for number in range(6))]
    assert ask("mq:ListUsers", BrokerId=broker)["MaxResults"] == 20


def test_a_broker_that_goes_takes_its_users(world: World, ask: Ask, broker: str) -> None:
    ask("mq:DeleteBroker", BrokerId=broker)
    with pytest.raises(AwsError, match=r"can't be changed while it is in state \[DELETION_IN_PROGRESS\]"):
        ask("mq:CreateUser", BrokerId=broker, Username="second", Password=PASSWORD)
    assert list(world.store.find(BrokerUser)) == []
