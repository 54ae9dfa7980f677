# The page for installing and removing the root certificate, for whoever looks after the devices of a network. A language
# without this file shows it in English. Names of menus are written as systems write them.

cert-title = Chứng chỉ gốc của mạng này
cert-who = Trang này dành cho người quản lý mạng này và các thiết bị trong mạng.
cert-caller = Nếu có ai trong điện thoại bảo bạn mở trang này, hãy cúp máy ngay: đó là lừa đảo.
cert-what = Thiết bị nào đã cài chứng chỉ này thì hiện được trang hướng dẫn cả khi liên kết bị chặn bắt đầu bằng https://.
cert-risk = Kẻ nào lấy được khóa của chứng chỉ này có thể giả làm gần như bất cứ trang web nào trước những thiết bị tin cậy nó.
cert-need = Dù không cài chứng chỉ này, thiết bị nào cũng vẫn được bảo vệ.
cert-compare-heading = Trước hết, hãy so dấu vân tay
cert-compare = Hãy so dấu vân tay mà thiết bị hiện ra với dấu vân tay dưới đây, rồi so dấu vân tay dưới đây với dấu vân tay mà lệnh “sekisho ca show” in ra trên chính máy chạy Sekisho: tất cả phải giống hệt nhau.
cert-compare-windows = Trên Windows, cửa sổ của chứng chỉ chỉ hiện một dấu vân tay khác, ngắn hơn; hãy mở Terminal trong thư mục có root.der và chạy “certutil -hashfile root.der SHA256” để có dấu vân tay cùng loại với dấu vân tay dưới đây.
cert-fingerprint = Dấu vân tay (SHA-256)
cert-files = Các tệp
cert-install = Cài đặt
cert-remove = Gỡ bỏ

cert-windows = Windows (Chrome, Edge)
cert-windows-install-1 = Mở root.der và chọn “Cài đặt Chứng chỉ…” (Install Certificate…), rồi “Máy Cục bộ” (Local Machine).
cert-windows-install-2 = Chọn “Đặt tất cả chứng chỉ vào kho sau” (Place all certificates in the following store), rồi “Duyệt…” (Browse…) và “Cơ quan Chứng thực Gốc Tin cậy” (Trusted Root Certification Authorities).
cert-windows-remove = Chạy certlm.msc, mở “Cơ quan Chứng thực Gốc Tin cậy” (Trusted Root Certification Authorities) rồi “Chứng chỉ” (Certificates), và xóa chứng chỉ này ở đó.

cert-mac = macOS (Safari, Chrome)
cert-mac-install-1 = Mở root.pem bằng “Truy cập chuỗi khóa” (Keychain Access) và chọn chuỗi khóa “Hệ thống” (System).
cert-mac-install-2 = Mở chứng chỉ trong danh sách, mở tiếp phần “Tin cậy” (Trust), và chọn “Luôn tin cậy” (Always Trust).
cert-mac-remove = Xóa chứng chỉ này trong “Truy cập chuỗi khóa” (Keychain Access), ở chuỗi khóa “Hệ thống” (System).

cert-iphone = iPhone và iPad
cert-iphone-install-1 = Mở root.mobileconfig bằng Safari và cho phép tải về; sau đó vào “Cài đặt” (Settings), “Đã tải về hồ sơ” (Profile Downloaded), rồi chọn “Cài đặt” (Install).
cert-iphone-install-2 = Vào “Cài đặt” (Settings), “Cài đặt chung” (General), “Giới thiệu” (About), “Cài đặt tin cậy chứng nhận” (Certificate Trust Settings), rồi bật chứng chỉ này.
cert-iphone-remove = Vào “Cài đặt” (Settings), “Cài đặt chung” (General), “Quản lý VPN và Thiết bị” (VPN and Device Management), chọn hồ sơ, rồi chọn “Xóa hồ sơ” (Remove Profile).

cert-android = Android (Chrome)
cert-android-install-1 = Tải root.pem về, rồi tìm “Chứng chỉ CA” (CA certificate) trong phần cài đặt.
cert-android-install-2 = Chọn “Vẫn cài đặt” (Install anyway), rồi chọn tệp. Từ đó trở đi, Android sẽ báo rằng mạng có thể được giám sát.
cert-android-remove = Tìm “Thông tin xác thực tin cậy” (Trusted credentials) trong phần cài đặt, mở “Người dùng” (User), chọn chứng chỉ này rồi gỡ cài đặt.

cert-firefox = Firefox
cert-firefox-install-1 = Mở “Cài đặt” (Settings), “Riêng tư và bảo mật” (Privacy and security), “Quản lý chứng chỉ” (Manage certificates), “Nhà thẩm định” (Authorities), “Nhập…” (Import…), rồi chọn root.pem.
cert-firefox-install-2 = Đánh dấu vào ô “Tin CA này để nhận diện các trang web” (Trust this CA to identify websites).
cert-firefox-remove = Cũng trong danh sách đó, chọn chứng chỉ này, rồi chọn “Xóa hoặc không tin tưởng…” (Delete or Distrust…).

cert-managed = Thiết bị do một tổ chức quản lý
cert-managed-install-1 = Phân phối root.der bằng chính sách nhóm (Group Policy) hoặc Intune, root.mobileconfig bằng MDM, root.pem bằng Google Admin hoặc các chính sách của Firefox.
cert-managed-install-2 = Hãy báo việc này cho những người dùng các thiết bị đó.
cert-managed-remove = Gỡ bỏ chứng chỉ bằng chính công cụ đã dùng để phân phối.
