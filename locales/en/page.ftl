# The help page in English. One message is one sentence, and one sentence is one idea.
# Readers: frightened, perhaps 75 years old, perhaps not native speakers. Short words, no blame, no jargon.
# `Backticks` mark a key of the keyboard. Everything else is plain text: no markup.

## About this language
# language-name: what its own speakers call it. language-html: the tag for programs (BCP 47). language-accepts: the tags
# of Accept-Language that mean it, with spaces between. language-space stands between two sentences, language-colon
# behind a label.

language-name = English
language-html = en
language-accepts = en
language-space = { " " }
language-colon = { ": " }

## Top of the page

page-title-stopped = A dangerous site was stopped
page-title-help = Help with fake warnings on your screen
notice = A message from your network
language-choice = Language

stopped-heading = A dangerous site was stopped
stopped-from-network = This page comes from your own network (your internet connection).
stopped-site = The site may be a scam, so it was stopped before it could open.
stopped-own-heading = This site is closed on this network
stopped-own-site = The people who run this network have decided to stop this site.
not-stopped = The site that you came for is not stopped at the moment.
not-stopped-again = If you want to open it, close the browser, wait a minute, and try again.

help-heading = Help with fake warnings on your screen
help-from-network = This help page comes from your own network (your internet connection).
help-fake = A sudden warning that says “you have a virus” and tells you to call a number is fake.

device-fine = Your computer or phone is very probably fine.
do-not-call = Do not call the number that was on the screen.
hang-up = If you are talking to those people now, hang up at once.
hang-up-any-time = You may hang up in the middle of a sentence.
asks-nothing = This page never asks you to type anything or to pay.

choose-heading = Which is closer to what happened?
choose-a = I only saw a warning
choose-a-note = I did not call, install anything, or pay
choose-b = I called, installed something, or paid
choose-b-note = One of these is enough

## A: only saw a warning

state-a-heading = You only saw a warning
state-a-fine = If you only saw the warning, there is very probably nothing to worry about.
state-a-close-this = If the warning is gone, close this page and you are done.
state-a-close-that = If the warning is still there, try these ways, one after the other.

close-windows = Windows computer
close-esc = Way 1: use the `Esc` key
close-esc-hold = Hold down the `Esc` key, at the top left of the keyboard, for 2 to 3 seconds.
close-esc-appears = An × appears at the top right of the screen.
close-esc-press = Click that × with the mouse.
close-task = Way 2: if way 1 does not close it
close-task-keys = Press the keys `Ctrl`, `Alt` and `Delete` together.
close-task-open = Choose “Task Manager”.
close-task-browser = In the list, right-click the program that shows web pages (such as Edge or Chrome).
close-task-end = Choose “End task”.
close-restart = Way 3: if it is still there
close-restart-do = Restart the computer.
close-restart-power = If you cannot choose “Restart”, hold the power button until the computer turns off, then turn it on again.
close-restart-no-restore = If you are asked to restore pages, do not restore them.
close-ask = If you cannot close it, ask someone for help.
go-to-ask = See who can help

close-others = Other devices
close-mac = Mac
close-mac-esc = Hold down the `esc` key for 2 to 3 seconds, then click the red circle at the top left.
close-mac-keys = If it does not close, press `option`, `command` and `esc` together.
close-mac-quit = Choose your browser (such as Safari) in the list and click “Force Quit”.
close-chromebook = Chromebook
close-chromebook-esc = Hold down the `esc` key for 2 to 3 seconds, then click the × at the top right.
close-chromebook-power = If it does not close, hold the power button until the computer turns off.
close-chromebook-no-restore = Turn it on again, and do not choose “Restore”.
close-android = Android phone or tablet
close-android-list = Slide your finger up from the bottom edge and hold it there, until your open apps appear.
close-android-button = If there is a “□” or “|||” button at the bottom, you can press that instead.
close-iphone = iPhone or iPad
close-iphone-list = Slide your finger up from the bottom edge, and stop in the middle.
close-iphone-button = If there is a round Home button, press it twice quickly instead.
close-phone-swipe = Push your browser (such as Chrome or Safari) up and off the screen.
close-phone-tab = If the same screen comes back when you open the browser, show all tabs (open pages) and press the × on that one.

follow-heading = Do not do what the screen or the caller says
follow-install = Do not download or install the program that they offer.
follow-allow = Do not press “Allow” or “Yes” because they tell you to.

## B: called, installed something, or paid

