"""RabbitMQ configurations: ``key = value`` lines, of the keys that Amazon MQ documents as configurable."""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator.services.mq import configuration_errors
from emulator.services.mq.configuration_data import decoded

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
    for line in decoded(data).splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        found = _LINE.fullmatch(text)
        if found is None:
            raise configuration_errors.not_key_and_value(text[:100])
        key, value = found.groups()
        if key.startswith(_FAMILIES):
            continue
        if key not in _KEYS:
            raise configuration_errors.unknown_option(key[:100])
        if not _KEYS[key](value):
            raise configuration_errors.bad_option(key, value[:100])
