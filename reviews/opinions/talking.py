"""What people say to each other about a call and its turns, and who is named in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from calls.models import Call
from calls.models.scope import in_scope
from reviews.models import Comment, Mention
from reviews.models.judged import hold_living, name_of

# An input method writes ＠. A Latin letter before it makes an address of mail; a Chinese one does not.
MENTION = re.compile(r"(?<![A-Za-z0-9_.+-])[@＠]([\w.@+-]+)")


@dataclass(frozen=True, slots=True)
class Named:
    """Who is named in a text, and which names nobody has."""

    people: tuple[User, ...]
    unknown: tuple[str, ...]


def named_in(text: str, people: Iterable[User]) -> Named:
    """Names are found in any case. Chinese goes on without a space, so the longest name that fits is meant."""
    by_name = {person.username.casefold(): person for person in people}
    found: dict[int, User] = {}
    unknown = []
    for match in MENTION.finditer(text):
        if person := _longest(match[1].casefold(), by_name):
            found[person.pk] = person
        else:
            unknown.append(match[1].rstrip(".-+"))
    return Named(tuple(found.values()), tuple(dict.fromkeys(unknown)))


def _longest(word: str, by_name: dict[str, User]) -> User | None:
    fitting = (by_name.get(word[:length]) for length in range(len(word), 0, -1))
    return next((person for person in fitting if person and _ends_there(word, person.username)), None)


def _ends_there(word: str, name: str) -> bool:
    """Whether the name is over where the word says so: @rui请看 names rui, @ruins does not."""
    rest = word[len(name) :]
    return not rest or not (rest[0].isascii() and rest[0].isalnum())


@transaction.atomic
def say(call: Call, author: User, text: str, *, turn: int | None = None, people: Iterable[User] = ()) -> Comment:
    """Keep a comment, and put it in the inbox of everybody it names; or CallGone."""
    hold_living([call])
    comment = Comment.objects.create(
        call=call,
        **name_of(call),
        turn=turn,
        quote=words_of(call, turn),
        text=text,
        author=author,
    )
    Mention.objects.bulk_create(Mention(comment=comment, user=one) for one in people if one.pk != author.pk)
    return comment


def words_of(call: Call, turn: int | None) -> str:
    """What was said in this turn, "" when there is none of that number."""
    transcript = getattr(call, "transcript", None)
    if transcript is None or turn is None or not 0 < turn <= transcript.turn_count:
        return ""
    text: str = transcript.turn(turn).text
    return text


def take_back(comment: Comment) -> None:
    """It stays as a deleted one, so that what was answered to it still has its place."""
    Comment.objects.filter(pk=comment.pk, deleted_at=None).update(deleted_at=timezone.now())


def about(call: Call) -> QuerySet[Comment]:
    """All comments about a call in the order they were made, also from before the call went and came back."""
    found = Comment.objects.filter(source=call.source, key=call.key)
    return found.select_related("author").prefetch_related("mentions__user").order_by("pk")


def by_turn(comments: Iterable[Comment]) -> list[tuple[int, int]]:
    """Turns and how many comments each has that still stand."""
    turns = Counter(comment.turn for comment in comments if comment.turn and not comment.deleted_at)
    return sorted(turns.items())


def comments_of(call: Call) -> dict[int | None, list[Comment]]:
    """By the number of the turn, None for the whole call."""
    by_turn: dict[int | None, list[Comment]] = {}
    for comment in about(call):
        by_turn.setdefault(comment.turn, []).append(comment)
    return by_turn


def inbox_of(user: User) -> QuerySet[Mention]:
    """Where somebody is named, the newest first; not what was deleted, nor calls they may not see any more."""
    readable = Comment.objects.filter(in_scope(user), pk=OuterRef("comment"), deleted_at=None)
    return user.mentions.filter(Exists(readable)).select_related("comment__author", "comment__call")


def unread_of(user: User) -> int:
    """How many wait in the inbox. Asked once a minute by every open page: one look where nothing waits."""
    waiting = Mention.objects.filter(user=user, read_at=None)
    return inbox_of(user).filter(read_at=None).count() if waiting.exists() else 0