state-b-heading = You called, installed something, or paid
state-b-common = This happens to many people, and it is not your fault.
state-b-still = There is still something you can do.
first-heading = First
first-disconnect = If you installed something or they used your computer, disconnect the computer from the internet.
do-not-answer = If they call you again, do not answer.
only-talked = If you only talked and told them nothing about yourself, there is very probably nothing more to do.
only-talked-told = If you told them your name, address, card number or a password, ask for advice soon.
which-apply = Read every part below that is true for you.
money-first = If you paid, make the calls of B2, B3 or B4 that apply before you check the computer.

installed-heading = You installed something, or they used your computer
installed-what = It may be a program that lets strangers use your computer from far away (remote control).
installed-disconnect = Disconnect the computer from the internet.
installed-disconnect-how = Pull out the network cable, or turn Wi-Fi off.
installed-scan = Check the whole computer with antivirus software.
installed-remove = Write down on paper the name of the program that you installed, then uninstall it.
installed-after = After that
installed-passwords = Change your passwords, using a different device such as a phone.
installed-reset = If you can, reset the computer to the way it was when it was new.
installed-reset-care = A reset deletes photos and documents, so first ask the police or someone who knows computers.

card-heading = You paid by credit card
card-call = Call the card company now.
card-number = The number is on the back of your card, or on your monthly statement.
card-stop = Say: “I was scammed. Please stop the payment.”

emoney-heading = You paid with e-money or a gift card
emoney-call = Contact the company that issued it now.
emoney-number = Look on the back of the card, or on the company's official website.
emoney-stop = Tell them that you were scammed, and ask them to stop the payment.
emoney-relief = Ask whether there is any way to get help with the loss.
emoney-keep = Do not throw the cards away.

bank-heading = You paid by bank transfer or online banking
bank-call = Call your bank now.
bank-number = Take the number from your bank card or bank book.
bank-stop = Say: “I was scammed. Please stop the transfer.”
bank-check = Ask the bank how much money was really sent.
bank-more = In some cases, more money was sent than the person had typed.

evidence-heading = Keep evidence
evidence-useful = These things help when you talk to the police.
evidence-keep = Do not delete them or throw them away.
evidence-screen = The warning screen (a photo taken with a phone is enough)
evidence-software = Anything that shows the name of the program that you installed
evidence-card = Your credit card history
evidence-emoney = The e-money cards that you bought, and the receipts

police-heading = Tell the police
police-call = First, call your local police station.
police-agree = Agree on a day and time, and ask what to bring.
police-go = Take the evidence to the police station.

## Whom to ask

ask-heading = Who can help you
ask-unsure = If you are not sure that these numbers are real, check with your family or at the nearest police box or station.
ask-hours = Open
ask-languages = Languages
ask-email = Email
ask-website = Website
ask-checked = Checked on { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }.
ask-police = Ask the police where you live for help.
ask-bank = Call your card company or bank on the number printed on your card or bank book.
ask-family = Tell your family, a friend, your school or your workplace too.

language-ja = Japanese
language-en = English
language-fr = French
language-ko = Korean

## The help lines of help-lines.toml: who they are, what to ask them, when they answer

line-jp-police-advice-who = Police consultation line
line-jp-police-advice-for = You may have been scammed, or you have paid.
line-jp-police-advice-hours = Weekdays, in the daytime (hours differ by prefecture)
line-jp-consumer-hotline-who = Consumer hotline (your local consumer affairs center)
line-jp-consumer-hotline-for = Trouble with a payment or a contract.
line-jp-consumer-hotline-hours = Weekday hours differ by center. Weekends and holidays 10:00–16:00. Closed at the end of the year and New Year. Not reachable from some IP phones and prepaid mobile phones.
line-jp-ipa-who = IPA information security desk
line-jp-ipa-for = You cannot close the warning, or you have installed something.
line-jp-ipa-hours = 10:00–12:00 and 13:30–17:00 (not on weekends, public holidays, or at the end of the year and New Year)
line-jp-police-list-who = List of police stations and police cybercrime desks
line-jp-police-list-for = To find the number of your local police station.
line-jp-police-list-hours = The website can be seen at any time
line-jp-police-emergency-who = Police (emergency)
line-jp-police-emergency-for = You need a police officer right now.
line-jp-police-emergency-hours = 24 hours a day
line-gb-report-fraud-who = Report Fraud
line-gb-report-fraud-for = You were scammed (England, Wales and Northern Ireland). In Scotland, contact Police Scotland.
line-gb-report-fraud-hours = See the website
line-kr-police-who = Korean National Police: phone and internet fraud response center
line-kr-police-for = You were scammed, or you suspect a scam.
line-kr-police-hours = 24 hours a day, every day
line-fr-17cyber-who = 17Cyber (French public service)
line-fr-17cyber-for = You were scammed, or you suspect a scam.
line-fr-17cyber-hours = 24 hours a day, every day

