//! What may be asked, what a decision does, and that nothing grows past its bound.

use proptest::prelude::*;

use super::*;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DELAY: Duration = Duration::from_mins(10);

fn at(seconds: u64) -> Now {
    let calendar = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_323_200 + seconds);
    Now { since_start: Duration::from_secs(seconds), calendar }
}

fn client(last: u8) -> IpAddr {
    [192, 168, 1, last].into()
}

fn name(number: usize) -> Name {
    format!("n{number}.example").parse().unwrap()
}

fn of(category: &str) -> Blocked {
    Blocked { lists: vec!["names".into()], category: category.into(), own: false }
}

fn ask(requests: &mut Requests, last: u8, number: usize, now: Now) -> Asked {
    requests.ask(client(last), &name(number), Some(of(SCAM)), DELAY, now)
}

fn grant(length: Duration, everyone: bool) -> Grant {
    Grant { length, everyone, delay: DELAY }
}

fn approve(requests: &mut Requests, id: u32, grant: Grant, now: Now) -> Duration {
    requests.approve(id, grant, None, now).unwrap().1
}

fn is_lifted(requests: &Requests, last: u8, number: usize, now: Now) -> bool {
    requests.lifts(now).lift(&name(number), client(last))
}

#[test]
fn one_request_waits_for_each_client_and_name() {
    let mut requests = Requests::default();
    assert_eq!(ask(&mut requests, 1, 1, at(0)), Asked::Taken { waiting: DELAY });
    assert_eq!(ask(&mut requests, 1, 1, at(9)), Asked::AlreadyWaiting);
    let mapped = IpAddr::V6("::ffff:192.168.1.1".parse().unwrap());
    assert_eq!(requests.ask(mapped, &name(1), Some(of(SCAM)), DELAY, at(9)), Asked::AlreadyWaiting);
    assert_eq!(requests.ask(client(1), &name(2), None, DELAY, at(9)), Asked::NotBlocked);
    let phishing = requests.ask(client(1), &name(2), Some(of("phishing")), DELAY, at(9));
    assert_eq!(phishing, Asked::Taken { waiting: Duration::ZERO });
    assert_eq!(requests.iter().map(|request| request.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(requests.waiting(), 2);
}

#[test]
fn a_device_with_many_addresses_leaves_room_for_others_and_an_own_rule_takes_no_request() {
    let mut requests = Requests::default();
    let v6 = |network: u16, host: u16| IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, host]);
    let mut from = |client, number| requests.ask(client, &name(number), Some(of(SCAM)), DELAY, at(0));
    let taken = (0..200).filter(|host| matches!(from(v6(1, *host), 0), Asked::Taken { .. })).count();
    assert_eq!(taken, MOST_WAITING_FOR_A_NETWORK);
    assert_eq!(from(v6(1, 999), 1), Asked::TooMany);
    assert!(matches!(from(v6(2, 1), 0), Asked::Taken { .. }));
    assert!(matches!(from(client(1), 0), Asked::Taken { .. }));
    let own = Blocked { own: true, ..of("own") };
    assert_eq!(requests.ask(client(2), &name(0), Some(own), DELAY, at(0)), Asked::OwnRule);
}

#[test]
fn neither_one_client_nor_all_together_fill_more_than_there_is() {
    let mut requests = Requests::default();
    for number in 0..MOST_WAITING_FOR_A_CLIENT {
        assert!(matches!(ask(&mut requests, 1, number, at(0)), Asked::Taken { .. }));
    }
    assert_eq!(ask(&mut requests, 1, 77, at(0)), Asked::TooMany);
    for last in 2..=20 {
        for number in 0..5 {
            assert!(matches!(ask(&mut requests, last, number, at(0)), Asked::Taken { .. }));
        }
    }
    assert_eq!(ask(&mut requests, 21, 0, at(0)), Asked::Full);
    // The oldest refusal makes room; what waits does not.
    requests.refuse(7, at(1)).unwrap();
    assert!(matches!(ask(&mut requests, 21, 0, at(1)), Asked::Taken { .. }));
    assert!(requests.get(7).is_none() && requests.get(6).is_some());
    assert_eq!(ask(&mut requests, 22, 0, at(1)), Asked::Full);
}

#[test]
fn an_approval_of_scam_begins_after_the_delay_and_ends_on_time() {
    let mut requests = Requests::default();
    ask(&mut requests, 1, 1, at(0));
    assert_eq!(approve(&mut requests, 1, grant(HOUR, false), at(60)), DELAY);
    assert!(!is_lifted(&requests, 1, 1, at(60 + 599)));
    assert_eq!(requests.next_change(at(60)), Some(DELAY));
    let told = Asked::AlreadyApproved { starts_in: 4 * MINUTE, ends_in: 64 * MINUTE };
    assert_eq!(ask(&mut requests, 1, 1, at(60 + 360)), told);
    assert!(is_lifted(&requests, 1, 1, at(660)) && is_lifted(&requests, 1, 1, at(660 + 3599)));
    assert!(!is_lifted(&requests, 2, 1, at(660)) && !is_lifted(&requests, 1, 2, at(660)));
    assert_eq!((requests.in_force(at(660)), requests.next_change(at(660))), (1, Some(HOUR)));
    assert!(!is_lifted(&requests, 1, 1, at(660 + 3600)));
    assert_eq!(requests.end_what_is_over(at(660 + 3600)).len(), 1);
    assert!(matches!(ask(&mut requests, 1, 1, at(660 + 3600)), Asked::Taken { .. }));
}

