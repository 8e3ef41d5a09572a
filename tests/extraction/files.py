"""Documents as files: made by Word's library and by a browser that prints, and made to harm."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf import PdfWriter

NUMBER = "Số: 45/TB-UBND"
TITLE = "Về việc lấy nước đổ ải vụ chiêm xuân"
BODY = (
    "Ủy ban nhân dân xã thông báo lịch lấy nước đổ ải từ ngày 10/01/2027 đến hết ngày 20/01/2027 cho toàn xã.",
    "Các hộ có ruộng ở Đồng Tâm, Thành Vinh chủ động be bờ, giữ nước. Liên hệ hợp tác xã, điện thoại 0912 345 678.",
)
INSERTED = "Riêng thôn Luận Văn lấy nước từ ngày 12/01."
READ = "\n".join(("THÔNG BÁO", TITLE, *BODY))


def word(*, tracked: bool = False, listed: bool = False, schedule: bool = False) -> bytes:
    """A notice with its letterhead and its signature in tables, as offices make it."""
    document = Document()
    head = document.add_table(rows=1, cols=2).rows[0].cells
    head[0].text = "ỦY BAN NHÂN DÂN\nXÃ THỌ XƯƠNG"
    head[0].add_paragraph(NUMBER)
    head[1].text = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    head[1].add_paragraph("Độc lập - Tự do - Hạnh phúc")
    head[1].add_paragraph("Thọ Xương, ngày 05 tháng 01 năm 2027")
    document.add_paragraph("")
    for text in ("THÔNG BÁO", TITLE, "", *BODY):
        document.add_paragraph(text)
    if tracked:
        run = f'<w:r><w:t xml:space="preserve"> {INSERTED}</w:t></w:r>'
        document.paragraphs[-1]._p.append(parse_xml(f"<w:ins {nsdecls('w')}>{run}</w:ins>"))
        gone = "<w:r><w:delText>Câu đã xóa.</w:delText></w:r>"
        document.paragraphs[-1]._p.append(parse_xml(f"<w:del {nsdecls('w')}>{gone}</w:del>"))
        hidden = document.paragraphs[-1].add_run(" Chữ ẩn không in.")
        hidden.font.hidden = True
    if listed:
        for text in ("Trưởng thôn mở cống lúc 5 giờ", "Các hộ cử người canh nước"):
            document.add_paragraph(text, style="List Bullet")
            number = parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="1"/></w:numPr>')
            document.paragraphs[-1]._p.get_or_add_pPr().append(number)
    if schedule:
        table = document.add_table(rows=0, cols=2)
        for row in (("Ngày", "Xứ đồng"), ("10/01", "Đồng Cửa"), ("11/01", "Đồng Bãi"), ("12/01", "Đồng Chùa")):
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    foot = document.add_table(rows=1, cols=2).rows[0].cells
    foot[0].text = "Nơi nhận:\n- Các thôn;\n- Lưu: VT."
    foot[1].text = "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n\n(Đã ký)\n\nNguyễn Văn Bình"
    document.sections[0].footer.paragraphs[0].text = "Chân trang không đọc"
    return _bytes(document)


def printed() -> str:
    """The same as a page that a browser prints."""
    cells = (
        f"ỦY BAN NHÂN DÂN<br>XÃ THỌ XƯƠNG<br>{NUMBER}",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM<br>Độc lập - Tự do - Hạnh phúc<br>Thọ Xương, ngày 05 tháng 01 năm 2027",
        "Nơi nhận:<br>- Các thôn;<br>- Lưu: VT.",
        "TM. ỦY BAN NHÂN DÂN<br>CHỦ TỊCH<br><br>(Đã ký)<br><br>Nguyễn Văn Bình",
    )
    head, foot = (f"<table width=100%><tr><td>{left}<td>{right}</table>" for left, right in (cells[:2], cells[2:]))
    body = "".join(f"<p style='text-indent:1cm;text-align:justify'>{text}" for text in BODY)
    return (
        f"<body style='font:14pt DejaVu Serif'>{head}<h3 align=center>THÔNG BÁO</h3><p align=center>{TITLE}{body}{foot}"
    )


def _bytes(document: object) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def package(parts: dict[str, bytes], encrypted: bool = False) -> bytes:
    """A zip of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    data = file.getvalue()
    return data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01") if encrypted else data


