"""Ratios to R's survey in the same run: python bench/survey.py [--quick]

Rscript with the package survey (Debian: r-cran-survey) is optional; without it only our own seconds are given. The last
case, 936,476 people of 539 offices with 8 scores and 500 bootstrap replicates, runs here alone: R cannot hold it.
"""

import resource
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
suppressMessages(library(survey)); a <- commandArgs(TRUE); folder <- a[1]; quick <- a[2] == "1"
took <- function(name, expr) { s <- system.time(expr); cat(name, s[["user.self"]] + s[["sys.self"]], "\\n") }
d <- read.csv(file.path(folder, "big.csv"), stringsAsFactors = TRUE)
margin <- function(v) setNames(read.csv(file.path(folder, paste0(v, ".csv"))), c(v, "Freq"))
m <- lapply(paste0("m", 1:4), margin)
f <- lapply(paste0("m", 1:4), function(v) as.formula(paste("~", v)))
tight <- list(maxit = 100, epsilon = 1e-7)
big <- svydesign(~1, weights = ~w, data = d)
took("rake", rake(big, f, m, tight))
d <- read.csv(file.path(folder, "small.csv"), stringsAsFactors = TRUE)
s <- svydesign(~1, strata = ~h, weights = ~w, data = d)
pop <- lapply(m, function(t) { t$Freq <- t$Freq * sum(d$w) / sum(t$Freq); t })
raked <- rake(s, f, pop, tight)
y <- as.formula(paste("~", paste0("y", 1:8, collapse = "+")))
took("domains", svyby(y, ~unit, raked, svymean))
count <- if (quick) 50 else 500
took("bootstrap", { b <- as.svrepdesign(s, type = "subbootstrap", replicates = count); svymean(y, b) })
"""


def people(n: int, units: int, rng: np.random.Generator, scores: int = 8) -> pd.DataFrame:
    unit = rng.integers(0, units, n)
    data = {
        f"m{j}": pd.Categorical.from_codes(rng.choice(c, n, p=p), list("abcdefg")[:c]) for j, (c, p) in MARGINS.items()
    }
    data |= {"unit": unit, "h": unit % 12, "w": rng.uniform(0.5, 8, n)}
    level = rng.normal(0, 5, units)[unit]
    data |= {f"y{j}": 60 + level + rng.normal(0, 15, n) for j in range(1, scores + 1)}
    return pd.DataFrame(data)


MARGINS = {
    1: (2, [0.4, 0.6]), 2: (4, [0.1, 0.4, 0.3, 0.2]), 3: (3, [0.5, 0.3, 0.2]), 4: (6, [0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
}  # fmt: skip
WANTED = {1: [0.5, 0.5], 2: [0.2, 0.3, 0.3, 0.2], 3: [0.4, 0.4, 0.2], 4: [0.2, 0.2, 0.2, 0.2, 0.1, 0.1]}


def margins(total: float) -> dict[str, dict[str, float]]:
    return {
        f"m{j}": {cat: share * total for cat, share in zip("abcdefg", shares, strict=False)}
        for j, shares in WANTED.items()
    }


def seconds(call: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def in_r(big: pd.DataFrame, small: pd.DataFrame, *, quick: bool) -> dict[str, float]:
    """User and system seconds of R's survey, where it is installed."""
    if shutil.which("Rscript") is None:
        print("Rscript is not here: no ratios")
        return {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        big[["m1", "m2", "m3", "m4", "w"]].to_csv(folder / "big.csv", index=False)
        small.to_csv(folder / "small.csv", index=False)
        for margin, totals in margins(float(big["w"].sum())).items():
            pd.Series(totals).to_csv(folder / f"{margin}.csv")
        (folder / "bench.R").write_text(R_SCRIPT)
        call = ["Rscript", str(folder / "bench.R"), name, str(int(quick))]
        run = subprocess.run(call, capture_output=True, text=True, check=False)
    if run.returncode:
        print("R's survey did not run:", run.stderr.strip().splitlines()[-1:])
    return {line.split()[0]: float(line.split()[1]) for line in run.stdout.splitlines() if len(line.split()) == 2}


def nation(rng: np.random.Generator) -> None:
    """539 offices × 8 scores × 500 replicates of 936,476 people, offices as strata."""
    n, units = 936_476, 539
    unit = np.sort(rng.integers(0, units, n))
    data = pd.DataFrame({"unit": unit, "w": 1.0})
    for j in range(8):
        data[f"y{j}"] = rng.normal(60, 15, n)
    fpc = {u: int(size * 4) for u, size in zip(*np.unique(unit, return_counts=True), strict=True)}
    start = time.perf_counter()
    design = ak.as_replicates(ak.SurveyDesign(data, strata="unit", fpc=fpc), replicates=500, rng=1)
    made = ak.estimate_mean(design, [f"y{j}" for j in range(8)], by="unit")
    took, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{len(made.estimates)} means, 500 replicates, n = {n:,}: {took:.1f} s, peak {peak:.2f} GiB (goal 60 s, 2 GiB)"
    )


def main(*, quick: bool) -> None:
    rng = np.random.default_rng(1)
    nation(rng)
    big, small = people(1_000_000, 34, rng, 0), people(100_000, 34, rng)
    design, sample = ak.SurveyDesign(big, weights="w"), ak.SurveyDesign(small, strata="h", weights="w")
    raked = ak.rake(sample, margins(float(small["w"].sum())))
    scores, count = [f"y{j}" for j in range(1, 9)], 50 if quick else 500
    total = float(big["w"].sum())
    ours = {
        "rake": seconds(lambda: ak.rake(design, margins(total))),
        "domains": seconds(lambda: ak.estimate_mean(raked, scores, by="unit")),
        "bootstrap": seconds(lambda: ak.estimate_mean(ak.as_replicates(sample, replicates=count, rng=1), scores)),
    }
    theirs = in_r(big, small, quick=quick)
    goals = {"rake": 20, "domains": 200, "bootstrap": 20}
    names = {
        "rake": "raking 1,000,000 rows on 4 margins", "domains": "raked means, 34 domains × 8, n = 100,000",
        "bootstrap": f"{count} bootstrap replicates, n = 100,000",
    }  # fmt: skip
    for case, mine in ours.items():
        ratio = (
            f"R {theirs[case]:8.2f} s, ratio {theirs[case] / mine:7.1f} (goal {goals[case]})" if case in theirs else ""
        )
        print(f"{names[case]:45s} {mine:7.3f} s  {ratio}")


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
