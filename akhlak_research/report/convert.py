"""A plain document as tagged PDF (pandoc to Typst) and as Word (pandoc), with the same bytes every time."""

from __future__ import annotations

import io
import os
import re
import subprocess
import tempfile
import zipfile
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel.dates import format_date

from akhlak_research.core.errors import EnvironmentProblem
from akhlak_research.core.packages import need
from akhlak_research.core.text import text
from akhlak_research.report.document import Document

#: dots per inch of drawings in Word, which shows no SVG everywhere
_DPI = 180.0


def to_pdf(document: Document, seconds: int) -> bytes:
    """The document as PDF/UA-1 and PDF/A-2b: tagged, described pictures, fonts inside.

    Parameters
    ----------
    document : Document
    seconds : int
        Creation time as seconds since 1970.

    Raises
    ------
    EnvironmentProblem
        ``missing_package``; ``converter_failed`` with what the converter said.
    """
    typst = need("typst", "report")
    with tempfile.TemporaryDirectory() as folder:
        _write(document, Path(folder), "svg")
        templates = files("akhlak_research.report").joinpath("templates")
        mark = text("report.simulated_title", document.lang).upper() if document.simulated else ""
        options = ["--template", str(templates / "pdf.typ"), "--lua-filter", str(templates / "pdf.lua")]
        plain = _title(document).replace("\\", "\\\\").replace('"', '\\"')
        options += ["-V", f"plain-title={plain}", "-V", f"mark={mark}"]
        options += _cover(document, seconds) if document.contents else []
        _pandoc(Path(folder), "typst", "document.typ", [*_about(document), *options], seconds)
        written = Path(folder) / "document.typ"
        # pandoc knows shares of the page only; fractions share what the columns of numbers leave
        source = written.read_text(encoding="utf-8")
        source = re.sub(r"^ *columns: \(.*\),$", lambda line: line[0].replace("%", "fr"), source, flags=re.MULTILINE)
        written.write_text(source, encoding="utf-8")
        try:
            made: bytes = typst.compile(
                str(written), font_paths=[_fonts()], ignore_system_fonts=True,
                pdf_standards=["a-2b", "ua-1"], timestamp=seconds,
            )  # fmt: skip
        except typst.TypstError as fault:
            raise EnvironmentProblem("converter_failed", package="typst", got=str(fault)[:500]) from fault
    return made


def _cover(document: Document, seconds: int) -> list[str]:
    """What stands on the first page, and the title of the list of contents."""
    day = format_date(datetime.fromtimestamp(seconds, UTC), format="long", locale=document.lang)
    said = {
        "institution": document.institution, "warning": document.warning, "day": day,
        "kind-of-document": text("report.document_kind", document.lang),
    }  # fmt: skip
    options = ["-V", f"toc-title={text('report.document_contents', document.lang)}"]
    for name, words in said.items():  # as metadata, which pandoc escapes for its target
        options += ["-M", f"{name}={words}"] if words else []
    return options


def to_docx(document: Document, seconds: int) -> bytes:
    """The document as Word: real headings, tables with repeated heads, described pictures.

    Parameters
    ----------
    document : Document
    seconds : int
        Creation time as seconds since 1970.

    Raises
    ------
    EnvironmentProblem
        ``missing_package``; ``converter_failed``.
    """
    with tempfile.TemporaryDirectory() as folder:
        _write(document, Path(folder), "png")
        (Path(folder) / "reference.docx").write_bytes(_reference(Path(folder)))
        options = [*_about(document), "--reference-doc", "reference.docx"]
        _pandoc(Path(folder), "docx", "document.docx", options, seconds)
        return _steady((Path(folder) / "document.docx").read_bytes())


