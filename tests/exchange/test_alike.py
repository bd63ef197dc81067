"""Likely the same patient: measured on made-up pairs, and held."""

from __future__ import annotations

import datetime as dt

import pytest

from formfill.exchange.alike import Known, Patients, known_patient, pairs
from formfill.model.profile import Profile

BORN = dt.date(1987, 3, 4)

#: Two writings of one name.
SAME = """
Amina Rahimi | Rahimi, Amina
Amina Yusuf Rahimi | Amina Rahimi
Amina Y. Rahimi | Amina Yousef Rahimi
Amina Rahimi | Ameena Raheemi
Amina Rahimi | امینه رحیمی
Mohammed Karimi | Muhammad Karimi
Mohamad Kareemi | Mohammed Karimi
Mohamed al-Hassan | Muhammad Alhassan
Mohamed Al Hassan | Mohammad Hassan
محمد کریمی | Mohammad Karimi
Mohammad Karimi | محمد كريمي
Yusuf Haddad | Yousef Hadad
يوسف حداد | Youssef Haddad
Fatima Zahra Omari | Fatemeh Omari
فاطمة العمري | Fatima Al-Omari
Khadija Warsame | Khadijah Warsame
خدیجه نوری | Khadija Nuri
Abdirahman Farah | Abdi Rahman Farah
Oleksandr Kovalchuk | Alexander Kovalchuk
Олександр Ковальчук | Oleksandr Kovalchuk
Александр Ковальчук | Aleksandr Kovalchuk
Олександр Ковальчук | Alexander Kovalchuck
Yuliia Shevchenko | Julia Shevchenko
Юлія Шевченко | Iuliia Shevchenko
Olena Tkachenko | Elena Tkachenko
Світлана Щербак | Svitlana Shcherbak
Serhii Melnyk | Sergii Melnik
Nguyễn Thị Hồng | Hong Nguyen
Nguyễn Thị Hồng | Hồng Thị Nguyễn
Đặng Văn Minh | Dang Van Minh
Trần Quốc Bảo | Bao Tran
王小明 | Xiaoming Wang
王小明 | Wang Xiao Ming
李伟 | Wei Li
陈美玲 | Meiling Chen
María Fernanda García López | Maria Garcia
María José Peña-Flores | Maria Jose Pena
Mateo Andrés Flores Peña | Mateo Flores
José Luis González | Jose Luis Gonzales
Juan Carlos Núñez | JUAN CARLOS NUNEZ
Guadalupe de la Cruz | Guadalupe Cruz
Ximena Hernández | Ximena Hernandes
François Lefèvre | Francois Lefevre
Jürgen Müller | Jurgen Muller
Siobhan O'Neill | Siobhan ONeill
Łukasz Wójcik | Lukasz Wojcik
Tsegaye Bekele | Tsegay Bekele
Selamawit Tesfaye | Selamawit Tesfay
Paw Htoo Wah | Pawhtoo Wah
Stephen Okafor | Steven Okafor
Catherine Moreau | Katherine Moreau
Sofia Petrov | Sophia Petrov
Phillip Osei | Philip Osei
Amina Rahmi | Amina Rahimi
Mariam Sultani | Maryam Sultani
Gulnara Ismailova | Gulnora Ismoilova
Teklu | Teklu
Haji Murad Noori | Hajimurad Nuri
"""

