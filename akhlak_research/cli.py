"""The command line: ``akhlak new · run · report · status · release · verify · pseudonymise · lab`` (and the tests)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

from akhlak_research import __version__
from akhlak_research.core.errors import AkhlakError, StudyError
from akhlak_research.core.text import LANGUAGES, active_language, label, text

if TYPE_CHECKING:
    from akhlak_research.stages.study import Study

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 refused with a reason, 2 a wrong command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a cp1252 console cannot show every sign; it must not crash on one
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not hasattr(options, "options"):
        parser.error(text("cli.unknown_options", options=rest))
    options.options = rest
    try:
        code: int = options.task(options)
    except AkhlakError as error:
        print(error.message(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(text("cli.interrupted"), file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="akhlak", description=text("cli.about"))
    parser.add_argument("--version", action="version", version=__version__)
    tasks = parser.add_subparsers(required=True, metavar="TASK")

    def add(name: str, task: object, studies: bool = False) -> argparse.ArgumentParser:
        sub = tasks.add_parser(name, help=text(f"cli.{name}"), description=text(f"cli.{name}"))
        sub.set_defaults(task=task)
        if studies:
            sub.add_argument("studies", nargs="*", metavar="STUDY", type=Path, help=text("cli.studies"))
        return sub

    run = add("run", _run, studies=True)
    run.add_argument("--stage", type=int, action="append", metavar="N", help=text("cli.stage"))
    run.add_argument("--out", type=Path, help=text("cli.out"))
    report = add("report", _report, studies=True)
    for writer in (run, report):
        writer.add_argument("--format", action="append", choices=("html", "pdf", "docx"), help=text("cli.format"))
        writer.add_argument("--lang", action="append", choices=LANGUAGES, help=text("cli.lang"))
    report.add_argument("--out", type=Path, help=text("cli.out"))
    add("status", _status, studies=True)
    new = add("new", _new)
    new.add_argument("folder", type=Path, metavar="DIR", help=text("cli.new_folder"))
    new.add_argument("--from", dest="source", type=Path, required=True, metavar="FILE", help=text("cli.new_source"))
    new.add_argument("--labels", metavar="A;B;C", help=text("cli.labels"))
    for name in ("sheet", "delimiter", "encoding"):
        new.add_argument(f"--{name}", help=text(f"cli.{name}"))
    release = add("release", _release, studies=True)
    release.add_argument("--key", type=Path, metavar="PEM", help=text("cli.signing_key"))
    release.add_argument("--new-key", action="store_true", help=text("cli.new_signing_key"))
    add("verify", _verify).add_argument("path", metavar="PATH", help=text("cli.release_path"))
    safe = add("pseudonymise", _pseudonymise)
    safe.add_argument("source", type=Path, metavar="FILE", help=text("cli.new_source"))
    safe.add_argument("--key", required=True, metavar="KEYFILE", help=text("cli.key"))
    safe.add_argument("--new-key", action="store_true", help=text("cli.new_key"))
    safe.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help=text("cli.on"))
    safe.add_argument("--out", type=Path, required=True, metavar="CSV", help=text("cli.pseudonymised_out"))
    # what these tasks do not know themselves goes on to JupyterLab or pytest
    add("lab", _lab).set_defaults(options=[])
    if (ROOT / "tests").is_dir() and (ROOT / "requirements-dev.lock").is_file():
        for name, task in (("test", _test), ("test-slow", _test_slow), ("lint", _lint)):
            add(name, task).set_defaults(options=[])
    return parser


def _studies(given: Sequence[Path]) -> list[Path]:
    """The studies named; else the one we stand in; else those the repository ships."""
    if given:
        return list(given)
    if Path("study.yaml").is_file():
        return [Path(".")]
    found = sorted(path.parent for path in (ROOT / "data").glob("*/study.yaml"))
    if not found:
        raise StudyError("no_study", file=Path.cwd())
    return found


def _out(options: argparse.Namespace) -> Path:
    if options.out is not None:
        return Path(options.out)
    studies = _studies(options.studies)
    shipped = all((ROOT / "data") in path.resolve().parents for path in studies)
    return ROOT / "reports" if shipped else studies[0] / "out" / "report"


def _run(options: argparse.Namespace) -> int:
    from akhlak_research.stages.decisions import decision_form
    from akhlak_research.stages.study import Study

    stopped = None
    for path in _studies(options.studies):
        try:
            _run_stages(Study(path), options.stage)
        except StudyError as error:
            if error.code != "gate_open":
                raise
            stopped = error  # what was reached is reported all the same: it is what the decision needs
    code = _report(options)
    if stopped is not None:
        print(stopped.message(), file=sys.stderr)
        form = decision_form(cast(list[str], stopped.values["names"]))
        print(f"\n# {text('decisions.head')}\n{form}", file=sys.stderr)
        return 1
    return code


def _run_stages(study: Study, numbers: Sequence[int] | None) -> None:
    from tqdm import tqdm

    from akhlak_research.stages.catalogue import stage
    from akhlak_research.stages.execute import count_code_cells
    from akhlak_research.stages.study import runnable_stages

    for number in numbers or runnable_stages():
        entry = stage(number)
        total = count_code_cells(entry.notebook) if entry.notebook else 0
        print(f"{study.slug}: {number}/6 {entry.name()}", flush=True)
        with tqdm(total=total, disable=None, leave=False, unit="cell") as bar:
            study.run(number, lambda bar=bar: bar.update())  # type: ignore[misc]


def _report(options: argparse.Namespace) -> int:
    from akhlak_research.report.site import FORMATS, build_site, study_pages
    from akhlak_research.stages.study import Study

    studies = [Study(path) for path in _studies(options.studies)]
    shown = [study_pages(study, options.lang) for study in studies]
    pages = build_site(shown, _out(options), options.format or FORMATS)
    print(text("cli.written", count=len(pages), file=_out(options) / "index.html"))
    return 0


def _status(options: argparse.Namespace) -> int:
    from akhlak_research.stages.status import picture
    from akhlak_research.stages.study import Study

    for path in _studies(options.studies):
        study = Study(path)
        print(study.title[active_language()])
        print("\n".join(picture(study.status(), sys.stdout.encoding or "ascii")))
    return 0


def _new(options: argparse.Namespace) -> int:
    from akhlak_research.stages.new import new_study

    labels = None if options.labels is None else options.labels.split(";")
    delimiter = "\t" if options.delimiter in ("tab", "\\t") else options.delimiter
    folder = new_study(
        options.folder, options.source, labels=labels, sheet=options.sheet, delimiter=delimiter,
        encoding=options.encoding,
    )  # fmt: skip
    print(text("cli.new_written", folder=folder))
    return 0


def _release(options: argparse.Namespace) -> int:
    from akhlak_research.release.package import build_release, new_signing_key
    from akhlak_research.stages.study import Study

    for path in _studies(options.studies):
        study = Study(path)
        if options.new_key and options.key is not None:
            new_signing_key(options.key, study)
        made = build_release(study, key=options.key)
        files = int(made.contents["files"].sum())
        print(text("cli.released", folder=made.folder, parts=len(made.contents), files=files, digest=made.digest))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from akhlak_research.release.verify import main as verify

    return verify([options.path])


def _pseudonymise(options: argparse.Namespace) -> int:
    from akhlak_research.core.files import write_text
    from akhlak_research.responses.pseudonyms import pseudonymise, write_key

    study = next((str(folder) for folder in options.out.resolve().parents if (folder / "study.yaml").is_file()), None)
    if options.new_key:
        print(text("cli.key_written", file=write_key(options.key, study=study)))
    safe = pseudonymise(options.source, key=options.key, on=options.on, study=study)
    write_text(options.out, safe.frame.to_csv(index=False, lineterminator="\n"))
    treated = [f"{row.column}: {label(str(row.treatment))}" for row in safe.table().itertuples()]
    print(text("cli.pseudonymised", file=options.out, n=len(safe.frame), columns="; ".join(treated) or "–"))
    for notice in safe.notices:
        print("  " + notice.say())
    return 0


def _lab(options: argparse.Namespace) -> int:
    from akhlak_research.stages.catalogue import notebook_folder

    folder = ROOT if (ROOT / "notebooks").is_dir() else notebook_folder()
    return subprocess.call([sys.executable, "-m", "jupyterlab", *options.options], cwd=folder)


def _test(options: argparse.Namespace) -> int:
    return _lint(options) or _pytest("-m", "not slow", *options.options)


def _test_slow(options: argparse.Namespace) -> int:
    return _pytest("-m", "slow", *options.options)


def _pytest(*options: str) -> int:
    # two workers with a thread each: more threads would fight for the cores
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    run = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", *options]
    return subprocess.call(run, cwd=ROOT, env=environment)


def _lint(options: argparse.Namespace) -> int:
    ruff = [sys.executable, "-m", "ruff", "check", "--quiet", "."]
    return subprocess.call(ruff, cwd=ROOT) or subprocess.call([sys.executable, "-m", "mypy"], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
