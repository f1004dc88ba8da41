"""``draft_instrument``: a questionnaire's description drafted from one file of its answers, every guess marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Notice, ResultBase, result
from akhlak_research.core.text import LANGUAGES, Language, text
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Background, Dimension, Instrument, Item, MissingKind, ResponseScale
from akhlak_research.instrument.rules import plain_word
from akhlak_research.responses.draft_columns import Guess, guess_columns
from akhlak_research.responses.draft_dimensions import (
    Proposal,
    against_their_dimension,
    correlations,
    propose_dimensions,
)
from akhlak_research.responses.draft_parts import (
    background_of,
    codes_of,
    free_code,
    missing_of,
    shared_answers,
    texts_of,
)
from akhlak_research.responses.draft_scales import catalogue, language_of, own_set, unseen_levels
from akhlak_research.responses.exports import adapt
from akhlak_research.responses.formats import Export, read_export

if TYPE_CHECKING:
    import pandas as pd

VERSION = "0.1-draft"
_READ = ("item", "categorical", "numeric")


@dataclass(frozen=True, slots=True)
class DraftedColumn:
    """What a column of the file became.

    Attributes
    ----------
    column : str
        Its header.
    role : str
        ``item``, ``categorical``, ``numeric`` (background), ``identifier``, ``metadata``, ``several_answers``,
        ``free_text``, ``empty``.
    code, dimension, scale : str
        Of an item (code also of a background variable); empty otherwise.
    """

    column: str
    role: str
    code: str = ""
    dimension: str = ""
    scale: str = ""


@result
class Draft(ResultBase):
    """A drafted instrument.

    Attributes
    ----------
    instrument : Instrument
        Items, scale, proposed dimensions and background; titles and dimensions say that they are to be confirmed.
    columns : tuple of DraftedColumn
        What became of each column of the file.
    basis : {"headers", "codes", "correlations", "none"}
        What the dimensions rest on.
    unseen : tuple of str
        Levels of the main scale that nobody chose: they are guessed.
    maybe_reversed : tuple of str
        Items that run against the others of their dimension. They are not turned.
    source : str
        Name of the file.
    notices : tuple of Notice
        What a person must confirm.
    """

    kind: ClassVar[str] = "instrument_draft"
    instrument: Instrument
    columns: tuple[DraftedColumn, ...]
    basis: str
    unseen: tuple[str, ...]
    maybe_reversed: tuple[str, ...]
    source: str
    notices: tuple[Notice, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per column of the file: ``column role code dimension scale``."""
        import pandas as pd

        rows = [(c.column, c.role, c.code, c.dimension, c.scale) for c in self.columns]
        return pd.DataFrame(rows, columns=["column", "role", "code", "dimension", "scale"])

    def write(self, path: str | Path) -> Path:
        """Write ``instrument.yaml`` with a comment on every guess; reading it gives ``instrument``.

        Parameters
        ----------
        path : str or Path
            A YAML file, or a folder that shall hold ``instrument.yaml``.
        """
        from akhlak_research.responses.draft_file import write_draft

        return write_draft(self, path)

    def headline(self) -> str:
        """Counts of items and dimensions."""
        i = self.instrument
        return f"{len(i.items)} items on {i.scale}, {len(i.dimensions)} dimensions to confirm"


