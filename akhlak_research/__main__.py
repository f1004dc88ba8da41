"""``python -m akhlak_research …``: the one door to every task, on every system.

In a checkout it first makes the environment that the task needs (``.venv``, from the hash-locked requirement files) and
goes on inside it; installed as a package it is the command line itself. This file is read by whatever Python a person
has, so it uses the standard library only and syntax that old versions parse: a wrong version gets a sentence.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
LOCKS = {
    "run": ("requirements-build.lock", "requirements.lock"),
    "test": ("requirements-build.lock", "requirements-dev.lock"),
}
TEST_TASKS = ("test", "test-slow", "lint")


def main(arguments: "list[str]") -> int:
    """Run a task; returns the exit code."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 12):
        found = "Python %d.%d (%s)" % (sys.version_info[0], sys.version_info[1], sys.executable)
        say("akhlak-research needs CPython 3.11 or 3.12; this is " + found)
        say("akhlak-research memerlukan CPython 3.11 atau 3.12; ini " + found)
        say("Install one of them, then for example: make PYTHON=python3.12 run  |  py -3.12 -m akhlak_research run")
        return 2
    if not is_checkout() or os.environ.get("AKHLAK_ENV") == "current":
        return cli(arguments)
    task = arguments[0] if arguments else "help"
    if task == "clean":
        shutil.rmtree(VENV, ignore_errors=True)
        shutil.rmtree(os.path.join(ROOT, "reports"), ignore_errors=True)
        return 0
    need = "test" if task in TEST_TASKS else "run"
    python = venv_python()
    if not is_ready(need):
        code = set_up(need, python)
        if code:
            return code
    if os.path.realpath(sys.prefix) == os.path.realpath(VENV):
        return cli(arguments)
    return subprocess.call([python, "-m", "akhlak_research"] + arguments)


def cli(arguments: "list[str]") -> int:
    """The command line proper; everything it needs is installed by now."""
    from akhlak_research.cli import main as run

    return run(arguments)


def say(sentence: str) -> None:
    """One line on standard error, whatever its encoding can show."""
    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write(sentence.encode(encoding, "replace").decode(encoding) + "\n")


def is_checkout() -> bool:
    """Whether this is the repository, with its locks, and not an installed package."""
    return all(os.path.isfile(os.path.join(ROOT, name)) for names in LOCKS.values() for name in names)


def venv_python() -> str:
    """Path of the environment's interpreter."""
    return os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")


def stamp(need: str) -> str:
    """What must be installed for a need: the locks' digests, the Python version, the package's own description."""
    digest = hashlib.sha256(("%d.%d" % sys.version_info[:2]).encode())
    for name in LOCKS[need] + ("pyproject.toml",):
        with open(os.path.join(ROOT, name), "rb") as stream:
            digest.update(stream.read())
    return digest.hexdigest()


def stamp_file(need: str) -> str:
    """Where the stamp of a finished set-up is kept."""
    return os.path.join(VENV, "akhlak-%s.stamp" % need)


def is_ready(need: str) -> bool:
    """Whether the environment has been set up for this need (what serves the tests serves the runs)."""
    for name in (need, "test"):
        try:
            with open(stamp_file(name)) as stream:
                if stream.read() == stamp(name):
                    return True
        except OSError:
            pass
    return False


def set_up(need: str, python: str) -> int:
    """Make the environment: build backends first, so that nothing is built with unlocked tools."""
    say("Setting up .venv from the locked requirements (once; a minute or two)")
    say("Menyiapkan .venv dari daftar paket terkunci (sekali saja; satu-dua menit)")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    build, locked = (os.path.join(ROOT, name) for name in LOCKS[need])
    steps = [
        [sys.executable, "-m", "venv"] + ([] if same_version(python) else ["--clear"]) + [VENV],
        pip + ["--require-hashes", "-r", build],
        pip + ["--require-hashes", "--no-build-isolation", "-r", locked],
        pip + ["--no-deps", "--no-build-isolation", "-e", ROOT],
    ]
    for step in steps:
        code = subprocess.call(step)
        if code:
            say("Set-up failed at: " + " ".join(step[1:5]) + " (exit %d)" % code)
            say("Nothing else was changed; run the same command again, it goes on where it stopped.")
            return code
    with open(stamp_file(need), "w") as stream:
        stream.write(stamp(need))
    return 0


def same_version(python: str) -> bool:
    """Whether the existing environment runs the Python that sets it up."""
    if not os.path.exists(python):
        return False
    probe = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.check_output(probe).decode().strip() == "%d.%d" % sys.version_info[:2]
    except (OSError, subprocess.CalledProcessError):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
