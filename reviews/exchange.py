"""A scorecard as a file that another installation reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reviews.models import ScorecardVersion
from reviews.scoring import Card
from reviews.vetting import Problem, problems_in

FORMAT, SCHEMA = "earshot-scorecard", 1
LONGEST_FILE = 256 * 1024
LONGEST_NAME = 80
FIELDS = {"format", "schema", "name", "card"}


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file holds; `card` is None when there are problems."""

    name: str = ""
    card: Card | None = None
    problems: list[Problem] = field(default_factory=list)


def file_of(version: ScorecardVersion) -> str:
    content = {"format": FORMAT, "schema": SCHEMA, "name": version.scorecard.name, "card": version.card.as_json()}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def read(raw: bytes) -> Brought:
    """Problems name the field they are about."""
    if len(raw) > LONGEST_FILE:
        return _refused(_("The file is larger than 256 KB. A scorecard is much smaller: choose another file."))
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _refused(_("The file is not text in UTF-8. Export it again, or save it as UTF-8."))
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        return _refused(_("This is not JSON: look at line %(line)s, column %(column)s.") % place)
    except (RecursionError, ValueError):
        return _refused(_("This is not JSON that a scorecard could be written in."))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        return _refused(_("This is no scorecard: it does not say “format”: “earshot-scorecard”."))
    if content.get("schema") != SCHEMA:
        return _refused(_("This scorecard was written by another version of Earshot; schema 1 can be read."), "schema")
    return _vetted(content)


def _vetted(content: dict[str, Any]) -> Brought:
    name = content.get("name")
    problems = []
    if not isinstance(name, str) or not name.strip() or len(name.strip()) > LONGEST_NAME or "\0" in name:
        problems.append(Problem("name", _("Write a name of 1 to 80 characters.")))
    if strangers := sorted(content.keys() - FIELDS):
        problems.append(Problem(strangers[0][:40], _("There is no such field.")))
    problems += [Problem(f"card.{one.path}".rstrip("."), one.sentence) for one in problems_in(content.get("card"))]
    if problems:
        return Brought(name if isinstance(name, str) else "", None, problems)
    return Brought(str(name).strip(), Card.from_json(content["card"]))


def _refused(sentence: str, path: str = "") -> Brought:
    return Brought(problems=[Problem(path, sentence)])
