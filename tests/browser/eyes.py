"""Looking at a page as people do: with pictures, and with axe for those who do not see them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

DEVICES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1366, "height": 768}},
    "hand": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2},
}
LANGUAGES = {"en": "en", "zh": "zh-hans"}
THEMES = ("light", "dark")


def assert_accessible(page: Page) -> None:
    page.wait_for_load_state()
    # Without preload off axe itself fetches what the content security policy forbids.
    # What is in order is told in a few words: of a whole list that is one and a half megabytes else.
    results = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()


def shoot(page: Page, name: str) -> None:
    """Pictures of this address on a desk and in a hand, in both themes and languages, under EARSHOT_SHOTS if given."""
    if not (directory := os.environ.get("EARSHOT_SHOTS")):
        return
    for device, options in DEVICES.items():
        for language, code in LANGUAGES.items():
            context = _like(page.context, page.url, code, options)
            for theme in THEMES:
                _shoot(context, page.url, theme, Path(directory) / f"{name}-{device}-{theme}-{language}.png")
            context.close()


def shoot_as_it_is(page: Page, name: str, part: str) -> None:
    """Pictures of a part that no address brings back, on each screen, in both themes, under EARSHOT_SHOTS if given."""
    if not (directory := os.environ.get("EARSHOT_SHOTS")):
        return
    before = page.viewport_size
    for device, options in DEVICES.items():
        page.set_viewport_size(options["viewport"])
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.locator(part).scroll_into_view_if_needed()
            page.screenshot(path=Path(directory) / f"{name}-{device}-{theme}.png", animations="disabled")
    page.emulate_media(color_scheme="no-preference")
    if before:
        page.set_viewport_size(before)


def _like(context: BrowserContext, url: str, language: str, options: dict[str, Any]) -> BrowserContext:
    """The same reader on another screen."""
    assert context.browser is not None
    other = context.browser.new_context(**options)
    other.add_cookies([*context.cookies(), {"name": "django_language", "value": language, "url": url}])  # type: ignore[list-item]
    return other


def _shoot(context: BrowserContext, url: str, theme: str, path: Path) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    # what the page asks for once it is there belongs to the picture
    page.goto(url, wait_until="networkidle")
    page.screenshot(path=path)
    page.close()
