# The help page in Vietnamese. One message is one sentence, and one sentence is one idea.
# Readers: frightened, perhaps 75 years old; Vietnamese people in Japan (workers, students, their parents).
# Polite and plain; “bạn” only where a pronoun is needed; everyday words, no blame, no jargon.
# Names of buttons are Vietnamese, with the English ones in brackets: many have their computer in English.
# `Backticks` mark a key of the keyboard. Everything else is plain text: no markup.

## About this language
# language-name: what its own speakers call it. language-html: the tag for programs (BCP 47). language-accepts: the tags
# of Accept-Language that mean it, with spaces between. language-space stands between two sentences, language-colon
# behind a label.

language-name = Tiếng Việt
language-html = vi
language-accepts = vi
language-space = { " " }
language-colon = { ": " }

## Top of the page

page-title-stopped = Đã chặn một trang web nguy hiểm
page-title-help = Nên làm gì khi màn hình hiện cảnh báo giả
notice = Thông báo từ mạng bạn đang dùng
language-choice = Ngôn ngữ

stopped-heading = Đã chặn một trang web nguy hiểm
stopped-from-network = Trang này là thông báo từ chính mạng Internet bạn đang dùng (ở nhà, ở trường, v.v.).
stopped-site = Trang web kia có thể là lừa đảo, nên đã được chặn lại trước khi kịp mở ra.
stopped-own-heading = Trang web bạn muốn mở không xem được trong mạng này
stopped-own-site = Người quản lý mạng này đã quyết định chặn trang web đó.
not-stopped = Trang web bạn muốn mở hiện không bị chặn.
not-stopped-again = Nếu muốn mở, hãy đóng trình duyệt web (như Chrome hoặc Safari), chờ khoảng một phút, rồi mở lại trang web đó.

help-heading = Nên làm gì khi màn hình hiện cảnh báo giả
help-from-network = Trang này là hướng dẫn từ chính mạng Internet bạn đang dùng (ở nhà, ở trường, v.v.).
help-fake = Nếu bỗng nhiên có cảnh báo nói “máy bị nhiễm virus” và bảo bạn gọi điện, thì đó là cảnh báo giả.

device-fine = Máy tính hoặc điện thoại của bạn rất có thể vẫn bình thường, không sao cả.
do-not-call = Xin đừng gọi vào số điện thoại đã hiện trên màn hình.
hang-up = Nếu đang nói chuyện điện thoại với những người đó, hãy cúp máy ngay.
hang-up-any-time = Đang nói giữa chừng cũng cứ cúp máy.
asks-nothing = Trang này không bao giờ yêu cầu bạn nhập bất cứ điều gì hay trả tiền.

choose-heading = Chuyện của bạn giống trường hợp nào hơn?
choose-a = Tôi chỉ thấy cảnh báo
choose-a-note = Chưa gọi điện, chưa cài phần mềm, chưa trả tiền
choose-b = Tôi đã gọi điện, cài phần mềm hoặc trả tiền
choose-b-note = Chỉ cần có một trong những việc này

## A: only saw a warning

state-a-heading = Bạn chỉ thấy cảnh báo
state-a-fine = Nếu chỉ thấy cảnh báo thôi thì hầu như không có gì phải lo.
state-a-close-this = Nếu cảnh báo không còn nữa, chỉ cần đóng trang này là xong.
state-a-close-that = Nếu cảnh báo vẫn còn, hãy thử lần lượt các cách sau đây.

close-windows = Máy tính Windows
close-esc = Cách 1: dùng phím `Esc`
close-esc-hold = Nhấn giữ phím `Esc`, ở góc trên bên trái bàn phím, trong 2 đến 3 giây.
close-esc-appears = Dấu × sẽ hiện ra ở góc trên bên phải màn hình.
close-esc-press = Dùng chuột bấm vào dấu × đó.
close-task = Cách 2: nếu cách 1 không đóng được
close-task-keys = Nhấn cùng lúc ba phím `Ctrl`, `Alt` và `Delete`.
close-task-open = Chọn “Trình quản lý Tác vụ” (Task Manager).
close-task-browser = Trong danh sách, bấm chuột phải vào phần mềm dùng để xem trang web (như Edge hoặc Chrome).
close-task-end = Chọn “Kết thúc tác vụ” (End task).
close-restart = Cách 3: nếu cảnh báo vẫn còn
close-restart-do = Khởi động lại máy tính (tắt máy rồi bật lại).
close-restart-power = Nếu không chọn được “Khởi động lại” (Restart), hãy nhấn giữ nút nguồn đến khi máy tắt hẳn, rồi bật lại.
close-restart-no-restore = Nếu máy hỏi có muốn khôi phục các trang hay không, xin đừng khôi phục.
close-ask = Nếu không đóng được, đừng lo một mình mà hãy nhờ người giúp.
go-to-ask = Xem những nơi có thể giúp bạn

