//! A room full of people who answer within one second: is every answer stored once, and how soon does the creator's page show all of
//! them? The participants, the server and the creator's browser share the machine.

pub(crate) mod people;

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use self::people::{Guest, ask, sign_in};
use crate::first_load::browser::Browser;
use crate::server::Server;
use crate::statistics::{Sample, milliseconds};

/// What `bench rooms` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many participants there are
    #[arg(long, default_value_t = 300)]
    participants: usize,
    /// Questions, one after the other
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Participants that send at the same moment: one for each thread.
const SENDERS: usize = 24;

/// Timeout of each wait.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Records in the page when all have answered, and the page's long tasks.
const WATCH: &str = "(() => {
  window.longest = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((task) => { window.longest = Math.max(window.longest, task.duration); }))
    .observe({ type: 'longtask', buffered: false });
  window.shown = {};
  const look = () => {
    const pick = document.querySelector('[data-pick]')?.dataset.pick;
    const count = Number(document.querySelector('.answered-count')?.dataset.answered);
    const rows = document.querySelectorAll('[data-person][data-answered=\"true\"]').length;
    if (pick && !window.shown[pick] && count === PEOPLE && rows === PEOPLE) window.shown[pick] = Date.now();
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  return 'watching';
})()";

/// The result of one question.
struct Round {
    /// The time of each answer, from its sending to its acknowledgement.
    answers: Sample,
    /// From the first answer's sending to the last one's acknowledgement.
    span: Duration,
    /// From the last acknowledgement until the creator's page shows all answers.
    shown: Duration,
    /// The longest task of the creator's page meanwhile.
    longest_task: Duration,
    /// Answers that are not stored exactly once.
    lost: usize,
    /// Participants whose connection has not received the last count.
    untold: usize,
}

/// Fills a room, opens the questions, and prints a table.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let site =
        std::env::var_os("RALLY_SITE").context("RALLY_SITE names the built site: use `cargo xtask bench rooms`")?;
    let server = Server::start(Some(site.as_ref()))?;
    let creator = sign_in(server.address(), "Ada")?;
    let room =
        ask(server.address(), "POST", "/v1/rooms", Some(&creator), &json!({"name": "Bench", "guestsAllowed": true}))?;
    let code = room["code"].as_str().context("a room has a join code")?.to_owned();
    let room = room["id"].as_str().context("a room has an id")?.to_owned();
    let mut page = control_page(server.address(), &room)?;
    let mut guests = join(server.address(), &room, &code, arguments.participants)?;
    page.wait_for(&format!("document.querySelector('[data-here]')?.dataset.here === '{}'", guests.len()), TIMEOUT)?;
    page.evaluate(&WATCH.replace("PEOPLE", &guests.len().to_string()))?;

    println!("question  answers: median        p99        max       span  shown after  longest task  lost  untold");
    for number in 1..=arguments.rounds {
        let round = one_round(&server, &creator, &room, number, &mut guests, &mut page)?;
        println!(
            "{number:>8} {:>16} {:>10} {:>10} {:>10} {:>12} {:>13} {:>5} {:>7}",
            milliseconds(round.answers.median()),
            milliseconds(round.answers.percentile(99)),
            milliseconds(round.answers.longest()),
            milliseconds(round.span),
            milliseconds(round.shown),
            milliseconds(round.longest_task),
            round.lost,
            round.untold,
        );
    }
    if let Some(memory) = server.memory() {
        println!("server memory: {} MB", memory / 1_000_000);
    }
    Ok(())
}

/// The creator's page, signed in through the form as a person does.
fn control_page(address: &str, room: &str) -> Result<Browser> {
    let mut page = Browser::start()?;
    page.navigate(&format!("http://{address}/rooms/{room}/control"))?;
    page.wait_for("document.querySelector('main button')?.innerText.includes('Sign in')", TIMEOUT)?;
    page.evaluate("document.querySelector('main button').click()")?;
    page.wait_for("document.querySelector('#name')", TIMEOUT)?;
    page.evaluate(
        "document.querySelector('#name').value = 'Ada'; document.querySelector('#name').form.requestSubmit();",
    )?;
    page.wait_for("document.querySelector('[data-here]')", TIMEOUT)?;
    Ok(page)
}

