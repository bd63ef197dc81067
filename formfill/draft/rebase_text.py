"""A rebased map as a file for a person to review: what changed stands above each place, what is gone at the end."""

from __future__ import annotations

from formfill.draft.map_comments import Comments
from formfill.draft.map_text import map_text, place_lines
from formfill.draft.rebase import Rebased
from formfill.model.form_map import FormMap


def rebased_text(result: Rebased, old: FormMap, comments: Comments, new_name: str) -> str:
    """The new map as YAML; ``comments`` are those of the old one, ``new_name`` the file name of the new blank."""
    sections: dict[int, str] = {}
    marks: dict[int, str] = {}
    place_of = {outcome.old: i for i, outcome in reversed(list(enumerate(result.outcomes))) if outcome.old is not None}
    for number, text in sorted(comments.sections.items()):
        # the first place of a section may be gone: its heading then stands above the next
        later = [i for old_number, i in place_of.items() if old_number >= number]
        if later:
            sections[min(later)] = text
    for i, outcome in enumerate(result.outcomes):
        own = comments.places.get(outcome.old, "") if outcome.old is not None else ""
        said = f"{outcome.status}: {outcome.what}" if outcome.what and outcome.status != "new" else outcome.what
        marks[i] = "\n".join(filter(None, (own, said)))
    return map_text(
        result.form_map, marks, _header(result, old, comments, new_name), sections=sections, footer=_footer(result)
    )


def _header(result: Rebased, old: FormMap, comments: Comments, new_name: str) -> str:
    edition = f", edition {old.blank.edition}" if old.blank.edition else ""
    printed = f" The blank prints: {'; '.join(result.editions)}." if result.editions else ""
    lines = [
        f"A draft: {old.form}{edition}, carried to {new_name}. Look at every place that has a confidence, mend it and "
        "take the confidence away; then this comment.",
        f'To do: edition: "…" below sha256.{printed}',
        "To do: title, form_number, source, notes and releases_without_mark are the old edition's.",
    ]
    if result.watch:
        lines.append("Wording on keeping back or on protected categories changed. Read on the form:")
        lines += [f"  {sentence}" for sentence in result.watch]
    return "\n".join([*filter(None, (comments.header,)), *lines])


def _footer(result: Rebased) -> str:
    if not result.gone:
        return ""
    lines = ["Gone: places of the old map that were not found on this blank."]
    for gone in result.gone:
        lines += place_lines(gone.place)
    return "\n".join(lines)
