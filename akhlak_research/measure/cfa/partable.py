"""The parameter table: every relation of the model in every group, free or fixed, with what is added by rule.

The rules are those of lavaan's ``cfa()``: variances, covariances of exogenous factors, intercepts, thresholds, the
first loading as marker. Rows keep the order of the model string; what is added follows; groups are blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

from akhlak_research.core.errors import ArgumentError
from akhlak_research.measure.cfa.syntax import NAN, Formula, ModelText, Statement


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row: ``lhs op rhs`` in a ``group`` (from 0).

    ``value`` is the fixed value (NaN: fixed at the sample's, for exogenous observed variables); ``start`` where the
    search begins (NaN: not said); ``user`` whether the model string names the row.
    """

    lhs: str
    op: str
    rhs: str
    group: int = 0
    free: bool = True
    value: float = NAN
    start: float = NAN
    label: str = ""
    user: bool = False
    exogenous: bool = False

    @property
    def name(self) -> str:
        """``lhs op rhs`` in one word."""
        return f"{self.lhs}{self.op}{self.rhs if self.op != '~1' else ''}"


@dataclass(frozen=True, slots=True)
class Variables:
    """Who is who: observed variables in the order of the moments, factors, exogenous observed ones, ordered ones."""

    observed: tuple[str, ...]
    latent: tuple[str, ...]
    exogenous: tuple[str, ...]
    ordered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """What is added to the model string, and in which metric."""

    n_groups: int = 1
    means: bool = False
    std_lv: bool = False
    orthogonal: bool = False
    parametrisation: str = "delta"
    group_equal: tuple[str, ...] = ()
    thresholds: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class ParTable:
    """The model as a table: ``rows`` by group, equality ``constraints`` and ``definitions`` as written."""

    rows: tuple[Parameter, ...]
    variables: Variables
    constraints: tuple[Formula, ...]
    definitions: tuple[Formula, ...]
    options: Options

    @property
    def conditional(self) -> bool:
        """Whether the model is one given the exogenous variables, whose moments are then no statistics."""
        return bool(self.variables.ordered) and bool(self.variables.exogenous)

    @property
    def modelled(self) -> tuple[str, ...]:
        """Variables whose covariances are statistics."""
        given = self.variables.exogenous if self.conditional else ()
        return tuple(name for name in self.variables.observed if name not in given)

    @property
    def free(self) -> tuple[Parameter, ...]:
        """The free rows; their order is that of θ."""
        return tuple(row for row in self.rows if row.free)

    def with_rows(self, rows: Iterable[Parameter]) -> ParTable:
        """The same model with other rows."""
        return replace(self, rows=tuple(rows))


def variables_of(text: ModelText) -> Variables:
    """Sort the names of a model: factors are what stands left of ``=~``."""
    said = text.statements
    latent = _unique(s.lhs for s in said if s.op == "=~")
    factors = set(latent)
    indicators = _unique(s.rhs for s in said if s.op == "=~" and s.rhs not in factors)
    outcomes = _unique(s.lhs for s in said if s.op == "~" and s.lhs not in factors)
    predictors = _unique(s.rhs for s in said if s.op == "~" and s.rhs not in factors)
    told = {n for s in said if s.op in ("~~", "~1") for n in s.names}
    taken = set(indicators) | set(outcomes)
    exogenous = tuple(n for n in predictors if n not in taken and n not in told)
    rest = _unique(n for s in said if s.op in ("~~", "~1", "|", "~*~") for n in s.names if n not in factors)
    observed = _unique([*indicators, *outcomes, *predictors, *rest])
    return Variables(observed, latent, exogenous)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def build(text: ModelText, variables: Variables, options: Options) -> ParTable:
    """The table of a model string with everything that goes without saying."""
    said = _said(text.statements, variables, options)
    added = [row for row in _by_rule(text, variables, options) if _key(row) not in said]
    block = [_by_default(row, said, variables, options) for row in said.values()] + added
    rows: list[Parameter] = []
    for g in range(options.n_groups):
        for row in block:
            user = said.get(_key(row))
            mods = _modifiers(text.statements, _key(row)) if user else []
            rows.append(_for_group(row, mods, g, variables, options))
    definitions = tuple(f for f in text.formulas if f.op == ":=")
    constraints = tuple(f for f in text.formulas if f.op == "==")
    return ParTable(tuple(rows), variables, constraints, definitions, options)


