"""Forms, providers, blanks and profiles are found by name: the workspace's first, then what ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from formfill.catalog import Catalog, find_workspace, load_outline, shipped_library
from formfill.errors import BlankFormError, FormMapError, ProfileError, ProviderError, RequestError
from formfill.model.form_map import load_form_map

MAP = """\
form: {form}
title: {title}
provider: acme
blank:
  file: acme/roi-en.pdf
  sha256: {sha}
fields:
  - value: patient.full_name   # a comment
    page: 1
    box: [10, 10, 100, 20]
    label: "Name:"
notes: after the fields
"""


def write_map(root: Path, name: str = "acme/roi-en", form: str = "acme-roi-en", title: str = "Release") -> Path:
    path = root / "form_maps" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(MAP.format(form=form, title=title, sha="0" * 64))
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "formfill.yaml").write_text("# empty\n")
    return tmp_path


def test_a_form_is_found_by_its_usual_place(workspace: Path) -> None:
    path = write_map(workspace)
    assert Catalog(workspace).form_map_path("acme-roi-en") == path
    assert Catalog(workspace).form_map("acme-roi-en").title == "Release"


def test_a_form_in_an_unusual_place_is_found_too(workspace: Path) -> None:
    path = write_map(workspace, "somewhere/else")
    assert Catalog(workspace).form_map_path("acme-roi-en") == path


def test_a_file_in_the_usual_place_with_another_id_is_not_taken(workspace: Path) -> None:
    write_map(workspace, "acme/roi-en", form="acme-other")
    path = write_map(workspace, "acme/second")
    assert Catalog(workspace).form_map_path("acme-roi-en") == path


def test_the_workspace_stands_before_what_ships(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped = tmp_path / "shipped"
    write_map(shipped, title="Shipped")
    write_map(shipped, "acme/es", form="acme-es", title="Only shipped")
    monkeypatch.setattr("formfill.catalog.shipped_library", lambda: shipped)
    own = write_map(workspace, title="Own")
    catalog = Catalog(workspace)
    assert catalog.form_map("acme-roi-en").title == "Own"
    assert catalog.form_map("acme-es").title == "Only shipped"
    assert catalog.form_map_paths() == {"acme-es": shipped / "form_maps/acme/es.yaml", "acme-roi-en": own}
    assert Catalog(None).form_map("acme-roi-en").title == "Shipped"


def test_two_maps_with_one_id_are_an_error(workspace: Path) -> None:
    write_map(workspace)
    write_map(workspace, "acme/copy")
    with pytest.raises(FormMapError, match="ids are unique"):
        Catalog(workspace).form_map_paths()


def test_two_usual_places_with_one_id_are_an_error(workspace: Path) -> None:
    write_map(workspace)
    write_map(workspace, "acme-roi/en")
    with pytest.raises(FormMapError, match="ids are unique"):
        Catalog(workspace).form_map("acme-roi-en")


def test_an_unknown_form_names_its_neighbours(workspace: Path) -> None:
    write_map(workspace)
    with pytest.raises(FormMapError, match=r"acme-roi-em: no such form.*Did you mean acme-roi-en"):
        Catalog(workspace).form_map("acme-roi-em")


@pytest.mark.parametrize("form_id", ["../secret", "a/b", "/etc/passwd", "A", "", "a b"])
def test_a_form_id_is_no_path(workspace: Path, form_id: str) -> None:
    with pytest.raises(FormMapError, match="form id"):
        Catalog(workspace).form_map(form_id)


@pytest.mark.parametrize("provider_id", ["../acme", "a/b", "/x"])
def test_a_provider_id_is_no_path(workspace: Path, provider_id: str) -> None:
    with pytest.raises(ProviderError, match="provider id"):
        Catalog(workspace).provider(provider_id)


def test_an_unknown_provider_says_where_its_record_goes(workspace: Path) -> None:
    with pytest.raises(ProviderError, match=r"form_maps/acme/provider\.yaml"):
        Catalog(workspace).provider("acme")


def test_the_outline_of_a_map_is_the_map_without_fields(workspace: Path) -> None:
    path = write_map(workspace)
    assert load_outline(path) == load_form_map(path).model_copy(update={"fields": ()})
    assert load_outline(path).notes == "after the fields"


def test_every_shipped_map_has_an_outline_and_is_found(root: Path) -> None:
    catalog = Catalog(None)
    paths = catalog.form_map_paths()
    assert paths, "no form map ships"
    for form_id, path in paths.items():
        assert catalog.form_map_path(form_id) == path
        whole = load_form_map(path)
        assert load_outline(path) == whole.model_copy(update={"fields": ()})
        assert whole.form == form_id


def test_a_blank_is_found_in_the_workspace_first(workspace: Path) -> None:
    form_map = load_form_map(write_map(workspace))
    with pytest.raises(BlankFormError, match=r"formfill form add") as caught:
        Catalog(workspace).blank(form_map)
    assert "form pull" not in str(caught.value), "the map has no source to pull from"
    path = workspace / "forms/acme/roi-en.pdf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"%PDF")
    assert Catalog(workspace).blank(form_map) == path


@pytest.mark.parametrize("name", ["../x.pdf", "/etc/passwd", "a/../../x.pdf", "'..\\x.pdf'", "'C:\\x.pdf'", "./", "''"])
def test_a_map_whose_blank_leads_out_is_refused(workspace: Path, name: str) -> None:
    path = write_map(workspace)
    path.write_text(path.read_text().replace("acme/roi-en.pdf", name))
    with pytest.raises(FormMapError, match=r"roi-en\.yaml:5: blank\.file: .*without '\.\.'"):
        Catalog(workspace).form_map("acme-roi-en")


def test_a_profile_is_a_name_or_a_path(workspace: Path) -> None:
    saved = workspace / "profiles/someone.yaml"
    saved.parent.mkdir()
    saved.write_text("x")
    catalog = Catalog(workspace)
    assert catalog.profile_path("someone") == saved
    assert catalog.profile_path("other/someone.yaml") == Path("other/someone.yaml")
    with pytest.raises(ProfileError, match=r"Known: .*someone"):
        catalog.profile_path("nobody")


def test_the_workspace_is_named_or_found_upward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORMFILL_HOME", raising=False)
    (tmp_path / "formfill.yaml").write_text("# empty\n")
    deep = tmp_path / "a/b"
    deep.mkdir(parents=True)
    assert find_workspace(start=deep) == tmp_path.resolve()
    monkeypatch.setenv("FORMFILL_HOME", str(deep))
    assert find_workspace(start=tmp_path) == deep.resolve()
    assert find_workspace(explicit=tmp_path / "a") == (tmp_path / "a").resolve()
    with pytest.raises(RequestError, match="--workspace"):
        find_workspace(explicit=tmp_path / "none")
    monkeypatch.setenv("FORMFILL_HOME", str(tmp_path / "none"))
    with pytest.raises(RequestError, match="FORMFILL_HOME"):
        find_workspace()


def test_what_ships_is_there() -> None:
    assert (shipped_library() / "form_maps").is_dir()
