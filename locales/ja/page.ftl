# The help page in Japanese. One message is one sentence, and one sentence is one idea.
# Readers: frightened, perhaps 75 years old. です・ます, everyday words, no blame.
# `Backticks` mark a key of the keyboard. Everything else is plain text: no markup.

## About this language
# language-name: what its own speakers call it. language-html: the tag for programs (BCP 47). language-accepts: the tags
# of Accept-Language that mean it, with spaces between. language-space stands between two sentences, language-colon
# behind a label.

language-name = 日本語
language-html = ja
language-accepts = ja
language-space = { "" }
language-colon = ：

## Top of the page

page-title-stopped = 危ないサイトを止めました
page-title-help = ニセの警告画面で困ったときの案内
notice = ネットワークからのお知らせ
language-choice = 表示する言葉

stopped-heading = 危ないサイトを止めました
stopped-from-network = このページは、ご自宅や学校など、お使いのネットワークが表示しています。
stopped-site = 詐欺などのおそれがあるので、つながる前に止めました。
stopped-own-heading = このサイトは、このネットワークでは見られません
stopped-own-site = このネットワークを管理している人が、このサイトを止めると決めました。
not-stopped = 開こうとしたサイトは、今は止めていません。
not-stopped-again = 開きたいときは、ブラウザー（インターネットを見るソフトやアプリ）をいったん閉じて、1分ほど待ってから、そのサイトをもう一度開いてください。

help-heading = ニセの警告画面で困ったときに
help-from-network = このページは、ご自宅や学校など、お使いのネットワークが表示している案内です。
help-fake = 「ウイルスに感染した」という警告が急に出て、電話をかけるように言ってきたら、それはニセモノです。

device-fine = お使いのパソコンやスマートフォンは、おそらく無事です。
do-not-call = 画面に出ていた番号に、電話をかけないでください。
hang-up = 今、その相手と話しているなら、すぐに電話を切ってください。
hang-up-any-time = 話の途中で切ってかまいません。
asks-nothing = このページが、文字の入力やお金を求めることはありません。

choose-heading = あてはまるのは、どちらですか
choose-a = 警告の画面を見ただけ
choose-a-note = 電話も、ソフトを入れることも、支払いもしていない
choose-b = 電話した・ソフトを入れた・お金を払った
choose-b-note = 一つでもあてはまる

## A: only saw a warning

state-a-heading = 警告の画面を見ただけの方
state-a-fine = 画面を見ただけなら、まず心配いりません。
state-a-close-this = 警告の画面が残っていなければ、このページを閉じるだけで終わりです。
state-a-close-that = 警告の画面が残っているときは、次の順に試してください。

close-windows = Windows（ウィンドウズ）のパソコン
close-esc = 方法1　`Esc` キーで閉じる
close-esc-hold = キーボードの左上にある `Esc` キーを、2～3秒押し続けます。
close-esc-appears = 画面の右上に、閉じるための「×」が出ます。
close-esc-press = その「×」を、マウスで押します。
close-task = 方法2　方法1で閉じないとき
close-task-keys = `Ctrl` と `Alt` と `Delete` の3つのキーを、同時に押します。
close-task-open = 出てきた画面で「タスク マネージャー」を選びます。
close-task-browser = 一覧で、インターネットを見るソフト（Edge や Chrome など）を右クリックします。
close-task-end = 「タスクの終了」（または「タスクを終了する」）を選びます。
close-restart = 方法3　それでも閉じないとき
close-restart-do = パソコンを再起動します（電源を入れ直すことです）。
close-restart-power = 再起動を選べないときは、電源ボタンを長く押し続けて電源を切り、もう一度入れます。
close-restart-no-restore = 「ページを復元しますか」と出ても、復元しないでください。
close-ask = 閉じ方がわからないときは、一人で悩まずに相談してください。
go-to-ask = 相談できるところを見る

