"""What a question asks once the names in it are looked up: tasks and labels are known by number, people say names."""

from __future__ import annotations

from calls.models.call_task import CallTask
from calls.models.judged import label_names
from calls.search.filters import Filters
from calls.search.query import Query
from calls.search.text import normalise
from calls.search.tree import Field, InTask, Is, Labelled, Leaf, Node, all_of, leaves, replace_leaves, some_of
from calls.vocabulary import Source

# A name that more tasks share asks for the newest of them.
MOST_TASKS = 200


def meaning(query: Query, filters: Filters) -> Node:
    """What a question and filters ask together, with names of tasks and labels looked up. The dates are in
    `filters.span`.
    """
    tree = all_of(query.tree, filters.tree)
    asked = {type(leaf) for leaf, _is_positive in leaves(tree)}
    if InTask in asked:
        tree = _with_tasks(tree, filters)
    return _with_labels(tree) if Labelled in asked else tree


def _with_tasks(tree: Node, filters: Filters) -> Node:
    rows = CallTask.objects.order_by("-pk").values_list("source", "task_id", "name")
    tasks = [(f"{source}/{task_id}", name) for source, task_id, name in rows]
    if filters.within is not None:
        permitted = set(filters.within)
        tasks = [(key, name) for key, name in tasks if key in permitted]

    def resolve(leaf: Leaf, is_positive: bool) -> Node:
        if not isinstance(leaf, InTask):
            return leaf
        named = [key for key, name in tasks if leaf.text in normalise(name)]
        # A call may have come without its task: its id is enough.
        keys = [f"{source}/{leaf.text}" for source in Source.values] + named[:MOST_TASKS]
        return some_of(*(Is(Field.TASK, key) for key in keys))

    return replace_leaves(tree, resolve)


def _with_labels(tree: Node) -> Node:
    names = {str(number): normalise(name) for number, name in label_names().items()}

    def resolve(leaf: Leaf, is_positive: bool) -> Node:
        if not isinstance(leaf, Labelled):
            return leaf
        numbers = (number for number, name in names.items() if leaf.name in (None, name))
        return some_of(*(Is(Field.LABEL, number) for number in numbers))

    return replace_leaves(tree, resolve)
