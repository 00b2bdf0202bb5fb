"""A bare Flask view that answers with a constant, on the emulator's own server: ``python -m benchmarks.bare PORT PATH FILE``."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from flask import Flask, Response
from flask import request as asked

from emulator.values.http import Reply, Request
from emulator.wsgi.bounds import Bounds
from emulator.wsgi.call import Start
from emulator.wsgi.listener import Listener


def main() -> None:
    body = Path(sys.argv[3]).read_bytes()
    app = Flask("bare")

    @app.route(sys.argv[2], methods=["GET", "POST"])
    def view() -> Response:
        asked.get_data()
        return Response(body, content_type="text/xml")

    def brief(request: Request) -> Reply:
        """Flask's answer, made on the event loop as the emulator's are."""
        start = Start()
        answer = b"".join(app(listener.environ(request), start))
        return Reply(int(start.status[:3]), dict(start.headers), answer)

    bound = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    listener = Listener(app, brief, bound, "bare", Bounds())
    listener.run(0)


if __name__ == "__main__":
    main()
