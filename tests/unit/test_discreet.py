"""Values with secrets in them do not show these, however they are printed."""

from __future__ import annotations

from rich.pretty import pretty_repr

from emulator.engine.identity import AccessKey
from emulator.values.discreet import Discreet


class Pair(Discreet, frozen=True):
    HIDDEN = ("secret",)

    id: str
    secret: str


def test_what_is_hidden_is_left_out() -> None:
    for shown in (repr, pretty_repr):
        assert shown(Pair("a", "s3cret")) == "Pair(id='a')"


def test_a_record_shows_what_it_may() -> None:
    key = AccessKey(account="1", region="", id="AKIA", user="u", secret="s3cret", created=0.0)
    assert repr(key).startswith("AccessKey(account='1', region='', id='AKIA', user='u', status='Active'")
    assert "s3cret" not in repr(key) + pretty_repr(key)
