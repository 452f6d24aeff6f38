"""Shares, pauses, waits, and words that were never spoken."""

from __future__ import annotations

from calls.hearing import AGENT, CUSTOMER, OTHER, Origin, TurnTime
from calls.hearing.talking import Speech, shares, silences_before, slow_answers
from calls.hearing.unheard import pace_of, spoken_part, unheard

SENTENCE = "您好，这里是客服中心，想了解一下您对这次服务是否满意。"


def heard(start: int, end: int, confidence: int = 99, origin: Origin = Origin.ALIGNED) -> TurnTime:
    return TurnTime(start, end, confidence, origin)


# ---- Speech


def test_two_channels_are_one_speech():
    speech = Speech([[(0, 1000), (5000, 6000)], [(800, 2000), (5200, 5400)]])

    assert speech.spans == [(0, 2000), (5000, 6000)]
    assert speech.total == 3000
    assert speech.within(500, 5500) == 2000
    assert speech.within(2000, 5000) == 0
    assert speech.within(7000, 9000) == 0


def test_a_silence_lies_between_speech_and_is_long():
    speech = Speech([[(4000, 5000), (7999, 9000), (12_000, 13_000)]])

    assert speech.silences() == [(9000, 12_000)]
    assert Speech([[]]).silences() == []


def test_a_silence_stands_before_the_turn_that_ends_it():
    times = [heard(0, 2000), heard(6100, 7000), heard(7000, 20_000)]

    assert silences_before(times, [(2000, 6000)]) == {1: 4000}


def test_a_pause_inside_of_a_turn_and_one_after_the_last_are_nobodys():
    times = [heard(0, 9000), heard(9000, 10_000)]

    assert silences_before(times, [(2000, 6000), (12_000, 16_000)]) == {}


# ---- Waits


def test_a_robot_that_answers_late_is_noted():
    times = [heard(0, 1000), heard(1000, 2000), heard(4100, 5000), heard(8000, 9000)]

    assert slow_answers([AGENT, CUSTOMER, AGENT, AGENT], times) == {2: 2100}


def test_a_customer_may_take_their_time_and_unsure_times_say_nothing():
    late = [heard(0, 1000), heard(4000, 5000)]

    assert slow_answers([AGENT, CUSTOMER], late) == {}
    assert slow_answers([CUSTOMER, AGENT], [late[0], heard(4000, 5000, confidence=59)]) == {}
    assert slow_answers([CUSTOMER, AGENT], [heard(0, 1000), heard(2999, 5000)]) == {}


# ---- Shares


def test_shares_of_two_channels_are_those_of_the_channels():
    assert shares([], [], [[(0, 2000)], [(2000, 7000)]], 1, 10_000) == (50, 30, 20)


def test_shares_of_one_channel_are_those_of_the_turns():
    times = [heard(0, 4000), heard(5000, 7000)]

    assert shares([AGENT, CUSTOMER], times, [[(0, 3000), (5000, 6000)]], None, 10_000) == (30, 60, 10)


def test_voices_at_once_are_not_more_than_all():
    agent, silence, customer = shares([], [], [[(0, 10_000)], [(0, 10_000)]], 0, 10_000) or (0, 0, 0)

    assert (agent, silence, customer) == (50, 0, 50)


def test_nobody_knows_who_speaks():
    assert shares([OTHER], [heard(0, 1000)], [[(0, 1000)]], None, 10_000) is None
    assert shares([AGENT], [heard(0, 1000)], [[(0, 1000)]], None, 0) is None


# ---- Said and never spoken


def whole_turns(count: int) -> tuple[list[int], list[str], list[TurnTime]]:
    """The robot says its 24 syllables in 4.8 s, time and again."""
    times = [heard(10_000 * place, 10_000 * place + 4800) for place in range(count)]
    return [AGENT] * count, [SENTENCE] * count, times


def spoken(times: list[TurnTime]) -> Speech:
    return Speech([[(time.start, time.end) for time in times]])


def test_the_pace_is_the_calls_own():
    speakers, texts, times = whole_turns(3)

    assert pace_of(speakers, texts, times, set(), spoken(times)) == 200
    assert pace_of(speakers[:1], texts[:1], times[:1], set(), spoken(times)) == 220, "too little is heard"


def test_a_turn_that_was_cut_keeps_what_was_heard():
    speakers, texts, times = whole_turns(4)
    times[2] = heard(20_000, 22_000)

    found = unheard(speakers, texts, times, {2}, spoken(times))

    assert found == {2: SENTENCE.index("想")}


def test_a_turn_that_was_cut_at_its_last_word_was_heard():
    speakers, texts, times = whole_turns(4)
    times[2] = heard(20_000, 24_600)

    assert unheard(speakers, texts, times, {2}, spoken(times)) == {}


def test_a_turn_much_shorter_than_its_text_was_not_said_whole():
    speakers, texts, times = whole_turns(4)
    times[2] = heard(20_000, 22_000)

    assert unheard(speakers, texts, times, set(), spoken(times)) == {2: SENTENCE.index("想")}
    times[2] = heard(20_000, 23_600)
    assert unheard(speakers, texts, times, set(), spoken(times)) == {}, "not by much"


def test_an_unsure_turn_and_a_customers_are_left_alone():
    speakers, texts, times = whole_turns(4)
    times[2] = heard(20_000, 22_000, confidence=40)
    times[3] = heard(30_000, 32_000)
    speakers[3] = CUSTOMER

    assert unheard(speakers, texts, times, set(), spoken(times)) == {}


def test_a_turn_that_nobody_heard_at_all_was_not_spoken():
    speakers, texts, times = whole_turns(4)
    times[2] = heard(20_000, 20_000, confidence=30, origin=Origin.SHARED)

    assert unheard(speakers, texts, times, {2}, spoken(times)) == {2: 0}


def test_speech_stops_at_the_end_of_a_clause_where_one_is_near():
    assert spoken_part(SENTENCE, 0) == 0
    assert spoken_part(SENTENCE, 9) == SENTENCE.index("想")
    assert spoken_part(SENTENCE, 11) == SENTENCE.index("想")
    assert SENTENCE[: spoken_part(SENTENCE, 15)] == "您好，这里是客服中心，想了解一下您"
    assert spoken_part(SENTENCE, 23) == len(SENTENCE)
    assert spoken_part("", 3) == 0
