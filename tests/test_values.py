"""What each concept comes to: the benchmark's scenario, and the rules that depend on the form."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formfill import yaml_io
from formfill.errors import ProfileError, RequestError
from formfill.model.form_map import FormMap
from formfill.model.profile import Profile, load_profile, parse_profile
from formfill.model.provider import Provider
from formfill.model.request import Request, load_request, parse_request
from formfill.model.scalars import Address
from formfill.model.vocabulary import vocabulary
from formfill.parties import years_between
from formfill.values import Values, concept_values, placed_concepts

PATIENT = (
    "profile: amina\npatient:\n  given_name: Amina\n  additional_name: Yusuf\n  family_name: Rahimi\n"
    "  birth_date: 1987-03-14\n  address: {street: 2114 Folsom Blvd, unit: Apt 7, city: Sacramento, state: CA, "
    "postal_code: 95816}\n  phones: {mobile: 916 555 0142}\n  email: amina.rahimi@example.org\n"
)
CASEWORKER = (
    "recipients:\n  caseworker:\n    name: Elena Marsh\n    organization: Harbor Refugee Services\n"
    "    address: {street: 88 Pier Avenue, unit: Suite 210, city: Oakland, state: CA, postal_code: 94607}\n"
    "    phone: 510 555 0177\n    fax: 510 555 0178\n    email: records@harborrefugee.example.org\n"
    "    relationship: Caseworker\n"
)
PROVIDER = Provider(
    id="natividad",
    name="Natividad Medical Center",
    address=Address(care_of="Records Office", street="1 Main Street", city="Salinas", state="CA", postal_code="93906"),
)


def profile(more: str = CASEWORKER) -> Profile:
    return parse_profile(yaml_io.loads(PATIENT + more, "p.yaml", ProfileError))


def request(text: str = "recipient: caseworker") -> Request:
    return parse_request(yaml_io.loads(text or "request: anything", "r.yaml", RequestError))


def form(*values: str, leave: tuple[str, ...] = (), **members: Any) -> FormMap:
    """A form with one place for each of ``values``, and lines to initial for ``leave``."""
    places: list[dict[str, Any]] = [{"value": v, "page": 1, "box": (1, 1, 9, 9), "label": v} for v in values]
    places += [{"leave": v, "kind": "initials", "page": 1, "box": (1, 1, 9, 9)} for v in leave]
    base = {"form": "f", "title": "F", "provider": "natividad", "blank": {"file": "f.pdf", "sha256": "0" * 64}}
    return FormMap.model_validate(base | {"fields": places} | members)


def values(asked: str, *places: str, who: Profile | None = None, **members: Any) -> Values:
    return concept_values(who or profile(), PROVIDER, request(asked), form(*places, **members))


class TestScenario:
    @pytest.fixture
    def whole(self, root: Path) -> Values:
        folder = root / "tests" / "scenario"
        every = form(*(name for name, concept in vocabulary().concepts.items() if concept.kind in ("text", "check")))
        return concept_values(load_profile(folder / "profile.yaml"), None, load_request(folder / "request.yaml"), every)

    def test_against_the_benchmark(self, whole: Values, corpus: Path) -> None:
        path = corpus.parent / "bench" / "expected.json"
        if not path.is_file():
            pytest.skip("no benchmark beside the corpus")
        expected = json.loads(path.read_text(encoding="utf-8"))
        assert len(expected) > 80
        wrong = {
            name: found for name, want in expected.items() if (found := self._wrong(whole, name, want)) is not None
        }
        # a form that offers a CD of its own gets that box ticked, and not the one for either medium
        assert set(wrong) == {"delivery.cd_usb"}

    @staticmethod
    def _wrong(whole: Values, name: str, want: object) -> str | None:
        if want is None:
            return None
        if isinstance(want, bool):
            return None if whole.flag(name) is want else f"flag is {whole.flag(name)}"
        writings = [want] if isinstance(want, str) else list(want)  # type: ignore[call-overload]
        text = whole.text(name) or ""
        return None if _plain(text) in {_plain(item) for item in writings} else text

    def test_made_up_facts(self, whole: Values) -> None:
        said = {
            "patient.full_name": "Amina Yusuf Rahimi",
            "patient.other_names": "Amina Noori",
            "patient.birth_date": "03/14/1987",
            "patient.sex": "Female",
            "patient.mrn": "VO-0048213",
            "patient.phone": "(916) 555-0142",
            "patient.address": "2114 Folsom Blvd, Apt 7, Sacramento, CA 95816",
            "patient.language": "Dari",
            "provider.name": "Valley Oak Community Clinic",
            "recipient.organization": "Harbor Refugee Services",
            "recipient.relationship": "Caseworker",
            "request.dates": "01/15/2021 - 06/30/2025",
            "purpose.text": "Continuity of care",
            "signature.printed_name": "Amina Yusuf Rahimi",
        }
        assert {name: whole.text(name) for name in said} == said
        assert whole.text("patient.ssn") is None
        assert whole.text("authorization.expires") is None
        assert not [name for name in whole.ticked if name.startswith("sensitive.")]
        assert not whole.flag("records.all")

    def test_nothing_that_is_written_by_hand_has_a_value(self, whole: Values) -> None:
        never = [name for name, concept in vocabulary().concepts.items() if concept.fill == "never"]
        assert len(never) > 15
        assert [name for name in never if whole.flag(name)] == []

    def test_every_value_is_of_a_concept(self, whole: Values) -> None:
        assert {*whole.written, *whole.ticked} <= set(vocabulary().concepts)
        for name in whole.written:
            assert vocabulary().concepts[name].kind == "text", name
        for name in whole.ticked:
            assert vocabulary().concepts[name].kind == "check", name


def _plain(text: str) -> str:
    return "".join(ch for ch in unicodedata.normalize("NFKD", text).casefold() if ch.isalnum())


class TestPatient:
    def test_a_street_without_its_unit_only_where_the_unit_has_a_place(self) -> None:
        assert values("", "patient.street").text("patient.street") == "2114 Folsom Blvd, Apt 7"
        both = values("", "patient.street", "patient.unit")
        assert (both.text("patient.street"), both.text("patient.unit")) == ("2114 Folsom Blvd", "Apt 7")

    def test_the_ssn_only_when_the_request_says_so(self) -> None:
        who = profile("  ssn: 987-65-4321\n" + CASEWORKER)
        assert values("", "patient.ssn", who=who).text("patient.ssn") is None
        assert values("", who=who).text("patient.ssn_last4") is None
        whole = values("include_ssn: true", who=who)
        assert (whole.text("patient.ssn"), whole.text("patient.ssn_last4")) == ("987-65-4321", "4321")
        end = values("include_ssn: last4", who=who)
        assert (end.text("patient.ssn"), end.text("patient.ssn_last4")) == (None, "4321")

    def test_the_id_number_only_when_the_request_says_so(self) -> None:
        who = profile("  photo_id: {kind: Passport, number: P0000001}\n" + CASEWORKER)
        assert values("", who=who).text("patient.id_number") is None
        assert values("include_id_number: true", who=who).text("patient.id_number") == "P0000001"

    def test_the_record_number_is_that_of_who_releases(self) -> None:
        who = profile("  record_numbers: {natividad: N-1, valley-oak: V-2}\n" + CASEWORKER)
        assert values("", who=who).text("patient.mrn") == "N-1"
        assert values("provider: valley-oak", who=who).text("patient.mrn") == "V-2"
        assert values("provider: {name: Valley Oak, id: valley-oak}", who=who).text("patient.mrn") == "V-2"
        assert values("provider: {name: Another Clinic}", who=who).text("patient.mrn") is None

    def test_birth_date_in_parts(self) -> None:
        found = values("")
        assert [found.text(f"patient.birth_date.{part}") for part in ("month", "day", "year")] == ["03", "14", "1987"]
        assert found.pieces("patient.birth_date")["year2"] == "87"
        assert found.text("patient.birth_date", "D MMM YYYY") == "14 Mar 1987"

    @pytest.mark.parametrize(
        ("birth", "day", "age"),
        [
            ("1987-03-14", "2025-03-13", 37),
            ("1987-03-14", "2025-03-14", 38),
            ("2004-02-29", "2025-02-28", 20),
            ("2004-02-29", "2025-03-01", 21),
        ],
    )
    def test_age(self, birth: str, day: str, age: int) -> None:
        assert years_between(dt.date.fromisoformat(birth), dt.date.fromisoformat(day)) == age

    def test_sex_in_the_language_of_the_form(self) -> None:
        who = profile("  sex: female\n" + CASEWORKER)
        assert values("", who=who).text("patient.sex") == "Female"
        assert values("", who=who, language="es").text("patient.sex") == "Femenino"
        assert values("", who=who).flag("patient.sex.female")
        assert values("", who=profile("  sex: unknown\n" + CASEWORKER)).text("patient.sex") is None

    def test_languages_and_kin_in_the_language_of_the_form(self) -> None:
        signer = "representative: {kind: parent, name: Lea Noori, relationship: Mother}\n"
        who = profile("  languages: [{language: Vietnamese}]\n" + signer + CASEWORKER)
        found = values("recipient: caseworker", who=who, language="es")
        assert (found.text("patient.language"), found.text("representative.relationship")) == ("Vietnamita", "Madre")
        assert found.text("recipient.relationship") == "Caseworker", "a word that is not known stands"
        assert values("", who=who).text("patient.language") == "Vietnamese"

    def test_a_single_name(self) -> None:
        text = PATIENT.replace("  given_name: Amina\n  additional_name: Yusuf\n", "")
        found = values("recipient: self", who=parse_profile(yaml_io.loads(text, "p", ProfileError)))
        assert (found.text("patient.full_name"), found.text("patient.first_name")) == ("Rahimi", None)

    def test_mail_to_another_persons_box(self) -> None:
        text = PATIENT.replace("{street", "{care_of: Lea Noori, street")
        who = parse_profile(yaml_io.loads(text, "p", ProfileError))
        address = "2114 Folsom Blvd, Apt 7, Sacramento, CA 95816"
        assert values("", "patient.address", who=who).text("patient.address") == f"c/o Lea Noori, {address}"
        apart = values("", "patient.address", "patient.attention", who=who)
        assert (apart.text("patient.address"), apart.text("patient.attention")) == (address, "c/o Lea Noori")
        lines = values("", "patient.street", "patient.city_state_zip", who=who)
        assert lines.text("patient.street") == "c/o Lea Noori, 2114 Folsom Blvd, Apt 7"
        assert values("", "patient.street", "patient.address", who=who).text("patient.street", None) == (
            "2114 Folsom Blvd, Apt 7"
        )
        assert values("", "provider.street").text("provider.street") == "1 Main Street", "a desk is no c/o"

    def test_the_country_stands_with_the_city_where_it_has_no_place(self) -> None:
        address = "address: {street: Hauptstr. 5, city: Ulm, postal_code: 89073, country: Germany}"
        text = re.sub(r"address: \{.*\}", address, PATIENT)
        who = parse_profile(yaml_io.loads(text, "p", ProfileError))
        assert values("", "patient.city", "patient.zip", who=who).text("patient.city") == "Ulm, Germany"
        apart = values("", "patient.city", "patient.country", who=who)
        assert (apart.text("patient.city"), apart.text("patient.country")) == ("Ulm", "Germany")
        assert values("", "patient.city").text("patient.city") == "Sacramento"


class TestRecipient:
    def test_name_and_organisation_share_one_line(self) -> None:
        found = values("recipient: caseworker", "recipient.name")
        assert found.text("recipient.name") == "Elena Marsh, Harbor Refugee Services"
        assert not found.flag("recipient.self")

    def test_each_has_a_line_where_the_form_has_two(self) -> None:
        apart = values("recipient: caseworker", "recipient.name", "recipient.attention")
        assert (apart.text("recipient.name"), apart.text("recipient.attention")) == (
            "Harbor Refugee Services",
            "Elena Marsh",
        )
        apart = values("recipient: caseworker", "recipient.name", "recipient.organization")
        assert apart.text("recipient.name") == "Elena Marsh"

    def test_the_patient_ticks_the_box_or_fills_the_lines(self) -> None:
        box = values("recipient: self", "recipient.self", "recipient.name")
        assert (box.flag("recipient.self"), box.text("recipient.name")) == (True, None)
        lines = values("recipient: self", "recipient.name", "recipient.address")
        assert lines.text("recipient.name") == "Amina Yusuf Rahimi"
        assert lines.text("recipient.address") == "2114 Folsom Blvd, Apt 7, Sacramento, CA 95816"
        assert values("recipient: self", language="es").text("recipient.relationship") == "Paciente"

    def test_written_out_and_by_default(self) -> None:
        found = values("recipient: {organization: Clinica Sol, phone: 916 555 0100}", "recipient.name")
        assert (found.text("recipient.name"), found.text("recipient.phone")) == ("Clinica Sol", "(916) 555-0100")
        who = profile(CASEWORKER + "default_recipient: caseworker\n")
        assert values("", who=who).text("recipient.organization") == "Harbor Refugee Services"
        assert values("recipient: self", who=who).text("recipient.organization") is None

    def test_a_name_that_the_profile_does_not_have(self) -> None:
        with pytest.raises(RequestError, match="no recipient 'casworker'; did you mean caseworker"):
            values("recipient: casworker")
        with pytest.raises(RequestError, match="it has self, caseworker"):
            values("recipient: lawyer")


class TestProvider:
    def test_the_request_stands_before_the_record(self) -> None:
        assert values("").text("provider.name") == "Natividad Medical Center"
        assert values("").text("provider.address") == "Records Office, 1 Main Street, Salinas, CA 93906"
        other = values("provider: {name: Valley Oak, phone: 559 555 0110}")
        assert (other.text("provider.name"), other.text("provider.address")) == ("Valley Oak", None)

    def test_sites(self) -> None:
        labels = {"fields": [{"value": "provider.choice", "page": 1, "box": (1, 1, 9, 9), "label": "North Clinic"}]}
        found = values("locations: [north clinic, South Clinic]", **labels)
        assert found.is_site("North  Clinic")
        assert not found.is_site("East Clinic", None)
        assert found.text("provider.site_text") == "South Clinic"
        assert values("").is_site("Natividad Medical Center"), "without locations: the provider itself"


class TestSigner:
    REPRESENTATIVE = "representative: {kind: parent, name: Lea Noori, authority: Mother of a minor}\n"

    def test_the_patient(self) -> None:
        found = values("")
        assert found.text("signature.printed_name") == "Amina Yusuf Rahimi"
        assert found.flag("representative.kind.self")
        assert found.text("representative.relationship") is None

    def test_the_representative(self) -> None:
        found = values("", "representative.kind.parent", who=profile(self.REPRESENTATIVE + CASEWORKER))
        assert found.text("signature.printed_name") == "Lea Noori"
        assert found.text("representative.relationship") == "Parent"
        assert found.flag("representative.kind.parent")
        assert not found.flag("representative.kind.self")
        spanish = values("", who=profile(self.REPRESENTATIVE + CASEWORKER), language="es")
        assert spanish.text("representative.relationship") == "Padre o madre"

    @pytest.mark.parametrize(
        ("age", "signer", "told"),
        [
            (8, REPRESENTATIVE, False),
            (14, REPRESENTATIVE, True),
            (30, REPRESENTATIVE, False),
            (15, "", True),
            (18, "", False),
        ],
    )
    def test_minors(self, age: int, signer: str, told: bool) -> None:
        born = dt.date.today().replace(day=1) - dt.timedelta(days=round(age * 365.25) + 40)
        text = PATIENT.replace("1987-03-14", born.isoformat()) + signer + CASEWORKER
        notes = values("", who=parse_profile(yaml_io.loads(text, "p", ProfileError))).notes
        assert any("the patient is" in note for note in notes) is told

    def test_the_box_for_others_where_the_kind_has_none(self) -> None:
        found = values("", "representative.kind.other", who=profile(self.REPRESENTATIVE + CASEWORKER))
        assert found.flag("representative.kind.other")
        assert not found.flag("representative.kind.parent")

    def test_the_request_decides(self) -> None:
        who = profile(self.REPRESENTATIVE + CASEWORKER)
        found = values("signer: patient", who=who)
        assert (found.text("signature.printed_name"), found.text("representative.name")) == ("Amina Yusuf Rahimi", None)
        with pytest.raises(RequestError, match="signer: representative, but profile amina has none"):
            values("signer: representative")


class TestRecords:
    ASKED = "records: [lab, immunizations, medications]\ndates: {from: 2021-01-15, to: 2025-06-30}"

    def test_boxes_and_words(self) -> None:
        found = values(self.ASKED, "records.lab", "records.other", "records.other_text", "request.dates")
        assert found.flag("records.lab")
        assert found.flag("records.other")
        assert found.text("records.other_text") == "Immunizations, medications"

    def test_no_words_where_every_record_has_a_box(self) -> None:
        found = values(self.ASKED, "records.lab", "records.immunizations", "records.medications", "records.other_text")
        assert found.text("records.other_text") is None
        assert not found.flag("records.other")

    def test_in_the_language_of_the_form(self) -> None:
        found = values(self.ASKED, "records.lab", "records.other_text", "request.dates", language="es")
        assert found.text("records.other_text") == "Vacunas, medicamentos"

    def test_the_dates_go_along_where_they_have_no_place(self) -> None:
        found = values("records: lab\n" + self.ASKED.splitlines()[1], "records.other_text")
        assert found.text("records.other_text") == "Lab results; dates of service 01/15/2021 - 06/30/2025"
        spanish = values("records: lab\ndates: all", "records.other_text", language="es")
        assert spanish.text("records.other_text") == "Resultados de laboratorio; todas las fechas de servicio"

    def test_a_box_for_two_and_a_line_to_initial_are_places(self) -> None:
        assert not values("records: lab", "records.lab or records.pathology", "records.other_text").flag(
            "records.other"
        )
        form_map = form("records.other_text", leave=("records.ehi_export",))
        found = concept_values(profile(), PROVIDER, request("records: ehi_export"), form_map)
        assert found.text("records.other_text") is None

    def test_nothing_is_dropped_in_silence(self) -> None:
        found = values("records: [lab, dental, {other: school form}]", "records.lab")
        assert found.notes == (
            "the form has no box and no line for records.dental, another kind: the cover letter must name it",
        )

    @given(st.sets(st.sampled_from(vocabulary().choices("records")), min_size=1), st.data())
    def test_every_record_is_ticked_written_or_told(self, wanted: set[str], data: st.DataObject) -> None:
        boxes = data.draw(st.sets(st.sampled_from(vocabulary().choices("records"))))
        line = ["records.other_text"] if data.draw(st.booleans()) else []
        found = values(f"records: [{', '.join(sorted(wanted))}]", *(f"records.{box}" for box in boxes), *line)
        words = (found.text("records.other_text") or "").lower()
        told = " ".join(found.notes)
        for name in wanted:
            in_words = vocabulary().concepts[f"records.{name}"].words().lower() in words
            assert (name in boxes and found.flag(f"records.{name}")) or in_words or f"records.{name}" in told
        assert not any(found.flag(f"records.{box}") for box in boxes - wanted)

    def test_the_entire_record_is_never_a_default(self) -> None:
        assert not values(self.ASKED, "records.all").flag("records.all")
        found = values("records: [all, dental]", "records.all", "records.other_text")
        assert found.flag("records.all")
        assert found.text("records.other_text") is None, "it would read as a limit"


class TestDates:
    def test_all(self) -> None:
        box = values("dates: all", "request.dates_all", "request.dates")
        assert (box.flag("request.dates_all"), box.text("request.dates")) == (True, None)
        line = values("dates: all", "request.dates")
        assert line.text("request.dates") == "All dates of service"
        assert not values("dates: {from: 2021-01-15}").flag("request.dates_all")

    def test_all_dates_are_said_where_the_form_asks_for_the_first_alone(self) -> None:
        assert values("dates: all", "request.date_from").text("request.date_from") == "all dates"
        assert values("dates: all", "request.date_from", language="es").text("request.date_from") == "todas"

    def test_the_last_two_years(self) -> None:
        assert values("dates: last_2_years", "request.dates_last_2_years").text("request.date_from") is None
        found = values("dates: last_2_years", "request.date_from")
        year = int((found.text("request.date_from") or "")[-4:])
        assert year == dt.date.today().year - 2

    def test_open_ends(self) -> None:
        assert values("dates: {from: 2021-01-15}").text("request.date_to") == "present"
        assert values("dates: {from: 2021-01-15}", language="es").text("request.date_to") == "presente"
        assert values("dates: {to: 2021-01-15}").text("request.date_from") is None


class TestPurpose:
    def test_a_box_or_words(self) -> None:
        assert not values("purpose: legal", "purpose.legal", "purpose.other_text").flag("purpose.other")
        found = values("purpose: [legal, school]", "purpose.school", "purpose.other", "purpose.other_text")
        assert (found.text("purpose.other_text"), found.flag("purpose.other")) == ("Legal matter", False)
        usual = values("purpose: continuity_of_care", "purpose.other", "purpose.other_text")
        assert (usual.text("purpose.other_text"), usual.flag("purpose.other")) == ("Continuity of care", False)
        own = values("purpose: [school, {other: my visa}]", "purpose.school", "purpose.other", "purpose.other_text")
        assert (own.text("purpose.other_text"), own.flag("purpose.other")) == ("my visa", True)
        spanish = values("purpose: continuity_of_care", "purpose.other_text", language="es")
        assert spanish.text("purpose.other_text") == "Continuidad de la atención"

    def test_a_form_that_asks_for_words(self) -> None:
        found = values("purpose: [legal, {other: my visa}]", "purpose.text", "purpose.other_text")
        assert (found.text("purpose.text"), found.text("purpose.other_text")) == ("Legal matter, my visa", None)

    def test_no_place_at_all(self) -> None:
        assert values("{purpose: legal, recipient: {name: Elena Marsh}}").notes == (
            "the form has no box and no line for the purpose: the cover letter must name it",
        )
        assert values("purpose: legal").notes == (), "to the patient: the cover letter names no purpose either"
        assert values("purpose: legal", instrument="access-request").notes == (), "access needs no purpose"


class TestDelivery:
    @pytest.mark.parametrize(
        ("asked", "places", "ticked"),
        [
            ("cd", ["cd", "cd_usb", "electronic"], {"cd"}),
            ("cd", ["cd_usb", "electronic"], {"cd_usb"}),
            ("usb", ["cd_usb"], {"cd_usb"}),
            ("cd", ["electronic", "paper"], {"electronic"}),
            ("paper", ["electronic", "paper"], {"paper"}),
            ("[usb, paper]", ["cd", "paper"], {"paper"}),
            ("[paper, usb]", ["usb", "paper"], {"paper"}),
            ("email_encrypted", ["email_unencrypted", "email"], {"email"}),
            ("email", ["email_unencrypted", "email_encrypted"], {"email_encrypted"}),
            ("email_unencrypted", ["email_unencrypted", "email"], {"email_unencrypted"}),
            ("portal", ["portal"], {"portal"}),
        ],
    )
    def test_the_box_that_offers_it(self, asked: str, places: list[str], ticked: set[str]) -> None:
        found = values(f"delivery: {asked}", *(f"delivery.{place}" for place in places))
        assert {f"delivery.{place}" for place in places} & found.ticked == {f"delivery.{box}" for box in ticked}

    @pytest.mark.parametrize("asked", ["email", "email_encrypted"])
    def test_plain_e_mail_is_never_a_stand_in(self, asked: str) -> None:
        found = values(f"delivery: {asked}", "delivery.email_unencrypted")
        assert not found.flag("delivery.email_unencrypted")
        assert "no place for the delivery format" in found.notes[0]

    def test_words_where_no_box_offers_it(self) -> None:
        found = values("delivery: [cd, usb]", "delivery.paper", "delivery.other", "delivery.other_text")
        assert (found.text("delivery.other_text"), found.flag("delivery.other")) == ("CD", False)
        own = values("delivery: {other: DVD with a viewer}", "delivery.other_text")
        assert (own.text("delivery.other_text"), own.flag("delivery.other")) == ("DVD with a viewer", True)

    def test_where_to(self) -> None:
        mail = values("recipient: caseworker\ndelivery: email", "delivery.email")
        assert mail.text("delivery.email_address") == "records@harborrefugee.example.org"
        fax = values("recipient: caseworker\ndelivery: fax", "delivery.fax")
        assert (fax.text("delivery.fax_number"), fax.text("delivery.email_address")) == ("(510) 555-0178", None)
        own = values("recipient: self\ndelivery: email", "delivery.email", "recipient.self")
        assert own.text("delivery.email_address") == "amina.rahimi@example.org"
        none = values("recipient: self\ndelivery: fax", "delivery.fax")
        assert none.notes == ("delivery.fax: the recipient has none: write fax in the profile",)

    def test_how_they_travel_is_said_apart(self) -> None:
        assert not values("delivery: cd", "delivery.cd", "delivery.mail").flag("delivery.mail")
        found = values("delivery: cd\ndelivery_by: mail", "delivery.cd", "delivery.mail")
        assert found.flag("delivery.mail")
        assert found.flag("delivery.cd")


class TestSensitiveAndTerms:
    def test_only_what_is_named(self) -> None:
        found = values("sensitive: [hiv]", "sensitive.hiv", "sensitive.mental_health")
        assert {name for name in found.ticked if name.startswith("sensitive.")} == {"sensitive.hiv"}

    def test_a_choice_that_the_form_cannot_say(self) -> None:
        assert "sensitive.genetic" in values("sensitive: [genetic]").notes[0]
        assert values("sensitive: [genetic]", "not sensitive.genetic").notes == ()

    def test_an_expiry_that_the_form_cannot_say(self) -> None:
        told = ("the form has no place for the date that ends the authorization: the cover letter must name it",)
        assert values("expires: 2027-03-31", "patient.full_name").notes == told
        assert values("expires: 2027-03-31", "authorization.expires").notes == ()
        assert "for the event" in values("expires: end of treatment", "authorization.expires_date").notes[0]
        assert values("expires: 2027-03-31", instrument="access-request").notes == ()

    def test_an_amendment_asks_for_no_records(self) -> None:
        asked = "records: lab\npurpose: legal\ndelivery: cd\nsensitive: [hiv]\nexpires: 2027-03-31"
        assert values(asked, instrument="amendment").notes == ()

    def test_expiry_as_date_or_event(self) -> None:
        day = values("expires: 2027-03-31")
        assert day.text("authorization.expires") == "03/31/2027"
        assert day.flag("authorization.expires_option.date")
        event = values("expires: end of treatment", "authorization.expires")
        assert event.text("authorization.expires") == "end of treatment"
        assert event.flag("authorization.expires_option.event")
        apart = values("expires: end of treatment", "authorization.expires", "authorization.expires_event")
        assert (apart.text("authorization.expires"), apart.text("authorization.expires_event")) == (
            None,
            "end of treatment",
        )
        assert values("").text("authorization.expires") is None

    def test_direction(self) -> None:
        assert values("").flag("direction.release")
        assert not values("direction: obtain").flag("direction.release")

    def test_an_amendment(self) -> None:
        found = values("amendment: {entry: visit of 3 May 2024, reason: the dose is wrong}")
        assert found.text("amendment.entry") == "visit of 3 May 2024"
        assert found.text("amendment.wrong") is None


def test_placed_concepts() -> None:
    found = placed_concepts(form("records.lab or records.pathology", "{{ patient.phone }}", leave=("sensitive.hiv",)))
    assert found == {"records.lab", "records.pathology", "patient.phone", "sensitive.hiv"}


def test_notes_hold_no_value() -> None:
    asked = (
        "recipient: caseworker\nrecords: [lab, {other: a secret}]\npurpose: {other: my visa}\ndelivery: {other: DVD}"
    )
    told = " ".join(values(asked).notes)
    assert told
    assert not re.search("secret|visa|DVD|Amina|Elena", told)
