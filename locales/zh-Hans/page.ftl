# The help page in Simplified Chinese, as used in mainland China. One message is one sentence, and one sentence is one idea.
# Readers: people from mainland China in Japan; frightened, perhaps 75 years old, perhaps not readers of Japanese. 您, everyday words, no blame, no jargon.
# `Backticks` mark a key of the keyboard. Everything else is plain text: no markup.

## About this language
# language-name: what its own speakers call it. language-html: the tag for programs (BCP 47). language-accepts: the tags
# of Accept-Language that mean it, with spaces between. language-space stands between two sentences, language-colon
# behind a label.

language-name = 简体中文
language-html = zh-Hans
language-accepts = zh-Hans zh-CN zh-SG zh
language-space = { "" }
language-colon = ：

## Top of the page

page-title-stopped = 已拦截一个危险网站
page-title-help = 屏幕上出现假警告时怎么办
notice = 您正在使用的网络发来的提醒
language-choice = 语言

stopped-heading = 已拦截一个危险网站
stopped-from-network = 这个页面是您正在使用的网络（比如家里或学校的网络）显示的。
stopped-site = 那个网站可能有诈骗等危险，所以没等它打开就拦截了。
stopped-own-heading = 这个网站在这个网络上不能打开
stopped-own-site = 这个网站是这个网络的管理人决定拦截的。
not-stopped = 您要打开的网站，现在没有被拦截。
not-stopped-again = 如果想打开它，请先关掉上网用的浏览器，等一分钟左右，再打开这个网站试试。

help-heading = 屏幕上出现假警告时怎么办
help-from-network = 这个帮助页面是您正在使用的网络（比如家里或学校的网络）显示的。
help-fake = 突然跳出警告，说“已感染病毒”，还叫您打电话，那就是假的。

device-fine = 您的电脑或手机，很可能没有问题。
do-not-call = 请不要拨打刚才画面上的电话号码。
hang-up = 如果您正在和对方通电话，请马上挂断。
hang-up-any-time = 话说到一半，也可以直接挂断。
asks-nothing = 这个页面绝不会要求您输入任何内容，也绝不会要求您付钱。

choose-heading = 您的情况更接近哪一种？
choose-a = 只看到了警告
choose-a-note = 没打电话，没装软件，也没付钱
choose-b = 打了电话、装了软件或付了钱
choose-b-note = 只要有其中一项，就选这个

## A: only saw a warning

state-a-heading = 您只看到了警告
state-a-fine = 如果只是看到了警告，基本上不用担心。
state-a-close-this = 如果警告已经不见了，关掉这个页面就可以了。
state-a-close-that = 如果警告还在，请按顺序试试下面的方法。

close-windows = Windows 电脑
close-esc = 方法一：用 `Esc` 键
close-esc-hold = 按住键盘左上角的 `Esc` 键 2 到 3 秒。
close-esc-appears = 屏幕右上角会出现一个“×”。
close-esc-press = 用鼠标点击这个“×”。
close-task = 方法二：如果用方法一关不掉
close-task-keys = 同时按下 `Ctrl`、`Alt` 和 `Delete` 这三个键。
close-task-open = 在出现的画面上，选择“任务管理器”。
close-task-browser = 在列表中找到上网用的浏览器（比如 Edge 或 Chrome），用鼠标右键点击它。
close-task-end = 选择“结束任务”。
close-restart = 方法三：如果还是关不掉
close-restart-do = 重启电脑（就是关机后再开机）。
close-restart-power = 如果没办法选“重启”，就一直按住电源按钮，等电脑关机后再开机。
close-restart-no-restore = 如果电脑问您要不要恢复（还原）之前的页面，请不要恢复。
close-ask = 如果怎么也关不掉，别一个人着急，请找人帮忙。
go-to-ask = 看看可以找谁帮忙

