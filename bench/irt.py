"""Processor seconds for item response models on simulated five-point answers of 21 items to one trait.

``python bench/irt.py [--million] [--seven]``. With R and eRm installed, the same Rasch-family models are timed there in
the same run. mirt is not assumed: its stored figures (mirt 1.45.1, C++, user seconds on another machine) stand beside
ours, with what does not depend on a machine: passes over all answers.
"""

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak

#: mirt 1.45.1, graded model, 21 items × 10,000 people, 61 nodes
STORED = {"without standard errors": 1.0, "with standard errors": 6.3}

R_SCRIPT = """
suppressMessages(library(eRm)); x <- read.csv(commandArgs(TRUE)[1])
cat(system.time(PCM(x))[["user.self"]])
"""


def answers(n: int, p: int = 21, seed: int = 1, dimensions: int = 1, r: float = 0.7) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    slope = rng.uniform(0.8, 2.5, p)
    shift = np.sort(rng.normal(-1, 0.9, (p, 4)), axis=1) + np.array([-0.6, -0.2, 0.2, 0.6])
    common = rng.standard_normal((n, 1))
    theta = np.sqrt(r) * common + np.sqrt(1 - r) * rng.standard_normal((n, dimensions)) if dimensions > 1 else common
    frame = np.empty((n, p), np.float64)
    for i in range(p):
        own = theta[:, i * dimensions // p]
        frame[:, i] = 1 + (slope[i] * (own[:, None] - shift[i]) + rng.logistic(size=(n, 1)) > 0).sum(axis=1)
    return pd.DataFrame(frame, columns=[f"x{i + 1}" for i in range(p)])


def timed(call, times: int = 3):
    took = []
    for _ in range(times):
        start = time.process_time()
        found = call()
        took.append(time.process_time() - start)
    return min(took), found


def show(name: str, seconds: float, fit, stored: float | None = None) -> None:
    beside = f"   stored mirt / ours {stored / seconds:5.1f} ×" if stored else ""
    print(f"{name:<58}{seconds:9.3f} s{fit.iterations:5d} steps{fit.evaluations:5d} passes{beside}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--seven", action="store_true")
    options = parser.parse_args()
    frame = answers(10_000)
    for name, errors in (("without standard errors", "none"), ("with standard errors", "observed")):
        seconds, fit = timed(lambda errors=errors: ak.irt(frame, errors=errors))
        show(f"graded, 21 × 10,000, {name}", seconds, fit, STORED[name])
    for model in ("gpcm", "pcm", "rsm"):
        seconds, fit = timed(lambda model=model: ak.irt(frame, model))
        show(f"{model}, 21 × 10,000, with standard errors", seconds, fit)
    fit = ak.irt(frame, errors="none")
    for name, call in {
        "EAP": lambda: fit.scores,
        "WLE": lambda: ak.irt_scores(fit, method="WLE"),
        "item fit": lambda: ak.irt_item_fit(fit),
        "M2* and C2": lambda: ak.irt_model_fit(fit),
    }.items():
        print(f"{name + ', 21 × 10,000':<58}{timed(call)[0]:9.3f} s")
    small = answers(500, 8)
    ours, conditional = timed(lambda: ak.irt(small, "pcm", estimator="CML"))
    show("partial credit by conditional likelihood, 8 × 500", ours, conditional)
    theirs = erm(small)
    print(
        "eRm::PCM: R with eRm is not installed"
        if theirs is None
        else f"eRm::PCM / ours, same run{theirs / ours:44.1f} ×"
    )
    if options.seven:
        dims = {f"D{d + 1}": [f"x{i + 1}" for i in range(21) if i * 7 // 21 == d] for d in range(7)}
        for n in (1_500, 10_000):
            wide = answers(n, dimensions=7)
            seconds, _ = timed(lambda wide=wide: ak.irt_dimensions(wide, dims, rng=1), times=1)
            print(f"{f'graded, 7 correlated dimensions, 21 × {n:,}':<58}{seconds:9.1f} s")
    if options.million:
        large = answers(1_000_000)
        for name, errors in (("without standard errors", "none"), ("with standard errors", "observed")):
            seconds, fit = timed(lambda errors=errors: ak.irt(large, errors=errors), times=1)
            show(f"graded, 21 × 1,000,000, {name}", seconds, fit)
        print(f"most memory so far{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:46.2f} GB")


def erm(frame: pd.DataFrame) -> float | None:
    """Seconds of eRm's partial credit model on the same answers (its codes start at 0), or None."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        (frame - 1).astype(int).to_csv(path, index=False)
        script = Path(folder) / "x.R"
        script.write_text(R_SCRIPT)
        done = subprocess.run(["Rscript", str(script), str(path)], capture_output=True, text=True)
    return float(done.stdout) if done.returncode == 0 else None


if __name__ == "__main__":
    main()
