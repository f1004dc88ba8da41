"""Seconds for alpha, its bootstrap, item analysis and omega on simulated five-point answers of one factor.

``python bench/reliability.py``: best of three. With R and psych installed, the ratio to psych::alpha follows.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak

R_SCRIPT = """
suppressMessages(library(psych)); x <- read.csv(commandArgs(TRUE)[1])
once <- function(f) min(sapply(1:3, function(i) system.time(f())[["elapsed"]]))
cat(once(function() alpha(x, check.keys = FALSE)), once(function() alpha(x, n.iter = 1000, check.keys = FALSE)))
"""


def answers(n: int, p: int = 25) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    latent = 0.6 * rng.standard_normal((n, 1)) + 0.8 * rng.standard_normal((n, p))
    return pd.DataFrame(np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1.0, columns=[f"x{i}" for i in range(p)])


def seconds(call) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    small, large = answers(5_000), answers(1_000_000)
    counts = ak.count_responses(large, scale=(1, 5))
    tasks = {
        "alpha, n = 5,000 × 25": lambda: ak.cronbach_alpha(small),
        "alpha with 1,000 bootstrap samples, n = 5,000 × 25": lambda: ak.cronbach_alpha(
            small, interval="bootstrap", rng=1
        ),
        "omega, n = 5,000 × 25": lambda: ak.mcdonald_omega(small),
        "item analysis, n = 5,000 × 25": lambda: ak.analyse_items(small),
        "alpha, n = 1,000,000 × 25": lambda: ak.cronbach_alpha(large),
        "alpha from counts of 1,000,000 × 25": lambda: ak.cronbach_alpha(counts),
        "item analysis, n = 1,000,000 × 25": lambda: ak.analyse_items(large),
    }
    took = {name: seconds(call) for name, call in tasks.items()}
    for name, value in took.items():
        print(f"{name:<55}{value:9.3f} s")
    theirs = psych(small)
    if theirs is not None:
        names = list(took)[:2]
        for name, value in zip(names, theirs, strict=True):
            print(f"psych::alpha / ours, {name:<40}{value / took[name]:7.1f} ×")


def psych(frame: pd.DataFrame) -> list[float] | None:
    """Seconds of psych::alpha without and with bootstrap, where Rscript and psych are installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "x.csv", Path(folder) / "alpha.R"
        frame.to_csv(data, index=False)
        script.write_text(R_SCRIPT)
        run = subprocess.run(["Rscript", str(script), str(data)], capture_output=True, text=True, check=False)
    return [float(value) for value in run.stdout.split()[-2:]] if run.returncode == 0 else None


if __name__ == "__main__":
    main()
