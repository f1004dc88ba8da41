"""Several correlated traits at once, each item measuring one of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_count
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Notice, Result, result, to_jsonable
from akhlak_research.core.seeding import generator
from akhlak_research.counts.frames import settle
from akhlak_research.counts.rows import Keys, Scale, as_rows
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.ascent import solve
from akhlak_research.measure.irt.calibrate import calibrate
from akhlak_research.measure.irt.design import make_design
from akhlak_research.measure.irt.families import FAMILIES, difficulties
from akhlak_research.measure.irt.patterns import Patterns, as_patterns
from akhlak_research.measure.irt.posterior import nodes
from akhlak_research.measure.irt.several_dimensions import (
    Layout,
    Posterior,
    State,
    log_likelihood,
    person_scores,
    posterior,
    run_chain,
)
from akhlak_research.measure.material import dimensions_of
from akhlak_research.responses.model import Responses

#: bytes of the tables that hold every pattern, dimension and node
_MOST_BYTES = 3_000_000_000


@result
class IrtDimensions(Result):
    """A model of several correlated traits.

    Attributes
    ----------
    model : str
    parameters : DataFrame
        Index ``dimension``, ``item``: ``a``, ``b1 …``, ``d1 …`` on the item's own trait (variance 1).
    standard_errors : DataFrame
        Of ``a`` and ``d1 …``, by the cross-product of people's scores.
    correlations, correlation_errors : DataFrame
        Of the traits (covariances for the partial credit model), and their standard errors.
    reliability : DataFrame
        Index ``dimension``: ``reliability`` of the EAP scores, which borrow from the other traits, and ``n_items``.
    loglik, loglik_error : float
        By importance sampling, and its Monte Carlo error.
    monte_carlo_error : float
        Root mean square over all parameters of the estimates' Monte Carlo error, from the difference between chains.
    n_parameters, chains, sweeps : int
    seed : int or None
    scores : DataFrame
        EAP of every person on every trait; ``score_errors`` their standard errors. Both stay out of ``record()``.
    score_errors : DataFrame
    """

    kind: ClassVar[str] = "irt_dimensions"
    model: str
    parameters: pd.DataFrame
    standard_errors: pd.DataFrame
    correlations: pd.DataFrame
    correlation_errors: pd.DataFrame
    reliability: pd.DataFrame
    loglik: float
    loglik_error: float
    monte_carlo_error: float
    n_parameters: int
    chains: int
    sweeps: int
    seed: int | None
    scores: pd.DataFrame
    score_errors: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row per item: ``dimension item a se_a b1 …``."""
        table = self.parameters.filter(regex=r"^(a|b\d+)$").copy()
        table.insert(1, "se_a", self.standard_errors["a"])
        return table.reset_index()

    def headline(self) -> str:
        """Traits, items, people and log-likelihood with its error."""
        return (
            f"{self.model}, {len(self.correlations)} dimensions, {len(self.parameters)} items, n={self.inputs.n_used}, "
            f"loglik {self.loglik:.1f} ± {self.loglik_error:.1f}"
        )

    def record(self) -> dict[str, Any]:
        """Everything but the scores of single people."""
        kept = [f.name for f in dataclasses.fields(self) if f.name not in ("scores", "score_errors")]
        return {"kind": self.kind, "version": self.version, **{name: to_jsonable(getattr(self, name)) for name in kept}}


