from __future__ import annotations

from types import MappingProxyType

import pytest
from msgspec.structs import replace

from emulator import AwsError, Call, Clock, new_world
from emulator.engine import identity
from emulator.engine.journal import Journal
from emulator.engine.journal_query import Query
from emulator.engine.redaction import redact
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


def test_an_interruption_is_no_answer(journal: Journal) -> None:
    with pytest.raises(KeyboardInterrupt), journal.recording(call()) as entry:
        raise KeyboardInterrupt
    assert (entry.outcome, entry.error, journal.is_recording) == ("ok", None, False)


def test_secrets_and_bulk_do_not_get_in() -> None:
    kept = redact(
        {
            "Users": [{"Username": "orders", "Password": "hunter2hunter2"}],
            "Document": "x" * 5000,
            "Events": list(range(50)),
            "Blob": b"1234",
            "SecretAccessKey": None,
            "LdapServerMetadata": {"ServiceAccountPassword": "hunter2hunter2"},
            "Pair": ({"Password": "hunter2hunter2"}, 1),
            "Odd": frozenset({"hunter2hunter2"}),
            "Fixed": MappingProxyType({"Password": "hunter2hunter2"}),
            "Password": 1234,
        }
    )
    assert kept["Users"] == [{"Username": "orders", "Password": "***"}]
    assert kept["LdapServerMetadata"] == {"ServiceAccountPassword": "***"}
    assert len(kept["Document"]) == 2049
    assert kept["Events"][-1] == "… 30 more"
    assert (kept["Blob"], kept["SecretAccessKey"]) == ("4 bytes", None)
    assert (kept["Pair"], kept["Odd"]) == ([{"Password": "***"}, 1], "frozenset")
    assert (kept["Fixed"], kept["Password"]) == ({"Password": "***"}, "***")


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


def test_what_was_written_since_a_place(journal: Journal) -> None:
    journal.write("control", "one")
    place, found = journal.newer(journal.place(0), Query())
    assert [entry.title for entry in found] == ["one"]
    journal.write("control", "two")
    with journal.recording(call()):
        pass
    place, found = journal.newer(place, Query(kind="control"))
    assert [entry.title for entry in found] == ["two"]
    assert journal.newer(place, Query())[1] == []
    journal.clear()
    journal.write("control", "again")
    _, found = journal.newer(place, Query())
    assert [entry.title for entry in found] == ["again"], "after everything was forgotten ids begin anew"


def test_followers_are_told(journal: Journal) -> None:
    journal.write("control", "nobody hears")
    with journal.followers.joined() as news:
        assert (len(journal.followers), news.is_set()) == (1, False)
        journal.write("control", "somebody hears")
        assert news.is_set()
    assert len(journal.followers) == 0


def test_the_indexes_know_what_the_entries_are(journal: Journal) -> None:
    """Whatever made room, changed its subject or was taken out."""
    with journal.recording(replace(call(), request_id="r-1")) as outer:
        with journal.recording(replace(call(), request_id="r-2")):
            journal.about("b-1")
        journal.write("state", "RUNNING", account="1" * 12)
        journal.about("b-2")
    assert [entry.id for entry in journal.select(subject="b-2")] == [1, 2, 3]
    assert journal.select(subject="b-1") == []
    assert [entry.id for entry in journal.select(request="r-1")] == [1, 2, 3]
    journal.write("control", "four")
    assert outer not in journal.select(subject="b-2")
    assert journal.select(request="r-1") == []
    assert [entry.id for entry in journal.select(request="r-2")] == [2]
    journal.clear("1" * 12)
    assert [entry.id for entry in journal.select()] == [2, 4]
    assert [entry.id for entry in journal.select(subject="b-2")] == [2]
    for _ in range(4):
        journal.write("fault", "throttle", parent=4, request_id="r-3")
    assert [entry.id for entry in journal.select(request="r-3")] == [6, 7, 8]
    assert journal.select(request="r-2") == []


def test_text_is_found_wherever_it_is_shown(journal: Journal) -> None:
    decision = decide(Need("ec2:DescribeVpcs", "arn:aws:ec2:::vpc/x"), identity.root("1" * 12), {}, [])
    with pytest.raises(AwsError), journal.recording(call(VpcIds=["vpc-Ä"])) as entry:
        journal.decided(decision)
        raise AwsError("InvalidVpcID.NotFound", "there is none")
    for text in ("describevpcs", "VPC-Ä", "invalidvpcid", "is none", "vpc/x", ":root"):
        assert journal.select(text=text) == [entry], text
    assert journal.select(text="nowhere") == []