close-others = そのほかの機器
close-mac = Mac（マック）
close-mac-esc = `esc` キーを2～3秒押し続けてから、左上の赤い丸を押します。
close-mac-keys = 閉じないときは、`option` と `command` と `esc` の3つのキーを同時に押します。
close-mac-quit = 出てきた一覧でブラウザー（Safari など）を選び、「強制終了」を押します。
close-chromebook = Chromebook（クロームブック）
close-chromebook-esc = `esc` キーを2～3秒押し続けてから、右上の「×」を押します。
close-chromebook-power = 閉じないときは、電源ボタンを長く押し続けて、電源を切ります。
close-chromebook-no-restore = もう一度電源を入れ、「復元」と出ても選ばないでください。
close-android = Android（アンドロイド）のスマートフォン・タブレット
close-android-list = 画面の一番下から上へ指をすべらせて止めると、使っているアプリが並びます。
close-android-button = 画面の下に「□」や「|||」のボタンがあれば、それを押しても並びます。
close-iphone = iPhone（アイフォーン）・iPad（アイパッド）
close-iphone-list = 画面の一番下から上へ指をすべらせて、途中で止めます。
close-iphone-button = 丸いホームボタンがある機種では、そのボタンを続けて2回押します。
close-phone-swipe = 並んだアプリの中から、ブラウザー（Chrome や Safari など）を、指で上へはじいて消します。
close-phone-tab = もう一度開いて同じ画面が出たら、タブ（開いているページ）の一覧を出して、その画面の「×」を押します。

follow-heading = 画面や電話の指示に従わない
follow-install = すすめられたソフトやアプリを、ダウンロードしたり、入れたりしないでください。
follow-allow = 「許可」や「はい」を押すように言われても、押さないでください。

## B: called, installed something, or paid

state-b-heading = 電話した・ソフトを入れた・お金を払った方
state-b-common = だれにでも起こることで、あなたのせいではありません。
state-b-still = 今からでも、できることがあります。
first-heading = 最初にすること
first-disconnect = ソフトを入れた方や、相手にパソコンを操作された方は、パソコンをインターネットから切りはなしてください。
do-not-answer = 相手からまたかかってきても、出ないでください。
only-talked = 電話で話しただけで、自分のことを何も教えていなければ、ほかにすることは、まずありません。
only-talked-told = 名前や住所、カードの番号、パスワードなどを教えてしまった方は、早めに相談してください。
which-apply = 次のうち、あてはまるものをすべて読んでください。
money-first = お金を払った方は、パソコンを調べるより先に、B2～B4のうち、あてはまるところに連絡してください。

installed-heading = ソフトを入れた・パソコンを操作された
installed-what = そのソフトは、相手が遠くからあなたのパソコンを動かすためのもの（遠隔操作ソフト）かもしれません。
installed-disconnect = パソコンをインターネットから切りはなします。
installed-disconnect-how = LANケーブル（通信用の線）を抜くか、Wi-Fi（無線）を切ります。
installed-scan = ウイルス対策ソフトで、パソコン全体を調べます。
installed-remove = 入れてしまったソフトの名前を紙に書いてから、そのソフトを消します（アンインストール）。
installed-after = そのあとで
installed-passwords = スマートフォンなど別の機器を使って、パスワードを変えます。
installed-reset = できれば、パソコンを初期化します（買ったときの状態に戻すことです）。
installed-reset-care = 初期化すると写真や書類も消えるので、先に警察や、くわしい人に相談してください。

card-heading = クレジットカードで払った
card-call = 今すぐ、カード会社に電話します。
card-number = 電話番号は、カードの裏や、利用明細に書いてあります。
card-stop = 「詐欺にあったので、支払いを止めてください」と伝えます。

emoney-heading = 電子マネーやギフトカードで払った
emoney-call = 今すぐ、その電子マネーやギフトカードの会社に連絡します。
emoney-number = 連絡先は、カードの裏や、会社の公式ホームページにあります。
emoney-stop = 詐欺にあったことを伝え、支払いの手続きを止めるように頼みます。
emoney-relief = 返金など、助けてもらえる制度がないか相談します。
emoney-keep = 買ったカードは、捨てないでください。

