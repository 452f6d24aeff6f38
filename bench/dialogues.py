"""Dialogues with known truth: what two espeak-ng voices say, when each turn starts, and the line it comes over."""

from __future__ import annotations

import io
import random
import re
import subprocess
import wave
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from calls.aliyun.sandbox.dialogues import choose_scene, play

RATE = 8000
SCRIPTS = ("after_sales", "car_service", "card_bill", "course_renewal", "health_check", "house_viewing", "property_fee")
# Reads Chinese characters and pinyin; Debian's plain `cmn` reads most characters as English words.
VOICE = "cmn-latn-pinyin"
AGENTS = ("f2", "f3", "f5", "m1", "m7")
CUSTOMERS = ("m3", "m2", "f1", "f4", "m5")
# Lines that scripts lack: numbers, amounts, Latin letters.
AGENT_EXTRAS = (
    "您的订单号是{order}，金额是{price}元，请问对吗？",
    "麻烦您打开APP，点右下角我的，再点VIP专区就能看到。",
    "我们的地址在人民路{small}号，离地铁{small}号线大概{small}百米。",
    "客服电话是{phone}，您记一下，有事随时打给我们。",
    "这个套餐每个月{price}元，送{small}个G的流量，还有WiFi。",
    "好的。",
    "优惠到{small}月{small}号截止，大概能省百分之{small}。",
)
CUSTOMER_EXTRAS = (
    "嗯，",
    "我的号码是{phone}，你打这个。",
    "{price}元也太贵了吧，上次才{price}。",
    "WiFi连不上，APP也打不开，怎么办？",
    "啊？你再说一遍，我这边有点吵，没听清楚你刚才说的是什么。",
    "对。",
    "我{small}点以后才有空，下午吧。",
)
LATIN = {"APP": "诶批批", "VIP": "微爱批", "WIFI": "外fai1", "G": "ji1"}
NAMES = ("张女士", "王先生", "欧阳小姐")
FILLINGS = ("三", "周六上午", "六千八百", "人民路店", "空气净化器", "少儿英语")
DIGITS = "零一二三四五六七八九"
Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """What the vendor would tell of one turn, and the truth: `start` and `end` in seconds."""

    is_agent: bool
    text: str
    interrupts: bool
    start: float
    end: float


@dataclass(frozen=True)
class Dialogue:
    lines: tuple[Line, ...]
    agent: Samples
    customer: Samples

    def mono(self, snr: float, dice: random.Random) -> Samples:
        both = self.agent + self.customer
        return _over_the_line(both, _loudness(both), snr, dice)[:, None]

    def stereo(self, snr: float, dice: random.Random) -> Samples:
        """One channel each; which is whose is chance."""
        loudness = _loudness(self.agent + self.customer)
        voices = [self.agent, self.customer]
        dice.shuffle(voices)
        return np.stack([_over_the_line(voice, loudness, snr, dice) for voice in voices], axis=1)


def dialogues(seed: int, count: int, *, barge_in: bool) -> Iterator[Dialogue]:
    for number in range(count):
        yield _dialogue(random.Random(f"{seed}/{number}"), barge_in=barge_in)


def _dialogue(dice: random.Random, *, barge_in: bool) -> Dialogue:
    said = _script(dice)
    agent_voice, customer_voice = dice.choice(AGENTS), dice.choice(CUSTOMERS)
    pitches = {True: dice.randint(35, 65), False: dice.randint(20, 80)}
    speeds = {True: dice.randint(190, 260), False: dice.randint(170, 270)}
    loudness = {True: 1.0, False: 10 ** (dice.uniform(-4, 1) / 20)}
    chance = random.Random(dice.getrandbits(63))
    placed: list[tuple[Line, Samples]] = []
    clock = dice.uniform(0.3, 3)
    for is_agent, text in said:
        # People are less even than machines.
        speed = round(speeds[is_agent] * (1 if is_agent else dice.uniform(0.88, 1.12)))
        voice = agent_voice if is_agent else customer_voice
        sound = loudness[is_agent] * speak(spoken(text), voice, pitches[is_agent], speed)
        interrupts = bool(barge_in and placed and not is_agent and placed[-1][0].is_agent and chance.random() < 0.4)
        start = clock
        if interrupts:
            start, placed[-1] = _interrupt(placed[-1], chance)
        end = start + len(sound) / RATE
        placed.append((Line(is_agent, text, interrupts, start, end), sound))
        clock = max(end, *(line.end for line, _ in placed)) + dice.uniform(0.2, 3)
    length = int((clock + dice.uniform(0.2, 1)) * RATE)
    tracks = {True: np.zeros(length), False: np.zeros(length)}
    for line, sound in placed:
        first = int(line.start * RATE)
        tracks[line.is_agent][first : first + len(sound)] += sound
    return Dialogue(tuple(line for line, _ in placed), tracks[True], tracks[False])


