"""A day at a call centre, told the same way every time: what pages are looked at with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle

from django.utils import timezone

from calls.hearing import AGENT, CUSTOMER
from calls.models import Call, CallTask, Recording
from calls.snapshot import TagSnapshot, TaskSnapshot, TurnSnapshot, VariableSnapshot
from calls.vocabulary import CallResult, HungUpBy, RecordingState, Source, Speaker, TaskStatus
from tests.builders import make_answer, make_call, make_snapshot
from tests.hearing.voices import Utterance, as_wave, mix, utter
from tests.sounds import make_wav, store_sound

TASKS = (
    ("138001", "秋季课程续费回访", Source.AICCS),
    ("138002", "双十一售后满意度回访", Source.AICCS),
    ("1045001", "4S 店保养邀约", Source.ROBOT),
    ("1045002", "物业费缴纳提醒", Source.ROBOT),
)
REFUND = (
    "秋季课程续费回访您好，我是小悦，请问是学员家长吗？",
    "等一下，我上次退款还没到账呢，你们又让我续费？",
    "非常抱歉给您带来不便。您说的是哪一笔退款？我帮您记录一下。",
    "就是十月份那个口语课，说好七个工作日退款，现在都三个礼拜了。",
    "好的，口语课的退款我已经登记，稍后会有专员联系您。",
    "那行吧，退款到账了再说。",
)
HAPPY = (
    "您好，这里是客服中心，想了解一下您对这次售后服务是否满意？",
    "挺满意的，师傅上门很快。",
    "谢谢您的认可，如果以后有问题可以随时联系我们。",
    "好的，再见。",
)
SERVICE = (
    "您好，您的爱车已经到了保养时间，这周末方便来店吗？",
    "周末没空，下周三上午可以吗？",
    "可以的，我帮您约在下周三上午十点。",
    "好，到时候加个微信提醒我一下。",
)
ANGRY = ("您好，请问现在方便接听电话吗？", "别再打了，我已经申请退款了。")
FEES = (
    "您好，提醒您本季度物业费还没有缴纳。",
    "我上个月就交了，多交的那部分退款退到哪里？",
    "我帮您核实一下，稍后会有工作人员给您回电。",
)
# dialogue, task, intent, seconds, tags
TALKS = (
    (REFUND, 0, "B", 86, (("加微信", "是"), ("客户情绪", "不满"), ("续费意向", "考虑中"))),
    (HAPPY, 1, "A", 48, (("满意度", "满意"), ("是否解决", "是"))),
    (SERVICE, 2, "A", 57, (("是否来店", "是"), ("预约时间", "下周三上午"), ("加微信", "是"))),
    (ANGRY, 0, "E", 16, (("加微信", "否"), ("客户情绪", "愤怒"))),
    (FEES, 3, "C", 72, (("缴费意愿", "愿意"), ("缴费方式", "微信"))),
    (SERVICE, 2, "D", 33, (("是否来店", "待定"),)),
)
SOUND = make_wav(2)
UNANSWERED = (CallResult.NO_ANSWER, CallResult.BUSY, CallResult.REFUSED, CallResult.POWERED_OFF, CallResult.NO_ANSWER)


def a_day_of_calls(count: int = 60) -> list[Call]:
    """`count` calls of four tasks, newest first: one every seven minutes, each third one unanswered."""
    _tell_tasks()
    now = timezone.now().replace(microsecond=0)
    return [_call(number, now - timedelta(minutes=7 * number, seconds=11 * number % 60)) for number in range(count)]


def _tell_tasks() -> None:
    for task_id, name, source in TASKS:
        CallTask.objects.absorb(TaskSnapshot(source, task_id, name=name, status=TaskStatus.RUNNING))


def _call(number: int, started_at: datetime) -> Call:
    dialogue, task, intent, seconds, tags = TALKS[number % len(TALKS)]
    answered = number % 3 != 2
    call = make_call(
        source=TASKS[task][2],
        task_id=TASKS[task][0],
        detail_id=f"96{number:04d}",
        callee=f"1{3 + number % 6}{(number * 7919) % 10**9:09d}",
        started_at=started_at,
        answered_at=started_at + timedelta(seconds=9) if answered else None,
        ended_at=started_at + timedelta(seconds=9 + seconds),
        duration=seconds if answered else 0,
        result=CallResult.ANSWERED if answered else UNANSWERED[number % len(UNANSWERED)],
        hung_up_by=(HungUpBy.CUSTOMER, HungUpBy.AGENT)[number % 2] if answered else None,
        intent=intent if answered else "",
        turns=_turns(dialogue) if answered else (),
        tags=tuple(TagSnapshot(*tag) for tag in tags) if answered else (),
    )
    if answered and number % 4 < 2:
        store_sound(call, SOUND, seconds=2)
    else:
        state = (RecordingState.WAITING, RecordingState.MISSING)[number % 2] if answered else RecordingState.NONE
        Recording.objects.filter(call=call).update(state=state)
    return call


def _turns(dialogue: tuple[str, ...]) -> tuple[TurnSnapshot, ...]:
    speakers = (Speaker.AGENT, Speaker.CUSTOMER)
    return tuple(TurnSnapshot(speakers[place % 2], text, interrupted=place == 1) for place, text in enumerate(dialogue))


def a_call_worth_hearing(ended_at: datetime) -> Call:
    """The refund talk with everything a source may tell: times, variables, counters, a carrier's code, a correction."""
    _tell_tasks()
    seconds = (0, 5, 9, 17, 26, 34)
    answered_at = ended_at - timedelta(seconds=42)
    told = make_snapshot(
        task_id=TASKS[0][0],
        detail_id="966001",
        call_id="1012993847281^10198273645",
        callee="13800005678",
        started_at=answered_at - timedelta(seconds=12),
        answered_at=answered_at,
        ended_at=ended_at,
        duration=42,
        status_code="200005",
        status_text="用户挂断",
        turns=tuple(
            replace(turn, spoken_at=answered_at + timedelta(seconds=at))
            for turn, at in zip(_turns(REFUND), seconds, strict=True)
        ),
        tags=(TagSnapshot("客户情绪", "平静"), TagSnapshot("退款诉求", "有"), TagSnapshot("续费意向", "考虑中")),
        variables=tuple(
            VariableSnapshot(key, name, value)
            for key, name, value in (
                ("name", "姓名", "张女士"),
                ("advisor", "顾问", "小悦"),
                ("course", "课程", "秋季口语课"),
                ("left", "剩余课时", "8"),
            )
        ),
        counters={"turns": 6, "affirmed": 1, "denied": 1, "refused": 0, "knowledge": 1, "redials": 0},
    )
    answers = [told, replace(told, tags=(TagSnapshot("客户情绪", "不满"), *told.tags[1:]))]
    for number, snapshot in enumerate(answers):
        at = ended_at + timedelta(minutes=7 * number + 1)
        call = Call.objects.absorb(make_answer(snapshot), asked_at=at).call
    store_sound(call, as_wave(mix(_spoken(REFUND, seconds), 42)), seconds=42)
    return call


def _spoken(texts: Iterable[str], starts: Iterable[float]) -> list[Utterance]:
    """One voice after the other, each as long as its words need."""
    spoken = zip(cycle((AGENT, CUSTOMER)), texts, starts, strict=False)
    return [utter(speaker, text, at + 0.4, len(text) * 0.18) for speaker, text, at in spoken]
