"""Bundles one request: cover sheet, filled form, addendum and ID copy in one packet, as its channel sends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from formfill.channels import FILES, channel
from formfill.channels.base import ROUTE, Channel, Route
from formfill.channels.email import PASSPHRASE
from formfill.errors import OutputError, ProfileError, ProviderError, RequestError
from formfill.files import write_all_private
from formfill.fill.base import Filled
from formfill.model.form_map import FormMap
from formfill.model.profile import Contact, Profile, Representative
from formfill.model.provider import Provider, ReleasingProvider
from formfill.model.request import Request
from formfill.packet import correspondents
from formfill.packet.assemble import Document, assemble, page_count
from formfill.packet.checklist import Checklist, checklist_pdf
from formfill.packet.cover import Cover, Enclosure, Party, cover_pdf
from formfill.packet.envelope import envelope_pdf
from formfill.packet.manifest import MANIFEST, manifest_json
from formfill.packet.signing import ByHand, by_hand, by_hand_in_print, for_signer
from formfill.packet.wording import Wording
from formfill.parties import signs, years_between
from formfill.values import Values

_ID_COPY = "Copy of photo identification"
_PROOF = "Proof of authority"
_OF_AGE = 18
#: What a channel writes for whoever sends.
_NEVER_SENT = frozenset({PASSPHRASE, ROUTE})


@dataclass(frozen=True, slots=True)
class Packet:
    """The ordered documents for one request.

    ``files`` is what its channel sends or prints, dict[file name, bytes]; no name or title in it is a patient's.
    ``kept`` is written beside them and never sent: the checklist and the manifest. ``notes`` is what a person must be
    told before it leaves.
    """

    pdf: bytes
    files: dict[str, bytes]
    documents: tuple[Enclosure, ...]
    notes: tuple[str, ...] = ()
    kept: dict[str, bytes] = field(default_factory=dict)

    def save(self, folder: Path) -> tuple[Path, ...]:
        """Write the files into ``folder``, readable by their owner alone; all, or none. Raises: OutputError."""
        files = {folder / name: data for name, data in {**self.files, **self.kept}.items()}
        # the fax of an earlier packet in this folder would be sent in place of this one
        stale = (FILES | {"envelope.pdf"}) - self.files.keys() - self.kept.keys()
        write_all_private(files, stale=[folder / name for name in stale])
        return tuple(files)


def build_packet(
    filled: Filled,
    form_map: FormMap,
    profile: Profile,
    provider: Provider | None,
    request: Request,
    values: Values,
    send: str,
    organisation: Contact | None = None,
    date: dt.date | None = None,
    hand: Sequence[ByHand] | None = None,
    duplex: bool = False,
    envelope: bool = False,
) -> Packet:
    """The packet that asks ``provider`` for the records, to be sent by the channel ``send``; ``filled`` is a PDF.

    ``organisation`` is who sends it (the workspace's formfill.yaml); without one the caseworker of the profile, else
    who signs. ``date`` is the cover's, today by default. ``hand`` are the places to fill by hand, where the caller
    knows them better than the map says (fields, a blank that changed). ``duplex`` has each document begin on a sheet
    of its own when printed on both sides; ``envelope`` adds one to print on, for envelopes without windows.

    Raises: RequestError, for an unknown channel or where nobody is asked. ProviderError, where the provider has no
    address or fax to send to. ProfileError, for an ID copy that is missing or cannot be read. FillError,
    OutputError and DeliveryError, as the parts raise them.
    """
    way = channel(send)
    representative = signs(profile, request)
    enclosed = list(_enclosed(filled, form_map, profile, representative, values))
    enclosures = tuple(Enclosure(document.title, page_count(document)) for document in enclosed)
    sender, sender_on_fax = correspondents.sender(profile, request, organisation)
    recipient, state = correspondents.releasing(provider, request)
    _reachable(recipient, way, provider, request)
    date = date or dt.date.today()
    words = Wording(profile, request, form_map, values, by_fax=way.cover == "fax")
    cover = Cover(
        sender=sender,
        recipient=recipient,
        date=date,
        instrument=values.instrument,
        enclosures=enclosures,
        sender_on_fax=sender_on_fax,
        state=state,
        records=words.records(),
        dates=words.dates(),
        purpose=words.purpose(),
        delivery=words.delivery(),
        interpreter_language=words.interpreter_language(),
        withheld=words.withheld(),
        released=words.released(),
        ends=words.ends(),
        fee_limit=words.fee_limit(),
    )
    first = Document("Cover sheet", cover_pdf(cover, way.cover))
    documents = (Enclosure(first.title, page_count(first)), *enclosures)
    by_fax = way.cover == "fax"
    pdf = assemble([first, *enclosed], duplex=duplex and not by_fax)
    files = way.files(pdf, _route(sender, recipient, sender_on_fax, provider, request))
    if hand is None:
        hand = by_hand_in_print(form_map, filled.data) if form_map.blank.is_docx else by_hand(form_map.fields)
    checklist, told = checklist_pdf(
        Checklist(
            form=filled.data,
            form_title=form_map.title,
            by_hand=for_signer(
                hand,
                form_map,
                request.sensitive,
                represented=representative is not None,
                minor=years_between(profile.patient.birth_date, date) < _OF_AGE,
            ),
            languages=tuple(spoken.language for spoken in profile.patient.languages),
            instrument=values.instrument,
            recipient=recipient,
            channel=way.name,
            date=date,
            state=state,
            representative=representative,
            deceased=profile.patient.deceased,
            proof_enclosed=any(document.title.startswith(_PROOF) for document in enclosed),
            id_enclosed=any(document.title == _ID_COPY for document in enclosed),
            id_required=provider.id_required if provider else None,
            chosen=request.sensitive,
            chosen_in_words=request.sensitive_text or "",
            silent=tuple(
                name
                for name in (concept.removeprefix("sensitive.") for concept in form_map.releases_without_mark)
                if name not in request.sensitive
            ),
        )
    )
    kept = {"checklist.pdf": checklist}
    if envelope:
        kept["envelope.pdf"] = envelope_pdf(sender, recipient)
    manifest = manifest_json(
        {**files, **kept},
        form_map.form,
        way.name,
        date,
        values.instrument,
        frozenset(files) - _NEVER_SENT,
    )
    return Packet(
        pdf=pdf,
        files=files,
        documents=documents,
        notes=(
            *words.notes,
            *told,
            *_notes(sum(document.pages for document in documents), provider, way),
            *(_as_fax(pdf, files["fax.tiff"], filled, documents[0].pages) if "fax.tiff" in files else ()),
            *(["a fax has no back pages: duplex adds none to it"] if duplex and by_fax else []),
        ),
        kept={**kept, MANIFEST: manifest},
    )


def _enclosed(
    filled: Filled, form_map: FormMap, profile: Profile, representative: Representative | None, values: Values
) -> Iterator[Document]:
    yield Document(form_map.title, filled.data)
    if filled.addendum:
        from formfill.packet.addendum import addendum_pdf

        name, born = values.text("patient.full_name") or "", values.text("patient.birth_date") or ""
        yield Document("Addendum", addendum_pdf(filled.addendum, form_map.title, name, born, form_map.language))
    photo_id = profile.patient.photo_id
    if photo_id is not None and photo_id.file is not None:
        yield _copy(profile, photo_id.file, _ID_COPY, "patient.photo_id.file")
    proofs = representative.documents if representative else ()
    for number, name in enumerate(proofs, 1):
        title = f"{_PROOF} {number}" if len(proofs) > 1 else _PROOF
        yield _copy(profile, name, title, f"representative.documents[{number - 1}]")


def _copy(profile: Profile, name: str, title: str, key: str) -> Document:
    """A document that lies beside the profile. Raises: ProfileError, naming the key."""
    try:
        document = Document(title, profile.read(name))
    except OSError as exc:
        raise ProfileError(
            f"{key}: {name}: cannot be read ({exc.strerror}): put it beside the profile, or leave the key out"
        ) from None
    try:
        page_count(document)
    except OutputError as exc:
        raise ProfileError(f"{key}: {name}: {exc}") from exc
    return document


def _reachable(recipient: Party, way: Channel, provider: Provider | None, request: Request) -> None:
    """Raises: ProviderError or RequestError, where the cover cannot say where the packet goes."""
    if isinstance(request.provider, ReleasingProvider):
        where = "request: provider"
    elif provider is not None:
        where = f"provider {provider.id}"
    else:
        raise RequestError("request: provider: nobody is named to send the packet to: --provider, or write provider:")
    if getattr(recipient, way.reach):
        return
    missing = {"fax": "fax number", "email": "e-mail address"}.get(way.reach, way.reach)
    raise ProviderError(
        f"{where}: {way.reach}: the provider has no {missing} to send to: ask its "
        "records office and add it, or send another way"
    )


def _route(sender: Party, recipient: Party, sender_on_fax: str, provider: Provider | None, request: Request) -> Route:
    """Where the packet goes, for its channel; a sender who is the patient, or tells who it is, is not named."""
    certificate = None
    if provider is not None and provider.smime_certificate and not isinstance(request.provider, ReleasingProvider):
        certificate = provider.file(provider.smime_certificate)
    named = Party() if sender_on_fax else sender
    return Route(
        sender=named.organisation or named.name,
        sender_email=named.email,
        sender_phone=named.phone,
        recipient=recipient.organisation or recipient.name,
        recipient_email=recipient.email,
        recipient_fax=recipient.fax,
        certificate=certificate,
        unencrypted=request.email_unencrypted,
    )


def _as_fax(pdf: bytes, tiff: bytes, filled: Filled, before: int) -> tuple[str, ...]:
    """What the fax may lose; the form stands ``before`` pages down the packet."""
    from formfill.channels.legibility import Place, notes

    return notes(pdf, tiff, [Place(before + ink.page_index, ink.box) for ink in filled.inks])


def _notes(pages: int, provider: Provider | None, way: Channel) -> Iterator[str]:
    if provider is None:
        return
    if provider.accepts and way.name not in provider.accepts:
        yield f"{provider.name} says it takes requests by {', '.join(provider.accepts)}, not by {way.name}"
    limit = provider.fax_page_limit
    if way.cover == "fax" and limit is not None and pages > limit:
        yield f"the fax has {pages} pages; {provider.name} takes {limit}"
