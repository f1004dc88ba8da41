"""Counting where Dask computes: on the cores of this machine, or on a cluster that a client is connected to."""

from __future__ import annotations

from typing import Any

import pandas as pd

from akhlak_research.core.packages import need
from akhlak_research.counts.batch import Part, count_batches, frame_batch
from akhlak_research.counts.local import refuse_vectors
from akhlak_research.counts.plan import Plan, Request, plan_of
from akhlak_research.counts.sources import Kind, files_of, first_row, parquet_batches, parquet_columns, row_groups
from akhlak_research.counts.tables import Counts

#: parts that one task adds up; the tree above them is as deep as it must be
FAN_IN = 8
#: rows of a Parquet file that one task counts
ROWS_PER_TASK = 1 << 20


def count_in_dask(items: Any, kind: Kind, request: Request, connection: Any = None) -> Counts:
    """Count each partition where it lies; only counts travel, and add up in a tree in the order of partitions."""
    refuse_vectors(request)
    dask = need("dask", "engines")
    add = dask.delayed(add_parts, pure=False)
    file = None if kind == "dask" else str(items)
    first: int | None = 1
    if kind == "dask":
        plan = plan_of(request, list(items.columns))
        count = dask.delayed(count_partition, pure=False)
        level = [count(plan, part) for part in items[list(plan.needed)].to_delayed()]
    else:
        files = files_of(items)
        first = first_row(kind, files)
        plan = plan_of(request, parquet_columns(files[0]))
        count = dask.delayed(count_row_groups, pure=False)
        level = [count(plan, *piece) for piece in row_groups(files, ROWS_PER_TASK)]
    while len(level) > 1:
        level = [add(level[at : at + FAN_IN]) for at in range(0, len(level), FAN_IN)]
    part: Part = level[0].compute()
    return part.result(file=file, first=first)


def count_partition(plan: Plan, frame: pd.DataFrame) -> Part:
    """The part of one partition; runs on a worker."""
    return count_batches(plan, [frame_batch(plan, frame)])


def count_row_groups(plan: Plan, file: str, groups: list[int]) -> Part:
    """The part of some row groups of a Parquet file, streamed; runs on a worker, which must see the file."""
    return count_batches(plan, parquet_batches(plan, [file], groups))


def add_parts(parts: list[Part]) -> Part:
    """Add parts in their order; runs on a worker."""
    return sum(parts[1:], start=parts[0])
