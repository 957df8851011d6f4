"""Staff: who is signed in, and what they may do."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from nodes.core import NodeCore
from nodes.journal.drafts import Actor
from nodes.store import QUERIES
from tongban import errors
from tongban.passwords import DECOY, DEFAULT_COST, Cost, hash_password, session_digest, session_token, verify_password
from tongban.storage.base import Row, Transaction
from tongban.v1 import window_pb2

SESSION_HOURS = 12
TRIES = 5
LOCK = dt.timedelta(minutes=5)

WINDOW, APPROVAL, MAILROOM, SUPERVISOR = "window", "approval", "mailroom", "supervisor"
LOCKER = "locker"
"""Not a person: a bank of lockers, which may open its doors and see nothing."""
ROLES = frozenset({WINDOW, APPROVAL, MAILROOM, SUPERVISOR, LOCKER})
ROLE_TITLES = {WINDOW: "窗口", APPROVAL: "审批", MAILROOM: "收发室", SUPERVISOR: "主管", LOCKER: "取件柜"}

_USER, _TITLE, _POST = re.compile(r"\S{1,40}"), re.compile(r".{1,80}"), re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ENGLISH = {
    "交回打印许可": "Giving a print permit back",
    "交寄": "Dispatching a parcel",
    "办结待处理问题": "Closing a task",
    "发布事项": "Publishing an item",
    "取消事项": "Withdrawing an item",
    "取证": "Handing out a result",
    "另行准许打印": "Letting another print",
    "可取证": "Making a result ready",
    "审批": "Deciding",
    "印制": "Printing a result",
    "打印交接单": "Printing a handover list",
    "打印原件标签": "Printing labels of originals",
    "打印运单": "Printing a waybill",
    "打印邮包码": "Printing a parcel's code",
    "开柜": "Opening a locker",
    "扫码": "Scanning parcels",
    "拆封": "Opening a parcel",
    "接收": "Taking in a parcel",
    "提出协议": "Proposing an agreement",
    "撤回": "Withdrawing",
    "收件": "Taking in an application",
    "收回旧证": "Taking in an old certificate",
    "查看事项": "Seeing items",
    "查看人员": "Seeing the staff",
    "查看办件": "Seeing applications",
    "查看协议": "Seeing agreements",
    "查看台账": "Seeing the ledger",
    "查看统计": "Seeing the figures",
    "查看申请内容": "Opening an application",
    "查看目录": "Seeing the directory",
    "查看节点状态": "Seeing the node's state",
    "查看邮包": "Seeing parcels",
    "查询办理路径": "Finding a route",
    "查询原件": "Finding an original",
    "提前退回未领证照": "Sending a result back before its time",
    "改寄": "Redirecting a parcel",
    "核对": "Checking a parcel",
    "盘点": "Taking stock",
    "记录承运方消息": "Noting a carrier's word",
    "签署协议": "Signing an agreement",
    "电子送达": "Delivering electronically",
    "缴销": "Making an original void",
    "补正": "Supplying a correction",
    "退回未领证照": "Sending back what nobody came for",
    "退还原件": "Giving originals back",
    "重新办理": "Doing a step again",
    "重试停放的事件流": "Trying parked streams again",
    "装包": "Packing a parcel",
    "解锁取件码": "Unlocking a pickup code",
    "试运行": "Running a trial",
}

_ReadOne = Callable[[Transaction], Row | None]


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff who is signed in.  Only `staff_id` and `post` may stand in events."""

    user: str
    staff_id: str
    title: str
    roles: frozenset[str]
    post: str

    @property
    def actor(self) -> Actor:
        """As events name them."""
        return Actor(self.staff_id, self.post)

    def require(self, action: str, *roles: str) -> None:
        """Refuse who holds none of these roles."""
        if not self.roles & set(roles):
            raise errors.RoleNotAllowed(
                field="authorization",
                action=action,
                action_en=_ENGLISH.get(action, "This"),
                roles="、".join(ROLE_TITLES[r] for r in roles),
                roles_en=", ".join(roles),
                caller=self.user,
            )


