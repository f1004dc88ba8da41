"""How many people does a factor model need? Power, bias and coverage by simulation."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.stats import norm

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Inputs, Notice, Result, result
from akhlak_research.core.seeding import generator
from akhlak_research.instrument.model import Instrument
from akhlak_research.measure.cfa.population import Population, population_of
from akhlak_research.measure.cfa.replicates import MEASURES, Replicate, Task, run


@result
class CfaPower(Result):
    """What a factor model would find in samples from a known population; simulated throughout.

    Attributes
    ----------
    parameters : DataFrame
        One row per sample size and free parameter: ``n lhs op rhs true mean bias relative_bias sd se_mean coverage
        power used``; sd is of the estimates, se_mean the mean of their standard errors.
    fit : DataFrame
        One row per sample size: ``n replicates converged improper rejected`` (shares; the last of the model's test at
        1 − level), and ``cfi rmsea srmr`` with their 5th and 95th percentiles.
    failures : mapping of n to mapping of code to number
    seed : int or None
    estimator : str
    level : float
    """

    kind: ClassVar[str] = "cfa_power"
    of_study: ClassVar[bool] = False
    further_tables: ClassVar[tuple[str, ...]] = ("fit",)
    parameters: pd.DataFrame
    fit: pd.DataFrame
    failures: Mapping[int, Mapping[str, int]]
    seed: int | None
    estimator: str
    level: float

    def table(self) -> pd.DataFrame:
        """One row per sample size and parameter."""
        return self.parameters.copy()

    def smallest(self, op: str = "=~", power: float = 0.8) -> pd.Series:
        """The smallest n simulated at which each parameter of a kind has the power asked for; NaN where none has."""
        rows = self.parameters[self.parameters["op"] == op]
        names = rows["lhs"] + op + rows["rhs"]
        enough = rows["n"].where(rows["power"] >= power)
        return enough.groupby(names, sort=False).min().rename("n")

    def headline(self) -> str:
        """Convergence and the weakest loading's power at each n."""
        said = []
        for row in self.fit.itertuples():
            part = self.parameters[(self.parameters["n"] == row.n) & (self.parameters["op"] == "=~")]
            least = f"least power of a loading {part['power'].min():.2f}"
            said.append(f"n = {row.n}: converged {row.converged:.0%}, {least}")
        return "simulated; " + "; ".join(said)


