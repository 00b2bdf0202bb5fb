"""A recording: what clients asked and were told while it was on, in full but for secrets. The journal shortens; this does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from emulator.engine.redaction import SECRET
from emulator.values.call import Call, Principal
from emulator.values.clock import Instant
from emulator.values.errors import AwsError

MOST_CALLS = 5_000
"""Calls that a recording holds (our choice); it then is full, and says so."""

MASK = "***"
"""Stands for a secret."""


class Recorded(Struct, frozen=True):
    """One call of a client: ``result`` is what it was told, ``error`` a code when it failed."""

    at: Instant
    region: str
    action: str
    principal: Principal
    params: Mapping[str, Any]
    result: Any = None
    error: str = ""


class Recording(Struct):
    """On between a start and a stop. ``is_full`` when calls came that it could not hold.

    ``before`` are the principals that there were at the start, by account, in the words of a seed.
    """

    is_on: bool = False
    is_full: bool = False
    calls: list[Recorded] = field(default_factory=list)
    before: Mapping[str, Any] = field(default_factory=dict)

    def start(self, before: Mapping[str, Any]) -> None:
        self.calls, self.is_on, self.is_full, self.before = [], True, False, before

    def stop(self) -> None:
        self.is_on = False

    def noting(self, call: Call, at: Instant, perform: Callable[[], Any]) -> Any:
        """Perform a call and, while it is on, note it if a client made it: one that comes over the network."""
        if not call.source_ip:
            return perform()
        try:
            result = perform()
        except AwsError as error:
            self._note(call, at, error=error.code)
            raise
        self._note(call, at, result=masked(result))
        return result

    def _note(self, call: Call, at: Instant, result: Any = None, error: str = "") -> None:
        if len(self.calls) == MOST_CALLS:
            self.is_full = True
        else:
            self.calls.append(Recorded(at, call.region, call.action, call.principal, masked(call.params), result, error))


def masked(value: Any, name: str = "") -> Any:
    """A value whose secrets are gone."""
    if name in SECRET and value is not None:
        return MASK
    if isinstance(value, Mapping):
        return {key: masked(item, key) for key, item in value.items() if item is not None}
    return [masked(item) for item in value] if isinstance(value, list) else value
