"""``build_release``: everything a stranger needs, in a folder and a zip with the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path
from typing import ClassVar

import pandas as pd

from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import write_bytes
from akhlak_research.core.packages import need
from akhlak_research.core.results import ResultBase, Unavailable, result
from akhlak_research.core.text import LANGUAGES, text
from akhlak_research.disclosure.outputs import OutputsReview, review_outputs
from akhlak_research.instrument.files import write_instrument
from akhlak_research.release.cite import citation, crate, data_package
from akhlak_research.release.context import Context, context_of
from akhlak_research.release.data import data_files, public_data
from akhlak_research.release.ddi import ddi_codebook
from akhlak_research.release.forms import limesurvey, xlsform
from akhlak_research.release.metadata import (
    codebook_csv,
    form_csv,
    form_fields,
    gaps_csv,
    indicators_csv,
    variables_csv,
)
from akhlak_research.release.pages import form_document, form_page, manual_page
from akhlak_research.release.sheets import csv_bytes
from akhlak_research.release.verify import MANIFEST, SIGNATURE, verify
from akhlak_research.report.convert import to_docx, to_pdf
from akhlak_research.report.site import FORMATS, build_site, study_pages
from akhlak_research.stages.study import Study

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a release: a name, and the function that makes its files, or says why there are none."""

    name: str
    make: Callable[[Context], Files | Unavailable]


@result
class Release(ResultBase):
    """What was built.

    Attributes
    ----------
    folder, archive : Path
    contents : DataFrame
        ``part files bytes absent``: what each part brought, and why one brought nothing.
    review : OutputsReview
        Every record against the disclosure policy.
    digest : str
        SHA-256 of the manifest: names the whole release.
    signed : bool
    """

    kind: ClassVar[str] = "release"
    folder: Path
    archive: Path
    contents: pd.DataFrame
    review: OutputsReview
    digest: str
    signed: bool

    def table(self) -> pd.DataFrame:
        """The parts."""
        return self.contents

    def headline(self) -> str:
        """Folder and digest."""
        return f"{self.folder.name} {self.digest[:12]}"


def build_release(study: Study, *, key: str | Path | None = None) -> Release:
    """Build the release of a study that has been run.

    Parameters
    ----------
    study : Study
    key : str or Path, optional
        File of an Ed25519 private key (PEM) outside the study; the manifest is signed with it.

    Returns
    -------
    Release
        In ``out/release/<slug>-<version>`` and the zip beside it. The folder is complete and verified before the old
        one is replaced; the same records give the same bytes.

    Raises
    ------
    StudyError
        ``release_not_ready`` where a stage was not run, waits for a decision, or something changed since;
        ``release_refused`` where a record breaks the disclosure policy, naming record and place;
        ``release_unverified`` where the built release does not pass its own verification; ``key_in_study``,
        ``key_unreadable``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study(ak.simulate_berakhlak("made-up"))
    >>> ak.build_release(study)  # nothing of it was run
    Traceback (most recent call last):
        ...
    akhlak_research.core.errors.StudyError: [release_not_ready] ...
    """
    unready = [status for status in study.status() if status.state != "done"]
    if unready:
        said = [f"{s.stage.number} {s.stage.name()}: {text('status.' + s.state)}" for s in unready]
        raise StudyError("release_not_ready", file=study.path, got=said)
    context = context_of(study)
    records = study.records()
    review = review_outputs({name: kept["record"] for name, kept in records.items()}, context.policy)
    if review.refused:
        first = review.refused[0]
        raise StudyError(
            "release_refused", file=study.path, got=first.name, places=list(first.places),
            records=[entry.name for entry in review.refused], threshold=context.policy.threshold,
        )  # fmt: skip
    content: Files = {}
    rows = []
    for part in _PARTS:
        made = part.make(context)
        absent = made.reason() if isinstance(made, Unavailable) else ""
        found: Files = {} if isinstance(made, Unavailable) else made
        content |= found
        rows.append((part.name, len(found), sum(map(len, found.values())), absent))
    content["disclosure.csv"] = _review_csv(review)
    content["verify.py"] = package_files("akhlak_research.release").joinpath("verify.py").read_bytes()
    content["ro-crate-metadata.json"] = crate(context, content)
    manifest = "".join(f"{hashlib.sha256(content[name]).hexdigest()}  {name}\n" for name in sorted(content))
    content[MANIFEST] = manifest.encode("utf-8")
    if key is not None:
        content[SIGNATURE] = _signature(content[MANIFEST], Path(key), study)
    name = f"{study.slug}-{context.version}"
    folder = _place(study.out / "release" / name, content)
    archive = write_bytes(folder.with_name(name + ".zip"), _zipped(name, content))
    return Release(
        folder=folder, archive=archive, contents=pd.DataFrame(rows, columns=["part", "files", "bytes", "absent"]),
        review=review, digest=hashlib.sha256(content[MANIFEST]).hexdigest(), signed=key is not None,
    )  # fmt: skip


