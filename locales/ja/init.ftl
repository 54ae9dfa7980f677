# What `sekisho init` asks and writes, in Japanese. See the English file for what each message is for.
# Readers: a teacher or a parent with a small computer, or a provider's engineer. です・ます, everyday words.

## The questions

greeting =
    5つの質問に答えると、設定ファイル { $file } ができます。
    Enter だけを押すと、[ ] の中の答えになります。
    Ctrl-C を押すと、何も書かずに終わります。
prompt-default = 答え [{ $default }]：
prompt-none = 答え [なし]：
prompt-must = 答え：

ask-profile =
    質問 1/5　どこで使いますか。
      1) home    家庭（家族や来客）
      2) school  学校など、端末の多いところ
      3) isp     加入者のいるプロバイダー

ask-serving =
    質問 2/5　どの端末から使えるようにしますか。
      1) このコンピューターだけ（お試し。管理者権限はいりません）
         DNS は 5353 番、案内ページは 8080 番ポート
      2) ネットワーク全体（このコンピューターのすべてのアドレス）
         DNS は 53 番、案内ページは 80 番ポート
    { "     " }{ $addresses }
addresses-found = 現在のアドレス：{ $list }
addresses-none = ほかの端末から使えるアドレスが見つかりません。ネットワークにつながっていますか。

ask-networks =
    どのネットワークからの問い合わせに答えますか。
    加入者のネットワークを、空白で区切って入力してください。
    例：192.0.2.0/24 2001:db8::/32
    このコンピューター自身には、いつでも答えます。
    Enter だけを押すと、プライベートアドレスと、このコンピューターが
    つながっているネットワークに答えます。
    加入者のグローバルアドレスはこれに含まれず、問い合わせは断られます。
prompt-networks = 答え [プライベートアドレスと接続中のネットワーク]：

ask-upstream =
    質問 3/5　ブロックしないドメイン名は、どのサーバーに問い合わせますか。
      1) このコンピューターが今使っているサーバー
      2) Quad9（スイスの公開サーバー）に、暗号化した接続で
      3) ほかのサーバー（アドレスを入力）
ask-servers =
    サーバーのアドレスを、空白で区切って入力してください。
    例：192.0.2.53、192.0.2.53:5300、TLS なら tls://9.9.9.9#dns.quad9.net

ask-list-home =
    質問 4/5　危険なドメイン名のリストは、どれを使いますか。
    Enter だけを押すと、家庭向けのおすすめのリストを使います。
    Sekisho が数時間ごとに自動でダウンロードします。
    リストの名前と利用条件は、sekisho lists で見られます。
    自分で用意したリストだけを使うときは、ファイルかフォルダーのパスを
    入力してください。
    パスの最後に / をつけると、まだないフォルダーは新しく作ります。
prompt-lists = 答え [おすすめのリスト]：

ask-list =
    質問 4/5　危険なドメイン名のリストはどこにありますか。
    ファイルかフォルダーのパスを入力してください。
    パスの最後に / をつけると、まだないフォルダーは新しく作ります。
    Enter だけを押すと、リストなしで進みます。
    リストを入れるまでは、だれも守られません。
    公開リストを自動でダウンロードすることもできます。
    書き方は、できあがる設定ファイルにあります。

ask-operator =
    質問 5/5　サイトがまちがってブロックされたとき、だれに連絡してもらいますか。
    名前と連絡先を、読点かコンマで区切って入力してください。例：田中、内線 12
    案内ページに表示されます。Enter だけを押すと、表示しません。

## Answers that cannot be used

wrong-choice = 「{ $text }」は選べません。1 から { $count } までの番号を入力してください。
wrong-network = 「{ $text }」はネットワークとして読めません。192.0.2.0/24 のようなネットワークか、アドレスを一つ入力してください。
wrong-everybody = 「{ $text }」では、インターネット全体に答えることになり、悪用されるおそれがあります。加入者のネットワークを入力してください。
wrong-server = 「{ $text }」には問い合わせられません。192.0.2.53 のようなアドレスか、tls://アドレス#名前 を入力してください。
wrong-path = { $text } がないか、読む権限がありません。パスを確かめてください。新しいフォルダーを作るときは、最後に / をつけてください。
wrong-kind = { $text } はファイルでもフォルダーでもありません。リストのファイルか、リストの入ったフォルダーのパスを入力してください。
wrong-empty = ここは入力が必要です。
wrong-line = 入力を読み取れませんでした。長すぎるか、矢印キーなどの文字が入っています。もう一度入力してください。

## Why nothing was written

