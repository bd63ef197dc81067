"""The wordings that ship: they load, name what exists, and find in labels what the labels ask."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from formfill import yaml_io
from formfill.draft import wordings as module
from formfill.draft.wordings import PARTIES, SOURCE, asked, coverage, folded, manner, spoken_of, wordings
from formfill.errors import FormMapError
from formfill.model.vocabulary import vocabulary


def test_every_pattern_compiles_by_itself_and_finds_nothing_in_nothing() -> None:
    data = yaml_io.load(SOURCE, FormMapError).data
    for group in ("asks", "parties", "manners"):
        assert data[group]
        for name, patterns in data[group].items():
            assert patterns, name
            for pattern in patterns:
                assert not re.compile(pattern).search(""), f"{group}.{name}: {pattern}"


def test_patterns_are_for_folded_text() -> None:
    """A capital letter or an accent would never be found in a label."""
    data = yaml_io.load(SOURCE, FormMapError).data
    wrong = []
    for group in ("asks", "parties", "manners"):
        for name, patterns in data[group].items():
            for pattern in patterns:
                plain = re.sub(r"\\[bBdDsSwWnt]|\{\d*,?\d*\}|\(\?[:=!<]+", "", pattern)
                if re.search(r"[A-Záéíóúñü]", plain):
                    wrong.append(f"{group}.{name}: {pattern}")
    assert not wrong


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


#: Boxes that a draft leaves unknown, for want of wordings.
NOT_WORDED = {"records.advance_directive", "records.ehi_export"}


def test_every_box_of_a_list_has_wordings() -> None:
    lists = ("records.", "sensitive.", "delivery.", "purpose.")
    boxes = {
        name for name, concept in vocabulary().concepts.items() if name.startswith(lists) and concept.kind == "check"
    }
    assert boxes - set(wordings().concepts) == NOT_WORDED


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
]


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
    ],
)
def test_a_heading_speaks_of_its_party(text: str, party: str) -> None:
    assert party in spoken_of(folded(text))


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
    broken.write_text("asks:\n  name: ['(name']\nparties: {}\nmanners: {}\nshared: []\nconcepts: {}\n")
    monkeypatch.setattr(module, "SOURCE", broken)
    with pytest.raises(FormMapError, match=r"wordings\.yaml: asks\.name: "):
        wordings.__wrapped__()
