# The help page in Korean. One message is one sentence, and one sentence is one idea.
# Readers: frightened, perhaps 75 years old. 해요/하세요, everyday words, no blame, no jargon.
# `Backticks` mark a key of the keyboard. Everything else is plain text: no markup.

## About this language
# language-name: what its own speakers call it. language-html: the tag for programs (BCP 47). language-accepts: the tags
# of Accept-Language that mean it, with spaces between. language-space stands between two sentences, language-colon
# behind a label.

language-name = 한국어
language-html = ko
language-accepts = ko
language-space = { " " }
language-colon = { ": " }

## Top of the page

page-title-stopped = 위험한 사이트를 막았어요
page-title-help = 가짜 경고 화면이 떴을 때 도움말
notice = 네트워크에서 드리는 안내
language-choice = 언어

stopped-heading = 위험한 사이트를 막았어요
stopped-from-network = 이 페이지는 집이나 학교 등, 지금 쓰고 계신 네트워크(인터넷 연결)에서 보여 드리는 안내예요.
stopped-site = 사기 사이트처럼 위험한 곳일 수 있어서, 열리기 전에 막았어요.
stopped-own-heading = 이 사이트는 이 네트워크에서 볼 수 없어요
stopped-own-site = 이 네트워크를 관리하는 사람이 막기로 한 사이트예요.
not-stopped = 열려고 하신 사이트는 지금은 막혀 있지 않아요.
not-stopped-again = 그 사이트를 보시려면, 인터넷을 보는 프로그램(앱)을 닫고 1분쯤 기다린 다음, 그 사이트를 다시 열어 보세요.

help-heading = 가짜 경고 화면이 떴을 때
help-from-network = 이 도움말은 집이나 학교 등, 지금 쓰고 계신 네트워크(인터넷 연결)에서 보여 드리는 안내예요.
help-fake = “바이러스에 감염되었습니다”라는 경고가 갑자기 뜨고 전화하라고 하면, 그 경고는 가짜예요.

device-fine = 쓰고 계신 컴퓨터나 휴대전화는 아마 아무 문제 없을 거예요.
do-not-call = 화면에 나온 번호로 전화하지 마세요.
hang-up = 지금 그쪽 사람과 통화 중이시라면, 바로 전화를 끊으세요.
hang-up-any-time = 이야기하는 도중에 끊으셔도 괜찮아요.
asks-nothing = 이 페이지가 글자를 입력하라고 하거나 돈을 내라고 하는 일은 절대 없어요.

choose-heading = 둘 중 어느 쪽에 더 가까운가요?
choose-a = 경고를 보기만 했어요
choose-a-note = 전화하지도, 설치하지도, 돈을 내지도 않았어요
choose-b = 전화했거나, 뭔가를 설치했거나, 돈을 냈어요
choose-b-note = 하나라도 해당하면 이쪽이에요

## A: only saw a warning

state-a-heading = 경고를 보기만 하셨다면
state-a-fine = 경고를 보기만 하셨다면, 걱정하실 일은 거의 없어요.
state-a-close-this = 경고 화면이 사라졌다면, 이 페이지만 닫으시면 끝이에요.
state-a-close-that = 경고 화면이 아직 남아 있다면, 아래 방법을 하나씩 차례로 해 보세요.

close-windows = 윈도우(Windows) 컴퓨터
close-esc = 방법 1: `Esc` 키로 닫기
close-esc-hold = 키보드 왼쪽 위에 있는 `Esc` 키를 2~3초 동안 꾹 누르고 계세요.
close-esc-appears = 화면 오른쪽 위에 × 표시가 나타나요.
close-esc-press = 그 × 표시를 마우스로 누르세요.
close-task = 방법 2: 방법 1로 닫히지 않을 때
close-task-keys = `Ctrl`, `Alt`, `Delete` 키를 동시에 누르세요.
close-task-open = 나온 화면에서 ‘작업 관리자’를 고르세요.
close-task-browser = 목록에서 인터넷을 보는 프로그램(Edge, Chrome 등)을 마우스 오른쪽 버튼으로 누르세요.
close-task-end = ‘작업 끝내기’를 고르세요.
close-restart = 방법 3: 그래도 닫히지 않을 때
close-restart-do = 컴퓨터를 ‘다시 시작’으로 껐다가 켜세요.
close-restart-power = ‘다시 시작’을 고를 수 없으면, 컴퓨터가 꺼질 때까지 전원 버튼을 꾹 눌렀다가 다시 켜세요.
close-restart-no-restore = 페이지를 복원할지 묻는 말이 나와도, 복원하지 마세요.
close-ask = 닫을 수 없을 때는 혼자 고민하지 말고 도움을 청하세요.
go-to-ask = 도움받을 수 있는 곳 보기

