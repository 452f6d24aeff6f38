"""The walls of the house, as CONTRIBUTING.md draws them."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from tests import wire_words

ROOT = Path(__file__).parent.parent
# Highest first. A module imports from its own row and from rows below, never from above.
LAYERS = [
    ["config.urls", "config.wsgi"],
    [
        "reviews.urls",
        "reviews.urls_board",
        "reviews.urls_opinions",
        "reviews.urls_queues",
        "reviews.urls_review",
        "reviews.urls_scorecards",
    ],
    ["reviews.views", "reviews.admin", "reviews.tasks", "reviews.management", "reviews.templatetags"],
    [
        "reviews.apps",
        "reviews.board",
        "reviews.demo",
        "reviews.editing",
        "reviews.exchange",
        "reviews.exporting",
        "reviews.finding",
        "reviews.forms",
        "reviews.keys",
        "reviews.opinions",
        "reviews.queues",
        "reviews.quotes",
        "reviews.ready",
        "reviews.reviewing",
    ],
    ["reviews.models"],
    ["reviews.vetting"],
    ["reviews.opinions.agreement", "reviews.opinions.working_days", "reviews.queues.sampling", "reviews.scoring"],
    ["reviews.vocabulary"],
    ["calls.urls"],
    ["calls.views", "calls.views.call", "calls.admin", "calls.tasks", "calls.management", "calls.templatetags"],
    [
        "calls.account",
        "calls.carrier",
        "calls.columns",
        "calls.dates",
        "calls.exporting",
        "calls.facets",
        "calls.filters",
        "calls.forms",
        "calls.http",
        "calls.importing",
        "calls.keys",
        "calls.lanes",
        "calls.numbers",
        "calls.pacing",
        "calls.reading",
        "calls.recordings",
        "calls.refresh",
        "calls.selection",
        "calls.slices",
        "calls.sweeping",
    ],
    ["calls.apps", "calls.models", "calls.roles"],
    ["calls.aliyun", "calls.hearing", "calls.search"],
    ["calls.snapshot"],
    ["calls.vocabulary"],
    ["config"],
]
STRANGERS = set(permutations(["calls.aliyun", "calls.hearing", "calls.search"], 2))
# What reviews may know of calls: the nouns, the filter form, what is selected, and the parts of a page.
SHOWN_TO_REVIEWS = {
    "calls.columns",
    "calls.exporting",
    "calls.filters",
    "calls.http",
    "calls.keys",
    "calls.models",
    "calls.numbers",
    "calls.reading",
    "calls.roles",
    "calls.selection",
    "calls.slices",
    "calls.templatetags",
    "calls.views.call",  # context_of: what the parts of a call's page are made of
    "calls.vocabulary",
}
# What calls may know of the house around it: how to reach Redis, and what the launcher command is made of.
CONFIG_FOR_CALLS = {
    "config.broker": {"calls.pacing", "calls.refresh", "calls.tasks", "calls.management"},
    "config.celery": {"calls.tasks", "calls.refresh"},
    "config": {"calls.management"},
}


def python_files(*roots: str) -> list[Path]:
    files = [path for root in roots for path in sorted((ROOT / root).rglob("*.py"))]
    return [path for path in files if "migrations" not in path.parts]


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Modules of ours that run-time code imports, also inside functions; not what only a type checker sees."""
    for node in _walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and _is_ours(node.module):
            yield from (_module_or_package(node.module, alias.name) for alias in node.names)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        is_for_types = isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
        if not is_for_types:
            yield child
            yield from _walk(child)


def _is_ours(module: str) -> bool:
    return module.split(".")[0] in {"calls", "config", "reviews", "tests"}


def _module_or_package(module: str, name: str) -> str:
    deeper = ROOT / module.replace(".", "/") / name
    return f"{module}.{name}" if deeper.is_dir() or deeper.with_suffix(".py").exists() else module


def row_of(module: str) -> tuple[int, str] | None:
    """The layer, and the name in it, that the longest matching entry gives."""
    found = [(row, name) for row, names in enumerate(LAYERS) for name in names if f"{module}.".startswith(f"{name}.")]
    return max(found, key=lambda place: len(place[1]), default=None)


OUR_FILES = python_files("calls", "reviews", "config")


@pytest.mark.parametrize("path", OUR_FILES, ids=module_of)
def test_a_module_imports_only_from_its_own_row_and_below(path):
    row, name = row_of(module_of(path)) or (-1, "")
    assert name or module_of(path) in {"calls", "reviews"}, f"{module_of(path)} has no place in LAYERS: give it one"

    for imported in imports_of(path):
        imported_row, imported_name = row_of(imported) or (len(LAYERS), "")
        assert not imported.startswith("tests"), f"{module_of(path)} imports a test"
        assert imported_row >= row, f"{module_of(path)} imports {imported}, which stands above it"
        assert (name, imported_name) not in STRANGERS, f"{module_of(path)} and {imported} are siblings and strangers"


