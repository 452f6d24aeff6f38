"""The recording host: object storage's answers to signed links, ranges and links that died."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate

from calls.aliyun.sandbox import audio
from calls.aliyun.sandbox.envelope import request_id
from calls.aliyun.sandbox.links import BUCKET, is_signed, slot_of
from calls.aliyun.sandbox.messages import Request, Response
from calls.aliyun.sandbox.plans import Moment
from calls.aliyun.sandbox.world import World

PREFIX = "/recordings/"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def answer(world: World, request: Request, now: int, clock: float, *, has_expired: bool = False) -> Response:
    """`now` is the world's time in ms, `clock` the server's in seconds: it decides whether a link still lives."""
    name = request.path.removeprefix(PREFIX)
    params = request.params
    if "Signature" not in params or "Expires" not in params:
        return _refuse(403, "AccessDenied", "You have no right to access this object.", "0003-00000001")
    # A link is signed for one method: HEAD on it fails like any other forgery.
    if request.method != "GET" or not is_signed(name, params):
        return _refuse(403, "SignatureDoesNotMatch", "The request signature we calculated differs.", "0002-00000040")
    expires = int(params["Expires"])
    if has_expired or expires < clock:
        times = f"<Expires>{_iso(expires)}</Expires><ServerTime>{_iso(clock)}</ServerTime>"
        return _refuse(403, "AccessDenied", "Request has expired.", "0002-00000069", times)
    moment = _recorded(world, name, now)
    if moment is None:
        return _refuse(404, "NoSuchKey", "The specified key does not exist.", "0026-00000001")
    return _serve(request, moment)


def _recorded(world: World, name: str, now: int) -> Moment | None:
    slot = slot_of(name)
    moment = None if slot is None else world.plan(slot).at(now)
    return moment if moment and moment.has_recording else None


def _serve(request: Request, moment: Moment) -> Response:
    attempt = moment.attempt
    assert attempt is not None
    content = audio.recording(moment.plan.turns, attempt.duration, _kind(moment))
    headers = (
        ("Accept-Ranges", "bytes"),
        ("ETag", f'"{moment.plan.slot:032X}"'),
        ("Last-Modified", formatdate(attempt.ended_at / 1000, usegmt=True)),
        ("x-oss-request-id", request_id().replace("-", "")[:24]),
        ("x-oss-object-type", "Normal"),
    )
    # Whatever the uploader said: wave files come under three names.
    content_type = ("audio/x-wav", "audio/wav", "application/octet-stream")[moment.plan.slot % 3]
    whole = Response(200, content, headers, content_type)
    if "range" not in request.headers:
        return whole
    is_standard = request.headers.get("x-oss-range-behavior") == "standard"
    return _part(whole, request.headers["range"], is_standard)


def _kind(moment: Moment) -> str:
    if moment.plan.slot % 9 == 0:
        return "a-law"
    return "mono" if moment.plan.campaign.is_robot else "stereo"


def _part(whole: Response, wanted: str, is_standard: bool) -> Response:
    """By default a range that does not fit is ignored; by the standard it is clipped or refused."""
    size = len(whole.body)
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or match.groups() == ("", ""):
        return whole
    first_text, last_text = match.groups()
    first = int(first_text) if first_text else size - int(last_text)
    last = int(last_text) if first_text and last_text else size - 1
    if last < first and first < size:
        return whole
    if 0 <= first < size and (last < size or is_standard):
        return _slice(whole, first, min(last, size - 1))
    if not is_standard:
        return whole
    if first < 0:
        return _slice(whole, 0, size - 1)
    return _refuse(
        416, "InvalidRange", "The requested range cannot be satisfied.", "0017-00000902", range_of=f"bytes */{size}"
    )


def _slice(whole: Response, first: int, last: int) -> Response:
    content_range = ("Content-Range", f"bytes {first}-{last}/{len(whole.body)}")
    return replace(whole, status=206, body=whole.body[first : last + 1], headers=(*whole.headers, content_range))


def _refuse(status: int, code: str, message: str, ec: str, more: str = "", range_of: str = "") -> Response:
    number = request_id().replace("-", "")[:24]
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
        f"<RequestId>{number}</RequestId><HostId>{BUCKET}.oss-cn-hangzhou.aliyuncs.com</HostId>{more}<EC>{ec}</EC>"
        f"<RecommendDoc>https://api.aliyun.com/troubleshoot?q={ec}</RecommendDoc></Error>"
    )
    headers = (("x-oss-request-id", number), ("x-oss-ec", ec))
    content_range = (("Content-Range", range_of),) if range_of else ()
    return Response(status, body.encode(), (*headers, *content_range), "application/xml", code)


def _iso(moment: float) -> str:
    """Epoch seconds as the vendor's XML writes them."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
