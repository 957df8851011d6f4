"""From content to PDF, by Typst, with the fonts of a package and nothing else of the machine."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.util
import json
import re
from importlib import resources
from pathlib import Path
from typing import Final

import typst

from agreements.paper.content import Content
from agreements.paper.reader import PROOF_NAME
from tongban import errors

FONTS: Final = ("Noto Serif SC", "Noto Sans SC")
FONT_PACKAGE: Final = "pylopdf_fonts_zh_cn"

_ATTEMPTS: Final = 8
_UNSETTABLE: Final = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)


def typeset(content: Content) -> bytes:
    """The document; equal content gives equal bytes."""
    data = json.dumps(content.data() | {"proof": list(content.proof), "proof_name": PROOF_NAME}, ensure_ascii=False)
    sheet = resources.files("agreements.paper").joinpath("sheet.typ").read_bytes()
    moment = dt.datetime.fromtimestamp(content.seconds, dt.UTC)
    fonts = _fonts()
    for _ in range(_ATTEMPTS):
        try:
            return typst.compile(
                sheet,
                font_paths=fonts,
                format="pdf",
                sys_inputs={"data": data},
                pdf_standards=["a-3b"],
                timestamp=moment,
            )
        except typst.TypstError as error:
            # PDF/A allows no glyph that is not there, so the typesetter names each one: it is written out instead.
            lacking = set("".join(_UNSETTABLE.findall(error.diagnostic)))
            if not lacking:
                raise _unusable(error.message) from error
            data = "".join(f"‹U+{ord(char):04X}›" if char in lacking else char for char in data)
    raise _unusable("too many characters that no font has")


@functools.cache
def _fonts() -> typst.Fonts:
    """The package's fonts, found once."""
    found = importlib.util.find_spec(FONT_PACKAGE)
    if found is None or found.origin is None:
        raise _no_fonts()
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(Path(found.origin).parent)]
    )
    if not set(FONTS) <= set(fonts.families()):
        raise _no_fonts()
    return fonts


def _no_fonts() -> errors.ConfigurationInvalid:
    package = FONT_PACKAGE.replace("_", "-")
    return errors.ConfigurationInvalid(
        field="fonts",
        problem=f"没有找到中文字体({'、'.join(FONTS)});请安装 Python 包 {package}",
        problem_en=f"the Chinese fonts ({', '.join(FONTS)}) were not found; install the Python package {package}",
    )


def _unusable(problem: str) -> errors.ConfigurationInvalid:
    return errors.ConfigurationInvalid(
        field="typst", problem=f"无法排版:{problem}", problem_en=f"typesetting: {problem}"
    )
