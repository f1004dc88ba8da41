"""Cells as people read them: one policy of digits, localised numbers, and text that cannot play tricks."""

from __future__ import annotations

import math
import numbers
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from akhlak_research.core import numbers as spoken
from akhlak_research.core.numbers import format_number, format_p
from akhlak_research.core.results import Estimate, Unavailable
from akhlak_research.core.text import Language, label, text

Kind = Literal[
    "count", "code", "p", "chance", "level", "statistic", "percent", "share", "published", "bare", "coefficient",
    "word", "text",
]  # fmt: skip

DASH = spoken.DASH

#: decimals of each kind of number; ``count`` and ``code`` have none, the others have rules of their own
DIGITS: Mapping[Kind, int] = {"coefficient": 3, "level": 2, "statistic": 2, "percent": 1}
#: from which size on all numbers of a column of coefficients lose a decimal or two
_LARGE: Mapping[float, Kind] = {100.0: "percent", 10.0: "level"}

_COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "count": (
        "n", "n_rows", "n_used", "n_dropped", "n_pair", "n_items", "n_raters", "n_factors", "n_components", "count",
        "missing", "df", "df_error", "null_df", "rank", "draws", "iterations", "projected", "n_so_far",
        "required", "effective_n", "weight_sum", "df_diff", "constraints", "released", "n_free",
    ),
    "code": ("category", "code", "year", "seed", "stage", "row", "low", "high"),
    "chance": ("probability", "band_probability", "above", "unknown"),
    "share": ("band_percent",),
    "bare": ("cutoff", "cut_off", "votes"),
    "p": ("pvalue", "pvalue_empirical", "pvalue_scaled", "pvalue_adjusted", "aiken_p", "cvr_p", "pvalue_diff"),
    "level": ("mean", "sd", "median", "minimum", "maximum", "skew", "kurtosis", "complexity", "ss_loadings",
        "score_before", "score_after", "change", "unit_score", "distance", "direct", "direct_error", "linked",
        "range_low", "range_high", "performance", "survey", "evidence", "composite", "by_chance", "index_points",
        "weight_low", "weight_median", "weight_high", "kish_deff", "factor_low", "factor_high", "deff", "of_day",
        "value_score", "score_without", "change_of_score", "ci_width", "from_truth", "points", "flagged_points",
        "all_points"),
    "statistic": ("statistic", "chisq", "chisq_empirical", "null_chisq", "chisq_scaled", "null_chisq_scaled", "z", "t",
        "aic", "bic", "sabic", "loglik", "chisq_diff", "mi",
    ),
    "percent": ("percent", "percent_missing", "rate", "share_percent", "voters_percent", "score_percent",
        "short_percent", "frame_percent", "sample_percent", "weighted_percent", "sample_gap", "weighted_gap",
        "missing_percent", "expected_percent", "cumulative_percent", "rse_percent", "importance_percent",
        "importance_ci_low", "importance_ci_high", "covered_percent", "executive_score"),
    # columns whose values are words of the catalogue; all other text stands as it is (item codes, group labels)
    "word": (
        "coefficient", "statistic", "method", "rule", "criterion", "basis", "verdict", "band", "extraction", "rotation",
        "correlation", "kind", "finding", "severity", "difference", "scope", "step", "setting", "choice", "type_status",
        "n_of", "question", "treatment", "index", "status", "role", "reason", "form", "metric", "term", "quantity",
        "measure", "colour", "position", "direction", "quadrant", "quartile", "source_of", "component", "level_name",
        "family", "standing", "model", "what",
        "weighting", "half", "stands_for", "split", "holds_truth", "policy_rule", "reporting",
    ),
}  # fmt: skip
_NUMBER_KIND: Mapping[str, Kind] = {name: kind for kind, names in _COLUMNS.items() if kind != "word" for name in names}
_VALUE_COLUMNS = ("value", "estimate", "ours", "theirs", "difference")


