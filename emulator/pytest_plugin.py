"""The pytest plugin: an emulator in the test's own process, empty for each test. See docs/pytest.md.

pytest loads this at every start, so it imports nothing of the emulator before a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.testing import Clock, Emulator, Faults, Journal

_MARKER = "mq_emulator"
_ARGUMENTS = {"seed", "pace", "iam"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "mq_emulator(seed=None, pace='instant', iam='enforce'): how the emulator of a test starts: "
        "a seed (a file beside the test, or a mapping), how long Amazon MQ takes, and whether callers' denials bind.",
    )


@pytest.fixture(scope="session")
def _mq_emulator_of_session() -> Iterator[Emulator]:
    from emulator.testing import Emulator  # noqa: PLC0415  # only tests that want it pay for it

    with Emulator() as served:
        yield served


@pytest.fixture
def mq_emulator(_mq_emulator_of_session: Emulator, request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """An emulator on a free port of this process, empty but for the seed that the test is marked with."""
    emulator = _mq_emulator_of_session
    asked: dict[str, Any] = {}
    for marker in request.node.iter_markers(_MARKER):  # the closest comes first
        if marker.args or not set(marker.kwargs) <= _ARGUMENTS:
            pytest.fail(f"the marker {_MARKER} takes {', '.join(sorted(_ARGUMENTS))} by name", pytrace=False)
        asked = {**marker.kwargs, **asked}
    seed = asked.get("seed")
    if isinstance(seed, str):
        asked["seed"] = request.path.parent / seed
    try:
        emulator.begin(**asked)
    except (OSError, ValueError) as error:
        pytest.fail(f"the marker {_MARKER}: {error}", pytrace=False)
    yield emulator
    emulator.close_clients()


@pytest.fixture
def boto3_client(mq_emulator: Emulator) -> Callable[..., Any]:
    """``boto3_client("mq")``: a client of the emulator; see :meth:`emulator.testing.emulator.Emulator.client`."""
    return mq_emulator.client


@pytest.fixture
def aws_environment(mq_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Points every SDK and the AWS CLI at the emulator for one test, for code that makes its own clients."""
    import boto3  # noqa: PLC0415  # slow to import: only for who asks for it

    variables = mq_emulator.environment()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return variables


@pytest.fixture
def clock(mq_emulator: Emulator) -> Clock:
    """Emulated time: read it, move it, stop it."""
    return mq_emulator.clock


@pytest.fixture
def faults(mq_emulator: Emulator) -> Faults:
    """What goes wrong on purpose; gone after the test."""
    return mq_emulator.faults


@pytest.fixture
def journal(mq_emulator: Emulator) -> Journal:
    """What happened in this test, with assertions that say what came near."""
    return mq_emulator.journal
