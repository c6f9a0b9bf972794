"""Page faces of our own making, in the variants that offices meet, and what stands on them."""

from typing import Any

# name → text, values by field; what is not named is not there.
Sample = tuple[str, dict[str, Any]]

OFFICIAL: dict[str, Sample] = {
    "a joint notice with every mark": (
        """\
000123
机密★1年
特急
国家发展和改革委员会
财  政  部
文件
交 通 运 输 部
发改基础〔2023〕456号
国家发展改革委 财政部 交通运输部关于
进一步做好农村公路管理养护工作的通知
各省、自治区、直辖市及计划单列市、新疆生产建设兵团发展改革委、财政厅（局）、交通运输厅
（局、委）：
为贯彻落实《国务院办公厅关于深化农村公路管理养护体制改革的意见》（国办发〔2019〕45号），现就有关事项通知如下：
一、提高认识。2019年9月5日以来，各地认真落实。
附件：1．农村公路管理养护
　　　　目标任务分解表
　　　2．考核评分标准
国家发展改革委
财　政　部
交通运输部
2023年4月12日
抄送：国务院办公厅，审计署，
中国农业发展银行。
国家发展改革委办公厅　　　　2023年4月14日印发
""",
        {
            "document_number": "发改基础〔2023〕456号",
            "title": "国家发展改革委 财政部 交通运输部关于进一步做好农村公路管理养护工作的通知",
            "issuer": ["国家发展改革委", "财政部", "交通运输部"],
            "addressee": "各省、自治区、直辖市及计划单列市、新疆生产建设兵团发展改革委、财政厅（局）、交通运输厅（局、委）",
            "copies_to": ["国务院办公厅", "审计署", "中国农业发展银行"],
            "attachments": ["农村公路管理养护目标任务分解表", "考核评分标准"],
            "written_on": "2023-04-12",
            "printed_on": "2023-04-14",
            "kind": "通知",
            "secrecy": "secret",
            "secrecy_term": "1年",
            "urgency": "flash",
            "copy_number": "000123",
        },
    ),
    "a report upwards with its signers": (
        """\
江苏省人民政府文件
苏政发〔2024〕8号　　　　　　签发人：张　三　李晓四
江苏省人民政府关于报送2023年度
法治政府建设情况的报告
国务院：
根据《法治政府建设与责任落实督察工作规定》，现将有关情况报告如下。
江苏省人民政府
2024年2月28日
（联系人：王五，电话：025-12345678）
""",
        {
            "document_number": "苏政发〔2024〕8号",
            "title": "江苏省人民政府关于报送2023年度法治政府建设情况的报告",
            "issuer": ["江苏省人民政府"],
            "addressee": "国务院",
            "written_on": "2024-02-28",
            "signer": "张三、李晓四",
            "kind": "报告",
        },
    ),
    "an order of the State Council": (
        """\
中华人民共和国国务院令
第 631 号
《征信业管理条例》已经2012年12月26日国务院第228次常务会议通过，现予公布，自2013年3月15日起施行。
总理　温家宝
2013年1月21日
征信业管理条例
第一章　总　则
第一条　为了规范征信活动，保护当事人合法权益，制定本条例。
""",
        {
            "document_number": "中华人民共和国国务院令第631号",
            "title": "征信业管理条例",
            "issuer": ["中华人民共和国国务院"],
            "written_on": "2013-01-21",
            "signer": "温家宝",
            "kind": "命令(令)",
        },
    ),
    "an order of a minister dated in Chinese numerals": (
        """\
国家市场监督管理总局令
第71号
《网络餐饮服务食品安全监督管理办法》已经2022年12月1日市场监管总局第20次局务会议通过，现予公布，自2023年3月1日起施行。
局 长　罗 文
二〇二二年十二月十五日
""",
        {
            "document_number": "国家市场监督管理总局令第71号",
            "title": "网络餐饮服务食品安全监督管理办法",
            "issuer": ["国家市场监督管理总局"],
            "written_on": "2022-12-15",
            "signer": "罗文",
            "kind": "命令(令)",
        },
    ),
    "an order of the President": (
        """\
中华人民共和国主席令
第二十四号
《中华人民共和国海南自由贸易港法》已由中华人民共和国第十三届全国人民代表大会常务委员会第二十九次会议于2021年6月10日通过，现予公布，自公布之日起施行。
中华人民共和国主席　习近平
2021年6月10日
""",
        {
            "document_number": "中华人民共和国主席令第二十四号",
            "title": "中华人民共和国海南自由贸易港法",
            "issuer": ["中华人民共和国主席"],
            "written_on": "2021-06-10",
            "signer": "习近平",
            "kind": "命令(令)",
        },
    ),
    "a joint announcement": (
        """\
财政部 税务总局
公告
2024年第5号
财政部 税务总局关于延续实施小微企业所得税优惠政策的公告
为进一步支持小微企业发展，现将有关税收政策公告如下：
一、对小型微利企业减按25%计算应纳税所得额。
特此公告。
财政部 税务总局
2024年3月2日
""",
        {
            "document_number": "财政部税务总局公告2024年第5号",
            "title": "财政部 税务总局关于延续实施小微企业所得税优惠政策的公告",
            "issuer": ["财政部", "税务总局"],
            "written_on": "2024-03-02",
            "kind": "公告",
        },
    ),
    "a decision of a standing committee": (
        """\
全国人民代表大会常务委员会关于修改《中华人民共和国
体育法》的决定
（2016年11月7日第十二届全国人民代表大会常务委员会第二十四次会议通过）
第十二届全国人民代表大会常务委员会第二十四次会议决定，对《中华人民共和国体育法》作如下修改：
""",
        {
            "title": "全国人民代表大会常务委员会关于修改《中华人民共和国体育法》的决定",
            "issuer": ["全国人民代表大会常务委员会"],
            "written_on": "2016-11-07",
            "kind": "决定",
        },
    ),
    "minutes of a meeting": (
        """\
市政府常务会议纪要
〔2024〕3号
滨海市人民政府办公室　　　　　2024年5月6日
第三次常务会议纪要
2024年4月30日上午，市长张三主持召开市政府第3次常务会议，现将会议议定事项纪要如下：
一、会议原则同意《方案》。
出席：张三、李四
""",
        {
            "document_number": "市政府常务会议纪要〔2024〕3号",
            "title": "第三次常务会议纪要",
            "issuer": ["滨海市人民政府办公室"],
            "written_on": "2024-05-06",
            "kind": "纪要",
        },
    ),
    "a reply that cites a request": (
        """\
国务院关于同意设立河北雄安综合保税区的批复
国函〔2023〕62号
河北省人民政府、海关总署：
你们关于设立河北雄安综合保税区的请示（冀政〔2023〕12号）收悉。现批复如下：
一、同意设立。
国务院
2023年6月25日
（此件公开发布）
""",
        {
            "document_number": "国函〔2023〕62号",
            "title": "国务院关于同意设立河北雄安综合保税区的批复",
            "issuer": ["国务院"],
            "addressee": "河北省人民政府、海关总署",
            "written_on": "2023-06-25",
            "kind": "批复",
        },
    ),
    "a forwarded document that bears a number of its own": (
        """\
国务院办公厅转发国家发展改革委等部门
关于加快推进城镇环境基础设施建设
指导意见的通知
国办函〔2022〕7号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
国家发展改革委、生态环境部、住房城乡建设部、国家卫生健康委《关于加快推进城镇环境基础设施建设的指导意见》已经国务院同意，现转发给你们，请认真贯彻落实。
国务院办公厅
2022年1月12日
（本文有删减）
关于加快推进城镇环境基础设施建设的指导意见
国家发展改革委 生态环境部 住房城乡建设部 国家卫生健康委
发改环资〔2021〕99号
环境基础设施是基础设施的重要组成部分。
国家发展改革委
2021年12月30日
""",
        {
            "document_number": "国办函〔2022〕7号",
            "title": "国务院办公厅转发国家发展改革委等部门关于加快推进城镇环境基础设施建设指导意见的通知",
            "issuer": ["国务院办公厅"],
            "addressee": "各省、自治区、直辖市人民政府，国务院各部委、各直属机构",
            "written_on": "2022-01-12",
            "kind": "通知",
        },
    ),
    "a letter with wide digits": (
        """\
广州市水务局
穗水函【２０２４】0１５　号
关于商请协助提供排水资料的函
市规划和自然资源局：
因工作需要，商请贵局提供有关资料。
附件：资料清单
广州市水务局
二○二四年五月二十八日
""",
        {
            "document_number": "穗水函〔2024〕15号",
            "title": "关于商请协助提供排水资料的函",
            "issuer": ["广州市水务局"],
            "addressee": "市规划和自然资源局",
            "attachments": ["资料清单"],
            "written_on": "2024-05-28",
            "kind": "函",
        },
    ),
    "an old notice dated above its number": (
        """\
国务院关于发布《城市规划条例》的通知
（一九八四年一月五日）
国发〔1984〕2号
国务院同意城乡建设环境保护部制定的《城市规划条例》，现发给你们，望遵照执行。
""",
        {
            "document_number": "国发〔1984〕2号",
            "title": "国务院关于发布《城市规划条例》的通知",
            "issuer": ["国务院"],
            "written_on": "1984-01-05",
            "kind": "通知",
        },
    ),
    "number and day in brackets": (
        """\
国务院批转国家经委关于搞活大中型企业若干问题的暂行规定的通知
（国发〔1985〕111号　一九八五年九月十一日）
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
国务院同意国家经委、国家体改委《规定》，现转发给你们。
""",
        {
            "document_number": "国发〔1985〕111号",
            "title": "国务院批转国家经委关于搞活大中型企业若干问题的暂行规定的通知",
            "issuer": ["国务院"],
            "addressee": "各省、自治区、直辖市人民政府，国务院各部委、各直属机构",
            "written_on": "1985-09-11",
            "kind": "通知",
        },
    ),
    "a telegram": (
        """\
特提
内部明电
发往：各市人民政府
等级：特提　·　明电
浙政办发明电〔2024〕9号
浙江省人民政府办公厅关于做好第3号台风防御工作的紧急通知
各市、县（市、区）人民政府，省政府直属各单位：
据气象部门预报。
浙江省人民政府办公厅
2024年7月20日
""",
        {
            "document_number": "浙政办发明电〔2024〕9号",
            "title": "浙江省人民政府办公厅关于做好第3号台风防御工作的紧急通知",
            "issuer": ["浙江省人民政府办公厅"],
            "addressee": "各市、县（市、区）人民政府，省政府直属各单位",
            "written_on": "2024-07-20",
            "kind": "通知",
            "urgency": "flash",
        },
    ),
    "a web page with a table of fields": (
        """\
国务院办公厅关于同意建立联席会议制度的函_政府信息公开专栏
首页 > 政策 > 文件库
索 引 号：	000014349/2021-00011	主题分类：	综合政务
发文机关：	国务院办公厅	成文日期：	2021年01月23日
标　　题：	国务院办公厅关于同意建立联席会议制度的函
发文字号：	国办函〔2021〕11号	发布日期：	2021年02月01日
国务院办公厅关于同意建立
联席会议制度的函
国办函〔2021〕11号
民政部：
你部关于建立的请示收悉。经国务院同意，现函复如下：
国务院办公厅
2021年1月23日
（此件公开发布）
""",
        {
            "document_number": "国办函〔2021〕11号",
            "title": "国务院办公厅关于同意建立联席会议制度的函",
            "issuer": ["国务院办公厅"],
            "addressee": "民政部",
            "written_on": "2021-01-23",
            "kind": "函",
        },
    ),
    "a page from OCR": (
        """\
国 务 院 办 公 厅 文 件
国办发[2019] 1198
国务院办公厅关于印发方案的通知
各 省 、 自 治 区 、 直 辖 市 人 民 政 府 ：
《方案》已经国务院同意，现印发给你们。
国 务 院 办 公 厅
2019 年 12 月 5 日
""",
        {
            "title": "国务院办公厅关于印发方案的通知",
            "issuer": ["国务院办公厅"],
            "addressee": "各省、自治区、直辖市人民政府",
            "written_on": "2019-12-05",
            "kind": "通知",
        },
    ),
}

