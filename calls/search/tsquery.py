"""What PostgreSQL's index holds of a call, and a question in its language."""

from __future__ import annotations

from collections.abc import Sequence

from calls.search.text import as_token, grams
from calls.search.tokens import EVERY_CALL, Entry
from calls.search.tree import All, Node, Not, Said, Some, Token, all_of, leaves, some_of
from calls.search.windows import blocks_of
from calls.vocabulary import Speaker

# Bigrams looked up for one text, and for all texts of a question together
GRAMS_PER_TEXT = 16
GRAMS_PER_QUESTION = 240
LETTERS = {Speaker.CUSTOMER: "c", Speaker.AGENT: "r", Speaker.OTHER: "o"}


def lexemes(entry: Entry) -> list[str]:
    texts = {Speaker.CUSTOMER: entry.customer, Speaker.AGENT: entry.agent, Speaker.OTHER: entry.other}
    found = [LETTERS[speaker] + gram for speaker, text in texts.items() for gram in grams(text)]
    return [*found, *entry.words.split(" ")[1:-1], *blocks_of(entry.position)]


class Weaken:
    """Leaves texts of one or two characters; longer ones become their bigrams, all said by the same speaker."""

    def __init__(self, tree: Node) -> None:
        texts = sum(1 for leaf, _is_positive in leaves(tree) if isinstance(leaf, Said))
        self.most = max(1, min(GRAMS_PER_TEXT, GRAMS_PER_QUESTION // max(texts, 1)))

    def __call__(self, said: Said) -> Node:
        if len(said.text) <= 2:
            return said
        pairs = list(dict.fromkeys(said.text[at : at + 2] for at in range(len(said.text) - 1)))
        pairs = pairs[:: -(-len(pairs) // self.most)]
        speakers = list(Speaker) if said.speaker is None else [said.speaker]
        return some_of(*(all_of(*(Said(pair, speaker) for pair in pairs)) for speaker in speakers))


def tsqueries(tree: Node) -> list[str]:
    """Queries that together are the tree: every call that all of them find."""
    nodes = tree.nodes if isinstance(tree, All) else (tree,)
    wanted: list[Node] = [node for node in nodes if not isinstance(node, Not)] or [EVERY_CALL]
    unwanted = [node for node in nodes if isinstance(node, Not)]
    # An exclusion needs something to be taken from.
    *rest, last = wanted
    return [_tsquery(node) for node in (*rest, All((last, *unwanted)) if unwanted else last)]


def any_of(blocks: Sequence[str]) -> str:
    """What calls in any of these blocks of time have; of none, what every call has."""
    return "|".join(blocks or [EVERY_CALL.word])


def _tsquery(tree: Node) -> str:
    """The tree in PostgreSQL's language. Lexemes hold neither apostrophes nor backslashes: see text.as_token."""
    match tree:
        case Said(text, None):
            return _tsquery(Some(tuple(Said(text, each) for each in Speaker)))
        case Said(text, Speaker() as speaker):
            return f"'{LETTERS[speaker]}{as_token(text)}'"
        case Token(word, is_prefix):
            return f"'{word}'{':*' if is_prefix else ''}"
        case Some(()):
            return "'nothing'"
        case Some(nodes):
            return f"({'|'.join(map(_tsquery, nodes))})"
        case Not(node):
            return f"({_tsquery(EVERY_CALL)}&!{_tsquery(node)})"
        case All(nodes):
            return _tsquery_all(nodes)
    raise ValueError(f"{tree!r} is not lowered")


def _tsquery_all(nodes: Sequence[Node]) -> str:
    """An exclusion alone would scan the whole index, so it is taken from every call."""
    wanted = [_tsquery(node) for node in nodes if not isinstance(node, Not)] or [_tsquery(EVERY_CALL)]
    unwanted = [f"!{_tsquery(node.node)}" for node in nodes if isinstance(node, Not)]
    return f"({'&'.join([*wanted, *unwanted])})"
