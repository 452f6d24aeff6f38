"""A tree in FTS5's own language, and which texts it decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calls.search.recheck import COLUMNS
from calls.search.text import as_token, bigrams
from calls.search.tokens import EVERY_CALL
from calls.search.tree import EVERYTHING, All, Node, Not, Said, Some, Token, doubtful, leaves
from calls.vocabulary import Speaker

# A phrase is looked up by this many characters at most; the rest is read in the text.
LONGEST_PHRASE = 33
# A page looks up one bigram of a longer text, then one in so many: walking lists costs more than reading fifty texts.
THINNED = 4
ANYBODY = f"{{{' '.join(COLUMNS.values())}}}"


@dataclass(frozen=True, slots=True)
class Thinned(Said):
    """Some bigrams of a text, as near each other as they are in it: little else is found."""

    pairs: tuple[str, ...] = ()


def fts_query(tree: Node) -> str:
    """The tree in FTS5's language. Tokens hold neither quotation marks nor blanks, so nothing needs escaping."""
    match tree:
        case Thinned(text, speaker, pairs):
            near = " ".join([f'"{pair}"' for pair in pairs])
            # the last one begins two behind the text's length, the bigram itself not counted
            return f"{_who(speaker, [text])}NEAR({near}, {len(text) - 3})"
        case Said(text, speaker):
            words = bigrams(text) or [as_token(text)]
            return f'{_who(speaker, words)}"{" ".join(words)}"'
        case Token(word, is_prefix):
            # talk is indexed in words of one and two letters
            where = "words : " if len(word) < 3 else ""
            return f'{where}"{word}"{" *" if is_prefix else ""}'
        case Some(()):
            return '"nothing"'
        case Some(nodes):
            return f"({' OR '.join(fts_query(each) for each in nodes)})"
        case Not():
            return _match_all((tree,))
        case All(nodes):
            return _match_all(nodes)
    raise ValueError(f"{tree!r} is not lowered")


def _who(speaker: Speaker | None, words: Sequence[str]) -> str:
    """FTS5 copies every list that it looks at for a column. All words about the call begin with x, so text with
    anything else in it is found in talk alone.
    """
    if speaker is not None:
        return f"{COLUMNS[Speaker(speaker)]} : "
    return f"{ANYBODY} : " if all(word.startswith("x") for word in words) else ""


def _match_all(nodes: Sequence[Node]) -> str:
    """FTS5's NOT has two sides, so an exclusion alone is taken from every call."""
    # the longest texts last: of two lists FTS5 steps through the first
    nodes = sorted(nodes, key=lambda node: len(node.text) if isinstance(node, Said) else 0)
    wanted = [fts_query(node) for node in nodes if not isinstance(node, Not)] or [fts_query(EVERY_CALL)]
    unwanted = [fts_query(node.node) for node in nodes if isinstance(node, Not)]
    sql = f"({' AND '.join(wanted)})"
    return f"({sql} NOT ({' OR '.join(unwanted)}))" if unwanted else sql


def is_certain(tree: Node) -> bool:
    return doubtful(tree, as_phrase) == EVERYTHING


def as_phrase(said: Said) -> Node:
    return said if len(said.text) <= LONGEST_PHRASE else Said(said.text[:LONGEST_PHRASE], said.speaker)


def thinnings(tree: Node) -> Sequence[Callable[[Said], Node]]:
    """How a page may weaken a tree with longer texts, what finds the most first. What is excluded has to be excluded by
    the index: a text that nearly every call holds is not to be read.
    """
    asked = list(leaves(tree))
    is_long = any(isinstance(leaf, Said) and len(leaf.text) > THINNED for leaf, _is_positive in asked)
    return (_thinnest, _thinned) if is_long and all(is_positive for _leaf, is_positive in asked) else ()


def _thinnest(said: Said) -> Node:
    """The bigram in the middle: words of one language begin and end alike."""
    if len(said.text) <= THINNED:
        return said
    middle = min(len(said.text), LONGEST_PHRASE) // 2
    return Said(said.text[middle - 1 : middle + 1], said.speaker)


def _thinned(said: Said) -> Node:
    """Bigrams that occur twice would stand for each other, and then much else is found."""
    text = said.text[:LONGEST_PHRASE]
    if len(text) <= THINNED:
        return said
    pairs = _some_of(text)
    return Thinned(text, said.speaker, pairs) if len(set(pairs)) == len(pairs) else as_phrase(said)


def _some_of(text: str) -> tuple[str, ...]:
    """The first and the last bigram and few between them, all as far apart."""
    pairs = bigrams(text)
    steps = -(-(len(pairs) - 1) // THINNED)
    return tuple([pairs[step * (len(pairs) - 1) // steps] for step in range(steps + 1)])
