//! Makes the program's own `getrandom` visible to crates that look it up at run time.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Wl,--export-dynamic-symbol=getrandom");
}
