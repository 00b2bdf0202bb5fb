"""``serve`` and ``env``: the emulator on its port, and how to point clients at it."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.log_format import requests_told_to, start_logging
from emulator.cli.remote import url_of
from emulator.cli.settings import config_of, fail, one_line, setting
from emulator.config import PREFIX, Config
from emulator.server import Server
from emulator.store.base import DataFileError

if TYPE_CHECKING:
    from emulator.control.seed import Seed

_ROUNDS_UNTIL_FULL = 1_000
"""Searches for garbage among what is young until one goes through everything; Python's own number is 10."""

SEED_FOLDER = Path("/etc/mq-emulator/seed.d")
"""Its files are the seed when no other is given."""


@click.command()
@setting("host")
@setting("port", int)
@setting("pace")
@setting("iam")
@setting("default_account")
@setting("strict_credentials", bool)
@setting("log_lag", float)
@setting("log_bytes", int)
@setting("journal_entries", int)
@setting("seed", click.Path(exists=True, path_type=Path))
@setting("data", click.Path(dir_okay=False, path_type=Path))
@setting("requester_managed_endpoints", bool)
@setting("control_token")
@setting("allowed_hosts")
@setting("cors_origin")
@setting("log_format")
@setting("port_file", click.Path(dir_okay=False, path_type=Path))
def serve(**given: Any) -> None:
    """Run the emulator until interrupted."""
    config = config_of(**given)
    start_logging(config.log_format)
    server = open_server(config, _seed(config))
    lines = requests_told_to(sys.stderr, config.log_format)
    with _ended_by_signals(server), _port_file(config.port_file, server.port), _full_searches_rare(), lines:
        click.echo(f"mq-emulator listens on {server.url}\n")
        click.echo(exports(server.url))
        if server.made_token:
            click.echo(f"\nexport {PREFIX}CONTROL_TOKEN={server.made_token}")
        server.run()


@contextmanager
def _ended_by_signals(server: Server) -> Iterator[None]:
    """What is under way is answered first: no call is cut off in its middle."""
    before = {name: signal.signal(name, lambda *_: server.stop()) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def _full_searches_rare() -> Iterator[None]:
    """No call to AWS leaves circles of objects behind, and a search for some among all records stops every call meanwhile."""
    before = gc.get_threshold()
    gc.set_threshold(*before[:2], _ROUNDS_UNTIL_FULL)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _port_file(path: Path | None, port: int) -> Iterator[None]:
    """The file with the port, there as a whole or not at all; whoever starts the emulator waits for it."""
    if path is None:
        yield
        return
    draft = path.with_name(f".{path.name}.{port}")
    try:
        draft.write_text(f"{port}\n", "ascii")
        draft.replace(path)
    except OSError as error:
        fail(f"cannot write the port file {path}: {error.strerror}")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _seed(config: Config) -> Seed | None:
    path = config.seed or SEED_FOLDER
    if config.seed is None and not path.is_dir():
        return None
    from emulator.control.seed import load, load_folder  # noqa: PLC0415  # slow to import, and most start without a seed
    from emulator.control.yaml_file import BadFileError  # noqa: PLC0415  # pydantic models are slow to import

    try:
        return load_folder(path) if path.is_dir() else load(path)
    except BadFileError as error:
        fail(str(error), status=2)
    except (OSError, ValueError) as error:
        fail(f"{path}: {one_line(error)}", status=2)


def open_server(config: Config, seed: Seed | None = None) -> Server:
    try:
        return Server(config, seed=seed)
    except DataFileError as error:
        fail(str(error))
    except UnicodeError:
        fail(f"cannot listen on {config.host}:{config.port}: no such host")
    except ValueError as error:  # control.seed's PlantingError
        fail(f"the seed cannot be planted: {error}", status=2)
    except socket.gaierror:
        fail(f"cannot listen on {config.host}:{config.port}: no such host")
    except OSError as error:
        fail(f"cannot listen on {config.host}:{config.port}: {os.strerror(error.errno) if error.errno else error}")


@click.command()
@setting("host")
@setting("port", int)
def env(**given: Any) -> None:
    """Print the export lines that point SDKs and the AWS CLI here: eval "$(mq-emulator env)"."""
    click.echo(exports(url_of(given)))


def exports(url: str) -> str:
    values = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }
    return "\n".join(f"export {name}={value}" for name, value in values.items())
