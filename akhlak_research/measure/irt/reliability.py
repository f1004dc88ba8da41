"""How well the scores are known: marginal and empirical reliability, separation of people and of items."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.results import Result, Unavailable, result
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.mean_squares import extreme
from akhlak_research.measure.irt.results import Irt, one_population
from akhlak_research.measure.irt.scores import SCORERS


def empirical_reliability(theta: Floats, se: Floats, weight: Floats, *, uses_prior: bool) -> float | Unavailable:
    """Share of true variance in scores (N,), infinite ones left out.

    Scores that lean on the prior vary less than θ does: var/(var + mean se²). The others vary more: 1 − mean se²/var.
    """
    finite = np.isfinite(theta) & np.isfinite(se)
    w = weight[finite]
    if finite.sum() < 2 or w.sum() <= 1:
        return Unavailable("irt_no_spread")
    mean = np.average(theta[finite], weights=w)
    variance = float((w * (theta[finite] - mean) ** 2).sum() / (w.sum() - 1))
    error = float(np.average(se[finite] ** 2, weights=w))
    if variance <= 0:
        return Unavailable("irt_no_spread")
    return variance / (variance + error) if uses_prior else 1 - error / variance


def marginal_reliability(fitted: Fitted) -> float:
    """Mean over θ's distribution of I/(I + 1/v): what the items promise for such people (Green et al. 1984)."""
    prior = np.exp(fitted.log_prior()[0])
    information = fitted.item_information(fitted.theta).sum(axis=0)
    return float(prior @ (information / (information + 1 / fitted.calibration.variance[0])))


def item_locations(fitted: Fitted) -> tuple[Floats, Floats | None]:
    """(p,) mean difficulty of each item of the first group, and its standard error."""
    psi, sizes = fitted.items(), fitted.sizes()
    m = sizes - 1
    last = psi[np.arange(len(sizes)), m]
    inner = np.where(np.arange(1, psi.shape[1]) <= m[:, None], psi[:, 1:], 0.0)
    graded = fitted.family.form == "graded"
    total = inner.sum(axis=1) if graded else last
    location = -total / (m * psi[:, 0])
    covariance = fitted.calibration.full_covariance()
    if covariance is None:
        return location, None
    width = psi.shape[1]
    gradient = np.zeros((len(sizes), width))
    gradient[:, 0] = -location / psi[:, 0]
    at = np.arange(1, width)
    picked = at <= m[:, None] if graded else at == m[:, None]
    gradient[:, 1:] = np.where(picked, -1 / (m * psi[:, 0])[:, None], 0.0)
    version = fitted.design.versions[0]
    size = len(fitted.design.n_categories)
    blocks = covariance[: size * width, : size * width].reshape(size, width, size, width)[version, :, version]
    return location, np.sqrt(np.maximum(np.einsum("vi,vij,vj->v", gradient, blocks, gradient), 0.0))


@result
class IrtReliability(Result):
    """Reliability of the scores.

    Attributes
    ----------
    coefficients : DataFrame
        Index ``coefficient``: ``value`` and ``separation`` (√(R/(1 − R)): how many levels of people, or items, can be
        told apart in units of their error). ``marginal``, ``empirical_eap``, ``person_wle``, ``person_ml`` (without
        extreme people, as Winsteps and eRm), and for the Rasch family ``item``.
    item_reliability : float or Unavailable
    """

    kind: ClassVar[str] = "irt_reliability"
    coefficients: pd.DataFrame
    item_reliability: float | Unavailable

    def table(self) -> pd.DataFrame:
        """One row per coefficient."""
        return self.coefficients.reset_index()

    def headline(self) -> str:
        """The marginal and the person reliability."""
        value = self.coefficients["value"]
        return f"marginal {value['marginal']:.3f}, person {value['person_ml']:.3f}"


def irt_reliability(result: Irt) -> IrtReliability:
    """Reliability of the scores of a fitted model: marginal, empirical, person and item separation.

    Parameters
    ----------
    result : Irt
        A fitted model of one group.

    Returns
    -------
    IrtReliability
        ``.coefficients``. Item reliability says whether the items' order of difficulty would come out again with
        other people; it is close to 1 in any large sample and says nothing about how well people are measured.

    Raises
    ------
    MethodError
        ``irt_one_population``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "grm")
    >>> ak.irt_reliability(fit).coefficients.loc["marginal", "value"].round(3).item()
    0.864

    References
    ----------
    Green, B. F., Bock, R. D., Humphreys, L. G., Linn, R. L., & Reckase, M. D. (1984). Technical guidelines for
    assessing computerized adaptive tests. JEM, 21, 347–360.
    Wright, B. D., & Masters, G. N. (1982). Rating scale analysis. MESA Press, ch. 5.
    """
    fitted = one_population(result)
    values: dict[str, float] = {"marginal": marginal_reliability(fitted)}
    plain = ~extreme(fitted)
    for name, method in (("empirical_eap", "EAP"), ("person_wle", "WLE"), ("person_ml", "ML")):
        theta, se = SCORERS[method].estimate(fitted)
        weight = fitted.patterns.weight
        if method == "ML":
            theta = np.where(plain, theta, np.nan)
        values[name] = float(empirical_reliability(theta, se, weight, uses_prior=SCORERS[method].uses_prior))
    item = _item_reliability(fitted)
    if not isinstance(item, Unavailable):
        values["item"] = item
    frame = pd.DataFrame({"value": pd.Series(values)}).rename_axis("coefficient")
    held = frame["value"].clip(lower=0)
    with np.errstate(divide="ignore"):
        frame["separation"] = np.sqrt(held / (1 - held))
    return IrtReliability(inputs=result.inputs, coefficients=frame, item_reliability=item)


def _item_reliability(fitted: Fitted) -> float | Unavailable:
    if not fitted.family.rasch:
        return Unavailable("irt_rasch_only")
    location, se = item_locations(fitted)
    if se is None:
        return Unavailable("irt_errors_not_asked")
    spread = float(location.var(ddof=1))
    return 1 - float((se**2).mean()) / spread if spread > 0 else Unavailable("irt_no_spread")