close-others = 다른 기기
close-mac = 맥(Mac)
close-mac-esc = `esc` 키를 2~3초 동안 꾹 누른 다음, 왼쪽 위의 빨간 동그라미를 누르세요.
close-mac-keys = 닫히지 않으면 `option`, `command`, `esc` 키를 동시에 누르세요.
close-mac-quit = 목록에서 인터넷을 보는 프로그램(Safari 등)을 고르고, ‘강제 종료’를 누르세요.
close-chromebook = 크롬북(Chromebook)
close-chromebook-esc = `esc` 키를 2~3초 동안 꾹 누른 다음, 오른쪽 위의 × 표시를 누르세요.
close-chromebook-power = 닫히지 않으면 컴퓨터가 꺼질 때까지 전원 버튼을 꾹 누르고 계세요.
close-chromebook-no-restore = 다시 켠 다음, ‘복원’이 나와도 고르지 마세요.
close-android = 안드로이드(Android) 휴대전화·태블릿
close-android-list = 화면 맨 아래에서 손가락을 위로 밀어 올린 채 가만히 있으면, 열려 있는 앱들이 나타나요.
close-android-button = 화면 아래쪽에 ‘□’나 ‘|||’ 버튼이 있으면, 대신 그 버튼을 누르셔도 돼요.
close-iphone = 아이폰(iPhone)·아이패드(iPad)
close-iphone-list = 화면 맨 아래에서 손가락을 위로 밀어 올리다가, 가운데쯤에서 멈추세요.
close-iphone-button = 동그란 홈 버튼이 있으면, 대신 그 버튼을 빠르게 두 번 누르세요.
close-phone-swipe = 인터넷을 보는 앱(Chrome, Safari 등)을 손가락으로 밀어 올려 화면 밖으로 내보내세요.
close-phone-tab = 그 앱을 다시 열었을 때 같은 화면이 또 나오면, 탭(열어 둔 페이지) 목록을 열고 그 화면의 × 표시를 누르세요.

follow-heading = 화면이나 전화에서 시키는 대로 하지 마세요
follow-install = 상대방이 권하는 프로그램이나 앱을 내려받거나 설치하지 마세요.
follow-allow = ‘허용’이나 ‘예’를 누르라고 해도 누르지 마세요.

## B: called, installed something, or paid

state-b-heading = 전화했거나, 뭔가를 설치했거나, 돈을 내셨다면
state-b-common = 누구나 겪을 수 있는 일이고, 잘못하신 게 아니에요.
state-b-still = 지금이라도 하실 수 있는 일이 있어요.
first-heading = 먼저 하실 일
first-disconnect = 뭔가를 설치하셨거나 상대방이 컴퓨터를 조작했다면, 컴퓨터의 인터넷 연결을 끊으세요.
do-not-answer = 상대방에게서 다시 전화가 와도 받지 마세요.
only-talked = 통화만 하고 본인에 대해 아무것도 알려 주지 않으셨다면, 대개는 더 하실 일이 없어요.
only-talked-told = 이름이나 주소, 카드 번호, 비밀번호 같은 것을 알려 주셨다면, 되도록 빨리 상담을 받으세요.
which-apply = 아래에서 해당하는 내용을 모두 읽어 보세요.
money-first = 돈을 내셨다면, 컴퓨터를 검사하기 전에 B2~B4에 나온 곳에 먼저 연락하세요.

