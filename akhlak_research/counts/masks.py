"""Sums of many institutions' counts without anybody seeing one institution's: additive masks that cancel.

Every two parties agree on a secret by X25519 key exchange and stretch it to one random number per cell; the one whose
name sorts first adds them, the other subtracts them, modulo 2⁶⁴. A single file is uniformly random to anybody who
lacks the secrets; the sum over all parties is exact. The protocol, what it protects against, and what happens when a
party is lost, stand in docs/federated-validation.md.

References
----------
Bonawitz, K., et al. (2017). Practical secure aggregation for privacy-preserving machine learning. CCS '17, section 4
(the pairwise masks; the recovery of lost parties by shared secrets is left out, the round is repeated instead).
RFC 7748 (X25519). FIPS 202 (SHAKE256, SHA3-256).
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.packages import need
from akhlak_research.counts.files import counts_from, layout_of, sizes
from akhlak_research.counts.masked import MaskedCounts, read_masked_counts
from akhlak_research.counts.tables import Counts

#: with two parties each would know the other's table from the sum
MIN_PARTIES = 3
_KEY_FORMAT = "akhlak-mask-key"
_DOMAIN = b"akhlak-research additive masks 1"


def mask_key(path: str | Path) -> str:
    """Make this institution's secret key, or read it again; returns the public key to hand out.

    Parameters
    ----------
    path : str or Path
        File of the secret key, readable by its owner only. It never leaves the institution.

    Returns
    -------
    str
        The public key, 64 hexadecimal digits. Others must get it on a way that shows whose it is.

    Raises
    ------
    DataError
        ``mask_key_format`` for a file that is something else.

    Examples
    --------
    >>> import akhlak_research as ak, tempfile, pathlib
    >>> key = pathlib.Path(tempfile.mkdtemp()) / "office.key"
    >>> len(ak.mask_key(key)), ak.mask_key(key) == ak.mask_key(key)
    (64, True)
    """
    path = Path(path)
    if not path.exists():
        secret = _x25519().X25519PrivateKey.generate().private_bytes_raw().hex()
        _write_key(path, {"format": _KEY_FORMAT, "secret": secret, "rounds": {}})
    return str(_secret(_read_key(path)).public_key().public_bytes_raw().hex())


def mask_counts(counts: Counts, *, party: str, key: str | Path, parties: Mapping[str, str], round: str) -> MaskedCounts:
    """Counts of one institution, hidden until those of all parties are added.

    Parameters
    ----------
    counts : Counts
        Without sampling weights. Every party must have counted the same items with the same ``scale`` (so that the
        categories are the same whoever answered what), ``dimensions`` and groups.
    party : str
        Name of this institution in ``parties``.
    key : str or Path
        Its secret key (``mask_key``). The file also remembers which rounds it was used in.
    parties : mapping of name to public key
        All parties of this round, at least three.
    round : str
        Name of the round, the same for all. One round hides one table: other counts need another round, because the
        difference of two files with the same masks is the difference of the tables.

    Returns
    -------
    MaskedCounts

    Raises
    ------
    MethodError
        ``mask_needs_counts`` (sampling weights), ``counts_suppressed``, ``mask_round_used``.
    ArgumentError
        ``mask_parties`` (fewer than three, or the party is not among them), ``mask_public_key``.
    DataError
        ``mask_key_format``, ``mask_key_differs``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd, tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> offices = {name: pd.DataFrame({"a": [1, 2, at], "b": [2, 1, at]}) for at, name in enumerate("xyz", 1)}
    >>> parties = {name: ak.mask_key(folder / f"{name}.key") for name in offices}
    >>> masked = [
    ...     ak.mask_counts(ak.count_responses(frame, scale=(1, 3)), party=name, key=folder / f"{name}.key",
    ...                    parties=parties, round="pilot")
    ...     for name, frame in offices.items()
    ... ]
    >>> total = ak.sum_masked(masked)
    >>> total.equals(sum(ak.count_responses(frame, scale=(1, 3)) for frame in offices.values()))
    True
    """
    if counts.weighting == "sampling":
        raise MethodError("mask_needs_counts")
    if counts.suppressed is not None:
        raise MethodError("counts_suppressed", got=counts.suppressed.share, below=counts.suppressed.below)
    if len(parties) < MIN_PARTIES or party not in parties:
        raise ArgumentError("mask_parties", got=party, expected=tuple(parties), least=MIN_PARTIES)
    stored = _read_key(Path(key))
    secret = _secret(stored)
    if secret.public_key().public_bytes_raw() != _public_bytes(party, parties[party]):
        raise DataError("mask_key_differs", file=key, got=party)
    context = _context(counts, parties, round)
    _remember(Path(key), stored, context, counts.digest, round)
    numbers = (
        np.concatenate([np.ascontiguousarray(a).ravel() for a in counts.arrays()]).astype(np.int64).view(np.uint64)
    )
    hidden = numbers.copy()
    for other, public in parties.items():
        if other != party:
            stream = _stream(secret, _public_bytes(other, public), other, context, len(numbers))
            hidden = hidden + stream if party < other else hidden - stream
    return MaskedCounts(party, tuple(sorted(parties)), round, context.hex(), layout_of(counts), hidden)


def sum_masked(masked: Iterable[MaskedCounts | str | Path]) -> Counts:
    """The exact sum of the counts of all parties.

    Parameters
    ----------
    masked : iterable of MaskedCounts or paths of their files
        One of each party.

    Returns
    -------
    Counts
        As if all rows had been counted together.

    Raises
    ------
    DataError
        ``masked_differ`` (another round, other parties, or tables that mean something else), ``masked_party_twice``,
        ``masks_do_not_cancel`` (the sum is no set of tables: a file was changed, or a key exchanged).
    MethodError
        ``masked_party_missing``: without a party's file the sum is random; repeat the round without it.

    Examples
    --------
    See ``mask_counts``.
    """
    given = [one if isinstance(one, MaskedCounts) else read_masked_counts(one) for one in masked]
    if not given:
        raise DataError("no_rows")
    first = given[0]
    for one in given:
        if (one.round, one.parties, one.context) != (first.round, first.parties, first.context):
            raise DataError("masked_differ", got=one.party, expected=first.party)
    names = [one.party for one in given]
    if len(set(names)) != len(names):
        raise DataError("masked_party_twice", got=sorted({name for name in names if names.count(name) > 1}))
    absent = [name for name in first.parties if name not in names]
    if absent:
        raise MethodError("masked_party_missing", got=absent, count=len(absent), n_parties=len(first.parties))
    total = np.zeros_like(first.numbers)
    for one in given:
        total = total + one.numbers
    numbers = total.view(np.int64)
    counts = counts_from(first.layout, np.split(numbers, np.cumsum(sizes(first.layout))[:-1]))
    if (numbers < 0).any() or not counts.consistent:
        raise DataError("masks_do_not_cancel", n_parties=len(names))
    return counts


def _x25519() -> Any:
    return need("cryptography.hazmat.primitives.asymmetric.x25519", "release")


def _read_key(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise DataError("file_not_found", file=path)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] == _KEY_FORMAT and len(bytes.fromhex(stored["secret"])) == 32:
            return dict(stored)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError("mask_key_format", file=path) from error
    raise DataError("mask_key_format", file=path)


def _write_key(path: Path, stored: dict[str, Any]) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(stored, stream)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _secret(stored: dict[str, Any]) -> Any:
    return _x25519().X25519PrivateKey.from_private_bytes(bytes.fromhex(stored["secret"]))


def _public_bytes(party: str, public: str) -> bytes:
    try:
        raw = bytes.fromhex(public)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise ArgumentError("mask_public_key", got=party)
    return raw


def _context(counts: Counts, parties: Mapping[str, str], round: str) -> bytes:
    """What a mask belongs to; anything that differs between two parties gives masks that do not cancel."""
    roster = sorted((name, public.lower()) for name, public in parties.items())
    return hashlib.sha3_256(_DOMAIN + repr((round, roster, counts.layout)).encode("utf-8", "backslashreplace")).digest()


def _remember(path: Path, stored: dict[str, Any], context: bytes, digest: str, round: str) -> None:
    """Note in the key file that this table was hidden in this round; refuse a second table."""
    known = stored["rounds"].setdefault(context.hex(), digest)
    if known != digest:
        raise MethodError("mask_round_used", got=round)
    _write_key(path, stored)


def _stream(secret: Any, public: bytes, other: str, context: bytes, cells: int) -> NDArray[np.uint64]:
    """(cells,) random numbers that only these two parties can make."""
    try:
        shared = secret.exchange(_x25519().X25519PublicKey.from_public_bytes(public))
    except ValueError as error:  # a point of low order: the secret would be known to everybody
        raise ArgumentError("mask_public_key", got=other) from error
    seed = hashlib.sha3_256(_DOMAIN + shared + context).digest()
    return np.frombuffer(hashlib.shake_256(seed).digest(8 * cells), dtype="<u8").astype(np.uint64)
