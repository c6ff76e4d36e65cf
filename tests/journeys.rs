//! Tests of the whole system: each module covers one way of access.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "journeys/authorization.rs"]
mod authorization;
#[path = "journeys/calendar.rs"]
mod calendar;
#[path = "journeys/conformance.rs"]
mod conformance;
#[path = "journeys/crash.rs"]
mod crash;
#[path = "journeys/dev_loop.rs"]
mod dev_loop;
#[path = "journeys/factories.rs"]
mod factories;
#[path = "journeys/functions.rs"]
mod functions;
#[path = "journeys/host_commands.rs"]
mod host_commands;
#[path = "journeys/http.rs"]
mod http;
#[path = "journeys/idempotency.rs"]
mod idempotency;
#[path = "journeys/item_alerts.rs"]
mod item_alerts;
#[path = "journeys/item_groups.rs"]
mod item_groups;
#[path = "journeys/items.rs"]
mod items;
#[path = "journeys/live.rs"]
mod live;
#[path = "journeys/meetups.rs"]
mod meetups;
#[path = "journeys/notify.rs"]
mod notify;
#[path = "journeys/private_rooms.rs"]
mod private_rooms;
#[path = "journeys/queue.rs"]
mod queue;
#[path = "journeys/rate_limits.rs"]
mod rate_limits;
#[path = "journeys/rooms.rs"]
mod rooms;
#[path = "journeys/rooms_live.rs"]
mod rooms_live;
#[path = "journeys/schema.rs"]
mod schema;
#[path = "journeys/site.rs"]
mod site;
#[path = "journeys/site_broker.rs"]
mod site_broker;
#[path = "journeys/site_faults_delivery.rs"]
mod site_faults_delivery;
#[path = "journeys/site_faults_focus.rs"]
mod site_faults_focus;
#[path = "journeys/site_faults_layout.rs"]
mod site_faults_layout;
#[path = "journeys/site_faults_rooms.rs"]
mod site_faults_rooms;
#[path = "journeys/site_faults_tables.rs"]
mod site_faults_tables;
#[path = "journeys/site_host.rs"]
mod site_host;
#[path = "journeys/site_items.rs"]
mod site_items;
#[path = "journeys/site_keyboard.rs"]
mod site_keyboard;
#[path = "journeys/site_navigation.rs"]
mod site_navigation;
#[path = "journeys/site_notifications.rs"]
mod site_notifications;
#[path = "journeys/site_private_rooms.rs"]
mod site_private_rooms;
#[path = "journeys/site_questions.rs"]
mod site_questions;
#[path = "journeys/site_rooms.rs"]
mod site_rooms;
#[path = "journeys/site_session.rs"]
mod site_session;
#[path = "journeys/site_sign_in.rs"]
mod site_sign_in;
#[path = "journeys/site_start.rs"]
mod site_start;
#[path = "journeys/site_tables.rs"]
mod site_tables;
#[path = "journeys/slack.rs"]
mod slack;
#[path = "journeys/soak.rs"]
mod soak;
#[path = "journeys/storm.rs"]
mod storm;
#[path = "journeys/whisperer.rs"]
mod whisperer;
#[path = "journeys/wscat.rs"]
mod wscat;
