"""Profile, provider and request: strict, frozen, and errors that a caseworker can act on without a value in them."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from formfill import yaml_io
from formfill.errors import FormMapError, ProfileError, ProviderError, RequestError
from formfill.model.base import validate
from formfill.model.choices import Other
from formfill.model.form_map import FormMap
from formfill.model.profile import Profile, load_profile, parse_profile
from formfill.model.provider import Provider, ReleasingProvider, load_provider
from formfill.model.request import DateRange, Request, load_request, parse_request
from formfill.model.scalars import normal_phone
from formfill.model.schema import KINDS, json_schema

MINIMAL = "profile: amina\npatient:\n  given_name: Amina\n  family_name: Rahimi\n  birth_date: 1987-03-14\n"


def profile(more: str = "") -> Profile:
    return parse_profile(yaml_io.loads(MINIMAL + more, "profiles/amina.yaml", ProfileError))


def profile_problem(text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        parse_profile(yaml_io.loads(text, "profiles/amina.yaml", ProfileError))
    return str(caught.value)


def request(text: str) -> Request:
    return parse_request(yaml_io.loads(text, "r.yaml", RequestError))


def request_problem(text: str) -> str:
    with pytest.raises(RequestError) as caught:
        request(text)
    return str(caught.value)


class TestProfile:
    def test_the_smallest_one(self) -> None:
        patient = profile().patient
        assert (patient.given_name, patient.birth_date) == ("Amina", dt.date(1987, 3, 14))
        assert patient.phones.best is None

    def test_is_frozen(self) -> None:
        with pytest.raises(ValidationError):
            profile().patient.given_name = "Other"  # type: ignore[misc]

    def test_a_date_in_another_writing_is_refused_with_its_place(self) -> None:
        text = MINIMAL.replace("1987-03-14", "14/3/87")
        assert profile_problem(text) == (
            "profiles/amina.yaml:5: patient.birth_date: expected YYYY-MM-DD, got '14/3/87'"
        )

    @pytest.mark.parametrize("date", ["1987-02-30", "1987-3-14", "19870314", "1987-03-14T00:00"])
    def test_what_is_no_date(self, date: str) -> None:
        assert "expected YYYY-MM-DD" in profile_problem(MINIMAL.replace("1987-03-14", date))

    def test_a_birth_date_lies_in_the_past(self) -> None:
        tomorrow = dt.date.today() + dt.timedelta(days=1)
        assert profile_problem(MINIMAL.replace("1987-03-14", tomorrow.isoformat())).endswith("is in the future")
        assert profile_problem(MINIMAL.replace("1987-03-14", "1887-03-14")).endswith("is before 1900")
        assert (
            profile_problem(MINIMAL.replace("1987-03-14", dt.date.today().isoformat()) + "  no: 1\n").count("\n") == 0
        )

    def test_unknown_keys_name_what_was_meant(self) -> None:
        assert profile_problem(MINIMAL + "  famly_name: X\n") == (
            "profiles/amina.yaml:6: patient.famly_name: unknown key; did you mean family_name?"
        )
        text = MINIMAL + "recipients:\n  sister:\n    name: Zahra\n    fone: 916 555 0100\n"
        assert profile_problem(text).endswith("recipients.sister.fone: unknown key; did you mean phone?")

    def test_every_problem_is_told_at_once(self) -> None:
        text = "profile: Amina R\npatient:\n  birth_date: x\n  emial: a@b.c\n"
        lines = profile_problem(text).splitlines()
        assert len(lines) == 3
        assert lines[0].startswith("profiles/amina.yaml:1: profile: expected a short name of small letters, digits and")

    def test_a_missing_key_is_named(self) -> None:
        assert profile_problem("profile: amina\npatient:\n  given_name: A\n") == (
            "profiles/amina.yaml:2: patient.birth_date: is required"
        )

    def test_someone_has_a_name(self) -> None:
        assert "needs given_name or family_name" in profile_problem("profile: a\npatient:\n  birth_date: 1987-03-14\n")
        one = parse_profile(
            yaml_io.loads("profile: a\npatient: {family_name: Rahimi, birth_date: 1987-03-14}", "a", ProfileError)
        )
        assert one.patient.given_name is None

    def test_a_key_with_nothing_behind_it_is_absent(self) -> None:
        patient = profile("  email:\n  former_names:\n  phones:\n  address:\n").patient
        assert (patient.email, patient.former_names, patient.address) == (None, (), None)

    def test_zip_codes_keep_their_zeros(self) -> None:
        address = "  address: {street: 1 Elm St, city: Boston, state: ma, postal_code: 02134}\n"
        found = profile(address).patient.address
        assert found is not None
        assert (found.postal_code, found.state) == ("02134", "MA")

    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("postal_code", "9581", "expected a ZIP code of 5 digits"),
            ("postal_code", "95816-", "expected a ZIP code of 5 digits"),
            ("state", "Calif.", "expected a state's two letters"),
            ("state", "ZZ", "expected a state's two letters"),
        ],
    )
    def test_wrong_addresses(self, key: str, value: str, expected: str) -> None:
        members = {"street": "1 Elm St", "city": "X", "state": "CA", "postal_code": "95816"} | {key: value}
        text = "  address:\n" + "".join(f"    {name}: {member}\n" for name, member in members.items())
        message = profile_problem(MINIMAL + text)
        assert f"patient.address.{key}: {expected}" in message
        assert value not in message

    def test_addresses_abroad_follow_no_us_rule(self) -> None:
        text = "  address: {country: Mexico, street: Calle 5, city: Oaxaca, state: Oaxaca, postal_code: C.P. 68000}\n"
        address = profile(text).patient.address
        assert address is not None
        assert not address.is_us

    def test_phones_by_kind(self) -> None:
        phones = profile("  phones: {home: 916-555-0100, mobile: 916.555.0142, preferred: mobile}\n").patient.phones
        assert (phones.home, phones.best) == ("9165550100", "9165550142")
        assert profile("  phones: {work: 9165550100}\n").patient.phones.best == "9165550100"
        problem = profile_problem(MINIMAL + "  phones: {home: 916-555-0100, preferred: work}\n")
        assert "there is no work phone" in problem

    @pytest.mark.parametrize("ssn", ["123-45-678", "000-12-3456", "123456789X", "666-12-3456"])
    def test_a_wrong_ssn_is_never_repeated(self, ssn: str) -> None:
        message = profile_problem(MINIMAL + f"  ssn: {ssn}\n")
        assert "patient.ssn: expected a Social Security number" in message
        assert ssn not in message

    def test_an_ssn_and_its_end_agree(self) -> None:
        assert profile("  ssn: 987 65 4321\n").patient.ssn == "987-65-4321"
        assert "ssn_last4 differs" in profile_problem(MINIMAL + "  ssn: 987-65-4321\n  ssn_last4: 1234\n")
        assert profile("  ssn_last4: 0042\n").patient.ssn_last4 == "0042"

    @pytest.mark.parametrize(
        "path", ["../id.png", "/etc/passwd", "a/../../b.png", "~/id.png", "C:\\id.png", "a\\..\\b"]
    )
    def test_files_lie_below_the_profile(self, path: str) -> None:
        assert "below its folder (the profile's own" in profile_problem(MINIMAL + f"  photo_id: {{file: '{path}'}}\n")

    def test_files_are_found_from_the_profile(self, tmp_path: Path) -> None:
        path = tmp_path / "amina.yaml"
        path.write_text(MINIMAL + "  photo_id: {file: ids/amina.png}\n", encoding="utf-8")
        loaded = load_profile(path)
        assert loaded.patient.photo_id is not None
        assert loaded.patient.photo_id.file is not None
        assert loaded.file(loaded.patient.photo_id.file) == tmp_path / "ids" / "amina.png"

    def test_a_recipient_has_a_name_and_the_default_exists(self) -> None:
        assert "needs name or organization" in profile_problem(
            MINIMAL + "recipients: {sister: {phone: 916 555 0100}}\n"
        )
        assert "recipients has no 'sister'" in profile_problem(MINIMAL + "default_recipient: sister\n")

    def test_a_representative_has_a_kind(self) -> None:
        message = profile_problem(MINIMAL + "representative: {kind: mother, name: Lea}\n")
        assert "representative.kind: expected 'parent', 'guardian'" in message

    def test_letters_and_accents_that_come_apart_are_joined(self) -> None:
        apart = unicodedata.normalize("NFD", "Nguyễn Thị Hồng")
        assert len(apart) > len("Nguyễn Thị Hồng")
        assert profile(f"  preferred_name: {apart}\n").patient.preferred_name == "Nguyễn Thị Hồng"

    @pytest.mark.parametrize("sign", ["\\0", "\\x07", "\\e", "\\x7f"])
    def test_control_characters_are_refused(self, sign: str) -> None:
        problem = profile_problem(MINIMAL + f'  preferred_name: "A{sign}B"\n')
        assert problem.startswith("profiles/amina.yaml:6: patient.preferred_name: holds a control character")

    def test_a_list_where_keys_belong(self) -> None:
        assert "patient.address: expected keys below it" in profile_problem(MINIMAL + "  address: 1 Elm Street\n")
        assert profile("  former_names: Amina Noori\n").patient.former_names == ("Amina Noori",)

    def test_a_profile_that_is_a_list(self) -> None:
        assert profile_problem("- a\n") == "profiles/amina.yaml:1: a mapping (key: value) was expected"


class TestPhones:
    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("(916) 555-0142", "9165550142"),
            ("916.555.0142", "9165550142"),
            ("+1 916 555 0142", "9165550142"),
            ("1-916-555-0142", "9165550142"),
            ("916-555-0142 ext. 20", "9165550142x20"),
            ("916 555 0142x7", "9165550142x7"),
            ("+93 70 123 4567", "+93 70 123 4567"),
            ("0093 70 123 4567", "+93 70 123 4567"),
        ],
    )
    def test_writings_that_people_use(self, text: str, kept: str) -> None:
        assert normal_phone(text) == kept

    @pytest.mark.parametrize(
        "text", ["555-0142", "916-555-01422", "call me", "+1 234", "(016) 555-0142", "916-55S-0142"]
    )
    def test_what_is_no_phone(self, text: str) -> None:
        with pytest.raises(ValueError, match="expected a US phone") as caught:
            normal_phone(text)
        assert text not in str(caught.value)

    @given(
        st.from_regex(r"[2-9][0-9]{9}", fullmatch=True),
        st.sampled_from(["{}{}{}", "({}) {}-{}", "{}-{}-{}", "+1 {}.{}.{}"]),
    )
    def test_every_us_number_keeps_its_digits(self, digits: str, writing: str) -> None:
        assert normal_phone(writing.format(digits[:3], digits[3:6], digits[6:])) == digits

    @given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
    def test_normalising_twice_changes_nothing(self, digits: str) -> None:
        assert normal_phone(normal_phone(digits)) == digits


class TestRequest:
    def test_the_whole_of_one(self) -> None:
        found = request(
            "provider: natividad\nform: natividad-roi-en\nrecipient: caseworker\n"
            "records: [lab, {other: school physical}]\ndates: {from: 2021-01-15, to: 2025-06-30}\n"
            "purpose: continuity_of_care\ndelivery: [cd, paper]\nsensitive: [hiv]\nexpires: 2027-01-01\ncopies: 2\n"
        )
        assert found.records == ("lab", Other(other="school physical"))
        assert isinstance(found.dates, DateRange)
        assert (found.dates.from_, found.dates.to) == (dt.date(2021, 1, 15), dt.date(2025, 6, 30))
        assert (found.purpose, found.delivery, found.sensitive) == (("continuity_of_care",), ("cd", "paper"), ("hiv",))
        assert (found.expires, found.copies, found.direction) == (dt.date(2027, 1, 1), 2, "release")

    def test_an_empty_one_asks_for_nothing(self) -> None:
        found = request("sensitive:\nrecords:\n")
        assert (found.records, found.sensitive, found.include_ssn, found.recipient) == ((), (), False, None)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("records: [labs]", "records[0]: unknown record type 'labs'; did you mean lab"),
            ("records: xray", "records: unknown record type 'xray'"),
            ("records: [EKG]", "did you mean cardiology"),
            (
                "sensitive: [hiv, mental]",
                "sensitive[1]: unknown sensitive category 'mental'; did you mean mental_health",
            ),
            ("purpose: continuing_care", "purpose: unknown purpose 'continuing_care'; did you mean continuity_of_care"),
            ("delivery: dvd", "delivery: unknown delivery format 'dvd'; did you mean cd"),
            ("dates: {from: 1/15/2021}", "dates.from: expected YYYY-MM-DD, got '1/15/2021'"),
            ("dates: {from: 2025-01-01, to: 2021-01-01}", "dates: to is before from"),
            ("dates: {}", "dates: needs from or to"),
            ("dates: everything", "dates: expected all, last_2_years, or two keys below it: from and to"),
            ("expires: 1/2/27", "expires: expected YYYY-MM-DD or an event in words, got '1/2/27'"),
            ("include_ssn: perhaps", "include_ssn: expected true, false or last4"),
            ("copies: many", "copies: expected a whole number"),
            ("send: pigeon", "send: expected 'mail', 'fax', 'email', 'hand' or 'portal'"),
            ("recipient: Elena Marsh", "recipient: expected a short name of small letters"),
            ("recipient: {fone: 1}", "recipient.fone: unknown key; did you mean phone?"),
            ("provider: {nme: A}", "provider.nme: unknown key; did you mean name?"),
            ("records: [{othr: x}]", "records[0].othr: unknown key; did you mean other?"),
            ("record: lab", "record: unknown key; did you mean records?"),
        ],
    )
    def test_wrong_ones_say_what_is_right(self, text: str, problem: str) -> None:
        assert f"r.yaml:1: {problem}" in request_problem(text) or problem in request_problem(text)
        assert request_problem(text).startswith("r.yaml:1: ")

    def test_one_wrong_thing_is_one_line(self) -> None:
        for text in (
            "records: [labs]",
            "dates: 2021",
            "provider: {nme: A, name: B}",
            "recipient: [a]",
            "expires: 1/2/27",
        ):
            assert request_problem(text).count("\n") == 0, text

    def test_a_group_in_front_of_a_name_is_let_in(self) -> None:
        assert request("records: [records.lab]").records == ("lab",)

    def test_dates_in_words_and_open_ends(self) -> None:
        assert request("dates: all").dates == "all"
        open_end = request("dates: {from: 2021-01-15}").dates
        assert isinstance(open_end, DateRange)
        assert open_end.to is None
        ahead = (dt.date.today() + dt.timedelta(days=30)).isoformat()
        assert "is in the future" in request_problem(f"dates: {{from: {ahead}}}")
        assert request(f"dates: {{from: 2021-01-15, to: {ahead}}}"), "an appointment to come may be within the span"

    def test_an_expiry_is_a_date_or_an_event(self) -> None:
        assert request("expires: end of treatment").expires == "end of treatment"
        assert request("expires: 2027").expires == "2027", "not a number of seconds"

    @pytest.mark.parametrize(("text", "kept"), [("true", True), ("yes", True), ("no", False), ("last4", "last4")])
    def test_the_ssn_by_choice(self, text: str, kept: object) -> None:
        assert request(f"include_ssn: {text}").include_ssn == kept

    def test_a_provider_written_out(self) -> None:
        found = request("provider: {id: valley-oak, name: Valley Oak Clinic, phone: (559) 555-0110}").provider
        assert isinstance(found, ReleasingProvider)
        assert found.phone == "5595550110"

    def test_a_statement_has_250_words_at_most(self) -> None:
        assert request(f"amendment: {{statement: {'word ' * 250}}}").amendment
        assert "more than 250 words" in request_problem(f"amendment: {{statement: {'word ' * 251}}}")


class TestProvider:
    def test_one(self, tmp_path: Path) -> None:
        path = tmp_path / "provider.yaml"
        path.write_text(
            "id: valley-oak\nname: Valley Oak Clinic\nlocations: [Elm Street, {name: Main, fax: 559 555 0111}]"
            "\naccepts: [mail, fax]\nformats: [cd, paper]\nportal: {kind: MyChart, url: https://chart.example.org/}\n"
            "id_required: true\nfax_page_limit: 30\n",
            encoding="utf-8",
        )
        found = load_provider(path)
        assert [location.name for location in found.locations] == ["Elm Street", "Main"]
        assert (found.locations[1].fax, found.formats, found.id_required) == ("5595550111", ("cd", "paper"), True)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("name: X", ":1: id: is required"),
            ("id: x\nname: X\naccepts: [telex]", ":3: accepts[0]: expected 'mail', 'fax'"),
            ("id: x\nname: X\nformats: [disk]", ":3: formats[0]: unknown delivery format 'disk'"),
            ("id: x\nname: X\nfax_page_limit: some", ":3: fax_page_limit: expected a whole number"),
            (
                "id: x\nname: X\nportal: {kind: MyChart, url: chart.example.org}",
                ":3: portal.url: expected a web address",
            ),
        ],
    )
    def test_wrong_ones(self, tmp_path: Path, text: str, problem: str) -> None:
        path = tmp_path / "provider.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ProviderError) as caught:
            load_provider(path)
        assert str(caught.value).startswith(f"{path}{problem}")


class TestFormMapErrors:
    def test_the_place_of_a_wrong_key(self) -> None:
        text = (
            "form: a\ntitle: A\nprovider: a\nblank: {file: a.pdf, sha256: " + "0" * 64 + "}\n"
            "fields:\n  - value: patient.email\n    page: 1\n    box: [1, 2, 3, 4]\n    lable: E-mail\n"
        )
        with pytest.raises(FormMapError) as caught:
            validate(FormMap, yaml_io.loads(text, "a.yaml", FormMapError), FormMapError)
        assert str(caught.value) == "a.yaml:9: fields[0].lable: unknown key; did you mean label?"

    @pytest.mark.parametrize("key", ["boxes", "pieces"])
    def test_a_list_of_no_boxes_is_no_place(self, key: str) -> None:
        text = (
            "form: a\ntitle: A\nprovider: a\nblank: {file: a.pdf, sha256: " + "0" * 64 + "}\n"
            f"fields:\n  - value: patient.email\n    page: 1\n    {key}: []\n"
        )
        with pytest.raises(FormMapError, match=rf"a\.yaml:8: fields\[0\]\.{key}: is empty"):
            validate(FormMap, yaml_io.loads(text, "a.yaml", FormMapError), FormMapError)


class TestSamples:
    def test_the_shipped_profiles_load(self, root: Path) -> None:
        samples = sorted((root / "profiles").glob("*.yaml"))
        assert len(samples) >= 4
        for path in samples:
            loaded = load_profile(path)
            assert loaded.profile == path.stem
            photo = loaded.patient.photo_id
            assert photo is None or photo.file is None or loaded.file(photo.file).is_file()

    def test_the_shipped_requests_load(self, root: Path) -> None:
        samples = sorted((root / "profiles" / "requests").glob("*.yaml"))
        assert len(samples) >= 3
        for path in samples:
            assert load_request(path).records

    def test_all_of_it_is_made_up(self, root: Path) -> None:
        for path in [*(root / "profiles").rglob("*.yaml"), *(root / "tests" / "scenario").glob("*.yaml")]:
            for line in path.read_text(encoding="utf-8").splitlines():
                if any(key in line for key in ("phone:", "fax:", "mobile:", "home:", "work:")):
                    assert "555" in line, f"{path}: {line}"
                if "@" in line:
                    assert line.strip().endswith("example.org"), f"{path}: {line}"


class TestSchema:
    @pytest.mark.parametrize("kind", KINDS)
    def test_is_json_and_describes_its_keys(self, kind: Any) -> None:
        schema = json_schema(kind)
        assert json.loads(json.dumps(schema)) == schema
        assert schema["additionalProperties"] is False
        assert schema["$schema"].endswith("2020-12/schema")

    def test_keys_carry_what_the_models_say_of_them(self) -> None:
        assert "never" not in json_schema("request")["properties"]["delivery"]["description"]
        assert "order of preference" in json_schema("request")["properties"]["delivery"]["description"]
        assert json_schema("form-map")["$defs"]["Place"]["properties"]["label"]["description"].startswith("The words")

    def test_names_are_completed(self) -> None:
        text = json.dumps(json_schema("request")["properties"]["records"])
        assert '"lab"' in text
        assert '"immunizations"' in text
        assert "cd_usb" in json.dumps(json_schema("provider")["properties"]["formats"])

    def test_aliases_are_the_yaml_keys(self) -> None:
        assert set(json_schema("request")["$defs"]["DateRange"]["properties"]) == {"from", "to"}

    def test_every_sample_fits_its_schema(self, root: Path) -> None:
        for path in (root / "profiles").glob("*.yaml"):
            data = yaml_io.load(path, ProfileError).data
            assert set(data) <= set(json_schema("profile")["properties"])
            assert set(data["patient"]) <= set(json_schema("profile")["$defs"]["Patient"]["properties"])

    def test_one_item_may_stand_for_a_list(self) -> None:
        forms = json_schema("request")["properties"]["records"]["anyOf"]
        assert [form.get("type") for form in forms].count("array") == 1
        assert len(forms) == 2

    def test_numbers_may_stand_unquoted_where_texts_are_read(self) -> None:
        postal_code = json_schema("profile")["$defs"]["Address"]["properties"]["postal_code"]
        assert "number" in json.dumps(postal_code), "an editor reads postal_code: 95816 as a number; formfill does not"


def test_models_of_a_provider_are_frozen() -> None:
    provider = Provider(id="x", name="X")
    with pytest.raises(ValidationError):
        provider.name = "Y"  # type: ignore[misc]
