//! The parts that pages are made of: values in, callbacks out. Never fetches, never reads a context.

pub(crate) mod action_button;
pub(crate) mod chart;
pub(crate) mod connection_pill;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod key_form;
pub(crate) mod key_row;
pub(crate) mod new_key;
pub(crate) mod notice;
pub(crate) mod register_form;
pub(crate) mod site_header;
pub(crate) mod skeleton;
pub(crate) mod table_card;
pub(crate) mod table_row;
pub(crate) mod table_surface;
pub(crate) mod theme_choice;
pub(crate) mod wall_code;
