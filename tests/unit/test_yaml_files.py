"""YAML as plain data: nothing is built, nothing is turned into a truth value behind one's back."""

import pytest

from akhlak_research.core.errors import DataError, InstrumentError
from akhlak_research.core.yaml_files import read_yaml, read_yaml_file


def written(tmp_path, content):
    path = tmp_path / "file.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_unquoted_words_stay_words(tmp_path):
    content = "- NO\n- Y\n- N\n- on\n- 010\n- 12:30\n- 1_000\n- 2020-01-01\n- .5\n- 1e3\n"
    assert read_yaml(written(tmp_path, content)) == [
        "NO", "Y", "N", "on", "010", "12:30", "1_000", "2020-01-01", ".5", "1e3",
    ]  # fmt: skip


def test_plain_values(tmp_path):
    content = "{a: 1, b: -2.5, c: true, d: null, e: ~, f: , g: 'x', h: [1, {2: y}]}"
    assert read_yaml(written(tmp_path, content)) == {
        "a": 1, "b": -2.5, "c": True, "d": None, "e": None, "f": None, "g": "x", "h": [1, {2: "y"}],
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", b"a: 1\rb: 2", b"a: 1\nb: 2"])
def test_mark_and_line_ends(tmp_path, content):
    assert read_yaml(written(tmp_path, content)) == {"a": 1, "b": 2}


def test_empty_file_holds_nothing(tmp_path):
    assert read_yaml(written(tmp_path, "# only a comment\n")) is None


def test_rows_of_values(tmp_path):
    document = read_yaml_file(written(tmp_path, "a: 1\nb:\n  - x\n  - {c: y}\n"))
    assert [document.row("a"), document.row("b", 1, "c"), document.row("b", 1, "d"), document.row("z")] == [1, 4, 4, 1]


UNSAFE = [
    ('a: !!python/object/apply:os.system ["true"]', "!!python/object/apply:os.system"),
    ("a: !!python/name:os.system", "!!python/name:os.system"),
    ("a: !custom x", "!custom"),
    ("a: !!binary aGk=", "!!binary"),
    ("a: !!timestamp 2020-01-01", "!!timestamp"),
    ("a: !!int x", "!!int"),
]


@pytest.mark.parametrize(("content", "tag"), UNSAFE)
def test_objects_are_not_built(tmp_path, monkeypatch, content, tag):
    import os

    monkeypatch.setattr(os, "system", lambda command: pytest.fail("the file ran a command"))
    path = written(tmp_path, f"b: 1\n{content}\n")
    with pytest.raises(InstrumentError) as caught:
        read_yaml(path, InstrumentError)
    error = caught.value
    assert (error.code, error.where.file, error.where.row, error.got) == ("yaml_unsafe", str(path), 2, tag)
    assert "do not trust" in error.advice("en") and "jangan percayai" in error.advice("id")


@pytest.mark.parametrize(
    ("content", "code", "row", "got"),
    [
        ("a: 1\nb: c: d\n", "yaml_syntax", 2, "mapping values are not allowed here"),
        ("a:\n\t- 1\n", "yaml_syntax", 2, "found character '\\t' that cannot start any token"),
        ("a: 1\n---\nb: 2\n", "yaml_syntax", 2, "but found another document"),
        ("a: 1\n? [x]\n: 2\n", "yaml_syntax", 2, "sequence"),
        ("a: 1\nb: \x01\n", "yaml_syntax", 2, "U+0001"),
        ("[" * 5000, "yaml_syntax", 1, "nesting"),
        ("a: 1\nb: 2\na: 3\n", "yaml_duplicate_key", 3, "a"),
        ("a: 1\nb: {x: 1, x: 2}\n", "yaml_duplicate_key", 2, "x"),
        ("a: &k 1\nb: *k\n", "yaml_alias", 2, "alias"),
        ("a: &k [*k]\n", "yaml_alias", 1, "alias"),
        (b"a: 1\nb: \xe9\n", "yaml_encoding", 2, "0xE9"),
    ],
)
def test_faults_have_code_line_and_value(tmp_path, content, code, row, got):
    path = written(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_yaml(path)
    error = caught.value
    assert (error.code, error.where.file, error.where.row, error.got) == (code, str(path), row, got)
    assert error.advice("en") and error.advice("id") and str(row) in error.message("id")


def test_missing_file(tmp_path):
    with pytest.raises(DataError) as caught:
        read_yaml(tmp_path / "none.yaml")
    assert caught.value.code == "yaml_missing" and caught.value.where.file == str(tmp_path / "none.yaml")
