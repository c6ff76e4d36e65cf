//! The jump dialog (command palette): opens any page, table, room, question or item by its name.

mod found;
mod jump_list;
mod texts;

pub(crate) use jump_list::JumpList;