close-others = Các loại máy khác
close-mac = Máy Mac
close-mac-esc = Nhấn giữ phím `esc` trong 2 đến 3 giây, rồi bấm vào nút tròn màu đỏ ở góc trên bên trái.
close-mac-keys = Nếu không đóng được, nhấn cùng lúc ba phím `option`, `command` và `esc`.
close-mac-quit = Trong danh sách, chọn trình duyệt web (như Safari), rồi bấm “Bắt buộc Thoát” (Force Quit).
close-chromebook = Máy Chromebook
close-chromebook-esc = Nhấn giữ phím `esc` trong 2 đến 3 giây, rồi bấm vào dấu × ở góc trên bên phải.
close-chromebook-power = Nếu không đóng được, nhấn giữ nút nguồn đến khi máy tắt hẳn.
close-chromebook-no-restore = Bật lại máy, và đừng chọn “Khôi phục” (Restore).
close-android = Điện thoại hoặc máy tính bảng Android
close-android-list = Vuốt ngón tay từ mép dưới màn hình lên rồi giữ yên, đến khi các ứng dụng đang mở hiện ra.
close-android-button = Nếu phía dưới có nút “□” hoặc “|||”, bạn có thể bấm nút đó thay cho việc vuốt.
close-iphone = iPhone hoặc iPad
close-iphone-list = Vuốt ngón tay từ mép dưới màn hình lên, rồi dừng lại ở giữa.
close-iphone-button = Nếu máy có nút Home hình tròn, hãy bấm nhanh nút đó hai lần thay cho việc vuốt.
close-phone-swipe = Vuốt trình duyệt web (như Chrome hoặc Safari) lên trên, cho đến khi nó ra khỏi màn hình.
close-phone-tab = Nếu mở lại trình duyệt mà vẫn thấy màn hình đó, hãy cho hiện tất cả các tab (các trang đang mở) và bấm dấu × ở trang đó.

follow-heading = Đừng làm theo lời trên màn hình hay trong điện thoại
follow-install = Xin đừng tải về hay cài vào máy phần mềm mà họ giới thiệu.
follow-allow = Dù họ bảo bấm “Cho phép” (Allow) hay “Có” (Yes), xin đừng bấm.

## B: called, installed something, or paid

state-b-heading = Bạn đã gọi điện, cài phần mềm hoặc trả tiền
state-b-common = Nhiều người cũng gặp chuyện này, và đó không phải là lỗi của bạn.
state-b-still = Từ bây giờ, vẫn có những việc bạn có thể làm.
first-heading = Việc đầu tiên
first-disconnect = Nếu bạn đã cài phần mềm, hoặc họ đã điều khiển máy tính của bạn, hãy ngắt máy tính khỏi mạng Internet.
do-not-answer = Nếu họ gọi lại, xin đừng nghe máy.
only-talked = Nếu chỉ nói chuyện, chưa cho họ biết gì về mình, thì rất có thể bạn không cần làm gì thêm.
only-talked-told = Nếu đã cho họ biết tên, địa chỉ, số thẻ hoặc mật khẩu, hãy sớm liên hệ với nơi có thể giúp bạn.
which-apply = Hãy đọc tất cả những mục dưới đây đúng với trường hợp của bạn.
money-first = Nếu đã trả tiền, hãy gọi điện theo các mục từ B2 đến B4 trước, rồi mới kiểm tra máy tính.

