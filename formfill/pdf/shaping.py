"""Text that a form's own fonts cannot write: shaped by HarfBuzz, set in an embedded subset of Noto.

Lines are put in visual order by the Unicode bidirectional algorithm; numbers such as "(916) 555-0142" are kept
together inside right-to-left text. Every run carries its words as /ActualText and every glyph a ToUnicode entry, so
that the value can be searched and copied.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from formfill.errors import FillError
from formfill.pdf.incremental import Update
from formfill.pdf.syntax import number

#: Packages that carry the fonts, in the order they are tried; the last is the extra formfill[cjk].
_PACKAGES = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic", "justmytype_intl_cjk")
_NEEDLESS = (b"GSUB", b"GPOS", b"GDEF", b"STAT", b"name", b"post", b"cmap", b"OS/2", b"DSIG", b"meta", b"vhea", b"vmtx",
             b"VORG", b"BASE")  # fmt: skip
_NUMBER = re.compile(r"[+(]?\d[\d().+/ -]*\d")
_INVISIBLE = {"Cf", "Cc"}


@dataclass(slots=True)
class _NotoFont:
    """One font file; ``cid`` is how content streams name it."""

    cid: bytes
    face: Any
    font: Any
    scale: float


@dataclass(frozen=True, slots=True)
class Glyph:
    """A shaped glyph; advance and offsets in em. ``text`` is what it stands for, "" for a cluster's later glyphs."""

    gid: int
    advance: float
    dx: float
    dy: float
    own_advance: float
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """Glyphs of one font in visual order, and the text that they show in reading order."""

    font: int
    text: str
    glyphs: tuple[Glyph, ...]


@lru_cache
def _fonts() -> tuple[_NotoFont, ...]:
    import uharfbuzz as hb

    found: list[_NotoFont] = []
    for path in _font_files():
        face = hb.Face(hb.Blob.from_file_path(str(path)))
        found.append(_NotoFont(b"/FFn%d" % len(found), face, hb.Font(face), 1 / face.upem))
    return tuple(found)


def _font_files() -> list[Path]:
    files = []
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            fonts = sorted(p for p in Path(folder).rglob("*.[to]tf") if "Italic" not in p.name and "Mono" not in p.name)
            sans = [p for p in fonts if "Serif" not in p.name]
            files += (sans or fonts)[:4]
    return files


class ShapedFace:
    """Shaped text for one file: remembers the glyphs it showed, and embeds just those with ``embed``."""

    def __init__(self) -> None:
        self._used: dict[int, dict[int, str]] = {}

    def width(self, text: str) -> float:
        return sum(glyph.advance for run in shape(text) for glyph in run.glyphs)

    def ink(self, text: str) -> tuple[float, float]:
        return _ink(text)

    def show(self, text: str, size: float) -> bytes:
        parts = []
        for run in shape(text):
            used = self._used.setdefault(run.font, {})
            for glyph in run.glyphs:
                if not used.get(glyph.gid):
                    used[glyph.gid] = glyph.text
            actual = run.text.encode("utf-16-be").hex().upper().encode()
            parts.append(
                b"/Span<</ActualText<FEFF%s>>>BDC %s %s Tf %sEMC"
                % (actual, _fonts()[run.font].cid, number(size), _glyph_operators(run.glyphs, size))
            )
        return b" ".join(parts)

    def reserve(self, update: Update, references: dict[int, bytes]) -> bytes:
        """Entries of a /Font resource dictionary for all fonts; object numbers are taken when first asked for."""
        for index in self._used:
            if index not in references:
                references[index] = b"%d 0 R" % update.reserve()
        return b"".join(_fonts()[i].cid + b" " + ref for i, ref in references.items())

    def embed(self, update: Update, references: dict[int, bytes]) -> None:
        """Add the fonts' objects to the update, with the glyphs shown and no others."""
        for index, reference in references.items():
            used = self._used[index]
            program, facts = _subset(index, tuple(sorted(used)))
            _add_font(update, int(reference.split()[0]), program, facts, used)


