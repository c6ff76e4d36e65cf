//! Has the program's own `getrandom` found by crates that look it up while the program runs.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Wl,--export-dynamic-symbol=getrandom");
}
