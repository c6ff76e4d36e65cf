//! Modal dialogs: the browser keeps the focus in them, closes them on Escape, and gives the focus back.

use web_sys::HtmlDialogElement;

/// Opens a dialog over everything else.
pub(crate) fn open(dialog: &HtmlDialogElement) {
    // It throws only if the dialog is open already, or no longer on the page: then there is nothing to do.
    _ = dialog.show_modal();
}

/// Closes a dialog.
pub(crate) fn close(dialog: &HtmlDialogElement) {
    dialog.close();
}
