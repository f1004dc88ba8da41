"""The design of a survey: strata, clusters, weights and finite populations, bound to the data once."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.responses.model import Responses
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.stages import LONELY, Lonely, Stage, build_stages
from akhlak_research.survey.variance import Projection

if TYPE_CHECKING:
    from akhlak_research.survey.audit import WeightStep
    from akhlak_research.survey.replicates import Replicates

#: a column by name, or its values
Column: TypeAlias = "str | pd.Series | np.ndarray | Sequence[Any]"
Populations: TypeAlias = "Column | Mapping[Any, float]"


class SurveyDesign:
    """Data with the way they were sampled; never changed, each step gives a new design.

    Parameters
    ----------
    data : DataFrame or Responses
        One row per respondent. Responses give their keyed codes, background variables and weights.
    strata : str or array, optional
        Strata of the first stage (a list: of every stage). A name is a column; anything else holds n values.
    cluster : str, array or list of them, optional
        Clusters of each stage, first stage first. Without it the rows themselves were sampled.
    weights : str or array, optional
        Weights > 0. Without them: the inverse sampling fraction where ``fpc`` gives it for every stage, else 1.
    fpc : str, array, mapping or list of them, optional
        Clusters (or people) in the row's stratum, or the fraction sampled if below 1, per stage. A mapping names
        strata: ``{"Dinas A": 40}``. Without it, sampling counts as with replacement.
    nest : bool
        Whether labels of clusters start anew in every stratum.
    replicates : Replicates, optional
        Replicate weights that came with the data (``ReplicateWeights``); variance is then taken from them.
    lonely : {"fail", "remove", "adjust", "average"}
        What a stratum with one sampled cluster of several adds to a variance: an error; nothing; its square about the
        mean of all; the mean of the others.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> answers = pd.DataFrame({"office": list("AAABBB"), "score": [50.0, 60, 70, 70, 80, 75]})
    >>> design = ak.SurveyDesign(answers, strata="office", fpc={"A": 30, "B": 10})
    >>> design
    <survey_design 6 rows, 2 strata, 6 clusters, weights 3.333–10 (sum 40)>
    >>> ak.estimate_mean(design, "score").estimate
    Estimate(63.75 [52.22, 75.28], n=6)

    Notes
    -----
    Variance is that of the first stage plus, where fractions are known, what the stages below add (Särndal, Swensson &
    Wretman 1992, section 4.3). Degrees of freedom are clusters minus strata of the first stage.
    """

    __slots__ = ("_data", "_lonely", "_projections", "_replicates", "_stages", "_steps", "_strata", "_w")

    _data: pd.DataFrame
    _stages: tuple[Stage, ...]
    _w: Floats
    _lonely: Lonely
    _strata: bool
    _steps: tuple[WeightStep, ...]
    _projections: tuple[Projection, ...]
    _replicates: Replicates | None

    def __init__(
        self,
        data: pd.DataFrame | Responses,
        strata: Column | list[Any] | None = None,
        cluster: Column | list[Any] | None = None,
        weights: Column | None = None,
        fpc: Populations | list[Any] | None = None,
        nest: bool = False,
        replicates: Replicates | None = None,
        *,
        lonely: Lonely = "fail",
    ) -> None:
        check_choice(lonely, LONELY, "lonely")
        if isinstance(data, Responses):
            weights = data.weights if weights is None else weights
            data = pd.concat([data.keyed, data.groups], axis=1)
        if not isinstance(data, pd.DataFrame):
            raise ArgumentError("design_data", got=type(data).__name__, expected=("DataFrame", "Responses"))
        if data.empty:
            raise DataError("no_rows")
        table, n = data.copy(deep=False).reset_index(drop=True), len(data)
        strata_columns = [column_of(table, one, "strata") for one in _listed(strata, n)]
        clusters = [column_of(table, one, "cluster") for one in _listed(cluster, n)]
        first = strata_columns[0] if strata_columns else None
        sizes = [_population(table, one, first) for one in _listed(fpc, n)]
        stages = build_stages([*strata_columns], clusters, [*sizes], nest=nest, n=n)
        self._data, self._stages, self._lonely = table, stages, lonely
        self._strata = first is not None
        self._w = _weights(table, weights, stages)
        self._steps, self._projections = (), ()
        self._replicates = None if replicates is None else replicates.on(self._w)

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(self, name):
            raise AttributeError(f"{type(self).__name__} does not change; each step gives a new one")
        object.__setattr__(self, name, value)

    # what it is ---------------------------------------------------------------------------------------------------
    @property
    def data(self) -> pd.DataFrame:
        """The rows, numbered from 0."""
        return self._data

    @property
    def weights(self) -> Floats:
        """(n,) weights now, after every adjustment."""
        return self._w.copy()

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self._w)

    def __len__(self) -> int:
        return self.n

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Stages that enter the variance, first stage first."""
        return self._stages

    @property
    def lonely(self) -> Lonely:
        """What a stratum with one cluster adds."""
        return self._lonely

    @property
    def steps(self) -> tuple[WeightStep, ...]:
        """Adjustments of the weights so far, oldest first."""
        return self._steps

    @property
    def projections(self) -> tuple[Projection, ...]:
        """Calibrations of the weights that linearised errors take into account."""
        return self._projections

    @property
    def replicates(self) -> Replicates | None:
        """Replicate weights, if errors come from them."""
        return self._replicates

    @property
    def df(self) -> int:
        """Degrees of freedom: clusters minus strata of the first stage."""
        if self._replicates is not None:
            return self._replicates.df
        return len(self._stages[0].stratum) - len(self._stages[0].drawn)

    def with_weights(
        self,
        weights: Floats,
        step: WeightStep,
        projection: Projection | None = None,
        replicates: Replicates | None = None,
    ) -> SurveyDesign:
        """The same design with adjusted weights; used by the adjustments, which also give replicates in step."""
        made = self._copy()
        object.__setattr__(made, "_w", weights)
        object.__setattr__(made, "_steps", (*self._steps, step))
        if projection is not None:
            object.__setattr__(made, "_projections", (*self._projections, projection))
        object.__setattr__(made, "_replicates", replicates)
        return made

    def with_replicates(self, replicates: Replicates) -> SurveyDesign:
        """The same design whose errors come from replicate weights."""
        made = self._copy()
        object.__setattr__(made, "_replicates", replicates)
        return made

    def rows(self, keep: np.ndarray) -> SurveyDesign:
        """Some of the rows, with the design of all: clusters that lose their rows still count as drawn.

        Raises
        ------
        MethodError
            ``rows_after_calibration``: the error of weights that were brought to known totals rests on all rows.
        """
        if self._projections and self._replicates is None and not np.asarray(keep).all():
            raise MethodError("rows_after_calibration", got=[step.kind for step in self._steps])
        made = self._copy()
        object.__setattr__(made, "_data", self._data[keep].reset_index(drop=True))
        object.__setattr__(made, "_w", self._w[keep])
        object.__setattr__(made, "_stages", tuple(stage.rows(keep) for stage in self._stages))
        object.__setattr__(made, "_projections", tuple(part.rows(keep) for part in self._projections))
        if self._replicates is not None:
            object.__setattr__(made, "_replicates", self._replicates.rows(keep))
        return made

    def column(self, name: Column, role: str) -> pd.Series:
        """A column by name, or n values as given."""
        return column_of(self._data, name, role)

    def _copy(self) -> SurveyDesign:
        return copy.copy(self)

    def __repr__(self) -> str:
        first = self._stages[0]
        strata = f"{len(first.drawn)} strata, " if self._strata else ""
        stages = f" in {len(self._stages)} stages" if len(self._stages) > 1 else ""
        how = f", {self._replicates.kind} replicates" if self._replicates is not None else ""
        return (
            f"<survey_design {self.n} rows, {strata}{len(first.stratum)} clusters{stages}, weights "
            f"{self._w.min():.4g}–{self._w.max():.4g} (sum {self._w.sum():.6g}){how}>"
        )