def _steady(archive: bytes) -> bytes:
    """A zip with one date on all its members: some carry the moment at which the styles were written."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            fixed = zipfile.ZipInfo(member.filename, date_time=(1980, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(fixed, old.read(member))
    return stream.getvalue()


def _write(document: Document, folder: Path, pictures: str) -> None:
    """``document.html`` with its drawings beside it."""
    body = "\n".join(document.html)
    for at, svg in enumerate(document.figures, 1):
        (folder / f"figure-{at}.svg").write_text(svg, encoding="utf-8")
    if pictures == "png":
        body = body.replace('.svg" alt=', '.png" alt=')
        for at, drawing in enumerate(_drawings(folder, len(document.figures)), 1):
            (folder / f"figure-{at}.png").write_bytes(drawing)
    head = f'<meta charset="utf-8"><title>{escape(_title(document))}</title>'
    page = f'<!DOCTYPE html><html lang="{document.lang}"><head>{head}</head><body>{body}</body></html>'
    (folder / "document.html").write_text(page, encoding="utf-8")


def _title(document: Document) -> str:
    return (text("report.simulated_prefix", document.lang) + " " if document.simulated else "") + document.title


def _about(document: Document) -> list[str]:
    return ["-M", f"lang={document.lang}", "-M", f"subtitle={document.subtitle}"]


def _drawings(folder: Path, count: int) -> list[bytes]:
    """The drawings as PNG, one page each of a Typst file."""
    if not count:
        return []
    typst = need("typst", "report")
    source = "#set page(width: auto, height: auto, margin: 0pt)\n" + "#pagebreak()\n".join(
        f'#image("figure-{at}.svg")\n' for at in range(1, count + 1)
    )
    (folder / "drawings.typ").write_text(source, encoding="utf-8")
    made = typst.compile(
        str(folder / "drawings.typ"), format="png", ppi=_DPI, font_paths=[_fonts()], ignore_system_fonts=True
    )
    return made if isinstance(made, list) else [made]


def _pandoc(folder: Path, target: str, out: str, options: list[str], seconds: int) -> None:
    pypandoc = need("pypandoc", "report")
    command = [pypandoc.get_pandoc_path(), "-f", "html", "-t", target, *options, "document.html", "-o", out]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(seconds)}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise EnvironmentProblem("converter_failed", package="pandoc", got=run.stderr[:500])


def _fonts() -> str:
    """The fonts that figures are measured with; they come with matplotlib."""
    matplotlib = need("matplotlib", "report")
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")


def _reference(folder: Path) -> bytes:
    """Word styles: quiet sans-serif type, small tables with horizontal rules only."""
    docx = need("docx", "report")
    pypandoc = need("pypandoc", "report")
    command = [pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx"]
    (folder / "default.docx").write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    book = docx.Document(str(folder / "default.docx"))
    points = docx.shared.Pt
    sizes = {"Normal": 10, "Body Text": 10, "First Paragraph": 10, "Compact": 8, "Title": 22, "Subtitle": 11}
    for name, size in sizes.items():
        style: Any = book.styles[name]
        style.font.size, style.font.name = points(size), "Calibri"
        _plain_type(style)
    for level in (1, 2, 3):
        heading: Any = book.styles[f"Heading {level}"]
        heading.font.name, heading.font.color.rgb = "Calibri", docx.shared.RGBColor(0x1B, 0x24, 0x2C)
        heading.font.size, heading.font.bold = points({1: 18, 2: 14, 3: 11}[level]), True
        _plain_type(heading)
    for name, size, grey in (("Table Caption", 10, 0x1B), ("Notes", 8, 0x56)):
        known = name in [style.name for style in book.styles]
        found: Any = (
            book.styles[name] if known else book.styles.add_style(name, docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
        )
        found.base_style, found.font.name, found.font.size = book.styles["Normal"], "Calibri", points(size)
        found.font.color.rgb = docx.shared.RGBColor(grey, grey + 9, grey + 17)
        found.paragraph_format.space_before = points(2 if name == "Notes" else 12)
        found.paragraph_format.space_after = points(2 if name == "Notes" else 4)
        found.paragraph_format.keep_with_next = name != "Notes"
    section = book.sections[0]
    section.page_width, section.page_height = docx.shared.Mm(210), docx.shared.Mm(297)
    section.left_margin = section.right_margin = docx.shared.Mm(20)
    stream_out = io.BytesIO()
    book.save(stream_out)
    return stream_out.getvalue()


def _plain_type(style: Any) -> None:
    """The font that a style names, and not that of the document's theme, and no letters drawn apart."""
    properties = style.element.get_or_add_rPr()
    for fonts in properties.findall(".//{*}rFonts"):
        for name in [name for name in fonts.attrib if name.endswith("Theme")]:
            del fonts.attrib[name]
    for spacing in properties.findall("{*}spacing"):
        properties.remove(spacing)
