//! Sample items and factories: two vans that drive around, a gauge, and a small tree.

use std::time::Duration;

use axum::Router;
use http::Method;
use protocol::factories::{FACTORIES, NewFactory};
use protocol::items;
use serde::Deserialize;
use serde_json::{Value, json};

use super::script::Chance;
use super::{DataBody, send};

/// The items, by their keys.
pub(super) const ITEMS: [&str; 3] = ["van:1", "van:2", "gauge:kitchen"];

/// The demo's state of an item.
#[derive(Debug, Clone, Copy, Deserialize)]
struct ItemState {
    rev: u64,
}

/// Creates the factories. The items are created by their first change.
pub(super) async fn register(api: &Router) -> Result<(), String> {
    for (name, lower, upper, count) in [("North", 1, 100, 5), ("South", -20, 20, 8)] {
        let factory = NewFactory { name: name.to_owned(), lower, upper, count };
        let body = serde_json::to_vec(&factory).map_err(|error| error.to_string())?;
        let _: DataBody<Value> = send(api, Method::POST, FACTORIES, None, body).await?;
    }
    Ok(())
}

/// Writes one item at its pace until another client writes it.
pub(super) async fn run_item(api: &Router, key: &str, mut chance: Chance) {
    let address = format!("{}/{key}", items::ITEMS);
    let current: Result<DataBody<ItemState>, String> = send(api, Method::GET, &address, None, Vec::new()).await;
    let mut rev = current.ok().map(|body| body.data.rev);
    let mut state = State::first(key);
    loop {
        state.advance(&mut chance);
        let content = json!({ "value": state.value() }).to_string().into_bytes();
        let written: Result<DataBody<ItemState>, String> = send(api, Method::PUT, &address, rev, content).await;
        match written {
            Ok(body) => rev = Some(body.data.rev),
            Err(reason) => {
                tracing::info!(key, reason, "the demo no longer changes this item");
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(chance.between(2_000, 6_000))).await;
    }
}

/// The parts of an item's value, in whole numbers.
#[derive(Debug, Clone)]
struct State {
    is_van: bool,
    driver: &'static str,
    /// Ten-thousandths of a degree.
    position: [i64; 2],
    speed: i64,
    /// Tenths of a degree.
    temperature: i64,
    humidity: i64,
}

impl State {
    fn first(key: &str) -> Self {
        let (driver, east) = if key == "van:1" { ("Ada", 21_734) } else { ("Bob", 21_590) };
        let is_van = key.starts_with("van:");
        Self { is_van, driver, position: [413_851, east], speed: 30, temperature: 215, humidity: 48 }
    }

    fn advance(&mut self, chance: &mut Chance) {
        let mut step = |largest: u64| chance.between(0, 2 * largest) as i64 - largest as i64;
        self.position = self.position.map(|position| position + step(12));
        self.speed = (self.speed + step(9)).clamp(0, 70);
        self.temperature = (self.temperature + step(4)).clamp(170, 270);
        self.humidity = (self.humidity + step(2)).clamp(30, 70);
    }

    fn value(&self) -> Value {
        let [north, east] = self.position.map(|position| position as f64 / 1e4);
        match self.is_van {
            true => json!({
                "driver": self.driver, "moving": self.speed > 0, "position": {"lat": north, "lon": east},
                "speed": self.speed,
            }),
            false => json!({"humidity": self.humidity, "temperature": self.temperature as f64 / 10.0}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_values_within_their_bounds() {
        let drive = |seed: u64| {
            let (mut state, mut chance) = (State::first("van:1"), Chance::new(seed));
            (0..500)
                .map(|_| {
                    state.advance(&mut chance);
                    assert!((0..=70).contains(&state.speed) && (170..=270).contains(&state.temperature), "{state:?}");
                    state.value()
                })
                .collect::<Vec<Value>>()
        };
        assert_eq!(drive(7), drive(7));
        assert_ne!(drive(7), drive(8));
    }
}