bank-heading = 銀行の振り込み・ネットバンキングで払った
bank-call = 今すぐ、銀行に電話します。
bank-number = 電話番号は、通帳やキャッシュカードで確かめます。
bank-stop = 「詐欺にあったので、振り込みを止めてください」と伝えます。
bank-check = 実際にいくら振り込まれたかを、銀行に確かめます。
bank-more = 自分で入力した金額より多く振り込まれていた例があります。

evidence-heading = 証拠を残す
evidence-useful = 次のものは、警察に相談するときに役立ちます。
evidence-keep = 消したり、捨てたりしないでください。
evidence-screen = 警告の画面（スマートフォンなどで撮った写真でかまいません）
evidence-software = 入れてしまったソフトの名前がわかるもの
evidence-card = クレジットカードの利用の記録（明細）
evidence-emoney = 買った電子マネーのカードと、レシート

police-heading = 警察に知らせる
police-call = 行く前に、近くの警察署に電話します。
police-agree = 行く日時と、持っていくものを、電話で決めます。
police-go = 残しておいた証拠を持って、警察署へ行きます。

## Whom to ask

ask-heading = 相談できるところ
ask-unsure = ここの番号が本物か心配なときは、家族や近くの交番に確かめてください。
ask-hours = 受付
ask-languages = 対応している言葉
ask-email = メール
ask-website = ホームページ
ask-checked = { $year }年{ $month }月{ $day }日に確認した内容です。
ask-police = お住まいの国や地域の警察に相談してください。
ask-bank = カード会社や銀行には、カードや通帳に書いてある番号で連絡してください。
ask-family = 家族や友人、学校や職場の人にも話してください。

language-ja = 日本語
language-en = 英語
language-fr = フランス語
language-ko = 韓国語

## The help lines of help-lines.toml: who they are, what to ask them, when they answer

line-jp-police-advice-who = 警察相談専用電話
line-jp-police-advice-for = だまされたかもしれないとき。お金を払ってしまったとき。
line-jp-police-advice-hours = 平日の昼間（時間は都道府県によってちがいます）
line-jp-consumer-hotline-who = 消費者ホットライン（近くの消費生活センターなどにつながります）
line-jp-consumer-hotline-for = 支払いや契約で困ったとき。
line-jp-consumer-hotline-hours = 平日は、窓口によってちがいます。土日と祝日は10時～16時、年末年始は休みです。一部のIP電話やプリペイド携帯からは、つながりません。
line-jp-ipa-who = IPA 情報セキュリティ安心相談窓口
line-jp-ipa-for = 警告の画面を閉じられないとき。ソフトを入れてしまったとき。
line-jp-ipa-hours = 10時～12時、13時30分～17時（土日と祝日、年末年始は休み）
line-jp-police-list-who = 警察署の一覧と、警察のサイバー相談窓口
line-jp-police-list-for = 近くの警察署の電話番号を調べるとき。
line-jp-police-list-hours = ホームページは、いつでも見られます
line-jp-police-emergency-who = 警察（緊急のとき）
line-jp-police-emergency-for = 今すぐ警察官に来てほしいとき。
line-jp-police-emergency-hours = 24時間
line-gb-report-fraud-who = Report Fraud（イギリスの詐欺の通報窓口）
line-gb-report-fraud-for = イングランド、ウェールズ、北アイルランドで、詐欺にあったとき。スコットランドでは、スコットランド警察に相談してください。
line-gb-report-fraud-hours = ホームページで確かめてください
line-kr-police-who = 韓国警察庁（電話やインターネットを使った詐欺の対応窓口）
line-kr-police-for = 詐欺にあったとき。詐欺かもしれないとき。
line-kr-police-hours = 24時間、年中無休
line-fr-17cyber-who = 17Cyber（フランスの公的な相談窓口）
line-fr-17cyber-for = 詐欺にあったとき。詐欺かもしれないとき。
line-fr-17cyber-hours = 24時間、年中無休

