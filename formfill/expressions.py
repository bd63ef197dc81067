"""The expressions of a form map: boolean ones over concepts, and texts with ``{{ }}``.

A boolean expression is a concept, ``not``, ``and``, ``or`` and parentheses. A text is Jinja2, in its sandbox with
strict undefined names; of its language only what a form needs is let in (concepts, constants, ``or``, ``if … else``,
``~``, slices and a few filters), so that no expression can reach Python or run long. Jinja2 is imported for those texts
alone that hold more than bare concepts: its import costs more than a fill.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from formfill.errors import FormMapError
from formfill.model.vocabulary import did_you_mean, vocabulary

FILTERS = frozenset({"upper", "lower", "capitalize", "title", "trim", "replace"})
#: Far more than a form asks; so few cannot nest deeper than Python's stack.
_MOST_TOKENS = 200
_TOKEN = re.compile(r"\s*(?:([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)|([()])|(\S+))")
_BARE = re.compile(r"\{\{\s*([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\s*\}\}")
_CONCEPT_LIKE = re.compile(r"(?<![\w'\".])[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class Node:
    """Part of a boolean expression: a concept, or ``not``, ``and``, ``or`` over parts."""

    op: Literal["concept", "not", "and", "or"]
    name: str = ""
    parts: tuple[Node, ...] = ()

    def holds(self, true: Callable[[str], bool]) -> bool:
        """Whether it is true, where ``true`` says whether a concept is."""
        if self.op == "concept":
            return true(self.name)
        if self.op == "not":
            return not self.parts[0].holds(true)
        return (all if self.op == "and" else any)(part.holds(true) for part in self.parts)

    def concepts(self) -> Iterator[str]:
        """The concepts in it, as written."""
        if self.op == "concept":
            yield self.name
        for part in self.parts:
            yield from part.concepts()


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """Read a boolean expression. Raises: FormMapError for bad grammar or an unknown concept."""
    tokens = [match[1] or match[2] or match[3] for match in _TOKEN.finditer(text) if match[0].strip()]
    if not tokens:
        raise FormMapError("the expression is empty")
    if len(tokens) > _MOST_TOKENS:
        raise FormMapError(_TOO_LONG)
    node, rest = _either(tokens)
    if rest:
        raise FormMapError(f"{rest[0]!r} was not expected: write concepts with and, or, not and parentheses")
    return node


def _either(tokens: list[str]) -> tuple[Node, list[str]]:
    return _joined("or", _all, tokens)


def _all(tokens: list[str]) -> tuple[Node, list[str]]:
    return _joined("and", _one, tokens)


def _joined(
    word: Literal["and", "or"], inner: Callable[[list[str]], tuple[Node, list[str]]], tokens: list[str]
) -> tuple[Node, list[str]]:
    node, tokens = inner(tokens)
    parts = [node]
    while tokens and tokens[0] == word:
        node, tokens = inner(tokens[1:])
        parts.append(node)
    return (parts[0] if len(parts) == 1 else Node(word, parts=tuple(parts))), tokens


def _one(tokens: list[str]) -> tuple[Node, list[str]]:
    if not tokens or tokens[0] in ("and", "or", ")"):
        raise FormMapError("a concept is missing: write concepts with and, or, not and parentheses")
    head, *rest = tokens
    if head == "not":
        node, rest = _one(rest)
        return Node("not", parts=(node,)), rest
    if head == "(":
        node, rest = _either(rest)
        if rest[:1] != [")"]:
            raise FormMapError("a closing parenthesis is missing")
        return node, rest[1:]
    return Node("concept", known(head)), rest


def known(name: str) -> str:
    """``name``, if the vocabulary has it. Raises: FormMapError, with the concepts that come close."""
    words = vocabulary()
    if name not in words.concepts:
        if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", name) or any(
            part.startswith("_") for part in name.split(".")
        ):
            raise FormMapError(f"{name!r} is no concept: write concepts with and, or, not and parentheses")
        raise FormMapError(f"unknown concept {name!r}{did_you_mean(words.close(name))}")
    return name


def mentions(text: str) -> frozenset[str]:
    """The concepts for which a value (concept, expression or text with ``{{ }}``) gives a form a place.

    A box for ``not delivery.verbal`` is no place for delivery.verbal; one for ``not sensitive.hiv`` is where that
    category is dealt with. What cannot be parsed mentions nothing here: resolve reports it with its place.
    """
    concepts = vocabulary().concepts
    if text in concepts:
        return frozenset((text,))
    if "{{" in text:
        inside = " ".join(re.findall(r"\{\{(.*?)\}\}", text, re.DOTALL))
        return frozenset(name for name in _CONCEPT_LIKE.findall(inside) if name in concepts)
    try:
        return frozenset(_affirmed(parse(text)))
    except FormMapError:
        return frozenset()


def _affirmed(node: Node) -> Iterator[str]:
    if node.op == "not":
        yield from (name for name in node.concepts() if name.startswith("sensitive."))
    elif node.op == "concept":
        yield node.name
    for part in node.parts if node.op in ("and", "or") else ():
        yield from _affirmed(part)


def render(template: str, text_of: Callable[[str], str], true: Callable[[str], bool]) -> str:
    """The text that ``template`` becomes; a concept without a value is empty.

    Raises: FormMapError for an unknown concept, a box where a text belongs, or more of Jinja2 than is let in.
    """
    if "{%" not in template and "{#" not in template and "{{" not in _BARE.sub("", template):
        for name in _BARE.findall(template):
            _text_concept(name)
        return _BARE.sub(lambda match: text_of(match[1]), template)
    compiled, texts, boxes = _compiled(template)
    context: dict[str, object] = {alias: text_of(name) for name, alias in texts.items()}
    context |= {alias: true(name) for name, alias in boxes.items()}
    from jinja2 import TemplateError

    try:
        return str(compiled.render(context))
    except (TemplateError, TypeError, ValueError, IndexError, AttributeError) as exc:
        # of the exception only its class: its text may quote a value
        raise FormMapError(f"the text cannot be made ({type(exc).__name__})") from None


def _text_concept(name: str) -> str:
    if vocabulary().concepts[known(name)].kind == "text":
        return name
    if name.startswith("sensitive."):
        raise FormMapError(f"{name} stands in a text: a sensitive category is only ever a box (value: {name})")
    raise FormMapError(f"{name} is a box, not a text: give the box a place of its own (value: {name})")


@lru_cache(maxsize=256)
def _compiled(template: str) -> tuple[Any, dict[str, str], dict[str, str]]:
    """The Jinja2 template, and dict[concept, name in the template] of its texts and of the boxes it tests."""
    from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters = {name: call for name, call in environment.filters.items() if name in FILTERS}
    environment.globals.clear()
    environment.tests.clear()
    texts: dict[str, str] = {}
    boxes: dict[str, str] = {}
    try:
        tree = _Checked(nodes, texts, boxes).check(environment.parse(template))
        return environment.from_string(tree), texts, boxes
    except TemplateSyntaxError as exc:
        raise FormMapError(f"not a valid expression: {exc.message}") from None
    except (RecursionError, MemoryError, SyntaxError):  # how deep Python itself goes, it says in all three ways
        raise FormMapError(_TOO_LONG) from None


class _Checked:
    """Walks a parsed template, refuses what is not let in, and puts a plain name in the place of each concept."""

    def __init__(self, nodes: Any, texts: dict[str, str], boxes: dict[str, str]) -> None:
        self.nodes = nodes
        self.texts = texts
        self.boxes = boxes
        self.allowed = (
            nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Not, nodes.And, nodes.Or,
            nodes.Concat, nodes.CondExpr, nodes.Filter, nodes.Getitem, nodes.Slice,
        )  # fmt: skip

    def check(self, node: Any, tested: bool = False) -> Any:
        """``node`` with its concepts replaced; ``tested`` where only its truth matters. Raises: FormMapError."""
        nodes = self.nodes
        if isinstance(node, nodes.Name | nodes.Getattr):
            return self._concept(node, tested)
        if not isinstance(node, self.allowed):
            raise FormMapError(f"{type(node).__name__.lower()} is not let into a map: {_LET_IN}")
        if isinstance(node, nodes.Filter) and (node.name not in FILTERS or node.kwargs or node.dyn_args):
            raise FormMapError(
                f"the filter {node.name!r} is not let into a map; these are: {', '.join(sorted(FILTERS))}"
            )
        if isinstance(node, nodes.Filter) and node.name == "replace" and not _never_lengthens(nodes, node.args):
            raise FormMapError("replace takes two texts in quotes, of which the second is no longer than the first")
        if isinstance(node, nodes.Getitem) and not _is_slice(nodes, node.arg):
            raise FormMapError("only a slice may stand in brackets, like [:1]: a text may be empty")
        if isinstance(node, nodes.Not | nodes.And) and not tested:
            raise FormMapError(f"{type(node).__name__.lower()} makes no text: {_LET_IN}")
        if isinstance(node, nodes.CondExpr):
            node.test = self.check(node.test, tested=True)
            node.expr1 = self.check(node.expr1, tested)
            node.expr2 = nodes.Const("") if node.expr2 is None else self.check(node.expr2, tested)
            return node
        for field, value in node.iter_fields():
            if isinstance(value, nodes.Node):
                setattr(node, field, self.check(value, tested))
            elif isinstance(value, list):
                setattr(node, field, [self.check(v, tested) if isinstance(v, nodes.Node) else v for v in value])
        return node

    def _concept(self, node: Any, tested: bool) -> Any:
        name = self._dotted(node)
        if any(part.startswith("_") for part in name.split(".")):
            raise FormMapError(f"{name!r} reaches for a name that begins with an underscore: {_LET_IN}")
        concept = vocabulary().concepts[known(name)]
        if not tested or name.startswith("sensitive."):
            _text_concept(name)
        table = self.texts if concept.kind == "text" else self.boxes
        alias = table.setdefault(name, f"concept_{len(self.texts) + len(self.boxes)}")
        return self.nodes.Name(alias, "load", lineno=node.lineno)

    def _dotted(self, node: Any) -> str:
        if isinstance(node, self.nodes.Name):
            return str(node.name)
        if isinstance(node, self.nodes.Getattr):
            return f"{self._dotted(node.node)}.{node.attr}"
        raise FormMapError(f"a part of {type(node).__name__.lower()} is not let into a map: {_LET_IN}")


_TOO_LONG = "the expression is too long, or nested too deeply: write a shorter one"
_LET_IN = "write concepts, texts in quotes, or, if … else, ~, slices such as [:1] and filters such as upper"


def _is_slice(nodes: Any, arg: Any) -> bool:
    ends = (arg.start, arg.stop, arg.step) if isinstance(arg, nodes.Slice) else (arg,)
    return isinstance(arg, nodes.Slice) and all(
        end is None or (isinstance(end, nodes.Const) and isinstance(end.value, int)) for end in ends
    )


def _never_lengthens(nodes: Any, args: Any) -> bool:
    """Whether ``replace`` with these arguments makes no text longer: a few that do would fill the memory."""
    texts = [arg.value for arg in args if isinstance(arg, nodes.Const) and isinstance(arg.value, str)]
    return len(args) == len(texts) == 2 and 0 < len(texts[0]) >= len(texts[1])
