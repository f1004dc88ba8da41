"""A new study from one file of answers: what `akhlak new DIR --from FILE` does."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import write_text
from akhlak_research.core.results import Notice
from akhlak_research.core.text import LANGUAGES, label, text
from akhlak_research.responses.draft import Draft, draft_instrument
from akhlak_research.responses.exports import adapt, cells_of
from akhlak_research.responses.formats import read_export
from akhlak_research.responses.privacy import guard
from akhlak_research.responses.text_table import Column

ANSWERS = "responses.csv"
TO_CONFIRM = "to-confirm.md"


def new_study(
    folder: str | Path,
    source: str | Path,
    *,
    labels: Sequence[str] | None = None,
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Path:
    """Start a study from one file of answers.

    Writes ``instrument.yaml`` (drafted, every guess marked), ``responses.csv`` (items and background under their codes;
    no column that identifies people, no times, no free text), ``study.yaml`` and ``to-confirm.md``. The source stays
    where it is and as it is.

    Parameters
    ----------
    folder : str or Path
        A folder that does not exist yet, or is empty.
    source : str or Path
        See ``draft_instrument``.
    labels, sheet, delimiter, encoding
        As in ``draft_instrument``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    StudyError
        ``folder_in_use``.
    DataError
        Where the source cannot be read, or no items are recognised.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> from akhlak_research.stages.new import new_study
    >>> study = ak.Study(new_study("my-study", "data/bfi/responses.csv"))
    >>> study.responses
    <responses responses.csv: 2800 respondents, 25 items, 508 answers missing>
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError("folder_in_use", file=folder)
    draft = draft_instrument(source, labels=labels, sheet=sheet, delimiter=delimiter, encoding=encoding)
    answers, notices, digest = _answers(draft, source, sheet, delimiter, encoding)
    folder.mkdir(parents=True, exist_ok=True)
    draft.write(folder)
    write_text(folder / ANSWERS, answers)
    write_text(folder / TO_CONFIRM, _to_confirm(draft, notices))
    write_text(folder / "study.yaml", _study_yaml(Path(source).name, int(digest[:7], 16)))
    return folder


def _answers(
    draft: Draft, source: str | Path, sheet: str | None, delimiter: str | None, encoding: str | None
) -> tuple[str, tuple[Notice, ...], str]:
    """The answers as CSV under the codes of the draft, what was kept out of them, and the digest of the source."""
    export = read_export(source, sheet=sheet, delimiter=delimiter, encoding=encoding)
    adapted = adapt(export, draft.instrument)
    table = adapted.table
    guarded = guard(table, [group.code for group in draft.instrument.groups], adapted.originals)
    columns = {code: table.column(code) for code in draft.instrument.item_codes} | dict(guarded.columns)
    quantities = [group.code for group in draft.instrument.groups if group.kind == "numeric" and group.code in columns]
    for code in quantities:
        columns[code] = _with_points(columns[code])
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*map(cells_of, columns.values()), strict=True))
    return stream.getvalue(), guarded.notices, table.digest


def _with_points(column: Column) -> Column:
    """Quantities with a decimal point instead of a comma."""
    return Column([cell.replace(",", ".") for cell in column.distinct], column.positions)


def _study_yaml(source: str, seed: int) -> str:
    import yaml

    title, institution = (
        {lang: text(key, lang, file=source) for lang in LANGUAGES} for key in ("new.title", "new.institution")
    )
    files = {"instrument": "instrument.yaml", "responses": ANSWERS}
    settings = {"title": title, "institution": institution, "languages": [*LANGUAGES], "seed": seed, "files": files}
    body = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False, width=110)
    return f"# {text('new.head', file=TO_CONFIRM)}\n{body}# {text('new.group')}\n"


def _to_confirm(draft: Draft, notices: Sequence[Notice]) -> str:
    """What a person must look at before the first run, and what became of each column."""
    points = "".join(f"- [ ] {notice.say()}\n" for notice in (*draft.notices, *notices))
    rows = "".join(
        f"| {_cell(c.column)} | {label(c.role)} | {c.code} | {c.dimension} | {c.scale} |\n" for c in draft.columns
    )
    head = [label(name) for name in ("column", "role", "code", "dimension", "scale")]
    table = f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n{rows}"
    return f"# {text('new.to_confirm')}\n\n{points}\n## {text('new.columns')}\n\n{table}"


def _cell(header: str) -> str:
    return " ".join(header.split()).replace("|", "\\|").replace("<", "&lt;")
