"""Letters as a scanner sees them: typeset with a font that has Chinese, then drawn as a picture."""

import io
from collections.abc import Sequence

from PIL import Image

from records.exchange.typesetting import font_families

A4_PT = (595, 842)
LETTER = (
    "某某市人民政府办公室文件",
    "某政办发〔2026〕15号",
    "关于印发《市级机关公文处理办法》的通知",
    "各区县人民政府，市政府各部门：",
    "现将《市级机关公文处理办法》印发给你们，请认真贯彻执行。",
    "某某市人民政府办公室",
    "2026年3月2日",
)


def scanned(lines: Sequence[str] = LETTER, *, skew: float = 0.0, dpi: int = 200) -> Image.Image:
    """Return a page with lines of text as a grey picture."""
    import pypdfium2 as pdfium
    import typst

    families = ", ".join(f'"{each}"' for each in reversed(font_families()))
    body = "\n\n".join(lines).replace("#", "\\#")
    source = f"#set text(font: ({families}), size: 16pt)\n#set par(leading: 1.2em)\n{body}"
    pdf = typst.compile(source.encode())
    assert isinstance(pdf, bytes)
    drawn = pdfium.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil().convert("L")
    level: Image.Image = drawn
    return level.rotate(-skew, fillcolor=255, resample=Image.Resampling.BICUBIC)


def jpeg(page: Image.Image, *, dpi: int = 200) -> bytes:
    """Return a page as a scanner's JPEG."""
    out = io.BytesIO()
    page.save(out, "JPEG", dpi=(dpi, dpi), quality=80)
    return out.getvalue()