fn join(address: &str, room: &str, code: &str, count: usize) -> Result<Vec<Guest>> {
    let guests = Mutex::new(Vec::with_capacity(count));
    thread::scope(|scope| {
        let joining: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let guests = &guests;
                scope.spawn(move || -> Result<()> {
                    for number in (sender..count).step_by(SENDERS) {
                        let guest = Guest::join(address, room, code, number)?;
                        guests.lock().map_err(|_| anyhow!("a thread broke off"))?.push(guest);
                    }
                    Ok(())
                })
            })
            .collect();
        joining.into_iter().try_for_each(|one| one.join().map_err(|_| anyhow!("joining stopped half-way"))?)
    })?;
    guests.into_inner().map_err(|_| anyhow!("a thread broke off"))
}

fn one_round(
    server: &Server,
    creator: &str,
    room: &str,
    number: usize,
    guests: &mut [Guest],
    page: &mut Browser,
) -> Result<Round> {
    let address = server.address();
    let options: Vec<Value> =
        (0..4).map(|index| json!({"text": format!("Option {index}"), "isCorrect": index < 2})).collect();
    let question = json!({"text": format!("Question {number}?"), "options": options});
    let question = ask(address, "POST", "/v1/questions", Some(creator), &question)?;
    ask(address, "POST", &format!("/v1/rooms/{room}/picks"), Some(creator), &json!({"question": question["id"]}))?;
    let picked = format!("\"number\":{number},");
    let missing = guests.iter_mut().filter_map(|guest| guest.wait_for(picked.as_bytes(), TIMEOUT).err()).count();
    if missing > 0 {
        bail!("{missing} participants were not told of question {number}");
    }
    page.wait_for(&format!("document.querySelector('[data-pick]')?.dataset.pick === '{number}'"), TIMEOUT)?;
    page.evaluate("window.longest = 0; 'reset'")?;

    let times = Mutex::new(Vec::with_capacity(guests.len()));
    let begun = Instant::now();
    let count = guests.len();
    thread::scope(|scope| {
        for (sender, some) in guests.chunks(count.div_ceil(SENDERS)).enumerate() {
            let times = &times;
            scope.spawn(move || {
                for (index, guest) in some.iter().enumerate() {
                    // Spread evenly over one second, each thread's participants between those of the others.
                    let due = Duration::from_secs(1)
                        .mul_f64((index * SENDERS + sender) as f64 / (some.len() * SENDERS) as f64);
                    thread::sleep(due.saturating_sub(begun.elapsed()));
                    let sent = Instant::now();
                    let answered = guest.answer(address, room, number);
                    if let (Ok(()), Ok(mut times)) = (answered, times.lock()) {
                        times.push(sent.elapsed());
                    }
                }
            });
        }
    });
    let (span, acknowledged) = (begun.elapsed(), wall_clock());
    page.wait_for(&format!("window.shown['{number}']"), TIMEOUT)?;
    let shown: f64 = page.evaluate(&format!("String(window.shown['{number}'])"))?.parse().unwrap_or_default();
    let longest: f64 = page.evaluate("String(window.longest)")?.parse().unwrap_or_default();
    let tally = format!("\"answered\":{count}");
    let untold =
        guests.iter_mut().filter_map(|guest| guest.wait_for(tally.as_bytes(), Duration::from_secs(5)).err()).count();
    let kept = ask(address, "GET", &format!("/v1/rooms/{room}/picks/{number}/attempts"), Some(creator), &Value::Null)?;
    let once = kept.as_array().into_iter().flatten().filter(|attempt| attempt["rev"] == 1).count();
    ask(address, "POST", &format!("/v1/rooms/{room}/picks/{number}/feedback"), Some(creator), &Value::Null)?;
    Ok(Round {
        answers: Sample::of(times.into_inner().map_err(|_| anyhow!("a thread broke off"))?),
        span,
        shown: Duration::from_secs_f64((shown - acknowledged).max(0.0) / 1_000.0),
        longest_task: Duration::from_secs_f64(longest / 1_000.0),
        lost: count - once.min(count),
        untold,
    })
}

/// Milliseconds since 1970, as the page's own clock counts: both are on one machine.
fn wall_clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1_000.0)
}
