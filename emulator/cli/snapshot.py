"""``snapshot``: save, load and compare what a running emulator holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from emulator.cli.remote import ask, fetch, url_of
from emulator.cli.settings import fail, setting

_File = click.Path(dir_okay=False, path_type=Path)


@click.group()
def snapshot() -> None:
    """What a running emulator holds, as a file of one JSON record a line. Access keys and sessions are left out."""


@snapshot.command()
@setting("host")
@setting("port", int)
@click.argument("file", type=_File)
def save(file: Path, **where: Any) -> None:
    """Write it to FILE, in the place of what is there."""
    text = fetch(f"{url_of(where)}/_emulator/snapshot")
    try:
        file.write_text(text, "utf-8", newline="")
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror}")


@snapshot.command()
@setting("host")
@setting("port", int)
@click.argument("file", type=_File)
def load(file: Path, **where: Any) -> None:
    """Put FILE in the place of everything that the emulator holds."""
    loaded = ask("PUT", f"{url_of(where)}/_emulator/snapshot", text=_read(file))
    click.echo(f"loaded {loaded['records']} records")
    if loaded["leftOut"]:
        click.echo("access keys and sessions are left out of snapshots: make those of the users and roles anew")


@snapshot.command()
@setting("host")
@setting("port", int)
@click.argument("old", type=_File)
@click.argument("new", type=_File, required=False)
def diff(old: Path, new: Path | None, **where: Any) -> None:
    """Compare OLD with NEW, or with what the emulator holds: + is new, - is gone, ~ has changed. Ends with 1 if they differ."""
    from emulator.engine.snapshot import differences  # noqa: PLC0415  # what it imports would slow every command

    after = _read(new) if new else fetch(f"{url_of(where)}/_emulator/snapshot")
    try:
        found = list(differences(_read(old), after))
    except (ValueError, KeyError) as error:
        fail(f"no snapshots: {error}", status=2)
    for line in found:
        click.echo(line)
    sys.exit(1 if found else 0)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}", status=2)
    except ValueError:
        fail(f"cannot read {file}: it is no text", status=2)