def column_kind(column: str, values: Iterable[object]) -> Kind:
    """Kind of a column: by its name, else by what it holds (whole numbers are counts)."""
    present = [value for value in values if not is_absent(value)]
    if any(is_number(value) for value in present):
        if column in _NUMBER_KIND:
            return _NUMBER_KIND[column]
        return "count" if all(isinstance(value, numbers.Integral) for value in present) else _by_size(column, present)
    if not present:
        return _NUMBER_KIND.get(column, "coefficient")
    return "word" if column in _COLUMNS["word"] else "text"


def _by_size(column: str, present: Sequence[object]) -> Kind:
    """Of a column of coefficients whose numbers are all large, or of margins in points: fewer decimals."""
    sizes = [abs(float(value)) for value in present if isinstance(value, numbers.Real)]
    if column.startswith("margin") and any(size > 1 for size in sizes):
        return "percent"
    return next((kind for size, kind in _LARGE.items() if sizes and min(sizes) >= size), "coefficient")


def cell_kind(column: str, kind: Kind, word: object) -> Kind:
    """Kind of a cell: in a column of mixed values (``value``) the row's own word (``pvalue``, ``df``) decides."""
    if column in _VALUE_COLUMNS and isinstance(word, str):
        return _NUMBER_KIND.get(word, kind)
    return kind


def is_number(value: object) -> bool:
    """Whether a cell holds a number (a truth value is none)."""
    return isinstance(value, numbers.Real | Estimate | Unavailable) and not _is_truth(value)


def is_absent(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, NA or a value that does not exist."""
    if value is None or isinstance(value, Unavailable) or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, numbers.Real) and math.isnan(float(value))


def _is_truth(value: object) -> bool:
    return isinstance(value, bool) or type(value).__name__ == "bool"


def format_cell(value: object, kind: Kind, lang: Language) -> str:
    """One cell in a language.

    Absent values become an en dash; truth values yes or no; words of the catalogue their label; other text stays, with
    invisible characters made visible.
    """
    if is_absent(value):
        return DASH
    if _is_truth(value):
        return text("report.yes" if value else "report.no", lang)
    if isinstance(value, Estimate):
        return format_value(value.estimate, kind, lang)
    if isinstance(value, numbers.Real):
        return format_value(float(value), kind, lang)
    if isinstance(value, str):
        return visible(label(value, lang) if kind == "word" else value)
    if isinstance(value, Iterable) and not isinstance(value, bytes | Mapping):
        return ", ".join(format_cell(part, kind, lang) for part in value)
    return visible(str(value))


def format_value(value: float, kind: Kind, lang: Language) -> str:
    """A number of a kind in a language."""
    if kind == "p":
        return format_p(value, lang)
    if kind == "chance":
        return _bounded(value, 3, 1.0, lang)
    if kind == "share":
        return _bounded(value, 1, 100.0, lang)
    if kind == "bare":
        return format_number(value, None, lang)
    if kind == "published":
        return format_number(value, 1 if round(value, 1) == value else 2, lang)
    if kind in ("count", "code", "word", "text") and math.isfinite(value):
        whole = value.is_integer()
        if kind == "code" and whole:
            return format_number(value, 0, lang).replace("." if lang == "id" else ",", "")
        if kind != "count" and not whole:
            return format_number(value, DIGITS["coefficient"], lang)
        return format_number(value, 0 if whole else 1, lang)
    return format_number(value, DIGITS.get(kind, 3), lang)


def _bounded(value: float, digits: int, whole: float, lang: Language) -> str:
    """A chance that is near none or all of the whole as a bound: what was estimated is never certain."""
    step = 10.0**-digits
    if value < step / 2:
        return "< " + format_number(step, digits, lang)
    if value > whole - step / 2:
        return "> " + format_number(whole - step, digits, lang)
    return format_number(value, digits, lang)


def visible(words: str) -> str:
    """Text on one line in which control, direction and other invisible characters show as ``⟦U+202E⟧``.

    A name that turns the direction of writing, or hides a character, would read differently from what was analysed.
    """
    return "".join(_visible_character(c) for c in words).strip()


def visible_lines(words: str) -> str:
    """``visible``, line by line."""
    return "\n".join(
        "".join(_visible_character(c) for c in line).rstrip() for line in words.replace("\r\n", "\n").split("\n")
    )


def _visible_character(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"⟦U+{ord(character):04X}⟧"
    return character