close-others = 其他设备
close-mac = 苹果电脑（Mac）
close-mac-esc = 按住 `esc` 键 2 到 3 秒，再点击左上角的红色圆形按钮。
close-mac-keys = 如果关不掉，请同时按下 `option`、`command` 和 `esc` 这三个键。
close-mac-quit = 在列表中选中上网用的浏览器（比如 Safari），再点击“强制退出”。
close-chromebook = Chromebook 电脑
close-chromebook-esc = 按住 `esc` 键 2 到 3 秒，再点击右上角的“×”。
close-chromebook-power = 如果关不掉，就一直按住电源按钮，直到电脑关机。
close-chromebook-no-restore = 然后再开机，看到“恢复”也不要选。
close-android = 安卓（Android）手机或平板
close-android-list = 用手指从屏幕最下边往上滑，停住不放，正在用的软件就会显示出来。
close-android-button = 如果屏幕下方有“□”或“|||”按钮，点击它也可以。
close-iphone = 苹果手机（iPhone）或苹果平板（iPad）
close-iphone-list = 用手指从屏幕最下边往上滑，滑到中间停住。
close-iphone-button = 如果有圆形的按钮（主屏幕按钮），就改为快速连按两下这个按钮。
close-phone-swipe = 找到上网用的浏览器（比如 Chrome 或 Safari），用手指把它往上推出屏幕。
close-phone-tab = 如果再打开浏览器时又出现同样的画面，就打开所有标签页（打开着的网页）的列表，点击那一页上的“×”。

follow-heading = 不要照画面上或电话里说的做
follow-install = 对方推荐的软件，不要下载，也不要安装。
follow-allow = 对方叫您点“允许”或“是”，也不要点。

## B: called, installed something, or paid

state-b-heading = 您打了电话、装了软件或付了钱
state-b-common = 很多人都遇到过这样的事，这不是您的错。
state-b-still = 现在还有可以做的事。
first-heading = 先做这些
first-disconnect = 如果装了软件，或者电脑被对方操作过，请断开电脑的网络。
do-not-answer = 如果对方再打来，请不要接。
only-talked = 如果您只是通了电话，没有把自己的任何信息告诉对方，基本上不用再做别的了。
only-talked-told = 如果您把姓名、住址、卡号或密码告诉了对方，请尽早找人商量。
which-apply = 下面的内容，凡是符合您情况的，请都看一看。
money-first = 如果您付了钱，请在检查电脑之前，先照 B2 到 B4 里说的打电话。

installed-heading = 装了软件，或者电脑被对方操作过
installed-what = 那个软件可能会让陌生人从很远的地方操作您的电脑（远程控制）。
installed-disconnect = 请断开电脑的网络。
installed-disconnect-how = 拔掉网线，或者关掉 Wi-Fi（无线网）。
installed-scan = 用杀毒软件把整台电脑检查一遍。
installed-remove = 先把装上的软件的名字写在纸上，再把这个软件卸载（删除）。
installed-after = 接下来
installed-passwords = 用另一台设备（比如手机）修改您的密码。
installed-reset = 如果可以，请重置电脑（就是恢复到刚买来时的样子）。
installed-reset-care = 重置会删掉照片和文件，所以请先问问警察或懂电脑的人。

card-heading = 用信用卡付了钱
card-call = 请马上给信用卡公司打电话。
card-number = 电话号码在卡的背面，或者每月的账单上。
card-stop = 请说：“我被骗了，请帮我停止付款。”

emoney-heading = 用电子货币（充值卡等）或礼品卡付了钱
emoney-call = 请马上联系发行那种电子货币或礼品卡的公司。
emoney-number = 联系方式在卡的背面，或者那家公司的官方网站上。
emoney-stop = 告诉那家公司您被骗了，请他们停止付款。
emoney-relief = 再问一问，损失的钱有没有办法补救。
emoney-keep = 买来的卡请不要扔掉。

bank-heading = 用银行转账或网上银行付了钱
bank-call = 请马上给银行打电话。
bank-number = 请用银行卡或存折上的电话号码。
bank-stop = 请说：“我被骗了，请帮我停止转账。”
bank-check = 请银行查一查，实际转走了多少钱。
bank-more = 有的人被转走的钱，比自己输入的金额还多。

evidence-heading = 留好证据
evidence-useful = 找警察的时候，下面这些东西会有用。
evidence-keep = 请不要删除，也不要扔掉。
evidence-screen = 警告的画面（用手机拍的照片就可以）
evidence-software = 能看出所装软件名字的东西
evidence-card = 信用卡的消费记录
evidence-emoney = 买来的电子货币卡和购物小票

police-heading = 告诉警察
police-call = 先给附近的警察署打电话。
police-agree = 约好哪天几点去，问清楚要带什么。
police-go = 带上证据，去警察署。

## Whom to ask

