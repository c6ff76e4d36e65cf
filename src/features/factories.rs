//! The factory tree: all visitors see it, members edit it, and what a user edits shows on their page before the server responds.

mod draft;
mod edits;
mod factories_page;
mod factory_form;
mod factory_row;
mod texts;
mod tree;

pub(crate) use factories_page::FactoriesPage;
