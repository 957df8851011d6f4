"""What people call a paper: by the item's words, by ours for an old certificate, else by its id."""

from __future__ import annotations

import pytest

from nodes.desk import called
from tongban.v1 import application_pb2, directory_pb2

NAME = "applications/35060020261122000100000042Y"


def _state() -> application_pb2.Application:
    state = application_pb2.Application(name=NAME)
    state.materials.add(code="deed", original="deed-1")
    state.surrendered.add(code="old-licence", original="old-1")
    state.results.add(original="licence-1")
    return state


@pytest.mark.parametrize(
    ("original", "known", "unknown"),
    [
        ("deed-1", "不动产权证书", "deed-1"),
        ("old-1", "原证照", "原证照"),
        ("licence-1", "登记证明", "licence-1"),
        ("other-1", "other-1", "other-1"),
    ],
)
def test_a_paper_has_the_name_that_people_know(original: str, known: str, unknown: str) -> None:
    item = directory_pb2.Item()
    item.document.result_title = "登记证明"
    item.document.materials.add(code="deed", title="不动产权证书")
    name = f"{NAME}/originals/{original}"
    assert called.paper(_state(), name, item) == known
    assert called.paper(_state(), name, None) == unknown
