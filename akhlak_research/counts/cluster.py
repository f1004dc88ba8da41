"""Counting where Dask computes: on the cores of this machine, or on a cluster that a client is connected to."""

from __future__ import annotations

from typing import Any

import pandas as pd

from akhlak_research.core.packages import need
from akhlak_research.counts.batch import Part, count_batches, frame_batch
from akhlak_research.counts.local import refuse_vectors
from akhlak_research.counts.plan import Plan, Request, plan_of
from akhlak_research.counts.sources import Kind, files_of, first_row
from akhlak_research.counts.tables import Counts

#: parts that one task adds up; the tree above them is as deep as it must be
FAN_IN = 8


def count_in_dask(items: Any, kind: Kind, request: Request, connection: Any = None) -> Counts:
    """Count each partition where it lies; only counts travel, and add up in a tree in the order of partitions."""
    refuse_vectors(request)
    dask = need("dask", "engines")
    frame, file, first = items, None, 1
    if kind == "parquet":
        file, files = str(items), files_of(items)
        frame, first = need("dask.dataframe", "engines").read_parquet(files), first_row(kind, files)
    plan = plan_of(request, list(frame.columns))
    count, add = dask.delayed(count_partition, pure=False), dask.delayed(add_parts, pure=False)
    level = [count(plan, part) for part in frame[list(plan.needed)].to_delayed()]
    while len(level) > 1:
        level = [add(level[at : at + FAN_IN]) for at in range(0, len(level), FAN_IN)]
    part: Part = level[0].compute()
    return part.result(file=file, first=first)


def count_partition(plan: Plan, frame: pd.DataFrame) -> Part:
    """The part of one partition; runs on a worker."""
    return count_batches(plan, [frame_batch(plan, frame)])


def add_parts(parts: list[Part]) -> Part:
    """Add parts in their order; runs on a worker."""
    return sum(parts[1:], start=parts[0])
