"""From a file to samples, in blocks: a two-hour call must not fill a worker's memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import miniaudio
import numpy as np
from numpy.typing import NDArray

# What speech on a telephone needs: other rates are converted to it while decoding.
RATE = 8000
BLOCK_SECONDS = 10
# Two are two speakers; more than that nobody mixes down here.
MOST_CHANNELS = 2

Block = NDArray[np.int16]
INFO: dict[bytes, Callable[[str], miniaudio.SoundFileInfo]] = {
    b"RIFF": miniaudio.wav_get_file_info,
    b"OggS": miniaudio.vorbis_get_file_info,
    b"fLaC": miniaudio.flac_get_file_info,
}


class Undecodable(Exception):
    """No decoder for this format, or nothing in the file that it could read."""


def blocks(path: Path) -> Iterator[Block]:
    """Samples at RATE, one row a moment and one column a channel. What is left of a broken file still comes."""
    try:
        stream = miniaudio.stream_file(
            str(path),
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=(channels := _channels(path)),
            sample_rate=RATE,
            frames_to_read=BLOCK_SECONDS * RATE,
        )
        for samples in stream:
            yield np.frombuffer(samples, np.int16).reshape(-1, channels)
    except miniaudio.MiniaudioError as error:
        raise Undecodable(type(error).__name__) from error


def _channels(path: Path) -> int:
    with path.open("rb") as file:
        kind = file.read(4)
    # To know an MP3's channels the library decodes all of it, so MP3 always becomes two: equal ones are found later.
    info = INFO.get(kind)
    return min(info(str(path)).nchannels, MOST_CHANNELS) if info else MOST_CHANNELS
