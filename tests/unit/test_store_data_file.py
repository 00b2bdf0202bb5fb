"""A data file is ours alone, of a version that we know, writable and nobody else's; else one line says what it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import new_world
from emulator.engine import identity
from emulator.store.base import DataFileError
from emulator.store.data_file import APPLICATION_ID, DataFile
from emulator.store.migrations import VERSION
from emulator.store.sqlite import SqliteStore
from tests.unit.test_store_contract import Box, box, ids


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data"


def refused(path: Path) -> str:
    with pytest.raises(DataFileError) as caught:
        SqliteStore(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def sql(path: Path, *statements: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return [row for statement in statements for row in connection.execute(statement)]
    finally:
        connection.close()


def fill(path: Path) -> None:
    store = SqliteStore(path)
    store.put(box("a"))
    store.close()


def test_a_new_file_is_its_owners_alone_and_says_whose_it_is(path: Path) -> None:
    fill(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sql(path, "PRAGMA application_id", "PRAGMA user_version") == [(APPLICATION_ID,), (VERSION,)]
    assert sql(path, "PRAGMA journal_mode") == [("wal",)]


def test_an_empty_file_is_filled(path: Path) -> None:
    path.touch()
    fill(path)
    store = SqliteStore(path)
    assert ids(store.find(Box)) == ["a"]
    store.close()


@pytest.mark.parametrize("content", [b"a letter to a friend", b"x" * 5000])
def test_a_strangers_file_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refused(path).endswith("is not a data file of mq-emulator")
    assert path.read_bytes() == content
    assert os.listdir(path.parent) == ["data"]


def test_a_strangers_database_is_left_alone(path: Path) -> None:
    sql(path, "CREATE TABLE theirs (x)")
    before = path.read_bytes()
    assert refused(path).endswith("is not a data file of mq-emulator")
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    fill(path)
    sql(path, f"PRAGMA user_version = {VERSION + 1}")
    assert refused(path).endswith(f"was written by a newer mq-emulator: its format is {VERSION + 1}, this one's {VERSION}")
    assert sql(path, "PRAGMA user_version", "SELECT count(*) FROM record") == [(VERSION + 1,), (1,)]


def test_a_file_is_one_process_s_at_a_time(path: Path) -> None:
    store = SqliteStore(path)
    script = f"from pathlib import Path; from emulator.store.data_file import DataFile; DataFile(Path({str(path)!r}))"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert f"{path} is in use by another process" in second.stderr
    store.put(box("b"))
    store.close()
    store = SqliteStore(path)
    assert ids(store.find(Box)) == ["b"]
    store.close()


def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    assert refused(tmp_path).startswith(f"cannot open {tmp_path}: Is a directory")
    assert "No such file or directory" in refused(tmp_path / "nowhere" / "data")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_a_file_that_may_only_be_read(open_folder: Path) -> None:
    path = open_folder / "data"
    fill(path)
    path.chmod(0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)  # root may write everything
    try:
        assert refused(path).startswith(f"cannot open {path}: ")
    finally:
        if is_root:
            os.seteuid(0)
    assert sql(path, "SELECT count(*) FROM record") == [(1,)]


def test_a_damaged_file_is_not_used(path: Path) -> None:
    fill(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    assert refused(path).startswith(f"cannot read {path}: ")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE record SET kind = 'mq.Ghost'", "there are no records 'mq.Ghost' in this version"),
        ("UPDATE record SET body = CAST('{}' AS BLOB)", "a record tests.unit.test_store_contract.Box: "),
    ],
)
def test_records_that_this_version_does_not_know_are_refused(path: Path, change: str, why: str) -> None:
    fill(path)
    sql(path, change)
    assert f"cannot read {path}: {why}" in refused(path)
    assert sql(path, "SELECT count(*) FROM record") == [(1,)]


def test_a_field_that_this_version_does_not_know_is_not_lost(path: Path) -> None:
    fill(path)
    kind = "tests.unit.test_store_contract.Box"
    assert sql(path, f"SELECT fields FROM kind WHERE name = '{kind}'") == [("account colour id labels region",)]
    sql(path, f"UPDATE kind SET fields = 'account colour id labels lid.handle region' WHERE name = '{kind}'")
    assert f"cannot read {path}: records {kind} have a field lid.handle, which is not in this version" in refused(path)
    sql(path, "DELETE FROM record")
    SqliteStore(path).close()


def test_a_full_disk_takes_nothing_half(path: Path) -> None:
    file = DataFile(path)
    file._run(f"PRAGMA max_page_count = {file._number('page_count') + 2}")
    put = "INSERT INTO record VALUES (?, 'x', zeroblob(3000))"
    with pytest.raises(DataFileError, match=f"cannot write {path}: database or disk is full"):
        file.write([(put, [(number,) for number in range(50)])])
    assert list(file.read("SELECT count(*) FROM record")) == [(0,)]
    file.write([(put, [(1,)])])
    file.close()


def test_a_copy_of_a_file_that_was_not_closed_is_whole(path: Path) -> None:
    """As it is when the process was killed: what was written stands in the log beside it."""
    store = SqliteStore(path)
    store.put(box("a"))
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{path}.copy{suffix}")
    copied = SqliteStore(path.with_name("data.copy"))
    assert ids(copied.find(Box)) == ["a"]
    copied.close()
    store.close()


def test_nothing_is_read_once_it_serves(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, root = new_world(path, pace="instant"), identity.root("111122223333")
    monkeypatch.setattr(DataFile, "read", lambda _file, sql: pytest.fail(sql))
    made = world.ask(root, "ec2", "CreateVpc", "us-east-1", {"CidrBlock": "10.0.0.0/16"})["Vpc"]["VpcId"]
    found = world.ask(root, "ec2", "DescribeVpcs", "us-east-1", {"VpcIds": [made]})["Vpcs"]
    assert (len(found), len(world.journal.select())) == (1, 2)
    world.close()
