"""Settings: the only reader of the environment. Each is also an option of ``mq-emulator serve``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from emulator.setting import Setting, SettingError, choice, flag, number, path, secret, text, whole

PREFIX = "MQ_EMULATOR_"


class Config:
    """Each setting is read from ``MQ_EMULATOR_<NAME>`` unless it is given. Raises :class:`SettingError`. It never changes."""

    host = Setting("127.0.0.1", "Address to listen on.", text())
    port = Setting(4566, "Port to listen on; 0 takes a free one.", whole(0, 65535))
    pace: Setting[Literal["real", "fast", "instant"]] = Setting(
        "fast", "How long Amazon MQ takes: AWS's minutes, seconds, or nothing.", choice("real", "fast", "instant")
    )
    iam: Setting[Literal["enforce", "soft"]] = Setting(
        "enforce", "Whether callers' denials bind, or are let through and only noted.", choice("enforce", "soft")
    )
    default_account = Setting("000000000000", "Account of development keys that are no account id themselves.", text(r"^\d{12}$"))
    strict_credentials = Setting(False, "Refuse access keys that were not made here.", flag)
    log_lag: Setting[float] = Setting(0, "Seconds by which the figures of log streams lag behind, as on AWS.", number(0))
    log_bytes = Setting(268_435_456, "Bytes of log events that are kept, over all accounts; the oldest go.", whole(4_194_304))
    seed: Setting[Path | None] = Setting(
        None,
        "YAML file or folder: what there is from the start, and after each reset. "
        "Without it /etc/mq-emulator/seed.d, if that is there.",
        path,
    )
    journal_entries = Setting(20_000, "Entries that the journal keeps; older ones go.", whole(1, 1_000_000))
    data: Setting[Path | None] = Setting(None, "File that keeps everything; without one it goes with the process.", path)
    requester_managed_endpoints = Setting(False, "Amazon MQ's endpoints refuse their customer's deletion.", flag)
    control_token: Setting[str | None] = Setting(
        None, "Token that /_emulator/ asks for; made up when other machines can reach it and none is given.", secret
    )
    allowed_hosts = Setting(
        "", "Names, by commas, by which clients may call it, beside localhost and addresses: a container's name.", text()
    )
    cors_origin = Setting("", "The origin whose web pages may ask; none may otherwise.", text(r"^(https?://[^/,\s]+)?$"))
    log_format: Setting[Literal["console", "json"]] = Setting(
        "console", "Lines of log to read, or JSON objects.", choice("console", "json")
    )
    port_file: Setting[Path | None] = Setting(
        None, "File that holds the port as soon as it listens, and is gone when it ends.", path
    )

    def __init__(self, **given: Any) -> None:
        known = settings()
        for name in given:
            if name not in known:
                raise SettingError(name, "there is no such setting")
        variables = {name: f"{PREFIX}{name.upper()}" for name in known}
        told = {name: os.environ[variable] for name, variable in variables.items() if variable in os.environ} | given
        self.told = frozenset(told)
        """The settings that are not left at their default."""
        for name, value in told.items():
            vars(self)[name] = known[name].read(value)

    @property
    def control_headers(self) -> dict[str, str]:
        """The header with the control token, for a request to ``/_emulator/``."""
        return {"Authorization": f"Bearer {self.control_token}"} if self.control_token else {}

    @cached_property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether what is bound to a host is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def settings() -> Mapping[str, Setting[Any]]:
    """All settings by name."""
    return {name: setting for name, setting in vars(Config).items() if isinstance(setting, Setting)}


def defaults() -> dict[str, Any]:
    """The settings that ignore the environment."""
    return {name: setting.default for name, setting in settings().items()}
