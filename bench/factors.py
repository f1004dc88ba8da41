"""Seconds of factor analysis, and ratios to psych on the same answers in the same run.

``python bench/factors.py [--rows N] [--no-r]``: parallel analysis of 25 items and 5,000 rows with 1,000 draws
(Pearson) and 100 draws (polychoric) beside ``psych::fa.parallel``, one core each; then the rest of the room without a
rival. psych draws resampled answers and simulated data in each iteration; ours draws one of them, so both are timed.
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

R_SCRIPT = """
args <- commandArgs(TRUE)
x <- matrix(readBin(args[1], "integer", 1e9, size = 1), ncol = as.integer(args[2]))
suppressMessages(library(psych))
options(mc.cores = 1)
set.seed(1)
took <- system.time(capture.output(suppressWarnings(suppressMessages(
  fa.parallel(x, n.iter = as.integer(args[4]), cor = args[3], plot = FALSE)))))
cat(took[["elapsed"]])
"""


def answers(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    factors = np.repeat(rng.normal(size=(rows, 5)), 5, axis=1)
    values = np.digitize(factors + rng.normal(size=(rows, 25)), [-2.1, -1.0, 0.0, 1.3]) + 1
    return pd.DataFrame(values, columns=[f"i{j}" for j in range(25)])


def best(call: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def theirs(frame: pd.DataFrame, correlation: str, draws: int) -> float | None:
    """Seconds of psych::fa.parallel; None where R or psych is not installed."""
    if shutil.which("Rscript") is None:
        sys.stderr.write("Rscript is not installed: no ratios\n")
        return None
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "x.bin", Path(folder) / "run.R"
        frame.to_numpy(dtype=np.int8).T.tofile(data)
        script.write_text(R_SCRIPT)
        call = ["Rscript", str(script), str(data), str(frame.shape[1]), correlation, str(draws)]
        run = subprocess.run(call, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.stderr.write(run.stderr)
        return None
    return float(run.stdout.split()[-1])


def rivals(with_r: bool) -> None:
    frame = answers(5000)
    for correlation, their_name, draws in (("pearson", "cor", 1000), ("polychoric", "poly", 100)):
        psych = theirs(frame, their_name, draws) if with_r else None
        for method in ("simulated", "permutation"):
            ours = best(
                lambda m=method, c=correlation, d=draws: ak.parallel_analysis(
                    frame, method=m, correlation=c, n_iter=d, rng=1
                )
            )
            line = f"parallel analysis, {draws} draws, {correlation}, {method:12s} {ours:8.3f} s"
            print(line + ("" if psych is None else f"   psych {psych:8.2f} s   {psych / ours:6.0f} ×"), flush=True)


def alone(rows: int) -> None:
    frame = answers(rows)
    small, counts = frame.head(2500), ak.count_responses(frame)
    cases = {
        f"kmo, {rows} rows × 25": lambda: ak.kmo(frame),
        f"kmo, counts of {rows} rows": lambda: ak.kmo(counts),
        "retain_factors, 2500 rows × 25": lambda: ak.retain_factors(small, rng=1),
        "retain_factors, polychoric, 100 draws": lambda: ak.retain_factors(
            small, correlation="polychoric", n_iter=100, rng=1
        ),
        "efa 25 × 5, minres, oblimin": lambda: ak.efa(small, 5),
        "efa 25 × 5, ml, varimax": lambda: ak.efa(small, 5, extraction="ml", rotation="varimax"),
        "efa 25 × 5, minres, geomin, 30 starts": lambda: ak.efa(small, 5, rotation="geomin"),
        "efa 25 × 5, polychoric": lambda: ak.efa(small, 5, correlation="polychoric"),
        "efa 25 × 5, 100 bootstrap replicates": lambda: ak.efa(small, 5, n_boot=100),
        f"efa {rows} rows with scores": lambda: ak.efa(frame, 5),
        "efa from counts": lambda: ak.efa(counts, 5),
    }
    for name, call in cases.items():
        print(f"{name:45s} {best(call):8.3f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--no-r", action="store_true")
    chosen = parser.parse_args()
    rivals(not chosen.no_r)
    alone(chosen.rows)
