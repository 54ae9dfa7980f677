//! What becomes of publications, told without a network: they come as fetching would have brought them, at any time.

use std::time::UNIX_EPOCH;

use tempfile::TempDir;

use super::{super::FormsFolder, *};
use crate::{
    lists::{compile::Base, fetch::FetchError, source::Source},
    telemetry::Metrics,
};

const URL: &str = "https://lists.example/feed.txt";
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const PAGE: &str = "<!doctype html><html><body>Please log in</body></html>";

/// A list that is fetched every six hours, and what there is around it.
struct Home {
    folder: TempDir,
    metrics: Arc<Metrics>,
    base: Base,
    place: FormsFolder,
    begun: Instant,
    /// How long it has been running.
    age: Duration,
    held: Held,
}

impl Home {
    fn new() -> Self {
        Self::with_window(Duration::ZERO)
    }

    fn with_window(window: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Metrics::new(["scam"]).unwrap();
        let held = Held::open(source(URL, window), &folder.path().join("lists")).unwrap();
        let place = FormsFolder::new(folder.path(), metrics.lists.parses.clone());
        Self {
            folder,
            metrics,
            base: Base::default(),
            place,
            begun: Instant::now(),
            age: Duration::ZERO,
            held,
        }
    }

    /// As after a restart, perhaps with another URL.
    fn reopen(&mut self, url: &str) {
        let window = self.held.subscription().unwrap().window;
        self.held = Held::open(source(url, window), &self.folder.path().join("lists")).unwrap();
    }

    /// Six hours later the publisher gives this.
    fn publish(&mut self, text: &str) -> &About {
        self.age += 6 * HOUR;
        self.publish_now(text)
    }

    fn publish_now(&mut self, text: &str) -> &About {
        let from = self.held.folder.join(FETCHED);
        fs::write(&from, text).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let fetched = Fetched::New {
            url: URL.parse().unwrap(),
            validators: Validators { url: URL.into(), etag: None, last_modified: None },
            octets: text.len() as u64,
            sha256: digest.as_ref().try_into().unwrap(),
            missed: Vec::new(),
        };
        self.take(Ok(fetched))
    }

    /// Six hours later nobody is reached.
    fn fail(&mut self) -> &About {
        self.age += 6 * HOUR;
        self.take(Err(FetchError::Missed(Vec::new())))
    }

    fn take(&mut self, fetched: Result<Fetched, FetchError>) -> &About {
        let done = Done { list: self.held.name().clone(), from: self.held.folder.join(FETCHED), fetched };
        let at = self.now();
        let forms = Forms::new(&self.place, &self.base);
        self.held.take_fetched(done, &forms, (at, &self.metrics.lists));
        &self.held.published.as_ref().unwrap().about
    }

    fn now(&self) -> Moment {
        Moment { now: self.begun + self.age, calendar: UNIX_EPOCH + 20_000 * DAY + self.age, chance: 0.5 }
    }

    /// How long it is until the next fetch.
    fn wait(&self) -> Duration {
        self.held.published.as_ref().unwrap().next - self.now().now
    }

    /// The copy in force.
    fn copy(&self) -> String {
        fs::read_to_string(self.held.folder.join(LIST)).unwrap()
    }

    /// How many lines that has.
    fn lines(&self) -> usize {
        self.copy().lines().count()
    }
}

fn source(url: &str, window: Duration) -> Source {
    let subscription = Subscription {
        url: url.parse().unwrap(),
        mirrors: Vec::new(),
        plain_http: false,
        refresh: 6 * HOUR,
        window,
        licence: None,
    };
    Source { origin: Origin::Subscription(subscription.into()), ..Source::of_path("feed", "") }
}

/// So many names, from `first` on.
fn names(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|number| format!("n{number}.example\n")).collect();
    names.concat()
}

fn doubt(about: &About) -> Option<&'static str> {
    about.held.as_ref().map(|held| held.doubt.key())
}

#[test]
fn what_comes_by_itself_three_times_is_believed_and_what_the_operator_fetches_is_not() {
    let mut home = Home::new();
    home.publish(&names(0, 200));
    for _ in 0..5 {
        home.age += 6 * HOUR;
        assert!(home.held.hurry(home.now()));
        assert_eq!(doubt(home.publish_now(&names(0, 60))), Some("shrunk"));
    }
    for _ in 0..2 {
        assert_eq!(doubt(home.publish(&names(0, 60))), Some("shrunk"));
        // Too soon after that to count.
        home.age += HOUR;
        assert_eq!(doubt(home.publish_now(&names(1, 60))), Some("shrunk"));
    }
    assert_eq!((doubt(home.publish(&names(0, 60))), home.lines()), (None, 60));
}

