//! The request that caused a change. It is stored with the data that the request writes, so that the stream's handler can log its id,
//! continue its trace, and measure the delay since the request.

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
    fn parse(header: &str) -> Option<Self> {
        let part = |name: &str| {
            let value = header.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))?;
            let is_valid = value.len() <= 64 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            is_valid.then(|| value.to_owned())
        };
        (part("Sampled").as_deref() == Some("1")).then_some(())?;
        Some(Self { root: part("Root")?, parent: part("Parent")? })
    }
}

impl TraceContext {
    /// The context of a request, with its tracing header.
    pub fn new(request: String, at: Timestamp, header: Option<&str>) -> Self {
        Self { request, at, trace: header.and_then(Trace::parse) }
    }

    /// Runs `work`; its writes store this context.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// The context of the current request, if there is one.
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
    fn a_context_is_parsed_as_it_was_written() {
        let at = Timestamp::from_milliseconds(1_795_176_000_000);
        let sampled = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1";
        for context in [
            TraceContext::new("corr-1".to_owned(), at, None),
            TraceContext::new("odd request=; at=5".to_owned(), at, None),
            TraceContext::new("corr-1".to_owned(), at, Some(sampled)),
        ] {
            assert_eq!(TraceContext::parse(&context.to_string()), Some(context));
        }
        for odd in ["", "at=", "at=x request=a", "request=a", "at=5"] {
            assert_eq!(TraceContext::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_header_that_is_invalid_or_not_sampled_has_no_trace() {
        let trace = |header: &str| TraceContext::new(String::new(), Timestamp::default(), Some(header)).trace;
        assert_eq!(trace("Root=1-2-3;Parent=4;Sampled=0"), None);
        assert_eq!(trace("Root=1-2-3;Sampled=1"), None);
        assert_eq!(trace("Root=\"},{;Parent=4;Sampled=1"), None);
        assert!(trace("Self=1-x;Root=1-2-3; Parent=4; Sampled=1").is_some());
    }

    #[tokio::test]
    async fn a_context_exists_only_within_its_request() {
        let context = TraceContext::new("a".to_owned(), Timestamp::default(), None);
        assert_eq!(TraceContext::current(), None);
        assert_eq!(context.clone().scope(async { TraceContext::current() }).await, Some(context));
        assert_eq!(TraceContext::current(), None);
    }
}
