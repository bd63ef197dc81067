"""Map + profile + provider + request -> what goes into each place of the form.

Promises: a place for a signature, initials or staff is never filled; a sensitive category is ticked only by a place
that names it outright, and only when the request names it; nothing that a form requires is silently left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

from formfill.errors import FormMapError, ProfileError, RequestError
from formfill.expressions import Node, known, mentions, parse, render
from formfill.fill.base import Filling
from formfill.model.form_map import FormMap, Place
from formfill.model.profile import Profile
from formfill.model.provider import Provider
from formfill.model.request import Request
from formfill.model.vocabulary import Concept, vocabulary
from formfill.values import Values, concept_values
from formfill.writings import tidy

#: One of several such boxes is meant, and the concept does not say which: ticked only where the form has one.
_ONE_OF_ITS_KIND = frozenset({
    "recipient.other_option", "request.dates_option", "authorization.expires_option", "representative.kind.self",
    "provider.site_text",
})  # fmt: skip
#: Empty because the request has nothing that belongs there, not because something is missing.
_NOTHING_TO_SAY = ("_text", ".expires_date", ".expires_event", ".email_address", ".fax_number", ".other_names")
_BY_HAND = ("initials", "signature", "staff")
#: Words that tell a sensitive category in an option's name, English and Spanish.
_SENSITIVE_WORDS = re.compile(
    r"\b(hiv|aids|vih|sida|std|ets|mental|psych\w*|ps[ií]\w*|substance|sustancias?|alcohol|drugs?|drogas?|gen[eé]ti\w*|"
    r"sexual\w*|reproduc\w*|abuse|abuso|sickle|falciforme)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a form comes to for one patient and request.

    ``fillings`` has every place of the map, in its order. ``empty`` are the concepts that the form asks for and that
    have no value. ``notes`` are for the caseworker and hold no patient's value.
    """

    fillings: tuple[Filling, ...]
    empty: tuple[str, ...]
    notes: tuple[str, ...]


def resolve(form_map: FormMap, profile: Profile, provider: Provider | None, request: Request) -> Resolution:
    """Work out the filling of every place.

    Raises:
        FormMapError: a place names an unknown concept, a forbidden expression, or does not suit its concept.
        ProfileError, RequestError: what the form requires is missing; every such value, one a line.
    """
    values = concept_values(profile, provider, request, form_map)
    return _Resolver(form_map, values, profile.profile).resolve(request)