installed-heading = Bạn đã cài phần mềm, hoặc họ đã điều khiển máy tính của bạn
installed-what = Đó có thể là phần mềm để người lạ dùng máy tính của bạn từ nơi khác (điều khiển từ xa).
installed-disconnect = Ngắt máy tính khỏi mạng Internet.
installed-disconnect-how = Rút dây mạng ra, hoặc tắt Wi-Fi.
installed-scan = Dùng phần mềm diệt virus để kiểm tra toàn bộ máy tính.
installed-remove = Ghi lại tên phần mềm đã cài, rồi gỡ phần mềm đó khỏi máy (gỡ cài đặt).
installed-after = Sau đó
installed-passwords = Đổi các mật khẩu bằng một máy khác, chẳng hạn như điện thoại.
installed-reset = Nếu được, hãy đưa máy tính về lại như lúc mới mua.
installed-reset-care = Làm vậy sẽ mất ảnh và tài liệu, nên hãy hỏi cảnh sát hoặc người rành máy tính trước.

card-heading = Bạn đã trả bằng thẻ tín dụng
card-call = Gọi điện ngay cho công ty thẻ.
card-number = Số điện thoại có ở mặt sau của thẻ, hoặc trên bảng sao kê hằng tháng.
card-stop = Hãy nói: “Tôi bị lừa đảo. Xin hãy dừng khoản thanh toán này.”

emoney-heading = Bạn đã trả bằng tiền điện tử (thẻ trả trước) hoặc thẻ quà tặng
emoney-call = Liên hệ ngay với công ty phát hành tiền điện tử hoặc thẻ quà tặng đó.
emoney-number = Cách liên hệ có ở mặt sau của thẻ, hoặc trên trang web chính thức của công ty.
emoney-stop = Nói với công ty rằng bạn bị lừa đảo, và nhờ dừng khoản thanh toán đó.
emoney-relief = Hỏi công ty xem có cách nào giúp đỡ về số tiền đã mất hay không.
emoney-keep = Xin đừng vứt các thẻ đó đi.

bank-heading = Bạn đã chuyển khoản hoặc trả qua ngân hàng trực tuyến
bank-call = Gọi điện ngay cho ngân hàng của bạn.
bank-number = Xem số điện thoại trên thẻ ngân hàng hoặc sổ ngân hàng.
bank-stop = Hãy nói: “Tôi bị lừa đảo. Xin hãy dừng khoản chuyển tiền này.”
bank-check = Hỏi ngân hàng xem thật ra bao nhiêu tiền đã bị chuyển đi.
bank-more = Đã có trường hợp số tiền bị chuyển đi nhiều hơn số tiền mà chính người bị hại đã nhập.

evidence-heading = Giữ lại bằng chứng
evidence-useful = Những thứ sau đây sẽ có ích khi bạn nói chuyện với cảnh sát.
evidence-keep = Xin đừng xóa hay vứt đi.
evidence-screen = Màn hình cảnh báo (ảnh chụp bằng điện thoại là đủ)
evidence-software = Bất cứ thứ gì cho biết tên phần mềm đã cài
evidence-card = Lịch sử chi tiêu của thẻ tín dụng
evidence-emoney = Các thẻ tiền điện tử đã mua, và hóa đơn mua hàng

police-heading = Báo cảnh sát
police-call = Trước tiên, hãy gọi điện đến đồn cảnh sát gần nhà.
police-agree = Hẹn ngày giờ đến, và hỏi cần mang theo những gì.
police-go = Mang bằng chứng đến đồn cảnh sát.

## Whom to ask

ask-heading = Những nơi có thể giúp bạn
ask-unsure = Nếu không chắc những số này có thật hay không, hãy hỏi lại người nhà hoặc đồn cảnh sát.
ask-hours = Giờ làm việc
ask-languages = Ngôn ngữ
ask-email = Email
ask-website = Trang web
ask-checked = Đã kiểm tra ngày { $day } tháng { $month } năm { $year }.
ask-police = Hãy nhờ cảnh sát ở nơi bạn đang sống giúp đỡ.
ask-bank = Hãy gọi cho công ty thẻ hoặc ngân hàng theo số in trên thẻ hoặc sổ ngân hàng.
ask-family = Hãy nói chuyện này với cả người nhà, bạn bè, nhà trường hoặc nơi làm việc nữa.

language-ja = Tiếng Nhật
language-en = Tiếng Anh
language-fr = Tiếng Pháp
language-ko = Tiếng Hàn

## The help lines of help-lines.toml: who they are, what to ask them, when they answer

