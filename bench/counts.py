"""Cost of counting beside plain histograms and beside R, and the memory it takes.

``python bench/counts.py [--r] [--large]``: ratios of one run, best of several, interleaved. With ``--r`` (Rscript and
psych installed) alpha at a million rows beside ``psych::alpha`` and R's bare ``cov``; with ``--large`` a Parquet file
of 20 million rows is written, counted in a process of its own, and removed. Draws ``bench/counts.svg``.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak
from akhlak_research.counts.kernels import pair_tables

P, K = 21, 5
SIZES = (1_000, 10_000, 100_000, 1_000_000)
R_SCRIPT = """
suppressMessages(library(psych)); n <- as.integer(commandArgs(TRUE)[2]); p <- as.integer(commandArgs(TRUE)[3])
x <- matrix(readBin(commandArgs(TRUE)[1], integer(), n * p, size = 1), n); x <- x + 0.0
colnames(x) <- paste0("x", 1:p); x <- as.data.frame(x)
m <- as.matrix(x)
cat(min(sapply(1:3, function(i) system.time(cov(m))[["elapsed"]])),
    system.time(a <- alpha(x, check.keys = FALSE))[["elapsed"]], sprintf("%.15g", a$total$raw_alpha))
"""
#: prints the peak of a process before and after counting, in MiB
MEMORY = """
import sys, numpy as np, pandas as pd, akhlak_research as ak
def peak():  # of this process alone; ru_maxrss starts with what the parent had
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
engine, source = sys.argv[1], sys.argv[2]
if source == "frame":
    items = pd.DataFrame(np.random.default_rng(1).integers(1, 6, (1_000_000, 21), dtype=np.int8).astype(float))
    ak.count_responses(items.iloc[:10])
else:
    items = source
    import pyarrow.parquet, duckdb
open("/proc/self/clear_refs", "w").write("5")  # the peak of making the data is not ours
before = peak()
counts = ak.count_responses(items, engine=engine)
print(before, peak(), counts.n_rows)
"""


def codes(n: int) -> np.ndarray:
    """(p, n) int8 answers of one factor, 1 … 5; simulated."""
    rng = np.random.default_rng(1)
    latent = 0.6 * rng.standard_normal(n) + 0.8 * rng.standard_normal((P, n))
    return (np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1).astype(np.int8)


def interleaved(tasks: dict[str, Callable[[], object]], rounds: int = 7) -> dict[str, float]:
    """Best seconds of each task; taken in turns, so that a busy moment of the machine hits all."""
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def ways(n: int) -> dict[str, Callable[[], object]]:
    rng = np.random.default_rng(2)
    whole = codes(n)
    positions = (whole - 1).astype(np.uint8)
    small = pd.DataFrame(dict(enumerate(whole)))
    floats = small.astype(float)
    gaps = pd.DataFrame(dict(enumerate(np.where(rng.random(whole.shape) < 0.02, np.nan, whole))))
    weights, labels = rng.random(n) + 0.5, pd.Series(rng.integers(0, 34, n))
    return {
        "plain": lambda: [np.bincount(column, minlength=K + 1) for column in whole],
        "plain of floats": lambda: [
            np.bincount(floats[c].to_numpy().astype(np.intp), minlength=K + 1) for c in floats
        ],
        "kernel: 21 single and 210 pair tables": lambda: pair_tables(positions, K, None, 1, None),
        "whole frame of int8": lambda: ak.count_responses(small),
        "whole frame of floats": lambda: ak.count_responses(floats, scale=(1, 5)),
        "floats, 2 % missing (pairwise and listwise)": lambda: ak.count_responses(gaps),
        "floats, sampling weights": lambda: ak.count_responses(floats, weights=weights),
        "floats, 34 groups in one pass": lambda: ak.count_responses(floats, by=labels),
    }  # fmt: skip


def compare() -> dict[int, dict[str, float]]:
    took = {n: interleaved(ways(n)) for n in SIZES}
    million = took[SIZES[-1]]
    print(f"{SIZES[-1]:,} rows × {P} items of {K} categories")
    for name, seconds in million.items():
        print(
            f"  {name:<48}{seconds:8.3f} s{seconds / million['plain']:8.2f} × plain histograms"
            f"{seconds / million['plain of floats']:8.2f} × plain of floats"
        )
    return took


def beside_r(n: int = 1_000_000) -> None:
    if shutil.which("Rscript") is None:
        print("Rscript is not installed: no comparison with R")
        return
    frame = pd.DataFrame(dict(enumerate(codes(n).astype(float))))
    ours = interleaved({"alpha": lambda: ak.cronbach_alpha(ak.count_responses(frame, scale=(1, 5)))}, 3)["alpha"]
    estimate = ak.cronbach_alpha(ak.count_responses(frame, scale=(1, 5))).estimate
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "x.bin", Path(folder) / "alpha.R"
        data.write_bytes(codes(n).tobytes())
        script.write_text(R_SCRIPT)
        run = subprocess.run(
            ["Rscript", str(script), str(data), str(n), str(P)], capture_output=True, text=True, check=False
        )  # fmt: skip
    if run.returncode:
        print(f"R or psych refuses: {run.stderr[-200:]}")
        return
    cov, alpha, theirs = map(float, run.stdout.split()[-3:])
    print(f"alpha from counts, counting included, n = {n:,}: {ours:.3f} s; difference {abs(estimate - theirs):.1e}")
    print(f"  psych::alpha / ours {alpha / ours:8.1f} ×    R's bare cov / ours {cov / ours:8.2f} ×")


def memory(large: bool) -> None:
    report_memory("local", "frame", "frame of 1,000,000 × 21 floats")
    if not large:
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "national.parquet"
        batch = pa.table({f"x{at}": column for at, column in enumerate(codes(1_000_000))})
        with pq.ParquetWriter(path, batch.schema) as writer:
            for _ in range(20):
                writer.write_table(batch)
        for engine in ("local", "duckdb", "dask"):
            report_memory(engine, str(path), f"20,000,000 rows of Parquet, {engine}")


def report_memory(engine: str, source: str, name: str) -> None:
    start = time.perf_counter()
    run = subprocess.run([sys.executable, "-c", MEMORY, engine, source], capture_output=True, text=True, check=True)
    before, after, rows = map(float, run.stdout.split()[-3:])
    took = time.perf_counter() - start
    print(f"{name:<44}peak {after:6.0f} MiB, {after - before:5.0f} beyond the input ({rows:,.0f} rows, {took:.1f} s)")


def draw(took: dict[int, dict[str, float]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams["svg.hashsalt"] = "counts"
    figure, axes = plt.subplots(figsize=(6.4, 4))
    for name in next(iter(took.values())):
        if name != "plain of floats":
            shown = "21 plain histograms" if name == "plain" else name
            axes.loglog(SIZES, [took[n][name] for n in SIZES], marker="o", markersize=3, label=shown)
    axes.set(xlabel="rows", ylabel="seconds", title="Counting 21 items and their 210 pairs")
    axes.legend(fontsize=7)
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--r", action="store_true")
    parser.add_argument("--large", action="store_true")
    chosen = parser.parse_args()
    draw(compare())
    memory(chosen.large)
    if chosen.r:
        beside_r()


if __name__ == "__main__":
    main()