LETTERS: dict[str, Sample] = {
    "a business letter": (
        """\
Acme Water Engineering Ltd
12 Harbour Road, Bristol BS1 4QA
Tel. +44 117 000 000

Our ref: AWE/2024/117    Your ref: DWR-55/B
3 May 2024

Ms Jane Smith
Department of Water Resources
1 Main Street
London SW1A 1AA

Dear Ms Smith,

Re: Extension of the Severn monitoring contract

Thank you for your letter of 12 April 2024 (ref. DWR-55/B). Order No. 55 of 1 March 2020 applies.

Yours sincerely,

John H. Miller
Managing Director

Encl: Draft contract; Price list
cc: Legal Department; Mr Brown
""",
        {
            "title": "Extension of the Severn monitoring contract",
            "addressee": "Ms Jane Smith, Department of Water Resources, 1 Main Street, London SW1A 1AA",
            "copies_to": ["Legal Department", "Mr Brown"],
            "attachments": ["Draft contract", "Price list"],
            "written_on": "2024-05-03",
            "signer": "John H. Miller",
            "sender": "Acme Water Engineering Ltd",
            "our_reference": "AWE/2024/117",
            "your_reference": "DWR-55/B",
        },
    ),
    "a memorandum": (
        """\
MEMORANDUM

TO:      All heads of unit
FROM:    Director of Records
DATE:    January 5, 2024
SUBJECT: Closing of the registry on 12 February

1. The registry is closed.
""",
        {
            "title": "Closing of the registry on 12 February",
            "addressee": "All heads of unit",
            "written_on": "2024-01-05",
            "sender": "Director of Records",
        },
    ),
    "a presidential memorandum": (
        """\
Memorandum of January 20, 2009
Regulatory Review
Memorandum for the Heads of Executive Departments and Agencies
President Obama was inaugurated.
""",
        {
            "title": "Regulatory Review",
            "addressee": "the Heads of Executive Departments and Agencies",
            "written_on": "2009-01-20",
        },
    ),
    "an order as released to the press": (
        """\
THE WHITE HOUSE
Office of the Press Secretary
For Immediate Release                     January 21, 2009
EXECUTIVE ORDER 13489
- - - - - - -
PRESIDENTIAL RECORDS
By the authority vested in me as President by the Constitution and the laws of the United States of America, it is hereby ordered as follows:
BARACK OBAMA
THE WHITE HOUSE,
January 21, 2009.
""",
        {
            "document_number": "Executive Order 13489",
            "title": "PRESIDENTIAL RECORDS",
            "written_on": "2009-01-21",
            "sender": "The White House",
        },
    ),
    "a proclamation": (
        """\
Proclamation 9994 of March 13, 2020
Declaring a National Emergency Concerning the Novel Coronavirus
Disease (COVID-19) Outbreak
By the President of the United States of America
A Proclamation
In December 2019, a novel (new) coronavirus
""",
        {
            "document_number": "Proclamation 9994",
            "title": "Declaring a National Emergency Concerning the Novel Coronavirus Disease (COVID-19) Outbreak",
            "written_on": "2020-03-13",
        },
    ),
    "a bulletin with a symbol": (
        """\
United Nations
ST/SGB/2007/5
Secretariat                                12 February 2007
Secretary-General's bulletin
Record-keeping and the management of United Nations archives
The Secretary-General, for the purpose of
""",
        {"written_on": "2007-02-12"},
    ),
    "a letter without an address": (
        """\
CONFIDENTIAL
Reference: HR-2023-0042
Date: 31/12/2023
Subject: Renewal of lease
Dear Sir or Madam,
We write to confirm.
Yours faithfully,
Mary Ann Jones
Head of Estates
""",
        {
            "title": "Renewal of lease",
            "written_on": "2023-12-31",
            "signer": "Mary Ann Jones",
            "secrecy": "confidential",
            "our_reference": "HR-2023-0042",
        },
    ),
}