def column_of(data: pd.DataFrame, name: Column, role: str) -> pd.Series:
    """A column by name, or n values as given.

    Raises
    ------
    ArgumentError
        ``design_column`` where there is no such column, ``design_length`` where the values are not n.
    """
    if isinstance(name, str):
        if name not in data.columns:
            raise ArgumentError("design_column", role=role, got=name, expected=[str(c) for c in data.columns])
        found = data[name]
        assert isinstance(found, pd.Series)
        return found
    values = pd.Series(name).reset_index(drop=True)
    if len(values) != len(data):
        raise ArgumentError("design_length", role=role, got=len(values), expected=len(data))
    if values.name is None:
        values.name = role
    return values


def _listed(given: Any, n: int) -> list[Any]:
    """One entry per stage. A list of n plain values is one column."""
    if given is None:
        return []
    if isinstance(given, list | tuple):
        columns = all(part is None or isinstance(part, str | pd.Series | np.ndarray | list | Mapping) for part in given)
        plain = len(given) == n and all(isinstance(part, str) for part in given)
        return list(given) if columns and not plain else [given]
    return [given]


def _population(data: pd.DataFrame, given: Populations | None, strata: pd.Series | None) -> Floats | None:
    if given is None:
        return None
    if isinstance(given, Mapping):
        if strata is None:
            raise ArgumentError("fpc_needs_strata", got=list(map(str, given))[:10])
        sizes = {str(key): value for key, value in given.items()}
        lacking = sorted(set(strata.astype(str)) - set(sizes))
        if lacking:
            raise DataError("fpc_without_stratum", got=lacking[:10], count=len(lacking))
        odd = [f"{name}: {size}" for name, size in sizes.items() if not _people(size)]
        if odd:
            raise DataError("fpc_invalid", column="fpc", got=odd[:5], rows=[], count=len(odd))
        values = np.asarray(strata.astype(str).map(sizes), dtype=np.float64)
    else:
        values = positive(column_of(data, given, "fpc"), "fpc_invalid")
    return values


def _people(size: Any) -> bool:
    """Whether it is a number above 0; infinity is a population of unknown size."""
    return isinstance(size, int | float | np.number) and not isinstance(size, bool) and float(size) > 0


def _weights(data: pd.DataFrame, given: ArrayLike | Column | None, stages: tuple[Stage, ...]) -> Floats:
    if given is not None:
        return positive(column_of(data, given, "weights"), "weights_not_positive")  # type: ignore[arg-type]
    w = np.ones(len(data))
    if all(np.isfinite(stage.population).all() for stage in stages):
        for stage in stages:
            w /= stage.fraction[stage.stratum[stage.cluster]]
    return w


def positive(values: pd.Series, code: Literal["weights_not_positive", "fpc_invalid"]) -> Floats:
    """Numbers > 0, or an error that says which rows hold something else."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    odd = np.flatnonzero(~(np.isfinite(numbers) & (numbers > 0)))
    if len(odd):
        shown = [str(values.iloc[at]) for at in odd[:5]]
        raise DataError(code, column=str(values.name), got=shown, rows=(odd[:10] + 1).tolist(), count=len(odd))
    return numbers
