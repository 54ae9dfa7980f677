# The page for installing and removing the root certificate, for whoever looks after the devices of a network. A language
# without this file shows it in English. Names of menus are written as systems write them.

cert-title = 这个网络的根证书
cert-who = 这个页面是给管理这个网络及其设备的人看的。
cert-caller = 如果是电话里的人叫您打开这个页面，请马上挂断电话：那就是诈骗。
cert-what = 装了这个证书的设备，在以 https:// 开头的链接被拦截时，也能显示帮助页面。
cert-risk = 谁拿到了这个证书的密钥，谁就可以对信任它的设备冒充几乎任何网站。
cert-need = 不装这个证书，设备也一样受到保护。
cert-compare-heading = 请先核对指纹
cert-compare = 请核对两处：设备上显示的指纹要与下面的一致，下面的指纹要与在 Sekisho 主机上运行“sekisho ca show”后显示的一致。
cert-compare-windows = Windows 的证书窗口里只有另一种较短的指纹；在 root.der 所在的文件夹中打开终端，运行“certutil -hashfile root.der SHA256”，就能看到与下面同一种的指纹。
cert-fingerprint = 指纹（SHA-256）
cert-files = 文件
cert-install = 安装
cert-remove = 删除

cert-windows = Windows（Chrome、Edge）
cert-windows-install-1 = 打开 root.der，选择“安装证书...”，再选择“本地计算机”。
cert-windows-install-2 = 选择“将所有的证书都放入下列存储”，再点击“浏览...”，选择“受信任的根证书颁发机构”。
cert-windows-remove = 运行 certlm.msc，依次打开“受信任的根证书颁发机构”和“证书”，在那里删除它。

cert-mac = macOS（Safari、Chrome）
cert-mac-install-1 = 用“钥匙串访问”打开 root.pem，选择“系统”钥匙串。
cert-mac-install-2 = 在列表中打开这个证书，展开“信任”，选择“始终信任”。
cert-mac-remove = 在“钥匙串访问”的“系统”钥匙串中删除它。

cert-iphone = iPhone 和 iPad
cert-iphone-install-1 = 用 Safari 打开 root.mobileconfig，允许下载；然后依次打开“设置”“已下载描述文件”，点击“安装”。
cert-iphone-install-2 = 依次打开“设置”“通用”“关于本机”“证书信任设置”，打开这个证书的开关。
cert-iphone-remove = 依次打开“设置”“通用”“VPN与设备管理”，选择这个描述文件，再点击“移除描述文件”。

cert-android = Android（Chrome）
cert-android-install-1 = 下载 root.pem，然后在设置中搜索“CA 证书”。
cert-android-install-2 = 选择“仍然安装”，再选择这个文件。此后，Android 会提示网络可能会受到监控。
cert-android-remove = 在设置中搜索“信任的凭据”，打开“用户”，选择这个证书，将它删除。

cert-firefox = Firefox
cert-firefox-install-1 = 依次打开“设置”“隐私与安全”“管理证书”“证书颁发机构”，点击“导入…”，再选择 root.pem。
cert-firefox-install-2 = 勾选“信任由此证书颁发机构来标识网站”。
cert-firefox-remove = 在同一个列表中选中它，再点击“删除或不信任…”。

cert-managed = 由单位统一管理的设备
cert-managed-install-1 = 用组策略或 Intune 分发 root.der，用 MDM 分发 root.mobileconfig，用 Google 管理控制台或 Firefox 的策略分发 root.pem。
cert-managed-install-2 = 请把这件事告诉使用这些设备的人。
cert-managed-remove = 在当初用来分发的系统中撤回它。
