"""The emulator on a port: the app on a real WSGI server, and a ticker that fires timers while nobody calls."""

from __future__ import annotations

import logging
from threading import Event, Thread
from types import TracebackType
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, create_server

from emulator.config import Config
from emulator.control.api import control
from emulator.control.seed import Seed
from emulator.engine.world import World
from emulator.gateway.http import LARGEST_BODY, create_app
from emulator.services import new_world
from emulator.values.clock import ticks
from emulator.values.errors import AwsError

_THREADS = 8
_LONGEST_REST = 0.25
"""Seconds between two looks at the timers, at most."""

_LONGEST_WAIT = 0.1
"""Seconds for which the loop waits for a request before it looks whether to stop."""

_LARGEST_ANSWER = 256 * 1024 * 1024
"""Bytes that are never put into a file while their client is slow to read: an answer was in memory as a whole before."""

_GRACE = 8.0
"""Seconds in which requests under way are answered when it stops; a container's keeper kills after ten."""

_log = logging.getLogger("emulator")


def world_for(config: Config) -> World:
    """A world with the settings of a configuration: empty, or as its data file keeps it. Raises DataFileError."""
    return new_world(
        config.data,
        pace=config.pace if config.data is None or "pace" in config.model_fields_set else None,
        iam=config.iam,
        requester_managed_endpoints=config.requester_managed_endpoints,
        log_lag=config.log_lag,
    )


class Server:
    """Serves a world, with a seed in it. Use it as a context manager in a test, or :meth:`run` it in the main thread."""

    def __init__(self, config: Config, world: World | None = None, seed: Seed | None = None) -> None:
        seed = seed or Seed()
        self.world = world or world_for(config)
        self._owns_world = world is None
        with self.world.lock:
            self.world.fixed_keys.update(key.id for _, _, key in seed.access_keys())
            if self.world.is_new:
                seed.plant(self.world)
        app = create_app(self.world, config)
        app.register_blueprint(control(self.world, seed))
        self._stopping = Event()
        self._sockets: dict[int, Any] = {}
        try:
            server = create_server(
                app,
                map=self._sockets,
                host="127.0.0.1" if config.host == "localhost" else config.host,
                port=config.port,
                threads=_THREADS,
                ident="mq-emulator",
                max_request_body_size=4 * LARGEST_BODY,  # the app answers up to here, in the protocol's words
                max_request_header_size=64 * 1024,
                channel_timeout=60,
                outbuf_overflow=_LARGEST_ANSWER,
            )
            if not isinstance(server, TcpWSGIServer):
                raise OSError(f"{config.host} stands for more than one address; name one of them")  # noqa: TRY301
        except OSError:
            wasyncore.close_all(self._sockets)
            self._let_go()
            raise
        self._server = server
        host, self.port = str(server.effective_host), int(server.effective_port)
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def run(self) -> None:
        """Serve until :meth:`stop`, or an exception such as an interrupt; what is under way is answered first."""
        ticker = Thread(target=self._tick, name="ticker", daemon=True)
        ticker.start()
        try:
            while not self._stopping.is_set():
                wasyncore.loop(timeout=_LONGEST_WAIT, map=self._sockets, count=1)
        finally:
            self._stopping.set()
            ticker.join()
            self._finish()
            self._server.task_dispatcher.shutdown()
            self._server.close()
            wasyncore.close_all(self._sockets)
            self._let_go()

    def _let_go(self) -> None:
        """Whoever brought a world goes on with it."""
        if self._owns_world:
            self.world.close()

    def _finish(self) -> None:
        """Take no new connection, and answer what was asked on the others, as far as that is done in time."""
        self._server.accepting = False
        until = ticks() + _GRACE
        while self._is_answering() and ticks() < until:
            wasyncore.loop(timeout=_LONGEST_WAIT, map=self._sockets, count=1)

    def _is_answering(self) -> bool:
        channels = [one for one in list(self._sockets.values()) if isinstance(one, HTTPChannel)]
        return any(channel.request or channel.requests or channel.total_outbufs_len for channel in channels)

    def stop(self) -> None:
        """End :meth:`run`, from another thread. Waking its loop would race with the loop's own end, so it looks by itself."""
        self._stopping.set()

    def _tick(self) -> None:
        while not self._stopping.wait(self._rest()):
            try:
                if not self.world.clock.is_frozen:  # nothing becomes due; what is due at once happens at the next touch
                    self.world.settle()
            except AwsError as error:
                _log.error("%s", error.message)  # the data file cannot be written; the next round tries again
            except Exception:  # noqa: BLE001  # a mistake of ours in one timer must not end all others
                _log.exception("a timer failed")

    def _rest(self) -> float:
        with self.world.lock:
            wait = self.world.until_next()
            return _LONGEST_REST if wait is None else min(max(wait, 0.01), _LONGEST_REST)

    def __enter__(self) -> Server:
        self._thread = Thread(target=self.run, name="server", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self._thread.join()
