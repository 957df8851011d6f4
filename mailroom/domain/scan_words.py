"""What the scan page says, aloud and in large letters: short, Chinese first, one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from mailroom.domain.labels import COMMANDS, Command, Scanned, scanned
from mailroom.domain.scanning import Mode
from tongban.lifecycle.words import STATES_ZH
from tongban.v1 import lifecycle_pb2, parcel_pb2


class Words(NamedTuple):
    """A sentence in both languages."""

    zh: str
    en: str


SCAN: Final[Mapping[Mode, Words]] = MappingProxyType(
    {
        Mode.ANY: Words("请扫邮包码", "Scan a parcel's code"),
        Mode.IN: Words("接收:请扫邮包码", "Taking in: scan the parcel's code"),
        Mode.OUT: Words("交出:请扫邮包码", "Handing over: scan the parcel's code"),
        Mode.OPEN: Words("拆封:请扫邮包码或编号", "Opening: scan the parcel's code or number"),
    }
)
RECORDED: Final[Mapping[Mode, Words]] = MappingProxyType(
    {
        Mode.IN: Words("已接收", "Taken in"),
        Mode.OUT: Words("已交出", "Handed over"),
        Mode.OPEN: Words("已拆封", "Opened"),
    }
)

TAKEN_EARLY: Final = Words(
    "已接收。寄件方的记录还没到,到了自动登记",
    "Taken in. The sender's records are not here yet; they are awaited",
)
TAKEN_WITH_EXCEPTION: Final = Words("已接收,有异常,请看屏幕", "Taken in, with something wrong: look at the screen")
WRONG_POST: Final = Words(
    "误投:这个邮包不是寄到这里的。已收在本处,请改寄",
    "Wrong post: this parcel is not for here. It is in your hands now; send it on",
)
OLD_PAGE: Final = Words("这一页过时了,请再扫一次", "This page was out of date: scan again")
AGAIN: Final = Words("刚才扫过了,只算一次", "Scanned already; it counts once")
PARCEL_READ: Final = Words("邮包已扫", "Parcel read")
NUMBER_READ: Final = Words("号码已扫", "Number read")
ITEM_READ: Final = Words("原件已扫", "Item read")
PAGES_READ: Final = Words("页数已记", "Sheets noted")
WAYBILL: Final = Words("请扫运单号;没有运单就扫“完成”", "Scan the waybill; without one, scan DONE")
CONFIRM: Final = Words("请看屏幕,无误就扫“完成”", "Look at the screen; if it is right, scan DONE")
CHOOSE_CARRIER: Final = Words("请先选承运方", "Choose the carrier first")
DIFFERS: Final = Words(
    "与登记不符。看屏幕:照实就扫“完成”,扫错就扫“撤销上一步”",
    "It differs from what was sent. If it is really so, scan DONE; if it was misread, scan UNDO",
)
SEAL_BROKEN: Final = Words("记下:封签破损", "Noted: a seal is broken")
STRANGE_SEAL: Final = Words(
    "封签号不符。确实不符请扫“封签破损”,扫错请扫“撤销上一步”",
    "This seal has another number. If it is really so, scan SEAL-BROKEN; if it was misread, scan UNDO",
)
SECOND_PERSON: Final = Words(
    "请第二人输入自己的用户名;没有第二人就拍照上传",
    "The second person types their user name; without one, upload a photograph",
)
OPENED: Final = Words("已拆封,请逐件扫原件标签", "Opened: scan the items' labels one by one")
SAY_OF_ITEM: Final = Words("相符就扫下一件;有差异就扫差异", "If it is right, scan the next; else scan what is wrong")
ALL_LOOKED_AT: Final = Words("全部看过,请扫“完成”", "All looked at: scan DONE")
CHECKED: Final = Words("核对已登记", "The check is recorded")
UNFINISHED: Final = Words(
    "手上这个还没完成:先扫“完成”或“撤销上一步”", "The one in hand is not finished: scan DONE or UNDO first"
)
TO_SHELF: Final = Words("转到盘点", "On to the stocktake")
OTHER_PARCEL: Final = Words(
    "这是另一个邮包,手上这个还没完成", "This is another parcel; the one in hand is not finished"
)
CODE_NOT_NUMBER: Final = Words("编号不够,请扫邮包上的二维码", "A number is not enough: scan the parcel's code")
NOT_KNOWN: Final = Words("本节点不知道这个邮包,不能交出", "This parcel is not known here and cannot be handed over")
NO_NUMBER: Final = Words("这不是封签号,也不是运单号", "This is neither a seal nor a waybill")
TWO_WAYBILLS: Final = Words(
    "运单号已扫过一个。封签号请在前面加 S:", "There is a waybill already. Type S: before a seal's number"
)
NO_SEAL_READ: Final = Words(
    "请扫封签;封签没了就扫“封签破损”", "Scan the seals; if there is none left, scan SEAL-BROKEN"
)
OPEN_FIRST: Final = Words("请先拆封,再扫这个", "Open the parcel first, then scan this")
ITEM_FIRST: Final = Words("请先扫这件原件的标签", "Scan the item's label first")
SCAN_ITEM: Final = Words("请扫原件标签或操作码", "Scan an item's label or a command")
NOT_ON_LIST: Final = Words("清单上没有这件:记为多出", "This is not on the list: noted as extra")
NOTHING_LOOKED_AT: Final = Words("还没有看过一件", "Nothing has been looked at yet")
NOTHING_TO_UNDO: Final = Words("没有可撤销的;已登记的不能撤销", "There is nothing to take back; what is recorded stays")
NO_PARCEL_CHOSEN: Final = Words(
    "请勾选照片上的邮包;已有照片的不用再拍", "Tick the parcels on the photograph; those that have one need no other"
)

_KINDS: Final = {
    Scanned.PARCEL: Words("邮包码", "the parcel's code"),
    Scanned.ITEM: Words("原件标签", "an item's label"),
    Scanned.COMMAND: Words("操作码", "a command"),
}


def seals_lacking(count: int) -> Words:
    """How many seals are still to be scanned."""
    return Words(f"请扫封签,还差 {count} 枚", f"Scan the seals, {count} to go")


def seals_to_look_at(count: int) -> Words:
    """The same before opening, where a broken one is said by a command."""
    return Words(
        f"看封签并逐枚扫码,还差 {count} 枚;破损请扫“封签破损”",
        f"Look at the seals and scan each, {count} to go; if one is broken, scan SEAL-BROKEN",
    )


def items_left(count: int) -> Words:
    """How many items nobody has looked at."""
    return Words(f"请扫下一件,还有 {count} 件", f"Scan the next item, {count} to go")


def all_missing(count: int) -> Words:
    """What is still unscanned is not there."""
    return Words(f"没扫到的 {count} 件记为缺失", f"The {count} unscanned are noted as missing")


def said(command: Command) -> Words:
    """What was said of the item in hand."""
    found = COMMANDS[command]
    return Words(f"记下:{found.zh}", f"Noted: {found.en}")


def photographed(count: int, left: int) -> Words:
    """At how many parcels a photograph of waybills was recorded, and how many still lack one."""
    more, more_en = (f",还差 {left} 个", f", {left} to go") if left else (",齐了", ", none is lacking")
    return Words(f"面单照片已登记,{count} 个邮包{more}", f"The waybills' photograph is recorded at {count}{more_en}")


def undone(text: str) -> Words:
    """Which scan was taken back."""
    kind = scanned(text)
    what = _KINDS.get(kind)
    if what is None:
        return Words(f"已撤销 {text[:40]}", f"Taken back: {text[:40]}")
    return Words(f"已撤销{what.zh}", f"Taken back: {what.en}")


def not_to_open(parcel: parcel_pb2.Parcel | None) -> Words:
    """Why this parcel cannot be opened now."""
    if parcel is None:
        return Words(
            "寄件方的记录还没到,先接收,稍后再拆", "The sender's records are not here yet: take it in, open it later"
        )
    state = lifecycle_pb2.ParcelState.Name(parcel.state).removeprefix("PARCEL_STATE_").lower().replace("_", " ")
    return Words(
        f"邮包现在是“{STATES_ZH['parcels'][parcel.state]}”,不能拆封", f"The parcel is {state}: not to be opened"
    )
