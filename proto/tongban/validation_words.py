"""What a broken field rule means, in the words of the person who typed the value.

protovalidate names a rule (`string.max_len`) and explains it to a programmer, in English.  Here each rule of the
contract has a sentence part in Chinese and in English that completes "field x is not valid: …".  Numbers are
taken from protovalidate's message, because they are the rule's own.  A regular expression says nothing to a
clerk, so each pattern of the contract has its meaning here, and a test finds a pattern that was forgotten.  A
rule that is not known keeps protovalidate's own words.
"""

from __future__ import annotations

import re

_CODE_ZH, _CODE_EN = "只能用小写字母、数字和连字符,最多 40 个", "use at most 40 lower-case letters, digits and hyphens"

_ITEM = "applications/[A-Z0-9]{8,40}/(originals|copies)/[a-z0-9][a-z0-9-]{0,39}"
_LEG = "parcels/[A-Z0-9]{8,40}/legs/[0-9]{1,3}"

PATTERNS: dict[str, tuple[str, str]] = {
    "^[a-z0-9][a-z0-9-]{0,39}$": (_CODE_ZH, _CODE_EN),
    "^[a-z][a-z0-9-]{0,39}$": (f"以字母开头,{_CODE_ZH}", f"begin with a letter, and {_CODE_EN}"),
    "^[a-z][a-z0-9_]{0,39}$": (
        "以字母开头,只能用小写字母、数字和下划线,最多 40 个",
        "begin with a letter, and use at most 40 lower-case letters, digits and underscores",
    ),
    "^[0-9]{4}-[0-9]{2}$": ("应为年月,如 2026-11", "it must be a year and month such as 2026-11"),
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": ("应为日期,如 2026-11-22", "it must be a date such as 2026-11-22"),
    "^[0-9+ -]{5,20}$": ("应为电话号码", "it must be a telephone number"),
    "^[a-z][a-z-]{2,39}$": (
        "以字母开头,只能用小写字母和连字符,3 至 40 个",
        "begin with a letter, and use 3 to 40 lower-case letters and hyphens",
    ),
    f"^({_ITEM}|extra-[0-9]{{1,4}})$": (
        "应为清单中的件,多出的记为 extra-1",
        "it must be an entry of the manifest, or extra-1 for a thing that is not in it",
    ),
    f"^({_LEG}|{_ITEM}|extra-[0-9]{{1,4}})$": (
        "应为邮包的一段、清单中的一件,或 extra-1",
        "it must be a leg of a parcel, an entry of its manifest, or extra-1",
    ),
    "^[A-Z0-9-]{3,32}$": (
        "只能用大写字母、数字和连字符,3 至 32 个",
        "use 3 to 32 capital letters, digits and hyphens",
    ),
    "^[A-Za-z0-9-]{0,40}$": ("只能用字母、数字和连字符,最多 40 个", "use at most 40 letters, digits and hyphens"),
    "^[A-Za-z0-9._-]{1,40}$": (
        "只能用字母、数字、点、下划线和连字符,1 至 40 个",
        "use 1 to 40 letters, digits, dots, underscores and hyphens",
    ),
    "^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$": (
        "以字母或数字开头,只能用字母、数字、点和连字符,最多 40 个",
        "begin with a letter or digit, and use at most 40 letters, digits, dots and hyphens",
    ),
    "^[a-z][a-z_]{0,39}$": (
        "以字母开头,只能用小写字母和下划线,最多 40 个",
        "begin with a letter, and use at most 40 lower-case letters and underscores",
    ),
    "^[0-9A-Z]{10,12}$": (
        "应为基本编码:10 至 12 位数字和大写字母",
        "it must be a code of the basic catalogue: 10 to 12 digits and capital letters",
    ),
    "^[0-9A-Za-z-]{1,64}$": (
        "应为事项编码:只能用字母、数字和连字符,最多 64 个",
        "it must be an item's code: at most 64 letters, digits and hyphens",
    ),
    "^[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$": (
        "应为语言代码,如 zh、zh-Hant、it",
        "it must be a language tag such as zh, zh-Hant, it",
    ),
    "^applications/[A-Za-z0-9._-]{1,60}$": (
        "应为办件名称 applications/申请编号",
        "it must be an application's name, applications/{number}",
    ),
    "^[0-9]{8}$": ("应为 8 位数字", "it must be 8 digits"),
    "^[a-z0-9]{2,16}:[a-z2-7]{8,64}$": (
        "应为密钥编号,如 ed25519:abcd…",
        "it must be a key id, such as ed25519:abcd…",
    ),
    "^applications/[A-Z0-9]{8,40}$": (
        "应为办件名称 applications/申请编号",
        "it must be an application's name, applications/{number}",
    ),
    "^applications/[A-Z0-9]{8,40}/originals/[a-z0-9][a-z0-9-]{0,39}$": (
        "应为原件名称 applications/申请编号/originals/代码",
        "it must be an original's name, applications/{number}/originals/{code}",
    ),
    "^applications/[A-Z0-9]{8,40}/(originals|copies)/[a-z0-9][a-z0-9-]{0,39}$": (
        "应为原件或复印件名称 applications/申请编号/originals(或 copies)/代码",
        "it must be a document's name, applications/{number}/originals (or copies)/{code}",
    ),
    "^parcels/[A-Z0-9]{8,40}$": ("应为邮包名称 parcels/邮包编号", "it must be a parcel's name, parcels/{number}"),
    "^nodes/[A-Za-z0-9._-]{1,40}$": ("应为节点名称 nodes/节点代码", "it must be a node's name, nodes/{code}"),
    "^items/[A-Za-z0-9._-]{3,80}$": ("应为事项名称 items/事项编码", "it must be an item's name, items/{code}"),
    "^agreements/[A-Za-z0-9._-]{1,60}$": (
        "应为协议名称 agreements/协议编号",
        "it must be an agreement's name, agreements/{id}",
    ),
    "^(applications|parcels|agreements|nodes|items)/[A-Za-z0-9._-]{1,80}$": (
        "应为办件、邮包、协议、节点或事项的名称,如 applications/申请编号",
        "it must name an application, parcel, agreement, node or item, such as applications/{number}",
    ),
}

