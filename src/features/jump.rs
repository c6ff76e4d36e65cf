//! The dialog that goes to anything by its name.

mod found;
mod jump_list;
mod texts;

pub(crate) use jump_list::JumpList;
