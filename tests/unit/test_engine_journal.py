from __future__ import annotations

import pytest

from emulator import AwsError, Call, Clock, new_world
from emulator.engine import identity
from emulator.engine.journal import Journal, redact
from emulator.policy.decide import decide
from emulator.values.call import Need


def call(**params: object) -> Call:
    return Call(
        service="ec2",
        operation="DescribeVpcs",
        params=params,
        principal=identity.root("111122223333"),
        region="us-east-1",
        partition="aws",
    )


@pytest.fixture
def journal() -> Journal:
    return Journal(Clock(frozen_at=0.0), capacity=3)


def test_a_call_is_one_entry_with_its_cause(journal: Journal) -> None:
    with journal.recording(call()) as outer, journal.recording(call()) as inner:
        assert journal.current == inner.id
    assert (outer.parent, inner.parent, journal.current) == (None, outer.id, None)
    assert inner.to_json()["title"] == "ec2:DescribeVpcs"


def test_an_entry_is_found_by_its_id_and_knows_the_machines_time(journal: Journal) -> None:
    entry = journal.write("state", "RUNNING")
    assert journal.get(entry.id) is entry
    assert journal.get(entry.id + 1) is None
    assert (entry.at, entry.wall > 1_700_000_000) == (0.0, True)
    assert "wall" not in entry.to_json()


def test_a_denied_call_and_a_failed_one_are_told_apart(journal: Journal) -> None:
    decision = decide(Need("ec2:DescribeVpcs", "*"), identity.service("x.amazonaws.com", "1" * 12), {}, [])
    with pytest.raises(AwsError), journal.recording(call()) as denied:
        journal.decided(decision)
        raise AwsError("UnauthorizedOperation", "no")
    with pytest.raises(AwsError), journal.recording(call()) as failed:
        raise AwsError("InvalidVpcID.NotFound", "no")
    with pytest.raises(ZeroDivisionError), journal.recording(call()) as broken:
        _ = 1 / 0
    assert (denied.outcome, failed.outcome, broken.outcome) == ("denied", "error", "error")
    assert broken.error == {"code": "InternalFailure", "message": "ZeroDivisionError"}
    assert [entry.id for entry in journal.select(decision="implicitDeny")] == [denied.id]


def test_a_decision_and_a_subject_outside_any_call_are_dropped(journal: Journal) -> None:
    journal.decided(decide(Need("ec2:DescribeVpcs", "*"), identity.root("1" * 12), {}, []))
    journal.about("b-1")
    assert journal.select() == []


def test_the_subject_takes_in_all_that_it_caused(journal: Journal) -> None:
    with journal.recording(call()) as outer:
        with journal.recording(call()) as before:
            pass
        journal.about("b-1")
        after = journal.write("state", "RUNNING")
    assert journal.select(subject="b-1") == [outer, before, after]
    journal.write("control", "clock")
    assert journal.select(subject="b-1") == [before, after]


def test_the_oldest_entries_make_room_and_are_counted(journal: Journal) -> None:
    for number in range(5):
        journal.write("control", f"note {number}")
    assert [entry.title for entry in journal.select()] == ["note 2", "note 3", "note 4"]
    assert journal.dropped == 2
    with journal.under(1):
        assert journal.current is None
    journal.clear()
    assert (journal.select(), journal.dropped) == ([], 0)


def test_select_by_principal_account_and_place(journal: Journal) -> None:
    with journal.recording(call()) as entry:
        pass
    assert journal.select(principal=":root", account="111122223333") == [entry]
    assert journal.select(principal="nobody") == journal.select(account="2" * 12) == journal.select(after=entry.id) == []


def test_secrets_and_bulk_do_not_get_in() -> None:
    kept = redact(
        {
            "Users": [{"Username": "orders", "Password": "hunter2hunter2"}],
            "Document": "x" * 5000,
            "Events": list(range(50)),
            "Blob": b"1234",
            "SecretAccessKey": None,
            "LdapServerMetadata": {"ServiceAccountPassword": "hunter2hunter2"},
        }
    )
    assert kept["Users"] == [{"Username": "orders", "Password": "***"}]
    assert kept["LdapServerMetadata"] == {"ServiceAccountPassword": "***"}
    assert len(kept["Document"]) == 2049
    assert kept["Events"][-1] == "… 30 more"
    assert (kept["Blob"], kept["SecretAccessKey"]) == ("4 bytes", None)


def test_who_wants_to_know_is_told_of_each_call_as_it_ends(journal: Journal) -> None:
    told: list[tuple[int, str]] = []
    journal.listeners.append(lambda entry: told.append((entry.id, entry.outcome)))
    with pytest.raises(AwsError), journal.recording(call()) as outer:
        with journal.recording(call()) as inner:
            assert told == []
        raise AwsError("InvalidVpcID.NotFound", "no")
    assert told == [(inner.id, "ok"), (outer.id, "error")]
    assert journal.kept == 2


def test_an_entry_tells_who_called_and_what_a_change_answered() -> None:
    world = new_world(clock=Clock(frozen_at=0.0), seed="x")
    root = identity.root("111122223333")
    world.ask(root, "iam", "CreateUser", "us-east-1", {"UserName": "ann"})
    world.ask(root, "iam", "CreateAccessKey", "us-east-1", {"UserName": "ann"})
    world.ask(root, "iam", "GetUser", "us-east-1", {"UserName": "ann"})
    made, key, read = world.journal.select()
    assert made.who == root
    assert made.result is not None
    assert made.result["User"]["UserName"] == "ann"
    assert key.result is not None
    assert key.result["AccessKey"]["SecretAccessKey"] == "***"
    assert read.result is None
