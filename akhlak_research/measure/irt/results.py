"""What a fitted item response model says."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Result, Unavailable, result, to_jsonable
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.families import difficulties, difficulty_gradient
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.scores import eap

Origin = Literal["persons", "items", "erm"]


@result
class Irt(Result):
    """A fitted item response model.

    Attributes
    ----------
    model, estimator : str
        As asked.
    parameters : DataFrame
        Index ``item`` (with several groups ``group``, ``item``). ``a``: discrimination. ``b1 … bm``: difficulties; for
        the graded model where an answer of at least the next category becomes likelier than not, for partial credit
        models where two neighbouring categories are equally likely. ``d1 … dm``: intercepts, as in aθ + d (graded) or
        k·aθ + d_k (partial credit).
    standard_errors : DataFrame or Unavailable
        The same cells; NaN where a parameter is fixed or an item has fewer categories.
    estimates : DataFrame or Unavailable
        Long form: ``item parameter est se ci_low ci_high`` of a and b.
    people : DataFrame
        Index ``group``: ``mean sd variance n`` of θ and their standard errors; what is fixed has none.
    loglik : float
    n_parameters : int
    aic, bic, sabic : float or Unavailable
        Not of a weighted likelihood.
    converged : bool
    decrement : float
        Twice the log-likelihood that the last step still promised.
    iterations, evaluations : int
        Steps, and passes over all answers.
    n_nodes : int
    node_limit : float
        Equally spaced nodes, from minus to plus the limit.
    errors : {"observed", "sandwich", "none"}
        How standard errors were computed.
    level : float
        Of the intervals.
    fitted : Fitted
        Model and answers, for scores, fit and pictures; stays out of ``record()``.
    """

    kind: ClassVar[str] = "irt"
    model: str
    estimator: str
    parameters: pd.DataFrame
    standard_errors: pd.DataFrame | Unavailable
    estimates: pd.DataFrame | Unavailable
    people: pd.DataFrame
    loglik: float
    n_parameters: int
    aic: float | Unavailable
    bic: float | Unavailable
    sabic: float | Unavailable
    converged: bool
    decrement: float
    iterations: int
    evaluations: int
    n_nodes: int
    node_limit: float
    errors: str
    level: float
    fitted: Fitted

    @property
    def n(self) -> int:
        """People used."""
        return self.inputs.n_used

    @property
    def scores(self) -> pd.DataFrame:
        """EAP of every person used, with the index of the data: ``theta se``. ``irt_scores`` gives other methods."""
        mean, sd = eap(self.fitted)
        columns = {"theta": self.fitted.by_row(mean), "se": self.fitted.by_row(sd)}
        return pd.DataFrame(columns, index=self.fitted.index)

    @property
    def item_fit(self) -> pd.DataFrame:
        """Fit of each item, as ``irt_item_fit(self).items``."""
        from akhlak_research.measure.irt.item_fit import irt_item_fit

        return irt_item_fit(self).items

    def probabilities(self, theta: ArrayLike, item: str, group: object = None) -> pd.DataFrame:
        """Probability of each category of an item: a row per θ, a column per code."""
        points = np.atleast_1d(np.asarray(theta, float))
        at = self.fitted.patterns.names.index(check_choice(item, self.fitted.patterns.names, "item"))
        codes = self.fitted.patterns.categories[at]
        p = self.fitted.curves(points, self._group(group)).p[at, : len(codes)]
        return pd.DataFrame(p.T, index=pd.Index(points, name="theta"), columns=pd.Index(codes, name="category"))

    def item_information(self, theta: ArrayLike, group: object = None) -> pd.DataFrame:
        """Fisher information about θ: a row per θ, a column per item."""
        points = np.atleast_1d(np.asarray(theta, float))
        values = self.fitted.item_information(points, self._group(group))
        return pd.DataFrame(values.T, index=pd.Index(points, name="theta"), columns=list(self.fitted.patterns.names))

    def information(self, theta: ArrayLike, group: object = None) -> pd.Series:
        """Fisher information of all items about θ; 1/√information is the standard error of a score there."""
        return self.item_information(theta, group).sum(axis=1).rename("information")

    def expected_score(self, theta: ArrayLike, group: object = None) -> pd.Series:
        """Expected sum of the codes at θ."""
        points = np.atleast_1d(np.asarray(theta, float))
        p = self.fitted.curves(points, self._group(group)).p
        total = sum(codes @ p[i, : len(codes)] for i, codes in enumerate(self.fitted.patterns.categories))
        return pd.Series(total, index=pd.Index(points, name="theta"), name="expected_score")

    def difficulties(self, origin: Origin = "persons") -> pd.DataFrame:
        """Difficulties with another origin of θ, for comparison with other programs.

        ``persons``: the mean of θ is 0 (mirt, TAM). ``items``: the mean of the items' locations is 0
        (Winsteps). ``erm``: the sum of eRm's item-category parameters (rating scale model: of the items' first) is 0.
        """
        check_choice(origin, ("persons", "items", "erm"), "origin")
        b = self.parameters.filter(regex=r"^b\d+$")
        if origin == "persons":
            return b - float(self.fitted.calibration.mean[0])
        if origin == "items":
            return b - float(b.mean(axis=1).mean())
        # β_ih = −Σ_{l ≤ h} b_il; moving the origin by c moves β_ih by h·c
        if self.model == "rsm":
            return b - float(b["b1"].mean())
        cumulative, h = b.cumsum(axis=1), np.arange(1, b.shape[1] + 1)
        steps = float((b.notna().to_numpy() * h).sum())
        return b - float(cumulative.sum().sum()) / steps

    def _group(self, group: object) -> int:
        labels = self.fitted.patterns.groups
        return 0 if group is None else labels.index(check_choice(group, labels, "group"))

    def table(self) -> pd.DataFrame:
        """One row per item: ``item a [se_a] b1 … bm``, with several groups the group first."""
        table = self.parameters.filter(regex=r"^(a|b\d+)$").copy()
        if isinstance(self.standard_errors, pd.DataFrame) and self.standard_errors["a"].notna().any():
            table.insert(1, "se_a", self.standard_errors["a"])
        return table.reset_index()

    def headline(self) -> str:
        """Model, people, items and log-likelihood."""
        return f"{self.model}, {len(self.inputs.items)} items, n={self.n}, loglik {self.loglik:.4f}"

    def record(self) -> dict[str, Any]:
        """Everything but the answers: a record is made to be passed on, values of single people are not."""
        body = {f.name: to_jsonable(getattr(self, f.name)) for f in dataclasses.fields(self) if f.name != "fitted"}
        return {"kind": self.kind, "version": self.version, **body}


def one_population(result: Irt) -> Fitted:
    """The fitted model, if it has one group.

    Raises
    ------
    MethodError
        ``irt_one_population``.
    """
    if result.fitted.n_groups > 1:
        raise MethodError("irt_one_population", got=[str(g) for g in result.fitted.patterns.groups])
    return result.fitted


def parameter_tables(fitted: Fitted, level: float) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None]:
    """Parameters, their standard errors, and the long form with intervals."""
    psi, calibration = fitted.calibration.items, fitted.calibration
    sizes = fitted.design.n_categories
    values = _columns(psi, difficulties(psi, sizes, fitted.family), sizes)
    covariance = calibration.full_covariance()
    parameters = _frame(fitted, values)
    if covariance is None:
        return parameters, None, None
    errors = _frame(fitted, _errors(fitted, covariance))
    return parameters, errors, _long(parameters, errors, level)


def _columns(psi: Floats, b: Floats, sizes: np.ndarray) -> Floats:
    present = np.arange(1, psi.shape[1]) < sizes[:, None]
    return np.column_stack([psi[:, 0], b, np.where(present, psi[:, 1:], np.nan)])


def _errors(fitted: Fitted, covariance: Floats) -> Floats:
    psi, sizes = fitted.calibration.items, fitted.design.n_categories
    versions, width = psi.shape
    size = versions * width
    own_version = np.arange(versions)
    blocks = covariance[:size, :size].reshape(versions, width, versions, width)[own_version, :, own_version]
    gradient = difficulty_gradient(psi, sizes, fitted.family)
    b = np.sqrt(np.maximum(np.einsum("vmi,vij,vmj->vm", gradient, blocks, gradient), 0.0))
    own = np.sqrt(np.maximum(np.einsum("vii->vi", blocks), 0.0))
    own[own == 0] = np.nan
    present = np.arange(1, width) < sizes[:, None]
    return np.column_stack([own[:, 0], np.where(present, b, np.nan), np.where(present, own[:, 1:], np.nan)])


def _frame(fitted: Fitted, values: Floats) -> pd.DataFrame:
    m = fitted.design.width - 1
    columns = ["a", *(f"b{k}" for k in range(1, m + 1)), *(f"d{k}" for k in range(1, m + 1))]
    names, groups = list(fitted.patterns.names), list(fitted.patterns.groups)
    if fitted.n_groups == 1:
        return pd.DataFrame(values[fitted.design.versions[0]], index=pd.Index(names, name="item"), columns=columns)
    index = pd.MultiIndex.from_product([groups, names], names=["group", "item"])
    return pd.DataFrame(values[fitted.design.versions.ravel()], index=index, columns=columns)


def _long(parameters: pd.DataFrame, errors: pd.DataFrame, level: float) -> pd.DataFrame:
    from scipy.stats import norm

    wanted = [name for name in parameters.columns if not name.startswith("d")]
    keys = parameters.index.repeat(len(wanted)).to_frame(index=False)
    est, se = parameters[wanted].to_numpy().ravel(), errors[wanted].to_numpy().ravel()
    half = norm.ppf((1 + level) / 2) * se
    long = keys.assign(
        parameter=wanted * len(parameters), est=est, se=se, ci_low=est - half, ci_high=est + half
    )  # fmt: skip
    found: pd.DataFrame = long[~np.isnan(est)].reset_index(drop=True)
    return found


def people_table(fitted: Fitted) -> pd.DataFrame:
    """Mean and spread of θ per group, with standard errors of what was estimated."""
    calibration = fitted.calibration
    covariance = calibration.full_covariance()
    groups = len(calibration.mean)
    errors = np.full((groups, 2), np.nan)
    if covariance is not None:
        tail = np.sqrt(np.maximum(np.diag(covariance)[-2 * groups :], 0.0)).reshape(groups, 2)
        errors = np.where(tail > 0, tail, np.nan)
    sd = np.sqrt(calibration.variance)
    people = fitted.rows.multiplicity
    group_of_row = fitted.patterns.group[fitted.patterns.row_pattern]
    n = np.bincount(group_of_row, people, groups).astype(int)
    columns = {
        "mean": calibration.mean, "se_mean": errors[:, 0], "sd": sd, "se_sd": errors[:, 1] / (2 * sd),
        "variance": calibration.variance, "n": n,
    }  # fmt: skip
    return pd.DataFrame(columns, index=pd.Index([str(g) for g in fitted.patterns.groups], name="group"))
