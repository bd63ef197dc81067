"""Strict YAML: nothing is guessed, every key knows its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from formfill import yaml_io
from formfill.errors import ProfileError, RequestError


def loads(text: str) -> yaml_io.Document:
    return yaml_io.loads(text, "p.yaml", ProfileError)


def refusal(text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        loads(text)
    return str(caught.value)


def test_scalars_stay_text_where_plain_yaml_changes_them() -> None:
    text = "zip: 02134\nno: no\ndate: 1987-03-14\nnumber: 1e3\nclock: 12:30\n"
    assert yaml.safe_load(text)["zip"] == 1116, "the trap this module is for"
    assert loads(text).data == {"zip": "02134", "no": "no", "date": "1987-03-14", "number": "1e3", "clock": "12:30"}


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_a_key_with_nothing_behind_it_has_no_value(nothing: str) -> None:
    assert loads(f"email: {nothing}\n").data == {"email": None}


def test_a_quoted_empty_text_is_a_text() -> None:
    assert loads('a: ""\nb: "null"\n').data == {"a": "", "b": "null"}


def test_equal_keys_are_refused_with_the_line_of_the_second() -> None:
    assert refusal("patient:\n  email: a\n  email: b\n") == "p.yaml:3: patient.email: the key stands twice; keep one"


def test_a_key_with_another_case_is_another_key() -> None:
    assert loads("a: 1\nA: 2\n").data == {"a": "1", "A": "2"}


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x\n", "a: &x [1]\nb: [*x, *x]\n"])
def test_aliases_are_refused(text: str) -> None:
    assert "anchors and aliases" in refusal(text)


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert "anchors and aliases" in refusal("\n".join(lines))


def test_merge_keys_are_refused() -> None:
    assert "merge keys" in refusal("<<: {a: 1}\n")


def test_deep_nesting_is_refused_without_a_crash() -> None:
    assert "deeper than" in refusal("a: " + "[" * 40 + "]" * 40)
    assert refusal("[" * 50_000)


@pytest.mark.parametrize("text", ["a: [1\nb: 2\n", "a: b: c\n", "\ta: 1\n"])
def test_broken_yaml_names_file_and_line(text: str) -> None:
    message = refusal(text)
    assert message.startswith("p.yaml:")
    assert "not valid YAML" in message


def test_a_second_document_is_refused() -> None:
    assert refusal("a: 1\n---\nb: 2\n") == "p.yaml:2: a second document begins (---): one file holds one document"
    assert loads("---\na: 1\n...\n").data == {"a": "1"}


def test_signs_that_yaml_forbids_are_refused() -> None:
    assert refusal("a: b\nc: \x07bell\n").startswith("p.yaml:2: holds the character U+0007")


def test_tags_do_not_make_python_objects() -> None:
    assert loads("a: !!python/object/apply:os.system [true]\n").data == {"a": ["true"]}


def test_an_empty_file_is_refused() -> None:
    assert refusal("# only a comment\n") == "p.yaml: is empty"


def test_lines_of_keys_and_items() -> None:
    document = loads("form: x\nfields:\n  - value: a\n    page: 1\n  - value: b\n")
    assert document.line_of(("fields", 1, "value")) == 5
    assert document.line_of(("fields", 0, "page")) == 4
    assert document.line_of(("fields", 0, "no such key")) == 3, "the nearest ancestor"


def test_dotted_paths() -> None:
    assert yaml_io.dotted(("fields", 3, "box", 0)) == "fields[3].box[0]"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no such file"):
        yaml_io.load(tmp_path / "none.yaml", RequestError)
    with pytest.raises(RequestError, match="is a folder"):
        yaml_io.load(tmp_path, RequestError)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: José".encode("latin-1"))
    with pytest.raises(RequestError, match="not UTF-8"):
        yaml_io.load(latin, RequestError)
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * (yaml_io.MAX_BYTES + 1))
    with pytest.raises(RequestError, match="larger than"):
        yaml_io.load(huge, RequestError)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: 1\n", "p.yaml:2: "),
        ("a:\n\tb: 1\n", "indent with spaces"),
        ("a: Suite: 7\n", 'a text with ": " in it stands in quotes'),
        ("a: 1\nb: 'never\nc: closed\n", "opens in line 2 is never closed"),
    ],
)
def test_the_usual_slips_have_their_remedy(text: str, said: str) -> None:
    assert said in refusal(text)


def test_keys_that_stand_in_no_file_have_no_line() -> None:
    document = yaml_io.from_keys({"records": ["lab"], "dates": {"from": "x"}}, "request")
    assert document.line_of(("dates", "from")) == 0
    assert ("records", 0) in document.lines