## Understanding it

scam-heading = これは「サポート詐欺」です
scam-warning = インターネットを見ている途中で、「ウイルスに感染した」というニセの警告が急に出ます。
scam-noise = 大きな音や声が出ることもあります。
scam-aim = 驚かせて、画面の番号に電話をかけさせるのがねらいです。
scam-then = 電話をすると、「サポート」と言ってお金を払わせたり、遠隔操作ソフトを入れさせたりします。
scam-always = この警告は、ウイルスがいてもいなくても出ます。
scam-logos = 本物らしく見せるために、実際にある会社のマークを使うことがあります。

cases-heading = よくある例
case-card = 例1　カードで払ってしまった
case-card-alarm = ホームページを見ていると、急に大きな音が鳴り、電話をかけるように書かれた画面が消せなくなりました。
case-card-remote = 電話をすると「パソコンの中を調べる」と言われ、遠隔操作ソフトを入れて、出てきた番号を教えました。
case-card-paid = ウイルスを取り除く料金には2年分のサポートも入っていると言われ、クレジットカードで払いました。
case-emoney = 例2　電子マネーで払ってしまった
case-emoney-alarm = 急に警告が出たので、書いてあった「サポートセンター」に電話をしました。
case-emoney-asked = 3年分のサポート代として、5万円分の電子マネーをコンビニで買うように言われました。
case-emoney-paid = 言われたとおりに買い、カードの番号を電話で教えてしまいました。

how-heading = だましの手口
how-frighten = ニセの警告と、音や声で、不安にさせます。
how-sell = 電話で、有料のサポートや「安全のためのソフト」をすすめます。
how-pay = クレジットカード、ギフトカード、コンビニ払い、電子マネーで払わせます。
how-remote = 遠隔操作ソフトを使って、メールや銀行などの利用者になりすまし、勝手にお金を送ることもあります。

prevent-heading = ふだんからできること
prevent-update = パソコンの基本ソフト（Windows など）や、使っているソフトを、いつも最新にしておきます。
prevent-security = ウイルス対策ソフトを使います。
prevent-talk = 急に警告が出たら、電話をする前に、家族や知り合いに話します。

see-heading = 動画で見る・閉じる練習をする
see-note = JC3 は日本サイバー犯罪対策センター、IPA は情報処理推進機構のことです。
see-jc3-video = サポート詐欺の手口を、動画で見る（JC3）
see-jc3-column = サポート詐欺についての読み物（JC3）
see-ipa-column = ニセの警告にだまされないための説明（IPA）
see-ipa-practice = ニセの警告を閉じる練習ができるページ（IPA）
see-ipa-steps = 警告が閉じられないときの手順書（IPA、印刷して手元に置けます）

## About this page

about-heading = このページについて
about-sekisho = このネットワークでは、「Sekisho（関所）」という仕組みが、詐欺などのサイトにつながらないようにしています。
about-name = 止めたサイトの名前
about-lists = この名前がのっている危険サイトの一覧
about-operator = このネットワークを管理している人
about-contact = 連絡先
about-mistake = 安全なサイトなのに止められたと思うときは、管理している人に伝えてください。
about-mistake-anyone = 安全なサイトなのに止められたと思うときは、このネットワークを用意した人（家族、学校、会社など）に伝えてください。
about-caller = 電話の相手に「このサイトを開けるようにして」と言われたら、それは詐欺です。
to-top = ページのはじめに戻る

## The other pages of the box

