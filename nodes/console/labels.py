"""The contract's words as the console shows them, and the same in English.

Chinese is the console's language and the key of every label; `english.yaml` is the one dictionary.  A label that it
lacks stays Chinese, and a test says which.  Enumerations are complete by test as well, so a state that the contract
gains cannot show as nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final

import yaml

from agreements.catalogue.report import OUTCOME_WORDS
from agreements.domain.catalogue import choices as form_choices
from agreements.domain.catalogue import fields as form_fields
from agreements.domain.words import APPLICANT_KINDS as APPLICANT_KINDS
from agreements.domain.words import MODES as MODES
from nodes.desk.staff import ROLE_TITLES
from nodes.desk.telling import OLD_PAPERS as OLD_CERTIFICATES
from tongban.identity import IdentityKind
from tongban.lifecycle.words import STATES_ZH
from tongban.v1 import agreement_pb2, directory_pb2, types_pb2

ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    yaml.safe_load(resources.files(__package__).joinpath("english.yaml").read_text("utf-8"))
)

STATES: Final = {collection: words for collection, words in STATES_ZH.items() if collection != "items"}
"""The states of what has a page of its own."""

COLOURS: Final[Mapping[str, Mapping[int, str]]] = {
    "applications": {
        1: "main", 2: "main", 3: "bad", 4: "warn", 5: "main", 6: "warn", 7: "good", 8: "bad", 9: "good", 10: "good",
        11: "good",
    },
    "parcels": {
        2: "main", 3: "main", 4: "main", 5: "warn", 6: "good", 7: "good", 8: "good", 9: "good",
        **dict.fromkeys(range(11, 22), "bad"),
    },
    "agreements": {1: "warn", 2: "good", 3: "bad", 4: "bad"},
    "nodes": {1: "good", 2: "warn"},
}  # fmt: skip

OUTCOMES_OF_ROWS: Final = OUTCOME_WORDS
ROLES: Final = ROLE_TITLES
FORMS: Final = {1: "原件", 2: "复印件", 3: "电子材料"}
PURPOSES: Final = {1: "申报材料", 2: "证照", 3: "退还原件"}
OUTCOMES: Final = {
    1: "相符", 2: "缺失", 3: "多出", 4: "破损", 5: "错件", 6: "以复印件代原件", 7: "缺页", 8: "封签破损",
}  # fmt: skip
NODE_ROLES: Final = {1: "收件地", 2: "决定机关", 3: "取证地"}
CARRIERS: Final = {
    "ems": "邮政特快 EMS",
    "shunfeng": "顺丰",
    "post": "邮政挂号",
    "hand": "专人递送",
    "diplomatic-bag": "外交信袋",
    "agency-van": "机关自派车",
    "jd": "京东",
}
CARRIER_WORDS: Final = {
    "accepted": "已揽收",
    "moving": "运输中",
    "customs": "清关",
    "problem": "疑难",
    "delivering": "派送中",
    "returned": "退回中",
    "delivered": "承运方称签收",
    "unknown": "未知",
}
SIGNED_BY: Final = {"self": "本人签收", "agent": "代签", "locker": "柜站代收"}
SIGNED_CHOICES: Final = [("", "没有说"), *SIGNED_BY.items()]
REDIRECTS: Final = {
    "wrong-post": "误投",
    "moved": "收发点搬迁",
    "closed": "收发点停用",
    "refused": "对方拒收",
    "by-request": "应要求改寄",
}
DEFECTS: Final = {
    "missing": "缺少",
    "illegible": "看不清",
    "expired": "已过期",
    "inconsistent": "内容不一致",
    "wrong-form": "形式不符",
    "unsigned": "未签名或盖章",
}
REASONS: Final = {
    "not-competent": "不属本机关职权范围",
    "no-licence-needed": "依法不需要取得许可",
    "not-qualified": "申请人不具备申请资格",
    "conditions-not-met": "不符合法定条件",
    "materials-untrue": "材料不真实",
    "quota-used": "名额已满",
    "other": "其他",
}
REASON_CHOICES: Final = {
    "decline": [(key, REASONS[key]) for key in ("not-competent", "no-licence-needed", "not-qualified", "other")],
    "refuse": [(key, REASONS[key]) for key in ("conditions-not-met", "materials-untrue", "quota-used", "other")],
}
STEPS: Final = {
    "accept": "受理",
    "start-review": "进入审查",
    "approve": "准予",
    "close": "办结归档",
    "decline": "不予受理",
    "refuse": "不予",
    "require-correction": "补正通知",
    "issue": "出证",
}
OLD_PAPERS: Final = OLD_CERTIFICATES
NOT_SURRENDERED: Final = [
    ("", "请选择"), ("lost", "遗失"), ("destroyed", "毁损"), ("held-by-authority", "已由其他机关收存"),
    ("other", "其他"),
]  # fmt: skip
MANDATE_CHOICES: Final = [
    ("", "本人领取"), ("power-of-attorney", "授权委托书"), ("guardian", "监护关系证明"),
    ("legal-representative", "法定代表人证明"), ("other", "其他"),
]  # fmt: skip
VOID_REASONS: Final = [
    ("", "请选择"), ("surrendered", "已收回"), ("superseded", "已换发"), ("misprinted", "印制有误"), ("lost", "遗失"),
]  # fmt: skip
RELEASE_REASONS: Final = [
    ("printer-broken", "打印机故障"), ("no-blank", "没有空白证照"), ("moved", "申请人另行取证"), ("other", "其他"),
]  # fmt: skip
EXCEPTIONS: Final = {
    "not-recorded": "名称重复,未登记", "unknown-original": "没有此原件",
    "out-of-turn": "次序不符", "wrong-post": "误投", "one-sided": "单方扫描", "seal-mismatch": "封签号不符",
    "manifest-mismatch": "清单不符", "nonce-mismatch": "邮包码不符", "waybill-mismatch": "运单号不符",
    "leg-mismatch": "段次不符", "scanner-mismatch": "扫描单位不符", "missing": "缺失", "extra": "多出",
    "damaged": "破损", "wrong-item": "错件", "copy-for-original": "以复印件代原件", "pages-short": "缺页",
    "seal-broken": "封签破损", "premature": "未到期", "late": "逾期", "suspected-lost": "疑似遗失", "lost": "遗失",
    "wrong-contents": "内容不符", "refused": "拒收", "customs-hold": "海关滞留", "unclaimed": "无人领取",
    "delivered-not-scanned": "称已送达而未扫描", "signed-by-other": "他人代签", "silent": "承运方无消息",
    "order-failed": "订运单未成", "unknown-code": "承运方消息不明", "trace": "查询单待复",
}  # fmt: skip
IDENTITY_NAMES: Final = {kind.value: kind.label.partition(" (")[0].removesuffix("号码") for kind in IdentityKind}
IDENTITY_KINDS: Final = [("", "请选择"), *IDENTITY_NAMES.items()]

FIELDS: Final = {
    "user": "用户名", "password": "密码", "number": "编号", "scan": "取件码或申请编号", "pickup_code": "取件码",
    "proof": "领取人", "explanation": "给申请人的说明", "reason_code": "理由", "defects": "缺陷", "paper": "结果",
    "printing": "打印证照", "locker": "柜格号", "documents": "交付的证照", "originals": "原件", "original": "原件",
    "event.result_collected.documents": "交付的证照", "event.result_collected.not_surrendered_reason": "旧证",
    "collector.identity_kind": "核验的身份证件", "collector.identity_number": "证件号码",
    "collector.full_name": "姓名", "collector.mandate_kind": "代办凭据", "collector.mandate": "委托书扫描件",
    "collector.signature": "签名图像", "code": "旧证", "pages": "页数", "serial": "证件编号", "to": "打印地",
    "electronic": "电子证照文件", "items": "装入的原件", "seals": "封签号", "seals[0]": "封签号",
    "destination": "寄往", "destination.node": "寄往", "destination.post": "寄往", "purpose": "用途",
    "stub": "邮包码", "carrier": "承运方", "waybill": "运单号", "seals_intact": "拆封前封签", "witness": "在场的第二人",
    "observe_time": "时间", "meaning": "消息", "text": "原话", "order": "订运单", "weight_grams": "重量(克)",
    "photo": "照片", "waybill_photo": "面单照片", "reason": "理由",
    "checks": "核对结果", "extra": "清单外多出的件数", "read": "通读全文", "applicant_kind": "申请人",
    "mode": "办理方式", "collecting": "取证地", "materials": "材料", "page_token": "页码", "q": "查找",
    "document_digest": "签署内容", "item": "事项", "name": "编号", "request_id": "表单编号", "form": "表单",
}  # fmt: skip
"""What a person calls a field of the messages."""


def old_paper(code: str, known: Mapping[str, str]) -> str:
    """What an old certificate is called: as the item's material, or in this console's words."""
    return known.get(code) or OLD_PAPERS.get(code, code)


class Choices:
    """Options that depend on what the item and the clause offer."""

    def applicant_kinds(self, clause: agreement_pb2.Clause | None) -> list[tuple[int, str]]:
        """The kinds of applicant that the clause is open to."""
        allowed: Iterable[int] = clause.applicant_kinds if clause is not None and clause.applicant_kinds else ()
        return [(key, text) for key, text in APPLICANT_KINDS.items() if not allowed or key in allowed]

    def form(self, item: directory_pb2.ItemDocument) -> list[tuple[directory_pb2.FormField, list[tuple[str, str]]]]:
        """The fields of an item's form, each with the values that it is limited to, or none."""
        limited = form_choices(item)
        first = ("", "请选择")
        return [
            (field, [first, *((value, value) for value in limited[field.name])] if field.name in limited else [])
            for field in form_fields(item)
        ]

    def modes(self, item: directory_pb2.ItemDocument, clause: agreement_pb2.Clause | None) -> list[tuple[int, str]]:
        """The ways that both offer, or as the clause has it."""
        offered = [m for m in item.modes if clause is None or not clause.modes or m in clause.modes]
        first = (int(types_pb2.MODE_UNSPECIFIED), "按条款的第一种")
        return [first, *((int(mode), MODES[mode]) for mode in offered)]


CHOICES: Final = Choices()
