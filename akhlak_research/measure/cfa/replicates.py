"""Many samples from a population, fitted on one core, on several, or on a Dask cluster; the answer is the same.

Every replicate has a seed of its own (``SeedSequence.spawn``), so neither their order nor who draws them matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm.std import tqdm

from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.packages import need
from akhlak_research.measure.cfa.api import cfa
from akhlak_research.measure.cfa.population import Population
from akhlak_research.measure.cfa.result import CfaResult

#: replicates that travel together
_CHUNK = 10
#: fit measures that are kept of every replicate
MEASURES = ("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr")
_IMPROPER = {"cfa_heywood", "cfa_loading_above_one", "cfa_latent_not_positive"}
_SECONDS_BEFORE_BAR = 2.0


@dataclass(frozen=True, slots=True)
class Task:
    """What every replicate does: ``n`` people of ``population``, fitted by ``model``."""

    population: Population
    model: str
    n: int
    estimator: str
    ordered: bool


@dataclass(frozen=True, slots=True)
class Replicate:
    """``values`` relation → (estimate, error), ``fit`` measures, ``improper``; or the ``code`` of what refused it."""

    values: dict[tuple[str, str, str], tuple[float, float]]
    fit: dict[str, float]
    improper: bool = False
    code: str = ""


def replicate(task: Task, seed: np.random.SeedSequence) -> Replicate:
    """One sample and its fit."""
    sample = task.population.sample(task.n, np.random.default_rng(seed))
    try:
        found = cfa(task.model, sample, estimator=task.estimator, ordered=task.ordered or None, std_lv=True)
    except AkhlakError as error:
        return Replicate({}, {}, code=error.code)
    suffix = "_scaled" if "chisq_scaled" in found.fit.index else ""
    fit = {name: float(found.fit[name + suffix if name != "srmr" else name]) for name in MEASURES}
    improper = any(notice.code in _IMPROPER for notice in found.notices)
    return Replicate(_values(found, task.population), fit, improper)


def _values(found: CfaResult, population: Population) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Estimates with each factor turned the way the population has it."""
    rows = [(r, float(v)) for r, v in zip(found.fitted.table.free, found.fitted.theta, strict=True)]
    signs = dict.fromkeys(found.fitted.table.variables.latent, 0.0)
    for row, value in rows:
        if row.op == "=~":
            signs[row.lhs] += value * population.value(row.lhs, row.op, row.rhs)
    error = np.sqrt(np.diag(found.covariance.vcov))
    # where an item's answers miss a category, its thresholds are others
    counts = found.fitted.table.options.thresholds or {}
    whole = {name: count == len(population.cuts) for name, count in counts.items()}
    values = {}
    for (row, value), se in zip(rows, error, strict=True):
        if row.op == "|" and not whole[row.lhs]:
            continue
        turn = (-1.0 if signs.get(row.lhs, 1) < 0 else 1.0) * (
            -1.0 if row.op == "~~" and signs.get(row.rhs, 1) < 0 else 1.0
        )
        values[row.lhs, row.op, row.rhs] = (value * turn, float(se))
    return values


def _chunk(task: Task, seeds: Sequence[np.random.SeedSequence]) -> list[Replicate]:
    return [replicate(task, seed) for seed in seeds]


def run(
    task: Task, seeds: Sequence[np.random.SeedSequence], *, workers: int = 1, client: Any = None, progress: bool = True
) -> list[Replicate]:
    """All replicates, in the order of their seeds."""
    parts = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    found: dict[int, list[Replicate]] = {}
    quiet = None if progress else True
    with tqdm(
        total=len(seeds), delay=_SECONDS_BEFORE_BAR, disable=quiet, leave=False, unit="replicate", desc=f"n = {task.n}"
    ) as bar:
        for i, part in _computed(task, parts, workers, client):
            found[i] = part
            bar.update(len(part))
    return [one for i in range(len(parts)) for one in found[i]]


def _computed(
    task: Task, parts: Sequence[Sequence[np.random.SeedSequence]], workers: int, client: Any
) -> Iterator[tuple[int, list[Replicate]]]:
    if client is not None:
        futures = {client.submit(_chunk, task, part, pure=False): i for i, part in enumerate(parts)}
        gathered = need("distributed", "engines").as_completed
        for future in gathered(list(futures)):
            yield futures[future], future.result()
    elif workers > 1:
        with ProcessPoolExecutor(max_workers=workers) as pool:
            sent: dict[Future[list[Replicate]], int] = {
                pool.submit(_chunk, task, part): i for i, part in enumerate(parts)
            }
            for done in as_completed(sent):
                yield sent[done], done.result()
    else:
        for i, part in enumerate(parts):
            yield i, _chunk(task, part)
