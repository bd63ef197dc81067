"""The whole job: a profile, a request and a form in; a filled and verified document, or a packet, out."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from formfill.catalog import is_blank_of, read_blank
from formfill.errors import BlankFormError, ConverterError, OutputError, RequestError
from formfill.files import is_there, write_all_private
from formfill.fill.base import Filled
from formfill.model.form_map import FormMap
from formfill.model.profile import Profile
from formfill.model.provider import Provider
from formfill.model.request import Request
from formfill.resolve import Resolution, resolve

if TYPE_CHECKING:
    from formfill.model.profile import Contact
    from formfill.packet.bundle import Packet
    from formfill.packet.signing import ByHand
    from formfill.pdf.compiled import CompiledForm


@dataclass(frozen=True)
class FillJob:
    """One form to fill for one patient."""

    profile: Profile
    provider: Provider | None
    request: Request
    form_map: FormMap
    blank: Path
    original: Path | None = None
    """The map's own blank, where it is at hand and ``blank`` may be another: then what moved is seen to the point."""
    flatten: bool = False
    compiled: CompiledForm | None = None
    """The blank compiled, where who fills many holds it; it must be the map's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm(Filled):
    """A filled and verified form, not yet written, with all that a person must be told about it."""

    form: str
    resolution: Resolution
    notes: tuple[str, ...]
    addendum_pdf: bytes | None
    """The values that did not fit their places, in full."""
    hand: tuple[ByHand, ...] | None = None
    """The places to fill by hand, where this blank has them; None for a DOCX, whose places nobody knows yet."""

    def as_pdf(self) -> FilledForm:
        """This form as PDF: a DOCX goes through LibreOffice, and is verified again.

        Raises: ConverterError. VerifyError, where the PDF does not show every value whole.
        """
        if self.suffix == ".pdf":
            return self
        from formfill.fill.office import to_pdf
        from formfill.verify_docx import verify_converted

        data = to_pdf(self.data)
        verify_converted(data, self.data, self.resolution.fillings, self.addendum)
        return replace(self, data=data, suffix=".pdf")

    def save(self, out: Path | str) -> tuple[Path, ...]:
        """Write the form and its addendum, readable by their owner alone, and return their paths.

        ``out`` is a folder (there already, without a suffix, or ending in /), where the form is named by its id, or
        a file. Raises: OutputError.
        """
        path = output_path(out, self.form, self.suffix)
        if path.suffix.lower() != self.suffix:
            raise OutputError(
                f"{path}: the filled form is a {self.suffix[1:].upper()} file: name it {self.suffix}, or end a folder "
                "with /"
            )
        files, addendum = {path: self.data}, path.with_name(f"{path.stem}-addendum.pdf")
        if self.addendum_pdf is not None:
            files[addendum] = self.addendum_pdf
        # an addendum that an earlier fill of this file needed would be sent with the wrong form
        write_all_private(files, stale=[] if addendum in files else [addendum])
        return tuple(files)


def output_path(out: Path | str, name: str, suffix: str) -> Path:
    """The file that ``--out`` means: itself, or ``name`` in it where it is a folder."""
    path = Path(out)
    is_folder = is_there(Path.is_dir, path) or str(out).endswith(("/", "\\")) or not path.suffix
    return path / f"{name}{suffix}" if is_folder else path


def fill_form(job: FillJob) -> FilledForm:
    """Fill one form and verify it.

    Raises: BlankFormError, FormMapError, ProfileError, RequestError, FillError, VerifyError: then nothing was written.
    """
    if job.request.profile not in (None, job.profile.profile):
        raise RequestError(f"the request is for the profile {job.request.profile}, not for {job.profile.profile}")
    hand: tuple[ByHand, ...] | None = None
    if job.form_map.blank.is_docx:
        filled, resolution, notes = _fill_docx(job, read_blank(job.blank))
    else:
        filled, resolution, notes, hand = _fill_pdf(job)
    return FilledForm(
        data=filled.data,
        inks=filled.inks,
        addendum=filled.addendum,
        suffix=filled.suffix,
        form=job.form_map.form,
        resolution=resolution,
        notes=(*notes, *resolution.notes, *_open_questions(job, resolution)),
        addendum_pdf=_addendum(job, filled),
        hand=hand,
    )


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A packet and the filled form in it; ``job`` is what was asked in the end, with what the law adds to it."""

    job: FillJob
    filled: FilledForm
    packet: Packet