## Understanding it

scam-heading = This is a “tech support scam”
scam-warning = While you use the internet, a false warning suddenly says that you have a virus.
scam-noise = There may be a loud sound or a voice.
scam-aim = The aim is to frighten you into calling the number on the screen.
scam-then = On the phone, they make you pay for “support” or install a program that lets them control your computer.
scam-always = The warning appears whether or not there is a virus.
scam-logos = The logos of real companies may be used, to make it look true.

cases-heading = Typical cases
case-card = Case 1: paid by card
case-card-alarm = A loud sound came from the computer, and a screen that told the person to call would not go away.
case-card-remote = The caller offered to look at the computer, so the person installed a remote control program and told the caller the number that it showed.
case-card-paid = The person paid by credit card for “virus removal with two years of support”.
case-emoney = Case 2: paid with e-money
case-emoney-alarm = A warning appeared, and the person called the “support center” on the screen.
case-emoney-asked = They were told to buy 50,000 yen of e-money at a convenience store for three years of support.
case-emoney-paid = They bought it, and told the caller the numbers on the cards.

how-heading = How the scammers work
how-frighten = They frighten you with a fake warning, sounds and voices.
how-sell = On the phone, they sell you paid support or a “security tool”.
how-pay = They ask for a credit card, gift cards, e-money or a payment at a convenience store.
how-remote = With remote control, they can take over your accounts and send your money away.

prevent-heading = What you can do every day
prevent-update = Keep your computer's system (such as Windows) and your programs up to date.
prevent-security = Use antivirus software.
prevent-talk = When a warning suddenly appears, talk to your family or a friend before you call anyone.

see-heading = See it, and practise
see-note = These pages are in Japanese, by JC3 (Japan Cybercrime Control Center) and IPA (Information-technology Promotion Agency, Japan).
see-jc3-video = Videos of how the scam works (JC3)
see-jc3-column = An article about support scams (JC3)
see-ipa-column = How not to be fooled by fake warnings (IPA)
see-ipa-practice = Practise closing a fake warning (IPA)
see-ipa-steps = Steps for when a warning will not close, to print and keep (IPA)

## About this page

about-heading = About this page
about-sekisho = This network uses “Sekisho” to keep you away from scams and other dangerous sites.
about-name = Name of the stopped site
about-lists = Lists that name it
about-operator = Who runs this network
about-contact = Contact
about-mistake = If you think that a safe site was stopped by mistake, tell the people who run this network.
about-mistake-anyone = If you think that a safe site was stopped by mistake, tell the person who set up this network: your family, school or company.
about-caller = If someone on the phone asks you to have the site opened again, it is a scam.
to-top = Back to the top

## The other pages of the box

more-heading = You can also do this here
more-practice = Practise closing a fake warning
more-practice-note = In about one minute, on this device. Nothing can happen.
more-record = Sheet for the police or the card company
more-record-note = To print or to copy by hand. Nothing is sent anywhere.
more-card = Steps to print and keep by the computer
more-card-note = One page, and a small card.
more-unblock = Ask for this site to be opened
more-help = Back to the help page
say-in-japanese = To say it in Japanese, or to show it
close-your-device = This seems to be your device
close-this-device = Way to close it on your device

## Stopped for this device

lately-heading = Stopped for this device in the last hour
lately-note = If your browser showed an error a moment ago, the site may be in this list.
lately-all-devices = Names from other devices in the house can be here too.
lately-none = Nothing was stopped for this device in the last hour.
lately-when = { $minutes ->
    [0] less than a minute ago
    [one] { $minutes } minute ago
   *[other] { $minutes } minutes ago
}

## Practice

