"""The face of shaped text, and the fonts that it embeds: subsets of Noto with just the glyphs shown.

Each cluster is one glyph of the embedded font with a code and a ToUnicode entry of its own. Where HarfBuzz answers with
several (a dotless Arabic letter and its dots), they are joined into a composite: viewers then read the text back letter
by letter. /ActualText would say the same, but PDFium misplaces it inside appearance streams and Poppler reverses it.
"""

from __future__ import annotations

import io
import zlib
from functools import lru_cache

from formfill.pdf.incremental import Update
from formfill.pdf.shaping import REGULAR, Cluster, Run, fonts, ink, shape
from formfill.pdf.syntax import number

#: Tables that a viewer does not need once shaping is done.
_NEEDLESS = (
    b"GSUB", b"GPOS", b"GDEF", b"STAT", b"name", b"post", b"cmap", b"OS/2", b"DSIG", b"meta", b"vhea", b"vmtx", b"VORG",
    b"BASE",
)  # fmt: skip

_Parts = tuple[tuple[int, int, int], ...]
#: What a code of an embedded font stands for: glyphs, advance in em, letters.
_Key = tuple[_Parts, float, str]


class ShapedFace:
    """Shaped text for one file: remembers the clusters it showed, and embeds just those."""

    def __init__(self) -> None:
        self._codes: dict[int, dict[_Key, int]] = {}

    def width(self, text: str) -> float:
        return sum(cluster.advance for run in shape(text) for cluster in run.clusters)

    def ink(self, text: str) -> tuple[float, float]:
        return ink(text)

    def show(self, text: str, size: float) -> bytes:
        return b"".join(b"%s %s Tf %sTJ " % (_name(run.font), number(size), self._array(run)) for run in shape(text))

    def _array(self, run: Run) -> bytes:
        codes = self._codes.setdefault(run.font, {})
        out = [b"["]
        for key, before, after in _steps(run):
            out.append(b"%s<%04X>%s" % (before, codes.setdefault(key, len(codes) + 1), after))
        out.append(b"]")
        return b"".join(out)

    def reserve(self, update: Update, references: dict[int, bytes]) -> bytes:
        """Entries of a /Font resource dictionary for all fonts; object numbers are taken when first asked for."""
        for index in self._codes:
            if index not in references:
                references[index] = b"%d 0 R" % update.reserve()
        return b"".join(_name(i) + b" " + ref for i, ref in references.items())

    def embed(self, update: Update, references: dict[int, bytes]) -> None:
        """Add the fonts' objects to the update, with what was shown and no more."""
        for index, reference in references.items():
            _embed(update, int(reference.split()[0]), index, tuple(self._codes[index]))


def _name(index: int) -> bytes:
    return b"/FFn%d" % index


@lru_cache(maxsize=4096)
def _steps(run: Run) -> tuple[tuple[_Key, bytes, bytes], ...]:
    """What stands for each cluster, with the moves before and after it that HarfBuzz asked for (TJ, 1/1000 em)."""
    steps = []
    for cluster in run.clusters:
        shift = cluster.parts[0][1] * fonts()[run.font].scale if len(cluster.parts) == 1 else 0.0
        after = cluster.advance - shift - cluster.own_advance
        moves = [number(-move * 1000) if abs(move) > 5e-4 else b"" for move in (shift, after)]
        steps.append((_key(cluster), moves[0], moves[1]))
    return tuple(steps)


def _key(cluster: Cluster) -> _Key:
    if len(cluster.parts) == 1:  # a shift of a single glyph is kerning: the text array does it
        gid, _, dy = cluster.parts[0]
        return ((gid, 0, dy),), cluster.own_advance, cluster.text
    return cluster.parts, cluster.own_advance, cluster.text


def _is_composite(parts: _Parts) -> bool:
    return len(parts) > 1 or parts[0][2] != 0


@lru_cache(maxsize=256)
def _program(index: int, shapes: tuple[tuple[_Parts, int], ...]) -> tuple[bytes, int, tuple[int, ...]]:
    """A font program with these shapes, deflated, its length before, and the glyph number of each shape.

    Shapes carry their advance in font units.
    """
    import uharfbuzz as hb

    noto = fonts()[index]
    wanted = hb.SubsetInput()
    wanted.glyph_set.update({gid for parts, _ in shapes for gid, _, _ in parts})
    wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    wanted.pin_all_axes_to_default(noto.face)
    for axis, value in REGULAR.items():
        wanted.pin_axis_location(noto.face, axis, value)
    wanted.drop_table_tag_set.update(int.from_bytes(tag, "big") for tag in _NEEDLESS)
    program = bytes(hb.subset(noto.face, wanted).blob.data)
    composites = [(parts, advance) for parts, advance in shapes if _is_composite(parts)]
    if not composites:
        return zlib.compress(program), len(program), tuple(parts[0][0] for parts, _ in shapes)
    program, first = _with_composites(program, composites)
    numbers = iter(range(first, first + len(composites)))
    gids = tuple(next(numbers) if _is_composite(parts) else parts[0][0] for parts, _ in shapes)
    return zlib.compress(program), len(program), gids


