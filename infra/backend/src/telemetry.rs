//! Metrics for CloudWatch and segments for X-Ray. They contain no personal data, and of a request only its id.
//!
//! - [`trace_context`]: the request that caused a change
//! - [`Telemetry`]: where metrics and segments are sent; nowhere by default

pub mod trace_context;

use std::fmt;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::telemetry::trace_context::TraceContext;

/// The namespace of the metrics in CloudWatch.
const NAMESPACE: &str = "Rally";

/// The maximum number of values of a metric in one log line ("Embedded metric format specification").
const VALUES_PER_METRIC: usize = 100;

/// Where a line of metrics is written.
type Write = Arc<dyn Fn(&str) + Send + Sync>;

/// A metric: its name, its unit, its values.
pub struct Metric {
    name: &'static str,
    unit: &'static str,
    values: Vec<f64>,
}

impl Metric {
    /// A number.
    pub fn count(name: &'static str, count: usize) -> Self {
        Self { name, unit: "Count", values: vec![count as f64] }
    }

    /// Durations.
    pub fn times(name: &'static str, times: impl IntoIterator<Item = Duration>) -> Self {
        let values = times.into_iter().take(VALUES_PER_METRIC).map(|time| time.as_secs_f64() * 1_000.0).collect();
        Self { name, unit: "Milliseconds", values }
    }
}

/// The output of metrics and segments. Cheap to clone.
#[derive(Clone, Default)]
pub struct Telemetry {
    stack: Arc<str>,
    metrics: Option<Write>,
    /// The X-Ray daemon.
    daemon: Option<Arc<UdpSocket>>,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Telemetry").field("stack", &self.stack).finish_non_exhaustive()
    }
}

impl Telemetry {
    /// Writes the metrics of this deployment to `write`, a line at a time, and sends segments to the X-Ray daemon at this address
    /// (`host:port`, a UDP port), if there is one.
    pub fn new(stack: &str, write: impl Fn(&str) + Send + Sync + 'static, daemon: Option<&str>) -> Self {
        let connect = |address: &str| {
            let socket = UdpSocket::bind(("0.0.0.0", 0))?;
            socket.connect(address)?;
            socket.set_nonblocking(true)?;
            Ok::<_, std::io::Error>(Arc::new(socket))
        };
        let daemon = daemon.and_then(|address| {
            connect(address)
                .inspect_err(
                    |error| tracing::warn!(%error, address, "no socket for the X-Ray daemon; traces are not sent"),
                )
                .ok()
        });
        Self { stack: stack.into(), metrics: Some(Arc::new(write)), daemon }
    }

    /// Writes metrics that belong together ("Embedded metric format specification"). Metrics without a value are left out.
    pub fn record_metrics(&self, at: Timestamp, metrics: &[Metric]) {
        let Some(write) = &self.metrics else { return };
        let with_values: Vec<&Metric> = metrics.iter().filter(|metric| !metric.values.is_empty()).collect();
        let names: Vec<Value> =
            with_values.iter().map(|metric| json!({"Name": metric.name, "Unit": metric.unit})).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({"Timestamp": at.milliseconds(), "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": names},
            ]}),
        );
        line.insert("Stack".to_owned(), json!(&*self.stack));
        for metric in with_values {
            let value = match metric.values.as_slice() {
                [one] => json!(one),
                many => json!(many),
            };
            line.insert(metric.name.to_owned(), value);
        }
        write(&Value::Object(line).to_string());
    }

    /// Sends X-Ray a segment from a request's write to `end`, divided at `start` into the stream and the posts. It belongs to the
    /// request's own trace ("AWS X-Ray segment documents"), which the stream would otherwise interrupt.
    pub fn trace(&self, context: &TraceContext, start: Timestamp, end: Timestamp, reached: usize) {
        let (Some(daemon), Some(trace)) = (&self.daemon, &context.trace) else { return };
        let seconds = |time: Timestamp| time.milliseconds() as f64 / 1_000.0;
        let part = |name: &str, from: Timestamp, to: Timestamp| json!({"id": segment_id(), "name": name, "start_time": seconds(from), "end_time": seconds(to)});
        let segment = json!({
            "name": format!("{}-fanout", self.stack),
            "id": segment_id(),
            "trace_id": trace.root,
            "parent_id": trace.parent,
            "start_time": seconds(context.at),
            "end_time": seconds(end),
            "annotations": {"request": context.request, "reached": reached},
            "subsegments": [part("stream", context.at, start), part("posts", start, end)],
        });
        let document = format!("{{\"format\": \"json\", \"version\": 1}}\n{segment}");
        // A lost segment is not sent again.
        if let Err(error) = daemon.send(document.as_bytes()) {
            tracing::debug!(%error, "a segment could not be sent");
        }
    }
}

/// Sixteen hexadecimal digits.
fn segment_id() -> String {
    let mut bytes = [0_u8; 8];
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn metrics_are_written_in_the_embedded_metric_format() {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let written = Arc::clone(&lines);
        let telemetry = Telemetry::new("rally", move |line| written.lock().unwrap().push(line.to_owned()), None);
        let times = [Duration::from_millis(12), Duration::from_micros(7_500)];
        telemetry.record_metrics(
            Timestamp::from_milliseconds(1_000),
            &[Metric::count("Posts", 3), Metric::times("WriteToPost", times), Metric::times("Nothing", [])],
        );
        let line: Value = serde_json::from_str(&lines.lock().unwrap()[0]).unwrap();
        assert_eq!(
            line,
            json!({
                "_aws": {"Timestamp": 1_000, "CloudWatchMetrics": [{
                    "Namespace": "Rally", "Dimensions": [["Stack"]], "Metrics": [
                        {"Name": "Posts", "Unit": "Count"}, {"Name": "WriteToPost", "Unit": "Milliseconds"},
                    ],
                }]},
                "Stack": "rally", "Posts": 3.0, "WriteToPost": [12.0, 7.5],
            })
        );
    }

    #[test]
    fn a_segment_continues_the_trace_of_its_request() {
        let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
        daemon.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let address = daemon.local_addr().unwrap().to_string();
        let telemetry = Telemetry::new("rally", |_| {}, Some(&address));
        let at = Timestamp::from_milliseconds;
        let context = |trace: &str| TraceContext::new("corr-1".to_owned(), at(1_000), Some(trace));
        telemetry.trace(
            &context("Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=0"),
            at(1),
            at(2),
            0,
        );
        telemetry.trace(
            &context("Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"),
            at(1_200),
            at(1_250),
            7,
        );
        let mut bytes = [0; 2_048];
        let length = daemon.recv(&mut bytes).unwrap();
        let document = str::from_utf8(&bytes[..length]).unwrap();
        let (header, segment) = document.split_once('\n').unwrap();
        assert_eq!(serde_json::from_str::<Value>(header).unwrap(), json!({"format": "json", "version": 1}));
        let segment: Value = serde_json::from_str(segment).unwrap();
        assert_eq!(segment["trace_id"], "1-67891233-abcdef012345678912345678");
        assert_eq!(segment["parent_id"], "53995c3f42cd8ad8");
        assert_eq!((&segment["start_time"], &segment["end_time"]), (&json!(1.0), &json!(1.25)));
        assert_eq!(
            segment["annotations"],
            json!({"request": "corr-1", "reached": 7}),
            "only the sampled request has a segment"
        );
    }
}
