"""``demo``: a scenario in a world of its own."""

from __future__ import annotations

from pathlib import Path

import click
from yaml import YAMLError

from emulator.cli.remote import ask
from emulator.cli.serve import open_server
from emulator.cli.settings import config_of, fail, one_line
from emulator.cli.terminal import show
from emulator.config import Config
from emulator.scenario.model import library, load
from emulator.scenario.report import tree


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def demo(file: Path | None) -> None:
    """Create a private RabbitMQ broker in emulated time and print what Amazon MQ did, and by which statement it might."""
    from emulator.scenario.run import Run, UnmetError  # noqa: PLC0415  # boto3 is slow to import, and serve needs none

    path = file or library() / "private-rabbitmq-broker.yaml"
    try:
        scenario = load(path)
    except (ValueError, YAMLError) as error:
        fail(f"{path.name}: {one_line(error)}", status=2)
    # A demo is the same on every machine: it takes no setting from the environment.
    settings = {name: field.default for name, field in Config.model_fields.items()}
    with open_server(config_of(**settings | {"port": 0, "pace": "real"})) as server:
        try:
            Run(scenario, server.url).play()
        except UnmetError as unmet:
            fail(str(unmet))
        entries = ask("GET", f"{server.url}/_emulator/journal?account={scenario.account}")["entries"]
    show(tree(scenario.name, [entry for entry in entries if entry["subject"]]))
