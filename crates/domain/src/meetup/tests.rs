//! The states of a meetup and what moves it.

use proptest::prelude::*;

use super::*;
use crate::person::Member;

const NOW: i64 = 1_800_000_000_000;

fn now() -> Timestamp {
    Timestamp::from_milliseconds(NOW)
}

fn after(minutes: u64) -> Timestamp {
    now().plus(Duration::from_secs(minutes * 60))
}

fn start(minutes: u64) -> Start {
    Start { wall: "2027-01-15T09:00".parse().unwrap(), zone: "Europe/Berlin".parse().unwrap(), at: after(minutes) }
}

fn details(minutes: Option<u64>) -> MeetupDetails {
    MeetupDetails {
        title: "Summer party".parse().unwrap(),
        description: MeetupDescription::default(),
        start: minutes.map(start),
        minutes: 60,
        visibility: Visibility::Private,
        plus_limit: 1,
        shows_guests: true,
        join_url: None,
    }
}

fn ada() -> MeetupOwner {
    MeetupOwner::Member { id: "ada".parse().unwrap(), name: "Ada".parse().unwrap() }
}

fn draft(minutes: u64) -> Meetup {
    Meetup::create("summer0001".parse().unwrap(), ada(), details(Some(minutes)), now())
}

/// Published, and the invitations are sent.
fn announced(minutes: u64) -> Meetup {
    let published = draft(minutes).publish(now()).unwrap();
    published.advance(after(1)).unwrap()
}

#[test]
fn a_draft_is_published_with_a_start_that_is_ahead_by_a_member() {
    let published = draft(5).publish(now()).unwrap();
    assert_eq!((published.state, published.invitations_at), (MeetupState::Published, Some(after(1))));
    assert_eq!(published.publish(now()), Err(MeetupRefusal::NotDraft));
    assert_eq!(draft(4).publish(now()), Err(MeetupRefusal::TooSoon));
    let id = || "summer0001".parse().unwrap();
    assert_eq!(Meetup::create(id(), ada(), details(None), now()).publish(now()), Err(MeetupRefusal::NoStart));
    let visitor =
        Meetup::create(id(), MeetupOwner::Visitor { id: "visitor:k".parse().unwrap() }, details(Some(60)), now());
    assert_eq!(visitor.publish(now()), Err(MeetupRefusal::SignInFirst));
    let adopted = visitor.adopt("ada".parse().unwrap(), "Ada".parse().unwrap()).unwrap();
    assert!(adopted.publish(now()).is_ok());
    assert_eq!(adopted.adopt("eve".parse().unwrap(), "Eve".parse().unwrap()), Err(MeetupRefusal::NotHost));
}

#[test]
fn publishing_is_taken_back_until_the_invitations_are_sent() {
    let published = draft(60).publish(now()).unwrap();
    let back = published.take_back(now().plus(TAKE_BACK - Duration::from_millis(1))).unwrap();
    assert_eq!((back.state, back.invitations_at, back.sequence), (MeetupState::Draft, None, 0));
    assert_eq!(published.take_back(after(1)), Err(MeetupRefusal::InvitationsSent));
    assert_eq!(announced(60).take_back(now()), Err(MeetupRefusal::InvitationsSent));
    assert_eq!(draft(60).take_back(now()), Err(MeetupRefusal::Draft));
}

#[test]
fn all_changes_within_two_minutes_are_in_one_mail() {
    let meetup = announced(60);
    let titled = MeetupDetails { title: "Winter party".parse().unwrap(), ..meetup.details.clone() };
    let first = meetup.change(titled, after(2)).unwrap().unwrap();
    assert_eq!((first.change_mail_at, first.sequence), (Some(after(4)), 1));
    let moved = MeetupDetails { start: Some(start(90)), ..first.details.clone() };
    let second = first.change(moved, after(3)).unwrap().unwrap();
    assert_eq!((second.change_mail_at, second.sequence), (Some(after(4)), 2), "with the first change");
    assert_eq!(second.changed, BTreeSet::from([ChangedPart::Title, ChangedPart::Time]));
    let sent = second.advance(after(4)).unwrap();
    assert_eq!((sent.change_mail_at, sent.changed.len(), sent.sequence), (None, 0, 2));
}

