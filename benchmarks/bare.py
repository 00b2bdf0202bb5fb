"""A bare Flask view that answers with a constant, on the emulator's own server: ``python -m benchmarks.bare PORT PATH FILE``."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from flask import Flask, Response, request

from emulator.wsgi.bounds import Bounds
from emulator.wsgi.listener import Listener


def main() -> None:
    body = Path(sys.argv[3]).read_bytes()
    app = Flask("bare")

    @app.route(sys.argv[2], methods=["GET", "POST"])
    def view() -> Response:
        request.get_data()
        return Response(body, content_type="text/xml")

    bound = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    Listener(app, lambda _: True, bound, "bare", Bounds()).run(0)


if __name__ == "__main__":
    main()
