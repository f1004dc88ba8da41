"""Seconds for differential item functioning of 21 five-point items by two groups, beside MASS::polr in the same run.

``python bench/dif.py [--people 10000]``. R fits the same models (matching score; and group; and their product) with
``polr`` item by item, as lordif does. Without R or MASS our seconds stand alone.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak

R_SCRIPT = """
suppressMessages(library(MASS)); d <- read.csv(commandArgs(TRUE)[1])
g <- d$group == "b"; x <- d[setdiff(names(d), "group")]; total <- rowSums(x)
took <- system.time(chi <- sapply(x, function(v) {
  o <- ordered(v)
  l <- function(m) as.numeric(logLik(m))
  m1 <- polr(o ~ total); m2 <- polr(o ~ total + g); m3 <- polr(o ~ total * g)
  2 * (l(m3) - l(m1))
}))[["elapsed"]]
cat(took, chi)
"""


def answers(n: int, p: int = 21, seed: int = 1) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    theta = rng.standard_normal((n, 1)) + 0.2 * group[:, None]
    frame = {}
    for i in range(p):
        steps = np.sort(rng.normal(-0.5, 1.2, 4))
        latent = rng.uniform(0.8, 2.2) * theta + rng.logistic(size=(n, 1)) - 0.5 * (i == 0) * group[:, None]
        frame[f"x{i + 1}"] = 1 + (latent > steps).sum(axis=1)
    return pd.DataFrame(frame), pd.Series(np.array(["a", "b"])[group], name="group")


def timed(call, times: int = 3):
    took = []
    for _ in range(times):
        start = time.perf_counter()
        found = call()
        took.append(time.perf_counter() - start)
    return min(took), found


def in_r(frame: pd.DataFrame, group: pd.Series) -> tuple[float, np.ndarray] | None:
    if shutil.which("Rscript") is None:
        print("Rscript is not installed; our seconds stand alone")
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "answers.csv")
        frame.assign(group=group).to_csv(path, index=False)
        run = subprocess.run(["Rscript", "-e", R_SCRIPT, str(path)], capture_output=True, text=True, check=False)
    if run.returncode:
        print("R could not run it:", run.stderr.strip())
        return None
    took, *chi = map(float, run.stdout.split())
    return took, np.array(chi)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    n = parser.parse_args().people
    frame, group = answers(n)
    options = {"scale": (1, 5), "reference": "a"}
    print(f"21 items × {n} people, two groups")
    seconds, found = timed(lambda: ak.dif(frame, group, purify=False, **options))
    line = f"{'ordinal-logistic, one round':<44}{seconds:9.3f} s"
    other = in_r(frame, group)
    if other is not None:
        took, chi = other
        ours = np.array([one.chisq for one in found.comparisons])
        line += f"   MASS::polr {took:7.2f} s = {took / seconds:6.1f} ×   largest |Δχ²| {np.abs(ours - chi).max():.1e}"
    print(line)
    for name, more in (
        ("ordinal-logistic, purified", {}), ("ordinal-logistic, θ to match on", {"matching": "trait"}),
        ("mantel", {"method": "mantel"}), ("generalised-mantel-haenszel", {"method": "generalised-mantel-haenszel"}),
        ("irt-lr, one round", {"method": "irt-lr", "purify": False}),
    ):  # fmt: skip
        seconds, found = timed(lambda more=more: ak.dif(frame, group, **more, **options), 1)
        print(f"{name:<44}{seconds:9.3f} s   flagged {found.flagged}")
    seconds, scaled = timed(lambda: ak.mokken(frame), 1)
    print(f"{'mokken':<44}{seconds:9.3f} s   H {scaled.scale.estimate:.3f}")


if __name__ == "__main__":
    main()
