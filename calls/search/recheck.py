"""The plain meaning of a tree as an SQL condition on one entry: for what an index alone cannot decide."""

from __future__ import annotations

from calls.search.tree import All, Node, Not, Said, Some, Token
from calls.vocabulary import Speaker

COLUMNS = {Speaker.CUSTOMER: "customer", Speaker.AGENT: "agent", Speaker.OTHER: "other"}
# Reading a text costs, and what thousands of calls say is mostly in the agent's script: there it is looked for first.
OFTENEST_FIRST = (Speaker.AGENT, Speaker.CUSTOMER, Speaker.OTHER)
Condition = tuple[str, list[str]]


def condition(node: Node, position_of: str, row: str) -> Condition:
    """SQL over the texts of a row; `position_of` is the database's function for text within text."""
    match node:
        case Said(text, None):
            each_of = " OR ".join([f"{position_of}({row}.{COLUMNS[speaker]}, %s) > 0" for speaker in OFTENEST_FIRST])
            return f"({each_of})", [text] * len(OFTENEST_FIRST)
        case Said(text, Speaker() as speaker):
            return f"{position_of}({row}.{COLUMNS[speaker]}, %s) > 0", [text]
        case Token(word, is_prefix):
            return f"{position_of}({row}.words, %s) > 0", [f" {word}" if is_prefix else f" {word} "]
        case All(nodes):
            return _joined([condition(each, position_of, row) for each in nodes], " AND ", "1 = 1")
        case Some(nodes):
            return _joined([condition(each, position_of, row) for each in nodes], " OR ", "1 = 0")
        case Not(each):
            sql, params = condition(each, position_of, row)
            return f"NOT {sql}", params
    raise ValueError(f"{node!r} is not lowered")


def _joined(parts: list[Condition], joint: str, when_empty: str) -> Condition:
    if not parts:
        return when_empty, []
    return f"({joint.join(sql for sql, _params in parts)})", [value for _sql, params in parts for value in params]
