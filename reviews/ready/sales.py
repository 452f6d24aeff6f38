from __future__ import annotations

from reviews.ready.asked import INTENT, Asked, Sections
from reviews.scoring import Condition
from reviews.vocabulary import CommentRule, CriterionKind, Stakes

SALES: Sections = [
    (
        ("Opening", "开场"),
        [
            Asked(
                "reason",
                ("Gives a reason to listen", "给出倾听的理由"),
                10,
                (
                    "Says within two sentences what the customer gains.",
                    "两句话之内说明对客户有什么好处。",
                ),
            ),
            Asked("time", ("Asks whether it is a good time", "询问是否方便"), 5),
        ],
    ),
    (
        ("Needs", "需求"),
        [
            Asked(
                "needs",
                ("Finds out what is needed", "了解需求"),
                20,
                (
                    "1: asks nothing. 3: asks, but does not use the answer. 5: asks, listens and comes back to it.",
                    "1 没有提问；3 问了但没有用上回答；5 提问、倾听并据此推进。",
                ),
                CriterionKind.SCALE,
                tuple((f"s{one}", (str(one), str(one)), (one - 1) / 4, one <= 2) for one in range(1, 6)),
            ),
            Asked(
                "offer",
                ("Offer fits the need", "方案匹配需求"),
                15,
                ("What is offered answers what the customer said.", "推荐的内容回应了客户所说的需求。"),
            ),
        ],
    ),
    (
        ("Objections", "异议"),
        [
            Asked(
                "objected",
                ("Customer objected", "客户提出异议"),
                0,
                ("Price, time, trust, or something else against it.", "价格、时间、信任等方面的顾虑。"),
                CriterionKind.CHOICE,
                (("yes", ("Yes", "是"), None, False), ("no", ("No", "否"), None, False)),
                allows_na=False,
            ),
            Asked(
                "objection",
                ("Answers the objection", "化解异议"),
                20,
                (
                    "Takes it up, answers it, and asks whether that settles it.",
                    "先承接，再回应，最后确认客户是否认可。",
                ),
                comment_rule=CommentRule.NEGATIVE,
                shown_if=Condition("objected", ("yes",)),
            ),
            Asked(
                "honest",
                ("Promises nothing untrue", "不虚假承诺"),
                15,
                stakes=Stakes.FATAL,
                comment_rule=CommentRule.NEGATIVE,
            ),
        ],
    ),
    (
        ("Closing", "促成"),
        [
            Asked(
                "asks",
                ("Asks for the next step", "主动促成下一步"),
                15,
                ("A visit, a contact, a payment: one clear question.", "到店、加微信、付款等，提出一个明确的请求。"),
                CriterionKind.CHOICE,
                (
                    ("clear", ("Clearly", "明确"), 1.0, False),
                    ("vague", ("Vaguely", "含糊"), 0.5, False),
                    ("never", ("Not at all", "没有"), 0.0, True),
                ),
            ),
            INTENT,
            Asked("worth_knowing", ("Worth knowing", "值得分享"), 0, kind=CriterionKind.TEXT),
        ],
    ),
]
