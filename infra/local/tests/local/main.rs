//! The local AWS from outside, in one process with functions made for the tests.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod aws;
mod backend;
mod cost;
mod entrants;
mod fanout;
mod front;
mod gateway;
mod identity;
mod imports;
mod ingest;
mod issuer;
mod limits;
mod meetups;
mod messaging;
mod pages;
mod previous;
mod reads;
mod removed;
mod requests;
mod secrets;
mod security;
mod sessions;
mod stream;
mod support;
mod unreadable;