def _place(folder: Path, content: Mapping[str, bytes]) -> Path:
    """Write all files beside the final folder, verify them there, and only then replace what was released before."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as building:
        fresh = Path(building) / folder.name
        for name, data in content.items():
            write_bytes(fresh / name, data)
        problems, _ = verify(str(fresh))
        if problems:
            raise StudyError("release_unverified", file=folder, got=len(problems), problems=problems[:5])
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    return folder


def _zipped(name: str, content: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(content):
            entry = zipfile.ZipInfo(f"{name}/{path}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.compress_type, entry.create_system = 0o644 << 16, zipfile.ZIP_DEFLATED, 3
            archive.writestr(entry, content[path])
    return stream.getvalue()


def _signature(manifest: bytes, key: Path, study: Study) -> bytes:
    need("cryptography", "release")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    if key.resolve().is_relative_to(study.path):
        raise StudyError("key_in_study", file=key, got=str(study.path))
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as fault:
        raise StudyError("key_unreadable", file=key, got=type(fault).__name__) from fault
    if not isinstance(private, Ed25519PrivateKey):
        raise StudyError("key_unreadable", file=key, got=type(private).__name__)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    said = (base64.b64encode(public).decode(), base64.b64encode(private.sign(manifest)).decode())
    return "algorithm: Ed25519\nof: {}\npublic-key: {}\nsignature: {}\n".format(MANIFEST, *said).encode("ascii")


def new_signing_key(path: str | Path, study: Study | None = None) -> Path:
    """Write a new Ed25519 private key that only its owner can read; never into a study or over an existing file."""
    need("cryptography", "release")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from akhlak_research.responses.pseudonyms import write_secret

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return write_secret(path, pem.decode("ascii"), study=None if study is None else study.path)


def _instrument(context: Context) -> Files:
    instrument = context.study.instrument
    with tempfile.TemporaryDirectory() as folder:
        source = write_instrument(instrument, Path(folder) / "instrument.yaml").read_bytes()
    made = {"instrument/instrument.yaml": source, "instrument/xlsform.xlsx": xlsform(context)}
    made["instrument/limesurvey.txt"] = limesurvey(context)
    for lang in LANGUAGES:
        made[f"instrument/codebook.{lang}.csv"] = codebook_csv(context, lang)
        made[f"instrument/form.{lang}.html"] = form_page(context, lang).encode("utf-8")
        document, seconds = form_document(context, lang), int(context.moment.timestamp())
        made[f"instrument/form.{lang}.pdf"] = to_pdf(document, seconds)
        made[f"instrument/form.{lang}.docx"] = to_docx(document, seconds)
    return made


def _scoring(context: Context) -> Files | Unavailable:
    recipe = context.study.recipe
    if isinstance(recipe, Unavailable):
        return recipe
    import yaml

    plain = yaml.safe_dump(recipe.plain(), allow_unicode=True, sort_keys=False, width=110)
    made = {"scoring/recipe.yaml": plain.encode("utf-8")}
    for lang in LANGUAGES:
        made[f"scoring/manual.{lang}.html"] = manual_page(context, recipe, lang).encode("utf-8")
    return made


def _data(context: Context) -> Files | Unavailable:
    made = data_files(context)
    if isinstance(made, Unavailable):
        return made
    return made | {"datapackage.json": data_package(context, made)}


def _metadata(context: Context) -> Files:
    made = {"metadata/ddi-codebook.xml": ddi_codebook(context, public_data(context)), "CITATION.cff": citation(context)}
    for lang in LANGUAGES:
        made[f"metadata/ms-keg.{lang}.csv"] = form_csv(form_fields(context, "ms_keg"), lang)
        made[f"metadata/ms-var.{lang}.csv"] = variables_csv(context, lang)
        made[f"metadata/ms-ind.{lang}.csv"] = indicators_csv(context, lang)
        made[f"metadata/djki.{lang}.csv"] = form_csv(form_fields(context, "djki"), lang)
        made[f"metadata/gaps.{lang}.csv"] = gaps_csv(context, lang)
    return made


def _evidence(context: Context) -> Files:
    study = context.study
    made = {"evidence/ledger.jsonl": study.ledger.path.read_bytes()}
    for name in study.records():
        made[f"evidence/records/{name}.json"] = (study.out / "records" / f"{name}.json").read_bytes()
    decisions = study.path / "decisions.yaml"
    if decisions.is_file():
        made["evidence/decisions.yaml"] = decisions.read_bytes()
    return made


def _report(context: Context) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        written = build_site([study_pages(context.study)], Path(folder), FORMATS)
        return {f"report/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in written}


def _review_csv(review: OutputsReview) -> bytes:
    frame = review.table("en")
    return csv_bytes(list(frame.columns), frame.astype(object).where(frame.notna(), "").to_numpy().tolist())


_PARTS = (
    Part("instrument", _instrument), Part("scoring", _scoring), Part("data", _data), Part("metadata", _metadata),
    Part("evidence", _evidence), Part("report", _report),
)  # fmt: skip
