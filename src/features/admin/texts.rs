//! The texts of the admin page.

use domain::table::TableStatus;

/// The page.
pub(super) const ADMIN: &str = "Admin";
/// The account is being loaded.
pub(super) const CHECKING: &str = "Checking your account…";
/// The server could not be reached.
pub(super) const ACCOUNT_FAILED: &str = "Couldn't check your account";
/// Does again what failed.
pub(super) const TRY_AGAIN: &str = "Try again";
/// The user is no admin.
pub(super) const ADMINS_ONLY: &str = "Only admins can use this page";
/// What they can do.
pub(super) const ADMINS_ONLY_BODY: &str =
    "Admins add tables, create device keys and connect Slack. Ask an admin of this site to do it, or to make you one.";
/// The way to what they can see.
pub(super) const ALL_TABLES: &str = "See all tables";
/// Leaves something as it was.
pub(super) const CANCEL: &str = "Cancel";
/// A request is under way.
pub(super) const SAVING: &str = "Saving…";

/// The section about tables.
pub(super) const TABLES: &str = "Tables";
/// The tables are not known yet.
pub(super) const LOADING_TABLES: &str = "Loading tables…";
/// The server denies them.
pub(super) const TABLES_DENIED: &str = "The tables can't be shown";
/// There are none.
pub(super) const NO_TABLES: &str = "No tables yet.";
/// The columns of tables.
pub(super) const TABLE_COLUMNS: [&str; 5] = [TABLE_NAME, TABLE_ID, STATUS, SINCE, KEYS];
/// A column.
pub(super) const STATUS: &str = "Status";
/// A column: since when the status holds.
pub(super) const SINCE: &str = "Since";
/// A column: the keys that may report for a table.
pub(super) const KEYS: &str = "Keys";
/// No key may report for a table.
pub(super) const NO_KEY: &str = "No key";
/// A field.
pub(super) const TABLE_ID: &str = "ID";
/// What it takes.
pub(super) const TABLE_ID_HINT: &str = "Part of the page's address, and what the sensor sends: 3 to 64 letters, digits and hyphens. It can't be changed later.";
/// A field.
pub(super) const TABLE_NAME: &str = "Name";
/// What it takes.
pub(super) const TABLE_NAME_HINT: &str = "For example, Lobby. You can change it later.";
/// The dialog for a new one, and its button.
pub(super) const ADD_TABLE: &str = "Add table";
/// The same while the request is under way.
pub(super) const ADDING_TABLE: &str = "Adding…";
/// Opens the form for another name.
pub(super) const RENAME: &str = "Rename";
/// That form's button.
pub(super) const SAVE: &str = "Save";
/// Deletes a table.
pub(super) const DELETE: &str = "Delete";
/// Deletes it indeed.
pub(super) const DELETE_TABLE: &str = "Delete table";
/// The same while the request is under way.
pub(super) const DELETING: &str = "Deleting…";
/// What deleting means.
pub(super) const DELETE_TABLE_BODY: &str =
    "This permanently deletes the table with its history, queue and notifications, on every screen.";
/// The table has changed between being read and being written.
pub(super) const TABLE_CONFLICT: &str =
    "The table was changed at the same time, so nothing was saved. Check its name, then save again.";