ask-heading = 可以找谁帮忙
ask-unsure = 如果担心这里的电话号码不是真的，请问问家人，或者去附近的警察署或派出所核实。
ask-hours = 服务时间
ask-languages = 可用的语言
ask-email = 电子邮箱
ask-website = 网站
ask-checked = 这些内容于{ $year }年{ $month }月{ $day }日核实过。
ask-police = 请向您居住的国家或地区的警察求助。
ask-bank = 请按卡或存折上印的号码，给信用卡公司或银行打电话。
ask-family = 也请告诉家人、朋友、学校或单位的人。

language-ja = 日语
language-en = 英语
language-fr = 法语
language-ko = 韩语

## The help lines of help-lines.toml: who they are, what to ask them, when they answer

line-jp-police-advice-who = 警察咨询专线
line-jp-police-advice-for = 可能被骗了，或者已经付了钱的时候。
line-jp-police-advice-hours = 工作日的白天（各都道府县的时间不同）
line-jp-consumer-hotline-who = 消费者热线（附近的消费生活中心等）
line-jp-consumer-hotline-for = 付款或合同方面遇到麻烦的时候。
line-jp-consumer-hotline-hours = 工作日的时间，各个中心不同。周末和节假日 10:00 到 16:00。年底和元旦期间休息。用某些 IP 电话或预付费手机打不通。
line-jp-ipa-who = IPA 信息安全咨询窗口
line-jp-ipa-for = 警告关不掉，或者已经装了软件的时候。
line-jp-ipa-hours = 10:00 到 12:00，13:30 到 17:00（周末、节假日，以及年底和元旦期间休息）
line-jp-police-list-who = 各地警察署和警方网络犯罪咨询窗口的名单
line-jp-police-list-for = 想查附近警察署的电话号码的时候。
line-jp-police-list-hours = 网站随时可以看
line-jp-police-emergency-who = 警察（紧急情况）
line-jp-police-emergency-for = 需要警察马上过来的时候。
line-jp-police-emergency-hours = 24 小时
line-gb-report-fraud-who = Report Fraud（英国的诈骗举报窗口）
line-gb-report-fraud-for = 被骗了的时候（英格兰、威尔士和北爱尔兰）。在苏格兰，请联系苏格兰警察。
line-gb-report-fraud-hours = 请看网站
line-kr-police-who = 韩国警察厅：电信网络诈骗综合应对中心
line-kr-police-for = 被骗了，或者怀疑是诈骗的时候。
line-kr-police-hours = 24 小时，全年无休
line-fr-17cyber-who = 17Cyber（法国的公共求助窗口）
line-fr-17cyber-for = 被骗了，或者怀疑是诈骗的时候。
line-fr-17cyber-hours = 24 小时，全年无休

## Understanding it

scam-heading = 这叫“技术支持诈骗”
scam-warning = 正在上网的时候，突然跳出假警告，说“已感染病毒”。
scam-noise = 有时还会传出很大的响声或说话声。
scam-aim = 目的是吓唬您，好让您拨打画面上的电话号码。
scam-then = 电话打过去，他们就会以“技术支持”为名让您付钱，或者让您装上能控制您电脑的软件。
scam-always = 不管有没有病毒，这种警告都会出现。
scam-logos = 为了看起来像真的，有时还会用上真实公司的标志。

cases-heading = 常见的例子
case-card = 例一：用信用卡付了钱
case-card-alarm = 电脑突然发出很大的响声，还出现了叫人打电话的画面，怎么也关不掉。
case-card-remote = 打过去后，对方提出要看看电脑里的情况，于是照对方说的装了远程控制软件，还把显示出来的号码告诉了对方。
case-card-paid = 对方说，清除病毒的费用里还包含两年的技术支持，于是用信用卡付了钱。
case-emoney = 例二：用电子货币付了钱
case-emoney-alarm = 突然出现警告，于是给画面上的“技术支持中心”打了电话。
case-emoney-asked = 对方说要付三年的技术支持费，要求去便利店买 5 万日元的电子货币。
case-emoney-paid = 照着买了，又把卡上的号码告诉了对方。

how-heading = 骗子的手段
how-frighten = 用假警告、响声和说话声来吓唬人。
how-sell = 在电话里推销收费的技术支持，或者所谓的“安全软件”。
how-pay = 让人用信用卡、礼品卡、电子货币付钱，或者去便利店付款。
how-remote = 通过远程控制，骗子可能会盗用您的账号，把您的钱转走。

