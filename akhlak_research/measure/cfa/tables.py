"""What people read of a fitted model: loadings by item, correlations of factors, the customary measures of fit."""

from __future__ import annotations

import pandas as pd

#: in the order of reading; of each the form that the estimator's own test gives
_MEASURES = ("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea_ci_low", "rmsea_ci_high")


def loading_table(parameters: pd.DataFrame, r_squared: pd.DataFrame) -> pd.DataFrame:
    """One row per loading (and group): ``factor item group estimate std_error ci_low ci_high std_all r_squared``."""
    rows = parameters[parameters["op"] == "=~"]
    frame = rows[["lhs", "rhs", "group", "est", "se", "ci_low", "ci_high", "std_all"]].rename(
        columns={"lhs": "factor", "rhs": "item", "est": "estimate", "se": "std_error"}
    )
    frame["r_squared"] = [
        _explained(r_squared, item, group) for item, group in zip(frame["item"], frame["group"], strict=True)
    ]
    if frame["group"].isna().all():
        frame = frame.drop(columns="group")
    return frame.reset_index(drop=True)


def _explained(r_squared: pd.DataFrame, item: str, group: object) -> float:
    column = r_squared[group] if group in r_squared.columns else r_squared.iloc[:, 0]
    return float(column.get(item, float("nan")))


def correlation_table(parameters: pd.DataFrame) -> pd.DataFrame:
    """One row per pair of factors (and group): ``factor with_factor group``, and the columns of ``loading_table``."""
    latent = set(parameters.loc[parameters["op"] == "=~", "lhs"])
    between = (
        (parameters["op"] == "~~")
        & (parameters["lhs"] != parameters["rhs"])
        & parameters["lhs"].isin(latent)
        & parameters["rhs"].isin(latent)
    )
    frame = parameters.loc[between, ["lhs", "rhs", "group", "est", "se", "ci_low", "ci_high", "std_all"]].rename(
        columns={"lhs": "factor", "rhs": "with_factor", "est": "estimate", "se": "std_error"}
    )
    if frame["group"].isna().all():
        frame = frame.drop(columns="group")
    return frame.reset_index(drop=True)


def measure_table(fit: pd.Series) -> pd.DataFrame:
    """One row: ``chisq df pvalue cfi tli rmsea rmsea_ci_low rmsea_ci_high srmr``, scaled where the test is."""
    scaled = "_scaled" if "chisq_scaled" in fit.index else ""
    chosen = {name: fit.get(name + scaled, float("nan")) for name in _MEASURES}
    return pd.DataFrame([chosen | {"srmr": fit.get("srmr", float("nan"))}])
