"""The pages: each asks the function behind a route of the control API, and shows its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for
from pydantic import ValidationError

from emulator.control import clock, decisions, logs, overview, role, wording
from emulator.control.body import query
from emulator.control.broker_views import BrokersQuery, broker
from emulator.control.dashboard import phrases
from emulator.control.dashboard.command_lines import call_line, question_line
from emulator.control.dashboard.journal_pages import JournalFilter, JournalPageQuery, chosen, journal_page
from emulator.control.dashboard.picture import anchor, picture
from emulator.control.dashboard.questions import QuestionQuery, lines, principals
from emulator.control.dashboard.state_diagram import state_diagram
from emulator.control.scope import Scope, Scoped, resolved, seen
from emulator.engine.journal import Entry
from emulator.engine.world import World
from emulator.services.cloudtrail.event_record import Event, is_event
from emulator.shapes.regions import regions
from emulator.values.errors import AwsError

PARTITIONS = ("aws", "aws-us-gov", "aws-cn")
BROKERS_PAGE = 50
"""Brokers on one page of the overview."""

_HERE = Path(__file__).parents[1]
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Nothing but our own files is loaded, nothing inline runs, and no other page may frame this one."""


def pages(world: World) -> Blueprint:
    """The page's routes. Nothing of Jinja is made before the first page is asked for."""
    page = Blueprint(
        "page", __name__, template_folder=str(_HERE / "templates"), static_folder=str(_HERE / "static"), static_url_path="/static"
    )
    show = partial(_show, world)
    _add_broker_pages(page, world, show)
    _add_journal_pages(page, world, show)
    _add_account_pages(page, world, show)
    _add_others(page, show)
    page.after_request(_protect)
    return page


def _protect(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.update(_HEADERS)
    return response


def _show(world: World, template: str, scope: Scope, **facts: Any) -> str:
    """A page in its frame. Rendered outside the world's lock: facts are values."""

    def link(name: str, **where: Any) -> str:
        query: dict[str, Any] = {"account": scope.account, "region": scope.region, **where}
        return url_for(f"control.page.{name}", **query)

    root, place = url_for("control.page.home"), urlencode(scope._asdict())

    def entry_link(entry_id: int, number: int = 0) -> str:
        """A link to an entry or to a decision in it: a tree has hundreds, for which Flask's own way is slow."""
        return f"{root}page/journal/{entry_id}{f'/{number}' if number else ''}?{place}"

    with world.lock:
        accounts, time, is_own = seen(world), clock.shown(world, scope.account), scope.account in world.clock.own
    return render_template(
        template,
        scope=scope,
        link=link,
        entry_link=entry_link,
        accounts=accounts,
        regions=[(part, regions(part)) for part in PARTITIONS],
        clock=time,
        has_own_clock=is_own,
        version=version("mq-emulator"),
        words=wording,
        phrases=phrases,
        anchor=anchor,
        **facts,
    )


def _add_broker_pages(page: Blueprint, world: World, show: Any) -> None:
    @page.get("/")
    def home() -> str:
        asked = query(BrokersQuery)
        with world.lock:
            world.settle()
            scope = resolved(world, asked)
            facts = overview.overview(world, scope, asked.skip, min(asked.limit, BROKERS_PAGE))
        return str(show("overview.html", scope, overview=facts, skip=asked.skip, size=BROKERS_PAGE))

    @page.get("/page/broker/<broker_id>")
    def one_broker(broker_id: str) -> str:
        asked = query(Scoped)
        with world.lock:
            world.settle()
            scope = resolved(world, asked)
            facts = broker(world, scope, broker_id)
        account, region = scope
        role_url = url_for("control.page.linked_role", account=account, region=region)
        drawing = picture(facts, role_url, url_for("control.page.log_events", account=account, region=region, group=""))
        return str(
            show(
                "broker.html", scope, facts=facts, drawing=drawing, states=state_diagram(facts["moves"], facts["broker"]["state"])
            )
        )


def _add_journal_pages(page: Blueprint, world: World, show: Any) -> None:
    @page.get("/page/journal")
    def journal() -> str:
        asked = query(JournalPageQuery)
        with world.lock:
            world.settle()
            scope = resolved(world, asked)
            facts = journal_page(world, scope, asked)
        filters = asked.model_dump(exclude={"account", "region", "before", "view"}, exclude_defaults=True)
        return str(show("journal.html", scope, page=facts, asked=asked, filters=filters, services=sorted(world.services)))

    @page.get("/page/journal.jsonl")
    def download_journal() -> Response:
        return _download(world, "journal.jsonl", "application/x-ndjson", _json_lines)

    @page.get("/page/cloudtrail.json")
    def download_cloudtrail() -> Response:
        return _download(world, "cloudtrail.json", "application/json", partial(_cloudtrail, world))

    @page.get("/page/journal/<int:entry_id>")
    def entry(entry_id: int) -> str:
        asked = query(Scoped)
        with world.lock:
            scope = resolved(world, asked)
            facts = decisions.entry(world, entry_id)
        line = call_line(world, facts, request.host_url) if facts["kind"] == "call" else ""
        return str(show("entry.html", scope, entry=facts, line=line))

    @page.get("/page/journal/<int:entry_id>/<int:number>")
    def decision(entry_id: int, number: int) -> str:
        asked = query(Scoped)
        with world.lock:
            scope = resolved(world, asked)
            facts = decisions.entry(world, entry_id)
        if not 1 <= number <= len(facts["decisions"]):
            raise AwsError("NotFound", f"entry {entry_id} has no decision {number}")
        shown = facts["decisions"][number - 1]
        return str(show("decision.html", scope, entry=facts, decision=shown, number=number, keys=lines(shown["keys"])))


def _download(world: World, name: str, kind: str, text: Callable[[list[Entry]], Iterator[str]]) -> Response:
    """The entries that a filter lets through, oldest first; each is worked out when it is sent."""
    asked = query(JournalFilter)
    with world.lock:
        world.settle()
        entries = [entry for entry in chosen(world, resolved(world, asked), asked) if asked.has_text(entry)][::-1]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(text(entries)), content_type=kind, headers=headers)


