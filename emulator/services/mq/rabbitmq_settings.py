"""RabbitMQ configurations: ``key = value`` lines, of the keys that Amazon MQ documents as configurable."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from emulator.services.mq import errors

DEFAULT = "# Default RabbitMQ delivery acknowledgement timeout is 30 minutes in milliseconds\nconsumer_timeout = 1800000\n"

LARGEST = 100 * 1024
"""Bytes of one revision, decoded (our choice)."""

_LINE = re.compile(r"([A-Za-z0-9_.$-]+)\s*=\s*(.*)")
Accepts = Callable[[str], bool]


def _between(least: int, most: int) -> Accepts:
    return lambda text: re.fullmatch(r"\d{1,10}", text, re.ASCII) is not None and least <= int(text) <= most


def _flag(text: str) -> bool:
    return text in {"true", "false"}


_LIMIT = _between(0, 2**31 - 1)
_KEYS: dict[str, Accepts] = {
    "consumer_timeout": _LIMIT,
    "heartbeat": _between(60, 3600),
    "management.restrictions.operator_policy_changes.disabled": _flag,
    "quorum_queue.property_equivalence.relaxed_checks_on_redeclaration": _flag,
    "secure.management.http.headers.enabled": _flag,
    "connection_max": _LIMIT,
    "channel_max_per_node": _LIMIT,
    "cluster_queue_limit": _LIMIT,
    "cluster_exchange_limit": _LIMIT,
    "vhost_max": _LIMIT,
    "runtime_parameters.limits.shovel": _LIMIT,
    "consumer_max_per_channel": _LIMIT,
    "max_message_size": _LIMIT,
}
_FAMILIES = (
    "auth_backends.",
    "auth_oauth2.",
    "auth_ldap.",
    "auth_http.",
    "auth_cache.",
    "management.oauth_",
    "ssl_options.",
    "aws.arns.",
)
"""Authentication and TLS options, which are stored as they are."""


def check(data: str) -> None:
    """400 unless ``data`` is base64 of a configuration that Amazon MQ takes. Texts are ours."""
    for line in _decoded(data).splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        found = _LINE.fullmatch(text)
        if found is None:
            raise errors.bad_request(f"The configuration has a line that is not of the form key = value: [{text[:100]}].", "data")
        key, value = found.groups()
        if key.startswith(_FAMILIES):
            continue
        if key not in _KEYS:
            raise errors.bad_request(f"The configuration option [{key[:100]}] is not supported.", "data")
        if not _KEYS[key](value):
            raise errors.bad_request(f"Value [{value[:100]}] is invalid for the configuration option [{key}].", "data")


def _decoded(data: str) -> str:
    try:
        raw = base64.b64decode(data, validate=True)
        text = raw.decode()
    except (binascii.Error, UnicodeDecodeError):
        raise errors.bad_request("The configuration data must be base64-encoded text.", "data") from None
    if len(raw) > LARGEST:
        raise errors.bad_request(f"The configuration must not be larger than {LARGEST} bytes.", "data")
    return text
