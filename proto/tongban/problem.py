"""The door between the error tree and HTTP: problem+json (RFC 9457), total over the tree.

The console's scripts and any partner's program get the same reason, sentence, field, mender, party and hop as over
gRPC.
The type is a URN, because it names a reason and promises no page behind an address.
"""

from __future__ import annotations

import re

from tongban.errors import Mender, TongbanError, errors_by_reason
from tongban.faults import Party
from tongban.faults.reasons import finding_of

CONTENT_TYPE = "application/problem+json"
INTERNAL_STATUS = 500

_TITLES: dict[str, tuple[str, str]] = {
    "INVALID_INPUT": ("输入有误", "Invalid input"),
    "UNAUTHENTICATED": ("身份未确认", "Not authenticated"),
    "FORBIDDEN": ("没有权限", "Not allowed"),
    "NOT_FOUND": ("没有找到", "Not found"),
    "ALREADY_EXISTS": ("已存在", "Exists already"),
    "CONFLICT": ("已被他人更新", "Changed meanwhile"),
    "REFUSED": ("按规则不能办理", "Refused by rule"),
    "OVERLOADED": ("系统繁忙", "Too busy"),
    "UNAVAILABLE": ("暂不可用", "Away at present"),
    "DAMAGED": ("存储数据损坏", "Stored data damaged"),
    "CONFIGURATION_INVALID": ("配置有误", "Invalid configuration"),
}
_OTHER_TITLE = ("发生错误", "Error")

_ADVICE: dict[Mender, tuple[str, str]] = {
    Mender.CLERK: ("请经办人按提示更正后重试。", "The person at the desk can mend this: correct it and try again."),
    Mender.AUTHOR: (
        "请由发出该内容的节点或程序处理。",
        "The node or program that sent this must mend it.",
    ),
    Mender.HOME: ("请联系业务属地处理。", "The deciding region can mend this; contact it."),
    Mender.OPERATOR: ("请联系本系统的运维人员。", "Whoever runs the node or the gateway can mend this."),
    Mender.NOBODY: ("无需操作。", "There is nothing to mend here."),
}


def problem(
    error: TongbanError, language: str = "zh", *, instance: str = "", speaker: Party = Party.OWN_NODE
) -> dict[str, object]:
    """The problem document for `error`; `instance` is the path of the request, where there is one."""
    found = finding_of(error, speaker)
    document: dict[str, object] = {
        "type": f"urn:tongban:reason:{error.wire_reason}",
        "title": title(error, language),
        "status": error.http_status,
        "detail": error.text(language),
        "reason": error.wire_reason,
        "mender": error.mender.value,
        "advice": advice(error, language),
        "party": found.at_fault.value,
        "hop": found.fault.hop.value,
        "remedy": found.remedy(language),
    }
    if error.field:
        document["field"] = error.field
    if error.retry_seconds is not None:
        document["retry_seconds"] = error.retry_seconds
    if instance:
        document["instance"] = instance
    return document


def internal_problem(incident: str, language: str = "zh", *, instance: str = "") -> dict[str, object]:
    """The problem document for what nobody foresaw: its incident number, and nothing of what it was."""
    zh = f"系统内部错误(编号 {incident})。请重试;如再次出现,请把编号告知管理员。"
    en = f"Internal error {incident}. Try again, and tell the operator the number if it recurs."
    error = TongbanError.quoted(TongbanError.reason(), zh, en)
    return {**problem(error, language, instance=instance), "incident": incident}


def title(error: TongbanError, language: str = "zh") -> str:
    """What kind of error it is, the same for every occurrence: the heading of a page or of a printed error."""
    for cls in type(error).__mro__:
        if issubclass(cls, TongbanError) and cls.reason() in _TITLES:
            return _chosen(_TITLES[cls.reason()], language)
    return _chosen(_OTHER_TITLE, language)


def advice(error: TongbanError, language: str = "zh") -> str:
    """Who can put it right, as one sentence."""
    if error.mender is Mender.NOBODY and error.retry_seconds is not None:
        return _chosen(("稍后会自动重试。", "It will be tried again by itself."), language)
    return _chosen(_ADVICE[error.mender], language)


def language_of(accept_language: str) -> str:
    """`zh` or `en` by an Accept-Language header; Chinese unless English is preferred to it."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in accept_language[:200].lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        match = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", parameter)
        primary = tag.strip().split("-")[0]
        if primary in weights:
            weights[primary] = max(weights[primary], float(match[1]) if match else 1.0)
    return "en" if weights["en"] > weights["zh"] else "zh"


def known_types() -> list[str]:
    """Every problem type that this version can answer with, for the contract guide."""
    return [f"urn:tongban:reason:{reason}" for reason in errors_by_reason()]


def _chosen(texts: tuple[str, str], language: str) -> str:
    return texts[1] if language == "en" else texts[0]
