"""What a form says of itself and of its provider, on small forms made up here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from builders import Blank, Words

from formfill.draft.addresses import PrintedAddress, addresses_in
from formfill.draft.detect import detect
from formfill.draft.heading import Head, read_head
from formfill.draft.provider_text import provider_text
from formfill.model.provider import Provider, load_provider
from formfill.pdf.compile import compile_blank

LETTERHEAD: Words = [
    (50, 760, "Juniper Creek Hospital"),
    (50, 748, "Health Information Management"),
    (50, 736, "12 Orchard Road, Suite 4"),
    (50, 724, "Fairview, OH 43001"),
    (50, 712, "Phone: (555) 555-0100"),
    (50, 700, "Fax: 555.555.0101"),
]
BODY: Words = [
    (180, 670, "AUTHORIZATION TO RELEASE HEALTH INFORMATION"),
    (50, 640, "Patient name: ______________________________ Date of birth: ________________"),
    (50, 610, "I authorize Juniper Creek Hospital to release the following records to the person named below."),
    (50, 580, "Name: ______________________________ Phone: ________________ Fax: ________________"),
    (50, 550, "I may revoke this authorization in writing at any time before it has been acted upon."),
    (50, 520, "Signature: ______________________________ Date: ________________"),
]


def head_of(*words: tuple[float, float, str]) -> Head:
    blank = Blank(pages=0)
    blank.page(words=list(words))
    data = blank.save()
    return read_head(detect(compile_blank(data, hashlib.sha256(data).hexdigest(), "blank")))


def record_of(head: Head, path: Path, formats: tuple[str, ...] = ()) -> tuple[Provider, str]:
    text = provider_text(head, "some-id", formats)
    path.write_text(text)
    return load_provider(path), text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "provider.yaml"


def test_a_letterhead_says_whose_form_it_is(path: Path) -> None:
    provider, _ = record_of(head_of(*LETTERHEAD, *BODY), path)
    assert (provider.name, provider.state) == ("Juniper Creek Hospital", "OH")
    assert provider.address is not None
    assert provider.address.care_of == "Health Information Management"
    assert (provider.address.street, provider.address.unit) == ("12 Orchard Road", "Suite 4")
    assert (provider.address.city, provider.address.postal_code) == ("Fairview", "43001")
    assert (provider.phone, provider.fax) == ("5555550100", "5555550101")


def test_the_print_of_an_empty_form_gives_a_name_from_the_id_and_says_so(path: Path) -> None:
    provider, text = record_of(head_of((50, 700, "Authorization to Release Information")), path)
    assert provider.name == "Some Id"
    assert "none was found on the form" in text
    assert (provider.phone, provider.fax, provider.email, provider.address) == (None, None, None, None)


# whose numbers they are


def test_where_the_form_is_to_be_sent_goes_before_the_letterhead(path: Path) -> None:
    words: Words = [
        (50, 120, "Return completed form to:"),
        (50, 108, "Fax: 555-555-0199 or 555-555-0198"),
        (50, 96, "Email: records@juniper.example.org"),
    ]
    provider, _ = record_of(head_of(*LETTERHEAD, *BODY, *words), path)
    assert (provider.fax, provider.email) == ("5555550199", "records@juniper.example.org")
    assert provider.phone == "5555550100"
    assert provider.accepts == ("fax", "email")


@pytest.mark.parametrize(
    "lines",
    [
        ("Authorization can be sent to:", "Health Information Management", "Fax: 555-555-0199"),
        ("PATIENTS: Please fax signed", "authorizations to: 555-555-0199"),
        ("Envie el formulario completado por fax a:", "Fax: 555-555-0199"),
    ],
)
def test_ways_to_say_where_a_form_goes(lines: tuple[str, ...], path: Path) -> None:
    words = [(50.0, 120.0 - 12 * i, line) for i, line in enumerate(lines)]
    provider, text = record_of(head_of(*LETTERHEAD, *BODY, *words), path)
    assert provider.fax == "5555550199"
    assert "the form says so" in text


def test_of_two_faxes_none_is_taken_and_both_are_named(path: Path) -> None:
    words: Words = [(300, 712, "North Campus Fax: 555-555-0177")]
    provider, text = record_of(head_of(*LETTERHEAD, *BODY, *words), path)
    assert provider.fax is None
    assert "(555) 555-0101; (555) 555-0177" in text


@pytest.mark.parametrize(
    "lines",
    [
        ("Release my records to:", "Fax: 555-555-0142"),
        ("Complaints go to the Office for Civil Rights,", "phone 555-555-0142, fax 555-555-0142."),
        ("You may contact the State Division of Human Rights at fax 555-555-0142.",),
        ("For copies of radiology images call 555-555-0142 / Fax 555-555-0142",),
        ("Fees are paid to Datavant, fax 555-555-0142",),
        ("Write to the Privacy Officer, fax 555-555-0142",),
        ("Entregar mi informacion medica a:", "Fax: 555-555-0142"),
        ("Elm Street Clinic, fax 555-555-0142", "(Person or organization to which disclosure is to be made)"),
    ],
)
def test_somebody_elses_number_is_not_taken(lines: tuple[str, ...], path: Path) -> None:
    words = [(50.0, 400.0 - 12 * i, line) for i, line in enumerate(lines)]
    provider, _ = record_of(head_of(*BODY, *words), path)
    assert (provider.fax, provider.phone) == (None, None)


def test_a_copy_service_is_taken_where_the_form_says_so(path: Path) -> None:
    words: Words = [(50, 120, "Fax the completed authorization form to Datavant: fax 555-555-0142")]
    provider, _ = record_of(head_of(*BODY, *words), path)
    assert provider.fax == "5555550142"


@pytest.mark.parametrize(
    ("line", "phone"),
    [
        ("If you have questions, please call 555-555-0100", "5555550100"),
        ("Questions? Call (555) 555-0100 ext. 12", "5555550100x12"),
        ("Si tiene preguntas, llame al 555.555.0100", "5555550100"),
    ],
)
def test_whom_to_ask(line: str, phone: str, path: Path) -> None:
    provider, _ = record_of(head_of(*BODY, (50, 120, line)), path)
    assert provider.phone == phone


def test_the_choice_in_a_menu_stays_as_a_comment(path: Path) -> None:
    provider, text = record_of(head_of(*BODY, (50, 120, "For questions call 555-555-0100 option 2")), path)
    assert provider.phone == "5555550100"
    assert "option 2" in text


def test_a_list_of_sites_gives_no_address_and_names_them(path: Path) -> None:
    words: Words = [
        (50, 60, "12 Orchard Road"), (50, 48, "Fairview, OH 43001"),
        (300, 60, "9 Mill Street"), (300, 48, "Lowell, OH 43002"),
    ]  # fmt: skip
    provider, text = record_of(head_of(*BODY, *words), path)
    assert provider.address is None
    assert provider.name == "Juniper Creek Hospital"
    assert "12 Orchard Road, Fairview, OH 43001; 9 Mill Street, Lowell, OH 43002" in text.replace("\n# ", " ")


# addresses


def plain(address: PrintedAddress | str) -> tuple[str | None, ...]:
    assert isinstance(address, PrintedAddress)
    return (address.street, address.unit, address.city, address.state, address.postal_code)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("P.O. Box 689, Santa Rosa, CA 93102", ("P.O. Box 689", None, "Santa Rosa", "CA", "93102")),
        ("80 Elm Street\nP.O. Box 50\nFairview, CT 06102-5037",
         ("80 Elm Street, P.O. Box 50", None, "Fairview", "CT", "06102-5037")),
        ("2800 Main Street Fairview, CT 06606", ("2800 Main Street", None, "Fairview", "CT", "06606")),
        ("3801 East Hwy. 98, Port St. Joe, Florida 32456", ("3801 East Hwy. 98", None, "Port St. Joe", "FL", "32456")),
        ("One Orchard Plaza ● St. Louis, MO\n63110", ("One Orchard Plaza", None, "St. Louis", "MO", "63110")),
        ("400 Elm Ave., Room A88\nSan Carlos, CA 94143", ("400 Elm Ave.", "Room A88", "San Carlos", "CA", "94143")),
        ("3400 Data Dr. Suite 1064, Rancho\nVerde, CA 95670",
         ("3400 Data Dr.", "Suite 1064", "Rancho Verde", "CA", "95670")),
        ("in writing to 525 Elm Ave. Monte\nPark, CA 91754.", ("525 Elm Ave.", None, "Monte Park", "CA", "91754")),
        ("5249 E Terrace Dr\nFairview, WI 53718", ("5249 E Terrace Dr", None, "Fairview", "WI", "53718")),
    ],
)  # fmt: skip
def test_addresses_as_forms_print_them(text: str, address: tuple[str | None, ...]) -> None:
    [(_, found)] = addresses_in(text)
    assert plain(found) == address


def test_a_department_before_an_address_is_its_care_of() -> None:
    [(_, found)] = addresses_in("ATTN: Release of Information Department\n12 Orchard Rd\nFairview, OH 43001")
    assert isinstance(found, PrintedAddress)
    assert found.care_of == "Release of Information Department"


def test_an_address_whose_street_is_not_read_is_told_apart() -> None:
    assert [found for _, found in addresses_in("Fairview, OH 43001")] == ["Fairview, OH 43001"]


@pytest.mark.parametrize("text", ["555-555-0142\n Form 43001", "Patient City, State 00000", "Rev. 12 CA 2024"])
def test_no_address(text: str) -> None:
    assert list(addresses_in(text)) == []


# the form itself


@pytest.mark.parametrize(
    ("foot", "number", "edition"),
    [
        ("CLI.1777 (Rev. 10/25)", "CLI.1777", "10/25"),
        ("Form 1989 Revised: 5-2024", "1989", "5-2024"),
        ("PHSI-320-012 (07/18) Page 1 of 2", "PHSI-320-012", "07/18"),
        ("1200-0004", "1200-0004", None),
        ("Fairview, OH 43001", None, None),
        ("Call 555-555-0100", None, None),
        ("COVID-19 Clinic", None, None),
        ("Updated March 2018", None, "March 2018"),
    ],
)
def test_number_and_edition(foot: str, number: str | None, edition: str | None) -> None:
    head = head_of(*BODY, (50, 30, foot))
    assert (head.form_number, head.edition) == (number, edition)


@pytest.mark.parametrize(
    ("lines", "title", "instrument"),
    [
        (("AUTHORIZATION FOR USE OR DISCLOSURE OF", "PROTECTED HEALTH INFORMATION"),
         "AUTHORIZATION FOR USE OR DISCLOSURE OF PROTECTED HEALTH INFORMATION", "authorization"),
        (("Patient Request for Access to Health Information",),
         "Patient Request for Access to Health Information", "access-request"),
        (("Request to Amend Health Information",), "Request to Amend Health Information", "amendment"),
        (("SOLICITUD DE ACCESO A MI EXPEDIENTE",), "SOLICITUD DE ACCESO A MI EXPEDIENTE", "access-request"),
        (("Adult Proxy Access Authorization",), "Adult Proxy Access Authorization", "other"),
    ],
)  # fmt: skip
def test_title_and_instrument(lines: tuple[str, ...], title: str, instrument: str) -> None:
    words = [(180.0, 740.0 - 12 * i, line) for i, line in enumerate(lines)]
    head = head_of(*words, (50, 640, "PATIENT INFORMATION"), (50, 610, "Patient name: ____________________"))
    assert (head.title, head.instrument) == (title, instrument)


# what it says of formats, fees, portal, ID


def test_portal_fees_id_and_formats(path: Path) -> None:
    words: Words = [
        (50, 300, "There may be a fee for copies of medical records. Please ask first."),
        (50, 270, "Attach a copy of your photo ID."),
        (50, 240, "Records can be sent to MyChart."),
    ]
    provider, _ = record_of(
        head_of(*LETTERHEAD, (300, 760, "www.juniper.example.org"), *BODY, *words), path, ("cd", "fax")
    )
    assert provider.fees == "There may be a fee for copies of medical records."
    assert provider.id_required is True
    assert provider.portal is not None
    assert provider.portal.kind == "MyChart"
    assert provider.website == "https://www.juniper.example.org"
    assert provider.formats == ("cd", "fax")


def test_id_for_picking_up_is_only_told(path: Path) -> None:
    provider, text = record_of(head_of(*BODY, (50, 300, "Photo ID required for records to be picked up.")), path)
    assert provider.id_required is None
    assert "# ID: Photo ID required" in text
