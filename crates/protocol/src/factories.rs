//! The bodies of the factory tree.

use serde::{Deserialize, Serialize};

use domain::factory::FactoryId;
#[cfg(feature = "openapi")]
use domain::factory::FactoryName;

/// `GET` lists the factories, `POST` makes one.
pub const FACTORIES: &str = "/v1/factories";

/// `PATCH` renames or re-bounds a factory, `DELETE` removes it.
pub fn factory(id: &FactoryId) -> String {
    format!("{FACTORIES}/{id}")
}

/// `POST` generates the children of a factory again.
pub fn children(id: &FactoryId) -> String {
    format!("{FACTORIES}/{id}/children")
}

/// The body of `POST /v1/factories`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewFactory {
    /// 1 to 80 characters on one line.
    #[cfg_attr(feature = "openapi", schema(value_type = FactoryName))]
    pub name: String,
    /// The lower bound: an integer, a thousand million from zero at most.
    #[cfg_attr(feature = "openapi", schema(minimum = -1_000_000_000, maximum = 1_000_000_000))]
    pub lower: i64,
    /// The upper bound, not below the lower one.
    #[cfg_attr(feature = "openapi", schema(minimum = -1_000_000_000, maximum = 1_000_000_000))]
    pub upper: i64,
    /// How many children are generated: 1 to 15.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 15))]
    pub count: i64,
}

/// The body of `PATCH /v1/factories/{id}`: what is left out stays. A child that no longer fits the bounds is generated again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactoryChange {
    /// Another name.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<FactoryName>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another lower bound.
    #[cfg_attr(feature = "openapi", schema(minimum = -1_000_000_000, maximum = 1_000_000_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<i64>,
    /// Another upper bound.
    #[cfg_attr(feature = "openapi", schema(minimum = -1_000_000_000, maximum = 1_000_000_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<i64>,
}

/// The body of `POST /v1/factories/{id}/children`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Generation {
    /// How many: 1 to 15.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 15))]
    pub count: i64,
}
