"""Which pages a person has, by role."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.desk.staff import APPROVAL, LOCKER, MAILROOM, SUPERVISOR, WINDOW, Staff


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu; `group` begins a new group."""

    path: str
    title: str
    here: bool


_MENU: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("", "", (("/", "首页"), ("/applications", "办件"), ("/line", "连线"))),
    (WINDOW, "窗口", (("/file", "收件"), ("/collect", "取证"))),
    (LOCKER, "取件柜", (("/locker", "开柜"),)),
    (APPROVAL, "审批", (("/approval", "待我审批"),)),
    (
        MAILROOM,
        "收发室",
        (
            ("/scan", "扫码"),
            ("/parcels", "邮包"),
            ("/parcels/pack", "装包"),
            ("/parcels/take-in", "接收"),
            ("/shelf", "货架"),
            ("/cases", "异常"),
        ),
    ),
    (
        "",
        "查询",
        (
            ("/custody", "原件在哪里"),
            ("/custody/then", "某时在谁手里"),
            ("/ledger", "日台账"),
            ("/statistics", "邮包统计"),
            ("/items", "事项清单"),
            ("/items/changes", "事项变化"),
            ("/items/drift", "同事同标"),
        ),
    ),
    (
        SUPERVISOR,
        "主管",
        (
            ("/agreements", "协议"),
            ("/cases/escalated", "超期异常"),
            ("/nodes", "节点目录"),
            ("/status", "运行状态"),
            ("/staff", "人员"),
        ),
    ),
)


def menu_for(staff: Staff, path: str) -> list[tuple[str, list[Entry]]]:
    """The groups of the menu for this person; the entry of the present page is marked."""
    groups = [
        (title, [Entry(where, label, False) for where, label in entries])
        for role, title, entries in _MENU
        # A locker's screen stands where everybody is: it has its own page and no other.
        if staff.user and (role in staff.roles or not (role or staff.roles == {LOCKER}))
    ]
    # The longest path that the present one begins with is where the person is.
    fitting = [e.path for _, entries in groups for e in entries if _within(path, e.path)]
    here = max(fitting, key=len, default="")
    return [(title, [Entry(e.path, e.title, e.path == here) for e in entries]) for title, entries in groups]


def _within(path: str, entry: str) -> bool:
    return path == entry or (entry != "/" and path.startswith(f"{entry}/"))