def _key(row: Parameter | Statement) -> tuple[str, str, str]:
    if row.op == "~~" and row.rhs < row.lhs:
        return row.rhs, row.op, row.lhs
    return row.lhs, row.op, row.rhs


def _said(
    statements: Sequence[Statement], variables: Variables, options: Options
) -> dict[tuple[str, str, str], Parameter]:
    rows: dict[tuple[str, str, str], Parameter] = {}
    for s in statements:
        if s.op == "=~" and s.lhs == s.rhs:
            raise ArgumentError("model_self", line=s.token.line, position=s.token.position, got=s.lhs)
        if s.op in ("|", "~*~") and s.lhs not in variables.ordered:
            raise ArgumentError(
                "model_threshold_unordered", line=s.token.line, position=s.token.position, got=s.lhs,
            )  # fmt: skip
        if s.op == "|" and s.rhs not in {f"t{j + 1}" for j in range((options.thresholds or {}).get(s.lhs, 0))}:
            raise ArgumentError(
                "model_threshold_unknown", line=s.token.line, position=s.token.position, got=f"{s.lhs}|{s.rhs}",
                expected=(options.thresholds or {}).get(s.lhs, 0),
            )  # fmt: skip
        rows.setdefault(_key(s), Parameter(s.lhs, s.op, s.rhs, user=True))
    return rows


def _by_rule(text: ModelText, variables: Variables, options: Options) -> list[Parameter]:
    """What lavaan's ``cfa()`` adds, before anything is known of groups."""
    ordered, exogenous = set(variables.ordered), variables.exogenous
    rows = [Parameter(o, "|", f"t{j + 1}") for o in variables.ordered for j in range((options.thresholds or {})[o])]
    for name in variables.observed:
        if name not in exogenous:
            fixed = name in ordered or name in _lone_indicators(text, variables)
            rows.append(Parameter(name, "~~", name, free=not fixed, value=1.0 if name in ordered else 0.0))
    rows += [Parameter(f, "~~", f, free=not options.std_lv, value=1.0) for f in variables.latent]
    for names in (_exogenous_factors(text, variables), _outcomes(text, variables)):
        for i, first in enumerate(names):
            for second in names[i + 1 :]:
                both = first in variables.latent and second in variables.latent
                rows.append(Parameter(first, "~~", second, free=not (options.orthogonal and both), value=0.0))
    rows += [
        Parameter(a, "~~", b, free=False, exogenous=True) for a, b in combinations_with_replacement(exogenous, 2)
    ]
    rows += [Parameter(o, "~*~", o, free=False, value=1.0) for o in variables.ordered]
    if options.means:
        for name in variables.observed:
            if name in exogenous:
                rows.append(Parameter(name, "~1", "1", free=False, exogenous=True))
            else:
                rows.append(Parameter(name, "~1", "1", free=name not in ordered, value=0.0))
        rows += [Parameter(f, "~1", "1", free=False, value=0.0) for f in variables.latent]
    return rows


def _lone_indicators(text: ModelText, variables: Variables) -> set[str]:
    """Single indicators of a factor, which measure it without error unless the model says otherwise."""
    measured = [(s.lhs, s.rhs) for s in text.statements if s.op == "=~"]
    pairs = set(measured)
    lone = {f for f in variables.latent if sum(lhs == f for lhs, _ in pairs) == 1}
    return {rhs for lhs, rhs in pairs if lhs in lone and sum(r == rhs for _, r in pairs) == 1}


def _exogenous_factors(text: ModelText, variables: Variables) -> tuple[str, ...]:
    dependent = {s.lhs for s in text.statements if s.op == "~"} | {s.rhs for s in text.statements if s.op == "=~"}
    return tuple(f for f in variables.latent if f not in dependent)


