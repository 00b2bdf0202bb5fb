"""The command line: one module per group of commands."""

from __future__ import annotations

import click

from emulator.cli.clock import clock, reset
from emulator.cli.faults import fault
from emulator.cli.health import health
from emulator.cli.journal import explain, journal
from emulator.cli.policy import policy
from emulator.cli.record import record
from emulator.cli.scenario import demo, run, schema
from emulator.cli.serve import env, serve
from emulator.cli.snapshot import snapshot


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mq-emulator", prog_name="mq-emulator")
def main() -> None:
    """A local AWS endpoint that shows what Amazon MQ does on your behalf, and whether it may."""


for command in (
    clock,
    demo,
    env,
    explain,
    fault,
    health,
    journal,
    policy,
    record,
    reset,
    run,
    schema,
    serve,
    snapshot,
):
    main.add_command(command)