def _with_composites(program: bytes, composites: list[tuple[_Parts, int]]) -> tuple[bytes, int]:
    """The program with a composite glyph for each, behind its own; and the first one's number."""
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.tables._g_l_y_f import ARGS_ARE_XY_VALUES, Glyph, GlyphComponent

    font = TTFont(io.BytesIO(program), recalcTimestamp=False)
    order = list(font.getGlyphOrder())
    glyf, metrics = font["glyf"], font["hmtx"]
    first = len(order)
    for i, (parts, advance) in enumerate(composites):
        glyph = Glyph()
        glyph.numberOfContours = -1
        glyph.components = []
        for gid, dx, dy in parts:
            part = GlyphComponent()
            part.glyphName, part.x, part.y, part.flags = order[gid], dx, dy, ARGS_ARE_XY_VALUES
            glyph.components.append(part)
        name = f"composite{i}"
        glyf[name] = glyph
        metrics[name] = (advance, 0)
    font.setGlyphOrder([*order, *(f"composite{i}" for i in range(len(composites)))])
    for i in range(len(composites)):  # the left side bearing is the outline's own
        name = f"composite{i}"
        glyf[name].recalcBounds(glyf)
        metrics[name] = (composites[i][1], getattr(glyf[name], "xMin", 0))
    out = io.BytesIO()
    font.save(out)
    return out.getvalue(), first


def _embed(update: Update, obj: int, index: int, keys: tuple[_Key, ...]) -> None:
    """A Type 0 font with Identity-H and a CIDFontType2 descendant (ISO 32000-2, 9.7), as object ``obj``."""
    noto = fonts()[index]
    shapes = tuple((parts, round(advance / noto.scale)) for parts, advance, _ in keys)
    deflated, length, gids = _program(index, shapes)
    extents = noto.font.get_font_extents("ltr")
    em = 1000 * noto.scale
    up, down = round(extents.ascender * em), round(extents.descender * em)
    font_name = b"FFFFFF+Noto%d" % index
    file_ref = update.add_stream(b"/Length1 %d/Filter/FlateDecode" % length, deflated)
    descriptor = update.add(
        b"<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[-600 %d 2500 %d]/ItalicAngle 0/Ascent %d/Descent %d"
        b"/CapHeight 714/StemV 80/FontFile2 %s>>" % (font_name, down, up, up, down, file_ref)
    )
    gid_map = update.add_stream(b"", b"".join(gid.to_bytes(2, "big") for gid in (0, *gids)), compress=True)
    widths = b" ".join(b"%d" % round(advance * 1000) for _, advance, _ in keys)
    descendant = update.reserve()
    registry = (update.string(b"Adobe", descendant, 0), update.string(b"Identity", descendant, 0))
    update.put(
        descendant,
        0,
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry %s/Ordering %s/Supplement 0>>"
        b"/FontDescriptor %s/CIDToGIDMap %s/DW 0/W[1[%s]]>>" % (font_name, *registry, descriptor, gid_map, widths),
    )
    to_unicode = update.add_stream(b"", _to_unicode([text for _, _, text in keys]), compress=True)
    update.put(
        obj,
        0,
        b"<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %s>>"
        % (font_name, descendant, to_unicode),
    )


def _to_unicode(texts: list[str]) -> bytes:
    """A CMap from codes, counted from 1, to texts."""
    rows = [b"<%04X><%s>" % (i, text.encode("utf-16-be").hex().upper().encode()) for i, text in enumerate(texts, 1)]
    out = [
        b"/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)"
        b"/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def",
        b"1 begincodespacerange<0000><FFFF>endcodespacerange",
    ]
    for start in range(0, len(rows), 100):  # at most 100 rows a block (9.10.3)
        block = rows[start : start + 100]
        out += [b"%d beginbfchar" % len(block), *block, b"endbfchar"]
    out.append(b"endcmap CMapName currentdict/CMap defineresource pop end end")
    return b"\n".join(out)
