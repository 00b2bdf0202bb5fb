"""Pages of a listing."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest

from emulator.values.errors import AwsError, not_implemented
from emulator.values.page import page


def bad() -> Exception:
    return AwsError("Bad", "token")


def cut(items: Sequence[str], token: str | None, limit: int) -> tuple[Sequence[str], str | None]:
    return page(items, str, token, limit, bad)


def test_pages_make_up_the_whole() -> None:
    items, found, token = [f"i{place:02}" for place in range(7)], [], None
    while True:
        chosen, token = cut(items, token, 3)
        found += chosen
        if token is None:
            break
    assert found == items


def test_an_exact_last_page_has_no_token() -> None:
    assert cut(["a", "b"], None, 2) == (["a", "b"], None)
    assert cut([], None, 2) == ([], None)


def test_what_comes_or_goes_meanwhile_shifts_nothing() -> None:
    _, token = cut(["a", "c", "e"], None, 2)
    assert cut(["a", "b", "d", "e"], token, 5) == (["d", "e"], None)


def test_names_may_be_in_any_script() -> None:
    _, token = cut(["é", "ö", "日"], None, 2)
    assert token is not None
    assert token.isascii()
    assert cut(["é", "ö", "日"], token, 2) == (["日"], None)


@pytest.mark.parametrize("token", ["x", "a+b=", "é", "Zg==\n!", "\ud800", base64.urlsafe_b64encode(b"\xff").decode()])
def test_a_foreign_token_is_refused(token: str) -> None:
    with pytest.raises(AwsError, match="Bad: token"):
        cut(["a"], token, 1)


def test_errors_show_code_and_message() -> None:
    error = AwsError("NotFoundException", "gone", status=404, ErrorAttribute="broker-id")
    assert str(error) == "NotFoundException: gone"
    assert (error.status, error.fields) == (404, {"ErrorAttribute": "broker-id"})
    assert not_implemented("This").message == "This is not implemented by mq-emulator; see docs/coverage.md."
    assert not_implemented("This").status == 501
