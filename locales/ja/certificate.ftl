# The page for installing and removing the root certificate, for whoever looks after the devices of a network. A language
# without this file shows it in English. Names of menus are written as systems write them.

cert-title = このネットワークのルート証明書
cert-who = このページは、このネットワークと機器を管理している方のためのものです。
cert-caller = 電話の相手に言われてこのページを開いたのなら、すぐに電話を切ってください。それは詐欺です。
cert-what = この証明書を入れた機器では、https:// で始まるリンクを止めたときにも、案内のページが表示されます。
cert-risk = 証明書の鍵を手に入れた人は、この証明書を信頼する機器に対して、ほとんどのサイトになりすますことができます。
cert-need = この証明書を入れなくても、どの機器も守られます。
cert-compare-heading = はじめに、フィンガープリントを確かめる
cert-compare = 機器に表示されるものと下のもの、下のものと、本体で「sekisho ca show」を実行して表示されるものが、それぞれ同じことを確かめてください。
cert-compare-windows = Windows の証明書の画面には、別の短いフィンガープリントしか表示されません。ターミナルで root.der のあるフォルダーを開き、「certutil -hashfile root.der SHA256」を実行すると、下のものと比べるためのフィンガープリントが表示されます。
cert-fingerprint = フィンガープリント（SHA-256）
cert-files = ファイル
cert-install = 入れ方
cert-remove = 消し方

cert-windows = Windows（Chrome、Edge）
cert-windows-install-1 = root.der を開き、「証明書のインストール…」、「ローカル コンピューター」の順に選びます。
cert-windows-install-2 = 「証明書をすべて次のストアに配置する」を選び、「参照…」から「信頼されたルート証明機関」を選びます。
cert-windows-remove = certlm.msc を実行し、「信頼されたルート証明機関」の「証明書」から削除します。

cert-mac = macOS（Safari、Chrome）
cert-mac-install-1 = root.pem を「キーチェーンアクセス」で開き、「システム」キーチェーンを選びます。
cert-mac-install-2 = 一覧で証明書を開き、「信頼」で「常に信頼」を選びます。
cert-mac-remove = 「キーチェーンアクセス」の「システム」キーチェーンから削除します。

cert-iphone = iPhone・iPad
cert-iphone-install-1 = Safari で root.mobileconfig を開いてダウンロードを許可し、「設定」の「ダウンロード済みのプロファイル」でインストールします。
cert-iphone-install-2 = 「設定」の「一般」、「情報」、「証明書信頼設定」の順に開き、オンにします。
cert-iphone-remove = 「設定」の「一般」、「VPNとデバイス管理」でプロファイルを選び、「プロファイルを削除」を選びます。

cert-android = Android（Chrome）
cert-android-install-1 = root.pem をダウンロードし、設定の検索で「CA 証明書」を探します。
cert-android-install-2 = 「インストールする」を選び、ファイルを選びます。以後、ネットワークが監視される可能性があるという通知が出ます。
cert-android-remove = 設定の検索で「信頼できる認証情報」を探し、「ユーザー」から証明書を選んで削除します。

cert-firefox = Firefox
cert-firefox-install-1 = 「設定」の「プライバシーとセキュリティ」、「証明書を管理」、「認証局証明書」、「インポート…」の順に開き、root.pem を選びます。
cert-firefox-install-2 = 「この認証局によるウェブサイトの識別を信頼する」にチェックを入れます。
cert-firefox-remove = 同じ一覧で証明書を選び、「削除または信頼しない…」を選びます。

cert-managed = 組織で管理している機器
cert-managed-install-1 = root.der はグループポリシーや Intune、root.mobileconfig は MDM、root.pem は Google 管理コンソールや Firefox のポリシーで配布します。
cert-managed-install-2 = 機器を使う人に、そのことを知らせてください。
cert-managed-remove = 配布に使った仕組みで取り消します。
