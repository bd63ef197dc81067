"""vCard 3, 4 and what phones write of 2.1."""

from __future__ import annotations

from pathlib import Path

import pytest

from formfill.errors import ProfileError
from formfill.exchange.incoming import Incoming
from formfill.exchange.vcard import read_vcards

THREE = """\
BEGIN:VCARD
VERSION:3.0
N:Rahimi;Amina;Yusuf;Ms.;III
FN:امینه رحیمی
NICKNAME:Mina
X-MAIDENNAME:Amina Noori
BDAY:1987-03-14
ADR;TYPE=WORK:;;1 Office Park;Oakland;CA;94607;USA
ADR;TYPE=HOME:;Apt 7;2114 Folsom Blvd;Sacramento;CA;95816;USA
TEL;TYPE=CELL,VOICE:(916) 555-0142
TEL;TYPE=HOME;TYPE=PREF:(916) 555-0143
TEL;TYPE=WORK,FAX:(916) 555-0144
TEL;TYPE=WORK:nonsense
item1.EMAIL;TYPE=INTERNET:amina@example.org
item1.X-ABLABEL:_$!<Other>!$_
EMAIL:second@example.org
NOTE:Calls after five\\, please
PHOTO;ENCODING=b;TYPE=JPEG:AAAA
ORG:Acme Works
END:VCARD
"""
FOUR = """\
begin:vcard
VERSION:4.0
N:Nguyễn;Hồng;Thị;;
FN:Hồng Nguyễn
BDAY:19621130
GENDER:F
LANG;PREF=1:vi
LANG:xx-none
TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+1-408-555-0118;ext=5
ADR;TYPE=home:Box 12;;;San José;CA;95116;
RELATED;TYPE=child:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
end:vcard
"""
TWO = """\
BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Garc=C3=ADa;Mar=C3=ADa;;;\r
TEL;CELL:916-555-0100\r
BDAY:19870314T000000Z\r
END:VCARD\r
"""


def read(tmp_path: Path, text: str) -> list[Incoming]:
    path = tmp_path / "people.vcf"
    path.write_text(text, encoding="utf-8", newline="")
    return read_vcards(path)


def test_vcard_3(tmp_path: Path) -> None:
    (one,) = read(tmp_path, THREE)
    assert one.error is None
    assert one.keys == {
        "patient": {
            "given_name": "Amina",
            "additional_name": "Yusuf",
            "family_name": "Rahimi III",
            "preferred_name": "Mina",
            "native_name": {"text": "امینه رحیمی"},
            "former_names": ["Amina Noori"],
            "birth_date": "1987-03-14",
            "address": {
                "street": "2114 Folsom Blvd",
                "unit": "Apt 7",
                "city": "Sacramento",
                "state": "CA",
                "postal_code": "95816",
                "country": "USA",
            },
            "phones": {"mobile": "(916) 555-0142", "home": "(916) 555-0143", "preferred": "home"},
            "fax": "(916) 555-0144",
            "email": "amina@example.org",
        },
        "notes": "Calls after five, please",
    }
    notes = "\n".join(one.notes)
    for place in ("title of N", "ADR", "EMAIL", "PHOTO, ORG", "TEL (line 13 of the card)"):
        assert place in notes, place
    for value in ("Office", "second@", "Acme", "nonsense", "Ms."):
        assert value not in notes


def test_vcard_4_and_2(tmp_path: Path) -> None:
    four, two = read(tmp_path, FOUR + TWO)
    patient = four.profile.patient
    assert (patient.given_name, patient.additional_name, patient.family_name) == ("Hồng", "Thị", "Nguyễn")
    assert patient.birth_date.isoformat() == "1962-11-30"
    assert patient.sex == "female"
    assert [one.language for one in patient.languages] == ["Vietnamese"]
    assert patient.phones.home == "4085550118x5"
    assert patient.phones.preferred == "home"
    assert patient.address is not None
    assert patient.address.street == "PO Box 12"
    assert two.profile.patient.given_name == "María"
    assert two.profile.patient.phones.mobile == "9165550100"
    assert two.profile.patient.birth_date.isoformat() == "1987-03-14"
    assert two.where.endswith("people.vcf:13")


def test_a_bad_card_does_not_stop_the_others(tmp_path: Path) -> None:
    bad = "BEGIN:VCARD\nVERSION:3.0\nsecret without a colon\nEND:VCARD\n"
    nobody = "BEGIN:VCARD\nVERSION:3.0\nFN:Amina\nN:;;;;\nEND:VCARD\n"
    cut = "BEGIN:VCARD\nVERSION:3.0\nN:Rahimi;Amina;;;\n"
    first, second, third, fourth = read(tmp_path, bad + nobody + cut + FOUR)
    assert "people.vcf:3: not a valid line of a vCard" in str(first.error)
    assert "secret" not in str(first.error)
    assert "birth_date: is required" in str(second.error)
    assert third.error is not None, "it does not end"
    assert fourth.error is None


@pytest.mark.parametrize("birthday", ["--0314", "1987", "circa 1987", "1604-03-14"])
def test_half_a_birth_date_is_none(tmp_path: Path, birthday: str) -> None:
    (one,) = read(tmp_path, THREE.replace("BDAY:1987-03-14", f"BDAY:{birthday}"))
    assert "birth_date" in str(one.error)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is empty"),
        (b"no card at all\n", "holds no vCard"),
        (b"BEGIN:VCARD\nFN:Pe\xf1a\nEND:VCARD\n", "not UTF-8 text"),
        (b"\xff\xfeB\x00", "not UTF-8 text"),
    ],
)
def test_what_is_no_vcard_is_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "people.vcf"
    path.write_bytes(data)
    with pytest.raises(ProfileError, match=expected):
        read_vcards(path)


def test_hostile_cards_are_told_and_nothing_else_happens(tmp_path: Path) -> None:
    names = ";".join(["x"] * 10_000)
    cards = [
        f"BEGIN:VCARD\nVERSION:3.0\nN:{names}\nBDAY:1987-03-14\nEND:VCARD\n",
        "BEGIN:VCARD\n" * 5_000,
        "BEGIN:VCARD\nVERSION:3.0\n" + "X-A;" * 10_000 + "TYPE=A:1\nEND:VCARD\n",
        "BEGIN:VCARD\nN;ENCODING=b:%%%\nBDAY:1987-03-14\nEND:VCARD\n",
        "BEGIN:VCARD\nN:Rahimi;Am\u202eina;;;\nBDAY:1987-03-14\nEND:VCARD\n",
    ]
    for card in cards:
        for one in read(tmp_path, card):
            if one.error is None:
                assert one.profile.patient.birth_date.year == 1987
