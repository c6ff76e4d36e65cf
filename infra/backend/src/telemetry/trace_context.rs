//! The request that caused a change. It is stored beside the data that the request writes, so that the stream's handler can name it in the
//! log, in a trace, and in the delay.

use std::fmt;

use domain::time::Timestamp;

/// The attribute that carries it.
pub const ATTRIBUTE: &str = "cause";

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// A request, and the time of its write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The request's id, as in logs.
    pub request: String,
    /// When the request arrived.
    pub at: Timestamp,
    /// The request's trace, if it is sampled.
    pub trace: Option<Trace>,
}

/// A position in an X-Ray trace ("Tracing header").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The trace.
    pub root: String,
    /// The parent segment.
    pub parent: String,
}

impl Trace {
    /// Parses a tracing header; `None` if it is not sampled or has no segment.
    fn read(header: &str) -> Option<Self> {
        let part = |name: &str| {
            let found = header.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))?;
            let fit = found.len() <= 64 && found.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            fit.then(|| found.to_owned())
        };
        (part("Sampled").as_deref() == Some("1")).then_some(())?;
        Some(Self { root: part("Root")?, parent: part("Parent")? })
    }
}

impl TraceContext {
    /// The cause of a request's writes, with its tracing header.
    pub fn new(request: String, at: Timestamp, header: Option<&str>) -> Self {
        Self { request, at, trace: header.and_then(Trace::read) }
    }

    /// Runs `work` with this cause for its writes.
    pub async fn of<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// The cause of the current request, if there is one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Parses the output of [`fmt::Display`].
    pub fn parse(text: &str) -> Option<Self> {
        // The id comes last, since it may contain any characters.
        let (rest, request) = text.split_once(" request=")?;
        let (at, header) = rest.split_once(' ').unwrap_or((rest, ""));
        let at = at.strip_prefix("at=")?.parse().ok()?;
        Some(Self::new(request.to_owned(), Timestamp::from_milliseconds(at), Some(header)))
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at={}", self.at.milliseconds())?;
        if let Some(Trace { root, parent }) = &self.trace {
            write!(formatter, " Root={root};Parent={parent};Sampled=1")?;
        }
        write!(formatter, " request={}", self.request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_read_as_it_was_written() {
        let at = Timestamp::from_milliseconds(1_795_176_000_000);
        let sampled = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1";
        for cause in [
            TraceContext::new("corr-1".to_owned(), at, None),
            TraceContext::new("odd request=; at=5".to_owned(), at, None),
            TraceContext::new("corr-1".to_owned(), at, Some(sampled)),
        ] {
            assert_eq!(TraceContext::parse(&cause.to_string()), Some(cause));
        }
        for odd in ["", "at=", "at=x request=a", "request=a", "at=5"] {
            assert_eq!(TraceContext::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_trace_that_is_not_sampled_or_made_up_is_none() {
        let trace = |header: &str| TraceContext::new(String::new(), Timestamp::default(), Some(header)).trace;
        assert_eq!(trace("Root=1-2-3;Parent=4;Sampled=0"), None);
        assert_eq!(trace("Root=1-2-3;Sampled=1"), None);
        assert_eq!(trace("Root=\"},{;Parent=4;Sampled=1"), None);
        assert!(trace("Self=1-x;Root=1-2-3; Parent=4; Sampled=1").is_some());
    }

    #[tokio::test]
    async fn what_a_request_does_has_its_cause_and_nothing_else_has() {
        let cause = TraceContext::new("a".to_owned(), Timestamp::default(), None);
        assert_eq!(TraceContext::current(), None);
        assert_eq!(cause.clone().of(async { TraceContext::current() }).await, Some(cause));
        assert_eq!(TraceContext::current(), None);
    }
}
