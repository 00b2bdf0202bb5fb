"""One connection: bytes into requests, answers into bytes, each wait with an end."""

from __future__ import annotations

import logging
from asyncio import Protocol, Transport
from collections import deque
from contextlib import suppress
from math import inf
from threading import Event
from typing import TYPE_CHECKING, Any

import httptools

from emulator.values.http import Reply, Request
from emulator.wsgi.call import BODILESS, HangUp, head, header_name, split_target, status_line

if TYPE_CHECKING:
    from emulator.wsgi.listener import Listener

_LINGER = 5.0
"""Seconds in which a client that is still sending may read why it was refused; a reset would take that from it."""

_MOST_UNSENT = 64 * 1024
"""Bytes of answers that are held back at one time (our choice); the last of them may be larger."""

_log = logging.getLogger("emulator")


class Connection(Protocol):
    """Requests of one client, answered in order.

    A brief request is answered on the event loop, any other on a thread of its own; meanwhile the client is not read from.
    ``deadline`` is when the client is hung up on, by the listener's ``now``, unless it does what it is waited for.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._bounds = listener.bounds
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[str, str] = {}
        self._asking: dict[str, str] = {}
        self._body: list[bytes] = []
        self._unread_size = self._head_size = self._body_size = 0
        self._largest_body, self._kept_body = self._bounds.largest_body, self._bounds.kept_body
        self._is_in_head = True
        self._is_in_message = False
        self._asked: deque[tuple[Request, bool]] = deque()
        self._held: deque[int] = deque()
        self._is_answering = False
        self._unsent: list[tuple[Request, bytes, bool]] = []
        self._is_over = False
        self._has_ended = False
        self.is_lost = False
        self.drained = Event()
        self.drained.set()
        self.deadline = listener.now() + self._bounds.head_seconds

    @property
    def is_busy(self) -> bool:
        """Whether something was asked that is not answered as a whole, or is being asked."""
        return self._is_answering or self._is_in_message or bool(self._asked) or self._transport.get_write_buffer_size() > 0

    @property
    def sent_bytes(self) -> int:
        """Of a body that is still being sent, those that are kept."""
        return self._held[-1] if self._is_in_message and not self._is_over else 0

    # asyncio -----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self._transport: Transport = transport
        self._peer = str(transport.get_extra_info("peername")[0])
        if not self._listener.admit(self):
            self.refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self.is_lost = True
        del self._parser  # which knows the connection as well: neither then waits for a search for such circles
        self.drained.set()
        self._listener.forget(self)
        if not self._is_answering:
            self._let_go()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._is_in_head:
            self._unread_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._has_ended = True  # nobody speaks anything else here; the request itself is answered
        except httptools.HttpParserError:
            self.refuse(400)
        if self._is_in_head and self._unread_size > self._bounds.largest_head:
            self.refuse(431)
        if self._asked:
            self._listener.answer_soon(self)

    def eof_received(self) -> bool:
        """The client sends no more; what it asked before is answered."""
        self._has_ended = True
        return self._is_answering

    def pause_writing(self) -> None:
        self.drained.clear()
        self.deadline = self._listener.now() + self._bounds.write_seconds
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.deadline = inf  # of a stream, whose client waits for us again
        self.drained.set()
        self._wait(_LINGER if self._is_over else self._bounds.idle_seconds)
        self.answer_next()

    # the parser --------------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._target, self._head_size, self._body_size = b"", 0, 0
        self._is_in_message = not self._is_over
        self._held.append(0)
        self._wait(self._bounds.head_seconds)

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_size += len(name) + len(value)
        key = header_name(name)
        if key and self._head_size <= self._bounds.largest_head:  # more is refused, or, of trailers, not kept
            headers, text = self._headers, value.decode("latin-1").strip(" \t")
            headers[key] = f"{headers[key]},{text}" if key in headers else text

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        bounds, headers = self._bounds, self._headers
        self._asking, self._headers = headers, {}  # into which trailers go, which count for nothing
        self._largest_body, self._kept_body = bounds.largest_body, bounds.kept_body
        if bounds.large_path and self._target.startswith(bounds.large_path.encode()):
            self._largest_body = self._kept_body = bounds.large_body
        if self._head_size + len(self._target) > bounds.largest_head:
            self.refuse(431)
        elif int(headers.get("content-length") or 0) > self._largest_body:
            self.refuse(413)
        elif headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._wait(bounds.body_seconds)

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
        if self._is_over:
            return
        if self._body_size > self._largest_body:
            self.refuse(413)
        elif self._body_size > self._kept_body:
            self._body.clear()
            self._hold(-self._held[-1])
        else:
            self._body.append(body)
            self._hold(len(body))

    def on_message_complete(self) -> None:
        self._is_in_message, self._is_in_head, self._unread_size = False, True, 0
        if len(self._asked) == self._bounds.most_pipelined:
            self.refuse(503)
        if not self._is_over:
            self._asked.append((self._request(), self._parser.should_keep_alive()))
        self._asking, self._headers, self._body = {}, {}, []  # who only waits for its next request keeps no secrets of the last

    def _request(self) -> Request:
        target = self._target.decode("latin-1")
        path, query = split_target(target)
        self._asking["content-length"] = str(self._body_size)
        return Request(
            self._parser.get_method().decode("ascii"),
            path,
            query,
            self._asking,
            b"".join(self._body),
            self._body_size,
            self._peer,
            target=target,
            version=self._parser.get_http_version(),
        )

    def _hold(self, size: int) -> None:
        """So many bytes more of the body that is being sent."""
        self._held[-1] += size
        self._listener.body_bytes += size
        if self._listener.body_bytes > self._bounds.most_body_bytes:
            self._listener.make_room()

    def _let_go(self) -> None:
        """Of all bodies."""
        self._listener.body_bytes -= sum(self._held)
        self._held.clear()
        self._asked.clear()
        self._body = []

    # answers -----------------------------------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        """Give the client so long for what it does next; while it waits for us it has all the time."""
        if not self._is_answering:
            self.deadline = self._listener.now() + seconds

    def answer_next(self, *, holds_back: bool = False) -> None:
        """Answer what was asked, one after the other, for as long as the client takes the answers.

        What is held back needs no thread; :meth:`flush` sends it, or :meth:`take_back` forgets it.
        """
        while self._asked and not self._is_answering and self.drained.is_set():
            request, keeps = self._asked[0]
            answer, keeps = self._brief(request, keeps=keeps and not self._has_ended)
            if answer is None and holds_back:
                break
            self._asked.popleft()
            if answer is None:
                self._is_answering, self.deadline = True, inf
                self._listener.in_thread(self, request, keeps=keeps)
                break
            self._unsent.append((request, answer, keeps))
            if not holds_back:
                self._send_held()
            elif not keeps or self._listener.is_closing or self._holds_much():
                break
        if self._is_answering or not self.drained.is_set():
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _brief(self, request: Request, *, keeps: bool) -> tuple[bytes | None, bool]:
        """An answer that needs no thread, if there is one, empty to hang up; and whether the connection is kept."""
        try:
            reply = self._listener.brief(request)
            return None if reply is None else self._told(reply, request.method, keeps=keeps), keeps
        except HangUp:
            return b"", False
        except Exception:  # noqa: BLE001  # the application answers its own mistakes; this one it could not
            _log.exception("the application failed")
            return self._told(_refusal(500), "", keeps=False), False

    def _holds_much(self) -> bool:
        """Whether the client should read before more is answered."""
        return sum([len(answer) for _, answer, _ in self._unsent]) > _MOST_UNSENT

    def flush(self) -> None:
        """Send what was held back, and go on."""
        self._send_held()
        if self._asked:
            self.answer_next()

    def take_back(self) -> None:
        """What was answered and held back is asked again."""
        self._asked.extendleft((request, keeps) for request, _, keeps in reversed(self._unsent))
        self._unsent = []

    def _send_held(self) -> None:
        unsent, self._unsent = self._unsent, []
        for _, answer, keeps in unsent:
            if answer:
                self.send(answer, keeps=keeps)
            else:
                self.close()

    def _told(self, reply: Reply, method: str, *, keeps: bool) -> bytes:
        has_body = reply.status not in BODILESS
        more = self._listener.date if "Server" in reply.headers else self._listener.date_and_server
        if has_body:
            more = f"Content-Length: {len(reply.body)}\r\n{more}"
        if not keeps:
            more += "Connection: close\r\n"
        begin = head(status_line(reply.status), reply.headers.items(), more)
        return begin + reply.body if has_body and method != "HEAD" else begin

    def send(self, answer: bytes, *, keeps: bool) -> None:
        """A whole answer, the last one unless the connection is kept."""
        self.write(answer)
        self.finished(keeps=keeps)

    def write(self, data: bytes) -> None:
        if not self.is_lost:
            self._transport.write(data)

    def finished(self, *, keeps: bool) -> None:
        """An answer is written as a whole, the last one unless the connection is kept."""
        self._is_answering = False
        if not keeps or self._listener.is_closing or self.is_lost or self._is_over:
            self._end()
            return
        self._listener.body_bytes -= self._held.popleft()
        if self.drained.is_set():
            self.deadline = self._listener.now() + self._bounds.idle_seconds

    def go_on(self, *, keeps: bool) -> None:
        """An answer of a thread is written as a whole: the next one."""
        self.finished(keeps=keeps)
        if not self._is_over:
            self.answer_next()

    def refuse(self, code: int) -> None:
        """An error of HTTP itself, after which nothing more is read as a request."""
        if not self._is_over:
            self.send(self._told(_refusal(code), "", keeps=False), keeps=False)

    def _end(self) -> None:
        """Close, once the client has read what was written to it."""
        self._is_over = True
        self._is_answering = self._is_in_message = False
        self._let_go()
        self._wait(_LINGER if self.drained.is_set() else self._bounds.write_seconds)
        if self._has_ended:
            self._transport.close()
        else:
            with suppress(OSError, RuntimeError):  # it is gone
                self._transport.resume_reading()
                self._transport.write_eof()

    def close(self) -> None:
        """At once."""
        self._is_over = True
        self._let_go()
        self._transport.abort()


def _refusal(code: int) -> Reply:
    return Reply(code, {"Content-Type": "text/plain"}, f"{status_line(code)[4:]}\n".encode())
