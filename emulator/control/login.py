"""``login``: a browser gives the control token once and has a cookie from then on."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from emulator.control.body import Body, body
from emulator.gateway.control_token import COOKIE, ControlToken


class Login(Body):
    """``POST login``: the control token."""

    token: str


def add(routes: Blueprint, token: ControlToken) -> None:
    @routes.post("/login")
    def login() -> tuple[Response, int]:
        if not token.is_right(body(Login).token):
            return jsonify(error="the control token is wrong"), 401
        answer = jsonify(status="ok")
        answer.set_cookie(COOKIE, token.cookie, path="/_emulator", httponly=True, samesite="Strict")
        return answer, 200
