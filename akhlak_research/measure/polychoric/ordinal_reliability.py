"""Reliability of ordered answers: ordinal alpha (of latent responses) and categorical omega (of the sum score)."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import DataError
from akhlak_research.core.results import ByGroup, Estimate, Interval, Notice, OneEstimate, Result, Unavailable, result
from akhlak_research.counts.moments import Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.alpha import estimates_table
from akhlak_research.measure.material import repeat_for, several_dimensions
from akhlak_research.measure.omega_kernels import logit_limits
from akhlak_research.measure.polychoric.one_factor import LatentFactor, fit_latent_factor
from akhlak_research.measure.polychoric.ordinal_material import OrdinalMaterial, named, ordinal_material
from akhlak_research.measure.polychoric.pair_tables import Answers
from akhlak_research.measure.polychoric.reliability_kernels import Share, categorical_omegas, latent_alpha


@result
class OrdinalAlpha(OneEstimate, Result):
    """Alpha of the latent responses behind ordered answers.

    Attributes
    ----------
    alpha : Estimate
    average_r : float
        Mean polychoric correlation.
    """

    kind: ClassVar[str] = "ordinal_alpha"
    definition: ClassVar[str] = "standardised alpha of polychoric correlations"
    alpha: Estimate
    average_r: float

    @property
    def main(self) -> Estimate | Unavailable:
        """Ordinal alpha."""
        return self.alpha

    def table(self) -> pd.DataFrame:
        """One row: ``coefficient estimate std_error ci_low ci_high n``."""
        return estimates_table("coefficient", {"ordinal_alpha": self.alpha})

    def headline(self) -> str:
        """The estimate with its interval."""
        return repr(self.alpha)


@result
class CategoricalOmega(OneEstimate, Result):
    """Reliability of the sum score of ordered answers with one factor behind them.

    Attributes
    ----------
    omega : Estimate or Unavailable
        Over the variance of the sum score that the thresholds and polychoric correlations give.
    implied : Estimate or Unavailable
        Over the variance that the one-factor model implies.
    loadings : Series
        Index ``item``: standardised loadings of the latent responses.
    srmr : float
        Root mean square of the residual polychoric correlations.
    """

    kind: ClassVar[str] = "categorical_omega"
    definition: ClassVar[str] = "omega of the sum score, Green & Yang (2009), one factor by DWLS"
    omega: Estimate | Unavailable
    implied: Estimate | Unavailable
    loadings: pd.Series
    srmr: float

    @property
    def main(self) -> Estimate | Unavailable:
        """Categorical omega."""
        return self.omega

    @property
    def n(self) -> int:
        """People used."""
        return self.inputs.n_used

    def table(self) -> pd.DataFrame:
        """Two rows: ``coefficient estimate std_error ci_low ci_high n``."""
        return estimates_table(
            "coefficient", {"categorical_omega": self.omega, "categorical_omega_implied": self.implied}
        )

    def headline(self) -> str:
        """The estimate with its interval, and the number of items."""
        return f"{self.omega!r}, {len(self.loadings)} items"


def ordinal_alpha(
    items: Answers,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    level: float = 0.95,
) -> OrdinalAlpha | ByGroup[OrdinalAlpha]:
    """Ordinal alpha: standardised alpha of the polychoric correlations.

    It is the reliability of a sum of the continuous responses that are thought to lie behind the answers. Nobody
    observes that sum and no score is made of it, so ordinal alpha says nothing about the sum score and should not
    decide about an instrument (Chalmers 2018); it is usually the larger number. ``categorical_omega`` speaks of the sum
    score.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Whole-number codes of two items or more of one scale.
    keys, scale : optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"listwise", "pairwise"}
    weights : array (n,), optional
        Sampling weights.
    frequencies : array (n,), optional
        Row counts.
    by : str or Series, optional
        Repeat for each group.
    level : float
        Of the interval.

    Returns
    -------
    OrdinalAlpha, or ByGroup of OrdinalAlpha
        ``.estimate .se .interval .n .average_r``.

    Raises
    ------
    DataError
        As ``polychoric``.
    MethodError
        ``perfect_association``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses.of_dimension("A")
    >>> alpha = ak.ordinal_alpha(answers)
    >>> round(alpha.estimate, 3), round(alpha.interval.low, 3), round(ak.cronbach_alpha(answers).estimate, 3)
    (0.76, 0.745, 0.704)

    Notes
    -----
    *Interval.* Delta method through the joint sampling covariance of the polychoric correlations, normal on the scale
    ln(1 − α). It needs rows: counts hold no answers to three items together, so from counts there is none. In
    simulation the 95 % interval held the truth in 93 to 96 % of samples (five categories, even from n = 200, skewed
    from n = 300).

    References
    ----------
    Zumbo, B. D., Gadermann, A. M., & Zeisser, C. (2007). Ordinal versions of coefficients alpha and theta for Likert
    rating scales. Journal of Modern Applied Statistical Methods, 6, 21–29.
    Chalmers, R. P. (2018). On misconceptions and the limited usefulness of ordinal alpha. Educational and Psychological
    Measurement, 78, 1056–1071.
    """
    return repeat_for(
        _alpha, items, by, weights=weights, frequencies=frequencies, keys=keys, scale=scale,
        missing=missing, level=level,
    )  # fmt: skip


def _alpha(
    items: Answers,
    *,
    keys: Keys | None,
    scale: Scale | None,
    missing: Missing,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    level: float,
) -> OrdinalAlpha:
    check_level(level)
    material = ordinal_material(
        items, keys=keys, scale=scale, missing=missing, weights=weights, frequencies=frequencies
    )  # fmt: skip
    share = latent_alpha(material.correlation)
    se = material.standard_error(share)
    interval: Interval | Unavailable
    if isinstance(se, Unavailable):
        interval = se
    else:
        step = math.exp(float(ndtri((1 + level) / 2)) * se / (1 - share.value))
        rest = 1 - share.value
        interval = Interval(1 - rest * step, 1 - rest / step, level, "delta-log")
    pairs = np.triu_indices(len(material.names), 1)
    return OrdinalAlpha(
        inputs=material.inputs,
        notices=(*several_dimensions(items), Notice("ordinal_alpha_is_latent", "caution")),
        alpha=Estimate(share.value, se, interval, material.inputs.n_used),
        average_r=float(material.correlation[pairs].mean()),
    )


def categorical_omega(
    items: Answers,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    level: float = 0.95,
) -> CategoricalOmega | ByGroup[CategoricalOmega]:
    """Categorical omega: reliability of the sum score of ordered answers (Green & Yang 2009).

    One factor is fitted to the polychoric correlations by diagonally weighted least squares; thresholds turn it into
    the covariance of two sum scores that share the factor only, over the variance of the sum score. Unlike ordinal
    alpha it speaks of the score that is reported, in its own codes.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Whole-number codes of three items or more of one scale.
    keys, scale : optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"listwise", "pairwise"}
    weights : array (n,), optional
        Sampling weights.
    frequencies : array (n,), optional
        Row counts.
    by : str or Series, optional
        Repeat for each group.
    level : float
        Of the interval.

    Returns
    -------
    CategoricalOmega, or ByGroup of CategoricalOmega
        ``.estimate .se .interval .n`` (variance of the sum from polychoric correlations), ``.implied`` (variance from
        the model), ``.loadings``, ``.srmr``.

    Raises
    ------
    DataError
        ``too_few_items`` below three, and as ``polychoric``.
    MethodError
        ``perfect_association``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> omega = ak.categorical_omega(ak.Study("data/bfi").responses.of_dimension("A"))
    >>> round(omega.estimate, 3), round(omega.interval.low, 3), round(omega.implied.estimate, 3)
    (0.729, 0.714, 0.723)

    Notes
    -----
    *Which variance.* semTools gives the first (its ``omega3``); the second is its ``omega``. Where one factor fits
    exactly they are equal; a notice says where it fits poorly.

    *Interval.* Delta method through the joint sampling covariance of thresholds and polychoric correlations, normal on
    the scale ln(ω/(1 − ω)); the weights of the fit count as known. Needs rows. In simulation the 95 % interval held the
    truth in 93 to 95 % of samples (five categories, even from n = 200, skewed from n = 300).

    *What does not exist.* A loading of 1 or more (Heywood case), or a search that does not end, gives no omega. Counts
    under sampling weights hold no sampling variances, so nothing to weight by.

    References
    ----------
    Green, S. B., & Yang, Y. (2009). Reliability of summed item scores using structural equation modeling: An
    alternative to coefficient alpha. Psychometrika, 74, 155–167, eq. 21.
    """
    return repeat_for(
        _omega, items, by, weights=weights, frequencies=frequencies, keys=keys, scale=scale,
        missing=missing, level=level,
    )  # fmt: skip


def _omega(
    items: Answers,
    *,
    keys: Keys | None,
    scale: Scale | None,
    missing: Missing,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    level: float,
) -> CategoricalOmega:
    check_level(level)
    material = ordinal_material(
        items, keys=keys, scale=scale, missing=missing, weights=weights, frequencies=frequencies
    )  # fmt: skip
    p = len(material.names)
    if p < 3:
        raise DataError("too_few_items", got=p, expected=3)
    notices = [*several_dimensions(items)]
    estimates: list[Estimate | Unavailable]
    if isinstance(material.diagonal, Unavailable):
        estimates, loadings, srmr = [material.diagonal] * 2, np.full(p, np.nan), np.nan
    else:
        weight = np.divide(1.0, material.diagonal, out=np.zeros((p, p)), where=material.diagonal > 0)
        factor = fit_latent_factor(material.correlation, weight)
        loadings, srmr = factor.loadings, factor.srmr
        estimates = _estimates(material, factor, level)
        if not thresholds("srmr").met(srmr):
            notices.append(Notice("one_latent_factor_misfit", "warning", {"srmr": srmr}))
        against = [name for name, loading in zip(material.names, loadings, strict=True) if loading < 0]
        if against:
            notices.append(Notice("negative_item_rest", "warning", {"items": against}))
    return CategoricalOmega(
        inputs=material.inputs,
        notices=tuple(notices),
        omega=estimates[0],
        implied=estimates[1],
        loadings=named(loadings, material.names, "loading"),
        srmr=srmr,
    )


def _estimates(material: OrdinalMaterial, factor: LatentFactor, level: float) -> list[Estimate | Unavailable]:
    if not factor.converged:
        return [Unavailable("categorical_omega_search")] * 2
    if (np.abs(factor.loadings) >= 1 - 1e-8).any():
        highest = material.names[int(np.argmax(np.abs(factor.loadings)))]
        return [Unavailable("categorical_omega_heywood", {"item": highest})] * 2
    shares = categorical_omegas(material.correlation, material.tau, material.gap, factor)
    return [_estimate(share, material, level) for share in shares]


def _estimate(share: Share, material: OrdinalMaterial, level: float) -> Estimate:
    se = material.standard_error(share)
    interval: Interval | Unavailable
    if isinstance(se, Unavailable):
        interval = se
    elif not 0 < share.value < 1:
        interval = Unavailable("omega_outside")
    else:
        interval = Interval(*logit_limits(share.value, se, level), level, "delta-logit")
    return Estimate(share.value, se, interval, material.inputs.n_used)