installed-heading = 뭔가를 설치했거나, 상대방이 컴퓨터를 조작했을 때
installed-what = 모르는 사람이 멀리서 내 컴퓨터를 움직일 수 있게 하는 프로그램(원격 제어 프로그램)일 수 있어요.
installed-disconnect = 컴퓨터의 인터넷 연결을 끊으세요.
installed-disconnect-how = 인터넷 선(랜선)을 뽑거나, 와이파이(Wi-Fi)를 끄세요.
installed-scan = 백신 프로그램으로 컴퓨터 전체를 검사하세요.
installed-remove = 설치한 프로그램의 이름을 종이에 적어 둔 다음, 그 프로그램을 지우세요(제거).
installed-after = 그다음에 하실 일
installed-passwords = 휴대전화 같은 다른 기기를 써서 비밀번호를 바꾸세요.
installed-reset = 할 수 있으면 컴퓨터를 처음 샀을 때의 상태로 되돌리세요(초기화).
installed-reset-care = 초기화하면 사진과 문서도 지워지니, 먼저 경찰이나 컴퓨터를 잘 아는 사람과 상의하세요.

card-heading = 신용카드로 돈을 냈을 때
card-call = 지금 바로 카드 회사에 전화하세요.
card-number = 전화번호는 카드 뒷면이나 매달 받는 이용 명세서에 적혀 있어요.
card-stop = “사기를 당했어요. 결제를 멈춰 주세요.”라고 말하세요.

emoney-heading = 전자 화폐(선불 카드 등)나 기프트 카드로 돈을 냈을 때
emoney-call = 지금 바로 그 전자 화폐나 기프트 카드를 발행한 회사에 연락하세요.
emoney-number = 연락처는 카드 뒷면이나 그 회사의 공식 홈페이지에 있어요.
emoney-stop = 사기를 당했다고 알리고, 결제를 멈춰 달라고 하세요.
emoney-relief = 돈을 돌려받는 등 도움받을 방법이 있는지도 물어보세요.
emoney-keep = 구입한 카드는 버리지 마세요.

bank-heading = 계좌 이체나 인터넷 뱅킹으로 돈을 보냈을 때
bank-call = 지금 바로 은행에 전화하세요.
bank-number = 전화번호는 통장이나 은행 카드에서 확인하세요.
bank-stop = “사기를 당했어요. 이체를 멈춰 주세요.”라고 말하세요.
bank-check = 실제로 얼마가 빠져나갔는지 은행에 확인하세요.
bank-more = 직접 입력한 금액보다 더 많은 돈이 빠져나간 경우도 있어요.

evidence-heading = 증거를 남겨 두세요
evidence-useful = 아래에 있는 것들은 경찰에 상담할 때 도움이 돼요.
evidence-keep = 지우거나 버리지 마세요.
evidence-screen = 경고 화면(휴대전화로 찍은 사진이면 충분해요)
evidence-software = 설치한 프로그램의 이름을 알 수 있는 것
evidence-card = 신용카드 이용 내역
evidence-emoney = 구입한 전자 화폐 카드와 영수증

police-heading = 경찰에 알리세요
police-call = 먼저 가까운 경찰서에 전화하세요.
police-agree = 찾아갈 날짜와 시간을 정하고, 무엇을 가져가면 되는지 물어보세요.
police-go = 남겨 둔 증거를 가지고 경찰서에 가세요.

## Whom to ask

ask-heading = 도움받을 수 있는 곳
ask-unsure = 여기 있는 번호가 진짜인지 걱정되시면, 가족이나 가까운 파출소·경찰서에 확인해 보세요.
ask-hours = 이용 시간
ask-languages = 가능한 언어
ask-email = 이메일
ask-website = 홈페이지
ask-checked = { $year }년 { $month }월 { $day }일에 확인한 내용이에요.
ask-police = 살고 계신 나라나 지역의 경찰에 도움을 청하세요.
ask-bank = 카드 회사나 은행에는 카드나 통장에 적혀 있는 번호로 전화하세요.
ask-family = 가족이나 친구, 학교나 직장 사람에게도 이야기하세요.

language-ja = 일본어
language-en = 영어
language-fr = 프랑스어
language-ko = 한국어

## The help lines of help-lines.toml: who they are, what to ask them, when they answer