prevent-heading = 平时可以做的事
prevent-update = 电脑的系统（比如 Windows）和各种软件，要及时更新到最新。
prevent-security = 使用杀毒软件。
prevent-talk = 突然出现警告时，打电话之前，先跟家人或朋友说一说。

see-heading = 看一看，练一练
see-note = 这些网页是日语的，由 JC3（日本网络犯罪对策中心）和 IPA（日本信息处理推进机构）提供。
see-jc3-video = 看视频，了解骗子的手段（JC3）
see-jc3-column = 关于技术支持诈骗的文章（JC3）
see-ipa-column = 怎样不被假警告欺骗（IPA）
see-ipa-practice = 练习关掉假警告（IPA）
see-ipa-steps = 警告关不掉时的操作步骤，可以打印出来留着（IPA）

## About this page

about-heading = 关于这个页面
about-sekisho = 这个网络使用“Sekisho”，帮您避开诈骗等危险网站。
about-name = 被拦截的网站的名称
about-lists = 列有这个名称的危险网站名单
about-operator = 这个网络的管理人
about-contact = 联系方式
about-mistake = 如果您觉得安全的网站被误拦了，请告诉这个网络的管理人。
about-mistake-anyone = 如果您觉得安全的网站被误拦了，请告诉设置这个网络的人（家人、学校或公司）。
about-caller = 如果电话里的人要您设法重新打开这个网站，那就是诈骗。
to-top = 回到顶部

## The other pages of the box

more-heading = 在这里还可以做这些
more-practice = 练习关掉假警告
more-practice-note = 就用这台设备，大约一分钟就能练完。不会出任何事。
more-record = 给警察或信用卡公司看的记录表
more-record-note = 可以打印，也可以用手抄写。不会发送到任何地方。
more-card = 打印关掉警告的步骤，放在电脑旁边
more-card-note = 一张纸，外加一张小卡片。
more-unblock = 申请打开这个网站
more-help = 回到帮助页面
say-in-japanese = 用日语说，或者拿给人看
close-your-device = 您用的好像是
close-this-device = 在您的设备上怎么关掉

## Stopped for this device

lately-heading = 最近一小时内，在这台设备上拦截的网站
lately-note = 如果浏览器刚才显示出错，那个网站可能就在这里面。
lately-all-devices = 家里其他设备上拦截的网站，也可能混在里面。
lately-none = 最近一小时内，在这台设备上没有拦截过网站。
lately-when = { $minutes ->
    [0] 不到一分钟前
   *[other] { $minutes } 分钟前
}

## Practice

practice-title = 练习：关掉假警告
practice-what = 在这里，您可以练习关掉占满整个屏幕的假警告。
practice-safe = 这只是练习：您的电脑不会出任何事，也不会向任何地方发送任何内容。
practice-ends = 过一分钟会自动结束，您也可以随时停下来。
practice-sound = 同时放出声音，就像真的遇到假警告那样
practice-start = 开始练习
practice-no-script = 这个练习要用到 JavaScript，可是它现在是关着的。
practice-read-instead = 您可以改为在这里看操作步骤。
practice-mark = 练习
practice-not-real = 这不是真的警告。
practice-fake-heading = 警告！您的电脑已感染病毒！
practice-fake-call = 请立即拨打这个号码：000-0000
practice-fake-lie = 真遇到假警告时，画面就是这个样子，上面写的全是骗人的。
practice-stop = 停止练习
practice-esc-hold = 请按住键盘左上角的 `Esc` 键，一直按到画面变小。
practice-esc-longer = 很好，就是 `Esc` 键。请按得再久一点，按住 2 到 3 秒。
practice-close = 做得很好。现在请点击这个框右上角的“×”。
practice-close-where = 真遇到假警告时，要点击浏览器本身的“×”。
practice-touch-leave = 请把手指放在屏幕最下边，慢慢往上滑，滑到中间停住。
practice-touch-apps = 等正在用的软件显示出来，请再选一次这个页面。
practice-touch-button = 如果有“□”或“|||”按钮，或者圆形的按钮（主屏幕按钮），用它也可以。
practice-touch-close = 做得很好。真遇到时，请用手指把浏览器往上推出屏幕。现在请点击这里的“×”。
practice-done-heading = 您做到了
practice-done-esc = 您用 `Esc` 键退出了占满屏幕的画面。
practice-done-apps = 您离开了警告画面，又回到了这里。
practice-done-close = 您点击了“×”。
practice-done-no-call = 您没有拨打画面上的电话号码。
practice-over-heading = 一分钟到了
practice-over = 什么事也没有发生。您想练几次都可以。
practice-left-heading = 练习结束了
practice-left = 真遇到假警告时，也可以这样离开：它拿您没办法，不用怕。
practice-again = 再练一次
practice-keys = 在 Windows 电脑上，如果按 `Esc` 键不管用：请同时按下 `Ctrl`、`Alt` 和 `Delete` 这三个键，选择“任务管理器”，在那里把浏览器结束掉。
practice-keys-why = 这一步不能在这里练习，因为按了这些键，会打开电脑自己的画面。

