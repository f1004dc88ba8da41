"""Counting in this process: rows in memory, and files in batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from akhlak_research.core.errors import ArgumentError
from akhlak_research.counts.batch import Batch, count_batches
from akhlak_research.counts.plan import Plan, Request, plan_of, plan_of_responses
from akhlak_research.counts.rows import Floats, group_labels, refuse_twice, weight_vector
from akhlak_research.counts.sources import (
    Kind,
    csv_batches,
    csv_columns,
    files_of,
    first_row,
    parquet_batches,
    parquet_columns,
)
from akhlak_research.counts.tables import Counts
from akhlak_research.responses.model import Responses


def count_here(items: Any, kind: Kind, request: Request, connection: Any = None) -> Counts:
    """Count a DataFrame, Responses, or files of text or Parquet."""
    if kind == "responses":
        return _count_responses(items, request)
    if kind == "frame":
        return _count_frame(items, request)
    refuse_vectors(request)
    files = files_of(items)
    if kind == "csv":
        columns, separator = csv_columns(files[0])
        plan = plan_of(request, columns)
        part = count_batches(plan, csv_batches(plan, files, separator))
    else:
        plan = plan_of(request, parquet_columns(files[0]))
        part = count_batches(plan, parquet_batches(plan, files))
    return part.result(file=str(items), first=first_row(kind, files))


def refuse_vectors(request: Request) -> None:
    """Labels and weights of rows that are not in memory must be columns beside the items."""
    given = {"by": request.by, "weights": request.weights, "frequencies": request.frequencies}
    for argument, value in given.items():
        if value is not None and not isinstance(value, str):
            raise ArgumentError("column_expected", argument=argument, got=type(value).__name__)


def _count_frame(frame: pd.DataFrame, request: Request) -> Counts:
    plan = plan_of(request, list(frame.columns))
    plan, labels = _labels(frame, plan, request.by)
    weights = frame[plan.weight] if plan.weight is not None else _vector(request, frame.index)
    return count_batches(plan, [Batch([frame[name] for name in plan.columns], labels, weights)]).result()


def _count_responses(answers: Responses, request: Request) -> Counts:
    weighted = answers.weights is not None
    refuse_twice(request.keys, request.scale, *((request.weights, request.frequencies) if weighted else (None, None)))
    if request.columns is not None:
        answers = answers.select(str(name) for name in request.columns)
    if weighted:
        request = replace(request, weights=answers.weights)
    plan, labels = _labels(answers, plan_of_responses(answers, request.weighting), request.by)
    weights = _vector(request, answers.codes.index)
    batch = Batch([answers.codes[name] for name in answers.items], labels, weights)
    return count_batches(plan, [batch]).result(file=answers.source or None)


def _labels(items: pd.DataFrame | Responses, plan: Plan, by: Any) -> tuple[Plan, pd.Series | None]:
    """The labels of ``by``, and the plan with its name."""
    if by is None:
        return plan, None
    labels, _, name = group_labels(items, by)
    return replace(plan, by=name), labels


def _vector(request: Request, index: pd.Index) -> Floats | None:
    if request.weight is None:
        return None
    argument = "weights" if request.weighting == "sampling" else "frequencies"
    return weight_vector(request.weight, index, argument)
