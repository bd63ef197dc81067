"""Dates, phones, names and addresses as forms want them, and what may be shortened."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formfill.model.scalars import Address, normal_phone
from formfill.writings import Day, Name, Phone, Postal, Span, Words, in_words, shorter_street, shorter_unit, tidy

DAY = Day(dt.date(1987, 3, 4))
days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
us_phones = st.from_regex(r"[2-9][0-9]{9}", fullmatch=True)
ADDRESS = Address(street="88 Pier Avenue", unit="Suite 210", city="Oakland", state="CA", postal_code="94607")


class TestDays:
    @pytest.mark.parametrize(
        ("writing", "text"),
        [
            (None, "03/04/1987"),
            ("MM/DD/YY", "03/04/87"),
            ("M/D/YYYY", "3/4/1987"),
            ("MMMM D, YYYY", "March 4, 1987"),
            ("D MMM YYYY", "4 Mar 1987"),
            ("YYYY-MM-DD", "1987-03-04"),
            ("MMDDYYYY", "03041987"),
            ("MM  DD  YYYY", "03  04  1987"),
        ],
    )
    def test_writings(self, writing: str | None, text: str) -> None:
        assert DAY.write(writing) == text

    def test_spanish_months(self) -> None:
        assert DAY.write("D de MMMM de YYYY", "es") == "4 de marzo de 1987"
        assert DAY.write("D MMMM YYYY", "vi") == "4 March 1987", "another language is written as English"

    @pytest.mark.parametrize("writing", ["", "today", "DD/MM/AAAA", "MM/DD/YYYY HH"])
    def test_what_is_no_writing(self, writing: str) -> None:
        if writing == "":
            assert DAY.write(writing) == DAY.write()
            return
        with pytest.raises(ValueError, match="date"):
            DAY.write(writing)

    def test_pieces(self) -> None:
        assert DAY.parts() == {"month": "03", "day": "04", "year": "1987", "year2": "87"}

    def test_shorter_only_as_the_rules_say_and_not_against_a_printed_format(self) -> None:
        assert DAY.shorter(("short_date",)) == ("3/4/1987",)
        assert DAY.shorter(("short_date", "short_year")) == ("3/4/1987", "3/4/87")
        assert DAY.shorter(()) == ()
        assert DAY.shorter(("short_date",), writing="MM/DD/YYYY") == ()
        assert Day(dt.date(1987, 11, 14)).shorter(("short_date",)) == (), "nothing is shorter than it is"

    @given(days)
    def test_any_day_reads_back(self, day: dt.date) -> None:
        for writing, pattern in (("MM/DD/YYYY", "%m/%d/%Y"), ("YYYY-MM-DD", "%Y-%m-%d"), ("MMMM D, YYYY", "%B %d, %Y")):
            assert dt.datetime.strptime(Day(day).write(writing), pattern).date() == day
        parts = Day(day).parts()
        assert dt.date(int(parts["year"]), int(parts["month"]), int(parts["day"])) == day
        assert parts["year"].endswith(parts["year2"])

    @given(days)
    def test_a_shorter_day_is_shorter_and_the_same(self, day: dt.date) -> None:
        for short in Day(day).shorter(("short_date",)):
            assert len(short) < 10
            assert dt.datetime.strptime(short, "%m/%d/%Y").date() == day


class TestSpans:
    def test_both_ends(self) -> None:
        span = Span(dt.date(2021, 1, 15), dt.date(2025, 6, 30))
        assert span.write() == "01/15/2021 - 06/30/2025"
        assert span.write("MMM D, YYYY") == "Jan 15, 2021 - Jun 30, 2025"
        assert span.shorter(("short_date", "short_year")) == ("1/15/2021 - 6/30/2025", "1/15/21 - 6/30/25")

    def test_open_ends(self) -> None:
        assert Span(dt.date(2021, 1, 15), None).write() == "01/15/2021 - present"
        assert Span(dt.date(2021, 1, 15), None).write(language="es") == "01/15/2021 - presente"
        assert Span(None, dt.date(2021, 1, 15)).write() == "through 01/15/2021"
        assert Span(None, dt.date(2021, 1, 15)).write(language="es") == "hasta 01/15/2021"


class TestPhones:
    def test_writings(self) -> None:
        phone = Phone("9165550142")
        assert phone.write() == "(916) 555-0142"
        assert phone.write("999-999-9999") == "916-555-0142"
        assert phone.write("999.999.9999") == "916.555.0142"
        assert phone.parts() == {"area": "916", "prefix": "555", "line": "0142", "number": "555-0142"}
        assert phone.shorter(("plain_phone",)) == ("916-555-0142",)

    def test_an_extension_is_never_lost(self) -> None:
        phone = Phone("9165550142x20")
        assert phone.write() == "(916) 555-0142 x20"
        assert phone.parts()["line"] == "0142 x20"
        assert phone.parts()["number"] == "555-0142 x20"
        assert phone.shorter(("plain_phone",)) == ("916-555-0142 x20",)

    def test_a_foreign_number_is_not_cut_into_us_parts(self) -> None:
        phone = Phone("+93 70 123 4567")
        assert phone.write("999-999-9999") == "+93 70 123 4567"
        assert phone.parts() == {"number": "+93 70 123 4567"}

    @pytest.mark.parametrize("writing", ["999-9999", "(xxx) xxx-xxxx", "99999999999"])
    def test_what_is_no_writing(self, writing: str) -> None:
        with pytest.raises(ValueError, match="ten 9s"):
            Phone("9165550142").write(writing)

    @given(us_phones, st.sampled_from([None, "999-999-9999", "999 999 9999", "9999999999"]))
    def test_every_digit_is_written_in_order(self, digits: str, writing: str | None) -> None:
        written = Phone(digits).write(writing)
        assert re.sub(r"\D", "", written) == digits
        assert normal_phone(written) == digits
        parts = Phone(digits).parts()
        assert parts["area"] + parts["prefix"] + parts["line"] == digits
        assert parts["number"] == f"{parts['prefix']}-{parts['line']}"


class TestNames:
    def test_writings(self) -> None:
        name = Name("Amina", "Yusuf", "Rahimi")
        assert name.write() == "Amina Yusuf Rahimi"
        assert name.write("last, first middle") == "Rahimi, Amina Yusuf"
        assert name.write("last, first initial") == "Rahimi, Amina Y."
        assert name.shorter(("middle_initial",)) == ("Amina Y. Rahimi",)
        assert name.shorter(("middle_initial",), writing="last, first middle") == ("Rahimi, Amina Y.",)
        assert name.shorter(()) == ()

    def test_missing_parts_leave_no_commas_or_gaps(self) -> None:
        assert Name("Amina", "", "Rahimi").write() == "Amina Rahimi"
        assert Name("", "", "Rahimi").write("last, first middle") == "Rahimi"
        assert Name("Amina", "", "").write("last, first middle") == "Amina"
        assert Name("Amina", "", "Rahimi").shorter(("middle_initial",)) == ()

    def test_several_middle_names(self) -> None:
        assert Name("Ana", "María José", "Díaz").shorter(("middle_initial",)) == ("Ana M. J. Díaz",)

    def test_one_part_alone(self) -> None:
        middle = Name("Amina", "Yusuf", "Rahimi", usual="middle")
        assert (middle.write(), middle.shorter(("middle_initial",))) == ("Yusuf", ("Y.",))
        assert middle.write("initial") == "Y."

    def test_words_within_a_name_are_not_its_parts(self) -> None:
        assert Name("Last", "", "First").write("last, first") == "First, Last"

    def test_what_is_no_writing(self) -> None:
        with pytest.raises(ValueError, match="no writing of a name"):
            Name("A", "", "B").write("MM/DD/YYYY")

    @given(st.text(st.characters(categories=["L"]), min_size=1), st.text(st.characters(categories=["L"]), min_size=1))
    def test_any_script_stays_whole(self, first: str, last: str) -> None:
        assert Name(first, "", last).write("last, first") == f"{last}, {first}"


class TestAddresses:
    def test_lines(self) -> None:
        assert Postal(ADDRESS).write() == "88 Pier Avenue, Suite 210, Oakland, CA 94607"
        assert Postal(ADDRESS, "street").write() == "88 Pier Avenue, Suite 210"
        assert Postal(ADDRESS, "street without unit").write() == "88 Pier Avenue"
        assert Postal(ADDRESS, "city").write() == "Oakland, CA 94607"
        assert Postal(ADDRESS, care_of="c/o Lea").write() == "c/o Lea, 88 Pier Avenue, Suite 210, Oakland, CA 94607"
        assert Postal(ADDRESS).parts() == {
            "street": "88 Pier Avenue, Suite 210",
            "city": "Oakland",
            "state": "CA",
            "zip": "94607",
        }

    def test_abroad(self) -> None:
        abroad = Address(country="Germany", street="Hauptstr. 5", city="Ulm", postal_code="89073")
        assert Postal(abroad).write() == "Hauptstr. 5, Ulm, 89073, Germany"
        assert Postal(abroad).parts() == {"street": "Hauptstr. 5", "city": "Ulm, Germany", "zip": "89073"}

    def test_the_unit_is_never_dropped(self) -> None:
        assert Postal(ADDRESS).shorter(("street_suffix",)) == ("88 Pier Ave, Ste 210, Oakland, CA 94607",)
        assert Postal(ADDRESS, "street").shorter(("street_suffix",)) == ("88 Pier Ave, Ste 210",)
        assert Postal(ADDRESS).shorter(()) == ()

    @pytest.mark.parametrize(
        ("street", "short"),
        [
            ("2114 Folsom Boulevard", "2114 Folsom Blvd"),
            ("2114 Folsom Blvd", "2114 Folsom Blvd"),
            ("12 Park Avenue Road", "12 Park Avenue Rd"),
            ("12 Avenue Road", "12 Avenue Rd"),
            ("1730 East Santa Clara Street", "1730 E Santa Clara St"),
            ("500 Elm Street Northwest", "500 Elm St NW"),
            ("12 North Street", "12 North St"),
            ("12 The Circle", "12 The Cir"),
            ("7 Street", "7 Street"),
            ("100 North", "100 North"),
            ("Lake Drive", "Lake Dr"),
            ("PO Box 12", "PO Box 12"),
            ("1150 North Indian Canyon Drive", "1150 N Indian Canyon Dr"),
            ("3617 S. Pacific Highway", "3617 S. Pacific Hwy"),
            ("40 Main St.", "40 Main St."),
        ],
    )
    def test_publication_28(self, street: str, short: str) -> None:
        assert shorter_street(street) == short

    @pytest.mark.parametrize(
        ("unit", "short"),
        [("Suite 210", "Ste 210"), ("Apartment B", "Apt B"), ("Apt 7", "Apt 7"), ("Floor", "Floor"), ("#4", "#4")],
    )
    def test_units(self, unit: str, short: str) -> None:
        assert shorter_unit(unit) == short

    @given(st.from_regex(r"[1-9][0-9]{0,4} [A-Z][a-z]{1,8}( [A-Z][a-z]{1,8}){0,3}", fullmatch=True))
    def test_the_number_and_the_first_word_of_the_name_stay(self, street: str) -> None:
        short = shorter_street(street).split(" ")
        assert short[0] == street.split(" ")[0]
        assert len(short) == len(street.split(" "))
        assert len(" ".join(short)) <= len(street)


def test_words_have_one_writing() -> None:
    assert Words("Dari").write() == "Dari"
    with pytest.raises(ValueError, match="has a format"):
        Words("Dari").write("MM/DD/YYYY")


def test_tidy() -> None:
    assert tidy("Rahimi,  Amina ") == "Rahimi, Amina"
    assert tidy(", Oakland,, CA") == "Oakland, CA"
    assert tidy("a\n\n , \nb") == "a\nb"


def test_lists_in_words() -> None:
    assert (
        in_words(["Lab results", "Immunizations", "EKG", "CD or USB drive"])
        == "Lab results, immunizations, EKG, CD or USB drive"
    )
    assert in_words([]) == ""
