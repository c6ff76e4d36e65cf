//! The time from a change to the last subscriber's receipt of it. The subscribers share one thread and do as little work as possible,
//! so that the measurement is of the server, on a machine that both share.

pub(crate) mod subscriber;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use mio::{Events, Interest, Poll, Token};
use rustix::process::{Resource, getrlimit, setrlimit};

use self::subscriber::Subscriber;
use crate::server::{self, Server};
use crate::statistics::{Sample, milliseconds};

/// What `bench fanout` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many subscribers there are: one measurement for each number
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 4_000])]
    subscribers: Vec<usize>,
    /// Changes in one measurement
    #[arg(long, default_value_t = 20)]
    rounds: usize,
}

/// The table that changes.
const TABLE: &str = "bench";

/// Warm-up rounds that do not count: caches are warm in an office too.
const WARM_UP: usize = 3;

/// Subscribers that connect at the same time.
const OPENERS: usize = 8;

/// A message that takes this long counts as lost.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Measures each number of subscribers on a server of its own, and prints a table.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    raise_file_limit(arguments.subscribers.iter().copied().max().unwrap_or(0))?;
    println!("subscribers     median        p95        max    lost  server memory");
    for &count in &arguments.subscribers {
        let result = measure(count, arguments.rounds)?;
        println!(
            "{count:>11} {:>10} {:>10} {:>10} {:>7}  {}",
            milliseconds(result.times.median()),
            milliseconds(result.times.percentile(95)),
            milliseconds(result.times.longest()),
            result.lost,
            result.memory.map_or_else(|| "unknown".to_owned(), |bytes| format!("{} MB", bytes / 1_000_000)),
        );
    }
    Ok(())
}

struct Outcome {
    times: Sample,
    lost: usize,
    memory: Option<u64>,
}

fn measure(count: usize, rounds: usize) -> Result<Outcome> {
    let server = Server::start(None)?;
    let mut rev = server.register(TABLE)?;
    let mut subscribers = Subscribers::open(server.address(), count, "tables")?;
    let mut times = Vec::new();
    let mut lost = 0;
    for round in 0..WARM_UP + rounds {
        // A new table is free, so the first report takes it: a repeated status would be sent to no subscriber.
        let is_free = !round.is_multiple_of(2);
        let (address, wanted) = (server.address().to_owned(), format!("\"rev\":{},", rev + 1));
        let outcome = subscribers.round(&wanted, move || server::report(&address, TABLE, is_free))?;
        rev = outcome.rev;
        if round >= WARM_UP {
            times.push(outcome.took);
            lost += outcome.lost;
        }
    }
    Ok(Outcome { times: Sample::of(times), lost, memory: server.memory() })
}

/// All subscribers.
pub(crate) struct Subscribers {
    poll: Poll,
    subscribers: Vec<Subscriber>,
}

/// The result of one change.
pub(crate) struct Round {
    /// The new revision.
    rev: u64,
    /// The time until the last receipt, or the time waited.
    pub(crate) took: Duration,
    /// The number of subscribers that have not received it.
    pub(crate) lost: usize,
}

impl Subscribers {
    /// Opens this number of connections, each subscribed and with its snapshot.
    pub(crate) fn open(address: &str, count: usize, topic: &str) -> Result<Self> {
        let topics = [topic.to_owned()];
        let open_some = |opener: usize| -> Result<Vec<Subscriber>> {
            (opener..count).step_by(OPENERS).map(|_| Subscriber::open_at(address, "", &topics)).collect()
        };
        let mut subscribers = thread::scope(|scope| {
            let openers: Vec<_> = (0..OPENERS).map(|opener| scope.spawn(move || open_some(opener))).collect();
            let mut all = Vec::with_capacity(count);
            for opener in openers {
                all.extend(opener.join().map_err(|_| anyhow!("Opening connections stopped half-way"))??);
            }
            Ok::<_, anyhow::Error>(all)
        })?;
        let poll = Poll::new().context("The system gives no events")?;
        for (index, subscriber) in subscribers.iter_mut().enumerate() {
            poll.registry().register(subscriber.stream(), Token(index), Interest::READABLE)?;
        }
        Ok(Self { poll, subscribers })
    }

    /// Makes a change, which returns its revision, and waits until all subscribers have received what is `wanted` of it.
    pub(crate) fn round(
        &mut self,
        wanted: &str,
        change: impl FnOnce() -> Result<u64> + Send + 'static,
    ) -> Result<Round> {
        let mut events = Events::with_capacity(1_024);
        let mut seen = vec![false; self.subscribers.len()];
        let mut missing = seen.len();
        let mut last = Duration::ZERO;
        let started = Instant::now();
        let mut report = Some(thread::spawn(change));
        let mut made = 0;
        while (missing > 0 || report.is_some()) && started.elapsed() < TIMEOUT {
            // A refused report changes nothing: then there is nothing to wait for.
            if let Some(report) = report.take_if(|report| report.is_finished()) {
                made = report.join().map_err(|_| anyhow!("The report stopped half-way"))??;
            }
            self.poll.poll(&mut events, Some(Duration::from_millis(20))).context("The system gives no events")?;
            for event in &events {
                let Token(index) = event.token();
                if self.subscribers[index].receive(wanted.as_bytes())? && !seen[index] {
                    seen[index] = true;
                    missing -= 1;
                    last = started.elapsed();
                }
            }
        }
        let took = if missing > 0 { started.elapsed() } else { last };
        Ok(Round { rev: made, took, lost: missing })
    }
}

/// Each subscriber is an open file, in this process and, since the server inherits the limit, in the server.
pub(crate) fn raise_file_limit(subscribers: usize) -> Result<()> {
    const BESIDES: u64 = 256;
    let wanted = subscribers as u64 + BESIDES;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(limit.maximum.map_or(wanted, |maximum| maximum.min(wanted)));
        setrlimit(Resource::Nofile, limit).context("The limit of open files cannot be raised")?;
    }
    if limit.current.is_some_and(|current| current < wanted) {
        eprintln!("warning: {wanted} open files are needed and fewer are allowed: see `ulimit -Hn`");
    }
    Ok(())
}
