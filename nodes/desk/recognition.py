"""Asked at the window: is this result recognised here, or there?"""

from __future__ import annotations

from agreements.domain.recognition import check_recognised, recognised
from nodes.core import NodeCore
from tongban import errors
from tongban.v1 import window_pb2


def recognition(core: NodeCore, request: window_pb2.CheckRecognitionRequest) -> window_pb2.CheckRecognitionResponse:
    """The answer of rule T12, from the item that its home publishes and the directory."""
    item = core.shared.item(request.item)
    if item is None:
        raise errors.ItemNotFound(field="item", name=request.item, region=core.name)
    asked = check_recognised if request.insist else recognised
    answer = asked(item.document, request.result, request.node or core.name, core.shared.directory)
    return window_pb2.CheckRecognitionResponse(
        recognised=answer.recognised,
        area_zh=answer.area_zh,
        area_en=answer.area_en,
        why_zh=answer.why_zh,
        why_en=answer.why_en,
        through=answer.through,
    )