/// The section about device keys.
pub(super) const DEVICE_KEYS: &str = "Device keys";
/// The keys are not known yet.
pub(super) const LOADING_KEYS: &str = "Loading keys…";
/// There are none.
pub(super) const NO_KEYS: &str = "No keys yet. A sensor needs one to report.";
/// The columns of keys.
pub(super) const KEY_COLUMNS: [&str; 5] = [DEVICE, KEY_TABLES, KEY_ITEMS, CREATED, TABLE_ID];
/// A column: when a key was created.
pub(super) const CREATED: &str = "Created";
/// A key is for no table, or for no item.
pub(super) const NOTHING: &str = "None";
/// A key is for all items.
pub(super) const ALL_ITEMS: &str = "All items";
/// What else a key may do with its tables.
pub(super) const MANAGES: &str = "Also adds and deletes them";
/// A field.
pub(super) const DEVICE: &str = "Device";
/// What it takes.
pub(super) const DEVICE_HINT: &str = "For example, Sensor in the lobby.";
/// The name is empty.
pub(super) const DEVICE_MISSING: &str = "Enter a name, so that you know later which device has this key.";
/// The group of tables.
pub(super) const KEY_TABLES: &str = "Tables";
/// All tables.
pub(super) const KEY_ALL_TABLES: &str = "All tables, including new ones";
/// The group of what else the device may do.
pub(super) const KEY_PERMISSIONS: &str = "Permissions";
/// The device may also add and delete the tables.
pub(super) const KEY_CAN_MANAGE: &str = "Can also add and delete these tables";
/// A field.
pub(super) const KEY_ITEMS: &str = "Items";
/// What it takes.
pub(super) const KEY_ITEMS_HINT: &str = "What the keys of the items begin with, separated by spaces, for example: vehicle: gate-1. A * means all items. Empty means none.";
/// Neither tables nor items are chosen.
pub(super) const KEY_SCOPE_MISSING: &str = "Choose at least one table, or enter items.";
/// The dialog for a new one, and its button.
pub(super) const CREATE_KEY: &str = "Create key";
/// The same while the request is under way.
pub(super) const CREATING_KEY: &str = "Creating…";
/// A new key, for assistive technology.
pub(super) const CREATED_KEY: &str = "New key";
/// What to do with it.
pub(super) const COPY_NOW: &str = "Copy this key now. It is not shown again.";
/// Copies it.
pub(super) const COPY: &str = "Copy";
/// It is copied.
pub(super) const COPIED: &str = "Copied.";
/// The browser refuses.
pub(super) const NOT_COPIED: &str = "This browser doesn't allow copying. Select the key and copy it yourself.";
/// Hides the new key.
pub(super) const DONE: &str = "Done";
/// Revokes a key.
pub(super) const REVOKE: &str = "Revoke";
/// Revokes it indeed.
pub(super) const REVOKE_KEY: &str = "Revoke key";
/// The same while the request is under way.
pub(super) const REVOKING: &str = "Revoking…";
/// What revoking means.
pub(super) const REVOKE_BODY: &str =
    "The device can't report anything until it gets another key. This cannot be undone.";

/// The section about Slack.
pub(super) const SLACK: &str = "Slack";
/// The channels are not known yet.
pub(super) const LOADING: &str = "Loading…";
/// There are none.
pub(super) const NO_WEBHOOKS: &str = "No Slack channels connected. Add a webhook to post when a table is free.";
/// The dialog for a new one, and the button that opens it.
pub(super) const NEW_WEBHOOK: &str = "Add webhook";
/// A field.
pub(super) const WEBHOOK_ADDRESS: &str = "Webhook address";
/// What it takes.
pub(super) const WEBHOOK_ADDRESS_HINT: &str = "From your Slack app, under “Incoming Webhooks”. It is not shown again.";
/// It is empty.
pub(super) const WEBHOOK_ADDRESS_MISSING: &str = "Copy the webhook's address from Slack.";
/// Which tables it posts about.
pub(super) const WEBHOOK_TABLE: &str = "Table";
/// The choice of no table.
pub(super) const ALL_OTHER_TABLES: &str = "All other tables";
/// The chosen table was deleted meanwhile.
pub(super) const CHOSEN_TABLE_GONE: &str = "The table that you chose was deleted. Choose again.";
/// It posts also when a table becomes busy.
pub(super) const EACH_CHANGE: &str = "Also notify when a table becomes busy";
/// The form's button.
pub(super) const SAVE_WEBHOOK: &str = "Save webhook";
/// Posts a test message.
pub(super) const SEND_TEST: &str = "Send a test";
/// The test has been posted.
pub(super) const TEST_SENT: &str = "Test message posted.";
/// Disconnects a channel.
pub(super) const REMOVE: &str = "Remove";
/// The part about slash commands.
pub(super) const COMMAND: &str = "The command /rally";
/// The signing secret is set.
pub(super) const COMMAND_SET: &str = "Slash command set up.";
/// It is not.
pub(super) const COMMAND_NOT_SET: &str = "Slash command not set up.";
/// A field.
pub(super) const SECRET: &str = "Signing secret";
/// What it takes.
pub(super) const SECRET_HINT: &str =
    "From your Slack app, under “Basic Information”. The command's request address is this site's /v1/slack/commands.";