line-jp-police-advice-who = Đường dây tư vấn của cảnh sát
line-jp-police-advice-for = Khi bạn có thể đã bị lừa, hoặc đã trả tiền.
line-jp-police-advice-hours = Ngày làm việc trong tuần, vào ban ngày (giờ khác nhau tùy từng tỉnh)
line-jp-consumer-hotline-who = Đường dây nóng cho người tiêu dùng (trung tâm tư vấn người tiêu dùng gần nhà)
line-jp-consumer-hotline-for = Khi gặp rắc rối về việc trả tiền hoặc về hợp đồng.
line-jp-consumer-hotline-hours = Ngày làm việc trong tuần: giờ khác nhau tùy từng trung tâm. Thứ Bảy, Chủ nhật và ngày lễ: 10:00–16:00. Nghỉ vào dịp cuối năm và đầu năm mới dương lịch. Một vài loại điện thoại qua Internet (điện thoại IP) và điện thoại di động trả trước không gọi đến đây được.
line-jp-ipa-who = Nơi tư vấn về an toàn thông tin của IPA
line-jp-ipa-for = Khi không đóng được cảnh báo, hoặc đã cài phần mềm.
line-jp-ipa-hours = 10:00–12:00 và 13:30–17:00 (trừ thứ Bảy, Chủ nhật, ngày lễ và dịp cuối năm, đầu năm mới dương lịch)
line-jp-police-list-who = Danh sách các đồn cảnh sát và các nơi tư vấn về tội phạm mạng của cảnh sát
line-jp-police-list-for = Để tìm số điện thoại của đồn cảnh sát gần nhà.
line-jp-police-list-hours = Có thể xem trang web bất cứ lúc nào
line-jp-police-emergency-who = Cảnh sát (khẩn cấp)
line-jp-police-emergency-for = Khi cần cảnh sát đến ngay lúc này.
line-jp-police-emergency-hours = Suốt 24 giờ mỗi ngày
line-gb-report-fraud-who = Report Fraud (nơi báo lừa đảo của Vương quốc Anh)
line-gb-report-fraud-for = Khi bạn bị lừa đảo (ở xứ Anh, xứ Wales và Bắc Ireland). Nếu ở Scotland, hãy liên hệ với Cảnh sát Scotland.
line-gb-report-fraud-hours = Xem trên trang web
line-kr-police-who = Cảnh sát Quốc gia Hàn Quốc: trung tâm ứng phó lừa đảo qua điện thoại và Internet
line-kr-police-for = Khi bạn bị lừa đảo, hoặc nghi là lừa đảo.
line-kr-police-hours = Suốt 24 giờ, tất cả các ngày
line-fr-17cyber-who = 17Cyber (dịch vụ công của Pháp)
line-fr-17cyber-for = Khi bạn bị lừa đảo, hoặc nghi là lừa đảo.
line-fr-17cyber-hours = Suốt 24 giờ, tất cả các ngày

## Understanding it

scam-heading = Đây là kiểu “lừa đảo giả danh hỗ trợ kỹ thuật”
scam-warning = Khi đang dùng Internet, bỗng nhiên có cảnh báo giả nói rằng máy bị nhiễm virus.
scam-noise = Có khi còn có tiếng kêu lớn hoặc giọng nói.
scam-aim = Mục đích là làm bạn sợ để bạn gọi vào số điện thoại trên màn hình.
scam-then = Qua điện thoại, họ bắt bạn trả tiền “hỗ trợ”, hoặc bảo cài phần mềm để họ điều khiển máy tính của bạn.
scam-always = Cảnh báo này hiện ra dù máy có virus hay không.
scam-logos = Có khi họ dùng logo của công ty có thật, để trông giống thật.

cases-heading = Những trường hợp thường gặp
case-card = Trường hợp 1: trả bằng thẻ
case-card-alarm = Máy tính của một người phát ra tiếng kêu lớn, và một màn hình bảo gọi điện cứ hiện mãi, không tắt được.
case-card-remote = Người ở đầu dây bên kia nói sẽ kiểm tra máy tính, nên chủ máy tính đã cài phần mềm điều khiển từ xa và đọc cho họ dãy số hiện ra.
case-card-paid = Chủ máy tính đã trả bằng thẻ tín dụng để được “diệt virus, kèm hai năm hỗ trợ”.
case-emoney = Trường hợp 2: trả bằng thẻ tiền điện tử
case-emoney-alarm = Một người thấy cảnh báo hiện ra, và gọi đến “trung tâm hỗ trợ” ghi trên màn hình.
case-emoney-asked = Người đó được bảo ra cửa hàng tiện lợi mua thẻ tiền điện tử trị giá 50.000 yên để được hỗ trợ ba năm.
case-emoney-paid = Người đó đã mua, rồi đọc số trên các thẻ cho người ở đầu dây bên kia.

