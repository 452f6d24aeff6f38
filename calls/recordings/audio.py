"""What a file is by its bytes: its name and its type are what somebody claims."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext_noop as _

from calls.recordings.errors import NotAudio

# A recorder that streams does not know the length yet when it writes the header.
UNKNOWN_LENGTHS = {0, 0x7FFFFFFF, 0x7FFFFFFF - 36, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0xFFFFFFFF - 8}


EMPTY = _("The vendor's file is empty")
INCOMPLETE = _("The recording is incomplete")


@dataclass(frozen=True, slots=True)
class Sound:
    """`duration` in seconds; it, `channels` and `is_incomplete` are known for WAV only."""

    content_type: str
    extension: str
    channels: int | None = None
    duration: float | None = None
    # ends before its own header says
    is_incomplete: bool = False


def identify(file: IO[bytes]) -> Sound:
    """Raises NotAudio."""
    file.seek(0)
    head = file.read(16)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _read_wav(file)
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] != 0xFF):
        return Sound("audio/mpeg", "mp3")
    if head[:4] == b"OggS":
        return Sound("audio/ogg", "ogg")
    if head[:4] == b"fLaC":
        return Sound("audio/flac", "flac")
    if head[4:8] == b"ftyp":
        return Sound("audio/mp4", "m4a")
    if head[:5] == b"#!AMR":
        return Sound("audio/amr", "amr")
    if not head:
        raise NotAudio(EMPTY)
    raise NotAudio(_("The vendor's file is not a recording"), "text" if head.lstrip()[:1] in b"<{" else "")


def _read_wav(file: IO[bytes]) -> Sound:
    size = file.seek(0, os.SEEK_END)
    file.seek(4)
    declared = struct.unpack("<I", file.read(4))[0]
    # one byte less is a pad byte that many writers forget
    is_incomplete = declared not in UNKNOWN_LENGTHS and declared + 8 > size + 1
    channels = byte_rate = length = 0
    offset = 12
    while offset + 8 <= size:
        file.seek(offset)
        name, chunk = struct.unpack("<4sI", file.read(8))
        if name == b"fmt " and offset + 24 <= size:
            _format, channels, _rate, byte_rate = struct.unpack("<HHII", file.read(12))
        if name == b"data":
            length = min(chunk, size - offset - 8) if chunk not in UNKNOWN_LENGTHS else size - offset - 8
            break
        offset += 8 + chunk + chunk % 2
    if not channels or not byte_rate:
        raise NotAudio(_("The vendor's file is not a recording"), "WAV without a format")
    if not length:
        raise NotAudio(EMPTY)
    duration = round(length / byte_rate, 3)
    return Sound("audio/wav", "wav", channels=min(channels, 32767), duration=duration, is_incomplete=is_incomplete)