refused-exists = { $file } はすでにあるので、そのままにしました。別の名前を指定してください。例：sekisho init other.toml
refused-folder = フォルダー { $folder } がありません。先に作るか、別のパスを指定してください。
refused-not-a-folder = { $folder } はフォルダーではありません。今あるフォルダーの中のパスを指定してください。
refused-is-folder = { $file } はフォルダーです。その中のファイル名を指定してください。例：{ $file }/sekisho.toml
refused-folder-unwritable = { $folder } に書き込めません（{ $error }）。別のパスを指定するか、書き込めるユーザーで実行してください。
refused-write = { $file } に書き込めませんでした（{ $error }）。書きかけのファイルは残っていません。
refused-list-folder = リスト用のフォルダー { $folder } を作れませんでした（{ $error }）。自分で作るか、別のパスを指定してください。設定ファイルは書いていません。
refused-tries = 使えない答えが3回続いたので、何も書かずに終わります。もう一度始めるには：sekisho init
refused-end = 答えが必要なところで入力が終わったので、何も書きませんでした。
refused-both = ファイルが { $file } と --config { $other } の2つ指定されています。どちらか一つにしてください。
refused-options = init で使えるオプションは --config と --defaults だけです。ほかは外して、あとでファイルを書きかえてください。
refused-own = 作った設定ファイルを Sekisho 自身が読めなかったので、残しませんでした。Sekisho の不具合です。次の行を添えて報告してください：{ $error }

## After writing

written = 書き込みました：{ $file }
next-page = 案内ページは、ブラウザーに言語の指定がないときは{ $language }で表示し、{ $country } の相談窓口をのせます。どちらも設定ファイルの [page] で変えられます。
next-heading = 次にすること：
next-lists = 設定ファイルの [[list]] にリストを書いてください。例の行頭の # を消すと、そのリストを自動でダウンロードします。自分で用意したリストなら、パスを書きます。それまでは、だれも守られません。公開リストとその利用条件は、次のコマンドで見られます：sekisho lists catalogue
next-fetched = リストのダウンロードが終わったか（1分ほどかかります）を、それぞれの利用条件とあわせて確かめてください。終わるまでは、だれも守られません：{ $command }
next-list-empty = { $folder } にリストのファイルを入れてください。一つもないと、Sekisho は起動しません。
next-check = 設定ファイルを書きかえたら、確認してください：{ $command }
next-start = Sekisho を起動します：{ $command }
next-start-root = Sekisho を起動します。1024 番未満のポートを使うには、管理者権限か、それを許可するサービス管理（systemd など）の設定が必要です：{ $command }
next-doctor = このコンピューターとポートに問題がないか調べます：{ $command }
next-router = ルーターなどで配る DNS サーバーに、このコンピューターを指定してください：{ $addresses }

## The file

file-head =
    Sekisho の設定ファイル（sekisho init で作成）

    「# 」（# と空白）で始まる行は説明です。# のすぐあとに文字がある行は、既定値のままの設定です。
    変えたいときは、行の先頭の # を消して書きかえてください。書いていない設定は既定値になります。
file-profile = 既定値の組み合わせ：home（家庭）、school（学校）、isp（プロバイダー）

section-listen = だれからの問い合わせに、どこで答えるか
key-listen-dns = DNS のアドレス（UDP と TCP）。[::] は IPv6 だけです。IPv4 には 0.0.0.0 も書きます。
key-listen-dns-one-by-one =
    このコンピューターの 53 番ポートを別のプログラムが使っているとき（127.0.0.53 の systemd-resolved など）は、
    使うアドレスを一つずつ書きます。例：{ $example }
key-listen-dns-no-v6 = 作成時、このコンピューターに IPv6 はありませんでした。使えるようになったら { $address } を足してください。
key-listen-allow =
    答える相手：loopback（自分自身）、private（プライベート）、on-link（つながっているネットワーク）、any（すべて）、
    アドレス、ネットワーク。ほかは断ります。インターネットから届くところでは any を使わないでください。
key-listen-allow-isp = 加入者のグローバルアドレスはこの中に入りません。加入者のネットワークを足してください。
key-listen-workers = アドレスごとの UDP のスレッド数。0 は CPU のコアの数です。
key-listen-udp = auto（自動）。portable は遅く、auto が動かないシステムのためのものです。
key-listen-connections = 同時に受け付ける TCP 接続の数
key-listen-connections_per_client = そのうち、一つの相手に許す数
key-listen-rate_limit = 外部の一つのネットワークに、UDP で1秒間に返す応答の数。0 は無制限です。プライベートアドレスには制限がありません。

section-upstream = ブロックしないドメイン名の問い合わせ先
key-upstream-servers =
    書いた順に問い合わせます。"system" はこのコンピューターが使っているサーバー、"192.0.2.53" はそのサーバー、
    "tls://9.9.9.9#dns.quad9.net" は TLS で問い合わせるサーバーです（# のあとは証明書の名前）。

section-cache = しばらく覚えておく答え（キャッシュ）
key-cache-memory = 全部で使うメモリーの上限
key-cache-min_ttl = 少なくともこの時間は覚えます（指定できるのは 1h まで）。
key-cache-max_ttl = この時間を超えては覚えません。
key-cache-serve_stale = その後も、問い合わせ先のサーバーが答えないときは、この時間まで前の答えを返します。"0s" なら返しません。
key-cache-prefetch = よく使われる名前を、期限が切れる前に問い合わせ直します。true か false です。

