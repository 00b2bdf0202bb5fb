"""Runs a scenario through boto3 against an emulator's port."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import jmespath
import requests
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from jmespath.exceptions import JMESPathError

from emulator.scenario.model import Scenario, Step

_REFERENCE = re.compile(r"\$\{(\w+)\}")
_LOOK_EVERY = 15
"""Emulated seconds between two looks of a step that waits."""


class UnmetError(Exception):
    """A step that did not go as the scenario says."""


@dataclass
class Run:
    """A scenario under way: the values saved so far, and one client per service."""

    scenario: Scenario
    url: str
    values: dict[str, Any] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)

    def play(self) -> None:
        """Take every step; :class:`UnmetError` names the first that did not go as it should."""
        try:
            for number, step in enumerate(self.scenario.steps, 1):
                self._take_numbered(number, step)
        finally:
            for client in self._clients.values():
                client.close()

    def _take_numbered(self, number: int, step: Step) -> None:
        try:
            self._take(step)
        except UnmetError as unmet:
            raise UnmetError(f"step {number} ({step.note or step.call}): {unmet}") from unmet

    def _take(self, step: Step) -> None:
        result = self._call(step)
        waited = 0
        while step.until and _search(step.until, result) is not True:
            if waited >= step.within:
                raise UnmetError(f"{step.until} is not true after {step.within:g} s; the last answer was {result}")
            self._advance()
            waited += _LOOK_EVERY
            result = self._call(step)
        for path, wanted in step.expect.items():
            got = _search(path, result)
            if got != self._filled(wanted):
                raise UnmetError(f"{path} is {got!r}, not {self._filled(wanted)!r}")
        self.values |= {name: _search(path, result) for name, path in step.save.items()}

    def _call(self, step: Step) -> Mapping[str, Any]:
        service, operation = step.call.split(":")
        try:
            method = getattr(self._client(service), xform_name(operation), None)
            if method is None:
                raise UnmetError(f"{service} has no operation {operation}")
            result: Mapping[str, Any] = method(**self._filled(step.params))
        except ClientError as error:
            return self._check_error(step, error)
        except BotoCoreError as error:
            raise UnmetError(" ".join(str(error).split())) from error
        if step.error:
            raise UnmetError(f"it succeeded, but should have ended in {step.error.code}")
        return result

    def _check_error(self, step: Step, error: ClientError) -> Mapping[str, Any]:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if step.error is None or step.error.code != code or step.error.message not in message:
            raise UnmetError(f"it ended in {code}: {message}") from error
        return {}

    def _advance(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.post(f"{self.url}/_emulator/clock", json={"advance": _LOOK_EVERY}, timeout=60).raise_for_status()

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,  # type: ignore[call-overload]  # its name is data here
                endpoint_url=self.url,
                region_name=self.scenario.region,
                aws_access_key_id=self.scenario.account,
                aws_secret_access_key="any",  # noqa: S106  # a development key's secret is not checked
                config=Config(retries={"total_max_attempts": 1}, proxies={}),  # no proxy stands between here and here
            )
        return self._clients[service]

    def _filled(self, value: Any) -> Any:
        """The value with its ``${name}`` replaced; a text that is nothing else becomes the saved value itself."""
        if isinstance(value, str):
            whole = _REFERENCE.fullmatch(value)
            return self._saved(whole[1]) if whole else _REFERENCE.sub(lambda found: str(self._saved(found[1])), value)
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        return value

    def _saved(self, name: str) -> Any:
        if name not in self.values:
            raise UnmetError(f"nothing was saved as {name}")
        return self.values[name]


def _search(path: str, result: Mapping[str, Any]) -> Any:
    try:
        return jmespath.search(path, result)
    except JMESPathError as error:  # such as the length of what is not there
        raise UnmetError(f"{path}: {' '.join(str(error).split())}") from error
