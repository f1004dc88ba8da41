"""Checks a release with Python's standard library alone. Part of the workbench, and shipped inside every release:

    python verify.py [FOLDER or ZIP]

It answers: is every file the one that was released, and is none missing or added; is the ledger an unbroken chain; does
every record carry the digest that the ledger names; is every number of the report's tables a number of the record that
the table says it shows. The signature needs the package `cryptography` and is skipped, loudly, without it.
"""

import base64
import hashlib
import json
import math
import os
import re
import sys
import tempfile
import zipfile
from html.parser import HTMLParser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST = "MANIFEST.sha256"
SIGNATURE = "SIGNATURE.txt"
START = "0" * 64
_NUMBER = re.compile(r"([<>]?)\s*([−-]?[0-9][0-9.,]*)")
_MOST_BYTES = 2 * 1024**3
#: what holds a number of a record on a page
_HOLDERS = ("td", "dd", "data")


def verify(path: str) -> "tuple[list[str], list[str]]":
    """Check a folder or zip; returns ``(problems, notes)``: lists of sentences, the first empty where all is well."""
    if os.path.isfile(path) and zipfile.is_zipfile(path):
        with tempfile.TemporaryDirectory() as folder:
            try:
                unpack(path, folder)
            except ValueError as fault:
                return [str(fault)], []
            inside = [name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))]
            return verify(os.path.join(folder, inside[0]) if len(inside) == 1 else folder)
    if not os.path.isfile(os.path.join(path, MANIFEST)):
        return ["%s holds no %s" % (path, MANIFEST)], []
    problems: "list[str]" = []
    notes: "list[str]" = []
    check_files(path, problems)
    if any(" is a link" in line for line in problems):
        return problems, notes  # what a link leads to is not read
    check_signature(path, problems, notes)
    try:
        digests = check_ledger(path, problems, notes)
        records = check_records(path, digests, problems, notes)
        check_decisions(path, problems)
        check_report(path, records, problems, notes)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        problems.append("the evidence cannot be read: %s %s" % (type(fault).__name__, fault))
    return problems, notes


def unpack(path: str, folder: str) -> None:
    """Unpack a zip whose members stay inside the folder and within two gigabytes."""
    with zipfile.ZipFile(path) as archive:
        total = 0
        for member in archive.infolist():
            name = member.filename
            total += member.file_size
            if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
                raise ValueError("the zip holds a file outside itself: %r" % name)
            if (member.external_attr >> 16) & 0o170000 == 0o120000:
                raise ValueError("the zip holds a link: %r" % name)
            if total > _MOST_BYTES:
                raise ValueError("the zip unpacks to more than %d bytes" % _MOST_BYTES)
        archive.extractall(folder)


def sha256(path: str) -> str:
    """Digest of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def check_files(path: str, problems: "list[str]") -> None:
    """Every file as the manifest says, none missing, none added, none a link."""
    listed: "dict[str, str]" = {}
    with open(os.path.join(path, MANIFEST), encoding="utf-8") as stream:
        for line in stream:
            digest, _, name = line.rstrip("\n").partition("  ")
            listed[name] = digest
    found: "set[str]" = set()
    for folder, folders, files in os.walk(path):
        for name in files + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
            full = os.path.join(folder, name)
            relative = os.path.relpath(full, path).replace(os.sep, "/")
            found.add(relative)
            if os.path.islink(full):
                problems.append("%s is a link" % relative)
    for name in sorted(set(listed) - found):
        problems.append("%s is missing" % name)
    for name in sorted(found - set(listed) - {MANIFEST, SIGNATURE}):
        problems.append("%s was added" % name)
    for name in sorted(set(listed) & found):
        full = os.path.join(path, *name.split("/"))
        if not os.path.islink(full) and sha256(full) != listed[name]:
            problems.append("%s was changed" % name)


def check_signature(path: str, problems: "list[str]", notes: "list[str]") -> None:
    """The manifest's Ed25519 signature, where there is one and the package for it."""
    file = os.path.join(path, SIGNATURE)
    if not os.path.isfile(file):
        notes.append("not signed")
        return
    with open(file, encoding="ascii") as stream:
        said = dict(line.rstrip("\n").split(": ", 1) for line in stream if ": " in line)
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        notes.append("signature not checked: the package cryptography is not installed")
        return
    with open(os.path.join(path, MANIFEST), "rb") as stream:
        manifest = stream.read()
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(said["public-key"]))
        key.verify(base64.b64decode(said["signature"]), manifest)
        notes.append("signed with the key %s; compare it with the one the institution publishes" % said["public-key"])
    except (InvalidSignature, KeyError, ValueError):
        problems.append("the signature does not fit the manifest")


