"""Cells: digits by kind, both languages, absent values, text that cannot play tricks."""

import math

import numpy as np
import pandas as pd
import pytest

from akhlak_research.core.results import Estimate, Interval, Unavailable
from akhlak_research.report.format import cell_kind, column_kind, format_cell, visible, visible_lines


@pytest.mark.parametrize(
    ("value", "kind", "id_", "en"),
    [
        (0.70380123456789, "coefficient", "0,704", "0.704"),
        (-0.0001, "coefficient", "0,000", "0.000"),
        (-0.34, "coefficient", "−0,340", "−0.340"),
        (4.65, "level", "4,65", "4.65"),
        (18146.0662, "statistic", "18.146,07", "18,146.07"),
        (33.25, "percent", "33,2", "33.2"),
        (2436, "count", "2.436", "2,436"),
        (2436.5, "count", "2.436,5", "2,436.5"),
        (2024, "code", "2024", "2024"),
        (1e-9, "p", "< 0,001", "< 0.001"),
        (0.0412, "p", "0,041", "0.041"),
        (math.inf, "coefficient", "∞", "∞"),
        (True, "text", "ya", "yes"),
        (np.bool_(False), "text", "tidak", "no"),
        (np.int64(1200), "count", "1.200", "1,200"),
        (("a", "b"), "text", "a, b", "a, b"),
        ("item", "word", "Butir", "Item"),
        ("item", "text", "item", "item"),
        (Estimate(0.5, 0.1, Interval(0.3, 0.7), 10), "coefficient", "0,500", "0.500"),
    ],
)
def test_a_cell_by_kind_and_language(value, kind, id_, en):
    assert format_cell(value, kind, "id") == id_
    assert format_cell(value, kind, "en") == en


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NA, pd.NaT, Unavailable("hierarchical_needed")])
@pytest.mark.parametrize("kind", ["coefficient", "count", "p", "text", "word"])
def test_what_does_not_exist_is_a_dash(value, kind):
    assert format_cell(value, kind, "id") == "–"


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        ("n", [1.0, 2.0], "count"),
        ("whatever", np.array([1, 2]), "count"),
        ("whatever", [1.0, 2.0], "coefficient"),
        ("whatever", [np.nan, np.nan], "coefficient"),
        ("pvalue", [0.2, np.nan], "p"),
        ("statistic", [12.0], "statistic"),
        ("statistic", ["alpha"], "word"),
        ("item", ["alpha"], "text"),
        ("flagged", [True, False], "text"),
    ],
)
def test_kind_of_a_column(column, values, kind):
    assert column_kind(column, values) == kind


def test_the_rows_own_word_decides_in_a_column_of_mixed_values():
    assert cell_kind("value", "coefficient", "pvalue") == "p"
    assert cell_kind("value", "coefficient", "df") == "count"
    assert cell_kind("value", "coefficient", "tli") == "coefficient"
    assert cell_kind("mean", "level", "pvalue") == "level"


def test_invisible_characters_show():
    assert visible("a\u202eb\u200bc\x00\ud800") == "a⟦U+202E⟧b⟦U+200B⟧c⟦U+0000⟧⟦U+D800⟧"
    assert visible("  satu\n dua\t") == "satu  dua"
    assert visible("Étoile – ω = ,85 😀") == "Étoile – ω = ,85 😀"
    assert visible_lines("a\u2066\r\nb  \n") == "a⟦U+2066⟧\nb\n"
