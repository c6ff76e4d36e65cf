//! Signing in, in the chunk of the account's pages: few visits need it.

use std::rc::Rc;

use super::tokens::TokenStore;
use crate::api::{ApiError, LocalFuture};
use crate::platform::chunk::{ChunkError, call_in_chunk};

/// A query: pairs of name and value.
type Query = Vec<(String, String)>;

/// Leaves for the issuer; `back` is the path to go on with.
pub(super) async fn begin(tokens: Rc<TokenStore>, back: String) -> Result<(), ApiError> {
    call_in_chunk!(begin_in_chunk(tokens, back))?.await
}

/// The issuer has led back with this query; gives the path to go on with.
pub(super) async fn finish(tokens: Rc<TokenStore>, query: Query) -> Result<String, ApiError> {
    call_in_chunk!(finish_in_chunk(tokens, query))?.await
}

#[cfg_attr(feature = "lazy", wasm_split_helpers::wasm_split(account, fallible))]
fn begin_in_chunk(tokens: Rc<TokenStore>, back: String) -> Result<LocalFuture<Result<(), ApiError>>, ChunkError> {
    Ok(Box::pin(async move { tokens.begin(&back).await }))
}

#[cfg_attr(feature = "lazy", wasm_split_helpers::wasm_split(account, fallible))]
fn finish_in_chunk(tokens: Rc<TokenStore>, query: Query) -> Result<LocalFuture<Result<String, ApiError>>, ChunkError> {
    Ok(Box::pin(async move { tokens.finish(&query).await }))
}
