# The help page in Japanese. One message is one sentence, and one sentence is one idea.
# Readers: frightened, perhaps 75 years old. です・ます, everyday words, no blame.
# `Backticks` mark a key of the keyboard. Everything else is plain text: no markup.

## Top of the page

page-title-stopped = 危ないサイトを止めました
page-title-help = ニセの警告画面で困ったときの案内
notice = ネットワークからのお知らせ
language-choice = 表示する言葉

stopped-heading = 危ないサイトを止めました
stopped-from-network = このページは、ご自宅や学校など、お使いのネットワークが表示しています。
stopped-site = 詐欺などのおそれがあるので、つながる前に止めました。

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
do-not-answer = 相手からまたかかってきても、出ないでください。
only-talked = 電話で話しただけで、何も教えていなければ、これで終わりです。
only-talked-told = 名前や住所、カードの番号、パスワードなどを教えてしまった方は、早めに相談してください。
which-apply = 次のうち、あてはまるものをすべて読んでください。
money-first = お金を払った方は、B2～B4の連絡を先にしてください。

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
emoney-call = 今すぐ、その電子マネーの会社に連絡します。
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
