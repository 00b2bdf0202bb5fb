"""Files that older versions wrote are brought to this one, and the world in them goes on."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from emulator import Call, World, new_world
from emulator.engine import identity
from emulator.engine.identity import AccessKey, User
from emulator.store.base import DataFileError
from emulator.store.migrations import MIGRATIONS, VERSION

FILES = Path(__file__).parents[1] / "cases" / "data_files"
"""``version-N.sqlite`` was written by the last mq-emulator of format N."""
ACCOUNT = "111122223333"


def opened(tmp_path: Path, version: int) -> World:
    path = Path(shutil.copy(FILES / f"version-{version}.sqlite", tmp_path))
    world = new_world(path)
    connection = sqlite3.connect(f"file:{FILES / path.name}?mode=ro&immutable=1", uri=True)
    assert connection.execute("PRAGMA user_version").fetchone() == (version,), "the stored file is what it was"
    connection.close()
    return world


def test_there_is_a_file_of_every_older_version() -> None:
    assert sorted(path.name for path in FILES.iterdir()) == [f"version-{version}.sqlite" for version in range(1, VERSION)]
    assert len(MIGRATIONS) == VERSION - 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"at": 0, "kind": "state", "title": "x", "mood": "bad"}', "the data file's journal is of another version: .*'mood'"),
        ("{", "cannot read .*data: a line of the journal: "),
    ],
)
def test_a_journal_that_this_version_does_not_know_is_refused(line: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    new_world(path).close()
    for _ in range(2):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("INSERT OR REPLACE INTO entry VALUES (1, CAST(? AS BLOB))", (line,))
        connection.close()
        with pytest.raises(DataFileError, match=why):
            new_world(path)


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_world_of_an_older_version_goes_on(version: int, tmp_path: Path) -> None:
    world = opened(tmp_path, version)

    def ask(action: str, **params: object) -> dict[str, object]:
        service, operation = action.split(":")
        who = identity.root(ACCOUNT)
        return world.perform(
            Call(service=service, operation=operation, params=params, principal=who, region="us-east-1", partition="aws")
        )

    (user,), (key,) = world.store.find(User), world.store.find(AccessKey)
    assert (user.name, dict(user.tags), key.user, len(key.secret)) == ("ada", {"team": "blue"}, "ada", 40)
    assert world.clock.now() == 1_790_000_000.0
    (denied,) = world.journal.select(decision="implicitDeny")
    assert "no identity-based policy allows iam:ListUsers" in json.dumps(denied.to_json())
    got = ask("logs:GetLogEvents", logGroupName="g", logStreamName="s")["events"]
    assert [event["message"] for event in got] == ["event 0", "event 1", "event 2"]  # type: ignore[attr-defined]
    assert ask("iam:GetRole", RoleName="AWSServiceRoleForAmazonMQ")
    world.advance(3600)
    assert [entry.title for entry in world.journal.select()][-1] == "deletion of role AWSServiceRoleForAmazonMQ: SUCCEEDED"
    world.close()
    again = new_world(tmp_path / f"version-{version}.sqlite")
    assert again.clock.now() == 1_790_003_600.0
    again.close()
