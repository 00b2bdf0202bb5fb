"""The command line."""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from pydantic import ValidationError
from rich.console import Console
from rich.tree import Tree
from yaml import YAMLError

from emulator.config import PREFIX, Config
from emulator.control.seed import Seed
from emulator.control.seed import load as load_seed
from emulator.scenario.model import library, load
from emulator.scenario.report import explanation, tree
from emulator.server import Server
from emulator.values.clock import seconds

_TIMEOUT = 60
_WIDE = 1_000
F = TypeVar("F", bound=Callable[..., Any])


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return seconds(str(value))
        except ValueError:
            self.fail(f"{value!r} is no duration such as 90, 10m or 2h", param, ctx)


def _setting(name: str, kind: Any = str) -> Callable[[F], F]:
    """An option of a setting, described where the setting is."""
    described = Config.model_fields[name]
    text = f"{described.description}  [env: {PREFIX}{name.upper()}; default: {described.default}]"
    option = f"--{name.replace('_', '-')}"
    return click.option(option, type=kind, is_flag=kind is bool, default=None, help=text)


def _config(**given: Any) -> Config:
    """The settings of the environment, and over them those given on the command line."""
    try:
        return Config(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        _fail(_one_line(error), status=2)


def _one_line(error: Exception) -> str:
    """What is wrong and where, of pydantic's or YAML's many lines."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
    return " ".join(str(error).split())


def _fail(text: str, *, status: int = 1) -> NoReturn:
    click.echo(f"mq-emulator: {text}", err=True)
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mq-emulator", prog_name="mq-emulator")
def main() -> None:
    """A local AWS endpoint that shows what Amazon MQ does on your behalf, and whether it may."""


@main.command()
@_setting("host")
@_setting("port", int)
@_setting("pace", click.Choice(["real", "fast", "instant"]))
@_setting("iam", click.Choice(["enforce", "soft"]))
@_setting("default_account")
@_setting("strict_credentials", bool)
@_setting("log_lag", float)
@_setting("seed", click.Path(exists=True, dir_okay=False, path_type=Path))
@_setting("requester_managed_endpoints", bool)
def serve(**given: Any) -> None:
    """Run the emulator until interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    config = _config(**given)
    server = _open(config, _seed(config))
    click.echo(f"mq-emulator listens on {server.url}\n")
    click.echo(_exports(server.url))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        server.run()


def _seed(config: Config) -> Seed | None:
    try:
        return load_seed(config.seed) if config.seed else None
    except (OSError, ValueError, YAMLError) as error:
        _fail(f"{config.seed}: {_one_line(error)}", status=2)


def _open(config: Config, seed: Seed | None = None) -> Server:
    try:
        return Server(config, seed=seed)
    except OSError as error:
        _fail(f"cannot listen on {config.host}:{config.port}: {error.strerror or error}")
    except ValueError:  # waitress, of a name that has no address
        _fail(f"cannot listen on {config.host}:{config.port}: no such host")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def demo(file: Path | None) -> None:
    """Create a private RabbitMQ broker in emulated time and print what Amazon MQ did, and by which statement it might."""
    from emulator.scenario.run import Run, UnmetError  # noqa: PLC0415  # boto3 is slow to import, and serve needs none

    path = file or library() / "private-rabbitmq-broker.yaml"
    try:
        scenario = load(path)
    except (ValueError, YAMLError) as error:
        _fail(f"{path.name}: {_one_line(error)}", status=2)
    # A demo is the same on every machine: it takes no setting from the environment.
    settings = {name: field.default for name, field in Config.model_fields.items()}
    with _open(_config(**settings | {"port": 0, "pace": "real"})) as server:
        try:
            Run(scenario, server.url).play()
        except UnmetError as unmet:
            _fail(str(unmet))
        entries = _control("GET", f"{server.url}/_emulator/journal?account={scenario.account}")["entries"]
    _print(tree(scenario.name, [entry for entry in entries if entry["subject"]]))


def _print(story: Tree) -> None:
    """As wide as the terminal; into a file or pipe, as wide as its lines."""
    console = Console()
    (console if console.is_terminal else Console(width=_WIDE)).print(story)


@main.command()
@_setting("host")
@_setting("port", int)
def env(**given: Any) -> None:
    """Print the export lines that point SDKs and the AWS CLI here: eval "$(mq-emulator env)"."""
    click.echo(_exports(_url(given)))


def _exports(url: str) -> str:
    values = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }
    return "\n".join(f"export {name}={value}" for name, value in values.items())