def prepare_packet(
    job: FillJob, send: str, sender: Contact | None = None, duplex: bool = False, envelope: bool = False
) -> PreparedRequest:
    """Fill the form and bundle all that leaves by the channel ``send``: cover, form, addendum, ID copy; a checklist.

    ``sender`` is who sends it, where that is not the profile's caseworker; ``duplex`` has each document begin on a
    sheet of its own, ``envelope`` adds one to print on. Raises: RequestError or ProfileError, for what the law wants a
    request to say and this one does not; what ``fill_form`` and ``build_packet`` raise. Then nothing was written.
    """
    from formfill.packet.bundle import build_packet
    from formfill.policy import checked
    from formfill.values import concept_values

    request, told = checked(job.profile, job.provider, job.request, job.form_map, dt.date.today())
    job = replace(job, request=request)
    filled = fill_form(job)
    values = concept_values(job.profile, job.provider, job.request, job.form_map)
    packet = build_packet(
        filled.as_pdf(),
        job.form_map,
        job.profile,
        job.provider,
        job.request,
        values,
        send,
        sender,
        hand=filled.hand,
        duplex=duplex,
        envelope=envelope,
    )
    packet = replace(packet, notes=(*map(str, told), *packet.notes))
    return PreparedRequest(job, filled, packet)


def _fill_pdf(job: FillJob) -> tuple[Filled, Resolution, tuple[str, ...], tuple[ByHand, ...]]:
    from formfill.fill.pdf import fill_pdf
    from formfill.packet.signing import by_hand
    from formfill.verify import verify_pdf

    compiled, form_map, notes = (job.compiled, job.form_map, ()) if job.compiled else _compiled(job)
    resolution = resolve(form_map, job.profile, job.provider, job.request)
    filled = fill_pdf(compiled, resolution.fillings, flatten=job.flatten, language=form_map.language)
    verify_pdf(compiled, form_map, filled, flattened=job.flatten)
    return filled, resolution, notes, by_hand(form_map.fields, compiled)


def _compiled(job: FillJob) -> tuple[CompiledForm, FormMap, tuple[str, ...]]:
    """The blank compiled, the map as it fits this blank, and what a person must be told of the two."""
    from formfill.pdf.compiled import compiled_form

    blank, form_map = read_blank(job.blank), job.form_map
    if is_blank_of(form_map, blank):
        return compiled_form(blank, str(job.blank)), form_map, ()
    from formfill.drift import follow
    from formfill.pdf.compile import compile_blank

    # never by way of the cache: what is not the official blank may be a form that holds a patient's values
    compiled = compile_blank(blank, hashlib.sha256(blank).hexdigest(), str(job.blank))
    original = _original(job)
    followed = follow(form_map, compiled, compiled_form(original) if original else None)
    return compiled, followed.form_map, followed.notes


def _fill_docx(job: FillJob, blank: bytes) -> tuple[Filled, Resolution, tuple[str, ...]]:
    from formfill.fill.docx import as_docx, fill_docx
    from formfill.values import concept_values
    from formfill.verify_docx import verify_docx

    resolution = resolve(job.form_map, job.profile, job.provider, job.request)
    values = concept_values(job.profile, job.provider, job.request, job.form_map)
    try:
        document = as_docx(blank)
    except (BlankFormError, ConverterError) as exc:
        raise type(exc)(f"{job.blank}: {exc}") from exc
    filled = fill_docx(document, job.form_map, resolution.fillings, values)
    verify_docx(document, job.form_map, resolution.fillings, filled)
    if is_blank_of(job.form_map, blank):
        return filled, resolution, ()
    from formfill.drift import docx_note

    return filled, resolution, (docx_note(job.form_map),)


def _open_questions(job: FillJob, resolution: Resolution) -> Iterator[str]:
    """What the filled form leaves open that it should not: from whom, what, and until when."""
    records = any(place.concept and place.concept.startswith("records.") for place in job.form_map.fields)
    if records and not job.request.records and job.form_map.instrument != "amendment":
        yield "the request names no records, so no record type is ticked: --records, or records: in the request"
    if isinstance(job.request.expires, dt.date) and job.request.expires < dt.date.today():
        # 45 CFR 164.508(b)(2)(i)
        yield "the day on which the authorization ends is past, so it would not be valid: --expires, or expires:"
    # a form of our own is of no provider: it must be told who is asked
    if "provider.name" in resolution.empty and job.provider is None:
        yield "the form asks who releases the records, and nobody is named: --provider, or provider: in the request"


def _original(job: FillJob) -> bytes | None:
    if job.original is None:
        return None
    data = read_blank(job.original)
    return data if is_blank_of(job.form_map, data) else None


def _addendum(job: FillJob, filled: Filled) -> bytes | None:
    if not filled.addendum:
        return None
    from formfill.packet.addendum import addendum_pdf
    from formfill.values import concept_values

    values = concept_values(job.profile, job.provider, job.request, job.form_map)
    name, born = values.text("patient.full_name"), values.text("patient.birth_date")
    return addendum_pdf(filled.addendum, job.form_map.title, name or "", born or "", job.form_map.language)
