"""From data to PDF, by Typst."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.util
import os
import re
from pathlib import Path
from typing import Final

import typst

from tongban import errors

FONTS: Final = ("Noto Serif SC", "Noto Sans SC")
FONT_PACKAGE: Final = "pylopdf_fonts_zh_cn"
FONT_VARIABLE: Final = "TONGBAN_FONTS"
"""Names a folder of further fonts, for characters that the package's lack: they are taken where those have none."""

_UNSETTABLE: Final = re.compile(r'the text `"((?:[^"\\]|\\.)+)"` could not be displayed', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))", re.DOTALL)
_SHORT: Final = {"0": "\0", "t": "\t", "n": "\n", "r": "\r"}


class NotDrawn(Exception):
    """Characters of the data that none of the fonts has."""

    def __init__(self, characters: frozenset[str]) -> None:
        super().__init__(f"{len(characters)} characters")
        self.characters = characters


def set_pages(sheet: bytes, data: str, moment: dt.datetime) -> bytes:
    """The document of a sheet that reads `data` (JSON); `moment` is the document's own date."""
    try:
        return typst.compile(
            sheet,
            font_paths=_fonts(),
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=["a-3b"],
            timestamp=moment,
        )
    except typst.TypstError as error:
        # PDF/A allows no glyph that is not there, so the typesetter names each one.
        lacking = frozenset("".join(_ESCAPED.sub(_character, each) for each in _UNSETTABLE.findall(error.diagnostic)))
        if not lacking:
            raise unusable(error.message) from error
        raise NotDrawn(lacking) from error


def _character(escaped: re.Match[str]) -> str:
    """A character that the diagnostic writes by its number, as it does with those of private use and of control."""
    number, short = escaped.groups()
    return chr(int(number, 16)) if number else _SHORT.get(short, short)


def unusable(problem: str) -> errors.ConfigurationInvalid:
    """The typesetter cannot be worked with."""
    return errors.ConfigurationInvalid(
        field="typst", problem=f"无法排版:{problem}", problem_en=f"typesetting: {problem}"
    )


def _fonts() -> typst.Fonts:
    return _fonts_of(FONT_PACKAGE, os.environ.get(FONT_VARIABLE, ""))


@functools.cache
def _fonts_of(package: str, folder: str) -> typst.Fonts:
    """The fonts of the package and of the operator's own folder, found once."""
    found = importlib.util.find_spec(package)
    paths = [str(Path(found.origin).parent)] if found is not None and found.origin is not None else []
    if folder and not Path(folder).is_dir():
        raise errors.ConfigurationInvalid(
            field=FONT_VARIABLE, problem=f"没有文件夹 {folder}", problem_en=f"there is no folder {folder}"
        )
    if folder:
        paths.append(folder)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
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
