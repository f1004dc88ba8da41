"""The answers of a release in formats that people open: CSV, Parquet, SPSS and Stata, labelled in both languages."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from datetime import datetime
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from akhlak_research.core.packages import need
from akhlak_research.core.results import Unavailable
from akhlak_research.core.text import LANGUAGES
from akhlak_research.core.words import Words
from akhlak_research.disclosure.microdata import PublicUse, public_use
from akhlak_research.instrument.model import Instrument
from akhlak_research.release.context import Context
from akhlak_research.release.names import variable_names
from akhlak_research.release.sheets import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

#: signs that Stata keeps of a variable's label, and bytes that SPSS does
_STATA_LABEL, _SPSS_LABEL = 80, 255


def public_data(context: Context) -> PublicUse | Unavailable:
    """The public-use answers, if the study says that they may leave; else why not."""
    wanted = context.settings.get("data")
    if wanted is None:
        return Unavailable("no_public_data")
    return public_use(context.study.responses, wanted["keep"], policy=context.policy, seed=context.study.seed)


def data_files(context: Context) -> dict[str, bytes] | Unavailable:
    """``data/responses.*``; identical codes and labels in all of them."""
    public = public_data(context)
    if isinstance(public, Unavailable):
        return public
    frame, instrument = public.frame, context.study.instrument
    cells = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return {
        "data/responses.csv": csv_bytes(list(frame.columns), cells),
        "data/responses.parquet": _parquet(frame),
        "data/responses.sav": _spss(frame, instrument, context.moment),
        "data/responses.dta": _stata(frame, instrument, context.moment),
    }


def labels_of(instrument: Instrument, names: list[str]) -> tuple[dict[str, str], dict[str, dict[Any, str]]]:
    """Label of each variable and of its codes, Indonesian and English in one."""
    backgrounds = {background.code: background for background in instrument.groups}
    variables: dict[str, str] = {}
    values: dict[str, dict[Any, str]] = {}
    for name in names:
        if name in backgrounds:
            variables[name] = _both(backgrounds[name].name)
            values[name] = {code: _both(words) for code, words in backgrounds[name].labels.items()}
        else:
            variables[name] = _both(instrument.item(name).text)
            values[name] = {code: _both(Words(words)) for code, words in instrument.scale_of(name).labels.items()}
    return variables, values


def _both(words: Words) -> str:
    return " / ".join(dict.fromkeys(words.say(lang) for lang in LANGUAGES))


def _parquet(frame: pd.DataFrame) -> bytes:
    import io

    need("pyarrow", "formats")
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64 (missing NaN) and texts as str, which both formats hold."""
    def plain(column: pd.Series) -> pd.Series:
        return column.astype("float64") if _is_number(column) else column.fillna("").astype(str)

    made: pd.DataFrame = frame.apply(plain)
    return made


def _is_number(column: pd.Series) -> bool:
    return all(isinstance(value, Real) and not isinstance(value, bool) for value in column.dropna())


def _of_type(frame: pd.DataFrame, values: Mapping[str, dict[Any, str]]) -> dict[str, dict[Any, str]]:
    """Labels under codes of the column's own type; formats refuse a text code of a number."""
    return {
        name: {float(code) if frame[name].dtype == "float64" else str(code): said for code, said in labels.items()}
        for name, labels in values.items() if labels
    }  # fmt: skip


def _spss(frame: pd.DataFrame, instrument: Instrument, moment: datetime) -> bytes:
    pyreadstat = need("pyreadstat", "formats")
    plain = _plain(frame)
    variables, values = labels_of(instrument, list(frame.columns))
    named = variable_names(list(frame.columns), "spss")
    labels = [_shortened(_with_code(name, named, variables), _SPSS_LABEL, "utf-8") for name in frame.columns]
    measure = dict.fromkeys(frame.columns, "ordinal") | {
        name: "nominal" for name in frame.columns if name not in instrument.item_codes
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "responses.sav"
        pyreadstat.write_sav(
            plain.rename(columns=named), str(path), file_label=instrument.name[:60], column_labels=labels,
            variable_value_labels={named[name]: said for name, said in _of_type(plain, values).items()},
            variable_measure={named[name]: said for name, said in measure.items()}, row_compress=True,
        )  # fmt: skip
        content = bytearray(path.read_bytes())
    # the header's creation date and time, which would differ from run to run (after 92 bytes of signature, product
    # name, layout and bias)
    content[92:109] = moment.strftime("%d %b %y%H:%M:%S").encode("ascii")
    return bytes(content)


def _stata(frame: pd.DataFrame, instrument: Instrument, moment: datetime) -> bytes:
    pyreadstat = need("pyreadstat", "formats")
    plain = _plain(frame)
    variables, values = labels_of(instrument, list(frame.columns))
    named = variable_names(list(frame.columns), "stata")
    numeric = {name: labels for name, labels in values.items() if plain[name].dtype == "float64"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "responses.dta"
        pyreadstat.write_dta(
            plain.rename(columns=named), str(path), file_label=instrument.name[:80],
            column_labels=[_shortened(_with_code(name, named, variables), _STATA_LABEL) for name in frame.columns],
            variable_value_labels={named[name]: said for name, said in _of_type(plain, numeric).items()},
        )  # fmt: skip
        content = path.read_bytes()
    stamp = moment.strftime("%d %b %Y %H:%M").encode("ascii")
    return re.sub(rb"(<timestamp>.)\d\d \w{3} \d{4} \d\d:\d\d", lambda found: found.group(1) + stamp, content, count=1)


def _with_code(name: str, named: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """The label of a variable; in front of it its code, where the program takes another name."""
    return labels[name] if named[name] == name else f"{name}: {labels[name]}"


def _shortened(label: str, most: int, encoding: str | None = None) -> str:
    """A label that fits, cut visibly; the codebook has it whole."""
    length = (lambda said: len(said.encode(encoding))) if encoding else len
    if length(label) <= most:
        return label
    while length(label) > most - (3 if encoding else 1):
        label = label[:-1]
    return label.rstrip() + "…"
