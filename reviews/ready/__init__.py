"""Two scorecards to begin with, in both languages. They are content, not interface: no catalogue translates them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import get_language

from reviews.models import Scorecard, ScorecardVersion
from reviews.ready.asked import CHINESE, ENGLISH, Asked, card_of, pass_fail
from reviews.ready.compliance import COMPLIANCE
from reviews.ready.sales import SALES
from reviews.scoring import Card

__all__ = ["CHINESE", "ENGLISH", "READY", "Ready", "empty_card", "install", "pass_fail", "ready_named"]


@dataclass(frozen=True, slots=True)
class Ready:
    """A scorecard to copy: `key` names it in an address."""

    key: str
    language: str
    name: str
    about: str
    card: Card


def install(user: User | None = None, language: str = "") -> ScorecardVersion:
    """Outbound compliance, published, in this language or the active one; what is already there stays as it is."""
    ready = next(one for one in READY if one.key == "compliance" and one.language == ours(language or get_language()))
    with transaction.atomic():
        scorecard, is_new = Scorecard.objects.get_or_create(name=ready.name, defaults={"created_by": user})
        if is_new:
            scorecard.write_draft(ready.card, user, seen=scorecard.stamp)
            draft = scorecard.draft
            assert draft
            draft.publish(user, seen=draft.stamp)
    version = scorecard.published or scorecard.newest
    assert version
    return version


def ready_named(key: str, language: str) -> Ready | None:
    return next((one for one in READY if (one.key, one.language) == (key, language)), None)


def empty_card() -> Card:
    """What a new scorecard begins with: one criterion to pass or fail."""
    language = ours(get_language())
    return card_of(language, 80, [(("Talk", "通话"), [Asked("first", ("", ""), 10)])])


def ours(language: str | None) -> str:
    return CHINESE if (language or "").startswith("zh") else ENGLISH


READY = tuple(
    Ready(key, language, name[at], about[at], card_of(language, 80, sections))
    for key, name, about, sections in (
        (
            "compliance",
            ("Outbound compliance", "外呼合规"),
            (
                "Ten criteria: who calls, consent, policy, complaints, closing. One fatal, two critical.",
                "十项：身份、录音告知、合规、投诉、结束。一项致命，两项关键。",
            ),
            COMPLIANCE,
        ),
        (
            "sales",
            ("Sales quality", "销售质量"),
            (
                "Ten criteria: reason, needs, objections, closing. Asks about objections only where there were some.",
                "十项：开场理由、需求、异议、促成。客户提出异议时才考核化解异议。",
            ),
            SALES,
        ),
    )
    for at, language in enumerate((ENGLISH, CHINESE))
)
