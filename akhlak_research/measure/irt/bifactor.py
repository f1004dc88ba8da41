"""One general trait and a specific one for each dimension: what do the items of all dimensions share?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_count
from akhlak_research.core.results import Notice, Result, result, to_jsonable
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.ascent import climb
from akhlak_research.measure.irt.bifactor_kernels import Bifactor, make_grid
from akhlak_research.measure.irt.calibrate import calibrate
from akhlak_research.measure.irt.design import make_design
from akhlak_research.measure.irt.dimensions import belonging, crossed_errors, prepare
from akhlak_research.measure.irt.families import FAMILIES
from akhlak_research.measure.irt.posterior import nodes
from akhlak_research.measure.material import dimensions_of
from akhlak_research.responses.model import Responses

#: from logistic slopes to those of a normal curve
_LOGISTIC = 1.702


@result
class IrtBifactor(Result):
    """A bifactor model.

    Attributes
    ----------
    model : str
    parameters, standard_errors : DataFrame
        Index ``dimension``, ``item``: ``a_general``, ``a_specific``, ``d1 …``; errors by the cross-product of people's
        scores.
    loadings : DataFrame
        ``general``, ``specific``: standardised, as of a factor analysis of the answers' normal tendencies.
    explained : DataFrame
        Index ``dimension`` (``all`` first): ``ecv``, the share of the common variance that is general.
    loglik, aic, bic : float
    n_parameters : int
    converged : bool
    n_nodes : int
        Per trait, from −6 to 6.
    reliability : float
        Of the general trait's EAP scores.
    scores : DataFrame
        ``general`` and every dimension's specific trait; ``score_errors`` their standard errors. Not in ``record()``.
    score_errors : DataFrame
    """

    kind: ClassVar[str] = "irt_bifactor"
    model: str
    parameters: pd.DataFrame
    standard_errors: pd.DataFrame
    loadings: pd.DataFrame
    explained: pd.DataFrame
    loglik: float
    aic: float
    bic: float
    n_parameters: int
    converged: bool
    n_nodes: int
    reliability: float
    scores: pd.DataFrame
    score_errors: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row per item: ``dimension item a_general a_specific general specific``."""
        return self.parameters[["a_general", "a_specific"]].join(self.loadings).reset_index()

    def headline(self) -> str:
        """Share of the general trait and log-likelihood."""
        return f"{self.model}, ECV {float(self.explained['ecv']['all']):.3f}, loglik {self.loglik:.3f}"

    def record(self) -> dict[str, Any]:
        """Everything but the scores of single people."""
        kept = [f.name for f in dataclasses.fields(self) if f.name not in ("scores", "score_errors")]
        return {"kind": self.kind, "version": self.version, **{name: to_jsonable(getattr(self, name)) for name in kept}}


def irt_bifactor(
    items: pd.DataFrame | Responses,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    *,
    model: Literal["grm", "gpcm"] = "grm",
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Literal["fiml", "listwise"] = "fiml",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    n_nodes: int = 31,
    max_iterations: int = 500,
) -> IrtBifactor:
    """Fit a bifactor model: every item measures a general trait and its dimension's own, all independent.

    Parameters
    ----------
    items : DataFrame or Responses
        Item codes, respondents × items.
    dimensions : mapping, optional
        Dimension to its items, three or more each (two leave the specific slopes undetermined but for the general
        trait's help); default: the instrument's.
    model : {"grm", "gpcm"}
        As in ``irt``.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"fiml", "listwise"}
        Use every answer given, or complete rows only.
    weights, frequencies : array (n,), optional
        Sampling weights (errors by the sandwich); row counts.
    n_nodes : int
        Per trait, from −6 to 6.
    max_iterations : int
        Most steps.

    Returns
    -------
    IrtBifactor
        ``.parameters``, ``.explained``, ``.loadings``, ``.scores``. A share of the common variance (``ecv``) near 1
        says that one score serves; it does not say that the dimensions' scores add nothing.

    Raises
    ------
    ArgumentError
        ``irt_dimensions_missing``, ``dimension_items_unknown``.
    DataError
        ``too_few_items``, ``irt_item_twice``; what ``irt`` refuses.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> parts = {"N": ["N1", "N2", "N3"], "C": ["C1", "C2", "C3"]}
    >>> fit = ak.irt_bifactor(answers, parts, n_nodes=15)
    >>> fit.converged, fit.n_parameters
    (True, 42)

    Notes
    -----
    The likelihood is exact at the nodes (no random numbers) and integrates two traits at a time (Gibbons & Hedeker
    1992). Signs: the general trait's slopes have a positive sum, and so have the specific ones of each dimension.

    References
    ----------
    Gibbons, R. D., & Hedeker, D. R. (1992). Full-information item bi-factor analysis. Psychometrika, 57, 423–436.
    Rodriguez, A., Reise, S. P., & Haviland, M. G. (2016). Evaluating bifactor models. Psychological Methods, 21,
    137–150.
    """
    check_choice(model, ("grm", "gpcm"), "model")
    check_choice(missing, ("fiml", "listwise"), "missing")
    check_count(n_nodes, 9, "n_nodes", 101)
    belong = belonging(dimensions_of(items, dimensions))
    frame = items.keyed if isinstance(items, Responses) else items
    prepared = prepare(items, frame, belong, (keys, scale, weights, frequencies), missing)
    family = FAMILIES[model]
    one = calibrate(
        prepared.patterns, make_design(family, prepared.patterns.n_categories), nodes(), errors="none", tolerance=1e-3
    )
    likelihood = Bifactor(prepared.patterns, prepared.member, family, make_grid(nodes(n_nodes)))
    start = np.column_stack([one.items[:, 0] * 0.9, np.full(len(one.items), 0.8), one.items[:, 1:] * 1.1])
    climbed = climb(
        likelihood.point, start[likelihood.free], tolerance=1e-7, most=check_count(max_iterations, 1, "max_iterations")
    )
    mean, sd, scores = likelihood.people(climbed.phi)
    psi, signs = _signed(likelihood.psi(climbed.phi), prepared.member)
    errors = np.full(psi.shape, np.nan)
    errors[likelihood.free] = crossed_errors(scores, prepared.patterns, sampled=prepared.sampled)
    return _result(
        prepared, likelihood, psi, errors, mean * signs, sd, climbed.point.loglik, climbed.converged, missing
    )


