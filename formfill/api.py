"""formfill from Python: the names that a person gives, in; a filled form, out.

from formfill import fill_out
filled = fill_out("amina-rahimi", form="model-access-request-en", request={"records": ["lab"], "delivery": "cd"})
filled.save("out/")
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formfill import yaml_io
from formfill.catalog import Catalog, find_workspace
from formfill.errors import BlankFormError, FormMapError, RequestError
from formfill.job import FilledForm, FillJob, fill_form
from formfill.model.form_map import FormMap, load_form_map
from formfill.model.profile import Profile
from formfill.model.provider import Provider, load_provider
from formfill.model.request import Request, load_request, parse_request


def fill_out(
    profile: str | Path,
    *,
    form: str | Path | None = None,
    request: Request | Mapping[str, Any] | str | Path | None = None,
    blank: str | Path | None = None,
    flatten: bool = False,
    workspace: str | Path | None = None,
) -> FilledForm:
    """Fill out one form, verified and never signed; ``save`` it where it should be.

    Args:
        profile: the path of a profile, or the name of a saved one.
        form: a form's id, or the path of a map; without it the request's.
        request: what is asked: a request, its keys, or the path of its file.
        blank: the empty form, where it is not the one that the catalog has.
        flatten: no fillable fields in the output.
        workspace: where forms and profiles are; else FORMFILL_HOME, else the nearest formfill.yaml upward.

    Raises: FormfillError of the part that is wrong; then nothing was filled.
    """
    catalog = Catalog(find_workspace(Path(workspace) if workspace else None))
    asked = _request(request)
    job = named_job(catalog, str(profile), asked, form=form or asked.form, flatten=flatten, blank=blank)
    return fill_form(job)


def named_job(
    catalog: Catalog,
    profile: str | Profile,
    request: Request,
    *,
    form: str | Path | None,
    blank: str | Path | None = None,
    provider: str | None = None,
    flatten: bool = False,
) -> FillJob:
    """The job that these names describe; ``form`` and ``provider`` are ids, or paths of their YAML files.

    ``profile`` may be one that was read already.

    Raises: FormfillError of the part that cannot be found or read.
    """
    patient = catalog.profile(profile) if isinstance(profile, str) else profile
    form_map = _form_map(catalog, form)
    return FillJob(
        profile=patient,
        provider=_provider(catalog, provider, request, form_map),
        request=request,
        form_map=form_map,
        blank=Path(blank) if blank else catalog.blank(form_map),
        original=_original(catalog, form_map) if blank else None,
        flatten=flatten,
    )


def _request(request: Request | Mapping[str, Any] | str | Path | None) -> Request:
    if isinstance(request, Request):
        return request
    if request is None or isinstance(request, Mapping):
        return parse_request(yaml_io.from_keys(dict(request or {}), "request"))
    if not isinstance(request, (str, Path)):
        raise RequestError("request: expected a request, its keys, or the path of its file")
    return load_request(Path(request))


def _form_map(catalog: Catalog, form: str | Path | None) -> FormMap:
    if not form:
        raise FormMapError("which form? name one (formfill form list), or form: in the request")
    return load_form_map(Path(form)) if _is_file(form) else catalog.form_map(str(form))


def _is_file(name: str | Path) -> bool:
    return isinstance(name, Path) or name.endswith((".yaml", ".yml"))


def _provider(catalog: Catalog, named: str | None, request: Request, form_map: FormMap) -> Provider | None:
    """Who releases: the one named, else the request's, else the form's own; None for a form of no provider."""
    if named:
        return load_provider(Path(named)) if _is_file(named) else catalog.provider(named)
    if isinstance(request.provider, str):
        return catalog.provider(request.provider)
    return catalog.provider(form_map.provider) if catalog.has_provider(form_map.provider) else None


def _original(catalog: Catalog, form_map: FormMap) -> Path | None:
    try:
        return catalog.blank(form_map)
    except BlankFormError:
        return None
