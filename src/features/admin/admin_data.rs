//! The data that all parts of the admin page share, so that no part reads them again or loses them when another part is shown.

use domain::device::Device;
use domain::table::Table;
use domain::topic::Topic;
use leptos::prelude::*;
use protocol::endpoints::DeviceWithKey;
use protocol::slack::SlackSettings;

use crate::api;
use crate::live::{TopicStore, use_topic};
use crate::platform::intl;
use crate::ui::Loader;

/// The data, as a context.
#[derive(Clone, Copy)]
pub(super) struct AdminData {
    /// The tables.
    pub(super) tables: TopicStore<Table>,
    /// Their ids, in the order in which they are listed.
    pub(super) order: Memo<Vec<String>>,
    /// The devices that have a key.
    pub(super) devices: Loader<Vec<Device>>,
    /// The keys that were just created. Several, since one that is shown is not to be lost when another is created.
    pub(super) created: RwSignal<Vec<DeviceWithKey>>,
    /// What is set for Slack.
    pub(super) slack: Loader<SlackSettings>,
}

impl AdminData {
    /// Begins to read them.
    pub(super) fn load() -> Self {
        let tables = use_topic::<Table>(Topic::Tables);
        Self {
            tables,
            order: tables.ids_by(|table| intl::lower_case(table.name())),
            devices: Loader::new(|| Box::pin(api::admin::devices())),
            created: RwSignal::new(Vec::new()),
            slack: Loader::new(|| Box::pin(api::admin::slack())),
        }
    }
}
