"""Who may sign for whom: representatives and their proof, the dead, and minors (45 CFR 164.502(g)).

What each representative must enclose is practice, not read in a source: those findings end "check with the provider".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from formfill.model.profile import Representative
from formfill.parties import signs, years_between
from formfill.policy_case import ASK, AUTHORIZATION, Case, Finding

REPRESENTATIVES = "45 CFR 164.502(g)"
_MINORS = "California Family Code 6922; Health and Safety Code 123115(a)"
#: What shows the right to sign, by the kind of representative.
PROOF = {
    "parent": "the parent's ID, and the birth certificate or custody paper",
    "guardian": "the court's letters of guardianship",
    "conservator": "the court's letters, for a conservator of the person",
    "poa": "the power of attorney for health care, and proof that it is in force where it springs; it reaches only the "
    "records that it is about",
    "executor": "letters or the small-estate affidavit, and the death certificate",
    "next_of_kin": "proof of being the personal representative or beneficiary, and the death certificate: a spouse "
    "needs it too",
    "other": "the paper that gives the right to sign",
}
#: Kinds of representative who stand for the dead.
_FOR_THE_DEAD = frozenset({"executor", "next_of_kin"})
_HELPER = re.compile(
    r"\b(case\s*-?(worker|manager)|social worker|interpreter|translator|navigator|volunteer)s?\b", re.IGNORECASE
)
#: From which age a California minor consents to the care of a category, and so controls its records.
_OWN_CONSENT = {"reproductive": 0, "mental_health": 12, "std": 12, "hiv": 12, "substance_use": 12}


def of_people(case: Case) -> Iterator[Finding]:
    """What is to be said of who signs. Raises: RequestError, for a signer that the profile does not have."""
    representative = signs(case.profile, case.request)
    patient = case.profile.patient
    age = years_between(patient.birth_date, case.today)
    if representative is None:
        if patient.deceased:
            what = "the patient has died, and the request is to be signed by the patient"
            remedy = "write representative: with the executor or next of kin, and leave signer: patient out"
            yield Finding("error", "representative", what, remedy, REPRESENTATIVES)
    else:
        yield from _representative(case, representative, age)
    if case.in_california and age < 18:
        yield from _minor(case, representative, age)


def _representative(case: Case, representative: Representative, age: int) -> Iterator[Finding]:
    words = " ".join(filter(None, (representative.title, representative.relationship, representative.authority)))
    if representative.kind == "other" and not representative.documents and _HELPER.search(words):
        what = "a caseworker or interpreter has no right of their own to sign for the patient"
        remedy = "let the patient sign (signer: patient), and name the helper under recipients"
        yield Finding("error", "representative.kind", what, remedy, REPRESENTATIVES)
        return
    # the kind says it for a parent or guardian; "other" says nothing
    if case.law == "authorization" and representative.kind == "other" and not representative.authority:
        what, remedy = "does not say what gives the right to sign", "write representative.authority in the profile"
        yield Finding("error", "representative.authority", what, remedy, f"{AUTHORIZATION}(c)(1)(vi)")
    if representative.kind == "parent" and age >= 18:
        what = "the patient is of age, and a parent is to sign"
        remedy = "let the patient sign (signer: patient), or name the right that the parent has (poa, conservator)"
        yield Finding("warning", "representative.kind", f"{what}; {ASK}", remedy, REPRESENTATIVES)
    if case.profile.patient.deceased and representative.kind not in _FOR_THE_DEAD:
        what = f"the patient has died, and a {representative.kind} is to sign; {ASK}"
        remedy = "kind: executor or next_of_kin, where that is what they are"
        yield Finding("warning", "representative.kind", what, remedy, REPRESENTATIVES)
    if not representative.documents:
        what = f"no proof of the right to sign is named; usual is: {PROOF[representative.kind]}; {ASK}"
        remedy = "list the files under representative.documents"
        yield Finding("warning", "representative.documents", what, remedy, f"45 CFR 164.514(h); {REPRESENTATIVES}")


def _minor(case: Case, representative: Representative | None, age: int) -> Iterator[Finding]:
    own = [name for name, least in _OWN_CONSENT.items() if name in case.request.sensitive and age >= least]
    if representative is not None and own:
        names = ", ".join(own)
        what = f"the patient may consent to this care alone ({names}), and then no parent controls its records; {ASK}"
        remedy = "ask the patient, and let the patient sign for these (signer: patient)"
        yield Finding("warning", "request.sensitive", what, remedy, _MINORS)
    if age >= 12:
        what = (
            "the patient is 12 to 17. In California a minor controls the records of care that the minor may consent "
            "to: pregnancy and contraception at any age, outpatient mental health from 12, general care from 15 when "
            f"living apart; sexually transmitted disease, HIV and substance use from 12, {ASK}"
        )
        remedy = "ask the patient, and have the minor sign for such records"
        yield Finding("note", "request.signer", what, remedy, _MINORS)
