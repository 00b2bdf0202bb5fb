"""``run``, ``demo`` and ``schema``: scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from emulator.cli.settings import fail
from emulator.cli.terminal import show
from emulator.control.yaml_file import BadFileError
from emulator.scenario.model import Scenario, library, load
from emulator.scenario.report import tree
from emulator.scenario.schema import schema as schema_of
from emulator.values.clock import Clock

if TYPE_CHECKING:
    from emulator.scenario.results import Result

_STYLES = {"passed": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("–", "yellow")}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def demo(file: Path | None) -> None:
    """Create a private RabbitMQ broker in emulated time and print what Amazon MQ did, and by which statement it might."""
    from emulator.scenario.fresh import fresh_emulator  # noqa: PLC0415  # boto3 is slow to import, and serve needs none
    from emulator.scenario.run import Run  # noqa: PLC0415

    (scenario,) = _loaded([file or library() / "private-rabbitmq-broker.yaml"]).values()
    with fresh_emulator() as target:
        run = Run(scenario, target).play()
        for failure in run.failures:
            fail(failure)
        entries = target.entries({scenario.account}, 0)
    show(tree(scenario.name, [entry for entry in entries if entry["subject"]]))


@click.command()
@click.argument("paths", type=click.Path(exists=True, path_type=Path), nargs=-1)
@click.option("--endpoint-url", metavar="URL", help="Run at a running emulator, another one, or aws.")
@click.option("-k", "keyword", default="", help="Only scenarios with this in their file's name or their own.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A value for a variable of the scenarios.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the results there as JUnit's XML.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the results there as JSON.")
def run(
    paths: tuple[Path, ...],
    *,
    endpoint_url: str | None,
    keyword: str,
    variables: tuple[str, ...],
    junit: Path | None,
    json_file: Path | None,
) -> None:
    """Run scenarios: files, the .yaml files of folders, or those that come along. Exits 1 when one fails, 2 for a bad file."""
    from emulator.scenario.results import to_json, to_junit  # noqa: PLC0415  # boto3 is slow to import, and serve needs none

    scenarios = _chosen(_loaded(_files(paths or (library(),))), keyword)
    results = list(_told(_results(scenarios, endpoint_url, _values(variables)), len(scenarios)))
    for file, text in ((junit, to_junit), (json_file, to_json)):
        if file is not None:
            file.write_text(text(results), "utf-8")
    if any(result.failures for result in results):
        raise SystemExit(1)


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors; seed files are its ``Seed``."""
    click.echo(json.dumps(schema_of(), indent=2))


def _files(paths: Sequence[Path]) -> list[Path]:
    return [file for path in paths for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])]


def _loaded(files: Sequence[Path]) -> dict[Path, Scenario]:
    try:
        return {file: load(file) for file in files}
    except BadFileError as error:
        fail(str(error), status=2)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", status=2)


def _chosen(scenarios: dict[Path, Scenario], keyword: str) -> dict[Path, Scenario]:
    chosen = {file: one for file, one in scenarios.items() if keyword.lower() in f"{file.stem} {one.name}".lower()}
    if not chosen:
        fail(f"there is no scenario with {keyword!r} in its name" if keyword else "there is no scenario", status=2)
    return chosen


def _values(variables: Sequence[str]) -> dict[str, str]:
    wrong = [text for text in variables if "=" not in text]
    if wrong:
        fail(f"--var {wrong[0]}: it wants NAME=VALUE", status=2)
    return {name: value for name, _, value in (text.partition("=") for text in variables)}


def _results(scenarios: dict[Path, Scenario], url: str | None, variables: dict[str, str]) -> Iterator[Result]:
    from emulator.scenario.results import Result  # noqa: PLC0415  # boto3 is slow to import, and serve needs none

    clock = Clock()
    for path, scenario in scenarios.items():
        begun = clock.wall()
        played = _play(scenario, url, variables)
        yield Result.of(path, played, clock.wall() - begun)


def _play(scenario: Scenario, url: str | None, variables: dict[str, str]) -> Any:
    import requests  # noqa: PLC0415  # slow to import, and serve needs none

    from emulator.scenario.fresh import fresh_emulator  # noqa: PLC0415
    from emulator.scenario.run import Run  # noqa: PLC0415
    from emulator.scenario.target import target_at  # noqa: PLC0415

    if url is None:
        with fresh_emulator() as target:
            return Run(scenario, target, variables).play()
    try:
        return Run(scenario, target_at(url), variables).play()
    except (requests.RequestException, ValueError):  # nobody there, or no address
        fail(f"nothing answers at {url}")


def _told(results: Iterator[Result], total: int) -> Iterator[Result]:
    """Each result as it comes, told on the terminal, and a summary when all are there."""
    console, done = Console(highlight=False, soft_wrap=True), []
    with console.status(f"{total} scenarios") as status:
        for result in results:
            done.append(result)
            _tell(console, result)
            status.update(f"{len(done)} of {total} scenarios")
            yield result
    parts = {status: sum(one.status == status for one in done) for status in _STYLES}
    console.print(", ".join(f"{number} {name}" for name, number in parts.items() if number))


def _tell(console: Console, result: Result) -> None:
    mark, style = _STYLES[result.status]
    console.print(Text(f"{mark} {result.name}", style), Text(f" {result.path.stem}, {result.seconds:.1f} s", "dim"))
    for text in (*result.failures, *result.skipped):
        console.print(Text(f"    {text}", style))