#[test]
fn no_mail_is_about_a_description_or_before_the_invitations() {
    let described =
        |meetup: &Meetup| MeetupDetails { description: "Bring a chair.".parse().unwrap(), ..meetup.details.clone() };
    let meetup = announced(60);
    let changed = meetup.change(described(&meetup), now()).unwrap().unwrap();
    assert_eq!((changed.change_mail_at, changed.sequence, changed.rev), (None, 0, meetup.rev + 1));
    assert_eq!(changed.change(changed.details.clone(), now()), Ok(None), "nothing is new");
    let published = draft(60).publish(now()).unwrap();
    let moved = published
        .change(MeetupDetails { start: Some(start(90)), ..published.details.clone() }, now())
        .unwrap()
        .unwrap();
    assert_eq!((moved.change_mail_at, moved.sequence), (None, 0));
}

#[test]
fn a_published_meetup_keeps_a_start_that_is_ahead() {
    let meetup = announced(60);
    let with = |start: Option<Start>| MeetupDetails { start, ..meetup.details.clone() };
    assert_eq!(meetup.change(with(None), now()), Err(MeetupRefusal::NoStart));
    assert_eq!(meetup.change(with(Some(start(4))), now()), Err(MeetupRefusal::TooSoon));
    let live = meetup.advance(after(60)).unwrap();
    assert_eq!(live.state, MeetupState::Live);
    assert_eq!(live.change(with(Some(start(500))), after(61)), Err(MeetupRefusal::Begun));
    let titled = MeetupDetails { title: "Now!".parse().unwrap(), ..live.details.clone() };
    assert!(live.change(titled, after(61)).is_ok(), "the title may change");
}

#[test]
fn time_opens_and_ends_it() {
    let meetup = announced(60);
    assert_eq!(meetup.advance(after(59)), None);
    assert_eq!(meetup.next_due(), Some(after(60)));
    let live = meetup.advance(after(60)).unwrap();
    assert_eq!((live.state, live.next_due()), (MeetupState::Live, Some(after(120))));
    let ended = live.advance(after(120)).unwrap();
    assert_eq!((ended.state, ended.next_due(), ended.advance(after(999))), (MeetupState::Ended, None, None));
    assert_eq!(meetup.advance(after(500)).unwrap().state, MeetupState::Ended, "also if no one looked in between");
    assert_eq!(draft(10).advance(after(60)), None, "a draft stays one");
}

#[test]
fn what_is_cancelled_or_over_stays_so() {
    let cancelled = announced(60).cancel().unwrap();
    assert_eq!(
        (cancelled.state, cancelled.sequence, cancelled.next_due()),
        (MeetupState::Cancelled, 1, Some(after(120)))
    );
    assert_eq!(cancelled.cancel(), Err(MeetupRefusal::Cancelled));
    assert_eq!(cancelled.advance(after(60)), None);
    assert_eq!(cancelled.change(details(Some(90)), now()), Err(MeetupRefusal::Cancelled));
    let ended = announced(60).advance(after(200)).unwrap();
    assert_eq!(ended.cancel(), Err(MeetupRefusal::Over));
    assert_eq!(ended.publish(now()), Err(MeetupRefusal::Over));
    assert_eq!(draft(60).cancel(), Err(MeetupRefusal::Draft));
    let quick = draft(60).publish(now()).unwrap().cancel().unwrap();
    assert_eq!(quick.invitations_at, None, "an invitation to it is never sent");
}

fn member(id: &str) -> Member {
    Member { id: id.parse().unwrap(), name: "Some member".parse().unwrap(), is_admin: false, groups: Vec::new() }
}