section-block = ブロックしたドメイン名への答え方
key-block-ttl = ブロックしたことを端末が覚えておく時間（1s から 60s）
key-block-sinkhole_v4 = 案内ページのアドレス。auto は問い合わせを受けたアドレス、none はなし、またはアドレスを書きます。
key-block-sinkhole_v6 = IPv6 の案内ページのアドレス
section-block-category = 分類ごとの答え方：page、null、nxdomain、nodata、refused、log。自分で決めた分類も書けます。

section-list =
    ブロックするドメイン名のリスト。リストごとに [[list]] を一つ書きます。url を書いたリストは、Sekisho が自動でダウンロードします。
    path を書いたリストは、そのファイルか、フォルダーの中のすべてのファイルです。変更は、再起動しなくても反映されます。
section-list-home =
    ここには何も書いていないので、家庭向けのおすすめのリストを自動でダウンロードします：
    { $lists }
    sekisho lists remove 名前 でリストを外し、sekisho lists add 名前 で加えることができます。
    一つでも [[list]] を書くと、おすすめのリストの代わりに、書いたリストだけを使います。例：
section-list-instead =
    家庭向けのおすすめのリスト（{ $lists }）の代わりに、次のリストを使います。
    おすすめのリストも使うときは、sekisho lists add 名前 で一つずつ加えます。
section-list-none =
    リストがまだないので、だれも守られていません。ブロックされるのは、お試し用のドメイン名だけです。
    次の [[list]] から category までの行頭の # を消すと、このリストを自動でダウンロードします。
    先に利用条件を確かめてください：sekisho lists catalogue
key-list-kind = block（ブロック）。allow は、ほかのリストにあってもブロックしないドメイン名のリストです。
key-list-format = auto、hosts、domains、adblock、dnsmasq、unbound、rpz、urls、maltrail、json
key-list-match = auto、exact（その名前だけ）、subtree（その名前と、その下のすべて）
key-list-refresh = ダウンロードする間隔（5m から 30d）

section-fetch =
    url を書いたリストのダウンロードのしかた。ほかの認証局も信頼するときは、証明書のファイルを
    roots = "/etc/sekisho/roots.pem" のように書き足します。
key-fetch-offline = true にすると、ダウンロードしません。前にダウンロードしたリストは、そのまま使います。
key-fetch-proxy = environment（環境変数 HTTPS_PROXY などのとおり）、none（使わない）、または "http://192.0.2.1:3128" のようなプロキシ

section-rules = 自分で決めるドメイン名。どのリストよりも優先します。書いた名前と、その下のすべてが対象です。"*.shop.example" は下だけです。
key-rules-allow = ブロックしないドメイン名（例："shop.example"）
key-rules-block = いつもブロックするドメイン名
key-rules-regex = 正規表現で指定する、いつもブロックするドメイン名（例："^support-[0-9]"）

section-page = ブロックしたサイトの代わりに見せる案内ページ
key-page-listen = 案内ページのアドレス。ブラウザーは 80 番ポートを見ます。[] にすると表示しません。
key-page-https =
    https:// で始まるサイトをブロックしたとき：refuse（すぐにブラウザーのエラー画面）、alert（同じく。回数を数えます）、
    local-ca（自分で作った証明書で案内ページを表示。危険もあるので、先に docs/local-ca.md を読んでください）
key-page-https_listen = そのアドレス（443 番ポート）。refuse のときは使いません。
key-page-history = この1時間に止めたサイトを、その機器にだけ表示するかどうか。メモリーにだけ残します。
key-page-unblock_delay = 詐欺サイトを見られるようにすると決めてから、実際に見られるまでの時間。電話の相手に急がされないようにするためです。
key-page-host = このコンピューターを指すドメイン名。Sekisho が答えます。
key-page-country = 相談窓口をのせる国（2文字）
key-page-country-unknown = 国がわかりませんでした。相談窓口をのせる国を、2文字で書いてください。
key-page-language = ブラウザーに言語の指定がないときの言語：ja、ja-easy（やさしい日本語）、en、zh-Hans、ko、vi、pt-BR
key-page-operator = このネットワークの管理者と、まちがってブロックされたときの連絡先。案内ページに表示します。
key-page-connections = 案内ページで同時に受け付ける接続の数
key-page-connections_per_client = そのうち、一つの相手に許す数

section-metrics = Prometheus 用の数値（メトリクス）
key-metrics-listen = メトリクスを公開するアドレス。[] にすると公開しません。

section-log = ログ（標準エラー出力）
key-log-level = error、warn、info、debug、trace。error から info までのレベルでは、問い合わせのあったドメイン名も、問い合わせた相手のアドレスも書きません。

section-state = ディスクに残すもの
key-state-dir = 保存先のフォルダー。それぞれのリストについて、最後に正しく読めたときの写しを置きます。

file-foot-heading = 次にすること：
file-foot-check = このファイルの確認：{ $command }
file-foot-start = Sekisho の起動：{ $command }
file-foot-lists = リストの状態の確認：{ $command }
file-foot-doctor = 問題がないかの点検：{ $command }