line-jp-police-advice-who = 경찰 상담 전용 전화
line-jp-police-advice-for = 사기를 당한 것 같을 때, 또는 돈을 냈을 때.
line-jp-police-advice-hours = 평일 낮(시간은 도도부현마다 달라요)
line-jp-consumer-hotline-who = 소비자 핫라인(가까운 소비생활센터 등)
line-jp-consumer-hotline-for = 결제나 계약에 문제가 생겼을 때.
line-jp-consumer-hotline-hours = 평일 시간은 센터마다 달라요. 토·일요일과 공휴일은 10:00~16:00이에요. 연말연시에는 쉬어요. 일부 인터넷 전화(IP 전화)와 선불 휴대전화에서는 걸리지 않아요.
line-jp-ipa-who = IPA 정보 보안 안심 상담 창구
line-jp-ipa-for = 경고 화면을 닫을 수 없을 때, 또는 뭔가를 설치했을 때.
line-jp-ipa-hours = 10:00~12:00, 13:30~17:00(토·일요일과 공휴일, 연말연시에는 쉬어요)
line-jp-police-list-who = 경찰서 목록과 경찰의 사이버 범죄 상담 창구
line-jp-police-list-for = 가까운 경찰서의 전화번호를 찾을 때.
line-jp-police-list-hours = 홈페이지는 언제든지 볼 수 있어요
line-jp-police-emergency-who = 경찰(긴급할 때)
line-jp-police-emergency-for = 지금 당장 경찰관이 와 주어야 할 때.
line-jp-police-emergency-hours = 하루 24시간
line-gb-report-fraud-who = Report Fraud(영국의 사기 신고 창구)
line-gb-report-fraud-for = 사기를 당했을 때(잉글랜드, 웨일스, 북아일랜드). 스코틀랜드에서는 스코틀랜드 경찰(Police Scotland)에 연락하세요.
line-gb-report-fraud-hours = 홈페이지에서 확인하세요
line-kr-police-who = 한국 경찰청 전기통신금융사기 통합대응단(전화·인터넷 사기)
line-kr-police-for = 사기를 당했거나, 사기가 의심될 때.
line-kr-police-hours = 하루 24시간, 연중무휴
line-fr-17cyber-who = 17Cyber(프랑스의 공공 상담 창구)
line-fr-17cyber-for = 사기를 당했거나, 사기가 의심될 때.
line-fr-17cyber-hours = 하루 24시간, 연중무휴

## Understanding it

scam-heading = 이것은 ‘기술 지원 사기’예요
scam-warning = 인터넷을 보고 있을 때, 바이러스에 감염되었다는 가짜 경고가 갑자기 떠요.
scam-noise = 큰 소리나 사람 목소리가 나기도 해요.
scam-aim = 겁을 줘서 화면에 나온 번호로 전화하게 만들려는 거예요.
scam-then = 전화하면 ‘기술 지원’을 해 준다며 돈을 내게 하거나, 컴퓨터를 조종하려고 원격 제어 프로그램을 설치하게 해요.
scam-always = 이 경고는 바이러스가 있든 없든 떠요.
scam-logos = 진짜처럼 보이려고 실제로 있는 회사의 로고를 쓰기도 해요.

cases-heading = 자주 있는 사례
case-card = 사례 1: 카드로 돈을 낸 경우
case-card-alarm = 인터넷을 보는데 갑자기 컴퓨터에서 큰 소리가 나고, 전화하라는 화면이 사라지지 않았어요.
case-card-remote = 전화했더니 컴퓨터를 살펴봐 주겠다고 해서, 원격 제어 프로그램을 설치하고 거기에 나온 번호를 알려 주었어요.
case-card-paid = 바이러스도 없애고 2년 동안 기술 지원도 해 준다는 말에, 신용카드로 돈을 냈어요.
case-emoney = 사례 2: 전자 화폐로 돈을 낸 경우
case-emoney-alarm = 갑자기 경고가 떠서, 화면에 나온 ‘고객 지원 센터’에 전화했어요.
case-emoney-asked = 상대방은 3년 동안의 기술 지원 비용이라며, 편의점에서 전자 화폐를 5만 엔어치 사라고 했어요.
case-emoney-paid = 들은 대로 산 다음, 카드에 적힌 번호를 전화로 알려 주었어요.

