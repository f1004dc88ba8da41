"""lavaan's model language read into statements (Rosseel 2012, section 3); nothing is added yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from akhlak_research.core.errors import ArgumentError
from akhlak_research.measure.cfa.tokens import Token, syntax_error, tokens_of

Kind = Literal["value", "label", "start"]
NAN = float("nan")
_KNOWN = ("=~", "~~", "~", "|", "~*~", ":=", "==")


@dataclass(frozen=True, slots=True)
class Modifier:
    """What stands before ``*``: one entry for all groups or one for each. ``NA`` is a value that is NaN: free."""

    kind: Kind
    entries: tuple[float | str, ...]
    token: Token


@dataclass(frozen=True, slots=True)
class Statement:
    """One relation ``lhs op rhs``; the rhs of an intercept is ``1`` with op ``~1``."""

    lhs: str
    op: str
    rhs: str
    modifiers: tuple[Modifier, ...]
    token: Token

    @property
    def names(self) -> tuple[str, ...]:
        """The variables it speaks of."""
        return (self.lhs,) if self.op in ("~1", "|", "~*~") else (self.lhs, self.rhs)


@dataclass(frozen=True, slots=True)
class Formula:
    """``lhs := rhs`` or ``lhs == rhs``, both sides as text."""

    lhs: str
    op: str
    rhs: str
    token: Token


@dataclass(slots=True)
class ModelText:
    """What a model string says, in its order."""

    statements: list[Statement] = field(default_factory=list)
    formulas: list[Formula] = field(default_factory=list)


def read_model(model: str) -> ModelText:
    """Read a model string.

    Raises
    ------
    ArgumentError
        ``model_type``; ``model_syntax`` with line, position, what stands there and what was expected; ``model_empty``;
        ``model_operator`` for operators of lavaan that have no meaning here (``<~``, inequalities).
    """
    if not isinstance(model, str):
        raise ArgumentError("model_type", got=type(model).__name__)
    read = ModelText()
    part: list[Token] = []
    for token in tokens_of(model):
        if token.kind != "end":
            part.append(token)
        elif part:
            _read_part([*part, token], read)
            part = []
    if not read.statements:
        raise ArgumentError("model_empty", expected="f =~ x1 + x2 + x3")
    return read


def _read_part(part: Sequence[Token], read: ModelText) -> None:
    at = next((i for i, token in enumerate(part) if token.kind == "op"), None)
    if at is None:
        raise syntax_error(part[min(1, len(part) - 1)], "=~ ~~ ~ ~1 | ~*~ := ==")
    op = part[at]
    if op.text not in _KNOWN:
        known = " ".join(_KNOWN)
        raise ArgumentError("model_operator", line=op.line, position=op.position, got=op.text, expected=known)
    if op.text in (":=", "=="):
        left, right = part[:at], part[at + 1 : -1]
        if not left or (op.text == ":=" and (len(left) != 1 or left[0].kind != "name")):
            raise syntax_error(part[0], "name := expression" if op.text == ":=" else "expression == expression")
        if not right:
            raise syntax_error(part[-1], "expression")
        read.formulas.append(Formula(_text(left), op.text, _text(right), op))
        return
    names = _left_names(part[:at], op)
    for rhs, modifiers, token in _Terms(part[at + 1 :], op.text).read():
        for lhs in names:
            real = "~1" if op.text == "~" and rhs == "1" else op.text
            read.statements.append(Statement(lhs, real, rhs, modifiers, token))


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)


def _left_names(part: Sequence[Token], op: Token) -> list[str]:
    if not part:
        raise syntax_error(op, "name")
    names = []
    for i, token in enumerate(part):
        wanted = "name" if i % 2 == 0 else "+"
        if token.kind != wanted:
            raise syntax_error(token, wanted if wanted == "name" else f"+ {op.text}")
        if wanted == "name":
            names.append(token.text)
    if len(part) % 2 == 0:
        raise syntax_error(op, "name")
    return names


class _Terms:
    """Reader of the right-hand side: ``modifier * modifier * name + …``."""

    def __init__(self, tokens: Sequence[Token], op: str) -> None:
        self.tokens, self.op, self.at = tokens, op, 0

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def step(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, kind: str) -> Token:
        if self.here.kind != kind:
            raise syntax_error(self.here, kind)
        return self.step()

    def read(self) -> list[tuple[str, tuple[Modifier, ...], Token]]:
        terms = [self.term()]
        while self.here.kind != "end":
            if self.here.kind != "+":
                raise syntax_error(self.here, "+ *")
            self.step()
            terms.append(self.term())
        return terms

    def term(self) -> tuple[str, tuple[Modifier, ...], Token]:
        modifiers: list[Modifier] = []
        while True:
            token = self.here
            if token.kind == "name" and self.tokens[self.at + 1].kind not in ("*", "("):
                self.step()
                return token.text, tuple(modifiers), token
            if token.text in ("1", "0") and self.op == "~" and self.tokens[self.at + 1].kind != "*":
                self.step()
                if token.text == "0":
                    modifiers.append(Modifier("value", (0.0,), token))
                return "1", tuple(modifiers), token
            modifiers.append(self.modifier())
            self.take("*")

    def modifier(self) -> Modifier:
        token = self.here
        if token.kind == "name" and self.tokens[self.at + 1].kind == "(":
            return self.call(self.step())
        kind, entry = self.entry()
        return Modifier(kind, (entry,), token)

    def call(self, name: Token) -> Modifier:
        if name.text not in ("c", "start", "label", "equal"):
            raise syntax_error(name, "c( start( label( equal(")
        self.take("(")
        if name.text != "c" and self.here.text == "c" and self.tokens[self.at + 1].kind == "(":
            inner = self.call(self.step())
            self.take(")")
            return self.named(name, inner.entries)
        entries = [self.entry()]
        while self.here.kind == ",":
            self.step()
            entries.append(self.entry())
        self.take(")")
        if name.text != "c":
            return self.named(name, tuple(entry for _, entry in entries))
        kinds = {kind for kind, entry in entries if not (kind == "value" and entry != entry)}
        if len(kinds) > 1:
            raise syntax_error(name, "c(number, …) | c(label, …)")
        kind = kinds.pop() if kinds else "value"
        return Modifier(kind, tuple("" if kind == "label" and e != e else e for _, e in entries), name)

    def named(self, name: Token, entries: tuple[float | str, ...]) -> Modifier:
        numbers = name.text == "start"
        if any(isinstance(entry, str) == numbers for entry in entries):
            raise syntax_error(name, "start(number)" if numbers else f'{name.text}("label")')
        return Modifier("start" if numbers else "label", entries, name)

    def entry(self) -> tuple[Kind, float | str]:
        token = self.step()
        if token.kind in ("-", "+") and self.here.kind == "number":
            return "value", float(token.text + self.step().text)
        if token.kind == "number":
            return "value", float(token.text)
        if token.text == "NA":
            return "value", NAN
        if token.kind == "name":
            return "label", token.text
        if token.kind == "string":
            return "label", token.text[1:-1]
        raise syntax_error(token, "number label NA c( start( name")
