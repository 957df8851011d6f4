"""What a browser sends, read into memory within a limit: sealed content must not lie in a temporary file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from tongban import errors

MAX_BODY = 4 << 20
MAX_PARTS = 4000
"""A page that packs has three for each of the 1000 originals that it lists."""
BODY_SECONDS = 60.0
"""How long a form may take to arrive: what holds a place must say what it wants."""

_CHUNK = 1 << 20
"""More than a connection holds unread: a smaller one makes aiohttp give back what it has read, which it warns of."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was chosen."""

    content: bytes
    media_type: str


@dataclass(slots=True)
class Form:
    """The fields of a form, and its files."""

    values: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """The first value, without spaces around it."""
        return self.values.get(name, [default])[0].strip()

    def texts(self, name: str) -> list[str]:
        """All values."""
        return self.values.get(name, [])

    def integer(self, name: str, path: str = "") -> int:
        """A number; 0 for nothing, and FieldInvalid for what is none, under `path` where the field has another one."""
        text = self.text(name)
        if not text:
            return 0
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise errors.FieldInvalid(field=path or name, problem="应为数字", problem_en="it must be a number")
        return int(text)


async def read_form(request: web.Request) -> Form:
    """The form of a request; MessageTooLarge before memory is taken for it."""
    if (request.content_length or 0) > MAX_BODY:
        raise _too_large(request.content_length or 0)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request)
    except TimeoutError:
        raise errors.MessageMalformed(field="form", problem="没有收全 / it did not arrive whole") from None


async def _read(request: web.Request) -> Form:
    form = Form()
    if request.content_type != "multipart/form-data":
        try:
            posted = await request.post()
        except (web.HTTPRequestEntityTooLarge, web.RequestPayloadError, ValueError, LookupError) as error:
            raise _too_large(MAX_BODY + 1) if isinstance(error, web.HTTPException) else _malformed() from None
        for name, value in posted.items():
            form.values.setdefault(name, []).append(str(value))
        return form
    room = MAX_BODY
    parts = 0
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            parts += 1
            if not isinstance(part, BodyPartReader) or not part.name or parts > MAX_PARTS:
                raise _malformed()
            content = bytearray()
            while chunk := await part.read_chunk(_CHUNK):
                room -= len(chunk)
                if room < 0:
                    raise _too_large(MAX_BODY - room)
                content += chunk
            if part.filename is None:
                form.values.setdefault(part.name, []).append(content.decode("utf-8"))
            elif content or part.filename:
                media_type = part.headers.get("Content-Type", "application/octet-stream").partition(";")[0]
                form.files[part.name] = Upload(bytes(content), media_type[:100])
    except (ValueError, AssertionError, HttpProcessingError, web.RequestPayloadError):
        raise _malformed() from None
    return form


def _too_large(size: int) -> errors.MessageTooLarge:
    return errors.MessageTooLarge(field="form", size=size, limit=MAX_BODY)


def _malformed() -> errors.MessageMalformed:
    return errors.MessageMalformed(field="form", problem="不是有效的表单 / it is no form")
