"""A model string cut into tokens that remember where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from akhlak_research.core.errors import ArgumentError

_PATTERN = re.compile(
    r"(?P<comment>[#!][^\n]*)|(?P<end>\n|;)|(?P<space>[^\S\n]+)"
    r"|(?P<op>=~|~\*~|~~|:=|==|<~|<|>|~|\||=)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d][\w.]*|\.[^\W\d][\w.]*)"
    r"|(?P<string>\"[^\"\n]*\"|'[^'\n]*')"
    r"|(?P<sign>[+*(),/^-])"
)
#: a line that ends with one of these goes on in the next
_OPEN_ENDS = ("op", "+", "*", "-", "/", "^", ",", "(")


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is ``name number string op end`` or the sign itself; ``line`` and ``position`` count from 1."""

    kind: str
    text: str
    line: int
    position: int


def syntax_error(token: Token, expected: str) -> ArgumentError:
    """The error of a model string: where, what stands there, what should."""
    got = "⏎" if token.kind == "end" else token.text
    return ArgumentError("model_syntax", line=token.line, position=token.position, got=got, expected=expected)


def tokens_of(model: str) -> list[Token]:
    """All tokens; line ends inside brackets, after an operator or before ``+`` and ``*`` are gone."""
    found: list[Token] = []
    line, start, at, depth = 1, 0, 0, 0
    while at < len(model):
        match = _PATTERN.match(model, at)
        if match is None:
            raise syntax_error(Token("unknown", model[at], line, at - start + 1), "=~ ~~ ~ ~1 | ~*~ := ==")
        kind, text = str(match.lastgroup), match.group()
        token = Token(text if kind == "sign" else kind, text, line, at - start + 1)
        if token.kind in ("(", ")"):
            depth += 1 if text == "(" else -1
        if kind == "end":
            if depth <= 0 or text == ";":
                found.append(token)
            if text == "\n":
                line, start = line + 1, match.end()
        elif kind not in ("comment", "space"):
            found.append(token)
        at = match.end()
    found.append(Token("end", "", line, at - start + 1))
    return _joined(found)


def _joined(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for i, token in enumerate(tokens):
        if token.kind == "end" and token.text == "\n":
            following = next((t for t in tokens[i + 1 :] if t.kind != "end"), None)
            goes_on = bool(kept) and kept[-1].kind in _OPEN_ENDS
            if following is not None and (goes_on or following.kind in ("+", "*")):
                continue
        kept.append(token)
    return kept