#[test]
fn what_cannot_be_used_is_asked_for_again_as_after_a_failure() {
    let mut home = Home::new();
    home.publish(&names(0, 200));
    assert_eq!(home.wait(), 6 * HOUR);
    let mut waits = Vec::new();
    for text in [PAGE, PAGE, "", "# nothing\n"] {
        let about = home.publish(text);
        assert_eq!(doubt(about), Some("unusable"));
        assert_eq!(about.checked, Some(UNIX_EPOCH + 20_000 * DAY + 6 * HOUR));
        waits.push(home.wait().as_secs());
    }
    assert_eq!(waits, [15, 30, 60, 120]);
    assert_eq!(doubt(home.publish(&names(0, 100))), Some("shrunk"));
    assert_eq!(home.wait(), 6 * HOUR);
}

#[test]
fn a_copy_of_which_nothing_is_known_any_more_is_still_the_measure() {
    for text in ["", "garbage = \n"] {
        let mut home = Home::new();
        home.publish(&names(0, 200));
        let about = home.held.folder.join(".about.toml");
        if text.is_empty() {
            fs::remove_file(about).unwrap();
        } else {
            fs::write(about, text).unwrap();
        }
        home.reopen(URL);
        assert_eq!((doubt(home.publish(&names(0, 10))), home.lines()), (Some("shrunk"), 200), "{text}");
        assert_eq!((doubt(home.publish(&names(1, 200))), home.lines()), (None, 200));
        assert!(home.copy().contains("n200."));
    }
}

#[test]
fn the_copy_of_a_list_that_moves_is_still_the_measure() {
    let mut home = Home::new();
    home.publish(&names(0, 200));
    home.reopen("https://elsewhere.example/feed.txt");
    assert!(home.held.published.as_ref().unwrap().next <= Instant::now(), "it is due");
    let about = home.publish(&names(0, 10));
    assert_eq!(about.in_force.as_ref().unwrap().from, URL);
    assert_eq!((doubt(about), home.lines()), (Some("shrunk"), 200));
    assert_eq!((doubt(home.publish(&names(9, 190))), home.lines()), (None, 190));
}

#[test]
fn a_window_takes_what_is_shorter_than_the_last_time_and_nothing_that_is_no_list() {
    let mut home = Home::with_window(DAY);
    home.publish(&names(0, 2000));
    let mut together = 2000;
    for (number, count) in [(1, 500), (2, 30), (3, 700)] {
        assert_eq!(doubt(home.publish(&names(number * 10_000, count))), None);
        together += count;
        assert_eq!(home.lines(), together);
    }
    for text in ["", PAGE, "# nothing new\n", "?\n!\n"] {
        assert_eq!((doubt(home.publish_now(text)), home.lines()), (Some("unusable"), together), "{text}");
    }
}

#[test]
fn a_window_moves_on_whatever_comes_and_where_nothing_comes() {
    for comes in ["no list", "the same", "nothing"] {
        let mut home = Home::with_window(DAY);
        home.publish(&names(0, 100));
        home.publish(&names(1000, 50));
        home.age += 11 * HOUR;
        for (lines, after) in [(150, "a day"), (50, "more than that"), (50, "long")] {
            match comes {
                "no list" => assert_eq!(doubt(home.publish(PAGE)), Some("unusable")),
                "the same" => assert_eq!(doubt(home.publish(&names(1000, 50))), None),
                _ => assert!(home.fail().problem.is_some()),
            }
            assert_eq!(home.lines(), lines, "{comes}, {after}");
            home.age += if after == "a day" { Duration::ZERO } else { 9 * DAY };
        }
        assert_eq!(home.held.published.as_ref().unwrap().about.in_force.as_ref().unwrap().measure.rules, 50);
    }
}

#[test]
fn half_a_line_at_the_end_is_left_out_where_what_is_in_force_ends_with_a_whole_one() {
    let mut home = Home::new();
    home.publish("first.example\nlast.example");
    assert_eq!(home.lines(), 2, "nobody knows better");
    home.publish("first.example\nsecond.example\nwww.mybank.example");
    assert_eq!(home.lines(), 3, "it is how this publisher writes");
    home.publish(&names(0, 200));
    let cut_off = names(0, 150) + "www.mybank.example";
    home.publish(&cut_off);
    assert_eq!(home.copy(), names(0, 150));
    assert_eq!(home.held.published.as_ref().unwrap().about.in_force.as_ref().unwrap().measure.rules, 150);
    // The same again is not new, and another file that is cut off is treated the same.
    home.publish(&cut_off);
    assert_eq!(home.copy(), names(0, 150));
    let json = format!("[\"{}\"]", names(0, 160).trim().replace('\n', "\",\n\""));
    home.publish(&json);
    assert_eq!(home.copy(), json, "JSON ends as it likes");
}