more-heading = このほかに、ここでできること
more-practice = ニセの警告を閉じる練習をする
more-practice-note = この機器を使って、1分ほどでできます。危ないことは何も起こりません。
more-record = 警察やカード会社に相談するときの記録用紙
more-record-note = 印刷しても、紙に書き写してもかまいません。内容がどこかに送られることはありません。
more-card = 印刷してパソコンのそばに置ける、閉じ方の説明
more-card-note = 説明の紙1枚と、小さなカードです。
more-unblock = このサイトが見られるようにお願いする
more-help = 案内のページに戻る
say-in-japanese = 日本語で伝えるとき・見せるとき
close-your-device = お使いの機器は、おそらくこちらです
close-this-device = お使いの機器での閉じ方

## Stopped for this device

lately-heading = この1時間に、この機器で止めたサイト
lately-note = 少し前にエラーが出てページが開かなかったのなら、そのサイトが次の中にあるかもしれません。
lately-all-devices = 同じ家などにある、ほかの機器で止めたサイトが入っていることもあります。
lately-none = この1時間に、この機器で止めたサイトはありません。
lately-when = { $minutes ->
    [0] 今から1分以内
   *[other] { $minutes }分前
}

## Practice

practice-title = ニセの警告を閉じる練習
practice-what = ここでは、画面いっぱいに広がるニセの警告を閉じる練習ができます。
practice-safe = 練習なので、お使いの機器に危ないことは何も起こりません。どこかに何かが送られることもありません。
practice-ends = 1分たつと、自動で終わります。途中でも、いつでもやめられます。
practice-sound = 詐欺の警告と同じように、音も出す
practice-start = 練習を始める
practice-no-script = この練習には、JavaScript（ページを動かす仕組み）が必要です。今は、使えない設定になっています。
practice-read-instead = 閉じ方の説明を読みたいときは、こちらをご覧ください。
practice-mark = 練習
practice-not-real = 本物の警告ではありません。
practice-fake-heading = 警告！ウイルスに感染しました！
practice-fake-call = 今すぐこの番号に電話してください：000-0000
practice-fake-lie = 詐欺の警告は、このような画面です。書いてあることは、すべてウソです。
practice-stop = 練習をやめる
practice-esc-hold = キーボードの左上にある `Esc` キーを、画面いっぱいの表示が小さくなるまで、押し続けてください。
practice-esc-longer = 押すキーは合っています。`Esc` キーを、もう少し長く、2～3秒押し続けてください。
practice-close = うまくいきました。次は、この警告の枠の右上にある「×」を押してください。
practice-close-where = 実際に詐欺の警告が出たときは、ブラウザー（Edge や Chrome など）の「×」を押します。
practice-touch-leave = 画面の一番下に指を置き、ゆっくり上へすべらせて、途中で止めてください。
practice-touch-apps = 使っているアプリが並んだら、その中から、このページをもう一度選んでください。
practice-touch-button = 「□」や「|||」のボタン、または丸いホームボタンがある機種では、それを使ってもかまいません。
practice-touch-close = うまくいきました。実際に詐欺の警告が出たときは、ブラウザーを指で上へはじいて消します。今は、ここにある「×」を押してください。
practice-done-heading = できました
practice-done-esc = `Esc` キーを使って、画面いっぱいの表示を終わらせました。
practice-done-apps = 警告の画面からいったん離れて、戻ってきました。
practice-done-close = 「×」を押して、警告を閉じました。
practice-done-no-call = 画面の番号に、電話をかけずにすみました。
practice-over-heading = 1分たちました
practice-over = 危ないことは、何も起こりませんでした。練習は何度でもできます。
practice-left-heading = 練習を終えました
practice-left = 詐欺の警告も、同じように途中で閉じてかまいません。こわがらなくて大丈夫です。
practice-again = もう一度練習する
practice-keys = Windows のパソコンで、`Esc` キーで閉じないときは、`Ctrl` と `Alt` と `Delete` の3つのキーを同時に押します。出てきた画面で「タスク マネージャー」を選び、そこでブラウザーを終了します。
practice-keys-why = この3つのキーを押すとパソコンの操作画面に切りかわるので、ここでは練習できません。