class _Resolver:
    """Resolves the places of one form, and collects what is missing."""

    def __init__(self, form_map: FormMap, values: Values, profile: str) -> None:
        self.form_map = form_map
        self.values = values
        self.profile = profile
        self.empty: dict[str, None] = {}
        self.notes: dict[str, None] = dict.fromkeys(values.notes)
        self.missing: list[tuple[Concept, Place]] = []
        self.times = Counter(place.value for place in form_map.fields if place.value and place.when is None)

    def resolve(self, request: Request) -> Resolution:
        """All places, in the order of the map."""
        fillings = self._one_option_a_field(
            [self._filling(number, place) for number, place in enumerate(self.form_map.fields)], request
        )
        self._refuse_missing()
        self._note_silent_releases(request)
        return Resolution(fillings, tuple(self.empty), tuple(self.notes))

    def _filling(self, number: int, place: Place) -> Filling:
        try:
            if place.leave is not None:
                return self._left(number, place, place.leave)
            if place.when is not None and not self._when(place.when):
                return Filling(number, place, "leave", concept=_concept(place))
            if place.choose is not None:
                return Filling(number, place, "choose", option=self._chosen(place, place.choose))
            if place.kind in _BY_HAND:
                return self._by_hand(number, place)
            return self._text_or_tick(number, place, place.value or "")
        except FormMapError as exc:
            self._refuse(place, str(exc))
        except ValueError as exc:
            # a writing that is none of its kind; the message holds the map's words alone
            self._refuse(place, f"format: {exc}")

    def _refuse(self, place: Place, problem: str) -> NoReturn:
        said = place.value or place.choose or place.leave
        raise FormMapError(f"form {self.form_map.form}: {place.where()}: {said!r}: {problem}") from None

    # what a place says

    def _left(self, number: int, place: Place, name: str) -> Filling:
        self._note_initials(place, known(name))
        return Filling(number, place, "leave", concept=name)

    def _by_hand(self, number: int, place: Place) -> Filling:
        for name in parse(place.value or "").concepts():
            self._note_initials(place, name)
        return Filling(number, place, "leave", concept=_concept(place))

    def _note_initials(self, place: Place, name: str) -> None:
        if place.kind == "initials" and self.values.flag(name):
            self.notes[f"{name}: to release it the signer writes initials by hand at {place.where()}"] = None

    def _when(self, expression: str) -> bool:
        try:
            return parse(expression).holds(self.values.flag)
        except FormMapError as exc:
            raise FormMapError(f"when: {expression!r}: {exc}") from None

    def _chosen(self, place: Place, option: str) -> str:
        """An option that the form always needs. It may not be a way to tick a category that nobody chose."""
        if found := _SENSITIVE_WORDS.search(f"{option} {place.label or ''} {place.field or ''}"):
            raise FormMapError(
                f"choose: may not pick what speaks of {found[0]!r}: write value: sensitive.… (or not sensitive.…) "
                "and option:, so that only the patient's own choice ticks it"
            )
        return option

    def _text_or_tick(self, number: int, place: Place, value: str) -> Filling:
        if place.is_template:
            if place.kind == "check":
                raise FormMapError("a text with {{ }} is no box: write a boolean expression")
            return self._template(number, place, value)
        node = parse(value)
        if node.op != "concept":
            return self._expression(number, place, node)
        concept = vocabulary().concepts[node.name]
        if concept.kind == "heading":
            raise FormMapError("is the heading of a section, not something that a form asks")
        if concept.kind in _BY_HAND or concept.fill == "never":
            return Filling(number, place, "leave", concept=concept.name)
        if concept.kind == "check":
            self._must_be_box(place)
            return self._tick(number, place, self._concept_ticked(place, concept))
        if place.kind == "check":
            return self._tick(number, place, self.values.flag(concept.name))
        return self._text(number, place, concept)

    # boxes

    def _must_be_box(self, place: Place) -> None:
        if place.kind == "text":
            raise FormMapError("is a box, and the place is kind: text: map a text, or leave kind out")
        texts = ("format", "pieces", "boxes", "comb", "size", "align")
        if given := next((key for key in texts if getattr(place, key) is not None), None):
            raise FormMapError(f"is a box, and {given}: is for texts")

    def _tick(self, number: int, place: Place, ticked: bool) -> Filling:
        if not ticked:
            return Filling(number, place, "leave", concept=_concept(place))
        return Filling(number, place, "tick", option=place.option, concept=_concept(place))

    def _concept_ticked(self, place: Place, concept: Concept) -> bool:
        if concept.name == "provider.choice":
            return self.values.is_site(place.label, place.option, place.field)
        ticked = self.values.flag(concept.name)
        return ticked and self._is_the_one(concept.name)

    def _is_the_one(self, name: str) -> bool:
        if name in _ONE_OF_ITS_KIND and self.times[name] > 1:
            self.notes[
                f"{name}: the form has {self.times[name]} such places and the map does not tell them apart: "
                "fill the right one by hand"
            ] = None
            return False
        return True

    def _expression(self, number: int, place: Place, node: Node) -> Filling:
        self._must_be_box(place)
        for name in node.concepts():
            if vocabulary().concepts[name].kind in ("heading", *_BY_HAND):
                raise FormMapError(f"{name} is filled by hand, and nothing may hang on it")
        if not _by_choice_alone(node):
            raise FormMapError(
                "a sensitive category may be ticked only where each one the box releases was chosen: join them "
                "with and, and keep or, records and others out"
            )
        return self._tick(number, place, node.holds(self.values.flag))

    # texts

    def _text(self, number: int, place: Place, concept: Concept) -> Filling:
        name = concept.name
        text = self.values.text(name, place.format)
        if text is None or not self._is_the_one(name):
            if text is None:
                self._lacks(place, concept)
            return Filling(number, place, "leave", concept=name)
        parts = self._parts(place, name)
        if place.pieces and not parts:
            self.notes[f"{name}: the form prints it in parts, and the value has none: write it by hand"] = None
            return Filling(number, place, "leave", concept=name)
        return Filling(
            number,
            place,
            "text",
            text=text,
            shorter=self.values.shorter(name, place.format),
            parts=parts,
            concept=name,
            addendum=concept.overflow == "addendum",
        )

    def _parts(self, place: Place, name: str) -> dict[str, str]:
        if not place.pieces:
            return {}
        wanted = {piece.part for piece in place.pieces}
        return {part: text for part, text in self.values.pieces(name).items() if part in wanted}

    def _lacks(self, place: Place, concept: Concept) -> None:
        """Take down that the form asks for what is not known."""
        required = concept.fill == "required" if place.required is None else place.required
        if required:
            self.missing.append((concept, place))
        if concept.fill in ("required", "auto", "request") and not concept.name.endswith(_NOTHING_TO_SAY):
            self.empty[concept.name] = None

    def _template(self, number: int, place: Place, value: str) -> Filling:
        if place.format is not None or place.pieces is not None:
            raise FormMapError("format: and pieces: go with a concept, not with a text with {{ }}")
        names = sorted(mentions(value))
        text = tidy(render(value, lambda name: self.values.text(name) or "", self.values.flag))
        texts = [concept for name in names if (concept := vocabulary().concepts[name]).kind == "text"]
        for concept in texts:
            if self.values.text(concept.name) is None and (concept.fill == "required" or not text):
                self._lacks(place, concept)
        if not text:
            return Filling(number, place, "leave")
        whole_only = any(concept.overflow == "error" for concept in texts)
        shorter = self._shorter_templates(value, names, text)
        return Filling(number, place, "text", text=text, shorter=shorter, addendum=not whole_only)

    def _shorter_templates(self, value: str, names: list[str], text: str) -> tuple[str, ...]:
        steps = max((len(self.values.shorter(name)) for name in names), default=0)
        made = [tidy(render(value, self._shortened(step), self.values.flag)) for step in range(steps)]
        return tuple(dict.fromkeys(short for short in made if len(short) < len(text)))

    def _shortened(self, step: int) -> Callable[[str], str]:
        def text_of(name: str) -> str:
            shorter = self.values.shorter(name)
            return shorter[min(step, len(shorter) - 1)] if shorter else self.values.text(name) or ""

        return text_of

    # afterwards

    def _one_option_a_field(self, fillings: list[Filling], request: Request) -> tuple[Filling, ...]:
        """Of several options of one field that are asked for, the one that the request names first.

        A field has one value (ISO 32000-2, 12.7.5.2), so the others cannot be on as well.
        """
        wanted: dict[str, list[Filling]] = {}
        for filling in fillings:
            if filling.action == "tick" and filling.option is not None and filling.place.field is not None:
                wanted.setdefault(filling.place.field, []).append(filling)
        order = [f"purpose.{item}" for item in request.purpose] + [f"records.{item}" for item in request.records]
        for rivals in wanted.values():
            rivals.sort(key=lambda f: order.index(f.concept) if f.concept in order else len(order))
            for filling in rivals[1:]:
                if filling.option != rivals[0].option:
                    fillings[filling.number] = replace(filling, action="leave", option=None)
                    if self.values.instrument == "access-request" and str(filling.concept).startswith("purpose."):
                        continue  # access is a right: it needs no purpose (45 CFR 164.524), and the letter names none
                    self.notes[
                        f"{filling.concept or filling.place.value}: the form lets only one of its options be chosen: "
                        "the cover letter must name this one"
                    ] = None
        return tuple(fillings)

    def _refuse_missing(self) -> None:
        if not self.missing:
            return
        problems = []
        for concept, place in self.missing:
            key = concept.key or concept.name
            file = f"profile {self.profile}" if key.startswith(("patient.", "representative.", "recipients")) else None
            file = file or ("the request" if key.startswith("request.") else "the provider's record")
            needs = f"form {self.form_map.form} needs {concept.name} ({place.where()})"
            problems.append(f"{needs}: write {key} in {file}. {concept.means}")
        of_request = all((concept.key or "").startswith("request.") for concept, _ in self.missing)
        raise (RequestError if of_request else ProfileError)("\n".join(dict.fromkeys(problems)))

    def _note_silent_releases(self, request: Request) -> None:
        for category in self.form_map.releases_without_mark:
            name = category.removeprefix("sensitive.")
            if name not in request.sensitive:
                self.notes[
                    f"sensitive.{name}: signing this form releases it without a mark: the cover letter must exclude it"
                ] = None


def _concept(place: Place) -> str | None:
    """The concept that a tick or text of the place says; none for a box that says its opposite."""
    return None if place.excludes else place.concept


def _by_choice_alone(node: Node, negated: bool = False) -> bool:
    """Whether a box is ticked only if every sensitive category that it releases was chosen.

    Allowed: the category itself, ``sensitive.a and sensitive.b`` (with further conditions), and what ``not`` turns into
    a box that keeps something back. ``sensitive.a or …`` would release one that nobody chose.
    """
    if node.op == "not":
        return _by_choice_alone(node.parts[0], not negated)
    # under not, an and is an or
    either = (node.op == "or") != negated
    if node.parts and either and any(_releases(part, negated) for part in node.parts):
        return False
    return all(_by_choice_alone(part, negated) for part in node.parts)


def _releases(node: Node, negated: bool) -> bool:
    """Whether a tick of it may release a sensitive category."""
    if node.op == "concept":
        return node.name.startswith("sensitive.") and not negated
    return any(_releases(part, negated != (node.op == "not")) for part in node.parts)
