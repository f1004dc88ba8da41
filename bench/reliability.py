"""Seconds of processor time for reliability coefficients on simulated five-point answers.

``python bench/reliability.py``: best of three, one thread each. With R and psych installed, the ratio to psych and to
R's ``cov`` on the same answers in the same run follows. ``--quick`` leaves the million out.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak

P = 25
R_SCRIPT = """
suppressMessages(library(psych)); a <- commandArgs(TRUE)
read <- function(f) { m <- matrix(readBin(f, "integer", file.size(f), 1L), ncol = 25); storage.mode(m) <- "double"; m }
x <- read(a[1]); colnames(x) <- paste0("x", 1:25)
took <- function(f, times = 3) min(sapply(seq_len(times), function(i) sum(system.time(f())[c(1, 2, 4, 5)])))
quiet <- function(e) suppressWarnings(suppressMessages(invisible(capture.output(e))))
cat("RESULT", took(function() alpha(x, check.keys = FALSE)),
    took(function() alpha(x, n.iter = 1000, check.keys = FALSE), 1),
    took(function() quiet(guttman(cor(x[, 1:10])))), took(function() quiet(splitHalf(cor(x[, 1:10])))),
    took(function() quiet(omega(x, 3, plot = FALSE)), 1))
if (length(a) > 1) { y <- read(a[2]); colnames(y) <- colnames(x)
  cat("", took(function() alpha(y, check.keys = FALSE), 1), took(function() cov(y))) }
"""


def answers(n: int, p: int = P) -> pd.DataFrame:
    """One general factor and three groups of items."""
    rng = np.random.default_rng(1)
    groups = 0.5 * rng.standard_normal((n, 3))[:, np.arange(p) % 3]
    latent = 0.5 * rng.standard_normal((n, 1)) + groups + 0.7 * rng.standard_normal((n, p))
    return pd.DataFrame(np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1.0, columns=[f"x{i}" for i in range(p)])


def seconds(call) -> float:
    times = []
    for _ in range(3):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    small = answers(5_000)
    ten = small.iloc[:, :10]
    tasks = {
        "alpha, n = 5,000": lambda: ak.cronbach_alpha(small),
        "alpha, 1,000 bootstrap samples, n = 5,000": lambda: ak.cronbach_alpha(small, interval="bootstrap", rng=1),
        "guttman_lambdas, n = 5,000 × 10": lambda: ak.guttman_lambdas(ten),
        "split_half, n = 5,000 × 10": lambda: ak.split_half(ten),
        "hierarchical_omega, 3 factors, n = 5,000": lambda: ak.hierarchical_omega(small, 3, n_boot=0),
    }
    large = None
    if "--quick" not in sys.argv:
        large = answers(1_000_000)
        tasks["alpha, n = 1,000,000"] = lambda: ak.cronbach_alpha(large)
    took = {name: seconds(call) for name, call in tasks.items()}
    report(took, peers(small, large))
    counts = ak.count_responses(small if large is None else large, scale=(1, 5))
    alone = {
        "alpha from counts of as many": lambda: ak.cronbach_alpha(counts),
        "greatest_lower_bound from counts": lambda: ak.greatest_lower_bound(counts),
        "omega, n = 5,000": lambda: ak.mcdonald_omega(small),
        "item analysis, n = 5,000": lambda: ak.analyse_items(small),
        "hierarchical_omega with 100 bootstrap samples": lambda: ak.hierarchical_omega(small, 3, n_boot=100),
    }
    for name, call in alone.items():
        print(f"{name:<50}{seconds(call):9.4f} s")


def report(took: dict[str, float], theirs: list[float] | None) -> None:
    """Ours, theirs and the ratio, a line each."""
    for at, (name, value) in enumerate(took.items()):
        beside = "" if theirs is None else f"   psych {theirs[at]:9.4f} s   ratio {theirs[at] / value:8.1f} ×"
        print(f"{name:<50}{value:9.4f} s{beside}")
    if theirs is None:
        print("R with psych is not installed; no ratios.")
    elif len(theirs) > len(took):
        print(f"{'R: cov() alone, n = 1,000,000':<50}{theirs[-1]:9.4f} s   ratio to alpha {theirs[-1] / value:8.1f} ×")


def peers(small: pd.DataFrame, large: pd.DataFrame | None) -> list[float] | None:
    """Seconds of psych on the same answers, and of R's cov at the end, where Rscript and psych are installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, frame in (("small", small), ("large", large)):
            if frame is not None:
                files.append(str(Path(folder) / name))
                frame.to_numpy().astype(np.int8).T.tofile(files[-1])
        script = Path(folder) / "psych.R"
        script.write_text(R_SCRIPT)
        run = subprocess.run(["Rscript", str(script), *files], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        print(run.stderr)
        return None
    return [float(value) for value in run.stdout.split("RESULT")[1].split()]


if __name__ == "__main__":
    main()