#[test]
fn what_is_no_scam_begins_at_once_and_what_has_become_scam_does_not() {
    let mut requests = Requests::default();
    for number in [1, 2] {
        requests.ask(client(1), &name(number), Some(of("ads")), DELAY, at(0));
    }
    assert_eq!(approve(&mut requests, 1, grant(HOUR, false), at(0)), Duration::ZERO);
    assert!(is_lifted(&requests, 1, 1, at(0)));
    let (_, delay) = requests.approve(2, grant(HOUR, false), Some(of(SCAM)), at(0)).unwrap();
    assert_eq!(delay, DELAY);
}

#[test]
fn approving_again_waits_only_for_what_was_not_waited_for() {
    let mut requests = Requests::default();
    ask(&mut requests, 1, 1, at(0));
    approve(&mut requests, 1, grant(HOUR, false), at(0));
    assert_eq!(approve(&mut requests, 1, grant(2 * HOUR, false), at(240)), 6 * MINUTE);
    assert_eq!(approve(&mut requests, 1, grant(HOUR, false), at(700)), Duration::ZERO);
    assert!(is_lifted(&requests, 1, 1, at(700 + 3599)));
    // For more people it is another decision.
    assert_eq!(approve(&mut requests, 1, grant(HOUR, true), at(800)), DELAY);
    assert!(is_lifted(&requests, 9, 1, at(1400)));
    assert!(matches!(ask(&mut requests, 9, 1, at(1400)), Asked::AlreadyApproved { .. }));
    assert_eq!(approve(&mut requests, 1, grant(30 * LONGEST, true), at(1400)), Duration::ZERO);
    assert!(!is_lifted(&requests, 1, 1, at(1400 + LONGEST.as_secs())));
}

#[test]
fn a_refusal_is_remembered_for_a_day_and_takes_an_approval_back() {
    let mut requests = Requests::default();
    requests.ask(client(1), &name(1), Some(of("ads")), DELAY, at(0));
    approve(&mut requests, 1, grant(HOUR, false), at(0));
    assert!(matches!(requests.refuse(1, at(5)), Ok(State::Approved { .. })));
    assert!(!is_lifted(&requests, 1, 1, at(5)));
    assert_eq!(ask(&mut requests, 1, 1, at(6)), Asked::AlreadyRefused);
    assert!(matches!(requests.approve(1, grant(HOUR, false), None, at(7)), Ok((_, Duration::ZERO))));
    requests.refuse(1, at(8)).unwrap();
    requests.end_what_is_over(at(8 + 86_400));
    assert!(matches!(ask(&mut requests, 1, 1, at(8 + 86_400)), Asked::Taken { .. }));
    assert_eq!(requests.refuse(1, at(0)), Err(NoRequest(1)));
    assert!(requests.approve(99, grant(HOUR, false), None, at(0)).is_err());
}

#[test]
fn what_nobody_decides_is_dropped_after_a_week_whatever_the_calendar_is_set_to() {
    for calendar in [0, 4_000_000_000] {
        let mut requests = Requests::default();
        ask(&mut requests, 1, 1, at(0));
        let set =
            |seconds| Now { calendar: SystemTime::UNIX_EPOCH + Duration::from_secs(calendar), ..at(seconds) };
        assert!(requests.end_what_is_over(set(7 * 86_400 - 1)).is_empty());
        assert!(requests.has_drifted(set(100)));
        requests.written(set(100), |_| ());
        assert!(!requests.has_drifted(set(100)));
        assert_eq!(requests.end_what_is_over(set(7 * 86_400)).len(), 1);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Ask(u8, usize, bool),
    Approve(u32, u64, bool),
    Refuse(u32),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u8..40, 0_usize..12, any::<bool>()).prop_map(|(who, what, scam)| Step::Ask(who, what, scam)),
        3 => (1_u32..200, 1_u64..100_000, any::<bool>()).prop_map(|(id, length, all)| Step::Approve(id, length, all)),
        2 => (1_u32..200).prop_map(Step::Refuse),
        2 => (0_u64..40_000).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is asked and decided in whatever order.
    #[test]
    fn bounds_hold_and_nothing_is_lifted_that_was_not_approved(
        steps in proptest::collection::vec(step(), 0..400),
    ) {
        let mut requests = Requests::default();
        let mut seconds = 0;
        for step in steps {
            let now = at(seconds);
            requests.end_what_is_over(now);
            match step {
                Step::Ask(who, what, scam) => {
                    let category = if scam { SCAM } else { "ads" };
                    requests.ask(client(who), &name(what), Some(of(category)), DELAY, now);
                }
                Step::Approve(id, length, everyone) => {
                    let scam = requests.get(id).is_some_and(|request| {
                        request.blocked.category == SCAM && matches!(request.state, State::Waiting { .. })
                    });
                    let length = Duration::from_secs(length);
                    if let Ok((_, delay)) = requests.approve(id, grant(length, everyone), None, now) {
                        prop_assert!(!scam || delay == DELAY);
                    }
                }
                Step::Refuse(id) => drop(requests.refuse(id, now)),
                Step::Wait(longer) => seconds += longer,
            }
            prop_assert!(requests.iter().count() <= MOST);
            for who in 0..40 {
                let waits = |request: &&Request| matches!(request.state, State::Waiting { .. });
                let of_client = requests.iter().filter(|request| request.client == client(who));
                prop_assert!(of_client.filter(waits).count() <= MOST_WAITING_FOR_A_CLIENT);
            }
        }
        let now = at(seconds);
        let lifts = requests.lifts(now);
        for (who, what) in (0..40).flat_map(|who| (0..12).map(move |what| (who, what))) {
            let approved = requests.iter().any(|request| {
                let for_this = request.client == client(who) || request.is_for_everyone();
                *request.name == name(what) && for_this && request.lifts(now)
            });
            prop_assert_eq!(lifts.lift(&name(what), client(who)), approved);
        }
    }
}
