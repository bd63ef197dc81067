"""Shapes text that a form's own fonts cannot write, with HarfBuzz and Noto.

Lines are put in visual order by the Unicode bidirectional algorithm; numbers such as "(916) 555-0142" are kept
together inside right-to-left text.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from formfill.errors import UnwritableError

#: Packages that carry the fonts, in the order they are tried; the last is the extra formfill[cjk].
_PACKAGES = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic", "justmytype_intl_cjk")
#: Among the fonts of one package: simplified before traditional Chinese, then Japanese, then Korean.
_ORDER = ("NotoSans[", "NotoSansArabic", "NotoSansSC", "NotoSansTC", "NotoSansJP", "NotoSansKR")
#: Every Noto file holds all weights; these are the ones of plain text.
REGULAR = {"wght": 400.0, "wdth": 100.0}

_NUMBER = re.compile(r"[+(]?\d[\d().+/ -]*\d")
_INVISIBLE = frozenset({"Cf", "Cc"})
_JOINERS = "\u200c\u200d"


@dataclass(slots=True)
class NotoFont:
    """One font file. ``scale`` turns its units into em."""

    face: Any
    font: Any
    scale: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """What stands for one or more letters: its glyphs (gid, dx, dy in font units), its advance in em, the letters.

    ``own_advance`` is what the first glyph's metrics say; the difference is kerning.
    """

    parts: tuple[tuple[int, int, int], ...]
    advance: float
    own_advance: float
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """Clusters of one font from left to right."""

    font: int
    clusters: tuple[Cluster, ...]


@lru_cache
def fonts() -> tuple[NotoFont, ...]:
    """The installed fonts, in the order they are tried."""
    import uharfbuzz as hb

    found = []
    for path in _font_files():
        face = hb.Face(hb.Blob.from_file_path(str(path)))
        font = hb.Font(face)
        font.set_variations(REGULAR)
        found.append(NotoFont(face, font, 1 / face.upem))
    return tuple(found)


def package_fonts(package: str) -> list[Path]:
    """The font files that an installed package carries; none where it is not installed."""
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations or ()) if spec else ()
    return [path for folder in folders for path in sorted(Path(folder).rglob("*.ttf"))]


def _font_files() -> list[Path]:
    carried = [package_fonts(package) for package in _PACKAGES]
    return [path for paths in carried for start in _ORDER for path in paths if path.name.startswith(start)]


@lru_cache(maxsize=4096)
def shape(text: str) -> tuple[Run, ...]:
    """``text`` (one line) as runs of glyphs from left to right.

    Raises: UnwritableError, naming the code point, for a character that no installed font has or a mark that begins
        a word.
    """
    import uharfbuzz as hb

    runs = []
    text = unicodedata.normalize("NFC", text)
    for before, char in zip(" " + text, text, strict=False):
        if before.isspace() and unicodedata.category(char).startswith("M"):
            raise UnwritableError(
                f"the mark U+{ord(char):04X} has no letter to stand on: it would stand outside its box"
            )
    for piece, level in _visual_runs(text):
        rtl = bool(level % 2)
        for index, part in _by_font(piece, rtl=rtl):
            noto = fonts()[index]
            buffer = hb.Buffer()
            buffer.add_str(part)
            buffer.guess_segment_properties()
            buffer.direction = "rtl" if rtl else "ltr"
            # Noto takes "ị" apart into two glyphs unless told not to; Arabic needs its parts
            hb.shape(noto.font, buffer, None if rtl else {"ccmp": False})
            runs.append(Run(index, _clusters(noto, buffer, part)))
    return tuple(runs)


def _clusters(noto: NotoFont, buffer: Any, text: str) -> tuple[Cluster, ...]:
    """The buffer's glyphs by the letters that they stand for. Marks join the letter that they stand on."""
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    clusters: list[Cluster] = []
    rows = list(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True))
    i = 0
    while i < len(rows):
        first = rows[i][0].cluster
        parts: list[tuple[int, int, int]] = []
        pen = 0
        while i < len(rows) and rows[i][0].cluster == first:
            info, position = rows[i]
            parts.append((info.codepoint, pen + position.x_offset, position.y_offset))
            pen += position.x_advance
            i += 1
        own = noto.font.get_glyph_h_advance(parts[0][0]) if len(parts) == 1 else pen
        clusters.append(Cluster(tuple(parts), pen * noto.scale, own * noto.scale, text[first : ends[first]]))
    return tuple(clusters)


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
        if unicodedata.category(char) in _INVISIBLE and char not in _JOINERS:
            continue
        last = pieces[-1][0] if pieces else None
        index = _font_of(char)
        # marks, joiners, spaces and dots stay with what they follow, if its font has them
        if last is not None and not char.isalnum() and (char in _JOINERS or _has(last, char)):
            index = last
        if index is None:
            hint = "" if importlib.util.find_spec(_PACKAGES[-1]) else " (for Chinese, Japanese, Korean: formfill[cjk])"
            raise UnwritableError(f"no installed font can write the character U+{ord(char):04X}{hint}")
        if index == last:
            pieces[-1] = (index, pieces[-1][1] + char)
        else:
            pieces.append((index, char))
    return pieces[::-1] if rtl else pieces


def _font_of(char: str) -> int | None:
    return next((i for i in range(len(fonts())) if _has(i, char)), None)


def _has(index: int, char: str) -> bool:
    return bool(fonts()[index].font.get_nominal_glyph(ord(char)))


@lru_cache(maxsize=4096)
def ink(text: str) -> tuple[float, float]:
    """How far the ink of ``text`` reaches above and below (negative) the baseline, in em."""
    up, down = 0.74, -0.22  # as other text, so that lines of a form look alike
    for run in shape(text.replace("\n", " ")):
        noto = fonts()[run.font]
        for cluster in run.clusters:
            for gid, _, dy in cluster.parts:
                extents = noto.font.get_glyph_extents(gid)
                if extents is not None and extents.height:
                    top = extents.y_bearing + dy
                    up, down = max(up, top * noto.scale), min(down, (top + extents.height) * noto.scale)
    return up, down
