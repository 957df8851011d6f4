"""Setting pages: what is not drawn is named, whatever it is; an operator's own fonts are taken beside the package's."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
from pathlib import Path

import pytest

from tongban import errors
from tongban.paper import typesetting
from tongban.paper.typesetting import FONT_PACKAGE, FONT_VARIABLE, NotDrawn, set_pages
from tongban.paper.values import map_texts, texts

SHEET = b'#set text(font: "Noto Sans SC")\n#json(bytes(sys.inputs.data))'
MOMENT = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def pages(text: str) -> bytes:
    return set_pages(SHEET, json.dumps(text, ensure_ascii=False), MOMENT)


@pytest.mark.parametrize(
    "lacking", ["\U00020000", "\U00020000\U0003134a", "\ue000", "\ue000\U000f0000", "\x07", "\ufffd"]
)
def test_every_character_that_is_not_drawn_is_named(lacking: str) -> None:
    with pytest.raises(NotDrawn) as caught:
        pages(f'甲"{lacking}"\\u{{7}}乙')
    assert caught.value.characters == frozenset(lacking)
    assert lacking not in str(caught.value), "a name is nobody's business"


def test_equal_data_gives_equal_bytes() -> None:
    assert pages("甲") == pages("甲") != pages("乙")


def test_a_sheet_that_does_not_compile_is_said() -> None:
    with pytest.raises(errors.ConfigurationInvalid):
        set_pages(b"#nothing-of-the-kind", "{}", MOMENT)


def test_a_folder_of_fonts_counts_beside_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = importlib.util.find_spec(FONT_PACKAGE)
    assert found is not None
    assert found.origin is not None
    usual = pages("甲")
    for font in Path(found.origin).parent.glob("*.otf"):
        (tmp_path / font.name).symlink_to(font)
    monkeypatch.setattr(typesetting, "FONT_PACKAGE", "no_such_fonts")
    monkeypatch.setenv(FONT_VARIABLE, str(tmp_path))
    assert pages("甲") == usual
    monkeypatch.setenv(FONT_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(errors.ConfigurationInvalid) as caught:
        pages("甲")
    assert caught.value.field == FONT_VARIABLE


def test_texts_are_found_by_their_place_and_changed_wherever_they_stand() -> None:
    data = {"a": "x", "b": [{"c": "y"}, 3, None], "d": ("z",)}
    assert dict(texts(data)) == {"a": "x", "b[0].c": "y", "d[0]": "z"}
    assert map_texts(data, str.upper) == {"a": "X", "b": [{"c": "Y"}, 3, None], "d": ["Z"]}