class StaffDesk:
    """Signs staff in and out."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    async def add(
        self, user: str, password: str, *, title: str, roles: frozenset[str], post: str, cost: Cost = DEFAULT_COST
    ) -> None:
        """Add a member of staff, or change one."""
        for field, given, form, zh, en in (
            ("user", user, _USER, "应为 1 至 40 个字,不含空格", "1 to 40 characters without spaces are expected"),
            ("title", title, _TITLE, "应为 1 至 80 个字", "1 to 80 characters are expected"),
            ("post", post, _POST, "应为收发点编号,如 window-1", "a post's id is expected, such as window-1"),
        ):
            if not form.fullmatch(given) or not given.isprintable():
                raise errors.FieldInvalid(field=field, problem=zh, problem_en=en)
        unknown = roles - ROLES
        if unknown or not roles:
            raise errors.FieldInvalid(
                field="roles",
                problem=f"没有此职责:{', '.join(sorted(unknown)) or '-'};可选 {', '.join(sorted(ROLES))}",
                problem_en=f"no such role: {', '.join(sorted(unknown)) or '-'}; choose of {', '.join(sorted(ROLES))}",
            )
        hashed = await asyncio.to_thread(hash_password, password, self._core.entropy, cost)
        row = {
            "user_name": user,
            "staff_id": f"s-{self._core.entropy.token(5).hex()}",
            "title": title,
            "password": hashed,
            "roles": ",".join(sorted(roles)),
            "post": post,
        }
        await self._core.database.run(lambda tx: tx.execute(QUERIES.put_staff, row))

    async def list_staff(self, staff: Staff) -> list[Staff]:
        """Everybody who may sign in here."""
        staff.require("查看人员", SUPERVISOR)

        def work(tx: Transaction) -> list[Staff]:
            return [
                Staff(r["user_name"], r["staff_id"], r["title"], frozenset(r["roles"].split(",")), r["post"])
                for r in tx.fetch_all(QUERIES.list_staff)
            ]

        return await self._core.database.run(work, read_only=True)

    async def sign_in(self, request: window_pb2.SignInRequest) -> window_pb2.SignInResponse:
        """Open a session of twelve hours; five wrong passwords lock the name for five minutes."""
        known = "\x00" not in request.user
        query = {"user_name": request.user}
        row = await self._read(lambda tx: tx.fetch_one(QUERIES.get_staff, query)) if known else None
        stored = row["password"] if row else DECOY
        right = await asyncio.to_thread(verify_password, request.password, stored)
        if row is None:
            raise errors.SignInFailed(field="password")
        token = session_token(self._core.entropy)
        now = self._core.clock.now()

        def work(tx: Transaction) -> Row | errors.TongbanError:
            # Read again: guesses that were checked side by side must all be counted.
            present = tx.fetch_one(QUERIES.get_staff, query)
            if present is None or present["password"] != stored:
                return errors.SignInFailed(field="password")
            if present["locked_until"] > _micros(now):
                return errors.SignInLocked(field="user", until=_text(present["locked_until"]))
            if not right:
                failures = present["failures"] + 1
                locked = _micros(now + LOCK) if failures >= TRIES else 0
                counted = {"failures": 0 if locked else failures, "locked_until": locked}
                tx.execute(QUERIES.note_sign_in, query | counted)
                return errors.SignInFailed(field="password")
            if present["failures"]:
                tx.execute(QUERIES.note_sign_in, query | {"failures": 0, "locked_until": 0})
            tx.execute(QUERIES.delete_old_sessions, {"now": _micros(now)})
            expire = _micros(now + dt.timedelta(hours=SESSION_HOURS))
            tx.execute(QUERIES.insert_session, query | {"digest": session_digest(token), "expire_time": expire})
            return present

        found = await self._core.database.run(work)
        if isinstance(found, errors.TongbanError):
            raise found
        return window_pb2.SignInResponse(
            session=token, roles=found["roles"].split(","), node=self._core.name, post=found["post"]
        )

    async def who(self, token: str) -> Staff:
        """Whose session it is; SignInRequired when it has ended or never was."""
        if not token:
            raise errors.SignInRequired(field="authorization")
        params = {"digest": session_digest(token), "now": _micros(self._core.clock.now())}
        row = await self._read(lambda tx: tx.fetch_one(QUERIES.get_session, params))
        if row is None:
            raise errors.SignInRequired(field="authorization")
        return Staff(row["user_name"], row["staff_id"], row["title"], frozenset(row["roles"].split(",")), row["post"])

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self._core.database.run(lambda tx: tx.execute(QUERIES.delete_session, {"digest": session_digest(token)}))

    async def _read(self, work: _ReadOne) -> Row | None:
        return await self._core.database.look_up(work)


def _micros(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _text(micros: int) -> str:
    return dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC).isoformat(timespec="seconds")
