"""``quota_status``: achieved against required while the survey runs, and what the closing date will bring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_count, check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import NAN, Notice, Unavailable
from akhlak_research.responses.model import Responses
from akhlak_research.survey.allocation import Allocation
from akhlak_research.survey.fieldwork import CurvePoint, as_days, daily_counts, one_day, project
from akhlak_research.survey.linearised import Floats, Ints
from akhlak_research.survey.margin import critical_value, expected_margin
from akhlak_research.survey.population import Population, frame_population, per_unit
from akhlak_research.survey.quota_results import AnsweringOffices, QuotaStatus, UnitQuota
from akhlak_research.survey.response_rates import answers_by_unit
from akhlak_research.survey.sample_size import SampleSize

DATE = "answered_on"


def quota_status(
    frame: pd.DataFrame, responses: Responses | pd.DataFrame, date: Any = None, *, required: Any = None,
    unit: str = "unit", answered: Any = None, closes: Any = None, window: int = 7, sd: Any = None, level: float = 0.95,
) -> QuotaStatus:  # fmt: skip
    """Where the fieldwork stands: achieved against required per office, the response curve, what the end will bring.

    Parameters
    ----------
    frame : DataFrame
        One row per office: ``unit``, ``population`` and, where ``required`` is not given, a column ``required``.
    responses : Responses or DataFrame
        Answers so far, with the office of each.
    date : str or date, optional
        Count answers up to this day; default: the last day on which one came.
    required : int, Series, mapping, Allocation or SampleSize, optional
        Answers asked for per office. No default: what an authority requires is yours to say.
    unit : str
        Column that names the office, in the frame (or ``unit`` there) and in the answers.
    answered : str or Series, optional
        Day of each answer (ISO dates); default: the column ``answered_on`` where there is one. Without days there is
        no curve and no projection.
    closes : str or date, optional
        Last day. Needed for a projection.
    window : int
        Days that the pace is taken from.
    sd : float or Series, optional
        Standard deviation of the score: margins are then those of the mean in its points, else of a share of one half.
    level : float

    Returns
    -------
    QuotaStatus
        ``.table()``, ``.curve()``, ``.invite_next()``, ``.coverage()``, ``.whole``, ``.answering``, ``["Dinas A"]``.

    Raises
    ------
    DataError
        ``unit_not_in_frame`` (an office in the answers that the frame does not have), ``more_answers_than_people``,
        ``answer_date_invalid``, ``required_invalid``, and those of a frame.
    ArgumentError
        ``design_column``, ``day_invalid``, ``closes_before_date``.
    MethodError
        ``several_methods`` for a SampleSize of several.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"unit": ["A", "B"], "population": [40, 60]})  # made up
    >>> came = pd.DataFrame({"unit": list("AAABAB"), "answered_on": ["2026-03-02"] * 3 + ["2026-03-03"] * 3})
    >>> status = ak.quota_status(frame, came, required={"A": 4, "B": 10}, closes="2026-03-09")
    >>> status
    <quota_status 6 answers of 14 required, 1 offices reached on 2026-03-03>
    >>> status.invite_next()[["unit", "short", "standing"]].values.tolist()
    [['B', 8, 'short']]

    Notes
    -----
    The projection lets those still silent answer at their office's daily chance of the last ``window`` days; its
    interval allows for days that differ more than chance. A reminder or a deadline changes the pace and is not
    foreseen. While an office is silent nothing is known of its people: the whole has no margin, ``answering`` has that
    of the offices that answered, with their share of the frame, and what the whole would have with answers from the
    others. More answers narrow the interval; whether they move the mean depends on who gives them
    (``response_history``).
    """
    check_level(level)
    people = frame_population(frame, unit)
    labels, days = _answers(responses, unit, answered)
    today = None if days is None else one_day(date, "date") if date is not None else days.max() if len(days) else None
    if date is not None and days is None:
        raise ArgumentError("days_needed", got=date, expected=DATE)
    if days is not None and today is not None:
        kept = np.asarray(days <= today)
        labels, days = labels[kept], days[kept]
    named = labels.notna().to_numpy()
    n = answers_by_unit(people, labels[named]) if len(labels) else np.zeros(len(people.units), dtype=np.int64)
    wanted = _required(required, frame, people)
    end = None if closes is None else one_day(closes, "closes")
    if end is not None and today is not None and end < today:
        raise ArgumentError("closes_before_date", got=f"{end:%Y-%m-%d}", expected=f"≥ {today:%Y-%m-%d}")
    count = _Count(people, n, wanted)
    course = _course(
        count, labels[named], None if days is None else days[named], today, end, check_count(window, 1, "window"), level
    )
    margins = _margins(count, sd, level)
    units = tuple(_unit(count, at, course, margins) for at in range(len(n)))
    part = _answering(count, sd, level)
    return QuotaStatus(
        units=units, whole=_whole(count, units, course, margins), answering=part, level=level,
        date=None if today is None else f"{today:%Y-%m-%d}", closes=None if end is None else f"{end:%Y-%m-%d}",
        points=course.points, projected_low=course.low, projected_high=course.high,
        notices=_notices(count, course, part, int((~named).sum()), today, end),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Count:
    people: Population
    n: Ints
    required: Ints | None


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """Curve and projection."""

    points: tuple[CurvePoint, ...]
    projected: Floats | None
    low: float | Unavailable
    high: float | Unavailable


def _answers(responses: Any, unit: str, answered: Any) -> tuple[pd.Series, pd.DatetimeIndex | None]:
    table = responses.groups if isinstance(responses, Responses) else responses
    if not isinstance(table, pd.DataFrame):
        raise ArgumentError("design_data", got=type(responses).__name__, expected=("Responses", "DataFrame"))
    if unit not in table.columns:
        raise ArgumentError("design_column", role="unit", got=unit, expected=[str(c) for c in table.columns])
    if answered is None and DATE in table.columns:
        answered = DATE
    if isinstance(answered, str):
        if answered not in table.columns:
            raise ArgumentError(
                "design_column", role="answered", got=answered, expected=[str(c) for c in table.columns]
            )
        answered = table[answered]
    labels = table[unit].reset_index(drop=True)
    assert isinstance(labels, pd.Series)
    return labels, None if answered is None else as_days(answered, len(labels))


def _required(required: Any, frame: pd.DataFrame, people: Population) -> Ints | None:
    if required is None:
        if "required" not in frame.columns:
            return None
        required = pd.Series(frame["required"].to_numpy(), index=list(people.units))
    if isinstance(required, Allocation):
        required = required.series()
    if isinstance(required, SampleSize):
        sizes = [size for size in required.sizes if size.scope == "unit"]
        if len({size.method for size in sizes}) > 1:
            raise MethodError("several_methods", expected=sorted({size.method for size in sizes}))
        required = {size.unit: float(size.n) if isinstance(size.n, int) else NAN for size in sizes}
    values = per_unit(required, people, "required")
    for name, size, value in zip(people.units, people.sizes, values, strict=True):
        if not (math.isfinite(value) and value >= 0 and value == math.floor(value)) or value > size:
            raise DataError("required_invalid", unit=name, got=value, expected=int(size))
    return np.array(values, dtype=np.int64)


def _course(
    count: _Count, labels: pd.Series, days: pd.DatetimeIndex | None, today: Any, end: Any, window: int, level: float
) -> _Course:
    none = Unavailable("no_projection")
    if days is None or len(days) == 0:
        return _Course((), None, none, none)
    first = days.min()
    place = {name: at for at, name in enumerate(count.people.units)}
    unit = np.asarray(labels.astype(str).map(place), dtype=np.int64)
    day = np.asarray((days - first).days, dtype=np.int64)
    counts = daily_counts(unit, day, len(place), int((today - first).days) + 1)
    by_day = counts.sum(axis=0)
    done = by_day.cumsum()
    stamps = pd.date_range(first, today)
    points = [
        CurvePoint(f"{stamp:%Y-%m-%d}", float(n), float(total), float(total), float(total), False)
        for stamp, n, total in zip(stamps, by_day, done, strict=True)
    ]
    ahead = 0 if end is None else int((end - today).days)
    if end is None:
        return _Course(tuple(points), None, none, none)
    found = project(counts, np.array(count.people.sizes), ahead, window)
    z, total = critical_value(level, math.inf, "normal"), float(done[-1])
    before = 0.0
    for step, more in enumerate(found.by_day.tolist(), start=1):
        half = z * math.sqrt(found.dispersion * more)
        low, high = max(total, total + more - half), min(count.people.total, total + more + half)
        stamp = today + pd.Timedelta(days=step)
        points.append(CurvePoint(f"{stamp:%Y-%m-%d}", more - before, total + more, low, high, True))
        before = more
    last = points[-1]
    return _Course(tuple(points), count.n + found.added, last.low, last.high)


@dataclass(frozen=True, slots=True, eq=False)
class _Margins:
    """Margins now, with the required answers and if everybody answers: units, then the whole."""

    now: tuple[float | Unavailable, ...]
    required: tuple[float | Unavailable, ...] | None


def _margins(count: _Count, sd: Any, level: float) -> _Margins:
    sizes = pd.Series([int(size) for size in count.people.sizes], index=list(count.people.units))

    def of(n: Ints) -> tuple[float | Unavailable, ...]:
        made = expected_margin(sizes, pd.Series(n, index=sizes.index), sd=sd, level=level)
        return tuple(part.margin for part in made.margins)

    return _Margins(of(count.n), None if count.required is None else of(np.maximum(count.n, count.required)))


def _unit(count: _Count, at: int, course: _Course, margins: _Margins) -> UnitQuota:
    n, size = int(count.n[at]), int(count.people.sizes[at])
    required = None if count.required is None else int(count.required[at])
    short = 0 if required is None else max(0, required - n)
    rate = (n or float(count.n.sum()) / count.people.total * size) / size
    return UnitQuota(
        unit=count.people.units[at], population=size, n=n, required=required,
        projected=Unavailable("no_projection") if course.projected is None else float(course.projected[at]),
        margin=margins.now[at], margin_at_required=_at_required(margins, at), margin_if_all=0.0,
        to_ask=0 if not short else min(size - n, math.ceil(short / rate - 1e-9) if rate > 0 else size - n),
    )  # fmt: skip


def _at_required(margins: _Margins, at: int) -> float | Unavailable:
    return Unavailable("nothing_required") if margins.required is None else margins.required[at]


def _whole(count: _Count, units: tuple[UnitQuota, ...], course: _Course, margins: _Margins) -> UnitQuota:
    return UnitQuota(
        unit="", population=int(count.people.total), n=int(count.n.sum()),
        required=None if count.required is None else int(count.required.sum()),
        projected=Unavailable("no_projection") if course.projected is None else float(course.projected.sum()),
        margin=margins.now[-1], margin_at_required=_at_required(margins, -1), margin_if_all=0.0,
        to_ask=sum(one.to_ask for one in units),
    )  # fmt: skip


def _answering(count: _Count, sd: Any, level: float) -> AnsweringOffices:
    """The margin for the offices that answered, and for the whole where the silent ones give what is asked of them."""
    there, sizes, names = count.n > 0, np.array(count.people.sizes), count.people.units
    spread = per_unit(1.0 if sd is None else sd, count.people, "sd")
    nobody = Unavailable("no_answers")

    def margin(keep: Any, n: Ints) -> float | Unavailable:
        index = [name for name, kept in zip(names, keep, strict=True) if kept]
        people, answers = pd.Series(sizes[keep].astype(int), index=index), pd.Series(n[keep], index=index)
        own = None if sd is None else pd.Series(np.array(spread)[keep], index=index)
        return expected_margin(people, answers, sd=own, level=level).margin

    then: Ints | None = None
    if count.required is not None or there.any():
        rate = float(count.n.sum() / sizes[there].sum()) if there.any() else 0.0
        asked = rate * sizes if count.required is None else count.required
        then = np.where(there, count.n, np.clip(np.round(asked), 1, sizes)).astype(np.int64)
    return AnsweringOffices(
        offices=int(there.sum()), silent=int((~there).sum()), population=int(sizes[there].sum()),
        n=int(count.n.sum()), people_in_frame=int(count.people.total),
        margin=margin(there, count.n) if there.any() else nobody,
        n_if_silent_answer=nobody if then is None else int(then.sum()),
        margin_if_silent_answer=nobody if then is None else margin(np.ones(len(sizes), dtype=bool), then),
    )  # fmt: skip


def _notices(
    count: _Count, course: _Course, part: AnsweringOffices, without: int, today: Any, end: Any
) -> tuple[Notice, ...]:
    found = []
    silent = [name for name, n in zip(count.people.units, count.n, strict=True) if n == 0]
    if silent:
        found.append(Notice("quota_silent_offices", "warning", {"count": len(silent), "units": silent[:10]}))
        if part.offices:
            found.append(Notice("quota_margin_of_answering", "info", {"n": part.offices, "percent": part.coverage}))
    if without:
        found.append(Notice("quota_without_unit", "caution", {"n": without}))
    if course.projected is not None and today is not None and end is not None:
        found.append(Notice("projection_keeps_the_pace", "info", {"days": int((end - today).days)}))
    if count.required is not None:
        found.append(Notice("quota_is_not_quality", "info"))
    return tuple(found)
