"""HTTP/1.1 in front of a WSGI application: what goes through, and what one client can cost the others."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from math import inf
from threading import Event, Thread
from typing import Any

import pytest

from emulator.values.http import Reply, Request
from emulator.wsgi.bounds import Bounds
from emulator.wsgi.call import HangUp, Start
from emulator.wsgi.listener import Listener

LARGE = 8 << 20
"""Bytes; more than a socket takes at once."""

PATIENCE = 20
"""Seconds after which a test gives up; nothing here takes as long."""

Serve = Callable[..., "Served"]


class Served:
    """A listener that runs, and raw connections to it."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.release = Event()

    def connect(self) -> socket.socket:
        return socket.create_connection(self.listener.address, timeout=PATIENCE)

    def ask(self, sent: bytes) -> bytes:
        """All that comes back until the server closes."""
        with self.connect() as client:
            client.sendall(sent)
            return rest(client)


def rest(client: socket.socket) -> bytes:
    received = b""
    while data := client.recv(1 << 20):
        received += data
    return received


def until(client: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        data = client.recv(1 << 20)
        assert data, received
        received += data
    return received


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(application, **bounds)``; requests whose path has ``slow`` in it are answered on a thread."""
    running: list[tuple[Served, Thread]] = []

    def start(application: Any = None, **bounds: Any) -> Served:
        def brief(request: Request) -> Reply | None:
            if "slow" in request.path:
                return None
            begun = Start()
            body = b"".join((application or echo)(served.listener.environ(request), begun))
            return Reply(int(begun.status[:3]), dict(begun.headers), body)

        bound = socket.create_server(("127.0.0.1", 0))
        served = Served(Listener(application or echo, brief, bound, "test", Bounds(**bounds)))
        thread = Thread(target=served.listener.run, args=(PATIENCE,))
        thread.start()
        running.append((served, thread))
        return served

    yield start
    for served, thread in running:
        served.release.set()
        served.listener.stop()
        thread.join()


def echo(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    body = environ["wsgi.input"].read()
    return [f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']} {environ['CONTENT_LENGTH']} ".encode(), body, b"."]


GET = b"GET /%s HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET /%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


def status(answer: bytes) -> bytes:
    return answer.split(b" ", 2)[1]


# What goes through -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [b"", b"slow"])
def test_an_answer(place: bytes, serve: Serve) -> None:
    head, _, body = serve().ask(LAST % place).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert {line.partition(b":")[0] for line in lines[1:]} == {
        b"Content-Type",
        b"Content-Length",
        b"Date",
        b"Server",
        b"Connection",
    }
    assert body == b"GET /" + place + b" 0 ."


def test_answers_come_in_the_order_of_the_requests(serve: Serve) -> None:
    answer = serve().ask(GET % b"a" + GET % b"slow" + GET % b"b" + LAST % b"slow-too")
    assert [part.split(b" ")[1] for part in answer.split(b"\r\n\r\n")[1:]] == [b"/a", b"/slow", b"/b", b"/slow-too"]


def test_who_asks_while_the_loop_is_busy_is_answered_together(serve: Serve) -> None:
    """More of them than are written at a time; and each as if it were alone."""
    inside, over = Event(), Event()

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/first":
            inside.set()
            over.wait(PATIENCE)
        if path == "/hang-up":
            raise HangUp
        if path == "/large":
            start("200 OK", [])
            return [b"x" * LARGE]
        return echo(environ, start)

    served = serve(application)
    asked = {
        LAST % b"brief": [b"GET /brief 0 ."],
        LAST % b"slow": [b"GET /slow 0 ."],
        GET % b"one" + LAST % b"two": [b"GET /one 0 .", b"GET /two 0 ."],
        GET % b"large" + LAST % b"large": [b"x" * LARGE, b"x" * LARGE],
        GET % b"one" + GET % b"hang-up": [b"GET /one 0 ."],
    }
    with ExitStack() as stack:
        busy, *clients = (stack.enter_context(served.connect()) for _ in range(21))
        for client in clients:
            client.sendall(GET % b"")
            until(client, b".")
        busy.sendall(GET % b"first")
        assert inside.wait(PATIENCE)
        for client, sent in zip(clients, cycle(asked)):
            client.sendall(sent)
        over.set()
        for client, wanted in zip(clients, cycle(asked.values())):
            received = b""
            with suppress(ConnectionError):  # of one that is hung up on
                received = rest(client)
            assert [part.partition(b"HTTP/1.1 ")[0] for part in received.split(b"\r\n\r\n")[1:]] == wanted


def test_a_body_in_any_form(serve: Serve) -> None:
    served = serve()
    plain = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
    chunked = plain.replace(b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n")
    chunked += b"2\r\nhe\r\n3\r\nllo\r\n0\r\nX: trailer\r\n\r\n"
    for sent in (plain, chunked):
        assert served.ask(sent).endswith(b"POST / 5 hello.")


def test_a_client_that_waits_for_leave_to_send_its_body(serve: Serve) -> None:
    with serve().connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hi")
        assert rest(client).endswith(b"POST / 2 hi.")


def test_no_body_where_there_is_none(serve: Serve) -> None:
    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("204 No Content" if environ["REQUEST_METHOD"] == "GET" else "200 OK", [])
        return [b"body"]

    served = serve(application)
    assert b"Content-Length: 4" in (head := served.ask((LAST % b"").replace(b"GET", b"HEAD")))
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in (none := served.ask(LAST % b""))
    assert none.endswith(b"\r\n\r\n")


def test_old_clients_and_their_ends(serve: Serve) -> None:
    """HTTP/1.0 closes; one that has no more to say still hears the answer; nobody speaks another protocol here."""
    served = serve()
    assert served.ask(b"GET / HTTP/1.0\r\n\r\n").endswith(b"GET / 0 .")
    for place in (b"", b"slow"):
        with served.connect() as client:
            client.sendall(GET % place)
            client.shutdown(socket.SHUT_WR)
            assert status(rest(client)) == b"200"
    upgrade = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert served.ask(upgrade).endswith(b"GET / 0 .")


def test_headers_as_the_application_sees_them(serve: Serve) -> None:
    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return [repr({key: text for key, text in environ.items() if key.startswith("HTTP_X")}).encode()]

    sent = LAST.replace(b"Host: h\r\n", b"Host: h\r\nX-A: 1\r\nx-a:  2 \r\nX_B: passes for X-B\r\n") % b""
    assert serve(application).ask(sent).endswith(b"{'HTTP_X_A': '1,2'}")


def test_a_connection_keeps_no_header_of_what_it_has_answered(serve: Serve) -> None:
    served = serve()
    with served.connect() as client:
        client.sendall(GET.replace(b"Host: h\r\n", b"Host: h\r\nX-Amz-Security-Token: secret\r\n") % b"")
        until(client, b"GET / 0 .")
        (connection,) = served.listener._connections
        assert b"secret" not in repr(vars(connection)).encode()


def test_of_trailers_no_more_is_kept_than_of_headers(serve: Serve) -> None:
    served = serve(largest_head=1_000)
    with served.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
        client.sendall(b"".join(b"X-%d: %s\r\n" % (number, b"a" * 90) for number in range(1_000)))
        held(served, 1)
        (connection,) = served.listener._connections
        assert len(repr(vars(connection))) < 5_000
        client.sendall(b"\r\n")
        assert until(client, b"a.").endswith(b"POST / 1 a.")


@pytest.mark.parametrize("target", [b"/a%2Fb?c=d", b"http://h/a%2Fb?c=d"])
def test_a_target_as_sent_and_decoded(target: bytes, serve: Serve) -> None:
    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return [" ".join(environ[key] for key in ("REQUEST_URI", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR")).encode()]

    sent = b"GET " + target + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    assert serve(application).ask(sent).endswith(b"\r\n\r\n" + target + b" /a/b c=d 127.0.0.1")


# Streams -----------------------------------------------------------------------------------------------------------


def test_a_stream_comes_as_it_is_made(serve: Serve) -> None:
    go_on = Event()

    def application(_: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "text/event-stream")])
        yield b"one\n"
        go_on.wait(PATIENCE)
        yield b"two\n"

    served = serve(application)
    with served.connect() as client:
        client.sendall(GET % b"slow")
        head = until(client, b"one\n\r\n")
        assert b"\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n" in head
        assert head.endswith(b"\r\n\r\n4\r\none\n\r\n")
        go_on.set()
        assert rest(client) == b"4\r\ntwo\n\r\n0\r\n\r\n"


def test_a_stream_to_an_old_client_just_goes_on(serve: Serve) -> None:
    def application(_: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield from (b"one", b"", b"two")

    answer = serve(application).ask(b"GET /slow HTTP/1.0\r\n\r\n")
    assert b"chunked" not in answer
    assert answer.endswith(b"\r\n\r\nonetwo")


def test_many_streams_starve_nobody(serve: Serve) -> None:
    """Followers wait on threads of their own; whoever asks meanwhile is answered."""
    over = Event()

    def application(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "text/event-stream")])
        yield b"here\n"
        if "slow" in environ["PATH_INFO"]:
            over.wait(PATIENCE)

    served = serve(application)
    followers = [served.connect() for _ in range(20)]
    try:
        for client in followers:
            client.sendall(GET % b"slow")
            until(client, b"here\n\r\n")
        assert served.ask(LAST % b"").endswith(b"here\n")
    finally:
        over.set()
        for client in followers:
            client.close()


def test_a_stream_ends_when_its_client_is_gone(serve: Serve) -> None:
    closed = Event()

    def application(_: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        try:
            while True:
                yield b"x" * 100_000
        finally:
            closed.set()

    with serve(application).connect() as client:
        client.sendall(GET % b"slow")
        client.recv(10)
    assert closed.wait(PATIENCE)


@pytest.mark.parametrize("place", [b"", b"slow"])
def test_a_stream_of_nothing(place: bytes, serve: Serve) -> None:
    def application(_: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield from ()

    assert status(serve(application).ask(LAST % place)) == b"200"


# Failures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [b"", b"slow"])
def test_an_application_that_hangs_up(place: bytes, serve: Serve) -> None:
    def application(_: dict[str, Any], start: Any) -> Iterable[bytes]:
        raise HangUp

    with serve(application).connect() as client:
        client.sendall(GET % place)
        with suppress(ConnectionError):
            assert client.recv(1) == b""


class Together:
    """Clients whose requests the listener finds all at once, for it is held until they are sent; ``asked`` are their paths."""

    def __init__(self, serve: Serve) -> None:
        self.served = serve(self.answer)
        self.asked: list[str] = []
        self._inside, self._over = Event(), Event()

    def answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/hold":
            self.asked.clear()
            self._inside.set()
            self._over.wait(PATIENCE)
            return echo(environ, start)
        self.asked.append(path)
        start("200 OK", [("X", "a\r\nSet-Cookie: b")] if path == "/split" else [])
        return [b"x" * LARGE if path == "/large" else path.encode()]

    @contextmanager
    def clients(self, *sent: bytes, before: Callable[[], object] = str) -> Iterator[list[socket.socket]]:
        """One for each; ``before`` is done when all have sent theirs."""
        with ExitStack() as stack:
            busy, *clients = (stack.enter_context(self.served.connect()) for _ in range(len(sent) + 1))
            for client in clients:
                client.sendall(GET % b"hello")
                until(client, b"/hello")
            busy.sendall(GET % b"hold")
            assert self._inside.wait(PATIENCE)
            for client, own in zip(clients, sent, strict=True):
                client.sendall(own)
            before()
            self._over.set()
            yield clients


@pytest.fixture
def together(serve: Serve) -> Together:
    return Together(serve)


def test_a_broken_answer_is_its_own_clients_only(together: Together, caplog: pytest.LogCaptureFixture) -> None:
    with together.clients(GET % b"split", LAST % b"right") as (wrong, right), caplog.at_level(logging.ERROR, "emulator"):
        assert status(rest(wrong)) == b"500"
        assert rest(right).endswith(b"/right")
    assert together.asked == ["/split", "/right"]
    assert [record.getMessage() for record in caplog.records] == ["the application failed"]


def test_who_gets_no_thread_is_refused_and_nobody_else(
    together: Together, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with together.clients(GET % b"slow", LAST % b"right", before=lambda: monkeypatch.setattr(Thread, "start", start)) as (
        one,
        two,
    ):
        assert status(rest(one)) == b"503"
        assert rest(two).endswith(b"/right")
    assert [record.getMessage() for record in caplog.records] == ["no thread for a request"]


def test_at_the_end_nothing_is_done_that_is_not_told(together: Together) -> None:
    with together.clients(GET % b"one" + GET % b"two", GET % b"three", before=together.served.listener.stop) as clients:
        assert [rest(client).rpartition(b"\r\n")[2] for client in clients] == [b"/one", b"/three"]
    assert together.asked == ["/one", "/three"]


def test_who_does_not_read_large_answers_gets_no_more_of_them(together: Together) -> None:
    with together.clients(GET % b"large" * 2 + LAST % b"large", LAST % b"small") as (lazy, quick):
        assert rest(quick).endswith(b"/small")
        assert together.asked == ["/large", "/small"]
        assert rest(lazy).count(b"200 OK") == 3


@pytest.mark.parametrize("place", [b"", b"slow"])
def test_a_mistake_of_the_application_is_logged(place: bytes, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def application(_: dict[str, Any], start: Any) -> Iterable[bytes]:
        raise ZeroDivisionError

    served = serve(application)
    with caplog.at_level(logging.ERROR, "emulator"):
        assert status(served.ask(GET % place)) == b"500"
    assert [record.getMessage() for record in caplog.records] == ["the application failed"]


def test_what_an_application_writes_to_the_error_stream_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ["wsgi.errors"].writelines(["oh\n"])
        environ["wsgi.errors"].flush()
        start("200 OK", [])(b"written ")
        return [b"returned"]

    with caplog.at_level(logging.ERROR, "emulator"):
        assert serve(application).ask(LAST % b"slow").endswith(b"\r\n\r\nwritten returned")
    assert [record.getMessage() for record in caplog.records] == ["oh"]


def test_a_stream_that_breaks_off(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def application(_: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield b"half"
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR, "emulator"), suppress(ConnectionError):
        assert b"500" not in serve(application).ask(GET % b"slow")
    assert [record.getMessage() for record in caplog.records] == ["the application failed"]


def test_no_answer_begins_twice_or_breaks_its_lines() -> None:
    start = Start()
    start("200 OK", [])
    with pytest.raises(AssertionError):
        start("200 OK", [])
    start("500 Oh", [("X", "a\r\nSet-Cookie: b")], (ValueError, ValueError(), None))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="line break"):
        start.head([])


# Bounds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 2_000 + b"\r\n\r\n", b"431", id="headers"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 2_000, b"431", id="a header without end"),
        pytest.param(b"GET /" + b"a" * 2_000 + b" HTTP/1.1\r\n", b"431", id="target"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2001\r\n\r\n", b"413", id="body announced"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFF\r\n" + b"a" * 4095, b"413", id="body in chunks"
        ),
        pytest.param(b"nonsense\r\n\r\n", b"400", id="no request"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400", id="two lengths"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400", id="smuggled"),
    ],
)
def test_too_much(sent: bytes, wanted: bytes, serve: Serve) -> None:
    served = serve(largest_head=1_000, largest_body=2_000)
    answer = served.ask(sent)
    assert status(answer) == wanted
    assert b"\r\nConnection: close\r\n" in answer
    assert status(served.ask(LAST % b"")) == b"200", "it answers on"


def test_of_a_large_body_the_size_is_kept(serve: Serve) -> None:
    body = b"a" * 1_500
    sent = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1500\r\n\r\n" + body
    assert serve(kept_body=1_000, largest_body=2_000).ask(sent).endswith(b"POST / 1500 .")
    large = serve(kept_body=100, largest_body=200, large_path="/large", large_body=1_600)
    assert large.ask(sent.replace(b"/ ", b"/large ", 1)).endswith(b"POST /large 1500 " + body + b".")
    assert status(large.ask(sent)) == b"413"


@pytest.mark.parametrize(
    ("bounds", "sent"),
    [
        pytest.param({"head_seconds": 0}, b"", id="says nothing"),
        pytest.param({"head_seconds": 0}, b"GET / HTTP/1.1\r\nHo", id="half a head"),
        pytest.param({"body_seconds": 0}, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf", id="half a body"),
        pytest.param({"idle_seconds": 0}, GET % b"", id="stays when it was answered"),
    ],
)
def test_a_client_that_keeps_us_waiting_is_hung_up_on(bounds: dict[str, float], sent: bytes, serve: Serve) -> None:
    served = serve(**bounds)
    with served.connect() as client:
        client.sendall(sent)
        rest(client)  # until the server closes, or the test gives up


def test_slow_clients_stall_nobody(serve: Serve) -> None:
    """Slowloris: many connections with a request that never ends, one byte now and then. Others are answered all the while."""
    served = serve(most_connections=40)
    slow = [served.connect() for _ in range(40)]
    try:
        for client in slow:
            client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nX: ")
        for _ in range(5):
            for client in slow:
                with suppress(ConnectionError):
                    client.sendall(b"a")
            assert status(served.ask(LAST % b"")) == b"200"
    finally:
        for client in slow:
            client.close()


def test_a_client_that_does_not_read_is_hung_up_on(serve: Serve) -> None:
    def application(_: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return [b"x" * 30_000_000]

    served = serve(application, write_seconds=0)
    with served.connect() as client:
        client.sendall(GET % b"")
        client.recv(1)
        for _ in range(PATIENCE * 100):
            if not served.listener._connections:
                break
            Event().wait(0.01)
        with suppress(ConnectionError):
            assert len(rest(client)) < 30_000_000


def test_a_client_that_reads_slowly_gets_all(serve: Serve) -> None:
    def application(_: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return [b"x" * 5_000_000]

    with serve(application).connect() as client:
        client.sendall(GET % b"" + GET % b"slow" + LAST % b"")
        assert rest(client).count(b"x" * 5_000_000) == 3


def test_a_stream_that_was_read_slowly_may_pause_as_long_as_any(serve: Serve) -> None:
    over = Event()

    def application(_: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield b"x" * LARGE
        over.wait(PATIENCE)
        yield b"end"

    served = serve(application)
    with served.connect() as client:
        client.sendall(LAST % b"slow")
        until(client, b"x\r\n")
        (connection,) = served.listener._connections
        connection.drained.wait(PATIENCE)
        assert connection.deadline == inf
        over.set()
        assert b"end" in rest(client)


def test_no_more_threads_than_allowed(serve: Serve) -> None:
    inside, over = Event(), Event()

    def application(_: dict[str, Any], start: Any) -> Iterable[bytes]:
        inside.set()
        over.wait(PATIENCE)
        start("200 OK", [])
        return []

    served = serve(application, most_threads=1)
    with served.connect() as first:
        first.sendall(LAST % b"slow")
        assert inside.wait(PATIENCE)
        assert status(served.ask(LAST % b"slow")) == b"503"
        over.set()
        assert status(rest(first)) == b"200"


def test_when_all_connections_are_busy_one_more_is_refused(serve: Serve) -> None:
    inside, over = Event(), Event()

    def application(_: dict[str, Any], start: Any) -> Iterable[bytes]:
        inside.set()
        over.wait(PATIENCE)
        start("200 OK", [])
        return []

    served = serve(application, most_connections=1)
    with served.connect() as first:
        first.sendall(LAST % b"slow")
        assert inside.wait(PATIENCE)
        assert status(served.ask(b"")) == b"503"
        over.set()
        assert status(rest(first)) == b"200"


POST = b"POST /%s HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"


def held(served: Served, size: int) -> None:
    """Wait until so many bytes of bodies are kept, or give up."""
    for _ in range(PATIENCE * 100):
        if served.listener.body_bytes == size:
            return
        Event().wait(0.01)
    raise AssertionError(served.listener.body_bytes)


def test_all_bodies_together_are_bounded(serve: Serve) -> None:
    """Each within its own bound; who holds most of those that still send makes room, and the others notice nothing."""
    served = serve(most_body_bytes=2_500)
    with served.connect() as greedy, served.connect() as second, served.connect() as third:
        for client, size, together in ((greedy, 950, 950), (second, 900, 1_850), (third, 600, 2_450)):
            client.sendall(POST % b"" + b"a" * size)
            held(served, together)
        third.sendall(b"a" * 100)
        assert status(until(greedy, b"Unavailable\n")) == b"503"
        held(served, 1_600)
        second.sendall(b"a" * 100)
        third.sendall(b"a" * 300)
        for client in (second, third):
            assert status(until(client, b"a.")) == b"200"
        held(served, 0)


def test_bodies_that_are_being_answered_count_and_stay(serve: Serve) -> None:
    over = Event()

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        over.wait(PATIENCE)
        return echo(environ, start)

    served = serve(application, most_body_bytes=1_500)
    with served.connect() as first, served.connect() as second:
        first.sendall(POST % b"slow" + b"a" * 1_000)
        held(served, 1_000)
        second.sendall(POST % b"" + b"a" * 501)
        assert status(until(second, b"Unavailable\n")) == b"503"
        over.set()
        assert until(first, b"a.").endswith(b" 1000 " + b"a" * 1_000 + b".")
        held(served, 0)


@pytest.mark.parametrize(
    ("place", "sent"),
    [
        pytest.param(b"", b"a" * 900, id="gone in the middle"),
        pytest.param(b"slow", b"a" * 1_000, id="gone before the answer"),
        pytest.param(b"", b"a" * 1_000 + b"nonsense\r\n\r\n", id="refused afterwards"),
        pytest.param(b"", b"a" * 1_000 + POST % b"" + b"a" * 1_000 + POST % b"slow" + b"a" * 900, id="several at once"),
        pytest.param(b"hang-up", b"a" * 1_000 + POST % b"" + b"a", id="hung up on"),
        pytest.param(b"hang-up-slow", b"a" * 1_000 + POST % b"" + b"a", id="hung up on by a thread"),
    ],
)
def test_what_was_kept_of_bodies_is_let_go(place: bytes, sent: bytes, serve: Serve) -> None:
    reached, over = Event(), Event()

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        reached.set()
        if "hang-up" in environ["PATH_INFO"]:
            raise HangUp
        if "slow" in environ["PATH_INFO"]:
            over.wait(PATIENCE)
        return echo(environ, start)

    served = serve(application)
    with served.connect() as client:
        client.sendall(POST % place + sent)
        if b"nonsense" in sent:
            assert status(rest(client)) == b"400"
        elif len(sent) < 1_000:
            held(served, 900)
        else:
            assert reached.wait(PATIENCE)
    over.set()
    held(served, 0)


def test_no_more_of_a_body_is_kept_than_may_be(serve: Serve) -> None:
    served = serve(kept_body=500, most_body_bytes=500)
    with served.connect() as client:
        client.sendall(POST % b"" + b"a" * 400)
        held(served, 400)
        client.sendall(b"a" * 500)
        held(served, 0)
        client.sendall(b"a" * 100)
        assert until(client, b".").endswith(b"POST / 1000 .")


def test_requests_that_wait_for_one_before_them_are_bounded(serve: Serve) -> None:
    assert serve(most_pipelined=3).ask(GET % b"" * 2 + LAST % b"").count(b"200 OK") == 3
    assert status(serve(most_pipelined=3).ask(GET % b"" * 4)) == b"503"


# The end -----------------------------------------------------------------------------------------------------------


def test_the_end(serve: Serve) -> None:
    """Who asked is answered, who said nothing is let go, and nobody new is taken; stopping twice is no mistake."""
    inside, over = Event(), Event()

    def application(_: dict[str, Any], start: Any) -> Iterable[bytes]:
        inside.set()
        over.wait(PATIENCE)
        start("200 OK", [])
        return [b"late"]

    served = serve(application)
    with served.connect() as asking, served.connect() as silent:
        asking.sendall(GET % b"slow")
        assert inside.wait(PATIENCE)
        served.listener.stop()
        assert silent.recv(1) == b""
        over.set()
        assert rest(asking).endswith(b"late")
    served.listener.stop()


def test_a_port_that_was_never_served_is_let_go() -> None:
    listener = Listener(echo, lambda _: None, socket.create_server(("127.0.0.1", 0)), "test", Bounds())
    listener.close()
    listener.stop()
    with socket.create_server(listener.address):
        pass
