"""The registry of tests for differential item functioning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Unavailable
from akhlak_research.measure.dif_contingency import mantel_nominal, mantel_ordered
from akhlak_research.measure.dif_irt import irt_ratio, irt_wald
from akhlak_research.measure.dif_material import DifData
from akhlak_research.measure.dif_regression import ordinal_logistic
from akhlak_research.measure.dif_tested import Tested


@dataclass(frozen=True, slots=True)
class DifMethod:
    """A test.

    Attributes
    ----------
    name : str
    run : callable
        ``run(data, anchors, matching, test)``: one entry per item; group 0 is the reference.
    matching : tuple of str
        Scores it can match on, the default first.
    tests : tuple of str
        What it can test, the default first.
    weights : bool
        Whether it is valid under sampling weights.
    joint : bool
        Whether it compares all groups in one test; else the reference with one group at a time.
    missing : {"listwise", "fiml"}
        Whom it uses when matching on a sum; ``trait`` always uses every answer given.
    joins : bool
        Whether a category that one of the groups never uses must be joined to its neighbour.
    """

    name: str
    run: Callable[[DifData, np.ndarray, str, str], list[Tested | Unavailable]]
    matching: tuple[str, ...]
    tests: tuple[str, ...]
    weights: bool
    joint: bool = False
    missing: str = "listwise"
    joins: bool = False


METHODS: Registry[DifMethod] = Registry(
    "method",
    DifMethod(
        "ordinal-logistic", ordinal_logistic, ("total", "rest", "trait"), ("both", "uniform", "nonuniform"),
        weights=True,
    ),
    DifMethod("mantel", mantel_ordered, ("total", "rest"), ("uniform",), weights=False),
    DifMethod("generalised-mantel-haenszel", mantel_nominal, ("total", "rest"), ("both",), weights=False, joint=True),
    DifMethod("irt-lr", irt_ratio, ("trait",), ("both",), weights=False, missing="fiml", joins=True),
    DifMethod("irt-wald", irt_wald, ("trait",), ("both",), weights=True, missing="fiml", joins=True),
)
