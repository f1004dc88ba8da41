"""Expressions of labelled parameters (``a*b + c``) with their exact gradient, by forward differentiation."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from akhlak_research.core.errors import ArgumentError
from akhlak_research.measure.bounded import Floats


@dataclass(frozen=True, slots=True)
class Dual:
    """A number ``value`` and its ``gradient`` (q,)."""

    value: float
    gradient: Floats


_FUNCTIONS: dict[str, Callable[[float], tuple[float, float]]] = {
    "exp": lambda x: (math.exp(x), math.exp(x)),
    "log": lambda x: (math.log(x), 1 / x),
    "sqrt": lambda x: (math.sqrt(x), 0.5 / math.sqrt(x)),
    "abs": lambda x: (abs(x), math.copysign(1.0, x)),
}


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of an expression of names, numbers, ``+ - * / ^`` and exp, log, sqrt, abs."""
    try:
        tree = ast.parse(text.replace("^", "**"), mode="eval").body
    except SyntaxError as error:
        raise ArgumentError("model_expression", got=text) from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ArgumentError("model_expression", got=text)
    return tree


_ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant, ast.Call, ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow,
    ast.USub, ast.UAdd,
)  # fmt: skip


def names_in(tree: ast.expr) -> set[str]:
    """The labels that an expression speaks of."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


def evaluate(tree: ast.expr, known: Mapping[str, Dual], size: int) -> Dual:
    """Value and gradient of an expression; ``known`` holds its labels, ``size`` is the length of a gradient."""
    if isinstance(tree, ast.Constant):
        return Dual(float(tree.value), np.zeros(size))  # type: ignore[arg-type]
    if isinstance(tree, ast.Name):
        if tree.id not in known:
            raise ArgumentError("model_label_unknown", got=tree.id, expected=sorted(known))
        return known[tree.id]
    if isinstance(tree, ast.UnaryOp):
        inner = evaluate(tree.operand, known, size)
        sign = -1.0 if isinstance(tree.op, ast.USub) else 1.0
        return Dual(sign * inner.value, sign * inner.gradient)
    if isinstance(tree, ast.Call):
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if name not in _FUNCTIONS or len(tree.args) != 1:
            raise ArgumentError("model_expression", got=ast.unparse(tree))
        inner = evaluate(tree.args[0], known, size)
        try:
            value, slope = _FUNCTIONS[name](inner.value)
        except (ValueError, ZeroDivisionError) as error:
            raise ArgumentError("model_expression_value", got=ast.unparse(tree), value=inner.value) from error
        return Dual(value, slope * inner.gradient)
    assert isinstance(tree, ast.BinOp)
    return _binary(tree, evaluate(tree.left, known, size), evaluate(tree.right, known, size))


def _binary(tree: ast.BinOp, a: Dual, b: Dual) -> Dual:
    if isinstance(tree.op, ast.Add):
        return Dual(a.value + b.value, a.gradient + b.gradient)
    if isinstance(tree.op, ast.Sub):
        return Dual(a.value - b.value, a.gradient - b.gradient)
    if isinstance(tree.op, ast.Mult):
        return Dual(a.value * b.value, a.value * b.gradient + b.value * a.gradient)
    if isinstance(tree.op, ast.Div):
        if b.value == 0:
            raise ArgumentError("model_expression_value", got=ast.unparse(tree), value=b.value)
        ratio = a.value / b.value
        return Dual(ratio, (a.gradient - ratio * b.gradient) / b.value)
    if b.gradient.any():
        raise ArgumentError("model_expression", got=ast.unparse(tree))
    if a.value == 0 and b.value < 1:
        raise ArgumentError("model_expression_value", got=ast.unparse(tree), value=a.value)
    return Dual(a.value**b.value, b.value * a.value ** (b.value - 1) * a.gradient)