def _glyph_operators(glyphs: tuple[Glyph, ...], size: float) -> bytes:
    """TJ with the positions that HarfBuzz asked for; marks set off the baseline are raised by Ts."""
    out = [b"["]
    rise = 0.0
    for glyph in glyphs:
        if abs(glyph.dy - rise) > 1e-4:
            rise = glyph.dy
            out.append(b"]TJ %s Ts[" % number(rise * size))
        if abs(glyph.dx) > 5e-4:
            out.append(number(-glyph.dx * 1000))
        out.append(b"<%04X>" % glyph.gid)
        after = glyph.advance - glyph.dx - glyph.own_advance
        if abs(after) > 5e-4:
            out.append(number(-after * 1000))
    out.append(b"]TJ ")
    if rise:
        out.append(b"0 Ts ")
    return b"".join(out)


@lru_cache(maxsize=4096)
def shape(text: str) -> tuple[Run, ...]:
    """``text`` (one line) as runs of glyphs from left to right.

    Raises: FillError, naming the code point, for a character that no installed font has.
    """
    import uharfbuzz as hb

    runs = []
    for piece, level in _visual_runs(text):
        for index, part in _by_font(piece, rtl=bool(level % 2)):
            noto = _fonts()[index]
            buffer = hb.Buffer()
            buffer.add_str(part)
            buffer.guess_segment_properties()
            buffer.direction = "rtl" if level % 2 else "ltr"
            hb.shape(noto.font, buffer)
            runs.append(Run(index, part, _glyphs(noto, buffer, part)))
    return tuple(runs)


def _glyphs(noto: _NotoFont, buffer: Any, text: str) -> tuple[Glyph, ...]:
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    told: set[int] = set()
    glyphs = []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        word = "" if info.cluster in told else text[info.cluster : ends[info.cluster]]
        told.add(info.cluster)
        s = noto.scale
        own = noto.font.get_glyph_h_advance(info.codepoint) * s
        glyphs.append(
            Glyph(info.codepoint, position.x_advance * s, position.x_offset * s, position.y_offset * s, own, word)
        )
    return tuple(glyphs)


def _visual_runs(text: str) -> list[tuple[str, int]]:
    """Pieces of one bidi level from left to right, each in reading order."""
    if not any(unicodedata.bidirectional(c) in ("R", "AL", "AN", "RLE", "RLO", "RLI") for c in text):
        return [(text, 0)]
    from bidi import algorithm as bidi

    # a number with its brackets and dashes takes part as one left-to-right letter
    tokens: list[str] = []
    position = 0
    for match in _NUMBER.finditer(text):
        tokens += [*text[position : match.start()], match[0]]
        position = match.end()
    tokens += text[position:]
    tokens = [t for t in tokens if len(t) > 1 or unicodedata.category(t) not in _INVISIBLE]
    stand_in = "".join(token if len(token) == 1 else "A" for token in tokens)
    storage = bidi.get_empty_storage()
    level = bidi.get_base_level(stand_in)
    storage["base_level"], storage["base_dir"] = level, ("L", "R")[level]
    bidi.get_embedding_levels(stand_in, storage)
    for char, token in zip(storage["chars"], tokens, strict=True):
        char["token"] = token
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    bidi.reorder_resolved_levels(storage, False)
    runs: list[tuple[list[str], int]] = []
    for char in storage["chars"]:
        if runs and runs[-1][1] == char["level"]:
            runs[-1][0].append(char["token"])
        else:
            runs.append(([char["token"]], char["level"]))
    return [("".join(reversed(tokens) if level % 2 else tokens), level) for tokens, level in runs]


def _by_font(text: str, *, rtl: bool) -> list[tuple[int, str]]:
    """``text`` in pieces that one font each has, from left to right."""
    pieces: list[tuple[int, str]] = []
    for char in text:
        if unicodedata.category(char) in _INVISIBLE and char not in "\u200c\u200d":
            continue
        last = pieces[-1][0] if pieces else None
        # marks and joiners stay with their base; spaces and dots stay where they are, if the font has them
        if last is not None and (_has(last, char) or char in "\u200c\u200d"):
            preferred = next((i for i in range(len(_fonts())) if _has(i, char)), last)
            weak = not char.isalnum()
            index = last if weak else preferred
        else:
            index = next((i for i in range(len(_fonts())) if _has(i, char)), -1)
        if index < 0:
            hint = "" if importlib.util.find_spec(_PACKAGES[-1]) else " (for Chinese, Japanese, Korean: formfill[cjk])"
            raise FillError(f"no installed font can write the character U+{ord(char):04X}{hint}")
        if pieces and index == last:
            pieces[-1] = (index, pieces[-1][1] + char)
        else:
            pieces.append((index, char))
    return pieces[::-1] if rtl else pieces


