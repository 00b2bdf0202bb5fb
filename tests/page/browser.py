"""A real Chromium without a window, and what a test holds against every page it opens."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Playwright, Request

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
PATIENCE = 60_000
"""Milliseconds for a condition to come true on a machine that does much else."""

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with a profile of its own, which goes when it ends."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_QUIET], timeout=PATIENCE)
    try:
        yield browser
    finally:
        browser.close()


def watch(context: BrowserContext, url: str, faults: list[str]) -> None:
    """Note what goes wrong on the pages of a context: messages of the console, errors, dialogs, requests to elsewhere."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            faults.append(f"{message.type}: {message.text}")

    def on_dialog(dialog: Dialog) -> None:
        faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if not request.url.startswith(url):
            faults.append(f"request: {request.url}")

    context.on("console", on_console)
    context.on("dialog", on_dialog)
    context.on("request", on_request)
    context.on("weberror", lambda error: faults.append(f"error: {error.error}"))


Open = Callable[..., Page]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def violations(page: Page) -> list[str]:
    """What axe-core finds serious or critical, with the elements."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    bad = [one for one in found if one["impact"] in {"serious", "critical"}]
    return [f"{one['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})" for one in bad for node in one["nodes"]]


def unfold(page: Page) -> None:
    """Open all that is folded."""
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
