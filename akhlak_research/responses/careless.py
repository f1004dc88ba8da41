"""``screen_responses``: flags for careless answering, beside what chance would flag. Nothing is ever deleted."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from akhlak_research.catalog.loader import load
from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Notice, Unavailable
from akhlak_research.core.seeding import generator
from akhlak_research.responses import careless_kernels as kernels
from akhlak_research.responses.careless_results import CarelessIndex, CarelessScreen, CutOff, JointFlags, cut_offs
from akhlak_research.responses.model import Responses, inputs_of

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
_COMPARE: Mapping[str, Callable[[Array, float], NDArray[np.bool_]]] = {
    "ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt,
}  # fmt: skip


def screen_responses(
    responses: Responses,
    *,
    seconds: str | Sequence[float] | NDArray[np.float64] | None = None,
    draws: int = 20,
    rng: int | np.random.Generator | None = 0,
) -> CarelessScreen:
    """Flag respondents who may have answered carelessly. A flag is a reason to look; nobody is removed.

    Parameters
    ----------
    responses : Responses
        n respondents × p items, in the order of the instrument, which must be the order of the form: the long string
        and the halves of the even–odd index depend on it.
    seconds : str or n numbers, optional
        Time that each respondent took, or the numeric background variable that holds it. Default: the one with a
        customary name (``catalog/careless.yaml``), if there is one.
    draws : int
        How often the answers are dealt out again for the chance rates; 0 leaves them out.
    rng : int, Generator or None
        Seed of that dealing; the default gives the same rates each time.

    Returns
    -------
    CarelessScreen

    Raises
    ------
    ArgumentError
        ``seconds_unknown``, ``seconds_length``, ``count_out_of_range``, ``seed_invalid``.

    Notes
    -----
    *longstring*: longest run of one answer in consecutive items; a gap ends it. *irv*: standard deviation of a
    person's answers, as answered. *even_odd*: agreement of the halves of the dimensions, reversed items turned; needs
    three dimensions of two items. *mahalanobis*: p of the squared distance over the items answered. *duplicate*:
    respondents with the same answers. *seconds*: time for the whole form. Cut-offs stand in ``catalog/careless.yaml``
    with whoever uses them and how far that was checked.

    ``expected`` deals the answers to each item out again among the respondents: what the answers' distributions alone
    would flag. It does not exist for the even–odd index and the time. The joint rate compares with independent flags;
    long string and low variability rest on the same answers, so their joint rate exceeds it even without carelessness.

    Sampling weights are not used: a flag concerns a row. Respondents for whom an index does not exist are not flagged
    by it and do not count in its percentage.

    References
    ----------
    Curran (2016), Journal of Experimental Social Psychology 66; Meade and Craig (2012), Psychological Methods 17;
    Johnson (2005), Journal of Research in Personality 39; Dunn, Heggestad, Shanock and Theilgard (2018), Journal of
    Business and Psychology 33.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.read_responses("data/bfi/responses.csv", ak.read_instrument("data/bfi"))
    >>> screen = ak.screen_responses(answers)
    >>> screen["longstring"].cut_off, screen["longstring"].n_flagged
    (12.5, 4)
    """
    check_count(draws, 0, "draws")
    random, seed = generator(rng)
    x = responses.codes.to_numpy(dtype=np.float64)
    time = _seconds(responses, seconds)
    values = _values(responses, x, time)
    missing = {name: value for name, value in values.items() if isinstance(value, Unavailable)}
    there = {name: value for name, value in values.items() if not isinstance(value, Unavailable)}
    cuts = [cut for cut in cut_offs() if cut.name in there]
    span = max((scale.high - scale.low for scale in map(responses.instrument.scale_of, responses.items)), default=0)
    limits = {cut.name: cut.at(x.shape[1], span) for cut in cuts}
    screened = np.column_stack([np.isfinite(there[cut.name]) for cut in cuts])
    flagged = np.column_stack([_flag(cut, there[cut.name], limits[cut.name]) for cut in cuts])
    chance = _chance(x, [cut for cut in cuts if cut.chance], limits, draws, random)
    observed, expected = kernels.flag_counts(flagged, screened)
    joint = JointFlags(observed=tuple(observed.tolist()), expected=tuple(expected.tolist()))
    at_least = int(load("careless")["joint"]["flags"])
    rate, by_chance = joint.at_least(at_least)
    found = [
        CarelessIndex(
            cut.name, cut.comparison, limits[cut.name], int(screened[:, j].sum()), int(flagged[:, j].sum()),
            chance.get(cut.name, Unavailable("no_chance_rate")), cut.cited_to, cut.status, cut.note,
        )
        for j, cut in enumerate(cuts)
    ]  # fmt: skip
    return CarelessScreen(
        inputs=inputs_of(responses, responses.codes, responses.n), indices=tuple(found), unavailable=missing,
        joint=joint, joint_flags=at_least, joint_rate=rate, joint_expected=by_chance,
        per_respondent=_frame(responses, cuts, there, flagged), draws=draws, seed=seed,
        notices=_notices(responses, rate, by_chance, at_least, missing),
    )  # fmt: skip


def _values(responses: Responses, x: Array, time: Array | Unavailable) -> dict[str, Array | Unavailable]:
    """Value of each index for each respondent, or why the index does not exist."""
    places = {code: at for at, code in enumerate(responses.items)}
    dimensions = [
        np.array([places[code] for code in responses.instrument.items_of(dimension.code)], dtype=np.intp)
        for dimension in responses.instrument.dimensions
    ]
    halves = kernels.even_odd(responses.keyed.to_numpy(dtype=np.float64), dimensions)
    return {
        **_pattern_values(x),
        "even_odd": halves if np.isfinite(halves).any() else Unavailable("even_odd_needs_dimensions"),
        "seconds": time,
    }


def _pattern_values(x: Array) -> dict[str, Array | Unavailable]:
    """The indices that need nothing but the answers."""
    from scipy.stats import chi2

    answered = np.isfinite(x).any(axis=1)
    distance = kernels.mahalanobis(x)
    fewest = load("careless")["duplicate_answered"]["share"] * x.shape[1]
    return {
        "longstring": np.where(answered, kernels.longest_run(x), np.nan),
        "irv": kernels.answer_sd(x),
        "mahalanobis": Unavailable("no_mahalanobis") if distance is None else chi2.sf(*distance),
        "duplicate": np.where(answered, kernels.same_answers(x, fewest), np.nan),
    }


def _flag(cut: CutOff, values: Array, limit: float) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray(_COMPARE[cut.comparison](values, limit) & np.isfinite(values))


def _chance(
    x: Array, cuts: Sequence[CutOff], limits: Mapping[str, float], draws: int, random: np.random.Generator
) -> dict[str, float]:
    """Mean share flagged when the answers to every item are dealt out again among the respondents."""
    shares: dict[str, list[float]] = {cut.name: [] for cut in cuts}
    for _ in range(draws):
        values = _pattern_values(random.permuted(x, axis=0))
        for cut in cuts:
            value = values[cut.name]
            if not isinstance(value, Unavailable) and np.isfinite(value).any():
                shares[cut.name].append(float(_flag(cut, value, limits[cut.name]).sum() / np.isfinite(value).sum()))
    return {name: float(np.mean(found)) for name, found in shares.items() if found}


def _seconds(responses: Responses, given: str | Sequence[float] | Array | None) -> Array | Unavailable:
    numeric = [name for name in responses.groups.columns if responses.groups[name].dtype == np.float64]
    if given is None:
        customary = load("careless")["time_columns"]
        named = [name for name in numeric if name.casefold() in customary]
        if not named:
            return Unavailable("no_response_time")
        given = named[0]
    if isinstance(given, str):
        if given not in numeric:
            raise ArgumentError("seconds_unknown", argument="seconds", got=given, expected=numeric)
        given = responses.groups[given].to_numpy(dtype=np.float64)
    time = np.asarray(given, dtype=np.float64)
    if time.shape != (responses.n,):
        raise ArgumentError("seconds_length", argument="seconds", got=time.shape, expected=responses.n)
    return np.where(time >= 0, time, np.nan)


def _frame(
    responses: Responses, cuts: Sequence[CutOff], values: Mapping[str, Array], flagged: NDArray[np.bool_]
) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {"row": responses.codes.index.to_numpy()}
    columns |= {cut.name: values[cut.name] for cut in cuts}
    columns |= {f"flag_{cut.name}": flagged[:, j] for j, cut in enumerate(cuts)}
    return pd.DataFrame({**columns, "n_flags": flagged.sum(axis=1)})


def _notices(
    responses: Responses, rate: float, expected: float, flags: int, missing: Mapping[str, Unavailable]
) -> tuple[Notice, ...]:
    joint = {"percent": round(100 * rate, 1), "expected": round(100 * expected, 1), "flags": flags}
    found = [Notice("flags_delete_nothing", "info", joint), Notice("flags_overlap", "info")]
    if responses.weights is not None:
        found.append(Notice("screen_unweighted", "info"))
    if "mahalanobis" in missing:
        found.append(Notice("mahalanobis_absent", "caution"))
    if "even_odd" in missing:
        found.append(Notice("even_odd_absent", "info"))
    return tuple(found)
