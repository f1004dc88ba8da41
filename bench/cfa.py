"""Time confirmatory factor models beside lavaan in the same run: python bench/cfa.py [case …] [--alone] [--both]

Rscript with lavaan, semTools and jsonlite is optional (``--alone`` leaves it out). Ratios are lavaan's processor
seconds over ours, the best of a few runs each, for the fit itself with data in memory; ``indices`` are modification
indices of a fit that is there, ``ladder`` all rungs of invariance with their difference tests (of ordered items by the
syntax of semTools' measEq.syntax, whose making is not counted). R's BLAS is printed, for it matters for large models;
``--both`` times lavaan with the reference BLAS too (Debian's libblas3 and liblapack3).
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak

HS = Path(__file__).parents[1] / "tests" / "reference" / "hs1939.csv"
R_SCRIPT = """
suppressMessages({library(lavaan); library(jsonlite)})
a <- commandArgs(TRUE)
case <- fromJSON(a[1])
data <- read.csv(a[2])
options <- case$options
call <- c(list(model = case$model, data = data), options)
equal <- c("loadings", "intercepts", "residuals")
if (case$what == "ladder" && isTRUE(options$ordered)) {
  rungs <- Reduce(c, c("thresholds", equal), accumulate = TRUE)
  texts <- lapply(c(list(character(0)), rungs), function(e) as.character(suppressMessages(semTools::measEq.syntax(
    case$model, data = data, ordered = names(data)[names(data) != options$group], group = options$group,
    parameterization = "theta", ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016", group.equal = e))))
  run <- function() {
    fits <- lapply(texts, function(text) cfa(text, data, group = options$group, ordered = TRUE, estimator = "WLSMV",
      parameterization = "theta"))
    do.call(lavTestLRT, c(list(fits[[1]]), fits[-1]))
    fits[[length(fits)]]
  }
} else if (case$what == "ladder") {
  rungs <- c(list(""), Reduce(c, equal, accumulate = TRUE))
  run <- function() {
    fits <- lapply(rungs, function(e) do.call("cfa", c(call, list(group.equal = e))))
    do.call(lavTestLRT, c(list(fits[[1]]), fits[-1]))
    fits[[length(fits)]]
  }
} else if (case$what == "indices") {
  fit <- do.call("cfa", call)
  run <- function() { modindices(fit); fit }
} else run <- function() do.call("cfa", call)
times <- numeric(0)
for (i in seq_len(case$repeats)) times <- c(times, sum(system.time({fit <- run()})[1:2]))
version <- as.character(packageVersion("lavaan"))
cat(toJSON(list(seconds = min(times), chisq = fitMeasures(fit, "chisq")[[1]], lavaan = version,
  blas = normalizePath(extSoftVersion()[["BLAS"]])), auto_unbox = TRUE, digits = NA))
"""


def model(factors: int, items: int) -> str:
    return "\n".join(
        f"f{j} =~ " + " + ".join(f"x{j}_{i}" for i in range(1, items + 1)) for j in range(1, factors + 1)
    )


def answers(n: int, factors: int, items: int, *, cut: bool, seed: int = 1) -> pd.DataFrame:
    """Simulated: correlated factors, loadings .5 to .8, five categories or continuous."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(np.full((factors, factors), 0.4) + 0.6 * np.eye(factors))
    loadings = np.tile(np.linspace(0.5, 0.8, items), factors)
    eta = np.repeat(rng.normal(size=(n, factors)) @ root.T, items, axis=1)
    values = eta * loadings + rng.normal(size=(n, factors * items)) * np.sqrt(1 - loadings**2)
    if cut:
        values = np.digitize(values, [-1.5, -0.6, 0.3, 1.2]).astype(float) + 1
    names = [f"x{j}_{i}" for j in range(1, factors + 1) for i in range(1, items + 1)]
    return pd.DataFrame(values, columns=names)


def holes(frame: pd.DataFrame, share: float) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return frame.mask(rng.random(frame.shape) < share)


def two_groups(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(g=np.where(np.arange(len(frame)) % 2, "a", "b"))


def beside(frame: pd.DataFrame) -> pd.DataFrame:
    """The third item of every factor is continuous."""
    whole = answers(len(frame), 7, 3, cut=False)
    return frame.assign(**{name: whole[name] for name in frame if name.endswith("_3")})


def with_covariates(frame: pd.DataFrame, *, continuous: bool) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    found = frame.assign(female=rng.integers(0, 2, len(frame)), grade=rng.integers(0, 4, len(frame)))
    return found.assign(age=rng.normal(size=len(frame))) if continuous else found


ABILITIES = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
SCALAR = ("thresholds", "loadings")
FIVE = model(5, 5)
#: the reference BLAS and LAPACK, loaded before R's own choice
REFERENCE = [Path("/usr/lib/x86_64-linux-gnu") / name / f"lib{name}.so.3" for name in ("blas", "lapack")]
ORDERED = tuple(f"x{j}_{i}" for j in range(1, 8) for i in (1, 2))
GIVEN = "\n" + " + ".join(f"f{j}" for j in range(1, 8)) + " ~ female + grade"
# name: (model, data, options in our words, repeats)
CASES = {
    "hs ml": (ABILITIES, lambda: pd.read_csv(HS), {}, 5),
    "mlr 7x3 n=10000": (model(7, 3), lambda: answers(10_000, 7, 3, cut=False), {"estimator": "MLR"}, 3),
    "fiml 7x3 n=10000, 2 % missing": (
        model(7, 3), lambda: holes(answers(10_000, 7, 3, cut=False), 0.02), {"missing": "fiml"}, 2,
    ),
    "wlsmv 7x3 n=10000": (model(7, 3), lambda: answers(10_000, 7, 3, cut=True), {"estimator": "WLSMV"}, 2),
    "wlsmv 7x3 n=100000": (model(7, 3), lambda: answers(100_000, 7, 3, cut=True), {"estimator": "WLSMV"}, 1),
    "wlsmv 7x9 n=10000": (model(7, 9), lambda: answers(10_000, 7, 9, cut=True), {"estimator": "WLSMV"}, 1),
    "wlsmv 7x3 n=10000, two groups": (
        model(7, 3), lambda: two_groups(answers(10_000, 7, 3, cut=True)),
        {"estimator": "WLSMV", "group": "g", "group_equal": SCALAR}, 1,
    ),
    "wlsmv mixed 7x3 n=10000, 7 continuous": (
        model(7, 3), lambda: beside(answers(10_000, 7, 3, cut=True)), {"estimator": "WLSMV", "ordered": ORDERED}, 1,
    ),
    "wlsmv mimic 7x3 n=10000, 2 discrete": (
        model(7, 3) + GIVEN, lambda: with_covariates(answers(10_000, 7, 3, cut=True), continuous=False),
        {"estimator": "WLSMV"}, 1,
    ),
    "wlsmv mimic 3x3 n=10000, 1 continuous": (
        model(3, 3) + "\nf1 + f2 + f3 ~ female + age",
        lambda: with_covariates(answers(10_000, 3, 3, cut=True), continuous=True), {"estimator": "WLSMV"}, 1,
    ),
    "wlsmv theta 7x3 n=10000, two groups": (
        model(7, 3), lambda: two_groups(answers(10_000, 7, 3, cut=True)),
        {"estimator": "WLSMV", "group": "g", "group_equal": SCALAR, "parametrisation": "theta"}, 1,
    ),
    "indices ml 5x5 n=2000": (FIVE, lambda: answers(2000, 5, 5, cut=False), {}, 3),
    "indices wlsmv 5x5 n=2000": (FIVE, lambda: answers(2000, 5, 5, cut=True), {"estimator": "WLSMV"}, 2),
    "ladder mlr 5x5 n=2000": (
        FIVE, lambda: two_groups(answers(2000, 5, 5, cut=False)), {"estimator": "MLR", "group": "g"}, 2,
    ),
    "ladder wlsmv 5x5 n=2000": (
        FIVE, lambda: two_groups(answers(2000, 5, 5, cut=True)), {"estimator": "WLSMV", "group": "g"}, 1,
    ),
}  # fmt: skip


def theirs(options: dict) -> dict:
    """Our options in lavaan's words."""
    words = {"group_equal": "group.equal", "parametrisation": "parameterization"}
    found = {words.get(k, k): list(v) if isinstance(v, tuple) else v for k, v in options.items()}
    if options.get("estimator") == "WLSMV" and "ordered" not in options:
        found["ordered"] = True
    return found


def best(call, repeats: int) -> tuple[float, object]:
    times, found = [], None
    for _ in range(repeats):
        start = time.process_time()
        found = call()
        times.append(time.process_time() - start)
    return min(times), found


def work(name: str, text: str, data: pd.DataFrame, options: dict):
    """What is timed, as a call; what it gives has ``.fit``."""
    if name.startswith("ladder"):
        return lambda: list(ak.invariance(text, data, **options).models.values())[-1]
    if name.startswith("indices"):
        found = ak.cfa(text, data, **options)

        def indices():
            assert len(found.modification_indices)
            return found

        return indices
    return partial(ak.cfa, text, data, **options)


def lavaan(name: str, text: str, data: pd.DataFrame, options: dict, repeats: int, *, reference: bool = False) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        script, csv = Path(folder) / "case.R", Path(folder) / "data.csv"
        script.write_text(R_SCRIPT)
        data.to_csv(csv, index=False)
        what = name.split()[0]
        case = json.dumps({"model": text, "options": theirs(options), "repeats": repeats, "what": what})
        where = {**os.environ, **({"LD_PRELOAD": " ".join(map(str, REFERENCE))} if reference else {})}
        done = subprocess.run(["Rscript", script, case, csv], capture_output=True, text=True, check=False, env=where)
        if done.returncode:
            raise SystemExit(f"Rscript failed; is r-cran-lavaan there? (--alone leaves it out)\n{done.stderr[-500:]}")
        return json.loads(done.stdout)


def main(wanted: list[str], alone: bool, both: bool) -> None:
    if not alone and not shutil.which("Rscript"):
        print("no Rscript here: times of ours only")
        alone = True
    if both and not all(path.exists() for path in REFERENCE):
        raise SystemExit("no reference BLAS: --both needs Debian's libblas3 and liblapack3")
    for name, (text, make, options, repeats) in CASES.items():
        if wanted and not any(word in name for word in wanted):
            continue
        data = make()
        ours, found = best(work(name, text, data, options), max(repeats, 2))
        line = f"{name:38s} ours {ours:8.3f} s"
        for reference in () if alone else (False, True) if both else (False,):
            other = lavaan(name, text, data, options, repeats, reference=reference)
            gap = abs(found.fit["chisq"] - other["chisq"]) / max(other["chisq"], 1)
            line += f"\n    lavaan {other['lavaan']} {other['seconds']:8.3f} s  {other['seconds'] / ours:6.1f} x"
            line += f"  chisq apart {gap:.1e}  {other['blas']}"
        print(line, flush=True)
    print(f"largest memory of ours: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    main(arguments, "--alone" in sys.argv, "--both" in sys.argv)
