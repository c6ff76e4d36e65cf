//! `cargo xtask bench tasks`: see [`system_bench::tasks`].

use anyhow::Result;
use system_bench::tasks::{self, Counted};

#[tokio::main]
async fn main() -> Result<()> {
    println!("| task | screen | presses | keys | letters typed | scrolled | practised person |");
    println!("|---|---|---|---|---|---|---|");
    for Counted { task, screen, effort } in tasks::count().await? {
        println!(
            "| {task} | {} × {} | {} | {} | {} | {} px | {:.0} s |",
            screen.width,
            screen.height,
            effort.presses,
            effort.keys,
            effort.letters,
            effort.scrolled,
            effort.seconds(screen)
        );
    }
    Ok(())
}
