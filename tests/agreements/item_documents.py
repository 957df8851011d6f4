"""Any item's document that may be published, for properties."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from agreements.domain.catalogue import check_document, check_words
from tongban.v1 import directory_pb2, types_pb2

HOME = "nodes/a"
# Whatever stands in a text: marks of every notation, formulas, other planes; no control characters, nothing around it.
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff")
MARKS = st.sampled_from(
    [
        "\\",
        ";",
        "\uff1b",
        "|",
        "\uff5c",
        "&",
        "\uff06",
        "=",
        "\uff1d",
        "\n",
        '"',
        ",",
        "'",
        "+",
        "@",
        "-",
        "\\n",
        "_x0041_",
    ]
)


def words(longest: int = 30, shortest: int = 0) -> st.SearchStrategy[str]:
    drawn = st.lists(MARKS | st.text(CHARACTERS, max_size=6), max_size=6).map(lambda each: "".join(each).strip())
    return drawn.filter(lambda text: shortest <= len(text) <= longest and "x005F_" not in text)


CODES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,11}", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)


@st.composite
def documents(draw: Any) -> directory_pb2.ItemDocument:
    """Any document that may be published."""
    code = draw(st.from_regex(r"[A-Za-z0-9]([._-]?[A-Za-z0-9]){0,7}", fullmatch=True))
    made = directory_pb2.ItemDocument(
        name=f"items/a.{code}",
        home=HOME,
        title=draw(words(shortest=1)),
        title_en=draw(words()),
        department=draw(words()),
        modes=draw(st.lists(st.sampled_from(types_pb2.Mode.values()[1:]), min_size=1, max_size=3, unique=True)),
        promised_working_days=draw(st.integers(0, 400)),
        legal_working_days=draw(st.integers(0, 400)),
        result_title=draw(words()),
        source=draw(words()),
        base_code=draw(st.sampled_from(["", "442199806003", "000100020003", "AB12345678"])),
        kind=draw(st.sampled_from(directory_pb2.ItemKind.values())),
        conditions=draw(st.lists(words(shortest=1), max_size=3)),
        review_points=draw(st.lists(words(shortest=1), max_size=3)),
        open_questions=draw(st.lists(words(shortest=1), max_size=2)),
        agreed_differences=draw(st.lists(NAMES.filter(str.isalpha), max_size=2, unique=True)),
    )
    if made.base_code:
        made.item_code = draw(st.sampled_from(["", "ZZ-1", "12441500196720244T3442199806003"]))
    for name in draw(st.lists(NAMES, max_size=3, unique=True)):
        made.form.add(name=name, title=draw(words(shortest=1)), required=draw(st.booleans()), kind="text")
    if not made.form and draw(st.booleans()):
        made.form_schema = json.dumps(
            {"type": "object", "properties": {"a": {"title": draw(words())}}}, ensure_ascii=False
        )
    fields = [field.name for field in made.form]
    for material in draw(st.lists(CODES, max_size=3, unique=True)):
        added = made.materials.add(
            code=material,
            title=draw(words(shortest=1)),
            forms=draw(
                st.lists(st.sampled_from(types_pb2.MaterialForm.values()[1:]), min_size=1, max_size=3, unique=True)
            ),
            required=draw(st.booleans()),
            grade=draw(st.sampled_from(directory_pb2.TrustGrade.values())),
            needed_when_title=draw(words()),
            copies=draw(st.integers(0, 100)),
            issuer=draw(words()),
        )
        for field in draw(st.lists(st.sampled_from(fields), max_size=2, unique=True)) if fields else ():
            added.needed_when.add(
                field=field, values=draw(st.lists(words(shortest=1), min_size=1, max_size=2, unique=True))
            )
    for title in draw(st.lists(words(shortest=1), max_size=2, unique=True)):
        made.legal_bases.add(title=title, article=draw(words()))
        made.fees.add(title=title, amount_fen=draw(st.integers(0, 10**9)), basis=draw(words()))
    for result in draw(st.lists(CODES, max_size=2, unique=True)):
        listed = draw(st.lists(st.sampled_from(["nodes/b", "nodes/c.d"]), max_size=2, unique=True))
        area = (
            directory_pb2.VALIDITY_AREA_LISTED
            if listed
            else draw(st.sampled_from(directory_pb2.ValidityArea.values()[:3]))
        )
        made.results.add(
            code=result,
            title=draw(words(shortest=1)),
            forms=draw(st.lists(st.sampled_from([1, 3]), max_size=2, unique=True)),
            validity=area,
            recognised_by=listed,
            valid_months=draw(st.integers(0, 1200)),
        )
    check_document(made)
    check_words(made)
    return made