@main.command()
@_setting("host")
@_setting("port", int)
def reset(**given: Any) -> None:
    """Empty every account of a running emulator."""
    _control("POST", f"{_url(given)}/_emulator/reset", {})


@main.command()
@_setting("host")
@_setting("port", int)
@click.option("--advance", type=_Duration(), help="Move on by 90, 10m, 2h …; what falls due on the way happens.")
@click.option("--freeze/--run", default=None, help="Stand still, or run again.")
@click.option("--set-pace", "pace", type=click.Choice(["real", "fast", "instant"]), help="How long Amazon MQ takes.")
def clock(host: str | None, port: int | None, advance: float | None, freeze: bool | None, pace: str | None) -> None:
    """Show or move the clock of a running emulator."""
    asked = {"advance": advance, "freeze": freeze, "pace": pace}
    change = {name: value for name, value in asked.items() if value is not None}
    url = f"{_url({'host': host, 'port': port})}/_emulator/clock"
    state = _control("POST", url, change) if change else _control("GET", url)
    for name, value in state.items():
        click.echo(f"{name}: {value}")


@main.command()
@_setting("host")
@_setting("port", int)
@click.option("--broker", help="Only what is about this broker, by its id.")
@click.option("--principal", help="Only calls of principals whose ARN contains this.")
@click.option(
    "--decision", type=click.Choice(["allowed", "implicitDeny", "explicitDeny"]), help="Only calls with such a decision."
)
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line instead of a tree.")
def journal(host: str | None, port: int | None, is_json: bool, **chosen: str | None) -> None:
    """Print what happened in a running emulator, each call under its cause."""
    query = {name: value for name, value in chosen.items() if value is not None}
    answer = _control("GET", f"{_url({'host': host, 'port': port})}/_emulator/journal", params=query)
    if is_json:
        for entry in answer["entries"]:
            click.echo(json.dumps(entry, ensure_ascii=False))
    else:
        _print(tree(f"Journal ({answer['dropped']} older entries dropped)", answer["entries"]))


@main.command()
@_setting("host")
@_setting("port", int)
@click.argument("request_id")
def explain(host: str | None, port: int | None, request_id: str) -> None:
    """Say why a call was allowed or denied: REQUEST-ID is in every answer and error of an SDK."""
    query = {"request": request_id}
    entries = _control("GET", f"{_url({'host': host, 'port': port})}/_emulator/journal", params=query)["entries"]
    if not entries:
        _fail(f"the journal has no request {request_id}")
    for entry in entries:
        if entry["decisions"]:
            _print(explanation(entry))


def _url(given: dict[str, Any]) -> str:
    config = _config(**given)
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{config.port}"


def _control(method: str, url: str, body: Any = None, params: dict[str, str] | None = None) -> dict[str, Any]:
    import requests  # noqa: PLC0415  # slow to import, and serve needs none

    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between here and here
            response = session.request(method, url, json=body, params=params, timeout=_TIMEOUT)
        answer: dict[str, Any] = dict(response.json())
    except (requests.RequestException, ValueError, TypeError):  # nobody there, or somebody else
        _fail(f"no emulator answers at {url.partition('/_emulator')[0]}")
    if not response.ok:
        _fail(answer.get("error", response.reason))
    return answer