## Sheet for the police or the card company

record-title = 假警告情况记录
record-what = 去求助时请带上这张表，打电话时请放在手边。
record-how = 这个页面可以打印，也可以用手抄写。
record-known = 这个网络知道的情况
record-made = 这张表的制作时间
record-name = 被拦截的网站的名称
record-lists = 列有这个名称的危险网站名单
record-when = 最后一次拦截的时间
record-none = 没有可以写进这张表的网站。
record-write = 您记得的情况
record-write-note = 不知道的地方，空着就可以。
record-seen = 警告出现的日期和时间
record-number = 画面上的电话号码
record-caller = 对方自称的姓名和公司
record-installed = 所装软件的名字，告诉对方的号码
record-told = 告诉了对方什么（比如姓名、住址、卡号；千万不要写出密码本身，只写“密码”两个字）
record-paid = 付款方式、付给谁、金额、时间
record-cards = 电子货币卡或礼品卡上的号码
record-done = 已经打过电话的地方
record-police = 警察或公司经办人的姓名和电话号码

## Steps to print

card-title = 屏幕上突然跳出警告时
card-print = 这个页面可以打印。最后的小卡片可以剪下来用。
card-first = 请别慌。那个警告是假的。
card-no-call = 请不要拨打画面上的电话号码。
card-close = 怎么关掉
card-if = 如果打了电话、装了软件或付了钱
card-if-hang-up = 挂断电话。
card-if-network = 断开电脑的网络。
card-if-call = 给信用卡公司、银行，或者发行电子货币、礼品卡的公司打电话。
card-if-police = 然后找警察商量。
card-help-page = 这个网络的帮助页面
card-small = 可以剪下来的小卡片
card-family = 您信得过的人的电话号码

## Asking for a site to be opened

unblock-title = 申请打开网站
unblock-name = 您申请打开的是这个网站
unblock-who = 这个网络的管理人会看到您的申请，由管理人来决定。
unblock-not-here = 即使是管理人，也不能在这个画面上打开它。
unblock-why-heading = 为什么需要时间
unblock-why = 骗子经常在电话里说：“请点允许。”
unblock-why-delay = 因为可能是诈骗而被拦截的网站，即使管理人同意了，也要过一段时间才能打开。
unblock-delay = 要等 { $minutes } 分钟。
unblock-why-wait = 这是为了让您有时间挂断电话，跟信得过的人商量。
unblock-why-caller = 如果是电话里的人叫您点这个按钮，请马上挂断电话。
unblock-button = 发送申请
unblock-nothing = 不用输入任何内容，别人也只会知道网站的名称，以及是哪台设备申请的。
unblock-which = 请选择被拦截的网站。
unblock-not-blocked = 在这台设备上，这个网站没有被拦截。
unblock-taken-heading = 申请已发送
unblock-taken = 这个网络的管理人现在可以看到您的申请了。
unblock-taken-wait = 您不用再做别的了。
unblock-already = 这个申请已经在等管理人处理了。
unblock-approved = 管理人已经同意打开这个网站，它很快就能打开，或者已经能打开了。
unblock-refused = 这个网络的管理人决定不打开这个网站。
unblock-full = 现在的申请太多，所以您这次的申请没能发送出去。
unblock-full-tell = 麻烦您直接告诉这个网络的管理人。
unblock-expired = 这个页面打开得太久了，所以申请没有发送出去。
unblock-again = 请再点一次按钮。