def _json_lines(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        yield json.dumps(entry.to_json(), ensure_ascii=False) + "\n"


def _cloudtrail(world: World, entries: list[Entry]) -> Iterator[str]:
    """A log file as CloudTrail delivers it: one object with all the events."""
    yield '{"Records": ['
    for place, entry in enumerate(filter(is_event, entries)):
        yield ("," if place else "") + "\n" + json.dumps(Event(world, entry).record(), ensure_ascii=False)
    yield "\n]}\n"


def _add_account_pages(page: Blueprint, world: World, show: Any) -> None:
    @page.get("/page/role")
    def linked_role() -> str:
        asked = query(Scoped)
        with world.lock:
            world.settle()
            scope = resolved(world, asked)
            facts = role.role(world, scope)
        trusted = facts["role"]["trust"] if facts["role"] else None
        texts = {"trust": json.dumps(trusted, indent=2), "policy": json.dumps(facts["policy"]["document"], indent=2)}
        return str(show("role.html", scope, facts=facts, texts=texts))

    @page.get("/page/try")
    def try_it() -> str:
        asked = query(QuestionQuery)
        with world.lock:
            scope = resolved(world, asked)
            known = principals(world, scope)
            question, refusal = asked.question(scope, known[0])
            decided = None
            if question is not None:
                try:
                    decided = decisions.in_full(decisions.decided(world, question))
                except ValueError as error:
                    refusal = str(error)
        line = question_line(question, request.host_url) if question is not None and decided else ""
        return str(show("try.html", scope, asked=asked, principals=known, decision=decided, refusal=refusal, line=line))

    @page.get("/page/logs")
    def log_groups() -> str:
        asked = query(logs.GroupsQuery)
        with world.lock:
            world.settle()
            scope = resolved(world, asked)
            facts = logs.groups(world, scope, asked)
        return str(show("logs.html", scope, facts=facts, asked=asked))

    @page.get("/page/logs/events")
    def log_events() -> str:
        asked = query(logs.EventsQuery)
        with world.lock:
            world.settle()
            scope = resolved(world, asked)
            facts, refusal = _events(world, scope, asked)
        return str(show("events.html", scope, facts=facts, asked=asked, refusal=refusal))


def _events(world: World, scope: Scope, asked: logs.EventsQuery) -> tuple[dict[str, Any], str]:
    """The events, or without a pattern's effect the reason why it is none."""
    try:
        return logs.events(world, scope, asked), ""
    except AwsError as error:
        if error.code != "InvalidParameterException":
            raise
        return {**logs.events(world, scope, asked.model_copy(update={"pattern": "", "token": None})), "events": []}, error.message


def _add_others(page: Blueprint, show: Any) -> None:
    @page.get("/login")
    def login() -> str:
        """Where a browser gives the control token; it tells nothing of the world."""
        return render_template("login.html")

    @page.get("/page/<path:path>")
    def nothing(path: str) -> tuple[str, int]:
        return _error(show, f"There is no page {path}."), 404

    @page.errorhandler(AwsError)
    def aws_error(error: AwsError) -> tuple[str, int]:
        status = 404 if "NotFound" in error.code else 400
        return _error(show, error.message), status

    @page.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> tuple[str, int]:
        first = error.errors()[0]
        return _error(show, f"{'.'.join(map(str, first['loc']))}: {first['msg']}"), 400


def _error(show: Any, text: str) -> str:
    return str(show("error.html", Scope("000000000000", "us-east-1"), text=text))
