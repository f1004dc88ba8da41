"""Seconds for rank sets of 539 units, beside a plain R version of the same published steps.

``python bench/ranks.py``: best of two. With R installed, the ratio to the script below follows (base R, all pairs of a
draw at once, one simultaneous critical value with stepdown); the package csranks itself is not needed.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak

UNITS, DRAWS = 539, 1000

R_SCRIPT = """
d <- read.csv(commandArgs(TRUE)[1]); R <- as.integer(commandArgs(TRUE)[2]); p <- nrow(d); set.seed(1)
took <- system.time({
  x <- d$x; s <- sqrt(outer(d$v, d$v, "+")); t <- outer(x, x, "-") / s; diag(t) <- -Inf
  Z <- matrix(rnorm(R * p), R) * rep(sqrt(d$v), each = R)
  open <- matrix(TRUE, p, p); diag(open) <- FALSE; settled <- matrix(FALSE, p, p)
  repeat {
    w <- which(open); i <- (w - 1) %% p + 1; j <- (w - 1) %/% p + 1; sw <- s[w]
    largest <- vapply(seq_len(R), function(r) max((Z[r, i] - Z[r, j]) / sw), 0)
    now <- t > quantile(largest, .95) & open
    settled <- settled | now; open <- open & !now
    if (!any(now)) break
  }
  low <- 1 + colSums(settled); high <- p - rowSums(settled)
})
cat(took[["elapsed"]], mean(high - low + 1))
"""


def seconds(call) -> tuple[float, object]:
    times = []
    for _ in range(2):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


def main() -> None:
    rng = np.random.default_rng(0)
    names = [f"u{at:03d}" for at in range(UNITS)]
    x = pd.Series(rng.normal(60, 6, UNITS), index=names)
    v = pd.Series(rng.uniform(0.5, 9, UNITS), index=names)
    tasks = {
        "simultaneous, stepdown": {}, "simultaneous, one step": {"stepdown": False},
        "simultaneous, stepdown, t with 30 df": {"df": 30.0}, "marginal, stepdown": {"simultaneous": False},
    }  # fmt: skip
    ours = {}
    for name, options in tasks.items():
        took, found = seconds(lambda options=options: ak.rank_sets(x, v, n_draws=DRAWS, rng=1, **options))
        ours[name] = took
        print(f"rank sets, {UNITS} units, {DRAWS} draws, {name:<40}{took:8.2f} s, {found.mean_width:.1f} ranks a set")
    if shutil.which("Rscript") is None:
        print("R is not installed: no ratio.")
        return
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "x.csv"), Path(folder, "ranks.R")
        pd.DataFrame({"x": x, "v": v}).to_csv(data, index=False)
        script.write_text(R_SCRIPT, encoding="utf-8")
        command = ["Rscript", str(script), str(data), str(DRAWS)]
        out = subprocess.run(command, capture_output=True, text=True, check=True)
    took, width = map(float, out.stdout.split())
    ratio = took / ours["simultaneous, stepdown"]
    print(f"plain R, simultaneous, stepdown: {took:.2f} s, {width:.1f} ranks in a set; ratio {ratio:.0f} ×")


if __name__ == "__main__":
    main()
