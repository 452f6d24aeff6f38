"""The tasks that call people: names, agents, variables and which script they speak."""

from __future__ import annotations

from dataclasses import dataclass, field

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


@dataclass(frozen=True, slots=True)
class Variable:
    """`key` is what scripts write in braces; an empty `values` is a made-up name of a customer."""

    key: str
    name: str
    values: tuple[str, ...] = ()
    is_required: bool = False
    source: str = "导入数据"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One outbound task of either API. Wire values of its status; `agent_id` and `caller` belong to its robot."""

    task_id: str
    name: str
    is_robot: bool
    agent_id: str
    agent_name: str
    caller: str
    script: str = ""
    status: str = ""
    failed_reason: str = ""
    hashes_numbers: bool = False
    variables: tuple[Variable, ...] = ()
    tag_descriptions: dict[str, str] = field(default_factory=dict)


NAME = Variable("name", "姓名", is_required=True)

AGENT_CAMPAIGNS = (
    Campaign(
        "1380000000000001",
        "秋季课程续费回访",
        False,
        "1180000000000101",
        "续费顾问小语",
        "057188997601",
        "course_renewal",
        "1",
        variables=(
            NAME,
            Variable("course", "课程", ("思维数学", "英语口语", "少儿编程", "硬笔书法", "大语文阅读"), True),
            Variable("lessons", "剩余课时", tuple(str(count) for count in range(2, 13)), True),
        ),
        tag_descriptions={
            "客户意向度": "评估客户续费的兴趣和可能性",
            "关注点": "客户在通话中关心的问题，可多选",
            "客户情绪": "客户在通话中表现出的情绪，可多选",
            "跟进建议": "通话后建议采取的动作",
        },
    ),
    Campaign(
        "1380000000000002",
        "双十一售后满意度回访",
        False,
        "1180000000000102",
        "售后回访小优",
        "057188997602",
        "after_sales",
        "1",
        variables=(
            NAME,
            Variable("goods", "商品", ("扫地机器人", "空气炸锅", "电动牙刷", "羽绒服", "蓝牙耳机", "破壁机"), True),
            Variable("days", "签收天数", ("3", "4", "5", "6", "7")),
        ),
        tag_descriptions={
            "满意度": "客户对本次购物的整体评价",
            "问题类型": "客户反馈的问题分类，可多选",
            "客户情绪": "客户在通话中表现出的情绪，可多选",
            "跟进建议": "通话后建议采取的动作",
        },
    ),
    Campaign(
        "1380000000000003",
        "4S店保养邀约",
        False,
        "1180000000000103",
        "保养顾问小骏",
        "057188997603",
        "car_service",
        "1",
        variables=(
            NAME,
            Variable("car", "车型", ("朗悦1.5T", "星途7", "远行SUV", "海岚混动", "清风EV"), True),
            Variable("months", "距上次保养月数", ("6", "7", "8", "9", "11", "13"), True),
            Variable("slot", "可约时段", ("周六下午两点", "周日上午十点", "周五下午四点"), source="系统变量"),
        ),
        tag_descriptions={
            "到店意向": "评估客户到店的可能性",
            "服务需求": "客户需要的服务项目，可多选",
            "是否来店": "客户是否明确到店",
            "客户情绪": "客户在通话中表现出的情绪，可多选",
        },
    ),
    Campaign(
        "1380000000000004",
        "物业费缴纳提醒",
        False,
        "1180000000000104",
        "和苑智能管家",
        "057188997604",
        "property_fee",
        "1",
        hashes_numbers=True,
        variables=(
            NAME,
            Variable("room", "房号", ("3幢1单元502", "5幢2单元1101", "8幢1单元603", "12幢3单元204"), True),
            Variable("period", "账期", ("第三季度", "下半年", "第四季度"), True),
            Variable("amount", "应缴金额", ("862", "1248", "1536.5", "2096", "734"), True),
        ),
        tag_descriptions={
            "缴费意向": "业主对缴费的态度",
            "未缴原因": "业主说明的未缴费原因，可多选",
            "客户情绪": "客户在通话中表现出的情绪，可多选",
        },
    ),
    Campaign(
        "1380000000000005",
        "老客户唤醒试呼",
        False,
        "1180000000000105",
        "唤醒顾问",
        "057188997605",
        status="3",
        failed_reason="智能体不在线",
    ),
    Campaign("1380000000000006", "年末会员权益通知", False, "1180000000000106", "权益管家", "057188997606", status="0"),
)

ROBOT_CAMPAIGNS = (
    Campaign(
        "1045001",
        "房产邀约回访",
        True,
        "1000000000801",
        "房产邀约机器人",
        "0571-88996676",
        "house_viewing",
        "EXCUTING",
        variables=(
            Variable("district", "板块", ("滨江", "城西", "大学城", "高新区", "老城南")),
            Variable("rooms", "户型", ("两居室", "三居室", "四居室")),
            Variable("price", "总价", ("185", "238", "316", "420")),
        ),
    ),
    Campaign(
        "1045002",
        "信用卡账单提醒",
        True,
        "1000000000802",
        "账单提醒机器人",
        "0571-88996677",
        "card_bill",
        "EXCUTING",
        variables=(
            NAME,
            Variable("tail", "卡尾号", ("0017", "4402", "7719", "2086", "9350")),
            Variable("amount", "账单金额", ("1286.40", "3520.00", "862.15", "5018.77")),
            Variable("due", "还款日", ("本月二十五号", "本月二十八号", "下月三号")),
        ),
    ),
    Campaign(
        "1045003",
        "体检预约确认",
        True,
        "1000000000803",
        "预约确认机器人",
        "0571-88996678",
        "health_check",
        "EXCUTING",
        variables=(
            NAME,
            Variable("date", "体检日期", ("周三", "周四", "周六", "下周一")),
            Variable("package", "套餐", ("基础体检套餐", "父母体检套餐", "入职体检套餐")),
        ),
    ),
    Campaign("1045004", "车险续保提醒", True, "1000000000804", "续保机器人", "0571-88996679", status="INIT"),
)

CAMPAIGNS = {campaign.task_id: campaign for campaign in AGENT_CAMPAIGNS + ROBOT_CAMPAIGNS}
# Who calls in the next slot: eleven slots, then again.
TURN_OF = tuple(
    CAMPAIGNS[task_id]
    for task_id in (
        "1380000000000001",
        "1045001",
        "1380000000000002",
        "1380000000000003",
        "1045002",
        "1380000000000001",
        "1380000000000004",
        "1045001",
        "1380000000000002",
        "1045003",
        "1380000000000003",
    )
)
