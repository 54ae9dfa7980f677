# The page for installing and removing the root certificate, for whoever looks after the devices of a network. A language
# without this file shows it in English. Names of menus are written as systems write them.

cert-title = 이 네트워크의 루트 인증서
cert-who = 이 네트워크와 기기를 관리하는 분을 위한 페이지예요.
cert-caller = 통화 중인 상대방이 이 페이지를 열라고 했다면, 지금 바로 전화를 끊으세요. 그것은 사기예요.
cert-what = 이 인증서를 설치한 기기에서는, https://로 시작하는 링크가 막혔을 때도 도움말 페이지가 나와요.
cert-risk = 이 인증서의 키를 손에 넣은 사람은, 이 인증서를 신뢰하는 기기를 상대로 거의 모든 사이트를 사칭할 수 있어요.
cert-need = 이 인증서를 설치하지 않아도 모든 기기는 똑같이 보호돼요.
cert-compare-heading = 먼저 인증서 지문을 비교하세요
cert-compare = 기기에 나오는 지문이 아래 지문과 같은지, 또 아래 지문이 Sekisho 본체에서 “sekisho ca show”를 실행했을 때 나오는 지문과 같은지 비교하세요.
cert-compare-windows = Windows의 인증서 창에는 종류가 다른 짧은 지문만 나와요. root.der이 있는 폴더에서 터미널을 열고 “certutil -hashfile root.der SHA256”을 실행하면 아래 지문과 비교할 수 있는 지문이 나와요.
cert-fingerprint = 인증서 지문(SHA-256)
cert-files = 파일
cert-install = 설치하기
cert-remove = 제거하기

cert-windows = Windows(Chrome, Edge)
cert-windows-install-1 = root.der를 열고 ‘인증서 설치...’를 누른 다음, ‘로컬 컴퓨터’를 고르세요.
cert-windows-install-2 = ‘모든 인증서를 다음 저장소에 저장’을 고르고, ‘찾아보기...’를 눌러 ‘신뢰할 수 있는 루트 인증 기관’을 고르세요.
cert-windows-remove = certlm.msc를 실행하고 ‘신뢰할 수 있는 루트 인증 기관’ 아래의 ‘인증서’를 연 다음, 거기에서 이 인증서를 삭제하세요.

cert-mac = macOS(Safari, Chrome)
cert-mac-install-1 = root.pem을 ‘키체인 접근’으로 열고, ‘시스템’ 키체인을 고르세요.
cert-mac-install-2 = 목록에서 인증서를 열고 ‘신뢰’를 펼친 다음, ‘항상 신뢰’를 고르세요.
cert-mac-remove = ‘키체인 접근’의 ‘시스템’ 키체인에서 이 인증서를 삭제하세요.

cert-iphone = 아이폰(iPhone)·아이패드(iPad)
cert-iphone-install-1 = Safari에서 root.mobileconfig를 열고 다운로드를 허용한 다음, ‘설정’에서 ‘프로필이 다운로드됨’을 열고 ‘설치’를 누르세요.
cert-iphone-install-2 = ‘설정’, ‘일반’, ‘정보’, ‘인증서 신뢰 설정’을 차례로 열고, 이 인증서를 켜세요.
cert-iphone-remove = ‘설정’, ‘일반’, ‘VPN 및 기기 관리’를 차례로 열고 프로필을 고른 다음, ‘프로필 제거’를 누르세요.

cert-android = 안드로이드(Android, Chrome)
cert-android-install-1 = root.pem을 다운로드하고, 설정에서 ‘CA 인증서’를 검색하세요.
cert-android-install-2 = ‘계속 설치’를 누르고 파일을 고르세요. 그 뒤로는 네트워크가 모니터링될 수 있다는 알림이 나와요.
cert-android-remove = 설정에서 ‘신뢰할 수 있는 사용자 인증 정보’를 검색해 ‘사용자’를 열고, 이 인증서를 골라 삭제하세요.

cert-firefox = Firefox
cert-firefox-install-1 = ‘설정’, ‘개인 정보 및 보안’, ‘인증서 관리’, ‘인증 기관’, ‘가져오기…’를 차례로 열고, root.pem을 고르세요.
cert-firefox-install-2 = ‘신뢰된 인증 기관 (웹 사이트)’에 체크하세요.
cert-firefox-remove = 같은 목록에서 이 인증서를 고르고, ‘삭제 또는 신뢰 안 함…’을 누르세요.

cert-managed = 조직에서 관리하는 기기
cert-managed-install-1 = root.der는 그룹 정책이나 Intune으로, root.mobileconfig는 MDM으로, root.pem은 Google 관리 콘솔이나 Firefox 정책으로 배포하세요.
cert-managed-install-2 = 그 기기를 쓰는 사람들에게 이 사실을 알리세요.
cert-managed-remove = 배포할 때 쓴 관리 도구나 정책에서 배포를 취소하세요.