how-heading = 사기꾼들의 수법
how-frighten = 가짜 경고와 소리, 목소리로 겁을 줘요.
how-sell = 전화로 유료 기술 지원이나 ‘보안 프로그램’을 사라고 권해요.
how-pay = 신용카드나 기프트 카드, 전자 화폐, 편의점 결제로 돈을 내라고 해요.
how-remote = 원격 제어로 이메일이나 은행 같은 곳에 본인인 것처럼 들어가, 마음대로 돈을 빼돌릴 수도 있어요.

prevent-heading = 평소에 하실 수 있는 일
prevent-update = 컴퓨터의 기본 시스템(Windows 등)과 쓰시는 프로그램을 늘 최신 상태로 해 두세요.
prevent-security = 백신 프로그램을 쓰세요.
prevent-talk = 갑자기 경고가 뜨면, 어디든 전화하기 전에 먼저 가족이나 친구에게 이야기하세요.

see-heading = 직접 보고 연습해 보기
see-note = 아래 페이지는 일본어로 되어 있고, JC3(일본사이버범죄대책센터)와 IPA(일본 정보처리추진기구)가 만들었어요.
see-jc3-video = 사기 수법을 보여 주는 영상(JC3)
see-jc3-column = 기술 지원 사기에 관한 글(JC3)
see-ipa-column = 가짜 경고에 속지 않는 방법(IPA)
see-ipa-practice = 가짜 경고 닫기 연습(IPA)
see-ipa-steps = 경고 화면이 닫히지 않을 때 따라 하는 순서(IPA, 인쇄해서 곁에 두고 볼 수 있어요)

## About this page

about-heading = 이 페이지에 대하여
about-sekisho = 이 네트워크에서는 ‘Sekisho(세키쇼)’가 사기 사이트를 비롯한 위험한 사이트를 막아 줘요.
about-name = 막은 사이트의 이름
about-lists = 이 이름이 올라 있는 위험 사이트 목록
about-operator = 이 네트워크를 관리하는 사람
about-contact = 연락처
about-mistake = 안전한 사이트가 잘못 막힌 것 같으면, 이 네트워크를 관리하는 사람에게 알려 주세요.
about-mistake-anyone = 안전한 사이트가 잘못 막힌 것 같으면, 이 네트워크를 마련한 사람(가족, 학교, 회사 등)에게 알려 주세요.
about-caller = 통화 중인 상대방이 이 사이트를 다시 열리게 해 달라고 하면, 그것은 사기예요.
to-top = 맨 위로 가기

## The other pages of the box

more-heading = 여기에서 이런 것도 하실 수 있어요
more-practice = 가짜 경고 닫기 연습
more-practice-note = 이 기기에서 1분쯤이면 돼요. 아무 일도 생기지 않아요.
more-record = 경찰이나 카드 회사에 알릴 때 쓰는 기록지
more-record-note = 인쇄하셔도 되고, 손으로 옮겨 적으셔도 돼요. 아무 데도 보내지 않아요.
more-card = 닫는 방법을 인쇄해서 컴퓨터 곁에 두기
more-card-note = 종이 한 장과 작은 카드예요.
more-unblock = 이 사이트를 열어 달라고 요청하기
more-help = 도움말 페이지로 돌아가기
say-in-japanese = 일본어로 말하거나 보여 줄 때
close-your-device = 지금 쓰시는 기기는 이것 같아요
close-this-device = 지금 쓰시는 기기에서 닫는 방법

## Stopped for this device

lately-heading = 최근 1시간 동안 이 기기에서 막은 사이트
lately-note = 조금 전에 인터넷 화면에 오류가 나왔다면, 그 사이트가 이 목록에 있을 수 있어요.
lately-all-devices = 집에 있는 다른 기기에서 막은 사이트가 섞여 있을 수도 있어요.
lately-none = 최근 1시간 동안 이 기기에서 막은 사이트는 없어요.
lately-when = { $minutes ->
    [0] 1분 이내
   *[other] { $minutes }분 전
}

## Practice

