"""The estimators: which discrepancy is minimised, how errors are found, which test is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from akhlak_research.core.registry import Registry

Loss = Literal["normal", "least-squares"]
Weight = Literal["normal", "identity", "diagonal", "full", "sample"]
Errors = Literal["standard", "normal-sem", "robust-sem", "huber-white"]
Test = Literal["standard", "satorra-bentler", "yuan-bentler-mplus", "scaled-shifted", "browne-residual"]


@dataclass(frozen=True, slots=True)
class Estimator:
    """One entry.

    ``loss`` is what is minimised, with which ``weight``; ``errors`` and ``test`` name the rules of ``inference`` and
    ``tests``; ``ordinal`` whether ordered items are its material, ``continuous`` likewise; ``fiml`` whether it can
    use incomplete rows.
    """

    name: str
    loss: Loss
    weight: Weight
    errors: Errors
    test: Test
    continuous: bool = True
    ordinal: bool = False
    fiml: bool = False


ESTIMATORS = Registry(
    "estimator",
    Estimator("ML", "normal", "normal", "standard", "standard", fiml=True),
    Estimator("MLM", "normal", "normal", "robust-sem", "satorra-bentler"),
    Estimator("MLR", "normal", "normal", "huber-white", "yuan-bentler-mplus", fiml=True),
    Estimator("GLS", "least-squares", "sample", "standard", "standard"),
    Estimator("ULS", "least-squares", "identity", "normal-sem", "browne-residual"),
    Estimator("DWLS", "least-squares", "diagonal", "standard", "standard", continuous=False, ordinal=True),
    Estimator("WLS", "least-squares", "full", "standard", "standard", continuous=False, ordinal=True),
    Estimator("WLSM", "least-squares", "diagonal", "robust-sem", "satorra-bentler", continuous=False, ordinal=True),
    Estimator("WLSMV", "least-squares", "diagonal", "robust-sem", "scaled-shifted", continuous=False, ordinal=True),
    Estimator("ULSM", "least-squares", "identity", "robust-sem", "satorra-bentler", continuous=False, ordinal=True),
    Estimator("ULSMV", "least-squares", "identity", "robust-sem", "scaled-shifted", continuous=False, ordinal=True),
)
