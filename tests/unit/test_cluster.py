"""Counting on a cluster of two worker processes, as on any cluster a client is connected to."""

import os
import signal
import threading
import time
import uuid

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import DataError

dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

#: parts of which one takes long enough to be interrupted
N_PARTS, SECONDS = 16, 0.25


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as running:
        yield running


@pytest.fixture
def client(cluster):
    """Connected by the scheduler's address, as to a cluster elsewhere."""
    with distributed.Client(cluster.scheduler_address) as connected:
        yield connected


def answers(n=20_000) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 6)).astype(float), columns=list("abcdef"))
    frame = frame.mask(rng.random(frame.shape) < 0.05)
    return frame.assign(office=rng.choice(["x", "y", "z"], n), w=rng.random(n))


def test_two_processes_give_the_counts_of_one(client, tmp_path):
    frame, options = answers(), {"columns": list("abcdef"), "by": "office", "dimensions": {"one": ["a", "b", "c"]}}
    assert len(client.scheduler_info()["workers"]) == 2
    whole = ak.count_responses(frame, **options)
    spread = dd.from_pandas(frame, npartitions=7)
    assert ak.count_responses(spread, **options).equals(whole)
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=3000)
    assert ak.count_responses(tmp_path / "a.parquet", engine="dask", **options).equals(whole)
    weighted, theirs = (ak.count_responses(source, weights="w", **options) for source in (frame, spread))
    np.testing.assert_allclose(theirs.available.pairs, weighted.available.pairs, rtol=1e-12)


def test_errors_travel_with_column_value_and_row(client):
    frame = answers(100)[list("abcdef")]
    frame.loc[77, "c"] = 9.0
    with pytest.raises(DataError) as caught:
        ak.count_responses(dd.from_pandas(frame, npartitions=5), scale=(1, 5))
    fault = caught.value
    assert (fault.code, fault.where.column, fault.where.row, fault.got) == ("outside_scale", "c", 78, 9.0)


def test_a_worker_killed_in_mid_run_loses_nothing(client, tmp_path):
    frame = answers(N_PARTS * 500).drop(columns=["office", "w"])
    path, log = tmp_path / "a.parquet", tmp_path / "log"
    frame.to_parquet(path)
    log.mkdir()

    def part(number: int, seconds: float = SECONDS, path=str(path), log=str(log)) -> pd.DataFrame:
        open(f"{log}/{number}-{uuid.uuid4().hex}", "x").close()
        time.sleep(seconds)
        return pd.read_parquet(path).iloc[number * 500 : (number + 1) * 500]

    victim = next(iter(client.run(os.getpid).values()))
    spread = dd.from_map(part, range(N_PARTS), meta=frame.iloc[:0])
    result: list[ak.Counts] = []
    run = threading.Thread(target=lambda: result.append(ak.count_responses(spread)))
    run.start()
    while len(list(log.iterdir())) < N_PARTS // 2:  # half of it done, results held by both workers
        time.sleep(0.01)
    os.kill(victim, signal.SIGKILL)
    run.join(timeout=60)
    assert result and result[0].equals(ak.count_responses(frame))
    assert len(list(log.iterdir())) > N_PARTS, "what the dead worker was doing was done again"
