"""Word forms that would fetch, run or unpack: refused, or freed of it; nothing connects, LibreOffice included."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from docx_builders import docx, form_field, paragraph, run, unzipped, zipped

from formfill.errors import BlankFormError, ConverterError
from formfill.fill.docx_package import open_package
from formfill.fill.office import doc_to_docx, find_soffice, to_pdf

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BODY = paragraph("Name: ________")


def relation(kind: str, target: str, *, outside: bool = True) -> str:
    mode = ' TargetMode="External"' if outside else ""
    return f'<Relationship Id="rId9" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def field(code: str) -> str:
    """A field whose instruction is spread over two runs, as Word writes it."""
    half = len(code) // 2
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve">{code[:half]}</w:instrText></w:r>'
        f'<w:r><w:instrText xml:space="preserve">{code[half:]}</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("x") + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def with_settings(data: bytes, inside: str, target: str) -> bytes:
    """The document with an element in its settings that names something elsewhere."""
    kind = "attachedTemplate" if "attachedTemplate" in inside else "mailMergeSource"
    parts = unzipped(data)
    settings = parts["word/settings.xml"].decode()
    parts["word/settings.xml"] = settings.replace("<w:defaultTabStop", f"{inside}<w:defaultTabStop").encode()
    parts["word/_rels/settings.xml.rels"] = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{relation(kind, target)}</Relationships>"
    ).encode()
    return zipped(parts)


@pytest.mark.parametrize(
    ("relations", "message"),
    [
        (relation("image", "http://127.0.0.1:9/x.png"), r"a part \(image\) from elsewhere"),
        (relation("header", "http://127.0.0.1:9/h.xml"), r"a part \(header\) from elsewhere"),
        (relation("oleObject", "http://127.0.0.1:9/x.xlsx"), "embedded object"),
        (relation("oleObject", "embeddings/x.bin", outside=False), "embedded object"),
        (relation("package", "embeddings/x.xlsx", outside=False), "embedded file"),
        (relation("aFChunk", "chunk.html", outside=False), "altChunk"),
        (relation("control", "activeX/x.xml", outside=False), "ActiveX"),
        (relation("subDocument", "http://127.0.0.1:9/x.docx"), "subdocument"),
        (relation("frame", "http://127.0.0.1:9/x.html"), "frame"),
        (relation("x y&lt;script&gt;", "http://127.0.0.1:9/"), "takes a part from elsewhere"),
    ],
)
def test_what_is_kept_elsewhere_or_runs_is_refused(relations: str, message: str) -> None:
    with pytest.raises(BlankFormError, match=message):
        open_package(docx(BODY, relations=relations))


@pytest.mark.parametrize(
    "code",
    [
        "DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe &quot;/k calc&quot;",
        " dde x y ",
        'INCLUDEPICTURE "http://127.0.0.1:9/x.png"',
        'INCLUDETEXT "//127.0.0.1/x.docx"',
        "LINK Excel.Sheet.8 x y",
        "IMPORT x.gif",
    ],
)
def test_a_field_that_fetches_is_refused(code: str) -> None:
    word = code.split()[0].upper()
    with pytest.raises(BlankFormError, match=f"a field {word}"):
        open_package(docx(paragraph(field(code))))
    with pytest.raises(BlankFormError, match=f"a field {word}"):
        open_package(docx(BODY, header=paragraph(f"<w:fldSimple w:instr='{code}'>{run('x')}</w:fldSimple>")))


def test_a_form_field_and_a_link_that_a_person_follows_stay() -> None:
    data = docx(
        paragraph(form_field("Text1", "<w:textInput/>", "FORMTEXT")),
        relations=relation("hyperlink", "https://clinic.example.org/"),
    )
    assert unzipped(open_package(data).save()) == unzipped(data)


@pytest.mark.parametrize(
    "element",
    ['<w:attachedTemplate r:id="rId9"/>', '<w:mailMerge><w:dataSource r:id="rId9"/></w:mailMerge>'],
)
def test_a_template_or_data_source_elsewhere_is_taken_off(element: str) -> None:
    package = open_package(with_settings(docx(BODY), element, "http://127.0.0.1:9/evil.dotm"))
    parts = unzipped(package.save())
    assert b"127.0.0.1" not in b"".join(parts.values())
    assert b"rId9" not in parts["word/settings.xml"]
    assert b"defaultTabStop" in parts["word/settings.xml"]
    assert open_package(zipped(parts)).parts.keys() == package.parts.keys()


def lying(size: int) -> bytes:
    """A part of 60 MB that says it is ``size`` bytes, in the directory and at the part itself."""
    out = io.BytesIO(docx(BODY))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/zeros.bin", bytes(60_000_000))
    data = bytearray(out.getvalue())
    name = b"word/media/zeros.bin"
    for at in (data.index(name) - 8, data.rindex(name) - 22):
        data[at : at + 4] = size.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("size", [0, 10, 900_000])
def test_a_part_that_lies_about_its_size_is_damage(size: int) -> None:
    with pytest.raises(BlankFormError, match="damaged"):
        open_package(lying(size))


def test_a_zip_inside_is_not_opened() -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(50):
            archive.writestr(f"{number}", bytes(1_000_000))
    data = docx(BODY, parts={"word/media/inner.zip": inner.getvalue()})
    assert unzipped(open_package(data).save())["word/media/inner.zip"] == inner.getvalue()


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/evil", "word/../../evil", "C:\\evil", "word\\..\\evil"])
def test_a_part_whose_name_leads_out_is_never_a_file(name: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_package(docx(BODY, parts={name: b"evil"})).save()
    assert list(tmp_path.rglob("*")) == []


def test_xml_nested_without_end() -> None:
    deep = "".join(f'<w:p id="{number}">' for number in range(300_000))
    parts = {**unzipped(docx(BODY)), "word/document.xml": deep.encode()}
    with pytest.raises(BlankFormError, match="not well-formed"):
        open_package(zipped(parts))


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A server on this machine that keeps the first line of whoever connects."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    line, _ = server.accept()
                except TimeoutError:
                    continue
                with line:
                    line.settimeout(1)
                    heard.append(line.recv(200))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], heard
        finally:
            ended.set()
            thread.join()


def fetching(port: int) -> bytes:
    """A document that names our server in every way that we know of."""
    url = f"http://127.0.0.1:{port}"
    picture = (
        '<w:r><w:drawing><wp:inline><wp:extent cx="300000" cy="300000"/><wp:docPr id="1" name="p"/><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr>'
        '<pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:link="rId9"/></pic:blipFill>'
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="300000" cy="300000"/></a:xfrm><a:prstGeom prst="rect"/>'
        "</pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
    data = docx(
        BODY,
        paragraph(picture),
        paragraph(field(f'INCLUDEPICTURE "{url}/included.png"')),
        paragraph(field(f'INCLUDETEXT "{url}/included.txt"')),
        '<w:altChunk r:id="rId11"/>',
        relations=relation("image", f"{url}/linked.png")
        + relation("aFChunk", f"{url}/chunk.html").replace("rId9", "rId11")
        + relation("oleObject", f"{url}/x.xlsx").replace("rId9", "rId12"),
    )
    return with_settings(data, '<w:attachedTemplate r:id="rId9"/>', f"{url}/evil.dotm")


def test_the_server_hears_who_connects() -> None:
    with listening() as (port, heard), socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"GET / HTTP/1.1\r\n")
        line.shutdown(socket.SHUT_WR)
        line.recv(1)
    assert heard == [b"GET / HTTP/1.1\r\n"]


@pytest.fixture
def _libreoffice() -> None:
    try:
        find_soffice()
    except ConverterError:
        pytest.skip("LibreOffice is not installed")


@pytest.mark.usefixtures("_libreoffice")
def test_libreoffice_would_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without our settings it does, so that the next test can fail."""
    monkeypatch.setattr("formfill.fill.office._SETTINGS", ())
    with listening() as (port, heard):
        doc_to_docx(fetching(port))
    assert any(b"/linked.png" in line for line in heard)


@pytest.mark.usefixtures("_libreoffice")
def test_libreoffice_fetches_nothing() -> None:
    """The settings alone hold, too: here LibreOffice opens what we would refuse, as it opens a .doc."""
    with listening() as (port, heard):
        with pytest.raises(BlankFormError):
            to_pdf(fetching(port))
        assert doc_to_docx(fetching(port)).startswith(b"PK")
        taken = open_package(with_settings(docx(BODY), '<w:attachedTemplate r:id="rId9"/>', f"http://127.0.0.1:{port}"))
        assert to_pdf(taken.save()).startswith(b"%PDF-")
    assert heard == []
