"""The emulator on a port: the front on an event loop, which fires timers as well while nobody calls."""

from __future__ import annotations

import logging
import socket
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING

from emulator.config import Config, checked
from emulator.engine.world import World
from emulator.gateway.control_token import ControlToken
from emulator.gateway.front import CONTROL, Front
from emulator.services import new_world
from emulator.values.errors import AwsError
from emulator.values.ids import unguessable
from emulator.wsgi.bounds import Bounds
from emulator.wsgi.listener import Listener

if TYPE_CHECKING:
    from flask import Flask

    from emulator.control.seed import Seed

_SHORTEST_REST, _LONGEST_REST = 0.01, 0.25
"""Seconds between two looks at the timers."""

_BACKLOG = 1024
"""Connections that may wait to be taken."""

_GRACE = 8.0
"""Seconds in which requests under way are answered when it stops; a container's keeper kills after ten."""

_log = logging.getLogger("emulator")


def world_for(config: Config) -> World:
    """A world with the settings of a configuration: empty, or as its data file keeps it. Raises DataFileError."""
    return new_world(
        config.data,
        pace=config.pace,
        iam=config.iam,
        requester_managed_endpoints=config.requester_managed_endpoints,
        log_lag=config.log_lag,
        log_bytes=config.log_bytes,
        journal_entries=config.journal_entries,
    )


class Server:
    """Serves a world, with a seed in it. Use it as a context manager in a test, or :meth:`run` it in the main thread.

    Raises :class:`msgspec.ValidationError`, which names the setting, when the configuration is none.
    """

    def __init__(self, config: Config, world: World | None = None, seed: Seed | None = None) -> None:
        config = checked(config)
        self._seed = seed
        self.world = world or world_for(config)
        self._owns_world = world is None
        try:
            if seed is not None:
                self._plant(seed)
            bound = _bound(config)
        except BaseException:
            self._let_go()
            raise
        given = config.control_token.reveal() if config.control_token else ""
        self.made_token = "" if given or config.is_loopback else unguessable()
        """The control token that was made up because other machines can reach the server and none was given."""
        self._token = ControlToken(given or self.made_token)
        self.front = Front(self.world, config, self._control, self._token)
        self.tally = self.front.tally
        self._listener = Listener(
            self.front, self.front.brief, bound, "mq-emulator", Bounds(large_path=CONTROL), together=self.front.together
        )
        host, self.port = self._listener.address
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def _plant(self, seed: Seed) -> None:
        """One that cannot be planted leaves a new data file as new as it was."""
        with self.world.lock:
            self.world.fixed_keys.update(key.id for _, _, key in seed.access_keys())
            if not self.world.is_new:
                seed.settings.set(self.world)  # like options, they are of a process
                return
            try:
                seed.plant(self.world)
            except BaseException:
                self.world.abandon()
                raise

    def _control(self) -> Flask:
        from emulator.control.app import create_app  # noqa: PLC0415  # slow to import, and a call to AWS needs none
        from emulator.control.seed import Seed  # noqa: PLC0415  # slow to import, and few have one

        return create_app(self.world, self._seed or Seed(), self.tally, self._token)

    def run(self) -> None:
        """Serve until :meth:`stop`, or an exception such as an interrupt; what is under way is answered first."""
        self._listener.later(0, self._tick)
        try:
            self._listener.run(_GRACE)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Whoever brought a world goes on with it."""
        if self._owns_world:
            self.world.close()

    def stop(self) -> None:
        """End :meth:`run`, from another thread or a signal handler."""
        self._listener.stop()

    @property
    def is_busy(self) -> bool:
        """Whether something was asked that is not answered as a whole."""
        return self._listener.is_busy

    def close(self) -> None:
        """Let go of the port of a server that never ran."""
        self._listener.close()
        self._let_go()

    def _tick(self) -> None:
        """Fire what is due, on the loop like calls, so that none of these finds the world taken; and come again.

        A thread that has the world keeps nobody waiting here: the next round is soon.
        """
        rest = _LONGEST_REST
        if self.world.lock.still.acquire(blocking=False):
            try:
                rest = self._fire()
            finally:
                self.world.lock.still.release()
        self._listener.later(rest, self._tick)

    def _fire(self) -> float:
        try:
            if self.world.clock_runs:  # else nothing becomes due; what is due at once happens at the next touch
                self.world.settle()
            return self._rest()
        except AwsError as error:
            _log.error("%s", error.message)  # the data file cannot be written; the next round tries again
        except Exception:  # noqa: BLE001  # a mistake of ours in one timer must not end all others
            _log.exception("a timer failed")
        return _LONGEST_REST

    def _rest(self) -> float:
        wait = self.world.until_next()
        return _LONGEST_REST if wait is None else min(max(wait, _SHORTEST_REST), _LONGEST_REST)

    def __enter__(self) -> Server:
        self._thread = Thread(target=self.run, name="server", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self._thread.join()


def _bound(config: Config) -> socket.socket:
    """A socket that listens; OSError when it cannot, or when a name stands for several addresses."""
    host = "127.0.0.1" if config.host == "localhost" else config.host
    found = {(family, where) for family, _, _, _, where in socket.getaddrinfo(host, config.port, type=socket.SOCK_STREAM)}
    if len(found) > 1:
        raise OSError(f"{config.host} stands for more than one address; name one of them")
    ((family, where),) = found
    return socket.create_server(where[:2], family=family, backlog=_BACKLOG)