def check_ledger(path: str, problems: "list[str]", notes: "list[str]") -> "dict[str, str]":
    """The chain of the ledger; returns the newest digest of each record that it names."""
    digests: "dict[str, str]" = {}
    file = os.path.join(path, "evidence", "ledger.jsonl")
    if not os.path.isfile(file):
        problems.append("evidence/ledger.jsonl is missing")
        return digests
    previous, row = START, 0
    with open(file, encoding="utf-8") as stream:
        for row, line in enumerate(stream, 1):
            body = json.loads(line)
            plain = {key: value for key, value in body.items() if key != "hash"}
            seal = hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
            if (body["previous"], body["seq"], body["hash"]) != (previous, row, seal):
                problems.append("line %d of the ledger does not follow from the one before" % row)
                return digests
            previous = body["hash"]
            if body["event"] == "record":
                digests[body["name"]] = body["digest"]
    notes.append("ledger: %d lines, unbroken" % row)
    return digests


def check_records(
    path: str, digests: "dict[str, str]", problems: "list[str]", notes: "list[str]"
) -> "dict[str, object]":
    """Every record is the newest of its name in the ledger; returns digest to the whole file of the record."""
    records: "dict[str, object]" = {}
    folder = os.path.join(path, "evidence", "records")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            body = json.load(stream)
        written = json.dumps(body["record"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(written.encode("utf-8", "backslashreplace")).hexdigest()
        if digest not in digests.values():
            problems.append("the record %s is not in the ledger" % name)
        elif digests.get(name[: -len(".json")]) != digest or body.get("name") != name[: -len(".json")]:
            problems.append("the record %s is not the one that the ledger keeps under this name" % name)
        records[digest] = body
    notes.append("records: %d, compared with the ledger" % len(records))
    return records


def check_decisions(path: str, problems: "list[str]") -> None:
    """What people decided and why reads in the file of decisions as in the record that the ledger keeps of it."""
    file = os.path.join(path, "evidence", "decisions.yaml")
    kept = os.path.join(path, "evidence", "records", "decisions.json")
    if not (os.path.isfile(file) and os.path.isfile(kept)):
        return
    with open(file, encoding="utf-8") as stream:
        written = bare(stream.read())
    with open(kept, encoding="utf-8") as stream:
        entries = json.load(stream)["record"].get("entries", [])
    for entry in entries:
        for field in ("choice", "rationale", "role", "date"):
            said = entry.get(field, "")
            for words in said.values() if isinstance(said, dict) else [said]:
                if bare(words) not in written:
                    problems.append(
                        "evidence/decisions.yaml says otherwise than its record: %s of %s" % (field, entry["criterion"])
                    )


def bare(words: str) -> str:
    """Words without the spaces and quotes that a file of YAML may write in several ways."""
    return re.sub("[\\s'\"\\\\]", "", words)


class Tables(HTMLParser):
    """Numbers of a page, in tables and in the headline, each with the digest of the record that is shown."""

    def __init__(self) -> None:
        """Nothing read yet."""
        HTMLParser.__init__(self)
        self.digests: "list[str | None]" = []
        self.cells: "list[tuple[str | None, str]]" = []
        self.language = "id"
        self._cell: "str | None" = None

    def handle_starttag(self, tag: str, attributes: "list[tuple[str, str | None]]") -> None:
        """Enter a figure or a cell."""
        values = dict(attributes)
        if tag == "html":
            self.language = values.get("lang") or "id"
        elif tag == "figure":
            self.digests.append(values.get("data-record"))
        elif tag in _HOLDERS and "number" in (values.get("class") or "").split() and self.digests:
            self._cell = ""

    def handle_data(self, data: str) -> None:
        """Words of a cell."""
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a cell or a figure."""
        if tag in _HOLDERS and self._cell is not None:
            self.cells.append((self.digests[-1], self._cell.strip()))
            self._cell = None
        elif tag == "figure" and self.digests:
            self.digests.pop()


def check_report(path: str, records: "dict[str, object]", problems: "list[str]", notes: "list[str]") -> None:
    """Every table shows a record of this release, and every number in it is a number of that record, rounded."""
    shown = 0
    known: "dict[str, list[float]]" = {}
    for folder, _, files in os.walk(os.path.join(path, "report")):
        for name in sorted(files):
            if not name.endswith(".html"):
                continue
            page = Tables()
            with open(os.path.join(folder, name), encoding="utf-8") as stream:
                page.feed(stream.read())
            where = os.path.relpath(os.path.join(folder, name), path).replace(os.sep, "/")
            for digest, cell in page.cells:
                if digest is None or digest not in records:
                    problems.append("%s shows a table that is no record of this release" % where)
                    break
                if digest not in known:
                    known[digest] = sorted(set(numbers(records[digest])))
                for bound, written in _NUMBER.findall(cell):
                    shown += 1
                    if not is_shown(bound, written, page.language, known[digest]):
                        problems.append("%s shows %s, which is no number of its record" % (where, written))
    notes.append("report: %d numbers, compared with their records" % shown)


def numbers(node: object) -> "Iterator[float]":
    """Every number in a record."""
    if isinstance(node, bool) or node is None:
        return
    if isinstance(node, (int, float)):
        if math.isfinite(node):
            yield float(node)
    elif isinstance(node, dict):
        for value in node.values():
            yield from numbers(value)
    elif isinstance(node, list):
        for value in node:
            yield from numbers(value)
    elif isinstance(node, str):
        plain = re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", node).replace("−", "-")
        for found in re.findall(r"-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?", plain):
            yield float(found)


def is_shown(bound: str, written: str, language: str, known: "list[float]") -> bool:
    """Whether a number as a page writes it is a known one, rounded to its decimals; also as a percentage of a share.

    Of ``< 0.001`` it is enough that some known number lies below.
    """
    thousands, point = (".", ",") if language == "id" else (",", ".")
    plain = written.replace("−", "-").replace(thousands, "").replace(point, ".").rstrip(".")
    value = float(plain)
    if bound:
        return bool(known) and (known[0] < value if bound == "<" else known[-1] > value)
    decimals = len(plain.partition(".")[2])
    slack = 0.5 * 10.0**-decimals * (1 + 1e-6) + 1e-12
    return any(near(value, known, slack, scale) for scale in (1.0, 100.0))


def near(value: float, known: "list[float]", slack: float, scale: float) -> bool:
    """Whether a sorted list has a number that, times the scale, lies within the slack."""
    from bisect import bisect_left

    at = bisect_left(known, (value - slack) / scale - 1e-12)
    return any(abs(other * scale - value) <= slack for other in known[max(at - 1, 0) : at + 2])


def main(arguments: "list[str]") -> int:
    """The command line: 0 all well, 1 problems."""
    path = arguments[0] if arguments else os.path.dirname(os.path.abspath(__file__))
    problems, notes = verify(path)
    for line in notes:
        sys.stdout.write("  " + line + "\n")
    for line in problems[:50]:
        sys.stdout.write("PROBLEM: " + line + "\n")
    sys.stdout.write(("NOT VERIFIED: %d problems\n" % len(problems)) if problems else "VERIFIED\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