def _signed(psi: Floats, member: np.ndarray) -> tuple[Floats, Floats]:
    """Slopes with positive sums, and the signs of the traits (1 + D,)."""
    psi = psi.copy()
    signs = [1.0 if psi[:, 0].sum() >= 0 else -1.0]
    signs += [1.0 if psi[member == d, 1].sum() >= 0 else -1.0 for d in range(int(member.max()) + 1)]
    psi[:, 0] *= signs[0]
    psi[:, 1] *= np.array(signs[1:])[member]
    return psi, np.array(signs)


def _result(
    prepared: Any,
    likelihood: Bifactor,
    psi: Floats,
    errors: Floats,
    mean: Floats,
    sd: Floats,
    loglik: float,
    converged: bool,
    missing: str,
) -> IrtBifactor:
    patterns, names, member = prepared.patterns, list(prepared.names), prepared.member
    index = pd.MultiIndex.from_arrays([[names[d] for d in member], list(patterns.names)], names=["dimension", "item"])
    columns = ["a_general", "a_specific", *(f"d{k}" for k in range(1, psi.shape[1] - 1))]
    loading = psi[:, :2] / np.sqrt(_LOGISTIC**2 + (psi[:, :2] ** 2).sum(axis=1, keepdims=True))
    square = loading**2
    share = {"all": square[:, 0].sum() / square.sum()}
    share |= {name: square[member == d, 0].sum() / square[member == d].sum() for d, name in enumerate(names)}
    free = int(likelihood.free.sum())
    w = patterns.weight / patterns.weight.sum()
    variance = float(w @ (mean[:, 0] - w @ mean[:, 0]) ** 2)
    row, traits = patterns.row_pattern, ["general", *names]
    notices = () if converged else (Notice("irt_bifactor_not_converged", "warning"),)
    return IrtBifactor(
        inputs=prepared.rows.inputs(patterns.n, missing),
        notices=notices,
        model=likelihood.family.name,
        parameters=pd.DataFrame(np.where(likelihood.free, psi, np.nan), index=index, columns=columns),
        standard_errors=pd.DataFrame(errors, index=index, columns=columns),
        loadings=pd.DataFrame(loading, index=index, columns=["general", "specific"]),
        explained=pd.DataFrame({"ecv": pd.Series(share)}).rename_axis("dimension"),
        loglik=loglik,
        aic=-2 * loglik + 2 * free,
        bic=-2 * loglik + free * float(np.log(patterns.n)),
        n_parameters=free,
        converged=converged,
        n_nodes=len(likelihood.grid.nodes),
        reliability=variance / (variance + float(w @ sd[:, 0] ** 2)),
        scores=pd.DataFrame(mean[row], index=prepared.index, columns=traits),
        score_errors=pd.DataFrame(sd[row], index=prepared.index, columns=traits),
    )