## Sheet for the police or the card company

record-title = ニセの警告についての記録用紙
record-what = 相談に行くときは、この用紙を持っていってください。電話をするときは、手元に置いてください。
record-how = このページは印刷できます。紙に書き写してもかまいません。
record-known = このネットワークでわかっていること
record-made = この用紙を作った日時
record-name = 止めたサイトの名前
record-lists = この名前がのっている危険サイトの一覧
record-when = 最後に止めた日時
record-none = どのサイトについての記録かは、わかっていません。
record-write = 覚えていること
record-write-note = わからないところは、書かなくてかまいません。
record-seen = 警告が出た日時
record-number = 画面に出ていた電話番号
record-caller = 相手が名乗った名前と会社名
record-installed = 入れたソフトの名前と、相手に教えた番号
record-told = 相手に教えたこと（名前、住所、カードの番号など。パスワードは「パスワード」とだけ書き、中身は書かないでください）
record-paid = 支払いの方法・相手・金額・日時
record-cards = 電子マネーやギフトカードの番号
record-done = 連絡がすんだところ
record-police = 警察や会社の担当者の名前と電話番号

## Steps to print

card-title = 画面に急に警告が出たら
card-print = このページは印刷できます。最後にある小さなカードは、切り取って使ってください。
card-first = あわてなくて大丈夫です。その警告はニセモノです。
card-no-call = 画面に出ている番号に、電話をかけないでください。
card-close = 警告の閉じ方
card-if = 電話した・ソフトを入れた・お金を払ったとき
card-if-hang-up = 電話を切ります。
card-if-network = パソコンをインターネットから切りはなします。
card-if-call = カード会社、銀行、電子マネーやギフトカードの会社のうち、あてはまるところに電話します。
card-if-police = そのあと、警察に相談します。
card-help-page = このネットワークの案内ページ
card-small = 切り取って使う小さなカード
card-family = 頼れる人の電話番号

## Asking for a site to be opened

unblock-title = サイトが見られるようにお願いする
unblock-name = 見られるようにしてほしいサイト
unblock-who = お願いは、このネットワークを管理している人に届きます。見られるようにするかどうかは、その人が決めます。
unblock-not-here = この画面からは、管理している人でも、見られるようにすることはできません。
unblock-why-heading = 時間がかかる理由
unblock-why = 詐欺の犯人は、電話でよく「許可を押してください」と言います。
unblock-why-delay = 詐欺のおそれがあるために止めたサイトは、見てもよいと決まったあとも、しばらくは開きません。
unblock-delay = 待ち時間は{ $minutes }分です。
unblock-why-wait = これは、電話を切って、信頼できる人に相談する時間をとっていただくためです。
unblock-why-caller = 電話の相手から、このボタンを押すように言われたのなら、すぐに電話を切ってください。
unblock-button = お願いを送る
unblock-nothing = 入力するものは何もありません。伝わるのは、サイトの名前と、どの機器からのお願いかだけです。
unblock-which = 止められたサイトの中から、見られるようにしてほしいものを選んでください。
unblock-not-blocked = このサイトは、この機器では止めていません。
unblock-taken-heading = お願いを送りました
unblock-taken = このネットワークを管理している人に届きました。
unblock-taken-wait = ほかには何もしなくて大丈夫です。
unblock-already = このサイトについてのお願いは、すでに届いています。
unblock-approved = このサイトは、見てもよいことになりました。すでに見られるか、もうすぐ見られるようになります。
unblock-refused = このサイトは止めたままにすると、このネットワークを管理している人が決めました。
unblock-full = 今はたくさんのお願いが届いているため、このお願いは送れませんでした。
unblock-full-tell = お手数ですが、管理している人に直接伝えてください。
unblock-expired = このページを開いてから長い時間がたったため、お願いはまだ送られていません。
unblock-again = お手数ですが、もう一度ボタンを押してください。