#[test]
fn each_sees_what_they_may() {
    let (ada, eve, browser) = (member("ada"), member("eve"), "visitor:hash".parse().unwrap());
    let of = |member| MeetupActor { member: Some(member), visitor: None };
    let unknown = MeetupActor::default();
    let with = |visibility: Visibility| {
        let details = MeetupDetails { visibility, ..details(Some(60)) };
        Meetup::create("summer0001".parse().unwrap(), super::tests::ada(), details, now())
    };
    let published = |visibility: Visibility| with(visibility).publish(now()).unwrap();
    for visibility in [Visibility::Private, Visibility::Unlisted, Visibility::Public] {
        assert!(with(visibility).is_visible(of(&ada), false), "the host's own draft");
        assert!(!with(visibility).is_visible(of(&eve), true), "a draft, also for those who are invited");
        let is_open = visibility != Visibility::Private;
        assert_eq!(published(visibility).is_visible(of(&eve), false), is_open);
        assert_eq!(published(visibility).is_visible(unknown, false), is_open);
        assert!(published(visibility).is_visible(unknown, true));
        assert!(!with(visibility).is_listed());
        assert_eq!(published(visibility).is_listed(), visibility == Visibility::Public);
    }
    let owner = MeetupOwner::Visitor { id: browser };
    let mine = Meetup::create("summer0001".parse().unwrap(), owner.clone(), details(None), now());
    let (own, other) = (owner.id(), "visitor:other".parse().unwrap());
    assert!(mine.is_host(MeetupActor { member: Some(&eve), visitor: Some(own) }), "signed in since");
    assert!(!mine.is_host(MeetupActor { member: None, visitor: Some(&other) }));
    assert_eq!(mine.authorize_host(of(&ada)), Err(MeetupRefusal::NotHost));
    let disguised = member("visitor:hash");
    assert!(!mine.is_host(of(&disguised)), "a member whose id is that of the browser");
}

#[test]
fn a_published_meetup_does_not_become_private() {
    let with = |visibility: Visibility| MeetupDetails { visibility, ..details(Some(60)) };
    let of = |visibility| Meetup::create("summer0001".parse().unwrap(), ada(), with(visibility), now());
    let public = of(Visibility::Public).publish(now()).unwrap();
    assert_eq!(public.change(with(Visibility::Private), now()), Err(MeetupRefusal::StaysVisible));
    assert!(public.change(with(Visibility::Unlisted), now()).unwrap().is_some());
    let private = of(Visibility::Private).publish(now()).unwrap();
    assert!(private.change(with(Visibility::Public), now()).unwrap().is_some());
    assert!(of(Visibility::Public).change(with(Visibility::Private), now()).unwrap().is_some(), "a draft");
}

#[test]
fn a_public_meetup_is_listed_until_its_end_also_if_it_is_cancelled() {
    let public = MeetupDetails { visibility: Visibility::Public, ..details(Some(60)) };
    let draft = Meetup::create("summer0001".parse().unwrap(), ada(), public, now());
    let published = draft.publish(now()).unwrap();
    for open in [published.clone(), published.cancel().unwrap()] {
        assert!(open.is_listed());
        assert!(open.advance(after(119)).unwrap_or(open.clone()).is_listed(), "{:?}", open.state);
        let over = open.advance(after(120)).unwrap();
        assert!(!over.is_listed() && over.next_due().is_none(), "{over:?}");
    }
    assert_eq!(published.cancel().unwrap().next_due(), Some(after(120)));
}

#[test]
fn guests_answer_while_it_is_open() {
    let (ada, eve) = (member("ada"), member("eve"));
    let of = |member| MeetupActor { member: Some(member), visitor: None };
    let meetup = announced(60);
    assert_eq!(meetup.authorize_answer(of(&eve), 1), Ok(()));
    assert_eq!(meetup.authorize_answer(of(&eve), 2), Err(MeetupRefusal::TooManyOthers(1)));
    assert_eq!(meetup.authorize_answer(of(&ada), 0), Err(MeetupRefusal::OwnEvent));
    assert_eq!(draft(60).authorize_answer(of(&eve), 0), Err(MeetupRefusal::NotFound));
    assert_eq!(meetup.cancel().unwrap().authorize_answer(of(&eve), 0), Err(MeetupRefusal::Cancelled));
    assert_eq!(meetup.advance(after(200)).unwrap().authorize_answer(of(&eve), 0), Err(MeetupRefusal::Over));
}

