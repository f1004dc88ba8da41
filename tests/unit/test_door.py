"""``python -m akhlak_research``: set-up decisions, wrong versions, odd consoles, paths with spaces."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from akhlak_research import __main__ as door
from akhlak_research import cli

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 13)])
def test_a_wrong_python_gets_a_sentence_and_changes_nothing(monkeypatch, capsys, version):
    monkeypatch.setattr(door.sys, "version_info", (*version, 0))
    monkeypatch.setattr(door, "set_up", lambda *a: pytest.fail("must not set up"))
    assert door.main(["run"]) == 2
    said = capsys.readouterr().err
    assert "3.11 or 3.12" in said and f"{version[0]}.{version[1]}" in said and "memerlukan" in said


def test_a_stamp_belongs_to_locks_and_version(tmp_path, monkeypatch):
    for name in {name for names in door.LOCKS.values() for name in names} | {"pyproject.toml"}:
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(door, "ROOT", str(tmp_path))
    monkeypatch.setattr(door, "VENV", str(tmp_path / ".venv"))
    assert not door.is_ready("run")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "akhlak-test.stamp").write_text(door.stamp("test"))
    assert door.is_ready("test") and door.is_ready("run"), "what serves the tests serves the runs"
    with (tmp_path / "requirements-dev.lock").open("a") as lock:
        lock.write("# changed\n")
    assert not door.is_ready("test") and not door.is_ready("run")


def test_a_failed_step_stops_the_set_up_and_leaves_no_stamp(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(door, "VENV", str(tmp_path / ".venv"))
    calls = []
    monkeypatch.setattr(door.subprocess, "call", lambda step: calls.append(step) or (1 if len(calls) == 2 else 0))
    assert door.set_up("run", str(tmp_path / "python")) == 1
    assert len(calls) == 2 and not (tmp_path / ".venv").exists()
    assert "same command again" in capsys.readouterr().err


def test_set_up_installs_locked_build_tools_first(tmp_path, monkeypatch):
    monkeypatch.setattr(door, "VENV", str(tmp_path))
    calls = []
    monkeypatch.setattr(door.subprocess, "call", lambda step: calls.append(" ".join(step)) or 0)
    assert door.set_up("test", "py") == 0
    assert "requirements-build.lock" in calls[1] and "--require-hashes" in calls[1]
    assert "requirements-dev.lock" in calls[2] and "--no-build-isolation" in calls[2]
    assert (tmp_path / "akhlak-test.stamp").is_file()


def console(*arguments, cwd, encoding="cp1252"):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "AKHLAK_ENV": "current", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "akhlak_research", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        check=False,
    )


def test_a_cp1252_console_and_a_path_with_spaces(tmp_path):
    folder = tmp_path / "folder with spaces é"
    shutil.copytree(ROOT / "data" / "bfi", folder, ignore=shutil.ignore_patterns("out"))
    done = console("status", str(folder), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("cp1252").strip()


def test_errors_reach_the_console_in_words_without_a_traceback(tmp_path):
    done = console("run", str(tmp_path / "nothing here"), cwd=tmp_path, encoding="ascii")
    assert done.returncode == 1
    said = done.stderr.decode("ascii")
    assert "[no_study]" in said and "Traceback" not in said


def test_help_in_both_languages(capsys, monkeypatch):
    for lang, word in (("en", "execute the stages"), ("id", "jalankan tahap")):
        monkeypatch.setenv("AKHLAK_LANG", lang)
        with pytest.raises(SystemExit) as stop:
            cli.main(["--help"])
        assert stop.value.code == 0 and word in capsys.readouterr().out


def test_options_of_jupyterlab_and_pytest_go_on_to_them_and_others_are_refused(monkeypatch, capsys):
    called = []
    monkeypatch.setattr(cli.subprocess, "call", lambda command, **_: called.append(command) or 0)
    assert cli.main(["lab", "--no-browser", "--port", "8901"]) == 0
    assert called[-1][-3:] == ["--no-browser", "--port", "8901"]
    assert cli.main(["test-slow", "-x", "tests/recovery"]) == 0
    assert called[-1][-2:] == ["-x", "tests/recovery"]
    with pytest.raises(SystemExit):
        cli.main(["status", "--port", "1"])
    assert "--port" in capsys.readouterr().err


def test_the_makefile_has_only_lines_of_the_door():
    lines = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\t")]
    assert lines == ["\t@$(PYTHON) -m akhlak_research $@"]
    ci = (ROOT / ".ci" / "run").read_text()
    assert "make test" in ci and "make test" in (ROOT / "README.md").read_text()