def of_xml(xml: str) -> bytes:
    """A Word document of this main part."""
    return package({"[Content_Types].xml": b"<Types/>", "word/document.xml": xml.encode()})


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from one; the first is the catalogue."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)


def stream(data: bytes) -> bytes:
    """A compressed stream."""
    packed = zlib.compress(data, 9)
    return b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed)


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<<>>>>"
TYPED = PAGE.replace(b"<<>>", b"<</Font<</F 5 0 R>>>>")
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def blank(pages: int = 1, password: str = "") -> bytes:
    """As many empty pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(300, 300)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def hostile(secret: str) -> Iterator[tuple[str, bytes, set[str]]]:
    """What a file is called here, the file, and the codes of which it gets one. `secret`: a file of this machine."""
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield "xxe.docx", of_xml(f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]><d {w}>&x;</d>'), {"bomb"}
    yield "laughs.docx", of_xml(f'<!DOCTYPE d [<!ENTITY l0 "ha">{laughs}]><d {w}>&l9;</d>'), {"bomb"}
    yield "spaces.docx", of_xml(f"<d {w}>{' ' * 100_000_000}</d>"), {"bomb"}
    yield "deep.docx", of_xml("<w>" * 300_000), {"bomb", "document_broken"}
    parts = {f"word/media/{n}.png": b"" for n in range(6_000)}
    yield "parts.docx", package({"word/document.xml": b"<d/>", **parts}), {"bomb"}
    yield "sheet.xlsx", package({"xl/workbook.xml": b"<d/>"}), {"document_unknown"}
    yield "locked.docx", package({"word/document.xml": b"<d/>"}, encrypted=True), {"document_locked"}
    yield "cut.docx", word()[:-2_000], {"document_broken"}
    yield "nothing.docx", of_xml(f"<w:document {w}><w:body/></w:document>"), {"document_scanned"}
    yield "no-xml.docx", of_xml("THÔNG BÁO"), {"document_broken"}
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    yield "old.doc", ole, {"document_old"}
    yield "password.docx", ole + "EncryptedPackage".encode("utf-16-le"), {"document_locked"}
    yield "rich.rtf", rb"{\rtf1 Th\'f4ng b\'e1o}", {"document_unknown"}
    yield "photo.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20, {"document_unknown"}
    yield "zeros.txt", b"a\0b", {"document_unknown"}
    yield "empty.txt", b" \r\n", {"empty"}
    yield (
        "tcvn3.txt",
        ("Céng hßa x· héi chñ nghÜa viÖt nam th«ng b¸o vÒ viÖc tiªm phßng " * 3).encode(),
        {"document_font"},
    )
    yield (
        "vni.txt",
        ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, thoâng baùo veà vieäc tieâm phoøng " * 3).encode(),
        {"document_font"},
    )
    yield "long.txt", "Thông báo. ".encode() * 10_000, {"document_too_long"}
    yield "scan.pdf", blank(), {"document_scanned"}
    yield "locked.pdf", blank(password="mat-khau"), {"document_locked"}
    yield "pages.pdf", blank(101), {"document_too_long"}
    yield "nothing.pdf", b"%PDF-1.7\n", {"document_broken"}
    yield "noise.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 500, {"document_broken"}
    yield "cut.pdf", blank(50)[:800], {"document_broken", "document_scanned"}
    yield (
        "loop.pdf",
        pdf(CATALOGUE, b"<</Type/Pages/Kids[2 0 R]/Count 9>>"),
        {"document_broken", "bomb", "document_scanned"},
    )
    yield (
        "prev.pdf",
        pdf(CATALOGUE, PAGES, PAGE, stream(b""), trailer=b"/Prev 9"),
        {"document_broken", "document_scanned"},
    )
    yield "flate.pdf", pdf(CATALOGUE, PAGES, PAGE, stream(b" " * 400_000_000)), {"bomb", "document_scanned"}
    endless = b"BT /F 9 Tf (a b c) Tj ET " * 500_000
    yield (
        "endless.pdf",
        pdf(CATALOGUE, PAGES, TYPED, stream(endless), FONT),
        {"bomb", "timeout", "document_broken", "document_too_long"},
    )
    form = b"<</Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Length 5>>stream\n/X Do\nendstream"
    page = PAGE.replace(b"<<>>", b"<</XObject<</X 4 0 R>>>>")
    yield "form.pdf", pdf(CATALOGUE, PAGES, page, form), {"bomb", "document_broken", "document_scanned"}