def _interrupt(agent: tuple[Line, Samples], dice: random.Random) -> tuple[float, tuple[Line, Samples]]:
    """When the customer breaks in, and the agent's turn after that: half of them fall silent, with their text whole."""
    line, sound = agent
    length = line.end - line.start
    start = line.end - min(dice.uniform(0.3, 2.5), 0.6 * length)
    if dice.random() < 0.5:
        return start, agent
    end = min(start + dice.uniform(0.2, 0.7), line.end)
    return start, (replace(line, end=end), sound[: int((end - line.start) * RATE)])


def _script(dice: random.Random) -> list[tuple[bool, str]]:
    words = defaultdict(lambda: dice.choice(FILLINGS), name=dice.choice(NAMES), days=dice.choice("三五七"))
    turns = play(choose_scene(dice.choice(SCRIPTS), dice), words, dice)
    said = [(turn.is_agent, turn.text) for turn in turns]
    for _ in range(dice.randint(1, 4)):
        is_agent = dice.random() < 0.5
        extra = dice.choice(AGENT_EXTRAS if is_agent else CUSTOMER_EXTRAS)
        said.insert(dice.randint(1, len(said)), (is_agent, extra.format_map(_numbers(dice))))
    return said


def _numbers(dice: random.Random) -> dict[str, str]:
    return {
        "order": f"{dice.choice('ABCD')}{dice.randint(10**6, 10**8)}",
        "price": str(dice.choice((9.9, 39, 128, 399, 1280, 25600))),
        "small": str(dice.randint(2, 48)),
        "phone": f"1{dice.randint(30 * 10**8, 99 * 10**8)}",
    }


# ---- speaking


def spoken(text: str) -> str:
    """The text as a voice would read it aloud: numbers and Latin letters in characters."""
    text = re.sub(r"\d+(?:\.\d+)?", lambda found: _number(found.group()), text)
    return re.sub(r"[A-Za-z]+", lambda found: LATIN.get(found.group().upper(), "诶" * len(found.group())), text)


def _number(digits: str) -> str:
    whole, _, part = digits.partition(".")
    said = "".join(DIGITS[int(digit)] for digit in whole) if len(whole) > 5 else _cardinal(int(whole))
    return said + ("点" + "".join(DIGITS[int(digit)] for digit in part) if part else "")


def _cardinal(number: int) -> str:
    if number < 10:
        return DIGITS[number]
    for unit, name in ((10000, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= unit:
            rest = number % unit
            gap = "零" if rest and rest < unit // 10 else ""
            head = "" if number < 20 else _cardinal(number // unit)
            return head + name + gap + (_cardinal(rest) if rest else "")
    raise AssertionError


@cache
def speak(text: str, voice: str, pitch: int, speed: int) -> Samples:
    command = ["espeak-ng", "-v", f"{VOICE}+{voice}", "-p", str(pitch), "-s", str(speed), "--stdout", text]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(out)) as file:
        rate, sound = file.getframerate(), np.frombuffer(file.readframes(1 << 28), "<i2") / 32768
    return _trimmed(_resampled(sound, rate))


def _resampled(sound: Samples, rate: int) -> Samples:
    """To the telephone's rate and band."""
    size = 1 << len(sound).bit_length()
    spectrum = np.fft.rfft(sound, size)
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    spectrum[(frequencies < 250) | (frequencies > 3500)] = 0
    clean = np.fft.irfft(spectrum, size)[: len(sound)]
    moments = np.arange(int(len(sound) * RATE / rate)) * rate / RATE
    # Between samples of a sound this narrow a straight line is near enough.
    return np.interp(moments, np.arange(len(sound)), clean)


def _trimmed(sound: Samples) -> Samples:
    """Without the silence around it: the truth is the first sound."""
    level = np.abs(sound)
    loud = np.flatnonzero(level > 0.02 * level.max())
    sound = sound[loud[0] : loud[-1] + 1]
    return 0.1 * sound / _loudness(sound)


def _loudness(sound: Samples) -> float:
    """Root mean square of what is not silence."""
    return float(np.sqrt(np.mean(sound[np.abs(sound) > 1e-4] ** 2)))


def _over_the_line(sound: Samples, loudness: float, snr: float, dice: random.Random) -> Samples:
    """With hiss, rumble and hum in the telephone's band, `snr` decibels under the speech, and drifting a little."""
    random_numbers = np.random.default_rng(dice.getrandbits(63))
    # A power of two: transforms of other lengths can take a hundred times as long.
    size = 1 << len(sound).bit_length()
    spectrum = np.fft.rfft(random_numbers.standard_normal(size))
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    spectrum *= 1 + (300 / np.maximum(frequencies, 100)) ** 0.5
    spectrum[(frequencies < 200) | (frequencies > 3600)] = 0
    noise = np.fft.irfft(spectrum, size)[: len(sound)]
    size = len(sound)
    seconds = np.arange(size) / RATE
    noise += 0.2 * noise.std() * np.sin(2 * np.pi * 250 * seconds)
    noise *= 1 + 0.2 * np.sin(2 * np.pi * seconds / 17 + dice.uniform(0, 6))
    noise *= loudness / noise.std() * 10 ** (-snr / 20)
    return np.clip(sound + noise, -1, 1)


def as_wave(channels: Samples) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((channels * 32000).astype("<i2").tobytes())
    return target.getvalue()
