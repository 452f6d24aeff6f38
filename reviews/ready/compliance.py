from __future__ import annotations

from reviews.ready.asked import INTENT, Asked, Sections
from reviews.vocabulary import CommentRule, Stakes

COMPLIANCE: Sections = [
    (
        ("Opening", "开场"),
        [
            Asked(
                "names_itself",
                ("Names itself and company", "报出身份和公司"),
                10,
                (
                    "Says who is calling and for which company before it asks for anything.",
                    "先说明自己是谁、代表哪家公司，再提出任何请求。",
                ),
            ),
            Asked(
                "right_person",
                ("Confirms the right person", "确认本人"),
                10,
                ("Asks whom it speaks to before it says why it calls.", "说明来意之前先确认接听人。"),
            ),
            Asked(
                "recorded",
                ("Says it is recorded", "告知通话录音"),
                5,
                ("Within the first three turns.", "在前三轮对话内告知。"),
                stakes=Stakes.CRITICAL,
            ),
        ],
    ),
    (
        ("Conversation", "沟通"),
        [
            Asked(
                "answers",
                ("Answers what was asked", "正面回答问题"),
                15,
                ("No question of the customer is talked past.", "客户的每个问题都得到回应，不答非所问。"),
            ),
            Asked(
                "stops",
                ("Stops when interrupted", "被打断时停下"),
                10,
                (
                    "Falls silent within a second and goes on from what was said.",
                    "一秒内停下，并接着客户的话往下说。",
                ),
            ),
            Asked(
                "policy",
                ("Keeps to policy", "遵守合规要求"),
                20,
                (
                    "No false promise, no pressure, no call on after a clear no.",
                    "不虚假承诺、不施压；客户明确拒绝后不再推销。",
                ),
                stakes=Stakes.FATAL,
                comment_rule=CommentRule.NEGATIVE,
            ),
            Asked(
                "complaint",
                ("Handles a complaint", "投诉安抚到位"),
                15,
                (
                    "Says sorry first, repeats the problem, names who calls back and when. N/A without a complaint.",
                    "先致歉，复述问题，说明谁在何时回电。没有投诉选“不适用”。",
                ),
                stakes=Stakes.CRITICAL,
            ),
        ],
    ),
    (
        ("Closing", "结束"),
        [
            Asked(
                "next_step",
                ("Sums up the next step", "总结下一步"),
                10,
                ("What happens next, who does it and when.", "说明接下来由谁在何时做什么。"),
            ),
            Asked("goodbye", ("Says goodbye politely", "礼貌道别"), 5),
            INTENT,
        ],
    ),
]
