"""The wordings that ship: they load, name what exists, and find in labels what the labels ask."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from formfill import yaml_io
from formfill.draft import wordings as module
from formfill.draft.meant import meant
from formfill.draft.wordings import PARTIES, SOURCE, asked, coverage, folded, manner, patterns, spoken_of, wordings
from formfill.errors import FormMapError
from formfill.model.vocabulary import vocabulary


def each_pattern() -> list[tuple[str, str]]:
    """Every pattern in full, with its group and name."""
    return [
        (f"{group}.{name}", pattern)
        for group, names in patterns().items()
        for name, found in names.items()
        for pattern in found
    ]


def test_every_pattern_compiles_by_itself_and_finds_nothing_in_nothing() -> None:
    for name, pattern in each_pattern():
        assert not re.compile(pattern).search(""), f"{name}: {pattern}"
    assert all(found for names in patterns().values() for found in names.values())


def test_patterns_are_for_folded_text() -> None:
    """A capital letter, an accent or a digit would never be found in a label."""
    wrong = []
    for name, pattern in each_pattern():
        plain = re.sub(r"\\[bBdDsSwWnt]|\{\d*,?\d*\}|\(\?[:=!<]+", "", pattern)
        if re.search(r"[A-Z0-9áéíóúñü]", plain) or "\\d" in pattern:
            wrong.append(f"{name}: {pattern}")
    assert not wrong


def test_no_pattern_holds_a_control_character() -> None:
    """In double quotes YAML makes a backspace of "\\b"."""
    assert not [name for name, pattern in each_pattern() if re.search(r"[\x00-\x1f]", pattern)]


def test_every_part_is_used() -> None:
    data = yaml_io.load(SOURCE, FormMapError).data
    text = SOURCE.read_text(encoding="utf-8")
    assert not [part for part in data["parts"] if f"<{part}>" not in text.partition("asks:")[2]]


@pytest.mark.parametrize(
    "text",
    [
        "information " * 60,
        "patient or legal representative " * 20,
        "release of my health information and records " * 15,
        "drug / alcohol / substance abuse and " * 18,
        "a" * 700,
        "(((( name of the hospital / clinic / " * 18,
        "informacion de los registros medicos del " * 16,
        "to be released from the hospital to " * 18,
        "# - # / # " * 70,
    ],
)
def test_a_long_text_is_read_fast(text: str) -> None:
    """No pattern backtracks without end."""
    start = time.perf_counter()
    for pattern in (re.compile(pattern) for _, pattern in each_pattern()):
        for _ in pattern.finditer(text):
            pass
    assert time.perf_counter() - start < 10


def test_every_concept_is_in_the_vocabulary() -> None:
    data = yaml_io.load(SOURCE, FormMapError).data
    assert not [name for name in data["concepts"] if name not in vocabulary().concepts]


def test_every_shared_ask_is_a_concept_of_some_party() -> None:
    data = yaml_io.load(SOURCE, FormMapError).data
    known = vocabulary().concepts
    assert not [ask for ask in data["shared"] if not any(f"{party}.{ask}" in known for party in PARTIES)]


def test_every_ask_that_a_concept_hangs_on_exists() -> None:
    known = wordings()
    assert not {(name, ask) for name, asks in known.concepts.items() for ask in asks - set(known.asks)}


def test_every_ask_is_used() -> None:
    """An ask that no concept hangs on speaks for none; the ones named here speak against others."""
    used = {ask for asks in wordings().concepts.values() for ask in asks}
    assert set(wordings().asks) - used <= {"yes", "no", "county", "purpose.adoption"}


def test_every_box_of_a_list_has_wordings() -> None:
    lists = ("records.", "sensitive.", "delivery.", "purpose.")
    boxes = {
        name for name, concept in vocabulary().concepts.items() if name.startswith(lists) and concept.kind == "check"
    }
    assert not boxes - set(wordings().concepts)


ASKS = [
    ("Patient Name:", "full_name"),
    ("Name of Patient", "full_name"),
    ("Nombre del paciente", "full_name"),
    ("Last, First, Middle", "full_name"),
    ("First Name", "first_name"),
    ("Apellidos", "last_name"),
    ("M.I.", "middle_name"),
    ("Maiden or other names used", "other_names"),
    ("Date of Birth", "birth_date"),
    ("DOB:", "birth_date"),
    ("D.O.B.", "birth_date"),
    ("Birthdate", "birth_date"),
    ("Fecha de nacimiento", "birth_date"),
    ("Medical Record #", "mrn"),
    ("MRN", "mrn"),
    ("SSN", "ssn"),
    ("Seguro Social", "ssn"),
    ("Last 4 of SSN", "ssn_last4"),
    ("Street Address", "street"),
    ("Dirección", "address"),
    ("CurrentAddress", "address"),
    ("City, State, Zip", "city_state_zip"),
    ("Ciudad, Estado, Código postal", "city_state_zip"),
    ("ZIP Code", "zip"),
    ("Phone Number", "phone"),
    ("Teléfono", "phone"),
    ("Número telefónico del paciente", "phone"),
    ("Evening: (", "phone"),
    ("Cell phone", "phone_mobile"),
    ("Home phone", "phone_home"),
    ("Fax #", "fax"),
    ("E-mail address", "email"),
    ("Correo electrónico", "email"),
    ("Attn:", "attention"),
    ("Relationship to patient", "relationship"),
    ("Parentesco con el paciente", "relationship"),
    ("Signature of Patient", "signature"),
    ("Firma", "signature"),
    ("Printed name", "printed_name"),
    ("Initials", "initials"),
    ("Iniciales", "initials"),
    ("Date", "date"),
    ("Dates of Service", "dates"),
    ("Fechas de servicio", "dates"),
    ("From:", "date_from"),
    ("Desde", "date_from"),
    ("Hasta", "date_to"),
    ("This authorization expires on", "expires"),
    ("Esta autorización vence", "expires"),
    ("Purpose of disclosure", "purpose_text"),
    ("Witness", "witness"),
    ("Testigo", "witness"),
    ("Interpreter", "interpreter"),
    ("FOR OFFICE USE ONLY", "staff"),
    ("Myself", "self"),
    ("Legal guardian", "guardian"),
    ("Power of Attorney", "poa"),
    ("Executor of estate", "executor"),
    ("Other:", "other"),
    ("Otro (especifique)", "other"),
    ("Entire medical record", "records.all"),
    ("Expediente médico completo", "records.all"),
    ("Laboratory Results", "records.lab"),
    ("Resultados de laboratorio", "records.lab"),
    ("Immunization Record", "records.immunizations"),
    ("Vacunas", "records.immunizations"),
    ("Discharge Summary", "records.discharge_summary"),
    ("Resumen de alta", "records.discharge_summary"),
    ("History & Physical", "records.history_physical"),
    ("H&P", "records.history_physical"),
    ("Operative Report", "records.operative"),
    ("Consultation", "records.consultation"),
    ("Emergency Room Record", "records.emergency"),
    ("X-ray reports", "records.radiology_reports"),
    ("Radiology images on CD", "records.radiology_images"),
    ("Itemized bill", "records.itemized"),
    ("Billing records", "records.billing"),
    ("Pathology Report", "records.pathology"),
    ("EKG", "records.cardiology"),
    ("Progress notes", "records.progress_notes"),
    ("Medication list", "records.medications"),
    ("HIV/AIDS", "sensitive.hiv"),
    ("VIH/SIDA", "sensitive.hiv"),
    ("Mental health records", "sensitive.mental_health"),
    ("Salud mental", "sensitive.mental_health"),
    ("Drug and alcohol treatment", "sensitive.substance_use"),
    ("42 CFR Part 2 records", "sensitive.substance_use"),
    ("Abuso de sustancias", "sensitive.substance_use"),
    ("Genetic testing", "sensitive.genetic"),
    ("Psychotherapy notes", "sensitive.psychotherapy_notes"),
    ("Sexually transmitted diseases", "sensitive.std"),
    ("Enfermedades de transmisión sexual", "sensitive.std"),
    ("CD/DVD", "delivery.cd"),
    ("USB drive", "delivery.usb"),
    ("Paper copy", "delivery.paper"),
    ("Patient portal", "delivery.portal"),
    ("Continuity of care", "purpose.continuity_of_care"),
    ("Legal", "purpose.legal"),
    ("Insurance", "purpose.insurance"),
    ("Personal use", "purpose.personal"),
    ("Uso personal", "purpose.personal"),
    ("Continuación de la atención", "purpose.continuity_of_care"),
    ("Consultation", "purpose.second_opinion"),
    ("Discharge plan", "records.discharge_instructions"),
    ("Informes de imágenes", "records.radiology_reports"),
    ("Clinic/hospital records", "records.clinic_notes"),
    ("Electronic (CD/DVD)", "delivery.cd"),
    ("Copia electrónica (USB cifrado)", "delivery.usb"),
    ("Removable media", "delivery.usb"),
    ("Medios extraíbles", "delivery.cd"),
    ("For electronic delivery, please provide an email address", "delivery.email"),
    ("Electronic (PDF or CD)", "delivery.electronic"),
    ("SOLO PARA USAR EN EL CONSULTORIO", "staff"),
    ("Pages copied:", "staff"),
]


#: Labels that ask one thing, and nothing else that they also speak of.
MEANT = [
    ("Fax del destinatario", "fax"),
    ("Fax del centro", "fax"),
    ("to (insert date)", "date_to"),
    ("Medical record from (insert date)", "date_from"),
    ("Nombre en el momento del tratamiento", "other_names"),
    ("Nombre al momento de la atención (si es diferente)", "other_names"),
    ("Date(s) ofvisit", "dates"),
    ("for releasing this information:", "purpose_text"),
    ("Records released by", "staff"),
]


@pytest.mark.parametrize(("label", "ask"), MEANT)
def test_a_label_means_what_it_asks(label: str, ask: str) -> None:
    assert [one for one in meant(folded(label)) if "." not in one] == [ask]


@pytest.mark.parametrize(("label", "ask"), ASKS)
def test_a_label_asks_what_it_asks(label: str, ask: str) -> None:
    assert ask in asked(folded(label))


@pytest.mark.parametrize(
    ("label", "ask"),
    [
        ("Signed authorization", "signature"),
        ("Pathway clinic", "records.pathology"),
        ("Collaborate", "records.lab"),
        ("Available", "records.lab"),
        ("Faxed", "phone"),
        ("Candidate", "date"),
        ("Update", "date"),
        ("Unincorporated", "records.all"),
        ("Estimated", "state"),
        ("Capacity", "city"),
        ("Residence", "sensitive.hiv"),
        ("Surgery center", "sensitive.substance_use"),
        ("Monumental", "sensitive.mental_health"),
    ],
)
def test_a_word_inside_another_asks_nothing(label: str, ask: str) -> None:
    assert ask not in asked(folded(label))


@pytest.mark.parametrize(
    "label",
    [
        "Do NOT release:",
        "Do not include the following",
        "Exclude",
        "except for",
        "NO divulgar",
        "No autorizo",
        "withhold",
        "may not be released",
        "excepto",
    ],
)
def test_a_label_that_keeps_back_says_so(label: str) -> None:
    assert "excludes" in manner(folded(label))


@pytest.mark.parametrize(
    "label", ["Laboratory results", "I authorize the release of", "Include my HIV results", "Autorizo", "Notes"]
)
def test_a_label_that_wishes_keeps_nothing_back(label: str) -> None:
    assert "excludes" not in manner(folded(label))


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("Patient Information", "patient"),
        ("Información del paciente", "patient"),
        ("Release to:", "recipient"),
        ("Recipient of the records", "recipient"),
        ("I authorize the following facility to release", "provider"),
        ("Obtain records from:", "provider"),
        ("Personal representative", "representative"),
        ("Parent or guardian", "representative"),
        ("For office use only", "staff"),
        ("Information being released by:", "provider"),
        ("Released by:", "staff"),
        ("Processed by:", "staff"),
        ("Hospital personnel only", "staff"),
    ],
)
def test_a_heading_speaks_of_its_party(text: str, party: str) -> None:
    assert party in spoken_of(folded(text))


@pytest.mark.parametrize(
    "text",
    [
        "Incomplete forms may be returned, resulting in a delay in processing your request",
        "All requests must be processed by the records department",
        "I permit my physicians, nurses and other personnel to talk with",
    ],
)
def test_a_sentence_on_the_work_of_the_staff_heads_no_place_of_theirs(text: str) -> None:
    assert "staff" not in spoken_of(folded(text))


def test_the_party_named_last_comes_first() -> None:
    text = folded("Relationship of the personal representative to the patient")
    assert spoken_of(text)[0] == "patient"
    assert "representative" in spoken_of(text)


@pytest.mark.parametrize(
    ("text", "fold"),
    [
        ("Fecha de Nacimiento: ÁÉÑ", "fecha de nacimiento: aen"),
        ("“Patient’s”  name\n", '"patient\'s" name'),
        ("CurrentAddress", "current address"),
        ("Last 4 of SSN 123", "last # of ssn #"),
        ("2019–2021", "#-#"),
        ("", ""),
    ],
)
def test_text_is_folded(text: str, fold: str) -> None:
    assert folded(text) == fold


def test_coverage_is_the_longest_match() -> None:
    assert coverage("patient name and name")["full_name"] == len("patient name")
    assert coverage("") == {}


def test_a_pattern_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "wordings.yaml"
    broken.write_text("parts: {}\nasks:\n  name: ['(name']\nparties: {}\nmanners: {}\nshared: []\nconcepts: {}\n")
    monkeypatch.setattr(module, "SOURCE", broken)
    with pytest.raises(FormMapError, match=r"wordings\.yaml: asks\.name: "):
        wordings.__wrapped__()


def test_a_part_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "wordings.yaml"
    broken.write_text("parts: {}\nasks:\n  name: ['<whose>name']\nparties: {}\nmanners: {}\n")
    monkeypatch.setattr(module, "SOURCE", broken)
    with pytest.raises(FormMapError, match=r"wordings\.yaml: .*no part <whose>"):
        patterns()


def test_a_part_that_has_itself_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "wordings.yaml"
    broken.write_text("parts: {a: 'x<b>', b: '<a>'}\nasks:\n  name: ['<a>']\nparties: {}\nmanners: {}\n")
    monkeypatch.setattr(module, "SOURCE", broken)
    with pytest.raises(FormMapError, match=r"wordings\.yaml: .*<[ab]> has itself"):
        patterns()


# what a whole label is meant by


def longest(label: str) -> set[str]:
    """The asks that cover most of a label."""
    spans = coverage(folded(label))
    return {name for name, span in spans.items() if span == max(spans.values())}


@pytest.mark.parametrize(
    ("label", "ask"),
    [
        ("E-mail address (optional):", "email"),
        ("Email Address", "email"),
        ("Dirección de correo electrónico", "email"),
        ("Recipient Email Address (please print):", "email"),
        ("Maiden or former name(s)", "other_names"),
        ("Other name(s) used", "other_names"),
        ("AKA", "other_names"),
        ("Former name:", "other_names"),
        ("City/St/Zip", "city_state_zip"),
        ("City, State, Zip Code", "city_state_zip"),
        ("Ciudad, estado y código postal", "city_state_zip"),
        ("Address (street, city, state, zip code)", "address"),
        ("Dirección (calle, ciudad, estado, código postal):", "address"),
        ("Patient City (please print):", "city"),
        ("Home phone", "phone_home"),
        ("Daytime phone #", "phone"),
        ("Telephone No.", "phone"),
        ("Patient's Phone Number:", "phone"),
        ("N.° de teléfono:", "phone"),
        ("Medical Record Number", "mrn"),
        ("MR#", "mrn"),
        ("N° de registro médico:", "mrn"),
        ("Número de expediente", "mrn"),
        ("Date of Birth", "birth_date"),
        ("Date(s) of service (from/to)", "dates"),
        ("Treatment dates requested", "dates"),
        ("Patient Name (please print):", "full_name"),
        ("Patient name (last, first, middle initial)", "full_name"),
        ("Printed name of patient or legal representative", "printed_name"),
        ("Relationship to patient (if signed by other than patient)", "relationship"),
        ("Authority to act for patient", "authority"),
        ("Signature of patient or legal representative", "signature"),
        ("Firma del paciente o representante legal", "signature"),
        ("Name of hospital/clinic/physician/person", "name"),
        ("SS No. (optional)", "ssn"),
        ("Last 4 digits of SSN:", "ssn_last4"),
        ("HIV test results", "sensitive.hiv"),
        ("Drug and alcohol treatment", "sensitive.substance_use"),
        ("Mental health treatment information", "sensitive.mental_health"),
        ("Mental illness (excluding psychotherapy notes)", "sensitive.mental_health"),
        ("Entire mental health file", "sensitive.mental_health"),
        ("Genetic testing/test results", "sensitive.genetic"),
        ("Complete dental records", "records.dental"),
        ("Emergency Department Record", "records.emergency"),
        ("Physician's orders", "records.physician_orders"),
        ("Physician progress note", "records.progress_notes"),
        ("Lab/Pathology results", "records.lab"),
        ("Itemized billing statement", "records.itemized"),
        ("Advance Directive", "records.advance_directive"),
        ("Living will", "records.advance_directive"),
        ("Electronic Health Information (EHI) export", "records.ehi_export"),
        ("Designated record set", "records.all"),
        ("Worker's comp", "purpose.workers_comp"),
        ("Workers' Compensation claim", "purpose.workers_comp"),
        ("Patient's request", "purpose.personal"),
        ("At the request of the patient/patient representative", "purpose.personal"),
        ("Social Security disability", "purpose.disability"),
        ("Further medical care", "purpose.continuity_of_care"),
        ("Sharing with healthcare provider", "purpose.continuity_of_care"),
        ("Transfer of care", "purpose.transfer_of_care"),
        ("Patient portal", "delivery.portal"),
        ("Patient pick up", "delivery.pickup"),
        ("Inspect or review medical record", "delivery.inspect"),
        ("Mail to address:", "delivery.mail"),
        ("Unsecured email", "delivery.email_unencrypted"),
        ("Email (not secure)", "delivery.email_unencrypted"),
        ("Beneficiary or personal representative of a deceased patient", "executor"),
        ("Parent or guardian of minor patient", "parent"),
        ("One year from the date of signature", "expires"),
    ],
)
def test_a_label_is_covered_by_what_it_asks(label: str, ask: str) -> None:
    assert ask in longest(label)


@pytest.mark.parametrize(
    ("label", "ask"),
    [
        ("Last 5 years", "two_years"),
        ("Last 12 months", "two_years"),
        ("Last 3 years", "last_name"),
        ("Self", "purpose.personal"),
        ("Personal representative", "purpose.personal"),
        ("St. Vincent", "provider.choice"),
        ("Power of attorney", "purpose.legal"),
        ("Sleep study", "purpose.research"),
        ("Developmental disability", "purpose.disability"),
        ("Regular mail", "delivery.email_unencrypted"),
        ("No protegido con contraseña", "delivery.email_unencrypted"),
        ("Other, name:", "other_names"),
        ("Email (not secure)", "delivery.email_encrypted"),
        ("Unencrypted e-mail", "delivery.email_encrypted"),
        ("Correo electrónico no encriptado", "delivery.email_encrypted"),
        ("E-mail", "delivery.mail"),
        ("Electronic (CD)", "records.radiology_images"),
        ("Mi información", "middle_name"),
        ("Iniciales", "middle_name"),
        ("Middle initial", "initials"),
        ("Please state reason", "state"),
        ("Home health", "phone_home"),
        ("Sickle cell anemia", "phone_mobile"),
        ("Different from above", "date_from"),
        ("Released to:", "date_to"),
        ("Patient pick up", "self"),
        ("Medical condition", "expires_event"),
        ("Historia familiar", "next_of_kin"),
        ("Si lo firma otra persona", "yes"),
        ("Mental health records (excluding psychotherapy notes)", "sensitive.psychotherapy_notes"),
        ("Substance abuse", "sensitive.abuse"),
        ("A continuación", "purpose.continuity_of_care"),
        ("Consultation", "purpose.continuity_of_care"),
        ("Discharge plan", "records.discharge_summary"),
        ("Itemized billing statement", "records.billing"),
        ("Diagnosis test reports", "records.problem_list"),
        ("Informes de imágenes", "records.radiology_images"),
        ("Family education", "purpose.school"),
        ("Hepatitis status", "sensitive.std"),
        ("Medical history, mental or physical condition", "sensitive.mental_health"),
        ("Electronic copy (encrypted USB, CD)", "delivery.electronic"),
        ("Copia electrónica (USB cifrado)", "delivery.electronic"),
        ("For electronic delivery, please provide an email address", "delivery.electronic"),
        ("Information being released by:", "staff"),
    ],
)
def test_a_label_does_not_ask_what_it_only_sounds_like(label: str, ask: str) -> None:
    assert ask not in asked(folded(label))


@pytest.mark.parametrize("label", ["Last 2 years", "Past two (2) years", "Last 24 months", "Últimos 2 años"])
def test_two_years_are_told_from_other_numbers_of_years(label: str) -> None:
    assert "two_years" in asked(folded(label))


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("I authorize", "provider"),
        ("I authorize Mercy Clinic to release my records to:", "recipient"),
        ("I hereby authorize the following facility to release", "provider"),
        ("Release information from", "provider"),
        ("to release my health information as indicated below to:", "recipient"),
        ("Records to be sent to", "recipient"),
        ("Information to be released to:", "recipient"),
        ("Obtain information from", "provider"),
        ("receive information from", "provider"),
        ("Information to be disclosed by", "provider"),
        ("Name of facility releasing information", "provider"),
        ("Facility to release records", "provider"),
        ("Requesting facility", "recipient"),
        ("Person/organization authorized to receive the information", "recipient"),
        ("Who may receive my information", "recipient"),
        ("Autorizo a la siguiente institución", "provider"),
        ("Autorizo a la clínica a divulgar mi información a", "recipient"),
        ("Persona u organización que recibirá la información", "recipient"),
        ("Obtener mis registros de", "provider"),
        ("Authority to act for the patient", "representative"),
        ("Records released by", "staff"),
        ("A dónde enviarlos", "recipient"),
    ],
)
def test_the_end_of_a_sentence_says_whose_turn_it_is(text: str, party: str) -> None:
    assert spoken_of(folded(text))[0] == party


@pytest.mark.parametrize("label", ["Relationship to patient", "Parentesco con el paciente", "Relación con el paciente"])
def test_whose_relationship_to_the_patient_is_told_elsewhere(label: str) -> None:
    """A recipient has one, and a representative."""
    assert not spoken_of(folded(label))


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("designated party:", "recipient"),
        ("to/from name:", "recipient"),
        ("to or from (please circle one):", "recipient"),
        ("proxy's date of birth", "recipient"),
        ("name of the attorney", "recipient"),
        ("you may discuss my care with the following people", "recipient"),
        ("autorizo a la clinica a hablar de mi salud con las siguientes personas", "recipient"),
        ("i authorize the clinic to: (check all that apply)", "recipient"),
        ("health care proxy", "representative"),
        ("solicito copias de mis registros medicos a", "provider"),
        ("information is being released by", "provider"),
        ("hospital o clinica que divulga la informacion", "provider"),
        ("releasing facility", "provider"),
        ("the facility releasing information", "provider"),
        ("signature of patient or legal guardian", "signer"),
        ("firma del paciente o del representante legal", "signer"),
        ("patient's legal representative", "representative"),
        ("si firma alguien que no sea el paciente", "representative"),
        ("autoridad para actuar en nombre del paciente", "representative"),
    ],
)
def test_whose_a_wording_is(text: str, party: str) -> None:
    assert spoken_of(text)[0] == party


@pytest.mark.parametrize("text", ["facility name", "nombre del hospital", "name of the clinic"])
def test_an_organisations_name_is_told(text: str) -> None:
    assert "organisation" in manner(text)


@pytest.mark.parametrize("text", ["person or facility name", "person/organization name", "name of hospital/person"])
def test_a_name_that_may_be_a_persons_is_no_organisations(text: str) -> None:
    assert "organisation" not in manner(text)


@pytest.mark.parametrize(
    "text",
    [
        "facility name",
        "covering the period from",
        "authorization to release information",
        "section a: the patient must complete this section",
        "seccion a: el paciente debe completar esta seccion",
        "to be completed by patient",
        "portal del paciente",
    ],
)
def test_whose_a_wording_does_not_say(text: str) -> None:
    assert not {"patient", "provider", "representative"} & set(spoken_of(text))
