"""Who calls: the bearer token of a session."""

from __future__ import annotations

from typing import Any

from nodes.desk.staff import Staff, StaffDesk
from tongban import errors

_SCHEME = "Bearer "


async def caller(desk: StaffDesk, context: Any) -> Staff:
    """The member of staff whose session the call carries; SignInRequired without one."""
    for key, value in context.invocation_metadata() or ():
        if key == "authorization":
            text = value if isinstance(value, str) else value.decode("ascii", "replace")
            if text.startswith(_SCHEME):
                return await desk.who(text.removeprefix(_SCHEME))
    raise errors.SignInRequired(field="authorization")
