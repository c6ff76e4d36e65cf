//! The replica's work, as in a browser: frames arrive and are parsed, and their changes are applied. Measures nothing itself: the
//! caller has the clock, natively or in WASM.

use live_client::Replica;
use protocol::frames::{Change, Entity, ServerFrame};
use serde_json::{Value, json};

#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen;

/// A replica of many tables, and the frames for it.
#[cfg_attr(target_family = "wasm", wasm_bindgen)]
#[derive(Debug)]
pub struct Workload {
    replica: Replica,
    frames: Vec<String>,
}

#[cfg_attr(target_family = "wasm", wasm_bindgen)]
impl Workload {
    /// `tables` in the snapshot, then `changes`, each in a frame of its own and each with a new revision, spread over the tables.
    #[cfg_attr(target_family = "wasm", wasm_bindgen(constructor))]
    pub fn new(tables: u32, changes: u32) -> Self {
        let mut replica = Replica::default();
        replica.start_sync();
        let entities = (0..tables).map(|table| Entity { id: id(table), rev: 1, state: state(table, 1) }).collect();
        replica.handle_snapshot(1, 1, None, entities);
        let frames = (0..changes).map(|number| frame(number % tables, 2 + u64::from(number / tables))).collect();
        Self { replica, frames }
    }

    /// Parses and applies every frame, and returns the number of new changes. In a second run there is none.
    pub fn apply(&mut self) -> u32 {
        let mut news = 0;
        for text in &self.frames {
            let Ok(ServerFrame::Changes { changes }) = serde_json::from_str(text) else { continue };
            for change in changes {
                news += u32::from(self.replica.apply_change(change));
            }
        }
        news
    }
}

fn id(table: u32) -> String {
    format!("table-{table:05}")
}

/// About as long as a table's real state.
fn state(table: u32, rev: u64) -> Value {
    json!({
        "id": id(table),
        "description": "Second floor, by the window",
        "isFree": rev.is_multiple_of(2),
        "status": if rev.is_multiple_of(2) { "free" } else { "taken" },
        "since": "2026-11-20T09:00:00.000Z",
        "updatedAt": "2026-11-20T09:00:00.000Z",
    })
}

fn frame(table: u32, rev: u64) -> String {
    let change = Change { topic: "tables".to_owned(), id: id(table), rev, state: Some(state(table, rev)) };
    ServerFrame::Changes { changes: vec![change] }.to_json()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_applies_once() {
        let mut workload = Workload::new(10, 95);
        assert_eq!(workload.apply(), 95);
        assert_eq!(workload.apply(), 0);
    }
}