def power_cfa(
    model: str | Instrument,
    n: int | Sequence[int],
    *,
    population: str | None = None,
    loading: float = 0.7,
    correlation: float = 0.3,
    cuts: Sequence[float] = (),
    estimator: str | None = None,
    replicates: int = 500,
    workers: int = 1,
    client: Any = None,
    rng: int | np.random.Generator | None = 1,
    progress: bool = True,
    level: float = 0.95,
) -> CfaPower:
    """Simulate what a factor model finds in samples of n people.

    Parameters
    ----------
    model : str or Instrument
        The model that will be fitted; an instrument's is one factor per dimension.
    n : int or sequence of int
        Sample sizes.
    population : str, optional
        What is true, as a model string with numbers (``f =~ 0.8*x1 + 0.5*x2``); default: ``model``. What it gives no
        number for is ``loading`` or ``correlation``. It may differ from the model: then bias and rejection show what a
        wrong model does.
    loading, correlation : float
        Standardised loading of every item, correlation of factors.
    cuts : sequence of float, optional
        Where latent responses of unit variance are cut into ordered categories; none: normal variables.
    estimator : str, optional
        Default: ML, or WLSMV with ``cuts``.
    replicates : int
        Samples of each size.
    workers : int
        Processes.
    client : distributed.Client, optional
        A Dask cluster that computes instead.
    rng : int, Generator or None
        Seed. Each replicate has its own stream: the answer does not depend on ``workers`` or ``client``.
    progress : bool
        Show a bar.
    level : float
        Of intervals; tests are at 1 − level.

    Returns
    -------
    CfaPower
        ``.table()``, ``.fit``, ``.smallest()``.

    Raises
    ------
    ArgumentError
        ``power_no_residual``, ``power_not_positive``, ``power_unit_variance``, ``power_cuts``, ``power_n``.
    MethodError
        ``power_structure``; ``power_all_failed`` where no two samples could be fitted.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.power_cfa("f =~ a + b + c + d", 100, loading=0.6, replicates=20)
    >>> found.parameters["true"].tolist()[:2]
    [0.6, 0.6]

    Notes
    -----
    Factors have unit variance in population and model, so that estimates can be compared with what is true. Samples
    that a fit refuses count against convergence and enter nothing else. There are no missing answers and no weights:
    take n as people with complete answers, divided by the design effect you expect. A share p of R replicates has a
    standard error of √(p(1 − p)/R).

    References
    ----------
    Muthén, L. K., & Muthén, B. O. (2002). How to use a Monte Carlo study to decide on sample size and determine power.
    Structural Equation Modeling, 9, 599–620.
    """
    check_level(level)
    sizes = [int(n)] if isinstance(n, int | np.integer) else [int(size) for size in n]
    if not sizes or min(sizes) < 2 or replicates < 2 or workers < 1:
        raise ArgumentError("power_n", got={"n": sizes, "replicates": replicates, "workers": workers})
    if list(cuts) != sorted(set(cuts)):
        raise ArgumentError("power_cuts", got=list(cuts))
    text = model.model() if isinstance(model, Instrument) else model
    truth = population_of(population or text, loading, correlation, cuts)
    chosen = estimator or ("WLSMV" if cuts else "ML")
    generated, seed = generator(rng)
    root = np.random.SeedSequence(int(generated.integers(2**63)))
    frames, fits = [], []
    failures: dict[int, dict[str, int]] = {}
    for size, child in zip(sizes, root.spawn(len(sizes)), strict=True):
        task = Task(truth, text, size, chosen, bool(cuts))
        found = run(task, child.spawn(replicates), workers=workers, client=client, progress=progress)
        failures[size] = dict(Counter(one.code for one in found if one.code))
        if sum(failures[size].values()) > replicates - 2:
            raise MethodError("power_all_failed", got=failures[size], n=size)
        frames.append(_parameters(found, truth, size, level))
        fits.append(_fit(found, size, level))
    whole = repr((text, population, loading, correlation, tuple(cuts), chosen, sizes, replicates))
    digest = hashlib.sha256(whole.encode()).hexdigest()
    lost = {size: sum(codes.values()) for size, codes in failures.items() if codes}
    return CfaPower(
        inputs=Inputs(digest, 0, 0, 0, "none", "none", truth.names),
        notices=(Notice("power_failed", "caution", {"n": str(lost)}),) if lost else (),
        parameters=pd.concat(frames, ignore_index=True), fit=pd.DataFrame(fits), failures=failures, seed=seed,
        estimator=chosen, level=level,
    )  # fmt: skip


def _parameters(found: Sequence[Replicate], truth: Population, n: int, level: float) -> pd.DataFrame:
    keys = list(dict.fromkeys(key for one in found for key in one.values))
    gone = (np.nan, np.nan)
    values = np.array([[one.values.get(key, gone) for key in keys] for one in found if not one.code])
    values = values.reshape(-1, len(keys), 2)
    z = float(norm.ppf((1 + level) / 2))
    rows = []
    for j, key in enumerate(keys):
        est, se = values[:, j, 0], values[:, j, 1]
        known = np.isfinite(est) & np.isfinite(se) & (se > 0)
        est, se, true = est[known], se[known], truth.value(*key)
        if len(est) < 2:
            continue
        bias = float(est.mean()) - true
        rows.append(
            {
                "n": n, "lhs": key[0], "op": key[1], "rhs": key[2], "true": true, "mean": float(est.mean()),
                "bias": bias, "relative_bias": bias / true if true else np.nan, "sd": float(est.std(ddof=1)),
                "se_mean": float(se.mean()), "coverage": float((np.abs(est - true) <= z * se).mean()),
                "power": float((np.abs(est) > z * se).mean()), "used": len(est),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _fit(found: Sequence[Replicate], n: int, level: float) -> dict[str, Any]:
    fits = pd.DataFrame([one.fit for one in found if not one.code], columns=list(MEASURES), dtype=float)
    row: dict[str, Any] = {
        "n": n, "replicates": len(found), "converged": len(fits) / len(found),
        "improper": float(np.mean([one.improper for one in found])),
        "rejected": float((fits["pvalue"] < 1 - level).mean()) if len(fits) else np.nan,
    }  # fmt: skip
    for name in ("cfi", "rmsea", "srmr"):
        low, high = fits[name].quantile([0.05, 0.95])
        row |= {name: fits[name].mean(), f"{name}_5": low, f"{name}_95": high}
    return row
