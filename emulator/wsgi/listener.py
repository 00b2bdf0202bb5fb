"""The port, its connections, and the threads of what takes its time."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from email.utils import formatdate
from math import inf
from selectors import DefaultSelector, SelectorKey
from threading import Thread
from typing import Any

from emulator.values.clock import ticks
from emulator.values.http import Reply, Request
from emulator.wsgi.bounds import Bounds
from emulator.wsgi.call import Application, Environ, HangUp, Headers, Start, environ
from emulator.wsgi.connection import Connection

_ROUND = 0.5
"""Seconds between two looks at who has waited too long."""

_MOST_TOGETHER = 16
"""Connections whose answers wait for each other before they are written."""

_log = logging.getLogger("emulator")


class Listener:
    """Serves a WSGI application on a socket that listens.

    ``brief`` answers a request itself, on the event loop, if that neither waits nor streams; else it gives None, and the
    application is called on a thread. So most requests pass WSGI by, and take no two changes of thread. Answers to clients
    who ask at the same time are made within ``together()``; what that raises at its end means that none of it has happened.
    ``name`` is that of the Server header.
    """

    def __init__(
        self,
        application: Application,
        brief: Callable[[Request], Reply | None],
        bound: socket.socket,
        name: str,
        bounds: Bounds,
        *,
        together: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.application = application
        self.brief = brief
        self._together = together
        self.bounds = bounds
        self.is_closing = False
        self.headers: Headers = []
        """What the server adds to each answer, where the application did not give it."""
        self.date = self.date_and_server = ""
        """The same as lines."""
        self.address: tuple[str, int] = bound.getsockname()[:2]
        self._name = name
        self._socket = bound
        self._connections: set[Connection] = set()
        self.body_bytes = 0
        """Kept of bodies, over all connections."""
        self._asking: list[Connection] = []
        """Those that are answered next, together."""
        self._threads = 0
        self._selector = _Selector()
        self._loop = asyncio.SelectorEventLoop(self._selector)
        self._stopped = asyncio.Event()
        self.now = ticks
        self._environ: Environ = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": self.address[0],
            "SERVER_PORT": str(self.address[1]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": _Errors(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }

    @property
    def is_busy(self) -> bool:
        """Whether something was asked that is not answered as a whole."""
        return any(one.is_busy for one in list(self._connections))

    def environ(self, request: Request) -> Environ:
        """The environment of a WSGI call."""
        return environ(request, self._environ)

    # its life ----------------------------------------------------------------------------------------------------

    def run(self, grace: float) -> None:
        """Serve until :meth:`stop`; then answer what was asked before, for at most ``grace`` seconds."""
        try:
            self._loop.run_until_complete(self._serve(grace))
        finally:
            for connection in list(self._connections):
                connection.close()
            self._socket.close()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something on the loop, while it runs; call it from there, or before it does."""
        self._loop.call_later(seconds, work)

    def stop(self) -> None:
        """End :meth:`run`, from any thread or signal handler, before, while or after it runs."""
        with suppress(RuntimeError):  # the loop is closed: it has ended
            self._loop.call_soon_threadsafe(self._stopped.set)

    def close(self) -> None:
        """Let go of a port that was never served."""
        self._socket.close()
        self._loop.close()

    async def _serve(self, grace: float) -> None:
        server = await self._loop.create_server(lambda: Connection(self), sock=self._socket)
        sweeper = self._loop.create_task(self._sweep())
        await self._stopped.wait()
        self.is_closing = True
        server.close()
        for connection in [one for one in self._connections if not one.is_busy]:
            connection.close()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._all_answered(), grace)
        sweeper.cancel()

    async def _all_answered(self) -> None:
        while self.is_busy:
            await asyncio.sleep(0.01)

    async def _sweep(self) -> None:
        """Hang up on who has waited too long, and tell the time."""
        while True:
            date = formatdate(usegmt=True)
            self.headers = [("Date", date), ("Server", self._name)]
            self.date = f"Date: {date}\r\n"
            self.date_and_server = f"{self.date}Server: {self._name}\r\n"
            now = self.now()
            for connection in [one for one in self._connections if one.deadline < now]:
                connection.close()
            await asyncio.sleep(_ROUND)

    # connections -------------------------------------------------------------------------------------------------

    def admit(self, connection: Connection) -> bool:
        """Take a connection in; when there are too many, in the place of the one whose client has kept us waiting longest."""
        if len(self._connections) >= self.bounds.most_connections:
            oldest = min(self._connections, key=lambda one: one.deadline)
            if oldest.deadline == inf:
                return False
            oldest.close()
        self._connections.add(connection)
        return True

    def make_room(self) -> None:
        """Refuse who sends the largest bodies until what is kept of all is within the bound."""
        while self.body_bytes > self.bounds.most_body_bytes:
            max(self._connections, key=lambda one: one.sent_bytes).refuse(503)

    def forget(self, connection: Connection) -> None:
        self._connections.discard(connection)

    # answers that take no thread ---------------------------------------------------------------------------------

    def answer_soon(self, connection: Connection) -> None:
        """Now; or, when others may have asked as well, once all that has come is read.

        Reading all, then answering all, then writing all keeps the processor in the same code, and wakes clients once.
        """
        if self._selector.ready == 1:
            connection.answer_next()
            return
        if not self._asking:
            self._loop.call_soon(self._answer_all)
        self._asking.append(connection)

    def _answer_all(self) -> None:
        asking, self._asking = self._asking, []
        for first in range(0, len(asking), _MOST_TOGETHER):
            self._answer_together(asking[first : first + _MOST_TOGETHER])

    def _answer_together(self, connections: Sequence[Connection]) -> None:
        """No answer leaves before what was done for all is kept; where that cannot be, nothing has happened."""
        try:
            with self._together():
                for connection in connections:
                    connection.answer_next(holds_back=True)
        except Exception:  # noqa: BLE001  # each is asked again on its own, and then gets or logs its own error
            for connection in connections:
                connection.take_back()
        for connection in connections:
            connection.flush()

    # threads -----------------------------------------------------------------------------------------------------

    def in_thread(self, connection: Connection, request: Request, *, keeps: bool) -> None:
        if self._threads >= self.bounds.most_threads:
            connection.refuse(503)
            return
        work = Thread(target=self._work, args=(connection, request, keeps), name="request", daemon=True)
        try:
            work.start()
        except RuntimeError:  # the machine has no more of them
            _log.exception("no thread for a request")
            connection.refuse(503)
        else:
            self._threads += 1

    def _work(self, connection: Connection, request: Request, keeps: bool) -> None:
        answer = _Answer(self, connection, request, keeps=keeps)
        try:
            done = answer.run()
        except HangUp:
            done = connection.close
        except Exception:  # noqa: BLE001  # the application answers its own mistakes; this one it could not
            _log.exception("the application failed")
            done = connection.close if answer.has_begun else lambda: connection.refuse(500)
        self.on_loop(self._leave, done)

    def _leave(self, done: Callable[[], None]) -> None:
        self._threads -= 1
        done()

    def on_loop(self, work: Callable[..., None], *given: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is there to read it
            self._loop.call_soon_threadsafe(work, *given)


class _Selector(DefaultSelector):
    """One that knows how many were ready at its last look."""

    ready = 0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        found = super().select(timeout)
        self.ready = len(found)
        return found


class _Answer:
    """The answer to one request, made on a thread and written as it comes."""

    def __init__(self, listener: Listener, connection: Connection, request: Request, *, keeps: bool) -> None:
        self._listener = listener
        self._connection = connection
        self._request = request
        self._keeps = keeps
        self._start = Start()
        self.has_begun = False

    def run(self) -> Callable[[], None]:
        """Gives what is to do on the loop when all is written."""
        chunks = self._listener.application(self._listener.environ(self._request), self._start)
        try:
            return self._send(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def _send(self, chunks: Iterable[bytes]) -> Callable[[], None]:
        has_length = isinstance(chunks, list) or any(name.lower() == "content-length" for name, _ in self._start.headers)
        if not has_length:
            return self._stream(chunks)
        return self._whole(b"".join((*self._start.written, *chunks)), keeps=self._keeps)

    def _whole(self, body: bytes, *, keeps: bool) -> Callable[[], None]:
        more = [("Content-Length", str(len(body)))] if self._start.has_body else []
        head = self._start.head([*more, *self._listener.headers, *([] if keeps else [("Connection", "close")])])
        self._write(head + body if self._start.has_body and self._request.method != "HEAD" else head)
        return lambda: self._connection.go_on(keeps=keeps)

    def _stream(self, chunks: Iterable[bytes]) -> Callable[[], None]:
        """A body of unknown length, the last on its connection; nobody makes more of it once the client or the server is gone.

        It goes in chunks if the client knows them: some libraries wait for more than there is of a body that just goes on.
        """
        is_chunked = self._request.version == "1.1" and self._request.method != "HEAD"
        more = [("Connection", "close"), *([("Transfer-Encoding", "chunked")] if is_chunked else [])]
        for chunk in filter(None, chunks):
            if not self.has_begun:
                self.has_begun = True
                self._write(self._start.head([*self._listener.headers, *more]))
            if self._request.method == "HEAD" or self._connection.is_lost or self._listener.is_closing:
                break
            self._write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else chunk)
        if not self.has_begun:
            return self._whole(b"", keeps=False)
        if is_chunked:
            self._write(b"0\r\n\r\n")
        return lambda: self._connection.go_on(keeps=False)

    def _write(self, data: bytes) -> None:
        """On the loop, as soon as the client has read what went before."""
        self._connection.drained.wait()
        self._listener.on_loop(self._connection.write, data)


class _Errors:
    """WSGI's error stream: what an application writes there is logged."""

    def write(self, text: str) -> int:
        _log.error("%s", text.rstrip())
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing is held back."""
