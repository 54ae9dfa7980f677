//! The pages of our own name, and what leads to them.

use super::*;

/// Pages of our own name.
const OWN_PAGES: [&str; 6] =
    ["/", "/practice", "/record?name=www.bad.example", "/card", "/unblock", "/unblock?name=www.bad.example"];

#[tokio::test]
async fn every_page_is_small_and_needs_nothing_else() {
    for language in Language::ALL {
        for path in OWN_PAGES {
            let and = if path.contains('?') { '&' } else { '?' };
            let uri = format!("{path}{and}lang={}", language.tag());
            let headers =
                [("host", "sekisho.home.arpa"), ("accept", NAVIGATION), ("accept-encoding", "gzip, br")];
            let answer = send(Settings::default(), Arc::default(), "GET", &uri, &headers).await;
            assert_eq!(answer.status, 200, "{uri}");
            assert_eq!(answer.headers["content-language"], language.html(), "{uri}");
            assert!(answer.octets < MOST_OCTETS, "{uri}: {} octets", answer.octets);
            let body = answer.body;
            // Readings above a thousand words take their room where nothing is compressed.
            let most = if body.contains("<ruby>") { 2 * MOST_OCTETS } else { MOST_OCTETS };
            assert!(body.len() < most, "{uri}: {} octets", body.len());
            for forbidden in ["<img", "<iframe", "@import", "url(", " src=", "onclick", " style="] {
                assert!(!body.contains(forbidden), "{uri}: {forbidden}");
            }
            assert_eq!(body.contains("<script"), path == "/practice", "{uri}");
            let types: Vec<&str> =
                body.split("<input").skip(1).map(|tag| tag.split('>').next().unwrap()).collect();
            let to_type_in = types.iter().filter(|tag| !tag.contains("hidden") && !tag.contains("checkbox"));
            assert_eq!(to_type_in.count(), 0, "{uri}: there is nothing to type");
            assert_eq!(body.matches("<link").count(), 1, "only the empty icon");
            for link in body.split("href=\"").skip(1).filter(|link| link.starts_with("http")) {
                let tag = link.split('>').next().unwrap();
                assert!(link.starts_with("https://") && tag.contains(r#"rel="noreferrer""#), "{tag}");
            }
            for left in ['《', '》', '｜', '\u{10FFFE}'] {
                assert!(!body.contains(left), "{uri}: {left}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_stopped_for_this_device_is_told_to_it_alone() {
    let router = router(Settings::default(), services(Arc::default()), &[1; 32]).unwrap();
    let headers = [("host", "sekisho.home.arpa"), ("accept", NAVIGATION), ("accept-language", "en")];
    let own = ask(router.clone(), [192, 0, 2, 1], "GET", "/", &headers, "").await.body;
    assert!(own.contains("<code>xn--r8jz45g.bad.example</code> (<bdi>例え.bad.example</bdi>)"), "{own}");
    assert!(own.contains("less than a minute ago") && own.contains("11 minutes ago"));
    assert!(
        own.contains("&lt;i&gt;woof") && own.contains(r#"href="/unblock?name=www.bad.example&amp;lang=en""#)
    );
    let other = ask(router.clone(), [192, 0, 2, 2], "GET", "/", &headers, "").await.body;
    assert!(!other.contains("bad.example") && other.contains(&sentence(Language::EN, "lately-none")));
    let sheet = ask(router.clone(), [192, 0, 2, 1], "GET", "/record", &headers, "").await.body;
    assert!(sheet.contains("(UTC") && sheet.contains("<code>xn--r8jz45g.bad.example</code>"));
    // Where nobody keeps it, it is not said that nothing was stopped.
    let silent = Services { history: None, ..services(Arc::default()) };
    let silent = super::router(Settings::default(), silent, &[1; 32]).unwrap();
    let silent = ask(silent, [192, 0, 2, 1], "GET", "/", &headers, "").await.body;
    assert!(!silent.contains("lately-heading"));
}

#[tokio::test]
async fn links_from_a_stopped_site_lead_to_our_own_name() {
    let headers = [("host", "www.bad.example:8080"), ("accept", NAVIGATION), ("accept-language", "ko")];
    let body = send(Settings::default(), Arc::default(), "GET", "/", &headers).await.body;
    for path in [
        "/practice?lang=ko",
        "/card?lang=ko",
        "/record?name=www.bad.example&amp;lang=ko",
        "/unblock?name=www.bad.example&amp;lang=ko",
    ] {
        assert!(body.contains(&format!("href=\"http://sekisho.home.arpa:8080{path}\"")), "{path}");
    }
    assert!(!body.contains("<form"), "a stopped site could press the button");
}

#[tokio::test]
async fn what_the_operator_chose_to_stop_is_not_called_dangerous_and_an_own_rule_takes_no_request() {
    for language in Language::ALL {
        let text = |id| sentence(language, id);
        let own = page(language, Settings::default(), "own.bad.example").await;
        let games = page(language, Settings::default(), "games.bad.example").await;
        for body in [&own, &games] {
            assert!(body.contains(&text("stopped-own-heading")) && body.contains(&text("stopped-own-site")));
            assert!(!body.contains(&text("stopped-heading")) && !body.contains(&text("stopped-site")));
            assert!(body.contains(&text("do-not-call")) && body.contains(".bad.example</code>"));
        }
        assert!(!own.contains("/unblock?name=") && games.contains("/unblock?name=games.bad.example"));
        let uri = |name: &str| format!("/unblock?name={name}.bad.example&lang={}", language.tag());
        let own = go("sekisho.home.arpa", &uri("own")).await.body;
        assert!(own.contains(&text("stopped-own-site")) && !own.contains("<form"));
        let games = go("sekisho.home.arpa", &uri("games")).await.body;
        assert!(games.contains("<form") && !games.contains(&text("unblock-why-delay")));
        let scam = go("sekisho.home.arpa", &uri("www")).await.body;
        let (delayed, why) = (text("unblock-why-delay"), text("unblock-why-wait"));
        let minutes = scam.split(&delayed).nth(1).and_then(|after| after.split(&why).next());
        assert!(minutes.is_some_and(|minutes| minutes.contains("10")), "{}", language.tag());
    }
}

#[tokio::test]
async fn who_comes_for_a_site_that_passes_is_told_so() {
    let passes = page(Language::EN, Settings::default(), "good.example").await;
    for id in ["help-heading", "not-stopped", "not-stopped-again"] {
        assert!(passes.contains(&sentence(Language::EN, id)), "{id}");
    }
    for (host, language) in [("sekisho.home.arpa", Language::EN), ("192.0.2.7", Language::EN)] {
        let help = page(language, Settings::default(), host).await;
        assert!(!help.contains(&sentence(language, "not-stopped")), "{host}");
    }
}

#[tokio::test]
async fn an_ipad_that_says_it_is_a_mac_finds_its_own_steps_in_the_same_place() {
    let agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15";
    let headers =
        [("host", "bad.example"), ("accept", NAVIGATION), ("accept-language", "en"), ("user-agent", agent)];
    let body = send(Settings::default(), Arc::default(), "GET", "/", &headers).await.body;
    let part =
        |from: &str| body.split(from).nth(1).unwrap().split("id=\"others\"").next().unwrap().to_owned();
    assert!(part("class=\"by-mouse\"").contains(&sentence(Language::EN, "close-mac-esc")));
    assert!(part("class=\"by-fingers\"").contains(&sentence(Language::EN, "close-iphone-list")));
}

#[tokio::test]
async fn the_card_has_a_way_to_reach_every_line() {
    let lines = HelpLines::built_in().unwrap();
    for country in ["JP", "FR"] {
        let settings = Settings { country: country.into(), ..Settings::default() };
        let headers = [("host", "sekisho.home.arpa"), ("accept", NAVIGATION), ("accept-language", "en")];
        let card = send(settings, Arc::default(), "GET", "/card", &headers).await.body;
        for line in lines.of_country(country) {
            let way = line.number.as_ref().or(line.url.as_ref()).or(line.email.as_ref()).unwrap();
            assert!(card.contains(&format!("<strong>{way}</strong>")), "{country}: {way}");
        }
    }
}

#[tokio::test]
async fn the_visitors_own_system_comes_first_and_all_others_follow() {
    for (agent, first) in [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", "close-iphone-list"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "close-mac-esc"),
        ("Mozilla/5.0 (X11; CrOS x86_64)", "close-chromebook-esc"),
        ("Mozilla/5.0 (Linux; Android 10; K)", "close-android-list"),
        ("<script>alert(1)</script>", "close-esc-hold"),
    ] {
        let headers = [
            ("host", "bad.example"),
            ("accept", NAVIGATION),
            ("accept-language", "en"),
            ("user-agent", agent),
        ];
        let body = send(Settings::default(), Arc::default(), "GET", "/", &headers).await.body;
        let place = |id: &str| body.find(&sentence(Language::EN, id)).unwrap_or_else(|| panic!("{id}"));
        for other in [
            "close-iphone-list",
            "close-mac-esc",
            "close-chromebook-esc",
            "close-android-list",
            "close-esc-hold",
        ] {
            assert!(place(first) <= place(other), "{agent}: {other}");
        }
        assert!(!body.contains("alert(1)"));
    }
}

#[tokio::test]
async fn a_request_to_open_a_site_counts_only_from_our_own_form() {
    let desk = Arc::<Desk>::default();
    let router = router(Settings::default(), services(desk.clone()), &[1; 32]).unwrap();
    let headers = [("host", "sekisho.home.arpa"), ("accept", NAVIGATION), ("accept-language", "en")];
    let (client, uri) = ([192, 0, 2, 1], "/unblock?name=www.bad.example");
    let page = ask(router.clone(), client, "GET", uri, &headers, "").await;
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("form-action 'self'"));
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    let token =
        page.body.split_once(r#"name="token" value=""#).unwrap().1.split_once('"').unwrap().0.to_owned();
    let form = format!("name=www.bad.example&token={token}");
    let with = |name, value| [headers.to_vec(), vec![(name, value)]].concat();
    for (what, client, headers, form) in [
        ("without the token", client, headers.to_vec(), "name=www.bad.example".to_owned()),
        (
            "with another token",
            client,
            headers.to_vec(),
            format!("name=www.bad.example&token={}", "0".repeat(64)),
        ),
        ("for another name", client, headers.to_vec(), format!("name=bad.example&token={token}")),
        ("from another client", [192, 0, 2, 2], headers.to_vec(), form.clone()),
        ("from the stopped site", client, with("origin", "http://www.bad.example"), form.clone()),
        ("from nowhere", client, with("origin", "null"), form.clone()),
        ("from another site", client, with("sec-fetch-site", "cross-site"), form.clone()),
        ("without a name", client, headers.to_vec(), format!("token={token}")),
        ("with a strange name", client, headers.to_vec(), format!("name=%3Cscript%3E&token={token}")),
    ] {
        let answer = ask(router.clone(), client, "POST", "/unblock", &headers, &form).await;
        assert!(answer.status == 403 || answer.status == 400, "{what}: {}", answer.status);
        assert!(desk.0.lock().unwrap().is_empty(), "{what}");
    }
    // Under the name of the stopped site there is no form, and nobody takes one.
    let of_site = [("host", "www.bad.example"), ("accept", NAVIGATION)];
    assert_eq!(ask(router.clone(), client, "POST", "/unblock", &of_site, &form).await.status, 403);
    assert!(desk.0.lock().unwrap().is_empty());
    let ours = with("origin", "http://sekisho.home.arpa");
    let answer = ask(router, client, "POST", "/unblock", &ours, &form).await;
    assert!(answer.status == 200 && answer.body.contains(&sentence(Language::EN, "unblock-taken")));
    assert_eq!(*desk.0.lock().unwrap(), [(IpAddr::from(client), "www.bad.example".to_owned())]);
}

#[tokio::test]
async fn nothing_of_a_hostile_request_is_on_any_page() {
    let hostile = "<script>alert(1)</script>";
    for path in OWN_PAGES.iter().map(|path| path.split('?').next().unwrap()) {
        for query in [
            "name=%3Cscript%3Ealert(1)",
            "name=a'%22onclick=alert(1)",
            "lang=%3Cscript%3E&name=..",
            "name=-_.",
        ] {
            let uri = format!("{path}?{query}");
            let headers = [
                ("host", "sekisho.home.arpa"),
                ("accept", NAVIGATION),
                ("user-agent", hostile),
                ("referer", hostile),
                ("x-forwarded-for", hostile),
            ];
            let answer = send(Settings::default(), Arc::default(), "GET", &uri, &headers).await;
            assert_eq!(answer.status, 200, "{uri}");
            assert!(!answer.body.contains("alert(1)") && !answer.body.contains("onclick"), "{uri}");
        }
    }
}

#[tokio::test]
async fn how_the_root_is_installed_is_told_while_there_is_one() {
    for language in Language::ALL {
        let uri = format!("/certificate?lang={}", language.tag());
        let headers = [("host", "sekisho.home.arpa"), ("accept", NAVIGATION)];
        let answer = send(Settings::default(), Arc::default(), "GET", &uri, &headers).await;
        assert!(answer.status == 200 && answer.body.contains("<code>AB:CD</code>"), "{uri}");
        for file in ["root.pem", "root.der", "root.mobileconfig"] {
            assert!(answer.body.contains(&format!("href=\"/ca/{file}\"")), "{uri}: {file}");
        }
        let words = Texts::of_certificate(language).unwrap().language();
        assert!(answer.body.contains(&format!("<main lang=\"{}\">", words.html())), "{uri}");
    }
    let id = |line: &str| line.split_once(" =").map(|(id, _)| id.to_owned());
    let ids = |language: Language| language.certificate().1.lines().filter_map(id).collect::<Vec<_>>();
    for language in Language::ALL {
        assert_eq!(ids(language), ids(Language::EN), "{}", language.tag());
    }
}
