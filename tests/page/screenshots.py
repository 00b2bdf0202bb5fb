"""A picture of each page, in light and dark, wide and narrow: ``make screenshots`` writes them into ``docs/screenshots/``."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from emulator.server import Server
from tests.page.browser import CHROMIUM, launched
from tests.page.story import play, serving

HERE = Path(__file__).parents[2] / "docs" / "screenshots"
SHOWN_IN_README = "broker", "light", 1280


def main() -> None:
    if CHROMIUM is None:
        sys.exit("Chromium is not installed (apt-get install chromium)")
    HERE.mkdir(exist_ok=True)
    with serving() as server, sync_playwright() as playwright, launched(playwright) as browser:
        for name, path in play(server).pages().items():
            for scheme in ("light", "dark"):
                for width in (1280, 400):
                    shoot(browser, server, path, (name, scheme, width))


def shoot(browser: Browser, server: Server, path: str, which: tuple[str, str, int]) -> None:
    """The whole page; of the one in README what fits into a window."""
    name, scheme, width = which
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light")
    tab.goto(f"{server.url}/_emulator/{path}")
    tab.screenshot(path=HERE / f"{name}-{scheme}-{width}.png", full_page=which != SHOWN_IN_README)
    tab.close()


if __name__ == "__main__":
    main()
