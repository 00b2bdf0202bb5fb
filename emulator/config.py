"""Settings: the only reader of the environment. Each is also an option of ``mq-emulator serve``."""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "MQ_EMULATOR_"


class Config(BaseSettings):
    """Each setting is read from ``MQ_EMULATOR_<NAME>`` unless it is given."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 4566
    pace: Literal["real", "fast", "instant"] = Field(
        default="fast", description="How long Amazon MQ takes: AWS's minutes, seconds, or nothing."
    )
    iam: Literal["enforce", "soft"] = Field(
        default="enforce", description="Whether callers' denials bind, or are let through and only noted."
    )
    default_account: Annotated[
        str, Field(pattern=r"^\d{12}$", description="Account of development keys that are no account id themselves.")
    ] = "000000000000"
    strict_credentials: bool = Field(default=False, description="Refuse access keys that were not made here.")
    log_lag: Annotated[float, Field(ge=0, description="Seconds by which the figures of log streams lag behind, as on AWS.")] = 0
    log_bytes: Annotated[
        int, Field(ge=4_194_304, description="Bytes of log events that are kept, over all accounts; the oldest go.")
    ] = 268_435_456
    seed: Path | None = Field(
        default=None,
        description="YAML file or folder: what there is from the start, and after each reset. "
        "Without it /etc/mq-emulator/seed.d, if that is there.",
    )
    journal_entries: Annotated[int, Field(ge=1, le=1_000_000, description="Entries that the journal keeps; older ones go.")] = (
        20_000
    )
    data: Path | None = Field(default=None, description="File that keeps everything; without one it goes with the process.")
    requester_managed_endpoints: bool = Field(
        default=False, description="Amazon MQ's endpoints refuse their customer's deletion."
    )

    control_token: SecretStr | None = Field(
        default=None, description="Token that /_emulator/ asks for; made up when other machines can reach it and none is given."
    )
    allowed_hosts: str = Field(
        default="",
        description="Names, by commas, by which clients may call it, beside localhost and addresses: a container's name.",
    )
    cors_origin: Annotated[
        str, Field(pattern=r"^(https?://[^/,\s]+)?$", description="The origin whose web pages may ask; none may otherwise.")
    ] = ""
    log_format: Literal["console", "json"] = Field(default="console", description="Lines of log to read, or JSON objects.")
    port_file: Path | None = Field(
        default=None, description="File that holds the port as soon as it listens, and is gone when it ends."
    )

    @property
    def control_headers(self) -> dict[str, str]:
        """The header with the control token, for a request to ``/_emulator/``."""
        return {"Authorization": f"Bearer {self.control_token.get_secret_value()}"} if self.control_token else {}

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