def _has(index: int, char: str) -> bool:
    return bool(_fonts()[index].font.get_nominal_glyph(ord(char)))


@lru_cache(maxsize=4096)
def _ink(text: str) -> tuple[float, float]:
    up, down = 0.74, -0.22  # as other text, so that lines of a form look alike
    for run in shape(text.replace("\n", " ")):
        noto = _fonts()[run.font]
        for glyph in run.glyphs:
            extents = noto.font.get_glyph_extents(glyph.gid)
            if extents is not None and extents.height:
                top = extents.y_bearing * noto.scale + glyph.dy
                up, down = max(up, top), min(down, top + extents.height * noto.scale)
    return up, down


@dataclass(frozen=True, slots=True)
class _FontFacts:
    """What a font descriptor says, in 1/1000 em."""

    name: bytes
    ascent: int
    descent: int
    box: tuple[int, int, int, int]
    widths: dict[int, int] = field(default_factory=dict)


@lru_cache(maxsize=256)
def _subset(index: int, gids: tuple[int, ...]) -> tuple[bytes, _FontFacts]:
    import uharfbuzz as hb

    noto = _fonts()[index]
    wanted = hb.SubsetInput()
    wanted.glyph_set.update(gids)
    wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    wanted.pin_all_axes_to_default(noto.face)
    # shaping is done: what a viewer needs is outlines and metrics
    wanted.drop_table_tag_set.update(int.from_bytes(tag, "big") for tag in _NEEDLESS)
    program = hb.subset(noto.face, wanted).blob.data
    extents = noto.font.get_font_extents("ltr")
    em = 1000 * noto.scale
    widths = {gid: round(noto.font.get_glyph_h_advance(gid) * em) for gid in gids}
    up, down = round(extents.ascender * em), round(extents.descender * em)
    return program, _FontFacts(b"FFFFFF+Noto%d" % index, up, down, (-600, down, 2500, up), widths)


def _add_font(update: Update, obj: int, program: bytes, facts: _FontFacts, used: dict[int, str]) -> None:
    """A Type 0 font with Identity-H and a CIDFontType2 (or 0) descendant (ISO 32000-2, 9.7)."""
    outlines = program[:4] == b"OTTO"
    entries = b"/Subtype/OpenType" if outlines else b"/Length1 %d" % len(program)
    file_ref = update.add_stream(entries, program, compress=True)
    descriptor = update.add(
        b"<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d"
        b"/CapHeight 714/StemV 80/%s %s>>"
        % (facts.name, *facts.box, facts.ascent, facts.descent, b"FontFile3" if outlines else b"FontFile2", file_ref)
    )
    widths = b"".join(b"%d[%d]" % pair for pair in sorted(facts.widths.items()))
    descendant_number = update.reserve()
    ordering = (update.string(b"Adobe", descendant_number, 0), update.string(b"Identity", descendant_number, 0))
    kind = b"CIDFontType0" if outlines else b"CIDFontType2/CIDToGIDMap/Identity"
    update.put(
        descendant_number,
        0,
        b"<</Type/Font/Subtype/%s/BaseFont/%s/CIDSystemInfo<</Registry %s/Ordering %s/Supplement 0>>"
        b"/FontDescriptor %s/DW 0/W[%s]>>" % (kind, facts.name, *ordering, descriptor, widths),
    )
    to_unicode = update.add_stream(b"", _to_unicode(used), compress=True)
    update.put(
        obj,
        0,
        b"<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %s>>"
        % (facts.name, descendant_number, to_unicode),
    )


def _to_unicode(used: dict[int, str]) -> bytes:
    rows = [(gid, text) for gid, text in sorted(used.items()) if text]
    out = [
        b"/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)"
        b"/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n"
        b"1 begincodespacerange<0000><FFFF>endcodespacerange\n"
    ]
    for start in range(0, len(rows), 100):  # at most 100 rows a block (9.10.3)
        block = rows[start : start + 100]
        out.append(b"%d beginbfchar\n" % len(block))
        out += [b"<%04X><%s>\n" % (gid, text.encode("utf-16-be").hex().upper().encode()) for gid, text in block]
        out.append(b"endbfchar\n")
    out.append(b"endcmap CMapName currentdict/CMap defineresource pop end end\n")
    return b"".join(out)