#[test]
fn only_a_draft_is_deleted_and_a_host_has_a_limit() {
    assert_eq!(draft(60).authorize_deletion(), Ok(()));
    assert_eq!(announced(60).authorize_deletion(), Err(MeetupRefusal::Announced));
    let visitor = MeetupOwner::Visitor { id: "visitor:k".parse().unwrap() };
    for (owner, limit) in [(ada(), MEETUPS_PER_HOST), (visitor, DRAFTS_PER_VISITOR)] {
        assert_eq!(Meetup::authorize_another(&owner, limit - 1), Ok(()));
        assert_eq!(Meetup::authorize_another(&owner, limit), Err(MeetupRefusal::TooManyMeetups(limit)));
    }
}

#[test]
fn numbers_are_within_their_bounds() {
    assert_eq!((check_capacity(1), check_capacity(10_000)), (Ok(1), Ok(10_000)));
    assert_eq!((check_minutes(5), check_minutes(10_080)), (Ok(5), Ok(10_080)));
    assert_eq!((check_plus_limit(0), check_plus_limit(5)), (Ok(0), Ok(5)));
    for odd in [i64::MIN, -1, 10_081, i64::MAX] {
        assert_eq!(check_capacity(if odd == 10_081 { 10_001 } else { odd }).unwrap_err().property, "capacity");
        assert_eq!(check_minutes(odd).unwrap_err().property, "minutes");
        assert_eq!(check_plus_limit(odd).unwrap_err().property, "plusLimit");
    }
    assert!(check_capacity(0).is_err() && check_minutes(4).is_err() && check_plus_limit(6).is_err());
}

#[test]
fn a_join_address_is_https() {
    for good in ["https://meet.example/abc", "https://meet.example/a?b=c#d", "https://[::1]/x"] {
        assert!(good.parse::<JoinUrl>().is_ok(), "{good}");
    }
    let long = format!("https://{}", "x".repeat(993));
    for bad in [
        "",
        "https://",
        "http://meet.example",
        "javascript:alert(1)",
        "https://a b",
        "https://a\"b",
        "https://a<b",
        &long,
    ] {
        assert!(bad.parse::<JoinUrl>().is_err(), "{bad}");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Publish,
    TakeBack,
    Cancel,
    Move(u64),
    Rename(u8),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Publish),
        Just(Step::TakeBack),
        Just(Step::Cancel),
        (0..300_u64).prop_map(Step::Move),
        any::<u8>().prop_map(Step::Rename),
        (1..120_u64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 0..30)
}

proptest! {
    /// Whatever the order of commands: revisions grow by one, states only go forward but for taking back, the sequence never falls, time
    /// moves it once, and what is due is ahead.
    #[test]
    fn it_only_goes_forward(steps in steps()) {
        let (mut meetup, mut clock) = (draft(100), now());
        for step in steps {
            let next = match step {
                Step::Publish => meetup.publish(clock).ok(),
                Step::TakeBack => meetup.take_back(clock).ok(),
                Step::Cancel => meetup.cancel().ok(),
                Step::Move(minutes) => {
                    let at = clock.plus(Duration::from_secs(minutes * 60));
                    let moved = MeetupDetails { start: Some(Start { at, ..start(0) }), ..meetup.details.clone() };
                    meetup.change(moved, clock).ok().flatten()
                }
                Step::Rename(number) => {
                    let renamed = MeetupDetails { title: format!("Party {number}").parse().unwrap(), ..meetup.details.clone() };
                    meetup.change(renamed, clock).ok().flatten()
                }
                Step::Wait(minutes) => {
                    clock = clock.plus(Duration::from_secs(minutes * 60));
                    meetup.advance(clock)
                }
            };
            if let Some(next) = next {
                prop_assert_eq!(next.rev, meetup.rev + 1);
                prop_assert!(next.sequence >= meetup.sequence);
                prop_assert!(next.state >= meetup.state || next.state == MeetupState::Draft && meetup.invitations_at.is_some());
                prop_assert!(next.state == MeetupState::Draft || next.details.start.is_some());
                meetup = next;
            }
            if let Some(advanced) = meetup.advance(clock) {
                prop_assert_eq!(advanced.advance(clock), None, "it may be called twice");
                prop_assert!(advanced.next_due().is_none_or(|due| due > clock));
            }
        }
    }
}
