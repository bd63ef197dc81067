"""The two faces that the model forms are set in, cut from the variable Noto Sans of the fontpkg-noto-sans package.

typst takes a variable font at its default weight and width only; so each face is made a static font. "Form Sans" is a
little narrower than Noto Sans, "Form Tight" a good deal: it is for the form that is set in 14 points.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

FACES = {"Form Sans": 92.0, "Form Tight": 80.0}
WEIGHTS = {"Regular": 400, "Bold": 700}
#: Latin with its accents, and the punctuation that the forms use: the whole font takes ten times as long to cut.
_LETTERS = (*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2027), 0x20AC)
_FAMILY, _STYLE = (1, 16), (2, 17)  # name identifiers of the OpenType name table


def make_typefaces(folder: Path) -> None:
    """Write the static fonts into ``folder``, the same bytes each time."""
    import fontpkg_noto_sans
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    variable = Path(fontpkg_noto_sans.__file__).parent / "files" / "NotoSans[wdth,wght].ttf"
    options = subset.Options(name_IDs=["*"], layout_features=["kern", "mark", "ccmp", "locl"])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=_LETTERS)
    latin, letters = TTFont(variable, recalcTimestamp=False), BytesIO()
    subsetter.subset(latin)
    latin.save(letters)
    for family, width in FACES.items():
        for style, weight in WEIGHTS.items():
            letters.seek(0)
            font = TTFont(letters, recalcTimestamp=False)
            font = instancer.instantiateVariableFont(font, {"wght": weight, "wdth": width})
            # typst matches by these two; the width is in the family's name
            font["OS/2"].usWeightClass, font["OS/2"].usWidthClass = weight, 5
            for record in font["name"].names:
                if record.nameID in _FAMILY:
                    record.string = family
                elif record.nameID in _STYLE:
                    record.string = style
            font.save(folder / f"{family.replace(' ', '')}-{style}.ttf")