practice-title = Practice: closing a fake warning
practice-what = Here you can practise closing a fake warning that fills the screen.
practice-safe = It is only practice: nothing can happen to your computer, and nothing is sent anywhere.
practice-ends = It ends by itself after one minute, and you can stop at any time.
practice-sound = With a sound, as the warnings of scammers have
practice-start = Start the practice
practice-no-script = The practice needs JavaScript, which is switched off here.
practice-read-instead = You can read the steps here instead.
practice-mark = PRACTICE
practice-not-real = This is not a real warning.
practice-fake-heading = Warning! Your computer has a virus!
practice-fake-call = Call this number now: 000-0000
practice-fake-lie = The warnings of scammers look like this, and all of it is a lie.
practice-stop = Stop the practice
practice-esc-hold = Hold down the `Esc` key, at the top left of the keyboard, until the screen gets smaller.
practice-esc-longer = That is the key. Hold the `Esc` key down longer, for 2 to 3 seconds.
practice-close = Well done. Now press the × at the top right of this box.
practice-close-where = With a scammer's warning, press the × of the browser itself.
practice-touch-leave = Put a finger on the bottom edge of the screen, slide it up slowly, and stop in the middle.
practice-touch-apps = When the open apps appear, choose this page again.
practice-touch-button = If there is a “□” or “|||” button or a round Home button, you can use that instead.
practice-touch-close = Well done. In a real case, push the browser up and off the screen. Now press the × here.
practice-done-heading = You did it
practice-done-esc = You left the full screen with the `Esc` key.
practice-done-apps = You left the warning and came back.
practice-done-close = You pressed the ×.
practice-done-no-call = You did not call the number on the screen.
practice-over-heading = The minute is over
practice-over = Nothing happened. You can try again as often as you like.
practice-left-heading = The practice has ended
practice-left = You can leave a scammer's warning in the same way: it has no power over you.
practice-again = Practise again
practice-keys = On a Windows computer, if the `Esc` key does not help: press `Ctrl`, `Alt` and `Delete` together, choose “Task Manager”, and end the browser there.
practice-keys-why = This cannot be practised here, because the keys open a screen of the computer itself.

## Sheet for the police or the card company

record-title = Record of a fake warning
record-what = Take this sheet with you, or have it beside you when you call.
record-how = You can print this page, or copy it by hand.
record-known = What this network knows
record-made = This sheet was made
record-name = Site that was stopped
record-lists = Lists that name it
record-when = Last stopped
record-none = No site is known for this sheet.
record-write = What you remember
record-write-note = Leave empty what you do not know.
record-seen = Day and time when the warning appeared
record-number = Telephone number on the screen
record-caller = The name that the caller gave, and their company
record-installed = Program that was installed, and numbers that you told them
record-told = What you told them, such as your name, address or card number (never write a password here, only “password”)
record-paid = How you paid, to whom, how much, and when
record-cards = Numbers on the e-money or gift cards
record-done = Whom you have contacted already
record-police = Name and telephone number of the police officer or the person at the company

## Steps to print

card-title = When a warning suddenly fills the screen
card-print = You can print this page. The small card at the end is to cut out.
card-first = Stay calm. The warning is fake.
card-no-call = Do not call the number on the screen.
card-close = Close it
card-if = If you called, installed something, or paid
card-if-hang-up = Hang up.
card-if-network = Disconnect the computer from the internet.
card-if-call = Call the card company, the bank, or the company that issued the e-money or gift card.
card-if-police = Then ask the police for advice.
card-help-page = Help page of this network
card-small = Small card to cut out
card-family = Telephone number of someone you trust

## Asking for a site to be opened

unblock-title = Ask for a site to be opened
unblock-name = You are asking about this site
unblock-who = The people who run this network will see the request and decide.
unblock-not-here = It cannot be opened from this screen, not even by them.
unblock-why-heading = Why it takes time
unblock-why = Scammers on the phone often say: “Press allow.”
unblock-why-delay = A site that was stopped as a possible scam stays closed for a while even after it is approved.
unblock-delay = { $minutes ->
    [one] The wait is one minute.
   *[other] The wait is { $minutes } minutes.
}
unblock-why-wait = That gives you time to hang up and to talk with someone you trust.
unblock-why-caller = If someone on the phone told you to press this button, hang up now.
unblock-button = Send the request
unblock-nothing = There is nothing to type, and nobody learns more than the name of the site and which device asked.
unblock-which = Choose the site that was stopped.
unblock-not-blocked = This site is not stopped for this device.
unblock-taken-heading = The request was sent
unblock-taken = The people who run this network can see it now.
unblock-taken-wait = You do not need to do anything more.
unblock-already = This request is already waiting.
unblock-approved = This site was approved, and opens soon or is open already.
unblock-refused = The people who run this network have decided to keep this site closed.
unblock-full = There are too many requests at the moment, so this one could not be sent.
unblock-full-tell = Please tell the people who run this network yourself.
unblock-expired = This page was open for too long, so the request was not sent.
unblock-again = Please press the button again.