how-heading = Kẻ lừa đảo làm như thế nào
how-frighten = Họ làm bạn sợ bằng cảnh báo giả, tiếng kêu và giọng nói.
how-sell = Qua điện thoại, họ mời mua dịch vụ hỗ trợ có trả tiền hoặc “phần mềm bảo vệ máy”.
how-pay = Họ đòi trả bằng thẻ tín dụng, thẻ quà tặng, tiền điện tử (thẻ trả trước), hoặc trả tại cửa hàng tiện lợi.
how-remote = Nhờ điều khiển từ xa, họ có thể chiếm tài khoản của bạn và chuyển tiền của bạn đi.

prevent-heading = Những việc nên làm hằng ngày
prevent-update = Luôn cập nhật hệ thống của máy tính (như Windows) và các phần mềm lên bản mới nhất.
prevent-security = Dùng phần mềm diệt virus.
prevent-talk = Khi bỗng nhiên có cảnh báo hiện ra, hãy nói với người nhà hoặc bạn bè trước khi gọi cho bất cứ ai.

see-heading = Xem và tập thử
see-note = Các trang này bằng tiếng Nhật, của JC3 (Trung tâm Kiểm soát Tội phạm mạng Nhật Bản) và IPA (Cơ quan Xúc tiến Công nghệ Thông tin Nhật Bản).
see-jc3-video = Video về cách lừa đảo này (JC3)
see-jc3-column = Bài viết về lừa đảo giả danh hỗ trợ kỹ thuật (JC3)
see-ipa-column = Làm sao để không bị cảnh báo giả đánh lừa (IPA)
see-ipa-practice = Tập đóng cảnh báo giả (IPA)
see-ipa-steps = Các bước khi không đóng được cảnh báo, để in ra và giữ lại (IPA)

## About this page

about-heading = Về trang này
about-sekisho = Mạng này dùng “Sekisho” để giúp bạn tránh các trang web lừa đảo và các trang web nguy hiểm khác.
about-name = Tên trang web đã bị chặn
about-lists = Những danh sách có tên trang web đó
about-operator = Người quản lý mạng này
about-contact = Liên hệ
about-mistake = Nếu bạn nghĩ một trang web an toàn đã bị chặn nhầm, hãy báo cho người quản lý mạng này.
about-mistake-anyone = Nếu bạn nghĩ một trang web an toàn đã bị chặn nhầm, hãy báo cho người đã lắp đặt mạng này: người nhà, nhà trường hoặc công ty.
about-caller = Nếu có ai trong điện thoại bảo bạn xin mở lại trang web đã bị chặn, thì đó là lừa đảo.
to-top = Về đầu trang

## The other pages of the box

more-heading = Những việc khác bạn có thể làm ở đây
more-practice = Tập đóng cảnh báo giả
more-practice-note = Khoảng một phút, ngay trên máy này. Sẽ không xảy ra chuyện gì cả.
more-record = Tờ ghi chép để đưa cho cảnh sát hoặc công ty thẻ
more-record-note = Có thể in ra hoặc chép tay. Không có gì được gửi đi đâu cả.
more-card = Các bước đóng cảnh báo, để in ra và đặt cạnh máy tính
more-card-note = Một trang giấy và một phiếu nhỏ.
more-unblock = Gửi yêu cầu mở trang web này
more-help = Quay lại trang hướng dẫn
say-in-japanese = Câu tiếng Nhật để nói, hoặc để đưa cho họ xem
close-your-device = Máy của bạn có lẽ là loại này
close-this-device = Cách đóng trên máy của bạn

## Stopped for this device

