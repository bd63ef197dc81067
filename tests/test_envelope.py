"""The plain envelope: set by typst, read back by pdfplumber."""

from __future__ import annotations

import io
from dataclasses import replace

import pdfplumber
import pytest
from test_packet import CLINIC, PATIENT, SENDER

from formfill.errors import OutputError, ProviderError
from formfill.packet.cover import Party
from formfill.packet.envelope import envelope_pdf


def lines(pdf: bytes) -> list[tuple[str, float, float]]:
    """Each line of print with its left edge and top, in inches."""
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        (page,) = opened.pages
        assert (page.width, page.height) == (684, 297)
        return [(line["text"], line["x0"] / 72, line["top"] / 72) for line in page.extract_text_lines()]


def test_sender_and_recipient_stand_where_the_post_looks_for_them_and_nothing_else() -> None:
    found = lines(envelope_pdf(SENDER, CLINIC))
    left, right = ([line for line in found if (line[1] > 3.9) is far] for far in (False, True))
    assert [text for text, _, _ in left] == [
        "Elena Marsh",
        "Harbor Refugee Services",
        "88 Pier Avenue, Suite 210",
        "Oakland, CA 94607",
    ]
    assert [text for text, _, _ in right] == [
        "Health Information Management",
        "Valley Oak Community Clinic",
        "500 Elm Street",
        "Fresno, CA 93701",
    ]
    assert max(top for _, _, top in left) < 1.5 < min(top for _, _, top in right)
    # USPS Domestic Mail Manual 202: the address 5/8 to 2 3/4 in above the bottom edge, an inch from the sides
    assert all(4.125 - 2.75 <= top <= 4.125 - 0.625 - 0.15 for _, _, top in right)


def test_phone_and_email_are_not_for_the_postman() -> None:
    text = " ".join(line for line, _, _ in lines(envelope_pdf(PATIENT, CLINIC)))
    assert "555" not in text
    assert "@" not in text


def test_an_address_in_another_script_and_a_long_one_fit() -> None:
    long = replace(CLINIC, organisation="The Regional Community Health Clinic and Family Medicine Center " * 3)
    found = lines(envelope_pdf(replace(SENDER, name="Nguyễn Thị Ánh"), long))
    assert any(text.startswith("Nguyễn") for text, _, _ in found)
    assert max(top for _, _, top in found) < 4.125 - 0.625


def test_no_address_no_envelope() -> None:
    with pytest.raises(ProviderError, match="the provider has no address to send to"):
        envelope_pdf(SENDER, Party(name="Health Information Management"))


def test_an_address_that_does_not_fit() -> None:
    with pytest.raises(OutputError, match="does not fit the envelope"):
        envelope_pdf(SENDER, replace(CLINIC, address=tuple(f"Line {number}" for number in range(30))))