def draft_instrument(
    path: str | Path,
    *,
    labels: Sequence[str] | None = None,
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Draft:
    """Draft the description of a questionnaire from one file of answers.

    Parameters
    ----------
    path : str or Path
        A file of any format that ``read_responses`` takes, such as a Google Forms workbook whose headers are the
        question texts and whose answers are labels.
    labels : sequence of str, optional
        The answers offered, lowest first, where they are not recognised.
    sheet, delimiter, encoding : str, optional
        As in ``read_responses``; without a delimiter the one is taken that gives the most columns.

    Returns
    -------
    Draft
        ``.instrument``, ``.table()``, ``.notices``; ``.write(folder)`` makes ``instrument.yaml``.

    Raises
    ------
    DataError
        ``no_items_recognised``, naming answers that several columns share; ``duplicate_column`` where two columns that
        are kept have the same header; the faults of reading the file.
    ArgumentError
        ``labels_invalid``.

    Notes
    -----
    *Items* are columns whose answers are a known set of labels in Indonesian or English
    (``catalog/answer_labels.yaml``), labels with their number, value labels that several columns share, small numbers
    that no short header announces as background; three columns or more share a scale. Of sets that fit equally the
    shortest is taken: a level that nobody chose is not made up, and a notice names what was not seen. *Codes* are the
    headers where these can be codes, else ``Q01`` …; *dimensions* follow the groups, grids or codes of the form, else a
    clustering of the correlations (average linkage on 1 less the absolute correlation, number of groups by the
    silhouette). Nothing is turned: items that run against their dimension are named. Columns that identify people,
    times, several answers at once and free text are left out.

    A draft is a beginning. Dimensions found in the same answers that are to test them prove nothing.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "made_up.csv"
    >>> answers = {"Saya bekerja jujur": ["Setuju", "Netral"], "Saya ramah": ["Setuju", "Tidak Setuju"]}
    >>> pd.DataFrame({**answers, "Saya cepat belajar": ["Sangat Setuju", "Netral"]}).to_csv(file, index=False)
    >>> draft = ak.draft_instrument(file)
    >>> draft.instrument.item_codes, str(draft.instrument.scale)
    (('Q01', 'Q02', 'Q03'), '1–5')
    """
    given = None
    if labels is not None:
        words = [plain_word(label) for label in labels]
        if len(words) < 2 or len(set(words)) < len(words) or not all(words):
            raise ArgumentError("labels_invalid", argument="labels", got=list(labels))
        given = own_set([label.strip() for label in labels])
    export = read_export(path, sheet=sheet, delimiter=delimiter, encoding=encoding)
    guesses = guess_columns(export, given)
    items = [guess for guess in guesses if guess.role == "item"]
    if not items:
        raise DataError("no_items_recognised", file=path, got=shared_answers(guesses) or "–")
    _check_headers(export, [guess for guess in guesses if guess.role in _READ])
    return _draft(export, guesses, items, Path(path))


def _draft(export: Export, guesses: Sequence[Guess], items: Sequence[Guess], path: Path) -> Draft:
    texts, codes = texts_of(items, export), codes_of(items)
    scale = Counter(guess.scale for guess in items if guess.scale).most_common(1)[0][0]
    background = background_of(guesses, export, codes)
    missing = missing_of(items)
    lang = language_of(texts)
    flat = _instrument(path, codes, texts, items, scale, Proposal((0,) * len(items), ("",), "none"), (), missing, lang)
    x = _codes_of(export, flat)
    proposal = propose_dimensions([guess.header for guess in items], codes, x)
    groups = tuple(entry for _, entry in background)
    instrument = _instrument(path, codes, texts, items, scale, proposal, groups, missing, lang)
    against = tuple(codes[at] for at in against_their_dimension(correlations(x), proposal.of))
    main = [guess.answers for guess in items if guess.scale == scale]
    unseen = unseen_levels(scale, main)
    return Draft(
        instrument=instrument, columns=_columns(guesses, items, instrument, dict(background)), basis=proposal.basis,
        unseen=unseen, maybe_reversed=against, source=path.name,
        notices=(*export.notices, *_notices(instrument, guesses, proposal, unseen, against, missing)),
    )  # fmt: skip


def _instrument(
    path: Path, codes: Sequence[str], texts: Sequence[str], items: Sequence[Guess], scale: ResponseScale,
    proposal: Proposal, groups: tuple[Background, ...], missing: tuple[MissingKind, ...], lang: str,
) -> Instrument:  # fmt: skip
    taken = {*codes, *(group.code for group in groups)}
    names = [free_code(f"D{number}", taken) for number in range(1, len(proposal.names) + 1)]
    dimensions = [
        Dimension(code, Words({la: _dimension_name(number, said, la) for la in LANGUAGES}))
        for number, (code, said) in enumerate(zip(names, proposal.names, strict=True), 1)
    ]
    return Instrument(
        name=re.sub(r"[^a-z0-9]+", "-", path.stem.casefold()).strip("-") or "draft",
        title=Words({la: text("draft.title", la, file=path.name) for la in LANGUAGES}),
        version=VERSION, scale=scale, dimensions=tuple(dimensions),
        items=tuple(
            Item(code, names[of], Words({lang: said}), scale=None if guess.scale == scale else guess.scale)
            for code, said, of, guess in zip(codes, texts, proposal.of, items, strict=True)
        ),
        source=path.name, missing=missing, groups=groups,
        note=Words({la: text("draft.note", la) for la in LANGUAGES}),
    )  # fmt: skip


def _dimension_name(number: int, said: str, lang: Language) -> str:
    return text("draft.dimension_named", lang, name=said) if said else text("draft.dimension", lang, number=number)


def _codes_of(export: Export, instrument: Instrument) -> NDArray[np.float64]:
    """(n, p) answers as codes, by the same reading as ``read_responses``."""
    from akhlak_research.responses.cells import judge_item

    table = adapt(export, instrument).table
    columns = [judge_item(table.column(c), instrument.scale_of(c), instrument).numbers() for c in instrument.item_codes]
    return np.column_stack(columns)


def _check_headers(export: Export, read: Sequence[Guess]) -> None:
    """Columns are found again by their header: two of one name, even an item and a background, could be swapped."""
    times = Counter(guess.header for guess in read)
    twice = [header for header, n in times.items() if n > 1]
    if twice:
        table = export.table
        raise DataError(
            "duplicate_column", file=table.file, row=table.header_row, column=twice[0][:60], got=times[twice[0]],
            expected=1,
        )  # fmt: skip


def _columns(
    guesses: Sequence[Guess], items: Sequence[Guess], instrument: Instrument, groups: Mapping[int, Background]
) -> tuple[DraftedColumn, ...]:
    item_at = {guess.at: item for guess, item in zip(items, instrument.items, strict=True)}
    found = []
    for guess in guesses:
        if guess.at in item_at:
            item = item_at[guess.at]
            scale = str(item.scale or instrument.scale)
            found.append(DraftedColumn(guess.header, "item", item.code, item.dimension, scale))
        else:
            code = groups[guess.at].code if guess.at in groups else ""
            found.append(DraftedColumn(guess.header, guess.role, code))
    return tuple(found)


def _short_of_the_top(instrument: Instrument, guesses: Sequence[Guess]) -> list[Notice]:
    """Items in numbers that nobody answers with the top of their scale: theirs may end earlier."""
    short: dict[tuple[str, int], list[str]] = {}
    columns = [guess for guess in guesses if guess.role == "item"]
    for item, guess in zip(instrument.items, columns, strict=True):
        scale, seen = item.scale or instrument.scale, guess.answers.numbers()
        inside = {code for code in seen or () if code in scale.codes}
        if inside and not scale.labels and max(inside) < scale.high:
            short.setdefault((str(scale), max(inside)), []).append(item.code)
    fewest = int(catalogue()["policy"]["fewest_items"])
    return [
        Notice("draft_top_unseen", "warning", {"columns": tuple(codes), "scale": scale, "highest": top})
        for (scale, top), codes in short.items() if fewest <= len(codes) < len(columns)
    ]  # fmt: skip


def _notices(
    instrument: Instrument, guesses: Sequence[Guess], proposal: Proposal, unseen: tuple[str, ...],
    against: tuple[str, ...], missing: tuple[MissingKind, ...],
) -> list[Notice]:  # fmt: skip
    sizes = Counter(str(item.scale or instrument.scale) for item in instrument.items)
    scales = [Notice("draft_items", "caution", {"n": n, "scale": scale}) for scale, n in sizes.most_common()]
    found = [*scales, *_short_of_the_top(instrument, guesses)]
    if unseen:
        found.append(Notice("draft_unseen_levels", "warning", {"levels": unseen}))
    elif not instrument.scale.labels:
        found.append(Notice("draft_codes_only", "caution", {"scale": str(instrument.scale)}))
    by = {"headers": "draft_by_headers", "codes": "draft_by_codes", "correlations": "draft_by_correlations"}
    n = {"n": len(instrument.dimensions)}
    found.append(Notice(by.get(proposal.basis, "draft_one_dimension"), "caution", n))
    if against:
        found.append(Notice("draft_maybe_reversed", "warning", {"against": against}))
    if missing:
        cells = [cell for kind in missing for cell in kind.codes]
        found.append(Notice("draft_missing", "caution", {"cells": tuple(cells)}))
    left = tuple(g.header[:40] for g in guesses if g.role in ("identifier", "several_answers", "free_text"))
    if left:
        found.append(Notice("draft_left_out", "caution", {"left": left}))
    return found