@pytest.mark.parametrize("path", python_files("calls"), ids=module_of)
def test_calls_knows_little_of_the_house_and_nothing_of_reviews(path):
    module = module_of(path)
    for imported in imports_of(path):
        assert not imported.startswith("reviews"), f"{module} imports {imported}"
        if imported.startswith("config"):
            allowed = CONFIG_FOR_CALLS.get(imported, CONFIG_FOR_CALLS["config"])
            assert any(f"{module}.".startswith(f"{name}.") for name in allowed), f"{module} imports {imported}"


def test_reviews_knows_of_calls_only_what_is_shown_to_it():
    for path in python_files("reviews"):
        for imported in imports_of(path):
            place = row_of(imported) or (0, "")
            is_shown = not imported.startswith("calls") or place[1] in SHOWN_TO_REVIEWS
            assert is_shown, f"{module_of(path)} imports {imported}"


def test_the_fence_opens_without_settings():
    code = "import calls.aliyun; from django.conf import settings; assert not settings.configured"
    clean = {"PATH": os.environ["PATH"]}

    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=clean, capture_output=True, text=True)

    assert run.returncode == 0, run.stderr


# ---- The vendor's words stay behind the fence


def outside_the_fence() -> list[Path]:
    fence = ROOT / "calls" / "aliyun"
    pages = [path for root in ("templates", "static", "calls", "reviews") for path in sorted((ROOT / root).rglob("*"))]
    written = {".html", ".txt", ".js", ".svg"}
    return [
        *(path for path in OUR_FILES if fence not in path.parents),
        *(path for path in pages if path.suffix in written and fence not in path.parents),
    ]


@pytest.mark.parametrize("path", outside_the_fence(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_vendors_words_stay_behind_the_fence(path):
    text = path.read_text(encoding="utf-8")

    found = wire_words.in_python(text) if path.suffix == ".py" else wire_words.in_text(text)

    assert not found, f"{path.relative_to(ROOT)} speaks the vendor's language: {sorted(found)}"


@pytest.mark.parametrize(
    "code",
    [
        'x = answer["CallId"]',
        'x = answer.get("Code")',
        'ok = answer["Success"]',
        'if "Data" in answer: pass',
        'x = answer["x"] == "USER_BUSY"',
        "x = answer.konwledgeCount",
        "ask(PageNo=1)",
        'f"{x}PickUpTime"',
        'headers = {"x-acs-action": ""}',
        "text.removeprefix('<客户打断>')",
    ],
)
def test_the_search_for_the_vendors_words_finds_them(code):
    assert wire_words.in_python(code)


@pytest.mark.parametrize(
    "code",
    [
        'label = _("Status")',
        "CallResult.INVALID_NUMBER",
        "call_id = ref.call_id",
        'name = kwargs["label"]',
        '"""The `CallId` of the vendor."""',
        "x = 1  # as StartCallTime has it",
    ],
)
def test_the_search_for_the_vendors_words_knows_our_own(code):
    assert not wire_words.in_python(code)


# ---- What a strict content security policy forbids, and what would ask a third party


PAGES = sorted(path for root in ("templates", "calls", "reviews") for path in (ROOT / root).rglob("*.html"))
FORBIDDEN = {
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an inline style": r"<style|\sstyle\s*=",
    "an inline listener": r"<[a-z][^>]*\son[a-z]+\s*=",
    "a script address": r"javascript:",
    "htmx evaluation": r"\bhx-on\b|hx-(vals|headers)\s*=\s*['\"]js:|hx-trigger\s*=\s*\"[^\"]*\[",
}
ELSEWHERE = re.compile(r"""(?:https?:)?//(?!www\.w3\.org/)[\w.-]+\.\w""")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
@pytest.mark.parametrize("what", FORBIDDEN)
def test_pages_obey_the_content_security_policy(path, what):
    found = re.search(FORBIDDEN[what], path.read_text(encoding="utf-8"), re.IGNORECASE)

    assert not found, f"{path.relative_to(ROOT)} has {what}: {found and found.group()}"


def surface() -> list[Path]:
    files = [path for path in (ROOT / "static").rglob("*") if path.suffix in {".css", ".js", ".svg", ".html"}]
    return [*PAGES, *sorted(files)]


@pytest.mark.parametrize("path", surface(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_fetches_anything_from_another_host(path):
    # a comment may name where something is explained
    text = re.sub(r"/\*.*?\*/|\{#.*?#\}|<!--.*?-->|^\s*//.*?$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)

    found = ELSEWHERE.search(text)

    assert not found, f"{path.relative_to(ROOT)} names {found and found.group()}"