practice-title = 연습: 가짜 경고 닫기
practice-what = 화면을 가득 채우는 가짜 경고를 닫는 연습을 여기에서 하실 수 있어요.
practice-safe = 연습일 뿐이니, 컴퓨터에는 아무 일도 생기지 않고 어디에도 아무것도 보내지 않아요.
practice-ends = 1분이 지나면 저절로 끝나고, 언제든지 도중에 그만두실 수 있어요.
practice-sound = 사기꾼의 경고처럼 소리도 내기
practice-start = 연습 시작하기
practice-no-script = 이 연습에는 자바스크립트(JavaScript)라는 기능이 필요한데, 지금은 꺼져 있어요.
practice-read-instead = 대신 여기에서 닫는 방법을 읽어 보실 수 있어요.
practice-mark = 연습
practice-not-real = 진짜 경고가 아니에요.
practice-fake-heading = 경고! 컴퓨터가 바이러스에 감염되었습니다!
practice-fake-call = 지금 즉시 이 번호로 전화하십시오: 000-0000
practice-fake-lie = 사기꾼의 경고는 이렇게 생겼고, 거기에 적힌 말은 모두 거짓말이에요.
practice-stop = 연습 그만하기
practice-esc-hold = 키보드 왼쪽 위에 있는 `Esc` 키를 경고 화면이 작아질 때까지 꾹 누르고 계세요.
practice-esc-longer = 네, 그 키예요. 이번에는 `Esc` 키를 더 오래, 2~3초 동안 꾹 누르고 계세요.
practice-close = 잘하셨어요. 이제 이 네모 칸의 오른쪽 위에 있는 × 표시를 누르세요.
practice-close-where = 실제로 가짜 경고가 떴을 때는, 인터넷을 보는 프로그램의 × 표시를 누르세요.
practice-touch-leave = 화면 맨 아래에 손가락을 대고 천천히 위로 밀어 올리다가, 가운데쯤에서 멈추세요.
practice-touch-apps = 열려 있는 앱들이 나타나면, 이 페이지를 다시 고르세요.
practice-touch-button = ‘□’나 ‘|||’ 버튼, 또는 동그란 홈 버튼이 있으면, 대신 그 버튼을 쓰셔도 돼요.
practice-touch-close = 잘하셨어요. 실제로는 인터넷을 보는 앱을 손가락으로 밀어 올려 화면 밖으로 내보내세요. 지금은 여기에 있는 × 표시를 누르세요.
practice-done-heading = 해내셨어요
practice-done-esc = `Esc` 키로 전체 화면에서 빠져나오셨어요.
practice-done-apps = 경고 화면에서 나갔다가 다시 돌아오셨어요.
practice-done-close = × 표시를 누르셨어요.
practice-done-no-call = 화면에 나온 번호로 전화하지 않으셨어요.
practice-over-heading = 1분이 지났어요
practice-over = 아무 일도 생기지 않았어요. 몇 번이든 다시 해 보실 수 있어요.
practice-left-heading = 연습이 끝났어요
practice-left = 사기꾼의 경고에서도 똑같이 빠져나오실 수 있으니, 겁내지 않으셔도 돼요.
practice-again = 다시 연습하기
practice-keys = Windows 컴퓨터에서 `Esc` 키로 닫히지 않으면, `Ctrl`, `Alt`, `Delete` 키를 동시에 누르고 ‘작업 관리자’를 고른 다음, 거기에서 인터넷을 보는 프로그램을 끝내세요.
practice-keys-why = 이 키들을 누르면 컴퓨터 자체의 화면이 열리기 때문에, 여기에서는 연습할 수 없어요.

## Sheet for the police or the card company