lately-heading = Đã chặn trên máy này trong một giờ qua
lately-note = Nếu lúc nãy trình duyệt web báo lỗi, trang web đó có thể nằm trong danh sách này.
lately-all-devices = Ở đây cũng có thể có tên các trang web bị chặn trên những máy khác trong nhà.
lately-none = Trong một giờ qua, không có trang web nào bị chặn trên máy này.
lately-when = { $minutes ->
    [0] chưa đến một phút trước
   *[other] { $minutes } phút trước
}

## Practice

practice-title = Tập đóng cảnh báo giả
practice-what = Ở đây, bạn có thể tập đóng một cảnh báo giả chiếm hết màn hình.
practice-safe = Đây chỉ là tập thử: máy tính của bạn sẽ không bị ảnh hưởng gì, và không có gì được gửi đi đâu cả.
practice-ends = Sau một phút, phần tập sẽ tự kết thúc, và bạn có thể dừng bất cứ lúc nào.
practice-sound = Kèm tiếng kêu, giống như cảnh báo giả của kẻ lừa đảo
practice-start = Bắt đầu tập
practice-no-script = Phần tập này cần JavaScript, nhưng ở đây JavaScript đang tắt.
practice-read-instead = Thay vào đó, bạn có thể đọc các bước ở đây.
practice-mark = TẬP THỬ
practice-not-real = Đây không phải là cảnh báo thật.
practice-fake-heading = Cảnh báo! Máy tính của bạn đã bị nhiễm virus!
practice-fake-call = Hãy gọi ngay số này: 000-0000
practice-fake-lie = Cảnh báo giả của kẻ lừa đảo trông như thế này, và tất cả đều là nói dối.
practice-stop = Dừng tập
practice-esc-hold = Nhấn giữ phím `Esc`, ở góc trên bên trái bàn phím, cho đến khi màn hình thu nhỏ lại.
practice-esc-longer = Đúng phím rồi. Bây giờ hãy nhấn giữ phím `Esc` lâu hơn, trong 2 đến 3 giây.
practice-close = Bạn làm đúng rồi. Bây giờ hãy bấm dấu × ở góc trên bên phải của khung này.
practice-close-where = Khi gặp cảnh báo giả của kẻ lừa đảo, hãy bấm dấu × của chính trình duyệt web.
practice-touch-leave = Đặt ngón tay vào mép dưới màn hình, từ từ vuốt lên, rồi dừng lại ở giữa.
practice-touch-apps = Khi các ứng dụng đang mở hiện ra, hãy chọn lại trang này.
practice-touch-button = Nếu máy có nút “□”, nút “|||” hoặc nút Home hình tròn, bạn có thể dùng nút đó thay cho việc vuốt.
practice-touch-close = Bạn làm đúng rồi. Khi gặp kẻ lừa đảo thật, hãy vuốt trình duyệt web lên trên, cho đến khi nó ra khỏi màn hình. Còn bây giờ, hãy bấm dấu × ở đây.
practice-done-heading = Bạn đã làm được
practice-done-esc = Bạn đã dùng phím `Esc` để thoát khỏi cảnh báo chiếm hết màn hình.
practice-done-apps = Bạn đã rời khỏi cảnh báo rồi quay lại.
practice-done-close = Bạn đã bấm dấu ×.
practice-done-no-call = Bạn đã không gọi vào số điện thoại trên màn hình.
practice-over-heading = Đã hết một phút
practice-over = Không có chuyện gì xảy ra cả. Bạn có thể tập lại bao nhiêu lần tùy thích.
practice-left-heading = Phần tập đã kết thúc
practice-left = Với cảnh báo giả của kẻ lừa đảo, bạn cũng có thể thoát ra như vậy: nó không làm gì được bạn.
practice-again = Tập lại lần nữa
practice-keys = Trên máy tính Windows, nếu phím `Esc` không có tác dụng: nhấn cùng lúc ba phím `Ctrl`, `Alt` và `Delete`, chọn “Trình quản lý Tác vụ” (Task Manager), rồi kết thúc trình duyệt web trong đó.
practice-keys-why = Ở đây không tập được cách này, vì các phím đó mở ra một màn hình của chính máy tính.

## Sheet for the police or the card company