def _outcomes(text: ModelText, variables: Variables) -> tuple[str, ...]:
    """Outcomes that predict nothing themselves: their residuals covary."""
    predicted = _unique(s.lhs for s in text.statements if s.op == "~")
    used = {s.rhs for s in text.statements if s.op in ("~", "=~")} | {
        s.lhs for s in text.statements if s.op == "=~" and s.rhs in variables.latent
    }
    latent = [n for n in variables.latent if n in predicted and n not in used]
    return (*latent, *(n for n in predicted if n not in variables.latent and n not in used))


def _by_default(
    row: Parameter, said: Mapping[tuple[str, str, str], Parameter], variables: Variables, options: Options
) -> Parameter:
    """The first loading is the marker unless the factor's variance is 1."""
    if row.op == "=~" and not options.std_lv:
        first = next(r for r in said.values() if r.op == "=~" and r.lhs == row.lhs)
        if first is row:
            return replace(row, free=False, value=1.0)
    if row.op == "~~" and row.lhs == row.rhs and options.std_lv and row.lhs in variables.latent:
        return replace(row, free=False, value=1.0)
    return row


def _modifiers(statements: Sequence[Statement], key: tuple[str, str, str]) -> list[Any]:
    return [m for s in statements if _key(s) == key for m in s.modifiers]


def _for_group(row: Parameter, mods: list[Any], g: int, variables: Variables, options: Options) -> Parameter:
    row = replace(row, group=g)
    if g > 0:
        row = _freed(row, variables, options)
    for mod in mods:
        if len(mod.entries) not in (1, options.n_groups):
            raise ArgumentError(
                "model_modifier_groups", line=mod.token.line, position=mod.token.position,
                got=len(mod.entries), expected=options.n_groups,
            )  # fmt: skip
        entry = mod.entries[g if len(mod.entries) > 1 else 0]
        if mod.kind == "label":
            row = replace(row, label=entry or row.label)
        elif mod.kind == "start":
            row = replace(row, start=entry)
        else:
            row = replace(row, free=entry != entry, value=entry)
    return row


def _freed(row: Parameter, variables: Variables, options: Options) -> Parameter:
    """What equality across groups sets free in the later ones, because the metric is carried over."""
    equal = options.group_equal
    factor = row.lhs in variables.latent
    if row.user and row.op != "~*~" and not (row.op == "~~" and row.lhs in variables.ordered):
        return row
    if row.op == "~1" and factor and ({"intercepts", "thresholds"} & set(equal)) and "means" not in equal:
        return replace(row, free=True)
    own_variance = row.op == "~~" and row.lhs == row.rhs
    if own_variance and factor and options.std_lv and "loadings" in equal and "lv.variances" not in equal:
        return replace(row, free=True)
    if "thresholds" in equal and row.lhs in variables.ordered:
        delta = options.parametrisation == "delta"
        if (row.op == "~*~" and delta) or (own_variance and not delta):
            return replace(row, free=True)
    return row


#: ``group_equal`` word → which rows it makes equal
def equal_rows(row: Parameter, word: str, variables: Variables) -> bool:
    """Whether ``group_equal=word`` speaks of a row."""
    factor, same = row.lhs in variables.latent, row.lhs == row.rhs
    return {
        "loadings": row.op == "=~",
        "intercepts": row.op == "~1" and not factor,
        "means": row.op == "~1" and factor,
        "residuals": row.op == "~~" and same and not factor,
        "residual.covariances": row.op == "~~" and not same and not factor,
        "lv.variances": row.op == "~~" and same and factor,
        "lv.covariances": row.op == "~~" and not same and factor,
        "regressions": row.op == "~",
        "thresholds": row.op == "|",
    }[word]


GROUP_EQUAL = (
    "loadings", "intercepts", "means", "residuals", "residual.covariances", "lv.variances", "lv.covariances",
    "regressions", "thresholds",
)  # fmt: skip


def equal_across_groups(table: ParTable, partial: Sequence[str] = ()) -> ParTable:
    """Label what ``group_equal`` makes equal; rows named in ``partial`` stay free, labelled ones keep their label."""
    words = table.options.group_equal
    released = {name.replace(" ", "") for name in partial}
    rows = []
    for row in table.rows:
        chosen = any(equal_rows(row, word, table.variables) for word in words)
        if chosen and not row.exogenous and not row.label and row.name not in released and row.free:
            row = replace(row, label=f".{row.name}")
        rows.append(row)
    return table.with_rows(rows)
