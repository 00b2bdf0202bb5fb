"""Settings: the only reader of the environment. Each is also an option of ``mq-emulator serve``."""

from __future__ import annotations

import os
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args

import msgspec
from msgspec import Meta

PREFIX = "MQ_EMULATOR_"

_WORDS = dict.fromkeys(("1", "on", "t", "true", "y", "yes"), True) | dict.fromkeys(("0", "off", "f", "false", "n", "no"), False)
"""What a variable may say, in any case, for yes and for no."""


class Secret:
    """A text that shows itself nowhere: neither printed, nor in an error or a log."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text."""
        return self._text

    def __bool__(self) -> bool:
        """Whether there is any: a variable that is set to nothing says as much as one that is not set."""
        return bool(self._text)


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one process. Made as it is it has their defaults; :func:`settings` reads the environment.

    Both :func:`settings` and the server check them.
    """

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 4566
    pace: Annotated[
        Literal["real", "fast", "instant"] | None,
        Meta(
            description="How long Amazon MQ takes: AWS's minutes, seconds, or nothing. "
            "Without it fast, or what the data file says."
        ),
    ] = None
    iam: Annotated[
        Literal["enforce", "soft"], Meta(description="Whether callers' denials bind, or are let through and only noted.")
    ] = "enforce"
    default_account: Annotated[
        str, Meta(pattern=r"^\d{12}\Z", description="Account of development keys that are no account id themselves.")
    ] = "000000000000"
    strict_credentials: Annotated[bool, Meta(description="Refuse access keys that were not made here.")] = False
    log_lag: Annotated[float, Meta(ge=0, description="Seconds by which the figures of log streams lag behind, as on AWS.")] = 0
    log_bytes: Annotated[
        int, Meta(ge=4_194_304, description="Bytes of log events that are kept, over all accounts; the oldest go.")
    ] = 268_435_456
    seed: Annotated[
        Path | None,
        Meta(
            description="YAML file or folder: what there is from the start, and after each reset. "
            "Without it /etc/mq-emulator/seed.d, if that is there."
        ),
    ] = None
    journal_entries: Annotated[int, Meta(ge=1, le=1_000_000, description="Entries that the journal keeps; older ones go.")] = (
        20_000
    )
    data: Annotated[Path | None, Meta(description="File that keeps everything; without one it goes with the process.")] = None
    requester_managed_endpoints: Annotated[bool, Meta(description="Amazon MQ's endpoints refuse their customer's deletion.")] = (
        False
    )
    control_token: Annotated[
        Secret | None,
        Meta(description="Token that /_emulator/ asks for; made up when other machines can reach it and none is given."),
    ] = None
    allowed_hosts: Annotated[
        str,
        Meta(description="Names, by commas, by which clients may call it, beside localhost and addresses: a container's name."),
    ] = ""
    cors_origin: Annotated[
        str,
        Meta(pattern=r"^(https?://[^/,\s]+)?\Z", description="The origin whose web pages may ask; none may otherwise."),
    ] = ""
    log_format: Annotated[Literal["console", "json"], Meta(description="Lines of log to read, or JSON objects.")] = "console"
    port_file: Annotated[
        Path | None, Meta(description="File that holds the port as soon as it listens, and is gone when it ends.")
    ] = None

    @property
    def control_headers(self) -> dict[str, str]:
        """The header with the control token, for a request to ``/_emulator/``."""
        return {"Authorization": f"Bearer {self.control_token.reveal()}"} if self.control_token else {}

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)


class Setting(NamedTuple):
    """What is known of one setting: its type, without what narrows it down."""

    kind: Any
    default: Any
    description: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts that it may be, of a setting that is one of some."""
        kind = next((part for part in get_args(self.kind) if get_args(part)), self.kind)  # ``X`` of ``X | None``
        return tuple(one for one in get_args(kind) if isinstance(one, str))


def _described(field: msgspec.structs.FieldInfo) -> Setting:
    kind, meta = get_args(field.type)
    return Setting(kind, field.default, meta.description)


SETTINGS = {field.name: _described(field) for field in msgspec.structs.fields(Config)}


def settings(**given: Any) -> Config:
    """The settings of the environment, each from ``MQ_EMULATOR_<NAME>``, and over them those given.

    Raises :class:`msgspec.ValidationError`, which names the setting, but no value of a secret.
    """
    texts = {name.upper(): text for name, text in os.environ.items()}
    read = {
        name: _read(one.kind, texts[PREFIX + name.upper()]) for name, one in SETTINGS.items() if PREFIX + name.upper() in texts
    }
    return msgspec.convert(read | given, Config, strict=False, dec_hook=_made)


def checked(config: Config) -> Config:
    """Settings that Python code has put together, paths and secrets made of texts. Raises :class:`msgspec.ValidationError`."""
    return msgspec.convert(msgspec.structs.asdict(config), Config, dec_hook=_made)


def _made(kind: Any, value: Any) -> Any:
    if isinstance(value, kind):
        return value
    if isinstance(value, str):
        return kind(value)
    raise ValueError(f"Expected `str`, got `{type(value).__name__}`")


def _read(kind: Any, text: str) -> str | float:
    """What a variable says; a number as Python takes it, for whom ``.5`` and ``010`` are some."""
    if kind is bool:
        return _WORDS.get(text.lower(), text)
    with suppress(ValueError):  # of what is no number msgspec says so, and for which setting
        return float(text) if kind is float else int(text) if kind is int else text
    return text


def is_loopback(host: str) -> bool:
    """Whether what is bound to a host is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