_MUST_BE_SET = ("不能为空", "it must not be empty")
_DIGEST_OR_EMPTY = ("应为 32 字节或留空", "it must be 32 bytes or empty")
_ONE_OF_LIST = ("不在可选范围内", "it is not one of the values offered")
_UUID = ("应为 UUID 编号(36 个字符)", "it must be a UUID of 36 characters")

# By the rule's id; `{0}` and `{1}` are the numbers in protovalidate's message.
RULES: dict[str, tuple[str, str]] = {
    "required": _MUST_BE_SET,
    "string.min_len": ("至少 {0} 个字", "it needs at least {0} characters"),
    "string.max_len": ("最多 {0} 个字", "it may have at most {0} characters"),
    "string.len": ("应为 {0} 个字", "it must have {0} characters"),
    "string.uuid": _UUID,
    "string.uuid_empty": _MUST_BE_SET,
    "string.in": _ONE_OF_LIST,
    "string.not_in": _ONE_OF_LIST,
    "string.const": ("不是规定的值", "it is not the one value allowed here"),
    "bytes.len": ("应为 {0} 字节", "it must be {0} bytes"),
    "string.max_bytes": ("最多 {0} 字节", "it may have at most {0} bytes"),
    "bytes.min_len": ("至少 {0} 字节", "it needs at least {0} bytes"),
    "bytes.max_len": ("最多 {0} 字节", "it may have at most {0} bytes"),
    "repeated.min_items": ("至少 {0} 项", "it needs at least {0} entries"),
    "repeated.max_items": ("最多 {0} 项", "it may have at most {0} entries"),
    "repeated.unique": ("各项不能重复", "its entries must differ"),
    "map.min_pairs": ("至少 {0} 项", "it needs at least {0} entries"),
    "map.max_pairs": ("最多 {0} 项", "it may have at most {0} entries"),
    "enum.defined_only": _ONE_OF_LIST,
    "enum.in": _ONE_OF_LIST,
    "photo_digest.size": _DIGEST_OR_EMPTY,
    "opened.photo_digest.size": _DIGEST_OR_EMPTY,
    "waybill_photo_digest.size": _DIGEST_OR_EMPTY,
    "document_digest.size": _DIGEST_OR_EMPTY,
    "observation_id.size": ("应为 16 字节或留空", "it must be 16 bytes or empty"),
    "expected_head.size": (
        "应为 32 字节,首个事件则为空",
        "it must be 32 bytes, or empty for a stream's first event",
    ),
}

# The same for every numeric type: `uint32.gte_lte`, `int64.gte_lte`, …
_RANGES: dict[str, tuple[str, str]] = {
    "gt": ("应大于 {0}", "it must be more than {0}"),
    "gte": ("不能小于 {0}", "it must be at least {0}"),
    "lt": ("应小于 {0}", "it must be less than {0}"),
    "lte": ("不能大于 {0}", "it must be at most {0}"),
    "gte_lte": ("应在 {0} 至 {1} 之间", "it must be from {0} to {1}"),
    "gt_lte": ("应大于 {0} 且不大于 {1}", "it must be more than {0} and at most {1}"),
    "gte_lt": ("应不小于 {0} 且小于 {1}", "it must be at least {0} and less than {1}"),
    "gt_lt": ("应大于 {0} 且小于 {1}", "it must be more than {0} and less than {1}"),
    "finite": ("应为有限的数", "it must be a finite number"),
    "in": _ONE_OF_LIST,
    "not_in": _ONE_OF_LIST,
}
_NUMERIC = re.compile(r"(?:u?int|s?fixed|sint)(?:32|64)|double|float|sfixed32|sfixed64")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def explain(rule: str, message: str, *, pattern: str = "", empty: bool = False) -> tuple[str, str]:
    """What is wrong, in Chinese and in English; `message` is protovalidate's own, `empty` says nothing was given."""
    if rule == "string.pattern":
        if empty:
            return _MUST_BE_SET
        return PATTERNS.get(pattern.removeprefix("^$|"), ("格式不对", "it is not of the form asked for"))
    if rule in {"enum.not_in", "string.min_len", "bytes.min_len"} and empty:
        return _MUST_BE_SET
    kind, _, comparison = rule.partition(".")
    words = RULES.get(rule) or (_RANGES.get(comparison) if _NUMERIC.fullmatch(kind) else None)
    numbers = _NUMBER.findall(message)
    if words is None or max(words[0].count("{"), words[1].count("{")) > len(numbers):
        words = _ONE_OF_LIST if rule == "enum.not_in" else None
    if words is None:
        return message, message
    return words[0].format(*numbers), words[1].format(*numbers)
