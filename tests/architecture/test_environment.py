"""pyproject.toml, environment.yml and the locks say one thing."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-dev.lock")
RUN = ("report", "formats", "engines", "release", "lab")
RESEARCHER = ("jupyterlab", "pandas", "statsmodels", "pingouin", "factor_analyzer", "seaborn")


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, str]:
    """Package → version of a lock."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.M)
    return {canonicalize_name(package): version for package, version in found}


def required(*extras: str) -> list[Requirement]:
    table = project()["project"]
    lines = list(table["dependencies"])
    for extra in extras:
        lines += table["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def test_the_lock_satisfies_every_requirement():
    for lock, extras in (
        ("requirements.lock", RUN),
        ("requirements-dev.lock", (*RUN, "dev")),
    ):
        versions = locked(lock)
        for requirement in required(*extras):
            version = versions.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement.name} is not in {lock}"
            assert requirement.specifier.contains(version), f"{lock}: {requirement} against {version}"


def test_test_lock_holds_the_run_lock_unchanged():
    run, test = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: test.get(name) for name in run} == run


def test_the_researchers_packages_are_locked():
    versions = locked("requirements.lock")
    assert all(canonicalize_name(name) in versions for name in RESEARCHER)


def test_the_build_backend_is_locked():
    backend = Requirement(project()["build-system"]["requires"][0])
    assert backend.specifier.contains(locked("requirements-build.lock")[backend.name])


def test_every_locked_package_has_hashes_and_no_address():
    for name in LOCKS:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links|/(root|home|tmp)/", text), name
        entries = re.split(r"\n(?=\S)", text.strip())
        assert len(entries) > 2
        for entry in entries:
            assert "--hash=sha256:" in entry, f"{name}: {entry.splitlines()[0]}"


def test_environment_yml_is_thin_and_uses_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    pip = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert {re.split(r"[=<>]", entry)[0] for entry in conda} == {"python", "pip"}
    assert pip == [["-r requirements.lock"]]
    python = next(entry for entry in conda if entry.startswith("python=")).split("=")[-1]
    assert Requirement(f"python{project()['project']['requires-python']}").specifier.contains(f"{python}.7")


def test_readme_says_that_the_conda_solve_was_not_run():
    assert re.search(r"conda solve .*not (been )?run", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