record-title = Ghi chép về cảnh báo giả
record-what = Hãy mang tờ này theo, hoặc để bên cạnh khi gọi điện.
record-how = Bạn có thể in trang này ra, hoặc chép tay.
record-known = Những gì mạng này biết
record-made = Ngày giờ làm tờ này
record-name = Trang web đã bị chặn
record-lists = Những danh sách có tên trang web đó
record-when = Lần chặn gần nhất
record-none = Chưa có trang web nào để ghi vào tờ này.
record-write = Những gì bạn nhớ
record-write-note = Chỗ nào không biết thì cứ để trống.
record-seen = Ngày giờ cảnh báo hiện ra
record-number = Số điện thoại trên màn hình
record-caller = Tên và công ty mà họ tự xưng
record-installed = Tên phần mềm đã cài, và các số đã đọc cho họ
record-told = Những gì đã cho họ biết (tên, địa chỉ, số thẻ, v.v.; đừng bao giờ viết mật khẩu ra đây, chỉ ghi hai chữ “mật khẩu”)
record-paid = Trả bằng cách nào, cho ai, bao nhiêu, khi nào
record-cards = Số trên thẻ tiền điện tử hoặc thẻ quà tặng
record-done = Những nơi đã liên hệ
record-police = Tên và số điện thoại của người cảnh sát, hoặc của người phụ trách ở công ty

## Steps to print

card-title = Khi cảnh báo bỗng nhiên chiếm hết màn hình
card-print = Bạn có thể in trang này ra. Phiếu nhỏ ở cuối trang là để cắt ra dùng.
card-first = Hãy bình tĩnh. Cảnh báo đó là giả.
card-no-call = Xin đừng gọi vào số điện thoại trên màn hình.
card-close = Cách đóng cảnh báo
card-if = Nếu đã gọi điện, cài phần mềm hoặc trả tiền
card-if-hang-up = Cúp máy.
card-if-network = Ngắt máy tính khỏi mạng Internet.
card-if-call = Gọi cho công ty thẻ, ngân hàng, hoặc công ty phát hành tiền điện tử hay thẻ quà tặng.
card-if-police = Sau đó, hãy hỏi ý kiến cảnh sát.
card-help-page = Trang hướng dẫn của mạng này
card-small = Phiếu nhỏ để cắt ra
card-family = Số điện thoại của người bạn tin cậy

## Asking for a site to be opened

unblock-title = Gửi yêu cầu mở trang web
unblock-name = Trang web bạn muốn được mở
unblock-who = Người quản lý mạng này sẽ thấy yêu cầu và quyết định.
unblock-not-here = Không ai mở được trang web từ màn hình này, kể cả người quản lý.
unblock-why-heading = Vì sao phải chờ
unblock-why = Qua điện thoại, kẻ lừa đảo thường bảo: “Hãy bấm Cho phép.”
unblock-why-delay = Trang web bị chặn vì có thể là lừa đảo sẽ còn bị chặn thêm một thời gian, kể cả sau khi đã được đồng ý cho mở.
unblock-delay = Thời gian chờ là { $minutes } phút.
unblock-why-wait = Nhờ vậy, bạn có thời gian để cúp máy và hỏi ý kiến người mà bạn tin cậy.
unblock-why-caller = Nếu có ai trong điện thoại bảo bạn bấm nút này, hãy cúp máy ngay.
unblock-button = Gửi yêu cầu
unblock-nothing = Bạn không cần nhập gì cả, và không ai biết gì hơn ngoài tên trang web và máy nào đã gửi yêu cầu.
unblock-which = Hãy chọn trang web đã bị chặn.
unblock-not-blocked = Trang web này không bị chặn trên máy này.
unblock-taken-heading = Đã gửi yêu cầu
unblock-taken = Bây giờ, người quản lý mạng này có thể thấy yêu cầu đó.
unblock-taken-wait = Bạn không cần làm gì thêm.
unblock-already = Yêu cầu này đã được gửi và đang chờ quyết định.
unblock-approved = Trang web này đã được đồng ý cho mở: sẽ sớm xem được, hoặc đã xem được rồi.
unblock-refused = Người quản lý mạng này đã quyết định không mở trang web này.
unblock-full = Lúc này đang có quá nhiều yêu cầu, nên yêu cầu này không gửi được.
unblock-full-tell = Xin hãy nói trực tiếp với người quản lý mạng này.
unblock-expired = Trang này đã mở quá lâu, nên yêu cầu chưa được gửi.
unblock-again = Xin hãy bấm nút một lần nữa.