/// It is empty.
pub(super) const SECRET_MISSING: &str = "Copy the signing secret from Slack.";
/// The form's button.
pub(super) const SAVE_SECRET: &str = "Save secret";
/// Webhooks notify of this.
pub(super) const POSTS_FREE: &str = "posts when a table is free";
/// Or of this.
pub(super) const POSTS_EACH_CHANGE: &str = "posts every change";

/// A table's status in a word.
pub(super) const fn status(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Free => "Free",
        TableStatus::Busy => "Busy",
        TableStatus::NoSignal => "No signal",
    }
}

/// The name of the menu of a table.
pub(super) fn more_about(name: &str) -> String {
    format!("More about “{name}”")
}

/// The heading of the dialog that renames a table.
pub(super) fn rename(name: &str) -> String {
    format!("Rename “{name}”")
}

/// A webhook is being deleted, and it can be taken back.
pub(super) fn deleted_webhook(scope: &str) -> String {
    format!("Removed the webhook of {scope}")
}

/// What the buttons of a key's row are for, after their labels.
pub(super) fn of_key(device: &str) -> String {
    format!(" the key of {device}")
}

/// What the buttons of a webhook's row are for, after their labels.
pub(super) fn of_webhook(scope: &str) -> String {
    format!(" the webhook of {scope}")
}

/// Confirms the deletion of a table.
pub(super) fn confirm_table(name: &str) -> String {
    format!("Delete “{name}”?")
}

/// Confirms the revocation of a key.
pub(super) fn confirm_key(device: &str) -> String {
    format!("Revoke the key of “{device}”?")
}

/// Another admin has renamed the table while this one types a name.
pub(super) fn renamed_meanwhile(name: &str) -> String {
    match name {
        "" => "The name was removed meanwhile. Saving replaces that.".to_owned(),
        name => format!("It was renamed to “{name}” meanwhile. Saving replaces that."),
    }
}

/// The heading of a new key.
pub(super) fn key_of(device: &str) -> String {
    format!("The key of “{device}”")
}

/// A device's name is too long.
pub(super) fn device_too_long(length: usize, limit: usize) -> String {
    format!("A name has at most {limit} characters; this one has {length}.")
}

/// One of the beginnings of items is not valid, and why.
pub(super) fn bad_prefix(prefix: &str, why: &str) -> String {
    format!("“{prefix}”: {why}")
}

/// How a webhook's address ends and what it posts.
pub(super) fn webhook_detail(ends_with: &str, posts: &str) -> String {
    format!("…{ends_with}, {posts}")
}

/// Posts fail since this time, and why.
pub(super) fn failing(since: &str, why: &str, is_off: bool) -> String {
    let off = if is_off { " It was switched off. Save it again once the cause is fixed." } else { "" };
    format!("Failing since {since}: {why}{off}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_that_is_off_says_how_it_is_switched_on() {
        let tried = failing("14:05", "The channel is archived.", false);
        assert_eq!(tried, "Failing since 14:05: The channel is archived.");
        let off = failing("14:05", "The channel is archived.", true);
        assert!(off.starts_with(&tried) && off.contains("switched off"), "{off}");
    }

    #[test]
    fn a_rename_meanwhile_names_the_new_name_or_says_that_it_is_gone() {
        assert!(renamed_meanwhile("Attic").contains("“Attic”"));
        assert!(!renamed_meanwhile("").contains('“'), "empty quotes say nothing");
    }

    #[test]
    fn the_message_about_a_long_name_has_both_numbers() {
        assert_eq!(device_too_long(81, 80), "A name has at most 80 characters; this one has 81.");
    }

    /// Buttons of one kind have one label: the text after it distinguishes them for assistive technology.
    #[test]
    fn what_a_button_is_for_follows_its_label_after_a_space() {
        for purpose in [of_key("Lobby"), of_webhook("Lobby")] {
            assert!(purpose.starts_with(' ') && purpose.ends_with("Lobby"), "{purpose}");
        }
        for question in [confirm_table("Lobby"), confirm_key("Lobby")] {
            assert!(question.contains("“Lobby”") && question.ends_with('?'), "{question}");
        }
    }
}