#: Two people born on one day: brothers and sisters, and names that begin alike.
OTHERS = """
Hassan Karimi | Hussein Karimi
حسن کریمی | حسین کریمی
Ana Flores | Eva Flores
María José Flores Peña | María Luisa Flores Peña
Amina Rahimi | Amina Noori
Amina Rahimi | Laila Rahimi
Mohammad Karimi | Mahmoud Karimi
Mohammad Karimi | Mohammad Sultani
Oleksandr Kovalchuk | Oleksii Kovalchuk
Олександр Ковальчук | Олексій Ковальчук
Ivan Petrenko | Ihor Petrenko
Nguyễn Thị Hồng | Nguyễn Thị Mai
Nguyễn Văn Minh | Nguyễn Văn Nam
Trần Quốc Bảo | Trần Quốc Anh
王小明 | 王小红
李伟 | 李丽
Wei Li | Wei Lin
Maria Garcia | Maria Lopez
Maria Garcia Lopez | Ana Garcia Lopez
Jose Hernandez | Jorge Hernandez
Jose Luis Gonzalez | Jose Manuel Gonzalez
Juan Perez | Juana Ramirez
Guadalupe Cruz | Guadalupe Ruiz
Fatima Omari | Farida Omari
Yusuf Haddad | Younis Haddad
Khadija Warsame | Hodan Warsame
Abdi Farah | Abdi Warsame
Selam Tesfaye | Selam Bekele
Paw Wah | Htoo Wah
John Smith | James Smith
Emma Brown | Emily Brown
Anna Kim | Hannah Kim
Sara Ali | Samir Ali
Teklu | Tesfaye
Olena Tkachenko | Olha Tkachenko
Serhii Melnyk | Andrii Melnyk
"""


#: Each of these with each of those is a stranger to all the others.
GIVEN = """
Amina Mohammad Oleksandr Svitlana Hồng Minh Xiaoming Wei María José Mateo Guadalupe François Siobhan Tsegaye Selamawit
Khadija Farida Ivan Stephen
"""
FAMILY = """
Rahimi Karimi Kovalchuk Shevchenko Nguyễn Trần Wang Li García Hernández Flores Cruz Lefèvre O'Neill Bekele Tesfaye
Warsame Omari Petrenko Okafor
"""


def read(text: str) -> list[tuple[str, str]]:
    found = []
    for line in text.strip().splitlines():
        one, other = line.split(" | ")
        found.append((one, other))
    return found


def is_found(one: str, other: str, born: dt.date = BORN) -> bool:
    return bool(Patients([Known("other", (other,), born)]).like(Known("one", (one,), BORN)))


def test_pairs_of_one_patient_are_found_and_others_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    same, others = read(SAME), read(OTHERS)
    missed = [pair for pair in same if not is_found(*pair)]
    false = [pair for pair in others if is_found(*pair)]
    people = [
        Known(f"p-{given}-{family}", (f"{given} {family}",), BORN)
        for given in GIVEN.split()
        for family in FAMILY.split()
    ]
    strange = pairs(people)
    total = len(people) * (len(people) - 1) // 2
    with capsys.disabled():
        print(
            f"\nof one patient: {len(same) - len(missed)} of {len(same)} found, missed: {missed}\n"
            f"of two alike: {len(false)} of {len(others)} false alarms: {false}\n"
            f"of strangers born on one day: {len(strange)} of {total:,} false alarms: "
            f"{[(pair.one.names[0], pair.other.names[0]) for pair in strange]}"
        )
    assert len(missed) <= 1
    assert len(false) <= 1
    assert len(strange) <= 5


def test_a_birth_date_with_day_and_month_swapped() -> None:
    swapped = dt.date(1987, 4, 3)
    assert is_found("Amina Rahimi", "Rahimi, Amina", swapped)
    assert not is_found("Amina Rahimi", "Amina Hakimi", swapped)
    assert not is_found("Amina Rahimi", "Amina Rahimi", dt.date(1987, 3, 5))
    assert not is_found("Amina Rahimi", "Amina Rahimi", dt.date(1988, 3, 4))


def test_every_name_of_a_profile_counts() -> None:
    patient = {
        "given_name": "Amina",
        "family_name": "Rahimi",
        "former_names": ["Amina Noori"],
        "native_name": {"text": "امینه رحیمی"},
        "preferred_name": "Mina",
        "birth_date": "1987-03-04",
    }
    one = known_patient(Profile.model_validate({"profile": "one", "patient": patient}))
    for name in ("Noori Amina", "امینه رحیمی", "Mina Rahimi", "Amina Rahimi"):
        (pair,) = Patients([one]).like(Known("other", (name,), BORN))
        assert pair.other.profile == "one"
        assert "birth date" in pair.why


def test_a_name_of_no_letters_is_like_none() -> None:
    assert not is_found("…", "…")
    assert not is_found("Amina", "…")
