"""The pages of all studies as a folder that opens from a disk or any server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import write_bytes
from akhlak_research.core.text import Language
from akhlak_research.report.convert import to_docx, to_pdf
from akhlak_research.report.document import Document, study_document
from akhlak_research.report.executive import ADDRESS as EXECUTIVE
from akhlak_research.report.executive import RECORD as EXECUTIVE_RECORD
from akhlak_research.report.page import StudyPages, render_executive, render_landing, render_stage, render_study
from akhlak_research.stages.catalogue import stage
from akhlak_research.stages.study import Study


def study_pages(study: Study, languages: Sequence[Language] | None = None) -> StudyPages:
    """What the pages must know of a study that has been run, as far as it was; ``languages`` instead of its own.

    Raises
    ------
    StudyError
        ``not_run_yet``.
    """
    statuses = study.status()
    done = {status.stage.number: status.executed for status in statuses if status.executed}
    if not done:
        raise StudyError("not_run_yet", file=study.path)
    return StudyPages(
        slug=study.slug, title=study.title, institution=study.institution, simulated=study.simulated, stages=done,
        meta=study.provenance(), languages=tuple(languages or study.languages),
        statuses={s.stage.number: s for s in statuses}, seconds=int(study.moment.timestamp()),
        executive=study.records().get(EXECUTIVE_RECORD, {}).get("record"),
    )  # fmt: skip


#: a file format beside the pages, and how a document becomes one
DOCUMENTS: Mapping[str, Callable[[Document, int], bytes]] = {"pdf": to_pdf, "docx": to_docx}
FORMATS = ("html", *DOCUMENTS)


def build_site(studies: Sequence[StudyPages], out: Path, formats: Sequence[str] = ("html",)) -> list[Path]:
    """Write the pages: ``index.html``, ``<slug>/<lang>/index.html``, ``<slug>/<lang>/<NN_name>.html``, and
    ``<slug>/<lang>/ringkasan.html`` where the last stage kept a summary for officials.

    Parameters
    ----------
    studies : sequence of StudyPages
        Their stages are executed notebooks.
    out : Path
        Folder for the pages. All are rendered before the first is written, so a fault leaves the old ones whole.
    formats : sequence of {"html", "pdf", "docx"}
        ``"pdf"`` and ``"docx"`` add ``<slug>/<lang>/<slug>.<lang>.<format>``, one document of the whole study.

    Returns
    -------
    list of Path
        The files written, the first page first.

    Raises
    ------
    StudyError
        ``study_twice`` where two studies share an address; the faults of ``render_stage``.
    ArgumentError
        ``unknown_choice`` for a format.
    """
    addresses = [study.slug for study in studies]
    twice = [address for address in addresses if addresses.count(address) > 1]
    if twice:
        raise StudyError("study_twice", got=twice[0])
    for name in formats:
        check_choice(name, FORMATS, "formats")
    pages: dict[Path, bytes] = {out / "index.html": render_landing(studies).encode("utf-8")}
    for study in studies:
        numbers = sorted(study.stages)
        for lang in study.languages:
            folder = out / study.slug / lang
            documents = {f"{study.slug}.{lang}.{name}": name for name in formats if name in DOCUMENTS}
            pages[folder / "index.html"] = render_study(study, lang, tuple(documents)).encode("utf-8")
            summary = render_executive(study, lang)
            if summary is not None:
                pages[folder / EXECUTIVE] = summary.encode("utf-8")
            for at, number in enumerate(numbers):
                pages[folder / f"{stage(number).slug}.html"] = render_stage(
                    study.stages[number], lang=lang, study=study, stage=number,
                    previous=numbers[at - 1] if at else None, next=numbers[at + 1] if at + 1 < len(numbers) else None,
                ).encode("utf-8")  # fmt: skip
            for file, name in documents.items():
                pages[folder / file] = DOCUMENTS[name](study_document(study, lang), study.seconds)
    return [write_bytes(path, content) for path, content in pages.items()]