def irt_dimensions(
    items: pd.DataFrame | Responses,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    *,
    model: Literal["grm", "gpcm", "pcm"] = "grm",
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Literal["fiml", "listwise"] = "fiml",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    chains: int = 2,
    burn: int = 80,
    sweeps: int = 200,
    likelihood_draws: int = 200,
    rng: int | np.random.Generator | None = None,
) -> IrtDimensions:
    """Fit several correlated traits at once: a confirmatory model in which each item measures one of them.

    Parameters
    ----------
    items : DataFrame or Responses
        Item codes, respondents × items.
    dimensions : mapping, optional
        Dimension to its items, two or more each; default: the instrument's. Items in none of them are left out.
    model : {"grm", "gpcm", "pcm"}
        As in ``irt``.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"fiml", "listwise"}
        Use every answer given, or complete rows only.
    weights, frequencies : array (n,), optional
        Sampling weights (errors by the sandwich); row counts.
    chains : int
        Independent runs, two or more: the estimate is their mean, their difference gives its Monte Carlo error.
    burn, sweeps : int
        Of each run: sweeps to find the place, and sweeps that are averaged.
    likelihood_draws : int
        Per person, for the log-likelihood.
    rng : int or Generator, optional
        Seed; the result carries it.

    Returns
    -------
    IrtDimensions
        ``.parameters``, ``.correlations``, ``.scores``, ``.reliability``, ``.loglik`` with ``.loglik_error``.

    Raises
    ------
    ArgumentError
        ``irt_dimensions_missing``: no dimensions given and none in the instrument; ``dimension_items_unknown``.
    DataError
        ``too_few_items``: a dimension with one item; ``irt_item_twice``; what ``irt`` refuses.
    MethodError
        ``irt_too_large``: more rows than memory is allowed for; draw a sample of them.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> sizes = {"N": ["N1", "N2", "N3"], "C": ["C1", "C2", "C3"]}
    >>> fit = ak.irt_dimensions(answers, sizes, sweeps=20, burn=20, likelihood_draws=10, rng=1)
    >>> round(float(fit.correlations.loc["N", "C"]), 1), fit.monte_carlo_error < 0.02
    (-0.1, True)

    Notes
    -----
    Stochastic approximation EM: every sweep draws each trait from its exact conditional distribution on 61 nodes, so
    the cost grows with the number of traits and not with a power of it. Random numbers are in every figure: read
    ``monte_carlo_error`` and ``loglik_error`` before comparing models, and raise ``sweeps`` if they matter.

    References
    ----------
    Delyon, B., Lavielle, M., & Moulines, E. (1999). Convergence of a stochastic approximation version of the EM
    algorithm. Annals of Statistics, 27, 94–128.
    Cai, L. (2010). Metropolis–Hastings Robbins–Monro algorithm for confirmatory item factor analysis. JEBS, 35,
    307–335.
    """
    check_choice(model, ("grm", "gpcm", "pcm"), "model")
    check_choice(missing, ("fiml", "listwise"), "missing")
    for value, low, name in ((chains, 2, "chains"), (burn, 1, "burn"), (sweeps, 2, "sweeps"),
                             (likelihood_draws, 2, "likelihood_draws")):  # fmt: skip
        check_count(value, low, name)
    belong = belonging(dimensions_of(items, dimensions))
    generated, seed = generator(rng)
    frame = items.keyed if isinstance(items, Responses) else items
    prepared = prepare(items, frame, belong, (keys, scale, weights, frequencies), missing)
    layout = Layout(FAMILIES[model], prepared.patterns.n_categories, prepared.member, nodes())
    if layout.n_dimensions * len(prepared.patterns.codes) * len(layout.theta) * 16 > _MOST_BYTES:
        raise MethodError("irt_too_large", got=len(prepared.patterns.codes))
    start = _start(prepared.patterns, layout)
    states = [run_chain(prepared.patterns, layout, start, child, burn, sweeps) for child in generated.spawn(chains)]
    state = State(np.mean([s.psi for s in states], axis=0), np.mean([s.sigma for s in states], axis=0))
    people = posterior(prepared.patterns, layout, state, generated, max(sweeps // 2, 20))
    loglik = log_likelihood(prepared.patterns, layout, state, people, generated, likelihood_draws)
    return _result(prepared, layout, states, state, people, loglik, (sweeps, seed), missing)


def belonging(known: dict[str, tuple[str, ...]] | None) -> dict[str, tuple[str, ...]]:
    """Dimensions with two items or more each, and no item in two of them."""
    if not known:
        raise ArgumentError("irt_dimensions_missing")
    every = [item for members in known.values() for item in members]
    twice = sorted({item for item in every if every.count(item) > 1})
    if twice:
        raise DataError("irt_item_twice", column=twice[0], items=twice)
    for name, members in known.items():
        if len(members) < 2:
            raise DataError("too_few_items", column=name, got=len(members), expected=2)
    return known


@dataclass(frozen=True, slots=True)
class Prepared:
    """Patterns, the dimension of each item, the dimensions' names, the rows' labels and the inputs' note."""

    patterns: Patterns
    member: np.ndarray
    names: tuple[str, ...]
    index: pd.Index
    sampled: bool
    rows: Any


def prepare(
    items: Any, frame: pd.DataFrame, belong: dict[str, tuple[str, ...]], given: tuple[Any, Any, Any, Any], missing: str
) -> Prepared:
    """Patterns of the dimensions' items, in their order."""
    keys, scale, weights, frequencies = given
    wanted = [item for members in belong.values() for item in members]
    unknown = [item for item in wanted if item not in frame.columns]
    if unknown:
        raise ArgumentError("dimension_items_unknown", got=unknown, expected=[str(c) for c in frame.columns])
    items, weights, frequencies = settle(items, weights, frequencies)
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    vector = items.weights if isinstance(items, Responses) and items.weights is not None else weights
    vector = frequencies if vector is None else vector
    index = frame.index if vector is None else frame.index[np.asarray(vector, float) > 0]
    at = [rows.names.index(item) for item in wanted]
    reversed_items = tuple(name for name in rows.reversed_items if name in wanted)
    rows = dataclasses.replace(
        rows, values=rows.values[:, at], names=tuple(wanted), reversed_items=reversed_items
    )  # fmt: skip
    absent = np.isnan(rows.values)
    keep = np.asarray(~(absent.any(axis=1) if missing == "listwise" else absent.all(axis=1)), dtype=np.bool_)
    if keep.sum() < 10:
        raise DataError("too_few_rows", got=int(keep.sum()), n_rows=rows.n_rows, expected=10)
    rows = rows.where(keep)
    member = np.repeat(np.arange(len(belong)), [len(members) for members in belong.values()])
    sampled = rows.weighting == "sampling"
    return Prepared(as_patterns(rows), member, tuple(belong), index[keep], sampled, rows)


def _start(patterns: Patterns, layout: Layout) -> State:
    """Each dimension on its own; correlations of its EAP scores, which are too small and grow."""
    psi = np.zeros((len(layout.sizes), int(layout.sizes.max())))
    for d in range(layout.n_dimensions):
        at = np.flatnonzero(layout.member == d)
        part = dataclasses.replace(
            patterns, codes=patterns.codes[:, at], categories=tuple(patterns.categories[i] for i in at),
            names=tuple(patterns.names[i] for i in at),
        )  # fmt: skip
        own = calibrate(
            part, make_design(layout.family, part.n_categories), layout.theta, errors="none", tolerance=1e-4, most=25
        )
        psi[at, : own.items.shape[1]] = own.items
    if layout.family.slopes == "free":
        psi[:, 0] = np.clip(psi[:, 0], -4, 4)
    return State(psi, np.eye(layout.n_dimensions) * 0.7 + 0.3)


def _result(
    prepared: Prepared,
    layout: Layout,
    states: list[State],
    state: State,
    people: Posterior,
    loglik: tuple[float, float],
    run: tuple[int, int | None],
    missing: str,
) -> IrtDimensions:
    patterns, names = prepared.patterns, list(prepared.names)
    scores, free = person_scores(patterns, layout, state, people)
    errors = crossed_errors(scores, patterns, sampled=prepared.sampled)
    n_items = int(free.sum())
    psi_errors = np.full(state.psi.shape, np.nan)
    psi_errors[free] = errors[:n_items]
    a, b = np.triu_indices(len(names), 0 if layout.family.slopes == "one" else 1)
    sigma_errors = np.full(state.sigma.shape, np.nan)
    sigma_errors[a, b] = sigma_errors[b, a] = errors[n_items:]
    spread = np.var([np.concatenate([s.psi[free], s.sigma[a, b]]) for s in states], axis=0, ddof=1) / len(states)
    index = pd.MultiIndex.from_arrays(
        [[names[d] for d in layout.member], list(patterns.names)], names=["dimension", "item"]
    )
    m = state.psi.shape[1] - 1
    there = np.arange(1, m + 1) < layout.sizes[:, None]
    bs = difficulties(state.psi, layout.sizes, layout.family)
    columns = ["a", *(f"b{k}" for k in range(1, m + 1)), *(f"d{k}" for k in range(1, m + 1))]
    values = np.column_stack([state.psi[:, 0], bs, np.where(there, state.psi[:, 1:], np.nan)])
    own = np.sqrt(np.einsum("njj->nj", people.covariance))
    row = patterns.row_pattern
    square = pd.Index(names, name="dimension")
    return IrtDimensions(
        inputs=prepared.rows.inputs(patterns.n, missing),
        notices=(Notice("irt_monte_carlo", "info", {"error": float(np.sqrt(spread.mean())), "loglik": loglik[1]}),),
        model=layout.family.name,
        parameters=pd.DataFrame(values, index=index, columns=columns),
        standard_errors=pd.DataFrame(psi_errors, index=index, columns=["a", *columns[m + 1 :]]),
        correlations=pd.DataFrame(state.sigma, index=square, columns=names),
        correlation_errors=pd.DataFrame(sigma_errors, index=square, columns=names),
        reliability=_reliability(patterns, people, layout, names),
        loglik=loglik[0],
        loglik_error=loglik[1],
        monte_carlo_error=float(np.sqrt(spread.mean())),
        n_parameters=len(errors),
        chains=len(states),
        sweeps=run[0],
        seed=run[1],
        scores=pd.DataFrame(people.mean[row], index=prepared.index, columns=names),
        score_errors=pd.DataFrame(own[row], index=prepared.index, columns=names),
    )


def crossed_errors(scores: Floats, patterns: Patterns, *, sampled: bool) -> Floats:
    """(F,) from the cross-product of people's scores; with sampling weights the sandwich around it."""
    bread = solve((scores * patterns.weight[:, None]).T @ scores, np.eye(scores.shape[1]))
    if sampled:
        bread = bread @ ((scores * patterns.weight_squared[:, None]).T @ scores) @ bread
    return np.asarray(np.sqrt(np.diag(bread)))


def _reliability(patterns: Patterns, people: Posterior, layout: Layout, names: list[str]) -> pd.DataFrame:
    w = patterns.weight / patterns.weight.sum()
    variance = w @ (people.mean - w @ people.mean) ** 2
    error = w @ np.einsum("njj->nj", people.covariance)
    counts = np.bincount(layout.member, minlength=len(names))
    return pd.DataFrame(
        {"reliability": variance / (variance + error), "n_items": counts}, index=pd.Index(names, name="dimension")
    )
