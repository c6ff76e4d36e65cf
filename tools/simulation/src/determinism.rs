//! Takes every source of difference between two runs from the seed: the system's randomness, which decides ids and the order of hash
//! maps, and the time of day. Does not affect other threads.
//!
//! Both come from the C library, so this program has its own `getrandom` and `clock_gettime`: symbols that are linked into a program
//! take precedence over those that it loads. On a thread without a seed they are the system's. The monotonic clock is unchanged: all
//! waits in Rally use tokio's clock, which is virtual.
#![allow(unsafe_code, reason = "these stand in for functions of the C library")]

use std::cell::Cell;
use std::ffi::c_void;

use anyhow::{Result, anyhow};
use tokio::time::Instant;

/// When the simulated time begins: 2026-01-01T00:00:00Z, in nanoseconds since the epoch.
const BEGIN: u128 = 1_767_225_600 * NANOSECONDS;

const NANOSECONDS: u128 = 1_000_000_000;

thread_local! {
    /// The random state of this thread.
    static CHANCE: Cell<Option<u64>> = const { Cell::new(None) };
    /// The instant of the virtual clock at which the simulation began.
    static BEGUN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs work with the randomness of this seed and in virtual time, on a thread of its own, since both are per thread.
pub(crate) fn run<T: Send + 'static>(seed: u64, work: impl AsyncFnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let thread = std::thread::Builder::new().name(format!("seed {seed}")).stack_size(8 * 1024 * 1024);
    let thread = thread.spawn(move || {
        begin(seed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        runtime.block_on(async {
            begin_time();
            let outcome = work().await;
            end_time();
            outcome
        })
    });
    thread?.join().map_err(|_| anyhow!("the simulation of seed {seed} has panicked"))?
}

/// From now on this thread's randomness comes from the seed.
fn begin(seed: u64) {
    CHANCE.set(Some(seed));
    fastrand::seed(seed);
}

/// From now on it is the year 2026 on this thread, and time advances with tokio's clock, in whose runtime this is called.
fn begin_time() {
    BEGUN.set(Some(Instant::now()));
}

/// Restores the system's time: the runtime is about to end.
fn end_time() {
    BEGUN.set(None);
}

/// SplitMix64 (Steele, Lea, Flood: “Fast Splittable Pseudorandom Number Generators”, 2014).
fn next(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (state, word ^ (word >> 31))
}

/// getrandom(2).
///
/// # Safety
/// As for the system's: `buffer` has room for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, length: usize, flags: u32) -> isize {
    let Some(mut state) = CHANCE.get() else {
        // SAFETY: these are the arguments that the caller guarantees.
        return unsafe { libc::syscall(libc::SYS_getrandom, buffer, length, flags) as isize };
    };
    // SAFETY: the caller guarantees this number of bytes.
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    for part in bytes.chunks_mut(8) {
        let word;
        (state, word) = next(state);
        part.copy_from_slice(&word.to_le_bytes()[..part.len()]);
    }
    CHANCE.set(Some(state));
    length.cast_signed()
}

/// clock_gettime(2).
///
/// # Safety
/// As for the system's: `time` may be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> i32 {
    match BEGUN.get() {
        Some(begun) if clock == libc::CLOCK_REALTIME => {
            let now = BEGIN + Instant::now().saturating_duration_since(begun).as_nanos();
            let part = |number: u128| i64::try_from(number).unwrap_or(i64::MAX);
            // SAFETY: the caller guarantees it.
            unsafe { time.write(libc::timespec { tv_sec: part(now / NANOSECONDS), tv_nsec: part(now % NANOSECONDS) }) };
            0
        }
        // SAFETY: these are the arguments that the caller guarantees.
        _ => unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) as i32 },
    }
}
