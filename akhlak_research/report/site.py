"""The pages of all studies as a folder that opens from a disk or any server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import write_text
from akhlak_research.report.page import StudyPages, render_landing, render_stage, render_study
from akhlak_research.stages.catalogue import stage
from akhlak_research.stages.study import Study


def study_pages(study: Study) -> StudyPages:
    """What the pages must know of a study that has been run, as far as it was.

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
        meta=study.provenance(), languages=study.languages, statuses={s.stage.number: s for s in statuses},
    )  # fmt: skip


def build_site(studies: Sequence[StudyPages], out: Path) -> list[Path]:
    """Write the pages: ``index.html``, ``<slug>/<lang>/index.html``, ``<slug>/<lang>/<NN_name>.html``.

    Parameters
    ----------
    studies : sequence of StudyPages
        Their stages are executed notebooks.
    out : Path
        Folder for the pages. All are rendered before the first is written, so a fault leaves the old pages whole.

    Returns
    -------
    list of Path
        The files written, the first page first.

    Raises
    ------
    StudyError
        ``study_twice`` where two studies share an address; the faults of ``render_stage``.
    """
    addresses = [study.slug for study in studies]
    twice = [address for address in addresses if addresses.count(address) > 1]
    if twice:
        raise StudyError("study_twice", got=twice[0])
    pages = {out / "index.html": render_landing(studies)}
    for study in studies:
        numbers = sorted(study.stages)
        for lang in study.languages:
            folder = out / study.slug / lang
            pages[folder / "index.html"] = render_study(study, lang)
            for at, number in enumerate(numbers):
                pages[folder / f"{stage(number).slug}.html"] = render_stage(
                    study.stages[number], lang=lang, study=study, stage=number,
                    previous=numbers[at - 1] if at else None, next=numbers[at + 1] if at + 1 < len(numbers) else None,
                )  # fmt: skip
    return [write_text(path, content) for path, content in pages.items()]
