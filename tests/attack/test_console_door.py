"""Bad requests at a console's and at the operator's page's door: a page that says what is wrong, never a 500."""

from __future__ import annotations

import asyncio
import gzip
import re

import pytest

import nodes.console.forms
from tests.attack.conftest import ACCEPTING, Town

pytestmark = pytest.mark.federation
_FORM = "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data; boundary=x"
_COOKIES = (b"tongban-session-445100=\xff\xfe\xed\xa0\x80", b"tongban-guest-445100=\xff\xff")


def get(path: str, cookie: bytes = b"", method: str = "GET") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept: text/html\r\n".encode()
    return head + (b"Cookie: " + cookie + b"\r\n" if cookie else b"") + b"\r\n"


def post(body: bytes, kind: str, more: str = "") -> bytes:
    head = f"POST /sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def part(head: bytes) -> bytes:
    return b"--x\r\n" + head + b"\r\n\r\nz\r\n--x--\r\n"


REQUESTS: list[tuple[bytes, int, str]] = [
    (get("/sign-in", _COOKIES[1]), 200, "登录"),
    (get("/", _COOKIES[0] + b"; " + _COOKIES[1]), 303, ""),
    (get("/sign-in", method="DELETE"), 405, "不能这样使用(DELETE)"),
    (get("/sign-out"), 405, "不能这样使用(GET)"),
    (get("/static/..%2f..%2fetc%2fpasswd"), 404, "没有找到这个页面"),
    (get("/<script>alert(1)</script>"), 404, "&lt;script&gt;"),
    (get("/%ff%fe%ed%a0%80"), 404, "没有找到这个页面"),
    (post(b"user=x&password=y", _FORM), 403, "返回上一页刷新"),
    (post(b"user=x", f"{_FORM}; charset=zip"), 400, "不是有效的表单"),
    (post(b"user=\xff\xfe", _FORM), 400, "不是有效的表单"),
    (post(b"--x", "multipart/form-data"), 400, "不是有效的表单"),
    (post(part(b"no colon here"), _PARTS), 400, "不是有效的表单"),
    (post(part(b'Content-Disposition: form-data; name="' + b"a" * 9000 + b'"'), _PARTS), 400, "不是有效的表单"),
    (post(part(b"Content-Type: multipart/mixed; boundary=y"), _PARTS), 400, "不是有效的表单"),
    (post(b'--x\r\nContent-Disposition: form-data; name="user"\r\n\r\nhalf', _PARTS), 400, "不是有效的表单"),
    (post(gzip.compress(bytes(50_000_000)), _FORM, "Content-Encoding: gzip\r\n"), 413, "超过上限"),
    (post(b"&a=" * 1_300_000, _FORM), 413, "超过上限"),
    (post(b"", _FORM, "").replace(b"Content-Length: 0", b"Content-Length: 99999999999"), 413, "超过上限"),
]  # fmt: skip


async def spoken(port: int, request: bytes) -> tuple[int, str]:
    """The status and the page, of a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    raw = b""
    # A server that refused a body goes on reading for a while, so the end of the page is the end here.
    while b"</html>" not in raw and (chunk := await asyncio.wait_for(reader.read(1 << 16), 20)):
        raw += chunk
    answer = raw.decode("utf-8", "replace")
    writer.close()
    found = re.match(r"HTTP/1\.[01] (\d{3})", answer)
    assert found is not None, answer
    return int(found[1]), answer


async def test_every_bad_request_gets_a_page(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes.console.forms, "BODY_SECONDS", 0.2)
    before = town.rows()
    port = town.nodes[ACCEPTING].console_port
    for request, status, words in REQUESTS:
        found, page = await spoken(port, request)
        assert (found, words in page) == (status, True), (request[:120], page[-600:])
        assert "<script>" not in page
    half = post(b"user=x", _FORM).replace(b"Content-Length: 6", b"Content-Length: 60")
    found, page = await spoken(port, half)
    assert found == 400
    assert "没有收全" in page
    for path, method, status in (("/nope", "GET", 404), ("/", "POST", 405)):
        found, page = await spoken(town.gateway.page_port, get(path, method=method))
        assert found == status
        assert '"reason"' in page
    assert town.rows() == before
    assert not [record for record in caplog.records if record.name.startswith("tongban") and record.exc_info]
