"""Each library that fills forms, as its documentation says to: bytes in, bytes out."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable

import pikepdf
import pikepdf.form
import pypdf

from formfill.fill.pdf import fill_pdf
from tests.benchmarks.cases import Case

Fill = Callable[[], bytes]


def formfill(case: Case) -> Fill:
    compiled, fillings = case.compiled, case.fillings()
    return lambda: fill_pdf(compiled, fillings).data


def formfill_cold(case: Case) -> Fill:
    """Compiled anew each time: what a single fill of an unknown form costs."""
    from formfill.pdf.compile import compile_blank

    fillings = case.fillings()
    return lambda: fill_pdf(compile_blank(case.data, case.compiled.sha256, case.name), fillings).data


def by_pypdf(case: Case) -> Fill:
    """pypdf with appearances of its own."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    values = case.texts | {name: f"/{tick.state}" for name, tick in case.ticks.items()}

    def fill() -> bytes:
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(case.data))
        writer.update_page_form_field_values(None, values, auto_regenerate=False)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    return fill


def by_pikepdf(case: Case) -> Fill:
    """pikepdf's Form with its better appearances. A field that it throws on is left out."""
    logging.getLogger("pikepdf").setLevel(logging.CRITICAL)

    def fill() -> bytes:
        with pikepdf.open(io.BytesIO(case.data)) as pdf:
            form = pikepdf.form.Form(pdf, pikepdf.form.ExtendedAppearanceStreamGenerator)
            for name, text in case.texts.items():
                with contextlib.suppress(Exception):
                    form[name].value = text
            for name, tick in case.ticks.items():
                with contextlib.suppress(Exception):
                    if tick.radio:
                        form[name].value = pikepdf.Name(f"/{tick.state}")
                    else:
                        form[name].checked = True
            out = io.BytesIO()
            pdf.save(out, encryption=bool(pdf.is_encrypted))
            return out.getvalue()

    return fill


def by_pymupdf(case: Case) -> Fill:
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)

    def fill() -> bytes:
        with pymupdf.open(stream=case.data, filetype="pdf") as document:
            for page in document:
                for widget in page.widgets():
                    name = widget.field_name
                    with contextlib.suppress(Exception):
                        if name in case.texts and widget.field_type == pymupdf.PDF_WIDGET_TYPE_TEXT:
                            widget.field_value = case.texts[name]
                            widget.update()
                        elif name in case.ticks and widget.on_state() == case.ticks[name].state:
                            widget.field_value = True
                            widget.update()
            return bytes(document.tobytes(encryption=pymupdf.PDF_ENCRYPT_KEEP))

    return fill


def peers() -> dict[str, Callable[[Case], Fill]]:
    """Whom to measure, formfill first; PyMuPDF only where it is installed (extra ``bench``)."""
    found: dict[str, Callable[[Case], Fill]] = {
        "formfill": formfill,
        "formfill, not compiled": formfill_cold,
        "pypdf": by_pypdf,
        "pikepdf Form": by_pikepdf,
    }
    with contextlib.suppress(ImportError):
        import pymupdf  # noqa: F401

        found["PyMuPDF"] = by_pymupdf
    return found
