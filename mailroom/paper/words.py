"""The contract's words as they stand on paper, in both languages."""

from __future__ import annotations

from typing import Final

from mailroom.paper.prints import Words
from tongban.v1 import parcel_pb2, types_pb2

UNSTATED: Final = Words("未注明", "not stated")

PURPOSES: Final = {
    parcel_pb2.PARCEL_PURPOSE_MATERIALS: Words("申报材料", "Materials"),
    parcel_pb2.PARCEL_PURPOSE_RESULT: Words("证照", "Result"),
    parcel_pb2.PARCEL_PURPOSE_RETURN: Words("退还原件", "Return"),
}
FORMS: Final = {
    types_pb2.MATERIAL_FORM_ORIGINAL: Words("原件", "Original"),
    types_pb2.MATERIAL_FORM_COPY: Words("复印件", "Copy"),
}
OWNERS: Final = {
    parcel_pb2.PAPER_OWNER_APPLICANT: Words("申请人", "Applicant"),
    parcel_pb2.PAPER_OWNER_AUTHORITY: Words("机关", "Authority"),
    parcel_pb2.PAPER_OWNER_THIRD_PARTY: Words("第三方", "Third party"),
}
SHELF: Final = {
    "unopened": Words("未拆封", "Unopened"),
    "opened": Words("已拆封", "Opened"),
    "single": Words("单件", "Single"),
    "for-pickup": Words("待领取", "For pickup"),
    "to-send": Words("待寄出", "To send"),
}
