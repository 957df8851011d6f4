"""Staff: who is signed in, and what they may do."""

from __future__ import annotations

import asyncio
import datetime as dt
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
ROLES = frozenset({WINDOW, APPROVAL, MAILROOM, SUPERVISOR})
ROLE_TITLES = {WINDOW: "窗口", APPROVAL: "审批", MAILROOM: "收发室", SUPERVISOR: "主管"}


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
                roles="、".join(ROLE_TITLES[r] for r in roles),
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
        unknown = roles - ROLES
        if unknown or not roles:
            raise errors.FieldInvalid(
                field="roles", problem=f"{', '.join(sorted(unknown)) or '-'}; {', '.join(sorted(ROLES))}"
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
        now = _micros(self._core.clock.now())
        row = await self._read(lambda tx: tx.fetch_one(QUERIES.get_staff, {"user_name": request.user}))
        stored = row["password"] if row else DECOY
        right = await asyncio.to_thread(verify_password, request.password, stored)
        if row is None:
            raise errors.SignInFailed(field="password")
        if row["locked_until"] > now:
            raise errors.SignInLocked(field="user", until=_text(row["locked_until"]))
        if not right:
            failures = row["failures"] + 1
            locked = _micros(self._core.clock.now() + LOCK) if failures >= TRIES else 0
            await self._note(request.user, 0 if locked else failures, locked)
            raise errors.SignInFailed(field="password")
        if row["failures"]:
            await self._note(request.user, 0, 0)
        token = session_token(self._core.entropy)
        session = {
            "digest": session_digest(token),
            "user_name": request.user,
            "expire_time": now + SESSION_HOURS * 3600 * 1_000_000,
        }

        def work(tx: Transaction) -> None:
            tx.execute(QUERIES.delete_old_sessions, {"now": now})
            tx.execute(QUERIES.insert_session, session)

        await self._core.database.run(work)
        return window_pb2.SignInResponse(
            session=token, roles=row["roles"].split(","), node=self._core.name, post=row["post"]
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

    async def _note(self, user: str, failures: int, locked_until: int) -> None:
        params = {"user_name": user, "failures": failures, "locked_until": locked_until}
        await self._core.database.run(lambda tx: tx.execute(QUERIES.note_sign_in, params))


def _micros(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _text(micros: int) -> str:
    return dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC).isoformat(timespec="seconds")