record-title = 가짜 경고 기록
record-what = 상담하러 가실 때 이 종이를 가져가시거나, 전화하실 때 곁에 두고 보세요.
record-how = 이 페이지는 인쇄하셔도 되고, 손으로 옮겨 적으셔도 돼요.
record-known = 이 네트워크에서 알고 있는 것
record-made = 이 기록지를 만든 날짜와 시간
record-name = 막은 사이트의 이름
record-lists = 이 이름이 올라 있는 위험 사이트 목록
record-when = 마지막으로 막은 시간
record-none = 이 기록지에 적을 사이트가 없어요.
record-write = 기억나는 것
record-write-note = 모르는 칸은 비워 두셔도 돼요.
record-seen = 경고가 뜬 날짜와 시간
record-number = 화면에 나온 전화번호
record-caller = 상대방이 말한 이름과 회사
record-installed = 설치한 프로그램의 이름과, 상대방에게 알려 준 번호
record-told = 상대방에게 알려 준 것(이름, 주소, 카드 번호 등. 비밀번호 자체는 절대 적지 말고 ‘비밀번호’라고만 적으세요)
record-paid = 돈을 낸 방법, 누구에게 냈는지, 금액, 날짜와 시간
record-cards = 전자 화폐나 기프트 카드의 번호
record-done = 이미 연락한 곳
record-police = 경찰이나 회사 담당자의 이름과 전화번호

## Steps to print

card-title = 화면에 갑자기 경고가 뜨면
card-print = 이 페이지는 인쇄할 수 있어요. 맨 끝의 작은 카드는 오려서 쓰세요.
card-first = 당황하지 않으셔도 돼요. 그 경고는 가짜예요.
card-no-call = 화면에 나온 번호로 전화하지 마세요.
card-close = 닫는 방법
card-if = 전화했거나, 뭔가를 설치했거나, 돈을 냈을 때
card-if-hang-up = 전화를 끊으세요.
card-if-network = 컴퓨터의 인터넷 연결을 끊으세요.
card-if-call = 카드 회사나 은행, 또는 전자 화폐나 기프트 카드를 발행한 회사에 전화하세요.
card-if-police = 그다음에 경찰에 상담하세요.
card-help-page = 이 네트워크의 도움말 페이지
card-small = 오려서 쓰는 작은 카드
card-family = 믿을 수 있는 사람의 전화번호

## Asking for a site to be opened

unblock-title = 사이트를 열어 달라고 요청하기
unblock-name = 열어 달라고 요청하실 사이트
unblock-who = 요청은 이 네트워크를 관리하는 사람에게 전해지고, 그 사람이 열지 말지를 정해요.
unblock-not-here = 관리하는 사람도 이 화면에서는 사이트를 열 수 없어요.
unblock-why-heading = 시간이 걸리는 까닭
unblock-why = 사기꾼들은 전화로 “허용을 누르세요”라는 말을 자주 해요.
unblock-why-delay = 사기일 수 있어서 막은 사이트는, 열어도 된다고 정해진 뒤에도 한동안 열리지 않아요.
unblock-delay = 기다리는 시간은 { $minutes }분이에요.
unblock-why-wait = 전화를 끊고 믿을 수 있는 사람과 상의하실 시간을 드리기 위해서예요.
unblock-why-caller = 통화 중인 상대방이 이 버튼을 누르라고 했다면, 지금 바로 전화를 끊으세요.
unblock-button = 요청 보내기
unblock-nothing = 입력하실 것은 없고, 전해지는 것은 사이트의 이름과 어느 기기에서 요청했는지뿐이에요.
unblock-which = 막힌 사이트를 고르세요.
unblock-not-blocked = 이 사이트는 이 기기에서 막혀 있지 않아요.
unblock-taken-heading = 요청을 보냈어요
unblock-taken = 이제 이 네트워크를 관리하는 사람이 요청을 볼 수 있어요.
unblock-taken-wait = 더 하실 일은 없어요.
unblock-already = 이 사이트를 열어 달라는 요청은 이미 들어와 있어요.
unblock-approved = 이 사이트는 열어도 된다고 정해져서, 곧 열리거나 이미 열려 있어요.
unblock-refused = 이 네트워크를 관리하는 사람이 이 사이트를 열지 않기로 정했어요.
unblock-full = 지금은 요청이 너무 많아서, 이 요청은 보내지 못했어요.
unblock-full-tell = 번거로우시겠지만, 이 네트워크를 관리하는 사람에게 직접 말씀해 주세요.
unblock-expired = 이 페이지를 여신 지 너무 오래되어서, 요청을 아직 보내지 못했어요.
unblock-again = 버튼을 한 번 더 눌러 주세요.
