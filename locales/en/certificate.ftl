# The page for installing and removing the root certificate, for whoever looks after the devices of a network. A language
# without this file shows it in English. Names of menus are written as systems write them.

cert-title = Root certificate of this network
cert-who = This page is for the person who looks after this network and its devices.
cert-caller = If someone on the phone sent you here, hang up: it is a scam.
cert-what = With this certificate, a device shows the help page for blocked links that begin with https:// as well.
cert-risk = Whoever gets hold of its key could pretend to be nearly any site to the devices that trust it.
cert-need = No device needs it to be protected.
cert-compare-heading = First compare the fingerprint
cert-compare = Compare what the device shows with this, and this with what “sekisho ca show” prints on the box itself.
cert-compare-windows = On Windows, “certutil -hashfile root.der SHA256” in a terminal, in the folder of that file, shows it: the window of a certificate there has only a shorter one.
cert-fingerprint = Fingerprint (SHA-256)
cert-files = Files
cert-install = Install
cert-remove = Remove

cert-windows = Windows (Chrome, Edge)
cert-windows-install-1 = Open root.der and choose “Install Certificate…”, then “Local Machine”.
cert-windows-install-2 = Choose “Place all certificates in the following store”, then “Browse…” and “Trusted Root Certification Authorities”.
cert-windows-remove = Run certlm.msc, open “Trusted Root Certification Authorities” and “Certificates”, and delete it there.

cert-mac = macOS (Safari, Chrome)
cert-mac-install-1 = Open root.pem with “Keychain Access” and choose the keychain “System”.
cert-mac-install-2 = Open the certificate in the list, then “Trust”, and choose “Always Trust”.
cert-mac-remove = Delete it in “Keychain Access”, in the keychain “System”.

cert-iphone = iPhone and iPad
cert-iphone-install-1 = Open root.mobileconfig in Safari and allow the download; then open “Settings”, “Profile Downloaded”, “Install”.
cert-iphone-install-2 = Open “Settings”, “General”, “About”, “Certificate Trust Settings”, and switch it on.
cert-iphone-remove = Open “Settings”, “General”, “VPN & Device Management”, choose the profile, and “Remove Profile”.

cert-android = Android (Chrome)
cert-android-install-1 = Download root.pem, and search the settings for “CA certificate”.
cert-android-install-2 = Choose “Install anyway”, and the file. Android says from then on that the network may be monitored.
cert-android-remove = Search the settings for “Trusted credentials”, open “User”, choose it, and remove it.

cert-firefox = Firefox
cert-firefox-install-1 = Open “Settings”, “Privacy and security”, “Manage certificates”, “Authorities”, “Import…”, and choose root.pem.
cert-firefox-install-2 = Tick “Trust this CA to identify websites”.
cert-firefox-remove = Choose it in the same list, and “Delete or Distrust…”.

cert-managed = Devices that an organisation manages
cert-managed-install-1 = Distribute root.der by group policy or Intune, root.mobileconfig by MDM, root.pem by Google Admin or the policies of Firefox.
cert-managed-install-2 = Tell the people whose devices they are.
cert-managed-remove = Withdraw it in the same place.
