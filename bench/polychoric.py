"""Seconds, ratios to psych and lavaan, and peak memory of polychoric correlations of simulated five-category answers.

``python bench/polychoric.py [rows …]``: p = 21 at 1,000, 10,000, 100,000 and 1,000,000 rows and p = 63 at 10,000, one
thread (nothing here uses more). With R, psych and lavaan installed, the same answers go to them in the same run (lavaan
needs minutes and 4.5 GB at a million rows; ``--no-lavaan-above N`` spares that). Ours includes standard errors and
tests of normality, theirs do not. ``--plot FILE`` draws seconds against rows.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak

R_SCRIPT = """
args <- commandArgs(TRUE); p <- as.integer(args[2]); tool <- args[3]
x <- as.data.frame(matrix(readBin(args[1], "integer", 1e9, size = 1), ncol = p))
suppressMessages(library(tool, character.only = TRUE))
options(mc.cores = 1)
run <- if (tool == "psych") function() polychoric(x, correct = 0)$rho else
  function() unclass(lavCor(x, ordered = names(x)))
repeats <- if (nrow(x) > 50000) 1 else 3
took <- Inf
for (i in seq_len(repeats)) took <- min(took, system.time(r <- suppressWarnings(run()))[["elapsed"]])
cat(took, r[lower.tri(r)])
"""


def answers(n: int, p: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    columns = {}
    common = rng.standard_normal((n, 3))
    cuts = np.array([-1.5, -0.5, 0.4, 1.3])
    for item in range(p):
        latent = 0.65 * common[:, item % 3] + 0.76 * rng.standard_normal(n)
        columns[f"x{item}"] = np.digitize(latent, cuts + 0.3 * (item % 5 - 2)) + 1.0
    return pd.DataFrame(columns)


def seconds(call, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def peak(call) -> float:
    """Largest number of bytes held beyond what was there before, in MiB."""
    tracemalloc.start()
    call()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found / 2**20


def theirs(frame: pd.DataFrame, tool: str) -> tuple[float, np.ndarray] | None:
    """Seconds and correlations of an R package; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "x.bin", Path(folder) / "run.R"
        frame.to_numpy(dtype=np.int8).T.tofile(data)
        script.write_text(R_SCRIPT)
        run = subprocess.run(
            ["Rscript", str(script), str(data), str(frame.shape[1]), tool], capture_output=True, text=True, check=False
        )
    if run.returncode:
        sys.stderr.write(run.stderr)
        return None
    numbers = [float(value) for value in run.stdout.split()]
    return numbers[0], np.array(numbers[1:])


def case(n: int, p: int, lavaan_up_to: int) -> dict[str, float]:
    """Seconds of each program; printed with ratios, memory and how far the correlations are apart."""
    frame = answers(n, p)
    repeats = 5 if n <= 100_000 else 3
    took = {"this": seconds(lambda: ak.polychoric(frame), repeats)}
    counts = ak.count_responses(frame)
    from_counts = seconds(lambda: ak.polychoric(counts), repeats)
    memory = peak(lambda: ak.polychoric(frame))
    rho = ak.polychoric(frame).correlations.to_numpy()[np.triu_indices(p, 1)]
    line = (
        f"p = {p}, n = {n:>9,}: {took['this'] * 1000:.1f} ms, from counts {from_counts * 1000:.1f} ms, {memory:.0f} MiB"
    )
    for tool in ("psych", "lavaan"):
        found = theirs(frame, tool) if tool == "psych" or n <= lavaan_up_to else None
        if found is None:
            line += f"; {tool} not run"
            continue
        took[tool] = found[0]
        apart = np.abs(found[1] - rho).max()
        line += f"; {tool} {found[0]:.2f} s = {found[0] / took['this']:.0f} ×, apart {apart:.0e}"
    print(line, flush=True)
    return took


def draw(results: dict[int, dict[str, float]], path: str) -> None:
    """Seconds against rows at p = 21, both logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    ax = figure.add_subplot()
    names = {"this": "akhlak_research", "psych": "psych::polychoric", "lavaan": "lavaan::lavCor"}
    for tool, colour, mark in (("this", "#1f5f99", "o"), ("psych", "#b4530a", "s"), ("lavaan", "#11734b", "D")):
        rows = [n for n in results if tool in results[n]]
        ax.loglog(rows, [results[n][tool] for n in rows], color=colour, marker=mark, label=names[tool])
    ax.set_xlabel("rows of 21 five-category items")
    ax.set_ylabel("seconds, one thread")
    ax.grid(linewidth=0.4)
    ax.legend(frameon=False)
    figure.savefig(path)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("rows", nargs="*", type=int)
    options.add_argument("--no-lavaan-above", type=int, default=10_000_000)
    options.add_argument("--plot")
    chosen = options.parse_args()
    results = {}
    for n in chosen.rows or (1_000, 10_000, 100_000, 1_000_000):
        results[n] = case(n, 21, chosen.no_lavaan_above)
        if n == 10_000:
            case(n, 63, chosen.no_lavaan_above)
    if chosen.plot:
        draw(results, chosen.plot)


if __name__ == "__main__":
    main()
