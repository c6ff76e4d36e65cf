//! A process's memory.

/// A process's memory in MB, by its name in proc(5): `VmRSS` is the current value, `VmHWM` the maximum so far. `None` if there is no
/// such process, or the system does not report it.
pub fn megabytes(process: u32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * 1_024.0 / 1_000_000.0)
}
